//! `GET /clusters`, `/clusters/{id}` and `/clusters/{id}/forecast`: the fires that are followed.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use firecore::detection::{ClusterId, Detection};
use firecore::forecast::{Forecast, perimeters};
use firecore::perimeter::Tolerance;
use firecore::spread::StopToken;
use firecore::strategy::Priority;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::{excerpt, fault};
use super::error::ApiError;
use super::etag::Tag;
use super::forecasts::{id_from_path, store_failed};
use super::path::PathId;
use super::{HttpParts, Shared, past};
use crate::artifacts::{decision_record, forecast_facts, forecast_features, plan_decision};
use crate::compute::ComputeError;
use crate::engine::board::{ClusterSnapshot, ClusterState};
use crate::engine::grids::GridsError;
use crate::engine::past::{PRIORITY_LEVEL, PastFire};
use crate::settings::PERIMETER_TOLERANCE_M_MAX;
use seed::SeedOut;

mod list;
mod seed;

pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new()
        .route("/clusters", get(list::list))
        .route("/clusters/{id}", get(one))
        .route("/clusters/{id}/forecast", get(forecast))
        .route("/clusters/{id}/forecast/provisional", get(provisional))
}

#[derive(Serialize)]
struct Summary {
    cluster_id: Uuid,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heat_source: Option<String>,
    detection_count: usize,
    first_detection_at: Option<Timestamp>,
    last_detection_at: Option<Timestamp>,
    last_received_at: Option<Timestamp>,
    /// West, south, east, north, degrees.
    bbox: Option<[f64; 4]>,
    strategy: Option<Strategy>,
    forecast_version: Option<u64>,
    stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stale_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stale_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Serialize)]
struct Strategy {
    method: String,
    priority: u8,
    reason: String,
    members: u32,
    lead_times_s: Vec<u32>,
    version: u64,
}

#[derive(Serialize)]
struct Full {
    #[serde(flatten)]
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<Timestamp>,
    decision: Option<Value>,
    lineage: Vec<Value>,
    seed: Option<SeedOut>,
    detections: Vec<DetectionOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    set_aside: Vec<SetAsideOut>,
}

#[derive(Serialize)]
struct SetAsideOut {
    reason: String,
    detection: DetectionOut,
}

