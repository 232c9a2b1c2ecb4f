//! One fire as a value: detections come in, plans go out.
//!
//! A [`Cluster`] is owned by one caller, who turns what happens into an [`Input`], calls [`Cluster::step`]
//! and performs the [`Effect`]s. Which detection belongs to which fire is decided before, by
//! [`ClusterIndex`]; how far the nearest asset is, by [`AssetIndex`](crate::asset::AssetIndex). Nothing here
//! runs a forecast.
//!
//! ```
//! use std::sync::Arc;
//! use firecore::cluster::{Cluster, ClusterSettings, Effect, Input, Received};
//! use firecore::detection::{ClusterId, Detection, DetectionDraft, Source};
//! let now: jiff::Timestamp = "2026-08-01T12:00:00Z".parse()?;
//! let detection = Detection::new(DetectionDraft::new(Source::Drone, -122.5, 39.1, 0.9, now), now)?;
//! let mut cluster = Cluster::new(ClusterId::founded_by(detection.id()), Arc::new(ClusterSettings::default()));
//! let received = Received { detection, requested: None, received_at: now, heat_source: None };
//! let detected = Input::Detected { batch: vec![received], nearest: None, outside_forecast: false };
//! let effects = cluster.step(detected, now);
//! let [Effect::Plan(plan), Effect::Publish] = &effects[..] else { panic!("{effects:?}") };
//! assert_eq!((plan.version, plan.members), (1, 5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::asset::NearestAsset;
use crate::detection::{ClusterId, Detection, DetectionId};
use crate::geo::{Bounds, LonLat};
use crate::ignition::Seed;
use crate::strategy::{Decision, Method, RequestedPriority};
use hull::Extent;
use plan::{Planned, UnderWay};

mod at_once;
mod cells;
mod contract;
mod fires;
mod groups;
mod hands;
mod hull;
mod index;
mod lifecycle;
mod linking;
mod links;
mod mapped;
mod mark;
mod mesh;
mod plan;
mod settings;
#[cfg(test)]
mod tests;

pub use at_once::cluster_all;
pub use contract::{Effect, Failure, Input, Received, Resume, Staleness};
pub use hands::{Merge, MergeError, Split, SplitError};
pub use index::{Assignment, ClusterIndex, batch_order};
pub use lifecycle::{CLOSED_AFTER_S_MAX, ClusterState, Lifecycle, LifecycleError};
pub use linking::{LINK_DAYS_RANGE, LINK_GAP_M_MAX, LinkSettings, LinkSettingsError};
pub use mapped::MappedFire;
pub use plan::came_after;
pub use settings::{
    ClusterSettings, ClusterSettingsError, EnsembleSizes, LEAD_TIME_S_MAX, LEAD_TIMES_MAX, MEMBERS_MAX,
};

/// One fire.
#[derive(Clone, Debug)]
pub struct Cluster {
    id: ClusterId,
    settings: Arc<ClusterSettings>,
    state: ClusterState,
    label: Option<String>,
    /// By time, then id: the order never depends on arrival.
    /// Each by itself: most fires have a few, and the tree has room for a dozen where it has one.
    detections: BTreeMap<(Timestamp, DetectionId), Box<Received>>,
    seen: HashSet<DetectionId>,
    last_received_at: Option<Timestamp>,
    extent: Extent,
    nearest: Option<NearestAsset>,
    decision: Option<Decision>,
    version: u64,
    /// Method of the newest plan while it has neither completed nor failed.
    running: Option<Method>,
    /// The run that has begun.
    under_way: Option<UnderWay>,
    /// Plans that no completed forecast is as new as, oldest first.
    planned: Vec<Planned>,
    /// What the newest completed forecast knew of the fire's size.
    covered_deg2: f64,
    completed: Option<u64>,
    staleness: Option<Staleness>,
    failure: Option<Failure>,
}

impl Cluster {
    /// A fire without detections yet.
    pub fn new(id: ClusterId, settings: Arc<ClusterSettings>) -> Self {
        Self {
            id,
            settings,
            state: ClusterState::Active,
            label: None,
            detections: BTreeMap::new(),
            seen: HashSet::new(),
            last_received_at: None,
            extent: Extent::empty(),
            nearest: None,
            decision: None,
            version: 0,
            running: None,
            under_way: None,
            planned: Vec::new(),
            covered_deg2: 0.0,
            completed: None,
            staleness: None,
            failure: None,
        }
    }

