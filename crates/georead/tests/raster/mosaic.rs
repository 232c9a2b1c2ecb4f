//! Tiles of one layer read as one raster.

use std::fmt::Write;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use firecore::geo::{Bounds, EARTH_RADIUS_M, EastNorth, LocalFrame, LonLat};
use firecore::grid::GridShape;
use georead::raster::mosaic::{Mosaic, Tile, area, bounds};
use georead::raster::resample::{CoordinateMap, Method, read};
use georead::raster::{Beside, Raster};

use crate::points::kept;

/// The projection text of a kept line.
fn projection(code: &str) -> String {
    let lines = fs::read_to_string(kept("figures/projections.tsv")).expect("kept lines");
    let line = lines.lines().find(|line| line.starts_with(code)).expect("a known code");
    line.split('\t').next_back().expect("a text").to_owned()
}

/// A grid by its south-western corner, with a value for the middle of each cell.
fn grid(
    name: &str,
    projection: &str,
    (west, south, size): (f64, f64, f64),
    (rows, cols): (usize, usize),
    value: impl Fn(f64, f64) -> f64,
) -> Raster {
    let mut text =
        format!("ncols {cols}\nnrows {rows}\nxllcorner {west}\nyllcorner {south}\ncellsize {size}\n");
    for row in 0..rows {
        for col in 0..cols {
            let x = west + (col as f64 + 0.5) * size;
            let y = south + ((rows - row) as f64 - 0.5) * size;
            write!(text, "{} ", value(x, y)).expect("text grows");
        }
    }
    let beside = Beside { projection: Some(projection.to_owned()), world: None };
    Raster::from_source(Arc::new(text.into_bytes()), name, &beside).expect("a grid")
}

fn mosaic(rasters: impl IntoIterator<Item = Raster>) -> Mosaic {
    let tiles = rasters.into_iter().map(|raster| Tile::of(raster).expect("a place"));
    Mosaic { tiles: tiles.collect() }
}

/// Rough ground in UTM zone 11.
fn ground(x: f64, y: f64) -> f64 {
    (300.0 * (x / 170.0).sin() + 200.0 * (y / 130.0).cos()).round()
}

const FRAME: (u8, bool) = (11, false);

#[test]
fn four_tiles_read_as_the_raster_that_they_were_cut_from() {
    let (frame, utm) = (LocalFrame::utm(FRAME.0, FRAME.1), projection("32611"));
    let whole = grid("whole", &utm, (300_000.0, 3_800_000.0, 30.0), (40, 40), ground);
    let corners = [(0, 0), (20, 0), (0, 20), (20, 20)];
    let tiles = corners.map(|(east, north)| {
        let corner = (300_000.0 + f64::from(east) * 30.0, 3_800_000.0 + f64::from(north) * 30.0, 30.0);
        grid("tile", &utm, corner, (20, 20), ground)
    });
    let mosaic = mosaic(tiles);
    let shape = GridShape { rows: 54, cols: 55, cell_size_m: 20.0, west_m: 300_057.0, north_m: 3_801_151.0 };
    let map = CoordinateMap::new(&whole, &frame, &shape).unwrap();
    for method in [Method::Nearest, Method::Bilinear] {
        let expected = read(&whole, 0, &map, method).unwrap();
        let found = mosaic.read(0, &frame, &shape, method).unwrap();
        for (cell, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!((found - expected).abs() < 2e-3, "{method:?} {cell}: {found} {expected}");
        }
    }
}

