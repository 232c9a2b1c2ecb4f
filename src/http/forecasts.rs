//! `GET /forecast/{request_id}`: what has come of a request, as GeoJSON.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::body::{excerpt, fault};
use super::error::ApiError;
use super::path::PathId;
use super::{HttpParts, Shared};
use crate::artifacts::{forecast_facts, forecast_features};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    forecast: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisional: Option<Map<String, Value>>,
}

async fn forecast(State(parts): Shared, PathId(id): PathId) -> Result<Json<Answer>, ApiError> {
    let id = RequestId(id_from_path("request_id", &id)?);
    let view = parts.engine.request(id).await.map_err(store_failed)?;
    let view = view.ok_or(ApiError::NotFound { what: "request", id: id.to_string() })?;
    Ok(Json(answer(&view)))
}

fn answer(view: &RequestView) -> Answer {
    let clusters: Vec<OfCluster> =
        view.clusters.iter().map(|(snapshot, progress)| of_cluster(snapshot, *progress)).collect();
    let shown = view.clusters.iter().filter_map(|(snapshot, _)| snapshot.newest());
    let features: Vec<Value> = shown.flat_map(|forecast| forecast_features(forecast)).collect();
    let results_uri = common_folder(clusters.iter().filter_map(|cluster| cluster.results_uri.as_deref()));
    Answer {
        request_id: view.request.id.0,
        status: view.status.name(),
        clusters,
        geojson: json!({"type": "FeatureCollection", "features": features}),
        results_uri,
    }
}

/// The one folder, or the folder that all of several lie in.
fn common_folder<'a>(uris: impl Iterator<Item = &'a str>) -> Option<String> {
    let shared = |a: &'a str, b: &'a str| {
        let same = a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b);
        // A part and the slash after it, less the last slash.
        let length: usize = same.map(|(part, _)| part.len() + 1).sum();
        &a[..length.saturating_sub(1)]
    };
    uris.reduce(shared).map(str::to_owned)
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
        forecast: kept.map(|kept| forecast_facts(&kept.forecast)),
        provisional: snapshot.provisional.as_ref().map(|forecast| forecast_facts(forecast)),
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

#[cfg(test)]
mod tests {
    use super::common_folder;

    #[test]
    fn several_results_are_named_by_the_folder_that_holds_them() {
        let folder = |uris: &[&'static str]| common_folder(uris.iter().copied());
        assert_eq!(folder(&[]), None);
        assert_eq!(folder(&["file:///out/a1/000001"]).as_deref(), Some("file:///out/a1/000001"));
        let two = ["file:///out/a1/000001", "file:///out/a2/000001"];
        assert_eq!(folder(&two).as_deref(), Some("file:///out"));
        let four = ["file:///out/a1/1", "file:///out/a2/1", "file:///out/b/1", "file:///out/b/2"];
        assert_eq!(folder(&four).as_deref(), Some("file:///out"));
    }
}
