//! The servers that there are: found by their names, watched, and chosen by how much each has to do.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::super::lock;
use super::super::wire::proto::phys_x_sim_client::PhysXSimClient;
use super::super::wire::proto::phys_x_sim_server::SERVICE_NAME;
use super::super::wire::proto::{DescribeRequest, DescribeResponse};
use super::address::ServerUrl;
use super::dial::{CONNECT_MAX, Dialer};
use super::endpoint::{Endpoint, Lease, Standing};
use super::failure::in_words;

/// Longest answer to what a server is: our choice.
const DESCRIBE_MAX: Duration = Duration::from_secs(3);

/// Waits between calls to a server that does not answer: doubled from the first to the last. Our choice.
const RECONNECT: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// How often it is looked whether the certificates are others, and whether a server that has no health service still answers.
const LOOK: Duration = Duration::from_secs(1);

/// How often who waits for a free server looks without being told: a breaker closes by itself.
const FREE_LOOK: Duration = Duration::from_millis(100);

/// How long a member waits for a server that it has not failed on while one that it has is free: our choice.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a server has to stand until the next wait for it is a short one again: our choice.
const STOOD: Duration = Duration::from_secs(5);

/// Largest number of addresses behind one name: our choice.
const ADDRESSES_MAX: usize = 1_000;

/// From a name and a port to addresses.
pub(super) type Lookup = Arc<dyn Fn(String, u16) -> LookupFuture + Send + Sync>;
type LookupFuture = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// As the machine looks names up.
pub(super) fn by_the_machine() -> Lookup {
    Arc::new(|name, port| Box::pin(async move { Ok(lookup_host((name, port)).await?.collect()) }))
}

/// Every server, and the tasks that watch them; they end with it.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    endpoints: Mutex<Vec<Arc<Endpoint>>>,
    changed: Arc<Notify>,
    /// Names that have not been looked up to the end yet.
    unresolved: Mutex<HashSet<String>>,
    /// What is wrong with names that cannot be looked up.
    trouble: Mutex<Vec<(String, String)>>,
    gzip: bool,
    resolve: Duration,
}

/// Why there is no server for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoServer {
    /// None is there and serves.
    Healthy(String),
    /// None became free by the deadline.
    Free,
}

impl Pool {
    /// Looks the servers up and watches them from now on; must be called on a runtime.
    pub(super) fn start(
        servers: Vec<(ServerUrl, Dialer)>,
        gzip: bool,
        resolve: Duration,
        lookup: Lookup,
    ) -> Self {
        let unresolved = servers.iter().map(|(url, _)| url.text.to_string()).collect();
        let shared = Arc::new(Shared {
            endpoints: Mutex::default(),
            changed: Arc::default(),
            unresolved: Mutex::new(unresolved),
            trouble: Mutex::default(),
            gzip,
            resolve,
        });
        let mut tasks = JoinSet::new();
        for (url, dialer) in servers {
            tasks.spawn(follow(Arc::clone(&shared), url, dialer, Arc::clone(&lookup)));
        }
        Self { shared, _tasks: tasks }
    }

