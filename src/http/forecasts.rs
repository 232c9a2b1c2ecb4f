//! `GET /forecast/{request_id}`: what has come of a request, as GeoJSON.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::{excerpt, fault};
use super::error::ApiError;
use super::{HttpParts, Shared};
use crate::artifacts::forecast_geojson;
use crate::engine::RequestView;
use crate::engine::board::{ClusterSnapshot, Progress};
use crate::store::{RequestId, StoreError};

pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new().route("/forecast/{request_id}", get(forecast))
}

#[derive(Serialize)]
struct Answer {
    request_id: Uuid,
    status: &'static str,
    clusters: Vec<OfCluster>,
    geojson: Value,
    results_uri: Option<String>,
}

#[derive(Serialize)]
struct OfCluster {
    cluster_id: Uuid,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    forecast_version: Option<u64>,
    stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results_uri: Option<String>,
}

async fn forecast(State(parts): Shared, Path(id): Path<String>) -> Result<Json<Answer>, ApiError> {
    let id = RequestId(id_from_path("request_id", &id)?);
    let view = parts.engine.request(id).await.map_err(store_failed)?;
    let view = view.ok_or(ApiError::NotFound { what: "request", id: id.to_string() })?;
    Ok(Json(answer(&view)))
}

fn answer(view: &RequestView) -> Answer {
    let clusters: Vec<OfCluster> =
        view.clusters.iter().map(|(snapshot, progress)| of_cluster(snapshot, *progress)).collect();
    let features: Vec<Value> = view
        .clusters
        .iter()
        .filter_map(|(snapshot, _)| snapshot.forecast.as_ref())
        .flat_map(|kept| features(forecast_geojson(&kept.forecast)))
        .collect();
    let results_uri = match &clusters[..] {
        [only] => only.results_uri.clone(),
        _ => None,
    };
    Answer {
        request_id: view.request.id.0,
        status: view.status.name(),
        clusters,
        geojson: json!({"type": "FeatureCollection", "features": features}),
        results_uri,
    }
}

fn of_cluster(snapshot: &ClusterSnapshot, progress: Progress) -> OfCluster {
    let kept = snapshot.forecast.as_ref();
    OfCluster {
        cluster_id: snapshot.id.0,
        status: match progress {
            Progress::Scheduled => "scheduled",
            Progress::Running => "running",
            Progress::Completed => "completed",
            Progress::Failed => "failed",
        },
        forecast_version: kept.map(|kept| kept.forecast.plan.version),
        stale: snapshot.staleness.is_some(),
        reason: match (&snapshot.failure, &snapshot.staleness) {
            (Some(failure), _) => Some(format!("forecast {} failed: {}", failure.version, failure.reason)),
            (None, Some(staleness)) => Some(staleness.reason.clone()),
            (None, None) => None,
        },
        results_uri: kept.and_then(|kept| kept.results_uri.clone()),
    }
}

/// The features of a collection.
fn features(collection: Value) -> Vec<Value> {
    match collection {
        Value::Object(mut fields) => match fields.remove("features") {
            Some(Value::Array(features)) => features,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// An id in a path.
pub(super) fn id_from_path(name: &'static str, text: &str) -> Result<Uuid, ApiError> {
    text.parse().map_err(|_| {
        ApiError::BadParameter(fault(name, format!("needed a UUID, found {}", excerpt(&Value::from(text)))))
    })
}

/// The store cannot be read.
pub(super) fn store_failed(error: StoreError) -> ApiError {
    tracing::error!(%error, "the store cannot be read");
    ApiError::Internal
}
