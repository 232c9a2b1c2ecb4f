//! Valid messages of each kind, small, and the same on every machine.

use std::sync::Arc;

use firecore::detection::ClusterId;
use firecore::ensemble::{MemberIndex, PerturbationSettings, RngSeed};
use firecore::fuel::{FuelModel, FuelModels};
use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::{Grid, GridShape};
use firecore::ignition::{Ignition, MappedPerimeter, MappedShape, Perturbation, Seed};
use firecore::landscape::{Canopy, Landscape};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::{ArrivalTimes, NoSpread, Physics};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use guira::simulate::wire::{ground, proto, seed as seeds, tile, weather as air};
use jiff::{SignedDuration, Timestamp};
use prost::Message;

use super::taken::Kind;

/// Simulated time, s.
pub(super) const HORIZON_S: u32 = 600;

/// Cells from north to south, and from west to east.
const ROWS_COLS: [usize; 2] = [14, 16];

/// Edge of a cell, m.
const CELL_M: f64 = 30.0;

/// Rock in the ground, a row of cells.
const ROCK_ROW: usize = 11;

/// The landscape's north-western corner, m east and north; the fire's middle lies 240 m and 210 m from it.
const CORNER_M: [f64; 2] = [270_225.0, 3_820_644.0];

/// How fast the messages' fire spreads, m/s, and from what radius on, m.
const FIRE: [f32; 2] = [0.3, 60.0];

/// Of each kind of request the whole and what is special.
pub(super) fn requests() -> Vec<(Kind, Vec<u8>)> {
    let put = |name: u8| bytes::Bytes::from(vec![name; 32]);
    let [landscape, weather] = [ground::landscape_to_wire(&landscape()).encode_to_vec(), {
        air::weather_to_wire(&weather()).encode_to_vec()
    }];
    let sent = scenario(
        proto::scenario::Ground::Landscape(ground::landscape_to_wire(&self::landscape())),
        proto::scenario::Air::Weather(air::weather_to_wire(&self::weather())),
    );
    let named = scenario(
        proto::scenario::Ground::LandscapeSha256(put(1)),
        proto::scenario::Air::WeatherSha256(put(2)),
    );
    let shifts = (0..3).map(|at| [f64::from(at), -0.5]).collect();
    let draws =
        Perturbation { wind_turn_rad: 0.1, ember_key: 9, ignition_shift_m: shifts, ..Perturbation::NONE };
    let draws = proto::run_simulation_request::Draws::Perturbation(seeds::perturbation_to_wire(&draws));
    let rng_seed =
        RngSeed { cluster: ClusterId(uuid::Uuid::from_u128(7)), version: 3, member: MemberIndex(5) };
    let rng_seed = seeds::rng_seed_to_wire(&rng_seed, &PerturbationSettings::default());
    let simulation = |scenario: &proto::Scenario, draws| proto::RunSimulationRequest {
        scenario: Some(scenario.clone()),
        draws: Some(draws),
        member: 5,
        time_limit_ms: 1_000,
    };
    let by_rng_seed = proto::run_simulation_request::Draws::RngSeed(rng_seed.clone());
    let ensemble = proto::RunEnsembleRequest {
        scenario: Some(named.clone()),
        rng_seed: Some(rng_seed),
        first_member: 1,
        members: 4,
        time_limit_ms: 0,
    };
    vec![
        (Kind::Simulation, simulation(&sent, draws).encode_to_vec()),
        (Kind::Simulation, simulation(&named, by_rng_seed).encode_to_vec()),
        (Kind::Ensemble, ensemble.encode_to_vec()),
        (Kind::Landscape, landscape),
        (Kind::Weather, weather),
    ]
}

