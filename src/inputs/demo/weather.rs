//! Weather of the made-up world: the same every day, on the hour, for whatever time is asked for.

use std::f64::consts::TAU;

use firecore::grid::GridShape;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use jiff::{SignedDuration, Timestamp};

use super::noise::smooth;
use super::{CENTRE_LON_DEG, frame, terrain};
use crate::inputs::builtin::{blowing_toward, convergence_rad};

/// Seconds in an hour.
const HOUR_S: i64 = 3600;
/// Cell of the weather grid, m.
const CELL_SIZE_M: f64 = 3_000.0;

/// Hourly weather from the hour before `start` to the hour after `start + horizon_s`.
///
/// **Shape:** 6 x 6 cells of 3 km over the world.
pub fn series(start: Timestamp, horizon_s: u32) -> WeatherSeries {
    let frame = frame();
    let ground = terrain::shape();
    let cells = (ground.rows as f64 * ground.cell_size_m / CELL_SIZE_M) as usize;
    let shape = GridShape {
        rows: cells,
        cols: cells,
        cell_size_m: CELL_SIZE_M,
        west_m: ground.west_m,
        north_m: ground.north_m,
    };
    let turn_rad = convergence_rad(&frame, shape.centre(cells / 2, cells / 2));
    let first_h = start.as_second().div_euclid(HOUR_S);
    let last_h = (start.as_second() + i64::from(horizon_s)).div_euclid(HOUR_S) + 1;
    let steps = (first_h..=last_h).filter_map(|hour| {
        let valid_at = Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_secs(hour * HOUR_S)).ok()?;
        let cell = |index: usize| {
            let point = shape.centre(index / shape.cols, index % shape.cols);
            weather_at(solar_hour(valid_at), smooth(point.east_m, point.north_m, 7_000.0, 21), turn_rad)
        };
        Some(WeatherStep { valid_at, cells: (0..shape.len()).map(cell).collect() })
    });
    let steps = steps.collect();
    WeatherSeries { frame, shape, steps, terrain_bends_wind: false }
}

/// Hour of the day by the sun, 0 to 24.
fn solar_hour(at: Timestamp) -> f64 {
    let day_s = at.as_second().rem_euclid(24 * HOUR_S) as f64;
    (day_s / HOUR_S as f64 + CENTRE_LON_DEG / 15.0).rem_euclid(24.0)
}

/// A light downslope wind from the north-east at night turns through south to a strong west wind at four in the
/// afternoon; dead fuel is driest then and dampest before dawn, the coarser the later.
fn weather_at(solar_hour: f64, roughness: f64, convergence_rad: f64) -> Weather {
    /// Peak of the afternoon wind, hours by the sun.
    const WIND_PEAK_H: f64 = 16.0;
    let cycle = |peak_h: f64| (TAU * (solar_hour - peak_h) / 24.0).cos();
    let afternoon = ((cycle(WIND_PEAK_H) + 1.0) / 2.0).powi(2);
    let speed_m_s = (2.0 + 7.5 * afternoon) * (1.0 + 0.15 * roughness);
    let from_deg = 60.0 + 205.0 * ((cycle(WIND_PEAK_H) + 1.0) / 2.0) + 8.0 * roughness;
    let (wind_10m_east_m_s, wind_10m_north_m_s) = blowing_toward(speed_m_s, from_deg, convergence_rad);
    let dead = DeadFuelMoisture {
        one_hour: 0.075 - 0.035 * cycle(15.0),
        ten_hour: 0.080 - 0.020 * cycle(17.0),
        hundred_hour: 0.090 - 0.005 * cycle(20.0),
    };
    let moisture = FuelMoisture { dead, live: LiveFuelMoisture { herbaceous: 0.45, woody: 0.80 } };
    Weather { wind_10m_east_m_s, wind_10m_north_m_s, moisture }
}
