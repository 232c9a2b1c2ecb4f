//! Hourly weather from a folder of rasters with a band an hour, and weather that never changes.
//!
//! `ws` and `wd` (wind speed, and the true bearing it comes from) are needed; `m1`, `m10` and `m100` (dead fuel
//! moisture) may be missing: `tmpf` and `rh` (temperature and relative humidity) then make it. Each band's description begins with its valid time, ISO 8601 with a zone. A speed is
//! 20-ft wind in miles per hour unless the file says otherwise, as fire weather in the United States is.

use std::cell::Cell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, EastNorth, LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::units::{M_S_PER_KM_H, M_S_PER_KNOT, M_S_PER_MPH, WIND_10M_PER_20FT};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use georead::raster::resample::{self, CoordinateMap, Method};
use georead::raster::{Metadata, Raster};
use jiff::{SignedDuration, Timestamp};

use super::area::PlaneBox;
use super::builtin::{convergence_rad, fallback};
use super::settings::DEAD_FUEL_MOISTURE_DEFAULT;
use super::{InputsError, builtin};

mod conditioned;
mod holes;
#[cfg(test)]
mod tests;

use conditioned::Conditioned;
pub(super) use holes::hole_of;

/// Cells that one step may have: 500 x 500, 50 m over 25 km.
const CELLS_MAX: usize = 250_000;
/// Steps that a series may have: ten days of hours.
const STEPS_MAX: usize = 240;

/// Strongest wind that is taken, m/s. Our choice: a mean of minutes is less than the strongest gust of the WMO archive, 113 m/s.
const WIND_M_S_MAX: f64 = 100.0;
/// Wettest dead wood that is taken, kg water per kg dry wood: as the settings take for a constant weather.
const MOISTURE_MAX: f64 = 3.0;

/// Rasters of a folder, by name and ending.
const LAYERS: [&str; 7] = ["ws", "wd", "m1", "m10", "m100", "tmpf", "rh"];
const ENDINGS: [&str; 2] = ["tif", "tiff"];

/// What weather is asked for.
pub(super) struct Request<'a> {
    pub(super) frame: &'a LocalFrame,
    /// The landscape's box in the frame's plane.
    pub(super) ground: PlaneBox,
    /// The fire's place in the plane.
    pub(super) fire: EastNorth,
    pub(super) start: Timestamp,
    pub(super) horizon_s: u32,
    /// How long before its first or after its last time a series is held.
    pub(super) hold_s: u32,
    pub(super) live: LiveFuelMoisture,
}

/// Weather over the landscape and the window from a folder.
///
/// `None` where the folder has no wind at the fire, or only from another time.
///
/// **Errors** name the file, what was needed and what was found.
pub(super) fn load(
    folder: &Path,
    request: &Request<'_>,
) -> Result<Option<(WeatherSeries, Vec<InputNote>)>, InputsError> {
    let needed = |name, layer| {
        open(folder, name)?.ok_or_else(|| InputsError::MissingLayer {
            folder: folder.to_owned(),
            layer,
            needed: "ws.tif and wd.tif",
            found: names(folder),
        })
    };
    let speed = needed("ws", "wind speed layer")?;
    let bearing = needed("wd", "wind direction layer")?;
    let held_s = held_s(&speed.times, request);
    if held_s > i64::from(request.hold_s) || !has_data(&speed, request) {
        return Ok(None);
    }
    let shape = grid(&speed.raster, request);
    let (factor, _) = speed_factor(&speed.raster.metadata);
    let dead = [open(folder, "m1")?, open(folder, "m10")?, open(folder, "m100")?];
    let turns_rad: Vec<f64> = (0..shape.len())
        .map(|cell| convergence_rad(request.frame, shape.centre(cell / shape.cols, cell % shape.cols)))
        .collect();
    let conditioned = match dead.iter().any(Option::is_none) {
        true => Conditioned::load(folder, request, &shape)?,
        false => None,
    };
    let mut steps = Vec::new();
    let bearings = Bearings::default();
    for band in window(&speed.times, request) {
        let valid_at = speed.times[band];
        let winds = winds(&speed, band, &bearing, request, &shape, &bearings)?;
        let [one_hour, ten_hour, hundred_hour] =
            dead_moisture(&dead, conditioned.as_ref(), valid_at, request, &shape)?;
        let cell = |cell: usize| {
            let (speed, from_deg) = winds[cell];
            let (wind_10m_east_m_s, wind_10m_north_m_s) =
                builtin::blowing_toward(speed * factor, from_deg, turns_rad[cell]);
            let dead = DeadFuelMoisture {
                one_hour: one_hour[cell],
                ten_hour: ten_hour[cell],
                hundred_hour: hundred_hour[cell],
            };
            let moisture = FuelMoisture { dead, live: request.live };
            Weather { wind_10m_east_m_s, wind_10m_north_m_s, moisture }
        };
        steps.push(WeatherStep { valid_at, cells: (0..shape.len()).map(cell).collect() });
    }
    let mut notes = notes(folder, &speed, &dead, conditioned.as_ref(), &steps, held_s, request);
    let hole = holes::hole(folder, &speed.times, window(&speed.times, request));
    notes.extend(hole.map(|said| fallback("wind", &said, None)));
    if bearings.may_be_radians() {
        let said = format!(
            "{}: no bearing of wd is above 6.3: radians, where degrees are needed?",
            folder.display()
        );
        notes.push(fallback("wind", &said, None));
    }
    Ok(Some((WeatherSeries { frame: request.frame.clone(), shape, steps, terrain_bends_wind: false }, notes)))
}

