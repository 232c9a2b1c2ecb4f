//! Embers over a river: by `spread` itself, with Rothermel's rates and drawn embers.

use std::error::Error;
use std::f64::consts::TAU;
use std::sync::Arc;

use firecore::geo::{EastNorth, LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::ignition::{Ignition, Perturbation, Seed};
use firecore::landscape::{Landscape, Terrain};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::perimeter::{Field, Tolerance, outlines};
use firecore::spread::{ArrivalTimes, EmberSettings, Physics, StopToken, spread};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};

use super::fire::square;
use super::picture::{Arrow, Cover, Isochrone, Mark, Picture};

const CELLS: usize = 170;
const CELL_M: f64 = 30.0;
const POINT: [f64; 2] = [700.0, 2000.0];
const RADIUS_M: f64 = 250.0;
/// High-load dry shrub of Scott and Burgan (2005), and open water.
const SHRUB: u8 = 145;
const WATER: u8 = 98;
const WIND_M_S: f64 = 11.0;
const TOWARD_DEG: f64 = 85.0;
const RIVER_M: f64 = 120.0;
const MINUTES: [f64; 6] = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0];
const HORIZON_S: u32 = 60 * 60;
const EMBER_KEY: u64 = 4;

/// The grid's south-western corner in its UTM zone, m: the picture's metres begin there.
const CORNER_M: [f64; 2] = [300_000.0, 3_800_000.0];

/// How far east of the middle of a winding river a place lies, m.
fn from_river_m([east_m, north_m]: [f64; 2]) -> f64 {
    let south_m = CELLS as f64 * CELL_M - north_m;
    east_m - 2100.0 - 220.0 * (TAU * south_m / 3600.0).sin() - 0.06 * south_m
}

fn is_river(place: [f64; 2]) -> bool {
    from_river_m(place).abs() < 0.5 * RIVER_M
}

pub(crate) fn picture() -> Result<Picture, Box<dyn Error>> {
    let frame = LocalFrame::at(LonLat::new(-119.0, 34.5)?);
    let grid = square(CELLS, CELL_M);
    let shape = GridShape { west_m: CORNER_M[0] + grid.west_m, north_m: CORNER_M[1] + grid.north_m, ..grid };
    let landscape = landscape(frame, shape);
    let place = EastNorth { east_m: CORNER_M[0] + POINT[0], north_m: CORNER_M[1] + POINT[1] };
    let seed = Seed {
        seeded_at: "2026-08-01T20:00:00Z".parse()?,
        burning: vec![Ignition {
            position: landscape.frame.to_lon_lat(place),
            radius_m: RADIUS_M,
            position_sd_m: 0.0,
            gap_m: 0.0,
            age_s: 0,
        }],
        burned: vec![],
        outlines: Vec::new(),
    };
    let physics = Physics { crown_fire: None, ..Physics::default() };
    let member = Perturbation { ember_key: EMBER_KEY, ..Perturbation::NONE };
    let weather = weather(&landscape, &seed);
    let grow = |physics: &Physics| {
        spread(&seed, &member, physics, &landscape, &weather, HORIZON_S, &StopToken::default())
    };
    let fire = grow(&physics)?;
    let alone = grow(&Physics { embers: None, ..physics })?;
    Ok(of_fire(&fire, &alone))
}

fn landscape(frame: LocalFrame, shape: GridShape) -> Landscape {
    let fuel = |at| if is_river(middle(&here(&shape), at)) { WATER } else { SHRUB };
    Landscape {
        frame,
        shape,
        terrain: Terrain::flat(shape.len()),
        fuel: (0..shape.len()).map(fuel).collect(),
        fuel_models: Arc::default(),
        canopy: None,
    }
}

/// One wind for all of the fire.
fn weather(landscape: &Landscape, seed: &Seed) -> WeatherSeries {
    let (east, north) = TOWARD_DEG.to_radians().sin_cos();
    let weather = Weather {
        wind_10m_east_m_s: WIND_M_S * east,
        wind_10m_north_m_s: WIND_M_S * north,
        moisture: FuelMoisture {
            dead: DeadFuelMoisture { one_hour: 0.04, ten_hour: 0.05, hundred_hour: 0.06 },
            live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
        },
    };
    WeatherSeries {
        frame: landscape.frame.clone(),
        shape: GridShape { rows: 1, cols: 1, cell_size_m: CELLS as f64 * CELL_M, ..landscape.shape },
        steps: vec![WeatherStep { valid_at: seed.seeded_at, cells: vec![weather] }],
        terrain_bends_wind: false,
    }
}

