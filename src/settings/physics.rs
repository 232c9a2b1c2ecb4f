//! Which fires a forecast's members know beside the one on the ground.

use firecore::spread::crown::CrownMethod;
use firecore::spread::{EmberSettings, Physics};
use serde::Deserialize;

use super::OutOfRange;

/// Crown fire and embers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhysicsSettings {
    /// How trees burn where a landscape has canopy layers: a method's name, or `off`.
    pub crown_fire: String,
    /// Moisture of living needles, kg water per kg dry foliage.
    pub foliar_moisture: f64,
    /// Whether embers set fires ahead of the front.
    pub spotting: bool,
    /// Embers able to set a fire for each GJ that the front releases.
    pub embers_per_gj: f64,
    /// Embers followed in one member.
    pub embers_max: u32,
}

/// Stands for no crown fire.
const OFF: &str = "off";

/// Embers for each GJ at most: each of a surface fire's cells of 30 m would throw hundreds.
const EMBERS_PER_GJ_MAX: f64 = 100.0;

/// Foliar moisture that is taken: from dead needles to the wettest of spring.
const FOLIAR_MOISTURE: std::ops::RangeInclusive<f64> = 0.3..=3.0;

impl Default for PhysicsSettings {
    fn default() -> Self {
        let physics = Physics::default();
        let embers = EmberSettings::default();
        Self {
            crown_fire: physics.crown_fire.map_or(OFF.to_owned(), |method| method.to_string()),
            foliar_moisture: physics.foliar_moisture,
            spotting: physics.embers.is_some(),
            embers_per_gj: embers.per_gj,
            embers_max: embers.followed_max,
        }
    }
}

impl PhysicsSettings {
    /// The physics; checked.
    pub fn physics(&self) -> Result<Physics, OutOfRange> {
        let crown_fire = match self.crown_fire.as_str() {
            OFF => None,
            name => Some(name.parse::<CrownMethod>().map_err(|mut error| {
                error.names.push(OFF);
                OutOfRange::new("physics.crown_fire", error)
            })?),
        };
        if !FOLIAR_MOISTURE.contains(&self.foliar_moisture) {
            let found = format!("needed 0.3 to 3.0 kg/kg, found {}", self.foliar_moisture);
            return Err(OutOfRange::new("physics.foliar_moisture", found));
        }
        if !(0.0..=EMBERS_PER_GJ_MAX).contains(&self.embers_per_gj) {
            let found = format!("needed 0 to {EMBERS_PER_GJ_MAX}, found {}", self.embers_per_gj);
            return Err(OutOfRange::new("physics.embers_per_gj", found));
        }
        let embers = EmberSettings { per_gj: self.embers_per_gj, followed_max: self.embers_max };
        Ok(Physics {
            crown_fire,
            foliar_moisture: self.foliar_moisture,
            embers: self.spotting.then_some(embers),
        })
    }
}
