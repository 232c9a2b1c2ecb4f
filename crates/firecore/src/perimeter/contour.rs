//! Marching squares: the rings around the cells that burned by a time.

use geo::{Coord, LineString, coord};

use super::Field;

/// The contour keeps this share of the way between two centres away from either: rings never touch themselves.
const MARGIN: f64 = 0.02;

/// Closed rings with burned ground on the left.
pub(super) fn rings(field: Field<'_>, time_s: f32) -> Vec<LineString<f64>> {
    let contour = Contour::new(field, time_s);
    let segments = contour.segments();
    let mut taken = vec![false; segments.len()];
    let mut rings = Vec::new();
    for first in 0..segments.len() {
        let mut points = Vec::new();
        let mut at = first;
        while !taken[at] {
            taken[at] = true;
            let (from, to) = segments[at];
            points.push(contour.crossing(from));
            at = segments.binary_search_by_key(&to, |segment| segment.0).expect(
                "every side of a square that a contour leaves by is one that it enters the next square by",
            );
        }
        if let Some(start) = points.first().copied() {
            points.push(start);
            rings.push(LineString::new(points));
        }
    }
    rings
}

/// A line between the centres of two neighbouring cells: twice the first cell's padded index, plus one where the line runs
/// south and not east.
type Side = u32;

struct Contour<'a> {
    field: Field<'a>,
    time_s: f32,
    /// Cells in a row of `burned`: the grid's and one on each edge.
    cols: usize,
    /// Which cells burned, with a ring of cells around the grid that did not.
    burned: Vec<bool>,
}

impl<'a> Contour<'a> {
    fn new(field: Field<'a>, time_s: f32) -> Self {
        let (rows, cols) = (field.shape.rows + 2, field.shape.cols + 2);
        assert!(
            rows * cols < (u32::MAX / 2) as usize,
            "BUG: a grid of {rows} x {cols} cells was not refused"
        );
        let mut burned = vec![false; rows * cols];
        for (row, times_s) in field.arrival_s.chunks(field.shape.cols.max(1)).enumerate() {
            let first = (row + 1) * cols + 1;
            for (cell, arrival_s) in burned[first..].iter_mut().zip(times_s) {
                *cell = *arrival_s <= time_s;
            }
        }
        Self { field, time_s, cols, burned }
    }

    /// The contour's parts by square, sorted by the side that each begins at.
    fn segments(&self) -> Vec<(Side, Side)> {
        let mut segments = Vec::new();
        for row in 0..=self.field.shape.rows {
            for col in 0..=self.field.shape.cols {
                let corner = row * self.cols + col;
                let (north, south) = (&self.burned[corner..], &self.burned[corner + self.cols..]);
                let burned = [north[0], north[1], south[1], south[0]];
                if burned != [true; 4] && burned != [false; 4] {
                    self.cross_square(corner, burned, &mut segments);
                }
            }
        }
        segments.sort_unstable();
        segments
    }

    /// The parts inside the square of four centres whose north-western one is given; corners clockwise from there.
    fn cross_square(&self, corner: usize, burned: [bool; 4], segments: &mut Vec<(Side, Side)>) {
        let corner = corner as u32;
        // Side k leads from corner k to corner k + 1.
        let sides = [2 * corner, 2 * corner + 3, 2 * (corner + self.cols as u32), 2 * corner + 1];
        for side in 0..4 {
            // Clockwise around the square, burned ground ends at `side`: the contour leaves there and comes in where the
            // burned corner's own stretch began. Two opposite burned corners stay apart.
            if burned[side] && !burned[(side + 1) % 4] {
                let mut begin = side;
                while burned[(begin + 3) % 4] {
                    begin = (begin + 3) % 4;
                }
                segments.push((sides[(begin + 3) % 4], sides[side]));
            }
        }
    }

    /// Where the contour crosses a line between two centres.
    fn crossing(&self, side: Side) -> Coord<f64> {
        let southward = side % 2 == 1;
        let first = side as usize / 2;
        let second = if southward { first + self.cols } else { first + 1 };
        let (inner, outer) = if self.burned[first] { (first, second) } else { (second, first) };
        let share = match self.arrival_s(outer) {
            // The edge of a fire that cannot go on lies on the cell's border.
            None => 0.5,
            Some(outer_s) => {
                let inner_s = self.arrival_s(inner).unwrap_or(0.0);
                (f64::from(self.time_s - inner_s) / f64::from(outer_s - inner_s)).clamp(MARGIN, 1.0 - MARGIN)
            }
        };
        let along = if self.burned[first] { share } else { 1.0 - share };
        let (right, down) = if southward { (0.0, along) } else { (along, 0.0) };
        let shape = self.field.shape;
        let (row, col) = ((first / self.cols) as f64 - 1.0, (first % self.cols) as f64 - 1.0);
        coord! {
            x: shape.west_m + (col + 0.5 + right) * shape.cell_size_m,
            y: shape.north_m - (row + 0.5 + down) * shape.cell_size_m,
        }
    }

    /// Arrival time of a cell by its padded index; `None` outside the grid and where nothing can burn.
    fn arrival_s(&self, cell: usize) -> Option<f32> {
        let shape = self.field.shape;
        let (row, col) = ((cell / self.cols).checked_sub(1)?, (cell % self.cols).checked_sub(1)?);
        let inside = row < shape.rows && col < shape.cols;
        let index = inside.then(|| shape.index(row, col)).filter(|index| self.field.burnable[*index])?;
        Some(self.field.arrival_s[index])
    }
}
