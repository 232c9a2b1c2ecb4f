//! A fire's actor: what `Cluster` is told, and what is done for it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use firecore::asset::NearestAsset;
use firecore::cluster::{
    Cluster, ClusterState, Effect, Failure, Input, Received, Resume, Staleness, came_after,
};
use firecore::detection::{ClusterId, Detection, DetectionId};
use firecore::forecast::ForecastPlan;
use firecore::schedule::Ticket;
use jiff::Timestamp;

use super::events::{Event, Finished, Kept, Message, Order};
use super::fleet::{Wanted, planned};
use super::router::Followed;
use super::store::Record;
use super::world::World;

/// What the board shows of a fire: it outlives the actor, not the process.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) merged_into: Option<ClusterId>,
    pub(super) state: ClusterState,
    pub(super) ages_at: Option<Timestamp>,
    pub(super) planned: u64,
    pub(super) kept: Option<Kept>,
    pub(super) staleness: Option<Staleness>,
    pub(super) failure: Option<Failure>,
    /// The fire as it was when its actor went to sleep.
    pub(super) asleep: Option<Box<Cluster>>,
}

pub(super) struct Actor {
    pub(super) life: u64,
    /// When the last message that was sent to it arrives, ms: none overtakes another.
    last_ms: u64,
    pub(super) cluster: Cluster,
    pub(super) kept: Option<Kept>,
    next: Option<Rc<ForecastPlan>>,
    next_since_ms: Option<u64>,
    follows: Option<u64>,
    run: Option<Run>,
    /// What each plan knows, until there is a newer forecast.
    covers: BTreeMap<u64, Rc<Vec<DetectionId>>>,
}

#[derive(Clone, Copy)]
struct Run {
    version: u64,
    ticket: Ticket,
    since_ms: u64,
    begun: bool,
}

impl Actor {
    pub(super) fn new(life: u64, cluster: Cluster) -> Self {
        Self {
            life,
            last_ms: 0,
            cluster,
            kept: None,
            next: None,
            next_since_ms: None,
            follows: None,
            run: None,
            covers: BTreeMap::new(),
        }
    }

    pub(super) fn ticket(&self) -> Option<Ticket> {
        self.run.map(|run| run.ticket)
    }
}

impl World {
    /// Sends something to a fire; it is not heard where that life is over.
    pub(super) fn cast(&mut self, fire: ClusterId, life: u64, message: Message) {
        let wait_ms = self.draws.below(40);
        let Some(actor) = self.actor(fire).filter(|actor| actor.life == life) else { return };
        let at_ms = (self.now_ms + wait_ms).max(actor.last_ms);
        self.actor_mut(fire).expect("it is there").last_ms = at_ms;
        self.queue.add(at_ms, Event::ToFire { fire, life, message });
    }

    pub(super) fn tell_fire(&mut self, fire: ClusterId, life: u64, message: Message) -> Result<(), String> {
        if self.actor(fire).is_none_or(|actor| actor.life != life) {
            return Ok(());
        }
        // It reads the store, which does not answer.
        let reads = matches!(message, Message::Rebuild { .. } | Message::CatchUp | Message::Parted);
        if reads && self.fails(10) {
            return self.crash_fire(fire);
        }
        match message {
            Message::Rebuild { one_by_one } => self.rebuild(fire, one_by_one)?,
            Message::Absorb(records) => self.absorb(fire, records)?,
            Message::CatchUp => self.catch_up_fire(fire)?,
            Message::Parted => self.parted(fire)?,
            Message::Age { told } => self.age(fire, told)?,
            Message::Relabel(label) => {
                let effects = self.step(fire, Input::Relabelled { label });
                self.perform(fire, effects)?;
            }
            Message::AssetsChanged => self.assets_changed(fire)?,
            Message::Started { version } => self.started(fire, version),
            Message::Held { version } => {
                let effects = self.step(fire, Input::ForecastHeld { version, reason: "overload".into() });
                self.perform(fire, effects)?;
            }
            Message::Completed(finished) => self.completed(fire, finished)?,
            Message::Failed { version } => self.failed(fire, version)?,
        }
        self.publish(fire);
        self.says_what_it_lacks(fire)
    }

