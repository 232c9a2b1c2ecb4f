//! A service in virtual time: fires that are detected and forecast, cores that their runs share, and the queue between.
//!
//! Cores are shared as the ComputePool shares them: surrogate runs get what they want up to half where PhysX runs too.

use std::collections::BTreeMap;

use super::*;

/// One fire as its actor sees it: at most one run in hand, and the newest plan behind it.
#[derive(Clone, Debug, Default)]
struct Fire {
    level: u8,
    method: Option<Method>,
    /// When the detections came that are in no forecast.
    uncovered_s: Vec<f64>,
    /// Detections up to here are in the run in hand.
    planned_s: f64,
    in_hand: Option<Ticket>,
    founded_s: f64,
    first_at_s: Option<f64>,
    has_forecast: bool,
    physx_due: bool,
    cpu_s: f64,
    forecasts: usize,
    waits_s: Vec<f64>,
}

#[derive(Clone, Debug)]
struct Run {
    fire: u64,
    method: Method,
    cost_s: f64,
    left_s: f64,
    planned_s: f64,
    physx_follows: bool,
}

struct World {
    schedule: Schedule,
    now_s: f64,
    cores: f64,
    fires: BTreeMap<u64, Fire>,
    runs: BTreeMap<Ticket, Run>,
    next_ticket: u64,
    draws: Draws,
    /// Processor time of PhysX runs that began while others and critical ones waited: theirs, and the critical ones'.
    contended_s: [f64; 2],
    levels: Vec<u8>,
}

impl World {
    fn new(capacity: Capacity, brown_out: bool, seed: u64) -> Self {
        Self {
            schedule: Schedule::new(ScheduleSettings { capacity, brown_out }),
            now_s: 0.0,
            cores: f64::from(capacity.cores),
            fires: BTreeMap::new(),
            runs: BTreeMap::new(),
            next_ticket: 0,
            draws: Draws(seed),
            contended_s: [0.0; 2],
            levels: vec![0],
        }
    }

    fn found(&mut self, number: u64, level: u8, method: Method) {
        let founded = Fire { level, method: Some(method), founded_s: self.now_s, ..Fire::default() };
        self.fires.insert(number, founded);
        self.detect(number);
    }

    /// A detection comes: a plan follows, which replaces the one in line.
    fn detect(&mut self, number: u64) {
        let fire = self.fires.get_mut(&number).unwrap();
        fire.uncovered_s.push(self.now_s);
        let runs = fire.in_hand.is_some_and(|ticket| self.runs.contains_key(&ticket));
        if !runs {
            self.ask(number);
        }
    }

    fn ask(&mut self, number: u64) {
        self.next_ticket += 1;
        let (ticket, now_s) = (Ticket(self.next_ticket), self.now_s);
        let fire = self.fires.get_mut(&number).unwrap();
        let (first, asked) = (!fire.has_forecast, fire.method.unwrap());
        // A new fire's first forecast is a surrogate, and PhysX follows.
        let method = if first { Method::Surrogate } else { asked };
        fire.in_hand = Some(ticket);
        fire.planned_s = now_s;
        let request = Request {
            ticket,
            fire: super::fire(number),
            method,
            members: if method == Method::PhysX { 10 } else { 5 },
            priority: Priority::new(fire.level),
            first,
            uncovered_since_s: fire.uncovered_s.first().copied().unwrap_or(now_s),
            grew: true,
            after_surrogate: fire.physx_due,
        };
        self.step(Input::Request(request));
    }

    fn step(&mut self, input: Input) {
        let commands = self.schedule.step(input, self.now_s);
        let level = self.schedule.level().number();
        if self.levels.last() != Some(&level) {
            self.levels.push(level);
        }
        for command in commands {
            match command {
                Command::Grant(grant) => self.start(&grant),
                Command::Dropped { ticket, why } => {
                    assert_eq!(why, Dropped::Replaced);
                    assert!(!self.runs.contains_key(&ticket), "a run under way was replaced");
                }
                Command::Held { .. } => {}
                Command::Cancel { ticket } => panic!("{ticket:?} was cancelled and nobody asked"),
            }
        }
    }

    fn start(&mut self, grant: &Grant) {
        let number = self.number(grant);
        let critical = Class::of(Priority::new(self.fires[&number].level)) == Class::Critical;
        let mean_s = if grant.method == Method::PhysX { 0.2 } else { 0.004 } * f64::from(grant.members);
        let cost_s = mean_s * (0.5 + self.draws.unit());
        self.check_order(grant, critical, cost_s);
        let fire = self.fires.get_mut(&number).unwrap();
        assert_eq!(fire.in_hand, Some(grant.ticket), "the newest run of a fire runs, and once");
        fire.waits_s.push(grant.waited_s);
        let physx_follows = grant.degradation.is_some_and(|one| one.physx_follows)
            || (!fire.has_forecast && fire.method == Some(Method::PhysX) && grant.method != Method::PhysX);
        let run = Run {
            fire: number,
            method: grant.method,
            cost_s,
            left_s: cost_s,
            planned_s: fire.planned_s,
            physx_follows,
        };
        assert!(self.runs.insert(grant.ticket, run).is_none(), "{grant:?} twice");
        for method in Method::ALL {
            let held = self.runs.values().filter(|run| run.method == method).count();
            assert!(held <= self.schedule.settings.capacity.of(method) as usize, "{held} {method} runs");
        }
    }

