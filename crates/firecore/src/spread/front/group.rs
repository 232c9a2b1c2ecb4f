//! Cells that are visited together, and what their rays lead to.

use super::lanes::{LANES, Lanes, splat};
use super::metric::{LEG, Vector, dot, nearest_leg};

/// Cells that are visited together, next to each other in time.
pub(super) const GROUP: usize = 16;

/// Targets of a cell's ray, at most: the step of the ring nearest to it, and one to either side.
pub(super) const TURNS: usize = 3;

/// Bids of a group, at most: whole quads.
const BIDS_MAX: usize = GROUP * TURNS;
const _: () = assert!(BIDS_MAX.is_multiple_of(LANES));

/// A ray that passes a cell this far to its side, over the way ahead, may still have its foot on the edge there.
const ASIDE_MAX: f32 = 1.25;

/// The cells around one.
pub(super) type Ring = [u32; 8];

/// A target that a visited cell's ray leads to, and the edge that the ray passes there: the step to the target, the step to the
/// edge's other end, 1 where the ray passes the visited cell on the side of the clockwise steps from the target's, and the
/// visited cell within its group; a byte each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bid(u32);

/// Bids of the first member, by the step nearest to the ray, the turn from it, and whether the step lies counter-clockwise of
/// the ray.
const BIDS: [[[Bid; 2]; TURNS]; 8] = {
    let mut bids = [[[Bid(0); 2]; TURNS]; 8];
    let mut at = 0;
    while at < 8 * TURNS * 2 {
        let (nearest, turn, counter) = (at / (TURNS * 2), at / 2 % TURNS, at % 2);
        let step = step(nearest, turn);
        let turns = Bid::turns_of(step);
        let far_at = if counter == 0 { step + turns } else { step + 8 - turns } % 8;
        let clockwise = 1 - counter;
        bids[nearest][turn][counter] = Bid((step | far_at << 8 | clockwise << 16) as u32);
        at += 1;
    }
    bids
};

/// The steps of [`BIDS`] as four ways east and four north; the last one stands for none.
const LEGS: [[[f32; LANES]; 2]; 8] = {
    let mut legs = [[[0.0; LANES]; 2]; 8];
    let mut at = 0;
    while at < 8 * TURNS {
        let (nearest, turn) = (at / TURNS, at % TURNS);
        let [east, north] = LEG[step(nearest, turn)];
        legs[nearest][0][turn] = east;
        legs[nearest][1][turn] = north;
        at += 1;
    }
    legs
};

/// The step some turns from the nearest one: itself, then one to either side.
const fn step(nearest: usize, turn: usize) -> usize {
    (nearest + [0, 1, 7][turn]) % 8
}

impl Bid {
    /// The same of another member of the group.
    #[inline]
    fn of_member(self, member: usize) -> Self {
        Self(self.0 | (member as u32) << 24)
    }

    /// The same with another far end.
    #[inline]
    pub(super) fn with_far_at(self, far_at: usize) -> Self {
        Self(self.0 & 0xFFFF_00FF | (far_at as u32) << 8)
    }

    #[inline]
    pub(super) fn member(self) -> usize {
        (self.0 >> 24) as usize % GROUP
    }

    /// The step to the target.
    #[inline]
    pub(super) fn step(self) -> usize {
        self.0 as usize % 8
    }

    /// The step to the edge's other end.
    #[inline]
    pub(super) fn far_at(self) -> usize {
        (self.0 >> 8) as usize % 8
    }

    /// The way to the target.
    #[inline]
    pub(super) fn leg(self) -> Vector {
        LEG[self.step()]
    }

    /// Whether the target shares a side with the visited cell.
    #[inline]
    pub(super) fn straight(self) -> bool {
        self.0 & 1 == 0
    }

    /// Turns to the neighbour of visited cell and target both: the other end of the edge.
    #[inline]
    pub(super) fn turns(self) -> usize {
        Self::turns_of(self.step())
    }

    const fn turns_of(step: usize) -> usize {
        2 - step % 2
    }

    /// The step that is some turns away on the side that the ray to the target passes the visited cell on.
    #[inline]
    pub(super) fn toward(self, turns: usize) -> usize {
        let turns = if self.clockwise() { turns } else { 8 - turns };
        (self.step() + turns) % 8
    }

    /// The same on the other side.
    pub(super) fn away(self, turns: usize) -> usize {
        let turns = if self.clockwise() { 8 - turns } else { turns };
        (self.step() + turns) % 8
    }

