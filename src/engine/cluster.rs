//! Cluster: one fire's actor. It owns the fire as a value and performs the effects of each step.
//!
//! Spawned, linked, by the supervisor when a fire is founded or rebuilt; supervises at most one aggregator. A plan
//! that comes during a run waits, and only the newest waits: finishing what is under way gives a forecast at a steady
//! pace, where cancelling it would give none for as long as detections keep coming. Ends when the fire is merged.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use firecore::asset::NearestAsset;
use firecore::cluster::{Cluster, ClusterState as Life, Effect, Input, Received, Resume, came_after};
use firecore::detection::{ClusterId, DetectionId};
use firecore::forecast::{Forecast, ForecastPlan};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::time::Instant;

use super::aggregator::{Aggregator, AggregatorArgs, AggregatorMsg};
use super::board::{ClusterSnapshot, ClusterState};
use super::coverage::Coverage;
use super::live::Kind;
use super::scheduler::Occasion;
use super::supervisor::SupervisorMsg;
use super::{Parts, STORE_S_MAX, announce};
use crate::store::{KeptForecast, Record};

mod assets;

pub(super) enum ClusterMsg {
    /// From the supervisor, first of all after a crash or a start: read the fire back from the store.
    Rebuild {
        /// After a crash: so that the record that crashes it is known.
        one_by_one: bool,
    },
    /// From the supervisor: detections that the store has and that may be held already. A run may follow.
    Absorb(Vec<Record>),
    /// From the supervisor: the store has or may have more of the fire than it was told. A run may follow.
    CatchUp,
    /// From the supervisor, first of all at a start with many fires: what the store has of it. As a rebuild.
    Recall(Box<Recalled>),
    /// From the supervisor, once a detection of it went elsewhere by an operator's hand: it is rebuilt without it.
    Parted {
        /// Why its forecast says too much, in words.
        why: String,
    },
    /// From the supervisor: it is time to see whether it is dormant. Where it is, it asks to be let go.
    Age {
        /// Given back, so that the supervisor knows whether it told the fire anything since.
        told: u64,
    },
    /// From the supervisor: an operator named it, or took the name away.
    Relabel(Option<String>),
    /// From the supervisor, or from itself where the list changed meanwhile: its nearest asset may be another one. A run may
    /// follow.
    AssetsChanged,
    /// From the aggregator: its turn has come.
    ForecastStarted {
        /// The plan's version.
        version: u64,
    },
    /// From the aggregator: its turn does not come for now. The last forecast is stale for this reason.
    ForecastHeld {
        /// The plan's version.
        version: u64,
        /// Why, in words.
        reason: String,
    },
    /// From the aggregator: what the members so far give. It is shown beside the last forecast until the run ends.
    ForecastRefined(Arc<Forecast>),
    /// From the aggregator, before its end: the forecast. It is stored and shown, and the next run starts.
    ForecastCompleted(Box<FinishedRun>),
    /// From the aggregator, before its end: there is no forecast. The last one stands, marked stale.
    ForecastFailed {
        /// The plan's version.
        version: u64,
        /// Why, in words.
        reason: String,
    },
}

/// What the store has of a fire.
pub(super) struct Recalled {
    pub(super) records: Vec<Record>,
    /// The last place in the journal among all that is the fire's.
    pub(super) reach: u64,
    pub(super) kept: Option<KeptForecast>,
}

/// What a run gave.
pub(super) struct FinishedRun {
    pub(super) forecast: Arc<Forecast>,
    pub(super) results_uri: Option<String>,
    /// From the plan to the result, waiting included, s.
    pub(super) took_s: f64,
    /// It stands in for a PhysX run of the same, which is to follow.
    pub(super) physx_follows: bool,
}

/// The record that a cluster works on alone, left behind for the supervisor where the cluster crashes on it.
#[derive(Clone, Debug, Default)]
pub(super) struct InHand(Arc<Mutex<Option<DetectionId>>>);

impl InHand {
    /// Says which record is worked on, or that none is.
    pub(super) fn set(&self, record: Option<DetectionId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = record;
    }

