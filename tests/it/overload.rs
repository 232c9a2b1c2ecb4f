//! The run queue as users see it: who is replaced in line, what overload leaves out, and what is said about it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use firecore::strategy::Method;
use guira::inputs::assets::index_from_geojson;
use guira::settings::EngineSettings;
use guira::simulate::MemberRequest;
use serde_json::{Value, json};

use crate::support::{Act, Setup, TestService, detection};

async fn runs(service: &TestService) -> Value {
    service.get("/health").await.json()["components"]["engine"]["runs"].clone()
}

#[tokio::test]
async fn a_newer_plan_takes_the_place_of_the_run_in_line() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let ran = Arc::clone(&seen);
    let script = move |request: &MemberRequest| {
        let lon_deg = request.scenario.seed.burning[0].position.lon_deg();
        ran.lock().unwrap().push((lon_deg.round(), request.scenario.version));
        if lon_deg < -121.0 { Act::FinishAfterMs(300) } else { Act::Finish }
    };
    let setup = Setup::new().script(script);
    let engine = EngineSettings { surrogate_runs_max: 1, ..setup.engine.clone() };
    let service = Setup { engine, ..setup }.start().await;
    service.schedule(&[detection(-122.0, 38.0)]).await;
    while runs(&service).await["running"]["surrogate"] != 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    service.schedule(&[detection(-120.0, 38.0)]).await;
    while runs(&service).await["waiting"]["low"] != 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(runs(&service).await["brown_out_level"], 0);
    let view = service.settle(&[detection(-120.001, 38.0)]).await;
    let forecast = view.forecasts().next().unwrap();
    assert_eq!((forecast.plan.version, forecast.plan.detection_count), (2, 2));
    assert!(!seen.lock().unwrap().contains(&(-120.0, 1)), "the older plan had no turn");
}

/// A service whose one PhysX token is kept by the first of the fires along a power line, for its members never answer.
async fn choked() -> TestService {
    let line = json!({"type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": {"asset_id": "l1", "asset_type": "power_line"},
        "geometry": {"type": "LineString", "coordinates": [[-122.1, 38.002], [-120.5, 38.002]]},
    }]});
    let setup = Setup::new().script(|request| match request.scenario.method {
        Method::PhysX => Act::KeepSilent,
        Method::Surrogate => Act::Finish,
    });
    let engine = EngineSettings { runs_max: 1, run_deadline_s: 3_600, ..setup.engine.clone() };
    let assets = index_from_geojson("a line", &line.to_string()).unwrap();
    Setup { engine, assets, ..setup }.start().await
}

/// Forty critical fires, and time until the ladder has come so far.
async fn overload(service: &TestService, level: u64) {
    let fires: Vec<Value> =
        (0..40).map(|number| detection(-122.0 + 0.03 * f64::from(number), 38.0)).collect();
    service.schedule(&fires).await;
    while runs(service).await["brown_out_level"].as_u64() < Some(level) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_forecast_that_overload_holds_is_stale_and_says_why() {
    let service = choked().await;
    let fire = service.settle(&[detection(-110.0, 38.0)]).await.clusters[0].0.id;
    overload(&service, 4).await;
    service.schedule(&[detection(-110.001, 38.0)]).await;
    let held =
        |reason: &str| reason.starts_with("overload (level ") && reason.contains("only critical fires");
    service
        .until(|board| {
            let fire = board.get(fire).unwrap();
            fire.staleness.as_ref().is_some_and(|staleness| held(&staleness.reason))
        })
        .await;
    let shown = service.get(&format!("/clusters/{fire}")).await.json();
    assert_eq!(shown["stale"], true);
    assert!(held(shown["stale_reason"].as_str().unwrap()), "{shown}");
    let forecast = service.get(&format!("/clusters/{fire}/forecast")).await;
    assert_eq!(forecast.status, 200, "the last one stands");
}

/// Forty critical fires whose PhysX members never answer keep the one token, and a low fire's forecast says what that costs it.
#[tokio::test(start_paused = true)]
async fn a_forecast_says_what_overload_left_out_of_it() {
    let service = choked().await;
    overload(&service, 1).await;
    let view = service.settle(&[detection(-110.0, 38.0)]).await;
    let forecast = view.forecasts().next().unwrap();
    assert_eq!((forecast.plan.members, forecast.members_used), (3, 3));
    let said = &forecast.degradations[0];
    assert!(said.starts_with("overload (level ") && said.ends_with("3 members in place of 5"), "{said}");
    assert!(forecast.plan.reason.ends_with(said), "{}", forecast.plan.reason);
}
