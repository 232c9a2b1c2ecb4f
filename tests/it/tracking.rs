//! Real detections become fires: every row in one of them, the same ones whatever the order, and one large fire in one piece.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use firecore::cluster::{ClusterIndex, LinkSettings, batch_order, cluster_all};
use firecore::detection::{Detection, DetectionDraft, Source};
use guira::engine::Submission;
use guira::engine::board::{Board, ClusterSnapshot, ClusterState};
use guira::ingest::firms::CONFIDENCE_NOMINAL;
use guira::ingest::wire;
use jiff::Timestamp;

use crate::inputs::reference_data;
use crate::support::Setup;

/// Least share of the Creek fire's detections that its largest fire holds; 0.989 with the default settings.
///
/// The points are those that NASA's FEDS follows as one fire; the file names no fires.
const CREEK_IN_ONE_FIRE: f64 = 0.985;

#[test]
fn every_row_of_a_season_is_in_one_fire_whatever_the_order() {
    let Some(data) = reference_data() else { return };
    let mut detections = season(&data);
    let mut index = ClusterIndex::new(LinkSettings::default());
    detections.iter().for_each(|detection| drop(index.assign(detection)));
    let labels = cluster_all(&detections, &LinkSettings::default());
    assert_eq!(cluster_all(&detections, &LinkSettings::default()), labels, "two runs");
    let fires: HashMap<_, _> = detections
        .iter()
        .zip(&labels)
        .map(|(detection, label)| (index.cluster_of(detection.id()).unwrap(), *label))
        .collect();
    assert_eq!(index.fires(), labels.iter().max().map_or(0, |label| *label as usize + 1));
    let held: usize = fires.keys().map(|fire| index.detections_of(*fire).len()).sum();
    // Four rows stand in the files twice.
    assert_eq!((fires.len(), held, index.len()), (index.fires(), index.len(), 282_476));
    let same =
        |(detection, label): (&Detection, &u32)| fires[&index.cluster_of(detection.id()).unwrap()] == *label;
    assert!(detections.iter().zip(&labels).all(same), "one by one and at once");

    shuffle(&mut detections);
    let mut shuffled = ClusterIndex::new(LinkSettings::default());
    detections.iter().for_each(|detection| drop(shuffled.assign(detection)));
    assert_eq!((shuffled.len(), shuffled.fires()), (index.len(), index.fires()));
    let mut pairs = HashMap::new();
    for detection in &detections {
        let (fire, other) = (index.cluster_of(detection.id()), shuffled.cluster_of(detection.id()));
        assert_eq!(*pairs.entry(fire).or_insert(other), other, "the same fires in another order");
    }
}

#[test]
fn the_creek_fire_is_one_fire() {
    let Some(data) = reference_data() else { return };
    let detections = creek(&data);
    assert_eq!(detections.len(), 39_839);
    let labels = cluster_all(&detections, &LinkSettings::default());
    let mut counts: HashMap<u32, usize> = HashMap::new();
    labels.iter().for_each(|label| *counts.entry(*label).or_default() += 1);
    assert_eq!(counts.values().sum::<usize>(), detections.len());
    let share = *counts.values().max().unwrap() as f64 / detections.len() as f64;
    eprintln!("Creek: {} fires, {share:.4} of all detections in the largest", counts.len());
    assert!(share >= CREEK_IN_ONE_FIRE, "{share}");
    assert_eq!(cluster_all(&detections, &LinkSettings::default()), labels, "two runs");

    let one_by_one = || {
        let mut index = ClusterIndex::new(LinkSettings::default());
        detections.iter().for_each(|detection| drop(index.assign(detection)));
        detections.iter().map(|detection| index.cluster_of(detection.id()).unwrap()).collect::<Vec<_>>()
    };
    let fires = one_by_one();
    assert_eq!(one_by_one(), fires, "two runs one by one");
    let pairs: HashSet<_> = fires.iter().zip(&labels).collect();
    let named = fires.iter().collect::<HashSet<_>>().len();
    assert_eq!((pairs.len(), pairs.len()), (named, counts.len()), "one by one and at once");
}

/// Detections that come together.
const BATCH: usize = 4_000;

/// In batches through the engine, as they would have come: the board ends where one pass over the same batches does.
async fn through_the_engine(detections: &[Detection]) {
    let service = Setup { members: Some(1), ..Setup::new() }.start().await;
    let mut index = ClusterIndex::new(LinkSettings::default());
    for batch in detections.chunks(BATCH) {
        let submission = Submission { detections: batch.to_vec(), requested: None };
        service.engine.submit(submission).await.unwrap();
        batch_order(batch).into_iter().for_each(|place| drop(index.assign(&batch[place])));
    }
    let followed = |fire: &Arc<ClusterSnapshot>| !matches!(fire.state, ClusterState::Merged { .. });
    let shown = |board: &Board| board.all().into_iter().filter(followed).collect::<Vec<_>>();
    service
        .until(|board| shown(board).iter().map(|fire| fire.detection_count).sum::<usize>() == index.len())
        .await;
    let shown = shown(service.engine.board());
    assert_eq!(shown.len(), index.fires());
    for fire in &shown {
        assert_eq!(fire.detection_count, index.detections_of(fire.id).len(), "of fire {}", fire.id);
    }
}

#[tokio::test]
async fn the_creek_fire_is_the_same_through_the_engine() {
    let Some(data) = reference_data() else { return };
    through_the_engine(&creek(&data)).await;
}

/// Its first 60,000 rows, which are some 5,000 fires.
#[tokio::test]
async fn the_beginning_of_a_season_is_the_same_through_the_engine() {
    let Some(data) = reference_data() else { return };
    through_the_engine(&season(&data)[..60_000]).await;
}

/// Every row of a season's files.
fn season(data: &Path) -> Vec<Detection> {
    let file = "detections_bulk/all_detections_merged.csv.gz";
    let bytes = std::fs::read(data.join(file)).unwrap();
    let decoded = wire::decode(file, &bytes, "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let (detections, refusals) = decoded.into_parts();
    assert_eq!((detections.len(), refusals.len()), (282_480, 0));
    detections
}

fn creek(data: &Path) -> Vec<Detection> {
    let file = data.join("fires/creek_2020/detections/feds_snpp_vnp14imgml_20200905_20201127.csv");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(archived).collect()
}

/// A row of the archive: latitude, longitude, FRP in MW, satellite, the pixel's two edges in km, date and time.
fn archived(row: &str) -> Detection {
    let cells: Vec<&str> = row.split(',').collect();
    let number = |at: usize| cells[at].parse::<f64>().unwrap();
    let acquired_at: Timestamp = format!("{}Z", cells[6].replace(' ', "T")).parse().unwrap();
    let pixel_size_m = Some((number(4) * number(5)).sqrt() * 1000.0);
    let draft = DetectionDraft::new(Source::Satellite, number(1), number(0), CONFIDENCE_NOMINAL, acquired_at);
    Detection::new(DetectionDraft { pixel_size_m, ..draft }, acquired_at).unwrap()
}

/// Fisher and Yates with a small generator.
fn shuffle(detections: &mut [Detection]) {
    let mut state = 1_u64;
    for last in (1..detections.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        detections.swap(last, (state >> 33) as usize % (last + 1));
    }
}
