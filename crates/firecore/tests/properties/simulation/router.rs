//! The router: which detection belongs to which fire, kept before any fire hears of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use firecore::cluster::{
    Assignment, Cluster, ClusterIndex, ClusterState, Input, LinkSettings, Resume, batch_order,
};
use firecore::detection::{ClusterId, Detection};

use super::events::{Crash, Event, Message, Order};
use super::fire::{Actor, Shown, received};
use super::store::{Operation, Record};
use super::world::{SECOND_MS, World};

/// Longest wait for the store, ms.
const STORE_MS_MAX: u64 = 10 * SECOND_MS;

pub(super) struct Router {
    pub(super) index: ClusterIndex,
    /// The index has heard of what the store may not have.
    pub(super) in_doubt: bool,
    pub(super) fires: BTreeMap<ClusterId, Followed>,
    mailbox: VecDeque<Order>,
    /// What the store is asked; meanwhile the mailbox stands still.
    busy: Option<Pending>,
}

/// What the router knows of a fire.
#[derive(Default)]
pub(super) struct Followed {
    /// None between a crash and the restart, and while it sleeps.
    pub(super) actor: Option<Actor>,
    pub(super) restart_awaited: bool,
    pub(super) told: u64,
    pub(super) label: Option<String>,
}

/// What the store will answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Kept,
    Refused,
    /// It is kept, but nobody hears so in time.
    Lost,
}

pub(super) enum Pending {
    Append { batch: usize, rows: Vec<(ClusterId, Record)>, fresh: Vec<bool>, merges: Merges, answer: Answer },
    Operate { operation: Operation, answer: Answer },
}

type Merges = Vec<(ClusterId, ClusterId)>;

impl World {
    /// A producer sends a batch; it tries again until it hears that it was taken, or gives up.
    pub(super) fn send(&mut self, batch: usize) {
        if self.router.is_some() {
            self.send_order(Order::Submit { batch });
        } else {
            self.refused(batch);
        }
    }

    pub(super) fn send_order(&mut self, order: Order) {
        let at_ms = self.now_ms + self.draws.below(20);
        self.queue.add(at_ms, Event::ToRouter { process: self.process, order });
    }

    /// Whoever is not heard sends it again, mostly.
    fn refused(&mut self, batch: usize) {
        if !self.fails(6) {
            let again_ms = self.now_ms + (1 + self.draws.below(600)) * SECOND_MS;
            self.queue.add(again_ms, Event::Send { batch });
        }
    }

    pub(super) fn hear(&mut self, process: u64, order: Order) -> Result<(), String> {
        let Some(router) = self.router.as_mut().filter(|_| process == self.process) else {
            // It was on its way when the process went down.
            if let Order::Submit { batch } = order {
                self.refused(batch);
            }
            return Ok(());
        };
        router.mailbox.push_back(order);
        self.work_off()
    }

    /// Takes one order after the other until the store is asked.
    fn work_off(&mut self) -> Result<(), String> {
        while let Some(router) = self.router.as_mut().filter(|router| router.busy.is_none()) {
            let Some(order) = router.mailbox.pop_front() else { break };
            match order {
                Order::Submit { batch } => self.submit(batch)?,
                Order::Operate(wish) => self.operate(wish)?,
                Order::FellAsleep { fire, told } => self.fell_asleep(fire, told),
                Order::Age => self.age_all(),
                Order::AssetsChanged => self.assets_changed_for_all(),
            }
        }
        Ok(())
    }

    fn submit(&mut self, batch: usize) -> Result<(), String> {
        if !self.catch_up()? {
            self.refused(batch);
            return Ok(());
        }
        let received_at = self.wall();
        let detections = self.batches[batch].clone();
        let positions = batch_order(&detections);
        let index = &mut self.router.as_mut().expect("it hears").index;
        let mut merges = Vec::new();
        for position in &positions {
            if let Assignment::Merged { survivor, absorbed } = index.assign(&detections[*position]) {
                merges.extend(absorbed.into_iter().map(|one| (survivor, one)));
            }
        }
        let row = |position: &usize| {
            let detection: Detection = detections[*position].clone();
            let fire = index.cluster_of(detection.id()).expect("it was assigned just now");
            (fire, Record { detection, received_at })
        };
        let rows: Vec<(ClusterId, Record)> = positions.iter().map(row).collect();
        let (answer, wait_ms) = self.draw_answer();
        let fresh = match answer {
            Answer::Refused => Vec::new(),
            Answer::Kept | Answer::Lost => self.store.append(&rows, &merges),
        };
        self.ask(Pending::Append { batch, rows, fresh, merges, answer }, wait_ms);
        Ok(())
    }

