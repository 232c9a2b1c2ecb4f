use super::*;
use crate::detection::{DetectionDraft, Source};

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

fn noon() -> Timestamp {
    "2026-08-01T12:00:00Z".parse().unwrap()
}

fn detection(lon_deg: f64, lat_deg: f64, acquired_at: Timestamp) -> Detection {
    Detection::new(DetectionDraft::new(Source::Satellite, lon_deg, lat_deg, 0.9, acquired_at), noon())
        .unwrap()
}

fn asset(distance_m: f64) -> Option<NearestAsset> {
    Some(NearestAsset { id: "a".into(), name: None, distance_m })
}

fn cluster() -> Cluster {
    Cluster::new(ClusterId(uuid::Uuid::nil()), Arc::new(ClusterSettings::default()))
}

fn detected(detections: &[Detection], nearest: Option<NearestAsset>) -> Input {
    Input::Detected { batch: detections.iter().map(|detection| (detection.clone(), None)).collect(), nearest }
}

#[track_caller]
fn planned(effects: Vec<Effect>) -> ForecastPlan {
    let [Effect::Plan(plan), Effect::Publish] = &effects[..] else { panic!("no plan in {effects:?}") };
    (**plan).clone()
}

/// A fire beside an asset, so that PhysX forecasts it; its first plan is out.
fn fire_by_physx() -> Cluster {
    let mut cluster = cluster();
    let plan = planned(cluster.step(detected(&[detection(0.0, 0.0, noon())], asset(300.0)), noon()));
    assert_eq!((plan.version, plan.method), (1, Method::PhysX));
    cluster
}

fn completed(version: u64) -> Input {
    Input::ForecastCompleted { version }
}

fn failed(version: u64) -> Input {
    Input::ForecastFailed { version, reason: "no answer in 30 s".into() }
}

fn reevaluate() -> Input {
    Input::Reevaluate { why: "the weather changed".into() }
}

#[test]
fn each_new_detection_plans_the_next_version() {
    let mut cluster = fire_by_physx();
    let plan = planned(cluster.step(detected(&[detection(0.001, 0.0, noon())], asset(900.0)), noon()));
    assert_eq!((plan.version, plan.detection_count, plan.members), (2, 2, 10));
    assert_eq!(plan.lead_times_s, [3600, 10_800, 21_600, 43_200, 86_400]);
    assert_eq!(plan.priority.level(), 1, "the nearer asset stays the nearest");
    assert_eq!(cluster.version(), 2);
}

#[test]
fn a_repeated_detection_changes_nothing() {
    let mut cluster = fire_by_physx();
    assert_eq!(cluster.step(detected(&[detection(0.0, 0.0, noon())], None), noon()), []);
    assert_eq!((cluster.count(), cluster.version()), (1, 1));
}

#[test]
fn the_seed_parts_burning_from_burned_at_the_active_time() {
    let mut cluster = cluster();
    assert_eq!(cluster.seed(), None);
    let times = [noon() - hours(25), noon() - hours(24), noon(), noon() - hours(1)];
    let batch: Vec<_> =
        times.iter().enumerate().map(|(at, time)| detection(at as f64 * 1e-3, 0.0, *time)).collect();
    let plan = planned(cluster.step(detected(&batch, None), noon()));
    let lons =
        |part: &[Ignition]| part.iter().map(|ignition| ignition.position.lon_deg()).collect::<Vec<_>>();
    assert_eq!(plan.seed.seeded_at, noon());
    assert_eq!(lons(&plan.seed.burning), [0.001, 0.003, 0.002]);
    assert_eq!(lons(&plan.seed.burned), [0.0]);
    assert_eq!(plan.seed.burning[0].radius_m, 187.5);
}