    /// At any time: a forecast that does not know all of its fire says that it is stale.
    fn says_what_it_lacks(&self, fire: ClusterId) -> Result<(), String> {
        let Some(actor) = self.actor(fire) else { return Ok(()) };
        let Some(kept) = &actor.kept else { return Ok(()) };
        let covered = kept.covers.iter().copied().eq(actor.cluster.detections().map(Detection::id));
        match covered || actor.cluster.staleness().is_some() {
            true => Ok(()),
            false => Err(format!("fire {fire}: forecast {} lacks something and is not stale", kept.version)),
        }
    }

    fn step(&mut self, fire: ClusterId, input: Input) -> Vec<Effect> {
        let now = self.wall();
        let actor = self.actor_mut(fire).expect("only who is there is told");
        let effects = actor.cluster.step(input, now);
        let (version, count) = (actor.cluster.version(), actor.cluster.count() as u64);
        self.note(2, version << 16 | count << 4 | effects.len() as u64);
        effects
    }

    fn absorb(&mut self, fire: ClusterId, records: Vec<Record>) -> Result<(), String> {
        let actor = self.actor(fire).expect("only who is there is told");
        let (kept, held) = (actor.kept.is_some(), actor.cluster.count());
        let nearest = self.nearest(records.iter().map(|record| &record.detection));
        let outside_forecast = kept && self.draws.below(4) == 0;
        let batch = records.iter().map(received).collect();
        let effects = self.step(fire, Input::Detected { batch, nearest, outside_forecast });
        if self.actor(fire).expect("it is there").cluster.count() == held && !effects.is_empty() {
            return Err(format!("fire {fire} does {effects:?} for what it holds"));
        }
        self.perform(fire, effects)
    }

    /// The store has more of it, or less, where an operator's split was kept without an answer.
    fn catch_up_fire(&mut self, fire: ClusterId) -> Result<(), String> {
        let records = self.store.records(fire);
        let held = &self.actor(fire).expect("only who is there is told").cluster;
        let gone =
            held.detections().any(|one| records.iter().all(|record| record.detection.id() != one.id()));
        if gone { self.parted(fire) } else { self.absorb(fire, records) }
    }

    fn rebuild(&mut self, fire: ClusterId, one_by_one: bool) -> Result<(), String> {
        let records = self.store.records(fire);
        let stored = self.store.forecasts.get(&self.store.survivor(fire)).cloned();
        self.resume(fire, stored);
        let size = if one_by_one { 1 } else { records.len().max(1) };
        records.chunks(size).for_each(|records| self.recall(fire, records));
        let actor = self.actor(fire).expect("it is there");
        let known = actor.kept.as_ref().map_or(0, |kept| kept.covers.len());
        let why = match actor.cluster.count().saturating_sub(known) {
            0 => "it was read back".to_owned(),
            more => came_after(more),
        };
        self.go_on(fire, why)
    }

    fn parted(&mut self, fire: ClusterId) -> Result<(), String> {
        self.give_up_run(fire)?;
        let actor = self.actor_mut(fire).expect("it is there");
        actor.next = None;
        let kept = actor.kept.clone();
        self.resume(fire, kept);
        self.recall(fire, &self.store.records(fire));
        self.go_on(fire, "an operator split the fire".to_owned())
    }