    /// The record that was worked on; forgets it.
    pub(super) fn take(&self) -> Option<DetectionId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

pub(super) struct ClusterArgs {
    pub(super) id: ClusterId,
    pub(super) parts: Arc<Parts>,
    pub(super) supervisor: ActorRef<SupervisorMsg>,
    pub(super) in_hand: InHand,
    /// What an operator named it.
    pub(super) label: Option<String>,
    /// Nobody has heard of the fire yet.
    pub(super) fresh: bool,
}

pub(super) struct ClusterActorState {
    parts: Arc<Parts>,
    supervisor: ActorRef<SupervisorMsg>,
    in_hand: InHand,
    fresh: bool,
    cluster: Cluster,
    /// Version of the list of assets that it looked at last.
    assets_version: u64,
    coverage: Coverage,
    plan: Option<Arc<ForecastPlan>>,
    next: Option<Arc<ForecastPlan>>,
    /// Since when a detection is in no forecast, as far as the next plan is to make up for it.
    next_since: Option<Instant>,
    /// Version of the PhysX plan that follows a surrogate forecast of the same.
    follows: Option<u64>,
    run: Option<Run>,
    kept: Option<KeptForecast>,
    /// Of the run under way.
    provisional: Option<Arc<Forecast>>,
}

struct Run {
    version: u64,
    aggregator: ActorRef<AggregatorMsg>,
    /// Since when a detection is in no forecast.
    since: Instant,
    /// Its turn has come.
    begun: bool,
}

pub(super) struct ClusterActor;

impl Actor for ClusterActor {
    type Msg = ClusterMsg;
    type State = ClusterActorState;
    type Arguments = ClusterArgs;

    async fn pre_start(
        &self,
        _myself: ActorRef<ClusterMsg>,
        args: ClusterArgs,
    ) -> Result<ClusterActorState, ActorProcessingErr> {
        Ok(ClusterActorState {
            cluster: resumed(args.id, args.label, &args.parts),
            assets_version: 0,
            parts: args.parts,
            supervisor: args.supervisor,
            in_hand: args.in_hand,
            fresh: args.fresh,
            coverage: Coverage::default(),
            plan: None,
            next: None,
            next_since: None,
            follows: None,
            run: None,
            kept: None,
            provisional: None,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<ClusterMsg>,
        message: ClusterMsg,
        state: &mut ClusterActorState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ClusterMsg::Rebuild { one_by_one } => state.rebuild(&myself, one_by_one).await,
            ClusterMsg::Absorb(records) => state.absorb(&myself, records).await,
            ClusterMsg::CatchUp => state.catch_up(&myself).await,
            ClusterMsg::Recall(recalled) => state.recall(&myself, *recalled).await,
            ClusterMsg::Parted { why } => state.parted(&myself, why).await,
            ClusterMsg::Age { told } => state.age(&myself, told).await,
            ClusterMsg::Relabel(label) => state.relabel(&myself, label).await,
            ClusterMsg::AssetsChanged => state.assets_changed(&myself).await,
            ClusterMsg::ForecastStarted { version } => state.started(version),
            ClusterMsg::ForecastHeld { version, reason } => state.held(&myself, version, reason).await,
            ClusterMsg::ForecastRefined(forecast) => state.refined(forecast),
            ClusterMsg::ForecastCompleted(run) => state.completed(&myself, *run).await,
            ClusterMsg::ForecastFailed { version, reason } => state.failed(&myself, version, reason).await,
        }
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<ClusterMsg>,
        event: SupervisionEvent,
        state: &mut ClusterActorState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            // A clean end says nothing: what came of the run is in the mailbox, behind this event.
            SupervisionEvent::ActorTerminated(_, _, None) => Ok(()),
            SupervisionEvent::ActorTerminated(child, _, Some(reason)) => {
                state.aggregator_lost(&myself, child.get_id(), reason).await
            }
            SupervisionEvent::ActorFailed(child, error) => {
                state.aggregator_lost(&myself, child.get_id(), format!("crashed: {error}")).await
            }
            _ => Ok(()),
        }
    }
}

impl ClusterActorState {
    /// Does what a step asks for.
    async fn perform(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        effects: Vec<Effect>,
    ) -> Result<(), ActorProcessingErr> {
        for effect in effects {
            match effect {
                Effect::Cancel { version, why } => self.cancel(version, &why),
                Effect::Plan(plan) => self.keep_plan(plan),
                Effect::StateChanged { to, .. } => self.tell_life(to),
                Effect::Publish => self.publish(),
            }
        }
        self.start_next(myself).await
    }

