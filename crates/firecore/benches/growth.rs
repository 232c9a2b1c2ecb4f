//! Time of the front solver by burned cell, of Dijkstra's over 32 neighbours, and of the surrogate.
//!
//! `uniform`: one ellipse everywhere, a fire of 500 cells; `stone`: cell by cell. `hills`: Rothermel's spread over waves of terrain and patches of
//! fuel, 12 hours of turning wind; `forest`: the same under a stand of trees. `same medium`: both solvers ask one medium for its
//! costs. Criterion's throughput is in burned cells: its inverse is the time of one. `--example front -- ratio` takes turns and prints
//! the ratios.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use firecore::grid::GridShape;
use firecore::ignition::Perturbation;
use firecore::landscape::{Canopy, Landscape, Trees};
use firecore::spread::front::{Medium, Start, Workspace, grow_in};
use firecore::spread::{Physics, StopToken, spread};
use firecore::surrogate;

#[path = "growth/dijkstra.rs"]
mod dijkstra;
#[path = "growth/surface.rs"]
mod surface;
#[path = "growth/world.rs"]
mod world;

use dijkstra::{Buckets, Dijkstra, Heap};
use surface::Surface;
use world::{CELLS, SEED_RADIUS_M, Uniform, hills, middle, seed, shape, turning_wind, uniform_horizon_s};

const HORIZON_S: u32 = 12 * 3600;

/// A stand that torches over the heavier fuels.
fn canopy(cells: usize) -> Canopy {
    let trees = Trees { cover: 0.3, height_m: 12.0, base_height_m: 2.0, bulk_density_kg_m3: 0.1 };
    Canopy::of(vec![trees; cells])
}

/// Both solvers in workspaces that were used before.
fn side_by_side<M: Medium>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    shape: &GridShape,
    medium: &mut M,
    start: &Start<'_>,
) {
    let (stop, mut workspace) = (StopToken::default(), Workspace::default());
    let mut front = || {
        let growth = grow_in(&mut workspace, shape, medium, start, &stop).expect("nothing stops it");
        growth.burned_cells
    };
    group.throughput(Throughput::Elements(front() as u64));
    group.bench_function(name, |bencher| bencher.iter(&mut front));
    let (mut heap, mut buckets) = (Dijkstra::<Heap>::default(), Dijkstra::<Buckets>::default());
    let mut by_heap = || heap.burned_cells(shape, medium, start);
    group.throughput(Throughput::Elements(by_heap() as u64));
    group.bench_function(format!("{name}/dijkstra, heap"), |bencher| bencher.iter(&mut by_heap));
    let mut by_buckets = || buckets.burned_cells(shape, medium, start);
    group.bench_function(format!("{name}/dijkstra, buckets"), |bencher| bencher.iter(&mut by_buckets));
}

fn fronts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("front");
    for length_to_width in [1.0, 3.0, 5.0, 7.0] {
        let (shape, mut medium) = (shape(CELLS, CELLS), Uniform::new(length_to_width));
        let horizon_s = uniform_horizon_s(length_to_width, 500.0);
        let start = Start { burning: &middle(&shape, 0.0), burned: &[], changes_s: &[], horizon_s };
        let name = format!("uniform/length_to_width_{length_to_width}");
        side_by_side(&mut group, &name, &shape, &mut medium, &start);
        side_by_side(&mut group, &format!("{name}/stone"), &shape, &mut medium.with_stone(&shape), &start);
    }
    let (landscape, seed) = (hills(CELLS), seed());
    let weather = turning_wind(&landscape, 12);
    let mut medium = Surface::new(&landscape, &weather);
    let changes_s = medium.changes_s(seed.seeded_at);
    let burning = middle(&landscape.shape, SEED_RADIUS_M);
    let start = Start { burning: &burning, burned: &[], changes_s: &changes_s, horizon_s: HORIZON_S as f32 };
    side_by_side(&mut group, "hills/same medium", &landscape.shape, &mut medium, &start);
    let forest = Landscape { canopy: Some(canopy(landscape.shape.len())), ..landscape.clone() };
    for (name, landscape, physics) in [
        ("hills/surface", &landscape, Physics::SURFACE),
        ("hills/embers", &landscape, Physics::default()),
        ("forest/crowns", &forest, Physics { embers: None, ..Physics::default() }),
        ("forest/crowns and embers", &forest, Physics::default()),
    ] {
        let run = || {
            spread(
                &seed,
                &Perturbation::NONE,
                &physics,
                landscape,
                &weather,
                HORIZON_S,
                &StopToken::default(),
            )
            .expect("nothing stops it")
        };
        let burned = run().arrival_s.cells.iter().filter(|time| **time <= HORIZON_S as f32).count();
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
                HORIZON_S,
                &StopToken::default(),
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
