//! `POST /schedule`: detections come in, each gets an answer of its own.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use firecore::detection::{ClusterId, Detection};
use firecore::strategy::RequestedPriority;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::body::{excerpt, fault, malformed, object, read_json};
use super::error::{ApiError, FieldError};
use super::{HttpParts, Shared, row};
use crate::engine::{Disposition, Submission, SubmitError, SubmitReceipt};
use crate::store::StoreError;

/// When to come again after a refusal, s: a batch is on its way in for well below that.
const RETRY_AFTER_S: u64 = 1;

/// When to come again where the store has no room, s: somebody has to make some.
const RETRY_AFTER_FULL_S: u64 = 60;

pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new().route("/schedule", post(schedule))
}

#[derive(Serialize)]
struct Scheduled {
    request_id: Uuid,
    status: &'static str,
    message: String,
    estimated_completion_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate_note: Option<&'static str>,
    cluster_ids: Vec<ClusterId>,
    dispositions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    index: usize,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_id: Option<ClusterId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

/// What a body holds: good rows with their places, and the faults of the others.
struct Decoded {
    requested: Option<RequestedPriority>,
    detections: Vec<(usize, Detection)>,
    faults: Vec<(usize, FieldError)>,
}

async fn schedule(
    State(parts): Shared,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let strict = is_strict(query.as_deref())?;
    let body = read_json(&headers, body, parts.settings.body_bytes_max).await?;
    let Decoded { requested, detections, faults } =
        decode(&body, parts.settings.detections_max, parts.clock.now())?;
    if detections.is_empty() || (strict && !faults.is_empty()) {
        return Err(ApiError::Unprocessable(faults.into_iter().map(|(_, fault)| fault).collect()));
    }
    let (places, detections): (Vec<usize>, Vec<Detection>) = detections.into_iter().unzip();
    let receipt = parts.engine.try_submit(Submission { detections, requested }).await.map_err(refusal)?;
    tracing::info!(
        request = %receipt.request_id,
        detections = receipt.dispositions.len(),
        refused = faults.len(),
        fires = receipt.cluster_ids.len(),
        "scheduled"
    );
    Ok((StatusCode::ACCEPTED, Json(scheduled(receipt, &places, faults))).into_response())
}

fn is_strict(query: Option<&str>) -> Result<bool, ApiError> {
    let mut strict = false;
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        strict = match pair {
            "strict=true" => true,
            "strict=false" => false,
            other => {
                let found = excerpt(&Value::from(other));
                let detail = format!("the only parameter is strict=true or strict=false, found {found}");
                return Err(ApiError::BadParameter(fault("?", detail)));
            }
        };
    }
    Ok(strict)
}

fn decode(body: &Value, detections_max: usize, now: Timestamp) -> Result<Decoded, ApiError> {
    let fields =
        object(body, "", &["detections", "priority"]).map_err(|fault| ApiError::Malformed(vec![fault]))?;
    let requested = match fields.get("priority") {
        None | Some(Value::Null) => None,
        Some(value) => Some(priority(value)?),
    };
    let rows = match fields.get("detections") {
        Some(Value::Array(rows)) if !rows.is_empty() => rows,
        Some(Value::Array(_)) => {
            return Err(malformed(
                "/detections",
                "needed at least one detection, found an empty list".to_owned(),
            ));
        }
        Some(other) => {
            return Err(malformed(
                "/detections",
                format!("needed a list of detections, found {}", excerpt(other)),
            ));
        }
        None => {
            return Err(malformed("/detections", "needed a list of detections, found nothing".to_owned()));
        }
    };
    if rows.len() > detections_max {
        let detail = format!("needed at most {detections_max} detections, found {}", rows.len());
        return Err(ApiError::Unprocessable(vec![fault("/detections", detail)]));
    }
    let (mut detections, mut faults) = (Vec::with_capacity(rows.len()), Vec::new());
    for (index, value) in rows.iter().enumerate() {
        match row::detection(value, &format!("/detections/{index}"), now) {
            Ok(detection) => detections.push((index, detection)),
            Err(fault) => faults.push((index, fault)),
        }
    }
    Ok(Decoded { requested, detections, faults })
}

fn priority(value: &Value) -> Result<RequestedPriority, ApiError> {
    let parsed = value.as_str().and_then(|name| name.parse().ok());
    parsed.ok_or_else(|| {
        let names: Vec<_> = RequestedPriority::ALL.iter().map(|priority| priority.as_str()).collect();
        malformed("/priority", format!("needed one of {}, found {}", names.join(", "), excerpt(value)))
    })
}

fn refusal(error: SubmitError) -> ApiError {
    match error {
        SubmitError::Full(full) => ApiError::Busy {
            retry_after_s: RETRY_AFTER_S,
            detail: format!("{full}; none of these was taken"),
        },
        SubmitError::Store(full @ StoreError::Full { .. }) => ApiError::Busy {
            retry_after_s: RETRY_AFTER_FULL_S,
            detail: format!("{full}; none of these was taken"),
        },
        SubmitError::Store(error @ StoreError::Failed { .. }) => ApiError::Busy {
            retry_after_s: RETRY_AFTER_FULL_S,
            detail: format!("{error}; send it again: nothing is taken twice"),
        },
        error @ (SubmitError::Store(StoreError::TimedOut { .. }) | SubmitError::Unanswered) => {
            tracing::error!(%error, "a batch may have been stored or not");
            ApiError::TimedOut
        }
        error @ SubmitError::Stopped => ApiError::Busy {
            retry_after_s: RETRY_AFTER_S,
            detail: format!("{error}; none of these was taken"),
        },
    }
}

fn scheduled(receipt: SubmitReceipt, places: &[usize], faults: Vec<(usize, FieldError)>) -> Scheduled {
    let mut fresh: Vec<ClusterId> =
        receipt.dispositions.iter().filter(|row| !row.duplicate).map(|row| row.cluster_id).collect();
    fresh.sort_unstable();
    fresh.dedup();
    let taken = places.iter().zip(&receipt.dispositions).map(|(index, row)| taken(*index, row));
    let refused = faults.into_iter().map(|(index, fault)| Row {
        index,
        status: "rejected",
        cluster_id: None,
        reason: Some(fault.detail),
        pointer: Some(fault.pointer),
    });
    let mut dispositions: Vec<Row> = taken.chain(refused).collect();
    dispositions.sort_by_key(|row| row.index);
    Scheduled {
        request_id: receipt.request_id.0,
        status: "scheduled",
        message: format!("Scheduled {} simulation(s) for processing", fresh.len()),
        estimated_completion_time: receipt.estimated_completion,
        estimate_note: receipt
            .estimated_completion
            .is_none()
            .then_some("no forecast has finished since the start, so there is nothing to estimate from"),
        cluster_ids: receipt.cluster_ids,
        dispositions,
    }
}

fn taken(index: usize, row: &Disposition) -> Row {
    Row {
        index,
        status: if row.duplicate { "duplicate" } else { "accepted" },
        cluster_id: Some(row.cluster_id),
        reason: row.duplicate.then(|| "it was sent before".to_owned()),
        pointer: None,
    }
}
