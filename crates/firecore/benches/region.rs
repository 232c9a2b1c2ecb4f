//! The ground that footprints make together, by their number: 375 m pixels of a fire's rim and of what lies behind it.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use firecore::ignition::region::{Footprint, region};

/// Pixels in rows on a wavy disc, a tenth of them missing, the outer tenth burning, each off its place as satellites are.
fn pixels(count: usize) -> Vec<Footprint> {
    let side = (count as f64 * 4.0 / std::f64::consts::PI * 1.12).sqrt();
    let noise = |n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1_u64 << 24) as f64;
    let mut found = Vec::new();
    for row in 0..side as u64 {
        for col in 0..side as u64 {
            let id = 1 + row * 100_000 + col;
            let (x, y) = (col as f64 - 0.5 * side, row as f64 - 0.5 * side);
            let rim = 0.48 * side * (1.0 + 0.04 * (7.0 * y.atan2(x)).sin());
            if x.hypot(y) > rim || noise(id) < 0.1 {
                continue;
            }
            let burns = x.hypot(y) > 0.9 * rim;
            found.push(Footprint {
                middle_m: [375.0 * x + 100.0 * noise(id + 7), 375.0 * y + 100.0 * noise(id + 13)],
                radius_m: 187.5,
                gap_m: 309.0,
                age_s: if burns { 0 } else { 100_000 },
                burns,
            });
        }
    }
    found
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("region");
    group.sample_size(20);
    for count in [10, 100, 1_000, 10_000, 50_000] {
        let seen = pixels(count);
        group.bench_with_input(BenchmarkId::from_parameter(seen.len()), &seen, |bencher, seen| {
            bencher.iter(|| region(seen.iter().copied()));
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