    pub(super) fn draw_answer(&mut self) -> (Answer, u64) {
        if self.fails(12) {
            self.tally.lost_answers += 1;
            (Answer::Lost, STORE_MS_MAX)
        } else if self.fails(12) {
            self.tally.refusals += 1;
            (Answer::Refused, self.draws.below(STORE_MS_MAX))
        } else if self.fails(6) {
            (Answer::Kept, self.draws.below(STORE_MS_MAX))
        } else {
            (Answer::Kept, self.draws.below(20))
        }
    }

    pub(super) fn ask(&mut self, pending: Pending, wait_ms: u64) {
        self.router.as_mut().expect("it hears").busy = Some(pending);
        self.queue.add(self.now_ms + wait_ms, Event::StoreAnswers { process: self.process });
    }

    pub(super) fn store_answers(&mut self, process: u64) -> Result<(), String> {
        let Some(router) = self.router.as_mut().filter(|_| process == self.process) else { return Ok(()) };
        match router.busy.take().ok_or("the store answers nobody")? {
            Pending::Append { rows, fresh, merges, answer: Answer::Kept, .. } => {
                self.tally.detections += fresh.iter().filter(|fresh| **fresh).count() as u64;
                self.note(3, rows.len() as u64);
                self.acknowledged.extend(rows.iter().map(|(_, record)| record.detection.id()));
                self.route(rows, &fresh, &merges)?;
            }
            Pending::Append { batch, .. } => {
                router.in_doubt = true;
                self.refused(batch);
            }
            Pending::Operate { operation, answer: Answer::Kept } => self.operated(operation)?,
            Pending::Operate { .. } => router.in_doubt = true,
        }
        self.work_off()
    }

    fn route(
        &mut self,
        rows: Vec<(ClusterId, Record)>,
        fresh: &[bool],
        merges: &[(ClusterId, ClusterId)],
    ) -> Result<(), String> {
        for (_, absorbed) in merges {
            self.absorb_fire(*absorbed, self.store.survivor(*absorbed))?;
        }
        let mut batches: BTreeMap<ClusterId, Vec<Record>> = BTreeMap::new();
        for ((fire, record), _) in rows.into_iter().zip(fresh).filter(|(_, fresh)| **fresh) {
            batches.entry(fire).or_default().push(record);
        }
        for (fire, records) in batches {
            match merges.iter().any(|(survivor, _)| *survivor == fire) {
                true => self.tell_to_read(fire),
                false => self.tell(fire, Message::Absorb(records)),
            }
        }
        Ok(())
    }

    /// A fire without an actor is spawned and reads the store, unless a restart comes.
    pub(super) fn tell_to_read(&mut self, fire: ClusterId) {
        self.tell(fire, Message::CatchUp);
    }

    pub(super) fn tell(&mut self, fire: ClusterId, message: Message) {
        let router = self.router.as_mut().expect("it hears");
        match router.fires.get_mut(&fire) {
            Some(Followed { actor: Some(actor), told, .. }) => {
                *told += 1;
                let life = actor.life;
                self.cast(fire, life, message);
            }
            Some(Followed { restart_awaited: true, .. }) => {}
            None if matches!(message, Message::Absorb(_)) => self.spawn(fire, message),
            Some(_) | None => self.spawn(fire, Message::Rebuild { one_by_one: false }),
        }
    }

    fn spawn(&mut self, fire: ClusterId, first: Message) {
        let settings = Arc::clone(&self.settings);
        let life = self.draws.next();
        // A fire that comes back under its name has its label, too.
        let label = self.store.labels().remove(&fire).flatten();
        let followed = self.router.as_mut().expect("it hears").fires.entry(fire).or_default();
        followed.label = label;
        let mut cluster = Cluster::new(fire, settings);
        cluster.step(Input::Relabelled { label: followed.label.clone() }, jiff::Timestamp::UNIX_EPOCH);
        followed.actor = Some(Actor::new(life, cluster));
        self.cast(fire, life, first);
    }

