//! Keys, scopes and the address that a server without keys may take.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use guira::http::auth::{FreshKey, Keys, Scope};
use guira::http::{ListenError, listen};
use jiff::Timestamp;
use serde_json::json;

use crate::support::{Answer, Setup, TestService, detection, json_request};

struct WithKeys {
    service: TestService,
    ingest: FreshKey,
    read: FreshKey,
    expired: FreshKey,
}

async fn with_keys() -> WithKeys {
    let [ingest, read, expired] = [(); 3].map(|()| FreshKey::generate().unwrap());
    let past: Timestamp = "2023-12-31T00:00:00Z".parse().unwrap();
    let entries = [
        ingest.entry("satellites".into(), BTreeSet::from([Scope::Ingest]), None),
        read.entry("map".into(), BTreeSet::from([Scope::Read]), None),
        expired.entry("gone".into(), BTreeSet::from([Scope::Admin]), Some(past)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    std::fs::write(&file, entries.map(|entry| entry.to_string()).concat()).unwrap();
    let keys = Keys::read(&file).unwrap();
    WithKeys { service: Setup { keys, ..Setup::new() }.start().await, ingest, read, expired }
}

impl WithKeys {
    async fn get(&self, path: &str, key: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(key) = key {
            request = request.header("X-API-Key", key);
        }
        self.service.send(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, key: Option<&str>) -> Answer {
        let body = json!({"detections": [detection(-120.0, 38.0)]}).to_string();
        let mut request = json_request(Method::POST, "/schedule", body);
        if let Some(key) = key {
            request.headers_mut().insert("x-api-key", key.parse().unwrap());
        }
        self.service.send(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn each_door_needs_a_key_with_its_scope() {
    let with = with_keys().await;
    let (ingest, read) = (Some(with.ingest.reveal()), Some(with.read.reveal()));
    assert_eq!(with.post(ingest).await.status, StatusCode::ACCEPTED);
    assert_eq!(with.post(read).await.status, StatusCode::FORBIDDEN);
    assert_eq!(with.get("/clusters", read).await.status, StatusCode::OK);
    let forbidden = with.get("/clusters", ingest).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    assert!(forbidden.json()["detail"].as_str().unwrap().contains("read"));
}

#[tokio::test(start_paused = true)]
async fn without_a_valid_key_nothing_is_told() {
    let with = with_keys().await;
    let bad =
        [None, Some(""), Some("guira_demo"), Some(with.expired.reveal()), Some(&with.read.reveal()[..69])];
    for key in bad {
        for answer in
            [with.post(key).await, with.get("/clusters/one", key).await, with.get("/forecast/x", key).await]
        {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{key:?}");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert!(answer.headers.contains_key("www-authenticate"));
        }
    }
    assert!(with.service.engine.board().is_empty());
}

#[tokio::test(start_paused = true)]
async fn health_and_the_index_are_open() {
    let with = with_keys().await;
    assert_eq!(with.get("/health", None).await.json()["status"], "ok");
    assert_eq!(with.get("/", None).await.json()["name"], "guira");
}

#[tokio::test]
async fn a_server_without_keys_takes_only_a_loopback_address() {
    let error = listen("0.0.0.0:0".parse().unwrap(), &Keys::default()).await.unwrap_err();
    assert!(matches!(error, ListenError::NotLoopback { .. }));
    assert!(error.to_string().contains("guira key new"));
    listen("127.0.0.1:0".parse().unwrap(), &Keys::default()).await.unwrap();
    listen("[::1]:0".parse().unwrap(), &Keys::default()).await.unwrap();
}
