//! Sixty bodies that are not what `POST /schedule` takes: each is refused by name, and the server lives on.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestService, detection, json_request};

/// A good detection with one field set.
fn with(field: &str, value: Value) -> String {
    let mut row = detection(-120.0, 38.0);
    row[field] = value;
    one(&row)
}

fn without(field: &str) -> String {
    let mut row = detection(-120.0, 38.0);
    row.as_object_mut().unwrap().remove(field);
    one(&row)
}

fn one(row: &Value) -> String {
    json!({ "detections": [row] }).to_string()
}

/// A good body with a piece of its text replaced: for what no JSON value can hold.
fn replaced(from: &str, to: &str) -> String {
    let text = one(&detection(-120.0, 38.0));
    assert!(text.contains(from));
    text.replace(from, to)
}

/// Each body with the pointer that its first fault must have.
fn bodies() -> Vec<(Vec<u8>, &'static str)> {
    let text: Vec<(String, &'static str)> = vec![
        // No JSON at all.
        (String::new(), ""),
        (" ".into(), ""),
        ("hello".into(), ""),
        ("{".into(), ""),
        ("{\"detections\": [".into(), ""),
        ("{\"detections\": [}".into(), ""),
        ("{'detections': []}".into(), ""),
        ("{\"detections\": [],}".into(), ""),
        ("// comment\n{}".into(), ""),
        (format!("{} trailing", one(&detection(1.0, 1.0))), ""),
        ("[".repeat(100_000), ""),
        (format!("{{\"detections\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000)), ""),
        ("{\"a\":".repeat(5_000), ""),
        (replaced("0.95", "NaN"), ""),
        (replaced("0.95", "Infinity"), ""),
        (replaced("0.95", "1e999"), ""),
        (replaced("0.95", "00.5"), ""),
        (replaced("0.95", ".5"), ""),
        (replaced("\"satellite\"", "\"sat\\ud800ellite\""), ""),
        ("\u{feff}{}".into(), ""),
        // JSON, but not the object that is needed.
        ("null".into(), ""),
        ("true".into(), ""),
        ("7".into(), ""),
        ("\"detections\"".into(), ""),
        ("[]".into(), ""),
        (json!([detection(1.0, 1.0)]).to_string(), ""),
        ("{}".into(), "/detections"),
        (json!({"detections": null}).to_string(), "/detections"),
        (json!({"detections": []}).to_string(), "/detections"),
        (json!({"detections": {}}).to_string(), "/detections"),
        (json!({"detections": "all"}).to_string(), "/detections"),
        (json!({"detections": 3}).to_string(), "/detections"),
        (json!({"detection": [detection(1.0, 1.0)]}).to_string(), "/detection"),
        (json!({"detections": [detection(1.0, 1.0)], "extra": 1}).to_string(), "/extra"),
        (json!({"detections": [detection(1.0, 1.0)], "a/b~c": 1}).to_string(), "/a~1b~0c"),
        (json!({"detections": [detection(1.0, 1.0)], "priority": "urgent"}).to_string(), "/priority"),
        (json!({"detections": [detection(1.0, 1.0)], "priority": 1}).to_string(), "/priority"),
        (json!({"detections": vec![0; 20_000]}).to_string(), "/detections"),
        // Rows that are no detections.
        (json!({"detections": [null]}).to_string(), "/detections/0"),
        (json!({"detections": [[]]}).to_string(), "/detections/0"),
        (json!({"detections": ["fire"]}).to_string(), "/detections/0"),
        (json!({"detections": [{}]}).to_string(), "/detections/0/source"),
        (without("source"), "/detections/0/source"),
        (without("latitude"), "/detections/0/latitude"),
        (without("longitude"), "/detections/0/longitude"),
        (without("confidence"), "/detections/0/confidence"),
        (without("timestamp"), "/detections/0/timestamp"),
        (with("source", json!("balloon")), "/detections/0/source"),
        (with("source", json!("x".repeat(1_000_000))), "/detections/0/source"),
        (with("latitude", json!("38")), "/detections/0/latitude"),
        (with("latitude", json!(90.1)), "/detections/0/latitude"),
        (with("longitude", json!(-180.5)), "/detections/0/longitude"),
        (with("confidence", json!(95)), "/detections/0/confidence"),
        (with("confidence", json!(true)), "/detections/0/confidence"),
        (with("timestamp", json!("yesterday")), "/detections/0/timestamp"),
        (with("timestamp", json!("2024-01-15T14:30:00")), "/detections/0/timestamp"),
        (with("timestamp", json!(1_705_329_000)), "/detections/0/timestamp"),
        (with("timestamp", json!("2034-01-15T14:30:00Z")), "/detections/0/timestamp"),
        (with("temperature", json!("hot")), "/detections/0/temperature"),
        (with("smoke_density", json!(1.5)), "/detections/0/smoke_density"),
        (with("frp_mw", json!(-1)), "/detections/0/frp_mw"),
        (with("pixel_size_m", json!(0)), "/detections/0/pixel_size_m"),
        (with("sensor", json!("x".repeat(1_000_000))), "/detections/0/sensor"),
        (with("id", json!("")), "/detections/0/id"),
        (with("id", json!({"a": 1})), "/detections/0/id"),
        (with("lat", json!(38)), "/detections/0/lat"),
        (with(&"k".repeat(100_000), json!(38)), "/detections/0/kkkk"),
    ];
    let bytes: Vec<(Vec<u8>, &'static str)> = vec![
        (vec![0xff, 0xfe, 0x00], ""),
        (b"{\"detections\": [\"\xc3\x28\"]}".to_vec(), ""),
        (vec![0x1f, 0x8b, 0x08, 0x00], ""),
        (vec![0; 1_000], ""),
    ];
    text.into_iter().map(|(text, pointer)| (text.into_bytes(), pointer)).chain(bytes).collect()
}

#[tokio::test(start_paused = true)]
async fn malformed_bodies_are_refused_with_a_pointer_and_the_server_lives_on() {
    let service = TestService::start().await;
    let bodies = bodies();
    assert!(bodies.len() >= 60, "{} bodies", bodies.len());
    for (body, pointer) in bodies {
        let shown: String = String::from_utf8_lossy(&body).chars().take(80).collect();
        let answer = service.post("/schedule", Body::from(body)).await;
        assert!(answer.status.is_client_error(), "{shown}: {}", answer.status);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{shown}");
        assert!(answer.text.len() < 2_000, "{shown}: an answer of {} bytes", answer.text.len());
        let problem = answer.json();
        assert_eq!(problem["status"], answer.status.as_u16(), "{shown}");
        let found = problem["errors"][0]["pointer"].as_str().unwrap_or_else(|| panic!("{shown}: no pointer"));
        match pointer {
            "/detections/0/kkkk" => assert!(found.starts_with(pointer), "{found}"),
            exact => assert_eq!(found, exact, "{shown}: {problem}"),
        }
    }
    assert!(service.engine.board().is_empty());
    service.settle(&[detection(-120.0, 38.0)]).await;
    assert_eq!(service.engine.board().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_said_to_be_json_is_refused() {
    let service = TestService::start().await;
    for said in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("")] {
        let mut request = Request::post("/schedule");
        if let Some(said) = said {
            request = request.header("content-type", said);
        }
        let answer = service.send(request.body(Body::from(one(&detection(1.0, 1.0)))).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{said:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let mut request = json_request(Method::POST, "/schedule", one(&detection(1.0, 1.0)));
    request.headers_mut().insert("content-type", "application/json; charset=utf-8".parse().unwrap());
    assert_eq!(service.send(request).await.status, StatusCode::ACCEPTED);
}

#[tokio::test(start_paused = true)]
async fn a_method_that_a_path_lacks_is_refused_with_those_it_has() {
    let service = TestService::start().await;
    let cases = [
        (Method::GET, "/schedule", "POST"),
        (Method::DELETE, "/clusters", "GET,HEAD"),
        (Method::POST, "/forecast/x", "GET,HEAD"),
        (Method::PUT, "/health", "GET,HEAD"),
    ];
    for (method, path, allowed) in cases {
        let answer = service.send(json_request(method.clone(), path, "{}")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.headers["allow"], allowed, "{method} {path}");
        assert_eq!(answer.json()["instance"], path);
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_parameters_are_refused() {
    let service = TestService::start().await;
    for query in ["strict=yes", "strict", "stric=true", "strict=true&x=1"] {
        let answer = service.post(&format!("/schedule?{query}"), one(&detection(1.0, 1.0))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("strict=true"), "{query}");
    }
}
