//! Pixels, and where they lie.

use firecore::geo::EastNorth;

use super::RasterProblem;
use crate::crs::Crs;

/// Least edge of a pixel, m. Our choice: pictures from drones have some centimetres; what is below is kilometres or degrees taken for metres.
const PIXEL_M_MIN: f64 = 0.01;

/// Greatest coordinate of a plane, m. Reason: false eastings that begin with the number of a zone of 6 degrees reach 60,500 km, and the Earth
/// is 40,000 km around.
const PLANE_M_MAX: f64 = 1e8;

/// Greatest longitude, east or west, degrees: maps from 0 to 360 are common, and half a turn more is met around the 180th meridian.
const LON_DEG_MAX: f64 = 540.0;

/// Greatest latitude, degrees.
const LAT_DEG_MAX: f64 = 90.0;

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelWindow {
    /// First row.
    pub row: usize,
    /// First column.
    pub col: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
}

/// From fractional pixels (0, 0 is the outer corner of the first pixel) to the coordinate system, and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelPlace {
    /// x of the first pixel's outer corner, in the coordinate system's unit, as all here.
    pub x0: f64,
    /// How much x grows with each column.
    pub x_per_col: f64,
    /// How much x grows with each row.
    pub x_per_row: f64,
    /// y of the first pixel's outer corner.
    pub y0: f64,
    /// How much y grows with each column.
    pub y_per_col: f64,
    /// How much y grows with each row; negative where the first row is the northern one.
    pub y_per_row: f64,
}

impl PixelPlace {
    /// Pixels with edges along the axes, by their north-western corner.
    pub fn north_up(west: f64, north: f64, width: f64, height: f64) -> Self {
        Self { x0: west, x_per_col: width, x_per_row: 0.0, y0: north, y_per_col: 0.0, y_per_row: -height }
    }

    /// Coordinates of a fractional pixel.
    pub fn to_xy(self, col: f64, row: f64) -> (f64, f64) {
        (
            self.x0 + self.x_per_col * col + self.x_per_row * row,
            self.y0 + self.y_per_col * col + self.y_per_row * row,
        )
    }

    /// Fractional column and row of coordinates.
    pub fn to_pixel(self, x: f64, y: f64) -> (f64, f64) {
        let determinant = self.determinant();
        let (x, y) = (x - self.x0, y - self.y0);
        (
            (x * self.y_per_row - y * self.x_per_row) / determinant,
            (y * self.x_per_col - x * self.y_per_col) / determinant,
        )
    }

    /// Edge of a pixel where pixels are square and the first row is the northern one.
    pub fn square_north_up(self) -> Option<f64> {
        let size = self.x_per_col;
        let square = (size + self.y_per_row).abs() < 1e-6 * size.abs();
        (size > 0.0 && square && self.x_per_row == 0.0 && self.y_per_col == 0.0).then_some(size)
    }

    /// Fewer pixels on the same ground: each as wide as so many columns and as high as so many rows.
    pub(super) fn stretched(self, cols: f64, rows: f64) -> Self {
        Self {
            x_per_col: self.x_per_col * cols,
            y_per_col: self.y_per_col * cols,
            x_per_row: self.x_per_row * rows,
            y_per_row: self.y_per_row * rows,
            ..self
        }
    }

    /// The same where it can be turned round: finite, and pixels have an area.
    pub(super) fn checked(self) -> Option<Self> {
        let determinant = self.determinant();
        let known = [self.x0, self.y0, determinant].iter().all(|number| number.is_finite());
        (known && determinant != 0.0).then_some(self)
    }

    /// Refuses pixels that are too small for any map, and coordinates that lie beyond the Earth.
    pub(super) fn check_on_earth(self, (rows, cols): (usize, usize), crs: &Crs) -> Result<(), RasterProblem> {
        let width = self.x_per_col.hypot(self.y_per_col);
        let height = self.x_per_row.hypot(self.y_per_row);
        let unit = if crs.is_geographic() { " degrees" } else { "" };
        if width.min(height) < crs.length(PIXEL_M_MIN) {
            return Err(RasterProblem::NotOnEarth {
                what: "size of a pixel",
                needed: format!("at least {PIXEL_M_MIN} m"),
                found: format!("{width} x {height}{unit}"),
            });
        }
        let [x_max, y_max] = match crs.is_geographic() {
            // Of pixels that are centred on a pole, half lies beyond it.
            true => [LON_DEG_MAX, LAT_DEG_MAX + height],
            false => [crs.length(PLANE_M_MAX); 2],
        };
        let (rows, cols) = (rows as f64, cols as f64);
        for (x, y) in
            [(0.0, 0.0), (cols, 0.0), (0.0, rows), (cols, rows)].map(|(col, row)| self.to_xy(col, row))
        {
            if x.abs() > x_max || y.abs() > y_max {
                return Err(RasterProblem::NotOnEarth {
                    what: "extent",
                    needed: format!("coordinates within {x_max:.0} and {y_max:.0}{unit} of the origin"),
                    found: format!("a corner at {x} {y}"),
                });
            }
        }
        Ok(())
    }

    fn determinant(self) -> f64 {
        self.x_per_col * self.y_per_row - self.x_per_row * self.y_per_col
    }
}

/// A box in a frame's plane, m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneBox {
    /// Western edge.
    pub west_m: f64,
    /// Southern edge.
    pub south_m: f64,
    /// Eastern edge.
    pub east_m: f64,
    /// Northern edge.
    pub north_m: f64,
}

impl PlaneBox {
    /// Its middle.
    pub fn centre(&self) -> EastNorth {
        EastNorth { east_m: (self.west_m + self.east_m) / 2.0, north_m: (self.south_m + self.north_m) / 2.0 }
    }

    /// The box moved outward to multiples of `step_m`, so that fires that grow a little ask for the same window.
    pub fn snapped_outward(&self, step_m: f64) -> Self {
        Self {
            west_m: (self.west_m / step_m).floor() * step_m,
            south_m: (self.south_m / step_m).floor() * step_m,
            east_m: (self.east_m / step_m).ceil() * step_m,
            north_m: (self.north_m / step_m).ceil() * step_m,
        }
    }

    /// The smallest box around both.
    pub fn around(&self, other: &Self) -> Self {
        Self {
            west_m: self.west_m.min(other.west_m),
            south_m: self.south_m.min(other.south_m),
            east_m: self.east_m.max(other.east_m),
            north_m: self.north_m.max(other.north_m),
        }
    }

    /// The part that lies in both; `None` where they do not touch.
    pub fn common(&self, other: &Self) -> Option<Self> {
        let common = Self {
            west_m: self.west_m.max(other.west_m),
            south_m: self.south_m.max(other.south_m),
            east_m: self.east_m.min(other.east_m),
            north_m: self.north_m.min(other.north_m),
        };
        (common.west_m <= common.east_m && common.south_m <= common.north_m).then_some(common)
    }

    /// The box with each edge moved outward.
    pub fn grown(&self, by_m: f64) -> Self {
        Self {
            west_m: self.west_m - by_m,
            south_m: self.south_m - by_m,
            east_m: self.east_m + by_m,
            north_m: self.north_m + by_m,
        }
    }
}
