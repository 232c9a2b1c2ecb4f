//! What a visit does at once: its ray leads on where the ground is even and both ends of the edge have one source. All else is
//! left to a group.

use super::Medium;
use super::corner::{Turn, Way, is_within};
use super::group::{Bid, Group, Ring, TURNS, Targets};
use super::lanes::{LANES, Lanes, splat};
use super::metric::{Cost, LEG, Vector, dot, minus, plus};
use super::rays::{ALONE_MAX, RETIMED_TOLERANCE, TOLERANCE, opposite};
use super::solver::Front;
use super::tiles::{BURNABLE, Cell, RETIMED, USED};

/// Sources this close, cells, are one; more would let a chain of cells run straight on where rays bend.
const SAME_SOURCE: f32 = 1e-3;

/// Times that agree with one source to this share of the slowness are of one fire: the rounding of 32 bits at 500 cells.
const SAME_TIME: f32 = 2e-4;

/// A fire that is rounder than one this many times as slow to the flanks as at its head takes longer over its cells, and rounding has
/// more hops to add up over: times agree to the same share of this many times the head's slowness.
const ROUND: f32 = 10.0;

/// Times that a visited cell's ray gives its targets under the visited cell's own cost, by turn.
struct Jets {
    cost: Cost,
    head_slowness: f32,
    /// That of the ray.
    length: f32,
    times_s: Lanes,
}

impl Jets {
    #[inline(always)]
    fn of(cell: &Cell, targets: &Targets) -> Self {
        let cost = cell.cost();
        let square = cost.product(cell.ray, cell.ray);
        let length = square.sqrt();
        let rise = splat(cost.rise);
        let climb = rise[0] * targets.legs[0] + rise[1] * targets.legs[1];
        let legs = targets.legs[0] * targets.legs[0] + targets.legs[1] * targets.legs[1] + climb * climb;
        let along = targets.along + Lanes::splat(dot(cost.rise, cell.ray)) * climb;
        let gain = legs + Lanes::splat(2.0) * along;
        let longer =
            gain / ((Lanes::splat(square) + gain).fast_max(Lanes::ZERO).sqrt() + Lanes::splat(length));
        let drift = splat(cost.drift);
        let times_s = Lanes::splat(cell.time_s)
            + (drift[0] * targets.legs[0] + drift[1] * targets.legs[1])
            + Lanes::splat(cost.slowness) * longer;
        Self { cost, head_slowness: cost.head_slowness(), length, times_s }
    }

    /// The turns whose targets have later times than these, as bits.
    #[inline]
    fn lower_than(&self, known_s: [f32; LANES]) -> u32 {
        let lowest_s = Lanes::new(known_s) - Lanes::splat(TOLERANCE * self.head_slowness);
        self.times_s.simd_lt(lowest_s).to_bitmask()
    }
}

/// A jet that is lower than what its target has.
struct Jet<'a> {
    cell: &'a Cell,
    cost: &'a Cost,
    head_slowness: f32,
    length: f32,
    time_s: f32,
    /// How far the way lies to the ray's side, and along it, times the ray's length.
    aside: f32,
    along: f32,
}

impl Jet<'_> {
    #[inline(always)]
    fn way(&self, ray: Vector) -> Way {
        Way { time_s: self.time_s, ray, turn: self.cell.turn }
    }

    /// Whether another cell has the same source and the time that it gives, so that the jet is exact: the far end of the bid's edge, or a
    /// cell that lies behind. No jet leads back to before a time.
    #[inline(always)]
    fn agrees_with(&self, far: &Cell, bid: Bid, far_at: usize, is_edge: bool, not_before_s: f32) -> bool {
        let Self { cell, cost, time_s, .. } = *self;
        let edge = LEG[far_at];
        let apart: Vector = minus(minus(far.ray, cell.ray), edge);
        let rest_s = far.time_s
            - cell.time_s
            - dot(cost.drift, edge)
            - cost.slowness * (cost.length(far.ray) - self.length);
        let within = (self.aside.abs() <= self.along + 1.0) | !bid.straight() | !is_edge;
        (far.cost == cell.cost)
            & (dot(apart, apart) <= SAME_SOURCE * SAME_SOURCE)
            & (rest_s.abs() < SAME_TIME * cost.slowness.max(ROUND * self.head_slowness))
            & within
            // A long ellipse's head passes an edge before either of its ends burns, and beyond a length-to-width ratio of 12 many cells beside
            // it before the far end is known.
            && (is_edge
                || time_s >= cell.time_s
                || time_s >= not_before_s && is_within(self.aside, plus(cell.ray, bid.leg()), ALONE_MAX))
    }
}

