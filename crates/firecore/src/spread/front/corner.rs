//! Fire around the corners of ground that does not burn.
//!
//! On even ground a corner that fire comes to is a source of its own, for what lies in its shadow: beyond the line on which fire came to it, on the
//! side that it turns to. There nothing comes straight from where the fire was before, though a long ellipse's front, which burns
//! a cell before those beside it, would go on as if there were no wall; it is called back where the corner's own fire comes.

use super::Medium;
use super::group::{Bid, Ring};
use super::metric::{Cost, LEG, Vector, cross, dot, minus, plus, scaled};
use super::pair::End;
use super::rays::opposite;
use super::solver::Front;
use super::tiles::{BURNABLE, Cell, USED};

/// Which way a cell's fire turned at a corner, if it comes straight from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    No,
    Clockwise,
    Counter,
}

/// A way to a cell: when fire comes by it, with what ray, and where it turned.
pub(super) struct Way {
    pub(super) time_s: f32,
    pub(super) ray: Vector,
    pub(super) turn: Turn,
}

/// Sources that lie closer together, cells, are one.
const APART_MIN: f32 = 0.1;

/// A corner was lit from another source where it burned within this of when fire from there came to it, s over the slowness.
const LIT_TIME: f32 = 0.01;

/// Less deep, cells, is the shadow's border.
const DEPTH_MIN: f32 = 1e-3;

/// A source this far from a corner, cells, is none of a fire on this ground but of a straight front.
const BETWEEN_MAX: f32 = 4096.0;

/// Whether a place lies beyond a corner as seen from a source that lit this corner, given the ways to it from either; `None` where it did not.
fn is_beyond(cost: &Cost, direct: &Way, turned: &Way) -> Option<bool> {
    let sense = match turned.turn {
        Turn::No => return None,
        Turn::Clockwise => -1.0,
        Turn::Counter => 1.0,
    };
    // From the source to the corner.
    let between = minus(direct.ray, turned.ray);
    let square = dot(between, between);
    if square <= APART_MIN * APART_MIN || square >= BETWEEN_MAX * BETWEEN_MAX {
        return None;
    }
    let origin_s = |way: &Way| way.time_s - cost.seconds(way.ray);
    let late_s = origin_s(turned) - origin_s(direct) - cost.seconds(between);
    let is_lit = late_s.abs() < LIT_TIME * cost.slowness;
    is_lit.then(|| sense * cross(between, turned.ray) > DEPTH_MIN * square.sqrt())
}

/// The way that a cell's own fire takes on to another cell of the same cost.
fn onward(cell: &Cell, cost: &Cost, leg: Vector) -> Way {
    let ray = plus(cell.ray, leg);
    Way { time_s: cell.time_s - cost.seconds(cell.ray) + cost.seconds(ray), ray, turn: cell.turn }
}

/// Whether a ray to a target, which passes the visited cell on the side of ground that does not burn, comes from no farther on that side than
/// that ground's edge: it runs along it in the open. What it cuts off a corner there makes it too short by a two-hundredth of a cell at most.
#[inline]
fn is_along_wall(bid: Bid, ray: Vector) -> bool {
    /// From a cell's middle to its side, cells.
    const SIDE: f32 = 0.5;
    /// Twice what a way may be too short by, cells: the square of what is cut off over the ray's length.
    const SHORT_MAX: f32 = 0.01;
    let cut = -SIDE - dot(ray, LEG[bid.far_at()]);
    bid.straight() && (cut <= 0.0 || cut * cut * cut * cut <= SHORT_MAX * SHORT_MAX * dot(ray, ray))
}

/// The same where only the cell beside the visited one is such ground: the ray passes its farther corner, one and a half cells before the target, no
/// more than half a cell aside.
#[inline]
fn is_past_wall(bid: Bid, ray: Vector) -> bool {
    bid.straight() && -3.0 * dot(ray, LEG[bid.far_at()]) <= dot(ray, bid.leg())
}

/// Whether a ray to a target passes the visited cell, which lies to its side by `aside` over the ray's length, this close, in cells.
#[inline]
pub(super) fn is_within(aside: f32, ray: Vector, offset_max: f32) -> bool {
    aside * aside < offset_max * offset_max * dot(ray, ray)
}