/// The files of a folder that weather is read from, each with its size and the time of its last change.
pub(super) fn files(folder: &Path) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let paths = LAYERS.iter().flat_map(|name| ENDINGS.map(|ending| folder.join(format!("{name}.{ending}"))));
    let known = paths.filter_map(|path| {
        let state = std::fs::metadata(&path).ok()?;
        Some((path, state.len(), state.modified().ok()))
    });
    known.collect()
}

/// Whether a path is a folder of rasters with a band an hour, and not of other weather files.
pub(super) fn has_rasters(path: &Path) -> bool {
    path.is_dir() && (!files(path).is_empty() || super::runs::files_of(path).is_empty())
}

/// Where and when a folder has wind.
#[derive(Clone)]
pub(super) struct Coverage {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    raster: Arc<Raster>,
}

impl fmt::Debug for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Coverage({} to {})", self.first, self.last)
    }
}

/// That of a folder; `None` where there is none in it.
///
/// **Errors** when a raster cannot be read, or the wind is there by half.
pub(super) fn coverage(folder: &Path) -> Result<Option<Coverage>, InputsError> {
    let (speed, bearing) = (open(folder, "ws")?, open(folder, "wd")?);
    match (speed, bearing) {
        (None, None) => Ok(None),
        (Some(Timed { raster, times }), Some(_)) => {
            Ok(times.first().zip(times.last()).map(|(first, last)| {
                let raster = Arc::new(raster);
                Coverage { first: *first, last: *last, raster }
            }))
        }
        _ => Err(InputsError::MissingLayer {
            folder: folder.to_owned(),
            layer: "wind speed or direction",
            needed: "ws.tif and wd.tif",
            found: names(folder),
        }),
    }
}

impl Coverage {
    /// The box around the rasters, where their coordinate system is known.
    pub(super) fn bounds(&self) -> Option<Bounds> {
        super::look::raster_bounds(&self.raster)
    }

    /// Whether a forecast of a place takes its wind from here, where no folder before this one has any.
    pub(super) fn serves(&self, place: LonLat, start: Timestamp, horizon_s: u32, hold_s: u32) -> bool {
        let frame = LocalFrame::at(place);
        let inside = is_on(&self.raster, &frame, frame.to_plane(place));
        inside && beyond_s([self.first, self.last], start, horizon_s) <= i64::from(hold_s)
    }
}

/// A raster whose bands are instants.
struct Timed {
    raster: Raster,
    /// Valid times of the bands, rising.
    times: Vec<Timestamp>,
}

/// Opens `name.tif` or `name.tiff`; `None` where there is none.
fn open(folder: &Path, name: &str) -> Result<Option<Timed>, InputsError> {
    let path = ENDINGS.map(|ending| folder.join(format!("{name}.{ending}")));
    let Some(path) = path.into_iter().find(|path| path.is_file()) else { return Ok(None) };
    let raster =
        Raster::open(&path).map_err(|problem| InputsError::Raster { path: path.clone(), problem })?;
    let times = valid_times(&path, &raster.metadata)?;
    Ok(Some(Timed { raster, times }))
}

