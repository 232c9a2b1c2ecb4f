//! Moisture of dead and live fuel: kg of water per kg of dry fuel, never percent.
//!
//! Where it comes from: a standard [`scenario`], the look-up tables of [`fine_dead`], the [`equilibrium`] with the air,
//! or [`conditioning`] by a series of weather; for [`live`] fuel the season or how it looks.

use serde::{Deserialize, Serialize};

mod class;
pub mod conditioning;
pub mod equilibrium;
pub mod fine_dead;
pub mod live;
pub mod scenario;

pub use class::ClassError;

/// Moisture of dead fuel by time-lag class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadFuelMoisture {
    /// Particles below 6 mm.
    pub one_hour: f64,
    /// Particles of 6 to 25 mm.
    pub ten_hour: f64,
    /// Particles of 25 to 76 mm.
    pub hundred_hour: f64,
}

/// Moisture of live fuel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveFuelMoisture {
    /// Grasses and forbs.
    pub herbaceous: f64,
    /// Shrubs and small trees.
    pub woody: f64,
}

/// Dead and live together: what a fuel bed needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FuelMoisture {
    /// Dead fuel.
    pub dead: DeadFuelMoisture,
    /// Live fuel.
    pub live: LiveFuelMoisture,
}
