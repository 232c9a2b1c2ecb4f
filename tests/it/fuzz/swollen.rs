//! Messages of many elements: nearly empty ones are refused before they fill memory, real ones are taken.

use std::future::pending;
use std::num::NonZeroUsize;

use guira::simulate::server::{PhysXServer, ServerOptions};
use guira::simulate::wire::proto::phys_x_sim_client::PhysXSimClient;
use guira::simulate::wire::proto::scenario::{Air, Ground};
use guira::simulate::wire::proto::seed_part::Shape;
use guira::simulate::wire::read::{self, Sent, Unreadable};
use guira::simulate::wire::{ground, proto, weather};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::transport::Endpoint;
use tonic::{Code, Status};

use super::world;

/// Elements of two bytes each.
const MANY: usize = 100_000;

fn asks(
    seed: proto::Seed,
    ground: proto::Landscape,
    air: proto::WeatherSeries,
) -> proto::RunSimulationRequest {
    let scenario = proto::Scenario {
        seed: Some(seed),
        ground: Some(Ground::Landscape(ground)),
        air: Some(Air::Weather(air)),
        ..proto::Scenario::default()
    };
    proto::RunSimulationRequest { scenario: Some(scenario), ..proto::RunSimulationRequest::default() }
}

fn empty_steps() -> proto::WeatherSeries {
    proto::WeatherSeries {
        steps: vec![proto::WeatherStep::default(); MANY],
        ..proto::WeatherSeries::default()
    }
}

fn part(shape: Shape) -> proto::SeedPart {
    proto::SeedPart { shape: Some(shape), ..proto::SeedPart::default() }
}

fn is_swollen<M: Sent>(message: &M) -> bool {
    matches!(read::message::<M>(&message.encode_to_vec()), Err(Unreadable::Swollen { .. }))
}

#[test]
fn elements_that_say_nothing_are_refused_wherever_they_repeat() {
    let nothing = || (proto::Seed::default(), proto::Landscape::default(), proto::WeatherSeries::default());
    let parts = proto::Seed { parts: vec![proto::SeedPart::default(); MANY], ..proto::Seed::default() };
    let polygon = part(Shape::Polygon(proto::Polygon { rings: vec![proto::Ring::default(); MANY] }));
    let rings = proto::Seed { parts: vec![polygon], ..proto::Seed::default() };
    let models = proto::Landscape {
        fuel_models: vec![proto::FuelModel::default(); MANY],
        ..proto::Landscape::default()
    };
    let (seed, ground, air) = nothing();
    for request in [
        asks(parts, ground.clone(), air.clone()),
        asks(rings, ground.clone(), air.clone()),
        asks(seed.clone(), models.clone(), air.clone()),
        asks(seed.clone(), ground.clone(), empty_steps()),
    ] {
        assert!(is_swollen(&request));
        let scenario = request.scenario;
        assert!(is_swollen(&proto::RunEnsembleRequest { scenario, ..proto::RunEnsembleRequest::default() }));
    }
    assert!(is_swollen(&models) && is_swollen(&empty_steps()));
    // Where they repeat a field that stands once, they are one message after all.
    let half = |steps| asks(seed.clone(), ground.clone(), steps).encode_to_vec();
    let halves = [half(empty_steps()), half(empty_steps())].concat();
    assert!(matches!(read::message::<proto::RunSimulationRequest>(&halves), Err(Unreadable::Swollen { .. })));
}

#[test]
fn the_least_that_says_something_is_taken_in_any_number() {
    let far = |at: usize| -120.0 + at as f64 * 1e-5;
    let disc = |at| {
        let middle = Some(proto::Place { lon_deg: far(at), lat_deg: 34.5 });
        part(Shape::Disc(proto::Disc { middle, radius_m: 1.0, gap_m: 0.0 }))
    };
    let triangle = |at| proto::Ring { lon_deg: vec![far(at), far(at), far(at + 1)], lat_deg: vec![34.5; 3] };
    let line = |at| part(Shape::Line(proto::Line { lon_deg: vec![far(at); 2], lat_deg: vec![34.5; 2] }));
    let polygon = part(Shape::Polygon(proto::Polygon { rings: (0..100_000).map(triangle).collect() }));
    let parts = (0..100_000).map(disc).chain((0..100_000).map(line)).chain([polygon]).collect();
    // All codes in use, and a season of one cell's weather.
    let mut landscape = ground::landscape_to_wire(&world::landscape());
    let model = |code| proto::FuelModel { code, ..proto::FuelModel::default() };
    landscape.fuel_models = (1..=255).map(model).collect();
    let mut weather = weather::weather_to_wire(&world::weather());
    let one = |values: &mut Vec<f64>| *values = vec![0.0];
    let step = &mut weather.steps[0];
    for values in [
        &mut step.wind_10m_east_m_s,
        &mut step.wind_10m_north_m_s,
        &mut step.dead_moisture_one_hour,
        &mut step.dead_moisture_ten_hour,
        &mut step.dead_moisture_hundred_hour,
        &mut step.live_moisture_herbaceous,
        &mut step.live_moisture_woody,
    ] {
        one(values);
    }
    let series = proto::WeatherSeries { steps: vec![step.clone(); 10_000], ..weather };
    let seed = proto::Seed { seeded_at: None, parts };
    assert!(read::message::<proto::Landscape>(&landscape.encode_to_vec()).is_ok());
    assert!(read::message::<proto::WeatherSeries>(&series.encode_to_vec()).is_ok());
    for request in [
        asks(seed, proto::Landscape::default(), proto::WeatherSeries::default()),
        asks(proto::Seed::default(), landscape, series),
    ] {
        assert_eq!(read::message::<proto::RunSimulationRequest>(&request.encode_to_vec()).unwrap(), request);
    }
}

#[tokio::test]
async fn a_server_refuses_them_in_a_request_and_in_what_is_put_and_goes_on() {
    let server = PhysXServer::new(ServerOptions::with_threads(NonZeroUsize::MIN)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(server.serve(listener, pending()));
    let channel = Endpoint::from_shared(url).unwrap().connect().await.unwrap();
    let mut client = PhysXSimClient::new(channel);
    let refused = |status: Status| {
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
        assert!(status.message().contains("needed elements that take at most"), "{status}");
    };
    let request = asks(proto::Seed::default(), proto::Landscape::default(), empty_steps());
    refused(client.run_simulation(request).await.unwrap_err());
    let bytes = empty_steps().encode_to_vec();
    let put = proto::PutInputRequest {
        kind: proto::InputKind::Weather.into(),
        sha256: Sha256::digest(&bytes).to_vec().into(),
        size_bytes: bytes.len() as u64,
        piece: bytes.into(),
    };
    refused(client.put_input(futures_util::stream::iter([put])).await.unwrap_err());
    client.describe(proto::DescribeRequest {}).await.unwrap();
}
