//! The nearest asset by the index is the nearest of all, each measured by itself.

use firecore::asset::{Asset, AssetIndex};
use firecore::geo::LonLat;
use geo::{Coord, Geometry, LineString, Point, Polygon};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..Default::default()
    })]

    #[test]
    fn the_index_finds_what_measuring_each_asset_finds(
        (corner, size_deg) in (corner(), prop_oneof![Just(0.01), Just(1.0), Just(9.0)]),
        shapes in prop::collection::vec(shape(), 1..150),
        places in prop::collection::vec([-20_i32..60, -20_i32..60], 1..40),
        within_m in 1.0..2e6_f64,
    ) {
        let on_globe = |cells: [f64; 2]| at(corner, size_deg, cells);
        let asset = |(number, shape): (usize, &Shape)| Asset {
            id: number.to_string(),
            kind: None,
            name: None,
            clearance_s: None,
            geometry: shape.geometry(on_globe),
        };
        let assets: Vec<Asset> = shapes.iter().enumerate().map(asset).collect();
        let index = AssetIndex::new(assets.clone()).expect("small shapes");
        for cells in places {
            let place = on_globe(cells.map(f64::from));
            let place = LonLat::new(place.x, place.y).expect("on the globe");
            let distances: Vec<f64> =
                assets.iter().map(|asset| asset.distance_m([place]).expect("a place")).collect();
            // The first of equals, and to the last bit.
            let least = distances.iter().enumerate().fold((0, f64::INFINITY), |least, (number, found)| {
                if *found < least.1 { (number, *found) } else { least }
            });
            let nearest = index.nearest(place).expect("there is one");
            prop_assert_eq!((nearest.id, nearest.distance_m), (least.0.to_string(), least.1));
            let beside: Vec<usize> = (0..assets.len()).filter(|number| distances[*number] <= within_m).collect();
            let found = index.within(place, within_m);
            let at_the_rim = |number: &usize| (distances[*number] - within_m).abs() < 1e-6;
            let differ = found.iter().filter(|number| !beside.contains(number));
            prop_assert!(differ.chain(beside.iter().filter(|number| !found.contains(number))).all(at_the_rim));
        }
    }
}

#[derive(Clone, Debug)]
enum Shape {
    Point([i32; 2]),
    Line(Vec<[i32; 2]>),
    Box([i32; 2], [i32; 2]),
}

impl Shape {
    fn geometry(&self, on_globe: impl Fn([f64; 2]) -> Coord<f64>) -> Geometry<f64> {
        let on_globe = |cells: &[i32; 2]| on_globe(cells.map(f64::from));
        match self {
            Self::Point(cells) => Point::from(on_globe(cells)).into(),
            Self::Line(path) => path.iter().map(on_globe).collect::<LineString<f64>>().into(),
            Self::Box(from, size) => {
                let to = [from[0] + size[0], from[1] + size[1]];
                let ring = [*from, [to[0], from[1]], to, [from[0], to[1]]];
                Polygon::new(ring.iter().map(on_globe).collect(), Vec::new()).into()
            }
        }
    }
}

/// A crossing of a lattice of 40 by 40, so that many lie equally far away; over the antimeridian, and up to the pole.
fn at([west_deg, south_deg]: [f64; 2], size_deg: f64, cells: [f64; 2]) -> Coord<f64> {
    let lon_deg = west_deg + cells[0] * size_deg / 40.0;
    let lat_deg = south_deg + cells[1] * size_deg / 40.0;
    let lon_deg = if lon_deg > 180.0 { lon_deg - 360.0 } else { lon_deg };
    Coord { x: lon_deg, y: lat_deg.clamp(-90.0, 90.0) }
}

fn corner() -> impl Strategy<Value = [f64; 2]> {
    prop_oneof![
        Just([-120.0, 38.0]),
        Just([175.5, -20.0]),
        Just([10.0, 82.0]),
        [-170.0..170.0_f64, -80.0..80.0_f64]
    ]
}

fn cell() -> impl Strategy<Value = [i32; 2]> {
    [0..40, 0..40]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        4 => cell().prop_map(Shape::Point),
        1 => prop::collection::vec(cell(), 2..7).prop_map(Shape::Line),
        1 => (cell(), [1..8, 1..8]).prop_map(|(from, size)| Shape::Box(from, size)),
    ]
}
