//! Supervisor: one actor that routes detections to fires, and spawns, merges and restarts their actors.
//!
//! Spawned by `Engine::start`; owns the cluster index, so it never has to ask a fire whether a detection is its own.
//! A batch is in the store before any fire hears of it. Ends when the engine stops.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use firecore::cluster::{Assignment, ClusterIndex, batch_order};
use firecore::detection::{ClusterId, Detection, DetectionId};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SpawnErr, SupervisionEvent};
use tokio::sync::OwnedSemaphorePermit;

use super::assets::AssetDelta;
use super::board::ClusterState;
use super::cluster::{ClusterActor, ClusterArgs, ClusterMsg, InHand};
use super::{Accepted, Disposition, Parts, STORE_S_MAX, Submission, SubmitError, errand};
use crate::store::{Appended, Batch, Record, RequestId, StoreError};

/// Longest wait before a restart, ms.
const RESTART_WAIT_MS_MAX: u64 = 30_000;

pub(super) enum SupervisorMsg {
    /// From the engine: a batch. It is stored, then routed; the answer says what became of each detection.
    Submit {
        /// Under which the batch is kept.
        request_id: RequestId,
        /// The batch.
        submission: Submission,
        /// Where the answer goes.
        reply: RpcReplyPort<Result<Accepted, SubmitError>>,
        /// Held until the answer is sent: a caller that leaves does not make room in this mailbox.
        permit: OwnedSemaphorePermit,
    },
    /// From a fire that was rebuilt: it stands again.
    ClusterRebuilt(ClusterId),
    /// From the engine, when the new list is shown: fires that the change touches look again.
    AssetsChanged(Arc<AssetDelta>),
    /// From the errand that waits before a restart: spawn the fire's actor again.
    Restart(ClusterId),
}

pub(super) struct SupervisorState {
    parts: Arc<Parts>,
    index: ClusterIndex,
    /// The index has heard of detections that the store has not; it is rebuilt before it is used again.
    index_in_doubt: bool,
    fires: HashMap<ClusterId, Fire>,
    actors: HashMap<ActorId, Role>,
}

/// What the supervisor knows of a fire.
#[derive(Default)]
struct Fire {
    /// None between a crash and the restart.
    actor: Option<ActorRef<ClusterMsg>>,
    /// An errand waits to restart it.
    restart_awaited: bool,
    in_hand: InHand,
    crashes_in_a_row: u32,
    crashes_on: HashMap<DetectionId, u32>,
}

