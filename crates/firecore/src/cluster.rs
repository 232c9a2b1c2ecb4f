//! One fire as a value: detections come in, plans go out.
//!
//! A [`Cluster`] is owned by one caller, who turns what happens into an [`Input`], calls [`Cluster::step`]
//! and performs the [`Effect`]s. Which detection belongs to which fire is decided before, by
//! [`ClusterIndex`]; how far the nearest asset is, by [`AssetIndex`](crate::asset::AssetIndex). Nothing here
//! runs a forecast.
//!
//! ```
//! use std::sync::Arc;
//! use firecore::cluster::{Cluster, ClusterSettings, Effect, Input};
//! use firecore::detection::{ClusterId, Detection, DetectionDraft, Source};
//! let now: jiff::Timestamp = "2026-08-01T12:00:00Z".parse()?;
//! let detection = Detection::new(DetectionDraft::new(Source::Drone, -122.5, 39.1, 0.9, now), now)?;
//! let mut cluster = Cluster::new(ClusterId::founded_by(detection.id()), Arc::new(ClusterSettings::default()));
//! let effects = cluster.step(Input::Detected { batch: vec![(detection, None)], nearest: None }, now);
//! let [Effect::Plan(plan), Effect::Publish] = &effects[..] else { panic!("{effects:?}") };
//! assert_eq!((plan.version, plan.members), (1, 5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::asset::NearestAsset;
use crate::detection::{ClusterId, Detection, DetectionId};
use crate::forecast::ForecastPlan;
use crate::geo::{Bounds, LonLat};
use crate::ignition::Seed;
use crate::strategy::{Decision, Facts, Method, RequestedPriority};
use hull::Extent;

mod at_once;
mod cells;
mod contract;
mod hull;
mod index;
mod links;
mod mapped;
mod mesh;
mod settings;
#[cfg(test)]
mod tests;

pub use at_once::cluster_all;
pub use contract::{ClusterState, Effect, Failure, Input, Resume, Staleness};
pub use index::{Assignment, ClusterIndex, LinkRadius, LinkRadiusError, batch_order};
pub use mapped::MappedFire;
pub use settings::{
    ClusterSettings, ClusterSettingsError, EnsembleSizes, LEAD_TIME_S_MAX, LEAD_TIMES_MAX, MEMBERS_MAX,
};

/// One fire.
#[derive(Clone, Debug)]
pub struct Cluster {
    id: ClusterId,
    settings: Arc<ClusterSettings>,
    state: ClusterState,
    /// By time, then id: the order never depends on arrival.
    detections: BTreeMap<(Timestamp, DetectionId), Held>,
    seen: HashSet<DetectionId>,
    extent: Extent,
    nearest: Option<NearestAsset>,
    decision: Option<Decision>,
    version: u64,
    /// Method of the newest plan while it has neither completed nor failed.
    running: Option<Method>,
    completed: Option<u64>,
    staleness: Option<Staleness>,
    failure: Option<Failure>,
}

#[derive(Clone, Debug)]
struct Held {
    detection: Detection,
    requested: Option<RequestedPriority>,
}

impl Cluster {
    /// A fire without detections yet.
    pub fn new(id: ClusterId, settings: Arc<ClusterSettings>) -> Self {
        Self {
            id,
            settings,
            state: ClusterState::Active,
            detections: BTreeMap::new(),
            seen: HashSet::new(),
            extent: Extent::empty(),
            nearest: None,
            decision: None,
            version: 0,
            running: None,
            completed: None,
            staleness: None,
            failure: None,
        }
    }

    /// A fire as it stood before a restart; nothing is planned by this.
    pub fn resumed(resume: Resume, settings: Arc<ClusterSettings>) -> Self {
        let mut cluster = Self::new(resume.id, settings);
        cluster.hold(resume.detections);
        cluster.nearest = resume.nearest;
        cluster.version = resume.version;
        cluster.completed = resume.completed;
        cluster.staleness = resume.staleness;
        cluster.failure = resume.failure;
        if !cluster.detections.is_empty() {
            cluster.decision = Some(cluster.decide());
        }
        cluster
    }

