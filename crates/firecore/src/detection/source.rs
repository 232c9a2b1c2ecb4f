//! The kinds of instrument that see fires.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What kind of instrument saw the fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A radiometer in orbit.
    Satellite,
    /// A smoke, gas or heat sensor that stands in the field.
    GroundSensor,
    /// A camera on an unmanned aircraft.
    Drone,
    /// A lookout or camera on a tower.
    Watchtower,
}

impl Source {
    /// Every source, in the order that messages list them.
    pub const ALL: [Self; 4] = [Self::Satellite, Self::GroundSensor, Self::Drone, Self::Watchtower];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Satellite => "satellite",
            Self::GroundSensor => "ground_sensor",
            Self::Drone => "drone",
            Self::Watchtower => "watchtower",
        }
    }

    /// Edge of the ground that one detection stands for when none was given, m.
    pub(super) fn extent_m(self) -> f64 {
        match self {
            // VIIRS I-band active fire product at nadir (Schroeder et al. 2014): the finest global one.
            Self::Satellite => 375.0,
            // Forest sensor networks are planned at about one node per hectare: 100 m by 100 m each.
            Self::GroundSensor => 100.0,
            // A drone resolves single flames; below one 30 m landscape cell nothing finer can be simulated.
            Self::Drone => 30.0,
            // What is seen from a tower is a column of smoke: about 100 m wide at its foot.
            Self::Watchtower => 100.0,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A source's name that is none of the four.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source must be one of satellite, ground_sensor, drone, watchtower, found {found:?}")]
pub struct UnknownSource {
    /// The refused name.
    pub found: String,
}

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(name: &str) -> Result<Self, UnknownSource> {
        let known = Self::ALL.into_iter().find(|source| source.as_str() == name);
        known.ok_or_else(|| UnknownSource { found: name.to_owned() })
    }
}
