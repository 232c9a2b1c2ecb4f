//! What operators do to fires by hand: first in the index, then in the store, then the fires are told.

use firecore::detection::{ClusterId, DetectionId};
use ractor::{ActorProcessingErr, ActorRef, RpcReplyPort};
use uuid::Uuid;

use super::{SupervisorMsg, SupervisorState, within};
use crate::engine::asleep::asleep;
use crate::engine::board::ClusterSnapshot;
use crate::engine::cluster::ClusterMsg;
use crate::engine::coverage::Coverage;
use crate::engine::live::Kind;
use crate::engine::operations::{Action, OperationError, Wish};
use crate::engine::{announce, lineage};
use crate::store::{Operation, OperationChange, OperationId};

impl SupervisorState {
    pub(super) async fn operate(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        wish: Wish,
        reply: RpcReplyPort<Result<Operation, OperationError>>,
    ) -> Result<(), ActorProcessingErr> {
        if let Err(error) = self.be_certain(myself).await? {
            drop(reply.send(Err(OperationError::Store(error))));
            return Ok(());
        }
        let answer = match self.understood(wish).await {
            Ok(operation) => self.perform(myself, operation).await?,
            Err(error) => Err(error),
        };
        drop(reply.send(answer)); // a caller that has left is no error
        Ok(())
    }

    /// The change that a wish comes to, before anything is changed.
    async fn understood(&self, wish: Wish) -> Result<Operation, OperationError> {
        let Wish { action, by, note } = wish;
        let undoes = match &action {
            Action::Undo { operation } => Some(*operation),
            _ => None,
        };
        let change = match action {
            Action::Split { fire, part } => OperationChange::Split { fire, parted: fire, part },
            Action::Merge { fire, other } => {
                OperationChange::Merge { survivor: fire, absorbed: other, part: Vec::new() }
            }
            Action::Relabel { fire, label } => {
                let known = self.fires.get(&fire).ok_or(OperationError::UnknownFire { fire })?;
                OperationChange::Relabel { fire, label, before: known.label.clone() }
            }
            Action::Undo { operation } => self.reverse(operation).await?,
        };
        Ok(Operation {
            id: OperationId(Uuid::new_v4()),
            at: self.parts.clock.now(),
            by,
            note,
            undoes,
            change,
        })
    }

    /// What takes an operation back, as things stand now.
    async fn reverse(&self, id: OperationId) -> Result<OperationChange, OperationError> {
        let operations = within(self.parts.store.operations()).await?;
        if let Some((_, by)) = operations.iter().find(|(_, other)| other.undoes == Some(id)) {
            return Err(OperationError::AlreadyUndone { operation: id, by: by.id });
        }
        let found = operations.into_iter().find(|(_, operation)| operation.id == id);
        let (_, operation) = found.ok_or(OperationError::UnknownOperation { operation: id })?;
        let nothing = |reason: String| OperationError::NothingToUndo { operation: id, reason };
        match operation.change {
            OperationChange::Split { part, fire, .. } => {
                // Named by a detection of each side: either may have become part of another fire since.
                let parted = part.first().and_then(|first| self.index.cluster_of(*first));
                let (parted, fire) = (parted.unwrap_or(fire), self.parts.board.survivor(fire));
                match parted == fire {
                    true => Err(nothing(format!("both parts are of fire {fire} again"))),
                    false => {
                        Ok(OperationChange::Merge { survivor: fire, absorbed: parted, part: Vec::new() })
                    }
                }
            }
            OperationChange::Merge { survivor, part, .. } => {
                let fire = self.parts.board.survivor(survivor);
                let still = |id: &DetectionId| self.index.cluster_of(*id) == Some(fire);
                let part: Vec<DetectionId> = part.into_iter().filter(still).collect();
                match part.is_empty() {
                    true => Err(nothing(format!("none of what was merged is of fire {fire}"))),
                    false => Ok(OperationChange::Split { fire, parted: fire, part }),
                }
            }
            OperationChange::Relabel { fire, before, .. } => {
                let fire = self.parts.board.survivor(fire);
                let known = self.fires.get(&fire).ok_or(OperationError::UnknownFire { fire })?;
                Ok(OperationChange::Relabel { fire, label: before, before: known.label.clone() })
            }
        }
    }

