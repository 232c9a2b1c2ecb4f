//! The cells of a grid that an asset lies in: what a fire must come to, to reach it.
//!
//! A point keeps its place within its cell. A line has the cells that it crosses, a polygon those that it covers or crosses.
//! Great circles are projected in pieces so short that each is straight in the plane.

use geo::Geometry;

use super::shape::{self, Area, Edge};
use crate::geo::{EastNorth, LocalFrame, LonLat};
use crate::sphere::{UnitVector, chord2, chord2_of, dot, place_of, unit_vector};

/// Pieces of great circles are shorter, m: one of 2 km leaves its chord by 8 cm at most.
const PIECE_M: f64 = 2_000.0;

/// Farthest that footprints go from their start, cells: as far as a member's grid of a few hundred megabytes.
const REACH_CELLS_MAX: f64 = 4_096.0;

/// The same in metres: so near to its zone every place has an image in a UTM plane.
const REACH_M_MAX: f64 = 200_000.0;

/// Square cells without end, counted from the one that a start lies in: rows southward, columns eastward.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    frame: LocalFrame,
    cell_size_m: f64,
    /// Western and northern edge of cell (0, 0).
    west_m: f64,
    north_m: f64,
    start: UnitVector,
    /// Cells in each direction that footprints may have.
    reach: i32,
}

impl Lattice {
    /// The cells that a grid with these edges lies on.
    ///
    /// Edges are taken to the millimetre, so that grids whose edges were computed in different ways give the same lattice.
    pub fn new(frame: LocalFrame, cell_size_m: f64, (west_m, north_m): (f64, f64), start: LonLat) -> Self {
        let millimetres = |metres: f64| (metres.rem_euclid(cell_size_m) * 1e3).round() / 1e3;
        let at = frame.to_plane(start);
        let below =
            |metres: f64, edge_m: f64| ((metres - edge_m) / cell_size_m).floor() * cell_size_m + edge_m;
        Self {
            cell_size_m,
            west_m: below(at.east_m, millimetres(west_m)),
            north_m: below(at.north_m, millimetres(north_m)) + cell_size_m,
            start: unit_vector(start),
            reach: REACH_CELLS_MAX.min(REACH_M_MAX / cell_size_m).floor() as i32,
            frame,
        }
    }

    /// Row and column of the cell whose north-western corner this is.
    pub fn cell_from(&self, west_m: f64, north_m: f64) -> (i32, i32) {
        let cells = |metres: f64| (metres / self.cell_size_m).round() as i32;
        (cells(self.north_m - north_m), cells(west_m - self.west_m))
    }

    /// Whether cells are of this lattice.
    pub fn is_of(&self, frame: &LocalFrame, cell_size_m: f64) -> bool {
        *frame == self.frame && cell_size_m == self.cell_size_m
    }

    /// How far from its start footprints may go, m.
    pub fn reach_m(&self) -> f64 {
        f64::from(self.reach) * self.cell_size_m * std::f64::consts::SQRT_2
    }

    /// Where its start lies.
    pub fn start(&self) -> LonLat {
        place_of(self.start)
    }

    /// Southward and eastward from the corner of cell (0, 0), in cells.
    fn in_cells(&self, point: EastNorth) -> [f64; 2] {
        [(self.north_m - point.north_m) / self.cell_size_m, (point.east_m - self.west_m) / self.cell_size_m]
    }

    fn centre(&self, row: i32, col: i32) -> UnitVector {
        unit_vector(self.frame.to_lon_lat(EastNorth {
            east_m: self.west_m + (f64::from(col) + 0.5) * self.cell_size_m,
            north_m: self.north_m - (f64::from(row) + 0.5) * self.cell_size_m,
        }))
    }
}

/// Cells side by side in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The row.
    pub row: i32,
    /// The first column.
    pub first: i32,
    /// The last column.
    pub last: i32,
}

/// Where an asset lies on a lattice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Footprint {
    /// Points by their place in cells, southward and eastward from the corner of cell (0, 0).
    pub points: Vec<[f64; 2]>,
    /// Cells of lines and polygons, by row and column, each once.
    pub spans: Vec<Span>,
}

impl Footprint {
    /// The part of a geometry within the lattice's reach; nothing of one that an index would refuse.
    pub fn of(geometry: &Geometry<f64>, lattice: &Lattice) -> Self {
        let (mut edges, mut areas) = (Vec::new(), Vec::new());
        if shape::take_apart(geometry, 0, &mut edges, &mut areas).is_err() {
            return Self::default();
        }
        let (mut points, mut crossed, mut whole) = (Vec::new(), Vec::new(), true);
        for edge in &edges {
            whole &= trace(edge, lattice, &mut |from, to| match from == to {
                true if areas.is_empty() => points.push(from),
                _ => cross(from, to, &mut crossed),
            });
        }
        let crossed = joined(crossed);
        let mut spans = crossed.clone();
        if !areas.is_empty() {
            spans.extend(inside(&areas, &crossed, whole, lattice));
            spans = joined(spans);
        }
        let near = |at: i32| at.abs() <= lattice.reach;
        points.retain(|point| point.iter().all(|part| near(part.floor() as i32)));
        spans.retain(|span| near(span.row) && span.first <= lattice.reach && span.last >= -lattice.reach);
        Self { points, spans }
    }
}

