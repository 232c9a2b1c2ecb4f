//! Mapped fire: one forecast of a fire as somebody drew it, beside the fires that the engine follows.
//!
//! Spawned by `Engine::forecast_mapped`, which waits for it; owns the plan and supervises its one aggregator. Ends when it has
//! answered. Nothing of it is kept in the store or shown on the board, and nothing that is detected later changes it.

use std::sync::Arc;

use firecore::cluster::MappedFire;
use firecore::forecast::{Forecast, ForecastPlan};
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::oneshot;

use super::aggregator::{Aggregator, AggregatorArgs};
use super::cluster::ClusterMsg;
use super::scheduler::Occasion;
use super::{Engine, Parts};

/// Why a mapped fire has no forecast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no forecast of the mapped fire: {reason}")]
pub struct MappedFireError {
    /// Why, in words.
    pub reason: String,
}

type Answer = oneshot::Sender<Result<Arc<Forecast>, MappedFireError>>;

struct MappedFireActor;

struct MappedFireArgs {
    plan: Arc<ForecastPlan>,
    parts: Arc<Parts>,
    answer: Answer,
}

struct MappedFireState {
    answer: Option<Answer>,
}

impl Engine {
    /// Forecasts a fire that was drawn on a map, with the detections that lie near it.
    ///
    /// **Errors** say why the run gave nothing.
    pub async fn forecast_mapped(&self, fire: &MappedFire) -> Result<Arc<Forecast>, MappedFireError> {
        let parts = &self.parts;
        let (seed, _) = fire.seed(&parts.links, &parts.clusters);
        let nearest = parts.assets.current().index.nearest_to_any(seed.extent().map(|(place, _)| place));
        let plan = Arc::new(fire.plan(&parts.links, nearest, &parts.clusters));
        let (answer, answered) = oneshot::channel();
        let args = MappedFireArgs { plan, parts: Arc::clone(parts), answer };
        let lost = |reason: String| MappedFireError { reason };
        let (actor, _) = MappedFireActor::spawn(None, MappedFireActor, args)
            .await
            .map_err(|error| lost(error.to_string()))?;
        // A caller that leaves takes the run with it.
        let _killer = KillOnDrop(actor);
        answered.await.unwrap_or_else(|_| Err(lost("its run ended without an answer".to_owned())))
    }
}

struct KillOnDrop(ActorRef<ClusterMsg>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl Actor for MappedFireActor {
    /// An aggregator speaks to it as to any fire.
    type Msg = ClusterMsg;
    type State = MappedFireState;
    type Arguments = MappedFireArgs;

    async fn pre_start(
        &self,
        myself: ActorRef<ClusterMsg>,
        args: MappedFireArgs,
    ) -> Result<MappedFireState, ActorProcessingErr> {
        let MappedFireArgs { plan, parts, answer } = args;
        let occasion = Occasion::first();
        let args = AggregatorArgs { plan, before: None, occasion, parts, cluster: myself.clone() };
        Aggregator::spawn_linked(None, Aggregator, args, myself.get_cell()).await?;
        Ok(MappedFireState { answer: Some(answer) })
    }

    async fn handle(
        &self,
        myself: ActorRef<ClusterMsg>,
        message: ClusterMsg,
        state: &mut MappedFireState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ClusterMsg::ForecastCompleted(run) => state.answer(&myself, Ok(run.forecast)),
            ClusterMsg::ForecastFailed { reason, .. } => state.answer(&myself, Err(reason)),
            // Nobody follows the run, and nobody sends detections.
            _ => {}
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<ClusterMsg>,
        event: SupervisionEvent,
        state: &mut MappedFireState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            // A clean end says nothing: what came of the run is in the mailbox, behind this event.
            SupervisionEvent::ActorTerminated(_, _, Some(reason)) => {
                state.answer(&myself, Err(format!("the run was lost: {reason}")));
            }
            SupervisionEvent::ActorFailed(_, error) => {
                state.answer(&myself, Err(format!("the run crashed: {error}")));
            }
            _ => {}
        }
        Ok(())
    }
}

impl MappedFireState {
    fn answer(&mut self, myself: &ActorRef<ClusterMsg>, outcome: Result<Arc<Forecast>, String>) {
        if let Some(answer) = self.answer.take() {
            // A caller that has left is no error.
            drop(answer.send(outcome.map_err(|reason| MappedFireError { reason })));
        }
        myself.stop(None);
    }
}
