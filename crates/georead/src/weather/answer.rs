//! A service's answer in JSON, and why it is no weather.

use std::fmt::Display;

use jiff::Timestamp;
use serde_json::Value;

use super::SAMPLES_MAX;
use super::rows::TooManySamples;

/// Bytes of an answer. Reason: a hundred places for 16 days are 2 MB; a parsed answer takes some 16 times its bytes.
pub const ANSWER_BYTES_MAX: usize = 8 << 20;

/// Characters of a found text that an error shows.
const SHOWN: usize = 80;

/// Why a service's answer is no weather.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnswerError {
    /// More bytes than are taken.
    #[error("needed an answer of at most {ANSWER_BYTES_MAX} bytes, found {found}")]
    TooLarge {
        /// Bytes given.
        found: usize,
    },
    /// Not JSON.
    #[error("needed JSON, found {reason}")]
    NotJson {
        /// What the parser says.
        reason: String,
    },
    /// The service says itself why it has none.
    #[error("the service says: {reason}")]
    Told {
        /// Its words.
        reason: String,
    },
    /// A field is missing, or is not what it was.
    #[error("{field}: needed {needed}, found {found}")]
    Field {
        /// Its path, as `hourly.time[3]`.
        field: String,
        /// What it should be.
        needed: String,
        /// What it is.
        found: String,
    },
    /// More than a run may hold.
    #[error("needed at most {SAMPLES_MAX} samples (places times hours), found {found}")]
    TooManySamples {
        /// What was asked for.
        found: usize,
    },
}

impl From<TooManySamples> for AnswerError {
    fn from(TooManySamples(found): TooManySamples) -> Self {
        Self::TooManySamples { found }
    }
}

/// Parses an answer within the limit.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, AnswerError> {
    if bytes.len() > ANSWER_BYTES_MAX {
        return Err(AnswerError::TooLarge { found: bytes.len() });
    }
    serde_json::from_slice(bytes).map_err(|error| AnswerError::NotJson { reason: error.to_string() })
}

/// A value and the way to it.
#[derive(Clone, Debug)]
pub(super) struct At<'a> {
    pub(super) value: &'a Value,
    path: String,
}

impl<'a> At<'a> {
    /// The whole answer.
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// A member that may be missing or null.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self { value, path: self.path_to(name) })
    }

    /// A member that must be there.
    pub(super) fn member(&self, name: &str, needed: &str) -> Result<Self, AnswerError> {
        self.get(name).ok_or_else(|| {
            let found = self.value.get(name).map_or_else(|| "nothing".to_owned(), shown);
            AnswerError::Field { field: self.path_to(name), needed: needed.to_owned(), found }
        })
    }

    /// A list's items.
    pub(super) fn items(&self) -> Result<impl ExactSizeIterator<Item = Self> + use<'a>, AnswerError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        let path = self.path.clone();
        Ok(items.iter().enumerate().map(move |(index, value)| At { value, path: format!("{path}[{index}]") }))
    }

    pub(super) fn text(&self) -> Result<&'a str, AnswerError> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    pub(super) fn number(&self) -> Result<f64, AnswerError> {
        self.value.as_f64().ok_or_else(|| self.wrong("a number"))
    }

    /// A number; NaN for null, which stands for a gap.
    pub(super) fn number_or_gap(&self) -> Result<f64, AnswerError> {
        if self.value.is_null() { Ok(f64::NAN) } else { self.number() }
    }

    /// An instant that names its offset.
    pub(super) fn instant(&self) -> Result<Timestamp, AnswerError> {
        self.text()?.parse().map_err(|_| self.wrong("a time with its offset, as 2024-07-01T06:00:00Z"))
    }

    /// The error that this is not what was needed.
    pub(super) fn wrong(&self, needed: impl Display) -> AnswerError {
        let field = if self.path.is_empty() { "the answer".to_owned() } else { self.path.clone() };
        AnswerError::Field { field, needed: needed.to_string(), found: shown(self.value) }
    }

    fn path_to(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// A value in a few words.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(members) => {
            let names: Vec<_> = members.keys().map(String::as_str).collect();
            let all = format!("an object of {}", names.join(", "));
            all.chars().take(SHOWN).collect()
        }
        other => other.to_string().chars().take(SHOWN).collect(),
    }
}
