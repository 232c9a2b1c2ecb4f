//! Settings of live updates and of webhooks.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::OutOfRange;
use crate::engine::live::{Filter, FilterError, Kind};

/// How much of what happened a client can catch up on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveSettings {
    /// How long an event is kept, s.
    pub kept_s: u64,
    /// Most events that are kept.
    pub events_max: usize,
    /// Most bytes of kept events.
    pub bytes_max: usize,
}

impl Default for LiveSettings {
    /// 10 minutes; 100 events a second of some 600 bytes are 36 MB in that time.
    fn default() -> Self {
        Self { kept_s: 600, events_max: 100_000, bytes_max: 64 * 1024 * 1024 }
    }
}

/// Where events are sent, and which.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Where: `https://`, or `http://`.
    pub url: String,
    /// Signs each request; this or `secret_file`.
    pub secret: Option<Secret>,
    /// File that holds the secret; white space around it does not count.
    pub secret_file: Option<PathBuf>,
    /// Only these kinds; without any all of them.
    #[serde(default, deserialize_with = "kinds")]
    pub kinds: Vec<Kind>,
    /// Only fires that touch this box: west, south, east, north, degrees.
    pub bbox: Option<[f64; 4]>,
    /// Only fires at least this urgent: 1 to 10, 1 the most urgent.
    pub min_priority: Option<u8>,
    /// Tries of one event before it becomes a dead letter.
    #[serde(default = "attempts_max_default")]
    pub attempts_max: u32,
    /// Longest time for one answer, s.
    #[serde(default = "answer_s_max_default")]
    pub answer_s_max: u64,
}

/// Fewest characters of a secret: fewer can be guessed.
const SECRET_CHARS_MIN: usize = 16;

/// Most webhooks.
pub const WEBHOOKS_MAX: usize = 100;

/// With waits of 1 s doubling up to 60 s, 8 tries take about two minutes.
fn attempts_max_default() -> u32 {
    8
}

fn answer_s_max_default() -> u64 {
    10
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A text that is kept from logs.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a webhook has no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("webhook {url}: secret_file {file} cannot be read: {source}")]
    Unreadable {
        /// Whose.
        url: String,
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It can be guessed.
    #[error("webhook {url}: the secret needs at least {SECRET_CHARS_MIN} characters, found {found}")]
    Short {
        /// Whose.
        url: String,
        /// Its length.
        found: usize,
    },
}

impl WebhookSettings {
    /// Which events it gets; checked.
    pub fn filter(&self) -> Result<Filter, FilterError> {
        Ok(Filter {
            kinds: self.kinds.clone(),
            bounds: self.bbox.map(Filter::checked_bounds).transpose()?,
            level_max: self.min_priority.map(Filter::checked_level).transpose()?,
            ..Filter::default()
        })
    }

    /// What it signs with, from the settings or its file.
    pub fn read_secret(&self) -> Result<Secret, SecretError> {
        let text = match (&self.secret, &self.secret_file) {
            (Some(secret), _) => secret.reveal().to_owned(),
            (None, Some(file)) => self.read_file(file)?,
            (None, None) => String::new(),
        };
        match text.chars().count() {
            found if found < SECRET_CHARS_MIN => Err(SecretError::Short { url: self.shown_url(), found }),
            _ => Ok(Secret(text)),
        }
    }

    fn read_file(&self, file: &Path) -> Result<String, SecretError> {
        let text = std::fs::read_to_string(file).map_err(|source| SecretError::Unreadable {
            url: self.shown_url(),
            file: file.to_owned(),
            source,
        })?;
        Ok(text.trim().to_owned())
    }

    /// The address without what may be secret in it: user, password and query.
    pub fn shown_url(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let place = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let host = host.rsplit('@').next().unwrap_or_default();
        format!("{scheme}://{host}{path}")
    }

    pub(super) fn check(&self) -> Result<(), OutOfRange> {
        if !self.url.starts_with("https://") && !self.url.starts_with("http://") {
            let found = self.shown_url();
            return Err(OutOfRange::new(
                "webhook.url",
                format!("needed an https:// or http:// address, found {found}"),
            ));
        }
        if self.secret.is_some() == self.secret_file.is_some() {
            return Err(OutOfRange::new(
                "webhook.secret",
                "needed one of secret and secret_file, found none or both",
            ));
        }
        self.filter().map_err(|error| match error {
            FilterError::Bounds { .. } => OutOfRange::new("webhook.bbox", error),
            FilterError::Level { .. } => OutOfRange::new("webhook.min_priority", error),
            FilterError::Kind { .. } => OutOfRange::new("webhook.kinds", error),
        })?;
        Ok(())
    }
}

fn kinds<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<Kind>, D::Error> {
    let names = Vec::<String>::deserialize(value)?;
    names.iter().map(|name| name.parse().map_err(D::Error::custom)).collect()
}
