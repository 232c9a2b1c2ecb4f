//! Live: what happens to the fires, told to whoever listens, without anybody's slowness costing anything.
//!
//! One ring holds the last minutes of events, each once and already written out. A subscriber is a place in the ring
//! and a filter: however slow it is, nothing is kept for it. Whom the ring has overtaken is told to read the snapshot.
//!
//! ```
//! # use firecore::detection::ClusterId;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use guira::engine::live::{Delivery, Filter, Kind, Live, LiveEvent};
//! use guira::settings::LiveSettings;
//!
//! let live = Live::new(LiveSettings::default());
//! let mut subscription = live.subscribe(Filter::default(), None);
//! let at = "2024-01-15T15:00:00Z".parse().expect("a time");
//! let data = serde_json::json!({"count": 3});
//! let kind = Kind::AssetsChanged;
//! live.publish(LiveEvent { kind, cluster_id: None, with: vec![], at, priority: None, bounds: None, data });
//! let Delivery::Event(event) = subscription.next().await else { panic!("nothing was missed") };
//! assert_eq!(event.kind, Kind::AssetsChanged);
//! # }
//! ```

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use firecore::detection::ClusterId;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::settings::LiveSettings;
pub use event::{Event, EventId, EventIdError, Kind, LiveEvent};
use filter::Facts;
pub use filter::{Filter, FilterError};
pub use resync::{Missed, Resync};

mod event;
mod filter;
mod resync;

/// Events that one look into the ring passes over at most, so that a filter that wants little holds up nobody.
const LOOK_MAX: usize = 4_096;

/// What an event costs beside its text, bytes: its entry and its text's own bookkeeping.
const ENTRY_BYTES: usize = size_of::<Entry>() + 64;

/// The ring; clones are the same one.
#[derive(Clone, Debug)]
pub struct Live(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    epoch: u64,
    settings: LiveSettings,
    ring: Mutex<Ring>,
    /// The newest event's number: who waits waits here.
    newest: watch::Sender<u64>,
}

/// The kept events, the oldest first.
#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Entry>,
    /// The number of the newest event, kept or not.
    newest: u64,
    bytes: usize,
    /// Each fire's partial forecast that nothing has made needless yet.
    partials: HashMap<ClusterId, u64>,
}

#[derive(Debug)]
struct Entry {
    facts: Facts,
    came_at: Instant,
    /// `None` where a later event made it needless.
    event: Option<Event>,
    bytes: usize,
}

/// What a subscriber gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// What happened next.
    Event(Event),
    /// Something was missed: read the snapshot, then go on.
    Resync(Resync),
}

/// How full the ring is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveLoad {
    /// Kept events.
    pub events: usize,
    /// What they take, bytes.
    pub bytes: usize,
    /// Who listens: clients and webhooks.
    pub subscribers: usize,
}

impl Live {
    /// An empty ring.
    pub fn new(settings: LiveSettings) -> Self {
        let epoch = Uuid::new_v4().as_u64_pair().0;
        let newest = watch::channel(0).0;
        Self(Arc::new(Shared { epoch, settings, ring: Mutex::default(), newest }))
    }

    /// Tells everybody; never waits. A [`Kind::Resync`] is nobody's to tell: subscribers get it by themselves.
    pub fn publish(&self, event: LiveEvent) -> EventId {
        debug_assert!(event.kind != Kind::Resync, "BUG: a resync is between a subscriber and the ring");
        let data = event.data.to_string();
        let now = Instant::now();
        let mut ring = self.0.ring();
        let id = EventId { epoch: self.0.epoch, sequence: ring.newest + 1 };
        let written = Event::new(id, event.kind, event.cluster_id, event.at, &data);
        let facts = Facts {
            kind: event.kind,
            cluster_id: event.cluster_id,
            with: event.with.into(),
            level: event.priority.map(|priority| priority.level()),
            bounds: event.bounds,
        };
        ring.supersede(&facts, id.sequence);
        ring.push(facts, written, now);
        ring.evict(&self.0.settings, now);
        drop(ring);
        self.0.newest.send_replace(id.sequence);
        id
    }

    /// A subscriber that gets what comes from now on, or from the event after `resume` on.
    pub fn subscribe(&self, filter: Filter, resume: Option<EventId>) -> Subscription {
        let changed = self.0.newest.subscribe();
        let mut ring = self.0.ring();
        ring.evict(&self.0.settings, Instant::now());
        let known = |id: &EventId| id.epoch == self.0.epoch && id.sequence <= ring.newest;
        let (next, foreign) = match resume {
            None => (ring.newest + 1, false),
            Some(id) if known(&id) => (id.sequence + 1, false),
            Some(_) => (ring.newest + 1, true),
        };
        drop(ring);
        Subscription { shared: Arc::clone(&self.0), filter, next, foreign, changed }
    }

