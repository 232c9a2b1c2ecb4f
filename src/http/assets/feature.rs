//! Assets as GeoJSON features (RFC 7946): in, each fault with its JSON pointer, and out.

use std::collections::HashMap;

use firecore::asset::Asset;
use georead::features::CLEARANCE_S_MAX;
use serde_json::{Map, Value, json};

use crate::http::body::{excerpt, fault};
use crate::http::error::FieldError;

/// Longest id, kind or name, bytes.
const TEXT_BYTES_MAX: usize = 200;

/// An asset as a feature.
pub(super) fn feature(asset: &Asset) -> Value {
    let mut properties = json!({ "kind": asset.kind, "name": asset.name });
    if let Some(clearance_s) = asset.clearance_s {
        properties["clearance_s"] = clearance_s.into();
    }
    json!({
        "type": "Feature",
        "id": asset.id,
        "properties": properties,
        "geometry": geojson::Geometry::from(&asset.geometry),
    })
}

/// The one asset of a body that was sent to its own path: an id in the body must be the same.
pub(super) fn named(body: &Value, id: &str) -> Result<Asset, Vec<FieldError>> {
    let mut faults = Vec::new();
    let asset = asset(body, "", Some(id), &mut faults);
    asset.filter(|_| faults.is_empty()).ok_or(faults)
}

/// Every asset of a feature collection; with one bad feature none.
pub(super) fn collection(body: &Value, assets_max: usize) -> Result<Vec<Asset>, Vec<FieldError>> {
    let one = |pointer: &str, detail: String| Err(vec![fault(pointer, detail)]);
    if body.get("type").and_then(Value::as_str) != Some("FeatureCollection") {
        let found = body.get("type").map_or_else(|| excerpt(body), excerpt);
        return one("/type", format!("needed \"FeatureCollection\", found {found}"));
    }
    let features = match body.get("features") {
        Some(Value::Array(features)) => features,
        Some(other) => {
            return one("/features", format!("needed a list of features, found {}", excerpt(other)));
        }
        None => return one("/features", "needed a list of features, found nothing".to_owned()),
    };
    if features.len() > assets_max {
        return one("/features", format!("needed at most {assets_max} assets, found {}", features.len()));
    }
    let (mut assets, mut faults) = (Vec::with_capacity(features.len()), Vec::new());
    let mut first: HashMap<String, usize> = HashMap::new();
    for (place, value) in features.iter().enumerate() {
        let pointer = format!("/features/{place}");
        let Some(asset) = asset(value, &pointer, None, &mut faults) else { continue };
        if let Some(before) = first.get(&asset.id) {
            let detail = format!("needed an id of its own, found that of /features/{before}: {:?}", asset.id);
            faults.push(fault(&format!("{pointer}/id"), detail));
        }
        first.entry(asset.id.clone()).or_insert(place);
        assets.push(asset);
    }
    match faults.is_empty() {
        true => Ok(assets),
        false => Err(faults),
    }
}

