//! Supervisor: one actor that routes detections to fires, and spawns, merges and restarts their actors.
//!
//! Spawned by `Engine::start`; owns the cluster index, so it never has to ask a fire whether a detection is its own.
//! A batch is in the store before any fire hears of it. Ends when the engine stops.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use firecore::asset::NearestAsset;
use firecore::cluster::ClusterIndex;
use firecore::detection::{ClusterId, DetectionId};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SpawnErr, SupervisionEvent};
use tokio::sync::OwnedSemaphorePermit;

use super::assets::AssetDelta;
use super::board::ClusterState;
use super::cluster::{ClusterActor, ClusterArgs, ClusterMsg, InHand};
use super::operations::{OperationError, Wish};
use super::{Parts, STORE_S_MAX, announce, errand};
use crate::inputs::InputNews;
use crate::store::{Operation, Record, StoreError};

mod age;
mod catch_up;
mod changes;
mod operate;
mod take_in;

pub(super) use take_in::Pending;

/// Longest wait before a restart, ms.
const RESTART_WAIT_MS_MAX: u64 = 30_000;

pub(super) enum SupervisorMsg {
    /// From the engine: a batch. It waits until those that came before it are stored; the answer says what became of each detection.
    Submit(Pending),
    /// From itself, behind all batches that were in the mailbox: they are stored together, then routed.
    TakeIn,
    /// From the engine: an operator's wish. It is done, stored, and the fires that it touches are told.
    Operate {
        /// What is wanted.
        wish: Wish,
        /// Where the answer goes.
        reply: RpcReplyPort<Result<Operation, OperationError>>,
        /// As with a batch.
        permit: OwnedSemaphorePermit,
    },
    /// From a fire that was rebuilt: it stands again.
    ClusterRebuilt(ClusterId),
    /// From a fire that is dormant: its actor may go, if it was told nothing meanwhile.
    FellAsleep {
        /// The fire.
        id: ClusterId,
        /// What its last order to age said.
        told: u64,
    },
    /// From the errand that waits: see which fires time alone changes. It waits again.
    Age,
    /// From the engine, when the new list is shown: fires that the change touches look again.
    AssetsChanged(Arc<AssetDelta>),
    /// From the errand that read the detections of fires that sleep: the asset nearest to each.
    NearestOfSleepers(Vec<(ClusterId, Option<NearestAsset>)>),
    /// From the errand that waits: some inputs are others by now; the fires that they touch are forecast anew.
    InputsChanged(Vec<InputNews>),
    /// From the errand that waits after the store did not answer: read what it has, if nobody has asked for it since.
    BeCertain,
    /// From the errand that waits before a restart: spawn the fire's actor again.
    Restart(ClusterId),
}

pub(super) struct SupervisorState {
    parts: Arc<Parts>,
    /// Batches that came while others were stored.
    waiting: Vec<Pending>,
    index: ClusterIndex,
    /// The index has heard of detections that the store has not; it is rebuilt before it is used again.
    index_in_doubt: bool,
    /// An errand waits to look whether the store answers again.
    certainty_awaited: bool,
    /// The fires that the store holds are being brought back: none of them is a fresh one.
    starting: bool,
    fires: HashMap<ClusterId, Fire>,
    /// What operators named fires, merged ones among them.
    labels: HashMap<ClusterId, Option<String>>,
    actors: HashMap<ActorId, Role>,
}

/// What the supervisor knows of a fire.
#[derive(Default)]
struct Fire {
    /// None between a crash and the restart, and while it is dormant.
    actor: Option<ActorRef<ClusterMsg>>,
    /// An errand waits to restart it.
    restart_awaited: bool,
    /// How often it was told something.
    told: u64,
    label: Option<String>,
    in_hand: InHand,
    crashes_in_a_row: u32,
    crashes_on: HashMap<DetectionId, u32>,
}

/// What an actor is, or was when it was told to stop.
enum Role {
    Fire(ClusterId),
    Absorbed(ClusterId, ClusterId),
    Asleep,
}

/// Why the fires are not where the store is.
#[derive(Debug, thiserror::Error)]
enum CatchUpError {
    /// The store cannot be read; it is tried again with the next batch.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fire has no actor.
    #[error(transparent)]
    Spawn(#[from] SpawnErr),
}

pub(super) struct Supervisor;

impl Actor for Supervisor {
    type Msg = SupervisorMsg;
    type State = SupervisorState;
    type Arguments = Arc<Parts>;

