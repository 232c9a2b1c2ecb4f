//! One set of tests for every store.

use firecore::detection::{Detection, DetectionDraft, Source};
use jiff::Timestamp;
use uuid::Uuid;

use super::embedded::EmbeddedStore;
use super::memory::MemoryStore;
use super::*;
use crate::artifacts::test_forecast::forecast_at;
use crate::settings::StoreSettings;

/// A kind of store.
#[derive(Clone, Copy)]
enum Kind {
    Memory,
    Embedded,
}

/// A store, and where it keeps things.
struct Opened {
    store: Box<dyn Store>,
    _folder: tempfile::TempDir,
}

impl std::ops::Deref for Opened {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

impl Kind {
    fn open(self, bounds: StoreSettings) -> Opened {
        let folder = tempfile::tempdir().unwrap();
        let store: Box<dyn Store> = match self {
            Self::Memory => Box::new(MemoryStore::new(bounds)),
            Self::Embedded => Box::new(EmbeddedStore::open(folder.path(), bounds).unwrap()),
        };
        Opened { store, _folder: folder }
    }

    fn store(self, detections_max: usize, requests_max: usize) -> Opened {
        self.open(StoreSettings { detections_max, requests_max, ..StoreSettings::default() })
    }
}

fn detection(lon_deg: f64) -> Detection {
    let now = Timestamp::UNIX_EPOCH;
    Detection::new(DetectionDraft::new(Source::Drone, lon_deg, 0.0, 0.9, now), now).unwrap()
}

fn fire(number: u128) -> ClusterId {
    ClusterId(Uuid::from_u128(number))
}

fn batch(number: u128, rows: Vec<(ClusterId, Detection)>) -> Batch {
    Batch {
        request_id: RequestId(Uuid::from_u128(number)),
        received_at: Timestamp::UNIX_EPOCH,
        requested: None,
        rows,
        merges: Vec::new(),
    }
}

fn positions(records: &[Record]) -> Vec<f64> {
    records.iter().map(|record| record.detection.position().lon_deg()).collect()
}

async fn a_detection_is_kept_once_with_its_first_place_in_the_journal(kind: Kind) {
    let store = kind.store(10, 10);
    let rows = vec![(fire(1), detection(1.0)), (fire(1), detection(2.0)), (fire(1), detection(1.0))];
    let appended = store.append(batch(1, rows)).await.unwrap();
    let seen: Vec<_> = appended.iter().map(|row| (row.sequence, row.fresh)).collect();
    assert_eq!(seen, [(1, true), (2, true), (1, false)]);
    let again =
        store.append(batch(2, vec![(fire(1), detection(2.0)), (fire(2), detection(3.0))])).await.unwrap();
    assert_eq!((again[0].sequence, again[0].fresh), (2, false));
    assert_eq!((again[1].sequence, again[1].fresh), (3, true));
    assert_eq!(positions(&store.records(fire(1)).await.unwrap()), [1.0, 2.0]);
    assert_eq!(store.journal().await.unwrap().records.len(), 3);
    let request = store.request(RequestId(Uuid::from_u128(2))).await.unwrap().unwrap();
    assert_eq!(request.clusters, [(fire(1), 2), (fire(2), 3)]);
}

async fn a_full_store_takes_nothing_of_a_batch(kind: Kind) {
    let store = kind.store(2, 10);
    store.append(batch(1, vec![(fire(1), detection(1.0))])).await.unwrap();
    let rows = vec![(fire(1), detection(2.0)), (fire(1), detection(3.0))];
    let refused = store.append(batch(2, rows)).await;
    assert_eq!(refused, Err(StoreError::Full { detections: 1, detections_max: 2 }));
    assert_eq!(positions(&store.records(fire(1)).await.unwrap()), [1.0]);
    assert!(store.request(RequestId(Uuid::from_u128(2))).await.unwrap().is_none());
    // What it has already needs no room.
    store.append(batch(3, vec![(fire(1), detection(1.0)), (fire(1), detection(2.0))])).await.unwrap();
}

async fn of_several_batches_all_are_kept_or_none(kind: Kind) {
    let store = kind.store(3, 10);
    let two = |first: f64| vec![(fire(1), detection(first)), (fire(1), detection(first + 1.0))];
    let refused = store.append_all(vec![batch(1, two(1.0)), batch(2, two(3.0))]).await;
    assert_eq!(refused, Err(StoreError::Full { detections: 0, detections_max: 3 }));
    assert!(store.records(fire(1)).await.unwrap().is_empty());
    // One of the second is in the first.
    let appended = store.append_all(vec![batch(3, two(1.0)), batch(4, two(2.0))]).await.unwrap();
    let seen: Vec<_> = appended.iter().flatten().map(|row| (row.sequence, row.fresh)).collect();
    assert_eq!(seen, [(1, true), (2, true), (2, false), (3, true)]);
    assert!(store.request(RequestId(Uuid::from_u128(2))).await.unwrap().is_none());
}

async fn a_merge_hands_detections_and_requests_to_the_survivor(kind: Kind) {
    let store = kind.store(10, 10);
    store.append(batch(1, vec![(fire(1), detection(1.0)), (fire(2), detection(2.0))])).await.unwrap();
    let linking = Batch { merges: vec![(fire(1), fire(2))], ..batch(2, vec![(fire(1), detection(1.5))]) };
    store.append(linking).await.unwrap();
    for id in [fire(1), fire(2)] {
        assert_eq!(positions(&store.records(id).await.unwrap()), [1.0, 2.0, 1.5]);
    }
    let request = store.request(RequestId(Uuid::from_u128(1))).await.unwrap().unwrap();
    assert_eq!(request.clusters, [(fire(1), 2)]);
}

async fn the_journal_names_the_last_survivor_of_each_merged_fire(kind: Kind) {
    let store = kind.store(10, 10);
    let rows = (1..=3).map(|number| (fire(number), detection(number as f64))).collect();
    store.append(batch(1, rows)).await.unwrap();
    assert!(store.journal().await.unwrap().survivors.is_empty());
    let merges = vec![(fire(2), fire(3)), (fire(1), fire(2))];
    store.append(Batch { merges, ..batch(2, vec![(fire(1), detection(1.5))]) }).await.unwrap();
    let journal = store.journal().await.unwrap();
    assert_eq!(journal.survivors, HashMap::from([(fire(2), fire(1)), (fire(3), fire(1))]));
    assert!(journal.records.iter().all(|(id, _)| *id == fire(1)));
}

async fn a_record_put_aside_leaves_its_fire_but_not_the_journal(kind: Kind) {
    let store = kind.store(10, 10);
    store.append(batch(1, vec![(fire(1), detection(1.0)), (fire(1), detection(2.0))])).await.unwrap();
    store.put_aside(detection(1.0).id(), "it crashes".to_owned()).await.unwrap();
    assert_eq!(positions(&store.records(fire(1)).await.unwrap()), [2.0]);
    assert_eq!(store.journal().await.unwrap().records.len(), 2);
    let aside = store.set_aside(fire(1)).await.unwrap();
    assert_eq!((aside.len(), aside[0].0.sequence, aside[0].1.as_str()), (1, 1, "it crashes"));
    assert!(store.set_aside(fire(2)).await.unwrap().is_empty());
    let again = store.append(batch(2, vec![(fire(1), detection(1.0))])).await.unwrap();
    assert!(!again[0].fresh, "it is not taken in again");
}

async fn a_merge_hands_over_what_was_put_aside(kind: Kind) {
    let store = kind.store(10, 10);
    let rows = vec![(fire(1), detection(1.0)), (fire(2), detection(2.0)), (fire(3), detection(3.0))];
    store.append(batch(1, rows)).await.unwrap();
    store.append(batch(2, vec![(fire(2), detection(2.1))])).await.unwrap();
    for lon_deg in [2.1, 3.0] {
        store.put_aside(detection(lon_deg).id(), "it crashes".to_owned()).await.unwrap();
    }
    let linking = Batch { merges: vec![(fire(1), fire(2))], ..batch(3, vec![(fire(1), detection(1.5))]) };
    store.append(linking).await.unwrap();
    let homes: Vec<ClusterId> = store.journal().await.unwrap().records.iter().map(|(id, _)| *id).collect();
    assert_eq!(homes, [fire(1), fire(1), fire(3), fire(1), fire(1)]);
    for id in [fire(1), fire(2)] {
        let aside = store.set_aside(id).await.unwrap();
        assert_eq!(aside.iter().map(|(record, _)| record.sequence).collect::<Vec<_>>(), [4]);
        assert_eq!(positions(&store.records(id).await.unwrap()), [1.0, 2.0, 1.5]);
    }
    let again = store.append(batch(4, vec![(fire(1), detection(2.1))])).await.unwrap();
    assert!(!again[0].fresh);
    let request = store.request(RequestId(Uuid::from_u128(4))).await.unwrap().unwrap();
    assert_eq!(request.clusters, [(fire(1), 4)]);
}

fn forecast(cluster_id: ClusterId, version: u64) -> KeptForecast {
    let mut forecast = forecast_at(0.0, 0.0);
    (forecast.plan.cluster_id, forecast.plan.version) = (cluster_id, version);
    KeptForecast { forecast: Arc::new(forecast), results_uri: None }
}

fn operation(number: u128, change: OperationChange) -> Operation {
    Operation {
        id: OperationId(Uuid::from_u128(number)),
        at: Timestamp::UNIX_EPOCH,
        by: Some("desk".to_owned()),
        note: None,
        undoes: None,
        change,
    }
}

async fn a_split_moves_its_part_and_a_merge_brings_it_back(kind: Kind) {
    let store = kind.store(10, 10);
    let rows = (1..=3).map(|number| (fire(1), detection(number as f64))).collect();
    store.append(batch(1, rows)).await.unwrap();
    store.put_aside(detection(3.0).id(), "it crashes".to_owned()).await.unwrap();
    let part = vec![detection(2.0).id(), detection(3.0).id()];
    let split = OperationChange::Split { fire: fire(1), parted: fire(2), part: part.clone() };
    assert_eq!(store.operate(operation(1, split.clone())).await.unwrap(), 4);
    assert_eq!(positions(&store.records(fire(1)).await.unwrap()), [1.0]);
    assert_eq!(positions(&store.records(fire(2)).await.unwrap()), [2.0]);
    assert_eq!(store.set_aside(fire(2)).await.unwrap().len(), 1);
    let appended = store.append(batch(2, vec![(fire(2), detection(4.0))])).await.unwrap();
    assert_eq!(appended[0].sequence, 5, "an operation has a place of its own");
    let merge = OperationChange::Merge { survivor: fire(1), absorbed: fire(2), part };
    store.operate(operation(2, merge)).await.unwrap();
    assert_eq!(positions(&store.records(fire(2)).await.unwrap()), [1.0, 2.0, 4.0]);
    let journal = store.journal().await.unwrap();
    assert_eq!(journal.survivors, HashMap::from([(fire(2), fire(1))]));
    let places: Vec<u64> = journal.operations.iter().map(|(place, _)| *place).collect();
    assert_eq!((places, &journal.operations[0].1.change), (vec![4, 6], &split));
    assert_eq!(store.operations().await.unwrap(), journal.operations);
}

async fn a_fire_that_was_absorbed_and_is_split_off_again_is_one_of_its_own(kind: Kind) {
    let store = kind.store(10, 10);
    store.append(batch(1, vec![(fire(1), detection(1.0)), (fire(2), detection(2.0))])).await.unwrap();
    let linking = Batch { merges: vec![(fire(1), fire(2))], ..batch(2, vec![(fire(1), detection(1.5))]) };
    store.append(linking).await.unwrap();
    let part = vec![detection(2.0).id()];
    let split = OperationChange::Split { fire: fire(1), parted: fire(2), part };
    store.operate(operation(1, split)).await.unwrap();
    assert_eq!(positions(&store.records(fire(2)).await.unwrap()), [2.0]);
    assert!(store.journal().await.unwrap().survivors.is_empty());
    store.save_forecast(forecast(fire(2), 1)).await.unwrap();
    assert!(store.forecast(fire(2)).await.unwrap().is_some());
}

async fn the_last_forecasts_are_remembered(kind: Kind) {
    let settings = StoreSettings { history_per_fire_max: 2, history_max: 3, ..StoreSettings::default() };
    let store = kind.open(settings);
    for (number, version) in [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)] {
        store.save_forecast(forecast(fire(number), version)).await.unwrap();
    }
    let mut newest: Vec<u64> = Vec::new();
    for kept in store.forecasts().await.unwrap() {
        newest.push(kept.forecast.plan.version);
    }
    newest.sort_unstable();
    assert_eq!(newest, [2, 3]);
    let versions = async |number| -> Vec<u64> {
        let kept = store.history(fire(number)).await.unwrap();
        assert!(kept.iter().all(|kept| !kept.forecast.perimeters.is_empty()));
        kept.iter().map(|kept| kept.forecast.plan.version).collect()
    };
    assert_eq!((versions(1).await, versions(2).await), (vec![3], vec![1, 2]));
}

