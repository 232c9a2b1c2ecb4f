//! `?at=TIME`: what was known of a fire then.

use firecore::detection::ClusterId;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::HttpParts;
use super::body::{excerpt, fault};
use super::error::ApiError;
use super::forecasts::{id_from_path, store_failed};
use crate::compute::ComputeError;
use crate::engine::board::{Cause, LineageEvent, LineageKind};
use crate::engine::past::{Past, PastError, PastFire};

/// The time that a query asks for; `None` where it asks for something else, or nothing.
pub(super) fn asked_for(query: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = query.and_then(|query| query.strip_prefix("at=")) else { return Ok(None) };
    // A plus sign that was not escaped reads as a space elsewhere; in a time it can only be the offset's sign.
    let text = text.replace("%3A", ":").replace("%3a", ":").replace("%2B", "+").replace("%2b", "+");
    let needed = |found: &str| {
        let found = excerpt(&Value::from(found));
        let detail = format!("needed an RFC 3339 time with an offset, not after now, found {found}");
        ApiError::BadParameter(fault("at", detail))
    };
    let at: Timestamp = text.parse().map_err(|_| needed(&text))?;
    if at > now { Err(needed(&text)) } else { Ok(Some(at)) }
}

/// A fire as it was known at a time; one that was part of another one then answers with that one's place.
pub(super) async fn fire(
    parts: &HttpParts,
    id: &str,
    at: Timestamp,
    below: &str,
) -> Result<PastFire, ApiError> {
    let cluster_id = ClusterId(id_from_path("id", id)?);
    match parts.engine.as_of(cluster_id, at).await.map_err(failed)? {
        Past::Known(fire) => Ok(*fire),
        Past::Merged { into } => {
            Err(ApiError::Merged { location: format!("/clusters/{into}{below}?at={at}") })
        }
        Past::Unknown => Err(ApiError::NotFound { what: "fire known at that time", id: id.to_owned() }),
    }
}

fn failed(error: PastError) -> ApiError {
    match error {
        PastError::Store(error) => store_failed(error),
        PastError::Compute(error @ (ComputeError::Full { .. } | ComputeError::Busy { .. })) => {
            ApiError::Busy { retry_after_s: 1, detail: error.to_string() }
        }
        PastError::Compute(error) => {
            tracing::error!(%error, "the past was not replayed");
            ApiError::Internal
        }
    }
}

/// One turn in the life of a fire.
pub(super) fn turn(turn: &LineageEvent) -> Value {
    let (kind, by) = match turn.kind {
        LineageKind::Founded { by } => ("founded", json!({ "detection_id": by })),
        LineageKind::Absorbed { by, .. } => ("absorbed", cause(by)),
        LineageKind::MergedInto { by, .. } => ("merged_into", cause(by)),
        LineageKind::SplitOff { by, .. } => ("split_off", json!({ "operation_id": by.0 })),
        LineageKind::PartedFrom { by, .. } => ("parted_from", json!({ "operation_id": by.0 })),
    };
    json!({ "at": turn.at.to_string(), "kind": kind, "cluster_id": turn.kind.other(), "by": by })
}

fn cause(cause: Cause) -> Value {
    match cause {
        Cause::Detection(id) => json!({ "detection_id": id }),
        Cause::Operation(id) => json!({ "operation_id": id.0 }),
    }
}
