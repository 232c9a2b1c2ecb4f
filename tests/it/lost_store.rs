//! A store that takes a batch and does not say so in time: no false acceptance, and nothing is lost.

use guira::engine::RequestStatus;
use guira::engine::board::{ClusterSnapshot, ClusterState};
use guira::engine::fault::Victim;
use guira::engine::operations::{Action, OperationError, Wish};
use guira::store::Store;
use serde_json::{Value, json};

use crate::support::forgetful::{Call, Fault, Forgetful};
use crate::support::{TestService, detection};

/// Sends a detection that is kept, though its sender hears that it was not.
async fn lose_the_answer(store: &Forgetful, service: &TestService, detection: &Value) {
    store.spoil(Call::Append, Fault::KeepSilent, 1);
    let refused = service.post("/schedule", json!({"detections": [detection]}).to_string()).await;
    assert_eq!(refused.status, 504, "{}", refused.text);
}

#[tokio::test(start_paused = true)]
async fn a_batch_without_an_answer_is_found_before_the_next_one_comes() {
    let store = Forgetful::new();
    let service = store.start().await;
    lose_the_answer(&store, &service, &detection(-120.0, 38.0)).await;
    service.until(|board| board.all().iter().any(|fire| fire.forecast.is_some())).await;
}

#[tokio::test(start_paused = true)]
async fn a_fire_that_could_not_be_read_back_is_read_back_with_the_next_batch() {
    let store = Forgetful::new();
    let service = store.start().await;
    lose_the_answer(&store, &service, &detection(-120.0, 38.0)).await;
    store.spoil(Call::SetAside, Fault::Err, 1);
    let next = json!({"detections": [detection(-110.0, 38.0)]}).to_string();
    assert_eq!(service.post("/schedule", next).await.status, 504);
    let again = service.schedule(&[detection(-120.0, 38.0), detection(-110.0, 38.0)]).await;
    let view = service.settled(&again).await;
    assert_eq!((view.status, view.forecasts().count()), (RequestStatus::Completed, 2));
}

