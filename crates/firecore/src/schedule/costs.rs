//! What runs cost, and who had how much lately: processor time.

use std::collections::HashMap;

use crate::detection::ClusterId;
use crate::strategy::Method;

/// Weight of the newest run in the mean: our choice, so that some ten runs decide it.
const NEWEST_WEIGHT: f64 = 0.2;

/// Cost of one member before any run has finished, CPU-seconds: a forecast of 10 PhysX members is taken for 2 s, one of 5
/// surrogate members for 20 ms. Measured are 0.14 s on the built-in world and down to 1 ms.
const START_S: [f64; 2] = [0.2, 0.004];

/// After so many seconds processor time counts half: our choice, some rounds of re-forecasts.
const USAGE_HALF_LIFE_S: f64 = 600.0;

/// Processor time below this is forgotten, s.
const USAGE_S_MIN: f64 = 1e-4;

/// Mean cost of a member by method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Costs([f64; 2]);

impl Default for Costs {
    fn default() -> Self {
        Self(START_S)
    }
}

impl Costs {
    /// What a run is likely to cost, CPU-seconds.
    pub(super) fn of(&self, method: Method, members: u32) -> f64 {
        self.0[method.slot()] * f64::from(members.max(1))
    }

    /// Takes note of a run that finished.
    pub(super) fn took(&mut self, method: Method, members: u32, cpu_s: f64) {
        let mean_s = &mut self.0[method.slot()];
        *mean_s += NEWEST_WEIGHT * (cpu_s / f64::from(members.max(1)) - *mean_s);
    }
}

/// Processor time of each fire, fading.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage(HashMap<ClusterId, Used>);

#[derive(Clone, Copy, Debug)]
struct Used {
    cpu_s: f64,
    at_s: f64,
}

impl Used {
    fn faded_s(self, now_s: f64) -> f64 {
        self.cpu_s * 0.5_f64.powf((now_s - self.at_s) / USAGE_HALF_LIFE_S)
    }
}

impl Usage {
    /// What a fire had lately, s.
    pub(super) fn of(&self, fire: ClusterId, now_s: f64) -> f64 {
        self.0.get(&fire).map_or(0.0, |used| used.faded_s(now_s))
    }

    pub(super) fn add(&mut self, fire: ClusterId, cpu_s: f64, now_s: f64) {
        let cpu_s = self.of(fire, now_s) + cpu_s;
        self.0.insert(fire, Used { cpu_s, at_s: now_s });
    }

    /// Forgets who had next to nothing lately.
    pub(super) fn prune(&mut self, now_s: f64) {
        self.0.retain(|_, used| used.faded_s(now_s) > USAGE_S_MIN);
    }
}
