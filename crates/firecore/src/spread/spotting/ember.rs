//! Embers as chance: how many a burning cell sends out, and where they land.
//!
//! A front solver takes, for a cell that burned: the [`EmberYield`] of its heat, times the share of embers that land
//! [beyond](LandingDistance::share_beyond) the cells next to it, [drawn](whole_number) to a whole number; for each ember
//! a [distance](LandingDistance::tail_distance_m) out of that tail and an [offset](crosswind_offset_m) across the wind;
//! then the [ignition probability](super::ignition) where it lands. Uniform numbers are arguments.
//!
//! ```
//! use firecore::spread::spotting::ember::LandingDistance;
//!
//! let landing = LandingDistance::new(20_000.0, 10.0).within_m(2_000.0);
//! let share = landing.share_beyond(60.0);
//! assert!(share > 0.2 && share < 0.5);
//! let distance_m = landing.tail_distance_m(0.5, 60.0).expect("the cap lies beyond");
//! assert!(distance_m > 60.0 && distance_m < 2_000.0);
//! ```

use super::normal::{share_above, value_below};
use crate::spread::crown::CrownClass;

/// Density of the air, kg/m3, its heat capacity, kJ/kg/K, and temperature, K. Source: the values that ELMFIRE puts
/// into Sardoy's length scale.
const AIR_DENSITY_KG_M3: f64 = 1.1;
const AIR_HEAT_KJ_KG_K: f64 = 1.0;
const AIR_TEMPERATURE_K: f64 = 300.0;

/// Acceleration of gravity, m/s2.
const GRAVITY_M_S2: f64 = 9.81;

/// Fireline intensities that the fit is used between, MW/m: beyond them on either side nothing changes any more.
const INTENSITY_MW_M_MIN: f64 = 0.001;
const INTENSITY_MW_M_MAX: f64 = 100.0;

/// Winds that the fit is used between, m/s. Its distances grow without bound as buoyant fires meet calm air; below the
/// lower one they shrink with the wind instead.
const WIND_M_S_MIN: f64 = 2.0;
const WIND_M_S_MAX: f64 = 50.0;

/// Wind below which no ember travels, m/s.
const CALM_M_S: f64 = 1e-3;

/// Largest mean of the distance's logarithm: a median of 148 m. Source: the bound that ELMFIRE puts on the fit.
const LOG_MEAN_MAX: f64 = 5.0;

/// Share of embers that land beyond the cap, before it cuts them off. Source: ELMFIRE's default.
const BEYOND_CAP: f64 = 0.001;

/// Standard deviation across the wind over the fire's length scale. Source: Himoto and Tanaka (2008), Fire Safety
/// Science 9:433, as ELMFIRE uses it for vegetation too.
const CROSSWIND_PER_LENGTH: f64 = 0.92;

/// How far downwind embers land: a lognormal distribution, cut off at a cap.
///
/// Source: Sardoy, Consalvi, Kaiss, Fernandez-Pello and Porterie (2008), Combust. Flame 154:478: fits to computed flights
/// of burning disks from a line of torching trees, one for fires whose plume the wind bends over (Froude number above 1)
/// and one for those that rise. The two do not join: the distances jump where one gives way to the other.
/// Valid for: crown fires of tens of MW/m in winds of a few to some twenty m/s; lower ones are extrapolation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LandingDistance {
    log_mean: f64,
    log_deviation: f64,
    distance_m_max: f64,
    /// Share of the uncut distribution beyond the cap.
    beyond_cap: f64,
}

