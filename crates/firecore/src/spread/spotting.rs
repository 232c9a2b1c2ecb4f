//! Spotting: how far burning pieces fly, and what they do where they land.
//!
//! Two views that do not depend on each other. The deterministic one gives the *farthest* that a spot fire can be
//! expected: from a [`burning_pile`], a [`surface_fire`], [`TorchingTrees`] or an [`active_crown_fire`], over level
//! ground and, with [`Ridges`], over mountains. The stochastic one, in [`ember`] and [`ignition`], says how many
//! embers leave, where each lands and whether it ignites. No random numbers are drawn here: they are arguments.
//!
//! ```
//! use firecore::spread::spotting::{self, Ridges, RidgePosition};
//!
//! let spot = spotting::surface_fire(3.0, 8.0, 10.0).expect("there is wind");
//! assert!(spot.flat_distance_m > 400.0);
//! let ridges = Ridges {
//!     ridge_to_valley_m: 1600.0,
//!     ridge_to_valley_elevation_m: 600.0,
//!     position: RidgePosition::RidgeTop,
//! };
//! assert!(ridges.mountain_distance_m(spot.flat_distance_m) > spot.flat_distance_m);
//! ```

use std::f64::consts::{FRAC_PI_2, PI};

use crate::units::{M_PER_FT, M_PER_MI, M_S_PER_MPH, WIND_10M_PER_20FT};

pub mod ember;
pub mod ignition;
mod normal;
mod plume;
mod source;
mod species;

pub use plume::active_crown_fire;
pub use source::{TorchingSpot, TorchingTrees, burning_pile, surface_fire};
pub use species::{TreeSpecies, UnknownTreeSpecies};

/// Wind below which no ember travels, mph. Source: firelab/behave.
const WIND_MPH_MIN: f64 = 1e-7;

/// Wind that speeds are held below, mph: there only to keep the arithmetic finite.
const WIND_MPH_MAX: f64 = 1000.0;

/// Heights and lengths that are used at most, ft: above any flame's, and there only to keep the arithmetic finite.
const LENGTH_FT_MAX: f64 = 10_000.0;

/// The farthest that a spot fire can be expected from a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spotting {
    /// How high the ember is lifted, m.
    pub firebrand_height_m: f64,
    /// Height of the cover downwind that the distance was found with, m: never below the critical height.
    pub cover_height_m: f64,
    /// Maximum spotting distance over level ground, m.
    pub flat_distance_m: f64,
}

/// Where a source of embers stands in a landscape of ridges and valleys across the wind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RidgePosition {
    /// Halfway up, on the side that faces the wind.
    MidslopeWindward,
    /// On the floor of the valley.
    ValleyBottom,
    /// Halfway up, on the side that faces away from the wind.
    MidslopeLeeward,
    /// On the ridge.
    RidgeTop,
}

/// Ridges and valleys that the wind crosses: waves of one height and length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ridges {
    /// Distance on the map from ridge to valley, m; 0 for level ground.
    pub ridge_to_valley_m: f64,
    /// Height of the ridge above the valley, m; 0 for level ground.
    pub ridge_to_valley_elevation_m: f64,
    /// Where the source stands.
    pub position: RidgePosition,
}

impl Ridges {
    /// Maximum spotting distance over these ridges, m, for one over level ground: the ember meets rising ground
    /// earlier and falling ground later.
    ///
    /// Source: Chase (1984), Res. Note INT-346, after Albini (1979), INT-GTR-56; six steps of the iteration.
    /// Valid for: ridges that run across the wind, alike as far as embers fly.
    pub fn mountain_distance_m(&self, flat_distance_m: f64) -> f64 {
        let distance_mi = self.ridge_to_valley_m / M_PER_MI;
        let elevation_ft = self.ridge_to_valley_elevation_m / M_PER_FT;
        if distance_mi <= DISTANCE_MI_MIN || elevation_ft <= ELEVATION_FT_MIN {
            return flat_distance_m;
        }
        let flat = flat_distance_m / M_PER_MI / distance_mi;
        let rise = elevation_ft.min(ELEVATION_FT_MAX) / (10_000.0 * PI);
        let phase = match self.position {
            RidgePosition::MidslopeWindward => 0.0,
            RidgePosition::ValleyBottom => FRAC_PI_2,
            RidgePosition::MidslopeLeeward => PI,
            RidgePosition::RidgeTop => 3.0 * FRAC_PI_2,
        };
        let step = |distance: f64| flat - rise * ((PI * distance - phase).cos() - phase.cos());
        let distance = (0..CHASE_STEPS).fold(flat, |distance, _| step(distance));
        distance.max(0.0) * distance_mi * M_PER_MI
    }
}

/// Steps of Chase's iteration. Source: firelab/behave; more would shift the reference cases by up to 0.1 %.
const CHASE_STEPS: usize = 6;

/// Ridges closer or lower than this are level ground, mi and ft. Source: firelab/behave.
const DISTANCE_MI_MIN: f64 = 1e-7;
const ELEVATION_FT_MIN: f64 = 1e-7;

/// Ridge heights that are used at most, ft: above any mountain's.
const ELEVATION_FT_MAX: f64 = 30_000.0;

/// Wind at 20 ft, mph, from the open one at 10 m; `None` in calm air.
fn wind_20ft_mph(wind_10m_m_s: f64) -> Option<f64> {
    let wind_mph = wind_10m_m_s / WIND_10M_PER_20FT / M_S_PER_MPH;
    (wind_mph > WIND_MPH_MIN).then(|| wind_mph.min(WIND_MPH_MAX))
}

/// A length in ft, held to the range that is used.
fn held_ft(length_m: f64) -> f64 {
    (length_m / M_PER_FT).clamp(0.0, LENGTH_FT_MAX)
}

/// Height of the cover that a distance is found with, ft: the real one, or the critical one for the ember's height.
///
/// Source: Albini (1979), INT-GTR-56: below the critical height lower cover no longer lets embers fly farther.
fn used_cover_ft(firebrand_ft: f64, cover_ft: f64) -> f64 {
    let critical_ft = if firebrand_ft > 0.0 { 2.2 * firebrand_ft.powf(0.337) - 4.0 } else { 0.0 };
    cover_ft.max(critical_ft)
}

/// Maximum distance over level ground, mi, of an ember that starts to fall at a height.
///
/// Source: Albini (1979), INT-GTR-56; the height's share by a logarithmic wind profile over the cover.
fn flat_distance_mi(firebrand_ft: f64, cover_ft: f64, wind_20ft_mph: f64) -> f64 {
    if cover_ft <= 1e-7 || firebrand_ft <= 0.0 {
        return 0.0;
    }
    let ratio = firebrand_ft / cover_ft;
    let profile = 0.362 + ratio.sqrt() / 2.0 * ratio.ln();
    (0.000718 * wind_20ft_mph * cover_ft.sqrt() * profile).max(0.0)
}

/// An ember's flight from a height, with what it drifts while it rises, mi.
fn spotting(firebrand_ft: f64, cover_m: f64, wind_20ft_mph: f64, drift_mi: f64) -> Spotting {
    let cover_ft = used_cover_ft(firebrand_ft, held_ft(cover_m));
    let flat_mi = flat_distance_mi(firebrand_ft, cover_ft, wind_20ft_mph) + drift_mi;
    Spotting {
        firebrand_height_m: firebrand_ft * M_PER_FT,
        cover_height_m: cover_ft * M_PER_FT,
        flat_distance_m: flat_mi * M_PER_MI,
    }
}
