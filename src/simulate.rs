//! trait Simulator: one ensemble member in, its arrival times out, wherever they are computed.
//!
//! The engine knows only this trait. What can fail is an error value; dropping the future cancels the member.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use firecore::detection::ClusterId;
use firecore::ensemble::MemberPlan;
use firecore::forecast::ForecastPlan;
use firecore::ignition::Seed;
use firecore::landscape::Landscape;
use firecore::spread::{ArrivalTimes, Physics};
use firecore::strategy::{Method, Priority};
use firecore::weather::WeatherSeries;
use tokio::time::Instant;

use crate::inputs::InputSet;

pub mod fleet;
pub mod local;
pub mod physx;
pub mod server;
pub mod tls;
pub mod wire;

/// What the members of a forecast have in common.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The fire.
    pub cluster_id: ClusterId,
    /// The forecast's version.
    pub version: u64,
    /// By which simulator.
    pub method: Method,
    /// How urgent.
    pub priority: Priority,
    /// Which fires they know beside the one on the ground.
    pub physics: Physics,
    /// What they start from.
    pub seed: Seed,
    /// Simulated time from the seed's on, s.
    pub horizon_s: u32,
    /// How many there are in all.
    pub members: u32,
    /// From then on nobody waits for them.
    pub deadline: Option<Instant>,
    /// Terrain, fuel and canopy.
    pub landscape: Arc<Landscape>,
    /// Weather of the whole window.
    pub weather: Arc<WeatherSeries>,
}

impl Scenario {
    /// That of a plan, on the inputs that were fetched for it.
    pub fn of(plan: &ForecastPlan, inputs: &InputSet, deadline: Option<Instant>) -> Self {
        Self {
            cluster_id: plan.cluster_id,
            version: plan.version,
            method: plan.method,
            priority: plan.priority,
            physics: plan.physics,
            seed: plan.seed.clone(),
            horizon_s: plan.horizon_s(),
            members: plan.members,
            deadline,
            landscape: Arc::clone(&inputs.landscape),
            weather: Arc::clone(&inputs.weather),
        }
    }
}

/// One member's work.
#[derive(Clone, Debug)]
pub struct MemberRequest {
    /// What it has in common with the others.
    pub scenario: Arc<Scenario>,
    /// How it departs from them.
    pub member: MemberPlan,
}

/// One member's result.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// When each cell burns.
    pub arrival: ArrivalTimes,
    /// Who computed it.
    pub origin: Arc<Origin>,
    /// How long the solver took, as whoever ran it says.
    pub took: Duration,
}

/// Who computed a member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The program with its version, and where it runs.
    pub simulator: String,
    /// Why it was this one and not the one that is set, where it was not.
    pub instead: Option<String>,
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
    /// The simulator took the request for wrong.
    #[error("the simulator refused the member: {reason}")]
    Refused {
        /// In its words.
        reason: String,
    },
    /// The simulator cannot be reached, or broke off, and nobody stands in for it.
    #[error("the simulator cannot be reached: {reason}")]
    Unavailable {
        /// What was tried and what came of it.
        reason: String,
    },
    /// No answer by the deadline.
    #[error("no answer by the run's deadline: {reason}")]
    TooLate {
        /// What was tried and what came of it.
        reason: String,
    },
    /// The simulator is shut down.
    #[error("the simulator is closed")]
    Closed,
}

/// What a simulator answers with.
pub type SimulateFuture<'a> = Pin<Box<dyn Future<Output = Result<Simulated, SimulateError>> + Send + 'a>>;

/// What [`Simulator::stand_in`] answers with.
pub type StandInFuture<'a> = Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;

/// Computes members.
pub trait Simulator: Send + Sync + 'static {
    /// Runs one member to its horizon; may be dropped at any await, which cancels it.
    fn run(&self, request: MemberRequest) -> SimulateFuture<'_>;

    /// How many members by a method it computes at the same time.
    fn width(&self, method: Method) -> usize;

    /// Asked once before the members of a run start: why the surrogate has to stand in for its method, if it has to.
    fn stand_in(&self, _method: Method) -> StandInFuture<'_> {
        Box::pin(ready(None))
    }

    /// The servers that compute for it, where there are any.
    fn fleet(&self) -> Option<fleet::FleetReport> {
        None
    }
}

/// Nothing panics while it holds one of these.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
