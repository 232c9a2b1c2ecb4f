//! Moves the fire front over the grid.
//!
//! The travel cost of a displacement `v` in a cell is `a |v| + w.v`: the ellipse with the ignition at its rear focus,
//! written as an isotropic cost with a drift. The arrival time at a cell is the least over the eight edges of its ring
//! of neighbours of *time on the edge + cost from there*, with the time linear along the edge: the two-point update.
//! It is exact for a plane front at any angle, where a plain graph search over 8 or 16 directions is not. Each cell also
//! carries the vector from its *virtual source*, the point that the fire seems to come from; where both ends of an edge
//! agree on it, the edge is taken as part of a circle around it, which makes the fire from a point exact too.
//! Costs are averaged between the cell and the neighbour that the fire comes from.
//!
//! Cells settle in order of time by a bucket queue. An ellipse is not causal on a ring of eight (a cell may need a
//! neighbour that burns later than itself), so a settled cell may be lowered again and is then visited again.
//!
//! When the weather changes, the front stays where it is and the way that is left to each cell next to it is timed anew.
//!
//! Where the medium throws embers, the front tells it minute by minute what burned, and lets the cells that it names burn
//! from the time that it names: new fires, each from a point.
//!
//! What it does not do: ground outside the grid; the slow growth of a fire just begun.

use super::{StopToken, Stopped};
use crate::grid::GridShape;

mod edge;
mod ignite;
mod solver;
mod spot;
mod weather_change;

#[cfg(test)]
mod tests;

/// Cost of travelling through a cell: `slowness_s_m |v| + drift . v`, in seconds for metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TravelCost {
    /// Slowness of the isotropic part, s/m.
    pub slowness_s_m: f32,
    /// Drift, eastward component, s/m; shorter than the slowness.
    pub drift_east_s_m: f32,
    /// Drift, northward component, s/m.
    pub drift_north_s_m: f32,
    /// Heat per unit area, kJ/m2: with the front's normal speed it gives the fireline intensity.
    pub heat_per_unit_area_kj_m2: f32,
}

impl TravelCost {
    /// The cost of an ellipse from its heading rate, eccentricity and heading direction (a unit vector east, north).
    ///
    /// A rate below [`RATE_OF_SPREAD_MIN_M_S`] counts as that rate in every direction: a front that stands.
    pub fn of_ellipse(
        heading_m_s: f64,
        eccentricity: f64,
        toward: [f64; 2],
        heat_per_unit_area_kj_m2: f64,
    ) -> Self {
        let spreads = heading_m_s > RATE_OF_SPREAD_MIN_M_S;
        let (rate, eccentricity) =
            if spreads { (heading_m_s, eccentricity) } else { (RATE_OF_SPREAD_MIN_M_S, 0.0) };
        let slowness = 1.0 / (rate * (1.0 - eccentricity));
        Self {
            slowness_s_m: slowness as f32,
            drift_east_s_m: (-eccentricity * slowness * toward[0]) as f32,
            drift_north_s_m: (-eccentricity * slowness * toward[1]) as f32,
            heat_per_unit_area_kj_m2: heat_per_unit_area_kj_m2 as f32,
        }
    }

    /// The cost of a front that stands.
    pub(super) fn standing(heat_per_unit_area_kj_m2: f32) -> Self {
        Self {
            slowness_s_m: (1.0 / RATE_OF_SPREAD_MIN_M_S) as f32,
            drift_east_s_m: 0.0,
            drift_north_s_m: 0.0,
            heat_per_unit_area_kj_m2,
        }
    }

    /// Seconds to travel a displacement of `east`, `north` metres.
    pub fn seconds(&self, [east, north]: [f32; 2]) -> f32 {
        self.slowness_s_m * (east * east + north * north).sqrt() + self.drift_seconds([east, north])
    }

    /// Seconds that the head takes for a distance.
    fn head_seconds(&self, distance_m: f32) -> f32 {
        let drift_s_m =
            self.drift_east_s_m * self.drift_east_s_m + self.drift_north_s_m * self.drift_north_s_m;
        (self.slowness_s_m - drift_s_m.sqrt()) * distance_m
    }

    /// Rate of spread of the head, m/s.
    pub fn head_m_s(&self) -> f32 {
        1.0 / self.head_seconds(1.0)
    }

    /// The drift's part of [`Self::seconds`].
    pub(super) fn drift_seconds(&self, [east, north]: [f32; 2]) -> f32 {
        self.drift_east_s_m * east + self.drift_north_s_m * north
    }

    /// Speed along its normal of a front that the fire reaches along a ray of this direction, m/s; 0 without a ray.
    pub fn normal_speed_m_s(&self, [east, north]: [f32; 2]) -> f32 {
        let length = (east * east + north * north).sqrt();
        if length == 0.0 {
            return 0.0;
        }
        let gradient_east = self.drift_east_s_m + self.slowness_s_m * east / length;
        let gradient_north = self.drift_north_s_m + self.slowness_s_m * north / length;
        1.0 / (gradient_east * gradient_east + gradient_north * gradient_north).sqrt()
    }

