//! Moves the fire front over the grid.
//!
//! The travel cost of a displacement `v` in a cell is `a |v| + w.v`, the length measured along the slope: the ellipse with the
//! ignition at its rear focus, written as an isotropic cost with a drift. Each cell that the front comes to carries its
//! arrival time and its *ray*, the vector from the point that the fire seems to come from (its virtual source). From
//! there the time of a neighbour is exact where the medium is even, at any length-to-width ratio; elsewhere it is the least over
//! the edge between two neighbours of *time on the edge + cost from there*, with the time around their mean source or, where
//! they have none in common, linear.
//!
//! Cells settle in order of time by a bucket queue. An ellipse is not causal on a ring of eight (a cell may need a
//! neighbour that burns later than itself), so a settled cell may be lowered again and is then visited again.
//!
//! When the weather changes, the front stays where it is, with its direction and curvature, and the way that is left to
//! each cell next to it is timed anew. Where the medium throws embers, the front tells it minute by minute what burned, and
//! lets the cells that it names burn from the time that it names.
//!
//! Memory is taken in tiles where the fire comes, 32 bytes a cell for state and cost and 16 for what came of it, and can be
//! used again for the next run.
//!
//! What it does not do: ground outside the grid; the slow growth of a fire just begun.

use std::ops::Range;

use super::crown::CrownClass;
use super::{StopToken, Stopped};
use crate::grid::GridShape;
use lanes::Lanes;

mod corner;
mod even;
mod group;
mod growth;
mod ignite;
pub(super) mod lanes;
mod leap;
mod metric;
mod outline;
mod pair;
mod queue;
mod rays;
mod regrow;
mod rim;
mod solver;
mod spot;
mod tiles;
mod weather_change;

#[cfg(test)]
mod tests;

pub use growth::grow_in;
pub use regrow::regrow;

/// Cost of travelling through a cell: `slowness_s_m |v| + drift . v`, in seconds for metres on the map; the length is that
/// along the slope, `sqrt(v.v + (rise.v)^2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TravelCost {
    /// Slowness of the isotropic part, s/m along the slope.
    pub slowness_s_m: f32,
    /// Drift, eastward component, s/m on the map.
    pub drift_east_s_m: f32,
    /// Drift, northward component, s/m on the map.
    pub drift_north_s_m: f32,
    /// Rise over run toward east.
    pub rise_east: f32,
    /// Rise over run toward north.
    pub rise_north: f32,
    /// Heat per unit area, kJ/m2: with the front's normal speed it gives the fireline intensity.
    pub heat_per_unit_area_kj_m2: f32,
    /// What burns.
    pub class: CrownClass,
}

impl TravelCost {
    /// The cost of an ellipse on level ground from its heading rate, eccentricity and heading direction (a unit vector east,
    /// north).
    ///
    /// A rate below [`RATE_OF_SPREAD_MIN_M_S`] counts as that rate in every direction: a front that stands.
    pub fn of_ellipse(
        heading_m_s: f64,
        eccentricity: f64,
        toward: [f64; 2],
        heat_per_unit_area_kj_m2: f64,
    ) -> Self {
        Self::on_slope(heading_m_s, eccentricity, toward, [0.0; 2], heat_per_unit_area_kj_m2)
    }

    /// The cost of an ellipse that lies on a slope: its rate is measured along the slope, its heading direction on the map.
    ///
    /// On the map the ways up and down the slope are shorter than they are, those across it are not.
    pub fn on_slope(
        heading_m_s: f64,
        eccentricity: f64,
        toward: [f64; 2],
        [rise_east, rise_north]: [f64; 2],
        heat_per_unit_area_kj_m2: f64,
    ) -> Self {
        let spreads = heading_m_s > RATE_OF_SPREAD_MIN_M_S;
        let (rate, eccentricity) =
            if spreads { (heading_m_s, eccentricity) } else { (RATE_OF_SPREAD_MIN_M_S, 0.0) };
        let slowness = 1.0 / (rate * (1.0 - eccentricity));
        let climb = rise_east * toward[0] + rise_north * toward[1];
        let drift = -eccentricity * slowness / climb.hypot(1.0);
        Self {
            slowness_s_m: slowness as f32,
            drift_east_s_m: (drift * (toward[0] + climb * rise_east)) as f32,
            drift_north_s_m: (drift * (toward[1] + climb * rise_north)) as f32,
            rise_east: rise_east as f32,
            rise_north: rise_north as f32,
            heat_per_unit_area_kj_m2: heat_per_unit_area_kj_m2 as f32,
            class: CrownClass::Surface,
        }
    }

