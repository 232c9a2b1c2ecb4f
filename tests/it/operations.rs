//! What operators do to fires by hand, and how it is taken back.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use firecore::detection::ClusterId;
use guira::http::auth::{FreshKey, Keys, Scope};
use serde_json::{Value, json};

use crate::live::Client;
use crate::support::{Setup, TestService, detection, json_request};

/// A fire of three detections in a row, 440 m apart; gives it and its detections' ids from west to east.
async fn row(service: &TestService) -> (ClusterId, Vec<String>) {
    let mut id = None;
    // One after the other, so that the westernmost came first.
    for step in 0..3 {
        id =
            Some(service.settle(&[detection(-120.0 + f64::from(step) * 0.005, 38.0)]).await.clusters[0].0.id);
    }
    let id = id.unwrap();
    (id, detections(service, id).await)
}

/// The ids of a fire's detections, from west to east.
async fn detections(service: &TestService, id: ClusterId) -> Vec<String> {
    let shown = service.get(&format!("/clusters/{id}")).await.json();
    let mut all: Vec<(f64, String)> = shown["detections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let id = one["detection_id"].as_str().unwrap().to_owned();
            (one["longitude"].as_f64().unwrap(), id)
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, id)| id).collect()
}

async fn done(service: &TestService, path: &str, body: Value) -> Value {
    let answer = service.post(path, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

fn id_of(value: &Value) -> ClusterId {
    ClusterId(value.as_str().unwrap().parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_split_makes_two_fires_that_later_detections_do_not_join() {
    let service = TestService::start().await;
    let mut client = Client::open(&service, "/events?kind=cluster.split", None).await;
    let (fire, seen) = row(&service).await;
    let split = done(
        &service,
        &format!("/clusters/{fire}/split"),
        json!({ "detections": [seen[2]], "note": "another start" }),
    )
    .await;
    let parted = id_of(&split["change"]["parted"]);
    assert_eq!((&split["kind"], &split["note"]), (&json!("split"), &json!("another start")));
    assert_eq!(client.event().await["data"]["parted"], json!(parted));
    service.until(|board| board.get(parted).is_some_and(|fire| fire.forecast.is_some())).await;
    assert_eq!(detections(&service, fire).await, seen[..2]);
    assert_eq!(detections(&service, parted).await, seen[2..]);
    // Between them, nearer to the part: it joins that one and merges nothing.
    let view = service.settle(&[detection(-119.9912, 38.0)]).await;
    assert_eq!(view.clusters[0].0.id, parted);
    assert_eq!(service.engine.board().survivor(parted), parted);
    let lineage = service.get(&format!("/clusters/{parted}")).await.json()["lineage"].clone();
    assert_eq!((&lineage[0]["kind"], &lineage[0]["cluster_id"]), (&json!("parted_from"), &json!(fire)));

    // Taken back, they are one again.
    let undo = format!("/operations/{}/undo", split["operation_id"].as_str().unwrap());
    let undone = done(&service, &undo, json!({})).await;
    assert_eq!((&undone["kind"], &undone["undoes"]), (&json!("merge"), &split["operation_id"]));
    service.until(|board| board.get(fire).is_some_and(|fire| fire.detection_count == 4)).await;
    let again = service.post(&undo, "{}").await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text);
    let all = service.get("/operations").await.json();
    assert_eq!(all["total"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_polygon_that_somebody_drew_parts_what_lies_in_it() {
    let service = TestService::start().await;
    let (fire, seen) = row(&service).await;
    let square = json!([[
        [-120.001, 37.99],
        [-119.994, 37.99],
        [-119.994, 38.01],
        [-120.001, 38.01],
        [-120.001, 37.99]
    ]]);
    let polygon = json!({ "type": "Polygon", "coordinates": square });
    let split = done(&service, &format!("/clusters/{fire}/split"), json!({ "polygon": polygon })).await;
    // The part that holds the first detection keeps the id, though the other one was not named.
    let parted = id_of(&split["change"]["parted"]);
    assert_eq!(detections(&service, fire).await, seen[..2]);
    assert_eq!(detections(&service, parted).await, seen[2..]);
}

#[tokio::test(start_paused = true)]
async fn fires_are_merged_by_hand_and_parted_again() {
    let service = TestService::start().await;
    let first = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let second = service.settle(&[detection(-119.0, 38.0)]).await.clusters[0].0.id;
    let merged = done(&service, &format!("/clusters/{second}/merge"), json!({ "with": first })).await;
    assert_eq!(id_of(&merged["change"]["cluster_id"]), first, "the fire known longer goes on");
    service.until(|board| board.survivor(second) == first).await;
    service.until(|board| board.get(first).is_some_and(|fire| fire.detection_count == 2)).await;
    let undo = format!("/operations/{}/undo", merged["operation_id"].as_str().unwrap());
    let undone = done(&service, &undo, json!({})).await;
    assert_eq!(id_of(&undone["change"]["parted"]), second, "it has its name again");
    service.until(|board| board.survivor(second) == second).await;
    assert_eq!(detections(&service, second).await.len(), 1);
    assert_eq!(detections(&service, first).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_shown_told_and_taken_back() {
    let service = TestService::start().await;
    let id = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let mut client = Client::open(&service, "/events?kind=cluster.relabelled", None).await;
    let named = service
        .send(json_request(Method::PUT, &format!("/clusters/{id}/label"), r#"{"label":"Ridge fire"}"#))
        .await;
    assert_eq!(named.status, StatusCode::CREATED, "{}", named.text);
    assert_eq!(client.event().await["data"]["label"], "Ridge fire");
    assert_eq!(service.get("/clusters").await.json()["clusters"][0]["label"], "Ridge fire");
    let undo = format!("/operations/{}/undo", named.json()["operation_id"].as_str().unwrap());
    done(&service, &undo, json!({})).await;
    assert_eq!(client.event().await["data"]["label"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_says_why_and_changes_nothing() {
    let service = TestService::start().await;
    let (fire, seen) = row(&service).await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    let split = format!("/clusters/{fire}/split");
    let cases = [
        (split.clone(), json!({ "detections": [] }), 422, "at least"),
        (split.clone(), json!({ "detections": seen }), 422, "3"),
        (split.clone(), json!({ "detections": [nobody] }), 422, nobody),
        (split.clone(), json!({}), 400, "polygon"),
        (split.clone(), json!({ "detections": ["x"] }), 400, "UUID"),
        (split, json!({ "polygon": { "type": "Point", "coordinates": [0, 0] } }), 400, "Polygon"),
        (format!("/clusters/{nobody}/split"), json!({ "detections": [seen[0]] }), 422, nobody),
        (format!("/clusters/{fire}/merge"), json!({ "with": fire }), 422, "twice"),
        (format!("/clusters/{fire}/merge"), json!({ "with": 3 }), 400, "found 3"),
        (format!("/operations/{nobody}/undo"), json!({}), 404, nobody),
    ];
    for (path, body, status, word) in cases {
        let refused = service.post(&path, body.to_string()).await;
        assert_eq!(refused.status.as_u16(), status, "{path} {body}: {}", refused.text);
        assert!(refused.text.contains(word), "{path} {body}: {}", refused.text);
    }
    assert_eq!(service.get("/operations").await.json()["total"], 0);
    assert_eq!(detections(&service, fire).await, seen);
}

#[tokio::test(start_paused = true)]
async fn only_an_administrator_changes_fires_and_is_named() {
    let [desk, reader] = [(); 2].map(|()| FreshKey::generate().unwrap());
    let entries = [
        desk.entry("desk".into(), BTreeSet::from([Scope::Admin]), None),
        reader.entry("reader".into(), BTreeSet::from([Scope::Read, Scope::Ingest]), None),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    std::fs::write(&file, entries.map(|entry| entry.to_string()).concat()).unwrap();
    let service = Setup { keys: Keys::read(&file).unwrap(), ..Setup::new() }.start().await;
    let send = async |key: &FreshKey, method, path: &str, body: Value| {
        let mut request = json_request(method, path, body.to_string());
        request.headers_mut().insert("x-api-key", key.reveal().parse().unwrap());
        service.send(request).await
    };
    let taken =
        send(&reader, Method::POST, "/schedule", json!({ "detections": [detection(-120.0, 38.0)] })).await;
    let id = taken.json()["cluster_ids"][0].as_str().unwrap().to_owned();
    let path = format!("/clusters/{id}/label");
    let refused = send(&reader, Method::PUT, &path, json!({ "label": "mine" })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let named = send(&desk, Method::PUT, &path, json!({ "label": "Ridge" })).await;
    assert_eq!(named.json()["by"], "desk");
}
