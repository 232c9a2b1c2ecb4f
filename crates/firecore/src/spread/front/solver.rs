//! The label-correcting solver of one weather step: state by cell, bucket queue, two-point update.

use std::ops::Range;

use super::edge::{EdgeEnd, minus, over_edge};
use super::spot::Embers;
use super::{Growth, Medium, Start, StopToken, Stopped, TravelCost};
use crate::grid::GridShape;

/// Width of a bucket of the queue, s: a fast front (1 m/s) crosses a 30 m cell in 30 s, so a bucket holds a thin band.
pub(super) const BUCKET_S: f32 = 4.0;

/// Visits between two looks at the stop token: about a millisecond.
const POLL_VISITS: u32 = 4096;

/// A lowering by less than this share of the time that the head takes through a cell is not followed up: it would move
/// the front by less than a hundredth of a cell and set off visits of cells that are settled.
const TOLERANCE: f32 = 0.003;

/// Added to stored times so that zeroed memory, which costs nothing until it is touched, means "untouched".
const OFFSET_S: f32 = 2.0;

/// The time of ground that burned before the start: no partner of any update, and never lowered.
pub(super) const OUT_S: f32 = -1.0;

/// The intensity of a cell that waits for its visit.
const WAITING: f32 = -1.0;

/// Neighbours clockwise from north, as (row, column) steps; the even ones share a side with the cell.
const RING: [(isize, isize); 8] = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)];

/// Length of a step to a side and to a corner, in cells.
const RING_LENGTH: [f32; 2] = [1.0, std::f32::consts::SQRT_2];

/// What a visit needs to know of the eight neighbours, in the order of [`RING`].
struct Ring {
    cell: [usize; 8],
    time_s: [f32; 8],
    burnable: [bool; 8],
}

impl Ring {
    /// See [`Front::passable`].
    fn passable(&self, direction: usize) -> bool {
        direction.is_multiple_of(2)
            || self.burnable[(direction + 1) % 8]
            || self.burnable[(direction + 7) % 8]
    }
}

pub(super) struct Front<'a, M> {
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) cell_m: f32,
    pub(super) medium: &'a mut M,
    stop: &'a StopToken,
    /// By cell: time plus [`OFFSET_S`], ray from its virtual source (m east, m north), fireline intensity or [`WAITING`].
    state: Vec<[f32; 4]>,
    /// By cell: the costs of the current weather step and of the one before, by the step's parity.
    costs: [Vec<[f32; 4]>; 2],
    /// By cell: the steps that the two costs belong to, plus one.
    cost_steps: Vec<[u16; 2]>,
    pub(super) step: usize,
    pub(super) begin_s: f32,
    pub(super) end_s: f32,
    pub(super) buckets: Vec<Vec<u32>>,
    /// Cells whose time lies beyond the current step's end.
    pub(super) later: Vec<u32>,
    touched: Vec<u32>,
    pub(super) embers: Embers,
    pub(super) started_cells: usize,
    edge_reached: bool,
    visits: u32,
}

impl<'a, M: Medium> Front<'a, M> {
    pub(super) fn new(shape: &GridShape, medium: &'a mut M, stop: &'a StopToken) -> Self {
        let cells = shape.len();
        assert!(cells < u32::MAX as usize, "BUG: a grid of {cells} cells was not refused on reading");
        Self {
            rows: shape.rows,
            cols: shape.cols,
            cell_m: shape.cell_size_m as f32,
            medium,
            stop,
            state: vec![[0.0; 4]; cells],
            costs: [vec![[0.0; 4]; cells], vec![[0.0; 4]; cells]],
            cost_steps: vec![[0; 2]; cells],
            step: 0,
            begin_s: 0.0,
            end_s: 0.0,
            buckets: Vec::new(),
            later: Vec::new(),
            touched: Vec::new(),
            embers: Embers::default(),
            started_cells: 0,
            edge_reached: false,
            visits: 0,
        }
    }

    /// Makes `begin_s..end_s` the current span, under the costs of `step`.
    pub(super) fn open_step(&mut self, step: usize, begin_s: f32, end_s: f32) {
        assert!(step < usize::from(u16::MAX), "BUG: {step} weather steps were not refused on reading");
        self.step = step;
        self.begin_s = begin_s;
        self.end_s = end_s;
        self.buckets.resize_with(((end_s - begin_s) / BUCKET_S) as usize + 2, Vec::new);
    }

    /// Settles every cell that burns before the end of the current span.
    pub(super) fn advance(&mut self) -> Result<(), Stopped> {
        self.settle(0..self.buckets.len())
    }

