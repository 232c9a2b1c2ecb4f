//! Whose unit constants turn published criteria into SI.

use std::str::FromStr;

use super::canopy::CanopyFuel;
use crate::spread::{UnknownName, by_name};
use crate::units::{KG_PER_LB, KW_M_PER_BTU_FT_S, M_PER_FT};

/// Btu/ft/s in a kW/m as firelab/behave counts them for critical intensities: 7.7e-4 short of the exact figure.
const BEHAVE_BTU_FT_S_PER_KW_M: f64 = 0.2886719;

/// kg/m3 in a lb/ft3 as firelab/behave counts them for critical rates: 2.4e-6 too many.
const BEHAVE_KG_M3_PER_LB_FT3: f64 = 16.0185;

/// Which constants the criteria of crown fire are computed with.
///
/// Forecasts use the exact ones. BehavePlus computes in US units, and rounds two of its conversions; with them a result can be
/// laid beside its own digit by digit, and without them critical intensities are 0.08 % higher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Constants {
    /// The exact conversions.
    #[default]
    Exact,
    /// Those of BehavePlus, and its crown fraction burned: what the method's line gives, even where an active fire burns all
    /// crowns.
    BehavePlus,
}

impl Constants {
    const NAMES: [(&'static str, Self); 2] = [("exact", Self::Exact), ("behaveplus", Self::BehavePlus)];

    pub(super) fn critical_fireline_intensity_kw_m(self, canopy: &CanopyFuel) -> f64 {
        let exact_kw_m = canopy.critical_fireline_intensity_kw_m();
        match self {
            Self::Exact => exact_kw_m,
            Self::BehavePlus => exact_kw_m * (BEHAVE_BTU_FT_S_PER_KW_M * KW_M_PER_BTU_FT_S),
        }
    }

    pub(super) fn critical_active_rate_of_spread_m_s(self, canopy: &CanopyFuel) -> f64 {
        let exact_m_s = canopy.critical_active_rate_of_spread_m_s();
        match self {
            Self::Exact => exact_m_s,
            Self::BehavePlus => exact_m_s * (KG_PER_LB / M_PER_FT.powi(3) / BEHAVE_KG_M3_PER_LB_FT3),
        }
    }
}

impl FromStr for Constants {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        by_name(text, &Self::NAMES)
    }
}