impl<M: Medium> Front<'_, M> {
    /// Whether a ray to a target comes over the edge that it passes next to the visited cell: where that ground does not burn it must run along it,
    /// or through the cell's middle.
    #[inline]
    pub(super) fn is_open(&self, bid: Bid, around: &Ring, ray: Vector, aside: f32) -> bool {
        /// Of a ray through the middle, cells.
        const MIDDLE: f32 = 0.01;
        let burns = |at: usize| self.tiles.cells[around[at] as usize].has(BURNABLE);
        burns(bid.far_at())
            || is_along_wall(bid, ray)
            || burns(bid.toward(3)) && is_past_wall(bid, ray)
            || is_within(aside, ray, MIDDLE)
    }

    /// The straight way from a cell to a neighbour. Past the corner of ground that does not burn the fire spreads from that
    /// corner: where both meet it, half-way to a corner neighbour or half a cell beside the way to a side neighbour, or where the
    /// cell lies beside that ground, half a cell beside it and some way behind.
    pub(super) fn straight(&mut self, near: &End, own: &Cost, around: &Ring, step: usize) -> Way {
        let (leg, cost) = (LEG[step], own.mean(&near.cost));
        let burns = |turns: usize| self.tiles.cells[around[(step + turns) % 8] as usize].has(BURNABLE);
        let beside = |turns: usize| scaled(LEG[(step + turns) % 8], 0.5);
        let half = scaled(leg, 0.5);
        let corner = match (step.is_multiple_of(2), burns(1), burns(7)) {
            (false, false, true) => Some((half, Turn::Clockwise)),
            (false, true, false) => Some((half, Turn::Counter)),
            (true, false, true) if burns(2) => Some((plus(half, beside(2)), Turn::Clockwise)),
            (true, true, false) if burns(6) => Some((plus(half, beside(6)), Turn::Counter)),
            (true, ..) if *own == near.cost => {
                let ray = plus(near.ray, leg);
                let is_hidden = |turns: usize| !burns(turns) && dot(ray, beside(turns)) < 0.0;
                let turns = [(2, Turn::Clockwise), (6, Turn::Counter)];
                let beside = turns.into_iter().find(|(turns, _)| is_hidden(*turns));
                beside.and_then(|(turns, turn)| Some((self.corner_behind(around, step, turns)?, turn)))
            }
            _ => None,
        };
        let chord = Way { time_s: near.time_s + cost.seconds(leg), ray: leg, turn: Turn::No };
        let Some((corner, turn)) = corner.filter(|_| own.is_even_with(&near.cost)) else {
            return chord;
        };
        let (length, longer) = (cost.length(near.ray), cost.length(plus(near.ray, corner)));
        let corner_s = near.time_s + dot(cost.drift, corner) + cost.slowness * (longer - length);
        let ray = minus(leg, corner);
        let time_s = corner_s + cost.seconds(ray);
        // On even ground a head may come there before it comes to the cell.
        let is_even = *own == near.cost;
        let turn = if is_even { turn } else { Turn::No };
        // A corner that burned before the step did so under other weather, and one that would have burned the cell earlier than it
        // did burned later.
        let back_s = cost.seconds(scaled(corner, -1.0));
        let is_sound =
            corner_s >= self.begin_s && corner_s + back_s >= near.time_s - LIT_TIME * cost.slowness;
        let is_onward = if is_even { is_sound } else { time_s >= near.time_s };
        if is_onward && time_s <= chord.time_s { Way { time_s, ray, turn } } else { chord }
    }

    /// Where the ground beside a cell, which does not burn, begins: behind it, as seen on a step to a side. From the cell.
    fn corner_behind(&mut self, around: &Ring, step: usize, turns: usize) -> Option<Vector> {
        /// Cells that are looked at: only a bound on the work where a wall is longer; there the fire goes straight on.
        const BEHIND_MAX: usize = 256;
        let (leg, side) = (LEG[step], LEG[(step + turns) % 8]);
        let target = around[step] as usize;
        let (row, col) = self.tiles.place(target);
        let bits = self.tiles.cells[target].cost;
        let mut cell = |back: usize, aside: f32| {
            let [east, north] = minus(scaled(side, aside), scaled(leg, back as f32));
            let (row, col) = (row as isize - north as isize, col as isize + east as isize);
            let is_inside =
                row >= 0 && col >= 0 && (row as usize) < self.tiles.rows && (col as usize) < self.tiles.cols;
            is_inside.then(|| {
                let id = self.at(row as usize, col as usize);
                self.tiles.cells[id]
            })
        };
        // From the cell before the one that the step leads from on.
        for back in 2..BEHIND_MAX {
            cell(back, 0.0).filter(|cell| cell.has(BURNABLE) && cell.cost == bits)?;
            if cell(back, 1.0)?.has(BURNABLE) {
                return Some(minus(scaled(side, 0.5), scaled(leg, back as f32 - 1.5)));
            }
        }
        None
    }

    /// Takes a way to a cell.
    #[inline(always)]
    pub(super) fn take_way(&mut self, id: usize, way: &Way, bucket: usize) {
        if way.turn == Turn::No {
            self.lower(id, way.time_s, way.ray, bucket);
        } else {
            self.turn_to(id, way, bucket);
        }
    }

    /// Takes a way around a corner, which is exact, whatever came before.
    #[inline(never)]
    fn turn_to(&mut self, id: usize, way: &Way, bucket: usize) {
        if self.tiles.cells[id].has(USED) {
            // What was timed over an edge that ends here was so from another time.
            for (step, beside) in self.around(id).into_iter().enumerate() {
                self.tiles.cells[beside as usize].pair &= !opposite(step);
            }
        }
        self.lower(id, way.time_s, way.ray, bucket);
        self.tiles.cells[id].turn = way.turn;
    }

    /// Whether the ground at a corner hides a cell from a source that lit this corner, given the ways to it from either; `None` where it did not.
    fn is_hidden(&mut self, id: usize, cost: &Cost, direct: &Way, turned: &Way) -> Option<bool> {
        let is_beyond = is_beyond(cost, direct, turned)?;
        // The shadow ends where that ground does.
        Some(is_beyond && !self.passes_corner(id, direct.ray, turned.ray))
    }

    /// Whether a ray to a cell crosses burnable ground only where it passes a corner, given the way from there.
    fn passes_corner(&mut self, id: usize, ray: Vector, from_corner: Vector) -> bool {
        /// How far before and behind it, cells, and times how far off it passes: from there to the ray ground reaches that turns from the ray by
        /// 27 degrees and more.
        const REACH: [f32; 2] = [2.0, 2.0];
        let length = dot(ray, ray).sqrt();
        let (back, aside) = (dot(from_corner, ray) / length, cross(from_corner, ray).abs() / length);
        let reach = REACH[0] + REACH[1] * aside;
        let [near, far] = [back - reach, back + reach].map(|back| back.clamp(0.0, length) / length);
        let (row, col) = self.tiles.place(id);
        let place = [col as f64 + 0.5, -(row as f64 + 0.5)];
        let place = [0, 1].map(|axis| place[axis] - f64::from(near * ray[axis]));
        self.in_sight(place, scaled(ray, far - near), None)
    }

    /// Whether a time and a ray come through the ground whose corner a cell's fire turned at.
    #[inline(never)]
    pub(super) fn comes_through(&mut self, id: usize, time_s: f32, ray: Vector) -> bool {
        let cell = self.tiles.cells[id];
        let turned = Way { time_s: cell.time_s, ray: cell.ray, turn: cell.turn };
        let direct = Way { time_s, ray, turn: Turn::No };
        self.is_hidden(id, &cell.cost(), &direct, &turned) == Some(true)
    }

    /// Calls back what came to the neighbours of a visited cell through the ground whose corner its own fire turned at.
    #[inline(never)]
    pub(super) fn call_back(&mut self, id: usize, around: &Ring, bucket: usize) {
        let cell = self.tiles.cells[id];
        let cost = cell.cost();
        for (step, leg) in LEG.into_iter().enumerate() {
            let to = around[step] as usize;
            let target = &self.tiles.cells[to];
            let known = (target.time_s >= self.begin_s) & (target.time_s < f32::INFINITY);
            if !known || target.turn != Turn::No || target.cost != cell.cost || !self.passable(around, step) {
                continue;
            }
            let turned = onward(&cell, &cost, leg);
            let direct = Way { time_s: target.time_s, ray: target.ray, turn: Turn::No };
            if direct.time_s < turned.time_s && self.is_hidden(to, &cost, &direct, &turned) == Some(true) {
                self.turn_to(to, &turned, bucket);
            }
        }
    }

    /// The way to a target where one end of the edge to it has its fire from a corner that the other's source lit: from there in its shadow, else
    /// from that source. Both ends and the target have one cost.
    #[inline(always)]
    pub(super) fn beside_corner(&mut self, near: usize, target: usize, far: usize, bid: Bid) -> Option<Way> {
        let (near, far) = (&self.tiles.cells[near], &self.tiles.cells[far]);
        if near.turn == Turn::No && far.turn == Turn::No || near.cost != far.cost {
            return None;
        }
        let cost = near.cost();
        let to_far = minus(bid.leg(), LEG[bid.far_at()]);
        let ways = [onward(near, &cost, bid.leg()), onward(far, &cost, to_far)];
        self.of_lit_corner(target, &cost, ways)
    }

    #[inline(never)]
    fn of_lit_corner(&mut self, target: usize, cost: &Cost, [near, far]: [Way; 2]) -> Option<Way> {
        if let Some(hidden) = self.is_hidden(target, cost, &near, &far) {
            return Some(if hidden { far } else { near });
        }
        self.is_hidden(target, cost, &far, &near).map(|hidden| if hidden { near } else { far })
    }
}
