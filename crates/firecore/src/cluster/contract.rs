//! What goes into a cluster, what comes out of it, and what is told about it.

use std::sync::Arc;

use jiff::Timestamp;

use super::ClusterState;
use crate::asset::NearestAsset;
use crate::detection::{ClusterId, Detection};
use crate::forecast::ForecastPlan;
use crate::strategy::{Method, RequestedPriority};

/// A detection as it was received.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// What was seen.
    pub detection: Detection,
    /// The priority that its request asked for.
    pub requested: Option<RequestedPriority>,
    /// When it came, on the caller's clock.
    pub received_at: Timestamp,
    /// The known source of heat that it lies on, where it lies on one.
    pub heat_source: Option<Arc<str>>,
}

/// What happens to a fire.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Detections were assigned to it.
    Detected {
        /// The detections; those that it already holds change nothing.
        batch: Vec<Received>,
        /// The asset nearest to any of them; it counts if it is nearer than the one known.
        nearest: Option<NearestAsset>,
        /// Some of them lie outside the large perimeter that the newest forecast expects for their time.
        outside_forecast: bool,
    },
    /// It is read back after a restart: as [`Input::Detected`], but nothing is planned before [`Input::Reevaluate`].
    Recalled {
        /// The detections; those that it already holds change nothing.
        batch: Vec<Received>,
        /// The asset nearest to any of them; it counts if it is nearer than the one known.
        nearest: Option<NearestAsset>,
    },
    /// The list of assets is another one.
    AssetsChanged {
        /// The asset now nearest to any of its detections.
        nearest: Option<NearestAsset>,
    },
    /// Something outside changed (weather, a restart, an operator's wish): forecast it anew.
    Reevaluate {
        /// What the last forecast lacks, in words.
        why: String,
    },
    /// Time has passed: it may be dormant or closed by now, or its forecast at its end.
    Aged,
    /// An operator named it, or took the name away.
    Relabelled {
        /// The name.
        label: Option<String>,
    },
    /// The run of a plan has begun.
    ForecastStarted {
        /// The plan's version.
        version: u64,
    },
    /// A planned forecast is complete.
    ForecastCompleted {
        /// The plan's version.
        version: u64,
    },
    /// A planned forecast stays in line for now: the last one says why.
    ForecastHeld {
        /// The plan's version.
        version: u64,
        /// Why, in words.
        reason: String,
    },
    /// A planned forecast failed.
    ForecastFailed {
        /// The plan's version.
        version: u64,
        /// Why, in words.
        reason: String,
    },
}

/// What the owner must do after a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Give up the run that is under way: the plan that follows is more urgent, or knows of fire where that run has none.
    Cancel {
        /// The version of the run.
        version: u64,
        /// Why, in words.
        why: String,
    },
    /// Run this forecast; it replaces any earlier plan of the fire that has not begun.
    Plan(Box<ForecastPlan>),
    /// It stands elsewhere in its life than before.
    StateChanged {
        /// Where it stood.
        from: ClusterState,
        /// Where it stands.
        to: ClusterState,
    },
    /// The fire's state is another one than before: store it and show it.
    Publish,
}

/// Why the last forecast no longer says all that is known, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staleness {
    /// Since when.
    pub since: Timestamp,
    /// Why, in words and numbers.
    pub reason: String,
}

/// The newest failed forecast, until a later one completes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The plan's version.
    pub version: u64,
    /// How it was to be forecast; after PhysX the next try is by surrogate.
    pub method: Method,
    /// Why it failed, in words.
    pub reason: String,
}

/// What is needed to follow a fire again after a restart.
#[derive(Clone, Debug, PartialEq)]
pub struct Resume {
    /// The fire.
    pub id: ClusterId,
    /// What an operator named it.
    pub label: Option<String>,
    /// Its detections, in any order.
    pub detections: Vec<Received>,
    /// The asset nearest to any of them.
    pub nearest: Option<NearestAsset>,
    /// The version of its last plan; 0 where there was none.
    pub version: u64,
    /// The version of its last completed forecast.
    pub completed: Option<u64>,
    /// Why that forecast is stale, where it is.
    pub staleness: Option<Staleness>,
    /// The newest failed forecast, where no later one completed.
    pub failure: Option<Failure>,
}
