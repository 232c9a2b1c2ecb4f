//! The README's second example, played as it is written there.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use guira::clock::Clock;
use guira::inputs::assets::index_from_geojson;
use guira::inputs::demo::{self, DemoInputs};
use serde_json::{Value, json};

use crate::live::Client;
use crate::support::{Setup, json_request};

const README: &str = include_str!("../../README.md");

/// Kinds of events in the order of the README's table.
fn promised() -> Vec<&'static str> {
    let table = README.split("| event | says |").nth(1).expect("the table is there");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let first = |row: &'static str| row.split('|').nth(1).unwrap_or_default();
    rows.flat_map(|row| first(row).split('`').skip(1).step_by(2)).collect()
}

/// In real time: members run on the pool's threads.
#[tokio::test]
async fn the_readmes_story_is_told_in_the_order_of_its_table() {
    let setup = Setup {
        inputs: Arc::new(DemoInputs::default()),
        assets: index_from_geojson("the made-up world", &demo::assets_geojson()).unwrap(),
        clock: Clock::manual("2025-08-14T22:30:00Z".parse().unwrap()),
        surrogate_first: true,
        real: true,
        threads: 2,
        ..Setup::new()
    };
    let service = setup.start().await;
    let mut client = Client::open(&service, "/events", None).await;
    let mut told: Vec<Value> = Vec::new();
    for part in [
        include_str!("../../samples/story/1-west.json"),
        include_str!("../../samples/story/2-east.json"),
        include_str!("../../samples/story/3-between.json"),
        "clinic",
    ] {
        if part == "clinic" {
            let clinic = include_str!("../../samples/story/4-clinic.geojson");
            let put = service.send(json_request(Method::PUT, "/assets/clinic", clinic)).await;
            assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
        } else {
            assert_eq!(service.post("/schedule", part).await.status, StatusCode::ACCEPTED);
        }
        loop {
            let event = crate::support::in_time("event", client.event()).await;
            // Whether there is one depends on how fast the members are.
            if event["kind"] != "forecast.partial" {
                told.push(event);
            }
            if told.last().is_some_and(|event| event["kind"] == "forecast.completed") {
                break;
            }
        }
    }
    let kinds: Vec<&str> = told.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, promised());

    let the = |kind: &str| told.iter().rfind(|event| event["kind"] == kind).unwrap()["data"].clone();
    assert_eq!(the("cluster.updated")["detection_count"], 3);
    let changed = the("assets.changed");
    assert_eq!(
        (&changed["version"], &changed["added"], &changed["removed"]),
        (&json!(2), &json!(1), &json!(0))
    );
    let strategy = the("strategy.changed");
    assert_eq!(strategy["before"], json!({"method": "surrogate", "priority": 7}));
    assert_eq!(strategy["after"], json!({"method": "physx", "priority": 1}));
    let reason = strategy["reason"].as_str().unwrap();
    assert!(
        README.contains(reason.split(';').next().unwrap().trim_start_matches("physx, priority 1: ")),
        "{reason}"
    );
    let completed = the("forecast.completed");
    assert_eq!(completed["method"], "physx");
    let threats = completed["diff"]["assets"].as_array().unwrap();
    let clinic = threats.iter().find(|asset| asset["name"] == "Field clinic").unwrap();
    assert_eq!((&clinic["change"], &clinic["id"]), (&json!("newly_threatened"), &json!("clinic")));
    assert_eq!(
        completed["diff"]["from_version"].as_u64().unwrap() + 1,
        completed["version"].as_u64().unwrap()
    );
    let areas = completed["diff"]["areas"].as_array().unwrap();
    assert!(
        !areas.is_empty() && areas.iter().all(|area| area["area_ha_before"].as_f64() > Some(0.0)),
        "{areas:?}"
    );
}
