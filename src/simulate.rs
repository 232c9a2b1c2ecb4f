//! trait Simulator: one ensemble member in, its arrival times out, wherever they are computed.
//!
//! The engine knows only this trait. What can fail is an error value; dropping the future cancels the member.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use firecore::ensemble::MemberPlan;
use firecore::forecast::ForecastPlan;
use firecore::landscape::Landscape;
use firecore::spread::ArrivalTimes;
use firecore::weather::WeatherSeries;

pub mod local;

/// One member's work; what the members of a forecast share is shared.
#[derive(Clone, Debug)]
pub struct MemberRequest {
    /// What is forecast: method, priority, seed and horizon.
    pub plan: Arc<ForecastPlan>,
    /// How this member departs from it.
    pub member: MemberPlan,
    /// Terrain, fuel and canopy.
    pub landscape: Arc<Landscape>,
    /// Weather of the whole window.
    pub weather: Arc<WeatherSeries>,
}

/// Why a member gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulateError {
    /// The simulator takes no more work now.
    #[error("the simulator is busy: {waiting} members wait")]
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// The simulation panicked.
    #[error("the simulation panicked: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// The simulation was stopped before it ended.
    #[error("the simulation was stopped")]
    Stopped,
    /// What came is no result.
    #[error("the member's result cannot be used: {fault}")]
    Unusable {
        /// What is wrong with it.
        fault: String,
    },
    /// The simulator is shut down.
    #[error("the simulator is closed")]
    Closed,
}

/// What a simulator answers with.
pub type SimulateFuture<'a> = Pin<Box<dyn Future<Output = Result<ArrivalTimes, SimulateError>> + Send + 'a>>;

/// Computes members.
pub trait Simulator: Send + Sync + 'static {
    /// Runs one member to its horizon; may be dropped at any await, which cancels it.
    fn run(&self, request: MemberRequest) -> SimulateFuture<'_>;
}
