//! Rates of spread of crown fires, as published.

use crate::spread::rothermel::MoistBed;
use crate::units::{M_S_PER_KM_H, WIND_10M_PER_20FT};

/// Wind that speeds are held below, m/s: there only to keep the arithmetic finite.
const WIND_M_S_MAX: f64 = 1000.0;

/// Moisture that Cruz's fit is used up to: above any fuel's.
const MOISTURE_MAX: f64 = 10.0;

/// Rate of a crown fire over that of fuel model 10. Source: Rothermel (1991), INT-438.
const CROWN_PER_TIMBER: f64 = 3.34;

/// Mid-flame wind over the wind at 20 ft in Rothermel's crown fires. Source: Rothermel (1991), INT-438.
const CROWN_WIND_ADJUSTMENT: f64 = 0.4;

/// A wind in the range that is used, m/s.
pub(super) fn held_wind_m_s(wind_m_s: f64) -> f64 {
    wind_m_s.clamp(0.0, WIND_M_S_MAX)
}

/// How moisture slows Cruz's crown fires: 1 when dry. Source: Cruz, Alexander and Wakimoto (2005).
pub(super) fn cruz_moisture_factor(one_hour: f64) -> f64 {
    (-0.17 * 100.0 * one_hour.clamp(0.0, MOISTURE_MAX)).exp()
}

/// Active rate of Cruz, Alexander and Wakimoto (2005), m/s.
pub(super) fn cruz_active_m_s(wind_10m_m_s: f64, bulk_density_kg_m3: f64, moisture_factor: f64) -> f64 {
    let wind_km_h = held_wind_m_s(wind_10m_m_s) / M_S_PER_KM_H;
    cruz_active_m_min(wind_km_h, bulk_density_kg_m3, moisture_factor) / 60.0
}

/// Source: Cruz, Alexander and Wakimoto (2005), Can. J. For. Res. 35:1626.
fn cruz_active_m_min(wind_10m_km_h: f64, bulk_density_kg_m3: f64, moisture_factor: f64) -> f64 {
    11.02 * wind_10m_km_h.powf(0.9) * bulk_density_kg_m3.powf(0.19) * moisture_factor
}

/// Passive rate of Cruz, Alexander and Wakimoto (2005), m/s: what is left of the active rate where it falls short
/// of the critical one.
pub(super) fn cruz_passive_m_s(active_m_s: f64, active_ratio: f64) -> f64 {
    active_m_s * (-active_ratio).exp()
}

/// Active rate of Rothermel (1991), m/s, from fuel model 10 at the day's moisture.
pub(super) fn rothermel_active_m_s(timber: &MoistBed, wind_10m_m_s: f64) -> f64 {
    let midflame_m_s = held_wind_m_s(wind_10m_m_s) / WIND_10M_PER_20FT * CROWN_WIND_ADJUSTMENT;
    CROWN_PER_TIMBER * timber.spread([midflame_m_s, 0.0], [0.0, 0.0]).heading_rate_of_spread_m_s
}

/// Open wind at 10 m, m/s, at which Rothermel's active rate is reached; `None` where it is at no wind.
///
/// Source: Scott and Reinhardt (2001), RMRS-RP-29, eq. 20, with the bed's own numbers in place of the rounded
/// coefficients of fuel model 10 that are printed there.
pub(super) fn rothermel_wind_10m_m_s(timber: &MoistBed, active_m_s: f64) -> Option<f64> {
    let midflame_m_s = timber.upslope_wind_m_s(active_m_s / CROWN_PER_TIMBER, 0.0)?;
    Some(midflame_m_s / CROWN_WIND_ADJUSTMENT * WIND_10M_PER_20FT)
}
