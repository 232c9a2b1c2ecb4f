//! trait Store: what must outlive an actor, and its contract.
//!
//! - The journal is the truth and actors are a cache of it: a cluster that is lost is rebuilt from here.
//! - [`Store::append_all`] is one step: either all of its batches are kept, each with its request and its merges, or nothing is.
//!   Only after it has answered may anyone be told that a detection was accepted.
//! - Appending is idempotent by [`DetectionId`]: a detection is kept once, with the sequence number that it got first.
//! - Sequence numbers rise by one with each kept detection and each operation, over all fires.
//! - [`Store::operate`] is one step as well: what an operator did is kept, and the detections that it moves are moved.
//!   Whoever replays detections and operations in the order of their places finds the fires as they are, or as they were.
//! - A merge hands all detections of a fire to its survivor, those put aside too; asking for the merged fire finds the
//!   survivor's. A merged fire's forecast is gone, and one that comes late is not kept.
//! - A record that was put aside is kept, but is no longer among its fire's detections.
//! - Of each fire the newest forecast is kept; an older version never takes the place of a newer one. Of the ones before
//!   it a bounded number is kept, so that it can be told what was known at a time. All come without grids. Of each fire the newest version is known for good.
//! - Of the assets the newest list is kept, whole, likewise; there is none before the first is saved.
//!
//! [`embedded`] keeps detections, operations, requests and assets in a file; what it has answered survives the process and the machine's power.
//! [`memory`] is for tests and trials.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use firecore::asset::Asset;
use firecore::detection::{ClusterId, Detection, DetectionId};
use firecore::forecast::Forecast;
use firecore::strategy::RequestedPriority;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub mod embedded;
pub mod memory;

#[cfg(test)]
mod contract;

/// What a store answers with.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why the store did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no room for more.
    #[error("the store is full: it holds {detections} detections of at most {detections_max}")]
    Full {
        /// Detections held.
        detections: usize,
        /// The bound.
        detections_max: usize,
    },
    /// It could not write; whether what was asked was kept is not known. To ask again keeps nothing twice.
    #[error("the store cannot be written: {reason}")]
    Failed {
        /// What the system said.
        reason: String,
    },
    /// It did not answer in time.
    #[error("the store did not answer within {seconds} s")]
    TimedOut {
        /// How long it was waited for.
        seconds: u64,
    },
}

/// Identity of one accepted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub Uuid);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One batch as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Who will ask what came of it.
    pub request_id: RequestId,
    /// When it came.
    pub received_at: Timestamp,
    /// How urgent its sender thinks it is.
    pub requested: Option<RequestedPriority>,
    /// Detections with the fire that each belongs to after the whole batch; repeated ones may be among them.
    pub rows: Vec<(ClusterId, Detection)>,
    /// Fires that became one, in order: the survivor, then the one that was absorbed.
    pub merges: Vec<(ClusterId, ClusterId)>,
}

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its place in the journal.
    pub sequence: u64,
    /// False where it was there before.
    pub fresh: bool,
}

/// One kept detection.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its place in the journal.
    pub sequence: u64,
    /// What was seen.
    pub detection: Detection,
    /// How urgent its sender thinks it is.
    pub requested: Option<RequestedPriority>,
    /// When it came.
    pub received_at: Timestamp,
}

/// Identity of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OperationId(pub Uuid);

impl std::fmt::Display for OperationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What an operator did by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Who it is.
    pub id: OperationId,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it: the id of a key, or nothing where none are needed.
    pub by: Option<String>,
    /// Why, in the operator's words.
    pub note: Option<String>,
    /// The operation that this one takes back.
    pub undoes: Option<OperationId>,
    /// What changed.
    pub change: OperationChange,
}

/// What an operation changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationChange {
    /// Detections were parted from a fire.
    Split {
        /// The fire, which keeps its id.
        fire: ClusterId,
        /// The fire that the part is from then on.
        parted: ClusterId,
        /// The detections of the part.
        part: Vec<DetectionId>,
    },
    /// Two fires became one.
    Merge {
        /// The fire that goes on.
        survivor: ClusterId,
        /// The fire that became part of it.
        absorbed: ClusterId,
        /// The detections of the absorbed fire.
        part: Vec<DetectionId>,
    },
    /// A fire was named.
    Relabel {
        /// The fire.
        fire: ClusterId,
        /// Its name from then on.
        label: Option<String>,
        /// Its name before.
        before: Option<String>,
    },
}