impl LandingDistance {
    /// The landing distances from a front, at the open wind at 10 m.
    ///
    /// The cap is the distance that one ember in a thousand would pass. Intensity is held inside 1 kW/m and 100 MW/m,
    /// wind below 50 m/s, the median below 148 m; in winds below 2 m/s distances are those at 2 m/s, less in proportion.
    pub fn new(fireline_intensity_kw_m: f64, wind_10m_m_s: f64) -> Self {
        let intensity_mw_m = (fireline_intensity_kw_m / 1000.0).clamp(INTENSITY_MW_M_MIN, INTENSITY_MW_M_MAX);
        let wind_m_s = wind_10m_m_s.clamp(WIND_M_S_MIN, WIND_M_S_MAX);
        let (log_mean, log_deviation) = match froude(fireline_intensity_kw_m, wind_m_s) > 1.0 {
            true => wind_driven(intensity_mw_m, wind_m_s),
            false => buoyancy_driven(intensity_mw_m, wind_m_s),
        };
        let calmer = wind_10m_m_s.clamp(CALM_M_S, WIND_M_S_MIN) / WIND_M_S_MIN;
        let log_mean = log_mean.min(LOG_MEAN_MAX) + calmer.ln();
        let distance_m_max = (log_mean + log_deviation * value_below(BEYOND_CAP)).exp();
        Self { log_mean, log_deviation, distance_m_max, beyond_cap: BEYOND_CAP }
    }

    /// The same with no ember beyond a distance, such as the maximum spotting distance of the source.
    pub fn within_m(self, distance_m: f64) -> Self {
        let distance_m_max = self.distance_m_max.min(distance_m.max(0.0));
        Self { distance_m_max, beyond_cap: self.uncut_share_beyond(distance_m_max), ..self }
    }

    /// The cap: no ember lands farther, m.
    pub fn distance_m_max(&self) -> f64 {
        self.distance_m_max
    }

    /// Mean and standard deviation of the distance's natural logarithm, distances in m, before the cut.
    pub fn log_moments(&self) -> (f64, f64) {
        (self.log_mean, self.log_deviation)
    }

    /// Share of the embers that land farther than a distance, 0 to 1.
    pub fn share_beyond(&self, distance_m: f64) -> f64 {
        if distance_m >= self.distance_m_max || self.beyond_cap >= 1.0 {
            return 0.0;
        }
        let uncut = self.uncut_share_beyond(distance_m);
        ((uncut - self.beyond_cap) / (1.0 - self.beyond_cap)).clamp(0.0, 1.0)
    }

    /// A landing distance beyond another, m, for a uniform number from 0 to 1: 0 gives the nearest, 1 the cap.
    ///
    /// `None` where no ember lands beyond.
    pub fn tail_distance_m(&self, uniform: f64, beyond_m: f64) -> Option<f64> {
        if self.share_beyond(beyond_m) <= 0.0 {
            return None;
        }
        let nearest = self.uncut_share_beyond(beyond_m);
        let share = nearest + uniform.clamp(0.0, 1.0) * (self.beyond_cap - nearest);
        let distance_m = (self.log_mean + self.log_deviation * value_below(share)).exp();
        Some(distance_m.clamp(beyond_m.max(0.0), self.distance_m_max))
    }

    fn uncut_share_beyond(&self, distance_m: f64) -> f64 {
        if distance_m <= 0.0 {
            return 1.0;
        }
        share_above((distance_m.ln() - self.log_mean) / self.log_deviation)
    }
}

/// Froude number of a fire: how its plume stands up to the wind. Above 1 the wind bends it over.
///
/// Source: Sardoy et al. (2008); the length scale from the fire's power per length.
pub fn froude(fireline_intensity_kw_m: f64, wind_m_s: f64) -> f64 {
    wind_m_s.clamp(0.0, WIND_M_S_MAX) / (GRAVITY_M_S2 * length_scale_m(fireline_intensity_kw_m)).sqrt()
}

/// Offset of an ember's landing place across the wind, m, to its right where positive, for a uniform number from 0 to 1.
///
/// Normal, with a standard deviation of 0.92 times the fire's length scale, whatever the distance.
///
/// Source: Himoto and Tanaka (2008), Fire Safety Science 9:433, for buildings; used for vegetation as ELMFIRE does.
/// Valid for: turbulence in the plume alone. Wind that wanders while embers fly spreads them far more, and belongs to
/// the weather.
pub fn crosswind_offset_m(fireline_intensity_kw_m: f64, uniform: f64) -> f64 {
    CROSSWIND_PER_LENGTH * length_scale_m(fireline_intensity_kw_m) * -value_below(uniform)
}

