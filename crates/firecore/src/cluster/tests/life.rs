//! A fire over time: the forecast that stands in, runs that are given up, sleep and waking.

use super::*;

fn days(count: i64) -> SignedDuration {
    hours(24 * count)
}

fn followed() -> Cluster {
    Cluster::new(ClusterId(uuid::Uuid::nil()), Arc::new(ClusterSettings::default()))
}

fn started(version: u64) -> Input {
    Input::ForecastStarted { version }
}

fn detected_at(lon_deg: f64, now: Timestamp, outside_forecast: bool) -> Input {
    let seen = detection(lon_deg, 0.0, now.min(noon()));
    let batch = vec![Received { received_at: now, ..received(&seen) }];
    Input::Detected { batch, nearest: asset(800.0), outside_forecast }
}

#[test]
fn the_first_forecast_is_a_surrogate_and_physx_follows() {
    let mut cluster = followed();
    let first = planned(cluster.step(detected_at(0.0, noon(), false), noon()));
    assert_eq!((first.version, first.method, first.members), (1, Method::Surrogate, 5));
    assert!(first.urgency.first && first.urgency.stands_in);
    assert_eq!(
        first.reason,
        "surrogate, priority 3: the first forecast at once, physx follows; \
         decided was physx, priority 3: nearest asset 800 m away (at most 1000 m)"
    );
    cluster.step(started(1), noon());
    let second = planned(cluster.step(completed(1), noon()));
    assert_eq!((second.version, second.method, second.members), (2, Method::PhysX, 10));
    assert!(!second.urgency.first && !second.urgency.stands_in);
    assert_eq!(cluster.staleness(), None, "the surrogate knows all that is known");
    cluster.step(completed(2), noon());
    let third = planned(cluster.step(detected_at(0.001, noon(), false), noon()));
    assert_eq!(third.method, Method::PhysX);
}

#[test]
fn detections_during_the_stand_in_go_straight_to_physx() {
    let mut cluster = followed();
    cluster.step(detected_at(0.0, noon(), false), noon());
    let replaced = planned(cluster.step(detected_at(0.001, noon(), false), noon()));
    assert_eq!(replaced.method, Method::Surrogate, "the first one has not begun: this one takes its place");
    cluster.step(started(2), noon());
    let next = planned(cluster.step(detected_at(0.002, noon(), false), noon()));
    assert_eq!((next.version, next.method), (3, Method::PhysX));
    assert_eq!(cluster.step(completed(2), noon()), [Effect::Publish]);
    let lacks = Staleness { since: noon(), reason: "1 detection came after it".into() };
    assert_eq!((cluster.staleness(), cluster.version()), (Some(&lacks), 3));
}

#[test]
fn a_stand_in_that_fails_is_followed_by_physx_and_that_by_the_surrogate() {
    let mut cluster = followed();
    cluster.step(detected_at(0.0, noon(), false), noon());
    assert_eq!(planned(cluster.step(failed(1), noon())).method, Method::PhysX);
    let last = planned(cluster.step(failed(2), noon()));
    assert_eq!((last.method, last.urgency.stands_in), (Method::Surrogate, false));
    assert_eq!(cluster.step(failed(3), noon()), [Effect::Publish]);
}

/// A fire whose second forecast, by PhysX, has begun.
fn under_physx() -> Cluster {
    let mut cluster = followed();
    cluster.step(detected_at(0.0, noon(), false), noon());
    cluster.step(started(1), noon());
    cluster.step(completed(1), noon());
    cluster.step(started(2), noon());
    cluster
}

#[test]
fn a_run_is_given_up_when_the_fire_has_left_what_it_can_say_but_not_twice_in_a_row() {
    let mut cluster = under_physx();
    planned(cluster.step(detected_at(0.001, noon(), false), noon()));
    let effects = cluster.step(detected_at(0.002, noon(), true), noon());
    let why = "detections lie outside the large perimeter that was forecast".to_owned();
    assert_eq!(effects[0], Effect::Cancel { version: 2, why });
    let Effect::Plan(plan) = &effects[1] else { panic!("{effects:?}") };
    assert!(plan.urgency.grew && plan.version == 4);
    cluster.step(started(4), noon());
    planned(cluster.step(detected_at(0.003, noon(), true), noon()));
    cluster.step(completed(4), noon());
    cluster.step(started(5), noon());
    let effects = cluster.step(detected_at(0.004, noon(), true), noon());
    assert!(matches!(effects[0], Effect::Cancel { version: 5, .. }));
}

