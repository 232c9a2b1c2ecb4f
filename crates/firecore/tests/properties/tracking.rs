//! Detections to fires: the same whatever their order, and the same as measuring every pair.

use std::collections::HashMap;
use std::sync::Arc;

use firecore::cluster::{
    Assignment, Cluster, ClusterIndex, ClusterSettings, Effect, Input, LinkRadius, batch_order, cluster_all,
};
use firecore::detection::{ClusterId, Detection, DetectionDraft, DetectionId, Source};
use firecore::geo::{Bounds, EARTH_RADIUS_M, LonLat};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Permutations of each small case; with [`CASES`] they make 102,400.
const ORDERS: u64 = 64;
const CASES: u32 = 1600;

/// A pair nearer to the radius than this is left out: there two formulas may round to different sides.
const UNDECIDED_M: f64 = 1e-4;

/// Fixed, so that a run can be repeated; failures are printed in full, so no file keeps them.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..Default::default() }
}

proptest! {
    #![proptest_config(cases(CASES))]

    #[test]
    fn any_order_gives_the_same_fires(
        mut detections in detections(2..10),
        shuffle in any::<u64>(),
    ) {
        prop_assume!(decided(&detections));
        let expected = partition_by_measuring(&detections);
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
    #![proptest_config(cases(300))]

    #[test]
    fn a_batch_in_any_order_gives_the_same_ids(
        mut detections in detections(2..40),
        shuffle in any::<u64>(),
    ) {
        let ids = |detections: &[Detection]| {
            let detections: Vec<_> = batch_order(detections).into_iter().map(|at| &detections[at]).collect();
            let mut index = ClusterIndex::new(LinkRadius::default());
            let steps: Vec<Assignment> = detections.iter().map(|detection| index.assign(detection)).collect();
            let ids: Vec<_> = detections.iter().map(|detection| index.cluster_of(detection.id())).collect();
            (steps, ids)
        };
        let expected = ids(&detections);
        permute(&mut detections, shuffle);
        prop_assert_eq!(ids(&detections), expected);
    }

    #[test]
    fn many_at_once_gives_what_measuring_every_pair_gives(detections in detections(2..200)) {
        prop_assume!(decided(&detections));
        let places: Vec<LonLat> = detections.iter().map(Detection::position).collect();
        let labels = cluster_all(&places, LinkRadius::default());
        let mut fires: HashMap<u32, Vec<DetectionId>> = HashMap::new();
        for (label, detection) in labels.iter().zip(&detections) {
            fires.entry(*label).or_default().push(detection.id());
        }
        prop_assert_eq!(sorted(fires.into_values().collect()), partition_by_measuring(&detections));
        let new_labels = labels.iter().scan(0, |next, &label| {
            let fits = label <= *next;
            *next = (*next).max(label + 1);
            Some(fits)
        });
        prop_assert!(new_labels.into_iter().all(|fits| fits), "labels count by first appearance: {:?}", labels);
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn the_radius_decides_to_the_millimetre(
        from in place(),
        bearing_rad in 0.0..std::f64::consts::TAU,
        radius_m in 10.0..100_000.0_f64,
    ) {
        let radius = LinkRadius::new(radius_m).unwrap();
        for (distance_m, fires) in [(radius_m - 1e-3, 0), (radius_m + 1e-3, 1)] {
            let to = destination(from, bearing_rad, distance_m);
            prop_assert_eq!(cluster_all(&[from, to], radius), vec![0, fires], "{:?} to {:?}", from, to);
            prop_assert_eq!(cluster_all(&[to, from], radius), vec![0, fires], "{:?} to {:?}", to, from);
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
    let mut index = ClusterIndex::new(LinkRadius::default());
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
                    let detections = gone.detections().cloned().collect();
                    let fire = fires.get_mut(&survivor).expect("a surviving fire is known");
                    fire.step(Input::Absorb { detections, nearest: None }, now);
                }
                survivor
            }
        };
        let fire = fires.get_mut(&id).expect("a fire is founded before it is joined");
        let input = Input::Detected { batch: vec![(detection.clone(), None)], nearest: None };
        let effects = fire.step(input, now);
        assert!(matches!(effects[..], [Effect::Plan(_), Effect::Publish]), "{effects:?}");
    }
    let mut facts: Vec<FireFacts> = fires.values().map(facts_of).collect();
    facts.sort_by(|a, b| a.members.cmp(&b.members));
    facts
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

/// The oracle: every pair measured, groups by union-find.
fn partition_by_measuring(detections: &[Detection]) -> Vec<Vec<DetectionId>> {
    let mut group: Vec<usize> = (0..detections.len()).collect();
    for a in 0..detections.len() {
        for b in 0..a {
            if detections[a].position().distance_m(detections[b].position()) <= LinkRadius::default().m() {
                let (from, to) = (group[a], group[b]);
                group.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
            }
        }
    }
    let mut fires: HashMap<usize, Vec<DetectionId>> = HashMap::new();
    for (detection, group) in detections.iter().zip(group) {
        fires.entry(group).or_default().push(detection.id());
    }
    sorted(fires.into_values().collect())
}

fn sorted(mut fires: Vec<Vec<DetectionId>>) -> Vec<Vec<DetectionId>> {
    fires.iter_mut().for_each(|members| members.sort_unstable());
    fires.sort();
    fires
}

fn decided(detections: &[Detection]) -> bool {
    let pairs =
        detections.iter().enumerate().flat_map(|(at, a)| detections[..at].iter().map(move |b| (a, b)));
    let radius_m = LinkRadius::default().m();
    pairs.into_iter().all(|(a, b)| {
        a.position() != b.position() && (a.position().distance_m(b.position()) - radius_m).abs() > UNDECIDED_M
    })
}

/// Detections within a few kilometres of one place, so that some link, some do not and some merge others.
fn detections(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Detection>> {
    let spread_m = 300.0 * (count.end as f64).sqrt();
    let each = (0.0..std::f64::consts::TAU, 0.0..1.0_f64, 0..48_i64);
    (place(), prop::collection::vec(each, count)).prop_map(move |(middle, each)| {
        let detection = |(bearing_rad, share, hours): (f64, f64, i64)| {
            let at = destination(middle, bearing_rad, share.sqrt() * 3.0 * spread_m);
            let acquired_at = Timestamp::UNIX_EPOCH - SignedDuration::from_hours(hours);
            let draft = DetectionDraft::new(Source::Satellite, at.lon_deg(), at.lat_deg(), 1.0, acquired_at);
            Detection::new(draft, Timestamp::UNIX_EPOCH).expect("a drawn detection is valid")
        };
        each.into_iter().map(detection).collect()
    })
}

/// Anywhere, but often where coordinates tear: at the poles and on the antimeridian.
fn place() -> impl Strategy<Value = LonLat> {
    let lon_deg = prop_oneof![
        -180.0..180.0_f64,
        (-0.02..0.02_f64).prop_map(|off| if off < 0.0 { 180.0 + off } else { -180.0 + off }),
        Just(180.0),
    ];
    let lat_deg = prop_oneof![
        -90.0..90.0_f64,
        -70.0..70.0_f64,
        (0.0..0.03_f64).prop_map(|off| 90.0 - off),
        (0.0..0.03_f64).prop_map(|off| off - 90.0),
        Just(90.0),
        Just(0.0),
    ];
    (lon_deg, lat_deg).prop_map(|(lon_deg, lat_deg)| LonLat::new(lon_deg, lat_deg).expect("drawn inside"))
}

/// The place at a distance and bearing on the mean sphere.
fn destination(from: LonLat, bearing_rad: f64, distance_m: f64) -> LonLat {
    let (lat_sin, lat_cos) = from.lat_deg().to_radians().sin_cos();
    let (away_sin, away_cos) = (distance_m / EARTH_RADIUS_M).sin_cos();
    // The vector to the new place, in axes east, north and up; atan2 keeps its accuracy at the poles.
    let north = away_cos * lat_sin + away_sin * bearing_rad.cos() * lat_cos;
    let out = away_cos * lat_cos - away_sin * bearing_rad.cos() * lat_sin;
    let east = away_sin * bearing_rad.sin();
    let lat_deg = north.atan2(out.hypot(east)).to_degrees();
    let lon_deg = from.lon_deg() + east.atan2(out).to_degrees();
    let lon_deg = lon_deg - 360.0 * ((lon_deg + 180.0) / 360.0).floor();
    LonLat::new(lon_deg.clamp(-180.0, 180.0), lat_deg.clamp(-90.0, 90.0)).expect("clamped")
}

/// Fisher and Yates with a small generator.
fn permute(detections: &mut [Detection], mut state: u64) {
    for last in (1..detections.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        detections.swap(last, (state >> 33) as usize % (last + 1));
    }
}
