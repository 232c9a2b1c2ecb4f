//! From a run's hours at places to a series of weather over the ground: in space by its components, in time hour by hour, downscaled by elevation, with
//! the moisture of dead fuel that this weather makes.
//!
//! Nothing is hidden: what was bridged, held, or is not known is in the notes.

use firecore::forecast::InputNote;
use firecore::geo::{EastNorth, LonLat};
use firecore::grid::GridShape;
use firecore::landscape::Landscape;
use firecore::moisture::{FuelMoisture, LiveFuelMoisture};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use georead::weather::{Sample, WeatherRun};
use jiff::{SignedDuration, Timestamp};

use self::air::Air;
use self::time::{AtHour, Basis};
use super::area::PlaneBox;
use super::builtin;

mod air;
mod choose;
mod files;
mod kept;
mod moisture;
mod space;
mod time;
mod within;

pub(super) use choose::{choose, span};
pub(super) use files::{FileState, RunFiles, by_longitude, files_of};
pub(super) use moisture::SETTLED_HOURS;
pub(super) use space::STATION_M_MAX;
pub(super) use time::BRIDGED_S_MAX;

/// Edge of the series' cells, m: elevation, and with it temperature and humidity, is met that finely; wind is bilinear between the cells.
const CELL_SIZE_M: f64 = 3_000.0;

/// Cells along one edge, at most: 192 km, twice what the largest landscape has.
const EDGE_CELLS_MAX: usize = 64;

/// Hours before the forecast that dead fuel is conditioned through, at most. Our choice: five days, after which a hundred-hour stick keeps
/// e^-1.2 of what it began with; what fire spreads by, finer fuel, keeps nothing.
pub(super) const HOURS_BEFORE_MAX: i64 = 120;

/// Hours of one series: a forecast of ten days.
const HOURS_MAX: usize = 240;

/// What a series is made for.
pub(super) struct Wanted<'a> {
    pub(super) landscape: &'a Landscape,
    /// The fire.
    pub(super) middle: LonLat,
    pub(super) start: Timestamp,
    pub(super) horizon_s: u32,
    /// How long beyond its ends a run still serves, s.
    pub(super) hold_s: u32,
    pub(super) live: LiveFuelMoisture,
}

/// A series, and what it was made from.
pub(super) struct Made {
    pub(super) series: WeatherSeries,
    pub(super) notes: Vec<InputNote>,
}

/// A series over the landscape from one run; `None` where the run has no wind for the fire's place and time.
pub(super) fn series(run: &WeatherRun, origin: &str, wanted: &Wanted<'_>) -> Option<Made> {
    let end = wanted.start + SignedDuration::from_secs(i64::from(wanted.horizon_s));
    let mut hours = choose::whole_hours(wanted.start, end);
    hours.truncate(HOURS_MAX);
    let (first, _) = choose::span(run)?;
    let before = hours_before(first, *hours.first()?);
    let all: Vec<Timestamp> = before.iter().chain(&hours).copied().collect();
    let frame = &wanted.landscape.frame;
    let nodes = space::Nodes::new(run, frame, wanted.middle);
    let fire = frame.to_plane(wanted.middle);
    if nodes.speak_for(fire).is_empty() {
        return None;
    }
    let shape = grid(&wanted.landscape.shape, fire);
    let by_node: Vec<Vec<AtHour>> =
        (0..run.nodes.len()).map(|node| time::hourly(run, node, &all, i64::from(wanted.hold_s))).collect();
    let air = Air::new(run, &nodes, by_node, wanted.landscape, &shape);
    let turn_rad: Vec<f64> = (0..shape.len())
        .map(|cell| builtin::convergence_rad(frame, shape.centre(cell / shape.cols, cell % shape.cols)))
        .collect();
    let moist = moisture::condition(&air, &all, wanted.landscape, &shape);
    let mut steps = Vec::with_capacity(hours.len());
    for (place, valid_at) in hours.iter().enumerate() {
        let hour = before.len() + place;
        let mut cells = Vec::with_capacity(shape.len());
        for (cell, turn_rad) in turn_rad.iter().enumerate() {
            let [east, north] = air.wind(cell, hour)?;
            let (sine, cosine) = turn_rad.sin_cos();
            let moisture = FuelMoisture { dead: moist.at(cell, hour), live: wanted.live };
            // From true axes to the frame's: its north lies clockwise of true north by the convergence.
            cells.push(Weather {
                wind_10m_east_m_s: east * cosine - north * sine,
                wind_10m_north_m_s: east * sine + north * cosine,
                moisture,
            });
        }
        steps.push(WeatherStep { valid_at: *valid_at, cells });
    }
    let series = WeatherSeries { frame: frame.clone(), shape, steps, terrain_bends_wind: true };
    let notes = notes(run, origin, wanted, &air, before.len()..all.len(), &moist);
    Some(Made { series, notes })
}

