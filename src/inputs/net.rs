//! The inputs' one door to the outside: GET from hosts that were configured, and from nobody else.
//!
//! No redirect is followed; a name that leads to an address that is not public is refused when it is connected to, unless its host was
//! allowed; every answer has a largest size, a type and a time. A host that fails again and again is left alone for a while.
//!
//! Whoever asks waits on a blocking thread; the answers come on a runtime of this module's own.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, LAST_MODIFIED, RANGE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use address::GuardedResolver;
pub(super) use address::bare;
pub use error::NetError;
use hosts::{Hosts, Pause};

mod address;
mod error;
mod hosts;

/// Requests under way at a time to one service, so that one that hangs holds up no other: what browsers open to one host.
const REQUESTS_MAX: usize = 6;

/// Longest text of an error that is told: what a person reads.
const PROBLEM_CHARS_MAX: usize = 200;

/// Tries of one request: a connection that breaks once is no reason for flat ground.
const TRIES: u32 = 2;

/// What may be asked, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct NetOptions {
    /// Addresses whose origins may be asked, as in `https://tiles.example.org`; a user and password in one go along to what lies below it, and
    /// are never shown.
    pub origins: Vec<String>,
    /// Hosts that may lie at addresses that are not public.
    pub private_hosts: Vec<String>,
    /// Proxy that everything goes through; it, not this process, then looks the hosts' names up.
    pub proxy: Option<String>,
    /// Longest wait for a connection.
    pub connect: Duration,
    /// Longest wait for one whole answer.
    pub answer: Duration,
    /// What this process calls itself; some providers want an address in it.
    pub user_agent: String,
}

/// One thing to get.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The whole address.
    pub url: String,
    /// Bytes wanted, from the first on and how many; all without it.
    pub range: Option<(u64, usize)>,
    /// Beginnings of media types that are taken; any where there is none.
    pub types: &'static [&'static str],
    /// Most bytes that are taken.
    pub bytes_max: usize,
    /// When it is too late.
    pub deadline: Instant,
    /// How long whoever asks waits for this service in all: one that was too slow for it is asked by those who wait longer.
    pub wait: Duration,
}

/// What was got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The bytes asked for.
    pub bytes: Vec<u8>,
    /// Size of the whole, where a part was asked for.
    pub total: Option<u64>,
    /// What tells this version of it from others: entity tag, else time of the last change.
    pub version: Option<String>,
}

/// The door.
pub struct Net {
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

struct Shared {
    client: Client,
    logins: Vec<Login>,
    options: NetOptions,
    resolver: Arc<GuardedResolver>,
    hosts: Mutex<Hosts>,
    /// By service.
    slots: Mutex<HashMap<String, Arc<Semaphore>>>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// What went through the door so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Bytes of answers' bodies.
    pub bytes: u64,
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Net").finish_non_exhaustive()
    }
}

/// Why there is no door.
#[derive(Debug, thiserror::Error)]
#[error("the client for online inputs cannot be made: {problem}")]
pub struct NetStartError {
    problem: String,
}

