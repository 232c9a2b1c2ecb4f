//! Positions linked into groups: the geometry and the bookkeeping below [`ClusterIndex`](super::ClusterIndex).
//!
//! Two positions within the link radius are of one group (single linkage). The globe is cut into cells small
//! enough that any two positions in a cell are linked, so a group is a set of cells, and only positions in
//! cells of *different* groups are ever measured against each other.

use std::collections::HashMap;
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::hash::{BuildHasherDefault, Hasher};

use crate::geo::{EARTH_RADIUS_M, LonLat};
use crate::sphere::{UnitVector, chord2, chord2_of, unit_vector};

/// Rows and columns of a block: 16 cells share one entry of the hash map.
const BLOCK: u32 = 4;

/// No cell, no position.
const NONE: u32 = u32::MAX;

/// Positions linked into groups.
#[derive(Clone, Debug)]
pub(super) struct Links {
    radius_rad: f64,
    chord2_max: f64,
    /// Height of a row of cells, rad.
    row_rad: f64,
    rows: u32,
    /// Cells around the Earth in each band of [`BLOCK`] rows, from the south pole.
    cols: Vec<u32>,
    blocks: HashMap<u64, [u32; (BLOCK * BLOCK) as usize], BuildHasherDefault<KeyHasher>>,
    cells: Vec<Cell>,
    /// Each cell's parent in the forest of groups; a root is its own parent.
    parents: Vec<u32>,
    nodes: Vec<Node>,
}

/// The positions of a cell: a list through `Node::next`, and the box around them.
#[derive(Clone, Debug)]
struct Cell {
    first: u32,
    low: UnitVector,
    high: UnitVector,
}

