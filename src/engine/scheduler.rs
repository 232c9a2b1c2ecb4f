//! Scheduler: where forecast runs stand in line, and who gets the next token. The shell of [`firecore::schedule`].
//!
//! A handle that is cheap to clone, around the locked state: a step is short and waits for nothing. Whoever waits in line
//! also keeps the time: it wakes once a window. At most one run per fire is in line, so the line is bounded by the fires.
//! Dropping the future that waits leaves the line; dropping the permit gives the token back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use firecore::detection::ClusterId;
use firecore::forecast::ForecastPlan;
use firecore::schedule::{
    Capacity, Command, Degradation, Dropped, Hold, Input, Report, Request, Schedule, ScheduleSettings,
    Ticket, WINDOW_S,
};
use firecore::strategy::Method;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use crate::settings::EngineSettings;

/// The run queue.
#[derive(Clone, Debug)]
pub(super) struct Scheduler(Arc<Mutex<Desk>>);

/// What a run is wanted for, beside its plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occasion {
    /// The fire has no forecast yet.
    pub(super) first: bool,
    /// Since when a detection is in no forecast.
    pub(super) uncovered_since: Instant,
    /// The fire has outgrown its last forecast.
    pub(super) grew: bool,
    /// A surrogate forecast of the same is there already.
    pub(super) after_surrogate: bool,
}

impl Occasion {
    /// Of a run that nobody has seen a forecast before.
    pub(super) fn first() -> Self {
        Self { first: true, uncovered_since: Instant::now(), grew: true, after_surrogate: false }
    }
}

/// The right to run one forecast, and as what.
#[derive(Debug)]
pub(super) struct RunGrant {
    pub(super) permit: RunPermit,
    pub(super) method: Method,
    pub(super) members: u32,
    /// What was changed, where anything was.
    pub(super) degradation: Option<Degradation>,
    /// Comes when the run is not wanted any more.
    pub(super) withdrawn: oneshot::Receiver<()>,
}

/// A token; dropping it lets the next run start.
#[derive(Debug)]
pub(super) struct RunPermit {
    scheduler: Scheduler,
    ticket: Ticket,
    completed: bool,
}

/// What the threads were spent on: each run's share of their time while it held its token, s.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Runs that gave a forecast.
    pub completed_s: f64,
    /// Runs that were cut short or failed.
    pub wasted_s: f64,
}

#[derive(Debug)]
struct Desk {
    schedule: Schedule,
    began: Instant,
    /// When it stepped last, s after it began.
    stepped_s: f64,
    next_ticket: u64,
    waiting: HashMap<Ticket, Place>,
    running: HashMap<Ticket, Running>,
    shared: Shared,
    spent: Spent,
}

#[derive(Debug)]
struct Place {
    outcome: oneshot::Sender<Result<RunGrant, Dropped>>,
    held: watch::Sender<Option<Hold>>,
}

#[derive(Debug)]
struct Running {
    withdraw: Option<oneshot::Sender<()>>,
    /// The shared time when it began.
    from_s: f64,
}

/// Time that passes for each run under way when all share the threads alike.
#[derive(Debug)]
struct Shared {
    threads: f64,
    at: Instant,
    time_s: f64,
}

impl Scheduler {
    /// Nothing waits; `threads` compute what runs.
    pub(super) fn new(settings: &EngineSettings, threads: usize) -> Self {
        let count = |number: usize| u32::try_from(number.max(1)).unwrap_or(u32::MAX);
        let capacity = Capacity {
            physx: count(settings.runs_max),
            surrogate: count(settings.surrogate_runs_max),
            cores: count(threads),
        };
        let began = Instant::now();
        Self(Arc::new(Mutex::new(Desk {
            schedule: Schedule::new(ScheduleSettings { capacity, brown_out: settings.brown_out }),
            began,
            stepped_s: 0.0,
            next_ticket: 0,
            waiting: HashMap::new(),
            running: HashMap::new(),
            shared: Shared { threads: f64::from(capacity.cores), at: began, time_s: 0.0 },
            spent: Spent::default(),
        })))
    }

