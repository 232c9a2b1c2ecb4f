//! What operators do to fires by hand: `POST /clusters/{id}/split`, `/merge`, `PUT /clusters/{id}/label`, and taking it back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use firecore::detection::{ClusterId, DetectionId};
use geo::{Contains, Geometry, Point};
use serde_json::{Map, Value, json};

use super::body::{excerpt, fault, malformed, object, read_json};
use super::error::{ApiError, FieldError};
use super::forecasts::{id_from_path, store_failed};
use super::path::PathId;
use super::{Admitted, HttpParts, Shared};
use crate::engine::operations::{Action, OperationError, Wish};
use crate::store::{Operation, OperationChange, OperationId, StoreError};

/// Longest name of a fire, and longest note, bytes: room for a sentence, none for a document. Our choice.
const TEXT_BYTES_MAX: usize = 200;

/// What changes fires.
pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new()
        .route("/clusters/{id}/split", post(split))
        .route("/clusters/{id}/merge", post(merge))
        .route("/clusters/{id}/label", put(label))
        .route("/operations/{id}/undo", post(undo))
}

/// What tells of it.
pub(super) fn read_routes() -> Router<Arc<HttpParts>> {
    Router::new().route("/operations", get(list))
}

async fn split(
    State(parts): Shared,
    PathId(id): PathId,
    Extension(who): Extension<Admitted>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let (fire, body) = asked(&parts, &id, &headers, body).await?;
    let fields = object(&body, "", &["detections", "polygon", "note"]).map_err(refused)?;
    let part = match (fields.get("detections"), fields.get("polygon")) {
        (Some(ids), None) => detections(ids)?,
        (None, Some(shape)) => detections_inside(&parts, fire, shape).await?,
        _ => {
            let detail =
                "needed either detections (a list of ids) or polygon (a GeoJSON geometry)".to_owned();
            return Err(malformed("", detail));
        }
    };
    operate(&parts, Action::Split { fire, part }, who, note(fields)?).await
}

async fn merge(
    State(parts): Shared,
    PathId(id): PathId,
    Extension(who): Extension<Admitted>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let (fire, body) = asked(&parts, &id, &headers, body).await?;
    let fields = object(&body, "", &["with", "note"]).map_err(refused)?;
    let found = fields.get("with").unwrap_or(&Value::Null);
    let other = found.as_str().and_then(|text| text.parse().ok()).map(ClusterId);
    let needed = || malformed("/with", format!("needed the id of a fire, found {}", excerpt(found)));
    let other = other.ok_or_else(needed)?;
    operate(&parts, Action::Merge { fire, other }, who, note(fields)?).await
}

async fn label(
    State(parts): Shared,
    PathId(id): PathId,
    Extension(who): Extension<Admitted>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let (fire, body) = asked(&parts, &id, &headers, body).await?;
    let fields = object(&body, "", &["label", "note"]).map_err(refused)?;
    let label = text(fields, "label")?;
    operate(&parts, Action::Relabel { fire, label }, who, note(fields)?).await
}

async fn undo(
    State(parts): Shared,
    PathId(id): PathId,
    Extension(who): Extension<Admitted>,
) -> Result<Response, ApiError> {
    let operation = OperationId(id_from_path("id", &id)?);
    operate(&parts, Action::Undo { operation }, who, None).await
}

async fn list(State(parts): Shared) -> Result<Json<Value>, ApiError> {
    let operations = parts.engine.store().operations().await.map_err(store_failed)?;
    let all: Vec<Value> = operations.iter().map(|(_, operation)| out(operation)).collect();
    Ok(Json(json!({ "total": all.len(), "operations": all })))
}