impl Net {
    /// **Errors** when the proxy is no address, or the machine gives no thread.
    pub fn start(mut options: NetOptions) -> Result<Self, NetStartError> {
        // The first in the process stays; it is this one or as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let refused = |error: &dyn Error| NetStartError { problem: in_words(error) };
        let mut private_hosts = options.private_hosts.clone();
        let mut client = Client::builder()
            .connect_timeout(options.connect)
            .timeout(options.answer)
            .redirect(Policy::none())
            .user_agent(&options.user_agent);
        client = match &options.proxy {
            None => client.no_proxy(),
            Some(proxy) => {
                let host = Url::parse(proxy).ok().and_then(|url| url.host_str().map(str::to_owned));
                private_hosts.extend(host);
                client.proxy(reqwest::Proxy::all(proxy).map_err(|error| refused(&error))?)
            }
        };
        let resolver = Arc::new(GuardedResolver { private_hosts });
        let client = client.dns_resolver(Arc::clone(&resolver)).build().map_err(|error| refused(&error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("guira-net")
            .enable_all()
            .build()
            .map_err(|error| refused(&error))?;
        let logins = options.origins.iter().filter_map(|address| Login::of(address)).collect();
        options.origins.iter_mut().for_each(|address| *address = bare(address));
        let shared = Shared {
            client,
            logins,
            options,
            resolver,
            hosts: Mutex::default(),
            slots: Mutex::default(),
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        };
        Ok(Self { shared: Arc::new(shared), runtime: Some(runtime) })
    }

    /// What went through so far.
    pub fn traffic(&self) -> Traffic {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Traffic { requests: read(&self.shared.requests), bytes: read(&self.shared.bytes) }
    }

    /// Gets one thing; this thread waits.
    pub fn get(&self, ask: Ask) -> Result<Answer, NetError> {
        self.get_all(vec![ask]).pop().expect("one request has one answer")
    }

    /// Gets several things side by side, in their order; this thread waits.
    ///
    /// Not to be called on a runtime's thread.
    pub fn get_all(&self, asks: Vec<Ask>) -> Vec<Result<Answer, NetError>> {
        let (sender, receiver) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let all = async move {
            let mut under_way = JoinSet::new();
            let mut answers: Vec<Option<Result<Answer, NetError>>> = asks.iter().map(|_| None).collect();
            for (place, ask) in asks.into_iter().enumerate() {
                let shared = Arc::clone(&shared);
                under_way.spawn(async move { (place, shared.get(ask).await) });
            }
            while let Some(done) = under_way.join_next().await {
                if let Ok((place, answer)) = done {
                    answers[place] = Some(answer);
                }
            }
            // Whoever asked has left only if its thread died.
            drop(sender.send(answers));
        };
        let runtime = self.runtime.as_ref().expect("the runtime goes only with the door");
        let under_way = runtime.spawn(all);
        let answers = receiver.blocking_recv().unwrap_or_default();
        drop(under_way);
        let gone =
            || NetError::Unreachable { url: "the request".to_owned(), problem: "was given up".to_owned() };
        answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(gone()))).collect()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    async fn get(&self, ask: Ask) -> Result<Answer, NetError> {
        let host = self.admitted(&ask.url)?;
        let (service, mut tries) = (self.service(&ask.url, &host), 1);
        // Whoever has no time left asks nobody, and nobody is to blame.
        if Instant::now() >= ask.deadline {
            return Err(NetError::OutOfTime { url: shown(&ask.url), after: Duration::ZERO });
        }
        loop {
            let now = Instant::now();
            let left_alone = self.hosts().left_alone(&host, now);
            let left_alone = left_alone.or_else(|| self.hosts().too_slow(&service, ask.wait, now));
            if let Some(Pause { left, failures, why }) = left_alone {
                return Err(NetError::LeftAlone { host, failures, left, why });
            }
            let answer = self.in_time(&ask, &service).await;
            match &answer {
                Ok(_) | Err(NetError::Absent { .. }) => self.hosts().answered(&host, &service),
                Err(error @ NetError::OutOfTime { .. }) => {
                    self.hosts().was_slow(&service, &error.to_string(), ask.wait, Instant::now());
                }
                Err(error) => {
                    if let Some(asked) = error.trouble() {
                        self.hosts().failed(&host, &error.to_string(), asked, Instant::now());
                    }
                    if tries < TRIES && error.is_worth_another_try() && Instant::now() < ask.deadline {
                        tries += 1;
                        continue;
                    }
                }
            }
            return answer;
        }
    }

    /// What fails as one: whatever lies below a configured address, else the host.
    fn service<'a>(&'a self, address: &str, host: &'a str) -> String {
        let above = self.options.origins.iter().map(|above| above.trim_end_matches('/'));
        let above = above.filter(|above| lies_below(address, above)).max_by_key(|above| above.len());
        above.unwrap_or(host).to_owned()
    }