/// One asset; every fault of it is added to the others.
fn asset(value: &Value, pointer: &str, path_id: Option<&str>, faults: &mut Vec<FieldError>) -> Option<Asset> {
    let before = faults.len();
    let mut wrong = |field: &str, detail: String| faults.push(fault(&format!("{pointer}{field}"), detail));
    let Value::Object(fields) = value else {
        wrong("", format!("needed a feature, found {}", excerpt(value)));
        return None;
    };
    if fields.get("type").and_then(Value::as_str) != Some("Feature") {
        let found = fields.get("type").map_or("nothing".to_owned(), excerpt);
        wrong("/type", format!("needed \"Feature\", found {found}"));
        return None;
    }
    let none = Map::new();
    let properties = match fields.get("properties") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(properties)) => properties,
        Some(other) => {
            wrong("/properties", format!("needed an object or null, found {}", excerpt(other)));
            &none
        }
    };
    let text = |names: &[&str]| names.iter().find_map(|name| properties.get(*name).and_then(plain));
    let [id, kind, name] = [&["asset_id", "id"][..], &["asset_type", "kind", "type"], &["name"]].map(text);
    let id = id.or_else(|| fields.get("id").and_then(plain));
    let clearance_s = match clearance_s(properties) {
        Ok(clearance_s) => clearance_s,
        Err((name, detail)) => {
            wrong(&format!("/properties/{name}"), detail);
            None
        }
    };
    for (field, text) in [("/id", &id), ("/properties/kind", &kind), ("/properties/name", &name)] {
        if let Some(text) = text.as_ref().filter(|text| text.len() > TEXT_BYTES_MAX) {
            wrong(field, format!("needed at most {TEXT_BYTES_MAX} bytes, found {}", text.len()));
        }
    }
    let id = match (path_id, id) {
        (Some(path), Some(own)) if own != path => {
            let (own, path) = (excerpt(&Value::from(own)), excerpt(&Value::from(path)));
            wrong("/id", format!("needed the id of the path, {path}, or none, found {own}"));
            None
        }
        (Some(path), _) if path.len() > TEXT_BYTES_MAX => {
            wrong("/id", format!("needed at most {TEXT_BYTES_MAX} bytes in the path, found {}", path.len()));
            None
        }
        (Some(path), _) => Some(path.to_owned()),
        (None, Some(own)) => Some(own),
        (None, None) => {
            wrong("/id", "needed an id here or in properties.asset_id, found none".to_owned());
            None
        }
    };
    let geometry = fields.get("geometry").unwrap_or(&Value::Null);
    let geometry = serde_json::from_value::<geojson::Geometry>(geometry.clone())
        .map_err(|error| match geometry {
            Value::Null => "needed a point, line or polygon, or several of one kind, found none".to_owned(),
            _ => format!("no GeoJSON geometry: {error}"),
        })
        .and_then(|geometry| {
            shape(&geometry).map_err(|found| {
                format!("needed a point, line or polygon, or several of one kind, found {found}")
            })
        });
    let geometry = geometry.map_err(|detail| wrong("/geometry", detail)).ok();
    let asset = Asset { id: id?, kind, name, clearance_s, geometry: geometry? };
    if let Err(error) = asset.check() {
        faults.push(fault(&format!("{pointer}/geometry"), error.to_string()));
    }
    (faults.len() == before).then_some(asset)
}

/// A text, or a number as one; nothing of an empty text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Time to clear it, s, by the first of the names that is there and not null; the error names it.
fn clearance_s(properties: &Map<String, Value>) -> Result<Option<u32>, (&'static str, String)> {
    let units = [("clearance_s", 1.0), ("clearance_min", 60.0), ("clearance_h", 3600.0)];
    let given = units.iter().find_map(|(name, unit_s)| Some((*name, *unit_s, properties.get(*name)?)));
    let Some((name, unit_s, value)) = given.filter(|(.., value)| !value.is_null()) else { return Ok(None) };
    let max = f64::from(CLEARANCE_S_MAX) / unit_s;
    let number = value.as_f64().filter(|number| (0.0..=max).contains(number));
    let refused = || (name, format!("needed a number from 0 to {max}, found {}", excerpt(value)));
    number.map(|number| Some((number * unit_s).round() as u32)).ok_or_else(refused)
}

/// An asset's shape; the error says what was found instead.
fn shape(geometry: &geojson::Geometry) -> Result<geo::Geometry<f64>, String> {
    let shape: geo::Geometry<f64> = geometry.try_into().map_err(|error: geojson::Error| error.to_string())?;
    match shape {
        geo::Geometry::GeometryCollection(_) => Err("a geometry collection".to_owned()),
        shape => Ok(shape),
    }
}

/// An id as a part of a path: what is not plain in one is escaped.
pub(super) fn escaped(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    id.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
