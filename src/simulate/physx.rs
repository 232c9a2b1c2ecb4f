//! Over gRPC to PhysX servers: a pool of them, tries within a budget, deadlines, and a fall-back with its reason.
//!
//! Members have no effect but their result, so each may be asked for again. A server that dies, hangs, is full or sends what is no
//! fire costs time, never a member, as long as another is there; where none is, this process computes, or the surrogate
//! does, and the forecast says so. Members by the surrogate are computed here always.

use std::collections::HashSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use firecore::strategy::Method;
use rustls::pki_types::ServerName;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::fleet::FleetReport;
use super::local::LocalSimulator;
use super::tls::{TlsError, TlsFiles, for_client};
use super::{
    MemberRequest, Origin, Scenario, SimulateError, SimulateFuture, Simulated, Simulator, StandInFuture, lock,
};
use blob::Prepared;
use budget::Budget;
use dial::Dialer;
use endpoint::Lease;
use failure::Failure;
use pool::{NoServer, Pool};
use progress::Progress;
use trace::Trace;

mod address;
mod blob;
mod breaker;
mod budget;
pub mod check;
mod dial;
mod endpoint;
pub(super) mod failure;
mod pool;
mod progress;
mod trace;

pub use address::ServerUrl;

/// Tries of one member on servers: our choice; whoever fails so often fails anywhere.
const TRIES_MAX: u32 = 4;

/// How long a server that is full is left alone, whatever it asks for: our choice.
const BUSY_WAIT: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(2)];

/// A server that had a member so long when the run's time was over counts as failed: our choice, half of the usual deadline.
const SILENT_MAX: Duration = Duration::from_secs(60);

/// Which servers, and what happens without them.
#[derive(Clone, Debug, PartialEq)]
pub struct PhysXOptions {
    /// Where they are.
    pub servers: Vec<ServerUrl>,
    /// What computes where no server can.
    pub fall_back: FallBack,
    /// How often their names are looked up again.
    pub resolve: Duration,
    /// Whether messages are compressed: for lines that are slower than the cores.
    pub gzip: bool,
    /// For servers with https.
    pub tls: TlsFiles,
    /// The name that a server's certificate must have; without it the one in the URL.
    pub server_name: Option<String>,
}

impl PhysXOptions {
    /// These servers, and the rest as it usually is: without encryption and compression.
    pub fn new(servers: Vec<ServerUrl>, fall_back: FallBack) -> Self {
        let resolve = Duration::from_secs(10);
        Self { servers, fall_back, resolve, gzip: false, tls: TlsFiles::default(), server_name: None }
    }

    /// Whether a simulator could be started: the certificates and the servers' name. Nobody is called.
    pub fn check(&self) -> Result<(), PhysXError> {
        self.dialed().map(drop)
    }

    /// Each server with what calls it.
    fn dialed(&self) -> Result<Vec<(ServerUrl, Dialer)>, PhysXError> {
        let mut files = None;
        let mut servers = Vec::new();
        for url in &self.servers {
            let dialer = if url.tls {
                let name = self.server_name.clone().unwrap_or_else(|| url.lookup.clone());
                let name =
                    ServerName::try_from(name.clone()).map_err(|_| PhysXError::ServerName { found: name })?;
                let files = match &files {
                    Some(files) => Arc::clone(files),
                    None => Arc::clone(files.insert(Arc::new(for_client(self.tls.clone())?))),
                };
                Dialer::tls(files, name)
            } else {
                Dialer::plain()
            };
            servers.push((url.clone(), dialer));
        }
        Ok(servers)
    }
}

/// What computes where no server can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FallBack {
    /// The same solver in this process: the same forecast, later.
    Local,
    /// The surrogate: a forecast in time, by another method.
    Surrogate,
}

/// Why there is no such simulator.
#[derive(Debug, thiserror::Error)]
pub enum PhysXError {
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The name of the servers is none.
    #[error("needed the name in the servers' certificates, found \"{found}\"")]
    ServerName {
        /// What was given.
        found: String,
    },
}

/// Computes members on servers.
pub struct PhysXSimulator {
    pool: Pool,
    local: LocalSimulator,
    fall_back: FallBack,
    budget: Mutex<Budget>,
    runs: Mutex<Vec<Known>>,
    /// Members that this process computes in place of servers at a time: two for each thread.
    places_here: Semaphore,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    members_done: AtomicU64,
    members_here: AtomicU64,
    retries: AtomicU64,
    hedges: AtomicU64,
}

/// What is kept of a run while somebody works on it.
struct Run {
    prepared: OnceCell<Arc<Prepared>>,
    progress: Progress,
}

struct Known {
    scenario: Weak<Scenario>,
    run: Arc<Run>,
}

