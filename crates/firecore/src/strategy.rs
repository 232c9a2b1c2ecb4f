//! Which simulator a fire's forecast uses, how urgent it is, and why.

use serde::{Deserialize, Serialize};

/// Which simulator a forecast uses; `"physx"` and `"surrogate"` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Rothermel spread over terrain, fuel and weather.
    PhysX,
    /// The analytic ellipse for the cluster's mean conditions.
    Surrogate,
}

/// Urgency: 1 is the most urgent, 10 the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Priority(u8);

impl Priority {
    /// A priority, held inside 1 to 10.
    pub fn new(level: u8) -> Self {
        Self(level.clamp(1, 10))
    }

    /// 1 (most urgent) to 10.
    pub fn level(self) -> u8 {
        self.0
    }
}
