//! The front by another method: Huygens' principle, marched in time on a fine grid.
//!
//! A signed distance from the front, below zero on burned ground, is carried from one time to the next:
//! `d(x, t + dt) = min over v of d(x - v dt, t)`, v over the ellipse of what the fire can do at x in a second, taken at the middle of
//! the way, d by cubics over 4 x 4 cells. After each step d is made a distance again, each cell's from the nearest place of
//! the front, found by Newton's method on the same cubics (Chopp 2001). Arrival is where d passes zero. Shares nothing with
//! the solver: no arrival time is ever made from another, no cost of travel, no order of cells, no virtual source. It has
//! no queue and costs some thousand times more.
//!
//! Source: Barles and Falcone's semi-Lagrangian form of the Hamilton-Jacobi-Bellman equation.

use std::f64::consts::TAU;

use firecore::spread::ellipse::Ellipse;

use super::cases::exact::{Point, Spell};

/// Cells around the front within which distances are kept.
const BAND: f64 = 10.0;

/// Cells around the front within which distances are made exact.
const EXACT: f64 = 5.0;

/// Cells behind and ahead of the front that are moved: what a stride and the cubics around it need.
const BEHIND: f64 = 2.5;
const AHEAD: f64 = 2.5;

/// Directions that are tried besides the one that the slope of the distance points out.
const DIRECTIONS: usize = 16;

/// A move below this, in cells, is a straight one along the normal where the front has no kink.
const SMALL_MOVE: f64 = 0.1;

/// The march: a square of `cells` x `cells`, x east from column 0, y north from row 0.
pub(crate) struct March<'a> {
    pub(crate) cells: usize,
    pub(crate) cell_m: f64,
    /// What the fire can do at a place and time.
    pub(crate) spell: &'a dyn Fn(f64, Point) -> Spell,
    distance_m: Vec<f64>,
    /// Infinite: not reached.
    pub(crate) arrival_s: Vec<f64>,
    now_s: f64,
}

impl<'a> March<'a> {
    /// `outside_m`: how far a place lies from the start, below zero inside.
    pub(crate) fn new(
        cells: usize,
        cell_m: f64,
        spell: &'a dyn Fn(f64, Point) -> Spell,
        outside_m: impl Fn(Point) -> f64,
    ) -> Self {
        let mut march = Self {
            cells,
            cell_m,
            spell,
            distance_m: vec![0.0; cells * cells],
            arrival_s: vec![f64::INFINITY; cells * cells],
            now_s: 0.0,
        };
        for at in 0..cells * cells {
            let outside_m = outside_m(march.centre(at));
            march.distance_m[at] = outside_m.clamp(-BAND * cell_m, BAND * cell_m);
            if outside_m <= 0.0 {
                march.arrival_s[at] = 0.0;
            }
        }
        march
    }

    fn centre(&self, at: usize) -> Point {
        [(at % self.cells) as f64 + 0.5, (at / self.cells) as f64 + 0.5].map(|cells| cells * self.cell_m)
    }

    /// Marches to a time, `stride` cells a step at most where the front is fastest.
    pub(crate) fn to(&mut self, end_s: f64, stride: f64) {
        while self.now_s < end_s {
            let near: Vec<usize> = (0..self.distance_m.len())
                .filter(|at| {
                    let cells = self.distance_m[*at] / self.cell_m;
                    cells > -BEHIND && cells < AHEAD + stride
                })
                .collect();
            let winds: Vec<Spell> =
                near.iter().map(|at| (self.spell)(self.now_s, self.centre(*at))).collect();
            let rate = |spell: &Spell| spell.ellipse.heading_rate_of_spread_m_s;
            let fastest_m_s = winds.iter().map(rate).fold(0.0, f64::max);
            let left_s = end_s - self.now_s;
            let steps = (left_s * fastest_m_s / (stride * self.cell_m)).ceil().max(1.0);
            self.step(&near, &winds, left_s / steps);
        }
    }

    fn step(&mut self, near: &[usize], winds: &[Spell], dt_s: f64) {
        let moved: Vec<f64> = near
            .iter()
            .zip(winds)
            .map(|(at, spell)| self.least_distance_m(self.centre(*at), spell, dt_s))
            .collect();
        for (at, moved_m) in near.iter().zip(moved) {
            let before_m = self.distance_m[*at];
            if before_m > 0.0 && moved_m <= 0.0 {
                self.arrival_s[*at] = self.now_s + dt_s * before_m / (before_m - moved_m);
            }
            self.distance_m[*at] = moved_m.min(before_m);
        }
        self.now_s += dt_s;
        self.measure_anew();
    }

