//! What a visit does with the cells around it: which it times along its ray, over a line, or straight.

use super::Medium;
use super::metric::{Cost, LEG, Vector, cross, dot, nearest_leg, plus, scaled};
use super::pair::{End, Foot, Reach, least};
use super::solver::Front;
use super::tiles::{BURNABLE, CHORD, RETIMED, USED, VISITED};

/// A lowering by less than this share of the head's time through a cell is not followed up: it would move the front by less
/// than a hundredth of a cell and set off visits of cells that are settled.
const TOLERANCE: f32 = 0.01;

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
    pub(super) fn follow_rays(&mut self, near: &End, around: &[u32; 8], used: bool, bucket: usize) -> u32 {
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
}
