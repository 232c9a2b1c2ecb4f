//! The perturbed members of one forecast.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use crate::detection::ClusterId;
use crate::ignition::{Perturbation, Seed};

pub mod band;
pub mod impact;
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

/// One member: which it is, and how it departs from the seed and from the weather as given.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberPlan {
    /// Which member.
    pub index: MemberIndex,
    /// Its draws.
    pub perturbation: Perturbation,
}

/// How far members depart from the inputs as given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerturbationSettings {
    /// Half-width of the uniform distribution of the factor on the wind speed.
    pub wind_speed_fraction: f64,
    /// Half-width of the uniform distribution of the factor on fuel moisture.
    pub moisture_fraction: f64,
    /// Standard deviation of the normal distribution of the wind's turn, degrees.
    pub wind_direction_sd_deg: f64,
}

impl Default for PerturbationSettings {
    /// Wind speed +/- 20 %, moisture +/- 10 %, wind direction with a standard deviation of 10 degrees.
    ///
    /// None of the three is measured here. 10 degrees is our choice for the part of a wind forecast's error in direction that
    /// lasts for a whole run; an operator who has verified the local wind forecast should set it.
    fn default() -> Self {
        Self { wind_speed_fraction: 0.20, moisture_fraction: 0.10, wind_direction_sd_deg: 10.0 }
    }
}

impl MemberPlan {
    /// Draws a member: a function of `rng_seed`, the seed's uncertainty and the settings alone.
    ///
    /// The draws come in a fixed order (wind speed, moisture, wind direction, then each ignition's east and north, then each outline's), so
    /// that more ignitions leave the weather draws of a member as they were.
    pub fn draw(rng_seed: RngSeed, seed: &Seed, settings: &PerturbationSettings) -> Self {
        let mut stream = rng_seed.stream();
        let mut factor = |half_width: f64| 1.0 + half_width * (2.0 * unit(&mut stream) - 1.0);
        let wind_speed_factor = factor(settings.wind_speed_fraction);
        let moisture_factor = factor(settings.moisture_fraction);
        let mut normal = || -> f64 { StandardNormal.sample(&mut stream) };
        let wind_turn_rad = settings.wind_direction_sd_deg.to_radians() * normal();
        let ignition_shift_m = seed
            .burning
            .iter()
            .map(|ignition| ignition.position_sd_m)
            .chain(seed.outlines.iter().map(|outline| outline.position_sd_m))
            .map(|position_sd_m| [position_sd_m * normal(), position_sd_m * normal()])
            .collect();
        Self {
            index: rng_seed.member,
            perturbation: Perturbation {
                wind_speed_factor,
                wind_turn_rad,
                moisture_factor,
                ember_key: ember_key(rng_seed),
                ignition_shift_m,
            },
        }
    }
}

/// From a stream beside the member's own, so that embers leave its other draws as they were.
fn ember_key(rng_seed: RngSeed) -> u64 {
    let mut stream = rng_seed.stream();
    stream.set_stream(1);
    stream.next_u64()
}

/// A uniform number in 0..1 from the top 53 bits of a draw.
fn unit(stream: &mut ChaCha8Rng) -> f64 {
    (stream.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}
