//! Surface spread at one point: what a front solver pays per change of moisture and per change of wind.
//!
//! Each figure is for one call; inputs change from call to call, so that no result can be kept.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::ellipse::Ellipse;
use firecore::spread::rothermel::{FuelBeds, MoistBed};

const DRY: FuelMoisture = FuelMoisture {
    dead: DeadFuelMoisture { one_hour: 0.05, ten_hour: 0.06, hundred_hour: 0.07 },
    live: LiveFuelMoisture { herbaceous: 0.60, woody: 0.90 },
};

/// GS4: both kinds of live fuel, and grass that cures.
const CODE: u8 = 124;

fn surface(criterion: &mut Criterion) {
    let beds = FuelBeds::standard();
    let bed = beds.get(CODE).expect("GS4 burns");
    criterion
        .bench_function("moistened", |bencher| bencher.iter(|| black_box(bed).moistened(black_box(&DRY))));
    let moist = bed.moistened(&DRY);
    for (name, wind, slope) in [
        ("spread/still", [0.0, 0.0], [0.0, 0.0]),
        ("spread/wind", [2.1, 0.7], [0.0, 0.0]),
        ("spread/wind and slope", [2.1, 0.7], [0.1, -0.2]),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| black_box(&moist).spread(black_box(wind), black_box(slope)));
        });
    }
    criterion.bench_function("spread and ellipse", |bencher| {
        bencher.iter(|| ellipse(black_box(&moist), black_box([2.1, 0.7]), black_box([0.1, -0.2])));
    });
    criterion.bench_function("standard beds", |bencher| {
        bencher.iter_batched(|| (), |()| FuelBeds::standard(), BatchSize::SmallInput);
    });
}

fn ellipse(bed: &MoistBed, wind: [f64; 2], slope: [f64; 2]) -> Ellipse {
    let head = bed.spread(wind, slope);
    Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s)
}

criterion_group!(benches, surface);
criterion_main!(benches);