impl<M: Medium> Front<'_, M> {
    /// Times the targets that a visited cell's ray leads to, or adds them to the group; gives the steps to all of them, as bits.
    #[inline(always)]
    pub(super) fn follow_ray(
        &mut self,
        group: &mut Group,
        id: usize,
        cell: &Cell,
        around: &Ring,
        bucket: usize,
    ) -> u32 {
        let targets = Targets::of(cell.ray);
        let used = if cell.has(USED) { u8::MAX } else { 0 };
        let (mut open, mut even, mut known_s) = (0, 0, [0.0; LANES]);
        for (turn, known_s) in known_s.iter_mut().enumerate().take(TURNS) {
            let step = targets.step(turn);
            let to = around[step] as usize;
            let target = &self.tiles.cells[to];
            // Not what burned before, nor what is timed over the edge that this visit would time it over.
            let timed = target.pair & used & opposite(step) != 0;
            let leads = targets.leads >> turn & 1 != 0;
            *known_s = target.time_s;
            if leads & (target.time_s >= self.begin_s) & !timed {
                self.know_cost(to);
                open |= 1 << turn;
                even |= u32::from(self.tiles.cells[to].cost == cell.cost) << turn;
            }
        }
        if even != 0 {
            let jets = Jets::of(cell, &targets);
            let lower = jets.lower_than(known_s);
            open &= !even | lower;
            open &= !self.settle_evenly(&jets, cell, around, &targets, even & lower, bucket);
        }
        self.met_uneven |= open & !even != 0;
        if open != 0 {
            group.add(id, around);
            for turn in (0..TURNS).filter(|turn| open >> turn & 1 != 0) {
                group.push(targets.bid(turn));
            }
        }
        targets.steps()
    }

    /// Takes the jets to some turns' targets, all over even ground; gives the turns that are settled.
    #[inline(always)]
    fn settle_evenly(
        &mut self,
        jets: &Jets,
        cell: &Cell,
        around: &Ring,
        targets: &Targets,
        turns: u32,
        bucket: usize,
    ) -> u32 {
        let (times_s, aside, along) =
            (jets.times_s.to_array(), targets.aside.to_array(), targets.along.to_array());
        let (mut left, mut settled) = (turns, 0);
        while left != 0 {
            let turn = left.trailing_zeros() as usize % LANES;
            left &= left - 1;
            let jet = Jet {
                cell,
                cost: &jets.cost,
                head_slowness: jets.head_slowness,
                length: jets.length,
                time_s: times_s[turn],
                aside: aside[turn],
                along: along[turn],
            };
            settled |= u32::from(self.settles_evenly(targets.bid(turn), around, &jet, bucket)) << turn;
        }
        settled
    }

    /// Takes a jet over even ground where the far end of the edge has its source, too; whether there is no more to do for its
    /// target.
    #[inline(always)]
    fn settles_evenly(&mut self, bid: Bid, around: &Ring, jet: &Jet<'_>, bucket: usize) -> bool {
        let target = &self.tiles.cells[around[bid.step()] as usize];
        let high = target.has(RETIMED) && jet.time_s >= target.time_s - RETIMED_TOLERANCE * jet.head_slowness;
        if high || !self.passable(around, bid.step()) {
            return true;
        }
        let mut far_at = bid.far_at();
        let usable = self.is_usable(&self.tiles.cells[around[far_at] as usize], jet.cell.time_s);
        if !usable {
            // Past what does not burn nothing is seen but along it.
            if !self.is_open(bid, around, plus(jet.cell.ray, bid.leg()), jet.aside) {
                return false;
            }
            match self.next_usable(around, bid, jet.cell.time_s) {
                Some(at) => far_at = at,
                None => return self.goes_alone(bid, around, jet, bucket),
            }
        }
        let far_id = around[far_at] as usize;
        if !jet.agrees_with(&self.tiles.cells[far_id], bid, far_at, usable, self.begin_s) {
            return false;
        }
        let to = around[bid.step()] as usize;
        self.take_way(to, &jet.way(plus(jet.cell.ray, bid.leg())), bucket);
        if usable {
            self.note_edge(bid, to, far_id);
        }
        true
    }

    /// Takes a jet that passes its cell close enough where no other end of a line is known; whether it did.
    fn goes_alone(&mut self, bid: Bid, around: &Ring, jet: &Jet<'_>, bucket: usize) -> bool {
        let ray = plus(jet.cell.ray, bid.leg());
        let edge_burns = self.tiles.cells[around[bid.far_at()] as usize].has(BURNABLE);
        // Along what does not burn all is known, and behind a corner all that comes from there.
        let is_later = jet.time_s >= jet.cell.time_s || jet.cell.turn != Turn::No;
        let sound =
            jet.time_s >= self.begin_s && (!edge_burns || is_later && is_within(jet.aside, ray, ALONE_MAX));
        if sound {
            self.take_way(around[bid.step()] as usize, &jet.way(ray), bucket);
        }
        sound
    }
}
