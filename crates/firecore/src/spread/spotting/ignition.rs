//! Whether an ember that lands starts a fire.
//!
//! ```
//! use firecore::spread::spotting::ignition;
//!
//! let hot_c = ignition::fuel_temperature_c(32.0, 0.0);
//! let probability = ignition::probability(0.04, hot_c);
//! assert!((probability - 0.8).abs() < 0.05);
//! ```

use crate::units::F_PER_C;

/// Heat that ignites the fuel at which no ember does it, cal/g. Source: Schroeder (1969).
const HEAT_CAL_G_MAX: f64 = 400.0;

/// Moisture and temperature that are used: above any fuel's, and there only to keep the arithmetic finite.
const MOISTURE_MAX: f64 = 10.0;
const TEMPERATURE_C_MIN: f64 = -60.0;
const TEMPERATURE_C_MAX: f64 = 100.0;

/// How much warmer than the air fine fuel is in full sun and in full shade, degrees F. Source: BehavePlus, a straight
/// line through the classes of Rothermel (1983), INT-143.
const WARMER_F_SUN: f64 = 25.0;
const WARMER_F_SHADE: f64 = 5.0;

/// Probability that an ember ignites fine dead fuel that it lands on, 0 to 1.
///
/// Source: Schroeder (1969), "Ignition probability", office report 2106-1, as BehavePlus and the NWCG's tables compute
/// it: from the heat that takes the fuel from its temperature and moisture to ignition.
/// Valid for: an ember that lands on continuous fine dead fuel; the chance that there is some is not in it.
pub fn probability(one_hour_moisture: f64, fuel_temperature_c: f64) -> f64 {
    let moisture = one_hour_moisture.clamp(0.0, MOISTURE_MAX);
    let temperature_c = fuel_temperature_c.clamp(TEMPERATURE_C_MIN, TEMPERATURE_C_MAX);
    let spare_cal_g = (HEAT_CAL_G_MAX - heat_of_preignition_cal_g(moisture, temperature_c)).max(0.0);
    (0.000048 * (0.1 * spare_cal_g).powf(4.3) / 50.0).min(1.0)
}

/// Heat that ignites a gram of dry fuel with its water, cal/g.
///
/// Source: Schroeder (1969): heating of the wood, of the water, desorption, evaporation.
fn heat_of_preignition_cal_g(moisture: f64, temperature_c: f64) -> f64 {
    144.51 - 0.266 * temperature_c - 0.00058 * temperature_c * temperature_c - temperature_c * moisture
        + 18.54 * (1.0 - (-15.1 * moisture).exp())
        + 640.0 * moisture
}

/// Temperature of fine fuel on the ground, for that of the air and the share of the sun that clouds and crowns hold
/// off, degrees C.
///
/// Source: BehavePlus: 25 degrees F above the air in full sun, 5 in full shade.
/// Valid for: a summer's afternoon; it knows no sun's height.
pub fn fuel_temperature_c(air_temperature_c: f64, shade: f64) -> f64 {
    let warmer_f = WARMER_F_SUN + (WARMER_F_SHADE - WARMER_F_SUN) * shade.clamp(0.0, 1.0);
    air_temperature_c + warmer_f / F_PER_C
}
