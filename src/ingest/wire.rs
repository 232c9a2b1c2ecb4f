//! One decoder of detection records for files and streams: what they hold becomes detections, and what cannot become one
//! is refused by name while the rest goes on. The HTTP door, a public contract, has a stricter one of its own.
//!
//! Understood, by content and not by name: the JSON request body, one JSON record or a list of them, a CloudEvents
//! envelope around any of these, GeoJSON points, and FIRMS CSV in its dialects; each also gzipped.
//!
//! ```
//! use guira::ingest::wire;
//!
//! let now = "2026-08-01T12:00:00Z".parse()?;
//! let body = br#"{ "detections": [
//!     { "source": "drone", "latitude": 38.5, "longitude": -122.4, "confidence": 0.9,
//!       "timestamp": "2026-08-01T11:58:00Z" },
//!     { "source": "drone", "latitude": 98.5, "longitude": -122.4, "confidence": 0.9,
//!       "timestamp": "2026-08-01T11:58:00Z" } ], "priority": "high" }"#;
//! let decoded = wire::decode("request body", body, now)?;
//! assert_eq!(decoded.priority.as_deref(), Some("high"));
//! assert!(decoded.records[0].is_ok());
//! let refusal = decoded.records[1].as_ref().unwrap_err();
//! assert_eq!(refusal.to_string(), "request body at /detections/1: latitude must be a number from -90 to 90 \
//!     degrees, found 98.5");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use firecore::detection::{Detection, DetectionDraft, DetectionError};
use jiff::Timestamp;
use serde_json::Value;

use super::firms;

mod json;
#[cfg(test)]
mod tests;

/// Bytes that a gzipped file may unpack to: three million FIRMS rows.
const UNPACKED_BYTES_MAX: u64 = 256 << 20;

/// What came out of one body, message or file.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// One entry a record, in the order sent.
    pub records: Vec<Result<Detection, Refusal>>,
    /// The `priority` of a request body, as it was sent.
    pub priority: Option<String>,
}

impl Decoded {
    /// The good records and the refused ones, each in the order sent.
    pub fn into_parts(self) -> (Vec<Detection>, Vec<Refusal>) {
        let (mut detections, mut refusals) = (Vec::new(), Vec::new());
        for record in self.records {
            match record {
                Ok(detection) => detections.push(detection),
                Err(refusal) => refusals.push(refusal),
            }
        }
        (detections, refusals)
    }
}

/// Where in its origin a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Line of a text file, from 1.
    Line(u64),
    /// JSON pointer (RFC 6901) to the record; empty for the whole document.
    Pointer(String),
}

/// Why one record is no detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// File, topic or request that it came in.
    pub origin: Arc<str>,
    /// Where in it.
    pub place: Place,
    /// The field as it is called there; empty where the record has no fields at all.
    pub field: String,
    /// The field, what it must be, and what was found.
    pub reason: String,
}

impl Refusal {
    /// JSON pointer to the field; `None` for text files.
    pub fn pointer(&self) -> Option<String> {
        match &self.place {
            Place::Line(_) => None,
            Place::Pointer(record) if self.field.is_empty() => Some(record.clone()),
            Place::Pointer(record) => Some(format!("{record}/{}", self.field)),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Line(line) => write!(f, "{} line {line}: {}", self.origin, self.reason),
            Place::Pointer(pointer) if pointer.is_empty() => write!(f, "{}: {}", self.origin, self.reason),
            Place::Pointer(pointer) => write!(f, "{} at {pointer}: {}", self.origin, self.reason),
        }
    }
}

/// Why nothing at all could be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Neither JSON nor a table that is known.
    #[error(
        "{origin} holds no detections: looked for a JSON body with \"detections\", a JSON record with \"latitude\", \
         a GeoJSON feature collection, or FIRMS CSV with columns latitude, longitude, acq_date and acq_time; \
         found {found}"
    )]
    UnknownFormat {
        /// File, topic or request.
        origin: String,
        /// How it begins.
        found: String,
    },
    /// The document begins like JSON and is not.
    #[error("{origin} is not valid JSON: {source}")]
    Json {
        /// File, topic or request.
        origin: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The document is gzipped and cannot be unpacked.
    #[error("{origin} cannot be unpacked: {source}")]
    Gzip {
        /// File, topic or request.
        origin: String,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// The document would unpack to more than the limit.
    #[error("{origin} unpacks to more than the {UNPACKED_BYTES_MAX} bytes allowed")]
    TooLarge {
        /// File, topic or request.
        origin: String,
    },
}

/// Detections from the bytes of a body, a message or a file.
///
/// `origin` names it in errors; `now` bounds how far in the future a detection may lie.
///
/// **Errors** only where the whole is unreadable: a bad record is an entry of the result.
pub fn decode(origin: &str, bytes: &[u8], now: Timestamp) -> Result<Decoded, WireError> {
    let unpacked;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        unpacked = gunzip(origin, bytes)?;
        &unpacked
    } else {
        bytes
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let name: Arc<str> = Arc::from(origin);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => {
            let document: Value = serde_json::from_slice(bytes)
                .map_err(|source| WireError::Json { origin: origin.to_owned(), source })?;
            json::decode(&name, &document, now).ok_or_else(|| unknown(origin, bytes))
        }
        _ => firms::decode(&name, bytes, now).ok_or_else(|| unknown(origin, bytes)),
    }
}

fn gunzip(origin: &str, bytes: &[u8]) -> Result<Vec<u8>, WireError> {
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .take(UNPACKED_BYTES_MAX + 1)
        .read_to_end(&mut unpacked)
        .map_err(|source| WireError::Gzip { origin: origin.to_owned(), source })?;
    if unpacked.len() as u64 > UNPACKED_BYTES_MAX {
        return Err(WireError::TooLarge { origin: origin.to_owned() });
    }
    Ok(unpacked)
}

fn unknown(origin: &str, bytes: &[u8]) -> WireError {
    /// Characters of the document that an error shows.
    const SHOWN: usize = 60;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN)]).into_owned();
    let first = text.lines().next().unwrap_or_default();
    let found = if bytes.is_empty() {
        "nothing".to_owned()
    } else {
        format!("{:?}", first.chars().take(SHOWN).collect::<String>())
    };
    WireError::UnknownFormat { origin: origin.to_owned(), found }
}

/// A field of a record that is missing or wrong.
pub(super) struct BadField {
    pub(super) field: String,
    pub(super) reason: String,
}

impl BadField {
    pub(super) fn new(field: &str, needed: &str, found: impl fmt::Display) -> Self {
        Self { field: field.to_owned(), reason: format!("{field} must be {needed}, found {found}") }
    }
}

/// Checks a draft, and names the refused field as the record calls it.
///
/// `names` gives the record's name for each of the draft's.
pub(super) fn accept(
    draft: DetectionDraft,
    now: Timestamp,
    names: &[(&'static str, &'static str)],
) -> Result<Detection, BadField> {
    Detection::new(draft, now).map_err(|error: DetectionError| {
        let inner = error.field();
        let field = names.iter().find(|(draft, _)| *draft == inner).map_or(inner, |(_, record)| record);
        // The message begins with the draft's own name of the field, or with `longitude` and `latitude`.
        let text = error.to_string();
        let reason = text.strip_prefix(inner).map_or_else(|| text.clone(), |rest| format!("{field}{rest}"));
        BadField { field: field.to_owned(), reason }
    })
}
