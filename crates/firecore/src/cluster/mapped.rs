//! A fire that somebody mapped: what it starts from, and what is run for it.

use jiff::Timestamp;

use super::ClusterSettings;
use super::linking::LinkSettings;
use crate::asset::NearestAsset;
use crate::detection::{ClusterId, Detection};
use crate::forecast::{ForecastPlan, Urgency};
use crate::ignition::{MappedPerimeter, Seed};
use crate::strategy::{Decision, Facts, RequestedPriority, decide};

/// A fire as it was mapped at a time, and detections that may be of it.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedFire {
    /// What was drawn: at least one shape.
    pub outlines: Vec<MappedPerimeter>,
    /// The time that the map is of.
    pub mapped_at: Timestamp,
    /// What was seen there and elsewhere.
    pub detections: Vec<Detection>,
    /// How urgent somebody thinks it is.
    pub requested: Option<RequestedPriority>,
}

impl MappedFire {
    /// What a forecast of it starts from, and how many detections are in that.
    ///
    /// A detection counts where it is not older than the map and lies inside it or no farther from it than it links
    /// ([`LinkSettings::mapped_m`]): what was seen before is in the map, and what was seen elsewhere is another fire. The
    /// start is the time of the newest of them, or that of the map; until then the mapped edge stays where it was drawn.
    pub fn seed(&self, links: &LinkSettings, settings: &ClusterSettings) -> (Seed, usize) {
        let near = |detection: &&Detection| {
            let linked = |outline: &MappedPerimeter| {
                outline.is_near(detection.position(), links.mapped_m(detection, outline.position_sd_m))
            };
            detection.acquired_at() >= self.mapped_at && self.outlines.iter().any(linked)
        };
        let mut taken: Vec<&Detection> = self.detections.iter().filter(near).collect();
        taken.sort_by_key(|detection| detection.order_key());
        taken.dedup_by_key(|detection| detection.id());
        let seeded_at = taken.last().map_or(self.mapped_at, |newest| newest.acquired_at());
        let count = taken.len();
        let outlines = self.outlines.clone();
        (Seed::of(taken.into_iter(), outlines, seeded_at, settings.active_for_s()), count)
    }

    /// What is run for it: the first version of a fire that is named by its map.
    pub fn plan(
        &self,
        links: &LinkSettings,
        nearest_asset: Option<NearestAsset>,
        settings: &ClusterSettings,
    ) -> ForecastPlan {
        let (seed, detection_count) = self.seed(links, settings);
        let facts = Facts { nearest_asset, detection_count, requested: self.requested };
        let decision = decision(&facts, settings);
        ForecastPlan {
            cluster_id: ClusterId::mapped(self.mapped_at, &self.outlines),
            version: 1,
            method: decision.method,
            priority: decision.priority,
            reason: decision.reason,
            decided_at: self.mapped_at,
            record: decision.record,
            urgency: Urgency::of_first("somebody mapped it"),
            physics: *settings.physics(),
            seed,
            detection_count,
            members: settings.ensemble().of(decision.method),
            lead_times_s: settings.lead_times_s().to_vec(),
        }
    }
}

/// What the table says, or the method that the settings fix.
pub(super) fn decision(facts: &Facts, settings: &ClusterSettings) -> Decision {
    let table = decide(facts, settings.thresholds());
    match settings.fixed_method() {
        Some((method, why)) if method != table.method => table.by(method, why),
        _ => table,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::detection::{DetectionDraft, Source};
    use crate::geo::LonLat;
    use crate::ignition::MappedShape;

    fn at(minute: i64) -> Timestamp {
        "2026-08-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
    }

    fn detection(lon_deg: f64, minute: i64) -> Detection {
        Detection::new(DetectionDraft::new(Source::Drone, lon_deg, 34.5, 0.9, at(minute)), at(minute))
            .unwrap()
    }

    fn fire(detections: Vec<Detection>) -> MappedFire {
        let corners = [(-119.1, 34.4), (-118.9, 34.4), (-118.9, 34.6), (-119.1, 34.6)];
        let ring = corners.map(|(lon, lat)| LonLat::new(lon, lat).unwrap()).to_vec();
        let outline = MappedPerimeter { shape: MappedShape::Area(vec![ring]), position_sd_m: 0.0 };
        MappedFire { outlines: vec![outline], mapped_at: at(0), detections, requested: None }
    }

    #[test]
    fn detections_count_where_they_are_newer_than_the_map_and_near_it() {
        let (inside, beside, elsewhere, older) =
            (detection(-119.0, 10), detection(-118.896, 30), detection(-118.8, 40), detection(-119.0, -10));
        let fire = fire(vec![elsewhere, beside.clone(), older, inside, beside]);
        let (seed, taken) = fire.seed(&LinkSettings::default(), &ClusterSettings::default());
        assert_eq!((taken, seed.seeded_at, seed.outlines.len()), (2, at(30), 1));
        assert_eq!(
            seed.burning.iter().map(|disc| disc.position.lon_deg()).collect::<Vec<_>>(),
            [-119.0, -118.896]
        );
    }

    #[test]
    fn a_map_alone_starts_at_its_own_time_under_a_name_of_its_own() {
        let settings = ClusterSettings::default();
        let plan = fire(Vec::new()).plan(&LinkSettings::default(), None, &settings);
        assert_eq!((plan.seed.seeded_at, plan.detection_count, plan.version), (at(0), 0, 1));
        let other = MappedFire { mapped_at: at(1), ..fire(Vec::new()) };
        assert_ne!(plan.cluster_id, other.plan(&LinkSettings::default(), None, &settings).cluster_id);
        assert_eq!(plan, fire(Vec::new()).plan(&LinkSettings::default(), None, &settings));
    }
}
