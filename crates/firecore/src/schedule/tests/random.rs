//! Thousands of short random histories against what must always hold.

use std::collections::BTreeSet;

use super::*;

const RUNS: u64 = 10_000;

/// Every seed is a history; a failing one is printed, and `GUIRA_SCHEDULE_SEED=n cargo test` (it is read when the test is
/// built) plays that one alone.
#[test]
fn whatever_happens_no_run_is_lost_or_doubled_and_all_end() {
    let seeds = match option_env!("GUIRA_SCHEDULE_SEED") {
        Some(seed) => seed.parse().unwrap()..seed.parse::<u64>().unwrap() + 1,
        None => 0..RUNS,
    };
    for seed in seeds {
        if let Err(fault) = history(seed) {
            panic!("seed {seed}: {fault}");
        }
    }
}

#[derive(Default)]
struct Books {
    in_line: BTreeSet<Ticket>,
    running: BTreeSet<Ticket>,
    ended: usize,
    asked: usize,
}

impl Books {
    fn enter(&mut self, schedule: &Schedule, commands: &[Command]) -> Result<(), String> {
        for command in commands {
            match command {
                Command::Grant(grant) => {
                    let known = self.in_line.remove(&grant.ticket) && self.running.insert(grant.ticket);
                    ensure(known, || format!("{grant:?} was not in line"))?;
                    let changed = grant.degradation.is_some();
                    ensure(!changed || schedule.level().number() > 0, || format!("{grant:?} at level 0"))?;
                }
                Command::Dropped { ticket, .. } => {
                    ensure(self.in_line.remove(ticket), || format!("{ticket:?} was not in line"))?;
                    self.ended += 1;
                }
                Command::Held { ticket, .. } => {
                    ensure(self.in_line.contains(ticket), || format!("{ticket:?} is held but not in line"))?;
                }
                Command::Cancel { ticket } => {
                    ensure(self.running.contains(ticket), || format!("{ticket:?} does not run"))?;
                }
            }
        }
        let queued: BTreeSet<Ticket> = schedule.queue.values().map(|one| one.request.ticket).collect();
        ensure(queued == self.in_line, || format!("in line {queued:?}, booked {:?}", self.in_line))?;
        ensure(self.running.len() == schedule.running.len(), || "runs differ from the books".to_owned())?;
        let all = self.in_line.len() + self.running.len() + self.ended;
        ensure(all == self.asked, || format!("{} asked, {all} known", self.asked))?;
        idle_tokens(schedule)
    }
}

/// No token stands idle while a run that may have it waits, and none is given twice.
fn idle_tokens(schedule: &Schedule) -> Result<(), String> {
    for method in Method::ALL {
        let (held, all) =
            (schedule.report().running[method.slot()], schedule.settings.capacity.of(method) as usize);
        ensure(held <= all, || format!("{held} of {all} {method} tokens are held"))?;
        let wanted = schedule.pick(method).is_some();
        ensure(held == all || !wanted, || {
            format!("{held} of {all} {method} tokens are held, and one waits")
        })?;
    }
    Ok(())
}

fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

fn history(seed: u64) -> Result<(), String> {
    let mut draws = Draws(seed);
    let capacity = Capacity {
        physx: 1 + draws.below(3) as u32,
        surrogate: 1 + draws.below(3) as u32,
        cores: 1 + draws.below(4) as u32,
    };
    let mut schedule = Schedule::new(ScheduleSettings { capacity, brown_out: draws.below(4) > 0 });
    let (mut books, mut now_s, mut next_ticket) = (Books::default(), 0.0, 0);
    for _ in 0..60 {
        now_s += draws.exponential(3.0);
        let input = match draws.below(10) {
            0..=4 => {
                next_ticket += 1;
                books.asked += 1;
                books.in_line.insert(Ticket(next_ticket));
                Input::Request(random_request(next_ticket, now_s, &mut draws))
            }
            5 | 6 => match one_of(&books.running, &mut draws) {
                Some(ticket) => end(ticket, &mut books, &mut draws),
                None => Input::Tick,
            },
            7 => match one_of(&books.in_line, &mut draws) {
                Some(ticket) => {
                    books.in_line.remove(&ticket);
                    books.ended += 1;
                    Input::Left { ticket }
                }
                None => Input::Tick,
            },
            8 => Input::Withdraw { fire: fire(draws.below(12)) },
            _ => Input::Tick,
        };
        // The caller's clock jumps back now and then.
        let said_s = if draws.below(10) == 0 { now_s - 3_600.0 } else { now_s };
        let commands = schedule.step(input, said_s);
        books.enter(&schedule, &commands)?;
    }
    drain(schedule, books, now_s, &mut draws)
}

/// When nothing comes any more, everything in line has its turn before a low run is late.
fn drain(mut schedule: Schedule, mut books: Books, mut now_s: f64, draws: &mut Draws) -> Result<(), String> {
    let until_s = now_s + Class::Low.stale_after_s();
    while now_s <= until_s && (!books.in_line.is_empty() || !books.running.is_empty()) {
        now_s += 1.0;
        let input = match one_of(&books.running, draws) {
            Some(ticket) => end(ticket, &mut books, draws),
            None => Input::Tick,
        };
        let commands = schedule.step(input, now_s);
        books.enter(&schedule, &commands)?;
    }
    ensure(books.in_line.is_empty(), || format!("{:?} never had a turn", books.in_line))?;
    schedule.step(Input::Tick, now_s + 3_600.0);
    ensure(schedule.level().number() == 0, || format!("idle at {}", schedule.level()))
}

fn end(ticket: Ticket, books: &mut Books, draws: &mut Draws) -> Input {
    books.running.remove(&ticket);
    books.ended += 1;
    Input::Finished { ticket, cpu_s: draws.exponential(4.0), completed: draws.below(5) > 0 }
}

fn one_of(tickets: &BTreeSet<Ticket>, draws: &mut Draws) -> Option<Ticket> {
    let at = draws.below(tickets.len().max(1) as u64) as usize;
    tickets.iter().nth(at).copied()
}

fn random_request(ticket: u64, now_s: f64, draws: &mut Draws) -> Request {
    let method = Method::ALL[draws.below(2) as usize];
    Request {
        ticket: Ticket(ticket),
        fire: fire(draws.below(12)),
        method,
        members: 1 + draws.below(100) as u32,
        priority: Priority::new(1 + draws.below(10) as u8),
        first: draws.below(3) == 0,
        uncovered_since_s: now_s - draws.exponential(100.0),
        grew: draws.below(2) == 0,
        after_surrogate: draws.below(2) == 0,
    }
}