#[test]
fn tiles_of_one_degree_meet_across_the_antimeridian() {
    let geographic = projection("4326");
    let height = |x: f64, y: f64| 1000.0 + 200.0 * (x.rem_euclid(360.0) - 180.0) + 50.0 * (y + 17.0);
    let tile = |west: f64| grid("tile", &geographic, (west, -17.5, 0.005), (200, 200), height);
    let mosaic = mosaic([tile(179.0), tile(-180.0)]);
    assert_eq!(mosaic.tiles[1].bounds.west_deg, -180.0);
    let place = LonLat::new(-179.999, -17.0).unwrap();
    let frame = LocalFrame::at(place);
    let middle = frame.to_plane(place);
    let (west_m, north_m) = (middle.east_m - 30_000.0, middle.north_m + 20_000.0);
    let shape = GridShape { rows: 200, cols: 300, cell_size_m: 200.0, west_m, north_m };
    let found = mosaic.read(0, &frame, &shape, Method::Bilinear).unwrap();
    let nearest = mosaic.read(0, &frame, &shape, Method::Nearest).unwrap();
    for cell in 0..shape.len() {
        let place = frame.to_lon_lat(shape.centre(cell / shape.cols, cell % shape.cols));
        let expected = height(place.lon_deg(), place.lat_deg()) as f32;
        assert!((found[cell] - expected).abs() < 0.02, "{place:?}: {} {expected}", found[cell]);
        assert!((nearest[cell] - expected).abs() < 0.7, "{place:?}: {} {expected}", nearest[cell]);
    }
}

#[test]
fn tiles_in_two_utm_zones_leave_no_stripe_between_them() {
    let east_text = projection("32611").replace("-117", "-111");
    let height = |zone: u8| {
        move |x: f64, y: f64| {
            let place = LocalFrame::utm(zone, false).to_lon_lat(EastNorth { east_m: x, north_m: y });
            1000.0 * (place.lon_deg() + 114.0) + 500.0 * (place.lat_deg() - 40.0)
        }
    };
    // The meridian of 114 degrees west lies at 756 km in zone 11 and at 244 km in zone 12, turned by 3.9 degrees.
    let edge = LocalFrame::utm(11, false).to_plane(LonLat::new(-114.0, 40.0).unwrap());
    let start = (edge.east_m - 6_000.0, edge.north_m - 6_000.0, 100.0);
    let west = grid("zone 11", &projection("32611"), start, (120, 60), height(11));
    let edge_12 = LocalFrame::utm(12, false).to_plane(LonLat::new(-114.0, 40.0).unwrap());
    let start = (edge_12.east_m - 700.0, edge_12.north_m - 6_000.0, 100.0);
    let east = grid("zone 12", &east_text, start, (120, 70), height(12));
    let frame = LocalFrame::utm(11, false);
    let shape = GridShape {
        rows: 100,
        cols: 100,
        cell_size_m: 80.0,
        west_m: edge.east_m - 4_000.0,
        north_m: edge.north_m + 4_000.0,
    };
    let found = mosaic([west, east]).read(0, &frame, &shape, Method::Bilinear).unwrap();
    for (cell, found) in found.iter().enumerate() {
        let place = shape.centre(cell / shape.cols, cell % shape.cols);
        let expected = height(11)(place.east_m, place.north_m) as f32;
        // At the rims of tiles that are turned against each other a pixel may count from half a pixel away: 100 m are 1.2.
        assert!((found - expected).abs() < 1.0, "{cell}: {found} {expected}");
    }
}

#[test]
fn the_first_tile_with_data_wins_and_only_tiles_that_are_touched_are_opened() {
    let utm = projection("32611");
    let first = grid("first", &utm, (300_000.0, 3_800_000.0, 30.0), (10, 10), |x, _| {
        if x < 300_150.0 { -9999.0 } else { 1.0 }
    });
    let second = grid("second", &utm, (300_000.0, 3_800_000.0, 30.0), (10, 10), |_, y| {
        if y < 3_800_060.0 { -9999.0 } else { 2.0 }
    });
    let mut mosaic = mosaic([first, second]);
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&opened);
    let far = Bounds { west_deg: 10.0, south_deg: 40.0, east_deg: 11.0, north_deg: 41.0 };
    let never = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        Raster::open(std::path::Path::new("nowhere.tif"))
    };
    mosaic.tiles.insert(0, Tile::new("far", far, never.clone()));
    let frame = LocalFrame::utm(FRAME.0, FRAME.1);
    let shape = GridShape { rows: 10, cols: 10, cell_size_m: 30.0, west_m: 300_000.0, north_m: 3_800_300.0 };
    for method in [Method::Nearest, Method::Bilinear] {
        let found = mosaic.read(0, &frame, &shape, method).unwrap();
        assert_eq!((found[9], found[0]), (1.0, 2.0), "{method:?}");
        assert!(found[90].is_nan() && found[95] == 1.0, "{method:?}");
    }
    assert_eq!(opened.load(Ordering::Relaxed), 0);
    mosaic.tiles[0] = Tile::new("dem_n34.tif", mosaic.tiles[1].bounds, never);
    let error = mosaic.read(0, &frame, &shape, Method::Nearest).unwrap_err().to_string();
    assert!(error.starts_with("dem_n34.tif: "), "{error}");
    assert_eq!(opened.load(Ordering::Relaxed), 1);
}