#[test]
fn after_a_failed_physx_forecast_the_next_try_is_by_surrogate() {
    let mut cluster = fire_by_physx();
    let plan = planned(cluster.step(failed(1), noon()));
    assert_eq!((plan.version, plan.method, plan.members), (2, Method::Surrogate, 5));
    assert_eq!(
        plan.reason,
        "surrogate, priority 1: forecast 1 by physx failed (no answer in 30 s); \
         decided was physx, priority 1: nearest asset 300 m away (at most 500 m)"
    );
    let plan = planned(cluster.step(detected(&[detection(0.001, 0.0, noon())], None), noon()));
    assert_eq!(plan.method, Method::Surrogate, "until one completes");
    cluster.step(completed(3), noon());
    assert_eq!(cluster.failure(), None);
    assert_eq!(planned(cluster.step(reevaluate(), noon())).method, Method::PhysX);
}

#[test]
fn a_failed_surrogate_leaves_the_last_forecast_stale_and_tries_nothing() {
    let mut cluster = cluster();
    cluster.step(detected(&[detection(0.0, 0.0, noon())], None), noon());
    cluster.step(completed(1), noon());
    cluster.step(reevaluate(), noon() + hours(1));
    assert_eq!(cluster.step(failed(2), noon() + hours(2)), [Effect::Publish]);
    let staleness = cluster.staleness().unwrap();
    assert_eq!(staleness.since, noon() + hours(1));
    assert_eq!(staleness.reason, "forecast 2 by surrogate failed (no answer in 30 s)");
    assert_eq!(cluster.step(failed(2), noon()), [], "told twice, heard once");
}

#[test]
fn a_forecast_is_stale_from_the_next_detection_to_the_next_forecast() {
    let mut cluster = fire_by_physx();
    assert_eq!(cluster.step(completed(1), noon()), [Effect::Publish]);
    assert_eq!(cluster.staleness(), None);
    cluster.step(detected(&[detection(0.001, 0.0, noon())], None), noon() + hours(1));
    assert_eq!(
        cluster.staleness(),
        Some(&Staleness { since: noon() + hours(1), reason: "1 detection came after it".into() })
    );
    cluster.step(completed(2), noon() + hours(2));
    assert_eq!((cluster.staleness(), cluster.completed_version()), (None, Some(2)));
}

#[test]
fn answers_to_replaced_or_unknown_plans_change_little() {
    let mut cluster = fire_by_physx();
    cluster.step(detected(&[detection(0.001, 0.0, noon())], None), noon());
    assert_eq!(cluster.step(failed(1), noon()), [], "a newer plan is out");
    assert_eq!(cluster.step(completed(9), noon()), [], "never planned");
    cluster.step(completed(2), noon());
    assert_eq!(cluster.step(completed(1), noon()), [], "a newer one is complete");
    assert_eq!(cluster.completed_version(), Some(2));
}

#[test]
fn assets_replan_only_what_they_decide_differently() {
    let mut cluster = fire_by_physx();
    assert_eq!(cluster.step(Input::AssetsChanged { nearest: asset(300.0) }, noon()), []);
    assert_eq!(cluster.step(Input::AssetsChanged { nearest: asset(200.0) }, noon()), [Effect::Publish]);
    let plan = planned(cluster.step(Input::AssetsChanged { nearest: None }, noon()));
    assert_eq!((plan.version, plan.method), (2, Method::Surrogate));
}

#[test]
fn the_most_urgent_request_that_still_burns_counts() {
    use RequestedPriority::{High, Low};
    let mut cluster = cluster();
    let batch = vec![
        (detection(0.0, 0.0, noon() - hours(30)), Some(High)),
        (detection(0.001, 0.0, noon()), Some(Low)),
        (detection(0.002, 0.0, noon()), None),
    ];
    let plan = planned(cluster.step(Input::Detected { batch, nearest: None }, noon()));
    assert_eq!(plan.priority.level(), 8);
}

