//! What an ensemble shows before its last member, how sure it says that it is, and when it may end early.
//!
//! In real time: a paused clock would run to the deadline whenever all wait for the pool's threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::StatusCode;
use firecore::forecast::Ending;
use guira::engine::board::ClusterSnapshot;
use guira::engine::{RequestStatus, fault::Victim};
use guira::settings::EnsembleSettings;
use guira::simulate::MemberRequest;
use serde_json::Value;

use crate::support::{Act, Setup, TestService, detection};

const HERE: (f64, f64) = (-120.0, 38.0);

/// Members that finish one after another; from an index on they do what is given.
fn one_by_one(from: u32, act: Act) -> impl Fn(&MemberRequest) -> Act {
    move |request| {
        let index = request.member.index.0;
        if index >= from { act } else { Act::FinishAfterMs(20) }
    }
}

fn settling(fraction: f64) -> EnsembleSettings {
    EnsembleSettings { settle_fraction: fraction, ..EnsembleSettings::default() }
}

fn fire(service: &TestService) -> Arc<ClusterSnapshot> {
    let mut all = service.engine.board().all();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn until_provisional(service: &TestService, members: u32) {
    let has =
        |fire: &ClusterSnapshot| fire.provisional.as_ref().is_some_and(|one| one.members_used >= members);
    let shown = service.until(|board| board.all().iter().any(|fire| has(fire)));
    tokio::time::timeout(std::time::Duration::from_secs(60), shown)
        .await
        .expect("a provisional forecast is shown");
}

#[tokio::test]
async fn the_first_members_give_a_provisional_forecast_while_the_request_runs() {
    let setup = Setup { members: Some(40), ..Setup::new().script(one_by_one(30, Act::KeepSilent)) };
    let service = setup.start().await;
    let scheduled = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    until_provisional(&service, 5).await;
    let id = fire(&service).id;

    let request =
        service.get(&format!("/forecast/{}", scheduled["request_id"].as_str().unwrap())).await.json();
    assert_eq!(
        (&request["status"], &request["clusters"][0]["status"]),
        (&"running".into(), &"running".into())
    );
    assert!(
        request["clusters"][0]["forecast"].is_null() && request["clusters"][0]["forecast_version"].is_null()
    );
    let facts = &request["clusters"][0]["provisional"];
    assert_eq!((&facts["provisional"], &facts["members_planned"]), (&true.into(), &40.into()));
    let used = facts["members_used"].as_u64().unwrap();
    assert!((5..40).contains(&used) && facts["members_lost"] == 0 && facts["ended"].is_null(), "{facts}");
    assert_eq!(facts["members_left_out"].as_u64().unwrap(), 40 - used);
    let features = request["geojson"]["features"].as_array().unwrap();
    assert_eq!(features.len(), 5 * 3);
    assert!(features.iter().all(|feature| feature["properties"]["provisional"] == true));
    assert!(features[1]["properties"]["area_ha"].as_f64().unwrap() > 0.0, "a p50 that can be used");

    for path in [format!("/clusters/{id}/forecast"), format!("/clusters/{id}/forecast/provisional")] {
        let shown = service.get(&path).await.json();
        assert_eq!((&shown["provisional"], &shown["results_uri"]), (&true.into(), &Value::Null), "{path}");
        assert_eq!(shown["geojson"]["features"].as_array().unwrap().len(), 5 * 3);
    }

    // It goes with its run.
    assert_eq!(service.engine.kill(Victim::Aggregators), 1);
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Failed);
    assert!(fire(&service).provisional.is_none());
    assert_eq!(service.get(&format!("/clusters/{id}/forecast")).await.status, StatusCode::NOT_FOUND);
    let gone = service.get(&format!("/clusters/{id}/forecast/provisional")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_final_forecast_takes_the_place_of_the_provisional_one() {
    let setup = Setup { members: Some(12), ..Setup::new().script(one_by_one(12, Act::Finish)) };
    let service = setup.start().await;
    let scheduled = service.schedule(&[detection(HERE.0, HERE.1)]).await;
    until_provisional(&service, 5).await;
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Completed);
    let fire = fire(&service);
    assert!(fire.provisional.is_none());
    let answer = service.get(&format!("/clusters/{}/forecast", fire.id)).await.json();
    assert_eq!((&answer["provisional"], &answer["ended"]), (&false.into(), &"all_members".into()));
    assert_eq!((&answer["members_used"], &answer["members_left_out"]), (&12.into(), &0.into()));
    assert!(answer["geojson"]["features"][0]["properties"]["provisional"] == false);
}

#[tokio::test]
async fn a_provisional_forecast_stands_beside_the_last_one_and_goes_with_its_run() {
    let script = |request: &MemberRequest| match request.scenario.version {
        1 => Act::Finish,
        _ => one_by_one(6, Act::KeepSilent)(request),
    };
    let service = Setup { members: Some(12), ..Setup::new().script(script) }.start().await;
    service.settle(&[detection(HERE.0, HERE.1)]).await;
    let scheduled = service.schedule(&[detection(HERE.0 + 0.001, HERE.1)]).await;
    until_provisional(&service, 5).await;
    let id = fire(&service).id;
    let path = format!("/forecast/{}", scheduled["request_id"].as_str().unwrap());
    let request = service.get(&path).await.json();
    let shown = &request["clusters"][0];
    assert_eq!((&shown["forecast_version"], &shown["stale"]), (&1.into(), &true.into()));
    assert_eq!((&shown["forecast"]["version"], &shown["provisional"]["version"]), (&1.into(), &2.into()));
    assert_eq!(request["geojson"]["features"][0]["properties"]["provisional"], false);
    assert_eq!(service.get(&format!("/clusters/{id}/forecast")).await.json()["version"], 1);
    assert_eq!(service.get(&format!("/clusters/{id}/forecast/provisional")).await.json()["version"], 2);

    assert_eq!(service.engine.kill(Victim::Aggregators), 1);
    assert_eq!(service.settled(&scheduled).await.status, RequestStatus::Failed);
    assert!(fire(&service).provisional.is_none());
    assert_eq!(service.get(&format!("/clusters/{id}/forecast")).await.json()["version"], 1);
}

#[tokio::test]
async fn each_perimeter_says_how_sure_its_area_is() {
    let service = Setup { members: Some(30), ..Setup::new() }.start().await;
    let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
    let json = service.get(&format!("/forecast/{}", view.request.id)).await.json();
    for feature in json["geojson"]["features"].as_array().unwrap() {
        let properties = &feature["properties"];
        let number = |name: &str| properties[name].as_f64().unwrap();
        assert!(number("area_ha_low") <= number("area_ha") && number("area_ha") <= number("area_ha_high"));
        assert!(properties["band"]["coverage"].as_f64().unwrap() >= 0.9);
        assert_eq!(properties["band"]["members"], 30);
    }
    let few = Setup { members: Some(5), ..Setup::new() }.start().await;
    let view = few.settle(&[detection(HERE.0, HERE.1)]).await;
    let json = few.get(&format!("/forecast/{}", view.request.id)).await.json();
    let p10 = &json["geojson"]["features"][0]["properties"];
    assert!(p10["area_ha_low"].is_null() && p10["band"]["rank_late"].is_null(), "{p10}");
    assert!(p10["area_ha_high"].as_f64().unwrap() >= p10["area_ha"].as_f64().unwrap());
}

#[tokio::test]
async fn a_settled_run_ends_early_and_says_so() {
    let begun = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&begun);
    let script = move |request: &MemberRequest| {
        count.fetch_max(request.member.index.0 + 1, Ordering::Relaxed);
        Act::FinishAfterMs(20)
    };
    let setup = Setup { members: Some(200), ensemble: settling(1.0), ..Setup::new().script(script) };
    let service = setup.start().await;
    let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Completed);
    let kept = fire(&service).forecast.clone().unwrap().forecast;
    assert_eq!(kept.ending, Ending::Settled { fraction: 1.0 });
    assert!(kept.bands.iter().all(|band| band.is_within(1.0)));
    assert_eq!((kept.members_lost, kept.members_used + kept.members_left_out), (0, 200));
    assert!(kept.members_used >= 22 && begun.load(Ordering::Relaxed) < 80, "{}", kept.members_used);
    assert!(kept.degradations.iter().all(|degradation| !degradation.contains("lost")));
    let answer = service.get(&format!("/clusters/{}/forecast", fire(&service).id)).await.json();
    assert_eq!((&answer["ended"], &answer["members_planned"]), (&"settled".into(), &200.into()));
}

