//! Many positions grouped at once, by sorting them into cells of the [mesh](super::mesh).
//!
//! The partition is that of assigning them one by one. Where [`Links`](super::links::Links) looks around
//! every position as it comes, each pair of neighbouring cells is met here once, and in the order in which
//! they lie in memory.

use std::f64::consts::TAU;
use std::ops::Range;

use super::index::LinkRadius;
use super::links::Groups;
use super::mesh::{BAND_ROWS, Mesh, Spot};
use crate::geo::LonLat;
use crate::sphere::{UnitVector, chord2, chord2_of, unit_vector};

/// Groups many positions at once: the same partition as assigning them one by one.
///
/// **Shape**: one label a position, in their order; labels count from 0 by first appearance.
pub fn cluster_all(places: &[LonLat], radius: LinkRadius) -> Vec<u32> {
    let mut mesh = Mesh::new(radius.m());
    let (sorted, cells) = into_cells(places, &mut mesh);
    let rows = rows_of(&cells);
    let mut groups = Groups::of(cells.len());
    let chord2_max = chord2_of(radius.m());
    for (at, row) in rows.iter().enumerate() {
        let half_rad = mesh.half_width_of_row_rad(row.row);
        let cols = mesh.cols_of(row.row / BAND_ROWS);
        // Rows farther than two away begin beyond the radius.
        for other in rows[at..].iter().take(3).take_while(|other| other.row <= row.row + 2) {
            let other_cols = mesh.cols_of(other.row / BAND_ROWS);
            let mut windows = Windows { half_rad, cols, other_cols, begin: other.cells.start };
            for cell in row.cells.clone() {
                for near in windows.around(cell, &cells, &other.cells) {
                    for other in near {
                        let (a, b) = (groups.root(cell as u32), groups.root(other as u32));
                        if a != b && linked(&cells[cell], &cells[other], &sorted, chord2_max) {
                            groups.join(a, b);
                        }
                    }
                }
            }
        }
    }
    labels(places.len(), &sorted, &cells, &mut groups)
}

/// A position and its place in the caller's order.
struct Sorted {
    at: UnitVector,
    index: u32,
}

/// Positions of one cell: a range of the sorted ones, and the box around them.
struct Cell {
    row: u32,
    col: u32,
    members: Range<u32>,
    low: UnitVector,
    high: UnitVector,
}

/// The occupied cells of a row, by column.
struct Row {
    row: u32,
    cells: Range<usize>,
}

fn into_cells(places: &[LonLat], mesh: &mut Mesh) -> (Vec<Sorted>, Vec<Cell>) {
    let mut keys = Vec::with_capacity(places.len());
    let mut vectors = Vec::with_capacity(places.len());
    for (index, &place) in places.iter().enumerate() {
        let at = unit_vector(place);
        let (row, col, _) = mesh.locate(Spot::new(place, at));
        keys.push((u64::from(row) << 32 | u64::from(col), index as u32));
        vectors.push(at);
    }
    keys.sort_unstable();
    let mut sorted = Vec::with_capacity(places.len());
    let mut cells: Vec<Cell> = Vec::new();
    let mut key_before = None;
    for (key, index) in keys {
        let at = vectors[index as usize];
        let next = sorted.len() as u32;
        if key_before != Some(key) {
            key_before = Some(key);
            let (row, col) = ((key >> 32) as u32, key as u32);
            cells.push(Cell { row, col, members: next..next, low: at, high: at });
        }
        if let Some(cell) = cells.last_mut() {
            cell.members.end = next + 1;
            cell.low = [0, 1, 2].map(|axis: usize| cell.low[axis].min(at[axis]));
            cell.high = [0, 1, 2].map(|axis: usize| cell.high[axis].max(at[axis]));
        }
        sorted.push(Sorted { at, index });
    }
    (sorted, cells)
}

