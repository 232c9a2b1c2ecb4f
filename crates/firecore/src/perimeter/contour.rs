//! Marching squares: the rings around the cells that burned by a time.

use super::Field;
use super::lattice::{CELL, Point, STEPS, twice_area};
use crate::grid::GridShape;

/// A closed line with burned ground on its left; the last point is the first one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ring {
    pub(super) points: Vec<Point>,
    /// The ring around the ground that this one bounds, by its place among the contour's rings: its own where it is a
    /// shell, another one's where it is a hole.
    pub(super) shell: usize,
}

/// The four ways along the lines between centres, clockwise: row and column, east and north.
const WAYS: [(isize, isize, i32, i32); 4] = [(-1, 0, 0, 1), (0, 1, 1, 0), (1, 0, 0, -1), (0, -1, -1, 0)];
const NORTH: usize = 0;
const SOUTH: usize = 2;

/// Marks of a cell.
const BURNED: u8 = 1;
/// The contour between the cell and its eastern neighbour is part of a ring already.
const TRACED: u8 = 2;

/// Traces contours over one grid, reusing its memory.
pub(super) struct Tracer {
    shape: GridShape,
    /// Cells in a row: the grid's, and one on each edge that did not burn.
    cols: usize,
    marks: Vec<u8>,
    /// The ring between a burned cell and its western neighbour; what an earlier contour left is never read.
    ring_west: Vec<u32>,
}

impl Tracer {
    pub(super) fn new(shape: &GridShape) -> Self {
        let (rows, cols) = (shape.rows + 2, shape.cols + 2);
        let units_max = (i32::MAX / CELL) as usize;
        assert!(
            rows <= units_max && cols <= units_max,
            "BUG: a grid of {rows} x {cols} cells was not refused"
        );
        Self { shape: *shape, cols, marks: vec![0; rows * cols], ring_west: vec![0; rows * cols] }
    }

    /// The rings by their first points, north to south and west to east.
    pub(super) fn trace(&mut self, field: Field<'_>, time_s: f32) -> Vec<Ring> {
        assert!(*field.shape == self.shape, "BUG: one tracer was given fields of two grids");
        let cols = self.shape.cols;
        for (row, times_s) in field.arrival_s.chunks(cols.max(1)).enumerate() {
            let first = (row + 1) * self.cols + 1;
            for (mark, arrival_s) in self.marks[first..first + cols].iter_mut().zip(times_s) {
                *mark = u8::from(*arrival_s <= time_s);
            }
        }
        let mut rings: Vec<Ring> = Vec::new();
        for row in 1..=self.shape.rows {
            let mut col = 1;
            while let Some(edge) = self.next_eastern_edge(row, col) {
                let points = self.trace_ring(field, time_s, row, edge, rings.len() as u32);
                // The ring to the west of a hole's first row is its shell or another hole of it; both begin further
                // north or west, so they are there already.
                let shell = match twice_area(&points) < 0 {
                    true => rings[self.ring_to_the_west(row, edge)].shell,
                    false => rings.len(),
                };
                rings.push(Ring { points, shell });
                col = edge + 1;
            }
        }
        rings
    }

