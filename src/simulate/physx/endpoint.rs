//! One server as it is seen from here: its channel, how it stands, what it was sent, what it failed in.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use firecore::ignition::Perturbation;
use firecore::spread::ArrivalTimes;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::super::fleet::{ServerReport, ServerState};
use super::super::wire::proto::phys_x_sim_client::PhysXSimClient;
use super::super::wire::proto::{self, Output, SeedShape};
use super::super::wire::tile;
use super::super::{MemberRequest, Origin, Scenario, SimulateError, Simulated};
use super::blob::{Blob, Prepared};
use super::breaker::Breaker;
use super::check;
use super::dial::Dialer;
use super::failure::Failure;
use super::trace::Trace;

/// For how long what a server said of others' members counts.
const OTHERS_FRESH: Duration = Duration::from_secs(5);

/// For how long a server that served is waited for where no other does: our choice, a restart.
const BACK_MAX: Duration = Duration::from_secs(1);

/// Longest time to put an input: a large landscape over a slow line.
const PUT_MAX: Duration = Duration::from_secs(60);

/// How long before the run's deadline an answer may be that it has passed.
const LATE: Duration = Duration::from_millis(50);

/// Digests that are remembered of one server: some days' forecasts. Beyond it all are sent again.
const KNOWN_MAX: usize = 10_000;

/// Cells of a window that is unpacked and checked at once; larger ones on a thread of their own. A millisecond's work.
const UNPACKED_CELLS_MAX: u64 = 500_000;

/// Largest message that is taken: results of far more cells than any landscape has.
const MESSAGE_BYTES_MAX: usize = 1 << 30;

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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Lease {
    /// Sends what the member needs, where the server does not hold it.
    pub(super) async fn prepare(&self, prepared: &Prepared) -> Result<(), Failure> {
        for blob in [&prepared.landscape, &prepared.weather] {
            self.endpoint.put(blob, false).await?;
        }
        Ok(())
    }

    /// Runs the member there.
    pub(super) async fn run(
        mut self,
        prepared: Arc<Prepared>,
        request: MemberRequest,
        trace: Trace,
    ) -> Result<Simulated, Failure> {
        let endpoint = Arc::clone(&self.endpoint);
        let outcome = endpoint.call(&prepared, &request, &trace).await;
        let now = Instant::now();
        // The call's own deadline is the run's: that it has passed is no fault of the server.
        let is_late = request.scenario.deadline.is_some_and(|deadline| now + LATE >= deadline);
        let outcome = match outcome {
            Err(Failure::Failed { reason, .. }) if is_late => {
                Err(Failure::Final(SimulateError::TooLate { reason }))
            }
            outcome => outcome,
        };
        match &outcome {
            Ok(_) => {
                endpoint.members_done.fetch_add(1, Ordering::Relaxed);
                endpoint.lock().breaker.succeeded();
            }
            // Neither says anything of the server.
            Err(Failure::Busy { .. } | Failure::Refused { .. } | Failure::Final(_)) => {
                endpoint.lock().breaker.given_up();
            }
            Err(Failure::Failed { unusable, .. }) => {
                endpoint.failures.fetch_add(1, Ordering::Relaxed);
                endpoint.unusable.fetch_add(u64::from(*unusable), Ordering::Relaxed);
                endpoint.lock().breaker.failed(now);
            }
        }
        self.judged = true;
        outcome
    }

    /// The member takes so long that the server must be stuck.
    pub(super) fn stuck(endpoint: &Endpoint) {
        endpoint.failures.fetch_add(1, Ordering::Relaxed);
        endpoint.lock().breaker.failed(Instant::now());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.endpoint.in_flight.fetch_sub(1, Ordering::Relaxed);
        if !self.judged {
            self.endpoint.lock().breaker.given_up();
        }
        self.endpoint.changed.notify_waiters();
    }
}

/// A result that is a fire; else what is wrong with it, in words.
fn used(
    result: &proto::MemberResult,
    scenario: &Scenario,
    draws: &Perturbation,
) -> Result<ArrivalTimes, String> {
    let arrival = tile::result_from_wire(result, &scenario.landscape).map_err(|error| error.to_string())?;
    let burned_cells = result.statistics.unwrap_or_default().burned_cells;
    match check::fault(&arrival, burned_cells, scenario, draws) {
        None => Ok(arrival),
        Some(fault) => Err(fault),
    }
}