#[derive(Serialize)]
struct DetectionOut {
    detection_id: Uuid,
    source: &'static str,
    longitude: f64,
    latitude: f64,
    confidence: f64,
    timestamp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    smoke_density: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frp_mw: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pixel_size_m: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sensor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

async fn one(
    State(parts): Shared,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(at) = past::asked_for(query.as_deref(), parts.clock.now())? {
        let fire = past::fire(&parts, &id, at, "").await?;
        return Ok(Json(one_then(&parts, fire, at).await?).into_response());
    }
    let snapshot = followed(&parts, &id, "")?;
    let records = parts.engine.store().records(snapshot.id).await.map_err(store_failed)?;
    let aside = parts.engine.store().set_aside(snapshot.id).await.map_err(store_failed)?;
    let seed = match &snapshot.plan {
        Some(plan) => Some(seed::drawn(&parts, plan.priority, &plan.seed).await?),
        None => None,
    };
    let full = Full {
        summary: summary(&snapshot),
        as_of: None,
        decision: decision(&snapshot),
        lineage: lineage(&parts, snapshot.id, None),
        seed,
        detections: records.iter().map(|record| detection(&record.detection)).collect(),
        set_aside: aside
            .into_iter()
            .map(|(record, reason)| SetAsideOut { reason, detection: detection(&record.detection) })
            .collect(),
    };
    let body = serde_json::to_vec(&full).map_err(|error| {
        tracing::error!(%error, "a fire cannot be written down");
        ApiError::Internal
    })?;
    // The store may be ahead of the board: only the whole answer says whether it is the same.
    let tag = Tag::of(snapshot.id, full.summary.forecast_version, &body);
    match tag.is_known_to(&headers) {
        true => Ok(tag.not_modified()),
        false => Ok(tag.on(([(CONTENT_TYPE, "application/json")], body))),
    }
}

/// A fire as it was known at a time.
async fn one_then(parts: &HttpParts, fire: PastFire, at: Timestamp) -> Result<Full, ApiError> {
    let seed = match &fire.seed {
        Some(seed) => Some(seed::drawn(parts, Priority::new(PRIORITY_LEVEL), seed).await?),
        None => None,
    };
    Ok(Full {
        summary: summary(&fire.snapshot),
        as_of: Some(at),
        decision: decision(&fire.snapshot),
        lineage: lineage(parts, fire.snapshot.id, Some(at)),
        seed,
        detections: fire.records.iter().map(|record| detection(&record.detection)).collect(),
        set_aside: Vec::new(),
    })
}

/// What its newest plan rests on, or what one would, where it is not forecast.
fn decision(snapshot: &ClusterSnapshot) -> Option<Value> {
    let planned = snapshot.plan.as_ref().map(|plan| plan_decision(plan));
    planned.or_else(|| snapshot.decision.as_ref().map(|decision| decision_record(&decision.record)))
}

/// Where it came from and what became of it, until a time.
fn lineage(parts: &HttpParts, id: ClusterId, until: Option<Timestamp>) -> Vec<Value> {
    let lineage = parts.engine.board().lineage(id);
    lineage.iter().filter(|turn| until.is_none_or(|until| turn.at <= until)).map(past::turn).collect()
}

async fn forecast(
    State(parts): Shared,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(at) = past::asked_for(query.as_deref(), parts.clock.now())? {
        let snapshot = past::fire(&parts, &id, at, "/forecast").await?.snapshot;
        let what = "forecast of a fire at that time";
        let then = snapshot.newest().ok_or(ApiError::NotFound { what, id })?;
        return Ok(Json(full_forecast(&snapshot, then)).into_response());
    }
    let tolerance = perimeter_tolerance(query.as_deref())?;
    let snapshot = followed(&parts, &id, "/forecast")?;
    let missing = ApiError::NotFound { what: "forecast of a fire", id };
    let Some(newest) = snapshot.newest() else { return Err(missing) };
    let tag = forecast_tag(&snapshot, newest, tolerance);
    if tag.is_known_to(&headers) {
        return Ok(tag.not_modified());
    }
    let Some(tolerance) = tolerance else { return Ok(tag.on(Json(full_forecast(&snapshot, newest)))) };
    let whole = parts.engine.whole(snapshot).await.map_err(no_grids)?;
    let (snapshot, newest) = whole.ok_or(missing)?;
    let forecast = outlined_anew(&parts, &newest, tolerance).await?;
    Ok(forecast_tag(&snapshot, &newest, Some(tolerance)).on(Json(full_forecast(&snapshot, &forecast))))
}

async fn provisional(
    State(parts): Shared,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let snapshot = followed(&parts, &id, "/forecast/provisional")?;
    let what = "provisional forecast of a fire";
    let provisional = snapshot.provisional.as_ref().ok_or(ApiError::NotFound { what, id })?;
    let tag = forecast_tag(&snapshot, provisional, None);
    match tag.is_known_to(&headers) {
        true => Ok(tag.not_modified()),
        false => Ok(tag.on(Json(full_forecast(&snapshot, provisional)))),
    }
}

/// All that [`full_forecast`] depends on, without writing its perimeters down: which forecast it is (by version, issue and
/// members, also across a restart), how it is outlined, and what is said of it beside.
fn forecast_tag(snapshot: &ClusterSnapshot, forecast: &Forecast, tolerance: Option<Tolerance>) -> Tag {
    let mut rest = format!("{} {} {tolerance:?}", forecast.issued_at, forecast.members_used);
    if !forecast.is_provisional() {
        let results_uri = snapshot.forecast.as_ref().and_then(|kept| kept.results_uri.as_ref());
        rest +=
            &format!(" {:?} {results_uri:?}", snapshot.staleness.as_ref().map(|staleness| &staleness.reason));
    }
    Tag::of(snapshot.id, Some(forecast.plan.version), rest.as_bytes())
}

/// A forecast of a fire with its perimeters. What grows stale and what has files is the last one that was completed.
fn full_forecast(snapshot: &ClusterSnapshot, forecast: &Forecast) -> Value {
    let mut answer = forecast_facts(forecast);
    let geojson = json!({ "type": "FeatureCollection", "features": forecast_features(forecast) });
    let staleness = snapshot.staleness.as_ref().filter(|_| !forecast.is_provisional());
    let kept = snapshot.forecast.as_ref().filter(|_| !forecast.is_provisional());
    answer.extend([
        ("stale".to_owned(), json!(staleness.is_some())),
        ("stale_reason".to_owned(), json!(staleness.map(|staleness| &staleness.reason))),
        ("results_uri".to_owned(), json!(kept.and_then(|kept| kept.results_uri.as_ref()))),
        ("geojson".to_owned(), geojson),
    ]);
    Value::Object(answer)
}

/// The forecast with perimeters of another tolerance, drawn on the compute threads.
async fn outlined_anew(
    parts: &HttpParts,
    forecast: &Arc<Forecast>,
    tolerance: Tolerance,
) -> Result<Arc<Forecast>, ApiError> {
    let forecast = Arc::clone(forecast);
    let priority = forecast.plan.priority;
    let draw = move |_: &StopToken| {
        let (arrival, plan) = (&forecast.arrival, &forecast.plan);
        let perimeters = perimeters(arrival, &plan.lead_times_s, plan.seed.seeded_at, tolerance);
        let bands = forecast.bands.iter().zip(&perimeters);
        Arc::new(Forecast {
            bands: bands.map(|(band, perimeter)| band.clone().scaled_to(perimeter.area_ha)).collect(),
            perimeters,
            perimeter_tolerance_m: tolerance.m(arrival.shape.cell_size_m),
            ..Forecast::clone(&forecast)
        })
    };
    parts.pool.run_asked(priority, draw).await.map_err(not_drawn)
}

/// The grids behind a forecast are not to be had.
fn no_grids(error: GridsError) -> ApiError {
    tracing::error!(%error, "no grids");
    ApiError::Internal
}

fn not_drawn(error: ComputeError) -> ApiError {
    match error {
        ComputeError::Full { .. } | ComputeError::Busy { .. } => {
            ApiError::Busy { retry_after_s: 1, detail: error.to_string() }
        }
        error => {
            tracing::error!(%error, "the outlines were not drawn");
            ApiError::Internal
        }
    }
}

/// The fire with an id; one that was merged answers with the place of its survivor.
pub(super) fn followed(parts: &HttpParts, id: &str, below: &str) -> Result<Arc<ClusterSnapshot>, ApiError> {
    let cluster_id = ClusterId(id_from_path("id", id)?);
    let board = parts.engine.board();
    let snapshot = board.get(cluster_id).ok_or(ApiError::NotFound { what: "fire", id: id.to_owned() })?;
    match board.survivor(cluster_id) {
        same if same == cluster_id => Ok(snapshot),
        survivor => Err(ApiError::Merged { location: format!("/clusters/{survivor}{below}") }),
    }
}

fn perimeter_tolerance(query: Option<&str>) -> Result<Option<Tolerance>, ApiError> {
    const NAME: &str = "perimeter_tolerance_m";
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Ok(None) };
    let number = query.strip_prefix(NAME).and_then(|rest| rest.strip_prefix('=')?.parse().ok());
    let allowed = |metres: &f64| (0.0..=PERIMETER_TOLERANCE_M_MAX).contains(metres);
    number.filter(allowed).map(|metres| Some(Tolerance::Metres(metres))).ok_or_else(|| {
        let found = excerpt(&Value::from(query));
        let detail =
            format!("the only parameter is {NAME}=0 to {NAME}={PERIMETER_TOLERANCE_M_MAX}, found {found}");
        ApiError::BadParameter(fault("?", detail))
    })
}

