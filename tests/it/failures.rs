//! Each row of the failure table: what fails, and what goes on.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use firecore::asset::{Asset, AssetIndex};
use firecore::strategy::Method;
use guira::artifacts::Artifacts;
use guira::engine::RequestStatus;
use guira::engine::board::{Board, ClusterSnapshot, ClusterState, Progress};
use guira::engine::fault::Victim;
use guira::simulate::MemberRequest;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::forgetful::{Call, Forgetful};
use crate::support::{Act, BadInputs, Garbage, Setup, TestService, detection, yield_often};

const HERE: (f64, f64) = (-120.0, 38.0);
const ELSEWHERE: (f64, f64) = (-110.0, 38.0);

/// A hospital next to `HERE`: its fires are forecast by PhysX, with 10 members.
fn hospital() -> AssetIndex {
    let geometry = geo::Point::new(HERE.0 + 0.001, HERE.1).into();
    let asset =
        Asset { id: "h1".into(), kind: Some("hospital".into()), name: None, clearance_s: None, geometry };
    AssetIndex::new(vec![asset]).unwrap()
}

fn member(index: u32, act: Act) -> impl Fn(&MemberRequest) -> Act {
    move |request| if request.member.index.0 == index { act } else { Act::Finish }
}

/// The only fire on the board.
fn fire(service: &TestService) -> Arc<ClusterSnapshot> {
    let mut all = service.engine.board().all();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_member_with_an_error_does_not_lose_the_forecast() {
    let service = Setup::new().script(member(1, Act::Fail)).start().await;
    service.settle(&[detection(HERE.0, HERE.1)]).await;
    let kept = fire(&service).forecast.clone().unwrap();
    assert_eq!((kept.forecast.members_used, kept.forecast.members_lost), (4, 1));
    assert!(
        kept.forecast.degradations[0].contains("1 of 5 members lost"),
        "{:?}",
        kept.forecast.degradations
    );
    assert!(kept.forecast.degradations[0].contains("no fuel"));
}

#[tokio::test(start_paused = true)]
async fn a_member_that_panics_does_not_lose_the_forecast() {
    let service = Setup::new().script(member(4, Act::Panic)).start().await;
    let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Completed);
    let kept = fire(&service).forecast.clone().unwrap();
    assert_eq!(kept.forecast.members_lost, 1);
    assert!(kept.forecast.degradations[0].contains("scripted panic of member 4"));
}

