//! The label-correcting solver of one weather step: visits cells in order of time and times the cells around each.
//!
//! Source of the numbers here, in `pair` and in `metric` that name no other: our choice, by trial on the exact fires, turning
//! winds and landscapes of `tests/verification/growth`.

use super::metric::{Cost, LEG, Vector, cross, dot, nearest_leg, plus, scaled};
use super::pair::{End, Foot, Reach, least};
use super::queue::Queue;
use super::regrow::Checkpoint;
use super::spot::Embers;
use super::tiles::{Arrival, BURNABLE, CHORD, NO_PAIR, RETIMED, Tiles, USED, VISITED, tag};
use super::{EMBER_SPAN_S, Medium, StopToken, Stopped, TravelCost, Workspace};
use crate::grid::GridShape;

/// The rate of spread that crosses a cell while a bucket of the queue has its turn, m/s: few fronts are faster, so that a visit
/// seldom puts a cell into the bucket that has its turn. Source: our choice; a uniform fire comes out the same with buckets
/// eight times as thin.
const BUCKET_M_S: f32 = 4.0;

/// Visits between two looks at the stop token: 0.3 ms where ground is uniform, 2.5 ms with crowns and embers.
const POLL_VISITS: u32 = 2048;

/// A lowering by less than this share of the head's time through a cell is not followed up: it would move the front by less
/// than a hundredth of a cell and set off visits of cells that are settled.
pub(super) const TOLERANCE: f32 = 0.01;

/// The same for a cell that was timed from the front itself when the weather changed: its neighbours know no better, and the
/// least of several such times would let the front gain with every change.
const RETIMED_TOLERANCE: f32 = 0.5;

/// A ray that passes a cell this far to its side, over the way ahead, may still have its foot on the edge there.
const ASIDE_MAX: f32 = 1.25;

/// How far beside the ray to the target, cells, a cell may lie that times it alone.
const ALONE_MAX: f32 = 0.7;

/// The same where the cell next to it, farther behind, has another source: there the front has a kink, and its ray goes on
/// on one side only.
const KINK_MAX: f32 = 0.3;

/// Sources this close, cells, are one; more would let a chain of cells run straight on where rays bend.
const SAME_SOURCE: f32 = 1e-3;

/// Times that agree with one source to this share of the slowness are of one fire: the rounding of 32 bits at 500 cells.
const SAME_TIME: f32 = 2e-4;

pub(super) struct Front<'a, M> {
    pub(super) tiles: &'a mut Tiles,
    pub(super) queue: &'a mut Queue,
    /// Ground of ignitions with the time that it burned at.
    pub(super) inside: &'a mut Vec<(u32, f32)>,
    pub(super) checkpoints: &'a mut Vec<Checkpoint>,
    pub(super) keeps_checkpoints: bool,
    pub(super) medium: &'a mut M,
    stop: &'a StopToken,
    pub(super) cell_m: f32,
    pub(super) step: usize,
    pub(super) begin_s: f32,
    pub(super) end_s: f32,
    /// Cells whose time lies beyond the current step's end; a cell may be there twice.
    pub(super) later: Vec<u32>,
    /// Ignitions that hold no cell's middle: each began in the cell that it lies in.
    pub(super) hosts: usize,
    pub(super) embers: Embers,
    visits: u32,
}

/// Where a cell's ray passes a target, as its visit sees it.
struct Pass {
    /// The step of the ring to the target.
    step: usize,
    /// Positive where the step lies counter-clockwise of the ray.
    aside: f32,
    bucket: usize,
}

impl Pass {
    /// The step that is some turns away on the side that the ray to the target passes the visited cell on.
    fn toward(&self, turns: usize) -> usize {
        if self.aside > 0.0 { (self.step + 8 - turns) % 8 } else { (self.step + turns) % 8 }
    }

    fn away(&self, turns: usize) -> usize {
        if self.aside > 0.0 { (self.step + turns) % 8 } else { (self.step + 8 - turns) % 8 }
    }

    /// Turns to the neighbour of visited cell and target both: the other end of the edge.
    fn turns(&self) -> usize {
        if self.step.is_multiple_of(2) { 2 } else { 1 }
    }
}

