//! Geometries taken apart into what the index searches: edges (or single points) and areas.

use std::f64::consts::PI;

use geo::{Coord, Geometry, LineString, Polygon};

use super::AssetError;
use super::tree::Item;
use crate::geo::LonLat;
use crate::sphere::{UnitVector, chord2, cross, dot, minus, unit_vector};

/// A great-circle arc, or a point where both ends are one.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) owner: usize,
    start: UnitVector,
    end: UnitVector,
    /// A hair more than the length of its chord.
    reach: f64,
}

impl Edge {
    /// Both ends.
    pub(super) fn ends(&self) -> [UnitVector; 2] {
        [self.start, self.end]
    }

    /// A point.
    pub(super) fn point(owner: usize, at: UnitVector) -> Self {
        Self { owner, start: at, end: at, reach: 0.0 }
    }

    fn new(owner: usize, start: UnitVector, end: UnitVector) -> Self {
        Self { owner, start, end, reach: chord2(start, end).sqrt() * (1.0 + 1e-6) }
    }

    /// A part of it, or another arc of the same asset.
    pub(super) fn between(&self, start: UnitVector, end: UnitVector) -> Self {
        Self::new(self.owner, start, end)
    }
}

/// The inside of a polygon.
#[derive(Clone, Debug)]
pub(super) struct Area {
    pub(super) owner: usize,
    /// Exterior and holes, each closed.
    rings: Vec<Vec<UnitVector>>,
    cap: Cap,
}

/// The points at most some angle from a middle, the angle less than a quarter turn.
#[derive(Clone, Copy, Debug)]
struct Cap {
    middle: UnitVector,
    radius_rad: f64,
    /// Of the radius: eight caps of a leaf are asked at a time.
    cosine: f64,
}

/// What is wrong with a geometry.
pub(super) enum Fault {
    Position(Coord<f64>),
    TooLarge,
}

impl Fault {
    pub(super) fn of_asset(self, id: &str) -> AssetError {
        let id = id.to_owned();
        match self {
            Self::Position(at) => AssetError::Position { id, lon_deg: at.x, lat_deg: at.y },
            Self::TooLarge => AssetError::TooLarge { id },
        }
    }
}

/// Adds a geometry's edges and areas to the lists.
pub(super) fn take_apart(
    geometry: &Geometry<f64>,
    owner: usize,
    edges: &mut Vec<Edge>,
    areas: &mut Vec<Area>,
) -> Result<(), Fault> {
    match geometry {
        Geometry::Point(point) => add_path(&[point.0], owner, edges).map(drop),
        Geometry::MultiPoint(points) => {
            points.iter().try_for_each(|point| add_path(&[point.0], owner, edges).map(drop))
        }
        Geometry::Line(line) => add_path(&[line.start, line.end], owner, edges).map(drop),
        Geometry::LineString(line) => add_path(&line.0, owner, edges).map(drop),
        Geometry::MultiLineString(lines) => {
            lines.iter().try_for_each(|line| add_path(&line.0, owner, edges).map(drop))
        }
        Geometry::Polygon(polygon) => add_polygon(polygon, owner, edges, areas),
        Geometry::MultiPolygon(polygons) => {
            polygons.iter().try_for_each(|polygon| add_polygon(polygon, owner, edges, areas))
        }
        Geometry::Rect(rect) => add_polygon(&rect.to_polygon(), owner, edges, areas),
        Geometry::Triangle(triangle) => add_polygon(&triangle.to_polygon(), owner, edges, areas),
        Geometry::GeometryCollection(parts) => {
            parts.iter().try_for_each(|part| take_apart(part, owner, edges, areas))
        }
    }
}

fn add_path(path: &[Coord<f64>], owner: usize, edges: &mut Vec<Edge>) -> Result<Vec<UnitVector>, Fault> {
    let place = |at: &Coord<f64>| LonLat::new(at.x, at.y).map(unit_vector).map_err(|_| Fault::Position(*at));
    let points = path.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    match points[..] {
        [] => {}
        [only] => edges.push(Edge::point(owner, only)),
        _ => {
            for pair in points.windows(2) {
                // Ends a quarter turn apart or more leave it open which way the edge goes.
                if dot(pair[0], pair[1]) <= 0.0 {
                    return Err(Fault::TooLarge);
                }
                edges.push(Edge::new(owner, pair[0], pair[1]));
            }
        }
    }
    Ok(points)
}

fn add_polygon(
    polygon: &Polygon<f64>,
    owner: usize,
    edges: &mut Vec<Edge>,
    areas: &mut Vec<Area>,
) -> Result<(), Fault> {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let rings =
        rings.map(|ring: &LineString<f64>| add_path(&ring.0, owner, edges)).collect::<Result<Vec<_>, _>>()?;
    if !rings[0].is_empty() {
        let cap = Cap::around(&rings[0]).ok_or(Fault::TooLarge)?;
        areas.push(Area { owner, rings, cap });
    }
    Ok(())
}

