//! What an operator may turn about how fires are followed.

use super::Lifecycle;
use crate::forecast::LEAD_TIMES_S;
use crate::spread::Physics;
use crate::strategy::{Method, Thresholds};

/// Most members of one ensemble.
pub const MEMBERS_MAX: u32 = 10_000;

/// Most lead times of one forecast: every hour of the longest horizon.
pub const LEAD_TIMES_MAX: usize = 168;

/// Longest lead time, s: seven days, beyond which no wind forecast is worth a fire forecast.
pub const LEAD_TIME_S_MAX: u32 = 7 * 24 * 3600;

/// How many members each method runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnsembleSizes {
    physx: u32,
    surrogate: u32,
}

/// How fires are followed: the same for every cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterSettings {
    thresholds: Thresholds,
    ensemble: EnsembleSizes,
    lead_times_s: Vec<u32>,
    active_for_s: u32,
    fixed_method: Option<(Method, String)>,
    physics: Physics,
    lifecycle: Lifecycle,
    surrogate_first: bool,
    forecast_heat_sources: bool,
}

/// Why some values are no settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterSettingsError {
    /// An ensemble has no member or too many.
    #[error("{method} members must be 1 to 10000, found {found}")]
    Members {
        /// Whose ensemble.
        method: Method,
        /// The refused number.
        found: u32,
    },
    /// The number of lead times is refused.
    #[error("lead_times_s must have 1 to 168 entries, found {found}")]
    LeadTimeCount {
        /// How many there were.
        found: usize,
    },
    /// A lead time is zero, not above the one before it, or too long.
    #[error("lead_times_s must rise from above 0 to at most 604800 s, found {found} after {before}")]
    LeadTime {
        /// The lead time before it, or 0.
        before: u32,
        /// The refused lead time, s.
        found: u32,
    },
    /// No detection would ever burn.
    #[error("active_for_s must be above 0, found 0")]
    ActiveFor,
}

impl EnsembleSizes {
    /// Members of a PhysX and of a surrogate ensemble, each 1 to 10,000.
    ///
    /// **Errors** name the method whose number is refused.
    pub fn new(physx: u32, surrogate: u32) -> Result<Self, ClusterSettingsError> {
        for (method, found) in [(Method::PhysX, physx), (Method::Surrogate, surrogate)] {
            if !(1..=MEMBERS_MAX).contains(&found) {
                return Err(ClusterSettingsError::Members { method, found });
            }
        }
        Ok(Self { physx, surrogate })
    }

    /// Number of members for a method.
    pub fn of(self, method: Method) -> u32 {
        match method {
            Method::PhysX => self.physx,
            Method::Surrogate => self.surrogate,
        }
    }
}

impl Default for EnsembleSizes {
    /// 10 by PhysX, 5 by surrogate.
    fn default() -> Self {
        Self { physx: 10, surrogate: 5 }
    }
}

impl ClusterSettings {
    /// Where the decision table's lines lie, the ensembles' sizes, the lead times (s, rising) and how long
    /// before the newest detection a detection still counts as burning (s).
    ///
    /// **Errors** name the value that is refused.
    pub fn new(
        thresholds: Thresholds,
        ensemble: EnsembleSizes,
        lead_times_s: Vec<u32>,
        active_for_s: u32,
    ) -> Result<Self, ClusterSettingsError> {
        if lead_times_s.is_empty() || lead_times_s.len() > LEAD_TIMES_MAX {
            return Err(ClusterSettingsError::LeadTimeCount { found: lead_times_s.len() });
        }
        let mut before = 0;
        for &found in &lead_times_s {
            if found <= before || found > LEAD_TIME_S_MAX {
                return Err(ClusterSettingsError::LeadTime { before, found });
            }
            before = found;
        }
        if active_for_s == 0 {
            return Err(ClusterSettingsError::ActiveFor);
        }
        Ok(Self { thresholds, ensemble, lead_times_s, active_for_s, ..Self::default() })
    }

    /// The same settings with other spans until a fire is dormant and closed.
    pub fn with_lifecycle(mut self, lifecycle: Lifecycle) -> Self {
        self.lifecycle = lifecycle;
        self
    }

    /// The same settings, with or without a surrogate forecast that stands in for a fire's first one by PhysX.
    pub fn with_surrogate_first(mut self, surrogate_first: bool) -> Self {
        self.surrogate_first = surrogate_first;
        self
    }

    /// The same settings, with or without forecasts of known sources of heat.
    pub fn with_heat_sources_forecast(mut self, forecast: bool) -> Self {
        self.forecast_heat_sources = forecast;
        self
    }

    /// After how long without a receipt a fire is dormant, and closed.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Whether a surrogate forecast stands in for a fire's first one by PhysX, which then follows.
    pub fn surrogate_first(&self) -> bool {
        self.surrogate_first
    }

    /// Whether known sources of heat are forecast.
    pub fn forecasts_heat_sources(&self) -> bool {
        self.forecast_heat_sources
    }

    /// The same settings with one method for all fires, and why, in words; the priority is still the table's.
    pub fn with_method(mut self, method: Method, why: &str) -> Self {
        self.fixed_method = Some((method, why.to_owned()));
        self
    }

    /// The same settings with other physics.
    pub fn with_physics(mut self, physics: Physics) -> Self {
        self.physics = physics;
        self
    }

    /// Which fires the members know beside the one on the ground.
    pub fn physics(&self) -> &Physics {
        &self.physics
    }

    /// The method that all fires use, where it is fixed, and why.
    pub fn fixed_method(&self) -> Option<(Method, &str)> {
        self.fixed_method.as_ref().map(|(method, why)| (*method, why.as_str()))
    }

    /// Where the decision table's lines lie.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// How many members each method runs.
    pub fn ensemble(&self) -> EnsembleSizes {
        self.ensemble
    }

    /// Lead times, s, rising.
    pub fn lead_times_s(&self) -> &[u32] {
        &self.lead_times_s
    }

    /// How long before the newest detection a detection still counts as burning, s.
    pub fn active_for_s(&self) -> u32 {
        self.active_for_s
    }
}

impl Default for ClusterSettings {
    /// The default thresholds, ensembles and lifecycle; lead times of 1, 3, 6, 12 and 24 h; burning for 24 h.
    fn default() -> Self {
        Self {
            thresholds: Thresholds::default(),
            ensemble: EnsembleSizes::default(),
            lead_times_s: LEAD_TIMES_S.to_vec(),
            active_for_s: 24 * 3600,
            fixed_method: None,
            physics: Physics::default(),
            lifecycle: Lifecycle::default(),
            surrogate_first: true,
            forecast_heat_sources: false,
        }
    }
}
