//! Whole lives of small worlds, each drawn from a seed: detections come late, twice and out of order, the store loses
//! answers, fires and the process crash, runs hang, clocks step, operators split and merge. When all that is over, what is
//! left must agree with one pass over the journal.
//!
//! The shell around the pure core is written out anew here, as plain values whose messages wait in one queue of events. It
//! does what the service's actors do, without their waiting.

use std::ops::Range;

use world::World;

mod events;
mod fire;
mod fleet;
mod hands;
mod oracle;
mod router;
mod store;
mod world;

/// Worlds: each is a life of days in some milliseconds.
const RUNS: u64 = 10_000;

/// How many play at a time.
const THREADS: u64 = 2;

/// Worlds that are played twice.
const TWICE: u64 = 200;

/// `GUIRA_SIMULATION_SEED=n` plays that world alone.
fn seeds(runs: u64) -> Range<u64> {
    match std::env::var("GUIRA_SIMULATION_SEED") {
        Ok(seed) => {
            let seed: u64 = seed.parse().expect("GUIRA_SIMULATION_SEED is a number");
            seed..seed + 1
        }
        Err(_) => 0..runs,
    }
}

#[test]
fn whatever_fails_all_that_is_left_agrees_with_one_pass_over_the_journal() {
    let seeds = seeds(RUNS);
    let share = |thread: u64| seeds.clone().filter(move |seed| seed % THREADS == thread);
    let lives: Vec<Life> = std::thread::scope(|scope| {
        let of = |thread| scope.spawn(move || share(thread).map(Life::of).collect::<Vec<_>>());
        let workers: Vec<_> = (0..THREADS).map(of).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("its panic is above")).collect()
    });
    let faults: Vec<&String> = lives.iter().filter_map(|life| life.end.as_ref().err()).collect();
    let first: Vec<String> = faults.iter().take(3).map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} of {} worlds end wrong:\n{}", faults.len(), lives.len(), first.join("\n"));
    let all: Tally = lives.into_iter().filter_map(|life| life.end.ok()).sum();
    if seeds.end - seeds.start == RUNS {
        assert!(all.happened().iter().all(|count| *count > RUNS / 250), "too little happened: {all:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    let trace = |seed| Life::of(seed).end.map(|tally| tally.trace);
    for seed in seeds(TWICE) {
        assert_eq!(trace(seed), trace(seed), "seed {seed}");
    }
    assert_ne!(trace(1), trace(2));
}

/// How a world ended: what happened in it, or what is wrong.
struct Life {
    end: Result<Tally, String>,
}

impl Life {
    fn of(seed: u64) -> Self {
        let named = Named(seed);
        let end = World::of(seed).live();
        drop(named);
        Self { end: end.map_err(|fault| format!("GUIRA_SIMULATION_SEED={seed}: {fault}")) }
    }
}

/// Says which world it was where something panics in it.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {0}: GUIRA_SIMULATION_SEED={0} plays it alone", self.0);
        }
    }
}

/// What happened in worlds, so that a simulation in which nothing fails does not pass for one.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    trace: u64,
    detections: u64,
    forecasts: u64,
    failed_runs: u64,
    given_up_runs: u64,
    lost_answers: u64,
    refusals: u64,
    crashed_fires: u64,
    crashed_processes: u64,
    splits: u64,
    merges: u64,
    undone: u64,
    slept: u64,
    woken: u64,
    held: u64,
    degraded: u64,
    assets_plans: u64,
}

impl Tally {
    /// Each kind of thing that must not be missing.
    fn happened(&self) -> [u64; 16] {
        [
            self.detections,
            self.forecasts,
            self.failed_runs,
            self.given_up_runs,
            self.lost_answers,
            self.refusals,
            self.crashed_fires,
            self.crashed_processes,
            self.splits,
            self.merges,
            self.undone,
            self.slept,
            self.woken,
            self.held,
            self.degraded,
            self.assets_plans,
        ]
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |a, b| Self {
            trace: a.trace ^ b.trace,
            detections: a.detections + b.detections,
            forecasts: a.forecasts + b.forecasts,
            failed_runs: a.failed_runs + b.failed_runs,
            given_up_runs: a.given_up_runs + b.given_up_runs,
            lost_answers: a.lost_answers + b.lost_answers,
            refusals: a.refusals + b.refusals,
            crashed_fires: a.crashed_fires + b.crashed_fires,
            crashed_processes: a.crashed_processes + b.crashed_processes,
            splits: a.splits + b.splits,
            merges: a.merges + b.merges,
            undone: a.undone + b.undone,
            slept: a.slept + b.slept,
            woken: a.woken + b.woken,
            held: a.held + b.held,
            degraded: a.degraded + b.degraded,
            assets_plans: a.assets_plans + b.assets_plans,
        })
    }
}
