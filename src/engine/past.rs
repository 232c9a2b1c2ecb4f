//! Past: a fire as it was known at a time, replayed from the journal.
//!
//! Only what was received by then is replayed, with what operators had done by then, so that the answer is that of the
//! time, late detections and later merges left out. Assets are those of now: what was near a fire then is in the forecast
//! that was made then.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use firecore::cluster::{Cluster, ClusterIndex, Input, Received, Resume};
use firecore::detection::{ClusterId, DetectionId};
use firecore::ignition::Seed;
use firecore::spread::StopToken;
use firecore::strategy::{Method, Priority};
use jiff::Timestamp;

use super::board::ClusterSnapshot;
use super::coverage::Coverage;
use super::lineage::{self, Entry};
use super::{Engine, Parts};
use crate::compute::{ComputeError, Urgency};
use crate::store::{KeptForecast, Operation, OperationChange, Record, StoreError};

/// Looking back is the least urgent work there is.
pub const PRIORITY_LEVEL: u8 = 10;

/// Detections that are replayed at once, without a turn on the compute threads: routing takes 1.4 us each (`docs/performance.md`).
const AT_ONCE_MAX: usize = 200;

/// A fire as it was known at a time.
#[derive(Clone, Debug)]
pub enum Past {
    /// Nothing was known of it.
    Unknown,
    /// It was part of another fire.
    Merged {
        /// That one.
        into: ClusterId,
    },
    /// It was followed.
    Known(Box<PastFire>),
}

/// What was known of a fire.
#[derive(Clone, Debug)]
pub struct PastFire {
    /// How it stood, with the newest forecast that was there, without its grids, as far as it is still kept.
    pub snapshot: ClusterSnapshot,
    /// What a forecast of it would have started from.
    pub seed: Option<Seed>,
    /// Its detections in the journal's order.
    pub records: Vec<Record>,
}

/// Why it cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The replay was not run.
    #[error(transparent)]
    Compute(#[from] ComputeError),
}

impl Engine {
    /// A fire as it was known at a time.
    pub async fn as_of(&self, id: ClusterId, at: Timestamp) -> Result<Past, PastError> {
        let parts = Arc::clone(&self.parts);
        let mut records = Vec::new();
        for fire in family(&parts, id) {
            records.extend(parts.store.records(fire).await?);
        }
        records.retain(|record| record.received_at <= at);
        records.sort_by_key(|record| record.sequence);
        records.dedup_by_key(|record| record.sequence);
        let mut operations = parts.store.operations().await?;
        operations.retain(|(_, operation)| operation.at <= at);
        let newest = newest_until(parts.store.history(id).await?, at);
        let replayed = match records.len() <= AT_ONCE_MAX {
            true => replay(&parts, id, at, records, &operations),
            false => {
                let (urgency, own) =
                    (Urgency::new(Method::PhysX, Priority::new(PRIORITY_LEVEL)), Arc::clone(&parts));
                let work = move |_: &StopToken| replay(&own, id, at, records, &operations);
                parts.pool.run_asked(urgency, work).await?
            }
        };
        Ok(match replayed {
            Replayed::Unknown => Past::Unknown,
            Replayed::Merged(into) => Past::Merged { into },
            Replayed::Known(cluster, records) => {
                let plan = newest.as_ref().map(|kept| Arc::new(kept.forecast.plan.clone()));
                let snapshot = ClusterSnapshot::of(&cluster, plan, newest, Coverage::default());
                Past::Known(Box::new(PastFire { snapshot, seed: cluster.seed(), records }))
            }
        })
    }
}

enum Replayed {
    Unknown,
    Merged(ClusterId),
    Known(Box<Cluster>, Vec<Record>),
}

/// The fires of now that hold what a fire ever held: those that its lineage leads to, in either direction.
fn family(parts: &Parts, id: ClusterId) -> BTreeSet<ClusterId> {
    let (mut known, mut to_do) = (BTreeSet::from([id]), VecDeque::from([id]));
    while let Some(fire) = to_do.pop_front() {
        for turn in parts.board.lineage(fire).iter() {
            let others = turn.kind.other().into_iter();
            to_do.extend(others.filter(|other| known.insert(*other)));
        }
    }
    known.into_iter().map(|fire| parts.board.survivor(fire)).collect()
}

fn newest_until(history: Vec<KeptForecast>, at: Timestamp) -> Option<KeptForecast> {
    history
        .into_iter()
        .filter(|kept| kept.forecast.issued_at <= at)
        .max_by_key(|kept| kept.forecast.plan.version)
}

fn replay(
    parts: &Parts,
    id: ClusterId,
    at: Timestamp,
    records: Vec<Record>,
    operations: &[(u64, Operation)],
) -> Replayed {
    let mut index = ClusterIndex::new(parts.links);
    let mut label = None;
    for entry in lineage::in_order(records.iter(), operations) {
        match entry {
            Entry::Detection(record) => {
                drop(lineage::assign(&mut index, &record.detection, record.received_at));
            }
            Entry::Operation(operation) => {
                drop(lineage::repeat(&mut index, operation));
                if let OperationChange::Relabel { fire, label: named, .. } = &operation.change
                    && *fire == id
                {
                    label.clone_from(named);
                }
            }
        }
    }
    let own: BTreeSet<DetectionId> = index.detections_of(id).into_iter().collect();
    if own.is_empty() {
        let founder = records.iter().find(|record| ClusterId::founded_by(record.detection.id()) == id);
        let survivor = founder.and_then(|record| index.cluster_of(record.detection.id()));
        return survivor.map_or(Replayed::Unknown, Replayed::Merged);
    }
    let records: Vec<Record> =
        records.into_iter().filter(|record| own.contains(&record.detection.id())).collect();
    let nearest =
        parts.assets.current().index.nearest_to_any(records.iter().map(|record| record.detection.position()));
    let detections: Vec<Received> = records.iter().map(|record| parts.received(record)).collect();
    let resume = Resume {
        id,
        label,
        detections,
        nearest,
        version: 0,
        completed: None,
        staleness: None,
        failure: None,
    };
    let mut cluster = Cluster::resumed(resume, Arc::clone(&parts.clusters));
    cluster.step(Input::Aged, at);
    Replayed::Known(Box::new(cluster), records)
}
