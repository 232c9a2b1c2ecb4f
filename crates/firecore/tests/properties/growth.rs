//! The front over small random landscapes: rates from cell to cell, walls, winds that turn.
//!
//! A thousand landscapes; `PROPTEST_CASES` asks for more.

use std::collections::VecDeque;

use firecore::grid::GridShape;
use firecore::spread::StopToken;
use firecore::spread::front::{Disc, Growth, Ignition, Medium, Outline, Start, TravelCost, grow};
use proptest::prelude::*;

#[path = "../verification/growth/numbers.rs"]
mod numbers;

use numbers::Numbers;

const CELLS: usize = 40;
const CELL_M: f64 = 30.0;

/// Neighbours as (row, column) steps.
const RING: [(isize, isize); 8] = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)];

/// What a landscape is made from.
#[derive(Clone, Debug)]
struct Recipe {
    seed: u64,
    /// Decades of rates; where `is_rough` each cell has its own, else they change slowly.
    decades: f64,
    is_rough: bool,
    /// Each hour has one cost.
    is_even: bool,
    ratio_max: f64,
    walls: usize,
    /// Share of cells that do not burn.
    bare: f64,
    hours: usize,
    ignitions: usize,
    radius_m: f64,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let ground = (0.0..3.0, any::<bool>(), 1.0..8.0, 0..6_usize, prop_oneof![Just(0.0), 0.0..0.4]);
    let fire = (1..4_usize, 1..4_usize, prop_oneof![Just(0.0), 0.0..120.0]);
    let even = prop::bool::weighted(0.25);
    (any::<u64>(), even, ground, fire).prop_map(|(seed, is_even, ground, fire)| {
        let (decades, is_rough, ratio_max, walls, bare) = ground;
        let (hours, ignitions, radius_m) = fire;
        Recipe { seed, decades, is_rough, is_even, ratio_max, walls, bare, hours, ignitions, radius_m }
    })
}

/// A landscape that was made.
struct Ground {
    /// By hour and cell.
    costs: Vec<Vec<TravelCost>>,
    burns: Vec<bool>,
    discs: Vec<Disc>,
    fastest_m_s: f64,
    horizon_s: f32,
    changes_s: Vec<f32>,
}

impl Medium for Ground {
    fn cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        self.costs[step][row * CELLS + col]
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        self.burns[row * CELLS + col]
    }
}

impl Ground {
    fn new(recipe: &Recipe) -> Self {
        let mut numbers = Numbers(recipe.seed);
        let mut burns: Vec<bool> =
            (0..CELLS * CELLS).map(|_| numbers.within(0.0, 1.0) >= recipe.bare).collect();
        for _ in 0..recipe.walls {
            wall(&mut numbers, &mut burns);
        }
        let horizon_s = 3600.0 * recipe.hours as f64;
        // Across the grid within the time, at the middle rate.
        let middle_m_s = numbers.within(0.2, 1.0) * CELLS as f64 * CELL_M / horizon_s;
        let decades: Vec<f64> = (0..3).map(|_| numbers.within(0.05, 0.4)).collect();
        let shares: Vec<f64> = (0..CELLS * CELLS)
            .map(|at| {
                let (row, col) = ((at / CELLS) as f64, (at % CELLS) as f64);
                let smooth = (decades[0] * row + 1.0).sin() * (decades[1] * col + decades[2] * row).cos();
                let share = if recipe.is_rough { numbers.within(-1.0, 1.0) } else { smooth };
                if recipe.is_even { 0.0 } else { 0.5 * recipe.decades * share }
            })
            .collect();
        let mut fastest_m_s = 0.0_f64;
        let hour = |_| {
            let (toward, turn) = (numbers.within(0.0, 6.3), numbers.within(-0.05, 0.05));
            let turn = if recipe.is_even { 0.0 } else { turn };
            let ratio = numbers.within(1.0, recipe.ratio_max);
            let cell = |(at, share): (usize, &f64)| {
                let rate_m_s = middle_m_s * 10_f64.powf(*share);
                fastest_m_s = fastest_m_s.max(rate_m_s);
                let (east, north) = (toward + turn * (at % CELLS) as f64).sin_cos();
                let eccentricity = (1.0 - 1.0 / (ratio * ratio)).sqrt();
                TravelCost::of_ellipse(rate_m_s, eccentricity, [east, north], 1000.0)
            };
            shares.iter().enumerate().map(cell).collect()
        };
        let costs = (0..recipe.hours).map(hour).collect();
        let disc = |_| {
            let place = numbers.within(0.1, 0.9) * CELLS as f64 * CELL_M;
            Disc {
                east_m: place,
                south_m: numbers.within(0.1, 0.9) * CELLS as f64 * CELL_M,
                radius_m: recipe.radius_m,
            }
        };
        let discs = (0..recipe.ignitions).map(disc).collect();
        let changes_s = (1..recipe.hours).map(|hour| 3600.0 * hour as f32).collect();
        Self { costs, burns, discs, fastest_m_s, horizon_s: horizon_s as f32, changes_s }
    }

