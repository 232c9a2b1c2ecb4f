//! Resync: a subscriber missed something, and what it does about that.

use firecore::detection::ClusterId;
use jiff::Timestamp;
use serde_json::json;

use super::{Event, EventId, Kind};

/// What was missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resync {
    /// What comes next comes after this.
    pub id: EventId,
    /// Why.
    pub why: Missed,
}

/// Why a subscriber has to read the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The next events are no longer kept; so many are passed over, wanted or not.
    Overtaken {
        /// How many.
        events: u64,
    },
    /// The id belongs to another run of the engine, or to none.
    ForeignId,
    /// The engine has just started, and what was told before is not known.
    Started,
}

impl Resync {
    /// As an event: why, and what to read before going on.
    pub fn event(self, fire: Option<ClusterId>, at: Timestamp) -> Event {
        let snapshot = fire.map_or_else(|| "/clusters".to_owned(), |fire| format!("/clusters/{fire}"));
        let (reason, missed) = match self.why {
            Missed::Overtaken { events } => {
                ("the events after the last one that was told are no longer kept", Some(events))
            }
            Missed::ForeignId => ("the id to resume from is of another run of the server", None),
            Missed::Started => ("the server has started, and what it told before is not known", None),
        };
        let data = json!({"reason": reason, "events_missed_max": missed, "snapshot": snapshot});
        Event::new(self.id, Kind::Resync, fire, at, &data.to_string())
    }
}
