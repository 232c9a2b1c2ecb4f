//! Webhooks: each event, signed, to the addresses that the settings name.
//!
//! A webhook is one more subscriber of the ring: one that is down delays nobody and keeps nothing but its place. Events go
//! out one after the other, each tried again until it is taken or becomes a dead letter, so they arrive in order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::engine::live::{
    Delivery, Event, EventId, Filter, FilterError, Kind, Live, Missed, Resync, Subscription,
};
use crate::settings::{SecretError, WebhookSettings};
pub use dead_letters::DeadLetter;
use dead_letters::DeadLetters;
use request::{Outcome, Sender};

mod dead_letters;
mod request;

/// Wait before the second try of an event, ms; doubles with each further one.
const WAIT_MS_FIRST: u64 = 1_000;

/// Longest wait between two tries, ms, whatever the receiver asks for.
const WAIT_MS_MAX: u64 = 60_000;

/// All of them.
#[derive(Debug)]
pub struct Webhooks {
    hooks: Vec<Arc<Hook>>,
    letters: Arc<DeadLetters>,
    live: Live,
    tasks: Mutex<JoinSet<()>>,
}

/// One address.
#[derive(Debug)]
struct Hook {
    index: usize,
    shown_url: String,
    kinds: Vec<Kind>,
    attempts_max: u32,
    sender: Sender,
    clock: Clock,
    tally: Mutex<Tally>,
}

#[derive(Clone, Debug)]
struct Tally {
    position: EventId,
    delivered: u64,
    attempts_failed: u64,
    dead: u64,
    overtaken: u64,
    delivered_at: Option<Timestamp>,
    failing_since: Option<Timestamp>,
    error: Option<String>,
}

/// How a webhook stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookStatus {
    /// Its place in the settings, from 0.
    pub index: usize,
    /// Its address without what may be secret.
    pub url: String,
    /// What it wants; empty: all kinds.
    pub kinds: Vec<Kind>,
    /// Up to here everything was sent, given up or not wanted.
    pub position: EventId,
    /// Events that come after that.
    pub lag: u64,
    /// Events that were taken.
    pub delivered: u64,
    /// Tries that failed.
    pub attempts_failed: u64,
    /// Events that were given up.
    pub dead: u64,
    /// Events that were no longer kept when their turn came; the receiver was told to read the snapshot.
    pub overtaken: u64,
    /// When the last event was taken.
    pub delivered_at: Option<Timestamp>,
    /// Since when every try has failed.
    pub failing_since: Option<Timestamp>,
    /// Why the last try failed, until one succeeds.
    pub error: Option<String>,
}

/// What came of a dead letter's new try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It was taken, and is gone from the list.
    Delivered,
    /// It stays.
    Failed {
        /// Why.
        reason: String,
    },
    /// There is no such letter.
    Unknown,
}

/// Why there are no webhooks.
#[derive(Debug, thiserror::Error)]
pub enum WebhooksError {
    /// No secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What it wants cannot be read.
    #[error("webhook {url}: {source}")]
    Filter {
        /// Whose.
        url: String,
        /// What is wrong.
        source: FilterError,
    },
    /// There is no client for HTTP.
    #[error("webhook {url}: {detail}")]
    Client {
        /// Whose.
        url: String,
        /// Why.
        detail: String,
    },
}

/// Whether a webhook could be started: its secret, its filter and its address.
pub fn check(settings: &WebhookSettings) -> Result<(), WebhooksError> {
    made(settings).map(drop)
}

/// What a webhook wants, and who sends it.
fn made(settings: &WebhookSettings) -> Result<(Filter, Sender), WebhooksError> {
    let url = settings.shown_url();
    let filter = settings.filter().map_err(|source| WebhooksError::Filter { url: url.clone(), source })?;
    let sender = Sender::new(settings, &settings.read_secret()?)
        .map_err(|detail| WebhooksError::Client { url, detail })?;
    Ok((filter, sender))
}

impl Webhooks {
    /// Starts one task a webhook. Each receiver is first told to read the snapshot: what was sent by an earlier run is not
    /// known.
    pub fn start(settings: &[WebhookSettings], live: &Live, clock: &Clock) -> Result<Self, WebhooksError> {
        let letters = Arc::new(DeadLetters::default());
        let (mut hooks, mut tasks) = (Vec::new(), JoinSet::new());
        for (index, one) in settings.iter().enumerate() {
            let url = one.shown_url();
            let (filter, sender) = made(one)?;
            let subscription = live.subscribe(filter, None);
            let hook = Arc::new(Hook {
                index,
                shown_url: url,
                kinds: one.kinds.clone(),
                attempts_max: one.attempts_max.max(1),
                sender,
                clock: clock.clone(),
                tally: Mutex::new(Tally::at(subscription.id())),
            });
            tasks.spawn(run(Arc::clone(&hook), Arc::clone(&letters), subscription));
            hooks.push(hook);
        }
        Ok(Self { hooks, letters, live: live.clone(), tasks: Mutex::new(tasks) })
    }

    /// How each stands.
    pub fn status(&self) -> Vec<HookStatus> {
        let newest = self.live.newest().sequence();
        self.hooks.iter().map(|hook| hook.status(newest)).collect()
    }

    /// Events that were given up, the oldest first, and the number of those that are no longer kept either.
    pub fn dead_letters(&self) -> (Vec<DeadLetter>, u64) {
        self.letters.all()
    }

