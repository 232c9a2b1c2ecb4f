//! Detections in JSON: the request body, single records, envelopes, and GeoJSON points.

use std::sync::Arc;

use firecore::detection::{Detection, DetectionDraft, Source};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{BadField, Decoded, Place, Refusal, accept};

/// The wire's names of a draft's fields, where they differ.
const NAMES: [(&str, &str); 5] = [
    ("lon_deg", "longitude"),
    ("lat_deg", "latitude"),
    ("acquired_at", "timestamp"),
    ("temperature_c", "temperature"),
    ("producer_id", "id"),
];

/// `None` where the document has none of the known forms.
pub(super) fn decode(origin: &Arc<str>, document: &Value, now: Timestamp) -> Option<Decoded> {
    let (document, root) = match document {
        // A CloudEvents envelope.
        Value::Object(event) if event.contains_key("specversion") => (event.get("data")?, "/data"),
        other => (other, ""),
    };
    let list = |records: &[Value], path: &str, read: fn(&Value) -> Result<DetectionDraft, BadField>| {
        let record = |(index, record): (usize, &Value)| {
            decode_one(origin, format!("{root}{path}/{index}"), record, read, now)
        };
        records.iter().enumerate().map(record).collect::<Vec<_>>()
    };
    let records = match document {
        Value::Array(records) if records.iter().any(|record| record.get("latitude").is_some()) => {
            list(records, "", flat)
        }
        Value::Object(object) => match object.get("type").and_then(Value::as_str) {
            Some("FeatureCollection") => list(object.get("features")?.as_array()?, "/features", feature),
            Some("Feature") => vec![decode_one(origin, root.to_owned(), document, feature, now)],
            _ if object.contains_key("detections") => {
                list(object.get("detections")?.as_array()?, "/detections", flat)
            }
            _ if object.contains_key("latitude") => {
                vec![decode_one(origin, root.to_owned(), document, flat, now)]
            }
            _ => return None,
        },
        _ => return None,
    };
    let priority = document.get("priority").map(|priority| match priority {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    Some(Decoded { records, priority })
}

fn decode_one(
    origin: &Arc<str>,
    pointer: String,
    record: &Value,
    read: fn(&Value) -> Result<DetectionDraft, BadField>,
    now: Timestamp,
) -> Result<Detection, Refusal> {
    read(record).and_then(|draft| accept(draft, now, &NAMES)).map_err(|bad| {
        let inside =
            if record.get("properties").is_some() && !matches!(bad.field.as_str(), "geometry" | "id" | "") {
                "/properties"
            } else {
                ""
            };
        let (field, reason) = (bad.field, bad.reason);
        Refusal {
            origin: Arc::clone(origin),
            place: Place::Pointer(format!("{pointer}{inside}")),
            field,
            reason,
        }
    })
}

/// A record with its values side by side.
fn flat(record: &Value) -> Result<DetectionDraft, BadField> {
    let fields = object(record)?;
    let position = (required_number(fields, "longitude")?, required_number(fields, "latitude")?);
    draft(fields, position)
}

/// A GeoJSON point with the other values in its properties.
fn feature(record: &Value) -> Result<DetectionDraft, BadField> {
    let geometry = object(record)?.get("geometry").unwrap_or(&Value::Null);
    let point = || {
        let coordinates = geometry.get("coordinates")?.as_array()?;
        let is_point = geometry.get("type")?.as_str()? == "Point";
        Some((coordinates.first()?.as_f64()?, coordinates.get(1)?.as_f64()?)).filter(|_| is_point)
    };
    let position = point()
        .ok_or_else(|| BadField::new("geometry", "a Point with longitude and latitude", short(geometry)))?;
    let properties = record.get("properties").unwrap_or(&Value::Null);
    let mut draft = draft(object(properties)?, position)?;
    if draft.producer_id.is_none() {
        draft.producer_id = text_or_number(record.get("id"));
    }
    Ok(draft)
}

fn draft(fields: &Map<String, Value>, (lon_deg, lat_deg): (f64, f64)) -> Result<DetectionDraft, BadField> {
    let source: Source =
        required_text(fields, "source")?.parse().map_err(|error: firecore::detection::UnknownSource| {
            BadField { field: "source".to_owned(), reason: error.to_string() }
        })?;
    let time = required_text(fields, "timestamp")?;
    let acquired_at = time.parse().map_err(|_| {
        BadField::new("timestamp", "a time with a zone like 2024-01-15T14:30:00Z", format!("{time:?}"))
    })?;
    let confidence = required_number(fields, "confidence")?;
    Ok(DetectionDraft {
        temperature_c: number(fields, "temperature")?,
        smoke_density: number(fields, "smoke_density")?,
        frp_mw: number(fields, "frp_mw")?,
        pixel_size_m: number(fields, "pixel_size_m")?,
        sensor: text(fields, "sensor")?,
        producer_id: text_or_number(fields.get("id")),
        ..DetectionDraft::new(source, lon_deg, lat_deg, confidence, acquired_at)
    })
}

fn object(value: &Value) -> Result<&Map<String, Value>, BadField> {
    value.as_object().ok_or_else(|| BadField {
        field: String::new(),
        reason: format!("a record must be an object, found {}", short(value)),
    })
}

fn number(fields: &Map<String, Value>, name: &str) -> Result<Option<f64>, BadField> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(other) => Err(BadField::new(name, "a number", short(other))),
    }
}

fn required_number(fields: &Map<String, Value>, name: &str) -> Result<f64, BadField> {
    number(fields, name)?.ok_or_else(|| BadField::new(name, "a number", "nothing"))
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, BadField> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(BadField::new(name, "text", short(other))),
    }
}

fn required_text(fields: &Map<String, Value>, name: &str) -> Result<String, BadField> {
    text(fields, name)?.ok_or_else(|| BadField::new(name, "text", "nothing"))
}

/// An id, which may be written either way.
fn text_or_number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A value as an error shows it.
fn short(value: &Value) -> String {
    const SHOWN: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
