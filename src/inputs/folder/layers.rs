//! Which file, and which band of it, holds which layer.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use firecore::geo::Bounds;
use georead::raster::mosaic::{self, Mosaic, Tile};
use georead::raster::{Raster, RasterProblem};

use super::{InputsError, failed};

/// A layer of a landscape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Layer {
    Elevation,
    Slope,
    Aspect,
    Fuel,
    Fuel40,
    Fuel13,
    Cover,
    Height,
    BaseHeight,
    BulkDensity,
}

/// File names without their ending, in lower case.
const NAMES: [(Layer, &[&str]); 10] = [
    (Layer::Elevation, &["dem", "elev", "elevation"]),
    (Layer::Slope, &["slp", "slpd", "slope"]),
    (Layer::Aspect, &["asp", "aspect"]),
    (Layer::Fuel, &["fuel"]),
    (Layer::Fuel40, &["fbfm40"]),
    (Layer::Fuel13, &["fbfm13"]),
    (Layer::Cover, &["cc"]),
    (Layer::Height, &["ch"]),
    (Layer::BaseHeight, &["cbh"]),
    (Layer::BulkDensity, &["cbd"]),
];

/// Parts of band descriptions, in lower case; the first that fits decides.
const BAND_WORDS: [(&str, Layer); 17] = [
    ("elev", Layer::Elevation),
    ("dem", Layer::Elevation),
    ("slope", Layer::Slope),
    ("slp", Layer::Slope),
    ("asp", Layer::Aspect),
    ("fbfm13", Layer::Fuel13),
    ("fbfm", Layer::Fuel40),
    ("fuel", Layer::Fuel40),
    ("base", Layer::BaseHeight),
    ("cbh", Layer::BaseHeight),
    ("bulk", Layer::BulkDensity),
    ("cbd", Layer::BulkDensity),
    ("cover", Layer::Cover),
    ("cc", Layer::Cover),
    ("height", Layer::Height),
    ("ch", Layer::Height),
    ("hgt", Layer::Height),
];

/// The order of bands in a landscape file that does not describe them.
const BAND_ORDER: [Layer; 8] = [
    Layer::Elevation,
    Layer::Slope,
    Layer::Aspect,
    Layer::Fuel40,
    Layer::Cover,
    Layer::Height,
    Layer::BaseHeight,
    Layer::BulkDensity,
];

/// Names that would give the fuel layer.
const FUEL_NEEDED: &str = "fuel.tif, fbfm40.tif or fbfm13.tif (or .tiff, .asc, .asc.gz), tiles like fuel_1.tif or in a folder fuel, \
                           or one raster with a band a layer, as .lcp has";

/// Tiles that one layer may have: a country in pieces of a degree has some thousand.
const TILES_MAX: usize = 4096;

/// One raster of a layer, or several tiles of it.
pub(super) enum LayerRaster {
    One(Box<Raster>),
    Tiles { mosaic: Mosaic, folder: PathBuf, unit: String },
}

impl LayerRaster {
    /// The box around it.
    fn bounds(&self) -> Result<Bounds, InputsError> {
        match self {
            Self::One(raster) => mosaic::bounds(raster).map_err(|problem| failed(raster, problem)),
            Self::Tiles { mosaic: tiles, .. } => {
                let first = tiles.tiles.first().map(|tile| tile.bounds);
                let both = |a: Bounds, b: &Bounds| Bounds {
                    west_deg: a.west_deg.min(b.west_deg),
                    south_deg: a.south_deg.min(b.south_deg),
                    east_deg: a.east_deg.max(b.east_deg),
                    north_deg: a.north_deg.max(b.north_deg),
                };
                let whole = first
                    .map(|first| tiles.tiles.iter().fold(first, |whole, tile| both(whole, &tile.bounds)));
                Ok(whole.unwrap_or(Bounds { west_deg: 0.0, south_deg: 0.0, east_deg: 0.0, north_deg: 0.0 }))
            }
        }
    }
}

/// Where each layer lies.
pub(in crate::inputs) struct Layers {
    path: PathBuf,
    places: HashMap<Layer, (Vec<PathBuf>, usize)>,
    /// File names in the folder, for the error that names what was found.
    found: Vec<String>,
}

impl Layers {
    /// Looks into a folder, or at the bands of a file. No pixel is read.
    pub(in crate::inputs) fn find(path: &Path) -> Result<Self, InputsError> {
        let mut layers = Self { path: path.to_owned(), places: HashMap::new(), found: Vec::new() };
        let unreadable = |source| InputsError::Read { path: path.to_owned(), source };
        if fs::metadata(path).map_err(unreadable)?.is_file() {
            layers.add_bands(path)?;
            return Ok(layers);
        }
        let mut tiles: HashMap<Layer, Vec<PathBuf>> = HashMap::new();
        let mut rasters = Vec::new();
        for file in entries(path)? {
            layers.found.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
            if file.is_dir() {
                let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
                let Some(layer) = layer_named(&name) else { continue };
                let inside = entries(&file)?.into_iter().filter(|tile| raster_stem(tile).is_some());
                tiles.entry(layer).or_default().extend(inside);
                continue;
            }
            let Some(stem) = raster_stem(&file) else { continue };
            if let Some(layer) = layer_named(&stem) {
                layers.places.insert(layer, (vec![file.clone()], 0));
            } else if let Some(layer) = layer_of_tile(&stem) {
                tiles.entry(layer).or_default().push(file.clone());
            }
            rasters.push(file);
        }
        for (layer, files) in tiles.into_iter().filter(|(_, files)| !files.is_empty()) {
            if files.len() > TILES_MAX {
                let what = format!("{} tiles of one layer, at most {TILES_MAX} are read", files.len());
                return Err(InputsError::Raster {
                    path: path.to_owned(),
                    problem: RasterProblem::Damaged { what },
                });
            }
            layers.places.entry(layer).or_insert((files, 0));
        }
        if let ([only], true) = (rasters.as_slice(), layers.places.is_empty()) {
            layers.add_bands(only)?;
        }
        Ok(layers)
    }

