use firecore::ensemble::reduce::BurnCounts;
use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
use crate::artifacts::test_forecast::forecast_at;

fn forecast(fire: u128, version: u64) -> Arc<Forecast> {
    let mut forecast = forecast_at(0.0, 0.0);
    forecast.plan.cluster_id = ClusterId(Uuid::from_u128(fire));
    forecast.plan.version = version;
    forecast.issued_at += SignedDuration::from_secs(version as i64);
    // So that each fire's grids are its own.
    forecast.arrival.p50_s[0] = fire as f32 + version as f32 / 8.0;
    let cells = forecast.arrival.shape.len();
    let counts = (1..=2_u16).map(|lead| (0..cells).map(|cell| lead * (cell % 9) as u16).collect());
    forecast.burned = BurnCounts { members: 18, lead_times_s: vec![3_600, 7_200], counts: counts.collect() };
    Arc::new(forecast)
}

fn same(a: &Forecast, b: &Forecast) -> bool {
    a.arrival == b.arrival && a.burned == b.burned && a.perimeters == b.perimeters
}

async fn put(grids: &Arc<Grids>, whole: &Arc<Forecast>) -> Arc<Forecast> {
    grids.put(Arc::clone(whole));
    grids.settle().await;
    Arc::new(whole.without_grids())
}

fn small(folder: &Path, forecasts: usize) -> Arc<Grids> {
    let bytes_max = forecasts * bytes_of(&forecast(0, 0));
    Arc::new(Grids::open(GridRoom { folder: Some(folder.join("grids")), bytes_max }).unwrap())
}

/// In memory, on their way to a file, in one.
fn held(grids: &Grids) -> (usize, usize, usize) {
    let held = grids.lock();
    (held.recent.len(), held.leaving.len(), held.written.len())
}

#[tokio::test]
async fn what_does_not_fit_lies_in_a_file_and_comes_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let grids = small(folder.path(), 2);
    let all: Vec<_> = (1..=5).map(|fire| forecast(fire, 1)).collect();
    let mut lights = Vec::new();
    for whole in &all {
        lights.push(put(&grids, whole).await);
    }
    assert_eq!(held(&grids), (2, 0, 3), "the oldest three are in files");
    for (whole, light) in all.iter().zip(&lights) {
        assert!(same(&grids.whole(light).await.unwrap(), whole));
        assert_eq!(held(&grids).1, 0, "what made room has its file");
    }
    let (recent, leaving, _) = held(&grids);
    assert_eq!((recent, leaving), (2, 0));
    assert!(grids.lock().bytes <= grids.bytes_max);
}

#[tokio::test]
async fn only_the_newest_of_a_fire_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let grids = small(folder.path(), 1);
    let old = put(&grids, &forecast(1, 1)).await;
    put(&grids, &forecast(2, 1)).await;
    assert!(grids.whole(&old).await.is_ok(), "from its file");
    let newest = forecast(1, 2);
    let light = put(&grids, &newest).await;
    assert!(matches!(grids.whole(&old).await, Err(GridsError::Gone { version: 1 })));
    put(&grids, &forecast(2, 2)).await;
    assert!(matches!(grids.whole(&old).await, Err(GridsError::Gone { version: 1 })), "nor from the file");
    assert!(same(&grids.whole(&light).await.unwrap(), &newest));
    let mut again = Forecast::clone(&light);
    again.issued_at += SignedDuration::from_secs(1);
    assert!(grids.whole(&Arc::new(again)).await.is_err(), "the same version of another life");
    grids.forget(light.plan.cluster_id);
    assert!(grids.whole(&light).await.is_err());
    assert_eq!(grids.lock().bytes, 0);
}

#[tokio::test]
async fn what_cannot_be_written_stays_in_memory_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let grids = small(folder.path(), 1);
    std::fs::write(folder.path().join("grids"), "a file where a folder is needed").unwrap();
    let all: Vec<_> = (1..=3).map(|fire| forecast(fire, 1)).collect();
    let mut lights = Vec::new();
    for whole in &all {
        lights.push(put(&grids, whole).await);
    }
    assert_eq!(grids.lock().leaving.len(), 2);
    for (whole, light) in all.iter().zip(&lights) {
        assert!(same(&grids.whole(light).await.unwrap(), whole));
    }
    std::fs::remove_file(folder.path().join("grids")).unwrap();
    grids.settle().await;
    assert_eq!(held(&grids), (1, 0, 2));
    grids.clear().unwrap();
    assert!(!folder.path().join("grids").exists());
}

#[tokio::test]
async fn a_file_that_is_not_what_was_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let grids = small(folder.path(), 1);
    let light = put(&grids, &forecast(1, 1)).await;
    put(&grids, &forecast(2, 1)).await;
    let path = file::path(&folder.path().join("grids"), light.plan.cluster_id);
    let whole = std::fs::read(&path).unwrap();
    let message = async |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        grids.whole(&light).await.err().map(|error| error.to_string()).unwrap_or_default()
    };
    for length in [0, 7, 40, whole.len() / 2, whole.len() - 1] {
        let said = message(&whole[..length]).await;
        assert!(said.contains(&path.display().to_string()), "{length}: {said}");
    }
    let mut other = whole.clone();
    other[8] ^= 1;
    assert!(message(&other).await.ends_with("it is not of forecast 1"));
    assert_eq!(message(&whole).await, "");
}
