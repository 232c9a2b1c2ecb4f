//! ComputePool: a fixed number of threads for what computes, fed by priority.
//!
//! What belongs to the surrogate is quick and goes first, so that it does not wait behind PhysX members of any priority; but
//! where both wait it gets no more than half of the threads' time, so that neither starves.
//!
//! Async code waits for a result without holding a runtime thread. The queue has a bound: when it is full the
//! pool refuses, and the caller decides. A task that panics becomes an error and the thread lives on. Dropping
//! the future that waits stops the task: it leaves the queue unrun, or its stop token is set.

use std::any::Any;
use std::collections::BinaryHeap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use firecore::spread::StopToken;
use firecore::strategy::{Method, Priority};
use tokio::sync::{Semaphore, oneshot};

/// Why a task gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComputeError {
    /// As many tasks wait as may.
    #[error("the compute pool is full: {queued_max} tasks wait")]
    Full {
        /// The queue's bound.
        queued_max: usize,
    },
    /// The task panicked.
    #[error("the task panicked: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// As many tasks that somebody outside asked for are in hand as may be.
    #[error("the compute pool is busy: {asked_max} tasks that were asked for are in hand")]
    Busy {
        /// The bound.
        asked_max: usize,
    },
    /// The pool was dropped before the task ran.
    #[error("the compute pool is closed")]
    Closed,
}

/// How far the time of quick tasks may run ahead of that of the others while both wait, and the reverse, s: our choice, several
/// times a surrogate forecast.
const AHEAD_S_MAX: f64 = 0.25;

/// Tasks asked for from outside that may be in hand, for each thread: one that runs and one that waits. Our choice.
const ASKED_PER_THREAD: usize = 2;

/// Which task goes first: a surrogate's, then the lower priority number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Urgency {
    quick: bool,
    priority: Priority,
}

impl Urgency {
    /// Of what belongs to a run of a method.
    pub fn new(method: Method, priority: Priority) -> Self {
        Self { quick: method == Method::Surrogate, priority }
    }
}

impl From<Priority> for Urgency {
    /// Of a task that is not a surrogate's.
    fn from(priority: Priority) -> Self {
        Self::new(Method::PhysX, priority)
    }
}

/// Threads that compute; dropping it stops them after the tasks in hand.
#[derive(Debug)]
pub struct ComputePool {
    shared: Arc<Shared>,
    /// For what is asked for from outside: it never takes a place in the queue from a forecast.
    asked: Semaphore,
    asked_max: usize,
    threads: Vec<thread::JoinHandle<()>>,
}

/// How busy the pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComputeLoad {
    /// Threads in all.
    pub threads: usize,
    /// Tasks that run now.
    pub running: usize,
    /// Tasks that wait.
    pub queued: usize,
    /// The queue's bound.
    pub queued_max: usize,
}

impl ComputePool {
    /// Starts the threads; at most `queued_max` tasks wait.
    pub fn start(threads: NonZeroUsize, queued_max: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queued_max,
            queue: Mutex::new(Queue {
                quick: BinaryHeap::new(),
                steady: BinaryHeap::new(),
                quick_ahead_s: 0.0,
                next_sequence: 0,
                running: 0,
                closed: false,
            }),
            wake: Condvar::new(),
        });
        let asked_max = ASKED_PER_THREAD * threads.get();
        let threads = (0..threads.get())
            .map(|number| {
                let shared = Arc::clone(&shared);
                thread::Builder::new().name(format!("compute-{number}")).spawn(move || shared.work())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { shared, asked: Semaphore::new(asked_max), asked_max, threads })
    }

    /// Runs a task on one of the threads, the most urgent first and equals in order of arrival.
    pub async fn run<T: Send + 'static>(
        &self,
        urgency: impl Into<Urgency>,
        task: impl FnOnce(&StopToken) -> T + Send + 'static,
    ) -> Result<T, ComputeError> {
        self.queue(urgency.into(), Some(self.shared.queued_max), task).await
    }

    /// The same for what somebody outside waits for, such as an outline to be drawn: only so many at a time, and they count as none
    /// of those that may wait.
    pub async fn run_asked<T: Send + 'static>(
        &self,
        urgency: impl Into<Urgency>,
        task: impl FnOnce(&StopToken) -> T + Send + 'static,
    ) -> Result<T, ComputeError> {
        let _permit =
            self.asked.try_acquire().map_err(|_| ComputeError::Busy { asked_max: self.asked_max })?;
        self.queue(urgency.into(), None, task).await
    }

    async fn queue<T: Send + 'static>(
        &self,
        urgency: Urgency,
        queued_max: Option<usize>,
        task: impl FnOnce(&StopToken) -> T + Send + 'static,
    ) -> Result<T, ComputeError> {
        let stop = StopOnDrop(Arc::new(StopToken::default()));
        let (reply, answer) = oneshot::channel();
        let token = Arc::clone(&stop.0);
        let work = Box::new(move || {
            if token.is_stopped() {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| task(&token)))
                .map_err(|panic| ComputeError::Panicked { message: panic_message(panic.as_ref()) });
            drop(reply.send(outcome)); // a caller that has left is no error
        });
        self.shared.push(urgency, queued_max, Arc::clone(&stop.0), work)?;
        answer.await.unwrap_or(Err(ComputeError::Closed))
    }

    /// How busy the pool is now.
    pub fn load(&self) -> ComputeLoad {
        let queue = self.shared.lock();
        ComputeLoad {
            threads: self.threads.len(),
            running: queue.running,
            queued: queue.len(),
            queued_max: self.shared.queued_max,
        }
    }
}