    /// Where the store and the board say that it stood, without its detections.
    fn resume(&mut self, fire: ClusterId, stored: Option<Kept>) {
        let shown = self.board.get(&fire);
        let kept = stored
            .into_iter()
            .chain(shown.and_then(|shown| shown.kept.clone()))
            .max_by_key(|kept| kept.version);
        let completed = kept.as_ref().map(|kept| kept.version);
        let planned = shown.map_or(0, |shown| shown.planned);
        let resume = Resume {
            id: fire,
            label: self.actor(fire).and_then(|actor| actor.cluster.label()).map(str::to_owned),
            detections: Vec::new(),
            nearest: None,
            version: planned
                .max(completed.unwrap_or(0))
                .max(self.store.versions.get(&fire).copied().unwrap_or(0)),
            completed,
            staleness: shown.and_then(|shown| shown.staleness.clone()),
            failure: shown.and_then(|shown| shown.failure.clone()),
        };
        let cluster = Cluster::resumed(resume, Arc::clone(&self.settings));
        let actor = self.actor_mut(fire).expect("it is there");
        (actor.cluster, actor.kept) = (cluster, kept);
    }

    fn recall(&mut self, fire: ClusterId, records: &[Record]) {
        let nearest = self.nearest(records.iter().map(|record| &record.detection));
        let effects =
            self.step(fire, Input::Recalled { batch: records.iter().map(received).collect(), nearest });
        assert_eq!(effects, [], "nothing is planned before the end");
    }

    fn go_on(&mut self, fire: ClusterId, why: String) -> Result<(), String> {
        let mut effects = self.step(fire, Input::Aged);
        effects.extend(self.step(fire, Input::Reevaluate { why }));
        self.perform(fire, effects)
    }

    fn age(&mut self, fire: ClusterId, told: u64) -> Result<(), String> {
        let effects = self.step(fire, Input::Aged);
        self.perform(fire, effects)?;
        let actor = self.actor(fire).expect("it is there");
        if actor.cluster.state() != ClusterState::Active && actor.run.is_none() {
            self.send_order(Order::FellAsleep { fire, told });
        }
        Ok(())
    }

    fn assets_changed(&mut self, fire: ClusterId) -> Result<(), String> {
        let nearest = self.nearest(self.actor(fire).expect("it is there").cluster.detections());
        let effects = self.step(fire, Input::AssetsChanged { nearest });
        self.tally.assets_plans += u64::from(planned(&effects).is_some());
        self.perform(fire, effects)
    }

    fn started(&mut self, fire: ClusterId, version: u64) {
        let run = self.actor_mut(fire).and_then(|actor| actor.run.as_mut());
        if let Some(run) = run.filter(|run| run.version == version) {
            run.begun = true;
            self.step(fire, Input::ForecastStarted { version });
        }
    }

    fn completed(&mut self, fire: ClusterId, finished: Finished) -> Result<(), String> {
        let Finished { kept, stands_in, physx_follows } = finished;
        let version = kept.version;
        let actor = self.actor_mut(fire).expect("it is there");
        actor.run.take_if(|run| run.version == version);
        if actor.kept.as_ref().is_none_or(|newest| newest.version < version) {
            actor.kept = Some(kept.clone());
            actor.covers.retain(|planned, _| *planned > version);
            // A forecast that cannot be stored is still shown.
            if !self.fails(12) {
                self.store.save(fire, kept)?;
            }
        }
        let mut effects = self.step(fire, Input::ForecastCompleted { version });
        let idle = self.actor(fire).expect("it is there").next.is_none();
        if stands_in {
            self.actor_mut(fire).expect("it is there").follows = planned(&effects);
        } else if physx_follows && idle {
            let follows = self.step(fire, Input::Reevaluate { why: "physx follows".to_owned() });
            self.actor_mut(fire).expect("it is there").follows = planned(&follows);
            effects.extend(follows);
        }
        self.perform(fire, effects)
    }

    fn failed(&mut self, fire: ClusterId, version: u64) -> Result<(), String> {
        let actor = self.actor_mut(fire).expect("it is there");
        if let Some(run) = actor.run.take_if(|run| run.version == version) {
            actor.next_since_ms = Some(run.since_ms);
        }
        let reason = "no quorum".to_owned();
        let effects = self.step(fire, Input::ForecastFailed { version, reason });
        self.perform(fire, effects)
    }

