//! The label-correcting solver of one weather step: visits cells in order of time and times the cells around each.
//!
//! Source of the numbers here, in `corner`, `even`, `group`, `rays`, `pair`, `metric` and `weather_change` that name no other: our choice, by trial on the exact fires, turning
//! winds and landscapes of `tests/verification/growth`.

use super::corner::Turn;
use super::group::{GROUP, Group};
use super::lanes::LANES;
use super::metric::{Cost, Vector, four_in_cells, in_cells};
use super::pair::End;
use super::queue::Queue;
use super::regrow::Checkpoint;
use super::spot::Embers;
use super::tiles::{Arrival, BURNABLE, CHORD, Cell, LISTED, NO_PAIR, RETIMED, Tiles, USED, VISITED, tag};
use super::{EMBER_SPAN_S, Medium, StopToken, Stopped, TravelCosts, Workspace};
use crate::grid::GridShape;

/// The rate of spread that crosses a cell while a bucket of the queue has its turn, m/s: few fronts are faster, so that a visit
/// seldom puts a cell into the bucket that has its turn. Source: our choice; a uniform fire comes out the same with buckets
/// eight times as thin.
const BUCKET_M_S: f32 = 4.0;

/// When a visited cell is looked at again, in times of its slowness after its own: before a straight way from it burns another
/// as a rule, and after the rays of its neighbours have done so.
const LOOK_AGAIN: f32 = 0.5;

/// Visits between two looks at the stop token: 0.3 ms where ground is uniform, 2.5 ms with crowns and embers.
const POLL_VISITS: u32 = 2048;

pub(super) struct Front<'a, M> {
    pub(super) tiles: &'a mut Tiles,
    pub(super) queue: &'a mut Queue,
    /// Ground of ignitions with the time that it burned at.
    pub(super) inside: &'a mut Vec<(u32, f32)>,
    pub(super) checkpoints: &'a mut Vec<Checkpoint>,
    pub(super) keeps_checkpoints: bool,
    pub(super) medium: &'a mut M,
    pub(super) stop: &'a StopToken,
    pub(super) cell_m: f32,
    pub(super) step: usize,
    /// That of the step.
    pub(super) tag: u8,
    pub(super) begin_s: f32,
    pub(super) end_s: f32,
    /// Cells whose time lay beyond the current step's end when they were timed.
    pub(super) later: Vec<u32>,
    /// Ignitions that hold no cell's middle: each began in the cell that it lies in.
    pub(super) hosts: usize,
    pub(super) embers: Embers,
    /// Some visit of the step had a target of another cost: order counts.
    pub(super) met_uneven: bool,
    visits: u32,
}

impl<'a, M: Medium> Front<'a, M> {
    pub(super) fn new(
        shape: &GridShape,
        medium: &'a mut M,
        workspace: &'a mut Workspace,
        stop: &'a StopToken,
    ) -> Self {
        workspace.cell_m = shape.cell_size_m as f32;
        Self {
            tiles: &mut workspace.tiles,
            queue: &mut workspace.queue,
            inside: &mut workspace.inside,
            checkpoints: &mut workspace.checkpoints,
            keeps_checkpoints: workspace.keeps_checkpoints,
            medium,
            stop,
            cell_m: shape.cell_size_m as f32,
            step: 0,
            tag: tag(0),
            begin_s: 0.0,
            end_s: 0.0,
            later: Vec::new(),
            hosts: 0,
            embers: Embers::default(),
            met_uneven: false,
            visits: 0,
        }
    }

    /// Makes `begin_s..end_s` the current span, under the costs of `step`.
    pub(super) fn open_step(&mut self, step: usize, begin_s: f32, end_s: f32) {
        self.step = step;
        self.tag = tag(step);
        self.tiles.forget_old_costs(step);
        self.begin_s = begin_s;
        self.end_s = end_s;
        self.met_uneven = false;
        self.queue.open(begin_s, end_s, EMBER_SPAN_S / self.buckets_a_span() as f32);
    }

    /// Buckets in the span after which embers land: a whole number.
    pub(super) fn buckets_a_span(&self) -> usize {
        (EMBER_SPAN_S * BUCKET_M_S / self.cell_m).ceil().clamp(1.0, 240.0) as usize
    }

