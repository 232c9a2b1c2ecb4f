//! Contours of known fields, and nesting and validity over random ones.

use geo::{Area, Validation};
use proptest::prelude::*;

use super::*;
use crate::geo::LonLat;

fn shape(rows: usize, cols: usize) -> GridShape {
    GridShape { rows, cols, cell_size_m: 30.0, west_m: 300_000.0, north_m: 3_800_000.0 }
}

fn contour(shape: &GridShape, arrival_s: &[f32], time_s: f32) -> Perimeter {
    let burnable = vec![true; shape.len()];
    Perimeter::at(Field { shape, arrival_s, burnable: &burnable }, time_s)
}

#[test]
fn a_cone_gives_a_circle() {
    let shape = shape(101, 101);
    let arrival_s: Vec<f32> = (0..shape.len())
        .map(|at| {
            let (row, col) = ((at / 101) as f32 - 50.0, (at % 101) as f32 - 50.0);
            row.hypot(col) * 30.0
        })
        .collect();
    let perimeter = contour(&shape, &arrival_s, 1000.0);
    let error = perimeter.area_ha() * 1e4 / (std::f64::consts::PI * 1e6) - 1.0;
    assert!(error.abs() < 1e-3, "area error {error}");
}

#[test]
fn an_unburned_island_is_a_hole() {
    let shape = shape(9, 9);
    let mut arrival_s = vec![100.0; 81];
    arrival_s[40] = 900.0;
    let perimeter = contour(&shape, &arrival_s, 500.0);
    assert_eq!(perimeter.plane.0.len(), 1);
    assert_eq!(perimeter.plane.0[0].interiors().len(), 1);
    assert!(perimeter.plane.0[0].interiors()[0].0.len() == 5);
    let hole_m2 = Polygon::new(perimeter.plane.0[0].interiors()[0].clone(), vec![]).signed_area();
    assert!(hole_m2 < 0.0, "holes run clockwise: {hole_m2}");
}

#[test]
fn next_to_ground_that_cannot_burn_the_edge_lies_on_the_cells_border() {
    let shape = shape(1, 3);
    let arrival_s = [0.0, 10.0, f32::INFINITY];
    let field = Field { shape: &shape, arrival_s: &arrival_s, burnable: &[true, true, false] };
    let perimeter = Perimeter::at(field, 50.0);
    let east_m = perimeter.plane.0[0].exterior().0.iter().map(|at| at.x).fold(0.0, f64::max);
    assert!((east_m - (300_000.0 + 60.0)).abs() < 1e-9, "{east_m}");
}

#[test]
fn nothing_burned_gives_no_polygon() {
    assert!(contour(&shape(5, 5), &[f32::INFINITY; 25], 100.0).plane.0.is_empty());
}

#[test]
fn a_fire_on_the_antimeridian_is_cut_there() {
    let frame = LocalFrame::at(LonLat::new(179.99, -17.0).expect("a valid place"));
    let corner = frame.to_plane(LonLat::new(179.99, -17.0).expect("a valid place"));
    let shape =
        GridShape { rows: 40, cols: 120, cell_size_m: 30.0, west_m: corner.east_m, north_m: corner.north_m };
    let perimeter = contour(&shape, &vec![0.0; shape.len()], 10.0);
    let parts = perimeter.to_lon_lat(&frame);
    assert_eq!(parts.0.len(), 2, "one part on each side");
    for part in &parts {
        assert!(part.exterior().0.iter().all(|at| at.x.abs() <= 180.0 && at.x.abs() > 179.9));
        assert!(part.signed_area() > 0.0, "exterior rings run counter-clockwise");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn contours_are_valid_and_nest(
        late in prop::collection::vec(prop_oneof![3 => 0.0_f32..1000.0, 1 => Just(f32::INFINITY)], 64),
        earlier in prop::collection::vec(0.0_f32..1.0, 64),
        walls in prop::collection::vec(prop::bool::weighted(0.1), 64),
    ) {
        let shape = shape(8, 8);
        let burnable: Vec<bool> = walls.iter().map(|wall| !wall).collect();
        let wall = |times: Vec<f32>| -> Vec<f32> {
            times.iter().zip(&burnable).map(|(time, free)| if *free { *time } else { f32::INFINITY }).collect()
        };
        let early = wall(late.iter().zip(&earlier).map(|(time, share)| if time.is_finite() { time * share } else { 600.0 * share }).collect());
        let late = wall(late);
        let inner = Perimeter::at(Field { shape: &shape, arrival_s: &late, burnable: &burnable }, 400.0);
        let outer = Perimeter::at(Field { shape: &shape, arrival_s: &early, burnable: &burnable }, 400.0);
        prop_assert!(inner.plane.is_valid(), "{:?}", inner.plane);
        prop_assert!(outer.plane.is_valid(), "{:?}", outer.plane);
        let outside_m2 = inner.plane.difference(&outer.plane).unsigned_area();
        prop_assert!(outside_m2 < 1e-3, "{outside_m2} m2 of the inner perimeter lie outside the outer one");
        for part in &inner.plane {
            prop_assert!(part.signed_area() > 0.0);
            prop_assert!(part.interiors().iter().all(|hole| signed_area_m2(hole) < 0.0));
        }
    }
}
