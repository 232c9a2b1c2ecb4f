//! Contours of arrival times: where the fire's edge lies at a time.
//!
//! Marching squares between the centres of cells. Along a line between two centres the edge lies where the arrival time,
//! taken as linear, meets the time asked for; next to ground that cannot burn it lies on the cell's border. Both rules
//! rise with the arrival times, so contours of times that are nowhere later enclose each other: perimeters nest.

use geo::{BooleanOps, Coord, LineString, MultiPolygon, Polygon, Rect, coord};

use crate::geo::{EastNorth, LocalFrame};
use crate::grid::GridShape;
use crate::units::M2_PER_HA;

mod contour;

#[cfg(test)]
mod tests;

/// Arrival times to be contoured, row-major over a grid.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Where the cells lie.
    pub shape: &'a GridShape,
    /// Seconds; infinity: not reached.
    pub arrival_s: &'a [f32],
    /// Where the ground can burn at all.
    pub burnable: &'a [bool],
}

/// Outline of the ground burned at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Perimeter {
    /// In the grid's plane, m; exterior rings counter-clockwise, holes clockwise.
    pub plane: MultiPolygon<f64>,
}

impl Perimeter {
    /// The outline of the cells that burned by a time.
    pub fn at(field: Field<'_>, time_s: f32) -> Self {
        Self { plane: into_polygons(contour::rings(field, time_s)) }
    }

    /// Area inside, ha.
    pub fn area_ha(&self) -> f64 {
        use geo::Area;
        self.plane.unsigned_area() / M2_PER_HA
    }

    /// The outline in longitude and latitude, cut at the antimeridian.
    pub fn to_lon_lat(&self, frame: &LocalFrame) -> MultiPolygon<f64> {
        let Some(first) = self.plane.0.first().and_then(|polygon| polygon.exterior().0.first()) else {
            return MultiPolygon::new(Vec::new());
        };
        let centre_deg = position(frame, *first).x;
        // Longitudes near the fire first, without a jump; a part beyond 180 degrees is cut off and brought back.
        let near = |at: &Coord<f64>| {
            let place = position(frame, *at);
            coord! { x: place.x - 360.0 * ((place.x - centre_deg) / 360.0).round(), y: place.y }
        };
        let ring = |ring: &LineString<f64>| LineString::new(ring.0.iter().map(near).collect());
        let whole = MultiPolygon::new(
            self.plane
                .iter()
                .map(|part| Polygon::new(ring(part.exterior()), part.interiors().iter().map(ring).collect()))
                .collect(),
        );
        cut_at_antimeridian(whole)
    }
}

fn position(frame: &LocalFrame, at: Coord<f64>) -> Coord<f64> {
    let place = frame.to_lon_lat(EastNorth { east_m: at.x, north_m: at.y });
    coord! { x: place.lon_deg(), y: place.lat_deg() }
}

fn cut_at_antimeridian(whole: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let beyond = |at: &Coord<f64>| at.x > 180.0 || at.x < -180.0;
    if !whole.iter().any(|part| part.exterior().0.iter().any(beyond)) {
        return whole;
    }
    let mut parts = Vec::new();
    for turn_deg in [-360.0, 0.0, 360.0] {
        let world =
            Rect::new(coord! { x: -180.0 + turn_deg, y: -90.0 }, coord! { x: 180.0 + turn_deg, y: 90.0 });
        for part in whole.intersection(&MultiPolygon::new(vec![world.to_polygon()])) {
            let back = |ring: &LineString<f64>| {
                LineString::new(
                    ring.0
                        .iter()
                        .map(|at| coord! { x: (at.x - turn_deg).clamp(-180.0, 180.0), y: at.y })
                        .collect(),
                )
            };
            parts.push(Polygon::new(back(part.exterior()), part.interiors().iter().map(back).collect()));
        }
    }
    use geo::orient::{Direction, Orient};
    MultiPolygon::new(parts).orient(Direction::Default)
}

/// Rings with the inside on the left to polygons with their holes.
fn into_polygons(rings: Vec<LineString<f64>>) -> MultiPolygon<f64> {
    use geo::{BoundingRect, Contains};
    let (mut outer, mut holes) = (Vec::new(), Vec::new());
    for ring in rings {
        let area_m2 = signed_area_m2(&ring);
        if area_m2 > 0.0 { outer.push((area_m2, ring, Vec::new())) } else { holes.push(ring) }
    }
    // Smallest first, so that the first one that holds a hole is the one around it.
    outer.sort_by(|a, b| a.0.total_cmp(&b.0));
    let shells: Vec<_> = outer
        .iter()
        .map(|(_, ring, _)| (ring.bounding_rect(), Polygon::new(ring.clone(), Vec::new())))
        .collect();
    for hole in holes {
        let point = hole.0[0];
        let around = shells.iter().position(|(bounds, shell)| {
            bounds.is_some_and(|bounds| bounds.contains(&point)) && shell.contains(&point)
        });
        if let Some(around) = around {
            outer[around].2.push(hole);
        }
    }
    // Largest first: the main fire before its outliers.
    MultiPolygon::new(outer.into_iter().rev().map(|(_, ring, holes)| Polygon::new(ring, holes)).collect())
}

/// Positive for a counter-clockwise ring.
fn signed_area_m2(ring: &LineString<f64>) -> f64 {
    let origin = ring.0[0];
    let cross = |a: Coord<f64>, b: Coord<f64>| {
        (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y)
    };
    ring.0.windows(2).map(|pair| cross(pair[0], pair[1])).sum::<f64>() / 2.0
}
