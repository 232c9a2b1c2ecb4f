//! Perimeters as they are given out: in longitude and latitude, rounded, cut, with the area of what is given.

use geo::{Euclidean, Length};

use super::validity::{Case, fault, outside};
use super::*;
use crate::geo::LonLat;

fn place(lon_deg: f64, lat_deg: f64) -> LonLat {
    LonLat::new(lon_deg, lat_deg).expect("a valid place")
}

/// A random case laid over a place, in its zone, with its middle there.
fn over(mut case: Case, centre: LonLat, cell_size_m: f64) -> (LocalFrame, Case) {
    let frame = LocalFrame::at(centre);
    let at = frame.to_plane(centre);
    let shape = GridShape {
        cell_size_m,
        west_m: at.east_m - 0.5 * case.shape.cols as f64 * cell_size_m,
        north_m: at.north_m + 0.5 * case.shape.rows as f64 * cell_size_m,
        ..case.shape
    };
    case.shape = shape;
    (frame, case)
}

/// Distance between the farthest decimals of a number of degrees.
fn has_decimals(degrees: f64, decimals: u32) -> bool {
    let units = 10_f64.powi(decimals as i32);
    (degrees * units).round() / units == degrees
}

#[test]
fn corners_have_the_decimals_that_their_cells_need() {
    let needed = [(1.0, 8), (10.0, 7), (30.0, 6), (90.0, 6), (375.0, 5), (1000.0, 5)];
    for (cell_size_m, decimals) in needed {
        assert_eq!(crate::perimeter::globe::decimals(cell_size_m), decimals, "{cell_size_m} m");
    }
}

#[test]
fn what_is_written_is_valid_and_nests_anywhere() {
    let places = [(-119.5, 34.5), (23.7, 0.001), (149.1, -35.3), (25.7, 66.5), (-68.3, -54.8), (11.99, 45.0)];
    for seed in 0..1500 {
        let (lon_deg, lat_deg) = places[seed as usize % places.len()];
        let cell_size_m = [30.0, 10.0, 100.0, 1.0][seed as usize / 7 % 4];
        let (frame, case) = over(Case::new(seed), place(lon_deg, lat_deg), cell_size_m);
        let decimals = crate::perimeter::globe::decimals(cell_size_m);
        for tolerance in [Tolerance::OFF, Tolerance::default()] {
            let made: Vec<_> = case.outlines(tolerance).iter().map(|one| one.to_lon_lat(&frame)).collect();
            for shape in &made {
                assert_eq!(fault(shape), None, "case {seed}, {tolerance:?}");
                let corners = rings(shape).flat_map(|ring| &ring.0);
                assert!(
                    corners
                        .into_iter()
                        .all(|at| has_decimals(at.x, decimals) && has_decimals(at.y, decimals))
                );
            }
            for pair in made.windows(2) {
                // What rounding may move a line by, along all of it.
                let around_deg: f64 = rings(&pair[0])
                    .flat_map(|ring| ring.lines())
                    .map(|line| {
                        let delta = line.delta();
                        delta.x.hypot(delta.y)
                    })
                    .sum();
                let outside_deg2 = outside(&pair[0], &pair[1]);
                assert!(
                    outside_deg2 <= around_deg * 1.5 * 10_f64.powi(-(decimals as i32)),
                    "case {seed}: {outside_deg2}"
                );
            }
        }
    }
}

