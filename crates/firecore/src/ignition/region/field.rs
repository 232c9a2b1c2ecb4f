//! The distance from the edge of closed ground on a lattice of samples, and its zero line as rings.
//!
//! Footprints widened by their gaps make the *reach*. Rolled along the outside of the reach's edge, a circle of the size of the gap sweeps
//! what is open; the rest of the reach is closed ground. Along footprints the line lies within a few metres of the true one at 375 m
//! pixels; where the circle rests on two of them, in a notch of the reach, up to half a step outside of it: a notch has
//! no sample in its tip.

use super::{Footprint, Place, signed_area};

/// Samples for each footprint at most: closed ground of scattered footprints of 375 m needs some 60.
const SAMPLES_EACH: usize = 512;

/// Samples that any group may have: two footprints of very different sizes.
const SAMPLES_MIN: usize = 1 << 14;

/// Samples that no group exceeds: 100 MB.
const SAMPLES_MAX: usize = 1 << 23;

/// Samples across the smallest footprint's radius, where there may be so many.
const SAMPLES_A_RADIUS: f64 = 4.0;

/// A footprint smaller than this, in steps, is taken to be as large: then the samples around its middle lie inside.
const RADIUS_STEPS_MIN: f64 = 1.5;

/// Line and sample keep this share of a step apart, so that no two places of rings are the same.
const CLEARANCE: f32 = 0.1;

/// Where the samples lie.
pub(super) struct Lattice {
    south_west_m: Place,
    step_m: f64,
    rows: usize,
    cols: usize,
}

impl Lattice {
    /// A lattice around a group's reach.
    pub(super) fn around(footprints: &[Footprint]) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        let mut radius_m = f64::INFINITY;
        for footprint in footprints {
            let reach_m = footprint.radius_m + footprint.gap_m;
            radius_m = radius_m.min(footprint.radius_m);
            for axis in 0..2 {
                low[axis] = low[axis].min(footprint.middle_m[axis] - reach_m);
                high[axis] = high[axis].max(footprint.middle_m[axis] + reach_m);
            }
        }
        let samples = (SAMPLES_EACH * footprints.len()).clamp(SAMPLES_MIN, SAMPLES_MAX);
        let area_m2 = (high[0] - low[0]) * (high[1] - low[1]);
        let step_m = (radius_m / SAMPLES_A_RADIUS).max((area_m2 / samples as f64).sqrt()).max(1.0);
        // Beyond the reach, for its smallest radius in steps and for the samples outside of it.
        let margin_m = (RADIUS_STEPS_MIN + 2.0) * step_m;
        let count = |axis: usize| ((high[axis] - low[axis] + 2.0 * margin_m) / step_m).ceil() as usize + 1;
        Self { south_west_m: [low[0] - margin_m, low[1] - margin_m], step_m, rows: count(1), cols: count(0) }
    }

    /// Calls with each sample within a distance of a place, and how far it is, in steps.
    fn within(&self, at: [f64; 2], radius: f64, mut visit: impl FnMut(usize, f32)) {
        let span = |axis: usize, count: usize| {
            let first = (at[axis] - radius).ceil().max(0.0) as usize;
            first..((at[axis] + radius).floor() as usize + 1).min(count)
        };
        for row in span(1, self.rows) {
            let north = row as f64 - at[1];
            let half = (radius * radius - north * north).max(0.0).sqrt();
            let first = (at[0] - half).ceil().max(0.0) as usize;
            let last = ((at[0] + half).floor() as usize + 1).min(self.cols);
            for col in first..last {
                let east = col as f64 - at[0];
                visit(row * self.cols + col, (east * east + north * north).sqrt() as f32);
            }
        }
    }
}

/// Distance from the edge of closed ground at each sample, in steps; below 0 inside. Exact near the edge alone.
pub(super) struct Field {
    values: Vec<f32>,
}

