//! A small place with weather and a fire, the same on every machine.

use std::sync::Arc;

use firecore::fuel::{FuelModel, FuelModels};
use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::ignition::{Ignition, MappedPerimeter, MappedShape, Seed};
use firecore::landscape::{Canopy, Landscape, Terrain};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use jiff::{SignedDuration, Timestamp};

/// Simulated time, s.
pub(super) const HORIZON_S: u32 = 600;

/// Cells from north to south, and from west to east.
pub(super) const ROWS_COLS: [usize; 2] = [14, 16];

/// Edge of a cell, m.
pub(super) const CELL_M: f64 = 30.0;

/// Rock in the ground, a row of cells.
const ROCK_ROW: usize = 11;

/// The landscape's north-western corner, m east and north; the fire's middle lies 240 m and 210 m from it.
const CORNER_M: [f64; 2] = [270_225.0, 3_820_644.0];

/// Radius of the disc that burns at first, m.
pub(super) const RADIUS_M: f32 = 60.0;

/// Grass on uneven ground under a few trees, a row of rock, and a model of its own.
pub(super) fn landscape() -> Landscape {
    let [rows, cols] = ROWS_COLS;
    let shape = GridShape { rows, cols, cell_size_m: CELL_M, west_m: CORNER_M[0], north_m: CORNER_M[1] };
    let layer = |of: fn(usize) -> f32| (0..shape.len()).map(of).collect::<Vec<f32>>();
    let bed = FuelModel::standard(102).and_then(FuelModel::fuel).cloned();
    let own = FuelModel::new(30, "OWN".to_owned(), "a meadow".to_owned(), bed).unwrap();
    let mut fuel = vec![1; shape.len()];
    fuel[shape.index(ROCK_ROW, 0)..shape.index(ROCK_ROW + 1, 0)].fill(99);
    fuel[3] = 30;
    Landscape {
        frame: LocalFrame::utm(11, false),
        shape,
        terrain: Terrain::flat(shape.len())
            .with_elevation_m(&layer(|at| 100.0 + (at % 7) as f32))
            .with_rise(&layer(|at| (at % 5) as f32 * 0.125), &layer(|_| 0.25)),
        fuel,
        fuel_models: Arc::new(FuelModels::standard().with([own])),
        canopy: Some(
            Canopy::bare(shape.len())
                .with_cover(&layer(|at| if at % 3 == 0 { 0.5 } else { 0.0 }))
                .with_height_m(&layer(|_| 12.0))
                .with_base_height_m(&layer(|_| 1.5))
                .with_bulk_density_kg_m3(&layer(|_| 0.125)),
        ),
    }
}

/// Two hours over four coarse cells.
pub(super) fn weather() -> WeatherSeries {
    let shape =
        GridShape { rows: 2, cols: 2, cell_size_m: 1_000.0, west_m: CORNER_M[0], north_m: CORNER_M[1] };
    let cell = |wind_10m_east_m_s: f64| Weather {
        wind_10m_east_m_s,
        wind_10m_north_m_s: -1.0,
        moisture: FuelMoisture {
            dead: DeadFuelMoisture { one_hour: 0.06, ten_hour: 0.07, hundred_hour: 0.08 },
            live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
        },
    };
    let step = |hour: i64| WeatherStep {
        valid_at: seeded_at() + SignedDuration::from_hours(hour),
        cells: (0..4).map(|at| cell((hour + at) as f64)).collect(),
    };
    WeatherSeries {
        frame: LocalFrame::utm(11, false),
        shape,
        steps: vec![step(0), step(1)],
        terrain_bends_wind: true,
    }
}

/// A disc that burns, ground and a line that were mapped, and a disc that has gone out.
pub(super) fn seed() -> Seed {
    let place = |lon_deg, lat_deg| LonLat::new(lon_deg, lat_deg).unwrap();
    let disc = |age_s| Ignition {
        position: place(-119.5, 34.5),
        radius_m: RADIUS_M.into(),
        position_sd_m: 20.0,
        gap_m: 100.0,
        age_s,
    };
    let ring = vec![place(-119.5005, 34.5), place(-119.4995, 34.5), place(-119.5, 34.5005)];
    let outline = |shape| MappedPerimeter { shape, position_sd_m: 30.0 };
    Seed {
        seeded_at: seeded_at(),
        burning: vec![disc(0)],
        burned: vec![disc(90_000)],
        outlines: vec![
            outline(MappedShape::Line(ring[..2].to_vec())),
            outline(MappedShape::Area(vec![ring])),
        ],
    }
}

fn seeded_at() -> Timestamp {
    "2024-01-15T15:00:00.5Z".parse().unwrap()
}
