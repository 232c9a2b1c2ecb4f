//! What a fire's forecast starts from: the footprints, and the ground that they make together as GeoJSON.

use firecore::geo::LocalFrame;
use firecore::ignition::region::{Part, Shape};
use firecore::ignition::{Ignition, Perturbation, Seed};
use firecore::perimeter::{area_ha, to_lon_lat};
use firecore::spread::StopToken;
use firecore::strategy::{Method, Priority};
use geo::{LineString, MultiPolygon, Polygon};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::HttpParts;
use super::super::error::ApiError;
use super::not_drawn;
use crate::artifacts::coordinates;
use crate::compute::Urgency;

/// Sides of a footprint that stands alone.
const DISC_CORNERS: u32 = 48;

/// Lines of parts keep at least so far apart as the perimeters of cells of this size, m.
const AS_CELLS_OF_M: f64 = 10.0;

#[derive(Serialize)]
pub(super) struct SeedOut {
    seeded_at: Timestamp,
    burning: Vec<IgnitionOut>,
    burned: Vec<IgnitionOut>,
    outline: Value,
}

#[derive(Serialize)]
struct IgnitionOut {
    longitude: f64,
    latitude: f64,
    radius_m: f64,
    position_sd_m: f64,
    age_s: u32,
}

/// Footprints whose outline is drawn at once, without a turn on the compute threads: 926 took 7.5 ms (`docs/performance.md`), so a few
/// milliseconds at most.
const AT_ONCE_MAX: usize = 200;

/// A seed; the outline of a large fire is drawn on the compute threads, for it takes a part of a second.
pub(super) async fn drawn(parts: &HttpParts, priority: Priority, seed: &Seed) -> Result<SeedOut, ApiError> {
    let outline = match seed.burning.len() + seed.burned.len() <= AT_ONCE_MAX {
        true => outline(seed),
        false => {
            let own = seed.clone();
            let urgency = Urgency::new(Method::Surrogate, priority);
            parts.pool.run_asked(urgency, move |_: &StopToken| outline(&own)).await.map_err(not_drawn)?
        }
    };
    let out = |ignitions: &[Ignition]| ignitions.iter().map(ignition).collect();
    Ok(SeedOut { seeded_at: seed.seeded_at, burning: out(&seed.burning), burned: out(&seed.burned), outline })
}

fn ignition(ignition: &Ignition) -> IgnitionOut {
    IgnitionOut {
        longitude: ignition.position.lon_deg(),
        latitude: ignition.position.lat_deg(),
        radius_m: ignition.radius_m,
        position_sd_m: ignition.position_sd_m,
        age_s: ignition.age_s,
    }
}

/// A feature for each part: active ones first.
fn outline(seed: &Seed) -> Value {
    let frame = seed.frame();
    let region = seed.region(&frame, &Perturbation::NONE);
    let states = region.active.iter().map(|part| ("active", part));
    let states = states.chain(region.cold.iter().map(|part| ("cold", part)));
    let features: Vec<Value> =
        states.map(|(state, part)| feature(state, part, &frame, seed.seeded_at)).collect();
    json!({ "type": "FeatureCollection", "features": features })
}

fn feature(state: &str, part: &Part, frame: &LocalFrame, seeded_at: Timestamp) -> Value {
    let shape = to_lon_lat(&in_plane(&part.shape), frame, AS_CELLS_OF_M);
    json!({
        "type": "Feature",
        "geometry": { "type": "MultiPolygon", "coordinates": coordinates(&shape) },
        "properties": {
            "state": state,
            "detections": part.footprints,
            "newest_age_s": part.newest_age_s,
            "oldest_age_s": part.oldest_age_s,
            "last_seen_at": seeded_at - SignedDuration::from_secs(i64::from(part.newest_age_s)),
            "area_ha": (100.0 * area_ha(&shape)).round() / 100.0,
        },
    })
}

fn in_plane(shape: &Shape) -> MultiPolygon<f64> {
    let line = |ring: &Vec<[f64; 2]>| LineString::from(ring.clone());
    match shape {
        Shape::Area(rings) => Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect()).into(),
        Shape::Disc { middle_m: [east_m, north_m], radius_m } => {
            let turn = |corner: u32| f64::from(corner) / f64::from(DISC_CORNERS) * std::f64::consts::TAU;
            let at = |corner| {
                let (north, east) = turn(corner).sin_cos();
                [east_m + radius_m * east, north_m + radius_m * north]
            };
            Polygon::new(line(&(0..DISC_CORNERS).map(at).collect()), Vec::new()).into()
        }
    }
}
