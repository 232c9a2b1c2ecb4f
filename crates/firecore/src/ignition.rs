//! The state that a simulation starts from.

use jiff::Timestamp;

use crate::geo::LonLat;

/// Ground that burns when a simulation starts: a disc around a detection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ignition {
    /// Centre of the disc.
    pub position: LonLat,
    /// Radius of the disc, m: half the footprint of the sensor's pixel.
    pub radius_m: f64,
    /// Standard deviation of the centre's true place in each axis, m.
    pub position_sd_m: f64,
}

/// The state that every member of a forecast starts from.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// When the simulation starts: the newest detection's time.
    pub seeded_at: Timestamp,
    /// Ground that burns then.
    pub burning: Vec<Ignition>,
    /// Ground that burned earlier and has gone out: it neither spreads fire nor burns again.
    pub burned: Vec<Ignition>,
}
