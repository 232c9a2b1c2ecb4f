//! ComputePool: a fixed number of threads for what computes, fed by priority.
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

use firecore::spread::StopToken;
use firecore::strategy::Priority;
use tokio::sync::oneshot;

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
    /// The pool was dropped before the task ran.
    #[error("the compute pool is closed")]
    Closed,
}

/// Threads that compute; dropping it stops them after the tasks in hand.
#[derive(Debug)]
pub struct ComputePool {
    shared: Arc<Shared>,
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
                tasks: BinaryHeap::new(),
                next_sequence: 0,
                running: 0,
                closed: false,
            }),
            wake: Condvar::new(),
        });
        let threads = (0..threads.get())
            .map(|number| {
                let shared = Arc::clone(&shared);
                thread::Builder::new().name(format!("compute-{number}")).spawn(move || shared.work())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { shared, threads })
    }

    /// Runs a task on one of the threads, the most urgent first and equals in order of arrival.
    pub async fn run<T: Send + 'static>(
        &self,
        priority: Priority,
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
        self.shared.push(priority, Arc::clone(&stop.0), work)?;
        answer.await.unwrap_or(Err(ComputeError::Closed))
    }

    /// How busy the pool is now.
    pub fn load(&self) -> ComputeLoad {
        let queue = self.shared.lock();
        ComputeLoad {
            threads: self.threads.len(),
            running: queue.running,
            queued: queue.tasks.len(),
            queued_max: self.shared.queued_max,
        }
    }
}

impl Drop for ComputePool {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.tasks.clear();
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
    tasks: BinaryHeap<Queued>,
    next_sequence: u64,
    running: usize,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, priority: Priority, stop: Arc<StopToken>, work: Work) -> Result<(), ComputeError> {
        let mut queue = self.lock();
        if queue.tasks.len() >= self.queued_max {
            // Whoever waited for these has left: they take no place from anybody.
            queue.tasks.retain(|task| !task.stop.is_stopped());
        }
        if queue.tasks.len() >= self.queued_max {
            return Err(ComputeError::Full { queued_max: self.queued_max });
        }
        let sequence = queue.next_sequence;
        queue.next_sequence += 1;
        queue.tasks.push(Queued { priority, sequence, stop, work });
        drop(queue);
        self.wake.notify_one();
        Ok(())
    }

    /// One thread's life.
    fn work(&self) {
        while let Some(task) = self.next() {
            (task.work)();
            self.lock().running -= 1;
        }
    }

    fn next(&self) -> Option<Queued> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(task) = queue.tasks.pop() {
                queue.running += 1;
                return Some(task);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Queued {
    priority: Priority,
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
