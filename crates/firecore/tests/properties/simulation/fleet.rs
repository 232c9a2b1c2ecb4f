//! The run queue and the simulators behind it: runs finish after a while, fail, hang, or give what cannot be used.

use std::collections::BTreeMap;
use std::rc::Rc;

use firecore::cluster::Effect;
use firecore::detection::{ClusterId, DetectionId};
use firecore::forecast::ForecastPlan;
use firecore::schedule::{
    Capacity, Command, Grant, Input, Request, Schedule, ScheduleSettings, Ticket, WINDOW_S,
};

use super::events::{Event, Finished, Kept, Message, Outcome};
use super::world::{Draws, SECOND_MS, World};

/// When a run that hangs is given up, s.
const DEADLINE_S: u64 = 120;

pub(super) struct Fleet {
    schedule: Schedule,
    next_ticket: u64,
    waiting: BTreeMap<Ticket, Wanted>,
    running: BTreeMap<Ticket, Running>,
    ticks: bool,
    run_mean_s: f64,
}

/// A plan that wants to run, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) fire: ClusterId,
    pub(super) life: u64,
    pub(super) plan: Rc<ForecastPlan>,
    pub(super) covers: Rc<Vec<DetectionId>>,
    pub(super) since_ms: u64,
    pub(super) after_surrogate: bool,
}

struct Running {
    wanted: Wanted,
    began_ms: u64,
    physx_follows: bool,
    withdrawn: bool,
}

impl Fleet {
    pub(super) fn drawn(draws: &mut Draws) -> Self {
        let capacity = Capacity {
            physx: 1 + draws.below(2) as u32,
            surrogate: 1 + draws.below(2) as u32,
            cores: 1 + draws.below(2) as u32,
        };
        let run_mean_s = [1.0, 10.0, 60.0][draws.below(3) as usize];
        Self {
            schedule: Schedule::new(ScheduleSettings { capacity, brown_out: draws.below(4) > 0 }),
            next_ticket: 0,
            waiting: BTreeMap::new(),
            running: BTreeMap::new(),
            ticks: false,
            run_mean_s,
        }
    }

    pub(super) fn is_idle(&self) -> Result<(), String> {
        let report = self.schedule.report();
        match (report.waiting_in_all(), report.running, self.waiting.len(), self.running.len()) {
            (0, [0, 0], 0, 0) => Ok(()),
            left => Err(format!("runs are left: {left:?}")),
        }
    }
}

impl World {
    /// A plan stands in line.
    pub(super) fn stand_in_line(&mut self, wanted: Wanted) -> Result<Ticket, String> {
        self.fleet.next_ticket += 1;
        let ticket = Ticket(self.fleet.next_ticket);
        let plan = Rc::clone(&wanted.plan);
        let request = Request {
            ticket,
            fire: wanted.fire,
            method: plan.method,
            members: plan.members,
            priority: plan.priority,
            first: plan.urgency.first,
            uncovered_since_s: wanted.since_ms as f64 / SECOND_MS as f64,
            grew: plan.urgency.grew,
            after_surrogate: wanted.after_surrogate,
        };
        self.fleet.waiting.insert(ticket, wanted);
        self.schedule(Input::Request(request))?;
        Ok(ticket)
    }

    /// Whoever looked after a run is gone: it leaves the line, or its token is free.
    pub(super) fn give_up(&mut self, ticket: Ticket) -> Result<(), String> {
        if self.fleet.waiting.remove(&ticket).is_some() {
            return self.schedule(Input::Left { ticket });
        }
        let Some(run) = self.fleet.running.remove(&ticket) else { return Ok(()) };
        self.finish(ticket, &run, false)
    }

    /// A fire's runs are not wanted any more.
    pub(super) fn withdraw(&mut self, fire: ClusterId) -> Result<(), String> {
        self.schedule(Input::Withdraw { fire })
    }

    pub(super) fn run_ends(&mut self, ticket: Ticket, outcome: Outcome) -> Result<(), String> {
        let Some(run) = self.fleet.running.remove(&ticket) else { return Ok(()) };
        let completed = outcome == Outcome::Completed && !run.withdrawn;
        let Wanted { fire, life, plan, covers, .. } = &run.wanted;
        let version = plan.version;
        let message = match completed {
            true => {
                self.tally.forecasts += 1;
                let kept = Kept { version, covers: Rc::clone(covers) };
                let stands_in = plan.urgency.stands_in;
                Message::Completed(Finished { kept, stands_in, physx_follows: run.physx_follows })
            }
            false => {
                self.tally.failed_runs += 1;
                Message::Failed { version }
            }
        };
        self.note(1, version << 1 | u64::from(completed));
        self.cast(*fire, *life, message);
        self.finish(ticket, &run, completed)
    }

