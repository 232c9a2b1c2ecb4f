//! What packing keeps, what it rounds and what it holds.

use super::*;
use crate::geo::LonLat;

/// Cells with an elevation each.
fn elevations(cells: &[f32]) -> Vec<f32> {
    let terrain = Terrain::flat(cells.len()).with_elevation_m(cells);
    (0..cells.len()).map(|cell| terrain.elevation_m(cell)).collect()
}

fn with_rise(cells: &[[f32; 2]]) -> Terrain {
    let [east, north] = [0, 1].map(|part| cells.iter().map(|rise| rise[part]).collect::<Vec<f32>>());
    Terrain::flat(cells.len()).with_rise(&east, &north)
}

fn rises(cells: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let terrain = with_rise(cells);
    (0..cells.len()).map(|cell| terrain.rise(cell)).collect()
}

/// As the readers make it of rasters in whole degrees.
fn rise_of(slope_deg: u8, aspect_deg: u16) -> [f32; 2] {
    let slope_tan = f32::from(slope_deg).to_radians().tan();
    let (east, north) = f32::from(aspect_deg).to_radians().sin_cos();
    [-slope_tan * east, -slope_tan * north]
}

#[test]
fn landfires_elevations_and_canopies_come_back_exactly() {
    let whole: Vec<f32> = (-1000..9000).map(|metres| metres as f32).collect();
    assert_eq!(elevations(&whole), whole);
    let numbers = 0..=1000_u32;
    // As the readers scale them, in single precision.
    let scaled = |step: f32| numbers.clone().map(|number| number as f32 * step).collect::<Vec<_>>();
    let canopy = Canopy::bare(1001)
        .with_cover(&scaled(0.01))
        .with_height_m(&scaled(0.1))
        .with_base_height_m(&scaled(0.1))
        .with_bulk_density_kg_m3(&scaled(0.01));
    for number in numbers {
        let trees = Trees {
            cover: (f64::from(number) / 100.0).min(1.0),
            height_m: f64::from(number) / 10.0,
            base_height_m: f64::from(number) / 10.0,
            bulk_density_kg_m3: f64::from(number) / 100.0,
        };
        assert_eq!(canopy.trees(number as usize), trees);
    }
}

#[test]
fn slopes_in_whole_degrees_keep_their_steepness_and_direction() {
    let mut worst = [0.0_f64; 2];
    for slope_deg in 1..=80 {
        let given: Vec<[f32; 2]> = (0..360).map(|aspect_deg| rise_of(slope_deg, aspect_deg)).collect();
        for (given, kept) in given.iter().zip(rises(&given)) {
            let [given, kept] = [given, &kept].map(|rise| rise.map(f64::from));
            let length = given[0].hypot(given[1]);
            let apart = (kept[0] - given[0]).hypot(kept[1] - given[1]);
            // What it changes of 1 + 34 tan^2, the steepest answer of any standard fuel to its slope.
            let factor = |rise: [f64; 2]| 1.0 + 34.0 * (rise[0] * rise[0] + rise[1] * rise[1]);
            worst[0] = worst[0].max((factor(kept) / factor(given) - 1.0).abs());
            worst[1] = worst[1].max((apart / length).asin().to_degrees());
        }
    }
    assert!(
        worst[0] < 6e-4 && worst[1] < 0.1,
        "rate of spread {:e}, direction {} degrees",
        worst[0],
        worst[1]
    );
}

#[test]
fn four_rises_at_once_are_the_same_bits() {
    let given: Vec<[f32; 2]> =
        (0..360_u16).map(|aspect_deg| rise_of((aspect_deg % 89) as u8, aspect_deg)).collect();
    let terrain = with_rise(&given);
    for first in 0..terrain.len() - 3 {
        let [east, north] = terrain.rise_of_four(first).map(wide::f32x4::to_array);
        for (lane, four) in east.into_iter().zip(north).enumerate() {
            let one = terrain.rise(first + lane).map(f32::to_bits);
            assert_eq!(one, [four.0, four.1].map(f32::to_bits));
        }
    }
}

