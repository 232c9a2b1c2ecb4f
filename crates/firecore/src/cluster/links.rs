//! Positions linked into groups: the geometry and the bookkeeping below [`ClusterIndex`](super::ClusterIndex).
//!
//! Two positions within the link radius are of one group (single linkage). All positions of a
//! [cell](super::cells) are of one group, so a group is a set of cells, and only positions in cells of
//! *different* groups are ever measured against each other.

use super::cells::Cells;
use super::mesh::Spot;
use crate::geo::LonLat;
use crate::sphere::{UnitVector, chord2, chord2_of, unit_vector};

/// No position.
const NONE: u32 = u32::MAX;

/// Positions linked into groups.
#[derive(Clone, Debug)]
pub(super) struct Links {
    cells: Cells,
    groups: Groups,
    contents: Contents,
}

/// What adding a position did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Added {
    /// The cell that the position lies in: `Links::group` of it is the position's group from now on.
    pub(super) cell: u32,
    /// The position is the first of its cell.
    pub(super) opened: bool,
}

impl Links {
    /// No positions yet. `radius_m` must be 10 m to 100 km.
    pub(super) fn new(radius_m: f64) -> Self {
        Self {
            cells: Cells::new(radius_m),
            groups: Groups::default(),
            contents: Contents { chord2_max: chord2_of(radius_m), boxes: Vec::new(), nodes: Vec::new() },
        }
    }

    /// Adds a position; `on_link` hears of each pair of groups that it joins, as their roots before.
    pub(super) fn add(&mut self, place: LonLat, mut on_link: impl FnMut(u32, u32)) -> Added {
        let Self { cells, groups, contents } = self;
        let at = unit_vector(place);
        let spot = Spot::new(place, at);
        let (cell, opened) = cells.open(spot);
        if opened {
            groups.parents.push(cell);
        }
        contents.put(cell, at);
        let mut root = groups.root(cell);
        cells.for_each_near(spot, |other| {
            let found = groups.root(other);
            if found != root && contents.reaches(other, at) {
                on_link(root, found);
                root = groups.join(root, found);
            }
        });
        Added { cell, opened }
    }

    /// The root cell of the group that a cell belongs to; it changes only when groups join.
    pub(super) fn group(&self, cell: u32) -> u32 {
        let mut at = cell;
        while self.groups.parents[at as usize] != at {
            at = self.groups.parents[at as usize];
        }
        at
    }
}

/// A forest: each cell's parent; a root is its own parent.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    /// Each of some cells by itself.
    pub(super) fn of(cells: usize) -> Self {
        Self { parents: (0..cells as u32).collect() }
    }

    /// The root of a cell; the path to it is halved on the way.
    pub(super) fn root(&mut self, cell: u32) -> u32 {
        let mut at = cell;
        loop {
            let parent = self.parents[at as usize];
            if parent == at {
                return at;
            }
            let above = self.parents[parent as usize];
            self.parents[at as usize] = above;
            at = above;
        }
    }

    /// Joins two groups under the older root and gives it.
    ///
    /// The older one, not the larger: with the paths halved on each look-up the trees stay flat all the same.
    pub(super) fn join(&mut self, a: u32, b: u32) -> u32 {
        let (root, child) = (a.min(b), a.max(b));
        self.parents[child as usize] = root;
        root
    }
}

/// The positions of each cell.
#[derive(Clone, Debug)]
struct Contents {
    chord2_max: f64,
    boxes: Vec<CellBox>,
    nodes: Vec<Node>,
}

/// A cell's positions: a list through `Node::next`, and the box around them.
#[derive(Clone, Debug)]
struct CellBox {
    first: u32,
    low: UnitVector,
    high: UnitVector,
}

#[derive(Clone, Debug)]
struct Node {
    at: UnitVector,
    next: u32,
}

impl Contents {
    fn put(&mut self, cell: u32, at: UnitVector) {
        if cell as usize == self.boxes.len() {
            self.boxes.push(CellBox { first: NONE, low: at, high: at });
        }
        let cell = &mut self.boxes[cell as usize];
        cell.low = [0, 1, 2].map(|axis: usize| cell.low[axis].min(at[axis]));
        cell.high = [0, 1, 2].map(|axis: usize| cell.high[axis].max(at[axis]));
        self.nodes.push(Node { at, next: cell.first });
        cell.first = self.nodes.len() as u32 - 1;
    }

    /// True when a cell holds a position within the radius of `at`.
    fn reaches(&self, cell: u32, at: UnitVector) -> bool {
        let cell = &self.boxes[cell as usize];
        let gap = |axis: usize| (cell.low[axis] - at[axis]).max(at[axis] - cell.high[axis]).max(0.0);
        let (x, y, z) = (gap(0), gap(1), gap(2));
        if x * x + y * y + z * z > self.chord2_max * (1.0 + 1e-9) {
            return false;
        }
        let mut next = cell.first;
        while next != NONE {
            let node = &self.nodes[next as usize];
            if chord2(node.at, at) <= self.chord2_max {
                return true;
            }
            next = node.next;
        }
        false
    }
}
