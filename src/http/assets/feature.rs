//! Assets as GeoJSON features (RFC 7946): in, each fault with its JSON pointer, and out.

use std::collections::HashMap;

use firecore::asset::Asset;
use serde_json::{Map, Value, json};

use crate::http::body::{excerpt, fault};
use crate::http::error::FieldError;
use crate::inputs::assets::{Named, shape};

/// Longest id, kind or name, bytes.
const TEXT_BYTES_MAX: usize = 200;

/// An asset as a feature.
pub(super) fn feature(asset: &Asset) -> Value {
    json!({
        "type": "Feature",
        "id": asset.id,
        "properties": { "kind": asset.kind, "name": asset.name },
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
    let Named { id, kind, name } = Named::from(properties);
    let id = id.or_else(|| fields.get("id").and_then(crate::inputs::assets::plain));
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
    let asset = Asset { id: id?, kind, name, clearance_s: None, geometry: geometry? };
    if let Err(error) = asset.check() {
        faults.push(fault(&format!("{pointer}/geometry"), error.to_string()));
    }
    (faults.len() == before).then_some(asset)
}

/// An id as a part of a path: what is not plain in one is escaped.
pub(super) fn escaped(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    id.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
