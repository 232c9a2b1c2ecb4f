//! Pace: how long forecasts took lately, from plan to result, so that an estimate rests on measurements.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use firecore::strategy::Method;

/// Measurements kept for each method: enough for a steady quantile, few enough to follow a change of load.
const KEPT_MAX: usize = 64;

/// Share of forecasts that take at most as long as the estimate.
const QUANTILE: f64 = 0.9;

/// The newest durations, s, of each method.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<[VecDeque<f64>; 2]>);

impl Pace {
    /// Takes note of a finished forecast.
    pub(super) fn took(&self, method: Method, seconds: f64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let durations = &mut kept[slot(method)];
        if durations.len() == KEPT_MAX {
            durations.pop_front();
        }
        durations.push_back(seconds);
    }

    /// Nine of ten forecasts of a method lately took at most so long, s; `None` before the first.
    pub(super) fn estimate_s(&self, method: Method) -> Option<f64> {
        let mut sorted: Vec<f64> =
            self.0.lock().unwrap_or_else(PoisonError::into_inner)[slot(method)].iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() as f64 * QUANTILE).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied()
    }
}

fn slot(method: Method) -> usize {
    match method {
        Method::PhysX => 0,
        Method::Surrogate => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_the_ninth_of_ten_of_the_newest() {
        let pace = Pace::default();
        assert_eq!(pace.estimate_s(Method::PhysX), None);
        for second in (1..=10).rev() {
            pace.took(Method::PhysX, f64::from(second));
        }
        assert_eq!(pace.estimate_s(Method::PhysX), Some(9.0));
        assert_eq!(pace.estimate_s(Method::Surrogate), None);
        for _ in 0..KEPT_MAX {
            pace.took(Method::PhysX, 2.0);
        }
        assert_eq!(pace.estimate_s(Method::PhysX), Some(2.0));
    }
}