fn rows_of(cells: &[Cell]) -> Vec<Row> {
    let mut start = 0;
    let row = |same: &[Cell]| {
        let cells = start..start + same.len();
        start = cells.end;
        Row { row: same[0].row, cells }
    };
    cells.chunk_by(|a, b| a.row == b.row).map(row).collect()
}

/// Finds, for the cells of one row in turn, those near them in another row (or in the same one).
struct Windows {
    half_rad: f64,
    cols: u32,
    other_cols: u32,
    /// Before it, all cells of the other row lie too far west of every cell still to come.
    begin: usize,
}

impl Windows {
    /// Up to three ranges of cells: the window, and its parts that run on beyond the antimeridian.
    fn around(&mut self, cell: usize, cells: &[Cell], other: &Range<usize>) -> [Range<usize>; 3] {
        let (nothing, cols) = (other.start..other.start, i64::from(self.other_cols));
        let east_rad = f64::from(cells[cell].col) * (TAU / f64::from(self.cols));
        let per_rad = f64::from(self.other_cols) / TAU;
        let width_rad = TAU / f64::from(self.cols);
        let west = ((east_rad - self.half_rad) * per_rad).floor() as i64;
        let east = ((east_rad + width_rad + self.half_rad) * per_rad).floor() as i64;
        if east - west + 1 >= cols {
            return [other.clone(), nothing.clone(), nothing];
        }
        while self.begin < other.end && i64::from(cells[self.begin].col) < west {
            self.begin += 1;
        }
        let far = |from: usize| cells[from..other.end].iter().position(|near| i64::from(near.col) > east);
        // In its own row a cell looks east only: the pair is the same.
        let begin = if other.contains(&cell) { cell + 1 } else { self.begin };
        let window = begin..far(begin).map_or(other.end, |count| begin + count);
        let part = |cols: Range<i64>| {
            let bound = |col: i64| {
                other.start + cells[other.clone()].partition_point(|near| i64::from(near.col) < col)
            };
            bound(cols.start)..bound(cols.end)
        };
        let beyond_west = if west < 0 { part(west + cols..cols) } else { nothing.clone() };
        let beyond_east = if east >= cols { part(0..east - cols + 1) } else { nothing };
        [window, beyond_west, beyond_east]
    }
}

/// True when some position of one cell is within the radius of some position of the other.
fn linked(a: &Cell, b: &Cell, sorted: &[Sorted], chord2_max: f64) -> bool {
    let members = |cell: &Cell| &sorted[cell.members.start as usize..cell.members.end as usize];
    if box_gap2(a, b.low, b.high) > chord2_max * (1.0 + 1e-9) {
        return false;
    }
    let near = |member: &&Sorted| box_gap2(b, member.at, member.at) <= chord2_max * (1.0 + 1e-9);
    members(a)
        .iter()
        .filter(near)
        .any(|member| members(b).iter().any(|other| chord2(member.at, other.at) <= chord2_max))
}

/// Squared distance between a cell's box and another box.
fn box_gap2(cell: &Cell, low: UnitVector, high: UnitVector) -> f64 {
    let gap = |axis: usize| (cell.low[axis] - high[axis]).max(low[axis] - cell.high[axis]).max(0.0);
    let (x, y, z) = (gap(0), gap(1), gap(2));
    x * x + y * y + z * z
}

fn labels(count: usize, sorted: &[Sorted], cells: &[Cell], groups: &mut Groups) -> Vec<u32> {
    let mut labels = vec![0; count];
    for (cell, members) in cells.iter().enumerate() {
        let root = groups.root(cell as u32);
        for member in &sorted[members.members.start as usize..members.members.end as usize] {
            labels[member.index as usize] = root;
        }
    }
    let mut label_of_root = vec![u32::MAX; cells.len()];
    let mut next = 0;
    for label in &mut labels {
        let of_root = &mut label_of_root[*label as usize];
        if *of_root == u32::MAX {
            *of_root = next;
            next += 1;
        }
        *label = *of_root;
    }
    labels
}
