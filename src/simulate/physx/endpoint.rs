//! One server as it is seen from here: its channel, how it stands, what it was sent, what it failed in.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tonic::transport::Channel;

use super::super::fleet::{ServerReport, ServerState};
use super::super::wire::proto::{self, Output, SeedShape};
use super::super::{Origin, lock};
use super::breaker::Breaker;
use super::dial::Dialer;

mod call;

/// For how long what a server said of others' members counts: our choice.
const OTHERS_FRESH: Duration = Duration::from_secs(5);

/// For how long a server that served is waited for where no other does: our choice, a restart.
const BACK_MAX: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: Arc<str>,
    /// The URL's host, for the channel.
    pub(super) host: Arc<str>,
    pub(super) address: SocketAddr,
    pub(super) dialer: Dialer,
    pub(super) gzip: bool,
    state: Mutex<State>,
    in_flight: AtomicUsize,
    members_done: AtomicU64,
    failures: AtomicU64,
    unusable: AtomicU64,
    /// One input is put at a time; who comes second finds it there.
    putting: tokio::sync::Mutex<()>,
    /// Told when a member ends or the standing changes: who waits for a free server looks again.
    changed: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    channel: Channel,
    standing: Standing,
    breaker: Breaker,
    about: Arc<About>,
    /// Digests of inputs that it was sent.
    known: HashSet<[u8; 32]>,
    /// Members that it had in hand for others when it said so last.
    others: Option<(usize, Instant)>,
    /// When it stopped serving.
    left_at: Option<Instant>,
}

/// How it stands, and why not better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Connecting,
    Serving,
    Draining,
    Unreachable(String),
}

/// What it said of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct About {
    model: String,
    version: String,
    instance: String,
    pub(super) threads: u32,
    in_hand_max: usize,
    discs: bool,
    intensities: bool,
    /// Whose results are its.
    pub(super) origin: Arc<Origin>,
}

/// A place with a server for one member, until it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) endpoint: Arc<Endpoint>,
    judged: bool,
}

impl Endpoint {
    pub(super) fn new(
        (url, host): (Arc<str>, Arc<str>),
        address: SocketAddr,
        dialer: Dialer,
        gzip: bool,
        changed: Arc<Notify>,
    ) -> Self {
        let channel = dialer.dial(&host, address);
        let about = About::of(&url, address, &proto::DescribeResponse::default());
        let state = State {
            channel,
            standing: Standing::Connecting,
            breaker: Breaker::new(),
            about: Arc::new(about),
            known: HashSet::new(),
            others: None,
            left_at: None,
        };
        Self {
            url,
            host,
            address,
            dialer,
            gzip,
            state: Mutex::new(state),
            in_flight: AtomicUsize::new(0),
            members_done: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            unusable: AtomicU64::new(0),
            putting: tokio::sync::Mutex::default(),
            changed,
        }
    }

    /// How it stands.
    pub(super) fn standing(&self) -> Standing {
        self.lock().standing.clone()
    }

    /// Whether it is called for the first time, or served until a moment ago and may be back at once: one that is started again
    /// takes no longer.
    pub(super) fn is_settling(&self, now: Instant) -> bool {
        let state = self.lock();
        let left = state.left_at.is_some_and(|left_at| now - left_at < BACK_MAX);
        state.standing == Standing::Connecting || (state.standing != Standing::Serving && left)
    }