    async fn absorb(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        records: Vec<Record>,
    ) -> Result<(), ActorProcessingErr> {
        let reach = records.iter().map(|record| record.sequence).max().unwrap_or(0);
        let outside_forecast = self.are_outside_forecast(&records);
        let effects =
            self.take_in(records, |batch, nearest| Input::Detected { batch, nearest, outside_forecast });
        self.cover(reach, &effects);
        self.publish();
        self.heed_assets(myself);
        self.perform(myself, effects).await?;
        self.announce();
        Ok(())
    }

    /// Takes in what the store has; a store that cannot be read leads to a rebuild, again and again if need be.
    async fn catch_up(&mut self, myself: &ActorRef<ClusterMsg>) -> Result<(), ActorProcessingErr> {
        let (records, reach) = self.read().await?;
        let held = self.cluster.count();
        let outside_forecast = self.are_outside_forecast(&records);
        let effects =
            self.take_in(records, |batch, nearest| Input::Detected { batch, nearest, outside_forecast });
        self.cover(reach, &effects);
        self.publish();
        self.heed_assets(myself);
        self.perform(myself, effects).await?;
        if self.cluster.count() > held {
            self.announce();
        }
        Ok(())
    }

    /// Reads the fire back and forecasts it anew: what was under way was lost with the actor.
    async fn rebuild(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        one_by_one: bool,
    ) -> Result<(), ActorProcessingErr> {
        let (records, reach) = self.read().await?;
        let wait = Duration::from_secs(STORE_S_MAX);
        let kept = tokio::time::timeout(wait, self.parts.store.forecast(self.cluster.id())).await??;
        self.resume(kept);
        let batches =
            if one_by_one { records.into_iter().map(|record| vec![record]).collect() } else { vec![records] };
        for batch in batches {
            self.take_in(batch, |batch, nearest| Input::Recalled { batch, nearest });
        }
        self.go_on(myself, reach, self.lack()).await
    }

    /// The same from what the supervisor has read for many fires at once.
    async fn recall(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        recalled: Recalled,
    ) -> Result<(), ActorProcessingErr> {
        let Recalled { records, reach, kept } = recalled;
        self.resume(kept);
        self.take_in(records, |batch, nearest| Input::Recalled { batch, nearest });
        self.go_on(myself, reach, self.lack()).await
    }

    /// The same without what an operator took away.
    async fn parted(&mut self, myself: &ActorRef<ClusterMsg>, why: String) -> Result<(), ActorProcessingErr> {
        if let Some(run) = &self.run {
            self.cancel(run.version, &why);
        }
        let (records, reach) = self.read().await?;
        self.resume(self.kept.clone());
        self.take_in(records, |batch, nearest| Input::Recalled { batch, nearest });
        self.go_on(myself, reach, why).await
    }

    /// Follows a fire that was read back.
    async fn go_on(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        reach: u64,
        why: String,
    ) -> Result<(), ActorProcessingErr> {
        let (id, now) = (self.cluster.id(), self.parts.clock.now());
        let before = self.parts.board.get(id).map(|snapshot| snapshot.state);
        let mut effects = self.cluster.step(Input::Aged, now);
        if matches!(before, Some(ClusterState::Dormant | ClusterState::Closed)) {
            self.tell_life(self.cluster.state());
        }
        effects.extend(self.cluster.step(Input::Reevaluate { why }, now));
        self.cover(reach, &effects);
        drop(self.supervisor.cast(SupervisorMsg::ClusterRebuilt(self.cluster.id())));
        self.publish();
        self.heed_assets(myself);
        self.perform(myself, effects).await?;
        self.announce();
        Ok(())
    }

