use geo::{Coord, LineString, MultiPolygon, Point, Polygon, polygon};

use super::*;
use crate::geo::EARTH_RADIUS_M;

/// Metres in one degree of a great circle.
const DEGREE_M: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;

fn asset(id: &str, geometry: impl Into<Geometry<f64>>) -> Asset {
    Asset { id: id.into(), kind: None, name: None, clearance_s: None, geometry: geometry.into() }
}

fn index(geometry: impl Into<Geometry<f64>>) -> AssetIndex {
    AssetIndex::new(vec![asset("a", geometry)]).unwrap()
}

fn at(lon_deg: f64, lat_deg: f64) -> LonLat {
    LonLat::new(lon_deg, lat_deg).unwrap()
}

fn distance_m(index: &AssetIndex, lon_deg: f64, lat_deg: f64) -> f64 {
    index.nearest(at(lon_deg, lat_deg)).unwrap().distance_m
}

#[track_caller]
fn assert_close(found_m: f64, expected_m: f64) {
    assert!((found_m - expected_m).abs() < 1e-3, "found {found_m} m, expected {expected_m} m");
}

fn box_of(west: f64, south: f64, east: f64, north: f64) -> Polygon<f64> {
    polygon![(x: west, y: south), (x: east, y: south), (x: east, y: north), (x: west, y: north)]
}

#[test]
fn a_point_is_as_far_as_its_great_circle() {
    let points = [at(0.0, 0.0), at(179.9, -17.0), at(-179.9, -17.0), at(33.0, 90.0), at(12.0, -89.99)];
    for here in points {
        for there in points {
            let index = index(Point::new(there.lon_deg(), there.lat_deg()));
            assert_close(index.nearest(here).unwrap().distance_m, here.distance_m(there));
        }
    }
}

#[test]
fn a_line_is_nearest_along_it_or_at_its_ends() {
    let meridian = index(LineString::from(vec![(10.0, 40.0), (10.0, 41.0)]));
    assert_close(distance_m(&meridian, 10.0, 40.3), 0.0);
    assert_close(distance_m(&meridian, 10.0, 41.5), DEGREE_M / 2.0);
    let equator = index(LineString::from(vec![(179.9, 0.0), (-179.9, 0.0)]));
    assert_close(distance_m(&equator, 180.0, 0.01), DEGREE_M / 100.0);
    assert_close(distance_m(&equator, -179.8, 0.0), DEGREE_M / 10.0);
    let over_the_pole = index(LineString::from(vec![(0.0, 89.9), (180.0, 89.9)]));
    assert_close(distance_m(&over_the_pole, 90.0, 89.95), DEGREE_M / 20.0);
}

#[test]
fn inside_a_polygon_the_distance_is_zero() {
    let town = index(box_of(-122.6, 39.0, -122.4, 39.2));
    assert_eq!(distance_m(&town, -122.5, 39.1), 0.0);
    let south_m = distance_m(&town, -122.5, 38.99);
    // The southern edge, 17.3 km, is an arc: in its middle it runs 4.7 m north of the parallel.
    assert!((south_m - DEGREE_M * 0.01 - 4.7).abs() < 0.2, "{south_m}");
    assert!(distance_m(&town, 57.5, -39.1) > 15e6, "the far side of the Earth is not inside");
}

#[test]
fn a_hole_is_outside_and_its_rim_is_the_distance() {
    let hole: LineString<f64> = box_of(0.4, -0.1, 0.6, 0.1).exterior().clone();
    let ring = index(Polygon::new(box_of(0.0, -0.5, 1.0, 0.5).exterior().clone(), vec![hole]));
    assert_eq!(distance_m(&ring, 0.2, 0.0), 0.0);
    assert_close(distance_m(&ring, 0.45, 0.0), DEGREE_M * 0.05);
}

