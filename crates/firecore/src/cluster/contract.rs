//! What goes into a cluster, what comes out of it, and what is told about it.

use jiff::Timestamp;

use crate::asset::NearestAsset;
use crate::detection::{ClusterId, Detection};
use crate::forecast::ForecastPlan;
use crate::strategy::{Method, RequestedPriority};

/// What happens to a fire.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Detections were assigned to it, each with the priority that its request asked for.
    Detected {
        /// The detections; those that it already holds change nothing.
        batch: Vec<(Detection, Option<RequestedPriority>)>,
        /// The asset nearest to any of them; it counts if it is nearer than the one known.
        nearest: Option<NearestAsset>,
    },
    /// It is read back after a restart: as [`Input::Detected`], but nothing is planned before [`Input::Reevaluate`].
    Recalled {
        /// The detections; those that it already holds change nothing.
        batch: Vec<(Detection, Option<RequestedPriority>)>,
        /// The asset nearest to any of them; it counts if it is nearer than the one known.
        nearest: Option<NearestAsset>,
    },
    /// Another fire became part of it.
    Absorb {
        /// The other fire's detections.
        detections: Vec<Detection>,
        /// The asset nearest to the other fire; it counts if it is nearer than the one known.
        nearest: Option<NearestAsset>,
    },
    /// It became part of another fire: it ends here.
    Merged {
        /// The fire that goes on.
        survivor: ClusterId,
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
    /// Run this forecast; it replaces any earlier plan of the fire that has not completed.
    Plan(Box<ForecastPlan>),
    /// The fire's state is another one than before: store it and show it.
    Publish,
}

/// Where a fire stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterState {
    /// It is followed.
    Active,
    /// It is part of another fire.
    Merged {
        /// The fire that goes on.
        survivor: ClusterId,
    },
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
    /// Its detections, in any order, each with the priority that its request asked for.
    pub detections: Vec<(Detection, Option<RequestedPriority>)>,
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
