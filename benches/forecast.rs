//! From detections handed to the engine to a forecast that is stored and written: what a user waits for.
//!
//! The built-in world, three detections near an asset, 10 PhysX members over 24 h, files included. The world is made before the clock starts, as it is in a service that runs.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use firecore::detection::{Detection, DetectionDraft, Source};
use firecore::geo::Bounds;
use firecore::strategy::Method;
use guira::components::Components;
use guira::engine::Submission;
use guira::settings::{DataDir, Settings};
use jiff::Timestamp;
use tokio::runtime::Runtime;

const PLACES: [(f64, f64); 3] = [(-119.6471, 35.0689), (-119.6448, 35.0706), (-119.6502, 35.0674)];

fn detections() -> Vec<Detection> {
    let at: Timestamp = "2025-08-14T21:36:00Z".parse().expect("a time");
    let detection = |(lon_deg, lat_deg): (f64, f64)| {
        let mut draft = DetectionDraft::new(Source::Satellite, lon_deg, lat_deg, 0.9, at);
        draft.pixel_size_m = Some(375.0);
        Detection::new(draft, at).expect("a valid detection")
    };
    PLACES.map(detection).to_vec()
}

/// One submission to a fresh engine, until its forecast is there.
async fn submit_to_forecast(settings: &Settings) -> Duration {
    let components = Components::build(settings).await.expect("the components start");
    let detections = detections();
    let seeded_at = detections[0].acquired_at();
    let [west_deg, south_deg, east_deg, north_deg] = [-119.65, 35.06, -119.64, 35.07];
    let area = Bounds { west_deg, south_deg, east_deg, north_deg };
    components.inputs.fetch(area, seeded_at, 86_400).await.expect("the built-in world");
    let start = Instant::now();
    let receipt =
        components.engine.submit(Submission { detections, requested: None }).await.expect("it is taken");
    let view =
        components.engine.settled(receipt.request_id).await.expect("the store answers").expect("it is known");
    let waited = start.elapsed();
    let forecast = view.forecasts().next().expect("a forecast");
    assert_eq!((forecast.plan.method, forecast.members_used), (Method::PhysX, 10));
    components.stop().await;
    waited
}

fn forecasts(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings =
        Settings { demo: true, data_dir: DataDir(folder.path().to_owned()), ..Settings::default() };
    let mut group = criterion.benchmark_group("submit_to_forecast");
    group.sample_size(10);
    group.bench_function("demo_world/10_members/24_h", |bencher| {
        bencher.iter_custom(|rounds| {
            (0..rounds).map(|_| runtime.block_on(submit_to_forecast(&settings))).sum::<Duration>()
        });
    });
    group.finish();
}

criterion_group!(benches, forecasts);
criterion_main!(benches);
