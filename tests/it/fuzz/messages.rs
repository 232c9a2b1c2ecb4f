//! Valid messages of each kind, small, and the same on every machine.

use firecore::detection::ClusterId;
use firecore::ensemble::{MemberIndex, PerturbationSettings, RngSeed};
use firecore::grid::{Grid, GridShape};
use firecore::ignition::Perturbation;
use firecore::landscape::Landscape;
use firecore::spread::{ArrivalTimes, NoSpread, Physics};
use guira::simulate::wire::{ground, proto, seed as seeds, tile, weather as air};
use prost::Message;

use super::taken::Kind;
use super::world::{CELL_M, HORIZON_S, RADIUS_M, ROWS_COLS, landscape, seed, weather};

/// How fast the messages' fire spreads, m/s.
const RATE_M_S: f32 = 0.3;

/// Of each kind of request the whole and what is special.
pub(super) fn requests() -> Vec<(Kind, Vec<u8>)> {
    let put = |name: u8| bytes::Bytes::from(vec![name; 32]);
    let (ground, weather) = (ground::landscape_to_wire(&landscape()), air::weather_to_wire(&weather()));
    let sent = scenario(
        proto::scenario::Ground::Landscape(ground.clone()),
        proto::scenario::Air::Weather(weather.clone()),
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
        (Kind::Landscape, ground.encode_to_vec()),
        (Kind::Weather, weather.encode_to_vec()),
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
    let [row_middle, col_middle] = ROWS_COLS.map(|cells| cells as f32 / 2.0);
    let time_s = |at: usize| {
        let [north, east] =
            [(at / shape.cols) as f32 + 0.5 - row_middle, (at % shape.cols) as f32 + 0.5 - col_middle];
        let far_m = CELL_M as f32 * (north * north + east * east).sqrt();
        let time_s = (far_m - RADIUS_M) / RATE_M_S;
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
