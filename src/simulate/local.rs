//! In this process: `firecore` on the ComputePool.
//!
//! What members have in common is made once and kept here: tables as long as their landscape and weather are in use by
//! anybody, memory for as many members as ran at the same time.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use firecore::landscape::Landscape;
use firecore::spread::front::Workspace;
use firecore::spread::{ArrivalTimes, Scene, StopToken, Stopped, Tables, spread_in};
use firecore::strategy::Method;
use firecore::surrogate;
use firecore::weather::WeatherSeries;

use crate::compute::{ComputeError, ComputePool, Urgency};
use crate::simulate::{
    MemberRequest, Origin, Scenario, SimulateError, SimulateFuture, Simulated, Simulator, lock,
};

/// Memory of a member whose fire needed a window of more cells is given back: at 48 bytes a cell what stays is below 50 MB a
/// thread.
const WINDOW_CELLS_MAX: usize = 1 << 20;

/// Computes members on this machine's cores.
#[derive(Debug)]
pub struct LocalSimulator {
    pool: Arc<ComputePool>,
    kept: Arc<Kept>,
    origin: Arc<Origin>,
}

impl LocalSimulator {
    /// A simulator on the threads of a pool.
    pub fn new(pool: Arc<ComputePool>) -> Self {
        let simulator = format!("guira {} in this process", env!("CARGO_PKG_VERSION"));
        Self { pool, kept: Arc::default(), origin: Arc::new(Origin { simulator, instead: None }) }
    }
}

impl LocalSimulator {
    /// Runs one member, and says how long a thread took for it.
    pub(super) async fn compute(
        &self,
        request: MemberRequest,
    ) -> Result<(ArrivalTimes, Duration), SimulateError> {
        let kept = Arc::clone(&self.kept);
        let urgency = Urgency::new(request.scenario.method, request.scenario.priority);
        let outcome = self.pool.run(urgency, move |stop| {
            let began = Instant::now();
            simulate(&kept, &request, stop).map(|arrival| (arrival, began.elapsed()))
        });
        match outcome.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(Stopped)) => Err(SimulateError::Stopped),
            Err(ComputeError::Full { queued_max: waiting } | ComputeError::Busy { asked_max: waiting }) => {
                Err(SimulateError::Busy { waiting })
            }
            Err(ComputeError::Panicked { message }) => Err(SimulateError::Panicked { message }),
            Err(ComputeError::Closed) => Err(SimulateError::Closed),
        }
    }
}

impl Simulator for LocalSimulator {
    fn run(&self, request: MemberRequest) -> SimulateFuture<'_> {
        Box::pin(async move {
            let (arrival, took) = self.compute(request).await?;
            Ok(Simulated { arrival, origin: Arc::clone(&self.origin), took })
        })
    }

    fn width(&self, _method: Method) -> usize {
        self.pool.load().threads
    }
}

/// One member on one of the pool's threads.
fn simulate(kept: &Kept, request: &MemberRequest, stop: &StopToken) -> Result<ArrivalTimes, Stopped> {
    let MemberRequest { scenario, member } = request;
    let Scenario { seed, physics, landscape, weather, horizon_s, .. } = &**scenario;
    let draws = &member.perturbation;
    if scenario.method == Method::Surrogate {
        return surrogate::spread(seed, draws, physics, landscape, weather, *horizon_s, stop);
    }
    let tables = kept.tables_of(landscape, weather);
    let scene = Scene { landscape, weather, tables: &tables };
    let mut workspace = lock(&kept.workspaces).pop().unwrap_or_default();
    let outcome = spread_in(&mut workspace, scene, seed, draws, physics, *horizon_s, stop);
    if outcome.as_ref().is_ok_and(|arrival| arrival.arrival_s.shape.len() <= WINDOW_CELLS_MAX) {
        lock(&kept.workspaces).push(workspace);
    }
    outcome
}

/// What one member leaves to the next.
#[derive(Debug, Default)]
struct Kept {
    workspaces: Mutex<Vec<Workspace>>,
    tables: Mutex<Vec<Known>>,
}

/// Tables and what they are of.
#[derive(Debug)]
struct Known {
    landscape: Weak<Landscape>,
    weather: Weak<WeatherSeries>,
    tables: Arc<Tables>,
}

impl Kept {
    /// The tables of a landscape and weather, made where nobody has yet.
    fn tables_of(&self, landscape: &Arc<Landscape>, weather: &Arc<WeatherSeries>) -> Arc<Tables> {
        let mut known = lock(&self.tables);
        // An address is no other's as long as it is held here, even after its value has gone.
        known.retain(|one| one.landscape.strong_count() > 0 && one.weather.strong_count() > 0);
        let is_of = |one: &&Known| {
            one.landscape.as_ptr() == Arc::as_ptr(landscape) && one.weather.as_ptr() == Arc::as_ptr(weather)
        };
        if let Some(found) = known.iter().find(is_of) {
            return Arc::clone(&found.tables);
        }
        let tables = Arc::new(Tables::of(landscape, weather));
        known.push(Known {
            landscape: Arc::downgrade(landscape),
            weather: Arc::downgrade(weather),
            tables: Arc::clone(&tables),
        });
        tables
    }
}

#[cfg(test)]
mod tests {
    use firecore::geo::Bounds;
    use jiff::Timestamp;

    use super::*;
    use crate::inputs::{ConfiguredInputs, InputSet, InputSettings};

    fn world() -> InputSet {
        let area = Bounds { west_deg: -119.51, south_deg: 34.5, east_deg: -119.5, north_deg: 34.51 };
        let inputs = ConfiguredInputs::new(InputSettings::default());
        inputs.fetch_blocking(&area, Timestamp::UNIX_EPOCH, 3600).unwrap()
    }

    #[test]
    fn tables_are_made_once_and_go_with_their_landscape() {
        let (kept, first, second) = (Kept::default(), world(), world());
        let tables = kept.tables_of(&first.landscape, &first.weather);
        assert!(Arc::ptr_eq(&tables, &kept.tables_of(&first.landscape, &first.weather)));
        assert!(!Arc::ptr_eq(&tables, &kept.tables_of(&second.landscape, &second.weather)));
        assert!(!Arc::ptr_eq(&tables, &kept.tables_of(&first.landscape, &second.weather)));
        assert_eq!(lock(&kept.tables).len(), 3);
        drop(first);
        kept.tables_of(&second.landscape, &second.weather);
        assert_eq!(lock(&kept.tables).len(), 1);
    }
}
