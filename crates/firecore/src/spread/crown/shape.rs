//! Shape, size and flames of a crown fire.

use super::rate::held_wind_m_s;
use crate::units::{KW_M_PER_BTU_FT_S, M_PER_FT, M_S_PER_MPH, WIND_10M_PER_20FT};

/// Length over width of a crown fire, at an open wind at 10 m: 1 in still air, without an upper bound.
///
/// Source: Rothermel (1991), INT-438, eq. 10: 1 + 0.125 U, U the wind at 20 ft in mph.
pub fn length_to_width(wind_10m_m_s: f64) -> f64 {
    1.0 + 0.125 * held_wind_m_s(wind_10m_m_s) / WIND_10M_PER_20FT / M_S_PER_MPH
}

/// Area of a crown fire that ran a distance, m2, its back standing still.
///
/// Source: Rothermel (1991), INT-438, eq. 11.
pub fn area_m2(distance_m: f64, length_to_width: f64) -> f64 {
    std::f64::consts::PI * distance_m * distance_m / (4.0 * length_to_width)
}

/// Perimeter of a crown fire that ran a distance, m, its back standing still.
///
/// Source: Rothermel (1991), INT-438, eq. 13.
/// Valid for: short of the ellipse's own perimeter by 3 % at a length-to-width ratio of 2, by 8 % at 4.
pub fn perimeter_m(distance_m: f64, length_to_width: f64) -> f64 {
    0.5 * std::f64::consts::PI * distance_m * (1.0 + 1.0 / length_to_width)
}

/// Flame length of a crown fire, m.
///
/// Source: Thomas (1963): 0.2 I^(2/3) ft with I in Btu/ft/s, as Rothermel (1991), INT-438, uses it.
/// Valid for: crown fires; Byram's fit for surface fires gives less than half of it at 10 000 kW/m.
pub fn flame_length_m(fireline_intensity_kw_m: f64) -> f64 {
    let intensity_btu_ft_s = fireline_intensity_kw_m.max(0.0) / KW_M_PER_BTU_FT_S;
    0.2 * intensity_btu_ft_s.cbrt().powi(2) * M_PER_FT
}
