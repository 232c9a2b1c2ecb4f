use std::f32::consts::PI;

use super::*;
use crate::grid::GridShape;

fn shape(cells: usize, cell_size_m: f64) -> GridShape {
    GridShape { rows: cells, cols: cells, cell_size_m, west_m: 0.0, north_m: 0.0 }
}

/// A ridge from south to north: a Gaussian of this height and half-width, m, in the middle column.
fn ridge(shape: &GridShape, height_m: f32, width_m: f32) -> Vec<f32> {
    let across = |cell: usize| {
        let metres = ((cell % shape.cols) as f32 + 0.5 - shape.cols as f32 / 2.0) * shape.cell_size_m as f32;
        metres / width_m
    };
    (0..shape.len()).map(|cell| height_m * (-across(cell).powi(2)).exp()).collect()
}

#[test]
fn even_ground_leaves_the_wind_as_it_is() {
    let shape = shape(50, 30.0);
    for height_m in [0.0, 1234.5] {
        let wind = TerrainWind::over(&shape, &vec![height_m; shape.len()]);
        assert_eq!(wind.at(7, 31), STRAIGHT);
    }
}

/// Up to its edges: nothing that is not there is made of how the ground is continued.
#[test]
fn an_even_slope_leaves_the_wind_as_it_is_up_to_its_edges() {
    let shape = shape(200, 30.0);
    let slope: Vec<f32> = (0..shape.len())
        .map(|cell| 0.2 * 30.0 * (cell % 200) as f32 - 0.1 * 30.0 * (cell / 200) as f32)
        .collect();
    let wind = TerrainWind::over(&shape, &slope);
    for at in 0..200 {
        for bend in [wind.at(at, 0), wind.at(0, at), wind.at(at, 199), wind.at(199, at), wind.at(at, at)] {
            let apart = bend.iter().zip(STRAIGHT).map(|(one, other)| (one - other).abs());
            assert!(apart.fold(0.0, f32::max) < 0.005, "{at}: {bend:?}");
        }
    }
}

/// What lies beyond the edge is not known; within a few kilometres it changes the wind, further in it does not.
#[test]
fn a_part_of_the_ground_gives_its_middle_the_wind_of_the_whole() {
    let whole = shape(600, 30.0);
    let height_m = |row: usize, col: usize| {
        let (row, col) = (row as f32, col as f32);
        150.0 * (row * 0.061).sin() * (col * 0.047).cos() + 60.0 * (row * 0.13 + col * 0.17).sin() + 3.0 * col
    };
    let ground = |from: usize, side: usize| -> Vec<f32> {
        (0..side * side).map(|cell| height_m(from + cell / side, from + cell % side)).collect()
    };
    let (all, part) =
        (TerrainWind::over(&whole, &ground(0, 600)), TerrainWind::over(&shape(400, 30.0), &ground(100, 400)));
    let apart = |cells: std::ops::Range<usize>| {
        let mut worst = 0.0_f32;
        for at in cells.clone().step_by(2) {
            for other in cells.clone().step_by(2) {
                let (one, two) = (all.at(100 + at, 100 + other), part.at(at, other));
                worst = one.iter().zip(two).fold(worst, |worst, (one, two)| worst.max((one - two).abs()));
            }
        }
        worst
    };
    let (middle, edges) = (apart(100..300), apart(0..400));
    assert!(middle < 0.04, "{middle}");
    assert!(edges < 0.7, "{edges}");
}

/// Of one wave a sin(kx) the theory gives exactly 1 + 2 a k exp(-45 k) sin(kx) across it, and nothing along it.
#[test]
fn a_wave_of_the_ground_is_answered_as_the_theory_says() {
    let shape = shape(480, 30.0);
    let (height_m, length_m) = (40.0_f32, 1_440.0_f32);
    let wave = 2.0 * PI / length_m;
    let at_m = |cell: usize| ((cell % shape.cols) as f32 + 0.5) * 30.0;
    let ground: Vec<f32> = (0..shape.len()).map(|cell| height_m * (wave * at_m(cell)).sin()).collect();
    let wind = TerrainWind::over(&shape, &ground);
    for col in 150..330 {
        let [east_east, north_north, east_north] = wind.at(240, col);
        // A block's middle.
        let middle_m = ((col / 2) as f32 + 0.5) * 60.0;
        let wanted = 1.0 + 2.0 * height_m * wave * (-45.0 * wave).exp() * (wave * middle_m).sin();
        assert!((east_east - wanted).abs() < 0.01, "{col}: {east_east}, not {wanted}");
        assert!((north_north - 1.0).abs() < 0.01, "{col}: {north_north}");
        assert!(east_north.abs() < 0.01, "{col}: {east_north}");
    }
}

#[test]
fn a_ridge_speeds_up_the_wind_across_it_and_turns_an_oblique_one_toward_that() {
    let shape = shape(400, 30.0);
    let wind = TerrainWind::over(&shape, &ridge(&shape, 300.0, 600.0));
    let (top, foot) = (wind.at(200, 200), wind.at(200, 240));
    let [across, along] = [bent(top, [5.0, 0.0]), bent(top, [0.0, 5.0])];
    assert!(across[0] > 6.5, "{across:?}");
    assert!((along[1] - 5.0).abs() < 0.3, "{along:?}");
    assert!(bent(foot, [5.0, 0.0])[0] < 4.5, "{foot:?}");
    let oblique = bent(top, [5.0, 5.0]);
    assert!(oblique[0] > 1.2 * oblique[1], "{oblique:?}");
}

/// Turning the ground by a quarter turns the answer with it.
#[test]
fn it_knows_no_direction_of_its_own() {
    let shape = shape(300, 30.0);
    let ground = ridge(&shape, 200.0, 500.0);
    let turned: Vec<f32> = (0..shape.len()).map(|cell| ground[cell % 300 * 300 + cell / 300]).collect();
    let (wind, turned) = (TerrainWind::over(&shape, &ground), TerrainWind::over(&shape, &turned));
    for at in [100, 140, 150, 171] {
        let (one, other) = (wind.at(150, at), turned.at(at, 150));
        for (one, other) in [(one[0], other[1]), (one[1], other[0])] {
            assert!((one - other).abs() < 0.004, "{at}: {one} {other}");
        }
    }
}

#[test]
fn walls_neither_stop_the_wind_nor_make_a_storm_of_it() {
    let shape = shape(200, 30.0);
    let ground: Vec<f32> =
        (0..shape.len()).map(|cell| if cell % 200 < 100 { 0.0 } else { 2_000.0 }).collect();
    let wind = TerrainWind::over(&shape, &ground);
    for col in 0..200 {
        let [east, north] = bent(wind.at(100, col), [10.0, 0.0]);
        assert!((0.95..30.05).contains(&east.hypot(north)), "{col}: {east} {north}");
    }
}

#[test]
fn ground_smaller_than_a_block_is_ground() {
    let one = shape(1, 10.0);
    assert_eq!(TerrainWind::over(&one, &[7.0]).at(0, 0), STRAIGHT);
    let few = shape(7, 25.0);
    let slope: Vec<f32> = (0..few.len()).map(|cell| (cell % 7) as f32 * 10.0).collect();
    let wind = TerrainWind::over(&few, &slope);
    assert!(wind.at(6, 6).iter().all(|part| part.is_finite()));
}

#[test]
fn a_tensor_takes_a_byte_a_cell_of_30_m() {
    let shape = shape(2_000, 30.0);
    assert_eq!(TerrainWind::memory_bytes(&shape), shape.len());
}
