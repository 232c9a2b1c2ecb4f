//! A fire over time: the first forecast at once, sleep, waking, closing, known sources of heat, and what was known when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use firecore::asset::{Asset, AssetIndex, HeatSources};
use firecore::strategy::Method;
use guira::clock::Clock;
use guira::engine::RequestStatus;
use guira::engine::assets::{AssetsEdit, Conditions};
use guira::engine::board::{ClusterState, Progress};
use guira::engine::fault::Victim;
use guira::engine::operations::{Action, Wish};
use guira::inputs::{InputNews, Inputs};
use guira::settings::StoreSettings;
use guira::simulate::MemberRequest;
use guira::store::Store;
use guira::store::memory::MemoryStore;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::live::Client;
use crate::support::{Act, NewsyInputs, Setup, TestService, detection, start_time, yield_often};

fn point(id: &str, lon: f64, lat: f64) -> Asset {
    Asset {
        id: id.to_owned(),
        kind: None,
        name: None,
        clearance_s: None,
        geometry: geo::Point::new(lon, lat).into(),
    }
}

/// Ages fires every minute.
fn aging(clock: &Clock) -> Setup {
    Setup { clock: clock.clone(), age_check_s: 60, ..Setup::new() }
}

async fn days(service: &TestService, clock: &Clock, days: i64, state: ClusterState) {
    clock.advance(SignedDuration::from_hours(24 * days));
    service.until(|board| board.all()[0].state == state).await;
}

#[tokio::test(start_paused = true)]
async fn a_fire_near_an_asset_is_forecast_by_surrogate_first_and_by_physx_next() {
    let assets = AssetIndex::new(vec![point("h", -120.0, 38.0)]).unwrap();
    let service = Setup { assets, surrogate_first: true, ..Setup::new() }.start().await;
    let mut client = Client::open(&service, "/events?kind=forecast.completed,strategy.changed", None).await;
    let view = service.settle(&[detection(-120.0, 38.001)]).await;
    assert_eq!(view.status, RequestStatus::Completed, "not before physx is there");
    let kept = view.clusters[0].0.forecast.clone().unwrap();
    assert_eq!((kept.forecast.plan.version, kept.forecast.plan.method), (2, Method::PhysX));
    let (first, second) = (client.event().await, client.event().await);
    assert_eq!((&first["data"]["method"], &first["data"]["stands_in"]), (&json!("surrogate"), &json!(true)));
    assert_eq!((&second["data"]["method"], &second["data"]["version"]), (&json!("physx"), &json!(2)));
    assert_eq!(second["data"]["why"], "the surrogate stood in for the first forecast");
}

