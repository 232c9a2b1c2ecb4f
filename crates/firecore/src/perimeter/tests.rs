//! Contours of known fields; how near, how valid and how nested those of exact and of random ones are.

use geo::{Area, BooleanOps, Validation};

use super::*;

mod accuracy;
mod globe;
mod validity;

fn shape(rows: usize, cols: usize) -> GridShape {
    GridShape { rows, cols, cell_size_m: 30.0, west_m: 300_000.0, north_m: 3_800_000.0 }
}

fn contour(shape: &GridShape, arrival_s: &[f32], time_s: f32) -> Perimeter {
    let burnable = vec![true; shape.len()];
    Perimeter::at(Field { shape, arrival_s, burnable: &burnable }, time_s)
}

fn rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
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
fn times_below_zero_and_above_the_horizon_place_the_edge() {
    let shape = shape(1, 3);
    // The start's edge at time zero, a quarter of the way from its last cell; the front at 100 s, a half.
    let east_m = |time_s: f32| {
        let perimeter = contour(&shape, &[-90.0, -50.0, 150.0], time_s);
        perimeter.plane.0[0].exterior().0.iter().map(|at| at.x).fold(0.0, f64::max) - 300_000.0
    };
    assert_eq!(east_m(0.0), (1.5 + 0.25) * 30.0);
    assert_eq!(east_m(50.0), (1.5 + 0.5) * 30.0);
}

#[test]
fn a_cell_on_its_own_is_a_diamond_as_large_as_its_times_say() {
    let shape = shape(5, 5);
    let mut arrival_s = vec![100.0; 25];
    arrival_s[12] = -100.0;
    let area_cells = |time_s: f32| contour(&shape, &arrival_s, time_s).plane.unsigned_area() / 900.0;
    assert_eq!(area_cells(0.0), 0.5);
    assert_eq!(area_cells(-50.0), 2.0 * 0.25 * 0.25);
    // At its very centre it is as small as a contour gets.
    assert_eq!(area_cells(-100.0), 2.0 / 64.0 / 64.0);
}

#[test]
fn cells_across_from_each_other_are_joined_where_the_saddle_has_burned() {
    let shape = shape(2, 2);
    let parts = |others_s: f32| contour(&shape, &[0.0, others_s, others_s, 0.0], 100.0).plane.0.len();
    // The saddle of times a, b, a, b lies at the mean of both.
    assert_eq!((parts(199.0), parts(200.0), parts(201.0)), (1, 1, 2));
    assert_eq!(parts(f32::INFINITY), 2);
    let field = Field {
        shape: &shape,
        arrival_s: &[0.0, 110.0, f32::INFINITY, 0.0],
        burnable: &[true, true, false, true],
    };
    assert_eq!(
        Perimeter::at(field, 100.0).plane.0.len(),
        2,
        "beside ground that cannot burn they stay apart"
    );
}

#[test]
fn nothing_burned_gives_no_polygon() {
    assert!(contour(&shape(5, 5), &[f32::INFINITY; 25], 100.0).plane.0.is_empty());
    assert!(outlines(&[], Tolerance::default()).is_empty());
}

#[test]
fn all_burned_to_the_edge_gives_the_grid_without_its_corners() {
    let perimeter = contour(&shape(4, 6), &[0.0; 24], 10.0);
    assert_eq!(perimeter.plane.unsigned_area() / 900.0, 24.0 - 4.0 / 8.0);
}
