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
use crate::simulate::fleet::ServerState;
use crate::store::RequestId;

pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new().route("/", get(index)).route("/health", get(health))
}

/// Every path that there is: name, method and template of the address.
const LINKS: [(&str, &str, &str); 26] = [
    ("index", "GET", "/"),
    ("health", "GET", "/health"),
    ("schedule", "POST", "/schedule{?strict}"),
    ("forecast", "GET", "/forecast/{request_id}"),
    ("clusters", "GET", "/clusters{?limit,after,state}"),
    ("cluster", "GET", "/clusters/{cluster_id}{?at}"),
    ("cluster_forecast", "GET", "/clusters/{cluster_id}/forecast{?at,perimeter_tolerance_m}"),
    ("cluster_forecast_provisional", "GET", "/clusters/{cluster_id}/forecast/provisional"),
    ("cluster_assets", "GET", "/clusters/{cluster_id}/assets{?min_probability}"),
    ("cluster_events", "GET", "/clusters/{cluster_id}/events{?kind,min_priority,last_event_id}"),
    ("cluster_split", "POST", "/clusters/{cluster_id}/split"),
    ("cluster_merge", "POST", "/clusters/{cluster_id}/merge"),
    ("cluster_label", "PUT", "/clusters/{cluster_id}/label"),
    ("operations", "GET", "/operations"),
    ("operation_undo", "POST", "/operations/{operation_id}/undo"),
    ("events", "GET", "/events{?bbox,cluster,kind,min_priority,last_event_id}"),
    ("webhooks", "GET", "/webhooks"),
    ("dead_letters", "GET", "/webhooks/dead-letters"),
    ("dead_letter_retry", "POST", "/webhooks/dead-letters/{dead_letter_id}/retry"),
    ("point", "GET", "/point?lon={longitude}&lat={latitude}"),
    ("assets", "GET", "/assets"),
    ("assets_replace", "PUT", "/assets"),
    ("assets_add", "POST", "/assets"),
    ("asset", "GET", "/assets/{asset_id}"),
    ("asset_put", "PUT", "/assets/{asset_id}"),
    ("asset_delete", "DELETE", "/assets/{asset_id}"),
];

async fn index() -> Json<Value> {
    let link =
        |(name, method, href): (&str, &str, &str)| (name.to_owned(), json!({"method": method, "href": href}));
    let links: Map<String, Value> = LINKS.into_iter().map(link).collect();
    Json(json!({"name": "guira", "version": env!("CARGO_PKG_VERSION"), "links": links}))
}

/// Longest wait for the store's answer, s: whoever asks for the health wants to know soon.
const STORE_S_MAX: u64 = 1;

async fn health(State(parts): Shared) -> Response {
    let (load, compute) = (parts.engine.load(), parts.pool.load());
    let stands = parts.engine.is_running();
    let mut components = json!({
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
            "inputs": inputs(&parts),
            "forecasts": forecasts(&parts),
            "assets": assets(&parts),
            "live": live(&parts),
            "physx": physx(&parts),
    });
    let all_well = components.as_object().is_some_and(|all| all.values().all(|one| one["status"] == "ok"));
    let body = json!({
        "status": match (stands, all_well) {
            (false, _) => "failed",
            (true, false) => "degraded",
            (true, true) => "ok",
        },
        "version": env!("CARGO_PKG_VERSION"),
        "components": components.take(),
    });
    let status = if stands { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

/// False for what is part of another fire by now.
fn is_one(fire: &Arc<ClusterSnapshot>) -> bool {
    !matches!(fire.state, ClusterState::Merged { .. })
}

/// Providers and files that failed for the newest forecasts.
fn inputs(parts: &HttpParts) -> Value {
    let troubles = parts.inputs.troubles();
    let told = troubles.iter().map(|trouble| {
        json!({
            "source": trouble.source,
            "reason": trouble.reason,
            "since": trouble.since,
            "fires": trouble.fires,
        })
    });
    json!({
        "status": if troubles.is_empty() { "ok" } else { "degraded" },
        "troubles": told.collect::<Vec<Value>>(),
    })
}

/// How long the list is, and whether the files that it comes from could be read when they changed.
fn assets(parts: &HttpParts) -> Value {
    let (list, files) = (parts.engine.assets(), parts.engine.asset_files().unwrap_or_default());
    json!({
        "status": if files.trouble.is_none() { "ok" } else { "degraded" },
        "known": list.index.len(),
        "version": list.version,
        "files": files.files,
        "from_files": files.assets,
        "trouble": files.trouble,
    })
}

/// How many listen, how much is kept for those who connect again, and whether every webhook takes what it is sent.
fn live(parts: &HttpParts) -> Value {
    let ((clients, clients_max), ring) = (parts.live.load(), parts.engine.live().load());
    let failing = parts.webhooks.status().iter().filter(|hook| hook.failing_since.is_some()).count();
    json!({
        "status": if failing == 0 { "ok" } else { "degraded" },
        "clients": clients,
        "clients_max": clients_max,
        "subscribers": ring.subscribers,
        "events_kept": ring.events,
        "bytes_kept": ring.bytes,
        "webhooks_failing": failing,
    })
}

/// Who computes PhysX members: this process, or servers and how each stands.
fn physx(parts: &HttpParts) -> Value {
    let Some(fleet) = parts.engine.fleet() else { return json!({"status": "ok", "servers": []}) };
    let serving = fleet.servers.iter().filter(|server| server.state == ServerState::Serving).count();
    let status = match serving {
        0 => "failed",
        some if some < fleet.servers.len() => "degraded",
        _ => "ok",
    };
    let servers = fleet.servers.iter().map(|server| {
        json!({
            "url": server.url,
            "address": server.address,
            "state": server.state.name(),
            "reason": server.reason,
            "model": server.model,
            "threads": server.threads,
            "in_flight": server.in_flight,
            "members_done": server.members_done,
            "failures": server.failures,
            "unusable": server.unusable,
        })
    });
    json!({
        "status": status,
        "fall_back": fleet.fall_back,
        "members_done": fleet.members_done,
        "members_here": fleet.members_here,
        "retries": fleet.retries,
        "hedges": fleet.hedges,
        "servers": servers.collect::<Vec<Value>>(),
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
