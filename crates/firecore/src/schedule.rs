//! The forecast run queue as a value: who runs next, what is left out under overload, and why.
//!
//! A [`Schedule`] is owned by one caller, who turns what happens into an [`Input`], calls [`Schedule::step`] with the
//! seconds of a clock that never goes back, and performs the [`Command`]s. Nothing here runs a forecast or waits.
//!
//! **Order.** At most one run per fire is in line, the newest. By [`Class`]; then by the time at which the fire's forecast
//! would be stale, in steps of [`DEADLINE_STEP_S`]; then by the processor time that the fire had lately. A low run past
//! its deadline stands among the moderate ones, so nothing waits for ever; [`RESERVE_SHARE`] of each simulator is kept
//! for fires that are not critical, and only inside that share does one of them go before a critical one.
//!
//! ```
//! use firecore::detection::ClusterId;
//! use firecore::schedule::{Capacity, Command, Input, Request, Schedule, ScheduleSettings, Ticket};
//! use firecore::strategy::{Method, Priority};
//! let capacity = Capacity { physx: 1, surrogate: 1, cores: 2 };
//! let mut schedule = Schedule::new(ScheduleSettings { capacity, brown_out: true });
//! let request = |ticket, level| Request {
//!     ticket: Ticket(ticket),
//!     fire: ClusterId(uuid::Uuid::from_u128(ticket.into())),
//!     method: Method::PhysX,
//!     members: 10,
//!     priority: Priority::new(level),
//!     first: false,
//!     uncovered_since_s: 0.0,
//!     grew: true,
//!     after_surrogate: false,
//! };
//! let commands = schedule.step(Input::Request(request(1, 7)), 0.0);
//! assert!(matches!(&commands[..], [Command::Grant(grant)] if grant.ticket == Ticket(1)));
//! for (ticket, level) in [(2, 7), (3, 4), (4, 1)] {
//!     assert!(schedule.step(Input::Request(request(ticket, level)), 1.0).is_empty());
//! }
//! let commands = schedule.step(Input::Finished { ticket: Ticket(1), cpu_s: 2.0, completed: true }, 2.0);
//! assert!(matches!(&commands[..], [Command::Grant(grant)] if grant.ticket == Ticket(4)));
//! ```

use std::collections::BTreeMap;

use crate::detection::ClusterId;
use crate::strategy::Method;
use brown_out::{Treatment, Verdict, verdict};
use costs::{Costs, Usage};
use ladder::Ladder;
use order::{Queued, Reserve};

mod brown_out;
mod contract;
mod costs;
mod ladder;
mod order;
#[cfg(test)]
mod tests;

pub use brown_out::{Degradation, Hold};
pub use contract::{
    Capacity, Class, Command, Dropped, Grant, Input, Level, Report, Request, ScheduleSettings, Ticket,
};
pub use ladder::{BACK_AFTER_S, OVERLOAD_S, WINDOW_S};
pub use order::{DEADLINE_STEP_S, RESERVE_SHARE};

/// Which runs wait and which are under way.
#[derive(Clone, Debug)]
pub struct Schedule {
    settings: ScheduleSettings,
    /// The latest time that a caller said, s.
    now_s: f64,
    queue: BTreeMap<ClusterId, Queued>,
    running: BTreeMap<Ticket, Running>,
    reserves: [Reserve; 2],
    ladder: Ladder,
    costs: Costs,
    usage: Usage,
    /// Some run may be marked as held.
    holds: bool,
    /// Level at which it was looked last which runs are held.
    looked_at: Level,
}

/// A run that holds a token.
#[derive(Clone, Debug)]
struct Running {
    fire: ClusterId,
    method: Method,
    members: u32,
    critical: bool,
    /// What it was thought to cost, CPU-seconds.
    cost_s: f64,
    /// Both a critical run and another one wanted its token.
    contended: bool,
}

impl Schedule {
    /// Nothing waits, nothing runs; the caller's clock starts at 0 or later.
    pub fn new(settings: ScheduleSettings) -> Self {
        Self {
            settings,
            now_s: 0.0,
            queue: BTreeMap::new(),
            running: BTreeMap::new(),
            reserves: [Reserve::default(); 2],
            ladder: Ladder::default(),
            costs: Costs::default(),
            usage: Usage::default(),
            holds: false,
            looked_at: Level::default(),
        }
    }