    /// The least distance over the places that the fire can come from.
    fn least_distance_m(&self, at: Point, spell: &Spell, dt_s: f64) -> f64 {
        let (here_m, slope) = self.distance_and_slope(at);
        let steepness = slope[0].hypot(slope[1]);
        let normal = slope.map(|part| part / steepness.max(1e-9));
        let ahead = normal[0] * spell.toward[0] + normal[1] * spell.toward[1];
        let small_m = SMALL_MOVE * self.cell_m;
        if dt_s * spell.ellipse.heading_rate_of_spread_m_s < small_m && (steepness - 1.0).abs() < 0.05 {
            return here_m - dt_s * spell.ellipse.normal_rate_of_spread_m_s(ahead) * steepness;
        }
        let from = |velocity: Point, dt_s: f64| [at[0] - dt_s * velocity[0], at[1] - dt_s * velocity[1]];
        let coarse = |turn: f64| self.distance_and_slope(from(velocity_m_s(spell, turn), dt_s)).0;
        let across = normal[1] * spell.toward[0] - normal[0] * spell.toward[1];
        let guided = across.atan2(ahead * spell.ellipse.length_to_width);
        let turns = (0..DIRECTIONS).map(|index| TAU * index as f64 / DIRECTIONS as f64);
        let (_, best) = turns
            .chain([guided])
            .map(|turn| (coarse(turn), turn))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .expect("there are directions");
        let fine = |turn: f64| {
            let middle = from(velocity_m_s(spell, turn), 0.5 * dt_s);
            let there = (self.spell)(self.now_s, middle);
            self.distance_and_slope(from(velocity_m_s(&there, turn), dt_s)).0
        };
        // The parabola through the best direction and those beside it.
        let step = if best == guided { 0.1 } else { TAU / (2.0 * DIRECTIONS as f64) };
        let [before, there, after] = [-step, 0.0, step].map(|aside| fine(best + aside));
        let bend = before - 2.0 * there + after;
        let shift = if bend > 0.0 { (0.5 * (before - after) / bend).clamp(-1.0, 1.0) } else { 0.0 };
        fine(best + shift * step).min(there).min(before).min(after)
    }

    /// Distance at any place and its slope, by cubics.
    fn distance_and_slope(&self, place: Point) -> (f64, Point) {
        let [x, y] = place.map(|part| (part / self.cell_m - 0.5).clamp(1.0, self.cells as f64 - 2.001));
        let (col, row) = (x as usize, y as usize);
        let (across, down) = (cubic(x - col as f64), cubic(y - row as f64));
        let (mut value, mut slope) = (0.0, [0.0; 2]);
        for (step, (weight, rise)) in down.into_iter().enumerate() {
            let first = (row + step - 1) * self.cells + col - 1;
            let cells = &self.distance_m[first..first + 4];
            let line: f64 = cells.iter().zip(&across).map(|(cell, part)| cell * part.0).sum();
            let line_rise: f64 = cells.iter().zip(&across).map(|(cell, part)| cell * part.1).sum();
            value += weight * line;
            slope[0] += weight * line_rise / self.cell_m;
            slope[1] += rise * line / self.cell_m;
        }
        (value, slope)
    }

    /// Makes the distances around the front distances again.
    fn measure_anew(&mut self) {
        let nearest = self.nearest_crossings();
        let far_m = BAND * self.cell_m;
        let anew: Vec<(usize, f64)> = nearest
            .iter()
            .map(|(at, (crossing, away_m))| {
                let exact_m = if *away_m < (EXACT + 2.0) * self.cell_m {
                    self.away_from_front_m(self.centre(*at), *crossing).filter(|m| *m < away_m * 1.01)
                } else {
                    None
                };
                (*at, exact_m.unwrap_or(*away_m))
            })
            .collect();
        for distance_m in &mut self.distance_m {
            if distance_m.abs() < far_m {
                *distance_m = far_m.copysign(*distance_m);
            }
        }
        for (at, away_m) in anew {
            self.distance_m[at] = away_m.copysign(self.distance_m[at]);
        }
    }

