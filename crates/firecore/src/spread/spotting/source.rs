//! Embers from piles, surface fires and torching trees.

use super::species::TreeSpecies;
use super::{Spotting, held_ft, spotting, wind_20ft_mph};
use crate::units::M_PER_FT;

/// Inches in one foot.
const IN_PER_FT: f64 = 12.0;

/// Diameter at breast height that trees are held below, in: above any tree's.
const DIAMETER_IN_MAX: f64 = 500.0;

/// Trees that are used at most: three times what Albini's figures go up to.
const TREES_MAX: f64 = 100.0;

/// The farthest spot fire from a burning pile; `None` in calm air and without a flame.
///
/// **Shape**: height of the flames, open wind at 10 m and height of the trees downwind; below an open stand downwind
/// take half of their height.
///
/// Source: Albini (1981), Res. Note INT-309: embers rise to 12.2 flame heights.
/// Valid for: a single pile with continuous flame.
pub fn burning_pile(flame_height_m: f64, wind_10m_m_s: f64, cover_height_m: f64) -> Option<Spotting> {
    let wind_mph = wind_20ft_mph(wind_10m_m_s)?;
    let flame_ft = held_ft(flame_height_m);
    (flame_ft > 1e-7).then(|| spotting(12.2 * flame_ft, cover_height_m, wind_mph, 0.0))
}

/// The farthest spot fire from a surface fire driven by wind; `None` in calm air and without a flame.
///
/// **Shape**: Byram's flame length at the head, open wind at 10 m and height of the trees downwind; below an open stand
/// downwind take half of their height.
///
/// Source: Albini (1983), Res. Pap. INT-309, with the drift of Chase (1984), Res. Note INT-346: embers lofted by line thermals that gusts raise from the front.
/// Valid for: fires without tree cover above them; the formula knows no cover over the source.
pub fn surface_fire(flame_length_m: f64, wind_10m_m_s: f64, cover_height_m: f64) -> Option<Spotting> {
    let wind_mph = wind_20ft_mph(wind_10m_m_s)?;
    let flame_ft = held_ft(flame_length_m);
    if flame_ft <= 1e-7 {
        return None;
    }
    let intensity_btu_ft_s = (flame_ft / 0.45).powf(1.0 / 0.46); // Byram (1959), inverted
    let thermal_btu_ft = 322.0 * (0.474 * wind_mph).powf(-1.01) * intensity_btu_ft_s;
    let firebrand_ft = 1.055 * thermal_btu_ft.sqrt();
    let drift_mi = 0.000278 * wind_mph * firebrand_ft.powf(0.643);
    Some(spotting(firebrand_ft, cover_height_m, wind_mph, drift_mi))
}

/// Trees that torch together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TorchingTrees {
    /// What they are.
    pub species: TreeSpecies,
    /// How many torch at once, 1 to 100.
    pub count: f64,
    /// Diameter at breast height, m.
    pub diameter_m: f64,
    /// Height, m.
    pub height_m: f64,
}

/// The farthest spot fire from torching trees, and their flames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TorchingSpot {
    /// Height of the steady flame above the crown's base, m.
    pub flame_height_m: f64,
    /// How long the flame is steady, without unit: times the speed at its tip, over its height.
    pub flame_duration: f64,
    /// The spot fire.
    pub spotting: Spotting,
}

impl TorchingTrees {
    /// The farthest spot fire from these trees; `None` in calm air and without trees.
    ///
    /// **Shape**: open wind at 10 m and height of the trees downwind; below an open stand downwind take half of their
    /// height.
    ///
    /// Source: Albini (1979), INT-GTR-56.
    /// Valid for: up to 30 trees of one kind.
    pub fn spotting(&self, wind_10m_m_s: f64, cover_height_m: f64) -> Option<TorchingSpot> {
        let wind_mph = wind_20ft_mph(wind_10m_m_s)?;
        let diameter_in = (self.diameter_m / M_PER_FT * IN_PER_FT).min(DIAMETER_IN_MAX);
        if diameter_in <= 1e-7 || self.count < 1.0 {
            return None;
        }
        let count = self.count.min(TREES_MAX);
        let flames = self.species.flames();
        let flame_ft = flames.height_ft * diameter_in.powf(flames.height_exponent) * count.powf(0.4);
        let flame_duration = flames.duration * diameter_in.powf(flames.duration_exponent) * count.powf(-0.2);
        let tree_ft = held_ft(self.height_m);
        let (factor, exponent) = loft(tree_ft / flame_ft, flame_duration);
        let firebrand_ft = factor * flame_duration.powf(exponent) * flame_ft + tree_ft / 2.0;
        Some(TorchingSpot {
            flame_height_m: flame_ft * M_PER_FT,
            flame_duration,
            spotting: spotting(firebrand_ft, cover_height_m, wind_mph, 0.0),
        })
    }
}

/// How high an ember rises above the crown's middle, over the flame's height: factor and power of the flame's duration.
///
/// Source: Albini (1979), INT-GTR-56, by height of the trees over the flame's.
fn loft(tree_to_flame: f64, flame_duration: f64) -> (f64, f64) {
    if tree_to_flame >= 1.0 {
        (4.24, 0.332)
    } else if tree_to_flame >= 0.5 {
        (3.64, 0.391)
    } else if flame_duration < 3.5 {
        (2.78, 0.418)
    } else {
        (4.70, 0.0)
    }
}