    /// A run crashes under its fire.
    pub(super) fn crash_run(&mut self) -> Result<(), String> {
        let tickets: Vec<Ticket> = self.fleet.running.keys().copied().collect();
        match self.draws.one_of(&tickets) {
            None => Ok(()),
            Some(ticket) => self.run_ends(ticket, Outcome::Failed),
        }
    }

    pub(super) fn tick(&mut self) -> Result<(), String> {
        self.fleet.ticks = false;
        self.schedule(Input::Tick)
    }

    fn finish(&mut self, ticket: Ticket, run: &Running, completed: bool) -> Result<(), String> {
        let took_s = (self.now_ms - run.began_ms) as f64 / SECOND_MS as f64;
        self.schedule(Input::Finished { ticket, cpu_s: took_s, completed })
    }

    fn schedule(&mut self, input: Input) -> Result<(), String> {
        let now_s = self.now_ms as f64 / SECOND_MS as f64;
        for command in self.fleet.schedule.step(input, now_s) {
            match command {
                Command::Grant(grant) => self.begin(grant)?,
                Command::Held { ticket, .. } => {
                    self.tally.held += 1;
                    if let Some(wanted) = self.fleet.waiting.get(&ticket).cloned() {
                        let version = wanted.plan.version;
                        self.cast(wanted.fire, wanted.life, Message::Held { version });
                    }
                }
                Command::Dropped { ticket, .. } => {
                    if let Some(wanted) = self.fleet.waiting.remove(&ticket) {
                        let version = wanted.plan.version;
                        self.cast(wanted.fire, wanted.life, Message::Failed { version });
                    }
                }
                Command::Cancel { ticket } => {
                    if let Some(run) = self.fleet.running.get_mut(&ticket) {
                        run.withdrawn = true;
                        let ends_ms = self.now_ms + self.draws.below(SECOND_MS);
                        let outcome = Outcome::Withdrawn;
                        self.queue.add(ends_ms, Event::RunEnds { ticket, outcome });
                    }
                }
            }
        }
        if !self.fleet.waiting.is_empty() && !self.fleet.ticks {
            self.fleet.ticks = true;
            self.queue.add(self.now_ms + (WINDOW_S * SECOND_MS as f64) as u64, Event::Tick);
        }
        Ok(())
    }

    fn begin(&mut self, grant: Grant) -> Result<(), String> {
        let Grant { ticket, fire, degradation, .. } = grant;
        let wanted = self.fleet.waiting.remove(&ticket);
        let wanted = wanted.ok_or_else(|| format!("{ticket:?} of fire {fire} is granted but not in line"))?;
        let twice = self.fleet.running.values().find(|run| run.wanted.fire == wanted.fire && !run.withdrawn);
        if let Some(other) = twice {
            let versions = (other.wanted.plan.version, wanted.plan.version);
            return Err(format!("fire {fire} has two runs under way: {versions:?}"));
        }
        self.tally.degraded += u64::from(degradation.is_some());
        let outcome = match self.fails(4) {
            false => Outcome::Completed,
            true => self.draws.one_of(&[Outcome::Failed, Outcome::Garbage, Outcome::Hung]).expect("three"),
        };
        let took_s = self.draws.exponential(self.fleet.run_mean_s).min(DEADLINE_S as f64 - 1.0);
        let took_ms = match outcome {
            Outcome::Hung => DEADLINE_S * SECOND_MS,
            _ => 1 + (took_s * SECOND_MS as f64) as u64,
        };
        self.queue.add(self.now_ms + took_ms, Event::RunEnds { ticket, outcome });
        self.cast(wanted.fire, wanted.life, Message::Started { version: wanted.plan.version });
        let physx_follows = degradation.is_some_and(|one| one.physx_follows);
        let run = Running { wanted, began_ms: self.now_ms, physx_follows, withdrawn: false };
        self.fleet.running.insert(ticket, run);
        Ok(())
    }
}

/// The version that a step plans.
pub(super) fn planned(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::Plan(plan) => Some(plan.version),
        _ => None,
    })
}
