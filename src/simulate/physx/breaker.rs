//! When a server that fails is left alone, and for how long. A plain value.

use std::time::Duration;

use tokio::time::Instant;

/// Failures one after another until a server is left alone: our choice; fewer would punish a restart.
const FAILURES_MAX: u32 = 5;

/// For how long at first, and at most: doubled with each probe that fails. Our choice.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];

/// Closed, open until an instant, or half open with one probe under way.
#[derive(Debug)]
pub(super) struct Breaker {
    failures: u32,
    wait: Duration,
    open_until: Option<Instant>,
    probing: bool,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self { failures: 0, wait: WAITS[0], open_until: None, probing: false }
    }

    /// Whether a call may be made.
    pub(super) fn admits(&self, now: Instant) -> bool {
        match self.open_until {
            None => true,
            Some(until) => now >= until && !self.probing,
        }
    }

    /// A call is made: the first one after a wait is the probe.
    pub(super) fn begin(&mut self) {
        self.probing = self.open_until.is_some();
    }

    /// A call gave a result.
    pub(super) fn succeeded(&mut self) {
        *self = Self::new();
    }

    /// A call failed, and the server may be why.
    pub(super) fn failed(&mut self, now: Instant) {
        self.failures += 1;
        if self.probing {
            self.wait = (2 * self.wait).min(WAITS[1]);
            self.open_until = Some(now + self.wait);
        } else if self.failures >= FAILURES_MAX && self.open_until.is_none() {
            self.open_until = Some(now + self.wait);
        }
        self.probing = false;
    }

    /// A call ended and says nothing of the server: it was given up.
    pub(super) fn given_up(&mut self) {
        self.probing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_open_it_and_one_probe_decides() {
        let (mut breaker, start) = (Breaker::new(), Instant::now());
        for _ in 0..4 {
            breaker.begin();
            breaker.failed(start);
        }
        assert!(breaker.admits(start));
        breaker.succeeded();
        for _ in 0..5 {
            breaker.begin();
            breaker.failed(start);
        }
        assert!(!breaker.admits(start) && breaker.admits(start + WAITS[0]));
        breaker.begin();
        assert!(!breaker.admits(start + WAITS[0]), "one probe at a time");
        breaker.failed(start + WAITS[0]);
        assert!(!breaker.admits(start + 2 * WAITS[0]), "the second wait is twice as long");
        assert!(breaker.admits(start + 3 * WAITS[0]));
        breaker.begin();
        breaker.given_up();
        assert!(breaker.admits(start + 3 * WAITS[0]), "a probe that was given up leaves room for another");
        breaker.begin();
        breaker.succeeded();
        assert!(breaker.admits(start));
    }

    #[test]
    fn waits_end_at_the_longest() {
        let (mut breaker, mut now) = (Breaker::new(), Instant::now());
        for _ in 0..5 {
            breaker.failed(now);
        }
        for _ in 0..20 {
            now += WAITS[1];
            assert!(breaker.admits(now));
            breaker.begin();
            breaker.failed(now);
        }
    }
}
