//! Cells that are visited together, and what their rays lead to.

use super::lanes::LANES;
use super::metric::{LEG, Vector};

/// Cells that are visited together, next to each other in time.
pub(super) const GROUP: usize = 16;

/// Targets of a cell's ray, at most: the step of the ring nearest to it, and one to either side.
pub(super) const TURNS: usize = 3;

/// The cells around one.
pub(super) type Ring = [u32; 8];

/// A target that a visited cell's ray leads to, and the edge that the ray passes there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bid {
    /// The visited cell within its group.
    member: u8,
    /// The step of the ring to the target.
    step: u8,
    /// The step to the edge's other end.
    far_at: u8,
    /// 1 where the ray passes the visited cell on the side of the clockwise steps from the target's.
    clockwise: u8,
}

impl Bid {
    /// The bid of a group's member for the target at a step: `aside` is positive where the step lies counter-clockwise of the ray.
    #[inline]
    pub(super) fn new(member: usize, step: usize, aside: f32) -> Self {
        let clockwise = u8::from(aside <= 0.0);
        let bid = Self { member: member as u8, step: step as u8, far_at: 0, clockwise };
        bid.with_far_at(bid.toward(bid.turns()))
    }

    /// The same with another far end.
    #[inline]
    pub(super) fn with_far_at(self, far_at: usize) -> Self {
        Self { far_at: far_at as u8, ..self }
    }

    #[inline]
    pub(super) fn member(self) -> usize {
        usize::from(self.member) % GROUP
    }

    /// The step to the target.
    #[inline]
    pub(super) fn step(self) -> usize {
        usize::from(self.step) % 8
    }

    /// The step to the edge's other end.
    #[inline]
    pub(super) fn far_at(self) -> usize {
        usize::from(self.far_at) % 8
    }

    /// The way to the target.
    #[inline]
    pub(super) fn leg(self) -> Vector {
        LEG[self.step()]
    }

    /// Whether the target shares a side with the visited cell.
    #[inline]
    pub(super) fn straight(self) -> bool {
        self.step & 1 == 0
    }

    /// Turns to the neighbour of visited cell and target both: the other end of the edge.
    #[inline]
    pub(super) fn turns(self) -> usize {
        2 - usize::from(self.step & 1)
    }

    /// The step that is some turns away on the side that the ray to the target passes the visited cell on.
    #[inline]
    pub(super) fn toward(self, turns: usize) -> usize {
        let turns = if self.clockwise == 1 { turns } else { 8 - turns };
        (self.step() + turns) % 8
    }

    /// The same on the other side.
    pub(super) fn away(self, turns: usize) -> usize {
        let turns = if self.clockwise == 1 { 8 - turns } else { turns };
        (self.step() + turns) % 8
    }
}

/// Cells that are visited together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) ids: [u32; GROUP],
    pub(super) around: [Ring; GROUP],
    members: usize,
    bids: [Bid; GROUP * TURNS],
    count: usize,
    unknown: [u32; GROUP * TURNS],
    asked: usize,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            ids: [0; GROUP],
            around: [[0; 8]; GROUP],
            members: 0,
            bids: [Bid::default(); GROUP * TURNS],
            count: 0,
            unknown: [0; GROUP * TURNS],
            asked: 0,
        }
    }
}

impl Group {
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.members == GROUP
    }

    /// Adds a visited cell; gives its place.
    #[inline]
    pub(super) fn add(&mut self, id: usize, around: &Ring) -> usize {
        let member = self.members;
        self.ids[member] = id as u32;
        self.around[member] = *around;
        self.members += 1;
        member
    }

    /// Adds a bid if it counts.
    #[inline]
    pub(super) fn push_if(&mut self, counts: bool, bid: Bid) {
        self.bids[self.count] = bid;
        self.count += usize::from(counts);
    }

    /// Has the cost of a cell asked for, if it is not known.
    #[inline]
    pub(super) fn ask_if(&mut self, unknown: bool, id: usize) {
        self.unknown[self.asked] = id as u32;
        self.asked += usize::from(unknown);
    }

    /// Cells whose costs are to be asked for; some may be there twice.
    #[inline]
    pub(super) fn unknown(&self) -> &[u32] {
        &self.unknown[..self.asked]
    }

    /// How many bids there are.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The four bids from a place on; the last one stands for those that are missing.
    #[inline]
    pub(super) fn four(&self, from: usize) -> [Bid; LANES] {
        std::array::from_fn(|lane| self.bids[(from + lane).min(self.count - 1)])
    }

    /// The visited cell of a bid.
    #[inline]
    pub(super) fn from(&self, bid: Bid) -> usize {
        self.ids[bid.member()] as usize
    }

    #[inline]
    pub(super) fn target(&self, bid: Bid) -> usize {
        self.around[bid.member()][bid.step()] as usize
    }

    /// The other end of its edge.
    #[inline]
    pub(super) fn far(&self, bid: Bid) -> usize {
        self.around[bid.member()][bid.far_at()] as usize
    }

    /// Forgets cells and bids.
    #[inline]
    pub(super) fn clear(&mut self) {
        (self.members, self.count, self.asked) = (0, 0, 0);
    }
}
