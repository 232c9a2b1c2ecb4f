//! What a path holds, for people: where it lies, from when to when, what is missing or odd. Nothing is forecast from it.

use std::path::Path;
use std::time::SystemTime;

use firecore::geo::{Bounds, LocalFrame, LonLat};
use georead::raster::mosaic;
use jiff::{SignedDuration, Timestamp};

use super::area::PlaneBox;
use super::fuel::FuelMeaning;
use super::runs::RunFiles;
use super::settings::LIVE_FUEL_MOISTURE_DEFAULT;
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
    /// When and where.
    pub reach: WeatherReach,
    /// What its readers said, and what is odd in its middle.
    pub warnings: Vec<String>,
}

/// When and where a path has weather.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherReach {
    /// Its first instant.
    pub first: Timestamp,
    /// Its last.
    pub last: Timestamp,
    /// The box around its places; `None` for weather that holds everywhere.
    pub bounds: Option<Bounds>,
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
        let folder::Loaded { landscape, notes, .. } = opened.read(false)?;
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

/// Looks at weather, and reads the first day in the middle of rasters.
///
/// **Errors** name the file, what was needed and what was found.
pub fn weather(path: &Path, utc_offset: Option<SignedDuration>) -> Result<WeatherLook, InputsError> {
    let files = RunFiles::default();
    let offset = utc_offset.unwrap_or(SignedDuration::ZERO);
    let reach = reach_of_weather(path, &files, offset)?;
    let warnings = match weather::has_rasters(path) {
        true => doubts_of_rasters(path, &reach)?,
        false => files.warnings(path, offset)?,
    };
    Ok(WeatherLook { reach, warnings })
}

/// When and where a path has weather; times without a zone are so far ahead of UTC.
///
/// **Errors** name the file, what was needed and what was found.
pub(super) fn reach_of_weather(
    path: &Path,
    files: &RunFiles,
    offset: SignedDuration,
) -> Result<WeatherReach, InputsError> {
    let none = |problem: &str| InputsError::Weather { path: path.to_owned(), problem: problem.to_owned() };
    if weather::has_rasters(path) {
        let coverage = weather::coverage(path)?;
        let coverage = coverage.ok_or_else(|| none("needed ws.tif and wd.tif, found no raster of wind"))?;
        let bounds = coverage.bounds();
        return Ok(WeatherReach { first: coverage.first, last: coverage.last, bounds });
    }
    let (mut ends, mut places): (Option<(Timestamp, Timestamp)>, Vec<LonLat>) = (None, Vec::new());
    let mut everywhere = false;
    for found in files.covered(path, offset)? {
        ends = Some(ends.map_or((found.first, found.last), |(a, b)| (a.min(found.first), b.max(found.last))));
        everywhere |= found.places.contains(&None);
        places.extend(found.places.into_iter().flatten());
    }
    let (first, last) =
        ends.ok_or_else(|| none("needed ws.tif and wd.tif, or files of weather, found none"))?;
    let bounds = if everywhere { None } else { Bounds::of(places) };
    Ok(WeatherReach { first, last, bounds })
}

/// What is odd in the middle of a folder of rasters, and the hours that it lacks.
fn doubts_of_rasters(folder: &Path, reach: &WeatherReach) -> Result<Vec<String>, InputsError> {
    const DAY_S: i64 = 24 * 3600;
    let mut doubts: Vec<String> = weather::hole_of(folder)?.into_iter().collect();
    let Some(bounds) = &reach.bounds else { return Ok(doubts) };
    let frame = LocalFrame::at(area::centre(bounds)?);
    let fire = area::plane_box(&frame, bounds)?.centre();
    let request = weather::Request {
        frame: &frame,
        ground: PlaneBox {
            west_m: fire.east_m,
            south_m: fire.north_m,
            east_m: fire.east_m,
            north_m: fire.north_m,
        }
        .grown(SAMPLE_M),
        fire,
        start: reach.first,
        horizon_s: reach.last.duration_since(reach.first).as_secs().clamp(0, DAY_S) as u32,
        hold_s: 0,
        live: LIVE_FUEL_MOISTURE_DEFAULT,
    };
    let notes = weather::load(folder, &request)?.map(|(_, notes)| notes).unwrap_or_default();
    for note in notes.into_iter().filter(|note| note.fallback && note.input == "wind") {
        if !doubts.contains(&note.source) {
            doubts.push(note.source);
        }
    }
    Ok(doubts)
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