    /// The fuel layer and its band.
    pub(super) fn fuel(&self) -> Result<(LayerRaster, usize), InputsError> {
        let fuel = [Layer::Fuel, Layer::Fuel40, Layer::Fuel13].into_iter();
        fuel.flat_map(|layer| self.open(layer).transpose()).next().unwrap_or_else(|| {
            Err(InputsError::MissingLayer {
                folder: self.path.clone(),
                layer: "fuel layer",
                needed: FUEL_NEEDED,
                found: if self.found.is_empty() { "nothing".to_owned() } else { self.found.join(", ") },
            })
        })
    }

    /// The box around the fuel layer.
    pub(in crate::inputs) fn fuel_bounds(&self) -> Result<Bounds, InputsError> {
        self.fuel().and_then(|(raster, _)| raster.bounds())
    }

    /// Every layer that a landscape may have beside fuel, by its usual name, and the box around it where it is there.
    pub(in crate::inputs) fn known(&self) -> Vec<(&'static str, Option<Result<Bounds, InputsError>>)> {
        let beside =
            NAMES.iter().filter(|(layer, _)| !matches!(layer, Layer::Fuel | Layer::Fuel40 | Layer::Fuel13));
        let look = |layer: Layer| {
            self.open(layer).transpose().map(|found| found.and_then(|(raster, _)| raster.bounds()))
        };
        beside.map(|(layer, names)| (names[0], look(*layer))).collect()
    }

    /// A layer and its band; `None` where there is none.
    pub(super) fn open(&self, layer: Layer) -> Result<Option<(LayerRaster, usize)>, InputsError> {
        let Some((files, band)) = self.places.get(&layer) else { return Ok(None) };
        let raster = match files.as_slice() {
            [only] => LayerRaster::One(Box::new(opened(only)?)),
            files => tiles(files, *band)?,
        };
        Ok(Some((raster, *band)))
    }

    fn add_bands(&mut self, path: &Path) -> Result<(), InputsError> {
        let raster = opened(path)?;
        let described = raster.metadata.band_descriptions.iter().any(Option::is_some);
        for band in 0..raster.bands {
            let text = raster.metadata.band_descriptions[band].as_deref().unwrap_or_default().to_lowercase();
            let by_word = BAND_WORDS.iter().find(|(word, _)| text.contains(word)).map(|(_, layer)| *layer);
            let by_order = BAND_ORDER.get(band).copied().filter(|_| !described && raster.bands >= 4);
            if let Some(layer) = by_word.or(by_order) {
                self.places.entry(layer).or_insert((vec![path.to_owned()], band));
            }
            self.found.push(if text.is_empty() { format!("band {}", band + 1) } else { text });
        }
        Ok(())
    }
}

/// What a folder holds, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, InputsError> {
    let unreadable = |source| InputsError::Read { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// A raster's name without its ending, in lower case; `None` for other files.
fn raster_stem(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_string_lossy().to_lowercase();
    [".tif", ".tiff", ".asc", ".asc.gz", ".lcp"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .map(str::to_owned)
}

fn layer_named(name: &str) -> Option<Layer> {
    NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(layer, _)| *layer)
}

/// The layer of a tile: `dem_n34w119`, `dem-3`, `dem_r1c2`. A number stands near, so that `fuel_moisture_1h` is none.
fn layer_of_tile(stem: &str) -> Option<Layer> {
    /// Letters before the first digit: `tile` has as many.
    const LETTERS_MAX: usize = 4;
    let (name, number) = stem.split_once(['_', '-'])?;
    let digits = number.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let numbered = digits.starts_with(|letter: char| letter.is_ascii_digit());
    (numbered && number.len() - digits.len() <= LETTERS_MAX).then(|| layer_named(name)).flatten()
}

fn opened(path: &Path) -> Result<Raster, InputsError> {
    Raster::open(path).map_err(|problem| InputsError::Raster { path: path.to_owned(), problem })
}

fn tiles(files: &[PathBuf], band: usize) -> Result<LayerRaster, InputsError> {
    let tile = |path: &PathBuf| {
        Tile::of_file(path).map_err(|problem| InputsError::Raster { path: path.clone(), problem })
    };
    let unit = opened(&files[0])?.metadata.unit_text(band);
    let folder = files[0].parent().unwrap_or(&files[0]).to_owned();
    let tiles = files.iter().map(tile).collect::<Result<_, _>>()?;
    Ok(LayerRaster::Tiles { mosaic: Mosaic { tiles }, folder, unit })
}
