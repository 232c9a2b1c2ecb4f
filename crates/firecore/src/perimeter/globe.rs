//! Perimeters on the globe: longitude and latitude to so many decimals, cut at the antimeridian, and their area.

use geo::{Coord, LineString, MultiPolygon, Polygon, coord};

use super::lattice::CELL;
use super::simplify::CLEARANCE;
use crate::geo::{EastNorth, LocalFrame};
use crate::units::M2_PER_HA;

/// Length of a degree on the largest circle of the Earth, m, rounded up.
const M_PER_DEG: f64 = 111_400.0;

/// Share of the clearance between lines that rounding may use up; the rest is for edges that are straight in the plane
/// and so not quite in longitude and latitude.
const ROUNDING_SHARE: f64 = 0.7;

/// A corner in parts of a degree, east and north.
type Corner = (i64, i64);

/// How many decimals of a degree the corners of a perimeter have: the fewest by which two lines never come to touch.
///
/// Rounding moves a corner by at most 0.71 of the last decimal's unit, and so two lines toward each other by twice that.
pub(super) fn decimals(cell_size_m: f64) -> u32 {
    let clearance_m = f64::from(CLEARANCE) / f64::from(CELL) * cell_size_m;
    let toward_m = |decimals: u32| 2.0_f64.sqrt() * M_PER_DEG / 10_f64.powi(decimals as i32);
    (4..9).find(|decimals| toward_m(*decimals) <= ROUNDING_SHARE * clearance_m).unwrap_or(9)
}

/// Polygons of the plane in longitude and latitude, cut at the antimeridian, and rounded as little as lines need that keep the
/// clearance of perimeters on cells of a size.
pub fn to_lon_lat(plane: &MultiPolygon<f64>, frame: &LocalFrame, cell_size_m: f64) -> MultiPolygon<f64> {
    let position = |at: &Coord<f64>| {
        let place = frame.to_lon_lat(EastNorth { east_m: at.x, north_m: at.y });
        (place.lon_deg(), place.lat_deg())
    };
    let Some(centre_deg) = plane.0.first().map(|part| position(&part.exterior().0[0]).0) else {
        return MultiPolygon::new(Vec::new());
    };
    // Longitudes without a jump: as near to the fire's as they can be, even if beyond 180 degrees.
    let near = |at: &Coord<f64>| {
        let (lon_deg, lat_deg) = position(at);
        (lon_deg - 360.0 * ((lon_deg - centre_deg) / 360.0).round(), lat_deg)
    };
    let rings: Vec<Vec<Vec<(f64, f64)>>> = plane
        .iter()
        .map(|part| {
            std::iter::once(part.exterior())
                .chain(part.interiors())
                .map(|ring| ring.0.iter().map(near).collect())
                .collect()
        })
        .collect();
    let exteriors = || rings.iter().flat_map(|part| &part[0]).map(|at| at.0);
    let cut_deg = [180.0, -180.0].into_iter().find(|cut_deg| {
        exteriors().any(|lon_deg| lon_deg > *cut_deg) && exteriors().any(|lon_deg| lon_deg < *cut_deg)
    });
    // Corners on the cut are moved off it by a unit: so small a unit that it is less than rounding without a cut.
    let decimals = decimals(cell_size_m) + u32::from(cut_deg.is_some());
    let units = 10_f64.powi(decimals as i32);
    let cut = cut_deg.map(|cut_deg| (cut_deg * units) as i64);
    let corner = |(lon_deg, lat_deg): &(f64, f64)| {
        let (lon, lat) = ((lon_deg * units).round() as i64, (lat_deg * units).round() as i64);
        let beyond = || lon_deg * units > lon as f64;
        (if Some(lon) == cut { lon + if beyond() { 1 } else { -1 } } else { lon }, lat)
    };
    let turn = (360.0 * units) as i64;
    let mut parts = Vec::new();
    for part in &rings {
        let part: Vec<Vec<Corner>> = part
            .iter()
            .map(|ring| ring.iter().map(corner).collect::<Vec<_>>())
            .map(without_repeats)
            .collect();
        match cut {
            None => parts.push(part),
            Some(cut) => {
                let (west, east) = if cut > 0 { (0, -turn) } else { (turn, 0) };
                parts.extend(shifted(side(&part, cut), west));
                parts.extend(shifted(mirrored(side(&mirrored_part(part), -cut)), east));
            }
        }
    }
    let degrees = |(lon, lat): Corner| coord! { x: lon as f64 / units, y: lat as f64 / units };
    let line = |ring: Vec<Corner>| LineString::new(ring.into_iter().map(degrees).collect());
    let polygons = parts.into_iter().map(|part| {
        let mut rings = part.into_iter().map(line);
        let exterior = rings.next().expect("BUG: a part without an exterior ring");
        Polygon::new(exterior, rings.collect())
    });
    polygons.collect()
}

