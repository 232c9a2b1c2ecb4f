//! Where members' windows lie on their common grid.

use std::ops::Range;

use crate::geo::LocalFrame;
use crate::grid::GridShape;

/// The smallest window that holds every member's.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) frame: LocalFrame,
    cell_size_m: f64,
    /// The corner that rows and columns are counted from: north-western of the first window that had a cell.
    origin: Option<(f64, f64)>,
    /// The least western and the greatest northern edge as they were given: the result's own do not depend on the order.
    west_m: f64,
    north_m: f64,
    /// Rows and columns of cells from the origin, southward and eastward.
    pub(super) rows: Range<i32>,
    pub(super) cols: Range<i32>,
}

impl Place {
    /// Holds nothing yet.
    pub(super) fn new(frame: &LocalFrame, shape: &GridShape) -> Self {
        Self {
            frame: frame.clone(),
            cell_size_m: shape.cell_size_m,
            origin: None,
            west_m: shape.west_m,
            north_m: shape.north_m,
            rows: 0..0,
            cols: 0..0,
        }
    }

    /// Grows to hold a window; gives the row and column of its north-western cell.
    pub(super) fn take_in(&mut self, frame: &LocalFrame, shape: &GridShape) -> (i32, i32) {
        if shape.is_empty() {
            if self.origin.is_none() {
                (self.west_m, self.north_m) =
                    (self.west_m.min(shape.west_m), self.north_m.max(shape.north_m));
            }
            return (0, 0);
        }
        let size = (shape.rows as i32, shape.cols as i32);
        let Some((west_m, north_m)) = self.origin else {
            let mut place = Self::new(frame, shape);
            (place.origin, place.rows, place.cols) =
                (Some((shape.west_m, shape.north_m)), 0..size.0, 0..size.1);
            *self = place;
            return (0, 0);
        };
        let same = shape.cell_size_m == self.cell_size_m && *frame == self.frame;
        assert!(same, "BUG: members of one ensemble lie on different grids");
        let cells = |metres: f64| (metres / self.cell_size_m).round() as i32;
        let (top, left) = (cells(north_m - shape.north_m), cells(shape.west_m - west_m));
        (self.west_m, self.north_m) = (self.west_m.min(shape.west_m), self.north_m.max(shape.north_m));
        self.rows = self.rows.start.min(top)..self.rows.end.max(top + size.0);
        self.cols = self.cols.start.min(left)..self.cols.end.max(left + size.1);
        (top, left)
    }

    pub(super) fn shape(&self) -> GridShape {
        GridShape {
            rows: self.rows.len(),
            cols: self.cols.len(),
            cell_size_m: self.cell_size_m,
            west_m: self.west_m,
            north_m: self.north_m,
        }
    }
}
