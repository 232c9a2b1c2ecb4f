//! What stands in where nothing was given: flat ground under one fuel model, a light wind, dry summer moisture.
//!
//! It keeps a forecast possible anywhere on Earth; each part is named in the notes as a fall-back, because a
//! forecast on invented ground is a hint at best.

use std::sync::Arc;

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, EastNorth, LocalFrame};
use firecore::grid::GridShape;
use firecore::landscape::{FuelCode, Landscape, Terrain};
use firecore::moisture::FuelMoisture;
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use jiff::Timestamp;

use super::area::{self, PlaneBox};
use super::settings::{ConstantWeather, DEAD_FUEL_MOISTURE_DEFAULT, LIVE_FUEL_MOISTURE_DEFAULT};
use super::{InputSet, InputsError};

/// GR2, low-load dry-climate grass: carries fire in nearly every open landscape, and its rate of spread lies in
/// the middle of the grass and grass-shrub models, so that it neither hides a fire nor invents a catastrophe.
pub const FUEL_DEFAULT: FuelCode = 102;

/// Beaufort 2 in its middle, from the west as most mid-latitude wind is; 10 m above open ground.
pub const WEATHER_DEFAULT: ConstantWeather = ConstantWeather {
    wind_10m_m_s: 2.5,
    wind_from_deg: 270.0,
    moisture: FuelMoisture { dead: DEAD_FUEL_MOISTURE_DEFAULT, live: LIVE_FUEL_MOISTURE_DEFAULT },
};

/// Cell size of the built-in ground: the one that most national fuel maps have.
const CELL_SIZE_M: f64 = 30.0;

/// GR2 in the built-in wind runs about 10 km in a day, so that further ground would never burn.
const REACH_M_MAX: f64 = 12_000.0;

/// Cells along one edge, at most: 90 km; a wider area keeps its middle.
const EDGE_CELLS_MAX: usize = 3000;

/// Flat ground and steady weather for an area: what a fire gets where nothing is known.
pub fn input_set(area: &Bounds, start: Timestamp) -> Result<InputSet, InputsError> {
    let frame = LocalFrame::at(area::centre(area)?);
    let window = area::plane_box(&frame, area)?;
    let (landscape, mut notes) = landscape(frame.clone(), &window, REACH_M_MAX);
    let weather = constant_series(frame, window.centre(), start, &WEATHER_DEFAULT);
    notes.extend(weather_notes());
    Ok(InputSet { landscape, weather: Arc::new(weather), notes })
}

/// Flat ground under [`FUEL_DEFAULT`] around a window.
pub(super) fn landscape(
    frame: LocalFrame,
    window: &PlaneBox,
    reach_m: f64,
) -> (Arc<Landscape>, Vec<InputNote>) {
    let around = window.grown(reach_m.min(REACH_M_MAX)).snapped_outward(CELL_SIZE_M * 10.0);
    let centre = around.centre();
    let cells = |length_m: f64| ((length_m / CELL_SIZE_M).ceil() as usize).clamp(1, EDGE_CELLS_MAX);
    let (rows, cols) = (cells(around.north_m - around.south_m), cells(around.east_m - around.west_m));
    let shape = GridShape {
        rows,
        cols,
        cell_size_m: CELL_SIZE_M,
        west_m: centre.east_m - cols as f64 * CELL_SIZE_M / 2.0,
        north_m: centre.north_m + rows as f64 * CELL_SIZE_M / 2.0,
    };
    let landscape = Landscape {
        frame,
        shape,
        terrain: Terrain::flat(shape.len()),
        fuel: vec![FUEL_DEFAULT; shape.len()],
        fuel_models: Arc::default(),
        canopy: None,
    };
    let notes = vec![
        fallback("terrain", "built-in flat ground", None),
        fallback("fuel", "built-in GR2 (102), low-load dry-climate grass, everywhere", None),
        fallback("canopy", "built-in: no canopy", None),
    ];
    (Arc::new(landscape), notes)
}

/// One weather for all places and times, as a series of one step on a grid of one cell.
pub fn constant_series(
    frame: LocalFrame,
    centre: EastNorth,
    valid_at: Timestamp,
    weather: &ConstantWeather,
) -> WeatherSeries {
    /// The one cell's edge: any fire fits into it.
    const CELL_SIZE_M: f64 = 100_000.0;
    let (wind_10m_east_m_s, wind_10m_north_m_s) =
        blowing_toward(weather.wind_10m_m_s, weather.wind_from_deg, convergence_rad(&frame, centre));
    WeatherSeries {
        frame,
        shape: GridShape {
            rows: 1,
            cols: 1,
            cell_size_m: CELL_SIZE_M,
            west_m: centre.east_m - CELL_SIZE_M / 2.0,
            north_m: centre.north_m + CELL_SIZE_M / 2.0,
        },
        steps: vec![WeatherStep {
            valid_at,
            cells: vec![Weather { wind_10m_east_m_s, wind_10m_north_m_s, moisture: weather.moisture }],
        }],
        terrain_bends_wind: false,
    }
}

/// Notes for the weather that stands in where none was given.
pub(super) fn weather_notes() -> Vec<InputNote> {
    vec![
        fallback("wind", "built-in light wind, 2.5 m/s at 10 m from the west (270 degrees)", None),
        fallback("dead_fuel_moisture", "built-in 6, 7 and 8 % (scenario D2)", None),
        fallback("live_fuel_moisture", "built-in 60 % herbaceous, 90 % woody (scenario L2)", None),
    ]
}

pub(super) fn fallback(input: &str, source: &str, valid_at: Option<Timestamp>) -> InputNote {
    InputNote { input: input.to_owned(), source: source.to_owned(), valid_at, fallback: true }
}

/// East and north components, in a frame's axes, of a wind given by its speed and where it comes from.
///
/// `convergence_rad` is the clockwise angle from true north to the frame's north: a true bearing minus it is the
/// bearing on the grid.
pub(super) fn blowing_toward(speed_m_s: f64, from_deg: f64, convergence_rad: f64) -> (f64, f64) {
    let from_rad = from_deg.to_radians() - convergence_rad;
    (-speed_m_s * from_rad.sin(), -speed_m_s * from_rad.cos())
}

pub(super) fn convergence_rad(frame: &LocalFrame, point: EastNorth) -> f64 {
    frame.convergence_rad(frame.to_lon_lat(point))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_west_wind_blows_toward_the_east() {
        let (east, north) = blowing_toward(5.0, 270.0, 0.0);
        assert!((east - 5.0).abs() < 1e-12 && north.abs() < 1e-12, "{east} {north}");
    }

    #[test]
    fn a_north_wind_blows_along_the_true_meridian_on_a_turned_grid() {
        // West of the central meridian the grid's north lies west of true north: convergence is negative, and a
        // meridian followed southward leads west on the grid.
        let frame = LocalFrame::utm(11, false);
        let place = firecore::geo::LonLat::new(-119.5, 34.0).unwrap();
        let start = frame.to_plane(place);
        let end = frame.to_plane(firecore::geo::LonLat::new(-119.5, 33.9).unwrap());
        let (east, north) = blowing_toward(1.0, 0.0, frame.convergence_rad(place));
        let along = (end.east_m - start.east_m).atan2(end.north_m - start.north_m);
        assert!((east.atan2(north) - along).abs() < 1e-3, "{} {along}", east.atan2(north));
    }
}
