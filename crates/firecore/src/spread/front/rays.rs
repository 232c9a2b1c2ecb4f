//! What a visit does with the cells around it: which it times along its ray, over a line, or straight.

use super::Medium;
use super::metric::{Cost, CostBits, LEG, Vector, cross, dot, nearest_leg, plus, same, scaled};
use super::pair::{End, Foot, Reach, least};
use super::solver::Front;
use super::tiles::{BURNABLE, CHORD, Cell, RETIMED, USED, VISITED};

/// A lowering by less than this share of the head's time through a cell is not followed up: it would move the front by less
/// than a hundredth of a cell and set off visits of cells that are settled.
const TOLERANCE: f32 = 0.01;

/// The same for a cell that was timed from the front itself when the weather changed: its neighbours know no better, and the
/// least of several such times would let the front gain with every change.
const RETIMED_TOLERANCE: f32 = 0.5;

/// A ray that passes a cell this far to its side, over the way ahead, may still have its foot on the edge there.
const ASIDE_MAX: f32 = 1.25;

/// How far beside the ray to the target, cells, a cell may lie that times it alone.
const ALONE_MAX: f32 = 0.5;

/// The same where the cell next to it, farther behind, has another source: there the front has a kink, and its ray goes on
/// on one side only.
const KINK_MAX: f32 = 0.3;

/// The same where the two cells' costs differ: the true ray bends.
const ALONE_UNEVEN_MAX: f32 = 0.1;

/// Sources this close, cells, are one; more would let a chain of cells run straight on where rays bend.
const SAME_SOURCE: f32 = 1e-3;

/// Times that agree with one source to this share of the slowness are of one fire: the rounding of 32 bits at 500 cells.
const SAME_TIME: f32 = 2e-4;

/// A cell as its visit sees it.
pub(super) struct Visited {
    pub(super) end: End,
    /// Its cost as the cell keeps it.
    bits: CostBits,
    /// Gives the product of its ray with a way along the slope.
    pull: Vector,
    /// Of its ray, along the slope, and the square of it.
    length: f32,
    square: f32,
    /// As [`Cost::head_slowness`].
    head_slowness: f32,
}

impl Visited {
    #[inline]
    pub(super) fn of(cell: &Cell) -> Self {
        let cost = cell.cost();
        let ray = cell.ray;
        let pull = plus(ray, scaled(cost.rise, dot(cost.rise, ray)));
        let square = dot(pull, ray);
        Self {
            end: End { time_s: cell.time_s, ray, cost },
            bits: cell.cost,
            pull,
            length: square.sqrt(),
            square,
            head_slowness: cost.head_slowness(),
        }
    }
}

