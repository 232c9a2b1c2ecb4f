//! A run from its start to its horizon, and what came of it.

use super::lanes::{self, LANES, Lanes, mask};
use super::pair::End;
use super::solver::Front;
use super::tiles::{AREA, Arrival, Cell, SIDE, VISITED};
use super::{Growth, Medium, OnArrival, Outline, Start, StopToken, Stopped, Workspace};
use crate::grid::GridShape;
use crate::spread::crown;
use crate::spread::rothermel;

/// [`grow`](super::grow) in memory that another run has used.
///
/// **Errors**: [`Stopped`] when the token was set.
pub fn grow_in<M: Medium>(
    workspace: &mut Workspace,
    shape: &GridShape,
    medium: &mut M,
    start: &Start<'_>,
    stop: &StopToken,
) -> Result<Growth, Stopped> {
    workspace.tiles.open(shape.rows, shape.cols);
    workspace.inside.clear();
    workspace.checkpoints.clear();
    let first_step = start.changes_s.iter().filter(|change| **change <= 0.0).count();
    let mut front = Front::new(shape, medium, workspace, stop);
    front.open_step(first_step, 0.0, front.first_end_s(start, first_step));
    front.ignite_first(start);
    if stop.is_stopped() {
        return Err(Stopped);
    }
    front.leap(start)?;
    front.run_step(start)?;
    front.run_steps_after(start)?;
    Ok(front.finish(start))
}

impl<M: Medium> Front<'_, M> {
    /// When a step ends.
    pub(super) fn first_end_s(&self, start: &Start<'_>, step: usize) -> f32 {
        start.changes_s.get(step).copied().unwrap_or(f32::INFINITY).min(start.horizon_s)
    }

    /// Runs the steps after the present one, to the horizon.
    pub(super) fn run_steps_after(&mut self, start: &Start<'_>) -> Result<(), Stopped> {
        while self.end_s < start.horizon_s {
            let (step, begin_s) = (self.step + 1, self.end_s);
            self.open_step(step, begin_s, self.first_end_s(start, step));
            if self.end_s <= begin_s {
                continue;
            }
            let points = self.front_points();
            self.keep_checkpoint(&points);
            self.change_weather(&points);
            self.run_step(start)?;
        }
        Ok(())
    }

    /// Settles everything that burns before the present step ends.
    pub(super) fn run_step(&mut self, start: &Start<'_>) -> Result<(), Stopped> {
        self.advance(start)?;
        self.settle_rim();
        Ok(())
    }

    /// The window of touched cells; the cell nearest to the first ignition where none was.
    pub(super) fn finish(self, start: &Start<'_>) -> Growth {
        let mut growth = self.empty_window(start);
        for first in self.tiles.first_ids() {
            self.finish_tile(first, start.horizon_s, &mut growth);
        }
        for at in 0..self.inside.len() {
            let (id, time_s) = self.inside[at];
            let (row, col) = self.tiles.place(id as usize);
            growth.arrival_s[(row - growth.origin.0) * growth.size.1 + col - growth.origin.1] = time_s;
            if time_s <= start.horizon_s {
                growth.burned_cells += 1;
                growth.started_cells += usize::from(time_s <= 0.0);
                growth.edge_reached |= self.at_edge(row, col);
            }
        }
        growth
    }

    /// Copies the cells of one tile that the front came near to their place in the window.
    fn finish_tile(&self, first: usize, horizon_s: f32, growth: &mut Growth) {
        let (row, col) = self.tiles.place(first);
        let at_edge = row == 0 || col == 0 || row + SIDE >= self.tiles.rows || col + SIDE >= self.tiles.cols;
        let tile = first..first + AREA;
        let fours = self.tiles.cells[tile.clone()].as_chunks::<LANES>().0.iter();
        let arrivals = self.tiles.arrivals[tile].as_chunks::<LANES>().0;
        for (at, (four, arrivals)) in fours.zip(arrivals).enumerate() {
            // Ground of ignitions keeps what there is: it is not the front that came there.
            let finite =
                (0..LANES).fold(0, |bits, lane| bits | u32::from(four[lane].time_s.is_finite()) << lane);
            if finite == 0 {
                continue;
            }
            let (row, col) = (row + at * LANES / SIDE, col + at * LANES % SIDE);
            let (times_s, intensities_kw_m) = results(four, arrivals, self.cell_m);
            let in_time = times_s.simd_le(Lanes::splat(horizon_s));
            let burned = in_time.to_bitmask() & finite;
            let started = times_s.simd_le(Lanes::ZERO).to_bitmask() & burned;
            growth.burned_cells += burned.count_ones() as usize;
            growth.started_cells += started.count_ones() as usize;
            growth.edge_reached |=
                at_edge && (0..LANES).any(|lane| burned >> lane & 1 != 0 && self.at_edge(row, col + lane));
            let (times_s, intensities_kw_m) = (times_s.to_array(), (in_time & intensities_kw_m).to_array());
            // The window begins in the tile, perhaps.
            let at = ((row - growth.origin.0) * growth.size.1 + col).wrapping_sub(growth.origin.1);
            if finite == 0b1111 {
                growth.arrival_s[at..at + LANES].copy_from_slice(&times_s);
                growth.fireline_intensity_kw_m[at..at + LANES].copy_from_slice(&intensities_kw_m);
                continue;
            }
            for lane in (0..LANES).filter(|lane| finite >> lane & 1 != 0) {
                growth.arrival_s[at.wrapping_add(lane)] = times_s[lane];
                growth.fireline_intensity_kw_m[at.wrapping_add(lane)] = intensities_kw_m[lane];
            }
        }
    }

    fn at_edge(&self, row: usize, col: usize) -> bool {
        row == 0 || col == 0 || row + 1 == self.tiles.rows || col + 1 == self.tiles.cols
    }

    fn empty_window(&self, start: &Start<'_>) -> Growth {
        let (mut first, mut last) = ((usize::MAX, usize::MAX), (0, 0));
        let mut take = |(row, col): (usize, usize)| {
            first = (first.0.min(row), first.1.min(col));
            last = (last.0.max(row), last.1.max(col));
        };
        for id in self.tiles.first_ids() {
            let (row, col) = self.tiles.place(id);
            for (down, cells) in self.tiles.cells[id..id + AREA].chunks_exact(SIDE).enumerate() {
                if let Some((from, to)) = reached(cells) {
                    take((row + down, col + from));
                    take((row + down, col + to - 1));
                }
            }
        }
        for (id, _) in self.inside.iter() {
            take(self.tiles.place(*id as usize));
        }
        if first.0 == usize::MAX {
            first = self.nearest_to(start);
            last = first;
        }
        let size = (last.0 + 1 - first.0, last.1 + 1 - first.1);
        Growth {
            origin: first,
            size,
            arrival_s: vec![f32::INFINITY; size.0 * size.1],
            fireline_intensity_kw_m: vec![0.0; size.0 * size.1],
            burned_cells: 0,
            started_cells: self.hosts,
            spot_fires: self.embers.fires,
            edge_reached: false,
        }
    }

    /// The cell of the grid that is nearest to the first ignition.
    fn nearest_to(&self, start: &Start<'_>) -> (usize, usize) {
        let place = start.burning.first().and_then(|ignition| match &ignition.outline {
            Outline::Disc(disc) => Some([disc.east_m, disc.south_m]),
            Outline::Line(places) => places.first().copied(),
            Outline::Polygon(rings) => rings.iter().flatten().next().copied(),
        });
        let cell = |metres: f64, cells: usize| {
            ((metres / f64::from(self.cell_m)).max(0.0) as usize).min(cells.saturating_sub(1))
        };
        place.map_or((0, 0), |[east_m, south_m]| {
            (cell(south_m, self.tiles.rows), cell(east_m, self.tiles.cols))
        })
    }
}

