//! What is worth protecting in the made-up world.

use serde_json::{Value, json};

use super::terrain::{RESERVOIR_HALF_AXES_M, RESERVOIR_M, TOWN_M, place_at};

/// Assets of the world as a GeoJSON feature collection: a town, a hospital, a substation, the power line between
/// the hills and the substation, a reservoir and a camp.
pub fn assets_geojson() -> String {
    let (town_east_m, town_north_m) = TOWN_M;
    let line_m = [(-8_500.0, 3_900.0), (-4_900.0, 2_700.0), (-2_600.0, 1_400.0), SUBSTATION_M];
    let features = [
        point("town", "Ochre Ford", TOWN_M),
        point("hospital", "Ochre Ford hospital", (town_east_m + 260.0, town_north_m + 180.0)),
        point("substation", "West substation", SUBSTATION_M),
        point("camp", "Larkspur camp", (-2_700.0, -2_300.0)),
        feature(
            "power_line",
            "Summit line",
            json!({ "type": "LineString", "coordinates": line_m.map(position) }),
        ),
        feature("reservoir", "Quail reservoir", json!({ "type": "Polygon", "coordinates": [shore()] })),
    ];
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

/// The substation, m east and north of the world's middle.
const SUBSTATION_M: (f64, f64) = (-1_500.0, 500.0);

fn point(kind: &str, name: &str, at_m: (f64, f64)) -> Value {
    feature(kind, name, json!({ "type": "Point", "coordinates": position(at_m) }))
}

fn feature(kind: &str, name: &str, geometry: Value) -> Value {
    let properties = json!({ "asset_id": format!("demo-{kind}"), "asset_type": kind, "name": name });
    json!({ "type": "Feature", "properties": properties, "geometry": geometry })
}

/// The shore counter-clockwise, closed.
fn shore() -> Vec<[f64; 2]> {
    /// Enough for an ellipse to look like one.
    const CORNERS: u32 = 24;
    let corner = |n: u32| {
        let turn_rad = f64::from(n % CORNERS) / f64::from(CORNERS) * std::f64::consts::TAU;
        let (half_east_m, half_north_m) = RESERVOIR_HALF_AXES_M;
        position((
            RESERVOIR_M.0 + half_east_m * turn_rad.cos(),
            RESERVOIR_M.1 + half_north_m * turn_rad.sin(),
        ))
    };
    (0..=CORNERS).map(corner).collect()
}

/// Longitude and latitude to 6 decimals (0.1 m).
fn position((east_m, north_m): (f64, f64)) -> [f64; 2] {
    let place = place_at(east_m, north_m);
    [place.lon_deg(), place.lat_deg()].map(|degrees| (degrees * 1e6).round() / 1e6)
}