    fn number(&self, grant: &Grant) -> u64 {
        let ClusterId(id) = grant.fire;
        *self.fires.keys().find(|number| ClusterId(id) == super::fire(**number)).unwrap()
    }

    /// Nobody goes before a more urgent one of the same simulator, but for the share that is kept.
    fn check_order(&mut self, grant: &Grant, critical: bool, cost_s: f64) {
        let level = self.schedule.level();
        let others = self.schedule.queue.values().filter_map(|queued| {
            match verdict(level, queued, self.schedule.now_s) {
                Verdict::Run(run) if run.method == grant.method => Some(queued.rank(self.schedule.now_s)),
                _ => None,
            }
        });
        let best = others.min();
        if grant.method == Method::PhysX && self.schedule.running[&grant.ticket].contended {
            self.contended_s[usize::from(critical)] += cost_s;
        }
        let [other_s, critical_s] = self.contended_s;
        let fire = &self.fires[&self.number(grant)];
        let (class, since_s) = (Class::of(Priority::new(fire.level)), fire.uncovered_s.first());
        let span_s = if fire.has_forecast { class.stale_after_s() } else { class.first_due_s() };
        let late = class == Class::Low && since_s.is_some_and(|since_s| self.now_s >= since_s + span_s);
        let rank = if late { Class::Moderate } else { class };
        let overtaken = best.filter(|best| *best < rank);
        assert!(overtaken.is_none_or(|best| best == Class::Critical), "{rank} went before {overtaken:?}");
        if overtaken.is_some() && grant.method == Method::PhysX {
            // Slack of two runs: what runs cost is known only afterwards.
            assert!(0.8 * other_s <= 0.2 * critical_s + 4.0, "{other_s} s went before {critical_s} s");
        }
    }

    /// Lets time pass up to an instant.
    fn run_until(&mut self, until_s: f64) {
        while self.now_s < until_s {
            let rates = self.rates();
            let next_end_s = self.runs.values().map(|run| run.left_s / rates[run.method.slot()]);
            let window_s = (self.now_s / WINDOW_S).floor() * WINDOW_S + WINDOW_S - self.now_s;
            let dt_s = next_end_s.fold(window_s.max(1e-9), f64::min).min(until_s - self.now_s);
            self.now_s += dt_s;
            self.runs.values_mut().for_each(|run| run.left_s -= rates[run.method.slot()] * dt_s);
            let ended: Vec<Ticket> =
                self.runs.iter().filter(|(_, run)| run.left_s < 1e-9).map(|(ticket, _)| *ticket).collect();
            ended.into_iter().for_each(|ticket| self.end(ticket));
            self.step(Input::Tick);
        }
    }

    /// Cores that each run of a method gets.
    fn rates(&self) -> [f64; 2] {
        let count = Method::ALL.map(|method| self.runs.values().filter(|run| run.method == method).count());
        let shares = match count {
            [0, _] | [_, 0] => [self.cores; 2],
            _ => [self.cores / 2.0; 2],
        };
        [0, 1].map(|at: usize| shares[at] / count[at].max(1) as f64)
    }

    fn end(&mut self, ticket: Ticket) {
        let run = self.runs.remove(&ticket).unwrap();
        let fire = self.fires.get_mut(&run.fire).unwrap();
        (fire.in_hand, fire.has_forecast) = (None, true);
        fire.first_at_s.get_or_insert(self.now_s);
        fire.cpu_s += run.cost_s;
        fire.forecasts += 1;
        // What came after the plan is not in it.
        fire.uncovered_s.retain(|came_s| *came_s > run.planned_s);
        fire.physx_due = run.physx_follows;
        let again = fire.physx_due || !fire.uncovered_s.is_empty();
        self.step(Input::Finished { ticket, cpu_s: run.cost_s, completed: true });
        if again {
            self.ask(run.fire);
        }
    }

    fn first_waits_s(&self, wanted: Class) -> Vec<f64> {
        let of = |fire: &&Fire| Class::of(Priority::new(fire.level)) == wanted;
        let mut waits: Vec<f64> = self
            .fires
            .values()
            .filter(of)
            .map(|fire| fire.first_at_s.unwrap_or(f64::INFINITY) - fire.founded_s)
            .collect();
        waits.sort_by(f64::total_cmp);
        waits
    }

    /// How often the ladder turned from back to up again.
    fn relapses(&self) -> usize {
        let steps: Vec<bool> = self.levels.windows(2).map(|pair| pair[1] > pair[0]).collect();
        steps.windows(2).filter(|pair| !pair[0] && pair[1]).count()
    }
}

