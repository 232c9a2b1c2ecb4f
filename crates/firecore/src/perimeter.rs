//! Contours of arrival times: where the fire's edge lies at a time.
//!
//! Marching squares between the centres of cells. Along a line between two centres the edge lies where the arrival time,
//! taken as linear, meets the time asked for; next to ground that cannot burn it lies on the cell's border. Where the two
//! burned cells of a square lie across from each other, they are joined if the bilinear arrival time at the saddle between
//! them is not later than that time. All of this rises with the arrival times, so contours of times that are nowhere later
//! enclose each other: perimeters nest. Interpolation of a higher order would not keep that.
//!
//! Simplified perimeters are made together ([`outlines`]), for what one of them may leave out depends on the others.
//! Rings never cross or touch each other, neither in the plane nor in longitude and latitude as they are given out.
//!
//! ```
//! use firecore::grid::GridShape;
//! use firecore::perimeter::{Field, Tolerance, outlines};
//!
//! let shape = GridShape { rows: 3, cols: 3, cell_size_m: 30.0, west_m: 0.0, north_m: 90.0 };
//! let arrival_s = [900.0, 600.0, 900.0, 600.0, 0.0, 600.0, 900.0, 600.0, 900.0];
//! let field = Field { shape: &shape, arrival_s: &arrival_s, burnable: &[true; 9] };
//! let hourly = outlines(&[(field, 300.0), (field, 599.0)], Tolerance::default());
//! assert!(hourly[0].plane_area_ha() < hourly[1].plane_area_ha());
//! ```

use geo::{LineString, MultiPolygon, Polygon, coord};

use crate::geo::LocalFrame;
use crate::grid::GridShape;
use crate::units::M2_PER_HA;

mod lattice;
mod contour;
mod network;
mod edges;
mod simplify;
mod globe;
mod place;

#[cfg(test)]
mod tests;

use contour::{Ring, Tracer};
pub use globe::{area_ha, to_lon_lat};
use lattice::{CELL, Point};
use network::Network;

/// Arrival times to be contoured, row-major over a grid.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Where the cells lie.
    pub shape: &'a GridShape,
    /// Seconds; infinity: not reached. Times above the horizon and below zero place the edge between two cells.
    pub arrival_s: &'a [f32],
    /// Where the ground can burn at all.
    pub burnable: &'a [bool],
}

/// How far a simplified perimeter may lie from the contour, and the contour from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// In edges of a cell.
    Cells(f64),
    /// On the ground, m.
    Metres(f64),
}

impl Tolerance {
    /// The contour as it is.
    pub const OFF: Self = Self::Cells(0.0);

    /// In metres; at most [`TOLERANCE_CELLS_MAX`].
    pub fn m(self, cell_size_m: f64) -> f64 {
        let asked_m = match self {
            Self::Cells(cells) => cells * cell_size_m,
            Self::Metres(metres) => metres,
        };
        asked_m.clamp(0.0, TOLERANCE_CELLS_MAX * cell_size_m)
    }
}

impl Default for Tolerance {
    /// A quarter of a cell, less than what a cell's size leaves unknown of where its ground ends (0.29 cells of standard
    /// deviation): steps of a border that runs aslant become straight, and nothing else is lost.
    fn default() -> Self {
        Self::Cells(0.25)
    }
}

/// The longest tolerance, cells: beyond it lines would be drawn over whole cells.
pub const TOLERANCE_CELLS_MAX: f64 = 2.0;

/// Edges of simplified lines are no longer than this, cells; see [`EDGE_M2_PER_CELL_M`] for large cells.
const EDGE_CELLS_MAX: f64 = 32.0;

/// Square of the longest edge, m2, for each metre of a cell's edge. An edge of length L that is straight in the plane lies
/// up to `L^2 tan(latitude) / (8 R)` beside the one that is straight in longitude and latitude: at 70 degrees this bound
/// makes that 0.14 of the clearance between lines.
const EDGE_M2_PER_CELL_M: f64 = 20_000.0;

