//! Many detections grouped at once, by sorting them into cells of the [mesh](super::mesh).
//!
//! The partition is that of assigning them one by one. Where [`Links`](super::links::Links) looks around
//! every detection as it comes, each pair of neighbouring cells is met here once, and in the order in which
//! they lie in memory.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::ops::Range;

use super::groups::Groups;
use super::linking::LinkSettings;
use super::mark::{Extent, Mark};
use super::mesh::{BAND_ROWS, Mesh, Reach, Spot};
use crate::detection::Detection;

/// Groups many detections at once: the same partition as assigning them one by one, where no operator acts.
///
/// **Shape**: one label a detection, in their order; labels count from 0 by first appearance.
pub fn cluster_all(detections: &[Detection], settings: &LinkSettings) -> Vec<u32> {
    let mut sorted = SortedMarks::new(detections, settings);
    let mut groups = Groups::of(sorted.cells.len());
    let sheets = std::mem::take(&mut sorted.sheets);
    for (&(class, span), sheet) in &sheets {
        // Larger cells look for smaller ones: those lie side by side in memory. Sheets of one class meet once.
        for other in 0..=class {
            let spans = span - i64::from(other < class)..=span + 1;
            for (_, other) in sheets.range((other, *spans.start())..=(other, *spans.end())) {
                sorted.link(sheet, other, &mut groups);
            }
        }
    }
    sorted.labels(&mut groups)
}

/// All marks, in the order of their sheets and cells.
struct SortedMarks {
    window_us: i64,
    /// One mesh a class: cells as large as its smallest mark allows.
    meshes: Vec<Mesh>,
    /// By class, smallest first, and number of the span of time.
    sheets: BTreeMap<(usize, i64), Sheet>,
    rows: Vec<Row>,
    cells: Vec<Cell>,
    members: Vec<Member>,
}

/// Marks of one class in one span of time.
struct Sheet {
    class: usize,
    rows: Range<usize>,
    extent: Extent,
}

/// The occupied cells of a row, by column.
struct Row {
    row: u32,
    cells: Range<usize>,
}

/// Marks of one cell: a range of the sorted ones.
struct Cell {
    col: u32,
    members: Range<u32>,
    extent: Extent,
}

/// A mark and its place in the caller's order.
struct Member {
    mark: Mark,
    index: u32,
}

impl SortedMarks {
    fn new(detections: &[Detection], settings: &LinkSettings) -> Self {
        let window_us = settings.window_us();
        let marks: Vec<(Mark, Spot)> =
            detections.iter().map(|detection| Mark::of(detection, settings)).collect();
        let mut smallest: BTreeMap<i32, f64> = BTreeMap::new();
        let mut in_sheets: BTreeMap<(i32, i64), Vec<u32>> = BTreeMap::new();
        for (index, (mark, _)) in marks.iter().enumerate() {
            let smallest = smallest.entry(mark.class()).or_insert(mark.share_rad);
            *smallest = smallest.min(mark.share_rad);
            let sheet = (mark.class(), mark.at_us.div_euclid(window_us));
            in_sheets.entry(sheet).or_default().push(index as u32);
        }
        let mut sorted = Self {
            window_us,
            meshes: smallest.values().map(|share_rad| Mesh::new(2.0 * share_rad)).collect(),
            sheets: BTreeMap::new(),
            rows: Vec::new(),
            cells: Vec::new(),
            members: Vec::with_capacity(marks.len()),
        };
        let classes: Vec<i32> = smallest.into_keys().collect();
        for ((class, span), indexes) in in_sheets {
            let class = classes.partition_point(|known| *known < class);
            sorted.add_sheet(class, span, &indexes, &marks);
        }
        sorted
    }