impl Endpoint {
    async fn call(
        &self,
        prepared: &Prepared,
        request: &MemberRequest,
        trace: &Trace,
    ) -> Result<Simulated, Failure> {
        let about = self.about();
        for blob in [&prepared.landscape, &prepared.weather] {
            self.put(blob, false).await?;
        }
        let mut answer = self.simulate(prepared, request, trace, &about).await;
        // It has forgotten them: it was started anew, or others sent it more than it keeps.
        if let Err(status) = &answer
            && Failure::lacks_inputs(status)
        {
            for blob in [&prepared.landscape, &prepared.weather] {
                self.put(blob, true).await?;
            }
            answer = self.simulate(prepared, request, trace, &about).await;
        }
        let answer = answer.map_err(|status| Failure::of(&self.url, &status))?;
        let mut result = answer.result.ok_or_else(|| self.unusable("an answer without a result"))?;
        if result.member != request.member.index.0 {
            let found = format!("needed member {}, found member {}", request.member.index.0, result.member);
            return Err(self.unusable(&found));
        }
        let (scenario, draws) = (Arc::clone(&request.scenario), request.member.perturbation.clone());
        let statistics = result.statistics.unwrap_or_default();
        self.note_others(statistics.members_in_hand as usize);
        let took = Duration::try_from_secs_f64(statistics.computed_ms / 1e3).unwrap_or_default();
        if let Some(arrival) = result.arrival.as_mut().filter(|_| !about.intensities)
            && arrival.fireline_intensity_kw_m_f32.is_empty()
        {
            arrival.fireline_intensity_kw_m_f32 = vec![0; arrival.arrival_s_f32.len()].into();
        }
        let cells = result.arrival.as_ref().map_or(0, |tile| u64::from(tile.rows) * u64::from(tile.cols));
        let used = move || used(&result, &scenario, &draws);
        // A large one would hold up whoever else has this thread of the runtime.
        let used = match cells > UNPACKED_CELLS_MAX {
            true => tokio::task::spawn_blocking(used).await.unwrap_or_else(|error| Err(error.to_string())),
            false => used(),
        };
        let arrival = used.map_err(|fault| self.unusable(&fault))?;
        Ok(Simulated { arrival, origin: Arc::clone(&about.origin), took })
    }

    async fn simulate(
        &self,
        prepared: &Prepared,
        request: &MemberRequest,
        trace: &Trace,
        about: &About,
    ) -> Result<proto::RunSimulationResponse, Status> {
        let left = request.scenario.deadline.map(|deadline| deadline - Instant::now());
        let left_ms = left.map_or(0, |left| u32::try_from(left.as_millis().max(1)).unwrap_or(u32::MAX));
        let member = &request.member;
        let sent =
            prepared.request(&request.scenario, member.index.0, &member.perturbation, about.discs, left_ms);
        let mut sent = Request::new(sent);
        if let Some(left) = left {
            sent.set_timeout(left);
        }
        if let Ok(value) = MetadataValue::try_from(trace.parent()) {
            sent.metadata_mut().insert("traceparent", value);
        }
        self.client().run_simulation(sent).await.map(tonic::Response::into_inner)
    }

    /// Sends an input where it was not sent yet, or anew.
    async fn put(&self, blob: &Blob, again: bool) -> Result<(), Failure> {
        if !again && self.lock().known.contains(&blob.sha256) {
            return Ok(());
        }
        let _one_at_a_time = self.putting.lock().await;
        if !again && self.lock().known.contains(&blob.sha256) {
            return Ok(());
        }
        let pieces = futures_util::stream::iter(blob.pieces());
        let put = self.client();
        let answer = timeout(PUT_MAX, async move { { put }.put_input(pieces).await });
        match answer.await {
            Ok(Ok(_)) => {
                let mut state = self.lock();
                if state.known.len() >= KNOWN_MAX {
                    state.known.clear();
                }
                state.known.insert(blob.sha256);
                Ok(())
            }
            Ok(Err(status)) => Err(Failure::of(&self.url, &status)),
            Err(_) => Err(Failure::failed(
                &self.url,
                format!("an input was not taken within {} s", PUT_MAX.as_secs()),
            )),
        }
    }

    fn client(&self) -> PhysXSimClient<Channel> {
        use tonic::codec::CompressionEncoding::Gzip;
        let client = PhysXSimClient::new(self.channel())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        if self.gzip { client.send_compressed(Gzip).accept_compressed(Gzip) } else { client }
    }

    fn note_others(&self, in_hand: usize) {
        let own = self.in_flight.load(Ordering::Relaxed);
        self.lock().others = Some((in_hand.saturating_sub(own), Instant::now()));
    }

    fn unusable(&self, fault: &str) -> Failure {
        Failure::Failed {
            reason: format!("{}: a result that cannot be used: {fault}", self.url),
            unusable: true,
            cut_off: false,
        }
    }
}