#[tokio::test(start_paused = true)]
async fn a_fire_that_was_merged_before_a_restart_is_known_to_be() {
    let store = Forgetful::new();
    let service = store.start().await;
    let fires = [-120.0, -119.95];
    let mut ids = Vec::new();
    for lon_deg in fires {
        ids.push(service.settle(&[detection(lon_deg, 38.0)]).await.clusters[0].0.id);
    }
    let action = Action::Merge { fire: ids[0], other: ids[1] };
    let merge = service.engine.operate(Wish { action, by: None, note: None }).await.unwrap();
    let answer = async |service: &TestService| {
        let answer = service.get(&format!("/clusters/{}", ids[1])).await;
        (answer.status, answer.json()["detail"].clone())
    };
    let before = answer(&service).await;
    assert_eq!(before.0, 308);
    drop(service);

    let service = store.start().await;
    service.until(|board| board.get(ids[0]).is_some_and(|fire| fire.forecast.is_some())).await;
    assert_eq!(answer(&service).await, before);
    let all = service.get("/clusters").await.json();
    assert!(all.to_string().contains(&ids[1].to_string()), "{all}");
    let action = Action::Undo { operation: merge.id };
    service.engine.operate(Wish { action, by: None, note: None }).await.unwrap();
    service.until(|board| board.get(ids[1]).is_some_and(|fire| fire.forecast.is_some())).await;
    assert_eq!(answer(&service).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_batch_without_an_answer_is_refused_and_found_again_when_it_is_sent_again() {
    let store = Forgetful::new();
    let service = store.start().await;
    lose_the_answer(&store, &service, &detection(-120.0, 38.0)).await;

    let again = service.schedule(&[detection(-120.0, 38.0), detection(-110.0, 38.0)]).await;
    assert_eq!(again["dispositions"][0]["status"], "duplicate");
    assert_eq!(again["dispositions"][1]["status"], "accepted");
    let view = service.settled(&again).await;
    assert_eq!(view.status, RequestStatus::Completed);
    assert_eq!(view.forecasts().count(), 2, "the fire of the first batch is forecast too");
}

#[tokio::test(start_paused = true)]
async fn a_fire_takes_in_what_was_kept_without_an_answer() {
    let store = Forgetful::new();
    let service = store.start().await;
    service.settle(&[detection(-120.0, 38.0)]).await;
    let second = detection(-120.001, 38.0);
    lose_the_answer(&store, &service, &second).await;

    let again = service.schedule(&[second]).await;
    assert_eq!(again["dispositions"][0]["status"], "duplicate");
    let view = service.settled(&again).await;
    assert_eq!(view.status, RequestStatus::Completed);
    let fire = &view.clusters[0].0;
    assert_eq!(fire.detection_count, 2);
    assert_eq!(fire.forecast.as_ref().unwrap().forecast.plan.detection_count, 2);
}

#[tokio::test(start_paused = true)]
async fn fires_that_were_merged_without_an_answer_are_one() {
    let store = Forgetful::new();
    let service = store.start().await;
    let first = service.schedule(&[detection(-120.0, 38.0), detection(-119.98, 38.0)]).await;
    service.settled(&first).await;
    assert_eq!(service.engine.board().len(), 2);
    let bridge = detection(-119.99, 38.0);
    lose_the_answer(&store, &service, &bridge).await;

    let again = service.schedule(&[bridge]).await;
    assert_eq!(again["dispositions"][0]["status"], "duplicate");
    let view = service.settled(&again).await;
    assert_eq!(view.status, RequestStatus::Completed);
    let survivor = view.clusters[0].0.id;
    let merged = |fire: &ClusterSnapshot| fire.state == ClusterState::Merged { into: survivor };
    service.until(|board| board.all().iter().any(|fire| merged(fire))).await;
    let all = service.engine.board().all();
    let [fire] = &all.iter().filter(|fire| fire.state == ClusterState::Active).collect::<Vec<_>>()[..] else {
        panic!("{all:?}")
    };
    assert_eq!((fire.id, fire.detection_count), (survivor, 3));
    assert_eq!(fire.forecast.as_ref().unwrap().forecast.plan.detection_count, 3);
    assert_eq!(service.settled(&first).await.clusters[0].0.id, survivor);
}

#[tokio::test(start_paused = true)]
async fn a_fire_that_holds_all_of_the_store_is_not_forecast_again() {
    let store = Forgetful::new();
    let service = store.start().await;
    let first = service.settle(&[detection(-120.0, 38.0)]).await;
    lose_the_answer(&store, &service, &detection(-110.0, 38.0)).await;

    service.settle(&[detection(-110.0, 38.0)]).await;
    let fire = service.engine.board().get(first.clusters[0].0.id).unwrap();
    assert_eq!(fire.forecast.as_ref().unwrap().forecast.plan.version, 1);
    assert!(fire.staleness.is_none());
}

/// Does what an operator wants, who hears that it was not done.
async fn lose_the_hand(store: &Forgetful, service: &TestService, action: Action) {
    store.spoil(Call::Operate, Fault::KeepSilent, 1);
    let lost = service.engine.operate(Wish { action, by: None, note: None }).await;
    assert!(matches!(lost, Err(OperationError::Store(_))), "{lost:?}");
}

#[tokio::test(start_paused = true)]
async fn a_fire_gives_up_what_was_split_off_without_an_answer() {
    let store = Forgetful::new();
    let service = store.start().await;
    let first = service.settle(&[detection(-120.0, 38.0), detection(-120.001, 38.0)]).await;
    let fire = first.clusters[0].0.id;
    let part = vec![store.journal().await.unwrap().records[1].1.detection.id()];
    lose_the_hand(&store, &service, Action::Split { fire, part }).await;

    service.settle(&[detection(-110.0, 38.0)]).await;
    service
        .until(|board| board.all().len() == 3 && board.all().iter().all(|fire| fire.staleness.is_none()))
        .await;
    for fire in service.engine.board().all() {
        assert_eq!(fire.detection_count, 1, "{fire:?}");
        assert_eq!(fire.forecast.as_ref().unwrap().forecast.plan.detection_count, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_was_given_without_an_answer_is_shown() {
    let store = Forgetful::new();
    let service = store.start().await;
    let fire = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    lose_the_hand(&store, &service, Action::Relabel { fire, label: Some("North ridge".to_owned()) }).await;

    service.settle(&[detection(-110.0, 38.0)]).await;
    service.until(|board| board.get(fire).unwrap().label.as_deref() == Some("North ridge")).await;
}

#[tokio::test(start_paused = true)]
async fn a_fire_that_is_split_off_again_after_a_restart_goes_on_counting_and_has_its_name() {
    let store = Forgetful::new();
    let service = store.start().await;
    let first = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let second = service.settle(&[detection(-119.95, 38.0)]).await.clusters[0].0.id;
    let operate = async |service: &TestService, action| {
        service.engine.operate(Wish { action, by: None, note: None }).await.unwrap()
    };
    service.settle(&[detection(-119.951, 38.0)]).await;
    let label = Some("East ridge".to_owned());
    operate(&service, Action::Relabel { fire: second, label }).await;
    let before = store.history(second).await.unwrap().last().unwrap().forecast.plan.version;
    let merge = operate(&service, Action::Merge { fire: first, other: second }).await;
    drop(service);

    let service = store.start().await;
    operate(&service, Action::Undo { operation: merge.id }).await;
    service.until(|board| board.get(second).is_some_and(|fire| fire.forecast.is_some())).await;
    let fire = service.engine.board().get(second).unwrap();
    let version = fire.forecast.as_ref().unwrap().forecast.plan.version;
    assert!(version > before, "forecast {version} after {before}");
    assert_eq!(fire.label.as_deref(), Some("East ridge"));
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_stops_before_it_answers_does_not_say_that_nothing_was_taken() {
    let store = Forgetful::new();
    let service = store.start().await;
    store.spoil(Call::Append, Fault::KeepSilent, 1);
    let body = json!({"detections": [detection(-120.0, 38.0)]}).to_string();
    let stop = async {
        while store.is_to_spoil(Call::Append) {
            tokio::task::yield_now().await;
        }
        service.engine.kill(Victim::Supervisor);
    };
    let (answer, ()) = tokio::join!(service.post("/schedule", body.clone()), stop);
    assert_eq!(answer.status, 504, "{}", answer.text);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("may still have been taken: detections that are sent again are duplicates"),
        "{detail}"
    );
    assert_eq!(store.journal().await.unwrap().records.len(), 1, "it was taken");

    let refused = service.post("/schedule", body).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(refused.json()["detail"], "the engine has stopped; none of these was taken");
}