    fn add_sheet(&mut self, class: usize, span: i64, indexes: &[u32], marks: &[(Mark, Spot)]) {
        let mesh = &mut self.meshes[class];
        let mut keys: Vec<(u32, u32, u32)> = indexes
            .iter()
            .map(|&index| {
                let (row, col) = mesh.locate(marks[index as usize].1);
                (row, col, index)
            })
            .collect();
        keys.sort_unstable();
        let mut extent = Extent::of(&marks[indexes[0] as usize].0);
        let first_row = self.rows.len();
        for in_row in keys.chunk_by(|a, b| a.0 == b.0) {
            let first_cell = self.cells.len();
            for in_cell in in_row.chunk_by(|a, b| a.1 == b.1) {
                let first = self.members.len() as u32;
                let mut of_cell = Extent::of(&marks[in_cell[0].2 as usize].0);
                for &(_, _, index) in in_cell {
                    let mark = marks[index as usize].0;
                    of_cell.add(&mark);
                    extent.add(&mark);
                    self.members.push(Member { mark, index });
                }
                let members = first..self.members.len() as u32;
                self.cells.push(Cell { col: in_cell[0].1, members, extent: of_cell });
            }
            self.rows.push(Row { row: in_row[0].0, cells: first_cell..self.cells.len() });
        }
        self.sheets.insert((class, span), Sheet { class, rows: first_row..self.rows.len(), extent });
    }

    /// Joins what links between two sheets, or within one.
    fn link(&mut self, sheet: &Sheet, other: &Sheet, groups: &mut Groups) {
        if !sheet.extent.may_link(&other.extent, self.window_us) {
            return;
        }
        let reach = Reach::new(sheet.extent.share_rad_max() + other.extent.share_rad_max());
        let mut begin = other.rows.start;
        for row in sheet.rows.clone() {
            let number = self.rows[row].row;
            let (mesh, other_mesh) = (&self.meshes[sheet.class], &self.meshes[other.class]);
            let (south, north) = other_mesh.rows_near_row(mesh, number, reach);
            let half_rad = mesh.half_width_of_row_rad(number, reach);
            while begin < other.rows.end && self.rows[begin].row < south {
                begin += 1;
            }
            // In its own sheet a row looks north only: the pair is the same.
            let first = if sheet.rows == other.rows { row } else { begin };
            for near in first..other.rows.end {
                if self.rows[near].row > north {
                    break;
                }
                let cols = self.meshes[sheet.class].cols_of(number / BAND_ROWS);
                let other_cols = self.meshes[other.class].cols_of(self.rows[near].row / BAND_ROWS);
                let near = self.rows[near].cells.clone();
                let mut windows = Windows { half_rad, cols, other_cols, begin: near.start };
                for cell in self.rows[row].cells.clone() {
                    for cells in windows.around(cell, &self.cells, &near) {
                        self.link_cells(cell, cells, groups);
                    }
                }
            }
        }
    }

    fn link_cells(&self, cell: usize, others: Range<usize>, groups: &mut Groups) {
        for other in others {
            let (a, b) = (groups.root(cell as u32), groups.root(other as u32));
            if a != b && self.linked(&self.cells[cell], &self.cells[other]) {
                groups.join(a, b);
            }
        }
    }

    /// True when some mark of one cell links to some mark of the other.
    fn linked(&self, a: &Cell, b: &Cell) -> bool {
        let members = |cell: &Cell| &self.members[cell.members.start as usize..cell.members.end as usize];
        a.extent.may_link(&b.extent, self.window_us)
            && members(a)
                .iter()
                .filter(|member| Extent::of(&member.mark).may_link(&b.extent, self.window_us))
                .any(|member| {
                    members(b).iter().any(|other| member.mark.linked(&other.mark, self.window_us).is_some())
                })
    }

    fn labels(&self, groups: &mut Groups) -> Vec<u32> {
        let mut labels = vec![0; self.members.len()];
        for (cell, members) in self.cells.iter().enumerate() {
            let root = groups.root(cell as u32);
            for member in &self.members[members.members.start as usize..members.members.end as usize] {
                labels[member.index as usize] = root;
            }
        }
        let mut label_of_root = vec![u32::MAX; self.cells.len()];
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