/// The fire of a path, and what is to be done with it.
async fn asked(
    parts: &HttpParts,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<(ClusterId, Value), ApiError> {
    let fire = ClusterId(id_from_path("id", id)?);
    Ok((fire, read_json(headers, body, parts.settings.body_bytes_max).await?))
}

async fn operate(
    parts: &HttpParts,
    action: Action,
    Admitted(by): Admitted,
    note: Option<String>,
) -> Result<Response, ApiError> {
    let done = parts.engine.operate(Wish { action, by, note }).await.map_err(refusal)?;
    Ok((StatusCode::CREATED, Json(out(&done))).into_response())
}

fn out(operation: &Operation) -> Value {
    let change = match &operation.change {
        OperationChange::Split { fire, parted, part } => json!({
            "cluster_id": fire, "parted": parted, "detections": part,
        }),
        OperationChange::Merge { survivor, absorbed, part } => json!({
            "cluster_id": survivor, "absorbed": absorbed, "detections": part,
        }),
        OperationChange::Relabel { fire, label, before } => json!({
            "cluster_id": fire, "label": label, "label_before": before,
        }),
    };
    json!({
        "operation_id": operation.id.0,
        "kind": operation.change.name(),
        "at": operation.at.to_string(),
        "by": operation.by,
        "note": operation.note,
        "undoes": operation.undoes.map(|id| id.0),
        "change": change,
    })
}

fn detections(ids: &Value) -> Result<Vec<DetectionId>, ApiError> {
    let Value::Array(ids) = ids else {
        return Err(malformed("/detections", format!("needed a list of ids, found {}", excerpt(ids))));
    };
    let id = |(at, id): (usize, &Value)| {
        let parsed = id.as_str().and_then(|text| text.parse().ok()).map(DetectionId);
        let pointer = format!("/detections/{at}");
        parsed.ok_or_else(|| malformed(&pointer, format!("needed a UUID, found {}", excerpt(id))))
    };
    ids.iter().enumerate().map(id).collect()
}

/// The fire's detections inside a polygon that somebody drew.
async fn detections_inside(
    parts: &HttpParts,
    fire: ClusterId,
    shape: &Value,
) -> Result<Vec<DetectionId>, ApiError> {
    let needed =
        |found: String| malformed("/polygon", format!("needed a GeoJSON Polygon or MultiPolygon, {found}"));
    let parsed: Result<geojson::Geometry, _> = serde_json::from_value(shape.clone());
    let parsed = parsed.map_err(|error| needed(error.to_string()))?;
    let shape = Geometry::<f64>::try_from(parsed).map_err(|error| needed(error.to_string()))?;
    if !matches!(shape, Geometry::Polygon(_) | Geometry::MultiPolygon(_)) {
        return Err(needed("found another geometry".to_owned()));
    }
    let records = parts.engine.store().records(fire).await.map_err(store_failed)?;
    let inside = records.iter().filter(|record| {
        let at = record.detection.position();
        shape.contains(&Point::new(at.lon_deg(), at.lat_deg()))
    });
    Ok(inside.map(|record| record.detection.id()).collect())
}

fn note(fields: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    text(fields, "note")
}

/// A text of at most so many bytes, or nothing.
fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.len() <= TEXT_BYTES_MAX => {
            Ok(Some(text.clone()))
        }
        Some(other) => {
            let found = excerpt(other);
            let detail = format!("needed a text of 1 to {TEXT_BYTES_MAX} bytes or null, found {found}");
            Err(malformed(&format!("/{name}"), detail))
        }
    }
}

fn refused(fault: FieldError) -> ApiError {
    ApiError::Malformed(vec![fault])
}

fn refusal(error: OperationError) -> ApiError {
    let detail = error.to_string();
    match error {
        OperationError::UnknownFire { fire } => ApiError::NotFound { what: "fire", id: fire.to_string() },
        OperationError::UnknownOperation { operation } => {
            ApiError::NotFound { what: "operation", id: operation.to_string() }
        }
        OperationError::Full(_) => ApiError::Busy { retry_after_s: 1, detail },
        OperationError::Split(_) | OperationError::Merge(_) => ApiError::Refused(fault("", detail)),
        OperationError::AlreadyUndone { .. } | OperationError::NothingToUndo { .. } => {
            ApiError::Conflict { detail }
        }
        OperationError::Store(StoreError::Failed { .. }) => ApiError::Busy { retry_after_s: 1, detail },
        OperationError::Store(StoreError::TimedOut { .. }) | OperationError::Unanswered => ApiError::TimedOut,
        OperationError::Store(error) => store_failed(error),
    }
}