    /// Distance from the nearest place of the front, found from a place close to it.
    fn away_from_front_m(&self, from: Point, near: Point) -> Option<f64> {
        let mut at = near;
        for _ in 0..8 {
            let (value_m, slope) = self.distance_and_slope(at);
            let square = slope[0] * slope[0] + slope[1] * slope[1];
            if square < 0.01 {
                return None;
            }
            // To the front along its normal, and along the front to where the way to `from` is square to it.
            let way = [from[0] - at[0], from[1] - at[1]];
            let share = (way[0] * slope[0] + way[1] * slope[1]) / square;
            let aside = [way[0] - share * slope[0], way[1] - share * slope[1]];
            let step = [0, 1].map(|axis| 0.7 * aside[axis] - value_m * slope[axis] / square);
            let length_m = step[0].hypot(step[1]);
            let held = (0.5 * self.cell_m / length_m).min(1.0);
            at = [at[0] + held * step[0], at[1] + held * step[1]];
            if length_m < 1e-3 * self.cell_m {
                break;
            }
        }
        let (value_m, _) = self.distance_and_slope(at);
        (value_m.abs() < 0.01 * self.cell_m).then(|| (from[0] - at[0]).hypot(from[1] - at[1]))
    }

    /// For each cell of the band the nearest place where the front crosses a line between two centres, and how far it is.
    fn nearest_crossings(&self) -> Vec<(usize, (Point, f64))> {
        let reach = BAND as i64;
        let mut nearest: Vec<Option<(Point, f64)>> = vec![None; self.distance_m.len()];
        let mut touched = Vec::new();
        for row in 2..self.cells - 3 {
            for col in 2..self.cells - 3 {
                let at = row * self.cells + col;
                for (other, step) in [(at + 1, [1.0, 0.0]), (at + self.cells, [0.0, 1.0])] {
                    let (here_m, there_m) = (self.distance_m[at], self.distance_m[other]);
                    if (here_m <= 0.0) == (there_m <= 0.0) {
                        continue;
                    }
                    let share = here_m / (here_m - there_m) * self.cell_m;
                    let centre = self.centre(at);
                    let crossing = [centre[0] + share * step[0], centre[1] + share * step[1]];
                    for down in -reach..=reach {
                        for right in -reach..=reach {
                            let (row, col) = (row as i64 + down, col as i64 + right);
                            if row < 0 || col < 0 || row.max(col) >= self.cells as i64 {
                                continue;
                            }
                            let cell = row as usize * self.cells + col as usize;
                            let place = self.centre(cell);
                            let away_m = (place[0] - crossing[0]).hypot(place[1] - crossing[1]);
                            if nearest[cell].is_none() {
                                touched.push(cell);
                            }
                            if away_m < BAND * self.cell_m && nearest[cell].is_none_or(|best| away_m < best.1)
                            {
                                nearest[cell] = Some((crossing, away_m));
                            }
                        }
                    }
                }
            }
        }
        touched.sort_unstable();
        touched.dedup();
        touched.into_iter().filter_map(|at| Some((at, nearest[at]?))).collect()
    }
}

/// A point of the ellipse, by its eccentric angle from the head.
fn velocity_m_s(spell: &Spell, turn: f64) -> Point {
    let Ellipse { heading_rate_of_spread_m_s, length_to_width, eccentricity } = spell.ellipse;
    let half_m_s = 0.5 * (heading_rate_of_spread_m_s + spell.ellipse.backing_rate_of_spread_m_s());
    let (sin, cos) = turn.sin_cos();
    let (ahead, aside) = (half_m_s * (eccentricity + cos), half_m_s / length_to_width * sin);
    let [east, north] = spell.toward;
    [ahead * east - aside * north, ahead * north + aside * east]
}

/// Lagrange's weights of four centres and their slopes.
fn cubic(x: f64) -> [(f64, f64); 4] {
    [
        (-x * (x - 1.0) * (x - 2.0) / 6.0, -(3.0 * x * x - 6.0 * x + 2.0) / 6.0),
        ((x + 1.0) * (x - 1.0) * (x - 2.0) / 2.0, (3.0 * x * x - 4.0 * x - 1.0) / 2.0),
        (-(x + 1.0) * x * (x - 2.0) / 2.0, -(3.0 * x * x - 2.0 * x - 2.0) / 2.0),
        ((x + 1.0) * x * (x - 1.0) / 6.0, (3.0 * x * x - 1.0) / 6.0),
    ]
}