    /// Takes in what happened and gives what must be done, in that order.
    ///
    /// `now_s` are seconds of a clock that never goes back; a smaller value than one before counts as that one.
    pub fn step(&mut self, input: Input, now_s: f64) -> Vec<Command> {
        self.now_s = self.now_s.max(now_s);
        let mut commands = Vec::new();
        let passed = self.pass_windows();
        let mut fresh = None;
        match input {
            Input::Request(request) => {
                fresh = Some(request.fire);
                self.take_in(request, &mut commands);
            }
            Input::Left { ticket } => self.left(ticket),
            Input::Withdraw { fire } => self.withdraw(fire, &mut commands),
            Input::Finished { ticket, cpu_s, completed } => self.finished(ticket, cpu_s, completed),
            Input::Tick => {}
        }
        self.hand_out(&mut commands);
        self.hold(passed, fresh, &mut commands);
        commands
    }

    /// How it stands at the last step.
    pub fn report(&self) -> Report {
        let waiting = Class::ALL.map(|class| self.queue.values().filter(|one| one.class == class).count());
        let running =
            Method::ALL.map(|method| self.running.values().filter(|one| one.method == method).count());
        Report {
            level: self.level(),
            waiting,
            held: self.queue.values().filter(|one| one.told.is_some()).count(),
            oldest_wait_s: self
                .queue
                .values()
                .map(|one| self.now_s - one.in_line_since_s)
                .fold(0.0, f64::max),
            queued_s: self.queued_s(self.level()),
            running,
        }
    }

    /// How far down the brown-out ladder it is.
    pub fn level(&self) -> Level {
        self.ladder.level()
    }

    fn take_in(&mut self, request: Request, commands: &mut Vec<Command>) {
        let mut queued = Queued::new(request, self.now_s);
        self.came(&queued, 1.0);
        if let Some(before) = self.queue.remove(&queued.request.fire) {
            self.came(&before, -1.0);
            commands.push(Command::Dropped { ticket: before.request.ticket, why: Dropped::Replaced });
            queued.succeed(&before);
        }
        self.queue.insert(queued.request.fire, queued);
    }

    fn left(&mut self, ticket: Ticket) {
        let found = self.queue.values().find(|one| one.request.ticket == ticket);
        if let Some(fire) = found.map(|one| one.request.fire) {
            self.forget(fire);
        }
    }

    fn withdraw(&mut self, fire: ClusterId, commands: &mut Vec<Command>) {
        if let Some(queued) = self.forget(fire) {
            commands.push(Command::Dropped { ticket: queued.request.ticket, why: Dropped::Withdrawn });
        }
        let running = self.running.iter().filter(|(_, one)| one.fire == fire);
        commands.extend(running.map(|(ticket, _)| Command::Cancel { ticket: *ticket }));
    }

    fn forget(&mut self, fire: ClusterId) -> Option<Queued> {
        let queued = self.queue.remove(&fire)?;
        self.came(&queued, -1.0);
        Some(queued)
    }

    fn finished(&mut self, ticket: Ticket, cpu_s: f64, completed: bool) {
        let Some(run) = self.running.remove(&ticket) else { return };
        let cpu_s = if cpu_s.is_finite() { cpu_s.max(0.0) } else { run.cost_s };
        self.usage.add(run.fire, cpu_s, self.now_s);
        if run.contended {
            self.reserves[run.method.slot()].granted(run.critical, cpu_s - run.cost_s);
        }
        if completed {
            self.costs.took(run.method, run.members, cpu_s);
        }
    }

    /// Grants tokens as long as there are any that somebody may have.
    fn hand_out(&mut self, commands: &mut Vec<Command>) {
        for method in Method::ALL {
            let held = self.running.values().filter(|one| one.method == method).count();
            let free = (self.settings.capacity.of(method) as usize).saturating_sub(held);
            for _ in 0..free {
                let Some(pick) = self.pick(method) else { break };
                commands.push(Command::Grant(self.grant(pick)));
            }
        }
    }

