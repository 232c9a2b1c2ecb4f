//! Errand: one future that would block its parent's mailbox if the parent awaited it.
//!
//! Any actor may spawn one, linked. The future sends its own result to the parent; the errand then ends, cleanly.
//! A panic inside reaches the parent as a supervision event, and the parent's end cancels the future.

use std::future::Future;
use std::pin::Pin;

use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, SpawnErr};

/// What is done: it ends by sending its result where it belongs.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(super) enum ErrandMsg {
    /// From itself, once: do it.
    Go,
}

struct Errand;

impl Actor for Errand {
    type Msg = ErrandMsg;
    type State = Option<Work>;
    type Arguments = Work;

    async fn pre_start(
        &self,
        myself: ActorRef<ErrandMsg>,
        work: Work,
    ) -> Result<Option<Work>, ActorProcessingErr> {
        myself.cast(ErrandMsg::Go)?;
        Ok(Some(work))
    }

    async fn handle(
        &self,
        myself: ActorRef<ErrandMsg>,
        message: ErrandMsg,
        state: &mut Option<Work>,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ErrandMsg::Go => go(&myself, state.take()).await,
        }
        Ok(())
    }
}

/// Starts a future as a linked child of `parent`.
pub(super) async fn send(
    parent: ActorCell,
    work: impl Future<Output = ()> + Send + 'static,
) -> Result<ActorRef<ErrandMsg>, SpawnErr> {
    Errand::spawn_linked(None, Errand, Box::pin(work), parent).await.map(|(errand, _)| errand)
}

async fn go(myself: &ActorRef<ErrandMsg>, work: Option<Work>) {
    if let Some(work) = work {
        work.await;
    }
    myself.stop(None);
}