impl<'a, M: Medium> Front<'a, M> {
    pub(super) fn new(
        shape: &GridShape,
        medium: &'a mut M,
        workspace: &'a mut Workspace,
        stop: &'a StopToken,
    ) -> Self {
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
            begin_s: 0.0,
            end_s: 0.0,
            later: Vec::new(),
            hosts: 0,
            embers: Embers::default(),
            visits: 0,
        }
    }

    /// Makes `begin_s..end_s` the current span, under the costs of `step`.
    pub(super) fn open_step(&mut self, step: usize, begin_s: f32, end_s: f32) {
        self.step = step;
        self.begin_s = begin_s;
        self.end_s = end_s;
        self.queue.open(begin_s, end_s, EMBER_SPAN_S / self.buckets_a_span() as f32);
    }

    /// Buckets in the span after which embers land: a whole number.
    pub(super) fn buckets_a_span(&self) -> usize {
        (EMBER_SPAN_S * BUCKET_M_S / self.cell_m).ceil().clamp(1.0, 240.0) as usize
    }

    /// Settles the cells of some buckets of the queue.
    pub(super) fn settle(&mut self, buckets: std::ops::Range<usize>) -> Result<(), Stopped> {
        for bucket in buckets {
            // Visits may put cells into the bucket again: batch by batch, each in order of time.
            while let Some(batch) = self.queue.take(bucket) {
                for &entry in &batch {
                    let (time_bits, id) = Queue::read(entry);
                    let cell = &self.tiles.cells[id];
                    if cell.time_s.to_bits() == time_bits && !cell.has(VISITED) {
                        self.visit(id, bucket);
                        self.poll()?;
                    }
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
        let cell = &self.tiles.cells[id];
        if cell.tag == tag(self.step) { cell.cost() } else { self.ask_cost(id) }
    }

    #[inline(never)]
    fn ask_cost(&mut self, id: usize) -> Cost {
        let (row, col) = self.tiles.place(id);
        let cost = self.medium.cost(self.step, row, col);
        // What burned under another cost keeps what came of it.
        let burned = self.tiles.cells[id].has(VISITED) && self.tiles.cells[id].time_s < self.begin_s;
        if burned {
            self.keep_arrival(id);
        } else {
            self.tiles.arrivals[id] =
                Arrival { heat_kj_m2: cost.heat_per_unit_area_kj_m2, class: cost.class, ..Arrival::NONE };
        }
        let cell = &mut self.tiles.cells[id];
        cell.set_cost(&in_cells(&cost, self.cell_m), tag(self.step));
        cell.cost()
    }

    /// Notes how the front moved as it reached a cell, from the cost that the cell still has.
    pub(super) fn keep_arrival(&mut self, id: usize) {
        let cell = &self.tiles.cells[id];
        let arrival = &mut self.tiles.arrivals[id];
        if arrival.rate_of_spread_m_s == 0.0 && cell.ray != [0.0; 2] {
            let cost = cell.cost();
            let gradient = cost.gradient(cell.ray);
            arrival.rate_of_spread_m_s = self.cell_m / cost.normal_slowness(gradient);
            arrival.toward_rad = gradient[0].atan2(gradient[1]);
        }
    }

    /// The cell at a place of the grid.
    pub(super) fn at(&mut self, row: usize, col: usize) -> usize {
        let medium = &*self.medium;
        self.tiles.at(row, col, |row, col| medium.burnable(row, col))
    }

    #[inline]
    pub(super) fn around(&mut self, id: usize) -> [u32; 8] {
        let medium = &*self.medium;
        self.tiles.around(id, |row, col| medium.burnable(row, col))
    }

    /// A diagonal step between two cells that cannot burn would leak through a barrier.
    #[inline]
    pub(super) fn passable(&self, around: &[u32; 8], step: usize) -> bool {
        let flags = |turns: usize| self.tiles.cells[around[(step + turns) % 8] as usize].flags;
        step.is_multiple_of(2) || (flags(1) | flags(7)) & BURNABLE != 0
    }

    /// Whether a cell's time and ray can be an end of an update.
    #[inline]
    pub(super) fn usable(&self, id: usize) -> bool {
        let cell = &self.tiles.cells[id];
        cell.time_s >= self.begin_s && cell.time_s < f32::INFINITY && cell.flags & (VISITED | CHORD) != CHORD
    }

    fn visit(&mut self, id: usize, bucket: usize) {
        let around = self.around(id);
        let cost = self.cost(id);
        let cell = &mut self.tiles.cells[id];
        let used = cell.has(USED);
        cell.flags = (cell.flags | VISITED) & !USED;
        let near = End { time_s: cell.time_s, ray: cell.ray, cost };
        if self.embers.wanted {
            self.embers.visited.push(id as u32);
        }
        let rays = self.follow_rays(&near, &around, used, bucket);
        let limit_s = near.time_s + cost.slowness;
        let mut chords = 0_u32;
        for (step, cell) in around.into_iter().enumerate() {
            chords |= u32::from(self.tiles.cells[cell as usize].time_s > limit_s) << step;
        }
        chords &= !rays;
        while chords != 0 {
            let step = chords.trailing_zeros() as usize;
            chords &= chords - 1;
            if self.passable(&around, step) {
                self.by_chord(&near, &around, step, bucket);
            }
        }
    }

    /// Times the targets that rays lead to; gives the steps to them, as bits.
    #[inline]
    fn follow_rays(&mut self, near: &End, around: &[u32; 8], used: bool, bucket: usize) -> u32 {
        let flat = dot(near.ray, near.ray);
        if flat == 0.0 {
            return 0;
        }
        let nearest = nearest_leg(near.ray);
        let length = near.cost.length(near.ray);
        let mut rays = 0;
        for step in [nearest, (nearest + 1) % 8, (nearest + 7) % 8] {
            let (along, aside) = (dot(near.ray, LEG[step]), cross(near.ray, LEG[step]));
            let leads = if step.is_multiple_of(2) {
                aside.abs() <= ASIDE_MAX * (along + 1.0)
            } else {
                aside * aside <= flat + 2.0 * along + 2.0
            };
            if !leads {
                continue;
            }
            rays |= 1 << step;
            let target = &self.tiles.cells[around[step] as usize];
            let known = target.time_s < self.begin_s || (used && target.was_timed_over((step + 4) % 8));
            if !known && self.passable(around, step) {
                self.follow_ray(near, length, around, &Pass { step, aside, bucket });
            }
        }
        rays
    }

    /// Times a target that the visited cell's ray leads to.
    #[inline]
    fn follow_ray(&mut self, near: &End, length: f32, around: &[u32; 8], pass: &Pass) {
        let (step, leg) = (pass.step, LEG[pass.step]);
        let target = around[step] as usize;
        let known_s = self.tiles.cells[target].time_s;
        let own = self.cost(target);
        let even = own == near.cost;
        let (cost, length) = if even {
            (own, length)
        } else {
            let cost = own.mean(&near.cost);
            (cost, cost.length(near.ray))
        };
        // From the visited cell's own source: exact where the medium is even.
        let gain = cost.product(leg, leg) + 2.0 * cost.product(near.ray, leg);
        let jet_s = near.time_s
            + dot(cost.drift, leg)
            + cost.slowness * gain / ((length * length + gain).max(0.0).sqrt() + length);
        let retimed = self.tiles.cells[target].has(RETIMED);
        let tolerance = if retimed { RETIMED_TOLERANCE } else { TOLERANCE };
        let lowest_s = known_s - tolerance * own.head_slowness();
        if jet_s >= lowest_s {
            return;
        }
        let straight = step.is_multiple_of(2);
        let far_at = pass.toward(pass.turns());
        let far = around[far_at] as usize;
        if !self.usable(far) {
            self.without_edge(near, &own, jet_s, lowest_s, around, pass);
            return;
        }
        let within = !straight || pass.aside.abs() <= dot(near.ray, leg) + 1.0;
        let onward = jet_s >= near.time_s.min(self.tiles.cells[far].time_s);
        if even && within && onward && self.is_of_one_source(near, far, LEG[far_at], length) {
            self.lower_over(target, jet_s, plus(near.ray, leg), pass, far_at, far);
            return;
        }
        match self.over(near, &own, far, leg, LEG[far_at], Reach::edge(straight)) {
            Foot::On(time_s, ray) if time_s < lowest_s => {
                self.lower_over(target, time_s, ray, pass, far_at, far);
            }
            Foot::On(..) | Foot::Far => {}
            Foot::Near => self.at_near_end(near, &own, &cost, lowest_s, around, pass),
        }
    }

    /// The least time lies at the visited cell or on its other side.
    fn at_near_end(
        &mut self,
        near: &End,
        own: &Cost,
        cost: &Cost,
        lowest_s: f32,
        around: &[u32; 8],
        pass: &Pass,
    ) {
        let (leg, target) = (LEG[pass.step], around[pass.step] as usize);
        let far_at = pass.away(pass.turns());
        let far = around[far_at] as usize;
        if self.usable(far) {
            let reach = Reach::edge(pass.step.is_multiple_of(2));
            if let Foot::On(time_s, ray) = self.over(near, own, far, leg, LEG[far_at], reach) {
                if time_s < lowest_s {
                    self.lower_over(target, time_s, ray, pass, far_at, far);
                }
                return;
            }
        }
        let time_s = near.time_s + cost.seconds(leg);
        if time_s < lowest_s {
            let stretch = 1.0 + cost.length(near.ray) / cost.length(leg);
            self.lower(target, time_s, scaled(leg, stretch), pass.bucket);
        }
    }

    /// The cell on the other end of the edge is not known yet: the line to the next one around, then the visited cell's own
    /// ray.
    fn without_edge(
        &mut self,
        near: &End,
        own: &Cost,
        jet_s: f32,
        lowest_s: f32,
        around: &[u32; 8],
        pass: &Pass,
    ) {
        let (step, leg, target) = (pass.step, LEG[pass.step], around[pass.step] as usize);
        let even = *own == near.cost;
        let ray = plus(near.ray, leg);
        let turns = pass.turns() + 1..=3;
        let next = turns.map(|turns| pass.toward(turns)).find(|at| self.usable(around[*at] as usize));
        let mut offset_max = ALONE_MAX;
        if let Some(far_at) = next {
            let far = around[far_at] as usize;
            let length = near.cost.length(near.ray);
            if even && jet_s >= near.time_s && self.is_of_one_source(near, far, LEG[far_at], length) {
                self.lower(target, jet_s, ray, pass.bucket);
                return;
            }
            if let Foot::On(time_s, ray) = self.over(near, own, far, leg, LEG[far_at], Reach::Behind) {
                if time_s < lowest_s {
                    self.lower(target, time_s, ray, pass.bucket);
                }
                return;
            }
            offset_max = KINK_MAX;
        }
        let edge_burns = self.tiles.cells[around[pass.toward(pass.turns())] as usize].has(BURNABLE);
        let offset_squared = pass.aside * pass.aside / dot(ray, ray);
        let sound = offset_squared < if edge_burns { offset_max * offset_max } else { 1e-4 };
        if sound && jet_s >= near.time_s && own.is_even_with(&near.cost) {
            self.lower(target, jet_s, ray, pass.bucket);
        } else {
            let (time_s, ray) = self.straight(near, own, around, step);
            if time_s < lowest_s {
                self.lower(target, time_s, ray, pass.bucket);
            }
        }
    }

    /// The straight way from a cell to a neighbour. Past the corner of ground that does not burn the fire spreads from that
    /// corner: where both meet it, half-way to a corner neighbour or half a cell beside the way to a side neighbour.
    fn straight(&self, near: &End, own: &Cost, around: &[u32; 8], step: usize) -> (f32, Vector) {
        let (leg, cost) = (LEG[step], own.mean(&near.cost));
        let burns = |turns: usize| self.tiles.cells[around[(step + turns) % 8] as usize].has(BURNABLE);
        let beside = |turns: usize| scaled(LEG[(step + turns) % 8], 0.5);
        let half = scaled(leg, 0.5);
        let corner = match (step.is_multiple_of(2), burns(1), burns(7)) {
            (false, one, other) if one != other => Some(half),
            (true, false, true) if burns(2) => Some(plus(half, beside(2))),
            (true, true, false) if burns(6) => Some(plus(half, beside(6))),
            _ => None,
        };
        let chord_s = near.time_s + cost.seconds(leg);
        let Some(corner) = corner.filter(|_| own.is_even_with(&near.cost)) else {
            return (chord_s, leg);
        };
        let (length, longer) = (cost.length(near.ray), cost.length(plus(near.ray, corner)));
        let corner_s = near.time_s + dot(cost.drift, corner) + cost.slowness * (longer - length);
        let rest = [leg[0] - corner[0], leg[1] - corner[1]];
        let time_s = corner_s + cost.seconds(rest);
        if time_s >= near.time_s && time_s <= chord_s { (time_s, rest) } else { (chord_s, leg) }
    }

    /// Whether another cell of the same cost has the time that the visited cell's source gives it.
    #[inline]
    fn is_of_one_source(&self, near: &End, far: usize, to_far: Vector, length: f32) -> bool {
        let cell = &self.tiles.cells[far];
        let cost = near.cost;
        if cell.cost() != cost {
            return false;
        }
        let apart = [cell.ray[0] - near.ray[0] - to_far[0], cell.ray[1] - near.ray[1] - to_far[1]];
        if dot(apart, apart) > SAME_SOURCE * SAME_SOURCE {
            return false;
        }
        let longer = cost.length(cell.ray) - length;
        let rest_s = cell.time_s - near.time_s - dot(cost.drift, to_far) - cost.slowness * longer;
        rest_s.abs() < SAME_TIME * cost.slowness
    }

    /// Times a target that no ray of the visited cell leads to: an upper bound, so that nothing stays unreached.
    fn by_chord(&mut self, near: &End, around: &[u32; 8], step: usize, bucket: usize) {
        let target = around[step] as usize;
        let own = self.cost(target);
        let (time_s, ray) = self.straight(near, &own, around, step);
        if time_s < self.tiles.cells[target].time_s - TOLERANCE * own.head_slowness() {
            self.lower(target, time_s, ray, bucket);
            // From a point or a corner every way is a ray.
            if near.ray != [0.0; 2] && ray == LEG[step] {
                self.tiles.cells[target].flags |= CHORD;
            }
        }
    }

    #[inline]
    fn over(&mut self, near: &End, own: &Cost, far: usize, leg: Vector, edge: Vector, reach: Reach) -> Foot {
        let cost = self.cost(far);
        let cell = &self.tiles.cells[far];
        least(own, near, &End { time_s: cell.time_s, ray: cell.ray, cost }, leg, edge, reach)
    }

    /// Lowers a target's time to one over the edge to a far end, and notes the two.
    #[inline]
    fn lower_over(
        &mut self,
        target: usize,
        time_s: f32,
        ray: Vector,
        pass: &Pass,
        far_at: usize,
        far: usize,
    ) {
        self.lower(target, time_s, ray, pass.bucket);
        let near_seen = (pass.step + 4) % 8;
        // The target sees the far end one step beside the near one, on the other side of the ring.
        let clockwise = far_at == (pass.step + pass.turns()) % 8;
        let far_seen = if clockwise { (near_seen + 7) % 8 } else { (near_seen + 1) % 8 };
        self.tiles.cells[target].set_timed_over(near_seen, far_seen);
        let far = &mut self.tiles.cells[far];
        if !far.has(VISITED) {
            far.flags |= USED;
        }
    }

    /// Sets a cell's time and ray; it waits for a visit.
    #[inline]
    pub(super) fn lower(&mut self, id: usize, time_s: f32, ray: Vector, bucket: usize) {
        let cell = &mut self.tiles.cells[id];
        cell.time_s = time_s;
        cell.ray = ray;
        cell.flags &= !(VISITED | CHORD | USED | RETIMED);
        cell.pair = NO_PAIR;
        if time_s < self.end_s {
            self.queue.push(time_s, id, bucket);
        } else {
            self.later.push(id as u32);
        }
    }
}

/// A cost in the solver's measure.
fn in_cells(cost: &TravelCost, cell_m: f32) -> Cost {
    Cost {
        slowness: cost.slowness_s_m * cell_m,
        drift: [cost.drift_east_s_m * cell_m, cost.drift_north_s_m * cell_m],
        rise: [cost.rise_east, cost.rise_north],
    }
}
