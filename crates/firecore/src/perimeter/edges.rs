//! Which edges of a network lie near a place: a coarse raster of lists.

use super::lattice::{CELL, Point};

/// Edge of a block, units: four cells, for shorter lists cost more to keep than longer ones to read.
const BLOCK: i32 = 4 * CELL;

const NONE: u32 = u32::MAX;

/// Edges, by number, in every block that they come through.
pub(super) struct EdgeIndex {
    origin: Point,
    cols: i32,
    rows: i32,
    newest: Vec<u32>,
    /// An edge in a block, and the next entry of the same block.
    entries: Vec<(u32, u32)>,
    free: Vec<u32>,
}

/// From the lower left to the upper right corner, both inside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) low: Point,
    pub(super) high: Point,
}

impl Area {
    pub(super) fn around(points: &[Point]) -> Self {
        let (mut low, mut high) = (points[0], points[0]);
        for at in points {
            low = Point::new(low.x.min(at.x), low.y.min(at.y));
            high = Point::new(high.x.max(at.x), high.y.max(at.y));
        }
        Self { low, high }
    }

    pub(super) fn grown(self, by: i32) -> Self {
        Self {
            low: Point::new(self.low.x - by, self.low.y - by),
            high: Point::new(self.high.x + by, self.high.y + by),
        }
    }

    pub(super) fn meets(&self, a: Point, b: Point) -> bool {
        a.x.max(b.x) >= self.low.x
            && a.x.min(b.x) <= self.high.x
            && a.y.max(b.y) >= self.low.y
            && a.y.min(b.y) <= self.high.y
    }
}

impl EdgeIndex {
    /// For edges inside an area.
    pub(super) fn new(area: Area) -> Self {
        let blocks = |low: i32, high: i32| (high - low) / BLOCK + 1;
        let (cols, rows) = (blocks(area.low.x, area.high.x), blocks(area.low.y, area.high.y));
        let newest = vec![NONE; cols as usize * rows as usize];
        Self { origin: area.low, cols, rows, newest, entries: Vec::new(), free: Vec::new() }
    }

    pub(super) fn insert(&mut self, edge: u32, from: Point, to: Point) {
        self.along(from, to, |index, block| {
            let entry = (edge, index.newest[block]);
            index.newest[block] = match index.free.pop() {
                Some(place) => {
                    index.entries[place as usize] = entry;
                    place
                }
                None => {
                    index.entries.push(entry);
                    index.entries.len() as u32 - 1
                }
            };
        });
    }

    pub(super) fn remove(&mut self, edge: u32, from: Point, to: Point) {
        self.along(from, to, |index, block| {
            let (mut before, mut at) = (NONE, index.newest[block]);
            while at != NONE && index.entries[at as usize].0 != edge {
                (before, at) = (at, index.entries[at as usize].1);
            }
            assert!(at != NONE, "BUG: edge {edge} is not in a block that it comes through");
            let next = index.entries[at as usize].1;
            match before {
                NONE => index.newest[block] = next,
                before => index.entries[before as usize].1 = next,
            }
            index.free.push(at);
        });
    }

    /// False as soon as `keeps` is false for an edge that may lie in the area; an edge may be asked about more than once.
    pub(super) fn all_near(&self, area: Area, mut keeps: impl FnMut(u32) -> bool) -> bool {
        let (low, high) = (self.block(area.low), self.block(area.high));
        for row in low.1..=high.1 {
            for col in low.0..=high.0 {
                let mut at = self.newest[(row * self.cols + col) as usize];
                while at != NONE {
                    let (edge, next) = self.entries[at as usize];
                    if !keeps(edge) {
                        return false;
                    }
                    at = next;
                }
            }
        }
        true
    }

    /// Column and row of the block that holds a point, or of the nearest one.
    fn block(&self, at: Point) -> (i32, i32) {
        let along =
            |value: i32, origin: i32, count: i32| (value - origin).div_euclid(BLOCK).clamp(0, count - 1);
        (along(at.x, self.origin.x, self.cols), along(at.y, self.origin.y, self.rows))
    }

    /// Does something for each block that an edge comes through.
    fn along(&mut self, from: Point, to: Point, mut visit: impl FnMut(&mut Self, usize)) {
        let (low, high) = if from.y <= to.y { (from, to) } else { (to, from) };
        let (first, last) = (self.block(low).1, self.block(high).1);
        // Where the edge is at a height between its ends: to a whole unit on either side.
        let x_at = |y: i32| {
            let (rise, run) = (i64::from(high.y - low.y), i64::from(high.x - low.x));
            low.x + if rise == 0 { 0 } else { (run * i64::from(y - low.y)).div_euclid(rise) as i32 }
        };
        for row in first..=last {
            let floor = (self.origin.y + row * BLOCK).max(low.y);
            let ceiling = (self.origin.y + (row + 1) * BLOCK).min(high.y);
            let (a, b) = match first == last {
                true => (low.x, high.x),
                false => (x_at(floor), x_at(ceiling)),
            };
            let west = self.block(Point::new(a.min(b) - 1, floor)).0;
            let east = self.block(Point::new(a.max(b) + 1, floor)).0;
            for col in west..=east {
                visit(self, (row * self.cols + col) as usize);
            }
        }
    }
}
