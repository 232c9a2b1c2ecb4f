//! From the wind that weather services give, 10 m above open ground, to the wind at mid-flame height: only the speed changes, the direction is kept. What
//! terrain makes of the wind at 10 m before that is [`TerrainWind`].
//!
//! ```
//! use firecore::fuel::FuelModel;
//! use firecore::wind;
//!
//! let grass = FuelModel::standard(102).expect("102 is a standard model");
//! let factor = wind::adjustment_factor(grass.depth_m(), None);
//! let midflame_wind_m_s = 5.0 * wind::midflame_per_10m(factor);
//! assert!((midflame_wind_m_s - 1.575).abs() < 1e-3);
//! ```

mod terrain;
#[cfg(test)]
mod tests;

pub use terrain::{Bend, STRAIGHT, TerrainWind, bent};

use crate::units::{M_PER_FT, WIND_10M_PER_20FT};

/// Share of a stand's volume filled by crowns from which on it shelters the ground.
///
/// Source: Albini and Baughman (1979), INT-221; Andrews (2012), RMRS-GTR-266.
const SHELTERING_CROWN_SHARE: f64 = 0.05;

/// Height of a canopy from which on it shelters the ground, ft. Source: firelab/behave.
const SHELTERING_HEIGHT_FT: f64 = 6.0;

/// Fuel bed depths that the open form is used for, ft; no standard model lies outside. Source: BehavePlus 6.
const DEPTH_FT_MIN: f64 = 0.1;
const DEPTH_FT_MAX: f64 = 6.0;

/// Height that canopies are held below, ft: above any tree (the tallest measures 380 ft).
const HEIGHT_FT_MAX: f64 = 400.0;

/// The stand of trees above a fuel bed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stand {
    /// Share of the ground under crowns, 0 to 1.
    pub cover: f64,
    /// Height of the canopy's top, m.
    pub height_m: f64,
    /// Length of the crowns over the trees' height, 0 to 1, where it is known.
    pub crown_ratio: Option<f64>,
}

impl Stand {
    /// Share of the volume between ground and canopy top that crowns fill.
    ///
    /// Source: cones of the known crown ratio, Albini and Baughman (1979), INT-221; without one pi / 12 of the cover,
    /// Finney (1998), RMRS-RP-4.
    fn crown_share(&self) -> f64 {
        let cover = self.cover.clamp(0.0, 1.0);
        match self.crown_ratio {
            Some(ratio) => ratio.clamp(0.0, 1.0) * cover / 3.0,
            None => std::f64::consts::PI * cover / 12.0,
        }
    }
}

/// Mid-flame wind over the wind at 20 ft above open ground or canopy: 0 to 1.
///
/// The sheltered form holds below a stand whose crowns fill at least 5 % of its volume and which is at least
/// 6 ft tall, the open form everywhere else. The factor jumps where one gives way to the other; taking the smaller
/// of both, as some programs do, would not remove the jump.
///
/// Source: Albini and Baughman (1979), INT-221, in the form of Andrews (2012), RMRS-GTR-266.
/// Valid for: flat ground and uniform stands.
pub fn adjustment_factor(fuel_depth_m: f64, stand: Option<&Stand>) -> f64 {
    match stand {
        Some(stand) if shelters(stand) => {
            sheltered((stand.height_m / M_PER_FT).min(HEIGHT_FT_MAX), stand.crown_share())
        }
        _ => open((fuel_depth_m / M_PER_FT).clamp(DEPTH_FT_MIN, DEPTH_FT_MAX)),
    }
}

/// Mid-flame wind over 10 m wind, for an adjustment factor.
pub fn midflame_per_10m(adjustment_factor: f64) -> f64 {
    adjustment_factor / WIND_10M_PER_20FT
}

/// Length of the crowns over the trees' height, from a canopy's top and base; 0 where there is no canopy.
pub fn crown_ratio(height_m: f64, base_height_m: f64) -> f64 {
    if height_m > 0.0 { ((height_m - base_height_m) / height_m).clamp(0.0, 1.0) } else { 0.0 }
}

fn shelters(stand: &Stand) -> bool {
    stand.crown_share() >= SHELTERING_CROWN_SHARE && stand.height_m / M_PER_FT >= SHELTERING_HEIGHT_FT
}

/// Wind averaged from the top of the fuel bed to twice its depth.
fn open(depth_ft: f64) -> f64 {
    1.83 / profile(depth_ft)
}

/// Wind below the canopy, the same at all heights.
fn sheltered(height_ft: f64, crown_share: f64) -> f64 {
    0.555 / ((crown_share * height_ft).sqrt() * profile(height_ft))
}

/// The logarithmic wind profile's term at 20 ft above vegetation of a height.
fn profile(height_ft: f64) -> f64 {
    ((20.0 + 0.36 * height_ft) / (0.13 * height_ft)).ln()
}
