//! A decision on the wire: what it rested on, and what would have changed it.

use firecore::forecast::ForecastPlan;
use firecore::strategy::{Change, Counterfactual, DecisionRecord};
use serde_json::{Value, json};

/// What a plan's method and priority rest on, and how old that was when it was decided.
pub fn plan_decision(plan: &ForecastPlan) -> Value {
    let mut record = decision_record(&plan.record);
    if let Value::Object(fields) = &mut record {
        let age_s = plan.decided_at.duration_since(plan.seed.seeded_at).as_secs();
        fields.insert("decided_at".to_owned(), json!(plan.decided_at.to_string()));
        fields.insert("newest_detection_age_s".to_owned(), json!(age_s));
        fields.insert("why_run".to_owned(), json!(plan.urgency.why));
    }
    record
}

/// The rule, the thresholds, the facts and the least changes that would have led elsewhere.
pub fn decision_record(record: &DecisionRecord) -> Value {
    let (thresholds, facts) = (&record.thresholds, &record.facts);
    json!({
        "rule": record.rule.name(),
        "overridden": record.overridden,
        "thresholds": {
            "asset_near_m": thresholds.near_m(),
            "asset_far_m": thresholds.far_m(),
            "detections_many": thresholds.detections_many(),
        },
        "facts": {
            "nearest_asset": facts.nearest_asset.as_ref().map(|nearest| json!({
                "id": nearest.id,
                "name": nearest.name,
                "distance_m": tenths(nearest.distance_m),
            })),
            "detection_count": facts.detection_count,
            "requested_priority": facts.requested,
        },
        "counterfactuals": record.counterfactuals.iter().map(counterfactual).collect::<Vec<Value>>(),
    })
}

fn counterfactual(other: &Counterfactual) -> Value {
    let change = match other.change {
        Change::Nearer(by_m) => json!({ "asset_nearer_m": tenths(by_m) }),
        Change::Farther(by_m) => json!({ "asset_farther_m": tenths(by_m) }),
        Change::AssetWithin(reach_m) => json!({ "asset_within_m": tenths(reach_m) }),
        Change::MoreDetections(more) => json!({ "more_detections": more }),
    };
    json!({
        "change": change,
        "method": other.method,
        "priority": other.priority.level(),
        "text": other.text,
    })
}

fn tenths(metres: f64) -> f64 {
    (metres * 10.0).round() / 10.0
}