/// A fire, and a reason why there is none.
pub(super) fn responses() -> Vec<Vec<u8>> {
    let landscape = landscape();
    let nothing = GridShape { rows: 0, cols: 0, ..landscape.shape };
    let none = ArrivalTimes {
        arrival_s: Grid { shape: nothing, cells: vec![] },
        fireline_intensity_kw_m: vec![],
        burnable: vec![],
        no_spread: Some(NoSpread::TooWet { codes: "FM1".to_owned(), one_hour: 0.4 }),
        ..fire(&landscape)
    };
    let answer = |arrival: &ArrivalTimes| proto::RunSimulationResponse {
        result: Some(proto::MemberResult {
            member: 5,
            arrival: Some(tile::tile_to_wire(arrival, &landscape, true)),
            statistics: Some(proto::Statistics {
                burned_cells: tile::burned_cells(arrival, HORIZON_S),
                spot_fires: 2,
                embers_refused: 1,
                edge_reached: false,
                waited_ms: 0.5,
                computed_ms: 12.0,
                members_in_hand: 3,
            }),
            no_spread: arrival.no_spread.as_ref().map(tile::no_spread_to_wire),
            provenance: Some(proto::Provenance {
                model: "guira".to_owned(),
                version: "1.0.0".to_owned(),
                instance: "one".to_owned(),
                landscape_sha256: vec![1; 32].into(),
                weather_sha256: vec![2; 32].into(),
            }),
        }),
    };
    [fire(&landscape), none].iter().map(|arrival| answer(arrival).encode_to_vec()).collect()
}

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
        elevation_m: layer(|at| 100.0 + (at % 7) as f32),
        rise_east: layer(|at| (at % 5) as f32 * 0.125),
        rise_north: layer(|_| 0.25),
        fuel,
        fuel_models: Arc::new(FuelModels::standard().with([own])),
        canopy: Some(Canopy {
            cover: layer(|at| if at % 3 == 0 { 0.5 } else { 0.0 }),
            height_m: layer(|_| 12.0),
            base_height_m: layer(|_| 1.5),
            bulk_density_kg_m3: layer(|_| 0.125),
        }),
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
    WeatherSeries { frame: LocalFrame::utm(11, false), shape, steps: vec![step(0), step(1)] }
}

/// A disc that burns, ground and a line that were mapped, and a disc that has gone out.
pub(super) fn seed() -> Seed {
    let place = |lon_deg, lat_deg| LonLat::new(lon_deg, lat_deg).unwrap();
    let disc = |age_s| Ignition {
        position: place(-119.5, 34.5),
        radius_m: FIRE[1].into(),
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

fn scenario(ground: proto::scenario::Ground, air: proto::scenario::Air) -> proto::Scenario {
    proto::Scenario {
        seed: Some(seeds::seed_to_wire(&seed())),
        physics: Some(air::physics_to_wire(&Physics::default())),
        horizon_s: HORIZON_S,
        outputs: vec![proto::Output::FirelineIntensity.into()],
        priority: 3,
        ground: Some(ground),
        air: Some(air),
    }
}

/// Even spread from the disc on, around the rock.
fn fire(landscape: &Landscape) -> ArrivalTimes {
    let shape = landscape.shape;
    let [rate_m_s, radius_m] = FIRE;
    let [row_middle, col_middle] = ROWS_COLS.map(|cells| cells as f32 / 2.0);
    let time_s = |at: usize| {
        let [north, east] =
            [(at / shape.cols) as f32 + 0.5 - row_middle, (at % shape.cols) as f32 + 0.5 - col_middle];
        let far_m = CELL_M as f32 * (north * north + east * east).sqrt();
        let time_s = (far_m - radius_m) / rate_m_s;
        let burns = landscape.fuel[at] != 99 && time_s <= 1.1 * HORIZON_S as f32;
        if burns { time_s } else { f32::INFINITY }
    };
    let cells: Vec<f32> = (0..shape.len()).map(time_s).collect();
    let heat = |time_s: &f32| if *time_s > 0.0 && *time_s <= HORIZON_S as f32 { 500.0 } else { 0.0 };
    ArrivalTimes {
        frame: landscape.frame.clone(),
        fireline_intensity_kw_m: cells.iter().map(heat).collect(),
        arrival_s: Grid { shape, cells },
        burnable: landscape.fuel.iter().map(|code| landscape.fuel_models.burns(*code)).collect(),
        spot_fires: 2,
        embers_refused: 1,
        edge_reached: false,
        no_spread: None,
    }
}
