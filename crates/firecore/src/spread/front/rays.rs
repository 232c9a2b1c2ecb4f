//! What visits do with the cells around them: which they time along their rays, over a line, or straight.

use super::Medium;
use super::group::{Bid, Group, Ring, TURNS};
use super::lanes::{LANES, Lanes};
use super::metric::{Cost, LEG, Vector, cross, dot, minus, nearest_leg, plus, scaled};
use super::pair::{End, Feet, Foot, Lines, Reach};
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

/// A bid that its own ray does not settle alone, with what there is to settle it.
struct Offer<'a> {
    bid: Bid,
    around: &'a Ring,
    bucket: usize,
    /// The visited cell.
    near: End,
    target: usize,
    /// The target's cost, and whether it is the visited cell's.
    own: Cost,
    even: bool,
    /// The time along the visited cell's own ray.
    jet_s: f32,
    /// A time must be less than this to count.
    lowest_s: f32,
}

/// The offers of four visits.
struct Four {
    /// The times of targets and far ends that they were made of.
    target_s: [f32; LANES],
    far_s: [f32; LANES],
    /// The times along the visited cells' own rays.
    jets_s: [f32; LANES],
    /// A time must be less than this to count.
    lowest_s: [f32; LANES],
    /// As bits: where visited cell and target have the same cost, where the edge is usable, and where it lies with the visited
    /// cell around one source.
    even: u32,
    usable: u32,
    of_one_source: u32,
    feet: Feet,
}

