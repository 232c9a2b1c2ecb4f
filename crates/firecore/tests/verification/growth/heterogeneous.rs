//! Made landscapes: the solver against itself on a grid five times finer, and against another method.

use super::landscapes::{Difference, HOUR_S, HOURS, Landscape, PATCHES, SMOOTH, burn, difference, grid};

/// Cells along a side of the grid that is judged: the budgets are for fires of some 29,000 to 100,000 cells.
const CELLS: usize = 400;

/// How many times finer the grid is that it is judged by: odd, so that centres coincide.
const FINER: usize = 5;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    0.5 * (values[(values.len() - 1) / 2] + values[values.len() / 2])
}

/// Must: 1.0 % of cells and 2.5 cells in the median of ten cases, 6 % in the worst. Aim: 0.4 %, 1 cell, 2 %.
/// The median of the mismatches is 0.89 %: patches that jump by a decade are first order.
#[test]
fn twelve_hours_of_turning_wind_agree_with_a_finer_grid() {
    let mut cases: Vec<Difference> = Vec::new();
    let mut lines = String::new();
    for (has_patches, landscapes) in [(false, SMOOTH), (true, PATCHES)] {
        for (seed, times) in landscapes {
            let landscape = Landscape::new(seed, has_patches).faster(times);
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

/// What is said of the landscapes holds: rates over three decades, shapes from round to long.
#[test]
fn made_landscapes_are_as_varied_as_they_are_said_to_be() {
    let shape = grid(60);
    let (mut rates_m_s, mut ratios) = (Vec::new(), Vec::new());
    for seed in 1..=5 {
        for has_patches in [false, true] {
            let landscape = Landscape::new(seed, has_patches);
            for at in 0..shape.len() {
                let centre = shape.centre(at / shape.cols, at % shape.cols);
                let site = landscape.site([centre.east_m, centre.north_m]);
                for hour in 0..HOURS {
                    let ellipse = landscape.spell(hour, &site).ellipse;
                    rates_m_s.push(ellipse.heading_rate_of_spread_m_s);
                    ratios.push(ellipse.length_to_width);
                }
            }
        }
    }
    rates_m_s.sort_by(f64::total_cmp);
    ratios.sort_by(f64::total_cmp);
    let quantile = |values: &[f64], share: f64| values[((values.len() - 1) as f64 * share) as usize];
    let decades = (quantile(&rates_m_s, 1.0) / quantile(&rates_m_s, 0.0)).log10();
    let middle = (quantile(&rates_m_s, 0.95) / quantile(&rates_m_s, 0.05)).log10();
    println!("rates over {decades:.2} decades, nine tenths of them within {middle:.2}");
    let [p05, p50, p95, max] = [0.05, 0.5, 0.95, 1.0].map(|share| quantile(&ratios, share));
    println!("ratios: p05 {p05:.2}, p50 {p50:.2}, p95 {p95:.2}, max {max:.2}");
    assert!(decades > 3.0 && p05 < 1.5 && max > 6.0);
}