    async fn pre_start(
        &self,
        _myself: ActorRef<SupervisorMsg>,
        parts: Arc<Parts>,
    ) -> Result<SupervisorState, ActorProcessingErr> {
        let index = ClusterIndex::new(parts.links);
        Ok(SupervisorState {
            parts,
            waiting: Vec::new(),
            index,
            index_in_doubt: true,
            certainty_awaited: false,
            starting: true,
            fires: HashMap::new(),
            labels: HashMap::new(),
            actors: HashMap::new(),
        })
    }

    async fn post_start(
        &self,
        myself: ActorRef<SupervisorMsg>,
        state: &mut SupervisorState,
    ) -> Result<(), ActorProcessingErr> {
        state.catch_up(&myself).await?;
        state.starting = false;
        Ok(state.wait_to_age(&myself).await?)
    }

    async fn handle(
        &self,
        myself: ActorRef<SupervisorMsg>,
        message: SupervisorMsg,
        state: &mut SupervisorState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SupervisorMsg::Submit(pending) => state.submit(&myself, pending),
            SupervisorMsg::TakeIn => state.take_in(&myself).await,
            SupervisorMsg::Operate { wish, reply, permit: _permit } => {
                state.take_in(&myself).await?;
                state.operate(&myself, wish, reply).await
            }
            SupervisorMsg::ClusterRebuilt(id) => state.rebuilt(id),
            SupervisorMsg::FellAsleep { id, told } => state.fell_asleep(id, told),
            SupervisorMsg::Age => state.age(&myself).await,
            SupervisorMsg::AssetsChanged(delta) => state.assets_changed(&myself, &delta).await,
            SupervisorMsg::NearestOfSleepers(nearest) => state.nearest_of_sleepers(nearest),
            SupervisorMsg::InputsChanged(news) => state.inputs_changed(&news),
            SupervisorMsg::BeCertain => state.try_to_be_certain(&myself).await,
            SupervisorMsg::Restart(id) => state.restart(&myself, id).await,
        }
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<SupervisorMsg>,
        event: SupervisionEvent,
        state: &mut SupervisorState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorTerminated(child, _, reason) => {
                state.child_ended(&myself, child.get_id(), reason).await
            }
            SupervisionEvent::ActorFailed(child, error) => {
                state.child_ended(&myself, child.get_id(), Some(error.to_string())).await
            }
            _ => Ok(()),
        }
    }
}

impl SupervisorState {
    /// A fire that holds all of it already does nothing; one without an actor is spawned, unless a restart comes.
    async fn tell_to_read(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
    ) -> Result<(), SpawnErr> {
        match self.fires.get_mut(&id) {
            Some(Fire { actor: Some(actor), told, .. }) => {
                *told += 1;
                drop(actor.cast(ClusterMsg::CatchUp));
                Ok(())
            }
            Some(Fire { restart_awaited: true, .. }) => Ok(()),
            Some(_) | None => self.spawn(myself, id, ClusterMsg::Rebuild { one_by_one: false }).await,
        }
    }

    async fn tell(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
        records: Vec<Record>,
    ) -> Result<(), ActorProcessingErr> {
        match self.fires.get_mut(&id) {
            None => Ok(self.spawn(myself, id, ClusterMsg::Absorb(records)).await?),
            Some(Fire { actor: Some(actor), told, .. }) => {
                *told += 1;
                drop(actor.cast(ClusterMsg::Absorb(records)));
                Ok(())
            }
            // It reads the store when it is rebuilt.
            Some(Fire { restart_awaited: true, .. }) => Ok(()),
            Some(_) => Ok(self.spawn(myself, id, ClusterMsg::Rebuild { one_by_one: false }).await?),
        }
    }

    async fn spawn(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
        first: ClusterMsg,
    ) -> Result<(), SpawnErr> {
        let label = self.label(id);
        let fire = self.fires.entry(id).or_default();
        // One that was merged and comes back has its name, too.
        fire.label = label;
        let args = ClusterArgs {
            id,
            parts: Arc::clone(&self.parts),
            supervisor: myself.clone(),
            in_hand: fire.in_hand.clone(),
            label: fire.label.clone(),
            fresh: !self.starting && self.parts.board.get(id).is_none(),
        };
        let (actor, _) = ClusterActor::spawn_linked(None, ClusterActor, args, myself.get_cell()).await?;
        drop(actor.cast(first));
        self.actors.insert(actor.get_id(), Role::Fire(id));
        fire.actor = Some(actor);
        Ok(())
    }

