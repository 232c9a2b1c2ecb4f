//! Surface spread at one point: what a front solver pays per change of moisture and per change of wind.
//!
//! Each figure is for one call; inputs change from call to call, so that no result can be kept.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::ellipse::Ellipse;
use firecore::spread::front::TravelCost;
use firecore::spread::lookup::{Class, SpreadTable};
use firecore::spread::rothermel::{FuelBed, FuelBeds, MoistBed};

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

/// Cells of a patchwork: eight fuels, winds and slopes in no order.
const CELLS: usize = 4096;

/// A cell's travel cost, exact and from the tables: fuel, moisture class, wind and slope are there, the cost is not.
fn costs(criterion: &mut Criterion) {
    let beds = FuelBeds::standard();
    let beds: Vec<&FuelBed> =
        [1, 2, 4, 10, 102, 122, 145, 165].map(|code| beds.get(code).expect("it burns")).into();
    let moist: Vec<MoistBed> = beds.iter().map(|bed| bed.moistened(&DRY)).collect();
    let tables: Vec<(SpreadTable, Class)> =
        beds.iter().zip(&moist).map(|(bed, moist)| (SpreadTable::of(bed), Class::of(moist))).collect();
    let part = |cell: usize, irrational: f64| (cell as f64 * irrational).fract();
    let cells: Vec<(usize, [f32; 2], [f32; 2])> = (0..CELLS)
        .map(|cell| {
            let wind = [3.0 * part(cell, 0.618_034), 3.0 * part(cell, 0.754_878) - 1.5];
            let rise = [0.6 * part(cell, 0.569_840) - 0.3, 0.6 * part(cell, 0.819_173) - 0.3];
            (
                (8.0 * part(cell, 0.324_718)) as usize,
                wind.map(|part| part as f32),
                rise.map(|part| part as f32),
            )
        })
        .collect();
    let mut group = criterion.benchmark_group("cost");
    group.throughput(Throughput::Elements(CELLS as u64));
    group.bench_function("exact", |bencher| {
        bencher.iter(|| {
            cells.iter().fold(0.0, |sum, (bed, wind, rise)| {
                let head = moist[*bed].spread(wind.map(f64::from), rise.map(f64::from));
                let ellipse = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
                let heading = ellipse.heading_rate_of_spread_m_s;
                let cost = TravelCost::of_ellipse(heading, ellipse.eccentricity, head.toward, 1.0);
                sum + cost.slowness_s_m
            })
        });
    });
    group.bench_function("table", |bencher| {
        bencher.iter(|| {
            cells.iter().fold(0.0, |sum, (bed, wind, rise)| {
                let (table, class) = &tables[*bed];
                let cost = table.cost(class, *wind, *rise);
                sum + (cost.slowness_s_m + cost.drift_east_s_m + cost.drift_north_s_m)
            })
        });
    });
    group.finish();
    criterion
        .bench_function("table of a bed", |bencher| bencher.iter(|| SpreadTable::of(black_box(beds[0]))));
}

fn ellipse(bed: &MoistBed, wind: [f64; 2], slope: [f64; 2]) -> Ellipse {
    let head = bed.spread(wind, slope);
    Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s)
}

criterion_group!(benches, surface, costs);
criterion_main!(benches);
