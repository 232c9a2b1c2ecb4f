//! Arrival times over a grid: contours, reaches, and times between the centres of cells.

use firecore::geo::EastNorth;
use firecore::grid::GridShape;
use firecore::perimeter::{self, Perimeter};
use firecore::spread::front::Growth;
use geo::{Euclidean, Length};

use super::exact::{Exact, Point, dot};

/// A run's times over its whole grid.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) shape: GridShape,
    pub(crate) arrival_s: Vec<f32>,
    pub(crate) burnable: Vec<bool>,
}

/// A fire's outline at a time.
pub(crate) struct Contour {
    pub(crate) area_m2: f64,
    pub(crate) perimeter_m: f64,
    perimeter: Perimeter,
}

impl Contour {
    /// How far it reaches in a direction, from the origin.
    pub(crate) fn reach_m(&self, normal: Point) -> f64 {
        let outer = self.perimeter.plane.iter().flat_map(|part| part.exterior().0.iter());
        outer.map(|at| dot([at.x, at.y], normal)).fold(f64::NEG_INFINITY, f64::max)
    }
}

/// Cells on either side of the solver's front that the exact contour is looked for in: the front is never so far off where
/// its measure has a meaning.
const BAND_CELLS: usize = 6;

impl Field {
    pub(crate) fn of(shape: &GridShape, growth: &Growth, burns: impl Fn(usize, usize) -> bool) -> Self {
        let mut arrival_s = vec![f32::INFINITY; shape.len()];
        for (row, times_s) in growth.arrival_s.chunks(growth.size.1.max(1)).enumerate() {
            let first = shape.index(growth.origin.0 + row, growth.origin.1);
            arrival_s[first..first + times_s.len()].copy_from_slice(times_s);
        }
        let burnable = (0..shape.len()).map(|at| burns(at / shape.cols, at % shape.cols)).collect();
        Self { shape: *shape, arrival_s, burnable }
    }

    pub(crate) fn centre(&self, at: usize) -> Point {
        let EastNorth { east_m, north_m } = self.shape.centre(at / self.shape.cols, at % self.shape.cols);
        [east_m, north_m]
    }

    pub(crate) fn contour(&self, time_s: f64) -> Contour {
        let field =
            perimeter::Field { shape: &self.shape, arrival_s: &self.arrival_s, burnable: &self.burnable };
        let perimeter = Perimeter::at(field, time_s as f32);
        let length_m = |part: &geo::Polygon| {
            Euclidean.length(part.exterior())
                + part.interiors().iter().map(|hole| Euclidean.length(hole)).sum::<f64>()
        };
        Contour {
            area_m2: perimeter.plane_area_ha() * firecore::units::M2_PER_HA,
            perimeter_m: perimeter.plane.iter().map(length_m).sum(),
            perimeter,
        }
    }

    /// The contour that the exact times give on the same grid: what is left of it against the exact shape is the measure's
    /// own error.
    pub(crate) fn exact_contour(&self, exact: &Exact, time_s: f64) -> Contour {
        let mut field = self.clone();
        for at in self.band(time_s) {
            field.arrival_s[at] = exact.arrival_s(self.centre(at)) as f32;
        }
        field.contour(time_s)
    }

    /// Cells near the front of a time.
    fn band(&self, time_s: f64) -> Vec<usize> {
        let (rows, cols) = (self.shape.rows, self.shape.cols);
        let burned = |at: usize| f64::from(self.arrival_s[at]) <= time_s;
        let mut near = vec![false; rows * cols];
        for row in 0..rows {
            for col in 0..cols {
                let at = row * cols + col;
                let differs = |other: bool, step: usize| other && burned(at) != burned(at + step);
                if differs(col + 1 < cols, 1) || differs(row + 1 < rows, cols) {
                    for row in row.saturating_sub(BAND_CELLS)..(row + BAND_CELLS + 1).min(rows) {
                        let (first, end) = (col.saturating_sub(BAND_CELLS), (col + BAND_CELLS + 1).min(cols));
                        near[row * cols + first..row * cols + end].fill(true);
                    }
                }
            }
        }
        (0..near.len()).filter(|at| near[*at]).collect()
    }

