use geo::{Area, BooleanOps, Contains, LineString, MultiPolygon, Point, Polygon};

use super::*;
use crate::geo::LonLat;
use crate::ignition::{Ignition, Perturbation, Seed};

const RADIUS_M: f64 = 187.5;

fn pixel(east_m: f64, north_m: f64) -> Footprint {
    Footprint { middle_m: [east_m, north_m], radius_m: RADIUS_M, gap_m: 300.0, age_s: 0, burns: true }
}

fn older(footprint: Footprint) -> Footprint {
    Footprint { age_s: 43_200, burns: false, ..footprint }
}

/// Pixels side by side on a square of so many.
fn square(count: usize, east_m: f64) -> Vec<Footprint> {
    let at = |n: usize| n as f64 * 2.0 * RADIUS_M;
    (0..count * count).map(|n| pixel(east_m + at(n % count), at(n / count))).collect()
}

fn polygons(shape: &Shape) -> MultiPolygon<f64> {
    let Shape::Area(rings) = shape else { panic!("a disc") };
    let line = |ring: &Vec<Place>| LineString::from(ring.clone());
    // The first ring of an active part is its outer one.
    Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect()).into()
}

#[test]
fn pixels_side_by_side_are_one_part_of_their_area() {
    let found = region(square(10, 0.0));
    let [part] = &found.active[..] else { panic!("{found:?}") };
    let area_m2 = polygons(&part.shape).unsigned_area();
    // Ten pixels square, without what the discs at the rim leave of their pixels.
    let whole_m2 = (20.0 * RADIUS_M).powi(2);
    assert!((0.95 * whole_m2..whole_m2).contains(&area_m2), "{area_m2} of {whole_m2} m2");
    assert_eq!((part.footprints, found.cold.len()), (100, 0));
}

#[test]
fn a_gap_is_closed_where_the_circle_does_not_pass() {
    // A circle of 300 m between two discs of 187.5 m passes where their middles are 768 m apart; on the
    // lattice the bridge holds a little longer, at 800 m, but not at 840 m.
    let parts = |apart_m: f64| region([pixel(0.0, 0.0), pixel(apart_m, 0.0)]).active.len();
    assert_eq!([375.0, 600.0, 740.0, 840.0, 1_100.0].map(parts), [1, 1, 1, 2, 2]);
}

#[test]
fn the_line_lies_on_the_alpha_hull() {
    // Two discs and the circles that roll between them: the narrowest place of the bridge is known.
    let (apart_m, gap_m) = (600.0, 300.0);
    let found = region([pixel(0.0, 0.0), pixel(apart_m, 0.0)]);
    let shape = polygons(&found.active[0].shape);
    let rolls_m = (RADIUS_M + gap_m).powi(2) - (0.5 * apart_m).powi(2);
    let half_m = rolls_m.sqrt() - gap_m;
    assert!(shape.contains(&Point::new(0.5 * apart_m, half_m - 5.0)), "half the bridge is {half_m} m");
    assert!(!shape.contains(&Point::new(0.5 * apart_m, half_m + 20.0)));
    assert!(
        shape.contains(&Point::new(-RADIUS_M + 5.0, 0.0))
            && !shape.contains(&Point::new(-RADIUS_M - 5.0, 0.0))
    );
}

#[test]
fn a_footprint_alone_stays_its_disc() {
    let found = region([pixel(0.0, 0.0), older(pixel(5_000.0, 0.0))]);
    assert_eq!(found.active[0].shape, Shape::Disc { middle_m: [0.0, 0.0], radius_m: RADIUS_M });
    assert_eq!((found.cold.len(), found.cold[0].newest_age_s), (1, 43_200));
}

#[test]
fn an_unseen_middle_is_a_hole_where_it_is_wide_and_ground_where_it_is_narrow() {
    let ring = |radius_m: f64| {
        let turn = |n: i32| f64::from(n) / 24.0 * std::f64::consts::TAU;
        region((0..24).map(|n| pixel(radius_m * turn(n).cos(), radius_m * turn(n).sin())))
    };
    let rings = |found: &Region| match &found.active[..] {
        [Part { shape: Shape::Area(rings), .. }] => rings.len(),
        other => panic!("{other:?}"),
    };
    // What is free is a circle of the ring's radius less a pixel's; a circle of the gap fits or does not.
    let (wide, narrow) = (ring(1_500.0), ring(450.0));
    assert_eq!((rings(&wide), rings(&narrow)), (2, 1));
    assert!(!polygons(&wide.active[0].shape).contains(&Point::new(0.0, 0.0)));
}

