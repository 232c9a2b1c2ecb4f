//! The runs of a fire: planned, started, given up, and what comes of them.

use std::sync::Arc;
use std::time::Duration;

use firecore::cluster::{Effect, Input};
use firecore::forecast::{Forecast, ForecastPlan};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef};
use tokio::time::Instant;

use super::{ClusterActorState, ClusterMsg, FinishedRun, Run};
use crate::engine::aggregator::{Aggregator, AggregatorArgs};
use crate::engine::scheduler::Occasion;
use crate::engine::{STORE_S_MAX, announce};
use crate::store::KeptForecast;

impl ClusterActorState {
    /// Gives a run up; what it was for is covered by the plan that follows.
    pub(super) fn cancel(&mut self, version: u64, why: &str) {
        if let Some(run) = self.run.take_if(|run| run.version == version) {
            tracing::info!(cluster = %self.cluster.id(), version, why, "a run is given up");
            run.aggregator.kill();
            self.coverage.left_to_next();
            self.provisional = None;
        }
    }

    pub(super) fn keep_plan(&mut self, plan: Box<ForecastPlan>) {
        let plan: Arc<ForecastPlan> = Arc::from(plan);
        let before = self.plan.replace(Arc::clone(&plan));
        self.next = Some(Arc::clone(&plan));
        self.next_since.get_or_insert_with(Instant::now);
        self.publish();
        announce::strategy(&self.parts, before.as_deref(), &plan);
    }

    /// Starts the waiting run where none is under way; it takes the place of one that is still in line.
    pub(super) async fn start_next(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
    ) -> Result<(), ActorProcessingErr> {
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
        let args = AggregatorArgs {
            plan,
            before: self.kept.as_ref().map(|kept| Arc::clone(&kept.forecast)),
            occasion,
            parts: Arc::clone(&self.parts),
            cluster: myself.clone(),
        };
        let (aggregator, _) = Aggregator::spawn_linked(None, Aggregator, args, myself.get_cell()).await?;
        self.run = Some(Run { version, aggregator, since, begun: false });
        self.coverage.taken_up();
        self.publish();
        Ok(())
    }

    pub(super) fn started(&mut self, version: u64) -> Result<(), ActorProcessingErr> {
        if let Some(run) = self.run.as_mut().filter(|run| run.version == version) {
            run.begun = true;
            self.coverage.begun();
            self.cluster.step(Input::ForecastStarted { version }, self.parts.clock.now());
            self.publish();
        }
        Ok(())
    }

    pub(super) async fn held(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        version: u64,
        reason: String,
    ) -> Result<(), ActorProcessingErr> {
        let effects = self.cluster.step(Input::ForecastHeld { version, reason }, self.parts.clock.now());
        self.perform(myself, effects).await
    }

    pub(super) fn refined(&mut self, forecast: Arc<Forecast>) -> Result<(), ActorProcessingErr> {
        if self.run.as_ref().is_some_and(|run| run.version == forecast.plan.version) {
            self.provisional = Some(forecast);
            self.publish();
            announce::partial(&self.parts, self.cluster.id());
        }
        Ok(())
    }

    pub(super) async fn completed(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        run: FinishedRun,
    ) -> Result<(), ActorProcessingErr> {
        let plan = &run.forecast.plan;
        let version = plan.version;
        self.parts.pace.took(plan.method, run.took_s);
        let stands_in = plan.urgency.stands_in;
        let mut effects = self.cluster.step(Input::ForecastCompleted { version }, self.parts.clock.now());
        let follows = planned_version(&effects).filter(|_| stands_in);
        if self.run.take_if(|run| run.version == version).is_some() {
            match follows {
                Some(_) => self.coverage.left_to_next(),
                None => self.coverage.completed(),
            }
            self.provisional = None;
        }
        let newer = self.kept.as_ref().is_none_or(|kept| kept.forecast.plan.version < version);
        if newer {
            let forecast = Arc::new(run.forecast.without_grids());
            let kept = KeptForecast { forecast, results_uri: run.results_uri };
            self.save(kept.clone()).await;
            self.kept = Some(kept);
            self.parts.grids.put(run.forecast);
        }
        if stands_in {
            self.follows = follows;
        } else if run.physx_follows && self.next.is_none() {
            effects.extend(self.follow_by_physx());
        }
        self.cover_after(&effects);
        self.publish();
        self.parts.grids.settle().await;
        if newer {
            announce::completed(&self.parts, self.cluster.id(), run.diff.as_deref());
        }
        self.perform(myself, effects).await
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

    pub(super) async fn failed(
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
    pub(super) fn cover_after(&mut self, effects: &[Effect]) {
        if effects.iter().any(|effect| matches!(effect, Effect::Plan(_))) {
            self.coverage.planned();
        }
    }

    pub(super) async fn aggregator_lost(
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
}

/// The version that a step plans.
fn planned_version(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::Plan(plan) => Some(plan.version),
        _ => None,
    })
}
