//! A store that fails or falls silent, one method after the other, or is full: who notices, and what goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::StatusCode;
use guira::engine::RequestStatus;
use guira::engine::board::ClusterState;
use guira::engine::fault::Victim;
use guira::settings::{HttpSettings, StoreSettings};
use guira::store::Store;
use guira::store::memory::MemoryStore;
use serde_json::json;
use tokio::time::Instant;

use crate::support::forgetful::{Call, Fault, Forgetful};
use crate::support::{Setup, detection, in_time};

const HERE: (f64, f64) = (-120.0, 38.0);
const ELSEWHERE: (f64, f64) = (-110.0, 38.0);

#[tokio::test(start_paused = true)]
async fn a_fire_that_cannot_be_read_back_at_first_is_read_back_later() {
    for call in [Call::Records, Call::SetAside, Call::Forecast] {
        for fault in [Fault::Err, Fault::KeepSilent] {
            let store = Forgetful::new();
            let service = store.start().await;
            service.settle(&[detection(HERE.0, HERE.1), detection(HERE.0 + 0.001, HERE.1)]).await;
            store.spoil(call, fault, 2);
            assert_eq!(service.engine.kill(Victim::Clusters), 1);
            service
                .until(|board| {
                    let fire = &board.all()[0];
                    fire.state == ClusterState::Active
                        && fire.forecast.as_ref().unwrap().forecast.plan.version == 2
                })
                .await;
            assert!(!store.is_to_spoil(call), "{call:?} {fault:?}");
            let fire = service.engine.board().all().remove(0);
            assert_eq!((fire.detection_count, &fire.staleness), (2, &None));
            assert_eq!(fire.forecast.as_ref().unwrap().forecast.plan.detection_count, 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_put_aside_at_first_is_put_aside_later() {
    let crashes = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&crashes);
    let on_record = move |detection: &firecore::detection::Detection| {
        if detection.producer_id() == Some("poison") {
            count.fetch_add(1, Ordering::Relaxed);
            panic!("poison");
        }
    };
    let store = Forgetful::new();
    store.spoil(Call::PutAside, Fault::Err, 1);
    let service = Setup { on_record: Some(Arc::new(on_record)), ..store.setup() }.start().await;
    let mut poison = detection(HERE.0, HERE.1);
    poison["id"] = json!("poison");
    let view = service.settle(&[poison, detection(HERE.0 + 0.001, HERE.1)]).await;
    assert_eq!((view.status, view.clusters[0].0.detection_count), (RequestStatus::Completed, 1));
    assert_eq!(store.set_aside(view.clusters[0].0.id).await.unwrap().len(), 1);
    assert_eq!(store.calls(Call::PutAside), 2);
    // Once in the batch, three times before the first try, and three times before the second one.
    assert_eq!(crashes.load(Ordering::Relaxed), 7);
}

#[tokio::test(start_paused = true)]
async fn a_forecast_that_cannot_be_kept_is_shown() {
    for fault in [Fault::Err, Fault::KeepSilent] {
        let store = Forgetful::new();
        store.spoil(Call::SaveForecast, fault, 1);
        let service = store.start().await;
        let scheduled = service.schedule(&[detection(HERE.0, HERE.1)]).await;
        let view = service.settled(&scheduled).await;
        assert_eq!(view.status, RequestStatus::Completed);
        let id = view.clusters[0].0.id;
        if fault == Fault::Err {
            assert!(store.forecast(id).await.unwrap().is_none(), "it was not kept");
        }
        assert_eq!(view.clusters[0].0.forecast.as_ref().unwrap().forecast.plan.version, 1);
        let path = format!("/forecast/{}", scheduled["request_id"].as_str().unwrap());
        let answer = service.get(&path).await.json();
        assert_eq!(
            (&answer["status"], &answer["clusters"][0]["forecast_version"]),
            (&json!("completed"), &json!(1))
        );
        assert_eq!(answer["geojson"]["features"].as_array().unwrap().len(), 15);
        assert_eq!(service.get(&format!("/clusters/{id}/forecast")).await.json()["version"], 1);
        // A fire that crashes after that goes on from what the board shows.
        service.engine.kill(Victim::Clusters);
        service.until(|board| board.get(id).unwrap().plan.as_ref().unwrap().version == 2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_whose_journal_cannot_be_read_ends() {
    for (call, fault) in [
        (Call::Journal, Fault::Err),
        (Call::Journal, Fault::KeepSilent),
        (Call::Forecasts, Fault::Err),
        (Call::SetAside, Fault::KeepSilent),
    ] {
        let store = Forgetful::new();
        store.start().await.settle(&[detection(HERE.0, HERE.1)]).await;
        store.spoil(call, fault, 1);
        let service = store.start().await;
        in_time("end of the engine", service.engine.ended()).await;
        assert!(!service.engine.is_running());
        assert_eq!(service.get("/health").await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_read_is_an_error_without_the_reason() {
    let store = Forgetful::new();
    let service = store.start().await;
    let scheduled = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    service.settled(&scheduled).await;
    store.spoil(Call::Request, Fault::Err, 1);
    let path = format!("/forecast/{}", scheduled["request_id"].as_str().unwrap());
    let answer = service.get(&path).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.json()["type"], "urn:guira:problem:internal");
    assert!(!answer.text.contains("77 s") && !answer.text.contains("store"), "{}", answer.text);
    assert_eq!(service.get(&path).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_given_up_before_the_stores_own_time() {
    let store = Forgetful::new();
    let http = HttpSettings { answer_s_max: 1, ..HttpSettings::default() };
    let service = Setup { http, ..store.setup() }.start().await;
    store.spoil(Call::Append, Fault::KeepSilent, 1);
    let body = json!({"detections": [detection(HERE.0, HERE.1)]}).to_string();
    let before = Instant::now();
    let answer = service.post("/schedule", body.clone()).await;
    assert_eq!((answer.status, before.elapsed().as_secs()), (StatusCode::GATEWAY_TIMEOUT, 1));
    assert_eq!(answer.json()["type"], "urn:guira:problem:timed-out");
    // The supervisor still waits for the store, for the rest of its 10 s: meanwhile nothing else is answered.
    let answer = service.post("/schedule", body.clone()).await;
    assert_eq!((answer.status, before.elapsed().as_secs()), (StatusCode::GATEWAY_TIMEOUT, 2));
    tokio::time::sleep_until(before + std::time::Duration::from_secs(11)).await;
    let answer = service.post("/schedule", body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    assert_eq!(answer.json()["dispositions"][0]["status"], "duplicate");
    let scheduled = answer.json();
    store.spoil(Call::Request, Fault::KeepSilent, 1);
    let asked = service.get(&format!("/forecast/{}", scheduled["request_id"].as_str().unwrap())).await;
    assert_eq!(
        (asked.status, &asked.json()["detail"]),
        (StatusCode::GATEWAY_TIMEOUT, &json!("nothing was changed by it: ask again"))
    );
}

#[tokio::test(start_paused = true)]
async fn the_health_says_whether_the_store_answers() {
    let store = Forgetful::new();
    let service = store.start().await;
    for (fault, status) in [(Some(Fault::Err), "failed"), (Some(Fault::KeepSilent), "silent"), (None, "ok")] {
        if let Some(fault) = fault {
            store.spoil(Call::Request, fault, 1);
        }
        assert_eq!(service.get("/health").await.json()["components"]["store"]["status"], status);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_full_store_refuses_was_never_there() {
    let store =
        MemoryStore::new(StoreSettings { detections_max: 1, requests_max: 10, ..StoreSettings::default() });
    let service = Setup { store: Some(Arc::new(store)), ..Setup::new() }.start().await;
    let two = json!({"detections": [detection(HERE.0, HERE.1), detection(ELSEWHERE.0, ELSEWHERE.1)]});
    let refused = service.post("/schedule", two.to_string()).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(refused.headers["retry-after"], "60");
    assert!(service.engine.board().is_empty());
    let answer = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    assert_eq!(answer["dispositions"][0]["status"], "accepted");
    assert_eq!(service.settled(&answer).await.status, RequestStatus::Completed);
}

/// Batches that come at once are stored together; where there is no room for all of them, each has what room there is.
#[tokio::test(start_paused = true)]
async fn a_batch_that_is_too_large_keeps_none_out_that_came_with_it() {
    let store =
        MemoryStore::new(StoreSettings { detections_max: 1, requests_max: 10, ..StoreSettings::default() });
    let service = Setup { store: Some(Arc::new(store)), ..Setup::new() }.start().await;
    let one = json!({"detections": [detection(HERE.0, HERE.1)]}).to_string();
    let two = json!({"detections": [detection(1.0, 1.0), detection(ELSEWHERE.0, ELSEWHERE.1)]}).to_string();
    let (first, refused, again) = tokio::join!(
        service.post("/schedule", one.clone()),
        service.post("/schedule", two),
        service.post("/schedule", one)
    );
    assert_eq!([first.status, refused.status, again.status].map(|status| status.as_u16()), [202, 503, 202]);
    assert_eq!(first.json()["dispositions"][0]["status"], "accepted");
    assert_eq!(again.json()["dispositions"][0]["status"], "duplicate");
    assert_eq!(service.settled(&first.json()).await.status, RequestStatus::Completed);
    assert_eq!(service.engine.board().len(), 1);
}
