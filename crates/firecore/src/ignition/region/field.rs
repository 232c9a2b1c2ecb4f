//! The distance from the edge of closed ground on a lattice of samples, and its zero line as rings.
//!
//! Footprints widened by their gaps make the *reach*. Rolled along the outside of the reach's edge, a circle of the size of the gap sweeps
//! what is open; the rest of the reach is closed ground. Along footprints the line lies within a few metres of the true one at 375 m
//! pixels; where the circle rests on two of them, in a notch of the reach, up to half a step outside of it: a notch has
//! no sample in its tip.

use std::ops::Range;

use super::ring::{Holding, signed_area};
use super::{Footprint, POLL_EVERY, Place};

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

    /// Which of some rings of its zero line hold a place.
    pub(super) fn holding<'a>(&self, rings: &'a [Vec<Place>]) -> Holding<'a> {
        Holding::of(rings, self.south_west_m[1], self.step_m)
    }

    /// A place in steps east and north of the south-western sample.
    fn at(&self, place: Place) -> [f64; 2] {
        [0, 1].map(|axis| (place[axis] - self.south_west_m[axis]) / self.step_m)
    }

    /// Calls with each run of samples within a distance of a place: the run, how far its first sample lies east of the place, and
    /// how far all of it lies north, in steps.
    fn runs_within(&self, at: [f64; 2], radius: f64, mut visit: impl FnMut(Range<usize>, f32, f32)) {
        let first_row = (at[1] - radius).ceil().max(0.0) as usize;
        for row in first_row..((at[1] + radius).floor() as usize + 1).min(self.rows) {
            let north = row as f64 - at[1];
            let half = (radius * radius - north * north).max(0.0).sqrt();
            let first = (at[0] - half).ceil().max(0.0) as usize;
            let last = ((at[0] + half).floor() as usize + 1).min(self.cols);
            let start = row * self.cols;
            if first < last {
                visit(start + first..start + last, (first as f64 - at[0]) as f32, north as f32);
            }
        }
    }
}

/// Distance from the edge of closed ground at each sample, in steps; below 0 inside. Exact near the edge alone.
pub(super) struct Field {
    values: Vec<f32>,
}

impl Field {
    /// `None` where it was stopped.
    pub(super) fn of(
        lattice: &Lattice,
        footprints: &[Footprint],
        stopped: &dyn Fn() -> bool,
    ) -> Option<Self> {
        const FAR: f32 = 1e6;
        /// How far beyond a line its distance is told, steps.
        const BAND: f64 = 1.5;
        let count = lattice.rows * lattice.cols;
        // From the footprints; from the reach, whose nearest footprint's gap is the third.
        let (mut values, mut beyond, mut gaps) = (vec![FAR; count], vec![FAR; count], vec![0.0_f32; count]);
        for footprint in footprints {
            // A wide one covers the whole lattice.
            if stopped() {
                return None;
            }
            let radius = (footprint.radius_m / lattice.step_m).max(RADIUS_STEPS_MIN);
            let gap = footprint.gap_m / lattice.step_m;
            lattice.runs_within(lattice.at(footprint.middle_m), radius + gap + BAND, |run, east, north| {
                let samples =
                    values[run.clone()].iter_mut().zip(&mut beyond[run.clone()]).zip(&mut gaps[run]);
                widen(samples, east, north, radius as f32, gap as f32);
            });
        }
        let mut closed: Vec<f32> =
            beyond.iter().map(|beyond| if *beyond <= 0.0 { -BAND as f32 } else { FAR }).collect();
        for (number, sample) in outside(lattice, &beyond).into_iter().enumerate() {
            if number % POLL_EVERY == 0 && stopped() {
                return None;
            }
            let at = [(sample % lattice.cols) as f64, (sample / lattice.cols) as f64];
            let swept = beyond[sample] + gaps[sample];
            lattice.runs_within(at, f64::from(swept) + BAND, |run, east, north| {
                let samples = closed[run.clone()].iter_mut().zip(&beyond[run]).zip(0_u16..);
                for ((closed, beyond), col) in samples {
                    let east = east + f32::from(col);
                    let distance = (east * east + north * north).sqrt();
                    let raised = closed.max(swept - distance);
                    *closed = if *beyond <= 0.0 { raised } else { *closed };
                }
            });
        }
        values.iter_mut().zip(closed).for_each(|(value, closed)| *value = value.min(closed));
        Some(Self { values })
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

/// Lowers a run of samples to their distances from a footprint and from its reach.
///
/// Without branches, so that the compiler takes several samples at once.
fn widen<'a>(
    samples: impl Iterator<Item = ((&'a mut f32, &'a mut f32), &'a mut f32)>,
    east: f32,
    north: f32,
    radius: f32,
    gap: f32,
) {
    for (((value, beyond), of), col) in samples.zip(0_u16..) {
        let east = east + f32::from(col);
        let outside = (east * east + north * north).sqrt() - radius;
        let from_reach = outside - gap;
        // The wider gap where two are as near: the order does not matter.
        let is_nearer = (from_reach < *beyond) | ((from_reach == *beyond) & (gap > *of));
        *value = value.min(outside);
        *of = if is_nearer { gap } else { *of };
        *beyond = beyond.min(from_reach);
    }
}

/// Samples outside of the reach that have a neighbour in it. The lattice's outermost samples are none of them.
fn outside(lattice: &Lattice, beyond: &[f32]) -> Vec<usize> {
    let cols = lattice.cols;
    let mut found = Vec::new();
    for row in 1..lattice.rows - 1 {
        for sample in row * cols + 1..(row + 1) * cols - 1 {
            let near = |start: usize| beyond[start - 1..start + 2].iter().any(|beyond| *beyond <= 0.0);
            if beyond[sample] > 0.0 && (near(sample) || near(sample - cols) || near(sample + cols)) {
                found.push(sample);
            }
        }
    }
    found
}