    pub(super) fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        lock(&self.shared.endpoints).clone()
    }

    /// Members that all serving servers compute at the same time.
    pub(super) fn threads(&self) -> usize {
        let serving = self.endpoints();
        let serving = serving.iter().filter(|endpoint| endpoint.standing() == Standing::Serving);
        serving.map(|endpoint| endpoint.about().threads as usize).sum()
    }

    /// Of two servers drawn at random the one with less to do, the others first that were not tried yet. Waits until one is free.
    pub(super) async fn lease(
        &self,
        tried: &[SocketAddr],
        deadline: Option<Instant>,
    ) -> Result<Lease, NoServer> {
        let began = Instant::now();
        loop {
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            let now = Instant::now();
            if deadline.is_some_and(|deadline| now >= deadline) {
                return Err(NoServer::Free);
            }
            let usable = self.usable(now);
            if usable.is_empty() && !self.is_settling() {
                return Err(NoServer::Healthy(self.why_none()));
            }
            let is_fresh = |endpoint: &Endpoint| !tried.contains(&endpoint.address);
            // One that failed this member is asked again only where there is no other: rather a full one is waited for.
            let is_patient = now - began < PATIENCE;
            let any_fresh = is_patient && usable.iter().any(|(endpoint, _)| is_fresh(endpoint));
            let may = |endpoint: &Endpoint| endpoint.has_room() && (is_fresh(endpoint) || !any_fresh);
            let choice: Vec<_> = usable.iter().filter(|(endpoint, _)| may(endpoint)).collect();
            if let Some(endpoint) = less_loaded(&choice) {
                return Ok(endpoint.lease());
            }
            tokio::select! {
                () = changed => {}
                () = sleep(FREE_LOOK) => {}
            }
        }
    }

    /// Whether no server is left that could be asked and was not.
    pub(super) fn has_tried_all(&self, tried: &[SocketAddr]) -> bool {
        self.usable(Instant::now()).iter().all(|(endpoint, _)| tried.contains(&endpoint.address))
    }

    /// A free server other than one, at once, where there is one.
    pub(super) fn lease_beside(&self, other: SocketAddr) -> Option<Lease> {
        let usable = self.usable(Instant::now());
        let choice: Vec<_> =
            usable.iter().filter(|(endpoint, _)| endpoint.address != other && endpoint.has_room()).collect();
        less_loaded(&choice).map(|endpoint| endpoint.lease())
    }

    /// Waits until the first calls have ended, and says why no server is there, where none is.
    pub(super) async fn none_serves(&self) -> Option<String> {
        loop {
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            if !self.usable(Instant::now()).is_empty() {
                return None;
            }
            if !self.is_settling() {
                return Some(self.why_none());
            }
            tokio::select! {
                () = changed => {}
                () = sleep(FREE_LOOK) => {}
            }
        }
    }

    fn usable(&self, now: Instant) -> Vec<(Arc<Endpoint>, f64)> {
        let endpoints = self.endpoints();
        endpoints
            .into_iter()
            .filter_map(|endpoint| Some((Arc::clone(&endpoint), endpoint.load(now)?)))
            .collect()
    }

    /// Whether some server has not been called to the end yet, or served until a moment ago: then one is waited for.
    fn is_settling(&self) -> bool {
        let now = Instant::now();
        !lock(&self.shared.unresolved).is_empty()
            || self.endpoints().iter().any(|endpoint| endpoint.is_settling(now))
    }

    fn why_none(&self) -> String {
        let now = Instant::now();
        let reports: Vec<_> = self.endpoints().iter().map(|endpoint| endpoint.report(now)).collect();
        let names = lock(&self.shared.trouble).clone();
        let of_servers = reports.iter().map(|report| {
            let reason = report.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{} is {}{reason}", report.url, report.state.name())
        });
        let of_names = names.into_iter().map(|(url, reason)| format!("{url}: {reason}"));
        let all: Vec<String> = of_servers.chain(of_names).collect();
        match all.len() {
            0 => "no address is known".to_owned(),
            count if count > 3 => format!("{}, and {} more", all[..3].join(", "), count - 3),
            _ => all.join(", "),
        }
    }
}

impl Shared {
    /// What is wrong with a name now, if anything.
    fn note_trouble(&self, url: &str, trouble: Option<String>) {
        let mut known = lock(&self.trouble);
        known.retain(|(of, _)| of != url);
        known.extend(trouble.map(|reason| (url.to_owned(), reason)));
    }
}

/// Power of two choices: of two drawn at random the one with less to do.
fn less_loaded<'a>(choice: &[&'a (Arc<Endpoint>, f64)]) -> Option<&'a Arc<Endpoint>> {
    let draw = |below: usize| {
        // Without random numbers the first two are as good as any.
        (getrandom::u64().unwrap_or(0) % below.max(1) as u64) as usize
    };
    let first = draw(choice.len());
    let second = (first + 1 + draw(choice.len().saturating_sub(1))) % choice.len().max(1);
    let (one, other) = (choice.get(first)?, choice.get(second)?);
    Some(if other.1 < one.1 { &other.0 } else { &one.0 })
}

/// Follows one URL: looks its name up again and again, and watches whatever it stands for.
async fn follow(shared: Arc<Shared>, url: ServerUrl, dialer: Dialer, lookup: Lookup) {
    let mut watched: Vec<(SocketAddr, JoinSet<()>)> = Vec::new();
    loop {
        let found = timeout(CONNECT_MAX, lookup(url.lookup.clone(), url.port)).await;
        let found = match found {
            Ok(Ok(addresses)) => Ok(addresses.into_iter().take(ADDRESSES_MAX).collect::<BTreeSet<_>>()),
            Ok(Err(error)) => Err(format!("its name cannot be looked up: {error}")),
            Err(_) => Err("its name is not looked up in time".to_owned()),
        };
        let trouble = match &found {
            Ok(addresses) if addresses.is_empty() => Some("its name stands for no address".to_owned()),
            Ok(_) => None,
            Err(reason) => Some(reason.clone()),
        };
        shared.note_trouble(&url.text, trouble);
        // No answer means nothing: the addresses before stay.
        if let Ok(addresses) = found {
            watched.retain(|(address, _)| addresses.contains(address));
            lock(&shared.endpoints)
                .retain(|known| known.url != url.text || addresses.contains(&known.address));
            for address in addresses {
                if !watched.iter().any(|(known, _)| *known == address) {
                    watched.push((address, begin(&shared, &url, &dialer, address)));
                }
            }
        }
        lock(&shared.unresolved).remove(&*url.text);
        shared.changed.notify_waiters();
        sleep(shared.resolve).await;
    }
}

