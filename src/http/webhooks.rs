//! `GET /webhooks`, `GET /webhooks/dead-letters` and `POST /webhooks/dead-letters/{id}/retry`: where events are sent, and
//! what was not taken.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::body::{excerpt, fault};
use super::error::ApiError;
use super::path::PathId;
use super::{HttpParts, Shared};
use crate::webhooks::{DeadLetter, HookStatus, Retried};

pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new()
        .route("/webhooks", get(list))
        .route("/webhooks/dead-letters", get(dead_letters))
        .route("/webhooks/dead-letters/{id}/retry", post(retry))
}

async fn list(State(parts): Shared) -> Json<Value> {
    let webhooks: Vec<Value> = parts.webhooks.status().iter().map(status).collect();
    Json(json!({ "webhooks": webhooks }))
}

async fn dead_letters(State(parts): Shared) -> Json<Value> {
    let (letters, forgotten) = parts.webhooks.dead_letters();
    let letters: Vec<Value> = letters.iter().map(letter).collect();
    Json(json!({"total": letters.len(), "forgotten": forgotten, "dead_letters": letters}))
}

async fn retry(State(parts): Shared, PathId(id): PathId) -> Result<Json<Value>, ApiError> {
    let number = id.parse().map_err(|_| {
        let found = excerpt(&Value::from(id.as_str()));
        ApiError::BadParameter(fault("id", format!("needed a whole number, found {found}")))
    })?;
    match parts.webhooks.retry(number).await {
        Retried::Delivered => Ok(Json(json!({"id": number, "status": "delivered"}))),
        Retried::Failed { reason } => Ok(Json(json!({"id": number, "status": "failed", "reason": reason}))),
        Retried::Unknown => Err(ApiError::NotFound { what: "dead letter", id }),
    }
}

fn status(hook: &HookStatus) -> Value {
    json!({
        "webhook": hook.index,
        "url": hook.url,
        "kinds": hook.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "status": if hook.failing_since.is_some() { "failing" } else { "ok" },
        "failing_since": hook.failing_since,
        "last_error": hook.error,
        "last_event_id": hook.position.to_string(),
        "lag_events": hook.lag,
        "delivered": hook.delivered,
        "last_delivered_at": hook.delivered_at,
        "attempts_failed": hook.attempts_failed,
        "dead_letters": hook.dead,
        "events_overtaken": hook.overtaken,
    })
}

fn letter(letter: &DeadLetter) -> Value {
    let event: Value = serde_json::from_slice(&letter.event.json).unwrap_or_default();
    json!({
        "id": letter.id,
        "webhook": letter.webhook,
        "attempts": letter.attempts,
        "reason": letter.reason,
        "last_tried_at": letter.tried_at,
        "event": event,
    })
}
