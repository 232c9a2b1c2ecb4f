//! Crown fire and embers at one point: what a front solver pays on top of the surface fire.
//!
//! Each figure is for one call, next to one of the surface fire's.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::crown::{CanopyFuel, CrownMethod, CrownModel};
use firecore::spread::rothermel::FuelBeds;
use firecore::spread::spotting::{self, ember::LandingDistance};

const DRY: FuelMoisture = FuelMoisture {
    dead: DeadFuelMoisture { one_hour: 0.05, ten_hour: 0.06, hundred_hour: 0.07 },
    live: LiveFuelMoisture { herbaceous: 0.60, woody: 0.90 },
};

const WIND_10M_M_S: f64 = 12.0;

/// Canopies under which the fire of these benches is of each class.
const CANOPIES: [(&str, CanopyFuel); 3] =
    [("surface", canopy(15.0, 0.02)), ("passive", canopy(0.5, 0.02)), ("active", canopy(0.5, 0.3))];

const fn canopy(base_height_m: f64, bulk_density_kg_m3: f64) -> CanopyFuel {
    CanopyFuel { base_height_m, bulk_density_kg_m3, height_m: 20.0, foliar_moisture: 1.0 }
}

fn crown(criterion: &mut Criterion) {
    let beds = FuelBeds::standard();
    let bed = beds.get(165).expect("TU5 burns").moistened(&DRY);
    let surface_at = |wind_10m_m_s: f64| bed.spread([0.12 * wind_10m_m_s, 0.0], [0.1, 0.1]);
    criterion.bench_function("surface alone", |bencher| bencher.iter(|| surface_at(black_box(WIND_10M_M_S))));
    for method in CrownMethod::ALL {
        let crowns = CrownModel::new(method).moistened(&DRY);
        for (class, canopy) in &CANOPIES {
            let surface = surface_at(WIND_10M_M_S);
            assert_eq!(crowns.fire(&surface, canopy, WIND_10M_M_S, surface_at).class.to_string(), *class);
            criterion.bench_function(&format!("{method}/{class}"), |bencher| {
                bencher.iter(|| {
                    crowns.fire(black_box(&surface), black_box(canopy), black_box(WIND_10M_M_S), surface_at)
                });
            });
        }
    }
}

fn embers(criterion: &mut Criterion) {
    criterion.bench_function("landing distance and its share beyond 60 m", |bencher| {
        bencher.iter(|| {
            LandingDistance::new(black_box(20_000.0), black_box(WIND_10M_M_S)).share_beyond(black_box(60.0))
        });
    });
    let landing = LandingDistance::new(20_000.0, WIND_10M_M_S);
    criterion.bench_function("distance out of the tail", |bencher| {
        bencher.iter(|| landing.tail_distance_m(black_box(0.7), black_box(60.0)));
    });
    criterion.bench_function("farthest spot fire of a crown fire", |bencher| {
        bencher.iter(|| {
            spotting::active_crown_fire(black_box(20_000.0), black_box(20.0), black_box(WIND_10M_M_S))
        });
    });
    criterion.bench_function("farthest spot fire of a surface fire", |bencher| {
        bencher.iter(|| spotting::surface_fire(black_box(3.0), black_box(WIND_10M_M_S), black_box(20.0)));
    });
}

criterion_group!(benches, crown, embers);
criterion_main!(benches);