fn names(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn valid_times(path: &Path, metadata: &Metadata) -> Result<Vec<Timestamp>, InputsError> {
    let mut times: Vec<Timestamp> = Vec::new();
    for (band, description) in metadata.band_descriptions.iter().enumerate() {
        let text = description.as_deref().unwrap_or_default();
        let time = text.split_whitespace().next().unwrap_or_default().parse::<Timestamp>();
        match time {
            Ok(time) if times.last().is_none_or(|last| *last < time) => times.push(time),
            _ => {
                return Err(InputsError::BandTime {
                    path: path.to_owned(),
                    band: band + 1,
                    found: if text.is_empty() { "no description".to_owned() } else { format!("{text:?}") },
                });
            }
        }
    }
    Ok(times)
}

/// Seconds by which the window's nearer end lies outside the series.
fn held_s(times: &[Timestamp], request: &Request<'_>) -> i64 {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return i64::MAX };
    beyond_s([*first, *last], request.start, request.horizon_s)
}

/// Seconds by which the nearer end of a window lies outside a span of time.
fn beyond_s([first, last]: [Timestamp; 2], start: Timestamp, horizon_s: u32) -> i64 {
    let end_s = start.as_second() + i64::from(horizon_s);
    (first.as_second() - start.as_second()).max(end_s - last.as_second()).max(0)
}

/// Bands of the window, with the one before it and the one after.
fn window(times: &[Timestamp], request: &Request<'_>) -> std::ops::Range<usize> {
    let end = request.start + SignedDuration::from_secs(i64::from(request.horizon_s));
    let first = times.partition_point(|time| *time <= request.start).saturating_sub(1);
    let last = times.partition_point(|time| *time < end).min(times.len() - 1);
    first..(last + 1).min(first + STEPS_MAX)
}

/// True where the fire lies on the raster.
fn has_data(timed: &Timed, request: &Request<'_>) -> bool {
    is_on(&timed.raster, request.frame, request.fire)
}

fn is_on(raster: &Raster, frame: &LocalFrame, point: EastNorth) -> bool {
    resample::pixel_at(raster, frame, point).is_some_and(|(col, row)| {
        col >= 0.0 && row >= 0.0 && col < raster.cols as f64 && row < raster.rows as f64
    })
}

/// The raster's own cells over the landscape where it lies in the frame's plane, else cells of about their size.
fn grid(raster: &Raster, request: &Request<'_>) -> GridShape {
    let own = raster.place.square_north_up().filter(|_| resample::same_plane(raster, request.frame));
    let size_m = own.unwrap_or_else(|| resample::ground_size_m(raster, request.frame, request.fire));
    let (ground, fire) = (&request.ground, request.fire);
    // The cells' lines pass through the raster's corner, or through the fire's place.
    let (x0, y0) = if own.is_some() { raster.place.to_xy(0.0, 0.0) } else { (fire.east_m, fire.north_m) };
    let down = |value: f64, origin: f64| ((value - origin) / size_m).floor() * size_m + origin;
    let up = |value: f64, origin: f64| ((value - origin) / size_m).ceil() * size_m + origin;
    let whole = resample::covered(raster, request.frame, &ground.grown(size_m)).unwrap_or(*ground);
    let edge = (CELLS_MAX as f64).sqrt() * size_m / 2.0;
    let west_m = down(whole.west_m.max(fire.east_m - edge), x0);
    let north_m = up(whole.north_m.min(fire.north_m + edge), y0);
    let count = |length_m: f64| ((length_m / size_m).round() as usize).max(1);
    let cols = count(up(whole.east_m.min(fire.east_m + edge), x0) - west_m);
    let rows = count(north_m - down(whole.south_m.max(fire.north_m - edge), y0));
    GridShape { rows, cols, cell_size_m: size_m, west_m, north_m }
}

/// The least and the greatest bearing that were met.
struct Bearings(Cell<[f32; 2]>);

impl Default for Bearings {
    fn default() -> Self {
        Self(Cell::new([f32::NAN; 2]))
    }
}

impl Bearings {
    /// No data is none: of two, what is a number is taken.
    fn meet(&self, bearing: f32) {
        let [least, greatest] = self.0.get();
        self.0.set([least.min(bearing), greatest.max(bearing)]);
    }

    /// One that is none.
    fn odd(&self) -> Option<f32> {
        self.0.get().into_iter().find(|met| !met.is_nan() && !(-180.0..=360.0).contains(met))
    }

    /// They differ, and none is beyond a full circle in radians.
    fn may_be_radians(&self) -> bool {
        /// Of an even wind nothing can be told; degrees that differ so little, all of them around north, are rare.
        const APART_MIN: f32 = 0.1;
        let [least, greatest] = self.0.get();
        let few = [-std::f32::consts::PI, std::f32::consts::TAU].map(|end| end * 1.001);
        greatest - least > APART_MIN && least >= few[0] && greatest <= few[1]
    }
}

/// Speed in the file's unit and the bearing that the wind comes from, a cell each.
///
/// Speeds are averaged as numbers and bearings as unit vectors: 350 and 10 degrees make 0, and a wind that turns between
/// two cells is not slowed down.
fn winds(
    speed: &Timed,
    band: usize,
    bearing: &Timed,
    request: &Request<'_>,
    shape: &GridShape,
    met: &Bearings,
) -> Result<Vec<(f64, f64)>, InputsError> {
    let bearing_band = band_at(bearing, speed.times[band])?;
    let speeds = cells(&speed.raster, band, request, shape, |speed| speed)?;
    let (factor, unit_known) = speed_factor(&speed.raster.metadata);
    if let Some(told) = speeds.iter().find(|told| !(0.0..=WIND_M_S_MAX).contains(&(*told * factor))) {
        let taken = if unit_known { "" } else { ", taken as 20-ft wind in mph for want of a unit" };
        let found = format!("{told}, which is {:.1} m/s at 10 m{taken}", told * factor);
        return Err(refused(speed, band, found, "wind of 0 to 100 m/s at 10 m"));
    }
    let sines = cells(&bearing.raster, bearing_band, request, shape, |deg| {
        met.meet(deg);
        deg.to_radians().sin()
    })?;
    if let Some(found) = met.odd() {
        return Err(refused(bearing, bearing_band, found, "a bearing of 0 to 360 degrees"));
    }
    let cosines = cells(&bearing.raster, bearing_band, request, shape, |deg| deg.to_radians().cos())?;
    let winds = speeds.iter().zip(sines.iter().zip(&cosines));
    Ok(winds.map(|(speed, (sine, cosine))| (*speed, sine.atan2(*cosine).to_degrees())).collect())
}

/// Fractions for the three classes; where a class has no file what the air makes of it, else the built-in value.
fn dead_moisture(
    dead: &[Option<Timed>; 3],
    conditioned: Option<&Conditioned>,
    valid_at: Timestamp,
    request: &Request<'_>,
    shape: &GridShape,
) -> Result<[Vec<f64>; 3], InputsError> {
    let without = match conditioned {
        Some(conditioned) => conditioned.at(valid_at, shape),
        None => vec![DEAD_FUEL_MOISTURE_DEFAULT; shape.len()],
    };
    let of = |class: fn(&DeadFuelMoisture) -> f64| without.iter().map(class).collect::<Vec<f64>>();
    let mut classes = [of(|dead| dead.one_hour), of(|dead| dead.ten_hour), of(|dead| dead.hundred_hour)];
    for (timed, class) in dead.iter().zip(&mut classes) {
        let Some(timed) = timed else { continue };
        let band = band_at(timed, valid_at)?;
        let factor = if timed.raster.metadata.unit_text(band).contains("fraction") { 1.0 } else { 0.01 };
        *class = cells(&timed.raster, band, request, shape, |value| value)?;
        if let Some(found) = class.iter().find(|told| !(0.0..=MOISTURE_MAX).contains(&(*told * factor))) {
            let needed = "moisture of 0 to 300 percent of the dry wood, unless the file says fraction";
            return Err(refused(timed, band, *found, needed));
        }
        class.iter_mut().for_each(|value| *value *= factor);
    }
    Ok(classes)
}

fn refused(timed: &Timed, band: usize, found: impl fmt::Display, needed: &'static str) -> InputsError {
    let path = timed.raster.name.clone().into();
    InputsError::Implausible { path, what: format!("band {}", band + 1), needed, found: found.to_string() }
}

fn band_at(timed: &Timed, valid_at: Timestamp) -> Result<usize, InputsError> {
    timed.times.binary_search(&valid_at).map_err(|_| InputsError::NoBandAt {
        path: timed.raster.name.clone().into(),
        valid_at,
        first: timed.times.first().copied(),
        last: timed.times.last().copied(),
    })
}

/// A band on the series' grid. Cells without data get the mean of the others.
fn cells(
    raster: &Raster,
    band: usize,
    request: &Request<'_>,
    shape: &GridShape,
    prepare: impl Fn(f32) -> f32,
) -> Result<Vec<f64>, InputsError> {
    let failed = |problem| InputsError::Raster { path: raster.name.clone().into(), problem };
    let map = CoordinateMap::new(raster, request.frame, shape).map_err(failed)?;
    let mut values = Vec::new();
    if let Some(window) = map.window {
        let mut pixels = raster.read(band, window).map_err(failed)?;
        pixels.iter_mut().for_each(|pixel| *pixel = prepare(*pixel));
        values = resample::onto_grid(pixels, &window, &map, Method::Bilinear);
    }
    let known = || values.iter().filter(|value| !value.is_nan()).map(|value| f64::from(*value));
    let count = known().count();
    if count == 0 {
        return Err(InputsError::EmptyBand { path: raster.name.clone().into(), band: band + 1 });
    }
    let mean = known().sum::<f64>() / count as f64;
    Ok(values.iter().map(|value| if value.is_nan() { mean } else { f64::from(*value) }).collect())
}

/// From the file's speed to wind at 10 m in m/s, and whether the file names its unit.
fn speed_factor(metadata: &Metadata) -> (f64, bool) {
    let text = metadata.unit_text(0);
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let unit_m_s = match () {
        () if has(&["m/s", "m s-1", "metres per second", "meters per second"]) => Some(1.0),
        () if has(&["km/h", "kph", "kilometres per hour"]) => Some(M_S_PER_KM_H),
        () if has(&["knot", "kt"]) => Some(M_S_PER_KNOT),
        () if has(&["mph", "mi/h", "miles per hour"]) => Some(M_S_PER_MPH),
        () => None,
    };
    let height = if has(&["10 m", "10-m", "10m"]) { 1.0 } else { WIND_10M_PER_20FT };
    (unit_m_s.unwrap_or(M_S_PER_MPH) * height, unit_m_s.is_some())
}

fn notes(
    folder: &Path,
    speed: &Timed,
    dead: &[Option<Timed>; 3],
    conditioned: Option<&Conditioned>,
    steps: &[WeatherStep],
    held_s: i64,
    request: &Request<'_>,
) -> Vec<InputNote> {
    let latest = steps.iter().rev().map(|step| step.valid_at).find(|valid_at| *valid_at <= request.start);
    let valid_at = latest.or(steps.first().map(|step| step.valid_at));
    let (_, unit_known) = speed_factor(&speed.raster.metadata);
    let assumed = if unit_known { "" } else { " (no unit given: taken as 20-ft wind in mph)" };
    let mut notes = vec![InputNote {
        input: "wind".to_owned(),
        source: format!("{}{assumed}", folder.display()),
        valid_at,
        fallback: false,
    }];
    if held_s > 0 {
        let (first, last) = (speed.times.first(), speed.times.last());
        let side = if last
            .is_some_and(|last| last.as_second() < request.start.as_second() + i64::from(request.horizon_s))
        {
            format!("ends {:.1} h before the forecast does; its last hour is held", held_s as f64 / 3600.0)
        } else {
            format!("begins {:.1} h after the forecast does; its first hour is held", held_s as f64 / 3600.0)
        };
        let edge = if side.starts_with("ends") { last } else { first };
        notes.push(fallback("wind", &format!("{} {side}", folder.display()), edge.copied()));
    }
    let missing: Vec<&str> = ["m1", "m10", "m100"]
        .into_iter()
        .zip(dead)
        .filter_map(|(name, timed)| timed.is_none().then_some(name))
        .collect();
    if missing.len() < 3 {
        notes.push(InputNote {
            input: "dead_fuel_moisture".to_owned(),
            source: folder.display().to_string(),
            valid_at,
            fallback: false,
        });
    }
    match conditioned {
        _ if missing.is_empty() => (),
        Some(conditioned) => notes.extend(conditioned.notes(folder, &missing)),
        None => {
            let source = format!(
                "built-in 6, 7 and 8 % (scenario D2) for {}, which the folder lacks, as it does tmpf and rh of this time, which would make it",
                missing.join(", ")
            );
            notes.push(fallback("dead_fuel_moisture", &source, None));
        }
    }
    notes
}