    /// Settles the cells of some buckets of the queue.
    pub(super) fn settle(&mut self, buckets: std::ops::Range<usize>) -> Result<(), Stopped> {
        let mut group = Group::default();
        for bucket in buckets {
            loop {
                // Visits may put cells into the bucket again: batch by batch, each in order of time.
                while let Some(batch) = self.queue.take(bucket, self.met_uneven) {
                    for some in batch.chunks(GROUP) {
                        self.tiles.touch(some, self.medium);
                        for &entry in some {
                            let (time_bits, id) = Queue::read(entry);
                            let cell = &self.tiles.cells[id];
                            if cell.time_s.to_bits() == time_bits && !cell.has(VISITED) {
                                self.visit(id, &mut group, bucket);
                                if group.is_full() {
                                    self.follow_rays(&mut group, bucket);
                                }
                                self.poll()?;
                            }
                        }
                    }
                    self.follow_rays(&mut group, bucket);
                    self.queue.give_back(batch);
                }
                let Some(batch) = self.queue.take_looks(bucket) else {
                    break;
                };
                for &entry in &batch {
                    let (steps, id) = Queue::read(entry);
                    self.look_again(id, steps, bucket);
                }
                self.queue.give_back(batch);
            }
        }
        Ok(())
    }

    fn poll(&mut self) -> Result<(), Stopped> {
        self.visits = self.visits.wrapping_add(1);
        if self.visits.is_multiple_of(POLL_VISITS) && self.stop.is_stopped() { Err(Stopped) } else { Ok(()) }
    }

    /// A cell's cost in the current step.
    #[inline]
    pub(super) fn cost(&mut self, id: usize) -> Cost {
        self.know_cost(id);
        self.tiles.cells[id].cost()
    }

    /// Sees to it that a cell has its cost in the current step.
    #[inline]
    pub(super) fn know_cost(&mut self, id: usize) {
        if self.tiles.cells[id].tag != self.tag {
            self.ask_cost(id);
        }
    }

    #[inline(never)]
    pub(super) fn ask_cost(&mut self, id: usize) {
        let (row, col) = self.tiles.place(id);
        // What burned under another cost keeps what came of it.
        let burned = self.tiles.cells[id].has(VISITED) && self.tiles.cells[id].time_s < self.begin_s;
        if !burned && self.ask_costs(id, row, col) {
            return;
        }
        let cost = self.medium.cost(self.step, row, col);
        if burned {
            self.keep_arrival(id);
        } else {
            self.tiles.arrivals[id] =
                Arrival { heat_kj_m2: cost.heat_per_unit_area_kj_m2, class: cost.class, ..Arrival::NONE };
        }
        let cell = &mut self.tiles.cells[id];
        cell.cost = in_cells(&cost, self.cell_m);
        cell.tag = self.tag;
    }

    /// Asks for the cost of a cell and of those beside it, that the front is about to need; whether the medium knows them all at once.
    #[inline(always)]
    fn ask_costs(&mut self, id: usize, row: usize, col: usize) -> bool {
        let (first, first_col) = (id - id % LANES, col - col % LANES);
        if first_col + LANES > self.tiles.cols {
            return false;
        }
        let mut costs = TravelCosts::NONE;
        if !self.medium.costs(self.step, row, first_col, &mut costs) {
            return false;
        }
        let (bits, heats) = (four_in_cells(&costs, self.cell_m), costs.heat_per_unit_area_kj_m2.to_array());
        let cells: &mut [Cell; LANES] = self.tiles.cells[first..].first_chunk_mut().expect("tiles are whole");
        let arrivals: &mut [Arrival; LANES] =
            self.tiles.arrivals[first..].first_chunk_mut().expect("tiles are whole");
        for lane in 0..LANES {
            let cell = &mut cells[lane];
            let burned = cell.has(VISITED) & (cell.time_s < self.begin_s);
            if (first + lane == id) | (cell.tag != self.tag) & !burned & cell.has(BURNABLE) {
                (cell.cost, cell.tag) = (bits[lane], self.tag);
                arrivals[lane] = Arrival { heat_kj_m2: heats[lane], ..Arrival::NONE };
            }
        }
        true
    }

    /// Notes how the front moved as it reached a cell, from the cost that the cell still has.
    pub(super) fn keep_arrival(&mut self, id: usize) {
        self.tiles.arrivals[id].keep(&self.tiles.cells[id], self.cell_m);
    }

    /// The cell at a place of the grid.
    pub(super) fn at(&mut self, row: usize, col: usize) -> usize {
        self.tiles.at(row, col, self.medium)
    }

