//! What visits do with the cells around them: which they time along their rays, over a line, or straight.

use super::Medium;
use super::corner::{Turn, Way, is_within};
use super::group::{Bid, CellsBid, Group, Quad, Ring};
use super::lanes::{LANES, Lanes, four, mask};
use super::metric::{Cost, LEG, Vector, cross, dot, plus, scaled};
use super::pair::{End, Feet, Foot, Lines, Reach};
use super::solver::Front;
use super::tiles::{BURNABLE, CHORD, Cell, RETIMED, USED, VISITED};

/// A lowering by less than this share of the head's time through a cell is not followed up: it would move the front by less
/// than a hundredth of a cell and set off visits of cells that are settled.
pub(super) const TOLERANCE: f32 = 0.01;

/// The same for a cell that was timed from the front itself when the weather changed: its neighbours know no better, and the
/// least of several such times would let the front gain with every change.
pub(super) const RETIMED_TOLERANCE: f32 = 0.5;

/// How far beside the ray to the target, cells, a cell may lie that times it alone.
pub(super) const ALONE_MAX: f32 = 0.5;

/// The same where the cell next to it, farther behind, has another source: there the front has a kink, and its ray goes on
/// on one side only.
const KINK_MAX: f32 = 0.3;

/// The same where the two cells' costs differ: the true ray bends.
const ALONE_UNEVEN_MAX: f32 = 0.1;

/// Where the square of the eccentricity is less than this (length-to-width 2.6) a straight way whose edge burns later is no source: longer
/// ellipses wait in vain for another.
const ROUND_MAX: f32 = 0.85;

/// What four visits offer their targets.
struct Offers {
    /// The times of the targets, of the far ends and of the cells that stand for those, which they were made of.
    target_s: [f32; LANES],
    far_s: [f32; LANES],
    instead_s: [f32; LANES],
    /// Those cells: the far ends, or where these are not usable the next cells around that are.
    instead: [u32; LANES],
    /// The times along the visited cells' own rays.
    jet_s: [f32; LANES],
    /// A time must be less than this to count.
    lowest_s: [f32; LANES],
    /// As bits: where that is less, where visited cell and target have the same cost, where the edge is usable, and where the line to the next
    /// cell around is.
    lower: u32,
    even: u32,
    usable: u32,
    behind: u32,
    feet: Feet,
}

/// One of these, which its own ray does not settle.
struct Offer<'a> {
    bid: Bid,
    around: &'a Ring,
    bucket: usize,
    /// The visited cell, and which way its fire turned.
    near: End,
    turn: Turn,
    target: usize,
    /// The target's cost.
    own: Cost,
    even: bool,
    behind: bool,
    jet_s: f32,
    lowest_s: f32,
}