#[test]
fn what_was_seen_earlier_lies_beside_what_burns() {
    let mut footprints = square(6, 0.0);
    footprints.iter_mut().for_each(|footprint| *footprint = older(*footprint));
    footprints.extend(square(6, 6.0 * 2.0 * RADIUS_M));
    let found = region(footprints);
    let ([active], [cold]) = (&found.active[..], &found.cold[..]) else { panic!("{found:?}") };
    let (burning, rest) = (polygons(&active.shape), polygons(&cold.shape));
    let one_m2 = (12.0 * RADIUS_M).powi(2);
    assert!((rest.unsigned_area() / one_m2 - 1.0).abs() < 0.05, "{} of {one_m2} m2", rest.unsigned_area());
    assert!(burning.intersection(&rest).unsigned_area() < 1.0);
    assert_eq!(burning.union(&rest).0.len(), 1, "they share a line");
    assert_eq!((active.newest_age_s, cold.newest_age_s, cold.oldest_age_s), (0, 43_200, 43_200));
}

#[test]
fn a_fire_seen_again_burns_where_it_burned() {
    let found = region(square(4, 0.0).into_iter().flat_map(|pixel| [pixel, older(pixel)]));
    let alone = region(square(4, 0.0));
    assert_eq!((&found.active[0].shape, found.cold.len()), (&alone.active[0].shape, 0));
    assert_eq!((found.active[0].newest_age_s, found.active[0].oldest_age_s), (0, 43_200));
}

#[test]
fn small_footprints_near_large_ones_are_covered() {
    let drone = |at: f64| Footprint { radius_m: 15.0, gap_m: 40.0, ..pixel(at, 400.0) };
    let found = region(square(4, 0.0).into_iter().chain([drone(-300.0), drone(-330.0)]));
    let covers = |part: &Part| match &part.shape {
        Shape::Area(_) => polygons(&part.shape).contains(&Point::new(-300.0, 400.0)),
        Shape::Disc { .. } => false,
    };
    assert!(found.active.iter().any(covers), "{found:?}");
}

#[test]
fn a_fire_on_the_antimeridian_is_one_part() {
    let seen = |lon_deg: f64| Ignition {
        position: LonLat::new(lon_deg, -17.0).expect("a place"),
        radius_m: RADIUS_M,
        position_sd_m: 0.0,
        gap_m: 300.0,
        age_s: 0,
    };
    let burning = vec![seen(179.998), seen(-179.998)];
    let seeded_at = jiff::Timestamp::UNIX_EPOCH;
    let seed = Seed { seeded_at, burning, burned: Vec::new(), outlines: Vec::new() };
    let found = seed.region(&seed.frame(), &Perturbation::NONE);
    assert_eq!(found.active.len(), 1, "426 m apart: {found:?}");
}

#[test]
fn a_members_draws_move_the_outline_with_its_footprints() {
    let seen = |north: f64| Ignition {
        position: LonLat::new(-119.0, 34.5 + north * 0.003).expect("a place"),
        radius_m: RADIUS_M,
        position_sd_m: 108.0,
        gap_m: 300.0,
        age_s: 0,
    };
    let burning: Vec<Ignition> = (0..20).map(|north| seen(f64::from(north))).collect();
    let seeded_at = jiff::Timestamp::UNIX_EPOCH;
    let seed = Seed { seeded_at, burning, burned: Vec::new(), outlines: Vec::new() };
    let frame = seed.frame();
    let at_rest = polygons(&seed.region(&frame, &Perturbation::NONE).active[0].shape);
    let mut shift_m = vec![[0.0; 2]; 20];
    shift_m[19] = [100.0, 50.0];
    let member = Perturbation { ignition_shift_m: shift_m, ..Perturbation::NONE };
    let moved = polygons(&seed.region(&frame, &member).active[0].shape);
    let changed = moved.xor(&at_rest);
    let last = frame.to_plane(seed.burning[19].position);
    let far = changed.0.iter().flat_map(|part| part.exterior().points()).map(|at| last.north_m - at.y());
    let farthest_m = far.fold(0.0, f64::max);
    assert!(changed.unsigned_area() > 10_000.0, "the outline did not follow");
    assert!(farthest_m < 900.0, "it moved {farthest_m} m from the footprint that was moved");
}
