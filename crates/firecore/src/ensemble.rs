//! The perturbed members of one forecast.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::detection::ClusterId;
use crate::ignition::Seed;

pub mod reduce;

/// Number of a member within its ensemble, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberIndex(pub u32);

/// Everything that a member's draws depend on: nothing else may enter them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RngSeed {
    /// The cluster's id.
    pub cluster: ClusterId,
    /// The forecast's version within the cluster.
    pub version: u64,
    /// The member.
    pub member: MemberIndex,
}

impl RngSeed {
    /// The member's own stream of random numbers.
    ///
    /// The three parts are laid side by side in ChaCha's 256-bit key, so two members never share a stream.
    pub fn stream(&self) -> ChaCha8Rng {
        let mut key = [0; 32];
        key[..16].copy_from_slice(self.cluster.0.as_bytes());
        key[16..24].copy_from_slice(&self.version.to_le_bytes());
        key[24..28].copy_from_slice(&self.member.0.to_le_bytes());
        ChaCha8Rng::from_seed(key)
    }
}

/// One member: its draws, and the seed moved by them.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberPlan {
    /// Which member.
    pub index: MemberIndex,
    /// Factor on the wind speed.
    pub wind_speed_factor: f64,
    /// Turn of the wind, clockwise, rad.
    pub wind_turn_rad: f64,
    /// Factor on every fuel moisture.
    pub moisture_factor: f64,
    /// The member's own start: ignitions moved within their uncertainty.
    pub seed: Seed,
}