    /// A fire as it stood before a restart; nothing is planned by this.
    pub fn resumed(resume: Resume, settings: Arc<ClusterSettings>) -> Self {
        let mut cluster = Self::new(resume.id, settings);
        cluster.label = resume.label;
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
    pub fn step(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        match input {
            Input::Detected { batch, nearest, outside_forecast } => {
                self.detected(batch, nearest, outside_forecast, now)
            }
            Input::Recalled { batch, nearest } => {
                self.take_in(batch, nearest);
                Vec::new()
            }
            Input::AssetsChanged { nearest } => self.assets_changed(nearest, now),
            Input::Reevaluate { why } => self.plan(why, false, now),
            Input::Aged => self.aged(now),
            Input::Relabelled { label } => self.relabelled(label),
            Input::ForecastStarted { version } => self.started(version),
            Input::ForecastHeld { version, reason } => self.held(version, reason, now),
            Input::ForecastCompleted { version } => self.completed(version, now),
            Input::ForecastFailed { version, reason } => self.failed(version, &reason, now),
        }
    }

    fn detected(
        &mut self,
        batch: Vec<Received>,
        nearest: Option<NearestAsset>,
        outside_forecast: bool,
        now: Timestamp,
    ) -> Vec<Effect> {
        let added = self.take_in(batch, nearest);
        if added == 0 {
            return Vec::new();
        }
        let mut effects = self.live_on(ClusterState::Active);
        effects.extend(self.plan(came_after(added), outside_forecast, now));
        effects
    }

    /// Holds detections and the asset nearest to them; gives the number of those that it did not hold yet.
    fn take_in(&mut self, batch: Vec<Received>, nearest: Option<NearestAsset>) -> usize {
        let added = self.hold(batch);
        if let Some(candidate) = nearest
            && added > 0
            && self.nearest.as_ref().is_none_or(|known| candidate.distance_m < known.distance_m)
        {
            self.nearest = Some(candidate);
        }
        added
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
        if same || !self.is_forecast() {
            return vec![Effect::Publish];
        }
        self.plan("the assets near it changed".to_owned(), false, now)
    }

    /// What the time alone changes: where it stands, and whether its forecast still looks ahead.
    fn aged(&mut self, now: Timestamp) -> Vec<Effect> {
        let Some(last_received_at) = self.last_received_at else {
            return Vec::new();
        };
        let mut effects = self.live_on(self.settings.lifecycle().state(last_received_at, now));
        if self.staleness.is_none() && self.outlived_at().is_some_and(|end| end <= now) {
            let hours = self.horizon_s() / 3600;
            self.grow_stale(format!("nothing was heard for longer than its last lead time, {hours} h"), now);
        } else if effects.is_empty() {
            return effects;
        }
        effects.push(Effect::Publish);
        effects
    }

    fn live_on(&mut self, to: ClusterState) -> Vec<Effect> {
        let from = std::mem::replace(&mut self.state, to);
        if from == to { Vec::new() } else { vec![Effect::StateChanged { from, to }] }
    }

    fn relabelled(&mut self, label: Option<String>) -> Vec<Effect> {
        match std::mem::replace(&mut self.label, label) == self.label {
            true => Vec::new(),
            false => vec![Effect::Publish],
        }
    }

    /// When time alone changes something next: [`Input::Aged`] is due then.
    pub fn ages_at(&self) -> Option<Timestamp> {
        let next = self.settings.lifecycle().next_change(self.last_received_at?, self.state);
        let outlived = self.outlived_at().filter(|_| self.staleness.is_none());
        next.into_iter().chain(outlived).min()
    }

    /// When the newest forecast's last lead time has passed since the last receipt.
    fn outlived_at(&self) -> Option<Timestamp> {
        self.completed?;
        self.last_received_at?.checked_add(SignedDuration::from_secs(self.horizon_s().into())).ok()
    }

    fn horizon_s(&self) -> u32 {
        self.settings.lead_times_s().last().copied().unwrap_or(0)
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
    fn hold(&mut self, batch: Vec<Received>) -> usize {
        let mut added = Vec::new();
        for received in batch {
            if self.seen.insert(received.detection.id()) {
                added.push(received.detection.position());
                self.last_received_at = self.last_received_at.max(Some(received.received_at));
                self.detections.insert(received.detection.order_key(), Box::new(received));
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

    /// What an operator named it.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// When it was last heard of, on the caller's clock.
    pub fn last_received_at(&self) -> Option<Timestamp> {
        self.last_received_at
    }

    /// The known source of heat that all of its detections lie on, where they do: a flare, a steelworks, a volcano.
    pub fn heat_source(&self) -> Option<&str> {
        let mut sources = self.detections.values().map(|held| held.heat_source.as_deref());
        let first = sources.next().flatten()?;
        sources.all(|source| source.is_some()).then_some(first)
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
