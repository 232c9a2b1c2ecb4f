//! What is worth protecting, from one or several files; and whether they are others by now.
//!
//! ```no_run
//! use guira::inputs::assets::AssetFiles;
//! let mut files = AssetFiles::new(&["towns.geojson".into(), "grid.gpkg|layername=lines".into()], &Default::default());
//! let assets = files.read()?;
//! # Ok::<(), guira::inputs::assets::AssetsError>(())
//! ```

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use firecore::asset::{Asset, AssetError, AssetIndex};
use georead::features::{self, FEATURES_MAX, FeaturesError, Options};

/// What QGIS and GDAL put between a GeoPackage and one of its tables.
const LAYER_MARK: &str = "|layername=";

/// Looks at a file that could not be used, and has not changed since, until it is read again: what was wrong may have been a disk.
const LOOKS_UNTIL_RETRY: u32 = 15;

/// Why a list of assets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// A file cannot be used.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// Two files have one id.
    #[error("{origin}: needed ids of its own, found {id:?}, which {other} has")]
    SameId {
        /// The second file.
        origin: String,
        /// The first file.
        other: String,
        /// The id.
        id: String,
    },
    /// All files together have too many.
    #[error("needed at most {max} assets in all files together, found {found}")]
    TooMany {
        /// How many there are.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A shape cannot be indexed.
    #[error(transparent)]
    Index(#[from] AssetError),
}

/// A file, or one table of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFile {
    /// The file.
    pub path: PathBuf,
    /// The one table of a GeoPackage.
    pub layer: Option<String>,
}

impl AssetFile {
    /// A path as an operator writes it: `grid.gpkg`, or `grid.gpkg|layername=lines` for one table.
    pub fn new(written: &Path) -> Self {
        let parts = written.to_str().and_then(|text| text.split_once(LAYER_MARK));
        match parts {
            Some((path, layer)) => Self { path: path.into(), layer: Some(layer.to_owned()) },
            None => Self { path: written.to_owned(), layer: None },
        }
    }

    fn read(&self, number_prefix: Option<&str>) -> Result<Vec<Asset>, FeaturesError> {
        let options = Options { layer: self.layer.as_deref(), number_prefix };
        let features = features::read_file(&self.path, &options)?;
        for warning in &features.warnings {
            tracing::warn!(file = %self.path.display(), warning, "assets were read");
        }
        Ok(features.assets)
    }

    /// Put before ids that are mere numbers.
    fn stem(&self) -> Option<&str> {
        self.path.file_stem()?.to_str()
    }

    /// Size and time of last change of the file, and of the log that SQLite keeps beside it.
    fn mark(&self) -> [Option<(u64, SystemTime)>; 2] {
        let of = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.len(), metadata.modified().ok()?))
        };
        let mut log = OsString::from(&self.path);
        log.push("-wal");
        [of(&self.path), of(Path::new(&log))]
    }
}

/// Assets from one file.
pub fn read_file(path: &Path) -> Result<Vec<Asset>, AssetsError> {
    Ok(AssetFile::new(path).read(None)?)
}

/// An index over assets from GeoJSON text; `origin` names it in errors.
pub fn index_from_geojson(origin: &str, text: &str) -> Result<AssetIndex, AssetsError> {
    let features = features::read(origin, text.as_bytes(), &Options::default())?;
    Ok(AssetIndex::new(features.assets)?)
}

/// The state of all files at a look.
type Marks = Vec<[Option<(u64, SystemTime)>; 2]>;

/// The files of a list, and how they were when they were read.
#[derive(Debug)]
pub struct AssetFiles {
    files: Vec<AssetFile>,
    clearance_s: HashMap<String, u32>,
    /// As they were when they were read last, well or not.
    read: Marks,
    /// As they were at the last look, where that is something else.
    seen: Option<Marks>,
    /// Looks until files that could not be used are read again.
    looks_until_retry: Option<u32>,
}

impl AssetFiles {
    /// Files as an operator writes them, and minutes to clear an asset, by its kind, where its file does not say.
    pub fn new(written: &[PathBuf], clearance_min: &BTreeMap<String, f64>) -> Self {
        let seconds = |(kind, minutes): (&String, &f64)| (kind.clone(), (minutes * 60.0).round() as u32);
        Self {
            files: written.iter().map(|path| AssetFile::new(path)).collect(),
            clearance_s: clearance_min.iter().map(seconds).collect(),
            read: Vec::new(),
            seen: None,
            looks_until_retry: None,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The assets of all files, in their order. Blocks.
    ///
    /// **Errors** name the file, the feature, what was needed and what was found; with one bad file there is none.
    pub fn read(&mut self) -> Result<Vec<Asset>, AssetsError> {
        self.read = self.marks();
        self.seen = None;
        self.looks_until_retry = Some(LOOKS_UNTIL_RETRY);
        let assets = self.read_all()?;
        self.looks_until_retry = None;
        Ok(assets)
    }

    /// The assets where the files are others since they were read, and were the same at the last look: one that is being written
    /// is left until it rests. Files that could not be used are tried again when they change, and once in a while. Blocks.
    pub fn look(&mut self) -> Option<Result<Vec<Asset>, AssetsError>> {
        let now = self.marks();
        let is_retry = match &mut self.looks_until_retry {
            Some(0) => true,
            Some(looks) => {
                *looks -= 1;
                false
            }
            None => false,
        };
        if now == self.read && !is_retry {
            self.seen = None;
            return None;
        }
        if now != self.read && self.seen.as_ref() != Some(&now) {
            self.seen = Some(now);
            return None;
        }
        let assets = self.read();
        // Written while it was read: what came may be half of each.
        match self.marks() == self.read {
            true => Some(assets),
            false => {
                self.read.clear();
                None
            }
        }
    }

    /// Has the files read again at one of the next looks, though they are the same.
    pub fn forget(&mut self) {
        self.read.clear();
    }

    fn marks(&self) -> Marks {
        self.files.iter().map(AssetFile::mark).collect()
    }

    fn read_all(&self) -> Result<Vec<Asset>, AssetsError> {
        let are_several = self.files.len() > 1;
        let mut lists = Vec::with_capacity(self.files.len());
        for file in &self.files {
            lists.push(file.read(file.stem().filter(|_| are_several))?);
        }
        self.check_ids(&lists)?;
        let found = lists.iter().map(Vec::len).sum();
        if found > FEATURES_MAX {
            return Err(AssetsError::TooMany { found, max: FEATURES_MAX });
        }
        let mut assets: Vec<Asset> = lists.into_iter().flatten().collect();
        for asset in assets.iter_mut().filter(|asset| asset.clearance_s.is_none()) {
            asset.clearance_s = asset.kind.as_ref().and_then(|kind| self.clearance_s.get(kind)).copied();
        }
        Ok(assets)
    }

    /// Each file has each id once; so must all together.
    fn check_ids(&self, lists: &[Vec<Asset>]) -> Result<(), AssetsError> {
        if lists.len() < 2 {
            return Ok(());
        }
        let mut owners: HashMap<&str, usize> = HashMap::new();
        for (number, list) in lists.iter().enumerate() {
            for asset in list {
                if let Some(other) = owners.insert(&asset.id, number) {
                    let [origin, other] =
                        [number, other].map(|file| self.files[file].path.display().to_string());
                    return Err(AssetsError::SameId { origin, other, id: asset.id.clone() });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