/// Outline of the ground burned at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Perimeter {
    /// In the grid's plane, m; exterior rings counter-clockwise, holes clockwise.
    pub plane: MultiPolygon<f64>,
    cell_size_m: f64,
}

impl Perimeter {
    /// The outline of the cells that burned by a time, as it is.
    pub fn at(field: Field<'_>, time_s: f32) -> Self {
        let rings = Tracer::new(field.shape).trace(field, time_s);
        Self::new(field.shape, rings)
    }

    fn new(shape: &GridShape, rings: Vec<Ring>) -> Self {
        Self { plane: into_polygons(shape, rings), cell_size_m: shape.cell_size_m }
    }

    /// Area inside, ha, in the grid's plane; on the ground it is [`area_ha`] of the outline in longitude and latitude.
    pub fn plane_area_ha(&self) -> f64 {
        use geo::Area;
        self.plane.unsigned_area() / M2_PER_HA
    }

    /// The outline in longitude and latitude, cut at the antimeridian.
    ///
    /// Corners have as many decimals as keep rings apart: 6 (0.1 m) for cells of 30 m.
    pub fn to_lon_lat(&self, frame: &LocalFrame) -> MultiPolygon<f64> {
        globe::to_lon_lat(&self.plane, frame, self.cell_size_m)
    }
}

/// Outlines of the ground burned in each field by its time, simplified together; all fields lie on one grid.
///
/// No point of an outline is farther than the tolerance from the contour, nor the other way around; areas change
/// by less than a hundredth of a cell a ring. Islands and holes stay, rings keep apart, and what nested before nests after it.
pub fn outlines(levels: &[(Field<'_>, f32)], tolerance: Tolerance) -> Vec<Perimeter> {
    let Some(shape) = levels.first().map(|(field, _)| *field.shape) else { return Vec::new() };
    let mut tracer = Tracer::new(&shape);
    let mut contours: Vec<Vec<Ring>> =
        levels.iter().map(|(field, time_s)| tracer.trace(*field, *time_s)).collect();
    let tolerance_cells = tolerance.m(shape.cell_size_m) / shape.cell_size_m;
    if tolerance_cells > 0.0 {
        let bounds = simplify::Bounds {
            tolerance: tolerance_cells * f64::from(CELL),
            edge_max: (EDGE_M2_PER_CELL_M / shape.cell_size_m).sqrt().min(EDGE_CELLS_MAX) * f64::from(CELL),
        };
        let rings: Vec<&[Point]> = contours.iter().flatten().map(|ring| &ring.points[..]).collect();
        let network = Network::new(&shape, &rings);
        let simplified = network.rings_of(&simplify::simplify(&network.arcs, bounds));
        for (ring, points) in contours.iter_mut().flatten().zip(simplified) {
            ring.points = points;
        }
    }
    contours.into_iter().map(|rings| Perimeter::new(&shape, rings)).collect()
}

/// Rings to polygons with their holes: the largest first, the main fire before its outliers.
fn into_polygons(shape: &GridShape, rings: Vec<Ring>) -> MultiPolygon<f64> {
    let south_m = shape.north_m - shape.rows as f64 * shape.cell_size_m;
    let metres = |units: i32| f64::from(units) / f64::from(CELL) * shape.cell_size_m;
    let line = |points: &[Point]| {
        let corner = |at: &Point| coord! { x: shape.west_m + metres(at.x), y: south_m + metres(at.y) };
        LineString::new(points.iter().map(corner).collect())
    };
    let mut holes: Vec<Vec<LineString<f64>>> = rings.iter().map(|_| Vec::new()).collect();
    let mut shells = Vec::new();
    for (number, ring) in rings.iter().enumerate() {
        match ring.shell == number {
            true => shells.push((lattice::twice_area(&ring.points), number)),
            false => holes[ring.shell].push(line(&ring.points)),
        }
    }
    shells.sort_by_key(|(twice_area, number)| (std::cmp::Reverse(*twice_area), *number));
    let polygon = |(_, number): (i64, usize)| {
        Polygon::new(line(&rings[number].points), std::mem::take(&mut holes[number]))
    };
    shells.into_iter().map(polygon).collect()
}
