//! The part of a grid that a box needs.

use firecore::geo::Bounds;

use super::grid::TURN_DEG;
use super::plane::Plane;
use super::{Grib2Error, Grid, WINDOW_NODES_MAX};

/// Points that an edge of a box is drawn by in a projection. Reason: an edge of 10 degrees bends by less than a step of 3 km between two.
const EDGE_POINTS: usize = 64;

/// Whole rows and columns of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Its first column in the grid.
    pub column: usize,
    /// How many.
    pub columns: usize,
    /// Its first row in the grid.
    pub row: usize,
    /// How many.
    pub rows: usize,
    /// Columns of a grid that closes around the globe: the window goes on at column 0.
    around: Option<usize>,
}

impl Window {
    /// How many nodes.
    pub fn nodes(&self) -> usize {
        self.columns * self.rows
    }

    /// A row and a column more on each side, where the grid has them: a point near an edge of what was asked for has neighbours all around.
    pub(super) fn grown(self, grid: &Grid) -> Self {
        let (row, column) = (self.row.saturating_sub(1), self.column.saturating_sub(1));
        let rows = (self.row + self.rows + 1).min(grid.rows) - row;
        match self.around {
            // It goes on at column 0, and has all neighbours that it needs on that side.
            Some(around) => {
                let columns = (self.columns + 2).min(around);
                Self { row, rows, column: (self.column + around - 1) % around, columns, ..self }
            }
            None => Self {
                row,
                rows,
                column,
                columns: (self.column + self.columns + 1).min(grid.columns) - column,
                ..self
            },
        }
    }

    /// Where a node of the grid is kept.
    pub(super) fn slot(&self, (column, row): (usize, usize)) -> Option<usize> {
        let mut east = column.wrapping_sub(self.column);
        if let (Some(around), true) = (self.around, column < self.column) {
            east = column + around - self.column;
        }
        let along = row.wrapping_sub(self.row);
        (east < self.columns && along < self.rows).then(|| along * self.columns + east)
    }

    /// Column and row in the grid of a kept node.
    pub fn cell(&self, slot: usize) -> (usize, usize) {
        let column = self.column + slot % self.columns;
        let column = self.around.map_or(column, |around| column % around);
        (column, self.row + slot / self.columns)
    }
}

impl Grid {
    /// The rows and columns that cover a box; all without one.
    ///
    /// **Errors** where none do, or more than [`WINDOW_NODES_MAX`] would be kept.
    pub fn window(&self, bounds: Option<&Bounds>) -> Result<Window, Grib2Error> {
        let window = match bounds {
            None => Window { column: 0, columns: self.columns, row: 0, rows: self.rows, around: None },
            Some(bounds) => self.covering(bounds).ok_or(Grib2Error::Outside {
                west_deg: bounds.west_deg,
                east_deg: bounds.east_deg,
                south_deg: bounds.south_deg,
                north_deg: bounds.north_deg,
            })?,
        };
        if window.nodes() > WINDOW_NODES_MAX {
            let found = window.nodes().to_string();
            return Err(Grib2Error::Value { what: "a window", needed: "of at most 4194304 nodes", found });
        }
        Ok(window)
    }

    fn covering(&self, bounds: &Bounds) -> Option<Window> {
        let degrees = [bounds.west_deg, bounds.east_deg, bounds.south_deg, bounds.north_deg];
        if !degrees.iter().all(|angle| angle.abs() <= TURN_DEG) {
            return None;
        }
        match self.plane {
            Plane::Degrees => self.covering_in_degrees(bounds),
            _ => self.covering_in_plane(bounds),
        }
    }

    fn covering_in_degrees(&self, bounds: &Bounds) -> Option<Window> {
        let row = |lat_deg: f64| (lat_deg - self.first.1) / self.step.1;
        let (row, rows) = clip(row(bounds.south_deg), row(bounds.north_deg), self.rows)?;
        let step_deg = self.step.0.abs();
        let start_deg =
            if self.step.0 > 0.0 { bounds.west_deg - self.first.0 } else { self.first.0 - bounds.east_deg };
        let start = start_deg.rem_euclid(TURN_DEG) / step_deg;
        let end = start + width_deg(bounds) / step_deg;
        let turn = TURN_DEG / step_deg;
        let closed = (turn - self.columns as f64).abs() < 0.5 && self.columns > 1;
        let (column, columns) = if closed {
            let column = start as usize;
            ((column % self.columns), (end.ceil() as usize - column + 1).min(self.columns))
        } else {
            let here = clip(start, end, self.columns);
            let before = clip(start - turn, end - turn, self.columns);
            [here, before].into_iter().flatten().max_by_key(|(_, columns)| *columns)?
        };
        Some(Window { column, columns, row, rows, around: closed.then_some(self.columns) })
    }

    /// The box's outline in the plane bounds its inside: the planes are conformal, and tear only along rays from the pole.
    fn covering_in_plane(&self, bounds: &Bounds) -> Option<Window> {
        let width_deg = width_deg(bounds);
        let height_deg = bounds.north_deg - bounds.south_deg;
        let (mut low, mut high) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        for step in 0..=EDGE_POINTS {
            let share = step as f64 / EDGE_POINTS as f64;
            let (lon_deg, lat_deg) =
                (bounds.west_deg + share * width_deg, bounds.south_deg + share * height_deg);
            let east_deg = bounds.west_deg + width_deg;
            let edges = [
                (lon_deg, bounds.south_deg),
                (lon_deg, bounds.north_deg),
                (bounds.west_deg, lat_deg),
                (east_deg, lat_deg),
            ];
            for (lon_deg, lat_deg) in edges {
                let (x, y) = self.plane.of_degrees(lon_deg, lat_deg);
                let at = ((x - self.first.0) / self.step.0, (y - self.first.1) / self.step.1);
                low = (low.0.min(at.0), low.1.min(at.1));
                high = (high.0.max(at.0), high.1.max(at.1));
            }
        }
        // A step more on each side for what bends between two points.
        let (column, columns) = clip(low.0 - 1.0, high.0 + 1.0, self.columns)?;
        let (row, rows) = clip(low.1 - 1.0, high.1 + 1.0, self.rows)?;
        Some(Window { column, columns, row, rows, around: None })
    }
}

/// A box from west to east, degrees.
fn width_deg(bounds: &Bounds) -> f64 {
    match bounds.east_deg - bounds.west_deg {
        all if all >= TURN_DEG => TURN_DEG,
        width => width.rem_euclid(TURN_DEG),
    }
}

/// First line and number of lines that cover a stretch, in either sense; `None` where it lies outside of them.
fn clip(one: f64, other: f64, lines: usize) -> Option<(usize, usize)> {
    let (low, high) = (one.min(other).floor(), one.max(other).ceil());
    let last = (lines - 1) as f64;
    let meets = low <= last && high >= 0.0;
    meets.then(|| {
        let (low, high) = (low.max(0.0) as usize, high.min(last) as usize);
        (low, high - low + 1)
    })
}