fn without_repeats(mut ring: Vec<Corner>) -> Vec<Corner> {
    ring.dedup();
    ring
}

fn shifted(parts: Vec<Vec<Vec<Corner>>>, by: i64) -> impl Iterator<Item = Vec<Vec<Corner>>> {
    parts.into_iter().map(move |mut part| {
        part.iter_mut().flatten().for_each(|corner| corner.0 += by);
        part
    })
}

/// East for west; rings run the same way around after it.
fn mirrored_part(part: Vec<Vec<Corner>>) -> Vec<Vec<Corner>> {
    part.into_iter().map(|ring| ring.into_iter().rev().map(|(lon, lat)| (-lon, lat)).collect()).collect()
}

fn mirrored(parts: Vec<Vec<Vec<Corner>>>) -> Vec<Vec<Vec<Corner>>> {
    parts.into_iter().map(mirrored_part).collect()
}

/// A stretch of ring west of the cut, from where it comes in to where it goes out.
struct Stretch {
    corners: Vec<Corner>,
    in_lat: f64,
    out_lat: f64,
}

/// The parts of a polygon that lie west of a cut that none of its corners lies on.
fn side(part: &[Vec<Corner>], cut: i64) -> Vec<Vec<Vec<Corner>>> {
    let (mut stretches, mut exteriors, mut holes) = (Vec::new(), Vec::new(), Vec::new());
    for (number, ring) in part.iter().enumerate() {
        let comes_in = |pair: &[Corner]| pair[0].0 > cut && pair[1].0 < cut;
        match ring.windows(2).position(comes_in) {
            Some(first) => stretches.extend(stretches_of(ring, first, cut)),
            None if ring[0].0 > cut => {}
            None if number == 0 => exteriors.push(ring.clone()),
            None => holes.push(ring.clone()),
        }
    }
    exteriors.extend(joined(stretches));
    exteriors.retain(|ring| twice_area(ring) > 0);
    let mut parts: Vec<Vec<Vec<Corner>>> = exteriors.into_iter().map(|ring| vec![ring]).collect();
    for hole in holes {
        if let Some(around) = parts.iter_mut().find(|around| holds(&around[0], hole[0])) {
            around.push(hole);
        }
    }
    parts
}

/// The stretches of a ring, beginning with the one that comes in along the edge given.
fn stretches_of(ring: &[Corner], first: usize, cut: i64) -> Vec<Stretch> {
    let lat_at =
        |a: Corner, b: Corner| a.1 as f64 + (b.1 - a.1) as f64 * ((cut - a.0) as f64 / (b.0 - a.0) as f64);
    let corners = &ring[..ring.len() - 1];
    let mut stretches: Vec<Stretch> = Vec::new();
    for at in first..first + corners.len() {
        let (a, b) = (corners[at % corners.len()], corners[(at + 1) % corners.len()]);
        if a.0 > cut && b.0 < cut {
            let in_lat = lat_at(a, b);
            stretches.push(Stretch {
                corners: vec![(cut, in_lat.round() as i64), b],
                in_lat,
                out_lat: f64::NAN,
            });
        } else if let Some(stretch) = stretches.last_mut().filter(|_| a.0 < cut) {
            match b.0 < cut {
                true => stretch.corners.push(b),
                false => {
                    stretch.out_lat = lat_at(a, b);
                    stretch.corners.push((cut, stretch.out_lat.round() as i64));
                }
            }
        }
    }
    stretches
}