#[tokio::test(start_paused = true)]
async fn a_member_that_gives_garbage_is_lost_and_the_others_give_the_forecast() {
    for (garbage, expected) in [
        (Garbage::NotANumber, "needed arrival times in s, found NaN"),
        (Garbage::TooShort, "needed 1600 burnable cells, found 1599"),
        (Garbage::NegativeIntensity, "needed intensities of 0 kW/m or more, found -1"),
        (Garbage::OtherGrid, "its grid is not that of the members before it"),
        (Garbage::OtherZone, "needed a grid in EPSG:32611, found EPSG:32760"),
    ] {
        let service = Setup::new().script(member(3, Act::Garbage(garbage))).start().await;
        let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
        assert_eq!(view.status, RequestStatus::Completed, "{garbage:?}");
        let kept = fire(&service).forecast.clone().unwrap();
        assert_eq!((kept.forecast.members_used, kept.forecast.members_lost), (4, 1), "{garbage:?}");
        assert!(kept.forecast.degradations[0].contains(expected), "{:?}", kept.forecast.degradations);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_member_is_given_up_at_the_deadline() {
    let service = Setup::new().script(member(0, Act::KeepSilent)).start().await;
    let before = Instant::now();
    let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Completed);
    assert_eq!(before.elapsed().as_secs(), 120);
    let kept = fire(&service).forecast.clone().unwrap();
    assert!(kept.forecast.degradations[0].contains("no answer within 120 s"));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_silent_at_the_deadline_is_cancelled_then() {
    let service = Setup::new().script(member(0, Act::KeepSilent)).start().await;
    let before = Instant::now();
    let scheduled = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    service.until_silent(1).await;
    service.until_computed().await;
    tokio::time::sleep_until(before + Duration::from_millis(119_999)).await;
    assert_eq!(service.silent(), 1, "nobody is given up before");
    tokio::time::sleep_until(before + Duration::from_millis(120_001)).await;
    assert_eq!(service.silent(), 0);
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn members_end_with_their_run_or_their_fire() {
    for victim in [Victim::Aggregators, Victim::Clusters, Victim::Supervisor] {
        let script = |request: &MemberRequest| {
            if request.scenario.version == 1 { Act::KeepSilent } else { Act::Finish }
        };
        let service = Setup::new().script(script).start().await;
        service.schedule(&[detection(HERE.0, HERE.1)]).await;
        // As many as may be under way at a time.
        service.until_silent(4).await;
        assert_eq!(service.engine.kill(victim), 1);
        service.until_silent(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_killed_member_does_not_lose_the_forecast() {
    let begun = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&begun);
    let script = move |request: &MemberRequest| {
        count.fetch_add(1, Ordering::Relaxed);
        member(2, Act::KeepSilent)(request)
    };
    let service = Setup::new().script(script).start().await;
    let scheduled = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    while begun.load(Ordering::Relaxed) < 5 {
        tokio::task::yield_now().await;
    }
    yield_often().await;
    assert_eq!(service.engine.kill(Victim::Members), 1);
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Completed);
    let kept = fire(&service).forecast.clone().unwrap();
    assert!(kept.forecast.degradations[0].contains("killed"), "{:?}", kept.forecast.degradations);
}

#[tokio::test(start_paused = true)]
async fn without_a_quorum_there_is_no_forecast_and_the_reason_is_kept() {
    let script = |request: &MemberRequest| if request.member.index.0 < 2 { Act::Fail } else { Act::Finish };
    let service = Setup::new().script(script).start().await;
    let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Failed);
    let fire = fire(&service);
    assert!(fire.forecast.is_none());
    assert!(fire.failure.as_ref().unwrap().reason.contains("no quorum: 2 of 5 members lost"));
}

#[tokio::test(start_paused = true)]
async fn after_a_failed_physx_run_the_surrogate_is_tried() {
    let script = |request: &MemberRequest| match request.scenario.method {
        Method::PhysX => Act::Fail,
        Method::Surrogate => Act::Finish,
    };
    let service = Setup { assets: hospital(), ..Setup::new().script(script) }.start().await;
    let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Completed);
    let kept = fire(&service).forecast.clone().unwrap();
    assert_eq!((kept.forecast.plan.method, kept.forecast.plan.version), (Method::Surrogate, 2));
    assert!(kept.forecast.plan.reason.contains("physx failed"), "{}", kept.forecast.plan.reason);
}

#[tokio::test(start_paused = true)]
async fn after_a_killed_physx_run_the_surrogate_is_tried() {
    let script = |request: &MemberRequest| match request.scenario.method {
        Method::PhysX => Act::KeepSilent,
        Method::Surrogate => Act::Finish,
    };
    let service = Setup { assets: hospital(), ..Setup::new().script(script) }.start().await;
    let scheduled = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    service.until_silent(4).await;
    assert_eq!(service.engine.kill(Victim::Aggregators), 1);
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Completed);
    let kept = fire(&service).forecast.clone().unwrap();
    assert_eq!((kept.forecast.plan.method, kept.forecast.plan.version), (Method::Surrogate, 2));
    assert!(kept.forecast.plan.reason.contains("physx failed"), "{}", kept.forecast.plan.reason);
}

#[tokio::test(start_paused = true)]
async fn when_a_run_has_no_quorum_the_last_forecast_stands_marked_stale() {
    let script =
        |request: &MemberRequest| if request.scenario.version == 2 { Act::Fail } else { Act::Finish };
    let service = Setup::new().script(script).start().await;
    service.settle(&[detection(HERE.0, HERE.1)]).await;
    let view = service.settle(&[detection(HERE.0 + 0.001, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Failed);
    let fire = fire(&service);
    assert_eq!(fire.forecast.as_ref().unwrap().forecast.plan.version, 1);
    assert_eq!((fire.failure.as_ref().unwrap().version, fire.detection_count), (2, 2));
    for path in [format!("/clusters/{}", fire.id), format!("/clusters/{}/forecast", fire.id)] {
        let shown = service.get(&path).await.json();
        assert_eq!(shown["stale"], true, "{shown}");
        assert!(shown["stale_reason"].as_str().unwrap().contains("no quorum"), "{}", shown["stale_reason"]);
    }
    let shown = service.get(&format!("/clusters/{}", fire.id)).await.json();
    assert_eq!((&shown["forecast_version"], &shown["detection_count"]), (&json!(1), &json!(2)));
}

#[tokio::test(start_paused = true)]
async fn when_the_run_is_killed_the_last_forecast_stands_marked_stale() {
    let script =
        |request: &MemberRequest| if request.scenario.version == 2 { Act::KeepSilent } else { Act::Finish };
    let service = Setup::new().script(script).start().await;
    service.settle(&[detection(HERE.0, HERE.1)]).await;
    let scheduled = service.schedule(&[detection(HERE.0 + 0.001, HERE.1)]).await;
    service.until(|board| board.all()[0].progress(2) == Progress::Running).await;
    assert_eq!(service.engine.kill(Victim::Aggregators), 1);
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Failed);
    let fire = fire(&service);
    assert_eq!(fire.forecast.as_ref().unwrap().forecast.plan.version, 1);
    assert!(fire.staleness.as_ref().unwrap().reason.contains("killed"), "{:?}", fire.staleness);
    // The fire goes on: the next detection leads to a new forecast.
    let view = service.settle(&[detection(HERE.0 + 0.002, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Completed);
    assert!(view.clusters[0].0.staleness.is_none());
}

#[tokio::test(start_paused = true)]
async fn killed_fires_are_rebuilt_from_the_store_and_forecast_anew() {
    let service = TestService::start().await;
    service.settle(&[detection(HERE.0, HERE.1), detection(HERE.0 + 0.001, HERE.1)]).await;
    assert_eq!(service.engine.kill(Victim::Clusters), 1);
    service.until(|board| board.all()[0].state == ClusterState::Restarting).await;
    // What comes while the fire is down is not lost.
    let scheduled = service.schedule(&[detection(HERE.0 + 0.002, HERE.1)]).await;
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Completed);
    let fire = fire(&service);
    assert_eq!((fire.state, fire.detection_count), (ClusterState::Active, 3));
    let kept = fire.forecast.clone().unwrap();
    assert_eq!(kept.forecast.plan.detection_count, 3);
    assert_eq!(kept.forecast.plan.version, 2, "one plan for all that was read back");
}

#[tokio::test(start_paused = true)]
async fn what_was_completed_before_a_fire_was_killed_stays_completed() {
    let script = |request: &MemberRequest| match request.scenario.version {
        2 => Act::KeepSilent,
        _ => Act::FinishAfterMs(50),
    };
    let service = Setup::new().script(script).start().await;
    let first = service.schedule(&[detection(HERE.0, HERE.1), detection(HERE.0 + 0.001, HERE.1)]).await;
    service.settled(&first).await;
    let version = |board: &Board| board.all()[0].plan.as_ref().map(|plan| plan.version);
    assert_eq!(service.engine.kill(Victim::Clusters), 1);
    service.until(|board| version(board) == Some(2)).await;
    assert_eq!(service.settled(&first).await.status, RequestStatus::Completed);
    let reason = &fire(&service).staleness.clone().unwrap().reason;
    assert_eq!(reason, "the fire was read back from the store and is forecast anew");

    // The run fails, and the forecast from before stands.
    service.until(|board| board.all()[0].failure.is_some()).await;
    assert_eq!(service.settled(&first).await.status, RequestStatus::Completed);
    assert_eq!(fire(&service).forecast.as_ref().unwrap().forecast.plan.version, 1);

    // What comes while the fire is down waits for the next run, and only that is new.
    assert_eq!(service.engine.kill(Victim::Clusters), 1);
    service.until(|board| board.all()[0].state == ClusterState::Restarting).await;
    let second = service.schedule(&[detection(HERE.0 + 0.002, HERE.1)]).await;
    service.until(|board| version(board) == Some(3)).await;
    assert_eq!(fire(&service).staleness.as_ref().unwrap().reason, "1 detection came after it");
    assert_eq!(service.settled(&second).await.status, RequestStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_killed_fire_does_not_disturb_the_run_of_another() {
    let slow = |request: &MemberRequest| {
        if request.scenario.seed.burning[0].position.lon_deg() > -115.0 {
            Act::FinishAfterMs(50)
        } else {
            Act::Finish
        }
    };
    let service = Setup::new().script(slow).start().await;
    service.settle(&[detection(HERE.0, HERE.1)]).await;
    service.engine.kill(Victim::Clusters);
    let view = service.settle(&[detection(ELSEWHERE.0, ELSEWHERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Completed);
    assert_eq!(service.get("/health").await.json()["components"]["engine"]["status"], "ok");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_crashes_its_fire_three_times_is_put_aside() {
    let crashes = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&crashes);
    let on_record = move |detection: &firecore::detection::Detection| {
        if detection.producer_id() == Some("poison") {
            count.fetch_add(1, Ordering::Relaxed);
            panic!("poison");
        }
    };
    let service = Setup { on_record: Some(Arc::new(on_record)), ..Setup::new() }.start().await;
    let mut poison = detection(HERE.0, HERE.1);
    poison["id"] = json!("poison");
    let good = detection(HERE.0 + 0.001, HERE.1);
    let view = service.settle(&[poison, good]).await;
    assert_eq!(view.status, RequestStatus::Completed);
    assert_eq!(fire(&service).detection_count, 1);
    // Once in the batch, where it cannot be told apart, then three times by itself.
    assert_eq!(crashes.load(Ordering::Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn a_fire_that_crashes_again_and_again_waits_twice_as_long_each_time() {
    let crashes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&crashes);
    let on_record = move |detection: &firecore::detection::Detection| {
        if detection.producer_id() == Some("poison") {
            seen.lock().unwrap().push(Instant::now());
            panic!("poison");
        }
    };
    let service = Setup { on_record: Some(Arc::new(on_record)), ..Setup::new() }.start().await;
    let mut poison = detection(HERE.0, HERE.1);
    poison["id"] = json!("poison");
    service.settle(&[poison, detection(HERE.0 + 0.001, HERE.1)]).await;
    let gaps: Vec<Duration> = crashes.lock().unwrap().windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps.len(), 3);
    for (gap, wait_ms) in gaps.into_iter().zip([100, 200, 400]) {
        let wait = Duration::from_millis(wait_ms);
        assert!((wait..wait + Duration::from_millis(50)).contains(&gap), "{gap:?} where {wait:?} was due");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_queued_behind_a_crash_is_not_lost() {
    let store = Forgetful::new();
    let appended_at_crash = Arc::new(AtomicU32::new(0));
    let (appended, of) = (Arc::clone(&appended_at_crash), Arc::clone(&store));
    let on_record = move |detection: &firecore::detection::Detection| {
        if detection.producer_id() == Some("poison") {
            let first =
                appended.compare_exchange(0, of.calls(Call::Append), Ordering::Relaxed, Ordering::Relaxed);
            panic!("poison: {first:?}");
        }
    };
    let service = Setup { on_record: Some(Arc::new(on_record)), ..store.setup() }.start().await;
    service.settle(&[detection(HERE.0, HERE.1)]).await;
    let mut poison = detection(HERE.0, HERE.1 + 0.001);
    poison["id"] = json!("poison");
    let (poison, behind) = ([poison], [detection(HERE.0 + 0.001, HERE.1)]);
    let (crashing, behind) = tokio::join!(service.schedule(&poison), service.schedule(&behind));
    assert_eq!(service.settled(&behind).await.status, RequestStatus::Completed);
    assert_eq!(service.settled(&crashing).await.status, RequestStatus::Completed);
    assert_eq!(
        appended_at_crash.load(Ordering::Relaxed),
        2,
        "the batch behind was stored together with the first"
    );
    assert_eq!(fire(&service).forecast.as_ref().unwrap().forecast.plan.detection_count, 2);
}

#[tokio::test(start_paused = true)]
async fn a_fire_of_which_every_record_was_put_aside_says_failed_and_takes_new_ones() {
    let on_record = |detection: &firecore::detection::Detection| {
        assert_ne!(detection.producer_id(), Some("poison"));
    };
    let service = Setup { on_record: Some(Arc::new(on_record)), ..Setup::new() }.start().await;
    let mut poison = detection(HERE.0, HERE.1);
    poison["id"] = json!("poison");
    assert_eq!(service.settle(&[poison]).await.status, RequestStatus::Failed);
    assert_eq!(fire(&service).detection_count, 0);
    let shown = service.get(&format!("/clusters/{}", fire(&service).id)).await.json();
    assert_eq!(shown["set_aside"][0]["detection"]["id"], "poison");
    assert!(shown["set_aside"][0]["reason"].as_str().unwrap().contains("crashed on it 3 times"));
    let view = service.settle(&[detection(HERE.0 + 0.001, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_last_record_was_put_aside_settles_with_its_fire() {
    let on_record = |detection: &firecore::detection::Detection| {
        assert_ne!(detection.producer_id(), Some("poison"));
    };
    let service = Setup { on_record: Some(Arc::new(on_record)), ..Setup::new() }.start().await;
    service.settle(&[detection(HERE.0, HERE.1)]).await;
    let mut poison = detection(HERE.0 + 0.001, HERE.1);
    poison["id"] = json!("poison");
    assert_eq!(service.settle(&[poison.clone()]).await.status, RequestStatus::Completed);
    assert_eq!(fire(&service).detection_count, 1);
    assert_eq!(service.settle(&[poison]).await.status, RequestStatus::Completed, "sent again");
}

#[tokio::test(start_paused = true)]
async fn what_was_put_aside_follows_its_fire_into_the_survivor() {
    let on_record = |detection: &firecore::detection::Detection| {
        assert!(detection.producer_id().is_none_or(|id| !id.starts_with("poison")));
    };
    let service = Setup { on_record: Some(Arc::new(on_record)), ..Setup::new() }.start().await;
    let first = service.settle(&[detection(HERE.0, HERE.1), detection(HERE.0 + 0.02, HERE.1)]).await;
    let mut poison = detection(HERE.0, HERE.1 + 0.001);
    poison["id"] = json!("poison 1");
    let mut other = detection(HERE.0 + 0.02, HERE.1 + 0.001);
    other["id"] = json!("poison 2");
    for one in [&poison, &other] {
        service.settle(std::slice::from_ref(one)).await;
    }
    assert_eq!(first.clusters.len(), 2);
    let bridge = service.settle(&[detection(HERE.0 + 0.01, HERE.1)]).await;
    assert_eq!((bridge.status, bridge.clusters.len()), (RequestStatus::Completed, 1));
    let survivor = bridge.clusters[0].0.id;
    for (merged, _) in &first.clusters {
        let aside = service.engine.store().set_aside(merged.id).await.unwrap();
        assert_eq!(aside.len(), 2, "of both fires");
    }
    for one in [poison, other] {
        let view = service.settle(&[one]).await;
        assert_eq!((view.status, view.clusters[0].0.id), (RequestStatus::Completed, survivor));
    }
}

#[tokio::test(start_paused = true)]
async fn without_inputs_the_run_fails_with_the_reason() {
    for (inputs, reason) in [(BadInputs::Fail, "no inputs"), (BadInputs::KeepSilent, "within 120 s")] {
        let service = Setup { inputs: Arc::new(inputs), ..Setup::new() }.start().await;
        let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
        assert_eq!(view.status, RequestStatus::Failed);
        let failure = fire(&service).failure.clone().unwrap();
        assert!(failure.reason.contains(reason), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_forecast_whose_files_cannot_be_written_goes_out_and_says_so() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let artifacts = Some(Artifacts::new(file.path().join("below a file")));
    let service = Setup { artifacts, ..Setup::new() }.start().await;
    let scheduled = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Completed);
    let path = format!("/forecast/{}", scheduled["request_id"].as_str().unwrap());
    let answer = service.get(&path).await.json();
    assert_eq!((&answer["status"], &answer["results_uri"]), (&json!("completed"), &Value::Null));
    assert_eq!(answer["geojson"]["features"].as_array().unwrap().len(), 15);
    let said = answer["clusters"][0]["forecast"]["degradations"][0].as_str().unwrap();
    assert!(said.contains("not written to a file") && said.contains("below a file"), "{said}");
    let forecasts = service.get("/health").await.json()["components"]["forecasts"].clone();
    assert_eq!((&forecasts["status"], &forecasts["not_written"]), (&json!("degraded"), &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn without_its_supervisor_the_engine_says_so_and_refuses() {
    let service = TestService::start().await;
    service.engine.kill(Victim::Supervisor);
    service.engine.ended().await;
    assert!(!service.engine.is_running());
    assert_eq!(service.get("/health").await.status, 503);
    let answer = service.post("/schedule", json!({"detections": [detection(1.0, 1.0)]}).to_string()).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test(start_paused = true)]
async fn a_plan_during_a_run_waits_and_only_the_newest_waits() {
    let runs = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&runs);
    let script = move |request: &MemberRequest| {
        let mut versions = seen.lock().unwrap();
        if versions.last() != Some(&request.scenario.version) {
            versions.push(request.scenario.version);
        }
        Act::FinishAfterMs(1_000)
    };
    let service = Setup::new().script(script).start().await;
    let first = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    service.until(|board| board.all().iter().any(|fire| fire.progress(1) == Progress::Running)).await;
    for step in 1..=5 {
        service.schedule(&[detection(HERE.0 + 0.001 * f64::from(step), HERE.1)]).await;
    }
    service.settled(&first).await;
    service.until(|board| board.all()[0].progress(6) == Progress::Completed).await;
    assert_eq!(*runs.lock().unwrap(), [1, 6]);
}