fn begin(shared: &Arc<Shared>, url: &ServerUrl, dialer: &Dialer, address: SocketAddr) -> JoinSet<()> {
    let names = (Arc::clone(&url.text), Arc::clone(&url.host));
    let changed = Arc::clone(&shared.changed);
    let endpoint = Arc::new(Endpoint::new(names, address, dialer.clone(), shared.gzip, changed));
    lock(&shared.endpoints).push(Arc::clone(&endpoint));
    let mut task = JoinSet::new();
    task.spawn(watch(endpoint));
    task
}

/// Calls a server until it answers, follows its health, and begins again when it breaks off.
async fn watch(endpoint: Arc<Endpoint>) {
    let mut wait = RECONNECT[0];
    loop {
        let began = Instant::now();
        let certificates = endpoint.dialer.certificates();
        let channel = endpoint.dial();
        let reason = match describe(channel.clone()).await {
            Ok(about) => {
                endpoint.described(&about);
                endpoint.call_on(channel.clone());
                let renewed = async {
                    loop {
                        sleep(LOOK).await;
                        let now = endpoint.dialer.certificates();
                        let same = match (&certificates, &now) {
                            (Some(before), Some(now)) => Arc::ptr_eq(before, now),
                            _ => true,
                        };
                        if !same {
                            break;
                        }
                    }
                };
                tokio::select! {
                    reason = health(&endpoint, channel) => Some(reason),
                    // Calls under way end on the connection that they began on.
                    () = renewed => None,
                }
            }
            Err(reason) => Some(reason),
        };
        if let Some(reason) = reason {
            endpoint.stands(Standing::Unreachable(reason));
            if began.elapsed() >= STOOD + DESCRIBE_MAX {
                wait = RECONNECT[0];
            }
            sleep(wait).await;
            wait = (2 * wait).min(RECONNECT[1]);
        }
    }
}

async fn describe(channel: Channel) -> Result<DescribeResponse, String> {
    let mut client = PhysXSimClient::new(channel);
    match timeout(DESCRIBE_MAX, client.describe(DescribeRequest {})).await {
        Ok(Ok(answer)) => Ok(answer.into_inner()),
        Ok(Err(status)) => Err(in_words(&status)),
        Err(_) => Err(format!("no answer within {} s", DESCRIBE_MAX.as_secs())),
    }
}

/// Follows a server's health until its connection ends; gives the reason.
async fn health(endpoint: &Endpoint, channel: Channel) -> String {
    let request = HealthCheckRequest { service: SERVICE_NAME.to_owned() };
    let mut client = HealthClient::new(channel.clone());
    let first = async {
        let mut stream = client.watch(request).await?.into_inner();
        let first = stream.message().await?;
        Ok::<_, Status>((stream, first))
    };
    let (mut stream, first) = match timeout(DESCRIBE_MAX, first).await {
        Ok(Ok(begun)) => begun,
        Ok(Err(status)) if status.code() != Code::Unimplemented => return in_words(&status),
        // It has no such service, or one that says nothing.
        Ok(Err(_)) | Err(_) => return answers(endpoint, channel).await,
    };
    let mut next = Ok(first);
    loop {
        match next {
            Ok(Some(answer)) => match answer.status() {
                ServingStatus::Serving => endpoint.stands(Standing::Serving),
                ServingStatus::NotServing => endpoint.stands(Standing::Draining),
                // It knows nothing of the service by this name, and yet it described itself.
                ServingStatus::ServiceUnknown | ServingStatus::Unknown => endpoint.stands(Standing::Serving),
            },
            Ok(None) => return "the connection was closed".to_owned(),
            Err(status) => return in_words(&status),
        }
        next = stream.message().await;
    }
}

/// The same for a server without a health service: it is asked what it is, again and again.
async fn answers(endpoint: &Endpoint, channel: Channel) -> String {
    loop {
        endpoint.stands(Standing::Serving);
        sleep(LOOK).await;
        if let Err(reason) = describe(channel.clone()).await {
            return reason;
        }
    }
}

#[cfg(test)]
mod tests;