/// Whole hours before the forecast that the run reaches back to.
fn hours_before(first: Timestamp, start: Timestamp) -> Vec<Timestamp> {
    let known = start.duration_since(first).as_hours().clamp(0, HOURS_BEFORE_MAX);
    (1..=known).rev().map(|hours| start - SignedDuration::from_hours(hours)).collect()
}

/// Coarse cells over the landscape.
fn grid(ground: &GridShape, fire: EastNorth) -> GridShape {
    let whole = PlaneBox {
        west_m: ground.west_m,
        south_m: ground.north_m - ground.rows as f64 * ground.cell_size_m,
        east_m: ground.west_m + ground.cols as f64 * ground.cell_size_m,
        north_m: ground.north_m,
    };
    let half_m = EDGE_CELLS_MAX as f64 * CELL_SIZE_M / 2.0;
    let around =
        PlaneBox { west_m: fire.east_m, south_m: fire.north_m, east_m: fire.east_m, north_m: fire.north_m };
    let window = around.grown(half_m).common(&whole).unwrap_or(whole).snapped_outward(CELL_SIZE_M);
    let count = |length_m: f64| ((length_m / CELL_SIZE_M).round() as usize).clamp(1, EDGE_CELLS_MAX + 2);
    GridShape {
        rows: count(window.north_m - window.south_m),
        cols: count(window.east_m - window.west_m),
        cell_size_m: CELL_SIZE_M,
        west_m: window.west_m,
        north_m: window.north_m,
    }
}

fn notes(
    run: &WeatherRun,
    origin: &str,
    wanted: &Wanted<'_>,
    air: &Air<'_>,
    hours: std::ops::Range<usize>,
    moist: &moisture::Moist,
) -> Vec<InputNote> {
    let issued = run.issued_at.map(|issued_at| format!(", run of {issued_at}")).unwrap_or_default();
    let source = format!("{} ({origin}{issued})", run.provider);
    let latest = run.hours.iter().rev().map(|hour| hour.valid_at).find(|valid_at| *valid_at <= wanted.start);
    let valid_at = latest.or(run.hours.first().map(|hour| hour.valid_at));
    let used = |input: &str, source: String| InputNote {
        input: input.to_owned(),
        source,
        valid_at,
        fallback: false,
    };
    let mut notes = vec![used("wind", source.clone())];
    let count = hours.len();
    let of = |basis: Basis| hours.clone().filter(|hour| air.worst_wind(*hour) == Some(basis)).count();
    let (between, held) = (of(Basis::Between), of(Basis::Held));
    if between > 0 {
        notes.push(used(
            "wind",
            format!("{between} of {count} hours lie between two that {} has", run.provider),
        ));
    }
    if held > 0 {
        let edge = choose::span(run).map(|(first, last)| if first > wanted.start { first } else { last });
        let source =
            format!("{held} of {count} hours are not in {}: the nearest hour it has is held", run.provider);
        notes.push(builtin::fallback("wind", &source, edge));
    }
    notes.extend(moist.notes(&source, valid_at));
    notes
}

/// The middle of a sample's wind, where it is known.
fn wind_of(sample: &Sample) -> Option<[f64; 2]> {
    let wind = [f64::from(sample.wind_10m_east_m_s), f64::from(sample.wind_10m_north_m_s)];
    wind.iter().all(|part| part.is_finite()).then_some(wind)
}
