//! Member: one ensemble member, one Simulator call.
//!
//! Spawned, linked, by the aggregator of its run; owns its request; ends after it has told the aggregator what came of
//! it. Awaiting the call inside the handler is right here: a member has nothing else to hear, and a kill cancels it.

use std::sync::Arc;

use firecore::ensemble::MemberIndex;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::aggregator::AggregatorMsg;
use crate::simulate::{MemberRequest, SimulateError, Simulator};

pub(super) enum MemberMsg {
    /// From itself, once: simulate. Ends with `AggregatorMsg::MemberFinished`.
    Go,
}

pub(super) struct MemberArgs {
    pub(super) index: MemberIndex,
    pub(super) request: MemberRequest,
    pub(super) simulator: Arc<dyn Simulator>,
    pub(super) aggregator: ActorRef<AggregatorMsg>,
}

pub(super) struct MemberState {
    args: Option<MemberArgs>,
}

pub(super) struct Member;

impl Actor for Member {
    type Msg = MemberMsg;
    type State = MemberState;
    type Arguments = MemberArgs;

    async fn pre_start(
        &self,
        myself: ActorRef<MemberMsg>,
        args: MemberArgs,
    ) -> Result<MemberState, ActorProcessingErr> {
        myself.cast(MemberMsg::Go)?;
        Ok(MemberState { args: Some(args) })
    }

    async fn handle(
        &self,
        myself: ActorRef<MemberMsg>,
        message: MemberMsg,
        state: &mut MemberState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            MemberMsg::Go => go(&myself, state.args.take()).await,
        }
        Ok(())
    }
}

async fn go(myself: &ActorRef<MemberMsg>, args: Option<MemberArgs>) {
    if let Some(MemberArgs { index, request, simulator, aggregator }) = args {
        let scenario = Arc::clone(&request.scenario);
        let outcome =
            simulator.run(request).await.and_then(|done| match done.arrival.fault(&scenario.landscape) {
                None => Ok(Box::new(done)),
                Some(fault) => Err(SimulateError::Unusable { fault }),
            });
        drop(aggregator.cast(AggregatorMsg::MemberFinished(index, outcome))); // an aggregator that has left is no error
    }
    myself.stop(None);
}
