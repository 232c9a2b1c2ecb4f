//! The doors: what happens at each bound, to whoever is there and to whoever waits.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use firecore::asset::{Asset, AssetIndex};
use firecore::detection::{Detection, DetectionDraft, Source};
use futures_util::future::join_all;
use guira::engine::{Submission, SubmitError};
use guira::settings::EngineSettings;
use guira::store::StoreError;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::forgetful::{Call, Fault, Forgetful};
use crate::support::{Act, Setup, TestService, detection, json_request, start_time, yield_often};

/// A door for one batch at a time.
async fn narrow(store: &Arc<Forgetful>) -> TestService {
    let setup = store.setup();
    let engine = EngineSettings { batches_in_flight_max: 1, ..setup.engine.clone() };
    Setup { engine, ..setup }.start().await
}

fn submission(lon_deg: f64) -> Submission {
    let draft = DetectionDraft::new(Source::Satellite, lon_deg, 38.0, 0.9, start_time());
    Submission { detections: vec![Detection::new(draft, start_time()).unwrap()], requested: None }
}

/// Begins something, and leaves before its end.
async fn begin_and_leave(work: impl Future) {
    let mut work = pin!(work);
    tokio::select! {
        biased;
        _ = &mut work => panic!("it was to take longer"),
        () = yield_often() => {}
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_wait_waits_at_the_full_door_and_goes_on_when_there_is_a_place() {
    let store = Forgetful::new();
    let service = narrow(&store).await;
    store.spoil(Call::Append, Fault::KeepSilent, 1);
    let before = Instant::now();
    let look = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        (service.engine.load().batches, store.calls(Call::Append))
    };
    let (first, second, halfway) = tokio::join!(
        service.engine.submit(submission(-120.0)),
        service.engine.submit(submission(-110.0)),
        look
    );
    assert_eq!(halfway, ((1, 1), 1), "one is inside, the other has not been asked for yet");
    assert_eq!(first.unwrap_err(), SubmitError::Store(StoreError::TimedOut { seconds: 10 }));
    assert_eq!(second.unwrap().cluster_ids.len(), 1);
    assert_eq!(before.elapsed(), Duration::from_secs(10));
    assert_eq!(service.engine.load().batches, (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_makes_no_room_at_the_door() {
    let store = Forgetful::new();
    let service = narrow(&store).await;
    store.spoil(Call::Append, Fault::KeepSilent, 1);
    begin_and_leave(service.engine.try_submit(submission(-120.0))).await;
    assert_eq!(service.engine.load().batches, (1, 1));
    let body = json!({"detections": [detection(-110.0, 38.0)]}).to_string();
    let refused = service.post("/schedule", body.clone()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(store.calls(Call::Append), 1);
    // The store's time is over, and with it the batch's.
    tokio::time::sleep(Duration::from_secs(10)).await;
    yield_often().await;
    let answer = service.post("/schedule", body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    assert_eq!(service.settled(&answer.json()).await.forecasts().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_operator_is_refused_at_the_full_door() {
    let store = Forgetful::new();
    let service = narrow(&store).await;
    let fire = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let label = async || {
        let request = json_request(
            Method::PUT,
            &format!("/clusters/{fire}/label"),
            json!({"label": "ridge"}).to_string(),
        );
        service.send(request).await
    };
    store.spoil(Call::Append, Fault::KeepSilent, 1);
    begin_and_leave(service.engine.try_submit(submission(-110.0))).await;
    let refused = label().await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert_eq!(refused.headers["retry-after"], "1");
    tokio::time::sleep(Duration::from_secs(10)).await;
    yield_often().await;
    assert_eq!(label().await.status, StatusCode::CREATED);
}

/// In real time: the next list is made on the pool's threads.
#[tokio::test]
async fn of_many_that_change_the_same_list_at_once_one_does() {
    let service = Setup { threads: 2, ..Setup::new() }.start().await;
    let put = |number: u32, tag: &str| {
        let feature = json!({"type": "Feature", "properties": {"name": format!("number {number}")},
            "geometry": {"type": "Point", "coordinates": [10.0, 50.0]}});
        let mut request = json_request(Method::PUT, "/assets/clinic", feature.to_string());
        if !tag.is_empty() {
            request.headers_mut().insert("if-match", tag.parse().unwrap());
        }
        service.send(request)
    };
    let first = put(99, "").await;
    let tag = first.headers["etag"].to_str().unwrap();
    let answers = join_all((0..20).map(|number| put(number, tag))).await;
    let with = |status: StatusCode| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((with(StatusCode::OK), with(StatusCode::PRECONDITION_FAILED)), (1, 19));
    let list = service.get("/assets").await.json();
    assert_eq!((&list["version"], list["features"].as_array().unwrap().len()), (&json!(3), 1));
    let winner = answers.iter().find(|answer| answer.status.is_success()).unwrap();
    assert_eq!(list["features"][0], winner.json());
}

#[tokio::test(start_paused = true)]
async fn a_forecast_says_how_many_assets_near_it_were_not_followed() {
    let camp = |number: u32| Asset {
        id: format!("camp {number}"),
        kind: None,
        name: None,
        clearance_s: None,
        geometry: geo::Point::new(-120.0 + f64::from(number) * 1e-5, 38.0).into(),
    };
    let assets = AssetIndex::new((0..1_005).map(camp).collect()).unwrap();
    let service = Setup { assets, ..Setup::new() }.start().await;
    let view = service.settle(&[detection(-120.0, 38.0)]).await;
    let forecast = view.forecasts().next().unwrap();
    assert_eq!(forecast.assets.len(), 1_000);
    assert_eq!(
        forecast.degradations,
        ["5 assets near the fire were not followed: 1000 others are nearer to its start"]
    );
    assert!(forecast.assets.iter().all(|asset| asset.id != "camp 1004"), "the farthest is left out");
}

#[tokio::test(start_paused = true)]
async fn no_more_members_are_under_way_than_may_be() {
    let begun = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&begun);
    let script = move |_: &guira::simulate::MemberRequest| {
        count.fetch_add(1, Ordering::Relaxed);
        Act::FinishAfterMs(1_000)
    };
    let service = Setup { members: Some(10), ..Setup::new().script(script) }.start().await;
    let before = Instant::now();
    let scheduled = service.schedule(&[detection(-120.0, 38.0)]).await;
    for (after_ms, members) in [(500, 4), (1_500, 8), (2_500, 10)] {
        tokio::time::sleep_until(before + Duration::from_millis(after_ms)).await;
        assert_eq!(begun.load(Ordering::Relaxed), members, "after {after_ms} ms");
    }
    let view = service.settled(&scheduled).await;
    assert_eq!(view.forecasts().next().unwrap().members_used, 10);
}

/// Whoever is told to come again finds a place.
#[tokio::test(start_paused = true)]
async fn a_door_that_was_full_opens_again_for_everybody() {
    let store = Forgetful::new();
    let service = narrow(&store).await;
    let bodies: Vec<Value> =
        (0..10).map(|number| json!({"detections": [detection(f64::from(number), 38.0)]})).collect();
    let answers = join_all(bodies.iter().map(|body| service.post("/schedule", body.to_string()))).await;
    let full = answers.iter().filter(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE).count();
    assert!((1..10).contains(&full), "{full} of 10 were refused");
    for body in &bodies {
        assert_eq!(service.post("/schedule", body.to_string()).await.status, StatusCode::ACCEPTED);
    }
    service.until(|board| board.len() == 10 && board.all().iter().all(|fire| fire.forecast.is_some())).await;
}