#[derive(Clone, Debug)]
struct Node {
    at: UnitVector,
    next: u32,
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
        let radius_rad = radius_m / EARTH_RADIUS_M;
        // A cell's diagonal is the radius, less a thousandth for rounding and for the chord.
        let rows = (PI / (radius_rad * 0.999 / 2f64.sqrt())).ceil() as u32;
        let row_rad = PI / f64::from(rows);
        let cols = (0..rows.div_ceil(BLOCK)).map(|band| cols_of(band, row_rad)).collect();
        Self {
            radius_rad,
            chord2_max: chord2_of(radius_m),
            row_rad,
            rows,
            cols,
            blocks: HashMap::default(),
            cells: Vec::new(),
            parents: Vec::new(),
            nodes: Vec::new(),
        }
    }

    /// Adds a position; `on_link` hears of each pair of groups that it joins, as their roots before.
    pub(super) fn add(&mut self, place: LonLat, mut on_link: impl FnMut(u32, u32)) -> Added {
        let at = unit_vector(place);
        let lat_rad = place.lat_deg().to_radians();
        let lon_rad = place.lon_deg().to_radians() + PI;
        let row = (((lat_rad + FRAC_PI_2) / self.row_rad) as u32).min(self.rows - 1);
        let cols = self.cols[(row / BLOCK) as usize];
        let col = ((lon_rad / TAU * f64::from(cols)) as u32).min(cols - 1);
        let (cell, opened) = self.put(row, col, at);
        let mut root = self.group(cell);
        self.for_each_near(lat_rad, lon_rad, |links, other| {
            let found = links.group(other);
            if found != root && links.reaches(other, at) {
                on_link(root, found);
                root = links.join(root, found);
            }
        });
        Added { cell, opened }
    }

    /// The root of the group that a cell belongs to; it changes only when groups join.
    pub(super) fn group(&mut self, cell: u32) -> u32 {
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

    /// The same without shortening the path to it.
    pub(super) fn root_of(&self, cell: u32) -> u32 {
        let mut at = cell;
        while self.parents[at as usize] != at {
            at = self.parents[at as usize];
        }
        at
    }

    /// Number of cells that hold a position.
    pub(super) fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// Puts a position into its cell, which is opened if it is the first.
    fn put(&mut self, row: u32, col: u32, at: UnitVector) -> (u32, bool) {
        let block = self.blocks.entry(key(row / BLOCK, col / BLOCK)).or_insert([NONE; 16]);
        let slot = &mut block[(row % BLOCK * BLOCK + col % BLOCK) as usize];
        let node = self.nodes.len() as u32;
        let opened = *slot == NONE;
        if opened {
            *slot = self.cells.len() as u32;
            self.parents.push(*slot);
            self.cells.push(Cell { first: NONE, low: at, high: at });
        }
        let cell = &mut self.cells[*slot as usize];
        cell.low = [0, 1, 2].map(|axis: usize| cell.low[axis].min(at[axis]));
        cell.high = [0, 1, 2].map(|axis: usize| cell.high[axis].max(at[axis]));
        self.nodes.push(Node { at, next: cell.first });
        cell.first = node;
        (*slot, opened)
    }

    /// Calls `visit` with every occupied cell that may hold a position within the radius.
    fn for_each_near(&mut self, lat_rad: f64, lon_rad: f64, mut visit: impl FnMut(&mut Self, u32)) {
        // Rounding of the angles is far below this.
        let reach_rad = self.radius_rad * (1.0 + 1e-9) + 1e-12;
        let south = ((lat_rad + FRAC_PI_2 - reach_rad).max(0.0) / self.row_rad) as u32;
        let north = (((lat_rad + FRAC_PI_2 + reach_rad) / self.row_rad) as u32).min(self.rows - 1);
        // Half the width of the circle of that radius, in longitude; all of it where a pole is inside.
        let across = reach_rad.sin() / lat_rad.cos();
        let around = across >= 1.0 || lat_rad.abs() + reach_rad >= FRAC_PI_2;
        let half_rad = if around { PI } else { across.asin() + 1e-12 };
        for band in south / BLOCK..=north / BLOCK {
            let cols = i64::from(self.cols[band as usize]);
            let per_rad = cols as f64 / TAU;
            let west = ((lon_rad - half_rad) * per_rad).floor() as i64;
            let east = (((lon_rad + half_rad) * per_rad).floor() as i64).min(west + cols - 1);
            let rows = south.max(band * BLOCK)..=north.min(band * BLOCK + BLOCK - 1);
            let mut col = west;
            while col <= east {
                // Columns up to the end of this block, of the circle, or of the window.
                let here = col.rem_euclid(cols) as u32;
                let run = (BLOCK - here % BLOCK).min(cols as u32 - here).min((east - col + 1) as u32);
                if let Some(block) = self.blocks.get(&key(band, here / BLOCK)).copied() {
                    for row in rows.clone() {
                        let start = (row % BLOCK * BLOCK + here % BLOCK) as usize;
                        for &cell in &block[start..start + run as usize] {
                            if cell != NONE {
                                visit(self, cell);
                            }
                        }
                    }
                }
                col += i64::from(run);
            }
        }
    }

    /// True when a cell holds a position within the radius of `at`.
    fn reaches(&self, cell: u32, at: UnitVector) -> bool {
        let cell = &self.cells[cell as usize];
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

    /// Joins two groups under the older root and gives it.
    ///
    /// The older one, not the larger: with the paths halved on each look-up the trees stay flat all the same.
    fn join(&mut self, a: u32, b: u32) -> u32 {
        let (root, child) = (a.min(b), a.max(b));
        self.parents[child as usize] = root;
        root
    }
}

/// Cells around the Earth in a band, so many that none is wider than a row is high, at its widest row.
fn cols_of(band: u32, row_rad: f64) -> u32 {
    let south_rad = f64::from(band * BLOCK) * row_rad - FRAC_PI_2;
    let north_rad = south_rad + f64::from(BLOCK) * row_rad;
    let widest_rad =
        if south_rad <= 0.0 && north_rad >= 0.0 { 0.0 } else { south_rad.abs().min(north_rad.abs()) };
    (TAU * widest_rad.cos() / row_rad).ceil().max(1.0) as u32
}

fn key(band: u32, block_col: u32) -> u64 {
    u64::from(band) << 32 | u64::from(block_col)
}

/// Hashes one 64-bit key by a multiplication; the standard hasher takes several times as long.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        // 2^64 over the golden ratio, odd; the fold brings the well-mixed high half down.
        let product = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
}