impl<M: Medium> Front<'_, M> {
    /// Adds the targets that a visited cell's ray leads to, where it may time them; gives the steps to all of them, as bits.
    #[inline]
    pub(super) fn add_targets(&mut self, group: &mut Group, id: usize, around: &Ring) -> u32 {
        let member = group.add(id, around);
        let cell = self.tiles.cells[id];
        let (ray, used) = (cell.ray, cell.has(USED));
        let flat = dot(ray, ray);
        let nearest = nearest_leg(ray);
        let mut rays = 0;
        for turn in 0..TURNS {
            // The nearest, then one to either side.
            let step = (nearest + (turn | (turn / 2 * 5))) % 8;
            let (along, aside) = (dot(ray, LEG[step]), cross(ray, LEG[step]));
            let of_side = aside.abs() <= ASIDE_MAX * (along + 1.0);
            let of_corner = aside * aside <= flat + 2.0 * along + 2.0;
            let straight = step.is_multiple_of(2);
            let leads = (straight & of_side) | (!straight & of_corner);
            rays |= u32::from(leads) << step;
            let id = around[step] as usize;
            let target = &self.tiles.cells[id];
            // Not what burned before, nor what is timed over the edge that this visit would time it over.
            let timed = used & target.was_timed_over((step + 4) % 8);
            let open = leads & (target.time_s >= self.begin_s) & !timed & self.passable(around, step);
            group.ask_if(open & (target.tag != self.tag), id);
            group.push_if(open, Bid::new(member, step, aside));
        }
        rays
    }

    /// Times the targets that the rays of a group's cells lead to, and empties the group.
    #[inline(never)]
    pub(super) fn follow_rays(&mut self, group: &mut Group, bucket: usize) {
        for &id in group.unknown() {
            self.know_cost(id as usize);
        }
        for from in (0..group.count()).step_by(LANES) {
            let bids = group.four(from);
            let offers = self.offers(group, &bids);
            for (lane, bid) in bids.into_iter().enumerate().take(group.count() - from) {
                let (cells, target) = (&self.tiles.cells, group.target(bid));
                let cell = &cells[group.from(bid)];
                let timed = cell.has(USED) & cells[target].was_timed_over((bid.step() + 4) % 8);
                // A cell that was lowered since is visited again.
                if timed | !cell.has(VISITED) {
                    continue;
                }
                let same = (cells[target].time_s == offers.target_s[lane])
                    & (cells[group.far(bid)].time_s == offers.far_s[lane]);
                if same {
                    self.take_offer(group, bid, lane, &offers, bucket);
                } else {
                    self.offer_again(group, bid, bucket);
                }
            }
        }
        group.clear();
    }

    /// Makes and takes an offer whose ground a bid beside it has changed.
    #[inline(never)]
    fn offer_again(&mut self, group: &Group, bid: Bid, bucket: usize) {
        let offers = self.offers(group, &[bid; LANES]);
        self.take_offer(group, bid, 0, &offers, bucket);
    }

    /// Times a target by what its bid offers.
    #[inline]
    fn take_offer(&mut self, group: &Group, bid: Bid, lane: usize, offers: &Four, bucket: usize) {
        let (jet_s, lowest_s) = (offers.jets_s[lane], offers.lowest_s[lane]);
        if jet_s >= lowest_s {
            return;
        }
        let (id, target) = (group.from(bid), group.target(bid));
        let yes = |bits: u32| bits >> lane & 1 != 0;
        if yes(offers.of_one_source) {
            let ray = plus(self.tiles.cells[id].ray, bid.leg());
            self.lower_over(group, bid, jet_s, ray, bucket);
            return;
        }
        let foot = offers.feet.one(lane);
        if let Foot::On(time_s, ray) = foot
            && yes(offers.usable)
        {
            if time_s < lowest_s {
                self.lower_over(group, bid, time_s, ray, bucket);
            }
            return;
        }
        let offer = Offer {
            bid,
            around: &group.around[bid.member()],
            bucket,
            near: End::of(&self.tiles.cells[id]),
            target,
            own: self.tiles.cells[target].cost(),
            even: yes(offers.even),
            jet_s,
            lowest_s,
        };
        if !yes(offers.usable) {
            self.without_edge(&offer);
        } else if matches!(foot, Foot::Near) {
            self.at_near_end(group, &offer);
        }
    }

    /// What four visits offer their targets.
    #[inline]
    fn offers(&self, group: &Group, bids: &[Bid; LANES]) -> Four {
        let cells = &self.tiles.cells;
        let near = End::of_four(bids.map(|bid| &cells[group.from(bid)]));
        let targets = bids.map(|bid| &cells[group.target(bid)]);
        let fars = bids.map(|bid| &cells[group.far(bid)]);
        let (target, far) = (End::of_four(targets), End::of_four(fars));
        let leg = each(bids.map(Bid::leg));
        let edge = each(bids.map(|bid| LEG[bid.far_at()]));
        let own = target.cost;
        // From the visited cell's own source: exact where the medium is even.
        let cost = own.mean(&near.cost);
        let square = cost.product(near.ray, near.ray);
        let length = square.sqrt();
        let gain = cost.product(leg, leg) + Lanes::splat(2.0) * cost.product(near.ray, leg);
        let longer = gain / ((square + gain).fast_max(Lanes::ZERO).sqrt() + length);
        let jet_s = near.time_s + dot(cost.drift, leg) + cost.slowness * longer;
        let shares = targets.map(|cell| if cell.has(RETIMED) { RETIMED_TOLERANCE } else { TOLERANCE });
        let lowest_s = target.time_s - Lanes::new(shares) * own.head_slowness();
        // Whether the far end has the time that the visited cell's source gives it.
        let even = near.cost.equals(&own);
        let all_even = even & far.cost.equals(&own);
        let apart = minus(minus(far.ray, near.ray), edge);
        let rest_s = far.time_s
            - near.time_s
            - dot(cost.drift, edge)
            - cost.slowness * (cost.length(far.ray) - length);
        let straight = Lanes::new(bids.map(|bid| f32::from(u8::from(bid.straight())))).simd_eq(Lanes::ONE);
        let aside = cross(near.ray, leg);
        let within = aside.abs().simd_le(dot(near.ray, leg) + Lanes::ONE) | !straight;
        let times_s = near.time_s.to_array();
        let usable = (0..LANES)
            .fold(0, |bits, lane| bits | u32::from(self.is_usable(fars[lane], times_s[lane])) << lane);
        let of_one_source = all_even
            & dot(apart, apart).simd_le(Lanes::splat(SAME_SOURCE * SAME_SOURCE))
            & rest_s.abs().simd_lt(Lanes::splat(SAME_TIME) * cost.slowness)
            & within
            & jet_s.simd_ge(near.time_s.fast_min(far.time_s));
        let of_one_source = of_one_source.to_bitmask() & usable;
        let lower = jet_s.simd_lt(lowest_s).to_bitmask();
        let mut feet = Feet::FAR;
        if lower & usable & !of_one_source != 0 {
            let lines = Lines {
                own,
                near,
                far,
                to: leg,
                edge,
                from_corner: !straight,
                behind: Lanes::ZERO,
                even: all_even,
            };
            feet = lines.least();
        }
        Four {
            target_s: target.time_s.to_array(),
            far_s: far.time_s.to_array(),
            jets_s: jet_s.to_array(),
            lowest_s: lowest_s.to_array(),
            even: even.to_bitmask(),
            usable,
            of_one_source,
            feet,
        }
    }

    /// The least time lies at the visited cell or on its other side.
    #[inline(never)]
    fn at_near_end(&mut self, group: &Group, offer: &Offer<'_>) {
        let Offer { bid, around, near, target, lowest_s, .. } = *offer;
        let far_at = bid.away(bid.turns());
        if self.is_usable(&self.tiles.cells[around[far_at] as usize], near.time_s)
            && let Foot::On(time_s, ray) = self.over(offer, far_at, Reach::edge(bid.straight()))
        {
            if time_s < lowest_s {
                self.lower_over(group, bid.with_far_at(far_at), time_s, ray, offer.bucket);
            }
            return;
        }
        let (leg, cost) = (bid.leg(), offer.own.mean(&near.cost));
        let time_s = near.time_s + cost.seconds(leg);
        if time_s < lowest_s {
            let stretch = 1.0 + cost.length(near.ray) / cost.length(leg);
            self.lower(target, time_s, scaled(leg, stretch), offer.bucket);
        }
    }

    /// The cell on the other end of the edge is not known yet: the line to the next one around, then the visited cell's own
    /// ray.
    #[inline(never)]
    fn without_edge(&mut self, offer: &Offer<'_>) {
        let Offer { bid, around, bucket, near, target, own, even, jet_s, lowest_s } = *offer;
        let ray = plus(near.ray, bid.leg());
        let turns = bid.turns() + 1..=3;
        let usable = |at: &usize| self.is_usable(&self.tiles.cells[around[*at] as usize], near.time_s);
        let next = turns.map(|turns| bid.toward(turns)).find(usable);
        let mut offset_max = if even { ALONE_MAX } else { ALONE_UNEVEN_MAX };
        if let Some(far_at) = next {
            let far = around[far_at] as usize;
            if even && jet_s >= near.time_s && self.is_of_one_source(&near, far, LEG[far_at]) {
                self.lower(target, jet_s, ray, bucket);
                return;
            }
            if let Foot::On(time_s, ray) = self.over(offer, far_at, Reach::Behind) {
                if time_s < lowest_s {
                    self.lower(target, time_s, ray, bucket);
                }
                return;
            }
            offset_max = KINK_MAX;
        }
        let edge_burns = self.tiles.cells[around[bid.far_at()] as usize].has(BURNABLE);
        let aside = cross(near.ray, bid.leg());
        let offset_squared = aside * aside / dot(ray, ray);
        let sound = offset_squared < if edge_burns { offset_max * offset_max } else { 1e-4 };
        if sound && jet_s >= near.time_s && own.is_even_with(&near.cost) {
            self.lower(target, jet_s, ray, bucket);
        } else {
            let (time_s, ray) = self.straight(&near, &own, around, bid.step());
            if time_s < lowest_s {
                self.lower(target, time_s, ray, bucket);
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
    fn is_of_one_source(&self, near: &End, far: usize, to_far: Vector) -> bool {
        let far = End::of(&self.tiles.cells[far]);
        let End { time_s, ray, cost } = *near;
        let apart = minus(minus(far.ray, ray), to_far);
        if far.cost != cost || dot(apart, apart) > SAME_SOURCE * SAME_SOURCE {
            return false;
        }
        let longer = cost.length(far.ray) - cost.length(ray);
        let rest_s = far.time_s - time_s - dot(cost.drift, to_far) - cost.slowness * longer;
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

    /// The least time over the line to a far end, which lies at some step.
    fn over(&self, offer: &Offer<'_>, far_at: usize, reach: Reach) -> Foot {
        let far = End::of(&self.tiles.cells[offer.around[far_at] as usize]);
        let even = offer.even && far.cost == offer.near.cost;
        Lines::of_one(&offer.own, &offer.near, &far, [offer.bid.leg(), LEG[far_at]], reach, even)
            .least()
            .one(0)
    }

    /// Lowers a target's time to one over the edge to a far end, and notes the two.
    #[inline]
    fn lower_over(&mut self, group: &Group, bid: Bid, time_s: f32, ray: Vector, bucket: usize) {
        let (target, far) = (group.target(bid), group.far(bid));
        self.lower(target, time_s, ray, bucket);
        let near_seen = (bid.step() + 4) % 8;
        // The target sees the far end one step beside the near one, on the other side of the ring.
        let clockwise = bid.far_at() == (bid.step() + bid.turns()) % 8;
        let far_seen = if clockwise { (near_seen + 7) % 8 } else { (near_seen + 1) % 8 };
        self.tiles.cells[target].set_timed_over(near_seen, far_seen);
        self.tiles.cells[far].flags |= USED;
    }
}

/// Four ways.
#[inline]
fn each(ways: [Vector; LANES]) -> Vector<Lanes> {
    [Lanes::new(ways.map(|way| way[0])), Lanes::new(ways.map(|way| way[1]))]
}
