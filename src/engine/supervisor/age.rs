//! Fires that time alone changes, and those that are dormant and need no actor; and a look at the inputs every so often.

use std::sync::Arc;
use std::time::Duration;

use firecore::detection::ClusterId;
use ractor::{ActorProcessingErr, ActorRef, SpawnErr};

use super::{Fire, Role, SupervisorMsg, SupervisorState};
use crate::engine::asleep::age_asleep;
use crate::engine::board::{ClusterSnapshot, ClusterState};
use crate::engine::cluster::ClusterMsg;
use crate::engine::live::Kind;
use crate::engine::{announce, errand};

impl SupervisorState {
    /// Lets a dormant fire's actor go; what it was told meanwhile keeps it.
    pub(super) fn fell_asleep(&mut self, id: ClusterId, told: u64) -> Result<(), ActorProcessingErr> {
        if let Some(fire) = self.fires.get_mut(&id)
            && fire.told == told
            && let Some(actor) = fire.actor.take()
        {
            self.actors.insert(actor.get_id(), Role::Asleep);
            actor.stop(Some("dormant".to_owned()));
        }
        Ok(())
    }

    /// Orders the fires that time alone changes to see to it.
    pub(super) async fn age(&mut self, myself: &ActorRef<SupervisorMsg>) -> Result<(), ActorProcessingErr> {
        let now = self.parts.clock.now();
        for snapshot in self.parts.board.all() {
            if snapshot.ages_at.is_none_or(|at| at > now) {
                continue;
            }
            match self.fires.get(&snapshot.id) {
                Some(Fire { actor: Some(actor), told, .. }) => {
                    drop(actor.cast(ClusterMsg::Age { told: *told }))
                }
                Some(Fire { restart_awaited: false, .. }) => {
                    self.parts.board.amend(snapshot.id, |fire| age_asleep(&self.parts, fire));
                    let closed = |fire: &ClusterSnapshot| fire.state == ClusterState::Closed;
                    let is_closed = self.parts.board.get(snapshot.id).is_some_and(|fire| closed(&fire));
                    if is_closed && !closed(&snapshot) {
                        announce::fire(&self.parts, Kind::ClusterClosed, snapshot.id);
                    }
                }
                _ => {}
            }
        }
        Ok(self.wait_to_age(myself).await?)
    }

    pub(super) async fn wait_to_age(&self, myself: &ActorRef<SupervisorMsg>) -> Result<(), SpawnErr> {
        if self.parts.settings.age_check_s == 0 {
            return Ok(());
        }
        let (me, wait) = (myself.clone(), Duration::from_secs(self.parts.settings.age_check_s));
        let inputs = Arc::clone(&self.parts.inputs);
        errand::send(myself.get_cell(), async move {
            let news = inputs.news().await;
            if !news.is_empty() {
                drop(me.cast(SupervisorMsg::InputsChanged(news)));
            }
            tokio::time::sleep(wait).await;
            drop(me.cast(SupervisorMsg::Age));
        })
        .await?;
        Ok(())
    }
}