impl Field {
    pub(super) fn of(lattice: &Lattice, footprints: &[Footprint]) -> Self {
        const FAR: f32 = 1e6;
        /// How far beyond a line its distance is told, steps.
        const BAND: f64 = 1.5;
        let count = lattice.rows * lattice.cols;
        let mut values = vec![FAR; count];
        let mut reach = vec![(FAR, 0.0_f32); count];
        for footprint in footprints {
            let at =
                [0, 1].map(|axis| (footprint.middle_m[axis] - lattice.south_west_m[axis]) / lattice.step_m);
            let radius = (footprint.radius_m / lattice.step_m).max(RADIUS_STEPS_MIN);
            let gap = footprint.gap_m / lattice.step_m;
            let (radius_f32, gap_f32) = (radius as f32, gap as f32);
            lattice.within(at, radius + gap + BAND, |sample, distance| {
                let outside = distance - radius_f32;
                values[sample] = values[sample].min(outside);
                let (nearest, of) = &mut reach[sample];
                let beyond = outside - gap_f32;
                // The wider gap where two are as near: the order does not matter.
                if beyond < *nearest || (beyond == *nearest && gap_f32 > *of) {
                    (*nearest, *of) = (beyond, gap_f32);
                }
            });
        }
        let mut closed: Vec<f32> =
            reach.iter().map(|(beyond, _)| if *beyond <= 0.0 { -BAND as f32 } else { FAR }).collect();
        for row in 1..lattice.rows - 1 {
            for col in 1..lattice.cols - 1 {
                let sample = row * lattice.cols + col;
                let (beyond, gap) = reach[sample];
                let neighbours = [
                    sample - lattice.cols - 1,
                    sample - lattice.cols,
                    sample - lattice.cols + 1,
                    sample - 1,
                    sample + 1,
                    sample + lattice.cols - 1,
                    sample + lattice.cols,
                    sample + lattice.cols + 1,
                ];
                if beyond <= 0.0 || !neighbours.iter().any(|other| reach[*other].0 <= 0.0) {
                    continue;
                }
                let swept = beyond + gap;
                lattice.within([col as f64, row as f64], f64::from(swept) + BAND, |other, distance| {
                    if reach[other].0 <= 0.0 {
                        closed[other] = closed[other].max(swept - distance);
                    }
                });
            }
        }
        values.iter_mut().zip(closed).for_each(|(value, closed)| *value = value.min(closed));
        Self { values }
    }

    /// The ground that another field of the same lattice leaves of it: where the two meet their lines are one.
    pub(super) fn without(mut self, other: &Self) -> Self {
        self.values.iter_mut().zip(&other.values).for_each(|(value, other)| *value = value.max(-other));
        self
    }

    /// The zero line: closed ground lies left of every ring. Rings neither cross nor touch each other or themselves.
    pub(super) fn rings(&self, lattice: &Lattice) -> Vec<Vec<Place>> {
        let mut steps = self.steps(lattice);
        steps.sort_unstable();
        let mut taken = vec![false; steps.len()];
        let mut rings = Vec::new();
        for first in 0..steps.len() {
            if taken[first] {
                continue;
            }
            let (mut ring, mut at) = (Vec::new(), first);
            while !std::mem::replace(&mut taken[at], true) {
                ring.push(self.place(lattice, steps[at].0));
                at = steps
                    .binary_search_by_key(&steps[at].1, |step| step.0)
                    .expect("BUG: the line goes on from every edge that it comes to");
            }
            if signed_area(&ring) != 0.0 {
                rings.push(ring);
            }
        }
        rings
    }

    /// Every way of the line through a square, as the edges that it comes from and goes to: twice the sample at the edge's south or west,
    /// and one more where the edge runs north.
    fn steps(&self, lattice: &Lattice) -> Vec<(u32, u32)> {
        let cols = lattice.cols;
        let mut steps = Vec::new();
        for row in 0..lattice.rows - 1 {
            for col in 0..cols - 1 {
                let south_west = row * cols + col;
                // Counter-clockwise from the south-west, and the edge that follows each.
                let corners = [south_west, south_west + 1, south_west + cols + 1, south_west + cols];
                let inside = corners.map(|sample| self.values[sample] < 0.0);
                let count = inside.iter().filter(|inside| **inside).count();
                if count == 0 || count == 4 {
                    continue;
                }
                let edge = |at: usize| {
                    let south_west = south_west as u32;
                    let cols = cols as u32;
                    [2 * south_west, 2 * (south_west + 1) + 1, 2 * (south_west + cols), 2 * south_west + 1]
                        [at % 4]
                };
                let middle: f32 = corners.iter().map(|sample| self.values[*sample]).sum();
                let is_joined = inside[0] == inside[2] && inside[1] == inside[3] && middle < 0.0;
                for at in 0..4 {
                    let before = |by: usize| inside[(at + 4 - by) % 4];
                    if is_joined && !inside[at] {
                        steps.push((edge(at + 3), edge(at)));
                    } else if !is_joined && inside[at] && !inside[(at + 1) % 4] {
                        // The last of a run of one to three corners inside.
                        let more = (1..3).take_while(|by| before(*by)).count();
                        steps.push((edge(at), edge(at + 3 - more)));
                    }
                }
            }
        }
        steps
    }

    /// Where the line crosses an edge.
    fn place(&self, lattice: &Lattice, edge: u32) -> Place {
        let (sample, is_north) = (edge as usize / 2, edge % 2 == 1);
        let other = if is_north { sample + lattice.cols } else { sample + 1 };
        let (a, b) = (self.values[sample], self.values[other]);
        let share = f64::from((a / (a - b)).clamp(CLEARANCE, 1.0 - CLEARANCE));
        let (row, col) = ((sample / lattice.cols) as f64, (sample % lattice.cols) as f64);
        let (east, north) = if is_north { (col, row + share) } else { (col + share, row) };
        [lattice.south_west_m[0] + east * lattice.step_m, lattice.south_west_m[1] + north * lattice.step_m]
    }
}
