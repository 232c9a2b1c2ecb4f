//! Detections to fires: many at once and one by one, beside measuring every pair.
//!
//! `one_by_one` is what a running service pays: ids looked up, fires named, merges reported. `every_pair`
//! measures 100,000 once, not as a sample: its time grows with the square, and a sample would take half an hour.

use std::f64::consts::TAU;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use firecore::cluster::{ClusterIndex, LinkSettings, cluster_all};
use firecore::detection::{Detection, DetectionDraft, Source};
use firecore::geo::{EARTH_RADIUS_M, LonLat};
use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn clustering(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clustering");
    group.sample_size(20);
    for count in [1_000, 10_000, 100_000] {
        let detections = detections(count);
        let places: Vec<LonLat> = detections.iter().map(Detection::position).collect();
        let link_m = LinkSettings::default().link_m(&detections[0], &detections[0]);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("at_once", count), |bencher| {
            bencher.iter(|| cluster_all(black_box(&detections), &LinkSettings::default()));
        });
        group.bench_function(BenchmarkId::new("one_by_one", count), |bencher| {
            let empty = || ClusterIndex::new(LinkSettings::default());
            bencher.iter_batched(empty, |index| assign_all(index, &detections), BatchSize::PerIteration);
        });
        if count <= 10_000 {
            group.sample_size(10);
            group.bench_function(BenchmarkId::new("every_pair", count), |bencher| {
                bencher.iter(|| measure_every_pair(black_box(&places), link_m));
            });
            group.sample_size(20);
        }
    }
    group.finish();
    let detections = detections(100_000);
    let places: Vec<LonLat> = detections.iter().map(Detection::position).collect();
    let link_m = LinkSettings::default().link_m(&detections[0], &detections[0]);
    let start = Instant::now();
    let fires = measure_every_pair(black_box(&places), link_m);
    let seconds = start.elapsed().as_secs_f64();
    writeln!(std::io::stderr(), "clustering/every_pair/100000 once: {seconds:.1} s, {fires} fires")
        .expect("standard error is open");
}

fn assign_all(mut index: ClusterIndex, detections: &[Detection]) -> ClusterIndex {
    for detection in detections {
        black_box(index.assign(detection));
    }
    index
}

fn measure_every_pair(places: &[LonLat], link_m: f64) -> usize {
    fn root(parents: &mut [usize], mut at: usize) -> usize {
        while parents[at] != at {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        at
    }
    let mut parents: Vec<usize> = (0..places.len()).collect();
    let mut fires = places.len();
    for (a, place) in places.iter().enumerate() {
        for (b, other) in places[..a].iter().enumerate() {
            if place.distance_m(*other) <= link_m {
                let (root_a, root_b) = (root(&mut parents, a), root(&mut parents, b));
                parents[root_a] = root_b;
                fires -= usize::from(root_a != root_b);
            }
        }
    }
    fires
}

/// 80 % in fires of about 50 (normal, 400 m), 20 % scattered, in a box of 200 km at 39 N 122 W.
fn detections(count: usize) -> Vec<Detection> {
    const BOX_M: f64 = 200e3;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let in_fires = count / 5 * 4;
    let fires: Vec<[f64; 2]> = (0..in_fires.div_ceil(50)).map(|_| [uniform(), uniform()]).collect();
    let degree_m = EARTH_RADIUS_M * TAU / 360.0;
    let detection = |at: usize| {
        // Every fifth one is scattered.
        let mut plane_m = [uniform() * BOX_M, uniform() * BOX_M];
        if !at.is_multiple_of(5) {
            let fire = fires[(uniform() * fires.len() as f64) as usize];
            let away_m = 400.0 * (-2.0 * (1.0 - uniform()).ln()).sqrt();
            let (north, east) = (uniform() * TAU).sin_cos();
            plane_m = [fire[0] * BOX_M + away_m * east, fire[1] * BOX_M + away_m * north];
        }
        let lon_deg = -122.0 + plane_m[0] / (degree_m * 39.9_f64.to_radians().cos());
        let lat_deg = 39.0 + plane_m[1] / degree_m;
        let draft = DetectionDraft::new(Source::Satellite, lon_deg, lat_deg, 1.0, Timestamp::UNIX_EPOCH);
        Detection::new(draft, Timestamp::UNIX_EPOCH).expect("a drawn detection is valid")
    };
    (0..count).map(detection).collect()
}

criterion_group!(benches, clustering);
criterion_main!(benches);