    /// Whose turn it is for a token of a simulator.
    fn pick(&self, method: Method) -> Option<Pick> {
        let (mut critical, mut other): (Option<Candidate<'_>>, Option<Candidate<'_>>) = (None, None);
        for queued in self.queue.values() {
            let Verdict::Run(treatment) = self.verdict(queued, self.level()) else { continue };
            if treatment.method != method {
                continue;
            }
            let best = if queued.class == Class::Critical { &mut critical } else { &mut other };
            let used_s = self.usage.of(queued.request.fire, self.now_s);
            let candidate = Candidate { queued, treatment, used_s };
            let first = best
                .as_ref()
                .is_none_or(|best| queued.order(used_s, self.now_s, best.queued, best.used_s).is_lt());
            if first {
                *best = Some(candidate);
            }
        }
        let contended = critical.is_some() && other.is_some();
        let cost_s = |one: &Candidate<'_>| self.costs.of(one.treatment.method, one.treatment.members);
        let reserved = other.as_ref().is_some_and(|one| self.reserves[method.slot()].covers(cost_s(one)));
        let chosen = if reserved { other.or(critical) } else { critical.or(other) }?;
        let cost_s = cost_s(&chosen);
        Some(Pick { fire: chosen.queued.request.fire, treatment: chosen.treatment, cost_s, contended })
    }

    fn grant(&mut self, pick: Pick) -> Grant {
        let Pick { fire, treatment, cost_s, contended } = pick;
        let queued = self.queue.remove(&fire).expect("what was picked is in line");
        let Treatment { method, members, degradation } = treatment;
        let critical = queued.class == Class::Critical;
        if contended {
            self.reserves[method.slot()].granted(critical, cost_s);
        }
        let ticket = queued.request.ticket;
        self.running.insert(ticket, Running { fire, method, members, critical, cost_s, contended });
        Grant { ticket, fire, method, members, degradation, waited_s: self.now_s - queued.in_line_since_s }
    }

    /// Says of each run that is held now, and was not or for another reason, why. All are looked at once a window and where the
    /// level is another one, else the one that came: the line may be long.
    fn hold(&mut self, passed: bool, fresh: Option<ClusterId>, commands: &mut Vec<Command>) {
        let (level, now_s) = (self.level(), self.now_s);
        if !(level.holds() || self.holds) {
            return;
        }
        let all = passed || std::mem::replace(&mut self.looked_at, level) != level;
        if all {
            self.holds = level.holds();
        }
        let (whole, one) = match (all, fresh) {
            (true, _) => (Some(self.queue.values_mut()), None),
            (false, fresh) => (None, fresh.and_then(|fire| self.queue.get_mut(&fire))),
        };
        for queued in whole.into_iter().flatten().chain(one) {
            let hold = match verdict(level, queued, now_s) {
                Verdict::Hold(hold) => Some(hold),
                Verdict::Run(_) => None,
            };
            if let Some(hold) = hold.filter(|_| hold != queued.told) {
                commands.push(Command::Held { ticket: queued.request.ticket, hold });
            }
            queued.told = hold;
        }
    }

    fn verdict(&self, queued: &Queued, level: Level) -> Verdict {
        verdict(level, queued, self.now_s)
    }

    /// Moves the ladder over every window that has passed; false where none has.
    fn pass_windows(&mut self) -> bool {
        let windows = self.ladder.windows_until(self.now_s);
        for _ in 0..windows {
            let level = self.level();
            let queued_s = |level| if self.settings.brown_out { self.queued_s(level) } else { 0.0 };
            let (here_s, back_s) = (queued_s(level), queued_s(level.less()));
            self.ladder.pass(here_s, back_s);
        }
        if windows > 0 {
            self.usage.prune(self.now_s);
        }
        windows > 0
    }

    /// Work in line that may run at a level, seconds of all cores.
    fn queued_s(&self, level: Level) -> f64 {
        // From 0: the sum of nothing would be -0.
        self.queue.values().fold(0.0, |sum_s, queued| sum_s + self.cost_s(queued, level))
    }

    /// What a run in line would cost at a level, seconds of all cores; nothing where it is held.
    fn cost_s(&self, queued: &Queued, level: Level) -> f64 {
        match self.verdict(queued, level) {
            Verdict::Run(run) => {
                self.costs.of(run.method, run.members) / f64::from(self.settings.capacity.cores.max(1))
            }
            Verdict::Hold(_) => 0.0,
        }
    }

    /// Books a run that came, or with a factor of -1 one that will not run after all.
    fn came(&mut self, queued: &Queued, factor: f64) {
        let by_level = Level::ALL.map(|level| factor * self.cost_s(queued, level));
        self.ladder.came(by_level);
    }
}

struct Candidate<'a> {
    queued: &'a Queued,
    treatment: Treatment,
    used_s: f64,
}

/// The run that gets a token.
struct Pick {
    fire: ClusterId,
    treatment: Treatment,
    cost_s: f64,
    contended: bool,
}