/// When the front came to four cells, s, and how intense it was, kW/m; 0 where a fire began.
#[inline]
fn results(four: &[Cell; LANES], arrivals: &[Arrival; LANES], cell_m: f32) -> (Lanes, Lanes) {
    let End { time_s, ray, cost } = End::of_four([&four[0], &four[1], &four[2], &four[3]]);
    let rate_m_s = Lanes::splat(cell_m) / cost.normal_slowness(cost.gradient(ray));
    let visited = mask((0..LANES).fold(0, |bits, lane| bits | u32::from(four[lane].has(VISITED)) << lane));
    let came = visited & (ray[0].simd_ne(Lanes::ZERO) | ray[1].simd_ne(Lanes::ZERO));
    let kept = Lanes::new(lanes::four(|lane| arrivals[lane].rate_of_spread_m_s));
    let rate_m_s = (came & kept.simd_eq(Lanes::ZERO)).bitselect(rate_m_s, kept);
    (time_s, rate_m_s * Lanes::new(lanes::four(|lane| arrivals[lane].heat_kj_m2)))
}

/// The first of some cells that the front came near, and the one after the last.
fn reached(cells: &[Cell]) -> Option<(usize, usize)> {
    let from = cells.iter().position(|cell| cell.time_s.is_finite())?;
    let to = cells.iter().rposition(|cell| cell.time_s.is_finite())?;
    Some((from, to + 1))
}

/// How the front moved as it reached the cells of a window.
pub(super) fn on_arrival(workspace: &Workspace, growth: &Growth) -> Vec<OnArrival> {
    let mut all = vec![of(&Arrival::NONE); growth.arrival_s.len()];
    for id in workspace.tiles.ids().filter(|id| workspace.tiles.cells[*id].has(VISITED)) {
        let (row, col) = workspace.tiles.place(id);
        let at = (row - growth.origin.0) * growth.size.1 + col - growth.origin.1;
        let mut arrival = workspace.tiles.arrivals[id];
        arrival.keep(&workspace.tiles.cells[id], workspace.cell_m);
        all[at] = of(&arrival);
    }
    all
}

fn of(arrival: &Arrival) -> OnArrival {
    let fireline_intensity_kw_m = arrival.heat_kj_m2 * arrival.rate_of_spread_m_s;
    let flame_length_m = match arrival.class.is_crown_fire() {
        true => crown::flame_length_m(f64::from(fireline_intensity_kw_m)),
        false => rothermel::flame_length_m(f64::from(fireline_intensity_kw_m)),
    };
    OnArrival {
        rate_of_spread_m_s: arrival.rate_of_spread_m_s,
        toward_rad: arrival.toward_rad,
        fireline_intensity_kw_m,
        flame_length_m: flame_length_m as f32,
        class: arrival.class,
    }
}
