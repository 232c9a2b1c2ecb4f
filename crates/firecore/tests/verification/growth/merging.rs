//! Fires that begin at different places and times and meet.

use firecore::grid::GridShape;

use super::cases::exact::{Exact, Point, Spell};
use super::cases::fire::{Fire, Outline};
use super::landscapes::difference;
use super::numbers::Numbers;

const CELLS: usize = 400;
const CELL_M: f64 = 30.0;

/// Where several fires burn, each cell burns when the first of them gets there. Must: 1 % of cells. Aim: 0.1 %.
#[test]
fn fires_that_meet_burn_what_each_would() {
    let shape = GridShape { rows: CELLS, cols: CELLS, cell_size_m: CELL_M, west_m: 0.0, north_m: 0.0 };
    let horizon_s = 6.0 * 3600.0;
    for (seed, ratio) in [(1, 1.0), (2, 1.5), (3, 2.5), (4, 4.0), (5, 7.0)] {
        let mut numbers = Numbers(seed);
        let spell = Spell::new(f64::INFINITY, 0.18, ratio, numbers.within(0.0, 360.0));
        let mut place = || -> Point {
            let mut part = || numbers.within(0.3, 0.7) * CELLS as f64 * CELL_M;
            [part(), part() - CELLS as f64 * CELL_M]
        };
        let places: Vec<Point> = (0..5).map(|_| place()).collect();
        let begins = |at: usize| 1000.0 * (at * at) as f64 / 4.0;
        let start =
            |(at, centre): (usize, &Point)| (Outline::Disc { centre: *centre, radius_m: 0.0 }, begins(at));
        let ignitions = places.iter().enumerate().map(start).collect();
        let found = Fire { shape, ignitions, changes_s: Vec::new(), horizon_s }.over_uniform(&[spell]);
        let mut exact = found.clone();
        for at in 0..exact.arrival_s.len() {
            let centre = exact.centre(at);
            let of = |(at, place): (usize, &Point)| {
                let fire = Exact { corners: vec![*place], radius_m: 0.0, spells: vec![spell] };
                begins(at) + fire.arrival_s(centre)
            };
            exact.arrival_s[at] = places.iter().enumerate().map(of).fold(f64::INFINITY, f64::min) as f32;
        }
        let case = difference(&found, &exact, horizon_s);
        println!("ratio {ratio}: {case}");
        assert!(
            case.mismatch_percent < 1.0 && case.shift_mean < 0.1 && case.shift_p95 < 0.5,
            "ratio {ratio}: {case}"
        );
    }
}
