//! Dead fuel moisture: one place through 24 hours of weather, by set of sticks.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use firecore::geo::LonLat;
use firecore::moisture::DeadFuelMoisture;
use firecore::moisture::conditioning::{HourlyWeather, Site, Sky, StickSet, Sticks, condition};
use jiff::{SignedDuration, Timestamp};

const HOURS: i64 = 24;

/// A fair day: cool and damp before sunrise, hot and dry in the afternoon, a shower in the evening.
fn weather() -> Vec<HourlyWeather> {
    let start: Timestamp = "2024-07-15T07:00:00Z".parse().expect("an instant");
    let hour = |hour: i64| {
        let warmth = (std::f64::consts::TAU * (hour as f64 - 10.0) / 24.0).cos();
        HourlyWeather {
            valid_at: start + SignedDuration::from_hours(hour),
            temperature_c: 20.0 + 10.0 * warmth,
            relative_humidity: 0.45 - 0.30 * warmth,
            rain_kg_m2: if hour == 20 { 2.0 } else { 0.0 },
            sky: Sky::Clouds { cover: 0.2 },
        }
    };
    (0..HOURS).map(hour).collect()
}

fn bench(criterion: &mut Criterion) {
    let weather = weather();
    let place = LonLat::new(-120.0, 40.0).expect("a position");
    let site = Site { rise: [0.1, -0.2], canopy_cover: 0.3, ..Site::level(place, 1500.0) };
    let initial = DeadFuelMoisture { one_hour: 0.08, ten_hour: 0.09, hundred_hour: 0.12 };
    let mut group = criterion.benchmark_group("conditioning");
    group.throughput(Throughput::Elements(HOURS as u64));
    for set in [StickSet::DangerRating, StickSet::FireGrowth] {
        group.bench_function(BenchmarkId::from_parameter(format!("{set:?}")), |bencher| {
            bencher.iter(|| condition(&weather, &site, &mut Sticks::new(set, initial)));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
