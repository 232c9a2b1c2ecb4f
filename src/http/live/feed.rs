//! Feed: what one client is told, and when. The wires write it down.
//!
//! A client that heard nothing for a while hears of an event at once. One that got some just now gets what has come
//! since a little later, all together: that is what a thousand clients cost at a hundred events a second.

use std::time::Duration;

use firecore::detection::ClusterId;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use crate::clock::Clock;
use crate::engine::live::{Delivery, Event, EventId, Subscription};

/// What a client is told.
pub(super) enum Word {
    /// What happened.
    Event(Event),
    /// Nothing did; all up to here was told.
    Heartbeat(EventId),
}

pub(super) struct FeedArgs {
    pub(super) subscription: Subscription,
    /// The one fire that the client asked for.
    pub(super) fire: Option<ClusterId>,
    pub(super) clock: Clock,
    pub(super) heartbeat_s: u64,
    pub(super) gather_ms: u64,
    pub(super) stopped: watch::Receiver<bool>,
    /// Given back when the client has left.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(super) permit: OwnedSemaphorePermit,
}

pub(super) struct Feed {
    args: FeedArgs,
    /// When the client got something last.
    told_at: Instant,
    /// When the ring was last looked into after a wait, or for the first event.
    looked_at: Option<Instant>,
}

impl Feed {
    pub(super) fn new(args: FeedArgs) -> Self {
        Self { args, told_at: Instant::now(), looked_at: None }
    }

    /// Where the client stands.
    pub(super) fn id(&self) -> EventId {
        self.args.subscription.id()
    }

    /// What comes next; `None`: the server stops.
    pub(super) async fn next(&mut self) -> Option<Word> {
        loop {
            if let Some(word) = self.try_next() {
                return word;
            }
            let heartbeat_at = self.told_at + Duration::from_secs(self.args.heartbeat_s);
            tokio::select! {
                () = ended(&mut self.args.stopped) => return None,
                () = self.args.subscription.changed() => {}
                () = sleep_until(heartbeat_at) => {
                    self.told_at = Instant::now();
                    return Some(Word::Heartbeat(self.id()));
                }
            }
            self.gather().await;
        }
    }

    /// What is there: an event, or the end. `None`: the client has got all.
    pub(super) fn try_next(&mut self) -> Option<Option<Word>> {
        if *self.args.stopped.borrow() {
            return Some(None);
        }
        let delivery = self.args.subscription.try_next()?;
        self.told_at = Instant::now();
        self.looked_at.get_or_insert(self.told_at);
        let event = match delivery {
            Delivery::Event(event) => event,
            Delivery::Resync(resync) => resync.event(self.args.fire, self.args.clock.now()),
        };
        Some(Some(Word::Event(event)))
    }

    async fn gather(&mut self) {
        if let Some(looked_at) = self.looked_at {
            sleep_until(looked_at + Duration::from_millis(self.args.gather_ms)).await;
        }
        self.looked_at = Some(Instant::now());
    }
}

async fn ended(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stopped| *stopped).await);
}
