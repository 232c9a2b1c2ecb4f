//! Batches on their way in: stored together, as many as came while others were stored, then routed one after the other.

use std::collections::HashMap;

use firecore::cluster::{Assignment, batch_order};
use firecore::detection::{ClusterId, Detection};
use firecore::strategy::RequestedPriority;
use jiff::Timestamp;
use ractor::{ActorProcessingErr, ActorRef, RpcReplyPort};
use tokio::sync::OwnedSemaphorePermit;

use super::{SupervisorMsg, SupervisorState, within};
use crate::engine::lineage::{self, Turns};
use crate::engine::{Accepted, Disposition, Submission, SubmitError};
use crate::store::{Appended, Batch, Record, RequestId, StoreError};

/// Rows that are stored in one step, unless one batch has more. Our choice: who waits for one of them waits for all.
const ROWS_MAX: usize = 4_096;

/// A batch that waits to be stored.
pub(in crate::engine) struct Pending {
    /// Under which the batch is kept.
    pub(in crate::engine) request_id: RequestId,
    /// The batch.
    pub(in crate::engine) submission: Submission,
    /// Where the answer goes.
    pub(in crate::engine) reply: RpcReplyPort<Result<Accepted, SubmitError>>,
    /// Held until the answer is sent: a caller that leaves does not make room in the mailbox.
    pub(in crate::engine) permit: OwnedSemaphorePermit,
}

/// A batch whose detections have their fires.
struct Assigned {
    positions: Vec<usize>,
    received_at: Timestamp,
    rows: Vec<(ClusterId, Detection)>,
    merges: Vec<(ClusterId, ClusterId)>,
    turns: Turns,
}

impl SupervisorState {
    /// A batch waits for those that are in the mailbox behind it.
    pub(super) fn submit(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        pending: Pending,
    ) -> Result<(), ActorProcessingErr> {
        self.waiting.push(pending);
        if self.waiting.len() == 1 {
            myself.cast(SupervisorMsg::TakeIn)?;
        }
        Ok(())
    }

    /// Stores and routes all batches that wait.
    pub(super) async fn take_in(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
    ) -> Result<(), ActorProcessingErr> {
        let mut waiting = std::mem::take(&mut self.waiting).into_iter().peekable();
        while let Some(first) = waiting.next() {
            let mut rows = first.submission.detections.len();
            let mut group = vec![first];
            while let Some(next) = waiting.next_if(|next| rows + next.submission.detections.len() <= ROWS_MAX)
            {
                rows += next.submission.detections.len();
                group.push(next);
            }
            // There may be room for some of them.
            for one in self.take_in_group(myself, group).await? {
                self.take_in_group(myself, vec![one]).await?;
            }
        }
        Ok(())
    }

    /// Stores batches in one step; gives them back where there is no room for all of several.
    async fn take_in_group(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        group: Vec<Pending>,
    ) -> Result<Vec<Pending>, ActorProcessingErr> {
        if let Err(error) = self.be_certain(myself).await? {
            refuse(group, &error);
            return Ok(Vec::new());
        }
        let assigned: Vec<Assigned> =
            group.iter().map(|pending| self.assigned(&pending.submission)).collect();
        let batch = |(pending, assigned): (&Pending, &Assigned)| Batch {
            request_id: pending.request_id,
            received_at: assigned.received_at,
            requested: pending.submission.requested,
            rows: assigned.rows.clone(),
            merges: assigned.merges.clone(),
        };
        let batches = group.iter().zip(&assigned).map(batch).collect();
        match within(self.parts.store.append_all(batches)).await {
            Ok(appended) => {
                for ((pending, assigned), appended) in group.into_iter().zip(assigned).zip(appended) {
                    self.stored(myself, pending, assigned, appended).await?;
                }
                Ok(Vec::new())
            }
            Err(StoreError::Full { .. }) if group.len() > 1 => {
                self.index_in_doubt = true;
                Ok(group)
            }
            Err(error) => {
                self.doubt(myself).await?;
                refuse(group, &error);
                Ok(Vec::new())
            }
        }
    }

    /// Which fires the detections of a batch are of, after the whole batch.
    fn assigned(&mut self, Submission { detections, .. }: &Submission) -> Assigned {
        let positions = batch_order(detections);
        let received_at = self.parts.clock.now();
        let (merges, turns) = self.assign(&positions, detections, received_at);
        let row = |position: &usize| {
            let detection = &detections[*position];
            let id = self.index.cluster_of(detection.id()).expect("it was assigned just now");
            (id, detection.clone())
        };
        let rows = positions.iter().map(row).collect();
        Assigned { positions, received_at, rows, merges, turns }
    }

    /// A batch is in the store: its fires hear of it, and so does its sender.
    async fn stored(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        Pending { submission, reply, permit, .. }: Pending,
        Assigned { positions, received_at, rows, merges, turns }: Assigned,
        appended: Vec<Appended>,
    ) -> Result<(), ActorProcessingErr> {
        let accepted = accept(&positions, &rows, &appended);
        self.parts.board.turned(turns);
        let stored = Stored { requested: submission.requested, received_at, rows, appended };
        self.route(myself, stored, &merges).await?;
        drop(reply.send(Ok(accepted))); // a caller that has left is no error
        drop(permit);
        Ok(())
    }

    /// Assigns detections in order and gives the merges, in order, and what else they turned.
    fn assign(
        &mut self,
        positions: &[usize],
        detections: &[Detection],
        received_at: Timestamp,
    ) -> (Vec<(ClusterId, ClusterId)>, Turns) {
        let (mut merges, mut turns) = (Vec::new(), Vec::new());
        for position in positions {
            let (assignment, turned) = lineage::assign(&mut self.index, &detections[*position], received_at);
            turns.extend(turned);
            if let Assignment::Merged { survivor, absorbed } = assignment {
                merges.extend(absorbed.into_iter().map(|one| (survivor, one)));
            }
        }
        (merges, turns)
    }

    /// Tells each fire what it got.
    async fn route(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        stored: Stored,
        merges: &[(ClusterId, ClusterId)],
    ) -> Result<(), ActorProcessingErr> {
        for (survivor, absorbed) in merges {
            self.absorb(*absorbed, *survivor);
        }
        let Stored { requested, received_at, rows, appended } = stored;
        let mut batches: Vec<(ClusterId, Vec<Record>)> = Vec::new();
        let mut place: HashMap<ClusterId, usize> = HashMap::new();
        for ((id, detection), Appended { sequence, fresh }) in rows.into_iter().zip(appended) {
            if fresh {
                let at = *place.entry(id).or_insert_with(|| {
                    batches.push((id, Vec::new()));
                    batches.len() - 1
                });
                batches[at].1.push(Record { sequence, detection, requested, received_at });
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
}

fn refuse(group: Vec<Pending>, error: &StoreError) {
    for Pending { reply, .. } in group {
        drop(reply.send(Err(SubmitError::Store(error.clone()))));
    }
}

/// A batch that is in the store.
struct Stored {
    requested: Option<RequestedPriority>,
    received_at: Timestamp,
    rows: Vec<(ClusterId, Detection)>,
    appended: Vec<Appended>,
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