impl Drop for ComputePool {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.quick.clear();
        queue.steady.clear();
        drop(queue);
        self.shared.wake.notify_all();
    }
}

/// What a panic said, where it said it in words.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

struct StopOnDrop(Arc<StopToken>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

type Work = Box<dyn FnOnce() + Send>;

#[derive(Debug)]
struct Shared {
    queued_max: usize,
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Debug)]
struct Queue {
    /// What belongs to the surrogate.
    quick: BinaryHeap<Queued>,
    /// Everything else.
    steady: BinaryHeap<Queued>,
    /// Threads' time of quick tasks less that of the others, while both waited, s.
    quick_ahead_s: f64,
    next_sequence: u64,
    running: usize,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Without a bound the task counts as none of those that wait.
    fn push(
        &self,
        urgency: Urgency,
        queued_max: Option<usize>,
        stop: Arc<StopToken>,
        work: Work,
    ) -> Result<(), ComputeError> {
        let mut queue = self.lock();
        if let Some(queued_max) = queued_max {
            if queue.counted() >= queued_max {
                // Whoever waited for these has left: they take no place from anybody.
                queue.quick.retain(|task| !task.stop.is_stopped());
                queue.steady.retain(|task| !task.stop.is_stopped());
            }
            if queue.counted() >= queued_max {
                return Err(ComputeError::Full { queued_max });
            }
        }
        let sequence = queue.next_sequence;
        queue.next_sequence += 1;
        let task = Queued { priority: urgency.priority, counted: queued_max.is_some(), sequence, stop, work };
        if urgency.quick {
            queue.quick.push(task)
        } else {
            queue.steady.push(task)
        }
        drop(queue);
        self.wake.notify_one();
        Ok(())
    }

    /// One thread's life.
    fn work(&self) {
        while let Some((task, contended)) = self.next() {
            let began = Instant::now();
            (task.work)();
            self.lock().ended(contended, began.elapsed().as_secs_f64());
        }
    }

    fn next(&self) -> Option<(Queued, Option<Lane>)> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(next) = queue.take() {
                queue.running += 1;
                return Some(next);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Which kind a task was of that was taken while both waited.
#[derive(Clone, Copy, Debug)]
enum Lane {
    Quick,
    Steady,
}

impl Queue {
    fn len(&self) -> usize {
        self.quick.len() + self.steady.len()
    }

    /// Tasks that wait, less those that were asked for from outside, which are few.
    fn counted(&self) -> usize {
        self.quick.iter().chain(&self.steady).filter(|task| task.counted).count()
    }

    /// The next task, and its kind where both waited.
    fn take(&mut self) -> Option<(Queued, Option<Lane>)> {
        match (self.quick.is_empty(), self.steady.is_empty()) {
            (true, _) => self.steady.pop().map(|task| (task, None)),
            (_, true) => self.quick.pop().map(|task| (task, None)),
            _ if self.quick_ahead_s < AHEAD_S_MAX => self.quick.pop().map(|task| (task, Some(Lane::Quick))),
            _ => self.steady.pop().map(|task| (task, Some(Lane::Steady))),
        }
    }

    fn ended(&mut self, contended: Option<Lane>, took_s: f64) {
        self.running -= 1;
        let ahead_s = match contended {
            Some(Lane::Quick) => self.quick_ahead_s + took_s,
            Some(Lane::Steady) => self.quick_ahead_s - took_s,
            None => return,
        };
        self.quick_ahead_s = ahead_s.clamp(-AHEAD_S_MAX, AHEAD_S_MAX);
    }
}

struct Queued {
    priority: Priority,
    counted: bool,
    sequence: u64,
    stop: Arc<StopToken>,
    work: Work,
}

impl std::fmt::Debug for Queued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Queued({:?}, {})", self.priority, self.sequence)
    }
}

impl Ord for Queued {
    /// The heap gives the greatest: the lowest priority number, then the earliest arrival.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.priority, other.sequence).cmp(&(self.priority, self.sequence))
    }
}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Queued {}

#[cfg(test)]
mod tests;
