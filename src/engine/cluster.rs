//! Cluster: one fire's actor. It owns the fire as a value and performs the effects of each step.
//!
//! Spawned, linked, by the supervisor when a fire is founded or rebuilt; supervises at most one aggregator. A plan
//! that comes during a run waits, and only the newest waits: finishing what is under way gives a forecast at a steady
//! pace, where cancelling it would give none for as long as detections keep coming. Ends when the fire is merged.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use firecore::asset::NearestAsset;
use firecore::cluster::{Cluster, Effect, Input, Resume, came_after};
use firecore::detection::{ClusterId, Detection, DetectionId};
use firecore::forecast::{Forecast, ForecastPlan};
use firecore::strategy::RequestedPriority;
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};

use super::aggregator::{Aggregator, AggregatorArgs};
use super::board::{ClusterSnapshot, ClusterState};
use super::coverage::Coverage;
use super::supervisor::SupervisorMsg;
use super::{Parts, STORE_S_MAX};
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
    /// From the supervisor, or from itself where the list changed meanwhile: its nearest asset may be another one. A run may
    /// follow.
    AssetsChanged,
    /// From the aggregator: its turn has come.
    ForecastStarted {
        /// The plan's version.
        version: u64,
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

/// What a run gave.
pub(super) struct FinishedRun {
    pub(super) forecast: Arc<Forecast>,
    pub(super) results_uri: Option<String>,
    /// From the plan to the result, waiting included, s.
    pub(super) took_s: f64,
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
}

pub(super) struct ClusterActorState {
    parts: Arc<Parts>,
    supervisor: ActorRef<SupervisorMsg>,
    in_hand: InHand,
    cluster: Cluster,
    /// Version of the list of assets that it looked at last.
    assets_version: u64,
    coverage: Coverage,
    plan: Option<Arc<ForecastPlan>>,
    next: Option<Arc<ForecastPlan>>,
    run: Option<Run>,
    kept: Option<KeptForecast>,
    /// Of the run under way.
    provisional: Option<Arc<Forecast>>,
}

#[derive(Clone, Copy)]
struct Run {
    version: u64,
    aggregator: ActorId,
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
            cluster: Cluster::new(args.id, Arc::clone(&args.parts.clusters)),
            assets_version: 0,
            parts: args.parts,
            supervisor: args.supervisor,
            in_hand: args.in_hand,
            coverage: Coverage::default(),
            plan: None,
            next: None,
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
            ClusterMsg::AssetsChanged => state.assets_changed(&myself).await,
            ClusterMsg::ForecastStarted { version } => state.started(version),
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
                Effect::Plan(plan) => self.keep_plan(plan),
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
        let effects = self.take_in(records, |batch, nearest| Input::Detected { batch, nearest });
        self.cover(reach, &effects);
        self.publish();
        self.heed_assets(myself);
        self.perform(myself, effects).await
    }

    /// Takes in what the store has; a store that cannot be read leads to a rebuild, again and again if need be.
    async fn catch_up(&mut self, myself: &ActorRef<ClusterMsg>) -> Result<(), ActorProcessingErr> {
        let (records, reach) = self.read().await?;
        let effects = self.take_in(records, |batch, nearest| Input::Detected { batch, nearest });
        self.cover(reach, &effects);
        self.publish();
        self.heed_assets(myself);
        self.perform(myself, effects).await
    }

    /// Reads the fire back and forecasts it anew: what was under way was lost with the actor.
    async fn rebuild(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        one_by_one: bool,
    ) -> Result<(), ActorProcessingErr> {
        let id = self.cluster.id();
        let (records, reach) = self.read().await?;
        let wait = Duration::from_secs(STORE_S_MAX);
        let stored = tokio::time::timeout(wait, self.parts.store.forecast(id)).await??;
        self.resume(stored);
        let batches =
            if one_by_one { records.into_iter().map(|record| vec![record]).collect() } else { vec![records] };
        for batch in batches {
            self.take_in(batch, |batch, nearest| Input::Recalled { batch, nearest });
        }
        let effects = self.cluster.step(Input::Reevaluate { why: self.lack() }, self.parts.clock.now());
        self.cover(reach, &effects);
        drop(self.supervisor.cast(SupervisorMsg::ClusterRebuilt(id)));
        self.publish();
        self.heed_assets(myself);
        self.perform(myself, effects).await
    }

    /// Goes on where the store and the board say that the fire stood, without its detections.
    fn resume(&mut self, stored: Option<KeptForecast>) {
        let id = self.cluster.id();
        let before = self.parts.board.get(id);
        let before = before.as_deref();
        let shown = before.and_then(|snapshot| snapshot.forecast.clone());
        // What could not be stored is still on the board.
        self.kept = stored.into_iter().chain(shown).max_by_key(|kept| kept.forecast.plan.version);
        self.coverage =
            before.map_or_else(Coverage::default, |snapshot| Coverage::resumed(&snapshot.coverage));
        let planned = before.and_then(|snapshot| snapshot.plan.as_ref()).map_or(0, |plan| plan.version);
        let completed = self.kept.as_ref().map(|kept| kept.forecast.plan.version);
        let resume = Resume {
            id,
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
        input: impl FnOnce(Vec<(Detection, Option<RequestedPriority>)>, Option<NearestAsset>) -> Input,
    ) -> Vec<Effect> {
        if let [record] = &records[..] {
            self.in_hand.set(Some(record.detection.id()));
        }
        if let Some(drill) = &self.parts.on_record {
            records.iter().for_each(|record| drill(&record.detection));
        }
        let nearest = self.nearest_to(records.iter().map(|record| record.detection.position()));
        let batch = records.into_iter().map(|record| (record.detection, record.requested)).collect();
        let effects = self.cluster.step(input(batch, nearest), self.parts.clock.now());
        self.in_hand.set(None);
        effects
    }

    fn cover(&mut self, reach: u64, effects: &[Effect]) {
        let planned = effects.iter().any(|effect| matches!(effect, Effect::Plan(_)));
        match self.cluster.count() {
            0 => self.coverage.emptied(reach),
            _ => self.coverage.absorbed(reach, planned),
        }
    }

    fn keep_plan(&mut self, plan: Box<ForecastPlan>) {
        let plan: Arc<ForecastPlan> = Arc::from(plan);
        self.plan = Some(Arc::clone(&plan));
        self.next = Some(plan);
    }

    /// Starts the waiting run where none is under way.
    async fn start_next(&mut self, myself: &ActorRef<ClusterMsg>) -> Result<(), ActorProcessingErr> {
        if self.run.is_some() {
            return Ok(());
        }
        let Some(plan) = self.next.take() else { return Ok(()) };
        let version = plan.version;
        let args = AggregatorArgs { plan, parts: Arc::clone(&self.parts), cluster: myself.clone() };
        let (aggregator, _) = Aggregator::spawn_linked(None, Aggregator, args, myself.get_cell()).await?;
        self.run = Some(Run { version, aggregator: aggregator.get_id() });
        self.coverage.taken_up();
        self.publish();
        Ok(())
    }

    fn started(&mut self, version: u64) -> Result<(), ActorProcessingErr> {
        if self.run.is_some_and(|run| run.version == version) {
            self.coverage.begun();
            self.publish();
        }
        Ok(())
    }

    fn refined(&mut self, forecast: Arc<Forecast>) -> Result<(), ActorProcessingErr> {
        if self.run.is_some_and(|run| run.version == forecast.plan.version) {
            self.provisional = Some(forecast);
            self.publish();
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
        if self.run.take_if(|run| run.version == version).is_some() {
            self.coverage.completed();
            self.provisional = None;
        }
        if self.kept.as_ref().is_none_or(|kept| kept.forecast.plan.version < version) {
            let kept = KeptForecast { forecast: run.forecast, results_uri: run.results_uri };
            self.save(kept.clone()).await;
            self.kept = Some(kept);
        }
        let effects = self.cluster.step(Input::ForecastCompleted { version }, self.parts.clock.now());
        self.perform(myself, effects).await
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
        if self.run.take_if(|run| run.version == version).is_some() {
            self.coverage.failed();
            self.provisional = None;
        }
        let effects = self.cluster.step(Input::ForecastFailed { version, reason }, self.parts.clock.now());
        if effects.iter().any(|effect| matches!(effect, Effect::Plan(_))) {
            self.coverage.planned();
        }
        self.publish();
        self.perform(myself, effects).await
    }

    async fn aggregator_lost(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        aggregator: ActorId,
        reason: String,
    ) -> Result<(), ActorProcessingErr> {
        match self.run.filter(|run| run.aggregator == aggregator) {
            Some(run) => self.failed(myself, run.version, format!("the run was lost: {reason}")).await,
            None => Ok(()),
        }
    }

    fn publish(&self) {
        self.parts.board.publish(ClusterSnapshot {
            id: self.cluster.id(),
            state: ClusterState::Active,
            detection_count: self.cluster.count(),
            first_at: self.cluster.first_at(),
            last_at: self.cluster.last_at(),
            bounds: self.cluster.bounds(),
            nearest: self.cluster.nearest_asset().cloned(),
            plan: self.plan.clone(),
            forecast: self.kept.clone(),
            provisional: self.provisional.clone(),
            staleness: self.cluster.staleness().cloned(),
            failure: self.cluster.failure().cloned(),
            coverage: self.coverage.clone(),
        });
    }
}