    async fn age(&mut self, myself: &ActorRef<ClusterMsg>, told: u64) -> Result<(), ActorProcessingErr> {
        let effects = self.cluster.step(Input::Aged, self.parts.clock.now());
        self.perform(myself, effects).await?;
        if self.cluster.state() != Life::Active && self.run.is_none() {
            drop(self.supervisor.cast(SupervisorMsg::FellAsleep { id: self.cluster.id(), told }));
        }
        Ok(())
    }

    async fn relabel(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        label: Option<String>,
    ) -> Result<(), ActorProcessingErr> {
        let effects = self.cluster.step(Input::Relabelled { label }, self.parts.clock.now());
        self.perform(myself, effects).await?;
        announce::fire(&self.parts, Kind::ClusterRelabelled, self.cluster.id());
        Ok(())
    }

    /// Goes on where the store and the board say that the fire stood, without its detections.
    fn resume(&mut self, stored: Option<KeptForecast>) {
        let id = self.cluster.id();
        let before = self.parts.board.get(id);
        let before = before.as_deref();
        let shown = before.and_then(|snapshot| snapshot.forecast.clone());
        self.plan = before.and_then(|snapshot| snapshot.plan.clone());
        // What could not be stored is still on the board.
        self.kept = stored.into_iter().chain(shown).max_by_key(|kept| kept.forecast.plan.version);
        self.coverage =
            before.map_or_else(Coverage::default, |snapshot| Coverage::resumed(&snapshot.coverage));
        let planned = before.and_then(|snapshot| snapshot.plan.as_ref()).map_or(0, |plan| plan.version);
        let completed = self.kept.as_ref().map(|kept| kept.forecast.plan.version);
        let resume = Resume {
            id,
            label: self.cluster.label().map(str::to_owned),
            detections: Vec::new(),
            nearest: None,
            version: planned.max(completed.unwrap_or(0)),
            completed,
            staleness: before.and_then(|snapshot| snapshot.staleness.clone()),
            failure: before.and_then(|snapshot| snapshot.failure.clone()),
        };
        self.cluster = Cluster::resumed(resume, Arc::clone(&self.parts.clusters));
    }

    /// What the last forecast of a fire that was read back lacks.
    fn lack(&self) -> String {
        let covered = self.kept.as_ref().map_or(0, |kept| kept.forecast.plan.detection_count);
        match self.cluster.count().saturating_sub(covered) {
            0 => "the fire was read back from the store and is forecast anew".to_owned(),
            more => came_after(more),
        }
    }

    /// What the store has of the fire, and the last place in the journal among it all: records that were put aside are
    /// not given, but whoever sent them waits for what comes of the others.
    async fn read(&self) -> Result<(Vec<Record>, u64), ActorProcessingErr> {
        let (id, wait) = (self.cluster.id(), Duration::from_secs(STORE_S_MAX));
        let records = tokio::time::timeout(wait, self.parts.store.records(id)).await??;
        let aside = tokio::time::timeout(wait, self.parts.store.set_aside(id)).await??;
        let all = records.iter().chain(aside.iter().map(|(record, _)| record));
        let reach = all.map(|record| record.sequence).max().unwrap_or(0);
        Ok((records, reach))
    }

    /// One step with records.
    ///
    /// Of a batch that crashes it cannot be told which record is to blame: the rebuild takes them one by one.
    fn take_in(
        &mut self,
        records: Vec<Record>,
        input: impl FnOnce(Vec<Received>, Option<NearestAsset>) -> Input,
    ) -> Vec<Effect> {
        if let [record] = &records[..] {
            self.in_hand.set(Some(record.detection.id()));
        }
        if let Some(drill) = &self.parts.on_record {
            records.iter().for_each(|record| drill(&record.detection));
        }
        let nearest = self.nearest_to(records.iter().map(|record| record.detection.position()));
        let batch = records.iter().map(|record| self.parts.received(record)).collect();
        let effects = self.cluster.step(input(batch, nearest), self.parts.clock.now());
        self.in_hand.set(None);
        effects
    }

    /// Whether some of them lie where no forecast that there is lets the fire be at their time.
    fn are_outside_forecast(&self, records: &[Record]) -> bool {
        let forecasts = [self.provisional.as_deref(), self.kept.as_ref().map(|kept| &*kept.forecast)];
        let newest = forecasts.into_iter().flatten().max_by_key(|forecast| forecast.plan.version);
        newest.is_some_and(|forecast| {
            records.iter().any(|record| forecast.expects(&record.detection) == Some(false))
        })
    }

