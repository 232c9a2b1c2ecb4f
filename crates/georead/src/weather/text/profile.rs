//! Wind from the height that it was measured at to 10 m.

use std::ops::RangeInclusive;

use firecore::units::{M_PER_FT, WIND_10M_PER_20FT};

/// Heights that the profile is used for, m. Reason: below, it is among the plants; above, no mast reaches, and the air's layering counts more.
pub(super) const HEIGHTS_M: RangeInclusive<f64> = 1.0..=150.0;

/// The height that wind is brought to, m.
const TARGET_M: f64 = 10.0;

/// Heights of fire weather stations, m: 20 ft.
const FIRE_M: f64 = 20.0 * M_PER_FT;

/// Wind at 10 m over wind at a height, m: the logarithmic profile over open ground.
///
/// Its roughness is not chosen but follows from [`WIND_10M_PER_20FT`], so that both say the same at 20 ft: 0.22 m, that of tall grass and
/// scattered bushes. Source of the form: Stull (1988), "An introduction to boundary layer meteorology", section 9.7.
/// Valid for: 1 to 150 m; heights beyond are taken as the nearest of them.
pub fn wind_10m_per(height_m: f64) -> f64 {
    let height_m = height_m.clamp(*HEIGHTS_M.start(), *HEIGHTS_M.end());
    // ln(10 / z) = ratio * ln(20 ft / z), solved for ln z.
    let roughness_ln = (WIND_10M_PER_20FT * FIRE_M.ln() - TARGET_M.ln()) / (WIND_10M_PER_20FT - 1.0);
    (TARGET_M.ln() - roughness_ln) / (height_m.ln() - roughness_ln)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wind_at_20_ft_and_at_10_m_is_as_everywhere_else() {
        assert!((wind_10m_per(6.096) - 1.15).abs() < 1e-12);
        assert_eq!(wind_10m_per(10.0), 1.0);
        // By hand: roughness 0.2249 m, ln(10 / 0.2249) / ln(2 / 0.2249).
        assert!((wind_10m_per(2.0) - 3.7947 / 2.1852).abs() < 1e-3);
        assert!(wind_10m_per(40.0) < 0.8);
        assert_eq!(wind_10m_per(0.1), wind_10m_per(1.0));
    }
}