/// Stretches joined along the cut: where one goes out, the ground inside is to its north, up to where the next comes in.
fn joined(mut stretches: Vec<Stretch>) -> Vec<Vec<Corner>> {
    stretches.sort_by(|a, b| a.in_lat.total_cmp(&b.in_lat));
    let next = |stretch: &Stretch| stretches.partition_point(|other| other.in_lat < stretch.out_lat);
    let mut is_taken = vec![false; stretches.len()];
    let mut rings = Vec::new();
    for first in 0..stretches.len() {
        let mut ring: Vec<Corner> = Vec::new();
        let mut at = first;
        while at < stretches.len() && !is_taken[at] {
            is_taken[at] = true;
            ring.extend(&stretches[at].corners);
            at = next(&stretches[at]);
        }
        if let Some(begin) = ring.first().copied() {
            ring.push(begin);
            rings.push(without_repeats(ring));
        }
    }
    rings
}

/// Twice the area inside a ring: positive where it runs counter-clockwise.
fn twice_area(ring: &[Corner]) -> i128 {
    let origin = ring[0];
    let turn = |a: Corner, b: Corner| {
        i128::from(a.0 - origin.0) * i128::from(b.1 - origin.1)
            - i128::from(b.0 - origin.0) * i128::from(a.1 - origin.1)
    };
    ring.windows(2).map(|pair| turn(pair[0], pair[1])).sum()
}

/// Whether a ring goes around a place.
fn holds(ring: &[Corner], at: Corner) -> bool {
    let crosses = |pair: &&[Corner]| {
        let (a, b) = (pair[0], pair[1]);
        (a.1 > at.1) != (b.1 > at.1)
            && ((at.0 - a.0) as f64) < (b.0 - a.0) as f64 * ((at.1 - a.1) as f64 / (b.1 - a.1) as f64)
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}

/// Area of polygons in longitude and latitude on the ellipsoid, ha.
///
/// Exact but for the edges' being straight in the equal-area cylindrical projection: 1e-7 of a fire's area.
/// Source: authalic latitude, Snyder (1987), "Map projections: a working manual", USGS Professional Paper 1395, eq. 3-12;
/// ellipsoid: WGS 84.
pub fn area_ha(perimeter: &MultiPolygon<f64>) -> f64 {
    /// Semi-major axis, m, and first eccentricity squared, of WGS 84.
    const SEMI_MAJOR_M: f64 = 6_378_137.0;
    const ECCENTRICITY_SQUARED: f64 = 6.694_379_990_141e-3;
    let eccentricity = ECCENTRICITY_SQUARED.sqrt();
    let authalic = |lat_deg: f64| {
        let sine = lat_deg.to_radians().sin();
        let part = eccentricity * sine;
        (1.0 - ECCENTRICITY_SQUARED) * (sine / (1.0 - part * part) + part.atanh() / eccentricity)
    };
    let under = |ring: &LineString<f64>| -> f64 {
        let Some(first) = ring.0.first() else { return 0.0 };
        let origin = authalic(first.y);
        let heights: Vec<f64> = ring.0.iter().map(|at| authalic(at.y) - origin).collect();
        let edges = ring.0.windows(2).zip(heights.windows(2));
        edges.map(|(at, height)| (at[0].x - at[1].x).to_radians() * (height[0] + height[1]) / 2.0).sum()
    };
    let rings = perimeter.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    rings.map(under).sum::<f64>() * SEMI_MAJOR_M * SEMI_MAJOR_M / 2.0 / M2_PER_HA
}