    /// Takes in what happened and gives what must be done, in that order.
    ///
    /// A fire that was merged into another one answers nothing any more.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        if self.state != ClusterState::Active {
            return Vec::new();
        }
        match input {
            Input::Detected { batch, nearest } => self.detected(batch, nearest, now),
            Input::Recalled { batch, nearest } => {
                self.take_in(batch, nearest);
                Vec::new()
            }
            Input::Absorb { detections, nearest } => self.detected(
                detections.into_iter().map(|detection| (detection, None)).collect(),
                nearest,
                now,
            ),
            Input::Merged { survivor } => self.merged(survivor),
            Input::AssetsChanged { nearest } => self.assets_changed(nearest, now),
            Input::Reevaluate { why } => self.plan(why, now),
            Input::ForecastCompleted { version } => self.completed(version),
            Input::ForecastFailed { version, reason } => self.failed(version, &reason, now),
        }
    }

    fn detected(
        &mut self,
        batch: Vec<(Detection, Option<RequestedPriority>)>,
        nearest: Option<NearestAsset>,
        now: Timestamp,
    ) -> Vec<Effect> {
        match self.take_in(batch, nearest) {
            0 => Vec::new(),
            added => self.plan(came_after(added), now),
        }
    }

    /// Holds detections and the asset nearest to them; gives the number of those that it did not hold yet.
    fn take_in(
        &mut self,
        batch: Vec<(Detection, Option<RequestedPriority>)>,
        nearest: Option<NearestAsset>,
    ) -> usize {
        let added = self.hold(batch);
        if let Some(candidate) = nearest
            && added > 0
            && self.nearest.as_ref().is_none_or(|known| candidate.distance_m < known.distance_m)
        {
            self.nearest = Some(candidate);
        }
        added
    }

    fn merged(&mut self, survivor: ClusterId) -> Vec<Effect> {
        self.state = ClusterState::Merged { survivor };
        self.running = None;
        vec![Effect::Publish]
    }

    fn assets_changed(&mut self, nearest: Option<NearestAsset>, now: Timestamp) -> Vec<Effect> {
        if nearest == self.nearest {
            return Vec::new();
        }
        self.nearest = nearest;
        let Some(before) = self.decision.take() else {
            return Vec::new();
        };
        let decision = self.decide();
        let same = (decision.method, decision.priority) == (before.method, before.priority);
        self.decision = Some(decision);
        if same {
            return vec![Effect::Publish];
        }
        self.plan("the assets near it changed".to_owned(), now)
    }

    fn completed(&mut self, version: u64) -> Vec<Effect> {
        if version > self.version || self.completed.is_some_and(|newest| version <= newest) {
            return Vec::new();
        }
        self.completed = Some(version);
        if version == self.version {
            self.running = None;
            self.staleness = None;
        }
        self.failure.take_if(|failure| failure.version < version);
        vec![Effect::Publish]
    }

    fn failed(&mut self, version: u64, reason: &str, now: Timestamp) -> Vec<Effect> {
        // What failed was replaced by a newer plan, or was already settled.
        if version != self.version {
            return Vec::new();
        }
        let Some(method) = self.running.take() else {
            return Vec::new();
        };
        let why = format!("forecast {version} by {method} failed ({reason})");
        self.failure = Some(Failure { version, method, reason: reason.to_owned() });
        match method {
            Method::PhysX => self.plan(why, now),
            // There is no simpler method: the last forecast stands until something new happens.
            Method::Surrogate => {
                self.grow_stale(why, now);
                vec![Effect::Publish]
            }
        }
    }

    /// Decides anew and plans the next version; `why` says what the last forecast lacks.
    fn plan(&mut self, why: String, now: Timestamp) -> Vec<Effect> {
        let Some(seed) = self.seed() else {
            return Vec::new();
        };
        let decision = self.decide();
        self.grow_stale(why, now);
        self.version += 1;
        self.running = Some(decision.method);
        let plan = ForecastPlan {
            cluster_id: self.id,
            version: self.version,
            method: decision.method,
            priority: decision.priority,
            reason: decision.reason.clone(),
            physics: *self.settings.physics(),
            seed,
            detection_count: self.detections.len(),
            members: self.settings.ensemble().of(decision.method),
            lead_times_s: self.settings.lead_times_s().to_vec(),
        };
        self.decision = Some(decision);
        vec![Effect::Plan(Box::new(plan)), Effect::Publish]
    }

    /// What the table says, or the method that the settings fix; the surrogate after a PhysX forecast that failed.
    fn decide(&self) -> Decision {
        let facts = Facts {
            nearest_asset: self.nearest.clone(),
            detection_count: self.detections.len(),
            requested: self.requested(),
        };
        let decision = mapped::decision(&facts, &self.settings);
        match &self.failure {
            Some(Failure { version, method: Method::PhysX, reason }) if decision.method == Method::PhysX => {
                decision.by(Method::Surrogate, &format!("forecast {version} by physx failed ({reason})"))
            }
            _ => decision,
        }
    }

    /// The most urgent priority that was asked for with a detection that still burns.
    fn requested(&self) -> Option<RequestedPriority> {
        let from = (self.burning_from()?, DetectionId(uuid::Uuid::nil()));
        self.detections.range(from..).filter_map(|(_, held)| held.requested).max()
    }

    /// The time since which a detection counts as burning.
    fn burning_from(&self) -> Option<Timestamp> {
        let active_for = SignedDuration::from_secs(self.settings.active_for_s().into());
        Some(self.last_at()?.checked_sub(active_for).unwrap_or(Timestamp::MIN))
    }

    /// Marks the last completed forecast as stale: since the first reason, for the newest.
    fn grow_stale(&mut self, reason: String, now: Timestamp) {
        if self.completed.is_none() {
            return;
        }
        let since = self.staleness.as_ref().map_or(now, |staleness| staleness.since);
        self.staleness = Some(Staleness { since, reason });
    }

    /// Takes in what it does not hold yet and gives the number of that.
    fn hold(&mut self, batch: Vec<(Detection, Option<RequestedPriority>)>) -> usize {
        let mut added = Vec::new();
        for (detection, requested) in batch {
            if self.seen.insert(detection.id()) {
                added.push(detection.position());
                self.detections.insert(detection.order_key(), Held { detection, requested });
            }
        }
        let Self { extent, detections, .. } = self;
        extent.add(&added, || detections.values().map(|held| held.detection.position()));
        added.len()
    }

    /// What a forecast of it starts from; `None` without detections.
    ///
    /// It starts at the newest detection's time. Detections up to `active_for_s` before that burn, older
    /// ones have burned out; both are in the order of time, then id.
    pub fn seed(&self) -> Option<Seed> {
        let detections = self.detections.values().map(|held| &held.detection);
        Some(Seed::of(detections, Vec::new(), self.last_at()?, self.settings.active_for_s()))
    }

    /// Who it is.
    pub fn id(&self) -> ClusterId {
        self.id
    }

    /// Where it stands.
    pub fn state(&self) -> ClusterState {
        self.state
    }

    /// Its detections, by time, then id.
    pub fn detections(&self) -> impl ExactSizeIterator<Item = &Detection> {
        self.detections.values().map(|held| &held.detection)
    }

    /// Number of its detections.
    pub fn count(&self) -> usize {
        self.detections.len()
    }

    /// The box around its detections, the narrowest where that crosses the antimeridian.
    pub fn bounds(&self) -> Option<Bounds> {
        self.extent.bounds()
    }

    /// Corners of the convex hull of its detections, counter-clockwise, not closed; one or two corners where
    /// they span no area.
    pub fn hull(&self) -> &[LonLat] {
        self.extent.hull()
    }

    /// Time of its oldest detection.
    pub fn first_at(&self) -> Option<Timestamp> {
        self.detections.first_key_value().map(|((acquired_at, _), _)| *acquired_at)
    }

    /// Time of its newest detection.
    pub fn last_at(&self) -> Option<Timestamp> {
        self.detections.last_key_value().map(|((acquired_at, _), _)| *acquired_at)
    }

    /// The asset nearest to any of its detections.
    pub fn nearest_asset(&self) -> Option<&NearestAsset> {
        self.nearest.as_ref()
    }

    /// How it is forecast, how urgently, and why; `None` before the first detection.
    pub fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// Version of the newest plan; 0 before the first.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Version of the newest completed forecast.
    pub fn completed_version(&self) -> Option<u64> {
        self.completed
    }

    /// Why the newest completed forecast no longer says all that is known; `None` where it does, or where
    /// there is none.
    pub fn staleness(&self) -> Option<&Staleness> {
        self.staleness.as_ref()
    }

    /// The newest failed forecast, until a later one completes.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }
}

/// What a forecast lacks that some detections came after.
pub fn came_after(detections: usize) -> String {
    let noun = if detections == 1 { "detection" } else { "detections" };
    format!("{detections} {noun} came after it")
}