    fn cover(&mut self, reach: u64, effects: &[Effect]) {
        let planned = effects.iter().any(|effect| matches!(effect, Effect::Plan(_)));
        match self.cluster.count() {
            0 => self.coverage.emptied(reach),
            _ => self.coverage.absorbed(reach, planned),
        }
    }

    /// Gives a run up; what it was for is covered by the plan that follows.
    fn cancel(&mut self, version: u64, why: &str) {
        if let Some(run) = self.run.take_if(|run| run.version == version) {
            tracing::info!(cluster = %self.cluster.id(), version, why, "a run is given up");
            run.aggregator.kill();
            self.coverage.given_up();
            self.provisional = None;
        }
    }

    fn keep_plan(&mut self, plan: Box<ForecastPlan>) {
        let plan: Arc<ForecastPlan> = Arc::from(plan);
        let before = self.plan.replace(Arc::clone(&plan));
        self.next = Some(Arc::clone(&plan));
        self.next_since.get_or_insert_with(Instant::now);
        self.publish();
        announce::strategy(&self.parts, before.as_deref(), &plan);
    }

    /// Says that the fire came to be, or that it took something in.
    fn announce(&mut self) {
        if self.cluster.count() > 0 {
            let kind =
                if std::mem::take(&mut self.fresh) { Kind::ClusterFounded } else { Kind::ClusterUpdated };
            announce::fire(&self.parts, kind, self.cluster.id());
        }
    }

    /// Says that the fire fell asleep, was closed, or lives again.
    fn tell_life(&self, to: Life) {
        let kind = match to {
            Life::Active => Kind::ClusterReactivated,
            Life::Dormant => Kind::ClusterDormant,
            Life::Closed => Kind::ClusterClosed,
        };
        self.publish();
        announce::fire(&self.parts, kind, self.cluster.id());
    }

    /// Starts the waiting run where none is under way; it takes the place of one that is still in line.
    async fn start_next(&mut self, myself: &ActorRef<ClusterMsg>) -> Result<(), ActorProcessingErr> {
        if self.run.as_ref().is_some_and(|run| run.begun) {
            return Ok(());
        }
        let Some(plan) = self.next.take() else { return Ok(()) };
        if let Some(in_line) = self.run.take() {
            in_line.aggregator.kill();
            self.next_since = Some(in_line.since);
        }
        let (version, since) = (plan.version, self.next_since.take().unwrap_or_else(Instant::now));
        let occasion = Occasion {
            first: plan.urgency.first,
            uncovered_since: since,
            grew: plan.urgency.grew,
            after_surrogate: self.follows == Some(plan.version),
        };
        let args = AggregatorArgs { plan, occasion, parts: Arc::clone(&self.parts), cluster: myself.clone() };
        let (aggregator, _) = Aggregator::spawn_linked(None, Aggregator, args, myself.get_cell()).await?;
        self.run = Some(Run { version, aggregator, since, begun: false });
        self.coverage.taken_up();
        self.publish();
        Ok(())
    }

    fn started(&mut self, version: u64) -> Result<(), ActorProcessingErr> {
        if let Some(run) = self.run.as_mut().filter(|run| run.version == version) {
            run.begun = true;
            self.coverage.begun();
            self.cluster.step(Input::ForecastStarted { version }, self.parts.clock.now());
            self.publish();
        }
        Ok(())
    }

    async fn held(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        version: u64,
        reason: String,
    ) -> Result<(), ActorProcessingErr> {
        let effects = self.cluster.step(Input::ForecastHeld { version, reason }, self.parts.clock.now());
        self.perform(myself, effects).await
    }

    fn refined(&mut self, forecast: Arc<Forecast>) -> Result<(), ActorProcessingErr> {
        if self.run.as_ref().is_some_and(|run| run.version == forecast.plan.version) {
            self.provisional = Some(forecast);
            self.publish();
            announce::partial(&self.parts, self.cluster.id());
        }
        Ok(())
    }

