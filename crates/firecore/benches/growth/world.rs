//! The made-up ground that fires are timed on: even, and hills under a turning wind.

use std::f64::consts::TAU;
use std::sync::Arc;

use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::ignition::{Ignition, Seed};
use firecore::landscape::{Landscape, Terrain};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::front::{Disc, Ignition as FrontIgnition, Medium, Outline, TravelCost};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};

/// Edge of a cell, m.
pub(crate) const CELL_M: f64 = 30.0;
/// Cells from west to east, and from north to south, of the ground on which a fire of a day is timed.
pub(crate) const CELLS: usize = 800;
/// Rate of spread of the head on even ground, m/s.
pub(crate) const HEADING_M_S: f64 = 0.5;
/// Where it heads on even ground, east and north: along none of the ways between cells that a graph of 32 neighbours has.
pub(crate) const TOWARD: [f64; 2] = [0.8, 0.6];
/// Radius of the disc that burns in [`seed`], m.
pub(crate) const SEED_RADIUS_M: f64 = 190.0;

/// One cost everywhere.
#[derive(Clone, Copy)]
pub(crate) struct Uniform {
    cost: TravelCost,
    /// A cell that does not burn.
    stone: Option<(usize, usize)>,
}

impl Uniform {
    /// The ellipse of a length over its width.
    pub(crate) fn new(length_to_width: f64) -> Self {
        let eccentricity = eccentricity(length_to_width);
        Self { cost: TravelCost::of_ellipse(HEADING_M_S, eccentricity, TOWARD, 5000.0), stone: None }
    }

    /// The same with a stone behind a start in the middle of a grid, from where on the front grows cell by cell.
    pub(crate) fn with_stone(self, shape: &GridShape) -> Self {
        Self { stone: Some((shape.rows / 2, shape.cols / 2 - 1)), ..self }
    }
}

impl Medium for Uniform {
    fn cost(&mut self, _: usize, _: usize, _: usize) -> TravelCost {
        self.cost
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        self.stone != Some((row, col))
    }
}

/// When a fire on even ground is so many cells long from back to head, s.
pub(crate) fn uniform_horizon_s(length_to_width: f64, length_cells: f64) -> f32 {
    (0.5 * length_cells * CELL_M * (1.0 + eccentricity(length_to_width)) / HEADING_M_S) as f32
}

pub(crate) fn eccentricity(length_to_width: f64) -> f64 {
    (1.0 - 1.0 / (length_to_width * length_to_width)).sqrt()
}

fn place() -> LonLat {
    LonLat::new(-119.0, 34.5).expect("a valid place")
}

/// A grid around the place of [`seed`].
pub(crate) fn shape(rows: usize, cols: usize) -> GridShape {
    let centre = LocalFrame::at(place()).to_plane(place());
    GridShape {
        rows,
        cols,
        cell_size_m: CELL_M,
        west_m: centre.east_m - 0.5 * cols as f64 * CELL_M,
        north_m: centre.north_m + 0.5 * rows as f64 * CELL_M,
    }
}

/// A disc, or with a radius of 0 a point, in the middle of a grid.
pub(crate) fn middle(shape: &GridShape, radius_m: f64) -> [FrontIgnition; 1] {
    let half_m = |cells: usize| 0.5 * cells as f64 * shape.cell_size_m;
    let outline = Outline::Disc(Disc { east_m: half_m(shape.cols), south_m: half_m(shape.rows), radius_m });
    [FrontIgnition { outline, begins_s: 0.0 }]
}

/// Waves of terrain and patches of four fuels, which come again every [`CELLS`] cells.
pub(crate) fn hills(cells: usize) -> Landscape {
    let shape = shape(cells, cells);
    let wave = |row: usize, col: usize| {
        let (x, y) = (col as f64 / CELLS as f64 * TAU, row as f64 / CELLS as f64 * TAU);
        (3.0 * x + 1.0).sin() * (4.0 * y).cos() + 0.5 * (11.0 * x + 7.0 * y).sin()
    };
    let places = || (0..cells).flat_map(|row| (0..cells).map(move |col| (row, col)));
    let layer = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f32> {
        places().map(|(row, col)| of(row, col) as f32).collect()
    };
    let rise_east = layer(&|row, col| 8.0 * (wave(row, col + 1) - wave(row, col)));
    let rise_north = layer(&|row, col| 8.0 * (wave(row, col) - wave(row + 1, col)));
    let fuels = [102, 122, 145, 165];
    let patch = |(row, col): (usize, usize)| fuels[((wave(row / 3, col / 3) + 1.6) * 1.2) as usize % 4];
    Landscape {
        terrain: Terrain::flat(shape.len())
            .with_elevation_m(&layer(&|row, col| 200.0 * wave(row, col)))
            .with_rise(&rise_east, &rise_north),
        fuel: places().map(patch).collect(),
        fuel_models: Arc::default(),
        canopy: None,
        frame: LocalFrame::at(place()),
        shape,
    }
}

/// A disc that burns in the middle.
pub(crate) fn seed() -> Seed {
    let ignition =
        Ignition { position: place(), radius_m: SEED_RADIUS_M, position_sd_m: 100.0, gap_m: 0.0, age_s: 0 };
    Seed {
        seeded_at: "2026-08-01T12:00:00Z".parse().expect("a time"),
        burning: vec![ignition],
        burned: vec![],
        outlines: vec![],
    }
}

/// Hours on a coarse grid of 4 x 4, the first at the seed's time.
pub(crate) fn turning_wind(landscape: &Landscape, hours: usize) -> WeatherSeries {
    let step = |hour: usize| {
        let turn = TAU * (0.1 * hour as f64 + 0.4 * (hour as f64).sin() / TAU);
        let cell = |cell: usize| Weather {
            wind_10m_east_m_s: 6.0 * turn.sin() + 0.1 * cell as f64,
            wind_10m_north_m_s: 6.0 * turn.cos(),
            moisture: FuelMoisture {
                dead: DeadFuelMoisture {
                    one_hour: 0.05 + 0.001 * cell as f64,
                    ten_hour: 0.07,
                    hundred_hour: 0.09,
                },
                live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
            },
        };
        WeatherStep {
            valid_at: seed().seeded_at + jiff::SignedDuration::from_hours(hour as i64),
            cells: (0..16).map(cell).collect(),
        }
    };
    let cell_size_m = CELL_M * landscape.shape.cols as f64 / 4.0;
    WeatherSeries {
        frame: landscape.frame.clone(),
        shape: GridShape { rows: 4, cols: 4, cell_size_m, ..landscape.shape },
        steps: (0..hours).map(step).collect(),
        terrain_bends_wind: false,
    }
}
