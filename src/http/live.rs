//! `GET /events` and `GET /clusters/{id}/events`: what happens to the fires, as it happens.
//!
//! Server-Sent Events, or a WebSocket where the request asks for an upgrade; both give the same JSON. What a client may
//! miss and how it catches up is the business of `engine::live`; here are the doors.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, UPGRADE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use firecore::detection::ClusterId;
use futures_util::stream::unfold;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::body::fault;
use super::clusters::followed;
use super::error::ApiError;
use super::path::PathId;
use super::{HttpParts, Shared};
use crate::engine::live::EventId;
use feed::{Feed, FeedArgs, Word};
use query::Wanted;

mod feed;
mod query;
mod websocket;

/// How long a client waits before it connects again, ms.
const RETRY_MS: u64 = 2_000;

/// When a refused client may come again, s.
const RETRY_AFTER_S: u64 = 5;

pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new().route("/events", get(of_all)).route("/clusters/{id}/events", get(of_one))
}

/// Who listens: a bound on their number, and their common end.
#[derive(Debug)]
pub struct LiveClients {
    room: Arc<Semaphore>,
    max: usize,
    stopped: watch::Sender<bool>,
}

impl LiveClients {
    /// Room for so many.
    pub fn new(max: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(max)), max, stopped: watch::channel(false).0 }
    }

    /// Ends every stream, and those to come: a server that stops must not wait for them.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// How many listen, and the most that may.
    pub fn load(&self) -> (usize, usize) {
        (self.max.saturating_sub(self.room.available_permits()), self.max)
    }

    fn admit(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.room).try_acquire_owned().map_err(|_| ApiError::Busy {
            retry_after_s: RETRY_AFTER_S,
            detail: format!("as many clients as may listen to events do: {}", self.max),
        })
    }
}

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

async fn of_all(
    State(parts): Shared,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let mut wanted = query::read(query.as_deref(), query::OF_ALL)?;
    // A fire that was merged is followed as what it is part of by now.
    let board = parts.engine.board();
    let survivors: Vec<ClusterId> = wanted.filter.clusters.iter().map(|id| board.survivor(*id)).collect();
    wanted.filter.clusters.extend(survivors);
    open(&parts, wanted, None, &headers, upgrade)
}

async fn of_one(
    State(parts): Shared,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let mut wanted = query::read(query.as_deref(), query::OF_ONE)?;
    let below = query.map_or_else(|| "/events".to_owned(), |query| format!("/events?{query}"));
    let fire = followed(&parts, &id, &below)?.id;
    wanted.filter.clusters.insert(fire);
    open(&parts, wanted, Some(fire), &headers, upgrade)
}

fn open(
    parts: &HttpParts,
    wanted: Wanted,
    fire: Option<ClusterId>,
    headers: &HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let resume = last_event_id(headers)?.or(wanted.last_event_id);
    let permit = parts.live.admit()?;
    let feed = Feed::new(FeedArgs {
        subscription: parts.engine.live().subscribe(wanted.filter, resume),
        fire,
        clock: parts.clock.clone(),
        heartbeat_s: parts.settings.live_heartbeat_s,
        gather_ms: parts.settings.live_gather_ms,
        stopped: parts.live.stopped.subscribe(),
        permit,
    });
    match upgrade {
        Ok(upgrade) => Ok(websocket::open(upgrade, feed)),
        Err(_) if !headers.contains_key(UPGRADE) => Ok(server_sent(feed)),
        Err(rejection) => Err(ApiError::BadParameter(fault(
            "Upgrade",
            format!("needed a WebSocket: {}", rejection.body_text()),
        ))),
    }
}

/// A browser that connects again says where it was in a header; that wins over the address, which it cannot change.
fn last_event_id(headers: &HeaderMap) -> Result<Option<EventId>, ApiError> {
    const NAME: &str = "Last-Event-ID";
    let Some(value) = headers.get("last-event-id").filter(|value| !value.is_empty()) else { return Ok(None) };
    query::event_id(NAME, value.to_str().unwrap_or_default()).map(Some)
}

fn server_sent(feed: Feed) -> Response {
    let frames = unfold((feed, false), |(mut feed, greeted)| async move {
        let frame = match greeted {
            false => greeting(feed.id()),
            true => written(feed.next().await?),
        };
        Some((Ok::<Bytes, Infallible>(frame), (feed, true)))
    });
    let mut response = Body::from_stream(frames).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather answers would hold the events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// An id without data sets where the client resumes and is no event to it.
fn greeting(id: EventId) -> Bytes {
    Bytes::from(format!("retry: {RETRY_MS}\nid: {id}\n\n"))
}

fn written(word: Word) -> Bytes {
    match word {
        Word::Event(event) => event.sse,
        Word::Heartbeat(id) => Bytes::from(format!(": still here\nid: {id}\n\n")),
    }
}