impl OperationChange {
    /// As it is written on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Split { .. } => "split",
            Self::Merge { .. } => "merge",
            Self::Relabel { .. } => "relabel",
        }
    }
}

/// All that is kept of the fires' detections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    /// In the order of their places, each with the fire that it belongs to by now.
    pub records: Vec<(ClusterId, Record)>,
    /// In the order of their places, which are first.
    pub operations: Vec<(u64, Operation)>,
    /// Each fire that was merged, with the fire that it is part of by now.
    pub survivors: HashMap<ClusterId, ClusterId>,
}

/// One accepted request: which fires its detections belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who it is.
    pub id: RequestId,
    /// When it came.
    pub received_at: Timestamp,
    /// Its fires, each with the request's last place in the journal among the fire's detections.
    pub clusters: Vec<(ClusterId, u64)>,
}

/// A forecast and where its files are.
#[derive(Clone, Debug)]
pub struct KeptForecast {
    /// What was forecast.
    pub forecast: Arc<Forecast>,
    /// Folder or object that holds its files, where they were written.
    pub results_uri: Option<String>,
}

/// The assets as they were changed last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptAssets {
    /// Rises with each change.
    pub version: u64,
    /// All of them, in their order.
    pub assets: Vec<Asset>,
}

/// Keeps what must outlive an actor.
pub trait Store: Send + Sync + 'static {
    /// Keeps batches in their order, all of them whole or none of any; the answers are in the batches' and the rows' order.
    fn append_all(&self, batches: Vec<Batch>) -> StoreFuture<'_, Vec<Vec<Appended>>>;

    /// Keeps one batch.
    fn append(&self, batch: Batch) -> StoreFuture<'_, Vec<Appended>> {
        let all = self.append_all(vec![batch]);
        Box::pin(async move { Ok(all.await?.pop().unwrap_or_default()) })
    }

    /// A fire's detections in the journal's order, less those put aside.
    fn records(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<Record>>;

    /// Every fire's detections in the journal's order, those put aside among them: a fire's id comes from its first
    /// detection, so the cluster index is rebuilt from all of them. And the merges, as of the same instant.
    fn journal(&self) -> StoreFuture<'_, Journal>;

    /// All that operators did, in the order of their places, which are first.
    fn operations(&self) -> StoreFuture<'_, Vec<(u64, Operation)>>;

    /// Keeps what an operator did, and moves the detections that it moves; gives its place in the journal.
    fn operate(&self, operation: Operation) -> StoreFuture<'_, u64>;

    /// Takes a record out of its fire, for good, with the reason.
    fn put_aside(&self, detection: DetectionId, reason: String) -> StoreFuture<'_, ()>;

    /// A fire's records that were put aside, by their place in the journal, each with the reason.
    fn set_aside(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<(Record, String)>>;

    /// What was accepted under an id.
    fn request(&self, id: RequestId) -> StoreFuture<'_, Option<Request>>;

    /// Keeps a fire's newest forecast, which comes without grids, unless the fire was merged.
    fn save_forecast(&self, forecast: KeptForecast) -> StoreFuture<'_, ()>;

    /// A fire's newest forecast.
    fn forecast(&self, cluster: ClusterId) -> StoreFuture<'_, Option<KeptForecast>>;

    /// Every fire's newest forecast: for a start with many fires.
    fn forecasts(&self) -> StoreFuture<'_, Vec<KeptForecast>>;

    /// The forecasts of a fire that are still known, oldest first; those of a merged fire under its own id.
    fn history(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<KeptForecast>>;

    /// The version of the newest forecast that a fire ever had under its own id, also where that is not kept any more; 0 where it had none.
    fn newest_version(&self, cluster: ClusterId) -> StoreFuture<'_, u64>;

    /// Keeps a list of assets in the place of an older one, or of one with its version, which nobody was told was kept.
    fn save_assets(&self, assets: KeptAssets) -> StoreFuture<'_, ()>;

    /// The newest list of assets; `None` where none was saved.
    fn assets(&self) -> StoreFuture<'_, Option<KeptAssets>>;
}