#[test]
fn a_run_is_given_up_when_the_fire_rises_by_a_class() {
    let mut cluster = under_physx();
    let effects = cluster.step(Input::AssetsChanged { nearest: asset(400.0) }, noon());
    assert!(matches!(&effects[0], Effect::Cancel { version: 2, why } if why.contains("class")));
    let mut cluster = under_physx();
    planned(cluster.step(Input::AssetsChanged { nearest: asset(2_000.0) }, noon()));
}

#[test]
fn a_fire_that_left_its_forecast_has_grown_until_one_covers_that() {
    let mut cluster = under_physx();
    let plan = planned(cluster.step(detected_at(0.0, noon() - hours(1), false), noon()));
    assert!(!plan.urgency.grew && plan.urgency.why == "1 detection came after it");
    cluster.step(completed(2), noon());
    cluster.step(completed(3), noon());
    let left = planned(cluster.step(detected_at(0.0, noon() - hours(2), true), noon()));
    let later = planned(cluster.step(detected_at(0.0, noon() - hours(3), false), noon()));
    assert!(left.urgency.grew && later.urgency.grew);
    cluster.step(completed(5), noon());
    let plan = planned(cluster.step(detected_at(0.0, noon() - hours(4), false), noon()));
    assert!(!plan.urgency.grew);
}

#[test]
fn a_fire_falls_asleep_is_closed_and_wakes() {
    let mut cluster = followed();
    cluster.step(detected_at(0.0, noon(), false), noon());
    cluster.step(completed(1), noon());
    cluster.step(completed(2), noon());
    assert_eq!(cluster.ages_at(), Some(noon() + hours(24)), "its last lead time has passed");
    assert_eq!(cluster.step(Input::Aged, noon() + hours(23)), []);
    assert_eq!(cluster.step(Input::Aged, noon() + hours(24)), [Effect::Publish]);
    assert_eq!(
        cluster.staleness().unwrap().reason,
        "nothing was heard for longer than its last lead time, 24 h"
    );
    assert_eq!(cluster.ages_at(), Some(noon() + days(5)));
    let (from, to) = (ClusterState::Active, ClusterState::Dormant);
    let asleep = [Effect::StateChanged { from, to }, Effect::Publish];
    assert_eq!(cluster.step(Input::Aged, noon() + days(5)), asleep);
    assert_eq!(cluster.step(reevaluate(), noon() + days(6)), [Effect::Publish], "it is not forecast");
    assert_eq!(cluster.step(Input::AssetsChanged { nearest: None }, noon() + days(6)), [Effect::Publish]);
    cluster.step(Input::Aged, noon() + days(20));
    assert_eq!((cluster.state(), cluster.ages_at()), (ClusterState::Closed, None));
    let woken = cluster.step(detected_at(0.001, noon() + days(21), false), noon() + days(21));
    let (from, to) = (ClusterState::Closed, ClusterState::Active);
    assert_eq!(woken[0], Effect::StateChanged { from, to });
    assert!(matches!(&woken[1], Effect::Plan(plan) if plan.version == 3));
}

#[test]
fn a_detection_that_is_sent_again_keeps_no_fire_awake() {
    let mut cluster = followed();
    cluster.step(detected_at(0.0, noon(), false), noon());
    let again = Received { received_at: noon() + days(4), ..received(&detection(0.0, 0.0, noon())) };
    cluster.step(Input::Detected { batch: vec![again], nearest: None, outside_forecast: false }, noon());
    cluster.step(Input::Aged, noon() + days(5));
    assert_eq!(cluster.state(), ClusterState::Dormant);
}

