//! Made-up detections around one place, and what measuring every pair says of them.

use std::collections::HashMap;

use firecore::cluster::LinkSettings;
use firecore::detection::{Detection, DetectionDraft, DetectionId, Source};
use firecore::geo::{EARTH_RADIUS_M, LonLat};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A pair nearer to its link than this is left out: there two formulas may round to different sides.
const UNDECIDED_M: f64 = 1e-4;

/// Fixed, so that a run can be repeated; failures are printed in full, so no file keeps them.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..Default::default() }
}

/// How far two detections link, m, written out anew from what the settings say they do.
fn link_m(a: &Detection, b: &Detection, settings: &LinkSettings) -> f64 {
    let share_m = |detection: &Detection| {
        let reach_m = f64::max(detection.radius_m() + detection.position_sd_m(), 10.0);
        reach_m + settings.gap_m() / 2.0 * f64::min(detection.confidence() / 0.5, 1.0)
    };
    share_m(a) + share_m(b)
}

/// True when two detections link.
pub(crate) fn linked(a: &Detection, b: &Detection, settings: &LinkSettings) -> bool {
    let apart_s = a.acquired_at().duration_since(b.acquired_at()).abs().as_secs_f64();
    apart_s <= settings.days_max() * 86_400.0
        && a.position().distance_m(b.position()) <= link_m(a, b, settings)
}

/// The oracle: every pair measured, groups by union-find.
pub(crate) fn partition_by_measuring(
    detections: &[Detection],
    settings: &LinkSettings,
) -> Vec<Vec<DetectionId>> {
    let mut group: Vec<usize> = (0..detections.len()).collect();
    for a in 0..detections.len() {
        for b in 0..a {
            if linked(&detections[a], &detections[b], settings) {
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

pub(crate) fn sorted(mut fires: Vec<Vec<DetectionId>>) -> Vec<Vec<DetectionId>> {
    fires.iter_mut().for_each(|members| members.sort_unstable());
    fires.sort();
    fires
}

/// No pair is too near to its link to tell, and all are different.
pub(crate) fn decided(detections: &[Detection], settings: &LinkSettings) -> bool {
    let pairs =
        detections.iter().enumerate().flat_map(|(at, a)| detections[..at].iter().map(move |b| (a, b)));
    pairs.into_iter().all(|(a, b)| {
        let distance_m = a.position().distance_m(b.position());
        a.id() != b.id() && (distance_m - link_m(a, b, settings)).abs() > UNDECIDED_M
    })
}

/// Detections around one place: near enough that some link, some do not and some merge others.
///
/// All sources, pixels from 4 m to 20 km, any confidence; most within two days, some within three weeks.
pub(crate) fn detections(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Detection>> {
    let crowd = (count.end as f64).sqrt();
    let hours = prop_oneof![3 => 0..48_i64, 2 => 0..504_i64];
    let each = (0.0..std::f64::consts::TAU, 0.0..1.0_f64, hours, (kind(), confidence()));
    let spread_m = prop_oneof![4 => 300.0..1000.0_f64, 1 => 20.0..100.0_f64, 1 => 1000.0..6000.0_f64];
    (place(), spread_m, prop::collection::vec(each, count)).prop_map(move |(middle, spread_m, each)| {
        let detection =
            |(bearing_rad, share, hours, ((source, pixel_size_m), confidence)): (f64, f64, i64, (_, _))| {
                let at = destination(middle, bearing_rad, share.sqrt() * spread_m * crowd);
                let acquired_at = Timestamp::UNIX_EPOCH - SignedDuration::from_hours(hours);
                let draft = DetectionDraft::new(source, at.lon_deg(), at.lat_deg(), confidence, acquired_at);
                Detection::new(DetectionDraft { pixel_size_m, ..draft }, Timestamp::UNIX_EPOCH)
                    .expect("a drawn detection is valid")
            };
        each.into_iter().map(detection).collect()
    })
}

/// A source and its pixel: often VIIRS and MODIS, as in the world.
fn kind() -> impl Strategy<Value = (Source, Option<f64>)> {
    prop_oneof![
        4 => (375.0..800.0_f64).prop_map(|pixel_m| (Source::Satellite, Some(pixel_m))),
        2 => Just((Source::Satellite, None)),
        2 => (1000.0..3100.0_f64).prop_map(|pixel_m| (Source::Satellite, Some(pixel_m))),
        1 => prop_oneof![Just(4.0), Just(30.0), Just(2000.0), Just(20_000.0)]
            .prop_map(|pixel_m| (Source::Satellite, Some(pixel_m))),
        1 => prop_oneof![Just(Source::Drone), Just(Source::GroundSensor), Just(Source::Watchtower)]
            .prop_map(|source| (source, None)),
    ]
}

fn confidence() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.15), Just(0.55), Just(0.9), 0.0..1.0_f64]
}

/// Anywhere, but often where coordinates tear: at the poles and on the antimeridian.
pub(crate) fn place() -> impl Strategy<Value = LonLat> {
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
pub(crate) fn destination(from: LonLat, bearing_rad: f64, distance_m: f64) -> LonLat {
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
pub(crate) fn permute<T>(items: &mut [T], mut state: u64) {
    for last in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (state >> 33) as usize % (last + 1));
    }
}