    fn grow(&mut self) -> Growth {
        let shape = GridShape { rows: CELLS, cols: CELLS, cell_size_m: CELL_M, west_m: 0.0, north_m: 0.0 };
        let burning: Vec<Ignition> =
            self.discs.iter().map(|disc| Ignition { outline: Outline::Disc(*disc), begins_s: 0.0 }).collect();
        let changes_s = self.changes_s.clone();
        let start =
            Start { burning: &burning, burned: &[], changes_s: &changes_s, horizon_s: self.horizon_s };
        grow(&shape, self, &start, &StopToken::default()).expect("nothing stops it")
    }

    /// Metres from a cell's centre to the nearest ignition.
    fn away_m(&self, at: usize) -> f64 {
        let centre = [(at % CELLS) as f64 + 0.5, (at / CELLS) as f64 + 0.5].map(|cells| cells * CELL_M);
        let away = |disc: &Disc| (centre[0] - disc.east_m).hypot(centre[1] - disc.south_m) - disc.radius_m;
        self.discs.iter().map(away).fold(f64::INFINITY, f64::min)
    }

    /// Seconds of the fastest straight way to a cell's centre on even ground, and the speed of the front that comes along it, m/s.
    fn straight(&self, cost: &TravelCost, at: usize) -> (f64, f64) {
        let [east_m, south_m] = [at % CELLS, at / CELLS].map(|cells| (cells as f64 + 0.5) * CELL_M);
        let ways = self
            .discs
            .iter()
            .map(|disc| [east_m - disc.east_m, disc.south_m - south_m].map(|part| part as f32));
        let timed = ways.map(|way| (f64::from(cost.seconds(way)), f64::from(cost.normal_speed_m_s(way))));
        timed.min_by(|one, other| one.0.total_cmp(&other.0)).expect("there is an ignition")
    }

    /// Neighbours that fire may come from: burnable, and no corner between two cells that do not burn.
    fn neighbours(&self, at: usize) -> impl Iterator<Item = usize> {
        let (row, col) = (at / CELLS, at % CELLS);
        let cell = move |down: isize, right: isize| {
            let (row, col) = (row.checked_add_signed(down)?, col.checked_add_signed(right)?);
            (row < CELLS && col < CELLS).then_some(row * CELLS + col)
        };
        RING.into_iter().filter_map(move |(down, right)| {
            let burns = |at: Option<usize>| at.is_some_and(|at| self.burns[at]);
            let is_open = down == 0 || right == 0 || burns(cell(down, 0)) || burns(cell(0, right));
            cell(down, right).filter(|at| is_open && self.burns[*at])
        })
    }
}

