//! Who goes before whom, and the share that is kept for fires that are not critical.

use std::cmp::Ordering;

use super::brown_out::Hold;
use super::contract::{Class, Request};

/// Within a step of so many seconds deadlines count as equal, and who had less processor time lately goes first: our choice,
/// short beside the shortest deadline of a forecast that is there.
pub const DEADLINE_STEP_S: f64 = 10.0;

/// Share of each simulator's processor time that fires that are not critical get while they and critical ones wait: our
/// choice.
pub const RESERVE_SHARE: f64 = 0.2;

/// A run in line.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) request: Request,
    pub(super) class: Class,
    /// When the fire's forecast is late.
    pub(super) deadline_s: f64,
    /// Since when the fire has had a run in line.
    pub(super) in_line_since_s: f64,
    /// Why it is held, as its caller knows it.
    pub(super) told: Option<Hold>,
}

impl Queued {
    pub(super) fn new(request: Request, now_s: f64) -> Self {
        let class = Class::of(request.priority);
        let since_s = request.uncovered_since_s.min(now_s);
        let span_s = if request.first { class.first_due_s() } else { class.stale_after_s() };
        Self { class, deadline_s: since_s + span_s, in_line_since_s: now_s, told: None, request }
    }

    /// Takes the place of the fire's run before: what is owed since then is still owed.
    pub(super) fn succeed(&mut self, before: &Self) {
        self.deadline_s = self.deadline_s.min(before.deadline_s);
        self.in_line_since_s = before.in_line_since_s;
        self.request.grew |= before.request.grew;
    }

    pub(super) fn is_late(&self, now_s: f64) -> bool {
        now_s >= self.deadline_s
    }

    /// The class that it stands among: a low run that is late is a moderate one, so that moderate ones cannot keep it
    /// waiting for ever.
    pub(super) fn rank(&self, now_s: f64) -> Class {
        match self.class {
            Class::Low if self.is_late(now_s) => Class::Moderate,
            class => class,
        }
    }

    /// Less: goes before the other. `used_s`: processor time that the fires had lately.
    pub(super) fn order(&self, used_s: f64, now_s: f64, other: &Self, other_used_s: f64) -> Ordering {
        let step = |one: &Self| (one.deadline_s / DEADLINE_STEP_S).floor();
        self.rank(now_s)
            .cmp(&other.rank(now_s))
            .then_with(|| step(self).total_cmp(&step(other)))
            .then_with(|| used_s.total_cmp(&other_used_s))
            .then_with(|| self.deadline_s.total_cmp(&other.deadline_s))
            .then_with(|| self.request.ticket.cmp(&other.request.ticket))
    }
}

/// What is owed, in processor time, to runs that are not critical.
///
/// It counts only while both kinds want the same token: then each critical run adds a fifth of its cost and each other
/// one takes off four fifths of its own, so that what the others get comes to a fifth of all. This holds for any
/// number of tokens, one included, and no token stands idle for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reserve {
    owed_s: f64,
}

impl Reserve {
    /// True where a run of such a cost, that is not critical, may go before a critical one.
    pub(super) fn covers(self, cost_s: f64) -> bool {
        // A rounding error must not cost a turn.
        self.owed_s + 1e-9 >= (1.0 - RESERVE_SHARE) * cost_s
    }

    /// Books a run, or by how much its cost was not what had been thought.
    pub(super) fn granted(&mut self, critical: bool, cost_s: f64) {
        self.owed_s += if critical { RESERVE_SHARE * cost_s } else { -(1.0 - RESERVE_SHARE) * cost_s };
    }
}
