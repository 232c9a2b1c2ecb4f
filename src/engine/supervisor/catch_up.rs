//! Where the store is: the index and all fires, read back at once.

use std::collections::HashMap;
use std::time::Duration;

use firecore::cluster::{ClusterIndex, ClusterState as Life};
use firecore::detection::ClusterId;
use ractor::{ActorProcessingErr, ActorRef};

use super::{CatchUpError, SupervisorMsg, SupervisorState, within};
use crate::engine::asleep::{asleep, tombstone};
use crate::engine::board::{ClusterSnapshot, ClusterState};
use crate::engine::cluster::{ClusterMsg, Recalled};
use crate::engine::{errand, lineage};
use crate::store::{KeptForecast, Operation, OperationChange, Record, StoreError};

/// Between two looks whether a store that did not answer does so again, s. Our choice.
const DOUBT_S: u64 = 5;

impl SupervisorState {
    /// The store may have taken something or not: the next batch finds out, or whoever looks first.
    pub(super) async fn doubt(&mut self, myself: &ActorRef<SupervisorMsg>) -> Result<(), ActorProcessingErr> {
        self.index_in_doubt = true;
        if !std::mem::replace(&mut self.certainty_awaited, true) {
            let me = myself.clone();
            errand::send(myself.get_cell(), async move {
                tokio::time::sleep(Duration::from_secs(DOUBT_S)).await;
                drop(me.cast(SupervisorMsg::BeCertain));
            })
            .await?;
        }
        Ok(())
    }

    pub(super) async fn try_to_be_certain(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
    ) -> Result<(), ActorProcessingErr> {
        self.certainty_awaited = false;
        match self.be_certain(myself).await? {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "the store is not read yet, and is tried again");
                self.doubt(myself).await
            }
        }
    }

    /// Catches up with the store where the index is in doubt; the inner error is the store's, for whoever asked.
    pub(super) async fn be_certain(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
    ) -> Result<Result<(), StoreError>, ActorProcessingErr> {
        if !self.index_in_doubt {
            return Ok(Ok(()));
        }
        match self.catch_up(myself).await {
            Ok(()) => Ok(Ok(())),
            Err(CatchUpError::Store(error)) => Ok(Err(error)),
            Err(error @ CatchUpError::Spawn(_)) => Err(error.into()),
        }
    }

    /// Brings the index and the fires to where the store is: at the start, and after an answer of the store that did
    /// not come in time, when a batch may have been taken or not.
    pub(super) async fn catch_up(&mut self, myself: &ActorRef<SupervisorMsg>) -> Result<(), CatchUpError> {
        let journal = within(self.parts.store.journal()).await?;
        let mut kept: HashMap<ClusterId, KeptForecast> = within(self.parts.store.forecasts())
            .await?
            .into_iter()
            .map(|kept| (kept.forecast.plan.cluster_id, kept))
            .collect();
        self.index = ClusterIndex::new(self.parts.links);
        let lineages = lineage::replay(&mut self.index, &journal);
        self.parts.board.set_lineages(lineages);
        self.labels = labels(&journal.operations);
        let mut held: HashMap<ClusterId, Vec<Record>> = HashMap::new();
        for (id, record) in journal.records {
            held.entry(id).or_default().push(record);
        }
        for (absorbed, survivor) in &journal.survivors {
            self.absorb(*absorbed, *survivor);
            if self.parts.board.get(*absorbed).is_none() {
                let stone = tombstone(&self.parts, *absorbed, self.label(*absorbed), *survivor);
                self.parts.board.publish(stone);
            }
        }
        for (id, records) in held {
            let label = self.label(id);
            match self.is_known(id) {
                true => self.tell_to_read(myself, id).await?,
                false => self.recall(myself, id, records, kept.remove(&id)).await?,
            }
            // What it was told before, which is not what an earlier look at the store found: that one may have ended here.
            if self.fires.get(&id).is_none_or(|fire| fire.label != label) {
                self.tell_label(id, label);
            }
        }
        // Not before every fire is there: the next one to ask goes on where this one could not.
        self.index_in_doubt = false;
        Ok(())
    }

    /// True where somebody looks after a fire: its actor, or whoever waits to restart it.
    fn is_known(&self, id: ClusterId) -> bool {
        self.fires.get(&id).is_some_and(|fire| fire.actor.is_some() || fire.restart_awaited)
    }

    /// Brings a fire back that nobody looks after: with an actor, or where it is dormant, onto the board only.
    async fn recall(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        id: ClusterId,
        records: Vec<Record>,
        kept: Option<KeptForecast>,
    ) -> Result<(), CatchUpError> {
        let reach = records.last().map_or(0, |record| record.sequence);
        let aside = within(self.parts.store.set_aside(id)).await?;
        let is_aside = |record: &Record| aside.iter().any(|(other, _)| other.sequence == record.sequence);
        let records: Vec<Record> = records.into_iter().filter(|record| !is_aside(record)).collect();
        let last = records.iter().map(|record| record.received_at).max();
        let life = |at| self.parts.clusters.lifecycle().state(at, self.parts.clock.now());
        if last.is_none_or(|at| life(at) == Life::Active) {
            let recalled = Box::new(Recalled { records, reach, kept });
            return Ok(self.spawn(myself, id, ClusterMsg::Recall(recalled)).await?);
        }
        let shown = self.parts.board.get(id);
        let merged = |before: &ClusterSnapshot| matches!(before.state, ClusterState::Merged { .. });
        let known = shown.is_some_and(|before| before.detection_count == records.len() && !merged(&before));
        let label = self.label(id);
        let fire = self.fires.entry(id).or_default();
        if !known {
            fire.label.clone_from(&label);
            self.parts.board.publish(asleep(&self.parts, id, label, &records, kept));
        }
        Ok(())
    }
}

/// What operators named fires by now.
fn labels(operations: &[(u64, Operation)]) -> HashMap<ClusterId, Option<String>> {
    let named = operations.iter().filter_map(|(_, operation)| match &operation.change {
        OperationChange::Relabel { fire, label, .. } => Some((*fire, label.clone())),
        OperationChange::Split { .. } | OperationChange::Merge { .. } => None,
    });
    named.collect()
}