impl<M: Medium> Front<'_, M> {
    /// Times the targets that the rays of a group's cells lead to, and empties the group.
    #[inline(never)]
    pub(super) fn follow_rays(&mut self, group: &mut Group, bucket: usize) {
        group.fill();
        for first in (0..group.count()).step_by(LANES) {
            let quad = group.quad(first);
            let offers = self.offers(group, quad);
            // The last bid stands where there are not four.
            let mut lower = offers.lower & (0b1111 >> LANES.saturating_sub(group.count() - first));
            while lower != 0 {
                let lane = lower.trailing_zeros() as usize % LANES;
                lower &= lower - 1;
                let CellsBid { bid, from, target, far } = quad[lane];
                let cells = &self.tiles.cells;
                let (cell, target) = (&cells[from as usize], &cells[target as usize]);
                let timed = cell.has(USED) & (target.pair & opposite(bid.step()) != 0);
                // A cell that was lowered since is visited again.
                if timed | !cell.has(VISITED) {
                    continue;
                }
                let same = (target.time_s == offers.target_s[lane])
                    & (cells[far as usize].time_s == offers.far_s[lane])
                    & (cells[offers.instead[lane] as usize].time_s == offers.instead_s[lane]);
                if same {
                    self.take_offer(group, &quad[lane], lane, &offers, bucket);
                } else {
                    self.offer_again(group, &quad[lane], bucket);
                }
            }
        }
        group.clear();
    }

    /// Makes and takes an offer whose ground a bid beside it has changed.
    #[inline(never)]
    fn offer_again(&mut self, group: &Group, bid: &CellsBid, bucket: usize) {
        let offers = self.offers(group, &[*bid; LANES]);
        self.take_offer(group, bid, 0, &offers, bucket);
    }

    /// Times a target by what its bid offers.
    #[inline(always)]
    fn take_offer(&mut self, group: &Group, cells: &CellsBid, lane: usize, offers: &Offers, bucket: usize) {
        let (jet_s, lowest_s) = (offers.jet_s[lane], offers.lowest_s[lane]);
        if jet_s >= lowest_s {
            return;
        }
        let (bid, id, target, far) =
            (cells.bid, cells.from as usize, cells.target as usize, cells.far as usize);
        let around = &group.around[bid.member()];
        if !self.passable(around, bid.step()) {
            return;
        }
        let yes = |bits: u32| bits >> lane & 1 != 0;
        let (usable, behind) = (yes(offers.usable), yes(offers.behind));
        if yes(offers.even)
            && usable
            && let Some(way) = self.beside_corner(id, target, far, bid)
        {
            if way.time_s < lowest_s {
                self.take_way(target, &way, bucket);
                self.note_edge(bid, target, far);
            }
            return;
        }
        let over = offers.feet.one(lane);
        if let Foot::On(time_s, ray) = over
            && (usable || behind && self.is_open(bid, around, ray, cross(ray, bid.leg())))
        {
            if time_s < lowest_s {
                self.lower(target, time_s, ray, bucket);
                if usable {
                    self.note_edge(bid, target, far);
                }
            }
            return;
        }
        let offer = Offer {
            bid,
            around,
            bucket,
            near: End::of(&self.tiles.cells[id]),
            turn: self.tiles.cells[id].turn,
            target,
            own: self.tiles.cells[target].cost(),
            even: yes(offers.even),
            behind,
            jet_s,
            lowest_s,
        };
        if !usable {
            self.without_edge(&offer);
        } else if matches!(over, Foot::Near) {
            self.at_near_end(&offer);
        }
    }

    /// What four visits offer their targets.
    #[inline(always)]
    fn offers(&self, group: &Group, quad: &Quad) -> Offers {
        let cells = &self.tiles.cells;
        let bids = four(|lane| quad[lane].bid);
        let from = four(|lane| &cells[quad[lane].from as usize]);
        let targets = four(|lane| &cells[quad[lane].target as usize]);
        let mut fars = four(|lane| &cells[quad[lane].far as usize]);
        let far_s = four(|lane| fars[lane].time_s);
        let usable = self.are_usable(fars, from);
        let mut far_at = four(|lane| bids[lane].far_at());
        let (mut instead, mut behind) = (four(|lane| quad[lane].far), 0);
        if usable != 0b1111 {
            for lane in (0..LANES).filter(|lane| usable >> lane & 1 == 0) {
                let around = &group.around[bids[lane].member()];
                if let Some(at) = self.next_usable(around, bids[lane], from[lane].time_s) {
                    instead[lane] = around[at];
                    (far_at[lane], fars[lane]) = (at, &cells[instead[lane] as usize]);
                    behind |= 1 << lane;
                }
            }
        }
        let (near, target, far) = (End::of_four(from), End::of_four(targets), End::of_four(fars));
        let leg = each(|lane| bids[lane].leg());
        let edge = each(|lane| LEG[far_at[lane] % 8]);
        let own = target.cost;
        let jet_s = near.along_ray_s(&own, leg);
        let share = |lane: usize| if targets[lane].has(RETIMED) { RETIMED_TOLERANCE } else { TOLERANCE };
        let lowest_s = target.time_s - Lanes::new(four(share)) * own.head_slowness();
        let even = near.cost.equals(&own);
        let lower = jet_s.simd_lt(lowest_s).to_bitmask();
        let mut feet = Feet::FAR;
        if lower & (usable | behind) != 0 {
            let (corner, is_behind) = ((leg[0] * leg[1]).simd_ne(Lanes::ZERO), mask(behind));
            let lines =
                Lines { own, near, far, to: leg, edge, from_corner: corner & !is_behind, behind: is_behind };
            feet = lines.least();
        }
        Offers {
            target_s: target.time_s.to_array(),
            far_s,
            instead_s: far.time_s.to_array(),
            instead,
            jet_s: jet_s.to_array(),
            lowest_s: lowest_s.to_array(),
            lower,
            even: even.to_bitmask(),
            usable,
            behind,
            feet,
        }
    }

    /// [`Self::is_usable`] for four cells and those that the update is from, as bits.
    #[inline]
    fn are_usable(&self, fars: [&Cell; LANES], from: [&Cell; LANES]) -> u32 {
        let flags = fars.iter().fold(0, |flags, cell| flags | cell.flags);
        if flags & CHORD == 0 {
            let far_s = Lanes::new(four(|lane| fars[lane].time_s));
            let known =
                far_s.simd_ge(Lanes::splat(self.begin_s)) & far_s.simd_lt(Lanes::splat(f32::INFINITY));
            return known.to_bitmask();
        }
        let usable = |lane: usize| self.is_usable(fars[lane], from[lane].time_s);
        (0..LANES).fold(0, |bits, lane| bits | u32::from(usable(lane)) << lane)
    }

    /// The step to the next cell around, beyond the other end of a bid's edge, that can be an end; what does not burn hides those beyond it.
    #[inline]
    pub(super) fn next_usable(&self, around: &Ring, bid: Bid, at_s: f32) -> Option<usize> {
        let cell = |at: usize| &self.tiles.cells[around[at] as usize];
        let beyond = (bid.turns() + 1..4).map(|turns| bid.toward(turns));
        beyond.take_while(|at| cell(*at).has(BURNABLE)).find(|at| self.is_usable(cell(*at), at_s))
    }

    /// The least time lies at the visited cell or on its other side.
    #[inline(never)]
    fn at_near_end(&mut self, offer: &Offer<'_>) {
        let Offer { bid, around, near, target, lowest_s, .. } = *offer;
        let far_at = bid.away(bid.turns());
        if self.is_usable(&self.tiles.cells[around[far_at] as usize], near.time_s)
            && let Foot::On(time_s, ray) = self.over(offer, far_at, Reach::edge(bid.straight()))
        {
            if time_s < lowest_s {
                self.lower(target, time_s, ray, offer.bucket);
                self.note_edge(bid.with_far_at(far_at), target, around[far_at] as usize);
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

    /// The cell on the other end of the edge is not known yet, nor does the line to the next one around help: the visited cell's
    /// own ray, where it passes close enough, or the straight way.
    #[inline(never)]
    fn without_edge(&mut self, offer: &Offer<'_>) {
        let Offer { bid, around, bucket, near, turn, target, own, even, behind, jet_s, lowest_s } = *offer;
        let ray = plus(near.ray, bid.leg());
        let offset_max = match (behind, even) {
            (true, _) => KINK_MAX,
            (false, true) => ALONE_MAX,
            (false, false) => ALONE_UNEVEN_MAX,
        };
        let edge_burns = self.tiles.cells[around[bid.far_at()] as usize].has(BURNABLE);
        let aside = cross(near.ray, bid.leg());
        let sound = match edge_burns {
            true => is_within(aside, ray, offset_max),
            false => self.is_open(bid, around, ray, aside) && (even || is_within(aside, ray, offset_max)),
        };
        let is_later =
            jet_s >= near.time_s || even && jet_s >= self.begin_s && (!edge_burns || turn != Turn::No);
        if sound && is_later && own.is_even_with(&near.cost) {
            let turn = if even { turn } else { Turn::No };
            self.take_way(target, &Way { time_s: jet_s, ray, turn }, bucket);
        } else {
            let way = self.straight(&near, &own, around, bid.step());
            if way.time_s < lowest_s {
                self.take_way(target, &way, bucket);
                // A straight front's ray along a row of cells is no new source, where another way is to come.
                let round = dot(own.drift, own.drift) < ROUND_MAX * own.slowness * own.slowness;
                if even && behind && edge_burns && round && way.ray == bid.leg() {
                    self.tiles.cells[target].flags |= CHORD;
                }
            }
        }
    }

    /// Times a target that no ray of the visited cell leads to: an upper bound, so that nothing stays unreached.
    pub(super) fn by_chord(&mut self, near: &End, around: &[u32; 8], step: usize, bucket: usize) {
        let target = around[step] as usize;
        let own = self.cost(target);
        let way = self.straight(near, &own, around, step);
        if way.time_s < self.tiles.cells[target].time_s - TOLERANCE * own.head_slowness() {
            self.take_way(target, &way, bucket);
            // From a point or a corner every way is a ray.
            if near.ray != [0.0; 2] && way.ray == LEG[step] {
                self.tiles.cells[target].flags |= CHORD;
            }
        }
    }

    /// The least time over the line to a far end, which lies at some step.
    #[inline(never)]
    fn over(&self, offer: &Offer<'_>, far_at: usize, reach: Reach) -> Foot {
        let far = End::of(&self.tiles.cells[offer.around[far_at] as usize]);
        Lines::of_one(&offer.own, &offer.near, &far, [offer.bid.leg(), LEG[far_at]], reach).least().one(0)
    }

    /// Notes the ends of the edge that a target was timed over.
    #[inline(always)]
    pub(super) fn note_edge(&mut self, bid: Bid, target: usize, far: usize) {
        let near_seen = (bid.step() + 4) % 8;
        // The target sees the far end one step beside the near one, on the other side of the ring.
        let clockwise = bid.far_at() == (bid.step() + bid.turns()) % 8;
        let far_seen = if clockwise { (near_seen + 7) % 8 } else { (near_seen + 1) % 8 };
        self.tiles.cells[target].pair = 1 << near_seen | 1 << far_seen;
        self.tiles.cells[far].flags |= USED;
    }
}

/// The step back from where a step leads, as a bit.
#[inline]
pub(super) fn opposite(step: usize) -> u8 {
    1 << ((step + 4) % 8)
}

/// Four ways.
#[inline]
pub(super) fn each(way: impl Fn(usize) -> Vector) -> Vector<Lanes> {
    [Lanes::new(four(|lane| way(lane)[0])), Lanes::new(four(|lane| way(lane)[1]))]
}
