//! One detection of a request's body: JSON to `Detection`, or what is wrong with it and where.

use firecore::detection::{Detection, DetectionDraft, Source};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::body::{excerpt, fault, object};
use super::error::FieldError;

const FIELDS: [&str; 11] = [
    "source",
    "latitude",
    "longitude",
    "confidence",
    "timestamp",
    "temperature",
    "smoke_density",
    "frp_mw",
    "pixel_size_m",
    "sensor",
    "id",
];

/// The detection at a place of the body.
pub(super) fn detection(value: &Value, pointer: &str, now: Timestamp) -> Result<Detection, FieldError> {
    let fields = Fields { pointer, fields: object(value, pointer, &FIELDS)? };
    let source = fields.text("source")?.ok_or_else(|| fields.missing("source", "a text"))?;
    let source: Source = source.parse().map_err(|_| {
        let names: Vec<_> = Source::ALL.iter().map(|source| source.as_str()).collect();
        fields.wrong("source", &format!("one of {}", names.join(", ")))
    })?;
    let draft = DetectionDraft {
        source,
        lon_deg: fields.needed_number("longitude")?,
        lat_deg: fields.needed_number("latitude")?,
        confidence: fields.needed_number("confidence")?,
        acquired_at: fields.timestamp()?,
        temperature_c: fields.number("temperature")?,
        smoke_density: fields.number("smoke_density")?,
        frp_mw: fields.number("frp_mw")?,
        pixel_size_m: fields.number("pixel_size_m")?,
        sensor: fields.text("sensor")?.map(str::to_owned),
        producer_id: fields.text("id")?.map(str::to_owned),
    };
    Detection::new(draft, now).map_err(|error| {
        let name = name_on_wire(error.field());
        fault(&format!("{pointer}/{name}"), error.to_string().replacen(error.field(), name, 1))
    })
}

/// The body's name of a field.
fn name_on_wire(field: &'static str) -> &'static str {
    match field {
        "lon_deg" => "longitude",
        "lat_deg" => "latitude",
        "acquired_at" => "timestamp",
        "temperature_c" => "temperature",
        "producer_id" => "id",
        same => same,
    }
}

struct Fields<'a> {
    pointer: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// `null` stands for an absent value.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn number(&self, name: &str) -> Result<Option<f64>, FieldError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_f64().map(Some).ok_or_else(|| self.wrong(name, "a number"))
    }

    fn needed_number(&self, name: &str) -> Result<f64, FieldError> {
        self.number(name)?.ok_or_else(|| self.missing(name, "a number"))
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>, FieldError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| self.wrong(name, "a text"))
    }

    fn timestamp(&self) -> Result<Timestamp, FieldError> {
        const NEEDED: &str = "an RFC 3339 time with an offset, as in 2026-01-15T14:30:00Z";
        let text = self.text("timestamp")?.ok_or_else(|| self.missing("timestamp", NEEDED))?;
        text.parse().map_err(|_| self.wrong("timestamp", NEEDED))
    }

    fn missing(&self, name: &str, needed: &str) -> FieldError {
        fault(&format!("{}/{name}", self.pointer), format!("needed {needed}, found nothing"))
    }

    fn wrong(&self, name: &str, needed: &str) -> FieldError {
        let found = self.fields.get(name).map_or_else(|| "nothing".to_owned(), excerpt);
        fault(&format!("{}/{name}", self.pointer), format!("needed {needed}, found {found}"))
    }
}
