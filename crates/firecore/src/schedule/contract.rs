//! What goes into the schedule and what comes out.

use std::fmt;

use super::brown_out::{Degradation, Hold};
use crate::detection::ClusterId;
use crate::strategy::{Method, Priority};

/// How urgent a run is beside others: what its priority comes to in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Priority 1 and 2.
    Critical,
    /// Priority 3 to 5.
    Moderate,
    /// Priority 6 to 10.
    Low,
}

impl Class {
    /// Every class, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Moderate, Self::Low];

    /// The class of a priority.
    pub fn of(priority: Priority) -> Self {
        match priority.level() {
            0..=2 => Self::Critical,
            3..=5 => Self::Moderate,
            _ => Self::Low,
        }
    }

    /// How long a detection may be missing from the fire's newest forecast before that counts as late, s: our choice.
    pub fn stale_after_s(self) -> f64 {
        match self {
            Self::Critical => 300.0,
            Self::Moderate => 1_800.0,
            Self::Low => 10_800.0,
        }
    }

    /// The same for a fire that has no forecast at all, s: our choice.
    pub fn first_due_s(self) -> f64 {
        match self {
            Self::Critical => 10.0,
            Self::Moderate | Self::Low => 60.0,
        }
    }

    /// As it is written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Moderate => "moderate",
            Self::Low => "low",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far down the brown-out ladder the schedule is: 0 is none, 5 the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u8);

impl Level {
    /// Every level.
    pub const ALL: [Self; 6] = [Self(0), Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// The level as a number from 0 to 5.
    pub fn number(self) -> u8 {
        self.0
    }

    /// One level more is left out, at most 5.
    pub fn more(self) -> Self {
        Self((self.0 + 1).min(5))
    }

    /// One level back, at least 0.
    pub fn less(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// True where some runs may have to stay in line.
    pub(super) fn holds(self) -> bool {
        self.0 >= 3
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L{}", self.0)
    }
}

/// How much can run at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// PhysX runs.
    pub physx: u32,
    /// Surrogate runs.
    pub surrogate: u32,
    /// Cores that compute: what the work in line is measured by.
    pub cores: u32,
}

impl Capacity {
    /// Tokens of a method's simulator.
    pub fn of(&self, method: Method) -> u32 {
        match method {
            Method::PhysX => self.physx,
            Method::Surrogate => self.surrogate,
        }
    }
}

/// What a schedule goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleSettings {
    /// How much can run at a time.
    pub capacity: Capacity,
    /// Whether overload leaves work out; if not it only makes it wait.
    pub brown_out: bool,
}

/// One wish to run, from its request to its end; the caller gives each number once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A run that wants its turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Names it in every answer.
    pub ticket: Ticket,
    /// Whose forecast it is: at most one run of a fire is in line.
    pub fire: ClusterId,
    /// By which simulator.
    pub method: Method,
    /// With how many members.
    pub members: u32,
    /// How urgent.
    pub priority: Priority,
    /// The fire has no forecast yet: it is never held.
    pub first: bool,
    /// Since when a detection is in none of the fire's forecasts, s of the schedule's clock.
    pub uncovered_since_s: f64,
    /// The fire's hull grew by a tenth, or a detection fell outside its p90.
    pub grew: bool,
    /// A surrogate forecast of the same detections is there already, and this run replaces it.
    pub after_surrogate: bool,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A run stands in line; it takes the place of the one of the same fire, and its deadline where that is earlier.
    Request(Request),
    /// Whoever asked is not there any more. A run that was granted is not touched.
    Left {
        /// Of the request.
        ticket: Ticket,
    },
    /// A fire's runs are not wanted any more: the seed has left its p90, or the fire was merged.
    Withdraw {
        /// Whose runs.
        fire: ClusterId,
    },
    /// A run that was granted has ended, however it did: its token is free.
    Finished {
        /// Of the grant.
        ticket: Ticket,
        /// Processor time that it took, s.
        cpu_s: f64,
        /// It ran to its end, so its cost says what such runs cost.
        completed: bool,
    },
    /// Time has passed.
    Tick,
}

/// What the caller must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// The run starts now.
    Grant(Grant),
    /// The run stays in line, and the fire's last forecast is stale for this reason.
    Held {
        /// Of the request.
        ticket: Ticket,
        /// Why.
        hold: Hold,
    },
    /// The run left the line without a grant.
    Dropped {
        /// Of the request.
        ticket: Ticket,
        /// Why.
        why: Dropped,
    },
    /// The run under way is to be stopped. It holds its token until it has finished.
    Cancel {
        /// Of the grant.
        ticket: Ticket,
    },
}

/// Why a run left the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// A newer run of the fire took its place.
    Replaced,
    /// The fire's runs were withdrawn.
    Withdrawn,
}

/// The right to run, and as what.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Of the request.
    pub ticket: Ticket,
    /// Whose forecast.
    pub fire: ClusterId,
    /// By which simulator: under overload not always the one that was asked for.
    pub method: Method,
    /// With how many members, likewise.
    pub members: u32,
    /// What was changed, where anything was.
    pub degradation: Option<Degradation>,
    /// How long the fire was in line, s.
    pub waited_s: f64,
}

/// How a schedule stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// How far down the ladder.
    pub level: Level,
    /// Runs in line, held ones among them, in the order of [`Class::ALL`].
    pub waiting: [usize; 3],
    /// Runs that stay in line because of the level.
    pub held: usize,
    /// How long the fire that waits longest has been in line, s.
    pub oldest_wait_s: f64,
    /// Work in line that is not held, seconds of all cores.
    pub queued_s: f64,
    /// Runs under way, in the order of [`Method::ALL`].
    pub running: [usize; 2],
}

impl Report {
    /// Runs in line of all classes.
    pub fn waiting_in_all(&self) -> usize {
        self.waiting.iter().sum()
    }
}