    async fn completed(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        run: FinishedRun,
    ) -> Result<(), ActorProcessingErr> {
        let plan = &run.forecast.plan;
        let version = plan.version;
        self.parts.pace.took(plan.method, run.took_s);
        let stands_in = plan.urgency.stands_in;
        if self.run.take_if(|run| run.version == version).is_some() {
            match stands_in {
                true => self.coverage.stood_in(),
                false => self.coverage.completed(),
            }
            self.provisional = None;
        }
        let newer = self.kept.as_ref().is_none_or(|kept| kept.forecast.plan.version < version);
        if newer {
            let kept = KeptForecast { forecast: run.forecast, results_uri: run.results_uri };
            self.save(kept.clone()).await;
            self.kept = Some(kept);
        }
        let mut effects = self.cluster.step(Input::ForecastCompleted { version }, self.parts.clock.now());
        if stands_in {
            self.follows = planned_version(&effects);
        } else if run.physx_follows && self.next.is_none() {
            effects.extend(self.follow_by_physx());
        }
        self.cover_after(&effects);
        self.perform(myself, effects).await?;
        if newer {
            announce::completed(&self.parts, self.cluster.id());
        }
        Ok(())
    }

    /// Plans the PhysX run that a surrogate stood in for.
    fn follow_by_physx(&mut self) -> Vec<Effect> {
        let why = "the surrogate stands in for PhysX, which follows".to_owned();
        let effects = self.cluster.step(Input::Reevaluate { why }, self.parts.clock.now());
        self.follows = planned_version(&effects);
        effects
    }

    /// A forecast that cannot be stored is still shown; it is lost with the process.
    async fn save(&self, kept: KeptForecast) {
        let version = kept.forecast.plan.version;
        let saved =
            tokio::time::timeout(Duration::from_secs(STORE_S_MAX), self.parts.store.save_forecast(kept));
        let reason = match saved.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        tracing::error!(cluster = %self.cluster.id(), version, reason, "forecast not stored");
    }

    async fn failed(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        version: u64,
        reason: String,
    ) -> Result<(), ActorProcessingErr> {
        tracing::warn!(cluster = %self.cluster.id(), version, reason, "forecast failed");
        if let Some(run) = self.run.take_if(|run| run.version == version) {
            self.coverage.failed();
            self.provisional = None;
            self.next_since = Some(run.since);
        }
        let input = Input::ForecastFailed { version, reason: reason.clone() };
        let effects = self.cluster.step(input, self.parts.clock.now());
        self.cover_after(&effects);
        self.publish();
        announce::failed(&self.parts, self.cluster.id(), version, &reason);
        self.perform(myself, effects).await
    }

    /// A plan that no detection led to covers what there is, too.
    fn cover_after(&mut self, effects: &[Effect]) {
        if effects.iter().any(|effect| matches!(effect, Effect::Plan(_))) {
            self.coverage.planned();
        }
    }

    async fn aggregator_lost(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        aggregator: ActorId,
        reason: String,
    ) -> Result<(), ActorProcessingErr> {
        match self.run.as_ref().filter(|run| run.aggregator.get_id() == aggregator).map(|run| run.version) {
            Some(version) => self.failed(myself, version, format!("the run was lost: {reason}")).await,
            None => Ok(()),
        }
    }

    fn publish(&self) {
        let (plan, kept) = (self.plan.clone(), self.kept.clone());
        self.parts.board.publish(ClusterSnapshot {
            provisional: self.provisional.clone(),
            ..ClusterSnapshot::of(&self.cluster, plan, kept, self.coverage.clone())
        });
    }
}

/// A fire that nothing is known of but its name.
fn resumed(id: ClusterId, label: Option<String>, parts: &Parts) -> Cluster {
    let resume = Resume {
        id,
        label,
        detections: Vec::new(),
        nearest: None,
        version: 0,
        completed: None,
        staleness: None,
        failure: None,
    };
    Cluster::resumed(resume, Arc::clone(&parts.clusters))
}

/// The version that a step plans.
fn planned_version(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::Plan(plan) => Some(plan.version),
        _ => None,
    })
}