#[test]
fn a_merged_fire_is_silent_and_lives_on_in_the_other() {
    let (mut survivor, mut absorbed) = (fire_by_physx(), cluster());
    absorbed.step(detected(&[detection(0.005, 0.0, noon())], None), noon());
    let absorb = Input::Absorb { detections: absorbed.detections().cloned().collect(), nearest: None };
    assert_eq!(planned(survivor.step(absorb, noon())).detection_count, 2);
    assert_eq!(absorbed.step(Input::Merged { survivor: survivor.id() }, noon()), [Effect::Publish]);
    assert_eq!(absorbed.state(), ClusterState::Merged { survivor: survivor.id() });
    assert_eq!(absorbed.step(reevaluate(), noon()), []);
}

#[test]
fn a_resumed_fire_goes_on_where_it_stood() {
    let detections = vec![(detection(0.0, 0.0, noon()), None)];
    let resume = Resume {
        id: cluster().id(),
        detections,
        nearest: asset(300.0),
        version: 7,
        completed: Some(6),
        staleness: None,
        failure: None,
    };
    let mut cluster = Cluster::resumed(resume, Arc::new(ClusterSettings::default()));
    assert_eq!((cluster.version(), cluster.completed_version(), cluster.count()), (7, Some(6), 1));
    assert_eq!(cluster.decision().unwrap().method, Method::PhysX);
    assert_eq!(planned(cluster.step(reevaluate(), noon())).version, 8);
}

#[test]
fn a_fire_that_is_read_back_bit_by_bit_plans_once_and_says_why() {
    let resume = Resume {
        id: cluster().id(),
        detections: Vec::new(),
        nearest: None,
        version: 7,
        completed: Some(7),
        staleness: None,
        failure: None,
    };
    let mut cluster = Cluster::resumed(resume, Arc::new(ClusterSettings::default()));
    for (lon_deg, distance_m) in [(0.0, 900.0), (0.001, 300.0), (0.001, 300.0)] {
        let batch = vec![(detection(lon_deg, 0.0, noon()), None)];
        assert_eq!(cluster.step(Input::Recalled { batch, nearest: asset(distance_m) }, noon()), []);
    }
    let plan = planned(cluster.step(Input::Reevaluate { why: "it was read back".into() }, noon()));
    assert_eq!((plan.version, plan.detection_count, plan.method), (8, 2, Method::PhysX));
    assert_eq!(cluster.staleness().unwrap().reason, "it was read back");
}

#[test]
fn bounds_and_hull_are_narrow_across_the_antimeridian() {
    let mut cluster = cluster();
    let places = [(179.99, 0.0), (-179.99, 0.0), (180.0, 0.01), (180.0, 0.001), (-180.0, -0.01)];
    for (lon_deg, lat_deg) in places {
        cluster.step(detected(&[detection(lon_deg, lat_deg, noon())], None), noon());
    }
    let bounds = cluster.bounds().unwrap();
    assert_eq!((bounds.west_deg, bounds.east_deg), (179.99, -179.99));
    assert_eq!((bounds.south_deg, bounds.north_deg), (-0.01, 0.01));
    let corners: Vec<_> = cluster.hull().iter().map(|corner| (corner.lon_deg(), corner.lat_deg())).collect();
    assert_eq!(corners, [(179.99, 0.0), (-180.0, -0.01), (-179.99, 0.0), (180.0, 0.01)]);
}

#[test]
fn a_hull_of_few_or_aligned_places_has_no_area() {
    let mut cluster = cluster();
    assert_eq!((cluster.bounds(), cluster.hull().len()), (None, 0));
    for (lon_deg, corners) in [(0.0, 1), (0.0, 1), (1.0, 2), (0.5, 2)] {
        let confidence = detection(lon_deg, lon_deg, noon() - hours(cluster.count() as i64));
        cluster.step(detected(&[confidence], None), noon());
        assert_eq!(cluster.hull().len(), corners);
    }
}

#[test]
fn a_fire_around_the_pole_gets_the_full_circle() {
    let mut cluster = cluster();
    let batch = [-120.0, 0.0, 120.0].map(|lon_deg| detection(lon_deg, 89.999, noon()));
    cluster.step(detected(&batch, None), noon());
    let bounds = cluster.bounds().unwrap();
    assert_eq!((bounds.west_deg, bounds.east_deg), (-180.0, 180.0));
}

