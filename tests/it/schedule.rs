//! `POST /schedule`: what is accepted, what is refused, and the door's bound.

use axum::http::StatusCode;
use firecore::strategy::Method;
use guira::components::Components;
use guira::settings::{DataDir, EngineSettings, HttpSettings, Settings};
use serde_json::json;

use crate::support::{Setup, TestService, detection};

#[tokio::test(start_paused = true)]
async fn the_documented_request_gets_the_documented_answer() {
    let service = TestService::start().await;
    let body = json!({
        "detections": [
            {"source": "satellite", "latitude": 37.7749, "longitude": -122.4194, "confidence": 0.95,
             "timestamp": "2024-01-15T14:30:00Z"},
            {"source": "ground_sensor", "latitude": 38.5, "longitude": -121.5, "confidence": 0.8,
             "timestamp": "2024-01-15T14:31:00Z", "temperature": 85.5, "smoke_density": 0.75},
        ],
        "priority": "high",
    });
    let answer = service.post("/schedule", body.to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let json = answer.json();
    assert_eq!(json["status"], "scheduled");
    assert_eq!(json["message"], "Scheduled 2 simulation(s) for processing");
    assert_eq!(json["cluster_ids"].as_array().unwrap().len(), 2);
    assert_eq!(json["dispositions"][1]["status"], "accepted");
    assert_eq!(json["dispositions"][1]["index"], 1);
    assert!(json["request_id"].as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    // Before the first forecast there is no estimate but a note; on a busy machine the first may have come already.
    assert_eq!(json["estimated_completion_time"].is_null(), json["estimate_note"].is_string());
}

#[tokio::test(start_paused = true)]
async fn one_bad_row_does_not_sink_a_batch() {
    let service = TestService::start().await;
    let answer = service.schedule(&[detection(-120.0, 38.0), detection(-120.0, 95.0)]).await;
    assert_eq!(answer["dispositions"][0]["status"], "accepted");
    assert_eq!(answer["dispositions"][1]["status"], "rejected");
    assert_eq!(answer["dispositions"][1]["pointer"], "/detections/1/latitude");
    assert!(answer["dispositions"][1]["reason"].as_str().unwrap().contains("95"));
}

#[tokio::test(start_paused = true)]
async fn strict_takes_all_or_nothing() {
    let service = TestService::start().await;
    let rows = json!({"detections": [detection(-120.0, 38.0), detection(-120.0, 95.0)]}).to_string();
    let answer = service.post("/schedule?strict=true", rows).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/detections/1/latitude");
    assert!(service.engine.board().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_bad_rows_only_is_refused_with_every_pointer() {
    let service = TestService::start().await;
    let rows = json!({"detections": [detection(200.0, 38.0), detection(-120.0, 95.0)]}).to_string();
    let answer = service.post("/schedule", rows).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["errors"][0]["pointer"], "/detections/0/longitude");
    assert_eq!(problem["errors"][1]["pointer"], "/detections/1/latitude");
    assert_eq!(problem["instance"], "/schedule");
    assert_eq!(problem["status"], 422);
}

#[tokio::test(start_paused = true)]
async fn a_detection_sent_again_is_a_duplicate_of_the_same_fire() {
    let service = TestService::start().await;
    let first = service.schedule(&[detection(-120.0, 38.0)]).await;
    let again = service.schedule(&[detection(-120.0, 38.0), detection(-120.0, 38.0)]).await;
    assert_eq!(again["dispositions"][0]["status"], "duplicate");
    assert_eq!(again["dispositions"][1]["status"], "duplicate");
    assert_eq!(again["cluster_ids"], first["cluster_ids"]);
    assert_eq!(again["message"], "Scheduled 0 simulation(s) for processing");
}

#[tokio::test(start_paused = true)]
async fn the_estimate_comes_from_finished_forecasts() {
    let service = TestService::start().await;
    service.settle(&[detection(-120.0, 38.0)]).await;
    let answer = service.schedule(&[detection(-110.0, 38.0)]).await;
    assert!(answer["estimated_completion_time"].as_str().unwrap() >= "2024-01-15T15:00:00");
    assert!(answer.get("estimate_note").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_full_door_refuses_with_retry_after_and_takes_nothing() {
    let setup = Setup::new();
    let engine = EngineSettings { batches_in_flight_max: 1, ..setup.engine.clone() };
    let service = Setup { engine, ..setup }.start().await;
    let body = |lat| json!({"detections": [detection(-120.0, lat)]}).to_string();
    let (first, second) =
        tokio::join!(service.post("/schedule", body(38.0)), service.post("/schedule", body(39.0)));
    assert_eq!(first.status, StatusCode::ACCEPTED);
    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(second.headers["retry-after"], "1");
    assert_eq!(service.post("/schedule", body(39.0)).await.status, StatusCode::ACCEPTED);
}

#[tokio::test(start_paused = true)]
async fn too_many_detections_and_too_large_a_body_are_refused() {
    let settings = HttpSettings { detections_max: 2, body_bytes_max: 2_000, ..HttpSettings::default() };
    let service = Setup { http: settings, ..Setup::new() }.start().await;
    let three = json!({"detections": [detection(1.0, 1.0), detection(2.0, 2.0), detection(3.0, 3.0)]});
    let answer = service.post("/schedule", three.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/detections");
    let answer = service.post("/schedule", " ".repeat(2_001)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["errors"][0]["pointer"], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pace_is_measured_before_the_first_forecast() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { data_dir: DataDir(folder.path().to_owned()), ..Settings::default() };
    let components = Components::build(&settings).await.unwrap();
    assert_eq!(components.engine.pace_s(Method::PhysX), None);
    components.measure_pace().await.unwrap();
    for method in [Method::PhysX, Method::Surrogate] {
        assert!(components.engine.pace_s(method).is_some_and(|seconds| seconds > 0.0), "{method}");
    }
    assert!(components.engine.board().is_empty(), "what was measured is no fire of the service");
    components.stop().await;
}