    /// The cost of a front that stands.
    pub(super) fn standing(heat_per_unit_area_kj_m2: f32) -> Self {
        Self::on_slope(0.0, 0.0, [0.0; 2], [0.0; 2], f64::from(heat_per_unit_area_kj_m2))
    }

    /// Seconds to travel a displacement of `east`, `north` metres on the map.
    pub fn seconds(&self, [east, north]: [f32; 2]) -> f32 {
        let climb = self.rise_east * east + self.rise_north * north;
        let length_m = (east * east + north * north + climb * climb).sqrt();
        self.slowness_s_m * length_m + self.drift_east_s_m * east + self.drift_north_s_m * north
    }

    /// Rate of spread of the head along the slope, m/s.
    pub fn head_m_s(&self) -> f32 {
        1.0 / (self.slowness_s_m - self.along_slope([self.drift_east_s_m, self.drift_north_s_m]))
    }

    /// Speed along its normal, along the slope, of a front that the fire reaches along a ray of this direction on the map,
    /// m/s; 0 without a ray.
    pub fn normal_speed_m_s(&self, [east, north]: [f32; 2]) -> f32 {
        let climb = self.rise_east * east + self.rise_north * north;
        let length = (east * east + north * north + climb * climb).sqrt();
        if length == 0.0 {
            return 0.0;
        }
        let scale = self.slowness_s_m / length;
        1.0 / self.along_slope([
            self.drift_east_s_m + scale * (east + climb * self.rise_east),
            self.drift_north_s_m + scale * (north + climb * self.rise_north),
        ])
    }

    /// The size along the slope of a gradient on the map.
    fn along_slope(&self, [east, north]: [f32; 2]) -> f32 {
        let climb = self.rise_east * east + self.rise_north * north;
        let steep = 1.0 + self.rise_east * self.rise_east + self.rise_north * self.rise_north;
        (east * east + north * north - climb * climb / steep).max(0.0).sqrt()
    }
}

/// Costs of travelling through four cells, as in [`TravelCost`], of surface fire.
#[derive(Clone, Copy, Debug)]
pub struct TravelCosts {
    pub(super) slowness_s_m: Lanes,
    pub(super) drift_s_m: [Lanes; 2],
    pub(super) rise: [Lanes; 2],
    pub(super) heat_per_unit_area_kj_m2: Lanes,
}

impl TravelCosts {
    pub(super) const NONE: Self = Self {
        slowness_s_m: Lanes::ZERO,
        drift_s_m: [Lanes::ZERO; 2],
        rise: [Lanes::ZERO; 2],
        heat_per_unit_area_kj_m2: Lanes::ZERO,
    };

    /// Lets the fronts stand where a mask is not set.
    #[cold]
    pub(super) fn stand_but(&mut self, spreads: Lanes) {
        let standing = TravelCost::standing(0.0);
        let or = |cost: Lanes, other: f32| spreads.bitselect(cost, Lanes::splat(other));
        let [drift_east, drift_north] = self.drift_s_m;
        self.slowness_s_m = or(self.slowness_s_m, standing.slowness_s_m);
        self.drift_s_m = [or(drift_east, standing.drift_east_s_m), or(drift_north, standing.drift_north_s_m)];
        self.rise = self.rise.map(|rise| or(rise, 0.0));
    }

