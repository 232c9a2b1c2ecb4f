//! Permits for forecast runs at a time, handed out by priority, equals in order of asking.
//!
//! At most one run per fire asks, so the line of those that wait is bounded by the number of fires. A permit is
//! given back when it is dropped; a caller that leaves the line is skipped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firecore::strategy::Priority;
use tokio::sync::oneshot;

/// How many runs may be under way, and who waits.
#[derive(Clone, Debug)]
pub(super) struct Capacity(Arc<Mutex<Line>>);

/// The right to run one forecast; dropping it lets the next one start.
#[derive(Debug)]
pub(super) struct RunPermit(Capacity);

#[derive(Debug)]
struct Line {
    free: usize,
    next_sequence: u64,
    waiting: BTreeMap<(Priority, u64), oneshot::Sender<RunPermit>>,
}

impl Capacity {
    /// Room for so many runs at a time, at least one.
    pub(super) fn new(runs_max: usize) -> Self {
        Self(Arc::new(Mutex::new(Line { free: runs_max.max(1), next_sequence: 0, waiting: BTreeMap::new() })))
    }

    /// Waits for a permit; dropping the future leaves the line.
    pub(super) async fn acquire(&self, priority: Priority) -> RunPermit {
        let granted = {
            let mut line = self.lock();
            let (grant, granted) = oneshot::channel();
            let sequence = line.next_sequence;
            line.next_sequence += 1;
            line.waiting.insert((priority, sequence), grant);
            granted
        };
        self.hand_out();
        granted.await.expect("a line lives as long as its capacity, which this future holds")
    }

    /// Number of runs that wait.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.values().filter(|grant| !grant.is_closed()).count()
    }

    fn hand_out(&self) {
        loop {
            let grant = {
                let mut line = self.lock();
                if line.free == 0 {
                    return;
                }
                let Some((_, grant)) = line.waiting.pop_first() else { return };
                if grant.is_closed() {
                    continue;
                }
                line.free -= 1;
                grant
            };
            // Outside the lock: where the caller left just now the permit drops here, and its drop locks the line.
            drop(grant.send(RunPermit(self.clone())));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RunPermit {
    fn drop(&mut self) {
        self.0.lock().free += 1;
        self.0.hand_out();
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_most_urgent_run_goes_first_and_one_that_left_is_skipped() {
        let capacity = Capacity::new(1);
        let Poll::Ready(held) = poll(pin!(capacity.acquire(Priority::new(5)))) else { panic!("one is free") };
        let mut low = pin!(capacity.acquire(Priority::new(9)));
        let mut high = pin!(capacity.acquire(Priority::new(2)));
        assert!(poll(low.as_mut()).is_pending());
        {
            let leaver = pin!(capacity.acquire(Priority::new(1)));
            assert!(poll(leaver).is_pending());
        }
        assert!(poll(high.as_mut()).is_pending());
        assert_eq!(capacity.waiting(), 2);
        drop(held);
        assert!(poll(low.as_mut()).is_pending());
        let Poll::Ready(held) = poll(high.as_mut()) else { panic!("the urgent one is next") };
        drop(held);
        assert!(poll(low.as_mut()).is_ready());
    }
}