fn summary(snapshot: &ClusterSnapshot) -> Summary {
    let merged_into = match snapshot.state {
        ClusterState::Merged { into } => Some(into.0),
        _ => None,
    };
    Summary {
        cluster_id: snapshot.id.0,
        state: snapshot.state.name(),
        merged_into,
        label: snapshot.label.clone(),
        heat_source: snapshot.heat_source.clone(),
        detection_count: snapshot.detection_count,
        first_detection_at: snapshot.first_at,
        last_detection_at: snapshot.last_at,
        last_received_at: snapshot.last_received_at,
        bbox: snapshot
            .bounds
            .map(|bounds| [bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg]),
        strategy: snapshot.plan.as_ref().map(|plan| Strategy {
            method: plan.method.to_string(),
            priority: plan.priority.level(),
            reason: plan.reason.clone(),
            members: plan.members,
            lead_times_s: plan.lead_times_s.clone(),
            version: plan.version,
        }),
        forecast_version: snapshot.forecast.as_ref().map(|kept| kept.forecast.plan.version),
        stale: snapshot.staleness.is_some(),
        stale_reason: snapshot.staleness.as_ref().map(|staleness| staleness.reason.clone()),
        stale_since: snapshot.staleness.as_ref().map(|staleness| staleness.since),
        failure: snapshot.failure.as_ref().map(|failure| {
            format!("forecast {} by {} failed: {}", failure.version, failure.method, failure.reason)
        }),
    }
}

fn detection(detection: &Detection) -> DetectionOut {
    DetectionOut {
        detection_id: detection.id().0,
        source: detection.source().as_str(),
        longitude: detection.position().lon_deg(),
        latitude: detection.position().lat_deg(),
        confidence: detection.confidence(),
        timestamp: detection.acquired_at(),
        temperature: detection.temperature_c(),
        smoke_density: detection.smoke_density(),
        frp_mw: detection.frp_mw(),
        pixel_size_m: detection.pixel_size_m(),
        sensor: detection.sensor().map(str::to_owned),
        id: detection.producer_id().map(str::to_owned),
    }
}