fn founded(detection: &Detection) -> ClusterId {
    ClusterId::founded_by(detection.id())
}

#[test]
fn a_detection_between_two_fires_merges_them_into_the_one_known_longer() {
    let mut index = ClusterIndex::new(LinkSettings::default());
    let (known, earlier) = (detection(0.0, 0.0, noon()), detection(0.016, 0.0, noon() - hours(1)));
    assert_eq!(index.assign(&known), Assignment::Founded { cluster: founded(&known) });
    assert_eq!(index.assign(&earlier), Assignment::Founded { cluster: founded(&earlier) });
    let link = detection(0.008, 0.0, noon());
    let (survivor, absorbed) = (founded(&known), vec![founded(&earlier)]);
    assert_eq!(index.assign(&link), Assignment::Merged { survivor, absorbed });
    assert_eq!(index.assign(&earlier), Assignment::Duplicate { cluster: survivor });
    assert_eq!(index.assign(&detection(0.001, 0.0, noon())), Assignment::Joined { cluster: survivor });
    assert_eq!((index.cluster_of(earlier.id()), index.len(), index.fires()), (Some(survivor), 4, 1));
}

#[test]
fn one_place_burns_twice_when_nothing_was_seen_for_more_than_five_days() {
    let mut index = ClusterIndex::new(LinkSettings::default());
    let after = |count| detection(0.0, 0.0, noon() - hours(24 * 30) + hours(count));
    let (first, second) = (after(0), after(121));
    index.assign(&first);
    assert_eq!(index.assign(&second), Assignment::Founded { cluster: founded(&second) });
    assert_eq!(index.assign(&after(240)), Assignment::Joined { cluster: founded(&second) });
    let merged = Assignment::Merged { survivor: founded(&first), absorbed: vec![founded(&second)] };
    assert_eq!(index.assign(&after(60)), merged, "what comes late may close the gap");
}

#[test]
fn what_was_split_by_hand_stays_apart_until_it_is_merged_by_hand() {
    let mut index = ClusterIndex::new(LinkSettings::default());
    let row: Vec<Detection> = (0..6).map(|at| detection(f64::from(at) * 0.008, 0.0, noon())).collect();
    row.iter().for_each(|detection| drop(index.assign(detection)));
    let fire = founded(&row[0]);
    let part: Vec<_> = row[..3].iter().map(Detection::id).collect();
    let split = index.split(fire, &part).unwrap();
    let moved: Vec<_> = row[3..].iter().map(Detection::id).collect();
    assert_eq!(
        split,
        Split { kept: fire, founded: founded(&row[3]), moved },
        "the first received keeps the id"
    );
    let nearer_to = |lon_deg| detection(lon_deg, 0.001, noon());
    assert_eq!(index.assign(&nearer_to(0.018)), Assignment::Joined { cluster: fire });
    assert_eq!(index.assign(&nearer_to(0.023)), Assignment::Joined { cluster: split.founded });
    let beyond = detection(0.056, 0.0, noon());
    assert_eq!(index.assign(&beyond), Assignment::Founded { cluster: founded(&beyond) });
    let merged = Assignment::Merged { survivor: split.founded, absorbed: vec![founded(&beyond)] };
    assert_eq!(index.assign(&detection(0.048, 0.0, noon())), merged, "others merge as ever");
    let merge = index.merge(split.founded, fire).unwrap();
    assert_eq!((merge.survivor, merge.absorbed, index.fires()), (fire, split.founded, 1));
    assert_eq!(index.assign(&nearer_to(0.02)), Assignment::Joined { cluster: fire });
}

#[test]
fn detections_of_one_cell_can_be_two_fires() {
    let mut index = ClusterIndex::new(LinkSettings::default());
    let places = [0.0, 0.0001, 0.0002, 0.0003].map(|lon_deg| detection(lon_deg, 0.0, noon()));
    places.iter().for_each(|detection| drop(index.assign(detection)));
    let fire = founded(&places[0]);
    let split = index.split(fire, &[places[2].id(), places[3].id()]).unwrap();
    assert_eq!(index.assign(&detection(0.00005, 0.0, noon())), Assignment::Joined { cluster: fire });
    assert_eq!(index.assign(&detection(0.00025, 0.0, noon())), Assignment::Joined { cluster: split.founded });
    assert_eq!((index.detections_of(fire).len(), index.detections_of(split.founded).len()), (3, 3));
}