async fn of_each_fire_the_newest_forecast_is_kept_and_none_of_a_merged_one(kind: Kind) {
    let store = kind.store(10, 10);
    store.append(batch(1, vec![(fire(1), detection(1.0)), (fire(2), detection(2.0))])).await.unwrap();
    for (number, version) in [(1, 2), (1, 1), (2, 8)] {
        store.save_forecast(forecast(fire(number), version)).await.unwrap();
    }
    let linking = Batch { merges: vec![(fire(1), fire(2))], ..batch(2, vec![(fire(1), detection(1.5))]) };
    store.append(linking).await.unwrap();
    store.save_forecast(forecast(fire(2), 9)).await.unwrap();
    for id in [fire(1), fire(2)] {
        let kept = store.forecast(id).await.unwrap().unwrap();
        assert_eq!((kept.forecast.plan.cluster_id, kept.forecast.plan.version), (fire(1), 2));
    }
}

async fn a_request_asks_for_the_fires_that_its_detections_are_of_by_now(kind: Kind) {
    let store = kind.store(10, 10);
    let (kept, gone) = (detection(1.0), detection(2.0));
    let part = vec![gone.id()];
    store.append(batch(1, vec![(fire(1), kept), (fire(1), gone)])).await.unwrap();
    let change = OperationChange::Split { fire: fire(1), parted: fire(2), part };
    let id = OperationId(Uuid::from_u128(1));
    let at = jiff::Timestamp::UNIX_EPOCH;
    store.operate(Operation { id, at, by: None, note: None, undoes: None, change }).await.unwrap();
    let request = store.request(RequestId(Uuid::from_u128(1))).await.unwrap().unwrap();
    let mut clusters = request.clusters;
    clusters.sort_by_key(|(_, sequence)| *sequence);
    assert_eq!(clusters, [(fire(1), 1), (fire(2), 2)]);
}