    /// A fire became part of another one.
    pub(super) fn absorb_fire(&mut self, absorbed: ClusterId, survivor: ClusterId) -> Result<(), String> {
        let Some(gone) = self.router.as_mut().and_then(|router| router.fires.remove(&absorbed)) else {
            return Ok(());
        };
        self.tally.merges += 1;
        self.withdraw(absorbed)?;
        if let Some(ticket) = gone.actor.as_ref().and_then(Actor::ticket) {
            self.give_up(ticket)?;
        }
        if let Some(shown) = self.board.get_mut(&absorbed) {
            shown.merged_into = Some(survivor);
        }
        Ok(())
    }

    /// Brings index and fires to where the store is; false where that cannot be read.
    pub(super) fn catch_up(&mut self) -> Result<bool, String> {
        if !self.router.as_ref().expect("it hears").in_doubt {
            return Ok(true);
        }
        if self.fails(8) {
            return Ok(false);
        }
        let mut index = ClusterIndex::new(LinkSettings::default());
        self.store.replay(&mut index);
        let router = self.router.as_mut().expect("it hears");
        (router.index, router.in_doubt) = (index, false);
        let merged: Vec<_> = self.store.merged.keys().copied().collect();
        for absorbed in merged {
            self.absorb_fire(absorbed, self.store.survivor(absorbed))?;
        }
        let mut labels = self.store.labels();
        for fire in self.store.fires() {
            let followed = self.router.as_mut().expect("it hears").fires.entry(fire).or_default();
            let label = labels.remove(&fire).flatten();
            let renamed = std::mem::replace(&mut followed.label, label.clone()) != label;
            let known = followed.actor.is_some() || followed.restart_awaited;
            match known {
                true => {
                    self.tell_to_read(fire);
                    if renamed && self.actor(fire).is_some() {
                        self.tell(fire, Message::Relabel(label));
                    }
                }
                false => self.recall_fire(fire),
            }
        }
        Ok(true)
    }

    /// Brings back a fire that nobody looks after: with an actor, or where it sleeps, onto the board only.
    fn recall_fire(&mut self, fire: ClusterId) {
        let (records, now) = (self.store.records(fire), self.wall());
        let last = records.iter().map(|record| record.received_at).max();
        if last.is_none_or(|at| self.settings.lifecycle().state(at, now) == ClusterState::Active) {
            return self.spawn(fire, Message::Rebuild { one_by_one: false });
        }
        let shown = self.board.get(&fire).filter(|shown| shown.merged_into.is_none());
        let asleep = shown.and_then(|shown| shown.asleep.as_ref());
        if asleep.is_some_and(|asleep| asleep.count() == records.len()) {
            return;
        }
        let kept = self.store.forecasts.get(&fire).cloned();
        let completed = kept.as_ref().map(|kept| kept.version);
        let resume = Resume {
            id: fire,
            label: None,
            detections: records.iter().map(received).collect(),
            nearest: self.nearest(records.iter().map(|record| &record.detection)),
            version: completed.unwrap_or(0),
            completed,
            staleness: None,
            failure: None,
        };
        let mut cluster = Cluster::resumed(resume, Arc::clone(&self.settings));
        cluster.step(Input::Aged, now);
        let shown = Shown::of(&cluster, kept);
        self.board.insert(fire, Shown { asleep: Some(Box::new(cluster)), ..shown });
    }

    fn fell_asleep(&mut self, fire: ClusterId, told: u64) {
        let followed = self.router.as_mut().expect("it hears").fires.get_mut(&fire);
        let Some(followed) = followed.filter(|followed| followed.told == told) else { return };
        if let Some(actor) = followed.actor.take() {
            self.tally.slept += 1;
            let shown = Shown::of(&actor.cluster, actor.kept);
            self.board.insert(fire, Shown { asleep: Some(Box::new(actor.cluster)), ..shown });
        }
    }

    fn age_all(&mut self) {
        let now = self.wall();
        let router = self.router.as_ref().expect("it hears");
        let due = |fire: &ClusterId| {
            self.board.get(fire).is_some_and(|shown| shown.ages_at.is_some_and(|at| at <= now))
        };
        let due: Vec<_> = router.fires.keys().filter(|fire| due(fire)).copied().collect();
        for fire in due {
            let followed = &self.router.as_ref().expect("it hears").fires[&fire];
            match &followed.actor {
                Some(actor) => {
                    let (life, told) = (actor.life, followed.told);
                    self.cast(fire, life, Message::Age { told });
                }
                None if !followed.restart_awaited => {
                    let lifecycle = *self.settings.lifecycle();
                    let shown = self.board.get_mut(&fire).expect("it is due");
                    let asleep = shown.asleep.as_ref().and_then(|asleep| asleep.last_received_at());
                    if let Some(last) = asleep {
                        shown.state = lifecycle.state(last, now);
                        shown.ages_at = lifecycle.next_change(last, shown.state);
                    }
                }
                None => {}
            }
        }
    }

