//! Board: the latest snapshot of each fire, put here by its actor, so that reading never enters a mailbox.
//!
//! As many snapshots as there are fires. Whoever waits for a change waits on [`Board::changes`], not on an actor.

use std::collections::HashMap;
use std::sync::Arc;

use dashmap::{DashMap, Entry};
use firecore::asset::NearestAsset;
use firecore::cluster::{Cluster, ClusterState as Life, Failure, Staleness};
use firecore::detection::ClusterId;
use firecore::forecast::{Forecast, ForecastPlan};
use firecore::geo::Bounds;
use firecore::strategy::Decision;
use jiff::Timestamp;
use tokio::sync::watch;

use super::coverage::Coverage;
pub use super::coverage::Progress;
use super::lineage::Turns;
pub use super::lineage::{Cause, LineageEvent, LineageKind};
use crate::store::KeptForecast;

/// What is known of a fire.
#[derive(Clone, Debug)]
pub struct ClusterSnapshot {
    /// The fire.
    pub id: ClusterId,
    /// How it stands.
    pub state: ClusterState,
    /// What an operator named it.
    pub label: Option<String>,
    /// The known source of heat that it is, where it is one.
    pub heat_source: Option<String>,
    /// When it was last heard of.
    pub last_received_at: Option<Timestamp>,
    /// When time alone changes how it stands next.
    pub ages_at: Option<Timestamp>,
    /// How it is to be forecast, and what that rests on.
    pub decision: Option<Decision>,
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
    /// Nothing was heard of it for some time.
    Dormant,
    /// Nothing was heard of it for long.
    Closed,
    /// Its actor crashed and is being rebuilt.
    Restarting,
    /// It is part of another fire by now.
    Merged {
        /// That one.
        into: ClusterId,
    },
}

impl ClusterState {
    /// All of them, as they are written on the wire.
    pub const NAMES: [&'static str; 5] = ["active", "dormant", "closed", "restarting", "merged"];

    /// As it is written on the wire.
    pub fn name(self) -> &'static str {
        let at = match self {
            Self::Active => 0,
            Self::Dormant => 1,
            Self::Closed => 2,
            Self::Restarting => 3,
            Self::Merged { .. } => 4,
        };
        Self::NAMES[at]
    }
}

impl From<Life> for ClusterState {
    fn from(life: Life) -> Self {
        match life {
            Life::Active => Self::Active,
            Life::Dormant => Self::Dormant,
            Life::Closed => Self::Closed,
        }
    }
}

impl ClusterSnapshot {
    /// A fire as it stands, with its newest forecast and no run.
    pub(super) fn of(
        cluster: &Cluster,
        plan: Option<Arc<ForecastPlan>>,
        forecast: Option<KeptForecast>,
        coverage: Coverage,
    ) -> Self {
        Self {
            id: cluster.id(),
            state: cluster.state().into(),
            label: cluster.label().map(str::to_owned),
            heat_source: cluster.heat_source().map(str::to_owned),
            last_received_at: cluster.last_received_at(),
            ages_at: cluster.ages_at(),
            decision: cluster.decision().cloned(),
            detection_count: cluster.count(),
            first_at: cluster.first_at(),
            last_at: cluster.last_at(),
            bounds: cluster.bounds(),
            nearest: cluster.nearest_asset().cloned(),
            plan,
            forecast,
            provisional: None,
            staleness: cluster.staleness().cloned(),
            failure: cluster.failure().cloned(),
            coverage,
        }
    }

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
    lineages: DashMap<ClusterId, Arc<Vec<LineageEvent>>>,
    changes: watch::Sender<u64>,
}

impl Default for Board {
    fn default() -> Self {
        Self { snapshots: DashMap::new(), lineages: DashMap::new(), changes: watch::channel(0).0 }
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

    /// Where a fire came from and what became of it, in order.
    pub fn lineage(&self, id: ClusterId) -> Arc<Vec<LineageEvent>> {
        self.lineages.get(&id).map(|lineage| Arc::clone(&lineage)).unwrap_or_default()
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

    /// Shows a fire that has not shown itself yet, or was part of another one.
    pub(super) fn introduce(&self, snapshot: ClusterSnapshot) {
        match self.snapshots.entry(snapshot.id) {
            Entry::Vacant(place) => drop(place.insert(Arc::new(snapshot))),
            Entry::Occupied(mut shown) if matches!(shown.get().state, ClusterState::Merged { .. }) => {
                let plan = shown.get().plan.clone();
                shown.insert(Arc::new(ClusterSnapshot { plan, ..snapshot }));
            }
            Entry::Occupied(_) => return,
        }
        self.changes.send_modify(|count| *count += 1);
    }

    /// Adds to the lineages of fires.
    pub(super) fn turned(&self, turns: Turns) {
        for (fire, turn) in turns {
            let mut lineage = self.lineages.entry(fire).or_default();
            Arc::make_mut(&mut lineage).push(turn);
        }
    }

    /// Puts the lineages of all fires in place of those that are there.
    pub(super) fn set_lineages(&self, lineages: HashMap<ClusterId, Vec<LineageEvent>>) {
        self.lineages.clear();
        for (fire, lineage) in lineages {
            self.lineages.insert(fire, Arc::new(lineage));
        }
    }

    /// Changes a fire's snapshot without its actor, which sleeps.
    pub(super) fn amend(&self, id: ClusterId, amend: impl FnOnce(&mut ClusterSnapshot)) {
        if let Some(mut entry) = self.snapshots.get_mut(&id) {
            amend(Arc::make_mut(&mut entry));
        }
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
