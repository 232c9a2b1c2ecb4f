//! Announce: what the actors tell of fires, as live events made from the board. One line a call.
//!
//! The board is published first: who hears of something and then asks for the fire finds it there.

use firecore::detection::ClusterId;
use firecore::forecast::diff::{AreaChange, AssetChange, ForecastDiff, GroundChange, ThreatChange};
use firecore::forecast::{Forecast, ForecastPlan};
use firecore::geo::Bounds;
use serde_json::{Value, json};

use super::Parts;
use super::assets::AssetsChange;
use super::board::ClusterSnapshot;
use super::live::{Kind, LiveEvent};
use crate::store::OperationId;

/// A fire came to be, or took something in: how it stands.
pub(super) fn fire(parts: &Parts, kind: Kind, id: ClusterId) {
    let Some(snapshot) = parts.board.get(id) else { return };
    tell(parts, kind, &snapshot, standing(&snapshot));
}

/// A fire is part of another one by now.
pub(super) fn merged(parts: &Parts, absorbed: ClusterId, survivor: ClusterId) {
    // One that was never shown is nobody's loss.
    let Some(snapshot) = parts.board.get(absorbed) else { return };
    let data = json!({
        "survivor": survivor.to_string(),
        "absorbed": [absorbed.to_string()],
        "cluster": format!("/clusters/{survivor}"),
    });
    let told = event(parts, Kind::ClusterMerged, &snapshot, data);
    // Who follows a region, or the urgent ones, hears of it where either of them is of those.
    let other = parts.board.get(survivor).map(|other| event(parts, Kind::ClusterMerged, &other, Value::Null));
    let (priority, bounds) = other.map_or((None, None), |other| (other.priority, other.bounds));
    let urgent = [told.priority, priority].into_iter().flatten().min_by_key(|priority| priority.level());
    let around = match (told.bounds, bounds) {
        (Some(a), Some(b)) => Some(a.around(&b)),
        (a, b) => a.or(b),
    };
    parts.live.publish(LiveEvent {
        cluster_id: Some(survivor),
        with: vec![absorbed],
        priority: urgent,
        bounds: around,
        ..told
    });
}

/// The list of assets is another one.
pub(super) fn assets(parts: &Parts, change: &AssetsChange) {
    let data = json!({
        "version": change.list.version,
        "assets": change.list.index.len(),
        "added": change.added,
        "replaced": change.replaced,
        "removed": change.removed,
    });
    parts.live.publish(LiveEvent {
        kind: Kind::AssetsChanged,
        cluster_id: None,
        with: Vec::new(),
        at: parts.clock.now(),
        priority: None,
        bounds: None,
        data,
    });
}

/// An operator parted a fire.
pub(super) fn split(parts: &Parts, fire: ClusterId, parted: ClusterId, by: OperationId) {
    let Some(snapshot) = parts.board.get(fire) else { return };
    let data = json!({
        "parted": parted.to_string(),
        "operation_id": by.to_string(),
        "cluster": format!("/clusters/{parted}"),
    });
    let event = event(parts, Kind::ClusterSplit, &snapshot, data);
    parts.live.publish(LiveEvent { with: vec![parted], ..event });
}

/// A plan departs from the one before it in method or priority. Who listens to urgent fires hears of both ways.
pub(super) fn strategy(parts: &Parts, before: Option<&ForecastPlan>, after: &ForecastPlan) {
    let differs = |before: &&ForecastPlan| (before.method, before.priority) != (after.method, after.priority);
    // What stands in is no change of mind, nor is what it stood in for.
    let stands_in = |plan: &ForecastPlan| plan.urgency.stands_in;
    let meant = |before: &&ForecastPlan| !stands_in(before) && !stands_in(after);
    let Some(before) = before.filter(differs).filter(meant) else { return };
    let Some(snapshot) = parts.board.get(after.cluster_id) else { return };
    let side = |plan: &ForecastPlan| json!({"method": plan.method, "priority": plan.priority.level()});
    let data = json!({"before": side(before), "after": side(after), "reason": after.reason, "version": after.version});
    let urgent = std::cmp::min_by_key(before.priority, after.priority, |priority| priority.level());
    let event = event(parts, Kind::StrategyChanged, &snapshot, data);
    parts.live.publish(LiveEvent { priority: Some(urgent), ..event });
}

/// The members so far give something: it is on the board.
pub(super) fn partial(parts: &Parts, id: ClusterId) {
    let Some(snapshot) = parts.board.get(id) else { return };
    let Some(forecast) = &snapshot.provisional else { return };
    tell(parts, Kind::ForecastPartial, &snapshot, product(forecast, None, "/provisional"));
}

/// There is a forecast: it is on the board.
pub(super) fn completed(parts: &Parts, id: ClusterId, diff: Option<&ForecastDiff>) {
    let Some(snapshot) = parts.board.get(id) else { return };
    let Some(kept) = &snapshot.forecast else { return };
    let mut data = product(&kept.forecast, kept.results_uri.as_deref(), "");
    data["diff"] = diff.map_or(Value::Null, changed);
    tell(parts, Kind::ForecastCompleted, &snapshot, data);
}

/// A run gave no forecast; the last one stands.
pub(super) fn failed(parts: &Parts, id: ClusterId, version: u64, reason: &str) {
    let Some(snapshot) = parts.board.get(id) else { return };
    let failure = snapshot.failure.as_ref().filter(|failure| failure.version == version);
    let data = json!({
        "version": version,
        "method": failure.map(|failure| failure.method),
        "reason": reason,
        "forecast_version": forecast_version(&snapshot),
        "stale": snapshot.staleness.is_some(),
    });
    tell(parts, Kind::ForecastFailed, &snapshot, data);
}