impl Cap {
    /// The cap that holds some points, and so every arc between them; `None` from a quarter turn on, where
    /// a cap no longer holds the arcs and "inside" is ambiguous.
    fn around(points: &[UnitVector]) -> Option<Self> {
        let sum = points.iter().fold([0.0; 3], |sum, point| [0, 1, 2].map(|axis| sum[axis] + point[axis]));
        let length = dot(sum, sum).sqrt();
        let middle = sum.map(|part| part / length);
        let reach = points.iter().map(|point| dot(middle, *point)).fold(1.0, f64::min);
        // A hair more than the farthest point, so that rounding never leaves it outside.
        let radius_rad = reach.acos() + 1e-7;
        (reach > 1e-3).then(|| Self { middle, radius_rad, cosine: radius_rad.cos() })
    }

    fn contains(&self, place: UnitVector) -> bool {
        dot(self.middle, place) >= self.cosine
    }

    fn corners(&self) -> [UnitVector; 2] {
        let from_axis = self.middle.map(|part| part.clamp(-1.0, 1.0).acos());
        [
            from_axis.map(|angle| (angle + self.radius_rad).min(PI).cos()),
            from_axis.map(|angle| (angle - self.radius_rad).max(0.0).cos()),
        ]
    }
}

impl Area {
    /// True when a place lies inside the exterior and in no hole.
    ///
    /// Seen along the line from a place to the Earth's centre, an arc that is shorter than half a circle
    /// keeps the sense of rotation of its ends, so counting crossings of one ray in that flat view decides;
    /// the far side of the Earth, where the count would be the same, is outside the cap.
    pub(super) fn contains(&self, place: UnitVector) -> bool {
        if !self.cap.contains(place) {
            return false;
        }
        let (right, up) = view_from(place);
        let mut inside = false;
        for ring in &self.rings {
            for pair in ring.windows(2) {
                let [a, b] = [pair[0], pair[1]].map(|point| (dot(point, right), dot(point, up)));
                let crosses_axis = (a.1 > 0.0) != (b.1 > 0.0);
                let turn = a.0 * b.1 - a.1 * b.0;
                if crosses_axis && (turn > 0.0) == (b.1 > a.1) {
                    inside = !inside;
                }
            }
        }
        inside
    }
}

/// Two axes at right angles to a direction.
fn view_from(place: UnitVector) -> (UnitVector, UnitVector) {
    let axis = if place[2].abs() < 0.5 { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] };
    let right = cross(axis, place);
    let length = dot(right, right).sqrt();
    let right = right.map(|part| part / length);
    (right, cross(place, right))
}

impl Item for Area {
    fn corners(&self) -> [UnitVector; 2] {
        self.cap.corners()
    }
}

impl Item for Edge {
    fn corners(&self) -> [UnitVector; 2] {
        // The arc leaves its chord by at most the sagitta.
        let half_chord2 = chord2(self.start, self.end) / 4.0;
        let sagitta = half_chord2 / (1.0 + (1.0 - half_chord2).max(0.0).sqrt());
        let corner = |pick: fn(f64, f64) -> f64, by: f64| {
            [0, 1, 2].map(|axis| pick(self.start[axis], self.end[axis]) + by)
        };
        [corner(f64::min, -sagitta), corner(f64::max, sagitta)]
    }
}

impl Edge {
    /// Whether a part of it may come within a chord of a place whose squared chord from its start is `start2`: told by its
    /// length, in a tenth of the time that the distance takes.
    pub(super) fn may_reach(&self, start2: f64, within: f64) -> bool {
        let reach = within + self.reach;
        start2 <= reach * reach * (1.0 + 1e-6)
    }

    /// Squared chord from a place to the nearest point of the arc.
    pub(super) fn chord2_to(&self, place: &UnitVector) -> f64 {
        let to_ends = chord2(self.start, *place).min(chord2(self.end, *place));
        let along = minus(self.end, self.start);
        let normal = cross(self.start, along);
        let normal2 = dot(normal, normal);
        if normal2 == 0.0 {
            return to_ends;
        }
        // The foot of the place on the great circle lies between the ends when it is left of the plane
        // through the start and right of the one through the end, both at right angles to the arc.
        let past_start = dot(cross(normal, self.start), *place) >= 0.0;
        let before_end = dot(cross(self.end, normal), *place) >= 0.0;
        if !(past_start && before_end) {
            return to_ends;
        }
        let off_plane = dot(normal, minus(*place, self.start));
        let sine2 = (off_plane * off_plane / normal2).min(1.0);
        // Chord of an angle from its sine: 2 (1 - cos), without the cancellation.
        let cosine = (1.0 - sine2).sqrt();
        (2.0 * sine2 / (1.0 + cosine)).min(to_ends)
    }
}