/// What is read back packs to what it was read from, for every step that there is: a landscape that was sent as floats is the
/// landscape that was sent.
#[test]
fn every_step_comes_back_through_floats() {
    let all = 0..=u16::MAX;
    let metres = elevations(&all.clone().map(|steps| f32::from(steps) / 4.0 - 1000.0).collect::<Vec<_>>());
    assert_eq!(elevations(&metres), metres);
    assert!(metres.windows(2).all(|pair| pair[1] - pair[0] == 0.25));
    let steps = (-32_056..=32_056_i16).map(f32::from).collect::<Vec<_>>();
    let read = rises(&steps.iter().map(|c| [c * c.abs() / (7168.0 * 7168.0), 0.0]).collect::<Vec<_>>());
    assert!(read.windows(2).all(|pair| pair[0][0] < pair[1][0]), "each step is a rise of its own");
    assert_eq!(rises(&read), read);
    let layer =
        |steps_per_unit: f32| all.clone().map(|steps| f32::from(steps) / steps_per_unit).collect::<Vec<_>>();
    let canopy = Canopy::bare(65_536)
        .with_cover(&layer(10_000.0))
        .with_height_m(&layer(100.0))
        .with_base_height_m(&layer(100.0))
        .with_bulk_density_kg_m3(&layer(5_000.0));
    let floats =
        |of: fn(Trees) -> f64| (0..65_536).map(|cell| of(canopy.trees(cell)) as f32).collect::<Vec<_>>();
    let heights = floats(|trees| trees.height_m);
    assert!(heights.windows(2).all(|pair| pair[0] < pair[1]), "each step is a height of its own");
    let back = Canopy::bare(65_536)
        .with_cover(&floats(|trees| trees.cover))
        .with_height_m(&heights)
        .with_base_height_m(&floats(|trees| trees.base_height_m))
        .with_bulk_density_kg_m3(&floats(|trees| trees.bulk_density_kg_m3));
    assert!(back == canopy);
}

#[test]
fn what_is_no_number_is_level_ground_without_trees_and_what_lies_outside_is_held() {
    let (none, much) = (f32::NAN, f32::INFINITY);
    assert_eq!(elevations(&[none, much, -much, -1e4]), [0.0, 15_383.75, -1000.0, -1000.0]);
    let [flat, steep] = [rises(&[[none, none]])[0], rises(&[[much, -much]])[0]];
    assert_eq!(flat.map(f32::to_bits), [0, 0]);
    assert!((steep[0] - 20.0).abs() < 1e-3 && steep[0] < 20.0 && steep[1] == -steep[0], "{steep:?}");
    let trees = |value: f32| {
        let layer = &[value];
        let canopy = Canopy::bare(1).with_cover(layer).with_height_m(layer).with_base_height_m(layer);
        canopy.with_bulk_density_kg_m3(layer).trees(0)
    };
    assert_eq!([trees(none), trees(-1.0)], [Trees::default(); 2]);
    let high = Trees { cover: 1.0, height_m: 655.35, base_height_m: 655.35, bulk_density_kg_m3: 13.107 };
    assert_eq!(trees(much), high);
    assert_eq!(Canopy::of([Trees { cover: f64::NAN, ..high }]).stand(0), None);
}

#[test]
#[should_panic(expected = "BUG: a layer")]
fn a_layer_of_another_length_is_no_layer() {
    drop(Terrain::flat(3).with_elevation_m(&[1.0, 2.0]));
}

#[test]
fn four_million_cells_of_eight_layers_take_64_mb_with_what_they_make_of_the_wind() {
    let frame = LocalFrame::at(LonLat::new(-119.0, 34.5).unwrap());
    let shape =
        GridShape { rows: 2000, cols: 2000, cell_size_m: 30.0, west_m: 500_000.0, north_m: 4_200_000.0 };
    let landscape = Landscape {
        frame,
        shape,
        terrain: Terrain::flat(shape.len()),
        fuel: vec![102; shape.len()],
        fuel_models: Arc::default(),
        canopy: Some(Canopy::bare(shape.len())),
    };
    assert_eq!(landscape.memory_bytes(), 64_000_000);
}

/// Beside unknown ground the wind is that of the known ground alone, but on a coast the sea is what it is.
#[test]
fn the_edge_of_the_data_is_no_cliff() {
    let shape =
        GridShape { rows: 120, cols: 120, cell_size_m: 30.0, west_m: 500_000.0, north_m: 4_200_000.0 };
    let wind = |height_m: f32, gap: bool| {
        let is_gap = |cell: usize| gap && (cell % 120 >= 60 || cell / 120 >= 100);
        let elevation: Vec<f32> =
            (0..shape.len()).map(|cell| if is_gap(cell) { 0.0 } else { height_m }).collect();
        let landscape = Landscape {
            frame: LocalFrame::at(LonLat::new(-119.0, 34.5).unwrap()),
            shape,
            terrain: Terrain::flat(shape.len()).with_elevation_m(&elevation),
            fuel: (0..shape.len())
                .map(|cell| if is_gap(cell) && cell % 7 > 0 { FUEL_NO_DATA } else { 102 })
                .collect(),
            fuel_models: Arc::default(),
            canopy: None,
        };
        landscape.terrain_wind().at(50, 59)
    };
    assert_eq!(wind(1_500.0, true), wind(1_500.0, false));
    assert_ne!(wind(90.0, true), wind(90.0, false));
}