    /// The first burned cell from a column on whose eastern neighbour did not burn and whose edge there is in no ring yet.
    fn next_eastern_edge(&self, row: usize, col: usize) -> Option<usize> {
        const ALL_BURNED: u64 = 0x0101_0101_0101_0101 * BURNED as u64;
        let marks = &self.marks[row * self.cols..(row + 1) * self.cols];
        let mut at = col;
        while at <= self.shape.cols {
            // Eight cells at once where all are the same and the ninth does not end them.
            if let Some(eight) = marks.get(at..at + 8) {
                let eight = u64::from_le_bytes(eight.try_into().expect("eight marks were taken"));
                let next_burned = marks.get(at + 8).is_some_and(|mark| mark & BURNED != 0);
                if eight == 0 || (eight & ALL_BURNED == ALL_BURNED && next_burned) {
                    at += 8;
                    continue;
                }
            }
            if marks[at] == BURNED && marks[at + 1] & BURNED == 0 {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// Follows the contour from a burned cell's eastern edge, northward, until it comes back.
    fn trace_ring(&mut self, field: Field<'_>, time_s: f32, row: usize, col: usize, ring: u32) -> Vec<Point> {
        let walk = Walk { field, time_s, cols: self.cols };
        let start = row * self.cols + col;
        let (mut burned, mut way) = (start, NORTH);
        let mut points = Vec::new();
        loop {
            points.push(walk.crossing(burned, way));
            match way {
                NORTH => self.marks[burned] |= TRACED,
                SOUTH => self.ring_west[burned] = ring,
                _ => {}
            }
            // The cells ahead on the left and on the right.
            let (right, ahead) = (walk.neighbour(burned, (way + 1) % 4), walk.neighbour(burned, way));
            let beyond = walk.neighbour(right, way);
            let is_burned = |cell: usize| self.marks[cell] & BURNED != 0;
            (burned, way) = match (is_burned(ahead), is_burned(beyond)) {
                (true, true) => (beyond, (way + 1) % 4),
                (true, false) => (ahead, way),
                (false, true) if walk.joined([burned, beyond], [right, ahead]) => (beyond, (way + 1) % 4),
                (false, _) => (burned, (way + 3) % 4),
            };
            if burned == start && way == NORTH {
                points.push(points[0]);
                return points;
            }
        }
    }

    /// The ring that bounds the burned ground west of a burned cell, along its row.
    fn ring_to_the_west(&self, row: usize, col: usize) -> usize {
        let first = row * self.cols;
        let mut at = first + col;
        while self.marks[at - 1] & BURNED != 0 {
            at -= 1;
        }
        self.ring_west[at] as usize
    }
}

/// What a contour is traced through; cells by their place in rows with one more cell on each edge.
#[derive(Clone, Copy)]
struct Walk<'a> {
    field: Field<'a>,
    time_s: f32,
    cols: usize,
}

impl Walk<'_> {
    fn neighbour(&self, cell: usize, way: usize) -> usize {
        let (down, right, ..) = WAYS[way];
        cell.wrapping_add_signed(down * self.cols as isize + right)
    }

    /// Where the contour crosses the line from a burned cell's centre to that of the neighbour on its right.
    fn crossing(&self, burned: usize, way: usize) -> Point {
        let right = (way + 1) % 4;
        let steps = match self.later_s(self.neighbour(burned, right)) {
            // The edge of a fire that cannot go on lies on the cell's border.
            None => STEPS / 2,
            Some(outer_s) => {
                let share = self.later_s(burned).map_or(0.0, |inner_s| inner_s / (inner_s - outer_s));
                ((share * f64::from(STEPS)).round() as i32).clamp(1, STEPS - 1)
            }
        };
        let (row, col) = ((burned / self.cols) as i32 - 1, (burned % self.cols) as i32 - 1);
        let (.., east, north) = WAYS[right];
        let along = steps * (CELL / STEPS);
        Point::new(
            col * CELL + CELL / 2 + east * along,
            (self.field.shape.rows as i32 - row) * CELL - CELL / 2 + north * along,
        )
    }

    /// Whether the two burned cells of a square of four, which lie across from each other, are joined: whether the arrival
    /// time at the saddle between them, bilinear in the square, is not later than the contour's.
    fn joined(&self, burned: [usize; 2], others: [usize; 2]) -> bool {
        let product = |cells: [usize; 2]| Some(self.later_s(cells[0])? * self.later_s(cells[1])?);
        match (product(burned), product(others)) {
            // Beside ground that cannot burn, and beside cells that were not reached, they are not.
            (Some(inside), Some(outside)) => outside.is_finite() && inside >= outside,
            _ => false,
        }
    }

    /// How much later than the contour's time the fire comes to a cell, s; `None` outside the grid and where nothing burns.
    ///
    /// Exact, for times have 24 digits and the difference of two within a factor of a billion has 53 at most.
    fn later_s(&self, cell: usize) -> Option<f64> {
        let shape = self.field.shape;
        let (row, col) = ((cell / self.cols).checked_sub(1)?, (cell % self.cols).checked_sub(1)?);
        let inside = row < shape.rows && col < shape.cols;
        let index = inside.then(|| shape.index(row, col)).filter(|index| self.field.burnable[*index])?;
        Some(f64::from(self.field.arrival_s[index]) - f64::from(self.time_s))
    }
}
