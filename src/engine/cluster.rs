//! Cluster: one fire's actor. It owns the fire as a value and performs the effects of each step.
//!
//! Spawned, linked, by the supervisor when a fire is founded or rebuilt; supervises at most one aggregator. A plan
//! that comes during a run waits, and only the newest waits: finishing what is under way gives a forecast at a steady
//! pace, where cancelling it would give none for as long as detections keep coming. Ends when the fire is merged.

use std::sync::{Arc, Mutex, PoisonError};

use firecore::asset::NearestAsset;
use firecore::cluster::{Cluster, ClusterState as Life, Effect, Input, Received};
use firecore::detection::{ClusterId, DetectionId};
use firecore::forecast::diff::ForecastDiff;
use firecore::forecast::{Forecast, ForecastPlan};
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::time::Instant;

use super::aggregator::AggregatorMsg;
use super::board::ClusterSnapshot;
use super::coverage::Coverage;
use super::live::Kind;
use super::supervisor::SupervisorMsg;
use super::{Parts, announce};
use crate::store::{KeptForecast, Record};

mod changes;
mod recall;
mod runs;

pub(super) use recall::resumed;

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
    /// From the supervisor: the inputs of its forecast are others by now. A run follows.
    InputsChanged {
        /// What changed, in words.
        why: String,
    },
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
    /// What changed since the forecast before it.
    pub(super) diff: Option<Box<ForecastDiff>>,
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
        // In a box of its own: a fire that waits for messages has no room for the longest of them.
        Box::pin(state.hear(myself, message)).await
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
    async fn hear(
        &mut self,
        myself: ActorRef<ClusterMsg>,
        message: ClusterMsg,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ClusterMsg::Rebuild { one_by_one } => self.rebuild(&myself, one_by_one).await,
            ClusterMsg::Absorb(records) => self.absorb(&myself, records).await,
            ClusterMsg::CatchUp => self.catch_up(&myself).await,
            ClusterMsg::Recall(recalled) => self.recall(&myself, *recalled).await,
            ClusterMsg::Parted { why } => self.parted(&myself, why).await,
            ClusterMsg::Age { told } => self.age(&myself, told).await,
            ClusterMsg::Relabel(label) => self.relabel(&myself, label).await,
            ClusterMsg::AssetsChanged => self.assets_changed(&myself).await,
            ClusterMsg::InputsChanged { why } => self.inputs_changed(&myself, why).await,
            ClusterMsg::ForecastStarted { version } => self.started(version),
            ClusterMsg::ForecastHeld { version, reason } => self.held(&myself, version, reason).await,
            ClusterMsg::ForecastRefined(forecast) => self.refined(forecast),
            ClusterMsg::ForecastCompleted(run) => self.completed(&myself, *run).await,
            ClusterMsg::ForecastFailed { version, reason } => self.failed(&myself, version, reason).await,
        }
    }

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
        if self.holds_more_than(&records) {
            return self.parted(myself, "an operator split the fire".to_owned()).await;
        }
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

    fn publish(&self) {
        let (plan, kept) = (self.plan.clone(), self.kept.clone());
        self.parts.board.publish(ClusterSnapshot {
            provisional: self.provisional.clone(),
            ..ClusterSnapshot::of(&self.cluster, plan, kept, self.coverage.clone())
        });
    }
}