/// What the visited cell's own ray offers a target.
struct Bid {
    /// The target's cost.
    own: Cost,
    /// That of the way, and whether either end has it.
    cost: Cost,
    even: bool,
    /// The time along the visited cell's own ray.
    jet_s: f32,
    /// A time must be less than this to count.
    lowest_s: f32,
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

impl<M: Medium> Front<'_, M> {
    /// Times the targets that rays lead to; gives the steps to them, as bits.
    #[inline]
    pub(super) fn follow_rays(
        &mut self,
        near: &Visited,
        around: &[u32; 8],
        used: bool,
        bucket: usize,
    ) -> u32 {
        let ray = near.end.ray;
        let flat = dot(ray, ray);
        let nearest = nearest_leg(ray);
        let mut rays = 0;
        for turn in 0..3 {
            // The nearest, then one to either side.
            let step = (nearest + (turn | (turn / 2 * 5))) % 8;
            let (along, aside) = (dot(ray, LEG[step]), cross(ray, LEG[step]));
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
                self.follow_ray(near, around, &Pass { step, aside, bucket });
            }
        }
        rays
    }

    /// Times a target that the visited cell's ray leads to.
    #[inline]
    fn follow_ray(&mut self, near: &Visited, around: &[u32; 8], pass: &Pass) {
        let (step, leg) = (pass.step, LEG[pass.step]);
        let target = around[step] as usize;
        self.know_cost(target);
        let cell = &self.tiles.cells[target];
        let even = same(&cell.cost, &near.bits);
        let tolerance = if cell.has(RETIMED) { RETIMED_TOLERANCE } else { TOLERANCE };
        let known_s = cell.time_s;
        let end = &near.end;
        let (own, cost, head_slowness) = if even {
            (end.cost, end.cost, near.head_slowness)
        } else {
            let own = cell.cost();
            (own, own.mean(&end.cost), own.head_slowness())
        };
        // From the visited cell's own source: exact where the medium is even.
        let (square, length, along) = if even {
            (near.square, near.length, dot(near.pull, leg))
        } else {
            let square = cost.product(end.ray, end.ray);
            (square, square.sqrt(), cost.product(end.ray, leg))
        };
        let gain = cost.product(leg, leg) + 2.0 * along;
        let longer = gain / ((square + gain).max(0.0).sqrt() + length);
        let jet_s = end.time_s + dot(cost.drift, leg) + cost.slowness * longer;
        let lowest_s = known_s - tolerance * head_slowness;
        if jet_s >= lowest_s {
            return;
        }
        let straight = step.is_multiple_of(2);
        let far_at = pass.toward(pass.turns());
        let far = around[far_at] as usize;
        if !self.usable(far) {
            self.without_edge(near, &Bid { own, cost, even, jet_s, lowest_s }, around, pass);
            return;
        }
        let within = !straight || pass.aside.abs() <= dot(end.ray, leg) + 1.0;
        let onward = jet_s >= end.time_s.min(self.tiles.cells[far].time_s);
        if even && within && onward && self.is_of_one_source(near, far, LEG[far_at]) {
            self.lower_over(target, jet_s, plus(end.ray, leg), pass, far_at, far);
            return;
        }
        match self.over(near, &own, even, far, [leg, LEG[far_at]], Reach::edge(straight)) {
            Foot::On(time_s, ray) if time_s < lowest_s => {
                self.lower_over(target, time_s, ray, pass, far_at, far);
            }
            Foot::On(..) | Foot::Far => {}
            Foot::Near => self.at_near_end(near, &Bid { own, cost, even, jet_s, lowest_s }, around, pass),
        }
    }

    /// The least time lies at the visited cell or on its other side.
    fn at_near_end(&mut self, visited: &Visited, bid: &Bid, around: &[u32; 8], pass: &Pass) {
        let near = &visited.end;
        let (leg, target) = (LEG[pass.step], around[pass.step] as usize);
        let far_at = pass.away(pass.turns());
        let far = around[far_at] as usize;
        if self.usable(far) {
            let reach = Reach::edge(pass.step.is_multiple_of(2));
            let ways = [leg, LEG[far_at]];
            if let Foot::On(time_s, ray) = self.over(visited, &bid.own, bid.even, far, ways, reach) {
                if time_s < bid.lowest_s {
                    self.lower_over(target, time_s, ray, pass, far_at, far);
                }
                return;
            }
        }
        let time_s = near.time_s + bid.cost.seconds(leg);
        if time_s < bid.lowest_s {
            let stretch = 1.0 + bid.cost.length(near.ray) / bid.cost.length(leg);
            self.lower(target, time_s, scaled(leg, stretch), pass.bucket);
        }
    }

    /// The cell on the other end of the edge is not known yet: the line to the next one around, then the visited cell's own
    /// ray.
    fn without_edge(&mut self, visited: &Visited, bid: &Bid, around: &[u32; 8], pass: &Pass) {
        let Bid { own, jet_s, lowest_s, .. } = bid;
        let (jet_s, lowest_s) = (*jet_s, *lowest_s);
        let near = &visited.end;
        let (step, leg, target) = (pass.step, LEG[pass.step], around[pass.step] as usize);
        let ray = plus(near.ray, leg);
        let turns = pass.turns() + 1..=3;
        let next = turns.map(|turns| pass.toward(turns)).find(|at| self.usable(around[*at] as usize));
        let mut offset_max = if bid.even { ALONE_MAX } else { ALONE_UNEVEN_MAX };
        if let Some(far_at) = next {
            let far = around[far_at] as usize;
            if bid.even && jet_s >= near.time_s && self.is_of_one_source(visited, far, LEG[far_at]) {
                self.lower(target, jet_s, ray, pass.bucket);
                return;
            }
            let ways = [leg, LEG[far_at]];
            if let Foot::On(time_s, ray) = self.over(visited, own, bid.even, far, ways, Reach::Behind) {
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
    fn is_of_one_source(&self, near: &Visited, far: usize, to_far: Vector) -> bool {
        let cell = &self.tiles.cells[far];
        if !same(&cell.cost, &near.bits) {
            return false;
        }
        let End { time_s, ray, cost } = near.end;
        let apart = [cell.ray[0] - ray[0] - to_far[0], cell.ray[1] - ray[1] - to_far[1]];
        if dot(apart, apart) > SAME_SOURCE * SAME_SOURCE {
            return false;
        }
        let longer = cost.length(cell.ray) - near.length;
        let rest_s = cell.time_s - time_s - dot(cost.drift, to_far) - cost.slowness * longer;
        rest_s.abs() < SAME_TIME * cost.slowness
    }

    /// Times a target that no ray of the visited cell leads to: an upper bound, so that nothing stays unreached.
    pub(super) fn by_chord(&mut self, near: &End, around: &[u32; 8], step: usize, bucket: usize) {
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

    /// The least time over the line to a far end, which lies at some step; `even` where the target's cost is the visited cell's.
    #[inline]
    fn over(
        &mut self,
        near: &Visited,
        own: &Cost,
        even: bool,
        far: usize,
        ways: [Vector; 2],
        reach: Reach,
    ) -> Foot {
        self.know_cost(far);
        let cell = &self.tiles.cells[far];
        let even = even && same(&cell.cost, &near.bits);
        let far = End { time_s: cell.time_s, ray: cell.ray, cost: cell.cost() };
        least(own, &near.end, &far, ways, reach, even)
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
}