/// What an actor is, or was when it was told to stop.
enum Role {
    Fire(ClusterId),
    Absorbed(ClusterId, ClusterId),
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
        let index = ClusterIndex::new(parts.link_radius);
        Ok(SupervisorState {
            parts,
            index,
            index_in_doubt: true,
            fires: HashMap::new(),
            actors: HashMap::new(),
        })
    }

    async fn post_start(
        &self,
        myself: ActorRef<SupervisorMsg>,
        state: &mut SupervisorState,
    ) -> Result<(), ActorProcessingErr> {
        Ok(state.catch_up(&myself).await?)
    }

    async fn handle(
        &self,
        myself: ActorRef<SupervisorMsg>,
        message: SupervisorMsg,
        state: &mut SupervisorState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SupervisorMsg::Submit { request_id, submission, reply, permit: _permit } => {
                state.submit(&myself, request_id, submission, reply).await
            }
            SupervisorMsg::ClusterRebuilt(id) => state.rebuilt(id),
            SupervisorMsg::AssetsChanged(delta) => state.assets_changed(&delta),
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
    /// Brings the index and the fires to where the store is: at the start, and after an answer of the store that did
    /// not come in time, when a batch may have been taken or not.
    async fn catch_up(&mut self, myself: &ActorRef<SupervisorMsg>) -> Result<(), CatchUpError> {
        let journal = within(self.parts.store.journal()).await?;
        self.index = ClusterIndex::new(self.parts.link_radius);
        for (id, record) in &journal.records {
            self.index.assign(&record.detection);
            self.fires.entry(*id).or_default();
        }
        self.index_in_doubt = false;
        for (absorbed, survivor) in &journal.survivors {
            self.absorb(*absorbed, *survivor);
        }
        let ids: Vec<ClusterId> = self.fires.keys().copied().collect();
        for id in ids {
            self.tell_to_read(myself, id).await?;
        }
        Ok(())
    }

    async fn submit(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        request_id: RequestId,
        submission: Submission,
        reply: RpcReplyPort<Result<Accepted, SubmitError>>,
    ) -> Result<(), ActorProcessingErr> {
        if self.index_in_doubt {
            match self.catch_up(myself).await {
                Ok(()) => {}
                Err(CatchUpError::Store(error)) => {
                    drop(reply.send(Err(SubmitError::Store(error))));
                    return Ok(());
                }
                Err(error @ CatchUpError::Spawn(_)) => return Err(error.into()),
            }
        }
        let Submission { detections, requested } = submission;
        let positions = batch_order(&detections);
        let merges = self.assign(&positions, &detections);
        let rows: Vec<(ClusterId, Detection)> = positions
            .iter()
            .map(|position| {
                let detection = &detections[*position];
                let id = self.index.cluster_of(detection.id()).expect("it was assigned just now");
                (id, detection.clone())
            })
            .collect();
        let received_at = self.parts.clock.now();
        let batch = Batch { request_id, received_at, requested, rows: rows.clone(), merges: merges.clone() };
        match within(self.parts.store.append(batch)).await {
            Ok(appended) => {
                let accepted = accept(&positions, &rows, &appended);
                self.route(myself, requested, rows, appended, &merges).await?;
                drop(reply.send(Ok(accepted))); // a caller that has left is no error
            }
            Err(error) => {
                self.index_in_doubt = true;
                drop(reply.send(Err(SubmitError::Store(error))));
            }
        }
        Ok(())
    }

    /// Assigns detections in order and gives the merges, in order.
    fn assign(&mut self, positions: &[usize], detections: &[Detection]) -> Vec<(ClusterId, ClusterId)> {
        let mut merges = Vec::new();
        for position in positions {
            if let Assignment::Merged { survivor, absorbed } = self.index.assign(&detections[*position]) {
                merges.extend(absorbed.into_iter().map(|one| (survivor, one)));
            }
        }
        merges
    }

    /// Tells each fire what it got.
    async fn route(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        requested: Option<firecore::strategy::RequestedPriority>,
        rows: Vec<(ClusterId, Detection)>,
        appended: Vec<Appended>,
        merges: &[(ClusterId, ClusterId)],
    ) -> Result<(), ActorProcessingErr> {
        for (survivor, absorbed) in merges {
            self.absorb(*absorbed, *survivor);
        }
        let mut batches: Vec<(ClusterId, Vec<Record>)> = Vec::new();
        let mut place: HashMap<ClusterId, usize> = HashMap::new();
        for ((id, detection), Appended { sequence, fresh }) in rows.into_iter().zip(appended) {
            if fresh {
                let at = *place.entry(id).or_insert_with(|| {
                    batches.push((id, Vec::new()));
                    batches.len() - 1
                });
                batches[at].1.push(Record { sequence, detection, requested });
            }
        }
        for (id, records) in batches {
            // A survivor reads all that is its own by now.
            let merged = merges.iter().any(|(survivor, _)| *survivor == id);
            match merged {
                true => self.tell_to_read(myself, id).await?,
                false => self.tell(myself, id, records).await?,
            }
        }
        Ok(())
    }

    /// A fire that holds all of it already does nothing; one without an actor is spawned, unless a restart comes.
    async fn tell_to_read(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
    ) -> Result<(), SpawnErr> {
        match self.fires.get(&id) {
            Some(Fire { actor: Some(actor), .. }) => {
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
        match self.fires.get(&id) {
            None => Ok(self.spawn(myself, id, ClusterMsg::Absorb(records)).await?),
            Some(fire) => {
                // A fire without an actor reads the store when it is rebuilt; one that ends just now likewise.
                if let Some(actor) = &fire.actor {
                    drop(actor.cast(ClusterMsg::Absorb(records)));
                }
                Ok(())
            }
        }
    }

    async fn spawn(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
        first: ClusterMsg,
    ) -> Result<(), SpawnErr> {
        let fire = self.fires.entry(id).or_default();
        let args = ClusterArgs {
            id,
            parts: Arc::clone(&self.parts),
            supervisor: myself.clone(),
            in_hand: fire.in_hand.clone(),
        };
        let (actor, _) = ClusterActor::spawn_linked(None, ClusterActor, args, myself.get_cell()).await?;
        drop(actor.cast(first));
        self.actors.insert(actor.get_id(), Role::Fire(id));
        fire.actor = Some(actor);
        Ok(())
    }

    fn absorb(&mut self, absorbed: ClusterId, survivor: ClusterId) {
        let Some(fire) = self.fires.remove(&absorbed) else { return };
        match fire.actor {
            // Marked when it has ended, so that it cannot publish itself afterwards.
            Some(actor) => {
                self.actors.insert(actor.get_id(), Role::Absorbed(absorbed, survivor));
                actor.stop(Some("merged".to_owned()));
            }
            None => self.parts.board.mark(absorbed, ClusterState::Merged { into: survivor }),
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
                self.parts.board.mark(id, ClusterState::Merged { into });
                Ok(())
            }
            (None, None) => Ok(()), // an errand that is done
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

    /// A fire that is being restarted reads the list when it is rebuilt.
    fn assets_changed(&mut self, delta: &AssetDelta) -> Result<(), ActorProcessingErr> {
        let far_m = self.parts.clusters.thresholds().far_m();
        for (id, fire) in &self.fires {
            if let Some(actor) = &fire.actor
                && delta.touches(self.parts.board.get(*id).as_deref(), far_m)
            {
                drop(actor.cast(ClusterMsg::AssetsChanged));
            }
        }
        Ok(())
    }

    fn rebuilt(&mut self, id: ClusterId) -> Result<(), ActorProcessingErr> {
        if let Some(fire) = self.fires.get_mut(&id) {
            fire.crashes_in_a_row = 0;
        }
        Ok(())
    }
}

/// What became of each detection, in the batch's own order, and the fires that it touched.
fn accept(positions: &[usize], rows: &[(ClusterId, Detection)], appended: &[Appended]) -> Accepted {
    let mut dispositions: Vec<(usize, Disposition)> = positions
        .iter()
        .zip(rows)
        .zip(appended)
        .map(|((position, (cluster_id, _)), row)| {
            (*position, Disposition { cluster_id: *cluster_id, duplicate: !row.fresh })
        })
        .collect();
    dispositions.sort_by_key(|(position, _)| *position);
    let mut cluster_ids: Vec<ClusterId> = rows.iter().map(|(id, _)| *id).collect();
    cluster_ids.sort_unstable();
    cluster_ids.dedup();
    Accepted { dispositions: dispositions.into_iter().map(|(_, one)| one).collect(), cluster_ids }
}

fn restart_wait_ms(first_ms: u64, crashes_before: u32) -> u64 {
    first_ms.saturating_mul(1 << crashes_before.min(20)).min(RESTART_WAIT_MS_MAX)
}

async fn within<T>(answer: crate::store::StoreFuture<'_, T>) -> Result<T, StoreError> {
    let wait = Duration::from_secs(STORE_S_MAX);
    tokio::time::timeout(wait, answer).await.unwrap_or(Err(StoreError::TimedOut { seconds: STORE_S_MAX }))
}