    /// The cost of a way that lies half in this cell and half in the other.
    fn mean(&self, other: &Self) -> Self {
        Self {
            slowness_s_m: 0.5 * (self.slowness_s_m + other.slowness_s_m),
            drift_east_s_m: 0.5 * (self.drift_east_s_m + other.drift_east_s_m),
            drift_north_s_m: 0.5 * (self.drift_north_s_m + other.drift_north_s_m),
            heat_per_unit_area_kj_m2: self.heat_per_unit_area_kj_m2,
        }
    }
}

/// The slowest front that is told from none, m/s: 9 mm a day. Keeps every cost finite, so that a front that stands at
/// night keeps its place and goes on in the morning.
pub const RATE_OF_SPREAD_MIN_M_S: f64 = 1e-7;

/// What the front moves through: costs by cell and weather step.
pub trait Medium {
    /// Cost in a cell during a weather step; asked for burnable cells only.
    fn cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost;

    /// Whether the cell can burn at all.
    fn burnable(&self, row: usize, col: usize) -> bool;

    /// Whether [`Self::embers`] is to be asked at all.
    fn throws_embers(&self) -> bool {
        false
    }

    /// Fires that the embers of a cell set, which burned during a weather step: none of them before `from_s`.
    fn embers(&mut self, _step: usize, _burned: &Burned, _from_s: f32, _fires: &mut Vec<SpotFire>) {}
}

/// A cell that the front has just passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burned {
    /// Row of the grid.
    pub row: usize,
    /// Column of the grid.
    pub col: usize,
    /// Seconds after the start.
    pub arrival_s: f32,
    /// Fireline intensity on arrival, kW/m; 0 in a cell that a fire began in.
    pub fireline_intensity_kw_m: f32,
    /// Heat released per unit area, kJ/m2.
    pub heat_per_unit_area_kj_m2: f32,
}

/// A fire that an ember sets in the middle of a cell, which may lie outside the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpotFire {
    /// Row of the grid.
    pub row: usize,
    /// Column of the grid.
    pub col: usize,
    /// Seconds after the start at which it begins to spread.
    pub begins_s: f32,
}

/// How often the medium is told what burned, s: no ember sets a fire within the minute in which it rose. A whole number of
/// the queue's buckets. Source: our choice; the flight of an ember over 300 m in a wind of 10 m/s takes half of it, and
/// what it lands in has to catch fire.
pub const EMBER_SPAN_S: f32 = 60.0;

/// A disc that burns when the simulation starts, in metres from the grid's north-western corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disc {
    /// Metres east of the western edge.
    pub east_m: f64,
    /// Metres south of the northern edge.
    pub south_m: f64,
    /// Radius, m.
    pub radius_m: f64,
}

/// What a simulation starts from and how long it runs.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Discs that burn and spread fire.
    pub burning: &'a [Disc],
    /// Discs that burned earlier and neither spread fire nor burn again.
    pub burned: &'a [Disc],
    /// Seconds after the start at which weather step `k` gives way to step `k + 1`, rising; values up to 0 lie in the past.
    pub changes_s: &'a [f32],
    /// Seconds to simulate.
    pub horizon_s: f32,
}

/// What became of the front, for the cells that it came near; every vector is row-major over the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// First row and first column of the window within the grid.
    pub origin: (usize, usize),
    /// Rows and columns of the window.
    pub size: (usize, usize),
    /// Seconds after the start; infinity: not reached. Above the horizon: not burned, but next to the front.
    pub arrival_s: Vec<f32>,
    /// Fireline intensity on arrival, kW/m; 0 where nothing arrived.
    pub fireline_intensity_kw_m: Vec<f32>,
    /// Cells that burned within the horizon, the start's included.
    pub burned_cells: usize,
    /// Cells that burned at the start.
    pub started_cells: usize,
    /// Fires that embers set in cells that the front had not reached.
    pub spot_fires: usize,
    /// A cell of the grid's outermost ring burned.
    pub edge_reached: bool,
}

/// Moves the front from the start to the horizon.
///
/// **Errors**: [`Stopped`] when the token was set; it is polled once in 4096 visits.
pub fn grow<M: Medium>(
    shape: &GridShape,
    medium: &mut M,
    start: &Start<'_>,
    stop: &StopToken,
) -> Result<Growth, Stopped> {
    let first_step = start.changes_s.iter().filter(|change| **change <= 0.0).count();
    let ends = start.changes_s.iter().copied().filter(|change| *change > 0.0 && *change < start.horizon_s);
    let mut front = solver::Front::new(shape, medium, stop);
    let mut begin_s = 0.0;
    for (step, end_s) in (first_step..).zip(ends.chain([start.horizon_s])) {
        front.open_step(step, begin_s, end_s);
        if step == first_step {
            front.ignite(start);
        } else {
            front.change_weather();
        }
        if front.medium.throws_embers() {
            front.advance_with_embers()?;
        } else {
            front.advance()?;
        }
        begin_s = end_s;
    }
    Ok(front.finish(start))
}
