//! How fires are linked, decided and forecast.

use firecore::cluster::{ClusterSettings, EnsembleSizes, LinkSettings, LinkSettingsError};
use firecore::ensemble::PerturbationSettings;
use firecore::perimeter::Tolerance;
use firecore::strategy::{Method, Thresholds};
use serde::Deserialize;

use super::OutOfRange;

/// How fires are followed and forecast.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForecastSettings {
    /// `auto`: the decision table; `physx` or `surrogate`: that one for all fires.
    pub method: MethodSetting,
    /// What may lie between the footprints of two detections of one fire, unburned or unseen, m.
    pub link_gap_m: f64,
    /// How long apart two detections that link may have been seen, days.
    pub link_days_max: f64,
    /// Up to here an asset makes a fire PhysX with priority 1, m.
    pub asset_near_m: f64,
    /// Up to here an asset makes a fire PhysX with priority 3, m.
    pub asset_far_m: f64,
    /// Above this many detections a fire is one step more urgent.
    pub detections_many: usize,
    /// Members of a PhysX forecast.
    pub members_physx: u32,
    /// Members of a surrogate forecast.
    pub members_surrogate: u32,
    /// Lead times, s, rising; the last one is the horizon.
    pub lead_times_s: Vec<u32>,
    /// How long before the newest detection a detection still counts as burning, s.
    pub burning_for_s: u32,
    /// Half-width of the factor on the wind speed.
    pub wind_speed_fraction: f64,
    /// Half-width of the factor on fuel moisture.
    pub moisture_fraction: f64,
    /// Standard deviation of the wind's turn, degrees.
    pub wind_direction_sd_deg: f64,
    /// How far perimeters may lie from the contours, m; 0: they are the contours; unset: a quarter of a cell.
    pub perimeter_tolerance_m: Option<f64>,
}

/// Longest tolerance of perimeters, m. It is never more than two cells.
pub const PERIMETER_TOLERANCE_M_MAX: f64 = 1000.0;

/// How the method of a forecast is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MethodSetting {
    /// By the decision table: distance to assets.
    #[default]
    Auto,
    /// PhysX for all fires.
    Physx,
    /// The surrogate for all fires.
    Surrogate,
}

impl Default for ForecastSettings {
    fn default() -> Self {
        let (clusters, thresholds) = (ClusterSettings::default(), Thresholds::default());
        let (perturbation, links) = (PerturbationSettings::default(), LinkSettings::default());
        Self {
            method: MethodSetting::Auto,
            link_gap_m: links.gap_m(),
            link_days_max: links.days_max(),
            asset_near_m: thresholds.near_m(),
            asset_far_m: thresholds.far_m(),
            detections_many: thresholds.detections_many(),
            members_physx: clusters.ensemble().of(Method::PhysX),
            members_surrogate: clusters.ensemble().of(Method::Surrogate),
            lead_times_s: clusters.lead_times_s().to_vec(),
            burning_for_s: clusters.active_for_s(),
            wind_speed_fraction: perturbation.wind_speed_fraction,
            moisture_fraction: perturbation.moisture_fraction,
            wind_direction_sd_deg: perturbation.wind_direction_sd_deg,
            perimeter_tolerance_m: None,
        }
    }
}

impl ForecastSettings {
    /// How fires are followed; checked.
    pub fn clusters(&self) -> Result<ClusterSettings, OutOfRange> {
        let thresholds = Thresholds::new(self.asset_near_m, self.asset_far_m, self.detections_many)
            .map_err(|error| OutOfRange::new("forecast.asset_near_m and asset_far_m", error))?;
        let sizes = EnsembleSizes::new(self.members_physx, self.members_surrogate)
            .map_err(|error| OutOfRange::new("forecast.members_physx and members_surrogate", error))?;
        let clusters = ClusterSettings::new(thresholds, sizes, self.lead_times_s.clone(), self.burning_for_s)
            .map_err(|error| OutOfRange::new("forecast.lead_times_s and burning_for_s", error))?;
        Ok(match self.method {
            MethodSetting::Auto => clusters,
            MethodSetting::Physx => clusters.with_method(Method::PhysX, "taken for all fires"),
            MethodSetting::Surrogate => clusters.with_method(Method::Surrogate, "taken for all fires"),
        })
    }

    /// What makes two detections one fire; checked.
    pub fn links(&self) -> Result<LinkSettings, OutOfRange> {
        LinkSettings::new(self.link_gap_m, self.link_days_max).map_err(|error| match error {
            LinkSettingsError::Gap { .. } => OutOfRange::new("forecast.link_gap_m", error),
            LinkSettingsError::Days { .. } => OutOfRange::new("forecast.link_days_max", error),
        })
    }

    /// How far perimeters may lie from the contours.
    pub fn perimeter_tolerance(&self) -> Tolerance {
        self.perimeter_tolerance_m.map_or(Tolerance::default(), Tolerance::Metres)
    }

    /// How far members depart from the inputs.
    pub fn perturbation(&self) -> PerturbationSettings {
        PerturbationSettings {
            wind_speed_fraction: self.wind_speed_fraction,
            moisture_fraction: self.moisture_fraction,
            wind_direction_sd_deg: self.wind_direction_sd_deg,
        }
    }
}
