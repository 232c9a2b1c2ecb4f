//! Gate: the bounded door in front of mailboxes that have no bound.
//!
//! A batch holds a permit from the moment it asks to come in until the store has it and the supervisor has answered.
//! So what waits in the supervisor's mailbox never exceeds the number of permits.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The door.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    permits: Arc<Semaphore>,
    batches_max: usize,
}

/// The door is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{batches_max} batches are on their way in, which is the most there may be")]
pub struct GateFull {
    /// The bound.
    pub batches_max: usize,
}

impl Gate {
    /// A door for so many batches at a time.
    pub(super) fn new(batches_max: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(batches_max)), batches_max }
    }

    /// A permit, or a refusal at once.
    pub(super) fn try_enter(&self) -> Result<OwnedSemaphorePermit, GateFull> {
        let full = GateFull { batches_max: self.batches_max };
        Arc::clone(&self.permits).try_acquire_owned().map_err(|_| full)
    }

    /// A permit, once there is one.
    pub(super) async fn enter(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.permits).acquire_owned().await.expect("the door's semaphore is never closed")
    }

    /// Batches on their way in, and the most there may be.
    pub(super) fn load(&self) -> (usize, usize) {
        (self.batches_max - self.permits.available_permits(), self.batches_max)
    }
}
