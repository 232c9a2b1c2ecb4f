//! What can come next, and when: one queue for the whole world, by time, then by the order in which things were sent.

use std::collections::BTreeMap;
use std::rc::Rc;

use firecore::detection::{ClusterId, DetectionId};
use firecore::schedule::Ticket;

use super::store::Record;

/// What happens at an instant.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A producer sends a batch, or sends it again.
    Send {
        batch: usize,
    },
    /// Something lies in the router's mailbox.
    ToRouter {
        process: u64,
        order: Order,
    },
    /// The store answers the router.
    StoreAnswers {
        process: u64,
    },
    /// Something lies in a fire's mailbox.
    ToFire {
        fire: ClusterId,
        life: u64,
        message: Message,
    },
    /// A crashed fire is to be spawned again.
    Restart {
        process: u64,
        fire: ClusterId,
    },
    /// The process comes up.
    Start,
    /// A run ends.
    RunEnds {
        ticket: Ticket,
        outcome: Outcome,
    },
    /// Whoever waits in line looks at the time.
    Tick,
    /// The router looks which fires time alone changes.
    Age,
    Crash(Crash),
    Wish(Wish),
    /// Somebody edits the list of assets.
    EditAssets,
    /// The wall clock is set.
    ClockStep {
        by_s: i64,
    },
}

/// To the router.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Submit { batch: usize },
    Operate(Wish),
    FellAsleep { fire: ClusterId, told: u64 },
    Age,
    AssetsChanged,
}

/// To a fire.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Rebuild { one_by_one: bool },
    Absorb(Vec<Record>),
    CatchUp,
    Parted,
    Age { told: u64 },
    Relabel(Option<String>),
    AssetsChanged,
    Started { version: u64 },
    Held { version: u64 },
    Completed(Finished),
    Failed { version: u64 },
}

/// What a run gave.
#[derive(Clone, Debug)]
pub(super) struct Finished {
    pub(super) kept: Kept,
    pub(super) stands_in: bool,
    pub(super) physx_follows: bool,
}

/// A forecast: of which plan, and of which detections.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) version: u64,
    pub(super) covers: Rc<Vec<DetectionId>>,
}

/// How a run ends; `Hung` is given up at its deadline, `Garbage` counts as failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Completed,
    Failed,
    Garbage,
    Hung,
    Withdrawn,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Crash {
    Fire,
    Run,
    Process,
}

/// What an operator wants; numbers are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish {
    Split { fire: usize, bits: u64 },
    Merge { fire: usize, other: usize },
    Relabel { fire: usize, name: u64 },
    Undo { operation: usize },
}

/// Events by time, then by the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Queue {
    events: BTreeMap<(u64, u64), Event>,
    added: u64,
}

impl Queue {
    pub(super) fn add(&mut self, at_ms: u64, event: Event) {
        self.added += 1;
        self.events.insert((at_ms, self.added), event);
    }

    pub(super) fn next(&mut self) -> Option<(u64, Event)> {
        self.events.pop_first().map(|((at_ms, _), event)| (at_ms, event))
    }
}
