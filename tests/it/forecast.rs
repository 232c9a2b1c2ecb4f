//! From a request to its forecast.

use axum::http::StatusCode;
use guira::engine::RequestStatus;
use serde_json::Value;

use crate::support::{Act, Setup, TestService, detection};

#[tokio::test(start_paused = true)]
async fn a_request_leads_to_a_forecast_with_nested_percentiles() {
    let service = TestService::start().await;
    let scheduled = service.schedule(&[detection(-120.0, 38.0), detection(-120.001, 38.0)]).await;
    let id = scheduled["request_id"].as_str().unwrap();
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Completed);

    let answer = service.get(&format!("/forecast/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let json = answer.json();
    assert_eq!(json["request_id"], id);
    assert_eq!(json["status"], "completed");
    assert_eq!(json["geojson"]["type"], "FeatureCollection");
    let features = json["geojson"]["features"].as_array().unwrap();
    assert_eq!(features.len(), 5 * 3);
    let properties = &features[0]["properties"];
    for name in [
        "method",
        "percentile",
        "lead_time_s",
        "valid_time",
        "cluster_id",
        "detection_count",
        "area_ha",
        "intensity",
        "fireline_intensity_kw_m",
    ] {
        assert!(!properties[name].is_null(), "{name} is missing in {properties}");
    }
    assert_eq!(properties["detection_count"], 2);
    for lead in features.chunks(3) {
        let area = |at: usize| lead[at]["properties"]["area_ha"].as_f64().unwrap();
        assert!(area(0) <= area(1) && area(1) <= area(2), "p10, p50, p90 must grow");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_says_scheduled_then_running() {
    let service = Setup::new().script(|_| Act::KeepSilent).start().await;
    let scheduled = service.schedule(&[detection(-120.0, 38.0)]).await;
    let path = format!("/forecast/{}", scheduled["request_id"].as_str().unwrap());
    let first = service.get(&path).await.json();
    assert!(first["status"] == "scheduled" || first["status"] == "running");
    service
        .until(|board| {
            board.all().iter().any(|fire| fire.progress(1) == guira::engine::board::Progress::Running)
        })
        .await;
    let json = service.get(&path).await.json();
    assert_eq!(json["status"], "running");
    assert_eq!(json["geojson"]["features"], Value::Array(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_request_over_two_fires_is_partial_where_one_of_them_fails() {
    let script = |request: &guira::simulate::MemberRequest| {
        if request.scenario.seed.burning[0].position.lon_deg() < -115.0 { Act::Fail } else { Act::Finish }
    };
    let service = Setup::new().script(script).start().await;
    let view = service.settle(&[detection(-120.0, 38.0), detection(-110.0, 38.0)]).await;
    assert_eq!(view.status, RequestStatus::Partial);
    let json = service.get(&format!("/forecast/{}", view.request.id)).await.json();
    assert_eq!(json["status"], "partial");
    assert_eq!(json["geojson"]["features"].as_array().unwrap().len(), 5 * 3);
    let failed = json["clusters"].as_array().unwrap().iter().find(|one| one["status"] == "failed").unwrap();
    assert!(failed["reason"].as_str().unwrap().contains("no quorum"));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_request_is_not_found_and_a_bad_id_is_refused() {
    let service = TestService::start().await;
    let unknown = service.get("/forecast/00000000-0000-4000-8000-000000000000").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.headers["content-type"], "application/problem+json");
    let bad = service.get("/forecast/latest").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(bad.json()["errors"][0]["pointer"], "request_id");
}
