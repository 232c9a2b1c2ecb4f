//! Board: the latest snapshot of each fire, put here by its actor, so that reading never enters a mailbox.
//!
//! As many snapshots as there are fires. Whoever waits for a change waits on [`Board::changes`], not on an actor.

use std::sync::Arc;

use dashmap::DashMap;
use firecore::asset::NearestAsset;
use firecore::cluster::{Failure, Staleness};
use firecore::detection::ClusterId;
use firecore::forecast::{Forecast, ForecastPlan};
use firecore::geo::Bounds;
use jiff::Timestamp;
use tokio::sync::watch;

use super::coverage::Coverage;
pub use super::coverage::Progress;
use crate::store::KeptForecast;

/// What is known of a fire.
#[derive(Clone, Debug)]
pub struct ClusterSnapshot {
    /// The fire.
    pub id: ClusterId,
    /// How it stands.
    pub state: ClusterState,
    /// Detections that it holds.
    pub detection_count: usize,
    /// Time of its oldest detection.
    pub first_at: Option<Timestamp>,
    /// Time of its newest detection.
    pub last_at: Option<Timestamp>,
    /// The box around its detections.
    pub bounds: Option<Bounds>,
    /// The asset nearest to any of them.
    pub nearest: Option<NearestAsset>,
    /// The newest plan: method, priority and the reason, and the seed.
    pub plan: Option<Arc<ForecastPlan>>,
    /// The newest forecast.
    pub forecast: Option<KeptForecast>,
    /// What the members of the run under way give so far; it is not stored and has no files.
    pub provisional: Option<Arc<Forecast>>,
    /// Why the newest forecast no longer says all that is known, where it does not.
    pub staleness: Option<Staleness>,
    /// The newest failed forecast, until a later one completes.
    pub failure: Option<Failure>,
    pub(super) coverage: Coverage,
}

/// How a fire stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterState {
    /// It takes detections and is forecast.
    Active,
    /// Its actor crashed and is being rebuilt.
    Restarting,
    /// It is part of another fire by now.
    Merged {
        /// That one.
        into: ClusterId,
    },
}

impl ClusterSnapshot {
    /// The newest forecast; before the first one what the members of its run give so far.
    pub fn newest(&self) -> Option<&Arc<Forecast>> {
        self.forecast.as_ref().map(|kept| &kept.forecast).or(self.provisional.as_ref())
    }

    /// What has come of the fire's detection at a place in the journal.
    pub fn progress(&self, sequence: u64) -> Progress {
        self.coverage.progress(sequence)
    }
}

/// The snapshots.
#[derive(Debug)]
pub struct Board {
    snapshots: DashMap<ClusterId, Arc<ClusterSnapshot>>,
    changes: watch::Sender<u64>,
}

impl Default for Board {
    fn default() -> Self {
        Self { snapshots: DashMap::new(), changes: watch::channel(0).0 }
    }
}

impl Board {
    /// A fire's newest snapshot.
    pub fn get(&self, id: ClusterId) -> Option<Arc<ClusterSnapshot>> {
        self.snapshots.get(&id).map(|snapshot| Arc::clone(&snapshot))
    }

    /// Every fire's newest snapshot, by id.
    pub fn all(&self) -> Vec<Arc<ClusterSnapshot>> {
        let mut all: Vec<_> = self.snapshots.iter().map(|entry| Arc::clone(entry.value())).collect();
        all.sort_by_key(|snapshot| snapshot.id);
        all
    }

    /// The fire that a fire is part of by now: itself where it was not merged.
    pub fn survivor(&self, id: ClusterId) -> ClusterId {
        let mut at = id;
        while let Some(ClusterState::Merged { into }) = self.get(at).map(|snapshot| snapshot.state) {
            at = into;
        }
        at
    }

    /// Number of fires, merged ones among them.
    pub fn len(&self) -> usize {
        self.snapshots.len()
    }

    /// True before the first fire.
    pub fn is_empty(&self) -> bool {
        self.snapshots.is_empty()
    }

    /// Counts the changes of the whole board: wait here, then read.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn publish(&self, snapshot: ClusterSnapshot) {
        self.snapshots.insert(snapshot.id, Arc::new(snapshot));
        self.changes.send_modify(|count| *count += 1);
    }

    /// Changes how a fire stands without its actor, which is gone.
    pub(super) fn mark(&self, id: ClusterId, state: ClusterState) {
        if let Some(mut entry) = self.snapshots.get_mut(&id) {
            // Its run went with the actor.
            let changed = ClusterSnapshot { state, provisional: None, ..ClusterSnapshot::clone(&entry) };
            *entry = Arc::new(changed);
        }
        self.changes.send_modify(|count| *count += 1);
    }
}
