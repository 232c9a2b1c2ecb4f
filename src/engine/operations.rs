//! Operations: what operators do to fires by hand, each kept as an event that can be taken back.
//!
//! The supervisor performs them, one after another with the batches, so that the journal's order is the order in which they
//! were done.

use std::time::Duration;

use firecore::cluster::{MergeError, SplitError};
use firecore::detection::{ClusterId, DetectionId};
use ractor::rpc::CallResult;

use super::gate::GateFull;
use super::supervisor::SupervisorMsg;
use super::{Engine, SUBMIT_S_MAX};
use crate::store::{Operation, OperationId, StoreError};

/// What an operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What is to be done.
    pub action: Action,
    /// Who wants it: the id of a key, or nothing where none are needed.
    pub by: Option<String>,
    /// Why, in the operator's words.
    pub note: Option<String>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Part some detections off a fire.
    Split {
        /// The fire.
        fire: ClusterId,
        /// The detections.
        part: Vec<DetectionId>,
    },
    /// Make one fire of two.
    Merge {
        /// One.
        fire: ClusterId,
        /// The other.
        other: ClusterId,
    },
    /// Name a fire, or take its name away.
    Relabel {
        /// The fire.
        fire: ClusterId,
        /// Its name.
        label: Option<String>,
    },
    /// Take an operation back.
    Undo {
        /// The operation.
        operation: OperationId,
    },
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// There is no such fire.
    #[error("there is no fire {fire}")]
    UnknownFire {
        /// The refused fire.
        fire: ClusterId,
    },
    /// There is no such operation.
    #[error("there is no operation {operation}")]
    UnknownOperation {
        /// The refused id.
        operation: OperationId,
    },
    /// It was taken back before.
    #[error("operation {operation} was taken back by {by}")]
    AlreadyUndone {
        /// The operation.
        operation: OperationId,
        /// What took it back.
        by: OperationId,
    },
    /// What it did is no longer there to be taken back.
    #[error("operation {operation} cannot be taken back: {reason}")]
    NothingToUndo {
        /// The operation.
        operation: OperationId,
        /// Why.
        reason: String,
    },
    /// The fire is not split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The fires are not merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Too much is on its way in.
    #[error(transparent)]
    Full(#[from] GateFull),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine has stopped, or did not answer.
    #[error("the engine did not answer: it may have been done or not")]
    Unanswered,
}

impl Engine {
    /// Does what an operator wants, or refuses at once where too much is on its way in; the answer is in the store.
    pub async fn operate(&self, wish: Wish) -> Result<Operation, OperationError> {
        let permit = self.gate.try_enter()?;
        let wait = Duration::from_secs(SUBMIT_S_MAX);
        let ask = |reply| SupervisorMsg::Operate { wish, reply, permit };
        match self.supervisor.call(ask, Some(wait)).await {
            Ok(CallResult::Success(answer)) => answer,
            _ => Err(OperationError::Unanswered),
        }
    }
}
