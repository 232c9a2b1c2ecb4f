//! How many members are in hand, and what is said to those for whom there is no place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::metrics::Metrics;

/// The shortest wait that is asked for: our choice.
const WAIT_MIN: Duration = Duration::from_millis(10);

/// The longest one: our choice.
const WAIT_MAX: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub(super) struct Admission {
    places: Arc<Semaphore>,
    threads: usize,
    in_hand_max: usize,
    /// What a member takes, µs: each new one counts for an eighth.
    usual_us: Arc<AtomicU64>,
    metrics: Arc<Metrics>,
}

/// A member's place; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    metrics: Arc<Metrics>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.in_hand.dec();
    }
}

impl Admission {
    pub(super) fn new(threads: usize, in_hand_max: usize, metrics: Arc<Metrics>) -> Self {
        let places = Arc::new(Semaphore::new(in_hand_max));
        Self { places, threads, in_hand_max, usual_us: Arc::default(), metrics }
    }

    /// A place at once, or when to come again.
    pub(super) fn try_enter(&self) -> Result<Place, Status> {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => Ok(self.place(permit)),
            Err(_) => Err(self.full()),
        }
    }

    /// A place as soon as there is one.
    pub(super) async fn enter(&self) -> Result<Place, Status> {
        let permit = Arc::clone(&self.places).acquire_owned().await;
        permit
            .map(|permit| self.place(permit))
            .map_err(|_| Status::unavailable("the server is being stopped"))
    }

    /// Members in hand.
    pub(super) fn in_hand(&self) -> usize {
        self.in_hand_max - self.places.available_permits()
    }

    /// A member took so long on its thread.
    pub(super) fn took(&self, time: Duration) {
        let new = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let usual = self.usual_us.load(Ordering::Relaxed);
        // Two at once may lose one of them: it is an estimate.
        self.usual_us.store(if usual == 0 { new } else { usual - usual / 8 + new / 8 }, Ordering::Relaxed);
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        self.metrics.in_hand.inc();
        Place { _permit: permit, metrics: Arc::clone(&self.metrics) }
    }

    fn full(&self) -> Status {
        // When half of those that wait will have begun.
        let usual = Duration::from_micros(self.usual_us.load(Ordering::Relaxed));
        let ahead = (self.in_hand_max / 2).max(1) as u32;
        let wait = (usual * ahead / self.threads.max(1) as u32).clamp(WAIT_MIN, WAIT_MAX);
        let details = ErrorDetails::with_retry_info(Some(wait));
        let words = format!("{} members are in hand, which is all that this server takes", self.in_hand_max);
        Status::with_error_details(Code::ResourceExhausted, words, details)
    }
}
