//! `GET /clusters` and below: the fires that are followed.

use axum::http::{Method, StatusCode};
use guira::engine::board::{ClusterSnapshot, ClusterState};
use serde_json::{Value, json};

use crate::support::{TestService, detection, json_request};

#[tokio::test(start_paused = true)]
async fn a_fire_shows_its_members_seed_strategy_and_forecast() {
    let service = TestService::start().await;
    let scheduled = service.schedule(&[detection(-120.0, 38.0), detection(-120.001, 38.0)]).await;
    service.settled(&scheduled).await;
    let id = scheduled["cluster_ids"][0].as_str().unwrap();

    let list = service.get("/clusters").await.json();
    assert_eq!(list["total"], 1);
    assert_eq!(list["clusters"][0]["cluster_id"], id);
    assert_eq!(list["clusters"][0]["state"], "active");

    let fire = service.get(&format!("/clusters/{id}")).await.json();
    assert_eq!(fire["detections"].as_array().unwrap().len(), 2);
    assert_eq!(fire["detections"][0]["source"], "satellite");
    assert_eq!(fire["seed"]["burning"].as_array().unwrap().len(), 2);
    assert_eq!(fire["seed"]["seeded_at"], "2024-01-15T14:30:00Z");
    let outline = &fire["seed"]["outline"]["features"];
    assert_eq!(outline.as_array().unwrap().len(), 1, "two pixels side by side are one part");
    assert_eq!(outline[0]["properties"]["state"], "active");
    assert_eq!(outline[0]["properties"]["detections"], 2);
    assert_eq!(outline[0]["properties"]["newest_age_s"], 0);
    assert_eq!(outline[0]["geometry"]["type"], "MultiPolygon");
    let area_ha = outline[0]["properties"]["area_ha"].as_f64().unwrap();
    assert!((11.0..16.0).contains(&area_ha), "a disc of 187.5 m and 88 m more: {area_ha} ha");
    assert_eq!(fire["strategy"]["method"], "surrogate");
    assert!(!fire["strategy"]["reason"].as_str().unwrap().is_empty());
    assert_eq!(fire["forecast_version"], 1);
    assert_eq!(fire["stale"], false);

    let forecast = service.get(&format!("/clusters/{id}/forecast")).await.json();
    assert_eq!(forecast["members_planned"], 5);
    assert_eq!(forecast["members_used"], 5);
    assert_eq!(forecast["inputs"][0]["input"], "wind");
    assert_eq!(forecast["geojson"]["features"].as_array().unwrap().len(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_merged_fire_says_where_its_survivor_is() {
    let service = TestService::start().await;
    let first = service.schedule(&[detection(-120.0, 38.0)]).await;
    let second = service.schedule(&[detection(-119.98, 38.0)]).await;
    let ids = [&first, &second].map(|answer| answer["cluster_ids"][0].as_str().unwrap().to_owned());
    assert_ne!(ids[0], ids[1]);
    let link = service.settle(&[detection(-119.99, 38.0)]).await;
    let survivor = link.clusters[0].0.id.to_string();
    let merged = ids.iter().find(|id| **id != survivor).unwrap();
    service.until(|board| board.all().iter().filter(|fire| fire.detection_count == 3).count() == 1).await;

    let answer = service.get(&format!("/clusters/{merged}")).await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.headers["location"], format!("/clusters/{survivor}"));
    let answer = service.get(&format!("/clusters/{merged}/forecast")).await;
    assert_eq!(answer.headers["location"], format!("/clusters/{survivor}/forecast"));
    for (id, status) in [(merged, 404), (&survivor, 201)] {
        let named = json_request(Method::PUT, &format!("/clusters/{id}/label"), r#"{"label": "Ridge"}"#);
        assert_eq!(service.send(named).await.status, status, "{id}");
    }
    assert_eq!(service.get(&format!("/clusters/{survivor}")).await.json()["detection_count"], 3);
    // The requests of both fires follow the merge.
    for scheduled in [first, second] {
        let view = service.settled(&scheduled).await;
        assert_eq!(view.clusters[0].0.id.to_string(), survivor);
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_no_text_is_a_problem_too() {
    let service = TestService::start().await;
    for path in ["/clusters/%FF", "/clusters/%FF/forecast", "/forecast/%FF"] {
        let answer = service.get(path).await;
        assert_eq!(
            (answer.status, answer.json()["type"].as_str()),
            (StatusCode::BAD_REQUEST, Some("urn:guira:problem:bad-parameter"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_fires_and_bad_parameters_are_refused() {
    let service = TestService::start().await;
    assert_eq!(service.get("/clusters").await.json(), json!({"total": 0, "next": null, "clusters": []}));
    let cases = [
        ("/clusters/00000000-0000-4000-8000-000000000000", 404),
        ("/clusters/00000000-0000-4000-8000-000000000000/forecast", 404),
        ("/clusters/one", 400),
        ("/clusters?limit=0", 400),
        ("/clusters?limit=many", 400),
        ("/clusters?limit=10001", 400),
        ("/clusters?page=2", 400),
        ("/clusters?after=one", 400),
        ("/clusters?state=burning", 400),
        ("/clusters?state=", 400),
        ("/clusters/00000000-0000-4000-8000-000000000000/forecast?perimeter_tolerance_m=-1", 400),
        ("/clusters/00000000-0000-4000-8000-000000000000/forecast?tolerance=1", 400),
        ("/nothing", 404),
    ];
    for (path, status) in cases {
        let answer = service.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.json()["status"], status);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_bounds_the_list_and_the_total_stays() {
    let service = TestService::start().await;
    service.settle(&[detection(-120.0, 38.0), detection(-110.0, 38.0), detection(-100.0, 38.0)]).await;
    let list = service.get("/clusters?limit=2").await.json();
    assert_eq!(list["total"], 3);
    assert_eq!(list["clusters"].as_array().unwrap().len(), 2);
    assert_eq!(service.get("/clusters").await.json()["next"], Value::Null);
}

/// The ids on a page and those that follow it, with the number of pages; each page has the same total.
async fn read_whole(service: &TestService, first: &str, total: usize) -> (Vec<String>, usize) {
    let (mut ids, mut pages) = (Vec::new(), 0);
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let page = service.get(&path).await.json();
        assert_eq!(page["total"], total, "{path}");
        ids.extend(page["clusters"].as_array().unwrap().iter().map(id_of));
        next = page["next"].as_str().map(str::to_owned);
        pages += 1;
    }
    (ids, pages)
}

fn id_of(fire: &Value) -> String {
    fire["cluster_id"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn every_fire_is_on_one_page_once() {
    let service = TestService::start().await;
    let places = [-120.0, -115.0, -110.0, -105.0, -100.0].map(|lon| detection(lon, 38.0));
    let scheduled = service.schedule(&places).await;
    service.settled(&scheduled).await;
    let founded = scheduled["cluster_ids"].as_array().unwrap().iter();
    let mut founded: Vec<String> = founded.map(|id| id.as_str().unwrap().to_owned()).collect();
    founded.sort();

    let page = service.get("/clusters?limit=2").await.json();
    assert_eq!(page["next"], format!("/clusters?limit=2&after={}", founded[1]));
    assert_eq!(read_whole(&service, "/clusters?limit=2", 5).await, (founded.clone(), 3));
    assert_eq!(read_whole(&service, "/clusters?limit=5", 5).await, (founded.clone(), 1));
    let after = service.get(&format!("/clusters?after={}", founded[3])).await.json();
    assert_eq!((&after["total"], &after["next"]), (&json!(5), &Value::Null));
    assert_eq!(id_of(&after["clusters"][0]), founded[4]);
    // Nothing needs to have the id, and nothing comes after the last one.
    let past = service.get("/clusters?after=ffffffff-ffff-4fff-bfff-ffffffffffff").await.json();
    assert_eq!(past, json!({"total": 5, "next": null, "clusters": []}));
}

#[tokio::test(start_paused = true)]
async fn a_filter_by_state_keeps_what_it_names() {
    let service = TestService::start().await;
    for lon in [-120.0, -119.98, -119.99, -110.0] {
        service.settle(&[detection(lon, 38.0)]).await;
    }
    let merged = |fire: &ClusterSnapshot| matches!(fire.state, ClusterState::Merged { .. });
    service.until(|board| board.all().iter().any(|fire| merged(fire))).await;
    let all = read_whole(&service, "/clusters", 3).await.0;
    let merged = service.get("/clusters?state=merged").await.json();
    assert_eq!((&merged["total"], &merged["clusters"][0]["state"]), (&json!(1), &json!("merged")));

    let burning: Vec<String> =
        all.iter().filter(|id| **id != id_of(&merged["clusters"][0])).cloned().collect();
    let (ids, pages) = read_whole(&service, "/clusters?state=active,%20dormant&limit=1", 2).await;
    assert_eq!((ids, pages), (burning.clone(), 2), "the next page keeps the filter");
    assert_eq!(read_whole(&service, "/clusters?state=active&state=merged", 3).await.0, all);
    assert_eq!(read_whole(&service, "/clusters?state=dormant,closed,restarting", 0).await.0, [""; 0]);

    let refused = service.get("/clusters?state=active,burning").await.json();
    assert_eq!(refused["errors"][0]["pointer"], "state");
    let detail = refused["detail"].as_str().unwrap();
    assert_eq!(detail, "state: needed one of active, dormant, closed, restarting, merged, found \"burning\"");
}

/// In real time: a paused clock jumps to the request's deadline while everyone waits for the compute threads.
#[tokio::test]
async fn perimeters_come_within_the_tolerance_asked_for() {
    let service = TestService::start().await;
    service.settle(&[detection(-120.0, 38.0)]).await;
    let list = service.get("/clusters").await.json();
    let path = format!("/clusters/{}/forecast", list["clusters"][0]["cluster_id"].as_str().unwrap());
    let points = |answer: &Value| answer["geojson"].to_string().matches("],[").count();
    let kept = service.get(&path).await.json();
    assert_eq!(kept["perimeter_tolerance_m"], 50.0, "a quarter of a cell of 200 m");
    let exact = service.get(&format!("{path}?perimeter_tolerance_m=0")).await.json();
    assert_eq!(exact["perimeter_tolerance_m"], 0.0);
    assert!(points(&exact) > points(&kept), "{} and {} points", points(&exact), points(&kept));
    let area = |answer: &Value| {
        let features = answer["geojson"]["features"].as_array().unwrap();
        features.last().unwrap()["properties"]["area_ha"].as_f64().unwrap()
    };
    assert!((area(&exact) - area(&kept)).abs() < 1e-3 * area(&exact));
}
