//! Fires that embers set, on uniform ground with scripted embers.

use crate::grid::GridShape;
use crate::spread::StopToken;
use crate::spread::front::{
    Burned, Disc, Growth, Ignition, Medium, Outline, SpotFire, Start, TravelCost, grow,
};

const CELLS: usize = 101;
const CELL_M: f64 = 30.0;

/// Ground that a circle or an ellipse toward the east grows over at 0.5 m/s, 60 s a cell, with a wall that does not burn; one cell throws an ember.
struct Embers {
    eccentricity: f64,
    wall: fn(usize, usize) -> bool,
    from: (usize, usize),
    to: (usize, usize),
    after_s: f32,
    asked: Vec<Burned>,
}

impl Medium for Embers {
    fn cost(&mut self, _: usize, _: usize, _: usize) -> TravelCost {
        TravelCost::of_ellipse(0.5, self.eccentricity, [1.0, 0.0], 1000.0)
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        !(self.wall)(row, col)
    }

    fn throws_embers(&self) -> bool {
        true
    }

    fn embers(&mut self, _: usize, burned: &Burned, from_s: f32, fires: &mut Vec<SpotFire>) {
        self.asked.push(*burned);
        assert!(from_s >= burned.arrival_s, "an ember sets no fire in the span in which it rose");
        if (burned.row, burned.col) == self.from {
            let begins_s = from_s.max(burned.arrival_s + self.after_s);
            fires.push(SpotFire { row: self.to.0, col: self.to.1, begins_s });
        }
    }
}

fn embers(to: (usize, usize), after_s: f32) -> Embers {
    Embers { eccentricity: 0.0, wall: |_, col| col == 60, from: (50, 59), to, after_s, asked: vec![] }
}

fn run(medium: &mut Embers, changes_s: &[f32], horizon_s: f32) -> Growth {
    let shape = GridShape {
        rows: CELLS,
        cols: CELLS,
        cell_size_m: CELL_M,
        west_m: 0.0,
        north_m: CELLS as f64 * CELL_M,
    };
    let middle_m = CELLS as f64 / 2.0 * CELL_M;
    let point = Outline::Disc(Disc { east_m: middle_m, south_m: middle_m, radius_m: 0.0 });
    let burning = [Ignition { outline: point, begins_s: 0.0 }];
    let start = Start { burning: &burning, burned: &[], changes_s, horizon_s };
    grow(&shape, medium, &start, &StopToken::default()).expect("nothing stops it")
}

fn arrival_s(growth: &Growth, row: usize, col: usize) -> f32 {
    let inside = row.checked_sub(growth.origin.0).zip(col.checked_sub(growth.origin.1));
    match inside {
        Some((row, col)) if row < growth.size.0 && col < growth.size.1 => {
            growth.arrival_s[row * growth.size.1 + col]
        }
        _ => f32::INFINITY,
    }
}

#[test]
fn an_ember_carries_the_fire_over_a_wall() {
    let mut medium = embers((50, 65), 100.0);
    let growth = run(&mut medium, &[], 1500.0);
    assert_eq!(growth.spot_fires, 1);
    // The thrower burns after 9 cells of 60 s; the ember sets its fire 100 s later, which grows from there as a circle.
    let begins_s = 9.0 * 60.0 + 100.0;
    assert!((arrival_s(&growth, 50, 65) - begins_s).abs() < 1.0);
    for (row, col, cells) in [(50, 69, 4.0), (54, 65, 4.0), (53, 69, 5.0), (44, 73, 10.0)] {
        let (found_s, expected_s) = (arrival_s(&growth, row, col), begins_s + 60.0 * cells);
        assert!((found_s / expected_s - 1.0).abs() < 0.005, "({row}, {col}): {found_s} s, {expected_s} s");
    }
    let without = run(&mut embers((50, 60), 100.0), &[], 1500.0);
    assert_eq!(without.spot_fires, 0, "an ember on ground that cannot burn goes out");
    assert!(arrival_s(&without, 50, 62).is_infinite());
}

#[test]
fn an_ember_behind_the_front_goes_out() {
    let growth = run(&mut embers((50, 55), 0.0), &[], 1500.0);
    assert_eq!(growth.spot_fires, 0);
}

#[test]
fn a_change_of_weather_leaves_a_fire_to_come_where_and_when_it_is() {
    for changes_s in [&[][..], &[570.0], &[600.0, 630.0], &[700.0, 900.0]] {
        let growth = run(&mut embers((50, 65), 200.0), changes_s, 1500.0);
        assert!((arrival_s(&growth, 50, 65) - 740.0).abs() < 1.0, "{changes_s:?}");
        let beyond_s = arrival_s(&growth, 50, 75);
        assert!((beyond_s - 1340.0).abs() < 10.0, "{changes_s:?}: {beyond_s} s");
    }
}

#[test]
fn every_burned_cell_is_told_once() {
    let mut medium = embers((50, 65), 100.0);
    let growth = run(&mut medium, &[400.0, 800.0], 1190.0);
    let mut told: Vec<_> = medium.asked.iter().map(|burned| (burned.row, burned.col)).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), medium.asked.len(), "no cell is told twice");
    assert_eq!(told.len(), growth.burned_cells);
    for burned in &medium.asked {
        let settled_s = arrival_s(&growth, burned.row, burned.col);
        assert!(
            (burned.arrival_s - settled_s).abs() < 1.0,
            "told {} s, settled {settled_s} s",
            burned.arrival_s
        );
    }
}

/// Length-to-width 3: worst just off the axis. In still air it is half a percent.
#[test]
fn a_fire_from_an_ember_grows_as_an_ellipse_in_wind() {
    let eccentricity = (1.0_f64 - 1.0 / 9.0).sqrt();
    let mut medium = Embers { eccentricity, ..embers((50, 65), 100.0) };
    let growth = run(&mut medium, &[], 3000.0);
    let begins_s = arrival_s(&growth, 50, 65);
    for (row, col) in [(50, 85), (47, 85), (53, 80), (55, 75), (45, 70)] {
        let (east, north) = (f64::from(col) - 65.0, 50.0 - f64::from(row));
        let exact_s = 60.0 * (east.hypot(north) - eccentricity * east) / (1.0 - eccentricity);
        let found_s = f64::from(arrival_s(&growth, row as usize, col as usize) - begins_s);
        assert!((found_s / exact_s - 1.0).abs() < 0.11, "({row}, {col}): {found_s} s, {exact_s} s");
    }
}