/// 1 where all have the same, 1/n where one has everything. Source: Jain, Chiu and Hawe (1984), DEC-TR-301.
fn jain(shares: &[f64]) -> f64 {
    let (sum, squares) = shares.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    sum * sum / (shares.len() as f64 * squares)
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() as f64 * share).ceil() as usize).max(1) - 1]
}

const TWO_CORES: Capacity = Capacity { physx: 2, surrogate: 4, cores: 2 };

#[test]
fn a_lightning_bust_is_forecast_within_a_minute_and_the_ladder_comes_back() {
    for seed in 0..5 {
        let mut world = World::new(TWO_CORES, true, seed);
        for number in 0..1_000 {
            world.run_until(number as f64 * 0.06);
            let (level, method) = match number % 10 {
                0 => (1, Method::PhysX),
                1 | 2 => (3, Method::PhysX),
                _ => (7, Method::Surrogate),
            };
            world.found(number, level, method);
        }
        world.run_until(1_500.0);
        let critical = world.first_waits_s(Class::Critical);
        assert!(quantile(&critical, 0.99) <= 10.0, "seed {seed}: {} s", quantile(&critical, 0.99));
        for class in Class::ALL {
            let slowest_s = quantile(&world.first_waits_s(class), 1.0);
            assert!(slowest_s <= 60.0, "seed {seed}: {class} {slowest_s} s");
        }
        assert!(world.runs.is_empty() && world.schedule.queue.is_empty(), "seed {seed}");
        let highest = world.levels.iter().max().unwrap();
        assert!(*highest >= 2, "seed {seed}: {:?}", world.levels);
        assert_eq!((world.levels.last(), world.relapses()), (Some(&0), 0), "seed {seed}: {:?}", world.levels);
    }
}

/// Fires that are detected anew now and then, each class so many with such a mean time between.
fn live(world: &mut World, until_s: f64, kinds: &[(u64, u8, Method, f64)]) {
    let mut numbers = 0;
    let mut next: Vec<(f64, u64, f64)> = Vec::new();
    for (count, level, method, mean_s) in kinds {
        for _ in 0..*count {
            world.found(numbers, *level, *method);
            next.push((world.now_s + world.draws.exponential(*mean_s), numbers, *mean_s));
            numbers += 1;
        }
    }
    while let Some(at) = (0..next.len()).min_by(|a, b| next[*a].0.total_cmp(&next[*b].0)) {
        let (due_s, number, mean_s) = next[at];
        if due_s > until_s {
            break;
        }
        world.run_until(due_s);
        world.detect(number);
        next[at].0 = due_s + world.draws.exponential(mean_s);
    }
    world.run_until(until_s);
}

#[test]
fn under_lasting_critical_load_the_others_get_their_fifth_and_equal_fires_get_the_same() {
    let mut world = World::new(TWO_CORES, false, 3);
    let physx = Method::PhysX;
    live(&mut world, 3_600.0, &[(120, 1, physx, 20.0), (30, 4, physx, 20.0), (20, 8, physx, 20.0)]);
    let cpu_s =
        |range: std::ops::Range<u64>| range.map(|number| world.fires[&number].cpu_s).collect::<Vec<_>>();
    let (critical, moderate, low) = (cpu_s(0..120), cpu_s(120..150), cpu_s(150..170));
    assert!(jain(&critical) >= 0.95, "critical {}", jain(&critical));
    assert!(jain(&moderate) >= 0.95, "moderate {}", jain(&moderate));
    let sums = [&critical, &moderate, &low].map(|one| one.iter().sum::<f64>());
    let share = (sums[1] + sums[2]) / sums.iter().sum::<f64>();
    assert!((0.19..0.23).contains(&share), "{share} of {sums:?}");
}

#[test]
fn under_long_overload_every_fire_is_forecast_in_time_and_the_ladder_does_not_swing() {
    let mut world = World::new(TWO_CORES, true, 4);
    let (physx, surrogate) = (Method::PhysX, Method::Surrogate);
    let kinds = [(30, 1, physx, 30.0), (120, 4, physx, 60.0), (500, 7, surrogate, 120.0)];
    live(&mut world, 4.0 * 3_600.0, &kinds);
    for (number, fire) in &world.fires {
        let class = Class::of(Priority::new(fire.level));
        let longest_s = fire.waits_s.iter().copied().fold(0.0, f64::max);
        assert!(longest_s <= class.stale_after_s() + 60.0, "fire {number}, {class}: {longest_s} s in line");
        assert!(fire.forecasts > 1, "fire {number}, {class}: {} forecasts", fire.forecasts);
    }
    assert_eq!(world.relapses(), 0, "{:?}", world.levels);
    let low: Vec<f64> = (150..650).map(|number| world.fires[&number].cpu_s).collect();
    assert!(jain(&low) >= 0.95, "{}", jain(&low));
    // Once nothing new comes the ladder comes back.
    let until_s = world.now_s + 1_800.0;
    world.run_until(until_s);
    assert_eq!((world.levels.last(), world.schedule.queue.len()), (Some(&0), 0));
}