    /// What an operator named a fire.
    fn label(&self, id: ClusterId) -> Option<String> {
        self.labels.get(&id).cloned().flatten()
    }

    fn absorb(&mut self, absorbed: ClusterId, survivor: ClusterId) {
        let Some(fire) = self.fires.remove(&absorbed) else { return };
        self.parts.scheduler.withdraw(absorbed);
        self.parts.board.mark(absorbed, ClusterState::Merged { into: survivor });
        self.parts.grids.forget(absorbed);
        announce::merged(&self.parts, absorbed, survivor);
        // Marked once more when it has ended, for it may publish itself until then.
        if let Some(actor) = fire.actor {
            self.actors.insert(actor.get_id(), Role::Absorbed(absorbed, survivor));
            actor.stop(Some("merged".to_owned()));
        }
    }

    async fn child_ended(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        actor: ActorId,
        reason: Option<String>,
    ) -> Result<(), ActorProcessingErr> {
        match (self.actors.remove(&actor), reason) {
            (Some(Role::Fire(id)), reason) => {
                let reason = reason.unwrap_or_else(|| "it ended by itself".to_owned());
                self.crashed(myself, id, reason).await
            }
            (Some(Role::Absorbed(id, into)), _) => {
                // Unless an operator has split it off again.
                if !self.fires.contains_key(&id) {
                    self.parts.board.mark(id, ClusterState::Merged { into });
                    self.parts.grids.forget(id);
                }
                Ok(())
            }
            (Some(Role::Asleep), _) | (None, None) => Ok(()), // a dormant fire, or an errand that is done
            // A lost errand would leave a fire without an actor for ever: start over from the store.
            (None, Some(reason)) => Err(format!("an errand of the supervisor was lost: {reason}").into()),
        }
    }

    async fn crashed(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
        reason: String,
    ) -> Result<(), ActorProcessingErr> {
        let Some(fire) = self.fires.get_mut(&id) else { return Ok(()) };
        fire.actor = None;
        fire.restart_awaited = true;
        let record = fire.in_hand.take();
        let wait_ms = restart_wait_ms(self.parts.settings.restart_wait_ms, fire.crashes_in_a_row);
        fire.crashes_in_a_row += 1;
        tracing::error!(cluster = %id, ?record, reason, wait_ms, "a fire's actor crashed; it is rebuilt");
        self.parts.board.mark(id, ClusterState::Restarting);
        if let Some(record) = record {
            let crashes = fire.crashes_on.entry(record).or_insert(0);
            *crashes += 1;
            if *crashes >= self.parts.settings.crashes_max {
                fire.crashes_on.remove(&record);
                let why = format!(
                    "the fire's actor crashed on it {} times: {reason}",
                    self.parts.settings.crashes_max
                );
                tracing::error!(cluster = %id, record = %record, why, "a record is put aside");
                if let Err(error) = within(self.parts.store.put_aside(record, why)).await {
                    tracing::error!(cluster = %id, record = %record, %error, "a record cannot be put aside");
                }
            }
        }
        let me = myself.clone();
        errand::send(myself.get_cell(), async move {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            drop(me.cast(SupervisorMsg::Restart(id)));
        })
        .await?;
        Ok(())
    }

    async fn restart(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
    ) -> Result<(), ActorProcessingErr> {
        match self.fires.get_mut(&id) {
            Some(fire) if fire.actor.is_none() => {
                fire.restart_awaited = false;
                Ok(self.spawn(myself, id, ClusterMsg::Rebuild { one_by_one: true }).await?)
            }
            // Merged meanwhile.
            _ => Ok(()),
        }
    }

    fn rebuilt(&mut self, id: ClusterId) -> Result<(), ActorProcessingErr> {
        if let Some(fire) = self.fires.get_mut(&id) {
            fire.crashes_in_a_row = 0;
        }
        Ok(())
    }
}

fn restart_wait_ms(first_ms: u64, crashes_before: u32) -> u64 {
    first_ms.saturating_mul(1 << crashes_before.min(20)).min(RESTART_WAIT_MS_MAX)
}

async fn within<T>(answer: crate::store::StoreFuture<'_, T>) -> Result<T, StoreError> {
    let wait = Duration::from_secs(STORE_S_MAX);
    tokio::time::timeout(wait, answer).await.unwrap_or(Err(StoreError::TimedOut { seconds: STORE_S_MAX }))
}
