//! API keys: 256 random bits each, of which only the SHA-256 digest is kept, with scopes and an optional end.
//!
//! There is no default key. The file is TOML, one `[[key]]` table a key; `guira key new` prints an entry.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Begins every key, so that a leaked one can be found by searching for it.
const KEY_PREFIX: &str = "guira_";

/// What a key allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Sending detections.
    Ingest,
    /// Reading forecasts and clusters.
    Read,
    /// Changing what is worth protecting.
    #[serde(rename = "assets:write")]
    AssetsWrite,
    /// All of these, and what operators do.
    Admin,
}

impl Scope {
    /// As it is written in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::AssetsWrite => "assets:write",
            Self::Admin => "admin",
        }
    }
}

/// One key as the file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// Whose it is: appears in log lines.
    pub id: String,
    /// SHA-256 of the key, 64 hexadecimal digits.
    pub sha256: String,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read.
    #[error("keys file {file} cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what is needed.
    #[error("keys file {file}: {detail}")]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Where and what.
        detail: String,
    },
    /// The operating system gave no random bits.
    #[error("the operating system gave no random bits: {0}")]
    NoRandomness(getrandom::Error),
}

/// The keys that are known.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    digest: [u8; 32],
    entry: KeyEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    #[serde(default)]
    key: Vec<KeyEntry>,
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No key, or none that is known and still valid.
    NoKey,
    /// The key does not allow this.
    MissingScope,
}

impl Keys {
    /// Reads a keys file; at least one key must be in it.
    pub fn read(file: &Path) -> Result<Self, KeysError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| KeysError::Unreadable { file: file.to_owned(), source })?;
        let malformed = |detail: String| KeysError::Malformed { file: file.to_owned(), detail };
        let parsed: KeysFile = toml::from_str(&text)
            .map_err(|error| malformed(error.to_string().trim_end().replace('\n', " ")))?;
        if parsed.key.is_empty() {
            return Err(malformed("needed at least one [[key]] table, found none".to_owned()));
        }
        let keys = parsed.key.into_iter().map(|entry| {
            let digest = digest_from_hex(&entry.sha256).ok_or_else(|| {
                malformed(format!("key {:?}: sha256 must be 64 hexadecimal digits", entry.id))
            })?;
            if entry.scopes.is_empty() {
                return Err(malformed(format!("key {:?}: needed at least one scope, found none", entry.id)));
            }
            Ok(Key { digest, entry })
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    /// True when no key is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The id of the key's holder, where the key is known, valid and allows what is asked.
    ///
    /// Every known digest is compared, each in constant time, so the time taken does not tell how near a guess is.
    pub fn admit(&self, offered: Option<&[u8]>, needed: Scope, now: Timestamp) -> Result<&str, Refusal> {
        let offered: [u8; 32] = Sha256::digest(offered.ok_or(Refusal::NoKey)?).into();
        let mut found = None;
        for key in &self.0 {
            if bool::from(key.digest.ct_eq(&offered)) {
                found = Some(&key.entry);
            }
        }
        let entry = found.ok_or(Refusal::NoKey)?;
        if entry.expires.is_some_and(|end| end <= now) {
            return Err(Refusal::NoKey);
        }
        let allowed = entry.scopes.contains(&needed) || entry.scopes.contains(&Scope::Admin);
        if allowed { Ok(&entry.id) } else { Err(Refusal::MissingScope) }
    }
}

/// A fresh key: shown once, and never kept.
pub struct FreshKey(String);

impl FreshKey {
    /// 256 bits from the operating system.
    pub fn generate() -> Result<Self, KeysError> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(KeysError::NoRandomness)?;
        Ok(Self(format!("{KEY_PREFIX}{}", hex(&bits))))
    }

    /// The text that a client sends.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the keys file holds of it.
    pub fn entry(&self, id: String, scopes: BTreeSet<Scope>, expires: Option<Timestamp>) -> KeyEntry {
        KeyEntry { id, sha256: hex(&Sha256::digest(self.0.as_bytes())), scopes, expires }
    }
}

impl fmt::Debug for FreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FreshKey(..)")
    }
}

impl fmt::Display for KeyEntry {
    /// The entry as the keys file takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scopes: Vec<_> = self.scopes.iter().map(|scope| format!("\"{}\"", scope.name())).collect();
        // A JSON string is a TOML basic string.
        let id = serde_json::Value::from(self.id.as_str());
        writeln!(f, "[[key]]\nid = {id}\nsha256 = \"{}\"\nscopes = [{}]", self.sha256, scopes.join(", "))?;
        match self.expires {
            Some(end) => writeln!(f, "expires = \"{end}\""),
            None => Ok(()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests;