#[tokio::test(start_paused = true)]
async fn what_stood_in_for_a_fire_that_fell_asleep_settles_its_request() {
    let clock = Clock::manual(start_time());
    let assets = AssetIndex::new(vec![point("h", -120.0, 38.0)]).unwrap();
    let setup = aging(&clock).script(|_| Act::FinishAfterMs(5_000));
    let service = Setup { assets, surrogate_first: true, age_check_s: 1, ..setup }.start().await;
    let scheduled = service.schedule(&[detection(-120.0, 38.001)]).await;
    service.until(|board| board.all().iter().any(|fire| fire.progress(1) == Progress::Running)).await;
    days(&service, &clock, 5, ClusterState::Dormant).await;
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_sleeping_fire_shows_the_nearest_asset_of_the_list_as_it_is() {
    let clock = Clock::manual(start_time());
    let assets = AssetIndex::new(vec![point("farm", -120.03, 38.0)]).unwrap();
    let service = Setup { assets, ..aging(&clock) }.start().await;
    let id = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    days(&service, &clock, 5, ClusterState::Dormant).await;
    yield_often().await;
    let clinic = AssetsEdit::Put(point("clinic", -120.002, 38.0));
    service.engine.change_assets(clinic, &Conditions::default(), 10).await.unwrap();
    service.until(|board| board.get(id).unwrap().nearest.as_ref().unwrap().id == "clinic").await;
}

#[tokio::test(start_paused = true)]
async fn new_weather_forecasts_the_fires_that_it_covers_and_only_those() {
    let inputs = Arc::new(NewsyInputs::default());
    let setup = Setup { age_check_s: 60, inputs: Arc::clone(&inputs) as Arc<dyn Inputs>, ..Setup::new() };
    let service = setup.start().await;
    let west = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let east = service.settle(&[detection(-110.0, 38.0)]).await.clusters[0].0.id;
    let horizon_s = service.engine.board().get(west).unwrap().plan.as_ref().unwrap().horizon_s();
    let news = InputNews::new("new weather".to_owned(), move |place, start, for_s| {
        assert_eq!((start, for_s), (start_time() - SignedDuration::from_mins(30), horizon_s));
        place.lon_deg() < -115.0
    });
    inputs.0.lock().unwrap().push(news);
    let version = |id| {
        let kept = service.engine.board().get(id).unwrap().forecast.clone();
        kept.unwrap().forecast.plan.version
    };
    service
        .until(|board| board.get(west).unwrap().forecast.as_ref().unwrap().forecast.plan.version == 2)
        .await;
    let forecast = service.engine.board().get(west).unwrap().forecast.clone().unwrap().forecast;
    assert_eq!(forecast.plan.urgency.why, "new weather");
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!((version(west), version(east)), (2, 1), "told once, and to nobody else");
}

#[tokio::test(start_paused = true)]
async fn a_fire_sleeps_after_five_days_is_closed_after_twenty_and_wakes() {
    let clock = Clock::manual(start_time());
    let service = aging(&clock).start().await;
    let id = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    days(&service, &clock, 4, ClusterState::Active).await;
    days(&service, &clock, 1, ClusterState::Dormant).await;
    let shown = service.get(&format!("/clusters/{id}")).await.json();
    assert_eq!((&shown["state"], &shown["stale"]), (&json!("dormant"), &json!(true)));
    yield_often().await;
    assert_eq!(service.engine.kill(Victim::Clusters), 0, "a sleeping fire has no actor");
    days(&service, &clock, 15, ClusterState::Closed).await;

    // What is late by its own time is of the closed fire, and opens it again.
    let view = service.settle(&[detection(-120.001, 38.0)]).await;
    assert_eq!((view.clusters[0].0.id, view.status), (id, RequestStatus::Completed));
    let fire = service.engine.board().get(id).unwrap();
    assert_eq!((fire.state, fire.detection_count), (ClusterState::Active, 2));
    assert_eq!(fire.forecast.as_ref().unwrap().forecast.plan.version, 2, "versions go on");

    // What was seen more than five days later is another fire.
    let mut late = detection(-120.0, 38.0);
    late["timestamp"] = json!(clock.now().to_string());
    let view = service.settle(&[late]).await;
    assert_ne!(view.clusters[0].0.id, id);
}

/// In real time: a paused clock would run past what the events are kept for.
#[tokio::test]
async fn sleep_and_waking_are_told_and_a_sleeping_fire_is_shown() {
    let clock = Clock::manual(start_time());
    let service = Setup { age_check_s: 1, ..aging(&clock) }.start().await;
    let id = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let mut client =
        Client::open(&service, "/events?kind=cluster.dormant,cluster.reactivated,cluster.closed", None).await;
    days(&service, &clock, 5, ClusterState::Dormant).await;
    let asleep = client.event().await;
    assert_eq!((&asleep["kind"], &asleep["cluster_id"]), (&json!("cluster.dormant"), &json!(id)));
    // Its actor goes; the fire is still there.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(service.get(&format!("/clusters/{id}/forecast")).await.status, StatusCode::OK);
    service.settle(&[detection(-120.001, 38.0)]).await;
    assert_eq!(client.event().await["kind"], "cluster.reactivated");
    days(&service, &clock, 5, ClusterState::Dormant).await;
    assert_eq!(client.event().await["kind"], "cluster.dormant");
    // Its actor is gone by then.
    tokio::time::sleep(Duration::from_secs(2)).await;
    days(&service, &clock, 15, ClusterState::Closed).await;
    let closed = client.event().await;
    assert_eq!((&closed["kind"], &closed["data"]["state"]), (&json!("cluster.closed"), &json!("closed")));
}

#[tokio::test(start_paused = true)]
async fn an_operator_names_a_sleeping_fire_and_it_is_told() {
    let clock = Clock::manual(start_time());
    let service = aging(&clock).start().await;
    let id = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    days(&service, &clock, 5, ClusterState::Dormant).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut client = Client::open(&service, "/events?kind=cluster.relabelled,cluster.dormant", None).await;
    let action = Action::Relabel { fire: id, label: Some("ridge".to_owned()) };
    service.engine.operate(Wish { action, by: None, note: None }).await.unwrap();
    let told = client.event().await;
    assert_eq!((&told["kind"], &told["data"]["label"]), (&json!("cluster.relabelled"), &json!("ridge")));
}

#[tokio::test(start_paused = true)]
async fn a_restart_brings_every_fire_back_and_gives_actors_to_those_awake() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(StoreSettings::default()));
    let clock = Clock::manual(start_time());
    let setup = || Setup { store: Some(Arc::clone(&store)), clock: clock.clone(), ..Setup::new() };
    let service = setup().start().await;
    let fires = |west: f64| [0.0, 1.0, 2.0].map(|step| detection(west + step, 38.0));
    service.settle(&fires(-120.0)).await;
    clock.advance(SignedDuration::from_hours(24 * 6));
    service.settle(&fires(-110.0)).await;
    let before: BTreeMap<_, _> =
        service.engine.board().all().into_iter().map(|fire| (fire.id, fire)).collect();
    service.engine.stop().await;
    drop(service);

    let service = setup().start().await;
    service.until(|board| board.len() == 6 && board.all().iter().all(|fire| fire.forecast.is_some())).await;
    let all = service.engine.board().all();
    for fire in &all {
        let known = &before[&fire.id];
        assert_eq!((fire.detection_count, fire.bounds), (known.detection_count, known.bounds));
        let slept = known.bounds.unwrap().west_deg < -115.0;
        assert_eq!(fire.state, if slept { ClusterState::Dormant } else { ClusterState::Active });
        let shown = service.get(&format!("/clusters/{}/forecast", fire.id)).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    }
    assert_eq!(service.engine.kill(Victim::Clusters), 3, "one actor for each fire that is awake");
}