    fn slots(&self, service: &str) -> Arc<Semaphore> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || Arc::new(Semaphore::new(REQUESTS_MAX));
        Arc::clone(slots.entry(service.to_owned()).or_insert_with(made))
    }

    /// The host of an address, where it may be asked.
    fn admitted(&self, address: &str) -> Result<String, NetError> {
        let refused = |problem: String| NetError::Address { url: shown(address), problem };
        let url = Url::parse(address).map_err(|error| refused(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(format!("{}:", url.scheme())));
        }
        let origin = url.origin().ascii_serialization();
        let known = |known: &String| Url::parse(known).is_ok_and(|known| known.origin() == url.origin());
        if !self.options.origins.iter().any(known) {
            return Err(NetError::NotConfigured { origin });
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        if self.options.proxy.is_none() && !self.resolver.admits(&host) {
            return Err(NetError::Private { host });
        }
        Ok(host)
    }

    /// An address with the user and password that go along.
    fn signed(&self, address: &str) -> Result<Url, NetError> {
        let refused = |problem: String| NetError::Address { url: shown(address), problem };
        let mut url = Url::parse(address).map_err(|error| refused(error.to_string()))?;
        if let Some(login) = self.logins.iter().find(|login| lies_below(address, &login.below)) {
            url.set_username(&login.user)
                .and_then(|()| url.set_password(login.password.as_deref()))
                .map_err(|()| refused("one that takes no user".to_owned()))?;
        }
        Ok(url)
    }

    async fn in_time(&self, ask: &Ask, service: &str) -> Result<Answer, NetError> {
        let began = Instant::now();
        let late = || NetError::OutOfTime { url: shown(&ask.url), after: began.elapsed() };
        let slots = self.slots(service);
        let answer = async {
            let _slot = slots.acquire().await.map_err(|_| late())?;
            self.once(ask).await
        };
        tokio::time::timeout_at(ask.deadline.into(), answer).await.unwrap_or_else(|_| Err(late()))
    }

    async fn once(&self, ask: &Ask) -> Result<Answer, NetError> {
        let began = Instant::now();
        let broken = |error: reqwest::Error| broken(&ask.url, began, &error);
        let mut request = self.client.get(self.signed(&ask.url)?);
        if let Some((first, length)) = ask.range {
            request = request.header(RANGE, format!("bytes={first}-{}", first + length.max(1) as u64 - 1));
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut answer = request.send().await.map_err(broken)?;
        judge(ask, &answer)?;
        if !answer.status().is_success() {
            return Err(refusal(ask, answer).await);
        }
        let (total, version) = (total(answer.headers()), version(answer.headers()));
        let partial = answer.status() == StatusCode::PARTIAL_CONTENT;
        if partial {
            is_what_was_asked(ask, answer.headers())?;
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(broken)? {
            if bytes.len() + piece.len() > ask.bytes_max {
                return Err(NetError::TooLarge { url: shown(&ask.url), bytes_max: ask.bytes_max });
            }
            self.bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
            bytes.extend_from_slice(&piece);
        }
        match ask.range {
            None => Ok(Answer { bytes, total, version }),
            Some((first, length)) => part(ask, bytes, partial, (first, length), total)
                .map(|(bytes, total)| Answer { bytes, total, version }),
        }
    }

    fn hosts(&self) -> std::sync::MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who asks below an address.
struct Login {
    below: String,
    /// Both as an address has them, escaped.
    user: String,
    password: Option<String>,
}

impl Login {
    fn of(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let (user, password) = (url.username().to_owned(), url.password().map(str::to_owned));
        let is_there = !user.is_empty() || password.is_some();
        is_there.then(|| Self { below: bare(address).trim_end_matches('/').to_owned(), user, password })
    }
}

/// Whether an address is another one, or goes on behind it.
fn lies_below(address: &str, above: &str) -> bool {
    address.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// The part that was asked for: a host that knows no ranges sends all.
fn part(
    ask: &Ask,
    mut bytes: Vec<u8>,
    partial: bool,
    (first, length): (u64, usize),
    total: Option<u64>,
) -> Result<(Vec<u8>, Option<u64>), NetError> {
    let total = if partial { total } else { Some(bytes.len() as u64) };
    if !partial {
        let first = usize::try_from(first).unwrap_or(usize::MAX).min(bytes.len());
        bytes.drain(..first);
        bytes.truncate(length);
    }
    let left = total.map_or(length as u64, |total| total.saturating_sub(first));
    let needed = length.min(usize::try_from(left).unwrap_or(usize::MAX));
    if bytes.len() != needed {
        return Err(NetError::Short { url: shown(&ask.url), needed, found: bytes.len() });
    }
    Ok((bytes, total))
}

/// Refuses redirects and answers of another kind.
fn judge(ask: &Ask, answer: &Response) -> Result<(), NetError> {
    if answer.status().is_redirection() {
        let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
        return Err(NetError::Redirected { url: shown(&ask.url), to: shown(to) });
    }
    if !answer.status().is_success() || ask.types.is_empty() {
        return Ok(());
    }
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no type");
    match ask.types.iter().any(|taken| kind.to_ascii_lowercase().starts_with(taken)) {
        true => Ok(()),
        false => Err(NetError::Type {
            url: shown(&ask.url),
            needed: ask.types.join(" or "),
            found: kind.chars().take(PROBLEM_CHARS_MAX).collect(),
        }),
    }
}

/// Refuses a part that is another one than the one that was asked for, as a proxy gives that keeps parts by the address alone.
fn is_what_was_asked(ask: &Ask, headers: &HeaderMap) -> Result<(), NetError> {
    let range = headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).unwrap_or("no range");
    let given = range.trim().strip_prefix("bytes ").and_then(|range| range.split_once('/'));
    let given = given.and_then(|(ends, total)| {
        let (first, last) = ends.split_once('-')?;
        Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?, total.parse::<u64>().ok()))
    });
    let asked = ask.range.map(|(first, length)| (first, first + length.max(1) as u64 - 1));
    let is_asked = match (asked, given) {
        (Some(asked), Some((first, last, total))) => {
            let end = total.map_or(asked.1, |total| asked.1.min(total.saturating_sub(1)));
            (first, last) == (asked.0, end)
        }
        _ => false,
    };
    match is_asked {
        true => Ok(()),
        false => Err(NetError::Range {
            url: shown(&ask.url),
            needed: asked.map_or("all".to_owned(), |(first, last)| format!("bytes {first}-{last}")),
            found: range.chars().take(PROBLEM_CHARS_MAX).collect(),
        }),
    }
}

async fn refusal(ask: &Ask, mut answer: Response) -> NetError {
    let (url, status) = (shown(&ask.url), answer.status().as_u16());
    if matches!(status, 404 | 410) {
        return NetError::Absent { url, status };
    }
    let after = retry_after(answer.headers());
    let first = answer.chunk().await.ok().flatten().unwrap_or_default();
    let said = without_tags(&String::from_utf8_lossy(&first));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    NetError::Status { url, status, after, said: said.chars().take(PROBLEM_CHARS_MAX).collect() }
}

/// A page's words: what went wrong stands far behind its head. A text without tags stays as it is.
fn without_tags(text: &str) -> String {
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |words, part| words + " " + part.split_once('>').map_or(part, |(_, after)| after))
}

fn broken(url: &str, began: Instant, error: &reqwest::Error) -> NetError {
    match error.is_timeout() {
        true => NetError::Late { url: shown(url), after: began.elapsed() },
        false => NetError::Unreachable { url: shown(url), problem: in_words(&error) },
    }
}

/// Seconds; a date is not read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The size behind the stroke of `Content-Range`.
fn total(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_RANGE)?.to_str().ok()?.rsplit('/').next()?.parse().ok()
}

fn version(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(ETAG).or_else(|| headers.get(LAST_MODIFIED))?;
    value.to_str().ok().map(str::to_owned)
}

/// An address as errors show it: what stands behind the question mark may be a key, and before the host a password.
pub(crate) fn shown(url: &str) -> String {
    bare(url.split('?').next().unwrap_or_default()).chars().take(PROBLEM_CHARS_MAX).collect()
}

/// What lies behind an error: the outer ones say only that something went wrong.
fn in_words(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string().split(" for url (").next().unwrap_or_default().chars().take(PROBLEM_CHARS_MAX).collect()
}