async fn the_oldest_request_is_forgotten_first(kind: Kind) {
    let store = kind.store(10, 2);
    for number in 1..=3 {
        store.append(batch(number, vec![(fire(1), detection(number as f64))])).await.unwrap();
    }
    assert!(store.request(RequestId(Uuid::from_u128(1))).await.unwrap().is_none());
    assert!(store.request(RequestId(Uuid::from_u128(2))).await.unwrap().is_some());
}

async fn the_newest_list_of_assets_is_kept(kind: Kind) {
    let store = kind.store(10, 10);
    assert_eq!(store.assets().await.unwrap(), None);
    let list = |version: u64, ids: &[&str]| KeptAssets {
        version,
        assets: ids
            .iter()
            .map(|id| Asset {
                id: (*id).to_owned(),
                kind: Some("camp".to_owned()),
                name: None,
                clearance_s: None,
                geometry: geo::Point::new(1.0, 2.0).into(),
            })
            .collect(),
    };
    for (saved, kept) in [
        (list(2, &["a", "b"]), list(2, &["a", "b"])),
        (list(1, &["old"]), list(2, &["a", "b"])),
        // The answer to the first one may have been lost on its way.
        (list(2, &["c"]), list(2, &["c"])),
        (list(3, &[]), list(3, &[])),
    ] {
        store.save_assets(saved).await.unwrap();
        assert_eq!(store.assets().await.unwrap(), Some(kept));
    }
}

macro_rules! of_each_kind {
    ($($test:ident,)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Kind::Memory).await;
            })*
        }
        mod embedded {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Kind::Embedded).await;
            })*
        }
    };
}

of_each_kind! {
    of_several_batches_all_are_kept_or_none,
    a_detection_is_kept_once_with_its_first_place_in_the_journal,
    a_full_store_takes_nothing_of_a_batch,
    a_merge_hands_detections_and_requests_to_the_survivor,
    the_journal_names_the_last_survivor_of_each_merged_fire,
    a_record_put_aside_leaves_its_fire_but_not_the_journal,
    a_merge_hands_over_what_was_put_aside,
    a_split_moves_its_part_and_a_merge_brings_it_back,
    a_fire_that_was_absorbed_and_is_split_off_again_is_one_of_its_own,
    the_last_forecasts_are_remembered,
    of_each_fire_the_newest_forecast_is_kept_and_none_of_a_merged_one,
    a_request_asks_for_the_fires_that_its_detections_are_of_by_now,
    the_oldest_request_is_forgotten_first,
    the_newest_list_of_assets_is_kept,
}