    /// Fires that the change touches look again; one without an actor reads the list when it has one.
    fn assets_changed_for_all(&mut self) {
        let router = self.router.as_ref().expect("it hears");
        let touched = router.fires.iter().filter_map(|(fire, followed)| {
            let actor = followed.actor.as_ref()?;
            let nearest = self.nearest(actor.cluster.detections());
            (nearest.as_ref() != actor.cluster.nearest_asset()).then_some((*fire, actor.life))
        });
        let touched: Vec<_> = touched.collect();
        touched.into_iter().for_each(|(fire, life)| self.cast(fire, life, Message::AssetsChanged));
    }

    pub(super) fn crash(&mut self, crash: Crash) -> Result<(), String> {
        match crash {
            Crash::Run => self.crash_run(),
            Crash::Process => self.crash_process(),
            Crash::Fire => {
                let Some(router) = &self.router else { return Ok(()) };
                let alive = router.fires.iter().filter(|(_, followed)| followed.actor.is_some());
                let alive: Vec<ClusterId> = alive.map(|(fire, _)| *fire).collect();
                self.draws.one_of(&alive).map_or(Ok(()), |fire| self.crash_fire(fire))
            }
        }
    }

    /// A fire's value is lost, and its run with it; what the board shows stays.
    pub(super) fn crash_fire(&mut self, fire: ClusterId) -> Result<(), String> {
        let followed = self.router.as_mut().and_then(|router| router.fires.get_mut(&fire));
        let Some(followed) = followed else { return Ok(()) };
        let Some(actor) = followed.actor.take() else { return Ok(()) };
        followed.restart_awaited = true;
        self.tally.crashed_fires += 1;
        let at_ms = self.now_ms + 100 + self.draws.below(30 * SECOND_MS);
        self.queue.add(at_ms, Event::Restart { process: self.process, fire });
        actor.ticket().map_or(Ok(()), |ticket| self.give_up(ticket))
    }

    pub(super) fn restart(&mut self, process: u64, fire: ClusterId) {
        let Some(router) = self.router.as_mut().filter(|_| process == self.process) else { return };
        match router.fires.get_mut(&fire) {
            Some(followed) if followed.actor.is_none() => {
                followed.restart_awaited = false;
                self.spawn(fire, Message::Rebuild { one_by_one: true });
            }
            // Merged meanwhile.
            _ => {}
        }
    }

    /// All but the store is lost.
    fn crash_process(&mut self) -> Result<(), String> {
        let Some(router) = self.router.take() else { return Ok(()) };
        self.tally.crashed_processes += 1;
        self.process += 1;
        self.board.clear();
        for followed in router.fires.values() {
            if let Some(ticket) = followed.actor.as_ref().and_then(Actor::ticket) {
                self.give_up(ticket)?;
            }
        }
        let unanswered = router.busy.into_iter().filter_map(|pending| match pending {
            Pending::Append { batch, .. } => Some(batch),
            Pending::Operate { .. } => None,
        });
        let unheard = router.mailbox.iter().filter_map(|order| match order {
            Order::Submit { batch } => Some(*batch),
            _ => None,
        });
        unanswered.chain(unheard).collect::<Vec<_>>().into_iter().for_each(|batch| self.refused(batch));
        self.queue.add(self.now_ms + self.draws.below(60 * SECOND_MS), Event::Start);
        Ok(())
    }

    pub(super) fn start(&mut self) {
        self.router = Some(Router {
            index: ClusterIndex::new(LinkSettings::default()),
            in_doubt: true,
            fires: BTreeMap::new(),
            mailbox: VecDeque::new(),
            busy: None,
        });
        // A store that cannot be read ends the process, which is started again.
        if let Ok(false) = self.catch_up() {
            self.router = None;
            self.process += 1;
            self.queue.add(self.now_ms + SECOND_MS, Event::Start);
        }
    }
}
