//! Ground of the made-up world.

use std::sync::Arc;

use firecore::geo::{EastNorth, LonLat};
use firecore::grid::GridShape;
use firecore::landscape::{Canopy, FuelCode, Landscape, Terrain, Trees};

use super::noise::{fractal, smooth};
use super::{centre, frame};

/// Cell size, m: the one that most national fuel maps have.
const CELL_SIZE_M: f64 = 30.0;
/// Rows and columns: 18 km a side.
const EDGE_CELLS: usize = 600;

// Standard fuel models by their numbers. Source: Scott and Burgan (2005), RMRS-GTR-153.
const WATER: FuelCode = 98;
const URBAN: FuelCode = 91;
const GRASS_LOW: FuelCode = 102;
const GRASS_HIGH: FuelCode = 104;
const GRASS_SHRUB: FuelCode = 122;
const SHRUB: FuelCode = 145;
const TIMBER_UNDERSTOREY: FuelCode = 165;
const TIMBER_LITTER: FuelCode = 188;

/// Middle of the town, m east and north of the world's middle.
pub(super) const TOWN_M: (f64, f64) = (-500.0, -700.0);
/// As far as it is built up.
const TOWN_RADIUS_M: f64 = 900.0;
/// Middle of the reservoir, and its half axes east and north, m.
pub(super) const RESERVOIR_M: (f64, f64) = (900.0, 5_400.0);
pub(super) const RESERVOIR_HALF_AXES_M: (f64, f64) = (650.0, 950.0);
/// Three cells of 30 m across.
const RIVER_HALF_WIDTH_M: f64 = 48.0;

/// Terrain, fuel and canopy of the world: 600 x 600 cells of 30 m, the same on every call.
pub fn landscape() -> Landscape {
    let shape = shape();
    let offset = |row: usize, col: usize| {
        let half_m = EDGE_CELLS as f64 * CELL_SIZE_M / 2.0;
        ((col as f64 + 0.5) * CELL_SIZE_M - half_m, half_m - (row as f64 + 0.5) * CELL_SIZE_M)
    };
    let layer = || Vec::with_capacity(shape.len());
    let (mut elevations_m, mut rise_east, mut rise_north) = (layer(), layer(), layer());
    let (mut fuel, mut trees) = (Vec::with_capacity(shape.len()), Vec::with_capacity(shape.len()));
    for (row, col) in (0..shape.rows).flat_map(|row| (0..shape.cols).map(move |col| (row, col))) {
        let (x_m, y_m) = offset(row, col);
        let half_m = CELL_SIZE_M / 2.0;
        let east_m = elevation_m(x_m + half_m, y_m) - elevation_m(x_m - half_m, y_m);
        let north_m = elevation_m(x_m, y_m + half_m) - elevation_m(x_m, y_m - half_m);
        elevations_m.push(elevation_m(x_m, y_m) as f32);
        rise_east.push((east_m / CELL_SIZE_M) as f32);
        rise_north.push((north_m / CELL_SIZE_M) as f32);
        let code = fuel_at(x_m, y_m);
        let is_timber = matches!(code, TIMBER_UNDERSTOREY | TIMBER_LITTER);
        fuel.push(code);
        trees.push(if is_timber { trees_at(x_m, y_m) } else { Trees::default() });
    }
    Landscape {
        frame: frame(),
        shape,
        terrain: Terrain::flat(shape.len())
            .with_elevation_m(&elevations_m)
            .with_rise(&rise_east, &rise_north),
        fuel,
        fuel_models: Arc::default(),
        canopy: Some(Canopy::of(trees)),
    }
}

pub(super) fn shape() -> GridShape {
    let middle = middle();
    let half_m = EDGE_CELLS as f64 * CELL_SIZE_M / 2.0;
    GridShape {
        rows: EDGE_CELLS,
        cols: EDGE_CELLS,
        cell_size_m: CELL_SIZE_M,
        west_m: middle.east_m - half_m,
        north_m: middle.north_m + half_m,
    }
}

/// The place that lies so many metres east and north of the world's middle.
pub(super) fn place_at(east_m: f64, north_m: f64) -> LonLat {
    let middle = middle();
    frame().to_lon_lat(EastNorth { east_m: middle.east_m + east_m, north_m: middle.north_m + north_m })
}

/// Easting of the river's middle line at a northing, m from the world's middle.
pub(super) fn river_m(y_m: f64) -> f64 {
    1_100.0 + 900.0 * (y_m / 2_600.0).sin() + 350.0 * (y_m / 900.0 + 1.3).sin()
}

fn middle() -> EastNorth {
    let point = frame().to_plane(centre());
    let snap = |value_m: f64| (value_m / CELL_SIZE_M).round() * CELL_SIZE_M;
    EastNorth { east_m: snap(point.east_m), north_m: snap(point.north_m) }
}

/// Hills up to about 500 m above the valley that the river has cut.
fn elevation_m(x_m: f64, y_m: f64) -> f64 {
    let hills_m =
        480.0 + 230.0 * fractal(x_m, y_m, 4_200.0, 1) + 60.0 * (x_m / 3_100.0 + y_m / 4_700.0).sin();
    let from_river_m = (x_m - river_m(y_m)).abs();
    let from_town_m = (x_m - TOWN_M.0).hypot(y_m - TOWN_M.1);
    let valley = 1.0 - (-(from_river_m / 1_500.0).powi(2)).exp();
    let plain = 1.0 - 0.8 * (-(from_town_m / 1_600.0).powi(2)).exp();
    260.0 + (hills_m - 160.0) * valley * plain
}

fn fuel_at(x_m: f64, y_m: f64) -> FuelCode {
    let reservoir = ((x_m - RESERVOIR_M.0) / RESERVOIR_HALF_AXES_M.0)
        .hypot((y_m - RESERVOIR_M.1) / RESERVOIR_HALF_AXES_M.1);
    if (x_m - river_m(y_m)).abs() < RIVER_HALF_WIDTH_M || reservoir < 1.0 {
        return WATER;
    }
    let ragged_m = TOWN_RADIUS_M * (1.0 + 0.35 * smooth(x_m, y_m, 350.0, 7));
    if (x_m - TOWN_M.0).hypot(y_m - TOWN_M.1) < ragged_m {
        return URBAN;
    }
    // Cover follows height, blurred by noise: grass below, brush on the slopes, trees on the tops.
    let height_m = elevation_m(x_m, y_m) + 120.0 * fractal(x_m, y_m, 1_100.0, 3);
    let patch = smooth(x_m, y_m, 420.0, 5);
    match height_m {
        h if h < 360.0 => {
            if patch > 0.35 {
                GRASS_HIGH
            } else {
                GRASS_LOW
            }
        }
        h if h < 470.0 => {
            if patch > 0.0 {
                GRASS_SHRUB
            } else {
                GRASS_LOW
            }
        }
        h if h < 640.0 => {
            if patch > -0.45 {
                SHRUB
            } else {
                GRASS_SHRUB
            }
        }
        _ => {
            if patch > 0.1 {
                TIMBER_LITTER
            } else {
                TIMBER_UNDERSTOREY
            }
        }
    }
}

fn trees_at(x_m: f64, y_m: f64) -> Trees {
    let density = smooth(x_m, y_m, 600.0, 9);
    Trees {
        cover: 0.50 + 0.20 * density,
        height_m: 17.0 + 5.0 * density,
        base_height_m: 2.5 + 1.2 * density,
        bulk_density_kg_m3: 0.12 + 0.05 * density,
    }
}
