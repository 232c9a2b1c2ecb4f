//! `GET /` and `GET /health`: open to everybody who reaches the server.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{HttpParts, Shared};

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
            "health": {"method": "GET", "href": "/health"},
        },
    }))
}

async fn health(State(parts): Shared) -> Response {
    let (load, compute) = (parts.engine.load(), parts.pool.load());
    let stands = parts.engine.is_running();
    let body = json!({
        "status": if stands { "ok" } else { "failed" },
        "version": env!("CARGO_PKG_VERSION"),
        "components": {
            "engine": {
                "status": if stands { "ok" } else { "failed" },
                "fires": parts.engine.board().len(),
                "batches_in_flight": load.batches.0,
                "batches_in_flight_max": load.batches.1,
                "runs_waiting": load.runs_waiting,
            },
            "compute": {
                "status": if compute.queued < compute.queued_max { "ok" } else { "full" },
                "threads": compute.threads,
                "running": compute.running,
                "queued": compute.queued,
                "queued_max": compute.queued_max,
            },
            "store": {"status": "ok", "kind": "memory", "survives_restart": false},
        },
    });
    let status = if stands { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
