//! The only reader of the time: the system's, or one that a test sets by hand.
//!
//! Deadlines are no clock: they run on tokio's timer, which a test pauses. What is read here goes into results.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Tells the time; cheap to clone, and every clone of a manual clock is the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved.
    pub fn manual(now: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(Mutex::new(now))))
    }

    /// The instant that it is now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Manual(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a manual clock forward, or back for a negative span.
    pub fn advance(&self, by: SignedDuration) {
        match &self.0 {
            Source::System => panic!("BUG: the system's clock cannot be moved"),
            Source::Manual(now) => {
                let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
                *now = now.saturating_add(by).unwrap_or(*now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let clock = Clock::manual(start);
        let same = clock.clone();
        assert_eq!(clock.now(), start);
        same.advance(SignedDuration::from_secs(60));
        assert_eq!(clock.now().duration_since(start), SignedDuration::from_secs(60));
    }
}