/// Gives an arc's straight pieces within the reach, in cells; false where a part lies beyond it.
fn trace(edge: &Edge, lattice: &Lattice, take: &mut impl FnMut([f64; 2], [f64; 2])) -> bool {
    if edge.chord2_to(&lattice.start) > chord2_of(1.01 * lattice.reach_m()) {
        return false;
    }
    let [start, end] = edge.ends();
    if chord2(start, end) <= chord2_of(PIECE_M) {
        let [from, to] =
            [start, end].map(|vector| lattice.in_cells(lattice.frame.to_plane(place_of(vector))));
        take(from, to);
        return true;
    }
    let sum = [0, 1, 2].map(|axis| start[axis] + end[axis]);
    let length = dot(sum, sum).sqrt();
    let middle = sum.map(|part| part / length);
    let first = trace(&edge.between(start, middle), lattice, take);
    trace(&edge.between(middle, end), lattice, take) && first
}

/// Adds the cells that a straight line crosses.
fn cross(from: [f64; 2], to: [f64; 2], spans: &mut Vec<Span>) {
    let [upper, lower] = if from[0] <= to[0] { [from, to] } else { [to, from] };
    let height = lower[0] - upper[0];
    let col_at = |south: f64| match height > 0.0 {
        true => upper[1] + (lower[1] - upper[1]) * ((south - upper[0]) / height).clamp(0.0, 1.0),
        false => upper[1],
    };
    for row in upper[0].floor() as i32..=lower[0].floor() as i32 {
        let ends = match height > 0.0 {
            true => [col_at(f64::from(row).max(upper[0])), col_at(f64::from(row + 1).min(lower[0]))],
            false => [from[1], to[1]],
        };
        let cols = ends.map(|col| col.floor() as i32);
        spans.push(Span { row, first: cols[0].min(cols[1]), last: cols[0].max(cols[1]) });
    }
}

/// The same cells in order, each once.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.row == span.row && span.first <= last.last + 1 => {
                last.last = last.last.max(span.last);
            }
            _ => joined.push(span),
        }
    }
    joined
}

/// The cells within areas that their edges do not cross.
///
/// No edge runs between two such cells that touch along a side, so both are inside or neither is: only where that does not
/// tell is a cell's centre looked at. Where `whole`, nothing lies beyond the crossed cells.
fn inside(areas: &[Area], crossed: &[Span], whole: bool, lattice: &Lattice) -> Vec<Span> {
    let all = -lattice.reach..=lattice.reach;
    let (mut rows, mut cols) = (all.clone(), all);
    if whole {
        let (Some(first), Some(last)) = (crossed.first(), crossed.last()) else { return Vec::new() };
        let west = crossed.iter().map(|span| span.first).min().unwrap_or(0);
        let east = crossed.iter().map(|span| span.last).max().unwrap_or(0);
        rows = (*rows.start()).max(first.row)..=(*rows.end()).min(last.row);
        cols = (*cols.start()).max(west)..=(*cols.end()).min(east);
    }
    let (mut found, mut above) = (Vec::new(), Vec::<(Span, bool)>::new());
    for row in rows {
        let from = crossed.partition_point(|span| span.row < row);
        let own = crossed[from..].iter().take_while(|span| span.row == row);
        let mut here = Vec::new();
        for gap in gaps(own, row, *cols.start(), *cols.end()) {
            let touching = above.iter().find(|(span, _)| span.first <= gap.last && gap.first <= span.last);
            let is_inside = touching.map_or_else(
                || areas.iter().any(|area| area.contains(lattice.centre(row, gap.first))),
                |(_, is_inside)| *is_inside,
            );
            here.push((gap, is_inside));
        }
        found.extend(here.iter().filter(|(_, is_inside)| *is_inside).map(|(gap, _)| *gap));
        above = here;
    }
    found
}

/// The cells of a row between some spans.
fn gaps<'a>(spans: impl Iterator<Item = &'a Span>, row: i32, first: i32, last: i32) -> Vec<Span> {
    let (mut gaps, mut next) = (Vec::new(), first);
    for span in spans {
        if span.first > next {
            gaps.push(Span { row, first: next, last: (span.first - 1).min(last) });
        }
        next = next.max(span.last + 1);
    }
    if next <= last {
        gaps.push(Span { row, first: next, last });
    }
    gaps.retain(|gap| gap.first <= gap.last);
    gaps
}

#[cfg(test)]
mod tests;