/// How many embers that could start a fire leave burning ground, for each kJ of heat.
///
/// No measurement gives these figures. Published ones lie nearly nine orders of magnitude apart, for they count
/// different things: ELMFIRE's 33.3 for each MJ (from Ju et al. 2023) are all embers, pyretechnics' default of 5e-11 for
/// each kJ those that matter. The defaults here are a choice: with 1e-9, a front of active crown fire 1 km long that runs
/// 2 km in an hour through 25 MJ/m2 sends out 50 embers, of which [`LandingDistance`] lets one in eight land beyond 100 m
/// in a wind of 10 m/s. A surface fire has a tenth of that for the same heat. Both are to be replaced by a calibration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmberYield {
    /// From crown fires, passive or active, 1/kJ.
    pub crown_per_kj: f64,
    /// From surface fires, 1/kJ: there is no canopy to loft from, and gusts have to raise the embers.
    pub surface_per_kj: f64,
}

impl Default for EmberYield {
    fn default() -> Self {
        Self { crown_per_kj: 1e-9, surface_per_kj: 1e-10 }
    }
}

impl EmberYield {
    /// Embers to be expected from ground that burned; not negative, finite for finite arguments.
    pub fn expected(&self, class: CrownClass, heat_per_unit_area_kj_m2: f64, area_m2: f64) -> f64 {
        let per_kj = if class.is_crown_fire() { self.crown_per_kj } else { self.surface_per_kj };
        (per_kj * heat_per_unit_area_kj_m2 * area_m2).clamp(0.0, EMBERS_MAX)
    }
}

/// Embers that a patch of ground sends out at most.
const EMBERS_MAX: f64 = 1e6;

/// A whole number of embers with the expected mean, for a uniform number from 0 to 1.
pub fn whole_number(expected: f64, uniform: f64) -> u32 {
    (expected.clamp(0.0, EMBERS_MAX) + uniform.clamp(0.0, 1.0 - f64::EPSILON)) as u32
}

/// Mean and standard deviation of the logarithm where the plume rises. Source: Sardoy et al. (2008).
fn buoyancy_driven(intensity_mw_m: f64, wind_m_s: f64) -> (f64, f64) {
    let mean = 1.47 * intensity_mw_m.powf(0.54) * wind_m_s.powf(-0.55) + 1.14;
    let deviation = 0.86 * intensity_mw_m.powf(-0.21) * wind_m_s.powf(0.44) + 0.19;
    (mean, deviation)
}

/// Mean and standard deviation of the logarithm where the wind bends the plume over. Source: Sardoy et al. (2008).
fn wind_driven(intensity_mw_m: f64, wind_m_s: f64) -> (f64, f64) {
    let mean = 1.32 * intensity_mw_m.powf(0.26) * wind_m_s.powf(0.11) - 0.02;
    let deviation = 4.95 * intensity_mw_m.powf(-0.01) * wind_m_s.powf(-0.02) - 3.48;
    (mean, deviation)
}

/// Size of the plume's foot, m: the length at which buoyancy and the fire's power per length balance.
///
/// Source: Sardoy et al. (2008).
fn length_scale_m(fireline_intensity_kw_m: f64) -> f64 {
    let power_kw_m = fireline_intensity_kw_m.clamp(1000.0 * INTENSITY_MW_M_MIN, 1000.0 * INTENSITY_MW_M_MAX);
    let air_kj_m3 = AIR_DENSITY_KG_M3 * AIR_HEAT_KJ_KG_K * AIR_TEMPERATURE_K;
    (power_kw_m / (air_kj_m3 * GRAVITY_M_S2.sqrt())).powf(2.0 / 3.0)
}