impl PhysXSimulator {
    /// Calls the servers from now on; must be called on a runtime.
    pub fn start(options: PhysXOptions, local: LocalSimulator) -> Result<Self, PhysXError> {
        let servers = options.dialed()?;
        let places_here = Semaphore::new(2 * local.width(Method::PhysX));
        Ok(Self {
            pool: Pool::start(servers, options.gzip, options.resolve, pool::by_the_machine()),
            local,
            fall_back: options.fall_back,
            budget: Mutex::new(Budget::new()),
            runs: Mutex::default(),
            places_here,
            counts: Counts::default(),
        })
    }

    async fn run_there(&self, request: MemberRequest) -> Result<Simulated, SimulateError> {
        let (run, deadline) = (self.run_of(&request.scenario), request.scenario.deadline);
        lock(&self.budget).earn();
        let prepared = run.prepared(&request.scenario).await?;
        let (mut tried, mut failures): (Vec<SocketAddr>, Vec<String>) = (Vec::new(), Vec::new());
        let mut refusals = 0;
        loop {
            let lease = match self.pool.lease(&tried, deadline).await {
                Ok(lease) => lease,
                Err(NoServer::Healthy(reason)) => {
                    failures.push(format!("no PhysX server can be used: {reason}"));
                    return self.run_here(request, &run, failures).await;
                }
                Err(NoServer::Free) => return Err(too_late(failures, "no PhysX server was free")),
            };
            let address = lease.endpoint.address;
            match self.attempt(lease, Arc::clone(&prepared), &request, &run).await {
                Ok(done) => {
                    self.counts.members_done.fetch_add(1, Ordering::Relaxed);
                    return Ok(done);
                }
                Err(Failure::Final(error)) => return Err(error),
                // Nothing was begun: it costs no try. The others are asked first.
                Err(Failure::Busy { after }) => {
                    tried.push(address);
                    if self.pool.has_tried_all(&tried) {
                        tried.clear();
                        let until = Instant::now() + after.clamp(BUSY_WAIT[0], BUSY_WAIT[1]);
                        sleep_until(deadline.map_or(until, |deadline| until.min(deadline))).await;
                    }
                }
                // Another may have other limits; what two refuse is wrong.
                Err(Failure::Refused { reason }) => {
                    tried.push(address);
                    failures.push(reason);
                    refusals += 1;
                    if refusals >= 2 || self.pool.has_tried_all(&tried) {
                        return self.run_here(request, &run, failures).await;
                    }
                }
                // What a server took down with it is computed nowhere: it goes to another, and costs no try.
                Err(Failure::Failed { reason, cut_off, .. }) => {
                    tracing::debug!(
                        member = request.member.index.0,
                        reason,
                        "a member is computed elsewhere"
                    );
                    tried.push(address);
                    failures.push(reason);
                    if failures.len() >= TRIES_MAX as usize {
                        return self.run_here(request, &run, failures).await;
                    }
                    if !cut_off && !lock(&self.budget).take() {
                        failures.push("too many members failed for another try".to_owned());
                        return self.run_here(request, &run, failures).await;
                    }
                    self.counts.retries.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// One member on one server, and on a second one beside it where it is among the last and takes long.
    async fn attempt(
        &self,
        mut lease: Lease,
        prepared: Arc<Prepared>,
        request: &MemberRequest,
        run: &Run,
    ) -> Result<Simulated, Failure> {
        let (endpoint, scenario) = (Arc::clone(&lease.endpoint), &request.scenario);
        // The first member of a run carries the inputs over: that is no part of what a member takes.
        match scenario.deadline {
            Some(deadline) => match timeout_at(deadline, lease.prepare(&prepared)).await {
                Ok(put) => put?,
                Err(_) => {
                    let reason = format!("{} was taking the inputs", endpoint.url);
                    return Err(Failure::Final(SimulateError::TooLate { reason }));
                }
            },
            None => lease.prepare(&prepared).await?,
        }
        let began = Instant::now();
        let passed = async {
            match scenario.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let first = lease.run(Arc::clone(&prepared), request.clone(), Trace::of(scenario));
        let either = async {
            let mut first = std::pin::pin!(first);
            tokio::select! {
                biased;
                done = &mut first => return done,
                () = run.progress.lags(began) => {}
            }
            let Some(beside) = self.pool.lease_beside(endpoint.address) else { return first.await };
            self.counts.hedges.fetch_add(1, Ordering::Relaxed);
            let second = beside.run(prepared, request.clone(), Trace::of(scenario));
            let mut second = std::pin::pin!(second);
            // Whichever comes first is taken; the other is dropped, which stops it on its server.
            tokio::select! {
                done = &mut first => if done.is_ok() { done } else { second.await },
                done = &mut second => if done.is_ok() { done } else { first.await },
            }
        };
        tokio::select! {
            biased;
            done = either => {
                if done.is_ok() {
                    run.progress.finished(began.elapsed());
                }
                done
            }
            () = run.progress.is_stuck(began) => {
                Lease::stuck(&endpoint);
                let reason = format!("no answer for {:.1} s, far longer than other members took", began.elapsed().as_secs_f64());
                Err(Failure::failed(&endpoint.url, reason))
            }
            () = passed => {
                // It answers when it is asked how it is, and gives nothing.
                if began.elapsed() >= SILENT_MAX {
                    Lease::stuck(&endpoint);
                }
                let reason = format!("{} was computing it", endpoint.url);
                Err(Failure::Final(SimulateError::TooLate { reason }))
            }
        }
    }

    /// Where no server can: here, if that is what is set.
    async fn run_here(
        &self,
        request: MemberRequest,
        run: &Run,
        failures: Vec<String>,
    ) -> Result<Simulated, SimulateError> {
        // In the order in which they came, each once.
        let mut seen = HashSet::new();
        let reasons: Vec<String> = failures.into_iter().filter(|one| seen.insert(one.clone())).collect();
        let reason = reasons.join("; ");
        if self.fall_back == FallBack::Surrogate {
            return Err(SimulateError::Unavailable { reason });
        }
        let place = self.places_here.acquire();
        let _place = match request.scenario.deadline {
            Some(deadline) => timeout_at(deadline, place).await.map_err(|_| SimulateError::TooLate {
                reason: format!("no thread of this process was free in place of a server; {reason}"),
            })?,
            None => place.await,
        };
        let began = Instant::now();
        let done = self.local.run(request).await?;
        run.progress.finished(began.elapsed());
        self.counts.members_here.fetch_add(1, Ordering::Relaxed);
        let simulator = done.origin.simulator.clone();
        Ok(Simulated { origin: Arc::new(Origin { simulator, instead: Some(reason) }), ..done })
    }

    /// What is kept of a scenario's run, begun where nobody has.
    fn run_of(&self, scenario: &Arc<Scenario>) -> Arc<Run> {
        let mut runs = lock(&self.runs);
        runs.retain(|known| known.scenario.strong_count() > 0);
        // An address is no other's as long as it is held here, even after its value has gone.
        if let Some(known) = runs.iter().find(|known| known.scenario.as_ptr() == Arc::as_ptr(scenario)) {
            return Arc::clone(&known.run);
        }
        let run = Arc::new(Run { prepared: OnceCell::new(), progress: Progress::of(scenario.members) });
        runs.push(Known { scenario: Arc::downgrade(scenario), run: Arc::clone(&run) });
        run
    }
}

impl Simulator for PhysXSimulator {
    fn run(&self, request: MemberRequest) -> SimulateFuture<'_> {
        match request.scenario.method {
            Method::Surrogate => self.local.run(request),
            Method::PhysX => Box::pin(self.run_there(request)),
        }
    }

    fn width(&self, method: Method) -> usize {
        let here = self.local.width(method);
        match (method, self.fall_back, self.pool.threads()) {
            (Method::Surrogate, _, _) | (Method::PhysX, FallBack::Local, 0) => here,
            (Method::PhysX, _, there) => there,
        }
    }

    fn stand_in(&self, method: Method) -> StandInFuture<'_> {
        Box::pin(async move {
            match (method, self.fall_back) {
                (Method::PhysX, FallBack::Surrogate) => {
                    let reason = self.pool.none_serves().await?;
                    Some(format!("no PhysX server can be used: {reason}"))
                }
                // A first look, so that a run does not begin before the servers are known.
                (Method::PhysX, FallBack::Local) => {
                    self.pool.none_serves().await;
                    None
                }
                (Method::Surrogate, _) => None,
            }
        })
    }

    fn fleet(&self) -> Option<FleetReport> {
        let now = Instant::now();
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Some(FleetReport {
            servers: self.pool.endpoints().iter().map(|endpoint| endpoint.report(now)).collect(),
            fall_back: self.fall_back.name().to_owned(),
            members_done: count(&self.counts.members_done),
            members_here: count(&self.counts.members_here),
            retries: count(&self.counts.retries),
            hedges: count(&self.counts.hedges),
        })
    }
}

impl FallBack {
    /// As settings write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Surrogate => "surrogate",
        }
    }
}

impl Run {
    async fn prepared(&self, scenario: &Arc<Scenario>) -> Result<Arc<Prepared>, SimulateError> {
        let make = || async {
            let scenario = Arc::clone(scenario);
            let made = tokio::task::spawn_blocking(move || Arc::new(Prepared::of(&scenario))).await;
            made.map_err(|error| SimulateError::Panicked { message: error.to_string() })
        };
        self.prepared.get_or_try_init(make).await.map(Arc::clone)
    }
}

impl fmt::Debug for PhysXSimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhysXSimulator").field("pool", &self.pool).finish_non_exhaustive()
    }
}

fn too_late(mut failures: Vec<String>, last: &str) -> SimulateError {
    failures.push(last.to_owned());
    SimulateError::TooLate { reason: failures.join("; ") }
}