#[test]
fn a_known_source_of_heat_is_tracked_and_not_forecast_until_fire_leaves_it() {
    let mut cluster = followed();
    let flare = |lon_deg| {
        let heat_source = Some(Arc::from("North flare"));
        Received { heat_source, ..received(&detection(lon_deg, 0.0, noon())) }
    };
    let detected = |batch| Input::Detected { batch, nearest: None, outside_forecast: false };
    assert_eq!(cluster.step(detected(vec![flare(0.0), flare(0.001)]), noon()), [Effect::Publish]);
    assert_eq!((cluster.heat_source(), cluster.version()), (Some("North flare"), 0));
    assert_eq!(cluster.decision().unwrap().method, Method::Surrogate);
    let plan = planned(cluster.step(detected(vec![received(&detection(0.01, 0.0, noon()))]), noon()));
    assert_eq!((plan.detection_count, cluster.heat_source()), (3, None));
    let settings = ClusterSettings::default().with_heat_sources_forecast(true);
    let mut cluster = Cluster::new(ClusterId(uuid::Uuid::nil()), Arc::new(settings));
    planned(cluster.step(detected(vec![flare(0.0)]), noon()));
}

#[test]
fn a_label_is_shown_and_taken_away() {
    let mut cluster = followed();
    let label = |text: Option<&str>| Input::Relabelled { label: text.map(str::to_owned) };
    assert_eq!(cluster.step(label(Some("Ridge")), noon()), [Effect::Publish]);
    assert_eq!(cluster.step(label(Some("Ridge")), noon()), []);
    assert_eq!(cluster.label(), Some("Ridge"));
    assert_eq!(cluster.step(label(None), noon()), [Effect::Publish]);
}

#[test]
fn a_forecast_that_completes_late_lacks_what_came_during_its_run() {
    let mut cluster = followed();
    cluster.step(detected_at(0.0, noon(), false), noon());
    cluster.step(started(1), noon());
    cluster.step(detected_at(0.001, noon() + hours(1), false), noon() + hours(1));
    cluster.step(detected_at(0.002, noon() + hours(2), false), noon() + hours(2));
    assert_eq!(cluster.staleness(), None, "there is none yet");
    assert_eq!(cluster.step(completed(1), noon() + hours(3)), [Effect::Publish]);
    let lacks = Staleness { since: noon() + hours(1), reason: "1 detection came after it".into() };
    assert_eq!(cluster.staleness(), Some(&lacks));
    cluster.step(started(3), noon() + hours(3));
    cluster.step(detected_at(0.003, noon() + hours(4), false), noon() + hours(4));
    cluster.step(completed(3), noon() + hours(5));
    assert_eq!(cluster.staleness().unwrap().since, noon() + hours(4), "the newest forecast lacks only that");
    cluster.step(completed(4), noon() + hours(6));
    assert_eq!(cluster.staleness(), None);
}

#[test]
fn the_forecast_of_a_fire_that_is_not_forecast_any_more_is_stale_for_what_it_lacks() {
    let on_a_flare =
        Received { heat_source: Some("a flare".into()), ..received(&detection(0.0, 0.0, noon())) };
    let resume = Resume {
        id: followed().id(),
        label: None,
        detections: vec![on_a_flare],
        nearest: None,
        version: 3,
        completed: Some(3),
        staleness: None,
        failure: None,
    };
    let mut cluster = Cluster::resumed(resume, settings());
    let split = Input::Reevaluate { why: "an operator split the fire".into() };
    assert_eq!(cluster.step(split, noon()), [Effect::Publish]);
    assert_eq!(cluster.staleness().unwrap().reason, "an operator split the fire");
}

#[test]
fn a_fire_has_grown_when_its_hull_is_larger_by_a_tenth() {
    for (north_deg, grew) in [(0.0109, false), (0.0111, true)] {
        let mut cluster = cluster();
        let corners = [(0.0, 0.0), (0.01, 0.0), (0.0, 0.01)].map(|(lon, lat)| detection(lon, lat, noon()));
        cluster.step(detected(&corners, None), noon());
        cluster.step(completed(1), noon());
        // The triangle's height, and with it the area, by 9 or 11 %.
        let plan = planned(cluster.step(detected(&[detection(0.0, north_deg, noon())], None), noon()));
        assert_eq!(plan.urgency.grew, grew, "{north_deg}");
    }
}
