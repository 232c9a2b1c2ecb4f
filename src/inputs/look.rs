//! What a path holds, for people: where it lies, from when to when, what is missing or odd. Nothing is forecast from it.

use std::path::Path;
use std::time::SystemTime;

use firecore::geo::{Bounds, LonLat};
use georead::raster::mosaic;
use jiff::{SignedDuration, Timestamp};

use super::fuel::FuelMeaning;
use super::runs::RunFiles;
use super::weather;
use super::{InputSettings, InputsError, area, folder};

/// What a landscape is, as far as it shows without reading all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct LandscapeLook {
    /// The box around its fuel layer.
    pub bounds: Bounds,
    /// Its layers, by their usual names.
    pub layers: Vec<String>,
    /// What a landscape may have and this one has not.
    pub missing: Vec<&'static str>,
    /// What is odd in its middle, or does not fit.
    pub doubts: Vec<String>,
    /// When the youngest of its files was changed.
    pub changed_at: Option<Timestamp>,
}

/// What weather a path has.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherLook {
    /// Its first instant.
    pub first: Timestamp,
    /// Its last.
    pub last: Timestamp,
    /// The box around its places; `None` for weather that holds everywhere.
    pub bounds: Option<Bounds>,
    /// What its readers said.
    pub warnings: Vec<String>,
}

/// How far around the middle a landscape is read, m: enough to meet its codes.
const SAMPLE_M: f64 = 5_000.0;

/// Looks at a landscape, and reads some of its middle.
///
/// **Errors** name the file, what was needed and what was found.
pub fn landscape(path: &Path, settings: &InputSettings) -> Result<LandscapeLook, InputsError> {
    let layers = folder::Layers::find(path)?;
    let bounds = layers.fuel_bounds()?;
    let (mut names, mut missing, mut doubts) = (Vec::new(), Vec::new(), Vec::new());
    for (name, there) in layers.known() {
        match there {
            Some(found) => {
                names.push(name.to_owned());
                let found = found?;
                if !found.touches(&bounds) {
                    doubts.push(format!(
                        "{name} lies elsewhere: {}, the fuel {}",
                        in_words(&found),
                        in_words(&bounds)
                    ));
                }
            }
            None => missing.push(name),
        }
    }
    let middle = area::centre(&bounds)?;
    let at = Bounds {
        west_deg: middle.lon_deg(),
        south_deg: middle.lat_deg(),
        east_deg: middle.lon_deg(),
        north_deg: middle.lat_deg(),
    };
    if let Some(opened) = folder::open(path, &at, SAMPLE_M, FuelMeaning::read(settings)?)? {
        let (landscape, notes) = opened.read(false)?;
        doubts.extend(
            notes
                .into_iter()
                .filter(|note| note.fallback && ["fuel", "terrain"].contains(&note.input.as_str()))
                // What is not there is listed as missing.
                .filter(|note| !note.source.starts_with("built-in"))
                .map(|note| note.source),
        );
        if landscape.fuel.iter().all(|code| *code == firecore::landscape::FUEL_NO_DATA) {
            doubts.push("no fuel around its middle: every cell is without data".to_owned());
        }
    }
    Ok(LandscapeLook { bounds, layers: names, missing, doubts, changed_at: changed_at(path) })
}

/// Looks at weather.
///
/// **Errors** name the file, what was needed and what was found.
pub fn weather(path: &Path, utc_offset: Option<SignedDuration>) -> Result<WeatherLook, InputsError> {
    if weather::has_rasters(path) {
        let Some(coverage) = weather::coverage(path)? else {
            let problem = "needed ws.tif and wd.tif, found no raster of wind".to_owned();
            return Err(InputsError::Weather { path: path.to_owned(), problem });
        };
        let bounds = coverage.bounds();
        return Ok(WeatherLook { first: coverage.first, last: coverage.last, bounds, warnings: Vec::new() });
    }
    let files = RunFiles::default();
    let offset = utc_offset.unwrap_or(SignedDuration::ZERO);
    let (mut ends, mut places): (Option<(Timestamp, Timestamp)>, Vec<LonLat>) = (None, Vec::new());
    let mut everywhere = false;
    for found in files.covered(path, offset)? {
        ends = Some(ends.map_or((found.first, found.last), |(a, b)| (a.min(found.first), b.max(found.last))));
        everywhere |= found.places.contains(&None);
        places.extend(found.places.into_iter().flatten());
    }
    let warnings = files.warnings(path, offset)?;
    let Some((first, last)) = ends else {
        let problem = "needed ws.tif and wd.tif, or files of weather, found none".to_owned();
        return Err(InputsError::Weather { path: path.to_owned(), problem });
    };
    let bounds = if everywhere { None } else { Bounds::of(places) };
    Ok(WeatherLook { first, last, bounds, warnings })
}

/// A box as people read it.
pub fn in_words(bounds: &Bounds) -> String {
    let Bounds { west_deg, south_deg, east_deg, north_deg } = bounds;
    format!("{west_deg:.2} to {east_deg:.2}, {south_deg:.2} to {north_deg:.2}")
}

/// The box of a raster.
pub(super) fn raster_bounds(raster: &georead::raster::Raster) -> Option<Bounds> {
    mosaic::bounds(raster).ok()
}

fn changed_at(path: &Path) -> Option<Timestamp> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let times = entries.chain([path.to_owned()]).filter(|file| file.is_file());
    let youngest: Option<SystemTime> =
        times.filter_map(|file| std::fs::metadata(file).ok()?.modified().ok()).max();
    Timestamp::try_from(youngest?).ok()
}