    fn perform(&mut self, fire: ClusterId, effects: Vec<Effect>) -> Result<(), String> {
        for effect in effects {
            match effect {
                Effect::Cancel { version, .. } => {
                    let run = self.actor(fire).and_then(|actor| actor.run);
                    if run.is_some_and(|run| run.version == version) {
                        self.tally.given_up_runs += 1;
                        self.give_up_run(fire)?;
                    }
                }
                Effect::Plan(plan) => self.keep_plan(fire, Rc::from(plan)),
                Effect::StateChanged { to: ClusterState::Active, .. } => self.tally.woken += 1,
                Effect::StateChanged { .. } | Effect::Publish => {}
            }
        }
        self.start_next(fire)
    }

    fn keep_plan(&mut self, fire: ClusterId, plan: Rc<ForecastPlan>) {
        let now_ms = self.now_ms;
        let actor = self.actor_mut(fire).expect("it is there");
        let covers = actor.cluster.detections().map(Detection::id).collect();
        actor.covers.insert(plan.version, Rc::new(covers));
        actor.next = Some(plan);
        actor.next_since_ms.get_or_insert(now_ms);
    }

    /// The run under way is killed; its answer may be on its way all the same.
    fn give_up_run(&mut self, fire: ClusterId) -> Result<(), String> {
        let run = self.actor_mut(fire).and_then(|actor| actor.run.take());
        run.map_or(Ok(()), |run| self.give_up(run.ticket))
    }

    fn start_next(&mut self, fire: ClusterId) -> Result<(), String> {
        let now_ms = self.now_ms;
        let actor = self.actor_mut(fire).expect("it is there");
        if actor.run.is_some_and(|run| run.begun) {
            return Ok(());
        }
        let Some(plan) = actor.next.take() else { return Ok(()) };
        let in_line = actor.run.take();
        if let Some(in_line) = in_line {
            actor.next_since_ms = Some(in_line.since_ms);
        }
        let since_ms = actor.next_since_ms.take().unwrap_or(now_ms);
        let wanted = Wanted {
            fire,
            life: actor.life,
            covers: Rc::clone(&actor.covers[&plan.version]),
            after_surrogate: actor.follows == Some(plan.version),
            since_ms,
            plan: Rc::clone(&plan),
        };
        if let Some(in_line) = in_line {
            self.give_up(in_line.ticket)?;
        }
        let ticket = self.stand_in_line(wanted)?;
        let run = Run { version: plan.version, ticket, since_ms, begun: false };
        self.actor_mut(fire).expect("it is there").run = Some(run);
        Ok(())
    }

    pub(super) fn publish(&mut self, fire: ClusterId) {
        let Some(actor) = self.actor(fire) else { return };
        let shown = Shown::of(&actor.cluster, actor.kept.clone());
        self.board.insert(fire, shown);
    }

    pub(super) fn nearest<'a>(
        &self,
        detections: impl Iterator<Item = &'a Detection>,
    ) -> Option<NearestAsset> {
        self.assets.nearest_to_any(detections.map(Detection::position))
    }

    pub(super) fn actor(&self, fire: ClusterId) -> Option<&Actor> {
        self.router.as_ref()?.fires.get(&fire)?.actor.as_ref()
    }

    pub(super) fn actor_mut(&mut self, fire: ClusterId) -> Option<&mut Actor> {
        self.router.as_mut()?.fires.get_mut(&fire).and_then(|Followed { actor, .. }| actor.as_mut())
    }
}

impl Shown {
    pub(super) fn of(cluster: &Cluster, kept: Option<Kept>) -> Self {
        Self {
            merged_into: None,
            state: cluster.state(),
            ages_at: cluster.ages_at(),
            planned: cluster.version(),
            kept,
            staleness: cluster.staleness().cloned(),
            failure: cluster.failure().cloned(),
            asleep: None,
        }
    }
}

/// A record as a fire takes it in.
pub(super) fn received(record: &Record) -> Received {
    Received {
        heat_source: record.detection.sensor().map(Into::into),
        detection: record.detection.clone(),
        requested: None,
        received_at: record.received_at,
    }
}
