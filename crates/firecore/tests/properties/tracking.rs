//! Detections to fires: the same whatever their order, and the same as measuring every pair.

use std::collections::HashMap;
use std::sync::Arc;

use firecore::cluster::{
    Assignment, Cluster, ClusterIndex, ClusterSettings, Effect, Input, LinkSettings, Received, batch_order,
    cluster_all,
};
use firecore::detection::{ClusterId, Detection, DetectionDraft, DetectionId, Source};
use firecore::geo::{Bounds, LonLat};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::scene::{cases, decided, destination, detections, partition_by_measuring, permute, place, sorted};

/// Permutations of each small case; with [`CASES`] they make 102,400.
const ORDERS: u64 = 64;
const CASES: u32 = 1600;

proptest! {
    #![proptest_config(cases(CASES))]

    #[test]
    fn any_order_gives_the_same_fires(
        mut detections in detections(2..10),
        shuffle in any::<u64>(),
    ) {
        let settings = LinkSettings::default();
        prop_assume!(decided(&detections, &settings));
        let expected = partition_by_measuring(&detections, &settings);
        let mut first: Option<Vec<FireFacts>> = None;
        for order in 0..ORDERS {
            permute(&mut detections, shuffle.wrapping_add(order));
            let fires = follow(&detections);
            let found: Vec<_> = fires.iter().map(|fire| fire.members.clone()).collect();
            prop_assert_eq!(&found, &expected);
            match &first {
                Some(first) => prop_assert_eq!(&fires, first),
                None => first = Some(fires),
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_batch_in_any_order_gives_the_same_ids(
        mut detections in detections(2..40),
        shuffle in any::<u64>(),
    ) {
        let ids = |detections: &[Detection]| {
            let detections: Vec<_> = batch_order(detections).into_iter().map(|at| &detections[at]).collect();
            let mut index = ClusterIndex::new(LinkSettings::default());
            let steps: Vec<Assignment> = detections.iter().map(|detection| index.assign(detection)).collect();
            let ids: Vec<_> = detections.iter().map(|detection| index.cluster_of(detection.id())).collect();
            (steps, ids)
        };
        let expected = ids(&detections);
        permute(&mut detections, shuffle);
        prop_assert_eq!(ids(&detections), expected);
    }

    #[test]
    fn a_fire_is_named_after_the_detection_that_came_first(
        detections in detections(2..60),
        again in any::<u64>(),
    ) {
        let mut index = ClusterIndex::new(LinkSettings::default());
        for (at, detection) in detections.iter().enumerate() {
            index.assign(detection);
            let known = &detections[again as usize % (at + 1)];
            let cluster = index.cluster_of(known.id()).expect("it was assigned");
            prop_assert_eq!(index.assign(known), Assignment::Duplicate { cluster });
        }
        prop_assert_eq!(index.len(), detections.len());
        let mut first: HashMap<ClusterId, Vec<DetectionId>> = HashMap::new();
        for detection in &detections {
            let fire = index.cluster_of(detection.id()).expect("it was assigned");
            first.entry(fire).or_default().push(detection.id());
        }
        prop_assert_eq!(index.fires(), first.len());
        for (fire, came) in first {
            prop_assert_eq!(fire, ClusterId::founded_by(came[0]));
            prop_assert_eq!(index.detections_of(fire), came);
        }
    }

    #[test]
    fn many_give_what_measuring_every_pair_gives(
        detections in detections(2..200),
        (gap_m, days_max) in prop_oneof![
            Just((400.0, 5.0)),
            (0.0..3000.0_f64, 0.1..20.0_f64),
        ],
    ) {
        let settings = LinkSettings::new(gap_m, days_max).expect("in range");
        prop_assume!(decided(&detections, &settings));
        let labels = cluster_all(&detections, &settings);
        let mut fires: HashMap<u32, Vec<DetectionId>> = HashMap::new();
        for (label, detection) in labels.iter().zip(&detections) {
            fires.entry(*label).or_default().push(detection.id());
        }
        let expected = partition_by_measuring(&detections, &settings);
        prop_assert_eq!(&sorted(fires.into_values().collect()), &expected);
        let new_labels = labels.iter().scan(0, |next, &label| {
            let fits = label <= *next;
            *next = (*next).max(label + 1);
            Some(fits)
        });
        prop_assert!(new_labels.into_iter().all(|fits| fits), "labels count by first appearance: {:?}", labels);
        let mut index = ClusterIndex::new(settings);
        detections.iter().for_each(|detection| drop(index.assign(detection)));
        prop_assert_eq!(sorted(fires_of(&index, &detections)), expected);
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn the_link_decides_to_the_millimetre(
        from in place(),
        bearing_rad in 0.0..std::f64::consts::TAU,
        gap_m in 0.0..20_000.0_f64,
        pixel_sizes_m in (1.0..20_000.0_f64, 1.0..20_000.0_f64),
        confidences in (0.0..1.0_f64, 0.0..1.0_f64),
    ) {
        let settings = LinkSettings::new(gap_m, 5.0).expect("in range");
        let seen = |place: LonLat, pixel_size_m, confidence| {
            let now = Timestamp::UNIX_EPOCH;
            let draft = DetectionDraft::new(Source::Satellite, place.lon_deg(), place.lat_deg(), confidence, now);
            Detection::new(DetectionDraft { pixel_size_m: Some(pixel_size_m), ..draft }, now).expect("valid")
        };
        let a = seen(from, pixel_sizes_m.0, confidences.0);
        let link_m = settings.link_m(&a, &seen(from, pixel_sizes_m.1, confidences.1));
        for (distance_m, fires) in [(link_m - 1e-3, 1), (link_m + 1e-3, 2)] {
            let b = seen(destination(from, bearing_rad, distance_m), pixel_sizes_m.1, confidences.1);
            prop_assert_eq!(settings.links(&a, &b), fires == 1);
            for pair in [[a.clone(), b.clone()], [b.clone(), a.clone()]] {
                prop_assert_eq!(cluster_all(&pair, &settings), vec![0, fires - 1], "{:?}", pair);
                let mut index = ClusterIndex::new(settings);
                pair.iter().for_each(|detection| drop(index.assign(detection)));
                prop_assert_eq!(index.fires(), fires as usize, "{:?}", pair);
            }
        }
    }

    #[test]
    fn the_window_decides_to_the_second(
        at in place(),
        days_max in 0.1..365.0_f64,
        end_s in -6_000_000_000..1_000_000_000_i64,
    ) {
        let settings = LinkSettings::new(400.0, days_max).expect("in range");
        let window_s = (days_max * 86_400.0) as i64;
        let seen = |at_s: i64| {
            let at_s = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(at_s);
            let draft = DetectionDraft::new(Source::Drone, at.lon_deg(), at.lat_deg(), 0.0, at_s);
            Detection::new(draft, Timestamp::MAX - SignedDuration::from_hours(48)).expect("valid")
        };
        for (apart_s, fires) in [(window_s, 1), (window_s + 1, 2)] {
            let pair = [seen(end_s), seen(end_s - apart_s)];
            prop_assert_eq!(settings.links(&pair[0], &pair[1]), fires == 1);
            prop_assert_eq!(cluster_all(&pair, &settings), vec![0, fires - 1]);
            let mut index = ClusterIndex::new(settings);
            pair.iter().for_each(|detection| drop(index.assign(detection)));
            prop_assert_eq!(index.fires(), fires as usize);
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct FireFacts {
    members: Vec<DetectionId>,
    count: usize,
    bounds: Option<Bounds>,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    hull: Vec<LonLat>,
}

/// Assigns one by one and routes as a service does: to the founded, the joined or the surviving fire.
fn follow(detections: &[Detection]) -> Vec<FireFacts> {
    let settings = Arc::new(ClusterSettings::default());
    let now = Timestamp::UNIX_EPOCH;
    let mut index = ClusterIndex::new(LinkSettings::default());
    let mut fires: HashMap<ClusterId, Cluster> = HashMap::new();
    for detection in detections {
        let id = match index.assign(detection) {
            Assignment::Founded { cluster } => {
                fires.insert(cluster, Cluster::new(cluster, settings.clone()));
                cluster
            }
            Assignment::Joined { cluster } | Assignment::Duplicate { cluster } => cluster,
            Assignment::Merged { survivor, absorbed } => {
                for absorbed in absorbed {
                    let gone = fires.remove(&absorbed).expect("an absorbed fire was known");
                    let batch = gone.detections().map(|held| received(held, now)).collect();
                    let fire = fires.get_mut(&survivor).expect("a surviving fire is known");
                    fire.step(Input::Detected { batch, nearest: None, outside_forecast: false }, now);
                }
                survivor
            }
        };
        let fire = fires.get_mut(&id).expect("a fire is founded before it is joined");
        let batch = vec![received(detection, now)];
        let input = Input::Detected { batch, nearest: None, outside_forecast: false };
        let effects = fire.step(input, now);
        assert!(matches!(effects[..], [Effect::Plan(_), Effect::Publish]), "{effects:?}");
    }
    for (id, fire) in &fires {
        let first = detections.iter().find(|one| fire.detections().any(|held| held.id() == one.id()));
        assert_eq!(*id, ClusterId::founded_by(first.expect("a fire has detections").id()));
    }
    let mut facts: Vec<FireFacts> = fires.values().map(facts_of).collect();
    facts.sort_by(|a, b| a.members.cmp(&b.members));
    facts
}

fn received(detection: &Detection, now: Timestamp) -> Received {
    Received { detection: detection.clone(), requested: None, received_at: now, heat_source: None }
}

fn facts_of(fire: &Cluster) -> FireFacts {
    let mut members: Vec<DetectionId> = fire.detections().map(Detection::id).collect();
    members.sort_unstable();
    FireFacts {
        members,
        count: fire.count(),
        bounds: fire.bounds(),
        first_at: fire.first_at(),
        last_at: fire.last_at(),
        hull: fire.hull().to_vec(),
    }
}

fn fires_of(index: &ClusterIndex, detections: &[Detection]) -> Vec<Vec<DetectionId>> {
    let mut fires: HashMap<Option<ClusterId>, Vec<DetectionId>> = HashMap::new();
    for detection in detections {
        fires.entry(index.cluster_of(detection.id())).or_default().push(detection.id());
    }
    fires.into_values().collect()
}