    /// Waits for a plan's turn; `on_hold` hears why it does not come for now. Dropping the future leaves the line.
    pub(super) async fn acquire(
        &self,
        plan: &ForecastPlan,
        occasion: Occasion,
        on_hold: impl Fn(Hold),
    ) -> Result<RunGrant, Dropped> {
        let (outcome, mut answer) = oneshot::channel();
        let (held, mut hold) = watch::channel(None);
        let ticket = self.stand_in_line(plan, occasion, Place { outcome, held });
        let _leaver = Leaver { scheduler: self, ticket };
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => {
                    return answer.expect("a place stays in line as long as this future, which leaves it");
                }
                Ok(()) = hold.changed() => hold.borrow_and_update().into_iter().for_each(&on_hold),
                () = tokio::time::sleep(Duration::from_secs_f64(WINDOW_S)) => self.tick(),
            }
        }
    }

    /// Takes a fire's run out of the line, and stops the one under way.
    pub(super) fn withdraw(&self, fire: ClusterId) {
        self.step(Input::Withdraw { fire });
    }

    /// How the queue stands.
    pub(super) fn report(&self) -> (Report, Spent) {
        self.step(Input::Tick);
        let desk = self.lock();
        (desk.schedule.report(), desk.spent)
    }

    fn stand_in_line(&self, plan: &ForecastPlan, occasion: Occasion, place: Place) -> Ticket {
        let mut desk = self.lock();
        desk.next_ticket += 1;
        let ticket = Ticket(desk.next_ticket);
        let uncovered_for = occasion.uncovered_since.elapsed().as_secs_f64();
        let request = Request {
            ticket,
            fire: plan.cluster_id,
            method: plan.method,
            members: plan.members,
            priority: plan.priority,
            first: occasion.first,
            // Before the scheduler began where the fire is older.
            uncovered_since_s: desk.now_s() - uncovered_for,
            grew: occasion.grew,
            after_surrogate: occasion.after_surrogate,
        };
        desk.waiting.insert(ticket, place);
        drop(desk);
        self.step(Input::Request(request));
        ticket
    }

    /// Lets time pass, unless somebody has done so in this window: there may be thousands that wait.
    fn tick(&self) {
        let is_due = {
            let desk = self.lock();
            desk.now_s() - desk.stepped_s >= WINDOW_S
        };
        if is_due {
            self.step(Input::Tick);
        }
    }

    fn step(&self, input: Input) {
        let due = self.lock().step(self, input);
        // Outside the lock: where the caller left just now the permit drops here, and its drop locks the desk.
        due.into_iter().for_each(Due::deliver);
    }

    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What somebody who waits or runs is told.
enum Due {
    Outcome(Place, Result<RunGrant, Dropped>),
    Withdrawn(oneshot::Sender<()>),
}

impl Due {
    fn deliver(self) {
        match self {
            // A caller that has left is no error.
            Self::Outcome(place, outcome) => drop(place.outcome.send(outcome)),
            Self::Withdrawn(running) => drop(running.send(())),
        }
    }
}

impl Desk {
    fn now_s(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn step(&mut self, scheduler: &Scheduler, input: Input) -> Vec<Due> {
        let now_s = self.now_s();
        self.stepped_s = now_s;
        self.shared.pass(self.running.len());
        let commands = self.schedule.step(input, now_s);
        commands.into_iter().filter_map(|command| self.perform(scheduler, command)).collect()
    }

    fn perform(&mut self, scheduler: &Scheduler, command: Command) -> Option<Due> {
        match command {
            Command::Grant(grant) => {
                let (withdraw, withdrawn) = oneshot::channel();
                let running = Running { withdraw: Some(withdraw), from_s: self.shared.time_s };
                self.running.insert(grant.ticket, running);
                let permit =
                    RunPermit { scheduler: scheduler.clone(), ticket: grant.ticket, completed: false };
                let place = self.waiting.remove(&grant.ticket);
                let (method, members, degradation) = (grant.method, grant.members, grant.degradation);
                let granted = RunGrant { permit, method, members, degradation, withdrawn };
                Some(Due::Outcome(place.expect("BUG: a run that is granted is in line"), Ok(granted)))
            }
            Command::Dropped { ticket, why } => {
                self.waiting.remove(&ticket).map(|place| Due::Outcome(place, Err(why)))
            }
            Command::Held { ticket, hold } => {
                if let Some(place) = self.waiting.get(&ticket) {
                    place.held.send_replace(Some(hold));
                }
                None
            }
            Command::Cancel { ticket } => {
                self.running.get_mut(&ticket).and_then(|run| run.withdraw.take()).map(Due::Withdrawn)
            }
        }
    }

    /// What a run that ends now took of the threads, s.
    fn book(&mut self, ticket: Ticket, completed: bool) -> f64 {
        self.shared.pass(self.running.len());
        let run = self.running.remove(&ticket);
        let cpu_s = run.map_or(0.0, |run| self.shared.time_s - run.from_s);
        let spent = if completed { &mut self.spent.completed_s } else { &mut self.spent.wasted_s };
        *spent += cpu_s;
        cpu_s
    }
}

impl Shared {
    fn pass(&mut self, running: usize) {
        let now = Instant::now();
        let passed_s = now.duration_since(self.at).as_secs_f64();
        self.at = now;
        self.time_s += passed_s * self.threads / running.max(1) as f64;
    }
}

impl RunPermit {
    /// The run gave its forecast: what it took says what such runs cost.
    pub(super) fn complete(mut self) {
        self.completed = true;
    }
}

impl Drop for RunPermit {
    fn drop(&mut self) {
        let (ticket, completed) = (self.ticket, self.completed);
        let cpu_s = self.scheduler.lock().book(ticket, completed);
        self.scheduler.step(Input::Finished { ticket, cpu_s, completed });
    }
}

/// Leaves the line when the future that waits is dropped.
struct Leaver<'a> {
    scheduler: &'a Scheduler,
    ticket: Ticket,
}

impl Drop for Leaver<'_> {
    fn drop(&mut self) {
        let waited = self.scheduler.lock().waiting.remove(&self.ticket).is_some();
        if waited {
            self.scheduler.step(Input::Left { ticket: self.ticket });
        }
    }
}

#[cfg(test)]
mod tests;