/// The large perimeter of the first forecast reaches 300 m; the run of the second one never ends by itself.
#[tokio::test(start_paused = true)]
async fn a_run_is_given_up_for_a_detection_outside_what_was_forecast() {
    let assets = AssetIndex::new(vec![point("h", -120.0, 38.0)]).unwrap();
    let script =
        |request: &MemberRequest| if request.scenario.version == 2 { Act::KeepSilent } else { Act::Finish };
    let service = Setup { assets, ..Setup::new().script(script) }.start().await;
    let seen = |east_deg: f64, minute: u32| {
        let mut seen = detection(-120.0 + east_deg, 38.0);
        seen["timestamp"] = json!(format!("2024-01-15T14:{minute}:00Z"));
        seen
    };
    service.settle(&[seen(0.0, 30)]).await;
    let inside = service.schedule(&[seen(0.001, 40)]).await;
    service.until_silent(4).await;
    service.schedule(&[seen(0.002, 41)]).await;
    service.until_silent(4).await;
    let before = tokio::time::Instant::now();
    let outside = service.schedule(&[seen(0.0115, 42)]).await;
    service.until_silent(0).await;
    assert!(before.elapsed() < Duration::from_secs(100), "not for the deadline: {:?}", before.elapsed());
    for scheduled in [outside, inside] {
        let view = service.settled(&scheduled).await;
        assert_eq!((view.status, view.clusters.len()), (RequestStatus::Completed, 1));
        let forecast = Arc::clone(view.forecasts().next().unwrap());
        assert_eq!((forecast.plan.method, forecast.plan.version), (Method::PhysX, 4));
        assert_eq!(forecast.plan.detection_count, 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_known_source_of_heat_is_tracked_and_labelled_and_not_forecast() {
    let flare = vec![point("flare 7", -120.0, 38.0)];
    let heat_sources = HeatSources::new(flare, 500.0).unwrap();
    let service = Setup { heat_sources, ..Setup::new() }.start().await;
    let view = service.settle(&[detection(-120.0, 38.001)]).await;
    assert_eq!(view.status, RequestStatus::Completed, "nothing is to come");
    let id = view.clusters[0].0.id;
    let shown = service.get(&format!("/clusters/{id}")).await.json();
    assert_eq!((&shown["heat_source"], &shown["forecast_version"]), (&json!("flare 7"), &Value::Null));
    assert_eq!(shown["decision"]["rule"], "no_asset");
    // Fire beside it is fire.
    let view = service.settle(&[detection(-120.0, 38.008)]).await;
    assert_eq!(view.clusters[0].0.id, id);
    let shown = service.get(&format!("/clusters/{id}")).await.json();
    assert_eq!((&shown["heat_source"], &shown["forecast_version"]), (&Value::Null, &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_decision_says_what_it_rests_on_and_what_would_have_changed_it() {
    let assets = AssetIndex::new(vec![point("h", -120.0, 38.0)]).unwrap();
    let service = Setup { assets, ..Setup::new() }.start().await;
    // 0.01 degrees of latitude are 1,112 m.
    let id = service.settle(&[detection(-120.0, 38.01)]).await.clusters[0].0.id;
    for path in [format!("/clusters/{id}"), format!("/clusters/{id}/forecast")] {
        let decision = service.get(&path).await.json()["decision"].clone();
        assert_eq!(decision["rule"], "assets_beyond");
        assert_eq!(decision["facts"]["nearest_asset"]["distance_m"], 1112.0);
        assert_eq!(decision["thresholds"]["asset_far_m"], 1000.0);
        assert_eq!(decision["newest_detection_age_s"], 1800);
        let nearer = &decision["counterfactuals"][0];
        assert_eq!(nearer["text"], "physx, priority 3, if the nearest asset were 112 m nearer");
        assert_eq!(nearer["change"]["asset_nearer_m"], 112.0);
    }
}

/// A clock at a minute of the tests' hour.
fn at(minute: i64) -> Timestamp {
    start_time() + SignedDuration::from_mins(minute)
}

#[tokio::test(start_paused = true)]
async fn what_was_known_at_a_time_leaves_out_what_came_later() {
    let clock = Clock::manual(start_time());
    let service = Setup { clock: clock.clone(), ..Setup::new() }.start().await;
    let first = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    clock.advance(SignedDuration::from_mins(10));
    let second = service.settle(&[detection(-119.98, 38.0)]).await.clusters[0].0.id;
    clock.advance(SignedDuration::from_mins(10));
    let link = service.settle(&[detection(-119.99, 38.0)]).await.clusters[0].0.id;
    assert_eq!(link, first, "the fire known longer goes on");
    clock.advance(SignedDuration::from_mins(10));

    let then = async |id, minute: i64, below: &str| {
        service.get(&format!("/clusters/{id}{below}?at={}", at(minute))).await
    };
    let early = then(first, 5, "").await.json();
    assert_eq!((&early["detection_count"], &early["as_of"]), (&json!(1), &json!(at(5).to_string())));
    assert_eq!(early["forecast_version"], 1);
    assert_eq!(early["lineage"].as_array().unwrap().len(), 1);
    assert_eq!(then(second, 5, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(then(second, 15, "").await.json()["detection_count"], 1);
    let merged = then(second, 25, "").await;
    assert_eq!(merged.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(merged.headers["location"], format!("/clusters/{first}?at={}", at(25)));
    let late = then(first, 25, "").await.json();
    assert_eq!((&late["detection_count"], &late["forecast_version"]), (&json!(3), &json!(2)));
    let kinds: Vec<&Value> = late["lineage"].as_array().unwrap().iter().map(|turn| &turn["kind"]).collect();
    assert_eq!(kinds, ["founded", "absorbed"]);
    let forecast = then(first, 15, "/forecast").await.json();
    assert_eq!((&forecast["version"], &forecast["detection_count"]), (&json!(1), &json!(1)));
    assert_eq!(forecast["geojson"]["features"].as_array().unwrap().len(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_time_that_is_none_or_to_come_is_refused() {
    let service = TestService::start().await;
    let id = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    for wrong in ["yesterday", "2024-01-15T15:00:01Z", "2024-01-15"] {
        let refused = service.get(&format!("/clusters/{id}?at={wrong}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(refused.json()["detail"].as_str().unwrap().contains("RFC 3339"), "{}", refused.text);
    }
}
