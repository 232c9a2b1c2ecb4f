//! Made landscapes: the solver against itself on a grid five times finer, and against another method.

use super::landscapes::{Difference, HOUR_S, HOURS, burn, difference, of_size};

/// Cells along a side of the grid that is judged.
const CELLS: usize = 300;

/// How many times finer the grid is that it is judged by: odd, so that centres coincide.
const FINER: usize = 5;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Must: 1.0 % of cells and 2.5 cells in the median of ten cases, 6 % in the worst. Aim: 0.4 %, 1 cell, 2 %.
#[test]
fn twelve_hours_of_turning_wind_agree_with_a_finer_grid() {
    let mut cases: Vec<Difference> = Vec::new();
    let mut lines = String::new();
    for seed in 1..=5 {
        for has_patches in [false, true] {
            let landscape = of_size(seed, has_patches, 0.35, true);
            let (coarse, growth) = burn(&landscape, CELLS);
            let (fine, _) = burn(&landscape, CELLS * FINER);
            let case = difference(&coarse, &fine, HOURS as f64 * HOUR_S);
            lines += &format!("{seed} {has_patches:<5} {:>6} cells: {case}\n", growth.burned_cells);
            cases.push(case);
        }
    }
    println!("{lines}");
    let of = |value: fn(&Difference) -> f64| cases.iter().map(value).collect::<Vec<_>>();
    let mismatches = of(|case| case.mismatch_percent);
    assert!(mismatches.iter().all(|percent| *percent < 6.0), "{lines}");
    assert!(median(mismatches) < 1.0, "{lines}");
    assert!(median(of(|case| case.shift_mean)) < 2.5, "{lines}");
}