    #[inline]
    fn clockwise(self) -> bool {
        self.0 >> 16 & 1 != 0
    }
}

/// A bid with the cells that it is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CellsBid {
    pub(super) bid: Bid,
    /// The visited cell, the target and the other end of the edge.
    pub(super) from: u32,
    pub(super) target: u32,
    pub(super) far: u32,
}

/// Four of them; the last bid of a group comes again where there are not four.
pub(super) type Quad = [CellsBid; LANES];

/// The targets of a ray, by turn from the step nearest to it; the last lane stands for none.
pub(super) struct Targets {
    pub(super) nearest: usize,
    /// As bits: the steps that it leads along, and which of these lie counter-clockwise of it.
    pub(super) leads: u32,
    counter: u32,
    /// The ways to them.
    pub(super) legs: Vector<Lanes>,
    /// The products of ray and way, and how far the way lies to the ray's side, times the ray's length.
    pub(super) along: Lanes,
    pub(super) aside: Lanes,
}

impl Targets {
    #[inline(always)]
    pub(super) fn of(ray: Vector) -> Self {
        let nearest = nearest_leg(ray) % 8;
        let legs = [Lanes::new(LEGS[nearest][0]), Lanes::new(LEGS[nearest][1])];
        let [east, north] = splat(ray);
        let along = east * legs[0] + north * legs[1];
        let aside = east * legs[1] - north * legs[0];
        let two = Lanes::splat(2.0);
        let of_side = aside.abs().simd_le(Lanes::splat(ASIDE_MAX) * (along + Lanes::ONE));
        let of_corner = (aside * aside).simd_le(Lanes::splat(dot(ray, ray)) + two * along + two);
        let (of_side, of_corner) = (of_side.to_bitmask(), of_corner.to_bitmask());
        // Every other step leads to a side.
        let sides = if nearest.is_multiple_of(2) { 0b001 } else { 0b110 };
        let leads = of_side & sides | of_corner & (sides ^ 0b111);
        Self { nearest, leads, counter: aside.simd_gt(Lanes::ZERO).to_bitmask(), legs, along, aside }
    }

    /// The steps of the ring that it leads along, as bits.
    #[inline]
    pub(super) fn steps(&self) -> u32 {
        let of_north = self.leads & 0b011 | (self.leads & 0b100) << 5;
        u32::from((of_north as u8).rotate_left(self.nearest as u32))
    }

    /// The step at a turn.
    #[inline]
    pub(super) fn step(&self, turn: usize) -> usize {
        step(self.nearest, turn)
    }

    /// What it bids for the target at a turn.
    #[inline]
    pub(super) fn bid(&self, turn: usize) -> Bid {
        BIDS[self.nearest % 8][turn % TURNS][(self.counter >> turn & 1) as usize]
    }
}

/// Cells that are visited together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    ids: [u32; GROUP],
    pub(super) around: [Ring; GROUP],
    members: usize,
    bids: [CellsBid; BIDS_MAX],
    count: usize,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            ids: [0; GROUP],
            around: [[0; 8]; GROUP],
            members: 0,
            bids: [CellsBid::default(); BIDS_MAX],
            count: 0,
        }
    }
}

impl Group {
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.members == GROUP
    }

    /// Adds a visited cell.
    #[inline]
    pub(super) fn add(&mut self, id: usize, around: &Ring) {
        self.ids[self.members] = id as u32;
        self.around[self.members] = *around;
        self.members += 1;
    }

    /// Adds a bid of the member that was added last.
    #[inline]
    pub(super) fn push(&mut self, bid: Bid) {
        let member = self.members - 1;
        let around = &self.around[member];
        self.bids[self.count] = CellsBid {
            bid: bid.of_member(member),
            from: self.ids[member],
            target: around[bid.step()],
            far: around[bid.far_at()],
        };
        self.count += 1;
    }

    /// Repeats the last bid, if there is one, until there are whole quads.
    pub(super) fn fill(&mut self) {
        let (count, last) = (self.count, self.bids[self.count.saturating_sub(1)]);
        while !self.count.is_multiple_of(LANES) {
            self.bids[self.count] = last;
            self.count += 1;
        }
        self.count = count;
    }

    /// How many bids there are.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The four bids from a place on.
    #[inline]
    pub(super) fn quad(&self, first: usize) -> &Quad {
        self.bids[first..].first_chunk().expect("quads are filled up")
    }

    /// Forgets cells and bids.
    #[inline]
    pub(super) fn clear(&mut self) {
        (self.members, self.count) = (0, 0);
    }
}
