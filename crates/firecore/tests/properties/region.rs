//! The ground that footprints make: whatever they are, valid polygons that cover them, the same in any order.

use firecore::ignition::region::{Footprint, Part, Place, Shape, region};
use geo::{Contains, LineString, Point, Polygon, Validation};
use proptest::prelude::*;

/// Up to 60 footprints of all sensors within some kilometres, some of them at one place.
fn footprints() -> impl Strategy<Value = Vec<Footprint>> {
    let sensor =
        prop_oneof![Just((15.0, 30.0)), Just((187.5, 309.0)), Just((400.0, 500.0)), Just((50.0, 0.0))];
    let one = (0.0..12_000.0, 0.0..6_000.0, sensor, 0_u32..90_000).prop_map(
        |(east_m, north_m, (radius_m, gap_m), age_s): (f64, f64, (f64, f64), u32)| {
            // Far from the plane's origin, as places are, and on a raster, as pixels are.
            let middle_m =
                [300_000.0 + (east_m / 125.0).round() * 125.0, 4.0e6 + (north_m / 125.0).round() * 125.0];
            Footprint { middle_m, radius_m, gap_m, age_s, burns: age_s < 60_000 }
        },
    );
    prop::collection::vec(one, 1..60)
}

fn polygon(rings: &[Vec<Place>]) -> Polygon<f64> {
    let line = |ring: &Vec<Place>| LineString::from(ring.clone());
    Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect())
}

fn covers(part: &Part, [east_m, north_m]: Place) -> bool {
    match &part.shape {
        Shape::Disc { middle_m, radius_m } => (middle_m[0] - east_m).hypot(middle_m[1] - north_m) < *radius_m,
        Shape::Area(rings) => polygon(rings).contains(&Point::new(east_m, north_m)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_burning_middle_lies_in_one_active_part_and_every_other_in_some_ground(seen in footprints()) {
        let found = region(seen.clone());
        for footprint in &seen {
            let active = found.active.iter().filter(|part| covers(part, footprint.middle_m)).count();
            let cold = found.cold.iter().filter(|part| covers(part, footprint.middle_m)).count();
            if footprint.burns {
                prop_assert_eq!((active, cold), (1, 0), "at {:?}", footprint.middle_m);
            } else {
                prop_assert_eq!(active + cold, 1, "at {:?}", footprint.middle_m);
            }
        }
        let counted: usize = found.active.iter().chain(&found.cold).map(|part| part.footprints).sum();
        prop_assert_eq!(counted, seen.len());
    }

    #[test]
    fn ground_is_valid_polygons_and_active_parts_keep_apart(seen in footprints()) {
        let found = region(seen);
        let mut all = Vec::new();
        for part in found.active.iter().chain(&found.cold) {
            if let Shape::Area(rings) = &part.shape {
                let polygon = polygon(rings);
                prop_assert!(polygon.is_valid(), "{:?}", polygon.check_validation());
                all.push(polygon);
            }
            if part == found.active.last().unwrap_or(part) {
                let together = geo::MultiPolygon::new(std::mem::take(&mut all));
                prop_assert!(together.is_valid(), "{:?}", together.check_validation());
            }
        }
    }

    #[test]
    fn the_order_does_not_matter(seen in footprints().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))) {
        let (one, other) = seen;
        prop_assert_eq!(region(one), region(other));
    }

    #[test]
    fn parts_farther_apart_than_both_reaches_stay_apart(seen in footprints(), apart_m in 13_600.0..50_000.0_f64) {
        let moved = seen.iter().map(|footprint| {
            let [east_m, north_m] = footprint.middle_m;
            Footprint { middle_m: [east_m + apart_m.round() + 12_000.0, north_m], ..*footprint }
        });
        let (alone, both) = (region(seen.clone()), region(seen.iter().copied().chain(moved)));
        prop_assert_eq!(2 * alone.active.len(), both.active.len());
        prop_assert_eq!(2 * alone.cold.len(), both.cold.len());
        prop_assert!(alone.active.iter().all(|part| both.active.contains(part)));
    }
}