#[test]
fn a_fire_on_the_antimeridian_is_two_valid_parts_that_meet_there() {
    let mut cut = 0;
    for seed in 0..2000 {
        // The antimeridian runs through every column in turn, on both hemispheres, seen from either side.
        let lat_deg = [-17.0, 52.0, -78.0, 0.0][seed as usize % 4];
        let offset_deg = (seed as f64 / 2000.0 - 0.5) * 0.004 / f64::cos(f64::to_radians(lat_deg));
        let lon_deg = if offset_deg > 0.0 { offset_deg - 180.0 } else { 180.0 + offset_deg };
        let (frame, case) = over(Case::new(seed), place(lon_deg, lat_deg), 30.0);
        for tolerance in [Tolerance::OFF, Tolerance::default()] {
            for perimeter in case.outlines(tolerance) {
                let shape = perimeter.to_lon_lat(&frame);
                assert_eq!(fault(&shape), None, "case {seed}, {tolerance:?}: {shape:?}");
                let sides = [1.0, -1.0].map(|side| {
                    shape.iter().any(|part| part.exterior().0.iter().any(|at| at.x * side > 0.0))
                });
                cut += usize::from(sides == [true, true]);
                for part in &shape {
                    let side = part.exterior().0[0].x.signum();
                    let wide = |ring: &LineString<f64>| {
                        ring.0.iter().all(|at| at.x * side > 179.9 && at.x * side <= 180.0)
                    };
                    assert!(
                        wide(part.exterior()) && part.interiors().iter().all(wide),
                        "case {seed}: {part:?}"
                    );
                }
                // Nothing is lost or found, but for UTM's scale, within 0.1 % of one in a zone, and for what rounding to
                // 0.1 m may move all lines by.
                let (plane_ha, given_ha) = (perimeter.plane_area_ha(), area_ha(&shape));
                let around_m: f64 = rings(&perimeter.plane).map(|ring| Euclidean.length(ring)).sum();
                let allowed_ha = 2.2e-3 * plane_ha + around_m * 0.079 / M2_PER_HA;
                assert!((given_ha - plane_ha).abs() <= allowed_ha, "case {seed}: {plane_ha} {given_ha}");
            }
        }
    }
    assert!(cut > 2000, "{cut} of 12000 perimeters were cut");
}

#[test]
fn a_hole_across_the_antimeridian_opens_both_parts() {
    let centre = place(180.0, 10.0);
    let frame = LocalFrame::at(centre);
    let at = frame.to_plane(centre);
    let shape = GridShape {
        rows: 21,
        cols: 21,
        cell_size_m: 30.0,
        west_m: at.east_m - 315.0,
        north_m: at.north_m + 315.0,
    };
    let time = |at: usize| {
        let (x, y) = ((at % 21) as f32 - 10.0, (at / 21) as f32 - 10.0);
        // A ring around a hole on the cut, and a hole on the eastern side.
        if x.hypot(y) < 4.0 || (x - 7.0).hypot(y) < 1.5 { 900.0 } else { x.hypot(y) * 10.0 }
    };
    let arrival_s: Vec<f32> = (0..441).map(time).collect();
    let perimeter = contour(&shape, &arrival_s, 95.0);
    assert_eq!((perimeter.plane.0.len(), perimeter.plane.0[0].interiors().len()), (1, 2));
    let parts = perimeter.to_lon_lat(&frame);
    assert_eq!(fault(&parts), None);
    let holes: Vec<usize> = parts.iter().map(|part| part.interiors().len()).collect();
    assert_eq!(holes, [0, 1], "one part on each side, the whole hole in its own");
    assert!(parts.0[0].exterior().0[0].x > 179.0 && parts.0[1].exterior().0[0].x < -179.0);
}

#[test]
fn the_area_is_that_of_the_ellipsoid() {
    let square = |west: f64, south: f64, east: f64, north: f64| {
        MultiPolygon::new(vec![Polygon::new(
            LineString::from(vec![(west, south), (east, south), (east, north), (west, north), (west, south)]),
            vec![],
        )])
    };
    // The whole of WGS 84: 510 065 621.7 km2 (NIMA TR 8350.2, table 3.3: 5.1006562 e14 m2).
    let whole = area_ha(&square(-180.0, -90.0, 180.0, 90.0));
    assert!((whole / 5.100_656_217e10 - 1.0).abs() < 1e-9, "{whole}");
    // A small square: its sides by the radii of curvature at its middle.
    let (e2, a, lat) = (6.694_379_990_141e-3, 6_378_137.0_f64, 38.005_f64.to_radians());
    let w = (1.0 - e2 * lat.sin() * lat.sin()).sqrt();
    let sides_m2 = 0.01_f64.to_radians().powi(2) * (a / w * lat.cos()) * (a * (1.0 - e2) / w.powi(3));
    let small = area_ha(&square(-120.0, 38.0, -119.99, 38.01));
    assert!((small * 1e4 / sides_m2 - 1.0).abs() < 1e-7, "{small} {sides_m2}");
}
