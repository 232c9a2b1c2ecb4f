//! proto <-> firecore: the messages of `proto/physx.proto` and what they stand for, for both ends of the wire.
//!
//! Whatever comes in is checked here; past this module the values are those that the solver may be given. Nothing is rounded on
//! the way: a landscape, a seed or a result that went out and came back is the same to the last bit.

use std::fmt;

use jiff::Timestamp;
use prost_types::Timestamp as WireTimestamp;

pub mod ground;
pub mod read;
pub mod seed;
pub mod tile;
pub mod weather;

mod fuel;
#[cfg(test)]
mod tests;

/// The messages and services, as generated.
#[expect(clippy::all, reason = "generated from proto/physx.proto, which documents them")]
pub mod proto {
    tonic::include_proto!("guira.physx.v1");
}

/// The files of the messages, as reflection gives them out.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/physx.descriptor"));

/// A message that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {field}: needed {needed}, found {found}")]
pub struct WireError {
    /// Its path from the message.
    pub field: String,
    /// What would do.
    pub needed: String,
    /// What was there.
    pub found: String,
}

impl WireError {
    /// From anything that can be written.
    pub fn new(field: impl Into<String>, needed: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self { field: field.into(), needed: needed.to_string(), found: found.to_string() }
    }

    /// The same inside a message that lies in another.
    #[must_use]
    pub fn within(mut self, parent: &str) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }
}

/// A field that has to be there.
fn given<'a, T>(field: &str, value: &'a Option<T>) -> Result<&'a T, WireError> {
    value.as_ref().ok_or_else(|| WireError::new(field, "a value", "none"))
}

/// A number within bounds, which are of the kind that only a slip goes beyond.
fn within(field: &str, value: f64, low: f64, high: f64) -> Result<f64, WireError> {
    if value >= low && value <= high {
        return Ok(value);
    }
    Err(WireError::new(field, format_args!("a number from {low} to {high}"), value))
}

/// An instant.
fn instant(field: &str, value: &Option<WireTimestamp>) -> Result<Timestamp, WireError> {
    let time = given(field, value)?;
    Timestamp::new(time.seconds, time.nanos).map_err(|_| {
        WireError::new(field, "an instant", format_args!("{} s {} ns", time.seconds, time.nanos))
    })
}

/// An instant as it goes out: nanoseconds never below 0.
fn wire_instant(time: Timestamp) -> WireTimestamp {
    let (mut seconds, mut nanos) = (time.as_second(), time.subsec_nanosecond());
    if nanos < 0 {
        seconds -= 1;
        nanos += 1_000_000_000;
    }
    WireTimestamp { seconds, nanos }
}

/// A digest in hexadecimal.
pub fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
