//! A forecast's perimeters as GeoJSON (RFC 7946).

use firecore::ensemble::band::RankBand;
use firecore::forecast::band::AreaBand;
use firecore::forecast::{Ending, Forecast, ForecastPlan, InputNote, PercentilePerimeter, SimulatorNote};
use geo::{LineString, MultiPolygon};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::decision::plan_decision;
use super::impact::threatened;

/// A forecast as a feature collection: one multipolygon a lead time and percentile, and beside the features what the
/// forecast was made from and what fell short.
///
/// p10 lies inside p50 lies inside p90: pNN holds the ground burned in at least (100 - NN) % of the members.
/// Perimeters lie within `perimeter_tolerance_m` of the contours of the arrival times. Coordinates have as many decimals as
/// keep their lines apart, 6 (0.1 m) for cells of 30 m. The same forecast gives the same text.
pub fn forecast_geojson(forecast: &Forecast) -> Value {
    let mut collection = forecast_facts(forecast);
    collection.insert("type".to_owned(), json!("FeatureCollection"));
    collection.insert("features".to_owned(), Value::Array(forecast_features(forecast)));
    Value::Object(collection)
}

/// One feature a lead time and percentile.
pub fn forecast_features(forecast: &Forecast) -> Vec<Value> {
    let bands = forecast.bands.iter().map(Some).chain(std::iter::repeat(None));
    forecast
        .perimeters
        .iter()
        .zip(bands)
        .map(|(perimeter, band)| feature(forecast, perimeter, band))
        .collect()
}

/// What a forecast was made from, why, and what fell short.
pub fn forecast_facts(forecast: &Forecast) -> Map<String, Value> {
    let plan = &forecast.plan;
    let facts = json!({
        "cluster_id": plan.cluster_id.to_string(),
        "version": plan.version,
        "method": plan.method,
        "priority": plan.priority.level(),
        "reason": plan.reason,
        "decision": plan_decision(plan),
        "physics": physics(plan),
        "issued_at": forecast.issued_at.to_string(),
        "seeded_at": plan.seed.seeded_at.to_string(),
        "detection_count": plan.detection_count,
        "members_planned": plan.members,
        "members_used": forecast.members_used,
        "members_lost": forecast.members_lost,
        "perimeter_tolerance_m": round(forecast.perimeter_tolerance_m, 1000.0),
        "members_left_out": forecast.members_left_out,
        "provisional": forecast.is_provisional(),
        "ended": ended(forecast.ending),
        "edge_reached": forecast.edge_reached,
        "no_spread": forecast.no_spread,
        "degradations": forecast.degradations,
        "simulators": forecast.simulators.iter().map(simulator).collect::<Vec<Value>>(),
        "assets": threatened(forecast),
        "inputs": forecast.inputs.iter().map(|note| input(note, plan.seed.seeded_at)).collect::<Vec<Value>>(),
    });
    match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}

/// Which fires the members knew beside the one on the ground; the surrogate throws no embers.
fn physics(plan: &ForecastPlan) -> Value {
    let (crown_fire, embers_per_gj) = plan.beyond_surface_fire();
    json!({
        "crown_fire": crown_fire.map(|method| method.to_string()),
        "foliar_moisture": plan.physics.foliar_moisture,
        "embers_per_gj": embers_per_gj,
    })
}

/// Who computed how many members.
fn simulator(note: &SimulatorNote) -> Value {
    json!({"simulator": note.simulator, "members": note.members})
}

/// What was used, and how much older than the seed it is: negative where it is valid later.
fn input(note: &InputNote, seeded_at: Timestamp) -> Value {
    json!({
        "input": note.input,
        "source": note.source,
        "valid_at": note.valid_at.map(|valid_at| valid_at.to_string()),
        "age_s": note.valid_at.map(|valid_at| seeded_at.duration_since(valid_at).as_secs()),
        "fallback": note.fallback,
    })
}

fn feature(forecast: &Forecast, perimeter: &PercentilePerimeter, band: Option<&AreaBand>) -> Value {
    let plan = &forecast.plan;
    json!({
        "type": "Feature",
        "geometry": { "type": "MultiPolygon", "coordinates": coordinates(&perimeter.perimeter) },
        "properties": {
            "method": plan.method,
            "percentile": perimeter.percentile,
            "lead_time_s": perimeter.lead_time_s,
            "valid_time": perimeter.valid_at.to_string(),
            "cluster_id": plan.cluster_id.to_string(),
            "detection_count": plan.detection_count,
            "provisional": forecast.is_provisional(),
            "area_ha": round(perimeter.area_ha, 100.0),
            "area_ha_low": band.and_then(|band| band.area_ha_low).map(|low| round(low, 100.0)),
            "area_ha_high": band.and_then(|band| band.area_ha_high).map(|high| round(high, 100.0)),
            "band": band.map(|band| ranks(&band.ranks)),
            "intensity": round(perimeter.intensity, 1e4),
            "fireline_intensity_kw_m": round(perimeter.fireline_intensity_kw_m, 10.0),
        },
    })
}

/// Which of the sorted members the band's ends are, the earliest being 1, and how likely the percentile lies between.
fn ranks(band: &RankBand) -> Value {
    json!({
        "members": band.members,
        "rank": band.rank,
        "rank_early": band.low,
        "rank_late": band.high,
        "coverage": round(band.coverage, 1e4),
    })
}

/// Why no more members are in it; nothing while some are to come.
fn ended(ending: Ending) -> Option<&'static str> {
    match ending {
        Ending::StillRunning => None,
        Ending::AllMembers => Some("all_members"),
        Ending::Deadline => Some("deadline"),
        Ending::Settled { .. } => Some("settled"),
    }
}

/// A multipolygon's coordinates.
pub(crate) fn coordinates(shape: &MultiPolygon<f64>) -> Vec<Vec<Vec<[f64; 2]>>> {
    let ring = |ring: &LineString<f64>| ring.coords().map(|at| [at.x, at.y]).collect();
    let rings = |polygon: &geo::Polygon<f64>| {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
    };
    shape.iter().map(rings).collect()
}

/// A number to so many parts of one; adding zero turns -0 into 0.
fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts + 0.0
}