#[test]
fn bearings_are_turned_into_the_frame_and_averaged_as_vectors() {
    let north = grid("aspect", &projection("4326"), (-119.2, 33.9, 0.001), (200, 200), |x, _| {
        if (x * 1000.0).floor() as i64 % 2 == 0 { 359.0 } else { 1.0 }
    });
    let place = LonLat::new(-119.1, 34.0).unwrap();
    let frame = LocalFrame::utm(11, false);
    let middle = frame.to_plane(place);
    let shape = GridShape {
        rows: 3,
        cols: 3,
        cell_size_m: 90.0,
        west_m: middle.east_m - 135.0,
        north_m: middle.north_m + 135.0,
    };
    let (east, north) = mosaic([north]).read_bearings(0, &frame, &shape).unwrap();
    let turn_rad = frame.convergence_rad(place);
    assert!(turn_rad.abs() > 0.02);
    for (east, north) in east.iter().zip(&north) {
        let bearing_rad = f64::from(*east).atan2(f64::from(*north));
        assert!((bearing_rad + turn_rad).abs() < 0.02, "{bearing_rad} {turn_rad}");
    }
}

#[test]
fn a_large_window_is_read_in_parts_that_fit_together() {
    let utm = projection("32611");
    let raster =
        grid("fine", &utm, (300_000.0, 3_800_000.0, 1.0), (2200, 2200), |x, y| (x + 2.0 * y) % 1000.0);
    let frame = LocalFrame::utm(FRAME.0, FRAME.1);
    let shape = GridShape { rows: 44, cols: 44, cell_size_m: 50.0, west_m: 300_000.0, north_m: 3_802_200.0 };
    let map = CoordinateMap::new(&raster, &frame, &shape).unwrap();
    let expected = read(&raster, 0, &map, Method::Nearest).unwrap();
    assert_eq!(mosaic([raster]).read(0, &frame, &shape, Method::Nearest).unwrap(), expected);
}

#[test]
fn the_box_of_a_raster_of_the_world_is_the_world() {
    let world = grid("world", &projection("4326"), (-180.0, -90.0, 10.0), (18, 36), |x, _| x);
    let found = bounds(&world).unwrap();
    assert_eq!((found.west_deg, found.east_deg, found.south_deg), (-180.0, 180.0, -90.0));
}

#[test]
fn the_box_around_a_grid_is_a_little_larger_than_it_and_crosses_the_antimeridian() {
    let metres_a_degree = EARTH_RADIUS_M.to_radians();
    for (lon, lat) in [(-119.3, 34.4), (179.99, -16.8), (25.0, 70.1)] {
        let place = LonLat::new(lon, lat).unwrap();
        let frame = LocalFrame::at(place);
        let middle = frame.to_plane(place);
        let shape = GridShape {
            rows: 2000,
            cols: 2000,
            cell_size_m: 30.0,
            west_m: middle.east_m - 30_000.0,
            north_m: middle.north_m + 30_000.0,
        };
        let found = area(&frame, &shape);
        let across_deg = (found.east_deg - found.west_deg).rem_euclid(360.0);
        let expected_deg = 60_000.0 / metres_a_degree / lat.to_radians().cos();
        assert!((1.0..1.1).contains(&(across_deg / expected_deg)), "{lon} {lat}: {found:?}");
        let up_deg = found.north_deg - found.south_deg;
        assert!((1.0..1.2).contains(&(up_deg * metres_a_degree / 60_000.0)), "{found:?}");
    }
}
