//! `GET /` and `GET /health`: open to everybody who reaches the server.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use firecore::schedule::{Class, Report};
use firecore::strategy::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{HttpParts, Shared};
use crate::engine::board::{ClusterSnapshot, ClusterState};
use crate::store::RequestId;

pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new().route("/", get(index)).route("/health", get(health))
}

async fn index() -> Json<Value> {
    Json(json!({
        "name": "guira",
        "version": env!("CARGO_PKG_VERSION"),
        "links": {
            "schedule": {"method": "POST", "href": "/schedule"},
            "forecast": {"method": "GET", "href": "/forecast/{request_id}"},
            "clusters": {"method": "GET", "href": "/clusters"},
            "cluster": {"method": "GET", "href": "/clusters/{cluster_id}"},
            "cluster_forecast": {"method": "GET", "href": "/clusters/{cluster_id}/forecast"},
            "cluster_forecast_provisional": {"method": "GET", "href": "/clusters/{cluster_id}/forecast/provisional"},
            "events": {"method": "GET", "href": "/events{?bbox,cluster,kind,min_priority,last_event_id}"},
            "cluster_events": {"method": "GET", "href": "/clusters/{cluster_id}/events{?kind,min_priority,last_event_id}"},
            "webhooks": {"method": "GET", "href": "/webhooks"},
            "dead_letters": {"method": "GET", "href": "/webhooks/dead-letters"},
            "cluster_assets": {"method": "GET", "href": "/clusters/{cluster_id}/assets"},
            "point": {"method": "GET", "href": "/point?lon={longitude}&lat={latitude}"},
            "assets": {"method": "GET", "href": "/assets"},
            "asset": {"method": "GET", "href": "/assets/{asset_id}"},
            "health": {"method": "GET", "href": "/health"},
        },
    }))
}

/// Longest wait for the store's answer, s: whoever asks for the health wants to know soon.
const STORE_S_MAX: u64 = 1;

async fn health(State(parts): Shared) -> Response {
    let (load, compute) = (parts.engine.load(), parts.pool.load());
    let stands = parts.engine.is_running();
    let body = json!({
        "status": if stands { "ok" } else { "failed" },
        "version": env!("CARGO_PKG_VERSION"),
        "components": {
            "engine": {
                "status": if stands { "ok" } else { "failed" },
                "fires": parts.engine.board().all().iter().filter(|fire| is_one(fire)).count(),
                "batches_in_flight": load.batches.0,
                "batches_in_flight_max": load.batches.1,
                "runs_waiting": load.runs.waiting_in_all(),
                "runs": runs(&load.runs),
            },
            "compute": {
                "status": if compute.queued < compute.queued_max { "ok" } else { "full" },
                "threads": compute.threads,
                "running": compute.running,
                "queued": compute.queued,
                "queued_max": compute.queued_max,
            },
            "store": {"status": store(&parts).await, "kind": "memory", "survives_restart": false},
            "forecasts": forecasts(&parts),
            "live": live(&parts),
        },
    });
    let status = if stands { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

/// False for what is part of another fire by now.
fn is_one(fire: &Arc<ClusterSnapshot>) -> bool {
    !matches!(fire.state, ClusterState::Merged { .. })
}

/// How many listen, how much is kept for those who connect again, and whether every webhook takes what it is sent.
fn live(parts: &HttpParts) -> Value {
    let ((clients, clients_max), ring) = (parts.live.load(), parts.engine.live().load());
    let failing = parts.webhooks.status().iter().filter(|hook| hook.failing_since.is_some()).count();
    json!({
        "status": if failing == 0 { "ok" } else { "degraded" },
        "clients": clients,
        "clients_max": clients_max,
        "events_kept": ring.events,
        "bytes_kept": ring.bytes,
        "webhooks_failing": failing,
    })
}

/// The run queue: who waits, and what overload leaves out.
fn runs(report: &Report) -> Value {
    let waiting: Map<String, Value> = Class::ALL
        .iter()
        .zip(report.waiting)
        .map(|(class, count)| (class.to_string(), count.into()))
        .collect();
    let running: Map<String, Value> = Method::ALL
        .iter()
        .zip(report.running)
        .map(|(method, count)| (method.to_string(), count.into()))
        .collect();
    json!({
        "waiting": waiting,
        "running": running,
        "held": report.held,
        "oldest_wait_s": report.oldest_wait_s,
        "queued_s": report.queued_s,
        "brown_out_level": report.level.number(),
    })
}

/// Whether the store answers a question in time.
async fn store(parts: &HttpParts) -> &'static str {
    let asked = parts.engine.store().request(RequestId(Uuid::nil()));
    match tokio::time::timeout(Duration::from_secs(STORE_S_MAX), asked).await {
        Ok(Ok(_)) => "ok",
        Ok(Err(_)) => "failed",
        Err(_) => "silent",
    }
}

/// How the newest forecasts stand, with the newest reason of each kind of trouble: inputs that cannot be read and results
/// that cannot be written are among them.
fn forecasts(parts: &HttpParts) -> Value {
    let mut all = parts.engine.board().all();
    all.retain(is_one);
    let open = all.iter().filter(|fire| fire.state != ClusterState::Closed);
    let failures: Vec<&str> = open.filter_map(|fire| Some(fire.failure.as_ref()?.reason.as_str())).collect();
    let unwritten =
        all.iter().filter_map(|fire| fire.forecast.as_ref()).filter(|kept| kept.results_uri.is_none());
    let unwritten = unwritten.count();
    json!({
        "status": if failures.is_empty() && unwritten == 0 { "ok" } else { "degraded" },
        "completed": all.iter().filter(|fire| fire.forecast.is_some()).count(),
        "stale": all.iter().filter(|fire| fire.staleness.is_some()).count(),
        "failed": failures.len(),
        "failure": failures.first(),
        "not_written": unwritten,
        "physx_s": parts.engine.pace_s(Method::PhysX),
        "surrogate_s": parts.engine.pace_s(Method::Surrogate),
    })
}
