//! Surface fire spread at one point: Rothermel's model, split by what changes.
//!
//! A [`FuelBed`] is what the fuel model alone decides, a [`MoistBed`] adds the moisture, and
//! [`MoistBed::spread`] adds wind and slope: the inner loop of a front solver, without allocation.
//! Rates are along the slope's surface, as the model gives them; none is projected onto the map here.
//!
//! ```
//! use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
//! use firecore::spread::rothermel::FuelBeds;
//!
//! let beds = FuelBeds::standard();
//! let dry = FuelMoisture {
//!     dead: DeadFuelMoisture { one_hour: 0.03, ten_hour: 0.04, hundred_hour: 0.05 },
//!     live: LiveFuelMoisture { herbaceous: 0.30, woody: 0.60 },
//! };
//! let grass = beds.get(102).expect("GR2 burns").moistened(&dry);
//! let head = grass.spread([1.6, 0.0], [0.0, 0.0]);
//! assert!(head.heading_rate_of_spread_m_s > 0.2);
//! assert_eq!(head.toward, [1.0, 0.0]);
//! ```

mod bed;
mod cured;
mod moist;
mod options;

pub use bed::{FuelBed, FuelBeds};
pub(super) use cured::CuredBed;
pub use moist::MoistBed;
pub(super) use moist::held_moisture;
pub use options::{Curing, WindLimit};

use crate::units::{KW_M_PER_BTU_FT_S, M_PER_FT};

/// The head of a surface fire at one point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurfaceSpread {
    /// Rate of spread of the head, along the slope's surface, m/s; 0 where no fire spreads.
    pub heading_rate_of_spread_m_s: f64,
    /// Where the head goes: unit vector, east and north. North where no direction is preferred, that is where
    /// `effective_wind_m_s` is 0 and the fire grows as a circle.
    pub toward: [f64; 2],
    /// Mid-flame wind that, blowing upslope or on level ground, would have the effect of wind and slope together,
    /// m/s: what the shape of the fire follows. 0 where no fire spreads.
    pub effective_wind_m_s: f64,
    /// Heat released per unit area by the flaming front, kJ/m2.
    pub heat_per_unit_area_kj_m2: f64,
}

impl SurfaceSpread {
    /// What becomes of ground where no fire spreads.
    pub const NONE: Self = Self {
        heading_rate_of_spread_m_s: 0.0,
        toward: [0.0, 1.0],
        effective_wind_m_s: 0.0,
        heat_per_unit_area_kj_m2: 0.0,
    };

    /// Byram's fireline intensity at the head, kW/m.
    pub fn heading_fireline_intensity_kw_m(&self) -> f64 {
        fireline_intensity_kw_m(self.heat_per_unit_area_kj_m2, self.heading_rate_of_spread_m_s)
    }
}

/// Byram's fireline intensity: heat released per second and metre of front.
///
/// The rate of spread is the front's own, square to it: on a flank the normal rate, never the radial one.
///
/// Source: Byram (1959), with the heat per unit area of Rothermel's reaction intensity and Anderson's residence
/// time, as in Albini (1976), INT-GTR-30.
pub fn fireline_intensity_kw_m(heat_per_unit_area_kj_m2: f64, rate_of_spread_m_s: f64) -> f64 {
    heat_per_unit_area_kj_m2 * rate_of_spread_m_s
}

/// Flame length of a surface fire, m.
///
/// Source: Byram (1959): 0.45 I^0.46 ft with I in Btu/ft/s, that is 0.0775 I^0.46 m with I in kW/m.
/// Valid for: surface fires; crown fires have a fit of their own (Thomas 1963).
pub fn flame_length_m(fireline_intensity_kw_m: f64) -> f64 {
    let intensity_btu_ft_s = fireline_intensity_kw_m.max(0.0) / KW_M_PER_BTU_FT_S;
    0.45 * intensity_btu_ft_s.powf(0.46) * M_PER_FT
}