    /// The newest event's id.
    pub fn newest(&self) -> EventId {
        EventId { epoch: self.0.epoch, sequence: self.0.ring().newest }
    }

    /// How full it is.
    pub fn load(&self) -> LiveLoad {
        let ring = self.0.ring();
        let subscribers = self.0.newest.receiver_count();
        LiveLoad { events: ring.entries.len(), bytes: ring.bytes, subscribers }
    }
}

impl Shared {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// The number of the oldest kept event, or of the next one.
    fn oldest(&self) -> u64 {
        self.newest + 1 - self.entries.len() as u64
    }

    /// What a fire's run gives so far is needless once there is more of it, or its end.
    fn supersede(&mut self, facts: &Facts, sequence: u64) {
        let Some(id) = facts.cluster_id else { return };
        let before = match facts.kind {
            Kind::ForecastPartial => self.partials.insert(id, sequence),
            Kind::ForecastCompleted | Kind::ForecastFailed => self.partials.remove(&id),
            _ => return,
        };
        let place = before.and_then(|before| before.checked_sub(self.oldest()));
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place as usize)) {
            self.bytes -= entry.bytes - ENTRY_BYTES;
            entry.bytes = ENTRY_BYTES;
            entry.event = None;
        }
    }

    fn push(&mut self, facts: Facts, event: Event, came_at: Instant) {
        let bytes = ENTRY_BYTES + event.sse.len();
        self.newest = event.id.sequence;
        self.bytes += bytes;
        self.entries.push_back(Entry { facts, came_at, event: Some(event), bytes });
    }

    /// Drops what is too old or too much; the newest event stays.
    fn evict(&mut self, settings: &LiveSettings, now: Instant) {
        let kept = Duration::from_secs(settings.kept_s);
        while let Some(oldest) = self.entries.front() {
            let much = self.entries.len() > settings.events_max || self.bytes > settings.bytes_max;
            let old = now.duration_since(oldest.came_at) > kept;
            if !(old || much && self.entries.len() > 1) {
                break;
            }
            self.bytes -= oldest.bytes;
            let sequence = self.oldest();
            if let Some(id) = oldest.facts.cluster_id
                && self.partials.get(&id) == Some(&sequence)
            {
                self.partials.remove(&id);
            }
            self.entries.pop_front();
        }
    }
}

/// What one look into the ring gave.
enum Look {
    Found(Delivery),
    Further,
    Nothing,
}

/// A place in the ring, and a filter.
#[derive(Debug)]
pub struct Subscription {
    shared: Arc<Shared>,
    filter: Filter,
    /// The number of the event that is looked at next.
    next: u64,
    foreign: bool,
    changed: watch::Receiver<u64>,
}

impl Subscription {
    /// What comes next, waiting for it. May be dropped while it waits: nothing is lost.
    pub async fn next(&mut self) -> Delivery {
        loop {
            if let Some(delivery) = self.try_next() {
                return delivery;
            }
            self.changed().await;
        }
    }

    /// What comes next, where it is there.
    pub fn try_next(&mut self) -> Option<Delivery> {
        if std::mem::take(&mut self.foreign) {
            return Some(Delivery::Resync(Resync { id: self.id(), why: Missed::ForeignId }));
        }
        loop {
            match self.look() {
                Look::Found(delivery) => return Some(delivery),
                Look::Further => {} // others had a turn at the ring
                Look::Nothing => return None,
            }
        }
    }

    fn look(&mut self) -> Look {
        let ring = self.shared.ring();
        let oldest = ring.oldest();
        if self.next < oldest {
            // What is kept still would come before the snapshot that is read next.
            let why = Missed::Overtaken { events: ring.newest + 1 - self.next };
            self.next = ring.newest + 1;
            drop(ring);
            return Look::Found(Delivery::Resync(Resync { id: self.id(), why }));
        }
        let from = (self.next - oldest) as usize;
        for Entry { facts, event, .. } in ring.entries.range(from..).take(LOOK_MAX) {
            self.next += 1;
            if !self.filter.wants(facts) {
                continue;
            }
            self.filter.follow(facts);
            if let Some(event) = event {
                return Look::Found(Delivery::Event(event.clone()));
            }
        }
        if self.next > ring.newest { Look::Nothing } else { Look::Further }
    }

    /// Waits for an event that was not looked at yet, wanted or not.
    pub async fn changed(&mut self) {
        let next = self.next;
        // The sender lives as long as the ring that this holds.
        drop(self.changed.wait_for(|newest| *newest >= next).await);
    }

    /// Where it stands: all up to here was given, or is not wanted.
    pub fn id(&self) -> EventId {
        EventId { epoch: self.shared.epoch, sequence: self.next - 1 }
    }

    /// Events that it has not looked at yet.
    #[cfg(test)]
    fn lag(&self) -> u64 {
        (*self.changed.borrow() + 1).saturating_sub(self.next)
    }
}

#[cfg(test)]
mod tests;
