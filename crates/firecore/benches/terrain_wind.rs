//! What the ground makes of the wind, once a landscape: 60 x 60 km of hills in cells of 30 m.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use firecore::grid::GridShape;
use firecore::wind::TerrainWind;

fn terrain_wind(criterion: &mut Criterion) {
    let shape = GridShape { rows: 2_000, cols: 2_000, cell_size_m: 30.0, west_m: 0.0, north_m: 0.0 };
    let height_m = |cell: usize| {
        let (row, col) = ((cell / shape.cols) as f32, (cell % shape.cols) as f32);
        800.0 + 300.0 * (row * 0.021).sin() * (col * 0.017).cos() + 40.0 * (row * 0.19 + col * 0.23).sin()
    };
    let ground: Vec<f32> = (0..shape.len()).map(height_m).collect();
    let mut group = criterion.benchmark_group("terrain_wind");
    group.sample_size(20);
    group.bench_function("over_60_km", |bench| bench.iter(|| TerrainWind::over(black_box(&shape), &ground)));
    group.finish();
}

criterion_group!(benches, terrain_wind);
criterion_main!(benches);
