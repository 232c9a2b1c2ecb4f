//! Where a fire stands in its life: followed, dormant, closed.
//!
//! It is judged by the time since the last *receipt* on the caller's clock, not by what the detections say of
//! themselves: a fire of past years that is replayed today is alive today.

use jiff::{SignedDuration, Timestamp};

/// A day, s.
const DAY_S: u32 = 24 * 3600;

/// Longest time that a fire may stay without detections before it is closed, s: a year, beyond which the next season's fire
/// at the same place is another one.
pub const CLOSED_AFTER_S_MAX: u32 = 366 * DAY_S;

/// Where a fire stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterState {
    /// It is followed and forecast.
    Active,
    /// Nothing was heard of it for some time: it is not forecast until something is.
    Dormant,
    /// Nothing was heard of it for long. A late detection of it opens it again.
    Closed,
}

impl ClusterState {
    /// As it is written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Dormant => "dormant",
            Self::Closed => "closed",
        }
    }
}

/// After how long without a receipt a fire is dormant, and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    dormant_after_s: u32,
    closed_after_s: u32,
}

/// Why two spans are no lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a fire must be dormant after at least 1 s, closed no sooner and after at most {CLOSED_AFTER_S_MAX} s, \
     found {dormant_after_s} s and {closed_after_s} s"
)]
pub struct LifecycleError {
    /// The span until it is dormant, s.
    pub dormant_after_s: u32,
    /// The span until it is closed, s.
    pub closed_after_s: u32,
}

impl Lifecycle {
    /// Dormant and closed after so many seconds without a receipt.
    ///
    /// **Errors** when the first is 0 or longer than the second, or the second is longer than a year.
    pub fn new(dormant_after_s: u32, closed_after_s: u32) -> Result<Self, LifecycleError> {
        match dormant_after_s > 0 && dormant_after_s <= closed_after_s && closed_after_s <= CLOSED_AFTER_S_MAX
        {
            true => Ok(Self { dormant_after_s, closed_after_s }),
            false => Err(LifecycleError { dormant_after_s, closed_after_s }),
        }
    }

    /// Where a fire stands at an instant that was last heard of at another.
    pub fn state(&self, last_received_at: Timestamp, now: Timestamp) -> ClusterState {
        let silent_s = now.duration_since(last_received_at).as_secs();
        match silent_s {
            silent_s if silent_s >= i64::from(self.closed_after_s) => ClusterState::Closed,
            silent_s if silent_s >= i64::from(self.dormant_after_s) => ClusterState::Dormant,
            _ => ClusterState::Active,
        }
    }

    /// When the state changes next if nothing is heard; `None` for a closed fire.
    pub fn next_change(&self, last_received_at: Timestamp, state: ClusterState) -> Option<Timestamp> {
        let after_s = match state {
            ClusterState::Active => self.dormant_after_s,
            ClusterState::Dormant => self.closed_after_s,
            ClusterState::Closed => return None,
        };
        Some(
            last_received_at
                .saturating_add(SignedDuration::from_secs(after_s.into()))
                .unwrap_or(Timestamp::MAX),
        )
    }
}

impl Default for Lifecycle {
    /// Dormant after 5 days, closed after 20.
    ///
    /// Five days are the span beyond which detections at one place are no longer linked: by then a fire that
    /// still burned would have been seen by some ten passes of the polar orbiters.
    fn default() -> Self {
        Self { dormant_after_s: 5 * DAY_S, closed_after_s: 20 * DAY_S }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fire_is_dormant_after_five_days_and_closed_after_twenty() {
        let (life, heard) = (Lifecycle::default(), Timestamp::UNIX_EPOCH);
        let at = |seconds: i64| life.state(heard, heard + SignedDuration::from_secs(seconds));
        let day_s = i64::from(DAY_S);
        assert_eq!([at(-3600), at(0), at(5 * day_s - 1)], [ClusterState::Active; 3]);
        assert_eq!([at(5 * day_s), at(20 * day_s - 1)], [ClusterState::Dormant; 2]);
        assert_eq!(at(20 * day_s), ClusterState::Closed);
        for state in [ClusterState::Active, ClusterState::Dormant] {
            let next = life.next_change(heard, state).unwrap();
            assert_ne!(life.state(heard, next), state);
            assert_eq!(life.state(heard, next - SignedDuration::from_secs(1)), state);
        }
        assert_eq!(life.next_change(heard, ClusterState::Closed), None);
    }

    #[test]
    fn spans_out_of_order_are_refused() {
        assert!(Lifecycle::new(10, 10).is_ok());
        assert!(Lifecycle::new(0, 10).is_err() && Lifecycle::new(11, 10).is_err());
        assert!(Lifecycle::new(1, CLOSED_AFTER_S_MAX + 1).is_err());
    }
}
