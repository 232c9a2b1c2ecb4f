//! Which file, and which band of it, holds which layer.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use georead::raster::Raster;

use super::InputsError;

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
const FUEL_NEEDED: &str = "fuel.tif, fbfm40.tif or fbfm13.tif, or one raster with a band a layer";

/// Where each layer lies.
pub(super) struct Layers {
    path: PathBuf,
    places: HashMap<Layer, (PathBuf, usize)>,
    /// File names in the folder, for the error that names what was found.
    found: Vec<String>,
}

impl Layers {
    /// Looks into a folder, or at the bands of a file. No pixel is read.
    pub(super) fn find(path: &Path) -> Result<Self, InputsError> {
        let unreadable = |source| InputsError::Read { path: path.to_owned(), source };
        let mut layers = Self { path: path.to_owned(), places: HashMap::new(), found: Vec::new() };
        if fs::metadata(path).map_err(unreadable)?.is_file() {
            layers.add_bands(path)?;
            return Ok(layers);
        }
        let mut rasters = Vec::new();
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            let text =
                |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().to_lowercase();
            layers.found.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
            if !matches!(text(file.extension()).as_str(), "tif" | "tiff") {
                continue;
            }
            let stem = text(file.file_stem());
            if let Some((layer, _)) = NAMES.iter().find(|(_, names)| names.contains(&stem.as_str())) {
                layers.places.insert(*layer, (file.clone(), 0));
            }
            rasters.push(file);
        }
        layers.found.sort();
        if let ([only], true) = (rasters.as_slice(), layers.places.is_empty()) {
            layers.add_bands(only)?;
        }
        Ok(layers)
    }

    /// The fuel raster and its band.
    pub(super) fn fuel(&self) -> Result<(Raster, usize), InputsError> {
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

    /// A layer's raster and band; `None` where there is none.
    pub(super) fn open(&self, layer: Layer) -> Result<Option<(Raster, usize)>, InputsError> {
        let Some((path, band)) = self.places.get(&layer) else { return Ok(None) };
        Ok(Some((opened(path)?, *band)))
    }

    fn add_bands(&mut self, path: &Path) -> Result<(), InputsError> {
        let raster = opened(path)?;
        let described = raster.metadata.band_descriptions.iter().any(Option::is_some);
        for band in 0..raster.bands {
            let text = raster.metadata.band_descriptions[band].as_deref().unwrap_or_default().to_lowercase();
            let by_word = BAND_WORDS.iter().find(|(word, _)| text.contains(word)).map(|(_, layer)| *layer);
            let by_order = BAND_ORDER.get(band).copied().filter(|_| !described && raster.bands >= 4);
            if let Some(layer) = by_word.or(by_order) {
                self.places.entry(layer).or_insert((path.to_owned(), band));
            }
            self.found.push(if text.is_empty() { format!("band {}", band + 1) } else { text });
        }
        Ok(())
    }
}

fn opened(path: &Path) -> Result<Raster, InputsError> {
    Raster::open(path).map_err(|problem| InputsError::Raster { path: path.to_owned(), problem })
}
