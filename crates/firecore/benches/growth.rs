//! Time of the front solver by burned cell, and of the surrogate.
//!
//! `uniform`: one ellipse everywhere, a fire of 500 cells. `hills`: Rothermel's spread over waves of terrain and patches of
//! fuel, 12 hours of turning wind; `forest`: the same under a stand of trees. Criterion's throughput is in burned cells: its inverse is the time of one.

use std::f64::consts::TAU;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::ignition::{Ignition, Perturbation, Seed};
use firecore::landscape::{Canopy, Landscape};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::front::{
    Disc, Ignition as FrontIgnition, Medium, Outline, Start, TravelCost, Workspace, grow_in,
};
use firecore::spread::{Physics, StopToken, spread};
use firecore::surrogate;
use firecore::weather::{Weather, WeatherSeries, WeatherStep};

const CELLS: usize = 800;
const CELL_M: f64 = 30.0;

struct Uniform(TravelCost);

impl Medium for Uniform {
    fn cost(&mut self, _: usize, _: usize, _: usize) -> TravelCost {
        self.0
    }

    fn burnable(&self, _: usize, _: usize) -> bool {
        true
    }
}

fn place() -> LonLat {
    LonLat::new(-119.0, 34.5).expect("a valid place")
}

fn shape(frame: &LocalFrame) -> GridShape {
    let centre = frame.to_plane(place());
    let half_m = 0.5 * CELLS as f64 * CELL_M;
    GridShape {
        rows: CELLS,
        cols: CELLS,
        cell_size_m: CELL_M,
        west_m: centre.east_m - half_m,
        north_m: centre.north_m + half_m,
    }
}

fn hills() -> Landscape {
    let frame = LocalFrame::at(place());
    let shape = shape(&frame);
    let wave = |row: usize, col: usize| {
        let (x, y) = (col as f64 / CELLS as f64 * TAU, row as f64 / CELLS as f64 * TAU);
        (3.0 * x + 1.0).sin() * (4.0 * y).cos() + 0.5 * (11.0 * x + 7.0 * y).sin()
    };
    let cells = || (0..CELLS).flat_map(|row| (0..CELLS).map(move |col| (row, col)));
    let rise = |down: usize, right: usize| -> Vec<f32> {
        let slope = |(row, col): (usize, usize)| 8.0 * (wave(row + down, col + right) - wave(row, col));
        cells().map(|cell| slope(cell) as f32).collect()
    };
    let fuels = [102, 122, 145, 165];
    let patch = |(row, col): (usize, usize)| fuels[((wave(row / 3, col / 3) + 1.6) * 1.2) as usize % 4];
    Landscape {
        elevation_m: cells().map(|(row, col)| (200.0 * wave(row, col)) as f32).collect(),
        rise_east: rise(0, 1),
        rise_north: rise(1, 0).iter().map(|south| -south).collect(),
        fuel: cells().map(patch).collect(),
        fuel_models: Arc::default(),
        canopy: None,
        frame,
        shape,
    }
}

/// A stand that torches over the heavier fuels.
fn canopy(cells: usize) -> Canopy {
    Canopy {
        cover: vec![0.3; cells],
        height_m: vec![12.0; cells],
        base_height_m: vec![2.0; cells],
        bulk_density_kg_m3: vec![0.1; cells],
    }
}

fn seed() -> Seed {
    let ignition = Ignition { position: place(), radius_m: 190.0, position_sd_m: 100.0 };
    Seed {
        seeded_at: "2026-08-01T12:00:00Z".parse().expect("a time"),
        burning: vec![ignition],
        burned: vec![],
        outlines: Vec::new(),
    }
}

/// Twelve hours on a coarse grid of 4 x 4.
fn turning_wind(landscape: &Landscape) -> WeatherSeries {
    let step = |hour: usize| {
        let turn = TAU * (0.1 * hour as f64 + 0.4 * (hour as f64).sin() / TAU);
        let cell = |cell: usize| Weather {
            wind_10m_east_m_s: 6.0 * turn.sin() + 0.1 * cell as f64,
            wind_10m_north_m_s: 6.0 * turn.cos(),
            moisture: FuelMoisture {
                dead: DeadFuelMoisture {
                    one_hour: 0.05 + 0.001 * cell as f64,
                    ten_hour: 0.07,
                    hundred_hour: 0.09,
                },
                live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
            },
        };
        WeatherStep {
            valid_at: seed().seeded_at + jiff::SignedDuration::from_hours(hour as i64),
            cells: (0..16).map(cell).collect(),
        }
    };
    WeatherSeries {
        frame: landscape.frame.clone(),
        shape: GridShape { rows: 4, cols: 4, cell_size_m: CELL_M * CELLS as f64 / 4.0, ..landscape.shape },
        steps: (0..12).map(step).collect(),
    }
}

fn fronts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("front");
    let stop = StopToken::default();
    let middle = 0.5 * CELLS as f64 * CELL_M;
    let point = Outline::Disc(Disc { east_m: middle, south_m: middle, radius_m: 0.0 });
    let points = [FrontIgnition { outline: point, begins_s: 0.0 }];
    let mut workspace = Workspace::default();
    for ratio in [1.0_f64, 3.0, 5.0] {
        let eccentricity = (1.0 - 1.0 / (ratio * ratio)).sqrt();
        // 500 cells from back to head.
        let horizon_s = (250.0 * CELL_M * (1.0 + eccentricity) / 0.5) as f32;
        let start = Start { burning: &points, burned: &[], changes_s: &[], horizon_s };
        let mut medium = Uniform(TravelCost::of_ellipse(0.5, eccentricity, [0.8, 0.6], 5000.0));
        let shape = shape(&LocalFrame::at(place()));
        let mut run =
            || grow_in(&mut workspace, &shape, &mut medium, &start, &stop).expect("nothing stops it");
        group.throughput(Throughput::Elements(run().burned_cells as u64));
        group.bench_function(format!("uniform/length_to_width_{ratio}"), |bencher| bencher.iter(&mut run));
    }
    let (landscape, seed) = (hills(), seed());
    let weather = turning_wind(&landscape);
    let forest = Landscape { canopy: Some(canopy(landscape.shape.len())), ..landscape.clone() };
    for (name, landscape, physics) in [
        ("hills/surface", &landscape, Physics::SURFACE),
        ("hills/embers", &landscape, Physics::default()),
        ("forest/crowns", &forest, Physics { embers: None, ..Physics::default() }),
        ("forest/crowns and embers", &forest, Physics::default()),
    ] {
        let run = || {
            spread(&seed, &Perturbation::NONE, &physics, landscape, &weather, 12 * 3600, &stop)
                .expect("nothing stops it")
        };
        let burned = run().arrival_s.cells.iter().filter(|time| **time <= 43_200.0).count();
        group.throughput(Throughput::Elements(burned as u64));
        group.bench_function(name, |bencher| bencher.iter(run));
    }
    group.finish();
    criterion.bench_function("surrogate/12_h", |bencher| {
        bencher.iter(|| {
            surrogate::spread(
                &seed,
                &Perturbation::NONE,
                &Physics::default(),
                &landscape,
                &weather,
                12 * 3600,
                &stop,
            )
            .expect("nothing stops it")
        });
    });
}

criterion_group! {
    name = growth;
    config = Criterion::default().sample_size(10);
    targets = fronts
}
criterion_main!(growth);
