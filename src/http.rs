//! The HTTP door: router, shared state, and what every request passes through.
//!
//! Each resource is a file of its own with its routes, its JSON types and its handlers. Errors of all of them become
//! problem bodies in `error.rs`.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::compute::ComputePool;
use crate::engine::Engine;
use crate::inputs::Inputs;
use crate::settings::HttpSettings;
use crate::webhooks::Webhooks;
use auth::{Keys, Refusal, Scope};
use error::ApiError;
use live::LiveClients;

pub mod auth;
pub mod live;
pub mod metrics;

mod assets;
mod body;
mod clusters;
mod error;
mod etag;
mod forecasts;
mod impact;
mod operations;
mod past;
mod path;
mod row;
mod schedule;
mod service;
mod webhooks;

/// The header that carries a key.
const KEY_HEADER: &str = "x-api-key";

/// What the handlers share.
#[expect(missing_debug_implementations, reason = "an engine is a tree of actors")]
pub struct HttpParts {
    /// Where detections go and forecasts come from.
    pub engine: Arc<Engine>,
    /// Landscape and weather: what of them fails.
    pub inputs: Arc<dyn Inputs>,
    /// How busy the machine is, for the health report; and draws perimeters of another tolerance.
    pub pool: Arc<ComputePool>,
    /// Who may do what; without any, everybody may do everything.
    pub keys: Keys,
    /// Tells the time.
    pub clock: Clock,
    /// Who listens to events.
    pub live: LiveClients,
    /// Where events are sent.
    pub webhooks: Arc<Webhooks>,
    /// Bounds.
    pub settings: HttpSettings,
}

type Shared = State<Arc<HttpParts>>;

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Without keys only this machine may ask.
    #[error(
        "refusing to listen on {listen} without keys: everybody who reaches it could send detections; \
         make a key with `guira key new`, put it into a file and name that in http.keys_file, \
         or listen on a loopback address such as 127.0.0.1:{port}", port = listen.port()
    )]
    NotLoopback {
        /// The address that was asked for.
        listen: SocketAddr,
    },
    /// The address cannot be had.
    #[error("cannot listen on {listen}: {source}")]
    Bind {
        /// The address that was asked for.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// Takes the address; without keys only a loopback one.
pub async fn listen(listen: SocketAddr, keys: &Keys) -> Result<TcpListener, ListenError> {
    if keys.is_empty() && !listen.ip().is_loopback() {
        return Err(ListenError::NotLoopback { listen });
    }
    TcpListener::bind(listen).await.map_err(|source| ListenError::Bind { listen, source })
}

/// Serves until `stop` is ready; requests under way are answered first, and streams of events end.
pub async fn serve(
    listener: TcpListener,
    parts: Arc<HttpParts>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // What is sent is sent at once: events are small and would wait for the answer to the one before.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection gathers what is sent");
        }
    });
    let streams = Arc::clone(&parts);
    let stop = async move {
        stop.await;
        streams.live.stop();
    };
    axum::serve(listener, router(parts)).with_graceful_shutdown(stop).await
}

/// All routes.
pub fn router(parts: Arc<HttpParts>) -> Router {
    let ingest = schedule::routes().route_layer(from_fn_with_state(Arc::clone(&parts), ingest_only));
    let read = forecasts::routes()
        .merge(clusters::routes())
        .merge(operations::read_routes())
        .merge(live::routes())
        .merge(assets::read_routes())
        .merge(impact::routes())
        .route_layer(from_fn_with_state(Arc::clone(&parts), read_only));
    let write = assets::write_routes().route_layer(from_fn_with_state(Arc::clone(&parts), assets_write_only));
    let admin = webhooks::routes()
        .merge(operations::routes())
        .route_layer(from_fn_with_state(Arc::clone(&parts), admin_only));
    service::routes()
        .merge(ingest)
        .merge(write)
        .merge(read)
        .merge(admin)
        .fallback(async || ApiError::NoSuchPath)
        .method_not_allowed_fallback(async || ApiError::NoSuchMethod)
        .layer(from_fn_with_state(Arc::clone(&parts), answer))
        .with_state(parts)
}

/// The outermost layer: a bound on the time of an answer, and a body for each problem.
async fn answer(State(parts): Shared, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let wait = Duration::from_secs(parts.settings.answer_s_max);
    let late = if request.method().is_safe() { ApiError::Unanswered } else { ApiError::TimedOut };
    let answered = tokio::time::timeout(wait, next.run(request)).await;
    error::place(answered.unwrap_or_else(|_| late.into_response()), &path)
}

async fn ingest_only(parts: Shared, request: Request, next: Next) -> Response {
    admit(parts, Scope::Ingest, request, next).await
}

async fn read_only(parts: Shared, request: Request, next: Next) -> Response {
    admit(parts, Scope::Read, request, next).await
}

async fn admin_only(parts: Shared, request: Request, next: Next) -> Response {
    admit(parts, Scope::Admin, request, next).await
}

async fn assets_write_only(parts: Shared, request: Request, next: Next) -> Response {
    admit(parts, Scope::AssetsWrite, request, next).await
}

/// Who asks: the id of the key, or nobody where none are needed.
#[derive(Clone, Debug)]
struct Admitted(Option<String>);

async fn admit(State(parts): Shared, scope: Scope, mut request: Request, next: Next) -> Response {
    if parts.keys.is_empty() {
        request.extensions_mut().insert(Admitted(None));
        return next.run(request).await;
    }
    let offered = request.headers().get(KEY_HEADER).map(|value| value.as_bytes());
    match parts.keys.admit(offered, scope, parts.clock.now()) {
        Ok(id) => {
            tracing::debug!(key = id, path = request.uri().path(), "admitted");
            let who = Admitted(Some(id.to_owned()));
            request.extensions_mut().insert(who);
            next.run(request).await
        }
        Err(Refusal::NoKey) => ApiError::NoKey.into_response(),
        Err(Refusal::MissingScope) => ApiError::MissingScope(scope).into_response(),
    }
}