    /// Changes the index, keeps the operation, and tells the fires.
    async fn perform(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        mut operation: Operation,
    ) -> Result<Result<Operation, OperationError>, ActorProcessingErr> {
        if let Err(error) = self.change_index(&mut operation.change) {
            return Ok(Err(error));
        }
        if let Err(error) = within(self.parts.store.operate(operation.clone())).await {
            self.doubt(myself).await?;
            return Ok(Err(error.into()));
        }
        self.parts.board.turned(lineage::turns_of(&operation));
        tracing::info!(operation = %operation.id, by = ?operation.by, change = ?operation.change.name(), "an operator's hand");
        match &operation.change {
            OperationChange::Split { fire, parted, .. } => {
                let why = "an operator split the fire".to_owned();
                self.tell_parted(myself, *fire, why).await?;
                self.tell_to_read(myself, *parted).await?;
                self.introduce(*parted).await;
                announce::split(&self.parts, *fire, *parted, operation.id);
            }
            OperationChange::Merge { survivor, absorbed, .. } => {
                self.absorb(*absorbed, *survivor);
                self.tell_to_read(myself, *survivor).await?;
            }
            OperationChange::Relabel { fire, label, .. } => self.tell_label(*fire, label.clone()),
        }
        Ok(Ok(operation))
    }

    /// Shows a fire that was split off before it has shown itself, so that whoever hears of it finds it.
    async fn introduce(&self, id: ClusterId) {
        match within(self.parts.store.records(id)).await {
            Ok(records) => {
                let shown = asleep(&self.parts, id, self.label(id), &records, None);
                // No run of it is known.
                self.parts.board.introduce(ClusterSnapshot { coverage: Coverage::default(), ..shown });
            }
            Err(error) => {
                tracing::warn!(cluster = %id, %error, "a fire that was split off is shown when it is read")
            }
        }
    }

    /// Makes the change and completes it with what came of it; an error has changed nothing.
    fn change_index(&mut self, change: &mut OperationChange) -> Result<(), OperationError> {
        match change {
            OperationChange::Split { fire, parted, part } => {
                let split = self.index.split(*fire, part)?;
                (*fire, *parted, *part) = (split.kept, split.founded, split.moved);
            }
            OperationChange::Merge { survivor, absorbed, part } => {
                let merge = self.index.merge(*survivor, *absorbed)?;
                (*survivor, *absorbed, *part) = (merge.survivor, merge.absorbed, merge.moved);
            }
            OperationChange::Relabel { .. } => {}
        }
        Ok(())
    }

    async fn tell_parted(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
        why: String,
    ) -> Result<(), ActorProcessingErr> {
        if let Some(fire) = self.fires.get_mut(&id)
            && let Some(actor) = &fire.actor
        {
            fire.told += 1;
            drop(actor.cast(ClusterMsg::Parted { why }));
            return Ok(());
        }
        Ok(self.tell_to_read(myself, id).await?)
    }

    pub(super) fn tell_label(&mut self, id: ClusterId, label: Option<String>) {
        self.labels.insert(id, label.clone());
        let Some(fire) = self.fires.get_mut(&id) else { return };
        fire.label.clone_from(&label);
        match &fire.actor {
            Some(actor) => {
                fire.told += 1;
                drop(actor.cast(ClusterMsg::Relabel(label)));
            }
            None => {
                self.parts.board.amend(id, |snapshot| snapshot.label = label);
                announce::fire(&self.parts, Kind::ClusterRelabelled, id);
            }
        }
    }
}
