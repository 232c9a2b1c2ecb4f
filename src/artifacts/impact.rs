//! When a forecast's fire reaches assets and places, as JSON: in answers and in `assets.json`.

use firecore::forecast::Forecast;
use firecore::forecast::impact::{ArrivalTime, AssetImpact, ReachedBy, instant};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Assets in the facts of a forecast, the most urgent; all are in `assets.json` and have a resource of their own.
const ASSETS_SHOWN: usize = 20;

/// Every asset in the members' windows with when it is reached, the most urgent first.
pub fn assets_document(forecast: &Forecast) -> Value {
    let plan = &forecast.plan;
    let seeded_at = plan.seed.seeded_at;
    json!({
        "cluster_id": plan.cluster_id,
        "version": plan.version,
        "issued_at": forecast.issued_at,
        "seeded_at": seeded_at,
        "members": forecast.members_used,
        "assets_version": forecast.assets_version,
        "assets": forecast.assets.iter().map(|asset| asset_facts(asset, forecast)).collect::<Vec<_>>(),
    })
}

/// The most urgent assets that any member reaches, and how many those are.
pub(super) fn threatened(forecast: &Forecast) -> Value {
    let reached: Vec<_> = forecast.assets.iter().filter(|asset| asset.probability() > 0.0).collect();
    let shown = reached.iter().take(ASSETS_SHOWN).map(|asset| asset_facts(asset, forecast));
    json!({
        "list_version": forecast.assets_version,
        "in_reach": forecast.assets.len(),
        "reached": reached.len(),
        "most_urgent": shown.collect::<Vec<_>>(),
    })
}

/// One asset of a forecast: who it is, how far it is now, how likely it is reached by each lead time, when, and by when its clearing
/// must have begun; overdue where that had passed when the forecast was issued.
pub fn asset_facts(asset: &AssetImpact, forecast: &Forecast) -> Value {
    let seeded_at = forecast.plan.seed.seeded_at;
    let clear_by = asset.clear_by(seeded_at);
    json!({
        "id": asset.id,
        "kind": asset.kind,
        "name": asset.name,
        "distance_m": (asset.distance_m * 10.0).round() / 10.0,
        "probability": rounded(asset.probability()),
        "reached": reached(&asset.reached, seeded_at),
        "arrival": arrival(&asset.arrival, seeded_at),
        "clearance_s": asset.clearance_s,
        "clear_by": clear_by,
        "overdue": clear_by.is_some_and(|at| at < forecast.issued_at),
    })
}

/// By each lead time how many members come, and their share.
pub fn reached(reached: &[ReachedBy], seeded_at: Timestamp) -> Value {
    let one = |reached: &ReachedBy| {
        json!({
            "lead_time_s": reached.lead_time_s,
            "valid_time": instant(seeded_at, f64::from(reached.lead_time_s)),
            "members": reached.members,
            "probability": rounded(reached.probability),
        })
    };
    reached.iter().map(one).collect()
}

/// When (100 - NN) % of the members have come, for p90, p50 and p10: seconds after the seed and the instant, or null.
pub fn arrival(arrival: &ArrivalTime, seeded_at: Timestamp) -> Value {
    let one = |(percentile, after_s): (u8, Option<f64>)| {
        let time = after_s.map(|after_s| json!({"s": after_s.round(), "at": instant(seeded_at, after_s)}));
        (format!("p{percentile}"), json!(time))
    };
    Value::Object(arrival.each().map(one).into_iter().collect())
}

fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
