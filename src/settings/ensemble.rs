//! How an ensemble is reduced, when it shows what it has, and when it may end early.

use firecore::ensemble::reduce::EXACT_MEMBERS_MAX;
use serde::Deserialize;

/// The members' reduction.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnsembleSettings {
    /// Members after which a provisional forecast is shown, and again at about each doubling; 0: none.
    pub provisional_after: u32,
    /// A run ends once every perimeter's band is within this share of its area; 0: never before its last member.
    pub settle_fraction: f64,
    /// Probability with which a band holds the percentile, above 0 and below 1.
    pub band_coverage: f64,
    /// Above so many members times are counted in bins, so that memory stays bounded.
    pub one_by_one_max: usize,
}

impl Default for EnsembleSettings {
    fn default() -> Self {
        Self {
            provisional_after: 5,
            settle_fraction: 0.0,
            band_coverage: 0.9,
            one_by_one_max: EXACT_MEMBERS_MAX,
        }
    }
}
