//! Rasters in a projected plane.

use crate::geo::EastNorth;

/// Where a raster's cells lie: square cells, row 0 at the northern edge, column 0 at the western edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridShape {
    /// Number of rows, north to south.
    pub rows: usize,
    /// Number of columns, west to east.
    pub cols: usize,
    /// Edge of a cell, m.
    pub cell_size_m: f64,
    /// Easting of the western edge (not of the first cell's centre), m.
    pub west_m: f64,
    /// Northing of the northern edge, m.
    pub north_m: f64,
}

impl GridShape {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// True when there is one cell only.
    pub fn is_single(&self) -> bool {
        self.len() == 1
    }

    /// True when there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the cells of both are of one size and lie on one lattice: windows of the same grid.
    pub fn shares_lattice(&self, other: &Self) -> bool {
        let apart_m = [self.north_m - other.north_m, self.west_m - other.west_m];
        let aligned = apart_m.iter().all(|metres| {
            let cells = metres / self.cell_size_m;
            // A hundredth of a cell is rounding; more is another grid.
            (cells - cells.round()).abs() <= 0.01
        });
        self.cell_size_m == other.cell_size_m && aligned
    }

    /// Centre of a cell.
    pub fn centre(&self, row: usize, col: usize) -> EastNorth {
        EastNorth {
            east_m: self.west_m + (col as f64 + 0.5) * self.cell_size_m,
            north_m: self.north_m - (row as f64 + 0.5) * self.cell_size_m,
        }
    }

    /// Row and column of the cell that holds a point; `None` outside.
    pub fn cell_at(&self, point: EastNorth) -> Option<(usize, usize)> {
        let col = (point.east_m - self.west_m) / self.cell_size_m;
        let row = (self.north_m - point.north_m) / self.cell_size_m;
        let inside = row >= 0.0 && col >= 0.0 && row < self.rows as f64 && col < self.cols as f64;
        inside.then_some((row as usize, col as usize))
    }

    /// Position in a row-major slice.
    pub fn index(&self, row: usize, col: usize) -> usize {
        row * self.cols + col
    }
}

/// A raster: one value a cell, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid<T> {
    /// Where the cells lie.
    pub shape: GridShape,
    /// `shape.len()` values, row-major.
    pub cells: Vec<T>,
}

impl<T: Copy> Grid<T> {
    /// A raster of one value.
    pub fn filled(shape: GridShape, value: T) -> Self {
        Self { shape, cells: vec![value; shape.len()] }
    }

    /// The value of a cell.
    pub fn get(&self, row: usize, col: usize) -> T {
        self.cells[self.shape.index(row, col)]
    }
}
