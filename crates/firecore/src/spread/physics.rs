//! Which fires a simulation knows beside the one on the ground.

use super::crown::CrownMethod;

/// What a simulation takes into account beyond surface fire: the same for every member of a forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Physics {
    /// How trees burn where the landscape has canopy layers; `None` leaves every crown alone.
    pub crown_fire: Option<CrownMethod>,
    /// Water in the foliage over its dry mass.
    pub foliar_moisture: f64,
    /// Embers that set fires ahead of the front; `None` where none fly.
    pub embers: Option<EmberSettings>,
}

/// How many embers fly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmberSettings {
    /// Embers able to set a fire for each GJ of heat that the front releases, wherever they land.
    ///
    /// No measurement gives it: published figures lie nine orders of magnitude apart. The default was chosen on one fire, the
    /// first night of the Glass Fire of 2020: of 0.005 to 0.2 it comes nearest to the area, and the overlap hardly rises beyond
    /// (docs/science.md).
    pub per_gj: f64,
    /// Embers followed in one member, of those that land beyond their neighbours and ignite; further ones set no fire, and
    /// the result says so.
    pub followed_max: u32,
}

impl Physics {
    /// Surface fire alone.
    pub const SURFACE: Self = Self { crown_fire: None, foliar_moisture: FOLIAR_MOISTURE, embers: None };
}

/// Moisture of living needles where nothing is known of them. Source: Scott and Reinhardt (2001), RMRS-RP-29: the value of
/// their standard conditions.
pub const FOLIAR_MOISTURE: f64 = 1.0;

impl Default for Physics {
    /// Crown fire by Cruz, Alexander and Wakimoto (2005), and embers.
    fn default() -> Self {
        Self {
            crown_fire: Some(CrownMethod::Cruz2005),
            foliar_moisture: FOLIAR_MOISTURE,
            embers: Some(EmberSettings::default()),
        }
    }
}

impl Default for EmberSettings {
    fn default() -> Self {
        Self { per_gj: 0.05, followed_max: 200_000 }
    }
}