/// A line of cells that do not burn, straight or diagonal, all across or with ends.
fn wall(numbers: &mut Numbers, burns: &mut [bool]) {
    let (down, right) = [(0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (1.0, -1.0)][numbers.next() as usize % 4];
    let (row, col) = (numbers.within(0.0, CELLS as f64), numbers.within(0.0, CELLS as f64));
    let length = if numbers.next().is_multiple_of(2) { CELLS } else { CELLS / 3 };
    for step in 0..2 * length {
        let along = step as f64 - length as f64;
        let (row, col) = ((row + along * down).floor(), (col + along * right).floor());
        if row >= 0.0 && col >= 0.0 && row < CELLS as f64 && col < CELLS as f64 {
            burns[row as usize * CELLS + col as usize] = false;
        }
    }
}

/// Times over the whole grid.
fn times(growth: &Growth) -> Vec<f32> {
    let mut times = vec![f32::INFINITY; CELLS * CELLS];
    for (row, line) in growth.arrival_s.chunks(growth.size.1.max(1)).enumerate() {
        let first = (growth.origin.0 + row) * CELLS + growth.origin.1;
        times[first..first + line.len()].copy_from_slice(line);
    }
    times
}

/// Cells by which a front on even ground may be ahead of the straight way, square to itself. In 40,000 landscapes it was by 2.9 at most, in
/// one of 16,000 more by 4.0, with two fires; one fire, in 20,000, by 0.0002 over open ground and by 0.85 around what does not burn.
fn slack_cells(recipe: &Recipe) -> f64 {
    let is_open = recipe.walls == 0 && recipe.bare == 0.0;
    match (recipe.ignitions, is_open) {
        (1, true) => 0.01,
        (1, false) => 2.0,
        _ => 6.0,
    }
}

/// Cells around an ignition that are timed from it and not from their neighbours.
const FROM_THE_START_CELLS: f64 = 4.5;

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn fire_comes_from_where_it_has_been(recipe in recipe()) {
        let mut ground = Ground::new(&recipe);
        let growth = ground.grow();
        let times = times(&growth);
        let mut burned = 0;
        for (at, time_s) in times.iter().enumerate() {
            let (row, col, time_s) = (at / CELLS, at % CELLS, f64::from(*time_s));
            prop_assert!(!time_s.is_nan(), "({row}, {col}) is NaN");
            burned += usize::from(time_s <= f64::from(ground.horizon_s));
            if time_s == f64::INFINITY {
                continue;
            }
            prop_assert!(ground.burns[at], "({row}, {col}) does not burn, yet at {time_s} s");
            let away_m = ground.away_m(at);
            prop_assert!(time_s >= 0.0 || away_m <= 0.0, "({row}, {col}) burned {time_s} s before the start");
            // On even ground a long ellipse's head passes between two cells before either burns.
            if away_m > FROM_THE_START_CELLS * CELL_M && !recipe.is_even {
                let before_s = ground.neighbours(at).map(|near| times[near]).fold(f32::INFINITY, f32::min);
                prop_assert!(f64::from(before_s) <= time_s, "({row}, {col}) at {time_s} s, around it {before_s} s");
            }
        }
        prop_assert_eq!(burned, growth.burned_cells);
        for intensity in &growth.fireline_intensity_kw_m {
            prop_assert!(intensity.is_finite() && *intensity >= 0.0, "intensity {}", intensity);
        }
    }

    /// But for a hundredth of the way, and a cell: what a front may be off by where costs change from cell to cell.
    #[test]
    fn fire_is_no_faster_than_it_can(recipe in recipe()) {
        let mut ground = Ground::new(&recipe);
        for (at, time_s) in times(&ground.grow()).into_iter().enumerate() {
            let (row, col, away_m) = (at / CELLS, at % CELLS, ground.away_m(at));
            let least_s = (0.99 * away_m - CELL_M) / ground.fastest_m_s;
            prop_assert!(away_m <= 0.0 || f64::from(time_s) >= least_s, "({row}, {col}) at {time_s} s, {least_s} s at the least");
        }
    }

    /// But for what the front itself takes over some cells there, and half of what the slowest takes over one.
    #[test]
    fn no_way_is_shorter_than_straight(recipe in recipe()) {
        let mut ground = Ground::new(&Recipe { is_even: true, hours: 1, radius_m: 0.0, ..recipe.clone() });
        let slack_m = slack_cells(&recipe) * CELL_M;
        let times = times(&ground.grow());
        let cost = ground.costs[0][0];
        let slack_s_max = 0.5 * f64::from(cost.slowness_s_m) * CELL_M;
        for (at, time_s) in times.into_iter().enumerate() {
            let (row, col) = (at / CELLS, at % CELLS);
            let (straight_s, front_m_s) = ground.straight(&cost, at);
            let least_s = straight_s - slack_s_max.min(slack_m / front_m_s);
            prop_assert!(
                !ground.burns[at] || f64::from(time_s) >= least_s,
                "({row}, {col}) at {time_s} s, straight {straight_s} s, {least_s} s at the least"
            );
        }
    }

    #[test]
    fn walls_hold(recipe in recipe()) {
        let mut ground = Ground::new(&recipe);
        let times = times(&ground.grow());
        // What can be walked to from any cell that an ignition touches.
        let mut open = vec![false; CELLS * CELLS];
        let touched = |at: &usize| ground.burns[*at] && ground.away_m(*at) <= 0.71 * CELL_M;
        let mut waiting: VecDeque<usize> = (0..CELLS * CELLS).filter(touched).collect();
        waiting.iter().for_each(|at| open[*at] = true);
        while let Some(at) = waiting.pop_front() {
            for near in ground.neighbours(at) {
                if !std::mem::replace(&mut open[near], true) {
                    waiting.push_back(near);
                }
            }
        }
        for (at, time_s) in times.iter().enumerate() {
            prop_assert!(open[at] || time_s.is_infinite(), "({}, {}) burns behind a wall", at / CELLS, at % CELLS);
        }
    }
}