/// A shape in the picture's metres.
fn here(shape: &GridShape) -> GridShape {
    GridShape { west_m: shape.west_m - CORNER_M[0], north_m: shape.north_m - CORNER_M[1], ..*shape }
}

/// The middle of a cell by its place in a grid's vectors.
fn middle(shape: &GridShape, at: usize) -> [f64; 2] {
    let centre = shape.centre(at / shape.cols, at % shape.cols);
    [centre.east_m, centre.north_m]
}

/// Cells beyond the river that burn in time.
fn burned_beyond(fire: &ArrivalTimes) -> usize {
    let shape = here(&fire.arrival_s.shape);
    let burned = |at: &usize| fire.arrival_s.cells[*at] <= HORIZON_S as f32;
    (0..shape.len()).filter(burned).filter(|at| from_river_m(middle(&shape, *at)) > 0.0).count()
}

/// Cells that burn after the start and before all cells around them: what else than an ember set fire to them.
fn set_by_embers(fire: &ArrivalTimes) -> Vec<[f64; 2]> {
    let shape = here(&fire.arrival_s.shape);
    let time_s = |row: usize, col: usize| fire.arrival_s.cells[shape.index(row, col)];
    let mut places = Vec::new();
    for row in 1..shape.rows.saturating_sub(1) {
        for col in 1..shape.cols.saturating_sub(1) {
            let own_s = time_s(row, col);
            let around = (row - 1..=row + 1).flat_map(|row| (col - 1..=col + 1).map(move |col| (row, col)));
            let first = around.filter(|cell| *cell != (row, col)).all(|(row, col)| time_s(row, col) > own_s);
            if own_s > 0.0 && own_s <= HORIZON_S as f32 && first {
                places.push(middle(&shape, shape.index(row, col)));
            }
        }
    }
    // The cell that the fire began in is the first of its neighbourhood, too.
    places.retain(|place| (place[0] - POINT[0]).hypot(place[1] - POINT[1]) > RADIUS_M + 2.0 * CELL_M);
    places
}

fn of_fire(fire: &ArrivalTimes, alone: &ArrivalTimes) -> Picture {
    let window = here(&fire.arrival_s.shape);
    let field = Field { shape: &window, arrival_s: &fire.arrival_s.cells, burnable: &fire.burnable };
    let levels: Vec<_> = MINUTES.iter().map(|minute| (field, (minute * 60.0) as f32)).collect();
    let spots = set_by_embers(fire);
    let beyond = spots.iter().filter(|place| from_river_m(**place) > 0.0).count();
    let shape = square(CELLS, CELL_M);
    let cover = |at| if is_river(middle(&shape, at)) { Cover::Water } else { Cover::Shrub };
    let mut marks: Vec<Mark> = spots.iter().map(|place| Mark::Spot(*place)).collect();
    marks.push(Mark::Point(POINT));
    Picture {
        title: "Embers over a river".to_owned(),
        shape,
        cover: (0..shape.len()).map(cover).collect(),
        isochrones: Isochrone::each(&MINUTES, outlines(&levels, Tolerance::default()), |minute| {
            format!("{minute} min")
        }),
        label_ways: vec![[1.0, 0.05]],
        label_from: POINT,
        exact: Vec::new(),
        exact_name: "",
        marks,
        arrows: vec![Arrow::wind(TOWARD_DEG, "wind")],
        caption: vec![
            format!(
                "Shrub (SH5) on level ground, dead fuel at 4, 5 and 6 %, live fuel at 60 and 90 %; wind {WIND_M_S} m/s at 10 m. The fire begins on a disc of {RADIUS_M} m; the river is {RIVER_M} m wide."
            ),
            format!(
                "{} embers for each GJ, the draws of key {EMBER_KEY}: {} cells take fire from an ember before the front comes, {beyond} of them beyond the river,",
                EmberSettings::default().per_gj,
                spots.len(),
            ),
            format!(
                "where {} cells of {CELL_M} m burn by the last line. Without embers: {}.",
                burned_beyond(fire),
                burned_beyond(alone),
            ),
        ],
    }
}
