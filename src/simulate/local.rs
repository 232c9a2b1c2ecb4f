//! In this process: `firecore` on the ComputePool.

use std::sync::Arc;

use firecore::spread::{Stopped, spread};
use firecore::strategy::Method;
use firecore::surrogate;

use crate::compute::{ComputeError, ComputePool};
use crate::simulate::{MemberRequest, SimulateError, SimulateFuture, Simulator};

/// Computes members on this machine's cores.
#[derive(Debug)]
pub struct LocalSimulator {
    pool: Arc<ComputePool>,
}

impl LocalSimulator {
    /// A simulator on the threads of a pool.
    pub fn new(pool: Arc<ComputePool>) -> Self {
        Self { pool }
    }
}

impl Simulator for LocalSimulator {
    fn run(&self, request: MemberRequest) -> SimulateFuture<'_> {
        Box::pin(async move {
            let outcome = self.pool.run(request.plan.priority, move |stop| {
                let MemberRequest { plan, member, landscape, weather } = &request;
                let simulate = match plan.method {
                    Method::PhysX => spread,
                    Method::Surrogate => surrogate::spread,
                };
                let (horizon_s, draws) = (plan.horizon_s(), &member.perturbation);
                simulate(&plan.seed, draws, &plan.physics, landscape, weather, horizon_s, stop)
            });
            match outcome.await {
                Ok(Ok(arrival)) => Ok(arrival),
                Ok(Err(Stopped)) => Err(SimulateError::Stopped),
                Err(ComputeError::Full { queued_max }) => Err(SimulateError::Busy { waiting: queued_max }),
                Err(ComputeError::Panicked { message }) => Err(SimulateError::Panicked { message }),
                Err(ComputeError::Closed) => Err(SimulateError::Closed),
            }
        })
    }
}
