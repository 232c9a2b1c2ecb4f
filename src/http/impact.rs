//! `GET /clusters/{id}/assets` and `GET /point`: when a fire reaches what is worth protecting, or any place.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::routing::get;
use axum::{Json, Router};
use firecore::forecast::Forecast;
use firecore::forecast::impact::AssetImpact;
use firecore::geo::LonLat;
use serde_json::{Value, json};

use super::body::{excerpt, fault};
use super::clusters::followed;
use super::error::ApiError;
use super::path::PathId;
use super::{HttpParts, Shared};
use crate::artifacts::impact::{arrival, asset_facts, reached};
use crate::engine::board::{ClusterSnapshot, ClusterState};

pub(super) fn routes() -> Router<Arc<HttpParts>> {
    Router::new().route("/clusters/{id}/assets", get(of_cluster)).route("/point", get(point))
}

async fn of_cluster(
    State(parts): Shared,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let probability_min = probability_min(query.as_deref())?;
    let snapshot = followed(&parts, &id, "/assets")?;
    let forecast = snapshot.newest().ok_or(ApiError::NotFound { what: "forecast of a fire", id })?;
    let shown = |asset: &&AssetImpact| asset.probability() >= probability_min;
    let assets: Vec<Value> =
        forecast.assets.iter().filter(shown).map(|asset| asset_facts(asset, forecast)).collect();
    let mut answer = of_fire(&snapshot, forecast);
    answer["assets_version"] = json!(forecast.assets_version);
    answer["assets_version_now"] = json!(parts.engine.assets().version);
    answer["total"] = json!(forecast.assets.len());
    answer["assets"] = json!(assets);
    Ok(Json(answer))
}

async fn point(State(parts): Shared, RawQuery(query): RawQuery) -> Result<Json<Value>, ApiError> {
    let place = place(query.as_deref())?;
    let gone = |state| matches!(state, ClusterState::Merged { .. } | ClusterState::Closed);
    let covers = |fire: &ClusterSnapshot| fire.newest().is_some_and(|forecast| forecast.covers(place));
    let all = parts.engine.board().all().into_iter().filter(|fire| !gone(fire.state) && covers(fire));
    let (mut fires, mut unanswered) = (Vec::new(), Vec::new());
    for fire in all {
        let id = fire.id;
        match parts.engine.whole(fire).await {
            Ok(whole) => fires.extend(whole.and_then(|(fire, forecast)| fire_at(&fire, &forecast, place))),
            Err(error) => {
                tracing::error!(cluster = %id, %error, "a place cannot be looked up");
                unanswered.push(id);
            }
        }
    }
    // The earliest first; the board is in the order of ids, and the sort keeps it.
    fires.sort_by(|a: &(f64, Value), b| a.0.total_cmp(&b.0));
    let fires: Vec<Value> = fires.into_iter().map(|(_, fire)| fire).collect();
    let mut answer = json!({"longitude": place.lon_deg(), "latitude": place.lat_deg(), "fires": fires});
    if !unanswered.is_empty() {
        answer["unanswered"] = json!(unanswered);
    }
    Ok(Json(answer))
}

/// What a fire's newest forecast says of a place in its window, and when one member in ten comes there.
fn fire_at(snapshot: &ClusterSnapshot, forecast: &Forecast, place: LonLat) -> Option<(f64, Value)> {
    let at = forecast.at_place(place)?;
    let mut answer = of_fire(snapshot, forecast);
    answer["burnable"] = json!(at.burnable);
    answer["reached"] = reached(&at.reached, forecast.plan.seed.seeded_at);
    answer["arrival"] = arrival(&at.arrival, forecast.plan.seed.seeded_at);
    Some((at.arrival.p90_s.unwrap_or(f64::INFINITY), answer))
}

/// Which fire and forecast it is.
fn of_fire(snapshot: &ClusterSnapshot, forecast: &Forecast) -> Value {
    let plan = &forecast.plan;
    json!({
        "cluster_id": plan.cluster_id,
        "forecast_version": plan.version,
        "method": plan.method,
        "issued_at": forecast.issued_at,
        "seeded_at": plan.seed.seeded_at,
        "members": forecast.members_used,
        "provisional": forecast.is_provisional(),
        "stale": snapshot.staleness.is_some() && !forecast.is_provisional(),
        "edge_reached": forecast.edge_reached,
    })
}

fn probability_min(query: Option<&str>) -> Result<f64, ApiError> {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Ok(0.0) };
    let number = query.strip_prefix("min_probability=").and_then(|text| text.parse().ok());
    number.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| {
        let found = excerpt(&Value::from(query));
        let detail = format!("the only parameter is min_probability=0 to min_probability=1, found {found}");
        ApiError::BadParameter(fault("?", detail))
    })
}

fn place(query: Option<&str>) -> Result<LonLat, ApiError> {
    let refused = |pointer: &str, detail: String| ApiError::BadParameter(fault(pointer, detail));
    let (mut lon_deg, mut lat_deg) = (None, None);
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        let slot = match name {
            "lon" => &mut lon_deg,
            "lat" => &mut lat_deg,
            other => {
                let found = excerpt(&Value::from(other));
                return Err(refused("?", format!("the only parameters are lon and lat, found {found}")));
            }
        };
        let number: Option<f64> = text.parse().ok();
        *slot = Some(number.ok_or_else(|| {
            refused(name, format!("needed a number of degrees, found {}", excerpt(&Value::from(text))))
        })?);
    }
    let needed = |name: &str| refused(name, format!("needed {name} in degrees, found nothing"));
    let (lon_deg, lat_deg) = (lon_deg.ok_or_else(|| needed("lon"))?, lat_deg.ok_or_else(|| needed("lat"))?);
    LonLat::new(lon_deg, lat_deg).map_err(|error| refused("?", error.to_string()))
}