    #[cfg(test)]
    pub(super) fn one(&self, lane: usize) -> TravelCost {
        let part = |lanes: Lanes| lanes.to_array()[lane];
        let [[drift_east_s_m, drift_north_s_m], [rise_east, rise_north]] =
            [self.drift_s_m, self.rise].map(|parts| parts.map(part));
        TravelCost {
            slowness_s_m: part(self.slowness_s_m),
            drift_east_s_m,
            drift_north_s_m,
            rise_east,
            rise_north,
            heat_per_unit_area_kj_m2: part(self.heat_per_unit_area_kj_m2),
            class: CrownClass::Surface,
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

    /// Costs of surface fire in four neighbouring cells of a row, the same as [`Self::cost`]'s in those that burn: for a medium to
    /// which all four are hardly more work than one. Whether they are known: else one by one.
    fn costs(&mut self, _step: usize, _row: usize, _first_col: usize, _costs: &mut TravelCosts) -> bool {
        false
    }

    /// Whether the cell can burn at all.
    fn burnable(&self, row: usize, col: usize) -> bool;

    /// Which of up to 32 cells of a row can burn, the first of them in the lowest bit.
    fn burnable_along(&self, row: usize, cols: Range<usize>) -> u32 {
        cols.enumerate().fold(0, |bits, (at, col)| bits | u32::from(self.burnable(row, col)) << at)
    }

    /// The front comes near these cells: what their costs are made of may be fetched all at once.
    fn comes_near(&self, _rows: Range<usize>, _cols: Range<usize>) {}

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

/// A disc, in metres from the grid's north-western corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disc {
    /// Metres east of the western edge.
    pub east_m: f64,
    /// Metres south of the northern edge.
    pub south_m: f64,
    /// Radius, m; 0 for a point.
    pub radius_m: f64,
}

/// Ground by its outline, in metres east and south of the grid's north-western corner.
#[derive(Clone, Debug, PartialEq)]
pub enum Outline {
    /// A disc or a point.
    Disc(Disc),
    /// A line through these places.
    Line(Vec<[f64; 2]>),
    /// The ground inside an odd number of these rings; a ring's last place joins its first.
    Polygon(Vec<Vec<[f64; 2]>>),
}

/// Ground that a fire begins on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ignition {
    /// The ground that burns at once; fire leaves it at its edge.
    pub outline: Outline,
    /// Seconds after the start; 0 and less: at the start.
    pub begins_s: f32,
}

/// What a simulation starts from and how long it runs.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Ground that burns and spreads fire.
    pub burning: &'a [Ignition],
    /// Ground that burned earlier and neither spreads fire nor burns again.
    pub burned: &'a [Outline],
    /// Seconds after the start at which weather step `k` gives way to step `k + 1`, rising; values up to 0 lie in the past.
    pub changes_s: &'a [f32],
    /// Seconds to simulate.
    pub horizon_s: f32,
}

/// How the front moved as it reached a cell.
///
/// Where nothing arrived within the horizon, and on the ground of an ignition, all numbers are 0 but the direction, which is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OnArrival {
    /// Rate of spread square to the front, along the slope, m/s; 0 where nothing arrived and where a fire began.
    pub rate_of_spread_m_s: f32,
    /// Where the front faced, clockwise from north; NaN where nothing arrived, and north, 0, in a cell that a fire began in the middle of:
    /// neither is a direction.
    pub toward_rad: f32,
    /// Byram's fireline intensity, kW/m; 0 where there is no rate.
    pub fireline_intensity_kw_m: f32,
    /// Flame length, m: by what burns; 0 where there is no rate.
    pub flame_length_m: f32,
    /// What burns; surface fire where nothing arrived.
    pub class: CrownClass,
}

/// What became of the front, for the cells that it came near; every vector is row-major over the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// First row and first column of the window within the grid.
    pub origin: (usize, usize),
    /// Rows and columns of the window.
    pub size: (usize, usize),
    /// Seconds after the start; infinity: not reached. Above the horizon: not burned, but next to the front. Up to 0: burned at
    /// the start; below 0 where the start's edge lies between this cell and the next.
    pub arrival_s: Vec<f32>,
    /// Fireline intensity on arrival, kW/m; 0 where nothing arrived within the horizon and where a fire began.
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

/// Memory that runs use one after another, and what the last one left there.
#[derive(Debug, Default)]
pub struct Workspace {
    tiles: tiles::Tiles,
    queue: queue::Queue,
    inside: Vec<(u32, f32)>,
    checkpoints: Vec<regrow::Checkpoint>,
    keeps_checkpoints: bool,
    /// Edge of a cell of the last run, m.
    cell_m: f32,
}

impl Workspace {
    /// A workspace whose last run can be taken back with [`regrow`]; costs some 70 bytes for each cell along the front at
    /// each change of the weather.
    pub fn resumable() -> Self {
        Self { keeps_checkpoints: true, ..Self::default() }
    }

    /// Bytes in use for state, costs and results of the last run, and cells that it came near.
    pub fn footprint(&self) -> (usize, usize) {
        let cell = size_of::<tiles::Cell>() + size_of::<tiles::Arrival>();
        let near = self.tiles.ids().filter(|id| self.tiles.cells[*id].time_s.is_finite()).count();
        (self.tiles.cells.len() * cell, near + self.inside.len())
    }

    /// How the front moved as it reached the cells of the last run, row-major over its window.
    pub fn on_arrival(&mut self, growth: &Growth) -> Vec<OnArrival> {
        growth::on_arrival(self, growth)
    }
}

/// Moves the front from the start to the horizon.
///
/// **Errors**: [`Stopped`] when the token was set; it is polled once in 2048 visits, and for each tile that a first fire on even
/// ground is looked for in.
pub fn grow<M: Medium>(
    shape: &GridShape,
    medium: &mut M,
    start: &Start<'_>,
    stop: &StopToken,
) -> Result<Growth, Stopped> {
    grow_in(&mut Workspace::default(), shape, medium, start, stop)
}
