//! One event: what happened to a fire, and its text as clients get it, made once.

use std::fmt::{self, Write};
use std::str::FromStr;

use bytes::Bytes;
use firecore::detection::ClusterId;
use firecore::geo::Bounds;
use firecore::strategy::Priority;
use jiff::Timestamp;
use serde_json::Value;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A fire has its first detections.
    ClusterFounded,
    /// A fire took in detections, or was read back.
    ClusterUpdated,
    /// A fire is part of another one by now.
    ClusterMerged,
    /// A fire came apart.
    ClusterSplit,
    /// Nothing was detected for a while.
    ClusterDormant,
    /// Something was detected after all.
    ClusterReactivated,
    /// The fire is followed no longer.
    ClusterClosed,
    /// The fire goes by another id or name.
    ClusterRelabelled,
    /// Method or priority changed.
    StrategyChanged,
    /// What the members so far give; a later one makes it needless.
    ForecastPartial,
    /// There is a forecast.
    ForecastCompleted,
    /// A run gave none.
    ForecastFailed,
    /// What is worth protecting changed.
    AssetsChanged,
    /// The client missed something: it reads the snapshot.
    Resync,
}

impl Kind {
    /// Every kind, by name.
    pub const ALL: [Self; 14] = [
        Self::ClusterFounded,
        Self::ClusterUpdated,
        Self::ClusterMerged,
        Self::ClusterSplit,
        Self::ClusterDormant,
        Self::ClusterReactivated,
        Self::ClusterClosed,
        Self::ClusterRelabelled,
        Self::StrategyChanged,
        Self::ForecastPartial,
        Self::ForecastCompleted,
        Self::ForecastFailed,
        Self::AssetsChanged,
        Self::Resync,
    ];

    /// As it is written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClusterFounded => "cluster.founded",
            Self::ClusterUpdated => "cluster.updated",
            Self::ClusterMerged => "cluster.merged",
            Self::ClusterSplit => "cluster.split",
            Self::ClusterDormant => "cluster.dormant",
            Self::ClusterReactivated => "cluster.reactivated",
            Self::ClusterClosed => "cluster.closed",
            Self::ClusterRelabelled => "cluster.relabelled",
            Self::StrategyChanged => "strategy.changed",
            Self::ForecastPartial => "forecast.partial",
            Self::ForecastCompleted => "forecast.completed",
            Self::ForecastFailed => "forecast.failed",
            Self::AssetsChanged => "assets.changed",
            Self::Resync => "resync",
        }
    }
}

impl FromStr for Kind {
    type Err = super::FilterError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| super::FilterError::Kind { found: name.to_owned() })
    }
}

/// What an actor says.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveEvent {
    /// What happened.
    pub kind: Kind,
    /// To which fire; `None`: to all or none.
    pub cluster_id: Option<ClusterId>,
    /// Other fires that it is about: who follows one of them gets it, and follows all of them from there on.
    pub with: Vec<ClusterId>,
    /// When.
    pub at: Timestamp,
    /// How urgent the fire is; of a change the more urgent side, so that nobody who cared misses it.
    pub priority: Option<Priority>,
    /// Where.
    pub bounds: Option<Bounds>,
    /// What else there is to say: an object.
    pub data: Value,
}

/// Names an event, and the run of the engine that it belongs to: `EPOCH-SEQUENCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId {
    /// Drawn anew at each start of an engine.
    pub(super) epoch: u64,
    /// Rises by one with each event; 0 stands before the first.
    pub(super) sequence: u64,
}

impl EventId {
    /// Events of the same run up to this one.
    pub fn sequence(self) -> u64 {
        self.sequence
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.epoch, self.sequence)
    }
}

/// A text that is no event id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needed the id of an event, as in 01c2f7a9d3b8e654-42")]
pub struct EventIdError;

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        let (epoch, sequence) = text.split_once('-').ok_or(EventIdError)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if epoch.len() != 16 || !digits(epoch) || sequence.is_empty() || !digits(sequence) {
            return Err(EventIdError);
        }
        let epoch = u64::from_str_radix(epoch, 16).map_err(|_| EventIdError)?;
        Ok(Self { epoch, sequence: sequence.parse().map_err(|_| EventIdError)? })
    }
}

/// An event as clients get it. Clones share its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: Kind,
    /// To which fire.
    pub cluster_id: Option<ClusterId>,
    /// When.
    pub at: Timestamp,
    /// A Server-Sent Event: id, kind and the JSON as its data.
    pub sse: Bytes,
    /// The JSON object alone: a part of `sse`.
    pub json: Bytes,
}

impl Event {
    /// An event from its parts; `data` is JSON on one line.
    pub fn new(id: EventId, kind: Kind, cluster_id: Option<ClusterId>, at: Timestamp, data: &str) -> Self {
        let mut text = String::with_capacity(data.len() + 320);
        let name = kind.name();
        let fire = cluster_id.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
        let head = write!(text, "id: {id}\nevent: {name}\ndata: ");
        let start = text.len();
        let body = write!(
            text,
            "{{\"id\":\"{id}\",\"kind\":\"{name}\",\"cluster_id\":{fire},\"at\":\"{at}\",\"data\":{data}}}"
        );
        head.and(body).expect("a text takes what is written to it");
        let end = text.len();
        text.push_str("\n\n");
        let sse = Bytes::from(text);
        Self { id, kind, cluster_id, at, json: sse.slice(start..end), sse }
    }
}