    /// Tries a dead letter once more, now.
    pub async fn retry(&self, id: u64) -> Retried {
        let Some((hook, letter)) =
            self.letters.get(id).and_then(|letter| Some((self.hooks.get(letter.webhook)?, letter)))
        else {
            return Retried::Unknown;
        };
        match hook.try_once(&letter.event).await {
            Outcome::Taken => {
                self.letters.forget(id);
                Retried::Delivered
            }
            Outcome::Again { reason, .. } | Outcome::Refused { reason } => {
                self.letters.tried_again(id, &reason, hook.clock.now());
                Retried::Failed { reason }
            }
        }
    }

    /// Ends every task; what was under way may have been taken or not.
    pub async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
    }
}

/// One webhook, until it is stopped.
async fn run(hook: Arc<Hook>, letters: Arc<DeadLetters>, mut subscription: Subscription) {
    let started = Resync { id: subscription.id(), why: Missed::Started };
    deliver(&hook, &letters, started.event(None, hook.clock.now())).await;
    loop {
        let Some(delivery) = subscription.try_next() else {
            hook.tally().position = subscription.id();
            subscription.changed().await;
            continue;
        };
        let event = match delivery {
            Delivery::Event(event) => event,
            Delivery::Resync(resync) => {
                hook.overtaken(resync);
                resync.event(None, hook.clock.now())
            }
        };
        deliver(&hook, &letters, event).await;
        hook.tally().position = subscription.id();
    }
}

/// Tries until the event is taken, refused for good, or has been tried often enough.
async fn deliver(hook: &Hook, letters: &DeadLetters, event: Event) {
    for attempt in 1.. {
        let (reason, wait) = match hook.try_once(&event).await {
            Outcome::Taken => return,
            Outcome::Refused { reason } => (reason, None),
            Outcome::Again { reason, after } if attempt < hook.attempts_max => {
                (reason, Some(wait(attempt, after)))
            }
            Outcome::Again { reason, .. } => (reason, None),
        };
        let Some(wait) = wait else {
            hook.tally().dead += 1;
            tracing::warn!(url = hook.shown_url, event = %event.id, attempt, reason, "an event is given up");
            letters.keep(hook.index, event, attempt, reason, hook.clock.now());
            return;
        };
        tokio::time::sleep(wait).await;
    }
}

impl Hook {
    async fn try_once(&self, event: &Event) -> Outcome {
        let outcome = self.sender.post(event, self.clock.now()).await;
        let (now, mut tally) = (self.clock.now(), self.tally());
        match &outcome {
            Outcome::Taken => {
                tally.delivered += 1;
                tally.delivered_at = Some(now);
                (tally.failing_since, tally.error) = (None, None);
            }
            Outcome::Again { reason, .. } | Outcome::Refused { reason } => {
                tally.attempts_failed += 1;
                tally.failing_since.get_or_insert(now);
                tally.error = Some(reason.clone());
            }
        }
        drop(tally);
        outcome
    }

    fn overtaken(&self, resync: Resync) {
        if let Missed::Overtaken { events } = resync.why {
            tracing::warn!(
                url = self.shown_url,
                events,
                "a webhook was too slow: events were not sent to it"
            );
            self.tally().overtaken += events;
        }
    }

    fn status(&self, newest: u64) -> HookStatus {
        let tally = self.tally().clone();
        HookStatus {
            index: self.index,
            url: self.shown_url.clone(),
            kinds: self.kinds.clone(),
            position: tally.position,
            lag: newest.saturating_sub(tally.position.sequence()),
            delivered: tally.delivered,
            attempts_failed: tally.attempts_failed,
            dead: tally.dead,
            overtaken: tally.overtaken,
            delivered_at: tally.delivered_at,
            failing_since: tally.failing_since,
            error: tally.error,
        }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    fn at(position: EventId) -> Self {
        Self {
            position,
            delivered: 0,
            attempts_failed: 0,
            dead: 0,
            overtaken: 0,
            delivered_at: None,
            failing_since: None,
            error: None,
        }
    }
}

/// Doubles from the first wait up to the longest, between half of that and all of it, so that many do not come back at
/// once; never before the receiver asked for, as far as that is within the longest.
fn wait(attempt: u32, after: Option<Duration>) -> Duration {
    let whole_ms = WAIT_MS_FIRST.saturating_mul(1 << (attempt - 1).min(20)).min(WAIT_MS_MAX);
    // Without random bits the wait is the whole.
    let share = getrandom::u32().map_or(1.0, |bits| 0.5 + f64::from(bits) / f64::from(u32::MAX) / 2.0);
    let backoff = Duration::from_millis(whole_ms).mul_f64(share);
    backoff.max(after.unwrap_or_default().min(Duration::from_millis(WAIT_MS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_are_scattered() {
        for (attempt, whole_ms) in [(1, 1_000), (2, 2_000), (6, 32_000), (7, 60_000), (40, 60_000)] {
            for _ in 0..100 {
                let wait_ms = wait(attempt, None).as_millis();
                assert!((whole_ms / 2..=whole_ms).contains(&wait_ms), "{attempt}: {wait_ms}");
            }
        }
        let waits: std::collections::BTreeSet<_> = (0..20).map(|_| wait(7, None)).collect();
        assert!(waits.len() > 1);
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_wait_but_not_for_ever() {
        assert_eq!(wait(1, Some(Duration::from_secs(30))), Duration::from_secs(30));
        assert_eq!(wait(1, Some(Duration::from_secs(86_400))), Duration::from_secs(60));
    }
}
