//! `/assets` and `/assets/{id}`: what is worth protecting, and how it is changed while the service runs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use firecore::asset::Asset;
use serde::Serialize;
use serde_json::{Value, json};

use super::body::{fault, read_json};
use super::error::ApiError;
use super::path::PathId;
use super::{HttpParts, Shared};
use crate::compute::ComputeError;
use crate::engine::assets::{AssetList, AssetsChange, AssetsChangeError, AssetsEdit, Tags};
use crate::store::StoreError;

mod conditions;
mod feature;

/// When to come again after a refusal, s: a change takes well below that.
const RETRY_AFTER_S: u64 = 1;

/// What everybody with the scope `read` may do.
pub(super) fn read_routes() -> Router<Arc<HttpParts>> {
    Router::new().route("/assets", get(list)).route("/assets/{id}", get(one))
}

/// What needs the scope `assets:write`.
pub(super) fn write_routes() -> Router<Arc<HttpParts>> {
    Router::new()
        .route("/assets", put(replace_all).post(put_all))
        .route("/assets/{id}", put(put_one).delete(remove))
}

/// What a change did.
#[derive(Serialize)]
struct Changed {
    version: u64,
    total: usize,
    added: usize,
    replaced: usize,
    removed: usize,
}

async fn list(State(parts): Shared, headers: HeaderMap) -> Result<Response, ApiError> {
    let list = parts.engine.assets();
    unless_known(&headers, &list, || {
        let features: Vec<Value> = list.index.assets().iter().map(feature::feature).collect();
        json!({"type": "FeatureCollection", "version": list.version, "features": features})
    })
}

async fn one(State(parts): Shared, PathId(id): PathId, headers: HeaderMap) -> Result<Response, ApiError> {
    let list = parts.engine.assets();
    let asset = list.get(&id).ok_or(ApiError::NotFound { what: "asset", id })?;
    unless_known(&headers, &list, || feature::feature(asset))
}

async fn put_one(
    State(parts): Shared,
    PathId(id): PathId,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let body = read_json(&headers, body, parts.settings.assets_body_bytes_max).await?;
    let asset = feature::named(&body, &id).map_err(ApiError::AssetsRefused)?;
    let change = change(&parts, &headers, AssetsEdit::Put(asset)).await?;
    let kept = change.list.get(&id).map(feature::feature);
    let mut response = tagged(&change.list, Json(kept));
    if change.added > 0 {
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(location) = HeaderValue::from_str(&format!("/assets/{}", feature::escaped(&id))) {
            response.headers_mut().insert(LOCATION, location);
        }
    }
    Ok(response)
}

async fn remove(State(parts): Shared, PathId(id): PathId, headers: HeaderMap) -> Result<Response, ApiError> {
    let change = change(&parts, &headers, AssetsEdit::Remove(id)).await?;
    Ok(tagged(&change.list, StatusCode::NO_CONTENT))
}

async fn replace_all(State(parts): Shared, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let assets = read_all(&parts, &headers, body).await?;
    changed(&parts, &headers, AssetsEdit::Replace(assets)).await
}

async fn put_all(State(parts): Shared, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let assets = read_all(&parts, &headers, body).await?;
    changed(&parts, &headers, AssetsEdit::PutAll(assets)).await
}

async fn read_all(parts: &HttpParts, headers: &HeaderMap, body: Body) -> Result<Vec<Asset>, ApiError> {
    let body = read_json(headers, body, parts.settings.assets_body_bytes_max).await?;
    feature::collection(&body, parts.settings.assets_max).map_err(ApiError::AssetsRefused)
}

async fn changed(parts: &HttpParts, headers: &HeaderMap, edit: AssetsEdit) -> Result<Response, ApiError> {
    let AssetsChange { list, added, replaced, removed } = change(parts, headers, edit).await?;
    let body = Changed { version: list.version, total: list.index.len(), added, replaced, removed };
    Ok(tagged(&list, Json(body)))
}

async fn change(parts: &HttpParts, headers: &HeaderMap, edit: AssetsEdit) -> Result<AssetsChange, ApiError> {
    let conditions = conditions::of(headers)?;
    parts.engine.change_assets(edit, &conditions, parts.settings.assets_max).await.map_err(refusal)
}

fn refusal(error: AssetsChangeError) -> ApiError {
    match error {
        AssetsChangeError::Precondition(detail) => ApiError::Precondition { detail },
        AssetsChangeError::NotFound { id } => ApiError::NotFound { what: "asset", id },
        error @ AssetsChangeError::TooMany { .. } => {
            ApiError::AssetsRefused(vec![fault("", error.to_string())])
        }
        AssetsChangeError::Compute(full @ (ComputeError::Full { .. } | ComputeError::Busy { .. })) => {
            ApiError::Busy { retry_after_s: RETRY_AFTER_S, detail: full.to_string() }
        }
        AssetsChangeError::Store(full @ (StoreError::Full { .. } | StoreError::Failed { .. })) => {
            ApiError::Busy { retry_after_s: RETRY_AFTER_S, detail: full.to_string() }
        }
        AssetsChangeError::Store(error @ StoreError::TimedOut { .. }) => {
            tracing::error!(%error, "a change of the assets may have been stored or not");
            ApiError::TimedOut
        }
        // Each asset was checked before.
        error => {
            tracing::error!(%error, "the assets were not changed");
            ApiError::Internal
        }
    }
}

/// The list's part with its tag, or 304 where the caller knows it.
fn unless_known(
    headers: &HeaderMap,
    list: &AssetList,
    body: impl FnOnce() -> Value,
) -> Result<Response, ApiError> {
    let conditions = conditions::of(headers)?;
    let known = conditions.if_none_match.is_some_and(|tags: Tags| tags.contain(list.tag()));
    Ok(match known {
        true => tagged(list, StatusCode::NOT_MODIFIED),
        false => tagged(list, Json(body())),
    })
}

fn tagged(list: &AssetList, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", list.tag())) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}
