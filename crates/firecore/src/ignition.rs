//! The state that a simulation starts from, and how one member's start and weather depart from it.

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

/// How one member departs from the seed and from the weather as given.
#[derive(Clone, Debug, PartialEq)]
pub struct Perturbation {
    /// Factor on the wind speed.
    pub wind_speed_factor: f64,
    /// Turn of the wind, clockwise, rad.
    pub wind_turn_rad: f64,
    /// Factor on every fuel moisture.
    pub moisture_factor: f64,
    /// Shift of each burning ignition, m east and m north, in the seed's order; none means all stay.
    pub ignition_shift_m: Vec<[f64; 2]>,
}

impl Perturbation {
    /// The seed and the weather as given.
    pub const NONE: Self = Self {
        wind_speed_factor: 1.0,
        wind_turn_rad: 0.0,
        moisture_factor: 1.0,
        ignition_shift_m: Vec::new(),
    };
}
