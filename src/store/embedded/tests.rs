//! What is there after the file was closed, and what is refused when it is opened.

use firecore::asset::Asset;
use firecore::detection::{Detection, DetectionDraft, Source};
use firecore::strategy::RequestedPriority;
use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::store::{OperationChange, OperationId};

fn open(folder: &Path) -> Result<EmbeddedStore, OpenError> {
    EmbeddedStore::open(folder, StoreSettings::default())
}

/// Places that take all digits that a number has.
fn detection(number: u32) -> Detection {
    let now = Timestamp::UNIX_EPOCH;
    let draft = DetectionDraft::new(Source::Drone, f64::from(number) / 7.0, -1.0 / 3.0, 0.1 + 0.2, now);
    Detection::new(DetectionDraft { frp_mw: Some(0.1), ..draft }, now).unwrap()
}

fn fire(number: u128) -> ClusterId {
    ClusterId(Uuid::from_u128(number))
}

fn batch(number: u128, rows: Vec<(ClusterId, Detection)>) -> Batch {
    let request_id = RequestId(Uuid::from_u128(number));
    let requested = Some(RequestedPriority::High);
    Batch { request_id, received_at: Timestamp::UNIX_EPOCH, requested, rows, merges: Vec::new() }
}

fn operation(number: u128, change: OperationChange) -> Operation {
    let id = OperationId(Uuid::from_u128(number));
    Operation { id, at: Timestamp::UNIX_EPOCH, by: Some("desk".to_owned()), note: None, undoes: None, change }
}

#[tokio::test]
async fn all_but_forecasts_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let rows = (0..9).map(|number| (fire(u128::from(number) % 3), detection(number))).collect();
    store.append(batch(1, rows)).await.unwrap();
    let again = vec![(fire(1), detection(1)), (fire(0), detection(40))];
    store.append(Batch { merges: vec![(fire(0), fire(2))], ..batch(2, again) }).await.unwrap();
    let part = vec![detection(4).id()];
    let split = OperationChange::Split { fire: fire(1), parted: fire(7), part };
    store.operate(operation(1, split)).await.unwrap();
    let label = OperationChange::Relabel { fire: fire(1), label: Some("Ridge".to_owned()), before: None };
    store.operate(operation(2, label)).await.unwrap();
    let mut forecast = crate::artifacts::test_forecast::forecast_at(0.0, 0.0);
    (forecast.plan.cluster_id, forecast.plan.version) = (fire(1), 6);
    store.save_forecast(KeptForecast { forecast: Arc::new(forecast), results_uri: None }).await.unwrap();
    store.put_aside(detection(3).id(), "it crashes".to_owned()).await.unwrap();
    let geometry = geo::Point::new(1.0 / 3.0, 0.1).into();
    let asset = Asset {
        id: "a".to_owned(),
        kind: None,
        name: Some("Camp".to_owned()),
        clearance_s: Some(60),
        geometry,
    };
    store.save_assets(KeptAssets { version: 3, assets: vec![asset] }).await.unwrap();
    let look = async |store: &EmbeddedStore| {
        let requests = [
            store.request(RequestId(Uuid::from_u128(1))).await,
            store.request(RequestId(Uuid::from_u128(2))).await,
        ];
        (
            store.journal().await.unwrap(),
            store.set_aside(fire(0)).await.unwrap(),
            requests,
            store.assets().await.unwrap(),
        )
    };
    let before = look(&store).await;
    drop(store);
    let store = open(folder.path()).unwrap();
    assert_eq!(look(&store).await, before);
    assert_eq!((store.newest_version(fire(1)).await, store.newest_version(fire(2)).await), (Ok(6), Ok(0)));
    let appended =
        store.append(batch(3, vec![(fire(9), detection(4)), (fire(9), detection(50))])).await.unwrap();
    assert_eq!(appended, [Appended { sequence: 5, fresh: false }, Appended { sequence: 13, fresh: true }]);
}

#[tokio::test]
async fn many_that_wait_are_each_answered_and_all_are_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()).unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..300 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            // Each detection twice.
            let rows = vec![(fire(1), detection(number / 2))];
            store.append(batch(u128::from(number), rows)).await.unwrap()[0]
        });
    }
    let appended: Vec<Appended> = tasks.join_all().await;
    assert_eq!(appended.iter().filter(|one| one.fresh).count(), 150);
    drop(store);
    assert_eq!(open(folder.path()).unwrap().records(fire(1)).await.unwrap().len(), 150);
}

#[tokio::test]
async fn a_bound_that_was_lowered_refuses_new_ones_and_forgets_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    store.append(batch(1, vec![(fire(1), detection(1)), (fire(1), detection(2))])).await.unwrap();
    drop(store);
    drop(open(folder.path()).unwrap());
    let bounds = StoreSettings { detections_max: 1, ..StoreSettings::default() };
    let store = EmbeddedStore::open(folder.path(), bounds).unwrap();
    assert_eq!(store.records(fire(1)).await.unwrap().len(), 2);
    let refused = store.append(batch(2, vec![(fire(1), detection(3))])).await;
    assert_eq!(refused, Err(StoreError::Full { detections: 2, detections_max: 1 }));
    assert!(!store.append(batch(3, vec![(fire(1), detection(2))])).await.unwrap()[0].fresh);
}

#[test]
fn a_file_that_another_has_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let _store = open(folder.path()).unwrap();
    let error = open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("journal.redb is used by another process"), "{error}");
}

#[test]
fn a_later_schema_and_a_damaged_entry_are_refused_and_half_a_creation_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(path.with_extension("redb.new"), b"half").unwrap();
    drop(open(folder.path()).unwrap());
    let change = |change: &dyn Fn(&redb::WriteTransaction)| {
        let database = Database::open(&path).unwrap();
        let write = database.begin_write().unwrap();
        change(&write);
        write.commit().unwrap();
    };
    change(&|write| {
        write.open_table(JOURNAL).unwrap().insert(0, &b"{\"bat"[..]).unwrap();
    });
    let error = open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is damaged: entry 0"), "{error}");
    change(&|write| {
        write.open_table(ABOUT).unwrap().insert(SCHEMA_KEY, SCHEMA + 1).unwrap();
    });
    let error = open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("needed schema 1, found 2"), "{error}");
    fs::write(&path, b"no store").unwrap();
    let error = open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("cannot be used as the store"), "{error}");
}