    /// Settles the cells of some buckets of the queue.
    pub(super) fn settle(&mut self, buckets: Range<usize>) -> Result<(), Stopped> {
        let mut batch = Vec::new();
        for bucket in buckets {
            // Visits may put cells into the bucket again: batch by batch, each in order of time.
            while !self.buckets[bucket].is_empty() {
                std::mem::swap(&mut batch, &mut self.buckets[bucket]);
                batch.sort_unstable_by(|a, b| {
                    let time_s = |cell: u32| self.time_s(cell as usize);
                    time_s(*a).total_cmp(&time_s(*b)).then(a.cmp(b))
                });
                for cell in batch.drain(..) {
                    if self.state[cell as usize][3] == WAITING {
                        self.visit(cell as usize, bucket);
                        self.poll()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn poll(&mut self) -> Result<(), Stopped> {
        self.visits += 1;
        if self.visits.is_multiple_of(POLL_VISITS) && self.stop.is_stopped() { Err(Stopped) } else { Ok(()) }
    }

    fn visit(&mut self, cell: usize, bucket: usize) {
        let cost = self.cost(cell, self.step);
        let [_, east_m, north_m, intensity] = &mut self.state[cell];
        *intensity = cost.heat_per_unit_area_kj_m2 * cost.normal_speed_m_s([*east_m, *north_m]);
        if self.embers.wanted {
            self.embers.visited.push(cell as u32);
        }
        let (row, col) = (cell / self.cols, cell % self.cols);
        self.edge_reached |= row == 0 || col == 0 || row + 1 == self.rows || col + 1 == self.cols;
        let ring = self.ring(row, col);
        for direction in 0..8 {
            let target_s = ring.time_s[direction];
            if ring.burnable[direction] && target_s >= self.begin_s && ring.passable(direction) {
                self.update(cell, &cost, &ring, direction, bucket);
            }
        }
    }

    fn ring(&self, row: usize, col: usize) -> Ring {
        let mut ring = Ring { cell: [usize::MAX; 8], time_s: [OUT_S; 8], burnable: [false; 8] };
        for (direction, (down, right)) in RING.into_iter().enumerate() {
            let (row, col) = (row.wrapping_add_signed(down), col.wrapping_add_signed(right));
            // A step over the northern or western edge wraps around to a number beyond every edge.
            if row < self.rows && col < self.cols {
                let cell = row * self.cols + col;
                ring.cell[direction] = cell;
                ring.time_s[direction] = self.time_s(cell);
                ring.burnable[direction] = self.medium.burnable(row, col);
            }
        }
        ring
    }

    /// A diagonal step between two cells that cannot burn would leak through a barrier.
    pub(super) fn passable(&self, cell: usize, direction: usize) -> bool {
        let side =
            |turn: usize| self.neighbour(cell, direction + turn).is_some_and(|side| self.burnable(side));
        direction.is_multiple_of(2) || side(1) || side(7)
    }

    /// Tries the way from `cell` to its neighbour in a direction, straight and over the two edges of the target's ring
    /// that end at `cell`.
    fn update(&mut self, cell: usize, cell_cost: &TravelCost, ring: &Ring, direction: usize, bucket: usize) {
        let target = ring.cell[direction];
        let cost = self.cost(target, self.step).mean(cell_cost);
        let near = self.edge_end(cell, direction, &cost);
        let straight_s = near.time_s + cost.slowness_s_m * self.cell_m * RING_LENGTH[direction % 2];
        let mut best = (straight_s, near.way);
        // The ring neighbours of the target next to the cell: corners of the target where the cell is its side.
        let turn = if direction.is_multiple_of(2) { 2 } else { 1 };
        for side in [direction + turn, direction + 8 - turn] {
            let partner_s = ring.time_s[side % 8];
            if !(partner_s >= self.begin_s && partner_s.is_finite()) {
                continue;
            }
            // The way from there to the target runs along the cell's own step, less the partner's.
            let way = minus(self.leg(direction), self.leg(side));
            let far = EdgeEnd {
                time_s: partner_s + cost.drift_seconds(way),
                way,
                ray: self.ray(ring.cell[side % 8]),
            };
            let (side, corner) = if direction.is_multiple_of(2) { (&near, &far) } else { (&far, &near) };
            if let Some(found) =
                over_edge(cost.slowness_s_m, self.cell_m, side, corner, best.0.min(ring.time_s[direction]))
                && found.0 < best.0
            {
                best = found;
            }
        }
        if best.0 < ring.time_s[direction] - TOLERANCE * cost.head_seconds(self.cell_m) {
            self.lower(target, best.0, best.1, bucket);
        }
    }

    fn edge_end(&self, cell: usize, direction: usize, cost: &TravelCost) -> EdgeEnd {
        let way = self.leg(direction);
        EdgeEnd { time_s: self.time_s(cell) + cost.drift_seconds(way), way, ray: self.ray(cell) }
    }

    /// Sets a cell's time and its ray, if the time is lower than the one known.
    pub(super) fn lower(&mut self, cell: usize, time_s: f32, ray: [f32; 2], bucket: usize) {
        let known_s = self.time_s(cell);
        if time_s >= known_s {
            return;
        }
        let untouched = self.state[cell][0] == 0.0;
        if untouched {
            self.touched.push(cell as u32);
        }
        self.set(cell, time_s, ray);
        if time_s < self.end_s {
            self.enqueue(cell, bucket);
        } else if untouched {
            self.later.push(cell as u32);
        }
    }

    /// Sets a cell's time whatever it was; it waits for a visit.
    pub(super) fn set(&mut self, cell: usize, time_s: f32, ray: [f32; 2]) {
        self.state[cell] = [time_s + OFFSET_S, ray[0], ray[1], WAITING];
    }

    /// Puts a cell into the queue, no earlier than in `bucket`; false when it burns after the current span.
    pub(super) fn enqueue(&mut self, cell: usize, bucket: usize) -> bool {
        let time_s = self.time_s(cell);
        if time_s >= self.end_s {
            return false;
        }
        let own = ((time_s - self.begin_s).max(0.0) / BUCKET_S) as usize;
        self.buckets[own.max(bucket)].push(cell as u32);
        true
    }

    /// Marks ground that burned before the start.
    pub(super) fn put_out(&mut self, cell: usize) {
        if self.state[cell][0] == 0.0 {
            self.touched.push(cell as u32);
        }
        self.state[cell] = [OUT_S + OFFSET_S, 0.0, 0.0, 0.0];
    }

    pub(super) fn time_s(&self, cell: usize) -> f32 {
        let stored_s = self.state[cell][0];
        if stored_s == 0.0 { f32::INFINITY } else { stored_s - OFFSET_S }
    }

    /// Intensity of a cell that was visited, kW/m.
    pub(super) fn fireline_intensity_kw_m(&self, cell: usize) -> f32 {
        self.state[cell][3].max(0.0)
    }

    pub(super) fn ray(&self, cell: usize) -> [f32; 2] {
        [self.state[cell][1], self.state[cell][2]]
    }

    pub(super) fn burnable(&self, cell: usize) -> bool {
        self.medium.burnable(cell / self.cols, cell % self.cols)
    }

    pub(super) fn cost(&mut self, cell: usize, step: usize) -> TravelCost {
        let parity = step % 2;
        let tag = step as u16 + 1;
        if self.cost_steps[cell][parity] != tag {
            let cost = self.medium.cost(step, cell / self.cols, cell % self.cols);
            let TravelCost { slowness_s_m, drift_east_s_m, drift_north_s_m, heat_per_unit_area_kj_m2 } = cost;
            self.costs[parity][cell] =
                [slowness_s_m, drift_east_s_m, drift_north_s_m, heat_per_unit_area_kj_m2];
            self.cost_steps[cell][parity] = tag;
        }
        let [slowness_s_m, drift_east_s_m, drift_north_s_m, heat_per_unit_area_kj_m2] =
            self.costs[parity][cell];
        TravelCost { slowness_s_m, drift_east_s_m, drift_north_s_m, heat_per_unit_area_kj_m2 }
    }

    pub(super) fn neighbour(&self, cell: usize, direction: usize) -> Option<usize> {
        let (down, right) = RING[direction % 8];
        let row = (cell / self.cols).checked_add_signed(down).filter(|row| *row < self.rows)?;
        let col = (cell % self.cols).checked_add_signed(right).filter(|col| *col < self.cols)?;
        Some(row * self.cols + col)
    }

    /// The displacement of one step in a direction of the ring, m east and m north.
    pub(super) fn leg(&self, direction: usize) -> [f32; 2] {
        let (down, right) = RING[direction % 8];
        [right as f32 * self.cell_m, -(down as f32) * self.cell_m]
    }

    /// The window of touched cells; the cell nearest to the first ignition where none was.
    pub(super) fn finish(self, start: &Start<'_>) -> Growth {
        let horizon_s = start.horizon_s;
        let cells =
            || self.touched.iter().map(|cell| (*cell as usize / self.cols, *cell as usize % self.cols));
        let (first_row, last_row) = (cells().map(|at| at.0).min(), cells().map(|at| at.0).max());
        let (first_col, last_col) = (cells().map(|at| at.1).min(), cells().map(|at| at.1).max());
        let nearest = |metres: f64, cells: usize| {
            ((metres / f64::from(self.cell_m)).max(0.0) as usize).min(cells.saturating_sub(1))
        };
        let first = start
            .burning
            .first()
            .map_or((0, 0), |disc| (nearest(disc.south_m, self.rows), nearest(disc.east_m, self.cols)));
        let origin = (first_row.unwrap_or(first.0), first_col.unwrap_or(first.1));
        let size = match (last_row, last_col) {
            (Some(row), Some(col)) => (row + 1 - origin.0, col + 1 - origin.1),
            _ => (1, 1),
        };
        let mut growth = Growth {
            origin,
            size,
            arrival_s: vec![f32::INFINITY; size.0 * size.1],
            fireline_intensity_kw_m: vec![0.0; size.0 * size.1],
            burned_cells: 0,
            started_cells: self.started_cells,
            spot_fires: self.embers.fires,
            edge_reached: self.edge_reached,
        };
        for &cell in &self.touched {
            let cell = cell as usize;
            let at = (cell / self.cols - origin.0) * size.1 + cell % self.cols - origin.1;
            let time_s = self.time_s(cell).max(0.0);
            growth.arrival_s[at] = time_s;
            if time_s <= horizon_s {
                growth.burned_cells += 1;
                growth.fireline_intensity_kw_m[at] = self.state[cell][3].max(0.0);
            }
        }
        growth
    }
}