fn tell(parts: &Parts, kind: Kind, snapshot: &ClusterSnapshot, data: Value) {
    parts.live.publish(event(parts, kind, snapshot, data));
}

fn event(parts: &Parts, kind: Kind, snapshot: &ClusterSnapshot, data: Value) -> LiveEvent {
    LiveEvent {
        kind,
        cluster_id: Some(snapshot.id),
        with: Vec::new(),
        at: parts.clock.now(),
        priority: snapshot.decision.as_ref().map(|decision| decision.priority),
        bounds: snapshot.bounds,
        data,
    }
}

fn standing(snapshot: &ClusterSnapshot) -> Value {
    let decision = snapshot.decision.as_ref();
    json!({
        "state": snapshot.state.name(),
        "detection_count": snapshot.detection_count,
        "first_detection_at": snapshot.first_at.map(|at| at.to_string()),
        "last_detection_at": snapshot.last_at.map(|at| at.to_string()),
        "bbox": snapshot.bounds.map(edges),
        "label": snapshot.label,
        "heat_source": snapshot.heat_source,
        "method": decision.map(|decision| decision.method),
        "priority": decision.map(|decision| decision.priority.level()),
        "reason": decision.map(|decision| &decision.reason),
        "forecast_version": forecast_version(snapshot),
        "stale": snapshot.staleness.is_some(),
        "cluster": format!("/clusters/{}", snapshot.id),
    })
}

/// What a forecast is of, and its areas; the perimeters are where `forecast` says.
fn product(forecast: &Forecast, results_uri: Option<&str>, below: &str) -> Value {
    let plan = &forecast.plan;
    json!({
        "version": plan.version,
        "method": plan.method,
        "priority": plan.priority.level(),
        "why": plan.urgency.why,
        "stands_in": plan.urgency.stands_in,
        "issued_at": forecast.issued_at.to_string(),
        "seeded_at": plan.seed.seeded_at.to_string(),
        "detection_count": plan.detection_count,
        "members_planned": plan.members,
        "members_used": forecast.members_used,
        "members_lost": forecast.members_lost,
        "provisional": forecast.is_provisional(),
        "degradations": forecast.degradations.len(),
        "areas": areas(forecast),
        "results_uri": results_uri,
        "forecast": format!("/clusters/{}/forecast{below}", plan.cluster_id),
    })
}

/// One object a lead time, with the area inside each percentile's perimeter.
fn areas(forecast: &Forecast) -> Vec<Value> {
    let lead_times = forecast.perimeters.chunk_by(|a, b| a.lead_time_s == b.lead_time_s);
    let of_lead_time = lead_times.map(|perimeters| {
        let mut areas = serde_json::Map::new();
        areas.insert("lead_time_s".to_owned(), json!(perimeters[0].lead_time_s));
        areas.insert("valid_time".to_owned(), json!(perimeters[0].valid_at.to_string()));
        for perimeter in perimeters {
            let area_ha = hundredths(perimeter.area_ha);
            areas.insert(format!("p{}_area_ha", perimeter.percentile), json!(area_ha));
        }
        Value::Object(areas)
    });
    of_lead_time.collect()
}

/// What changed since the forecast before: areas by lead time, ground at the same instants, assets, and why it was made.
fn changed(diff: &ForecastDiff) -> Value {
    let method = diff.method.map(|(before, after)| json!({"before": before, "after": after}));
    let of_area = |area: &AreaChange| {
        let here = |ground: &&GroundChange| {
            (ground.percentile, ground.lead_time_s) == (area.percentile, area.lead_time_s)
        };
        let ground = diff.ground.iter().find(here);
        json!({
            "percentile": area.percentile,
            "lead_time_s": area.lead_time_s,
            "area_ha_before": area.before_ha.map(hundredths),
            "area_ha": hundredths(area.after_ha),
            "grew_ha": ground.map(|ground| hundredths(ground.grew_ha)),
            "shrank_ha": ground.map(|ground| hundredths(ground.shrank_ha)),
        })
    };
    json!({
        "from_version": diff.from_version,
        "why": diff.why,
        "method": method,
        "areas": diff.areas.iter().map(of_area).collect::<Vec<Value>>(),
        "ground_note": diff.ground_note,
        "assets": diff.assets.iter().map(threat).collect::<Vec<Value>>(),
    })
}

fn threat(asset: &AssetChange) -> Value {
    let (change, by_s) = match asset.change {
        ThreatChange::NewlyThreatened => ("newly_threatened", None),
        ThreatChange::NoLongerThreatened => ("no_longer_threatened", None),
        ThreatChange::Sooner { by_s } => ("sooner", Some(by_s.round())),
        ThreatChange::Later { by_s } => ("later", Some(by_s.round())),
    };
    json!({
        "id": asset.id,
        "kind": asset.kind,
        "name": asset.name,
        "change": change,
        "by_s": by_s,
        "probability_before": asset.probability_before,
        "probability": asset.probability_after,
        "p50_arrival": asset.p50_after.map(|at| at.to_string()),
    })
}

fn hundredths(area_ha: f64) -> f64 {
    (area_ha * 100.0).round() / 100.0
}

fn forecast_version(snapshot: &ClusterSnapshot) -> Option<u64> {
    snapshot.forecast.as_ref().map(|kept| kept.forecast.plan.version)
}

/// West, south, east, north.
fn edges(bounds: Bounds) -> [f64; 4] {
    [bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg]
}
