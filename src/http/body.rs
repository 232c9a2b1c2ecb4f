//! From a request's bytes to a JSON value, and from there to fields, each fault with its JSON pointer.

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Map, Value};

use super::error::{ApiError, FieldError};

/// Longest excerpt of a refused value, characters.
const EXCERPT_CHARS_MAX: usize = 60;

/// Reads a body of at most `bytes_max` bytes as JSON.
pub(super) async fn read_json(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Value, ApiError> {
    if !says_json(headers) {
        return Err(ApiError::NotJson);
    }
    let too_large = || ApiError::TooLarge { bytes_max };
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large());
    }
    let bytes = to_bytes(body, bytes_max).await.map_err(|_| too_large())?;
    serde_json::from_slice(&bytes).map_err(|error| malformed("", format!("not JSON: {error}")))
}

fn says_json(headers: &HeaderMap) -> bool {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The object that a value must be, with no other fields than the known ones.
pub(super) fn object<'a>(
    value: &'a Value,
    pointer: &str,
    known: &[&str],
) -> Result<&'a Map<String, Value>, FieldError> {
    let Value::Object(fields) = value else {
        return Err(fault(pointer, format!("needed an object, found {}", excerpt(value))));
    };
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(fault(
            &format!("{pointer}/{}", escape(name)),
            format!("no such field; known are {}", known.join(", ")),
        )),
        None => Ok(fields),
    }
}

/// A fault at a place.
pub(super) fn fault(pointer: &str, detail: String) -> FieldError {
    FieldError { pointer: pointer.to_owned(), detail }
}

/// A body that cannot be taken, for one fault.
pub(super) fn malformed(pointer: &str, detail: String) -> ApiError {
    ApiError::Malformed(vec![fault(pointer, detail)])
}

/// What was found, short enough to be repeated.
pub(super) fn excerpt(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{:?}", shorten(text)),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A field's name as a pointer writes it (RFC 6901), cut to a sensible length.
fn escape(name: &str) -> String {
    shorten(name).replace('~', "~0").replace('/', "~1")
}
