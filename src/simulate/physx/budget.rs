//! How many further tries there may be: a share of the members, so that a fleet in trouble is not asked twice for everything. A plain value.

/// Further tries for each member that begins. Source: the budget that the service promises, 10 %.
const TRIES_PER_MEMBER: f64 = 0.1;

/// Tries that are there at the start: our choice, what one small server may have in hand when it dies.
const TRIES_AT_START: f64 = 10.0;

/// Tries that are saved at most: our choice, those of 1,000 members.
const TRIES_MAX: f64 = 100.0;

#[derive(Debug)]
pub(super) struct Budget {
    tries: f64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { tries: TRIES_AT_START }
    }

    /// A member begins.
    pub(super) fn earn(&mut self) {
        self.tries = (self.tries + TRIES_PER_MEMBER).min(TRIES_MAX);
    }

    /// Takes a try where one is left.
    pub(super) fn take(&mut self) -> bool {
        let left = self.tries >= 1.0;
        if left {
            self.tries -= 1.0;
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_members_may_be_tried_again() {
        let mut budget = Budget::new();
        let mut tries = 0;
        for _ in 0..10_000 {
            budget.earn();
            tries += u32::from(budget.take());
        }
        assert!((1_000..=1_011).contains(&tries), "{tries}");
    }

    #[test]
    fn what_is_saved_is_bounded() {
        let mut budget = Budget::new();
        (0..1_000_000).for_each(|_| budget.earn());
        assert_eq!((0..1_000).filter(|_| budget.take()).count(), 100);
    }
}