    /// Takes note of how it stands.
    pub(super) fn stands(&self, standing: Standing) {
        let mut state = self.lock();
        if state.standing != standing {
            match &standing {
                Standing::Serving => tracing::info!(server = %self.url, address = %self.address, "serves"),
                Standing::Draining => {
                    tracing::info!(server = %self.url, address = %self.address, "is being stopped")
                }
                Standing::Unreachable(reason) => {
                    tracing::warn!(server = %self.url, address = %self.address, reason, "cannot be reached");
                }
                Standing::Connecting => {}
            }
            state.left_at = (state.standing == Standing::Serving).then(Instant::now).or(state.left_at);
            state.standing = standing;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Takes note of what it said of itself; one that was started anew holds no inputs.
    pub(super) fn described(&self, answer: &proto::DescribeResponse) {
        let about = About::of(&self.url, self.address, answer);
        let mut state = self.lock();
        if state.about.instance != about.instance {
            state.known.clear();
            state.breaker = Breaker::new();
        }
        state.about = Arc::new(about);
    }

    pub(super) fn about(&self) -> Arc<About> {
        Arc::clone(&self.lock().about)
    }

    /// A new connection, on which nothing is called yet.
    pub(super) fn dial(&self) -> Channel {
        self.dialer.dial(&self.host, self.address)
    }

    /// Calls it on this connection from now on; calls under way end on the one before.
    pub(super) fn call_on(&self, channel: Channel) {
        self.lock().channel = channel;
    }

    pub(super) fn channel(&self) -> Channel {
        self.lock().channel.clone()
    }

    /// How much it has to do for each thread, where it may be asked for a member.
    pub(super) fn load(&self, now: Instant) -> Option<f64> {
        let state = self.lock();
        if state.standing != Standing::Serving || !state.breaker.admits(now) {
            return None;
        }
        let own = self.in_flight.load(Ordering::Relaxed);
        let others =
            state.others.filter(|(_, said)| now - *said <= OTHERS_FRESH).map_or(0, |(others, _)| others);
        Some((own + others) as f64 / f64::from(state.about.threads.max(1)))
    }

    /// Whether it takes a further member.
    pub(super) fn has_room(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) < self.lock().about.in_hand_max
    }

    /// A place for one member.
    pub(super) fn lease(self: &Arc<Self>) -> Lease {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.lock().breaker.begin();
        Lease { endpoint: Arc::clone(self), judged: false }
    }

    pub(super) fn report(&self, now: Instant) -> ServerReport {
        let state = self.lock();
        let (stands, reason) = match &state.standing {
            Standing::Connecting => (ServerState::Connecting, None),
            Standing::Draining => (ServerState::Draining, None),
            Standing::Unreachable(reason) => (ServerState::Unreachable, Some(reason.clone())),
            Standing::Serving if !state.breaker.admits(now) => {
                (ServerState::Suspended, Some("too many calls failed one after another".to_owned()))
            }
            Standing::Serving => (ServerState::Serving, None),
        };
        let About { model, version, threads, .. } = &*state.about;
        ServerReport {
            url: self.url.to_string(),
            address: self.address.to_string(),
            state: stands,
            reason,
            model: (!model.is_empty()).then(|| format!("{model} {version}")),
            threads: *threads,
            in_flight: self.in_flight.load(Ordering::Relaxed),
            members_done: self.members_done.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            unusable: self.unusable.load(Ordering::Relaxed),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl About {
    fn of(url: &str, address: SocketAddr, answer: &proto::DescribeResponse) -> Self {
        let limits = answer.limits.unwrap_or_default();
        let discs = answer
            .capabilities
            .as_ref()
            .is_some_and(|can| can.seed_shapes().any(|one| one == SeedShape::Disc));
        // One that claims more threads than it has members in hand would draw all of them.
        let most = if limits.members_in_hand_max == 0 { 1_000 } else { limits.members_in_hand_max };
        let threads = limits.threads.clamp(1, most);
        let short =
            |text: &str| -> String { text.chars().filter(|letter| !letter.is_control()).take(80).collect() };
        let (model, version) = (short(&answer.model), short(&answer.version));
        let place =
            if url.contains(&address.to_string()) { url.to_owned() } else { format!("{url} ({address})") };
        Self {
            origin: Arc::new(Origin { simulator: format!("{model} {version} at {place}"), instead: None }),
            model,
            version,
            instance: answer.instance.clone(),
            threads,
            in_hand_max: match limits.members_in_hand_max {
                0 => 2 * threads as usize,
                given => given as usize,
            },
            discs,
            intensities: answer
                .capabilities
                .as_ref()
                .is_some_and(|can| can.outputs().any(|one| one == Output::FirelineIntensity)),
        }
    }
}
