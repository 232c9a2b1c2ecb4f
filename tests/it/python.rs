//! PhysX from another language: a Python program that knows the protocol's file alone, beside our own client.
//!
//! `scripts/python` makes the Python with gRPC that `PHYSX_PYTHON` names. Without it the test is skipped, except where `CI` is set.

use std::process::Command;

use firecore::detection::ClusterId;
use firecore::ensemble::{MemberIndex, PerturbationSettings, RngSeed};
use firecore::geo::{Bounds, LonLat};
use firecore::ignition::{Ignition, MappedPerimeter, MappedShape, Seed};
use firecore::landscape::{Landscape, Terrain};
use firecore::spread::Physics;
use firecore::weather::WeatherStep;
use guira::inputs::{ConfiguredInputs, InputSettings};
use guira::simulate::wire::proto::phys_x_sim_client::PhysXSimClient;
use guira::simulate::wire::{ground, proto, seed, weather};
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tonic::transport::Endpoint;

use crate::physx::rig::Process;

/// Simulated time, s.
const HORIZON_S: u32 = 3 * 3600;

/// A member over hills with trees, in a wind that turns, from a detection and a mapped line.
fn request() -> proto::RunSimulationRequest {
    let seeded_at: Timestamp = "2024-08-15T21:00:00.5Z".parse().unwrap();
    let place = |lon_deg, lat_deg| LonLat::new(lon_deg, lat_deg).unwrap();
    let area = Bounds { west_deg: -119.51, south_deg: 34.5, east_deg: -119.5, north_deg: 34.51 };
    let settings = InputSettings { reach_m: 3_000.0, ..InputSettings::default() };
    let inputs = ConfiguredInputs::new(settings).fetch_blocking(&area, seeded_at, HORIZON_S).unwrap();
    let cells = inputs.landscape.shape.len();
    let wave = |scale: f32| (0..cells).map(|at| scale * (at as f32 * 0.01).sin()).collect::<Vec<f32>>();
    let ground = Landscape {
        terrain: Terrain::flat(cells).with_elevation_m(&wave(100.0)).with_rise(&wave(0.2), &wave(-0.1)),
        ..Landscape::clone(&inputs.landscape)
    };
    let mut air = inputs.weather.as_ref().clone();
    let mut cells = air.steps[0].cells.clone();
    cells.iter_mut().for_each(|cell| cell.wind_10m_north_m_s += 4.0);
    air.steps.push(WeatherStep { valid_at: seeded_at + SignedDuration::from_hours(1), cells });
    let disc = Ignition {
        position: place(-119.505, 34.505),
        radius_m: 187.5,
        position_sd_m: 60.0,
        gap_m: 400.0,
        age_s: 600,
    };
    let line = MappedShape::Line(vec![place(-119.512, 34.500), place(-119.510, 34.503)]);
    let seed = Seed {
        seeded_at,
        burning: vec![disc],
        burned: vec![],
        outlines: vec![MappedPerimeter { shape: line, position_sd_m: 30.0 }],
    };
    let rng_seed =
        RngSeed { cluster: ClusterId(uuid::Uuid::from_u128(7)), version: 3, member: MemberIndex(5) };
    let draws = seed::rng_seed_to_wire(&rng_seed, &PerturbationSettings::default());
    proto::RunSimulationRequest {
        scenario: Some(proto::Scenario {
            seed: Some(seed::seed_to_wire(&seed)),
            physics: Some(weather::physics_to_wire(&Physics::default())),
            horizon_s: HORIZON_S,
            outputs: vec![proto::Output::FirelineIntensity.into()],
            priority: 1,
            ground: Some(proto::scenario::Ground::Landscape(ground::landscape_to_wire(&ground))),
            air: Some(proto::scenario::Air::Weather(weather::weather_to_wire(&air))),
        }),
        draws: Some(proto::run_simulation_request::Draws::RngSeed(draws)),
        member: 5,
        time_limit_ms: 0,
    }
}

async fn by_our_own_client(address: &str, request: proto::RunSimulationRequest) -> proto::MemberResult {
    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let mut client = PhysXSimClient::new(channel).max_decoding_message_size(usize::MAX);
    client.run_simulation(request).await.unwrap().into_inner().result.unwrap()
}

fn by_python(python: &str, address: &str, request: &proto::RunSimulationRequest) -> Value {
    let root = env!("CARGO_MANIFEST_DIR");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.binpb");
    std::fs::write(&file, request.encode_to_vec()).unwrap();
    let said = Command::new(python)
        .arg(format!("{root}/tests/python/physx_client.py"))
        .args([address, &format!("{root}/proto/physx.proto")])
        .arg(&file)
        // What it generates goes with the test.
        .env("TMPDIR", folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).unwrap()
}

#[tokio::test]
async fn a_python_program_that_knows_the_protocol_alone_gets_the_same_bytes() {
    let Some(python) = std::env::var("PHYSX_PYTHON").ok().filter(|path| !path.is_empty()) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "needed PHYSX_PYTHON, which scripts/python prints, found none"
        );
        eprintln!(
            "skipped: PHYSX_PYTHON names no Python with gRPC; scripts/python makes one and prints its path"
        );
        return;
    };
    let (server, request) = (Process::start(&["--threads", "1"]), request());
    let address = server.address.to_string();
    let theirs = by_python(&python, &address, &request);
    let ours = by_our_own_client(&address, request).await;
    let arrival = ours.arrival.unwrap();
    let sha = |bytes: &[u8]| guira::simulate::wire::hex(&Sha256::digest(bytes));
    let burned = ours.statistics.unwrap().burned_cells;
    assert!(burned > 100 && arrival.fireline_intensity_kw_m_f32.len() == arrival.arrival_s_f32.len());
    let expected = json!({
        "health": "SERVING",
        "methods": ["Describe", "PutInput", "RunEnsemble", "RunSimulation"],
        "model": "guira",
        "version": env!("CARGO_PKG_VERSION"),
        "member": 5,
        "window": [arrival.first_row, arrival.first_col, arrival.rows, arrival.cols],
        "arrival_s_sha256": sha(&arrival.arrival_s_f32),
        "fireline_intensity_kw_m_sha256": sha(&arrival.fireline_intensity_kw_m_f32),
        "span_first_col": arrival.span_first_col,
        "span_cols": arrival.span_cols,
        "burned_cells": burned,
        "fireline_intensity_kw_m_max": theirs["fireline_intensity_kw_m_max"],
    });
    assert_eq!(theirs, expected);
    assert!(theirs["fireline_intensity_kw_m_max"].as_f64().unwrap() > 10.0, "{theirs}");
}