    /// Arrival time at any place, s; `None` where it cannot be told from the cells around.
    ///
    /// What is interpolated is the time less `part`, a known function that bends as the times do near their source:
    /// by cubics over 4 x 4 cells where they burned and lie in the place's own `zone`, else linearly over 2 x 2, else on from two rows or columns
    /// on one side, else by the straight way from the nearest cells at `part`'s pace.
    pub(crate) fn arrival_at(
        &self,
        place: Point,
        part: &dyn Fn(Point) -> f64,
        zone: &dyn Fn(Point) -> usize,
    ) -> Option<f64> {
        let cell_m = self.shape.cell_size_m;
        let across = Stencil::at((place[0] - self.shape.west_m) / cell_m - 0.5);
        let down = Stencil::at((self.shape.north_m - place[1]) / cell_m - 0.5);
        let rest = |by: [Reading; 2]| -> Option<f64> {
            let mut sum_s = 0.0;
            for (row, row_share) in down.shares(by[0]) {
                for (col, col_share) in across.shares(by[1]) {
                    sum_s += row_share * col_share * self.rest_s(row, col, place, part, zone)?;
                }
            }
            Some(sum_s + part(place))
        };
        let beside = [Reading::Before, Reading::After];
        let beyond_rows = beside.into_iter().map(|row| [row, Reading::Linear]);
        let beyond_cols = beside.into_iter().map(|col| [Reading::Linear, col]);
        let within = [[Reading::Cubic; 2], [Reading::Linear; 2]];
        within.into_iter().chain(beyond_rows).chain(beyond_cols).find_map(rest).or_else(|| {
            let corners = down.pair().into_iter().flat_map(|row| across.pair().map(|col| (row, col)));
            corners
                .filter_map(|(row, col)| self.rest_s(row, col, place, part, zone))
                .map(|rest_s| rest_s + part(place))
                .min_by(f64::total_cmp)
        })
    }

    fn rest_s(
        &self,
        row: i64,
        col: i64,
        place: Point,
        part: &dyn Fn(Point) -> f64,
        zone: &dyn Fn(Point) -> usize,
    ) -> Option<f64> {
        let (row, col) = (usize::try_from(row).ok()?, usize::try_from(col).ok()?);
        if row >= self.shape.rows || col >= self.shape.cols {
            return None;
        }
        let at = self.shape.index(row, col);
        let (time_s, centre) = (self.arrival_s[at], self.centre(at));
        let usable = time_s.is_finite() && self.burnable[at] && zone(centre) == zone(place);
        usable.then(|| f64::from(time_s) - part(centre))
    }
}

/// How times are read along one axis: between centres, or on from the two before or after a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Cubic,
    Linear,
    Before,
    After,
}

/// Which centres a place lies between, along one axis.
struct Stencil {
    first: i64,
    share: f64,
}

impl Stencil {
    fn at(cells: f64) -> Self {
        // A millionth of a cell is rounding.
        let cells = if (cells - cells.round()).abs() < 1e-6 { cells.round() } else { cells };
        Self { first: cells.floor() as i64, share: cells - cells.floor() }
    }

    fn pair(&self) -> [i64; 2] {
        [self.first, self.first + i64::from(self.share > 0.0)]
    }

    /// Cells with their weights: Lagrange's, of 4 centres or of 2.
    fn shares(&self, by: Reading) -> Vec<(i64, f64)> {
        let x = self.share;
        if x == 0.0 {
            return vec![(self.first, 1.0)];
        }
        if by == Reading::Cubic {
            let weights = [
                -x * (x - 1.0) * (x - 2.0) / 6.0,
                (x + 1.0) * (x - 1.0) * (x - 2.0) / 2.0,
                -(x + 1.0) * x * (x - 2.0) / 2.0,
                (x + 1.0) * x * (x - 1.0) / 6.0,
            ];
            return (self.first - 1..).zip(weights).collect();
        }
        let from = match by {
            Reading::Before => -1,
            Reading::After => 1,
            Reading::Cubic | Reading::Linear => 0,
        };
        let x = x - from as f64;
        vec![(self.first + from, 1.0 - x), (self.first + from + 1, x)]
    }
}
