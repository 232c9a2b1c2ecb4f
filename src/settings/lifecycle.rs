//! How long fires are followed, and which are not forecast.

use std::path::PathBuf;

use firecore::asset::HEAT_SOURCE_RADIUS_M;
use firecore::cluster::{ClusterSettings, Lifecycle};
use serde::Deserialize;

use super::OutOfRange;

/// A day, s.
const DAY_S: f64 = 24.0 * 3600.0;

/// Longest radius of a source of heat, m: beyond it lies the next plant.
const HEAT_SOURCE_RADIUS_M_MAX: f64 = 20_000.0;

/// How long fires are followed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LifecycleSettings {
    /// Days without a detection after which a fire is dormant: not forecast until one comes.
    pub dormant_after_days: f64,
    /// Days without a detection after which a fire is closed.
    pub closed_after_days: f64,
    /// Whether a fire that is for PhysX gets a first forecast by the surrogate at once.
    pub surrogate_first: bool,
}

impl Default for LifecycleSettings {
    fn default() -> Self {
        Self { dormant_after_days: 5.0, closed_after_days: 20.0, surrogate_first: true }
    }
}

impl LifecycleSettings {
    /// The same settings of clusters with these; checked.
    pub fn on(&self, clusters: ClusterSettings) -> Result<ClusterSettings, OutOfRange> {
        // Saturates beyond what the lifecycle refuses; not a number becomes 0, which it refuses too.
        let seconds = |days: f64| (days * DAY_S).round() as u32;
        let lifecycle = Lifecycle::new(seconds(self.dormant_after_days), seconds(self.closed_after_days))
            .map_err(|error| OutOfRange::new("lifecycle.dormant_after_days and closed_after_days", error))?;
        Ok(clusters.with_lifecycle(lifecycle).with_surrogate_first(self.surrogate_first))
    }
}

/// What is hot without being a wildfire.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeatSourcesSettings {
    /// GeoJSON file of flares, steelworks, volcanoes.
    pub file: Option<PathBuf>,
    /// How far around one a detection is taken for it, m.
    pub radius_m: f64,
    /// Whether they are forecast all the same.
    pub forecast: bool,
}

impl Default for HeatSourcesSettings {
    fn default() -> Self {
        Self { file: None, radius_m: HEAT_SOURCE_RADIUS_M, forecast: false }
    }
}

impl HeatSourcesSettings {
    /// Checks every value's range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        match (0.0..=HEAT_SOURCE_RADIUS_M_MAX).contains(&self.radius_m) {
            true => Ok(()),
            false => Err(OutOfRange::new(
                "heat_sources.radius_m",
                format!("needed a number from 0 to {HEAT_SOURCE_RADIUS_M_MAX}, found {}", self.radius_m),
            )),
        }
    }
}