    #[inline(always)]
    pub(super) fn around(&mut self, id: usize) -> [u32; 8] {
        self.tiles.around(id, self.medium)
    }

    /// A diagonal step between two cells that cannot burn would leak through a barrier.
    #[inline]
    pub(super) fn passable(&self, around: &[u32; 8], step: usize) -> bool {
        let flags = |turns: usize| self.tiles.cells[around[(step + turns) % 8] as usize].flags;
        let beside = flags(1) | flags(7);
        step.is_multiple_of(2) | (beside & BURNABLE != 0)
    }

    /// Whether a cell's time and ray can be an end of an update from a cell that burned at a time.
    #[inline]
    pub(super) fn is_usable(&self, cell: &Cell, at_s: f32) -> bool {
        let ray_came = cell.flags & CHORD == 0;
        // Of the cells that are visited together the later ones are still to be visited.
        let visited = (cell.flags & VISITED != 0) & (cell.time_s <= at_s);
        (cell.time_s >= self.begin_s) & (cell.time_s < f32::INFINITY) & (ray_came | visited)
    }

    /// Marks a cell as visited and follows its ray, or adds it to those whose rays are followed next.
    #[inline(always)]
    fn visit(&mut self, id: usize, group: &mut Group, bucket: usize) {
        let around = self.around(id);
        self.know_cost(id);
        // Copied before it is marked: reading all of what was just written in part would wait for the write.
        let cell = self.tiles.cells[id];
        self.tiles.cells[id].flags = cell.flags | VISITED;
        if self.embers.wanted {
            self.embers.visited.push(id as u32);
        }
        if cell.turn != Turn::No {
            self.call_back(id, &around, bucket);
        }
        if cell.ray == [0.0; 2] {
            // From a point every way is a ray.
            self.follow_chords(&End::of(&cell), &around, u32::MAX, bucket);
            return;
        }
        let (time_s, slowness) = (cell.time_s, f32::from_bits(cell.cost[0]));
        let rays = self.follow_ray(group, id, &cell, &around, bucket);
        // Times only fall: what is not late now will not be.
        let late = self.tiles.later_around(id, &around, time_s + slowness) & !rays;
        if late != 0 {
            self.queue.look_again(time_s + LOOK_AGAIN * slowness, id, late);
        }
    }

    /// Times by straight ways what no ray has come to since a cell's visit: most often there is nothing.
    fn look_again(&mut self, id: usize, steps: u32, bucket: usize) {
        let cell = &self.tiles.cells[id];
        let limit_s = cell.time_s + f32::from_bits(cell.cost[0]);
        // A cell that was lowered is visited, and looked at, once more.
        if !cell.has(VISITED) {
            return;
        }
        let (around, mut late) = (self.around(id), steps);
        while late != 0 {
            let target = around[late.trailing_zeros() as usize % 8] as usize;
            if self.tiles.cells[target].time_s > limit_s {
                let near = End::of(&self.tiles.cells[id]);
                self.follow_chords(&near, &around, late, bucket);
                return;
            }
            late &= late - 1;
        }
    }

    /// Times the targets of some steps by straight ways, where they are not known to burn about as soon.
    #[inline(never)]
    fn follow_chords(&mut self, near: &End, around: &[u32; 8], steps: u32, bucket: usize) {
        let limit_s = near.time_s + near.cost.slowness;
        let mut steps = steps & 0xFF;
        while steps != 0 {
            let step = steps.trailing_zeros() as usize;
            steps &= steps - 1;
            let late = self.tiles.cells[around[step] as usize].time_s > limit_s;
            if late && self.passable(around, step) {
                self.by_chord(near, around, step, bucket);
            }
        }
    }

    /// Sets a cell's time and ray; it waits for a visit.
    #[inline(always)]
    pub(super) fn lower(&mut self, id: usize, time_s: f32, ray: Vector, bucket: usize) {
        if self.tiles.cells[id].turn != Turn::No && self.comes_through(id, time_s, ray) {
            return;
        }
        let cell = &mut self.tiles.cells[id];
        cell.time_s = time_s;
        cell.ray = ray;
        cell.flags &= !(VISITED | CHORD | USED | RETIMED);
        cell.pair = NO_PAIR;
        cell.turn = Turn::No;
        if time_s < self.end_s {
            self.queue.push(time_s, id, bucket);
        } else if !cell.has(LISTED) {
            cell.flags |= LISTED;
            self.later.push(id as u32);
        }
    }
}
