//! The moisture that dead wood comes to in air that does not change.
//!
//! ```
//! use firecore::moisture::equilibrium;
//!
//! let moisture = equilibrium::moisture(21.0, 0.30);
//! assert!((moisture - 0.060).abs() < 1e-3);
//! ```

use super::DeadFuelMoisture;
use crate::units::fahrenheit_of_celsius;

/// Air temperatures that the fit is held inside, degrees F: its table was made for 30 to 100 or so, and far beyond it
/// dampness would dry.
const TEMPERATURE_F_MIN: f64 = -40.0;
const TEMPERATURE_F_MAX: f64 = 200.0;

/// Moisture of thin and thicker dead wood over the equilibrium in the air of a fire-weather shelter. Source: National
/// Fire Danger Rating System 1978 without observed sticks, Bradshaw et al. (1983), INT-169; Cohen and Deeming (1985),
/// PSW-82.
const ONE_HOUR_PER_EQUILIBRIUM: f64 = 1.03;
const TEN_HOUR_PER_EQUILIBRIUM: f64 = 1.28;

/// Equilibrium moisture content of wood, kg of water per kg of dry wood; `relative_humidity` is 0 to 1.
///
/// One curve for wetting and drying: wood that wets holds 0.8 to 0.9 of what wood that dries holds at the same humidity
/// (Skaar 1988, "Wood-Water Relations"), and the fit does not tell them apart. Between 0 and 40 degrees C it steps up by
/// up to 0.007 at humidities of 0.10 and 0.50, where one regression gives way to the next.
///
/// Source: Simard (1968), FF-X-14, regressions to the Wood Handbook's table; as in Cohen and Deeming (1985), PSW-82.
/// Valid for: 0 to 40 degrees C. Temperature is held inside -40 to 93 degrees C, humidity inside 0 to 1.
pub fn moisture(temperature_c: f64, relative_humidity: f64) -> f64 {
    let temperature_f = fahrenheit_of_celsius(temperature_c).clamp(TEMPERATURE_F_MIN, TEMPERATURE_F_MAX);
    moisture_pct(temperature_f, 100.0 * relative_humidity.clamp(0.0, 1.0)) / 100.0
}

/// Moisture of one-hour and ten-hour fuel that stand in the air long enough, hundred-hour fuel held at the ten-hour
/// figure.
///
/// Source: the factors 1.03 and 1.28 of the National Fire Danger Rating System 1978, for afternoons; it follows
/// hundred-hour fuel by its days of weather, which one moment's air does not tell.
pub fn dead_moisture(temperature_c: f64, relative_humidity: f64) -> DeadFuelMoisture {
    let equilibrium = moisture(temperature_c, relative_humidity);
    let ten_hour = TEN_HOUR_PER_EQUILIBRIUM * equilibrium;
    DeadFuelMoisture { one_hour: ONE_HOUR_PER_EQUILIBRIUM * equilibrium, ten_hour, hundred_hour: ten_hour }
}

/// Source: Simard (1968), FF-X-14, in percent of dry weight, degrees F and percent of humidity.
fn moisture_pct(temperature_f: f64, humidity_pct: f64) -> f64 {
    let (t, h) = (temperature_f, humidity_pct);
    if h < 10.0 {
        0.03229 + 0.281073 * h - 0.000578 * h * t
    } else if h < 50.0 {
        2.22749 + 0.160107 * h - 0.014784 * t
    } else {
        21.0606 + 0.005565 * h * h - 0.00035 * h * t - 0.483199 * h
    }
}