#[test]
fn a_refused_split_or_merge_says_what_is_wrong() {
    let mut index = ClusterIndex::new(LinkSettings::default());
    let (known, other) = (detection(0.0, 0.0, noon()), detection(1.0, 0.0, noon()));
    let near = detection(0.001, 0.0, noon());
    [&known, &other, &near].into_iter().for_each(|detection| drop(index.assign(detection)));
    let (fire, far) = (founded(&known), founded(&other));
    let unknown = ClusterId(uuid::Uuid::nil());
    let mut split = |fire, part: &[&Detection]| {
        let part: Vec<_> = part.iter().map(|detection| detection.id()).collect();
        index.split(fire, &part).unwrap_err().to_string()
    };
    assert_eq!(
        split(unknown, &[&known]),
        format!("the fire to split must be one of those followed, found {unknown}")
    );
    assert_eq!(
        split(fire, &[]),
        format!("the part to split off fire {fire} must have 1 detection at least, found 0")
    );
    assert_eq!(
        split(fire, &[&near, &known, &near]),
        format!("the part to split off fire {fire} must leave 1 detection at least, found all 2 named")
    );
    assert_eq!(
        split(fire, &[&known, &other]),
        format!("detection {} must be of fire {fire}, found it is of fire {far}", other.id())
    );
    let never = detection(2.0, 0.0, noon());
    assert_eq!(
        split(fire, &[&never]),
        format!("detection {} must be of fire {fire}, found it was never assigned", never.id())
    );
    assert_eq!(index.merge(fire, fire), Err(MergeError::SameFire { fire }));
    assert_eq!(index.merge(fire, unknown), Err(MergeError::UnknownFire { fire: unknown }));
    assert_eq!((index.fires(), index.len()), (2, 3), "nothing has changed");
}

#[test]
fn settings_out_of_range_are_refused() {
    assert!(EnsembleSizes::new(10_000, 1).is_ok());
    assert_eq!(
        EnsembleSizes::new(10, 0).unwrap_err().to_string(),
        "surrogate members must be 1 to 10000, found 0"
    );
    assert!(EnsembleSizes::new(10_001, 5).is_err());
    let settings = |lead_times_s: &[u32], active_for_s| {
        let (thresholds, ensemble) = Default::default();
        ClusterSettings::new(thresholds, ensemble, lead_times_s.to_vec(), active_for_s)
    };
    assert!(settings(&[1800], 1).is_ok());
    for lead_times_s in [&[][..], &[0], &[3600, 3600], &[7200, 3600], &[604_801]] {
        assert!(settings(lead_times_s, 1).is_err(), "{lead_times_s:?}");
    }
    assert_eq!(settings(&[3600], 0), Err(ClusterSettingsError::ActiveFor));
}

#[test]
fn a_fixed_method_goes_over_the_table_and_says_so() {
    let settings = ClusterSettings::default().with_method(Method::PhysX, "fixed for all fires");
    let mut cluster = Cluster::new(ClusterId(uuid::Uuid::nil()), Arc::new(settings));
    let plan = planned(cluster.step(detected(&[detection(0.0, 0.0, noon())], None), noon()));
    assert_eq!((plan.method, plan.priority.level(), plan.members), (Method::PhysX, 7, 10));
    let reason = "physx, priority 7: fixed for all fires; decided was surrogate";
    assert!(plan.reason.starts_with(reason), "{}", plan.reason);
    let next = planned(cluster.step(failed(1), noon()));
    assert_eq!(
        next.method,
        Method::Surrogate,
        "a failed PhysX run is followed by the surrogate all the same"
    );
}
