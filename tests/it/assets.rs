//! `/assets`: what is worth protecting changes while the service runs, and the fires near it hear of it.
//!
//! In real time: a paused clock jumps to the request's deadline while everyone waits for the compute threads.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use firecore::asset::{Asset, AssetIndex};
use guira::http::auth::{FreshKey, Keys, Scope};
use guira::settings::{HttpSettings, StoreSettings};
use guira::store::memory::MemoryStore;
use serde_json::{Value, json};

use crate::support::{Answer, Setup, TestService, detection, json_request};

fn point(lon: f64, lat: f64) -> Value {
    json!({"type": "Feature", "properties": {"kind": "hospital", "name": "Hill"},
           "geometry": {"type": "Point", "coordinates": [lon, lat]}})
}

fn with_id(id: &str, lon: f64, lat: f64) -> Value {
    let mut feature = point(lon, lat);
    feature["id"] = json!(id);
    feature
}

fn collection(features: &[Value]) -> Value {
    json!({"type": "FeatureCollection", "features": features})
}

async fn send(
    service: &TestService,
    method: Method,
    path: &str,
    body: &Value,
    headers: &[(&'static str, &str)],
) -> Answer {
    let mut request = json_request(method, path, body.to_string());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    service.send(request).await
}

async fn put(service: &TestService, path: &str, body: &Value) -> Answer {
    send(service, Method::PUT, path, body, &[]).await
}

async fn delete(service: &TestService, path: &str) -> Answer {
    service.send(Request::delete(path).body(Body::empty()).unwrap()).await
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

/// A service that knows one asset, 2.6 km from a place where a fire will be.
async fn with_one_asset() -> TestService {
    let farm = Asset {
        id: "farm".to_owned(),
        kind: None,
        name: None,
        clearance_s: None,
        geometry: geo::Point::new(-110.03, 38.0).into(),
    };
    Setup { assets: AssetIndex::new(vec![farm]).unwrap(), ..Setup::new() }.start().await
}

#[tokio::test]
async fn an_asset_that_comes_near_a_fire_makes_it_physx_and_leaves_others_alone() {
    let service = with_one_asset().await;
    let view = service.settle(&[detection(-120.0, 38.0), detection(-110.0, 38.0)]).await;
    let [near, far] = [-120.0, -110.0].map(|lon| {
        let mut fires = view.clusters.iter().map(|(fire, _)| fire);
        fires.find(|fire| fire.bounds.is_some_and(|bounds| bounds.west_deg == lon)).unwrap().id
    });
    let strategy = |fire: Value| (fire["strategy"]["method"].clone(), fire["forecast_version"].clone());
    let first = service.get(&format!("/clusters/{near}")).await.json();
    assert_eq!(strategy(first), (json!("surrogate"), json!(1)));
    let before = service.engine.board().get(far).unwrap();

    let answer = put(&service, "/assets/clinic", &point(-120.002, 38.0)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(answer.headers["location"], "/assets/clinic");
    service
        .until(|board| board.get(near).unwrap().forecast.as_ref().unwrap().forecast.plan.version == 2)
        .await;
    let fire = service.get(&format!("/clusters/{near}")).await.json();
    assert_eq!(strategy(fire.clone()), (json!("physx"), json!(2)));
    assert!(fire["strategy"]["reason"].as_str().unwrap().contains("Hill"), "{fire}");
    // The forecast says with which list it was made, and the other fire did not even publish.
    let forecast = service.get(&format!("/clusters/{near}/forecast")).await.json();
    let notes = forecast["inputs"].as_array().unwrap();
    let note = notes.iter().find(|note| note["input"] == "assets").unwrap();
    assert_eq!(note["source"], "2 known: list of version 2");
    assert!(Arc::ptr_eq(&before, &service.engine.board().get(far).unwrap()));

    assert_eq!(delete(&service, "/assets/clinic").await.status, StatusCode::NO_CONTENT);
    service
        .until(|board| board.get(near).unwrap().forecast.as_ref().unwrap().forecast.plan.version == 3)
        .await;
    let fire = service.get(&format!("/clusters/{near}")).await.json();
    assert_eq!(strategy(fire), (json!("surrogate"), json!(3)));
    assert!(Arc::ptr_eq(&before, &service.engine.board().get(far).unwrap()));
    assert_eq!(delete(&service, "/assets/clinic").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_asset_that_decides_nothing_plans_nothing() {
    let service = with_one_asset().await;
    let scheduled = service.schedule(&[detection(-110.0, 38.0)]).await;
    service.settled(&scheduled).await;
    let id = scheduled["cluster_ids"][0].as_str().unwrap();
    // Nearer than the farm, but farther than the table reaches.
    assert_eq!(put(&service, "/assets/barn", &point(-110.02, 38.0)).await.status, StatusCode::CREATED);
    let nearest = |board: &guira::engine::board::Board| board.all()[0].nearest.clone().unwrap();
    service.until(|board| nearest(board).id == "barn").await;
    assert!((nearest(service.engine.board()).distance_m - 1_752.0).abs() < 5.0);
    let fire = service.get(&format!("/clusters/{id}")).await.json();
    assert_eq!((&fire["forecast_version"], &fire["strategy"]["version"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn the_list_is_read_as_it_was_put() {
    let service = TestService::start().await;
    let empty = service.get("/assets").await;
    assert_eq!(empty.json(), json!({"type": "FeatureCollection", "version": 1, "features": []}));
    let created = put(&service, "/assets/ward%201", &point(10.0, 50.0)).await;
    assert_eq!(
        (created.status, created.headers["location"].to_str().unwrap()),
        (StatusCode::CREATED, "/assets/ward%201")
    );
    let one = service.get("/assets/ward%201").await;
    assert_eq!(one.json(), with_id("ward 1", 10.0, 50.0));
    assert_eq!(one.json(), created.json());
    assert_eq!(service.get("/assets").await.json()["features"], json!([with_id("ward 1", 10.0, 50.0)]));
    assert_eq!(tag(&one), tag(&created));
    assert_ne!(tag(&one), tag(&empty));
    // The same once more changes nothing, another place does.
    let again = put(&service, "/assets/ward%201", &with_id("ward 1", 10.0, 50.0)).await;
    assert_eq!((again.status, tag(&again)), (StatusCode::OK, tag(&one)));
    let moved = put(&service, "/assets/ward%201", &point(10.0, 50.1)).await;
    assert_eq!(moved.status, StatusCode::OK);
    assert_ne!(tag(&moved), tag(&one));
    let known = Request::get("/assets").header("if-none-match", tag(&moved)).body(Body::empty()).unwrap();
    let known = service.send(known).await;
    assert_eq!((known.status, known.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let old = Request::get("/assets").header("if-none-match", tag(&one)).body(Body::empty()).unwrap();
    assert_eq!(service.send(old).await.status, StatusCode::OK);
    assert_eq!(service.get("/assets/other").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_change_is_refused_where_the_list_is_not_what_it_requires() {
    let service = TestService::start().await;
    let first = tag(&put(&service, "/assets/a", &point(1.0, 1.0)).await);
    let second = tag(&put(&service, "/assets/b", &point(2.0, 1.0)).await);
    let one = point(3.0, 1.0);
    let cases = [
        (Method::PUT, "/assets/a", ("if-match", first.as_str()), 412),
        (Method::PUT, "/assets/a", ("if-none-match", "*"), 412),
        (Method::PUT, "/assets/c", ("if-match", "*"), 412),
        (Method::DELETE, "/assets/a", ("if-match", first.as_str()), 412),
        (Method::PUT, "/assets/a", ("if-match", "2"), 400),
        (Method::PUT, "/assets/c", ("if-none-match", "*"), 201),
        (Method::PUT, "/assets/a", ("if-match", "*"), 200),
        (Method::DELETE, "/assets/b", ("if-match", second.as_str()), 412),
        (Method::DELETE, "/assets/b", ("if-match", "*"), 204),
    ];
    for (method, path, header, status) in cases {
        let answer = send(&service, method.clone(), path, &one, &[header]).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path} {header:?}: {}", answer.text);
        if status == 412 {
            let problem = answer.json();
            assert_eq!(problem["type"], "urn:guira:problem:precondition-failed");
            assert!(problem["detail"].as_str().unwrap().contains("found"), "{problem}");
        }
    }
    let now = tag(&service.get("/assets").await);
    let all = collection(&[with_id("z", 0.0, 0.0)]);
    let stale = send(&service, Method::PUT, "/assets", &all, &[("if-match", second.as_str())]).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let answer = send(&service, Method::PUT, "/assets", &all, &[("if-match", now.as_str())]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json(), json!({"version": 7, "total": 1, "added": 1, "replaced": 0, "removed": 2}));
}

#[tokio::test]
async fn many_are_put_or_replaced_at_once() {
    let service = TestService::start().await;
    let all = collection(&[with_id("a", 1.0, 1.0), with_id("b", 2.0, 1.0)]);
    let answer = put(&service, "/assets", &all).await.json();
    assert_eq!(answer, json!({"version": 2, "total": 2, "added": 2, "replaced": 0, "removed": 0}));
    let some = collection(&[with_id("b", 2.5, 1.0), with_id("c", 3.0, 1.0)]);
    let answer = service.post("/assets", some.to_string()).await.json();
    assert_eq!(answer, json!({"version": 3, "total": 3, "added": 1, "replaced": 1, "removed": 0}));
    let features = service.get("/assets").await.json()["features"].clone();
    assert_eq!(features, json!([with_id("a", 1.0, 1.0), with_id("b", 2.5, 1.0), with_id("c", 3.0, 1.0)]));
    let answer = put(&service, "/assets", &collection(&[])).await.json();
    assert_eq!(answer, json!({"version": 4, "total": 0, "added": 0, "replaced": 0, "removed": 3}));
}

#[tokio::test]
async fn one_bad_feature_keeps_all_out_and_each_fault_has_its_pointer() {
    let service = TestService::start().await;
    let mut open = with_id("open", 1.0, 1.0);
    open["geometry"] = json!(null);
    let mut curve = with_id("curve", 1.0, 1.0);
    curve["geometry"] = json!({"type": "Circle", "coordinates": [1, 2]});
    let mut wide = with_id("wide", 1.0, 1.0);
    wide["geometry"] = json!({"type": "LineString", "coordinates": [[0, 0], [120, 0]]});
    let mut long = with_id("long", 1.0, 1.0);
    long["properties"]["name"] = json!("x".repeat(201));
    let features = [
        with_id("good", 1.0, 1.0),
        point(1.0, 1.0),
        with_id("far", 1.0, 95.0),
        open,
        curve,
        wide,
        long,
        with_id("good", 2.0, 2.0),
        json!(7),
        json!({"type": "Point", "coordinates": [1, 2]}),
    ];
    let answer = put(&service, "/assets", &collection(&features)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    let problem = answer.json();
    assert_eq!(problem["type"], "urn:guira:problem:assets-refused");
    let errors = problem["errors"].as_array().unwrap();
    let faults: Vec<(&str, &str)> = errors
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["detail"].as_str().unwrap()))
        .collect();
    let expected = [
        ("/features/1/id", "needed an id"),
        ("/features/2/geometry", "latitude in -90..=90, found (1, 95)"),
        ("/features/3/geometry", "needed a point, line or polygon"),
        ("/features/4/geometry", "no GeoJSON geometry"),
        ("/features/5/geometry", "a quarter of the Earth's circumference"),
        ("/features/6/properties/name", "at most 200 bytes, found 201"),
        ("/features/7/id", "/features/0"),
        ("/features/8", "needed a feature, found 7"),
        ("/features/9/type", "needed \"Feature\", found \"Point\""),
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for ((pointer, detail), (place, words)) in faults.iter().zip(expected) {
        assert!(*pointer == place && detail.contains(words), "{pointer}: {detail}");
    }
    assert_eq!(service.get("/assets").await.json()["version"], 1, "none was taken");

    for (body, pointer) in
        [(json!({"type": "Feature"}), "/type"), (json!({"type": "FeatureCollection"}), "/features")]
    {
        let answer = put(&service, "/assets", &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (422, &json!(pointer)));
    }
    let other = put(&service, "/assets/a", &with_id("b", 1.0, 1.0)).await;
    assert_eq!((other.status.as_u16(), &other.json()["errors"][0]["pointer"]), (422, &json!("/id")));
}

#[tokio::test]
async fn lists_and_bodies_have_bounds() {
    let http = HttpSettings { assets_max: 2, assets_body_bytes_max: 1_024, ..HttpSettings::default() };
    let service = Setup { http, ..Setup::new() }.start().await;
    let three = collection(&[with_id("a", 1.0, 1.0), with_id("b", 2.0, 1.0), with_id("c", 3.0, 1.0)]);
    let refused = put(&service, "/assets", &three).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.json()["detail"].as_str().unwrap().contains("at most 2 assets, found 3"));
    for id in ["a", "b"] {
        assert_eq!(
            put(&service, &format!("/assets/{id}"), &point(1.0, 1.0)).await.status,
            StatusCode::CREATED
        );
    }
    assert_eq!(put(&service, "/assets/c", &point(1.0, 1.0)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(put(&service, "/assets/b", &point(1.0, 1.5)).await.status, StatusCode::OK);
    let mut large = point(1.0, 1.0);
    large["properties"]["note"] = json!("x".repeat(1_024));
    assert_eq!(put(&service, "/assets/a", &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let text = Request::put("/assets/a").body(Body::from(point(1.0, 1.0).to_string())).unwrap();
    assert_eq!(service.send(text).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_changed_list_outlives_the_engine() {
    let store = Arc::new(MemoryStore::new(StoreSettings::default()));
    let service = Setup { store: Some(Arc::clone(&store) as _), ..Setup::new() }.start().await;
    let put_at = tag(&put(&service, "/assets/a", &point(1.0, 1.0)).await);
    service.engine.stop().await;
    let start = AssetIndex::new(vec![Asset {
        id: "of the settings".to_owned(),
        kind: None,
        name: None,
        clearance_s: None,
        geometry: geo::Point::new(0.0, 0.0).into(),
    }]);
    let again = Setup { store: Some(store as _), assets: start.unwrap(), ..Setup::new() }.start().await;
    let list = again.get("/assets").await;
    assert_eq!((tag(&list), &list.json()["features"]), (put_at, &json!([with_id("a", 1.0, 1.0)])));
}

#[tokio::test]
async fn changing_the_list_needs_its_own_scope() {
    let [read, write] = [(); 2].map(|()| FreshKey::generate().unwrap());
    let entries = [
        read.entry("map".into(), [Scope::Read].into(), None),
        write.entry("planner".into(), [Scope::AssetsWrite].into(), None),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    std::fs::write(&file, entries.map(|entry| entry.to_string()).concat()).unwrap();
    let service = Setup { keys: Keys::read(&file).unwrap(), ..Setup::new() }.start().await;
    for (key, method, status) in [
        (&read, Method::GET, 200),
        (&read, Method::PUT, 403),
        (&read, Method::POST, 403),
        (&write, Method::PUT, 200),
        (&write, Method::GET, 403),
    ] {
        let body = collection(&[with_id("a", 1.0, 1.0)]);
        let answer = send(&service, method.clone(), "/assets", &body, &[("x-api-key", key.reveal())]).await;
        assert_eq!(answer.status.as_u16(), status, "{method}: {}", answer.text);
    }
    assert!(
        write.entry("planner".into(), [Scope::AssetsWrite].into(), None).to_string().contains("assets:write")
    );
}