#[tokio::test]
async fn a_run_that_does_not_settle_runs_to_its_last_member() {
    let setup = Setup { members: Some(40), ensemble: settling(1e-6), ..Setup::new() };
    let service = setup.start().await;
    service.settle(&[detection(HERE.0, HERE.1)]).await;
    let kept = fire(&service).forecast.clone().unwrap().forecast;
    assert_eq!((kept.ending, kept.members_used, kept.members_left_out), (Ending::AllMembers, 40, 0));
}

#[tokio::test]
async fn where_a_run_settles_does_not_depend_on_the_order_in_which_members_finish() {
    let waits: [fn(u32) -> u64; 3] =
        [|_| 10, |index| u64::from(index * 7 % 5), |index| u64::from(40 - index % 40)];
    let mut texts = Vec::new();
    for wait_ms in waits {
        let script = move |request: &MemberRequest| Act::FinishAfterMs(wait_ms(request.member.index.0));
        let setup = Setup { members: Some(120), ensemble: settling(0.6), ..Setup::new().script(script) };
        let service = setup.start().await;
        service.settle(&[detection(HERE.0, HERE.1)]).await;
        let path = format!("/clusters/{}/forecast", fire(&service).id);
        texts.push(service.get(&path).await.text);
    }
    assert!(texts[0].contains("\"ended\":\"settled\""), "{}", &texts[0][..400]);
    assert!(texts.iter().all(|text| *text == texts[0]));
}

#[tokio::test]
async fn a_silent_member_does_not_keep_the_others_of_a_run_that_may_settle_waiting() {
    let script = |request: &MemberRequest| match request.member.index.0 {
        2 => Act::KeepSilent,
        _ => Act::FinishAfterMs(10),
    };
    let mut setup = Setup { members: Some(60), ensemble: settling(1e-6), ..Setup::new().script(script) };
    setup.engine.run_deadline_s = 3;
    let service = setup.start().await;
    let view = service.settle(&[detection(HERE.0, HERE.1)]).await;
    assert_eq!(view.status, RequestStatus::Completed);
    let kept = fire(&service).forecast.clone().unwrap().forecast;
    assert_eq!((kept.ending, kept.members_used, kept.members_lost), (Ending::Deadline, 59, 1));
}