#[test]
fn a_polygon_may_cross_the_antimeridian_or_be_cut_there() {
    let crossing = index(box_of(179.9, -0.1, -179.9, 0.1));
    let cut = index(MultiPolygon(vec![box_of(179.9, -0.1, 180.0, 0.1), box_of(-180.0, -0.1, -179.9, 0.1)]));
    for island in [&crossing, &cut] {
        for lon_deg in [179.95, 180.0, -180.0, -179.95] {
            assert_close(distance_m(island, lon_deg, 0.0), 0.0);
        }
        assert_close(distance_m(island, -179.8, 0.0), DEGREE_M * 0.1);
        assert_close(distance_m(island, 179.8, 0.0), DEGREE_M * 0.1);
    }
}

#[test]
fn a_polygon_may_hold_the_pole() {
    let station = index(polygon![(x: 0.0, y: -89.9), (x: 120.0, y: -89.9), (x: -120.0, y: -89.9)]);
    assert_eq!(distance_m(&station, 77.0, -90.0), 0.0);
    assert_eq!(distance_m(&station, 77.0, -89.99), 0.0);
    assert!(distance_m(&station, 60.0, -89.9) > 1000.0);
}

#[test]
fn the_nearest_of_many_to_any_place_of_a_fire_is_named() {
    let mut school = asset("s", Point::new(0.0, 0.01));
    school.name = Some("School".into());
    let index = AssetIndex::new(vec![asset("far", Point::new(1.0, 1.0)), school]).unwrap();
    let nearest = index.nearest_to_any([at(0.0, -1.0), at(0.0, 0.0), at(-1.0, 0.0)]).unwrap();
    assert_eq!((nearest.id.as_str(), nearest.name.as_deref()), ("s", Some("School")));
    assert_close(nearest.distance_m, DEGREE_M * 0.01);
    assert_eq!(index.nearest_to_any([]), None);
    assert_eq!(AssetIndex::default().nearest(at(0.0, 0.0)), None);
}

#[test]
fn of_two_at_the_same_distance_the_first_is_given() {
    let twins = |ids: [&str; 2]| ids.map(|id| asset(id, Point::new(5.0, 5.0))).to_vec();
    for ids in [["x", "y"], ["y", "x"]] {
        let index = AssetIndex::new(twins(ids)).unwrap();
        assert_eq!(index.nearest(at(5.0, 6.0)).unwrap().id, ids[0]);
    }
}

#[test]
fn what_cannot_be_indexed_is_refused_by_id() {
    let refused = |geometry: Geometry<f64>| AssetIndex::new(vec![asset("z", geometry)]).unwrap_err();
    let empty = AssetError::Empty { id: "z".into() };
    assert_eq!(refused(LineString::new(vec![]).into()), empty);
    assert_eq!(refused(Geometry::GeometryCollection(Default::default())), empty);
    let outside = refused(Point::new(500.0, 0.0).into());
    assert!(matches!(outside, AssetError::Position { lon_deg: 500.0, .. }), "{outside}");
    let nan =
        refused(Geometry::Line(geo::Line::new(Coord { x: 0.0, y: 0.0 }, Coord { x: 0.0, y: f64::NAN })));
    assert!(matches!(nan, AssetError::Position { .. }), "{nan}");
    let too_large = AssetError::TooLarge { id: "z".into() };
    assert_eq!(refused(box_of(-170.0, -80.0, 170.0, 80.0).into()), too_large);
}

#[test]
fn many_edges_give_what_measuring_each_gives() {
    // A spiral of 400 points; along edges of some 100 m the ends are at most half an edge off.
    let spiral: Vec<(f64, f64)> = (0..400)
        .map(|turn| f64::from(turn) * 0.05)
        .map(|turn| (7.0 + 0.001 * turn * turn.cos(), 46.0 + 0.001 * turn * turn.sin()))
        .collect();
    let index = index(LineString::from(spiral.clone()));
    for step in 0..50 {
        let here = at(6.97 + 0.0013 * f64::from(step), 45.99 + 0.0004 * f64::from(step));
        let to_ends =
            spiral.iter().map(|&(lon, lat)| here.distance_m(at(lon, lat))).fold(f64::INFINITY, f64::min);
        let found = index.nearest(here).unwrap().distance_m;
        assert!(found <= to_ends + 1e-6 && found > to_ends - 60.0, "{found} and {to_ends}");
    }
}
