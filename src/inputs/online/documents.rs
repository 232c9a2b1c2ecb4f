//! Small answers as wholes: kept for as long as they hold, and given old where the network is gone.

use jiff::Timestamp;

use crate::inputs::net::{Ask, NetError};
use crate::inputs::remote::Reach;

/// An answer, and when it was fetched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    pub(super) fetched_at: Timestamp,
    /// Why it is older than it should be; `None` where it is not.
    pub(super) old: Option<String>,
}

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want<'a> {
    pub(super) url: &'a str,
    pub(super) types: &'static [&'static str],
    pub(super) bytes_max: usize,
    /// How long an answer holds.
    pub(super) age_s_max: i64,
}

/// What JSON comes as.
pub(super) const JSON: &[&str] =
    &["application/json", "application/geo+json", "application/ld+json", "text/json"];

/// Gets an answer, or takes the one that is kept.
///
/// **Errors** as [`crate::inputs::net::Net::get`], where nothing is kept either.
pub(super) fn get(reach: &Reach, want: Want<'_>) -> Result<Document, NetError> {
    let kept = reach.cache.get(want.url, want.age_s_max);
    let document = |bytes: Vec<u8>, fetched_at, old| Document { bytes, fetched_at, old };
    if let Some(entry) = kept.as_ref().filter(|entry| entry.fresh) {
        return match &entry.bytes {
            Some(bytes) => Ok(document(bytes.clone(), entry.fetched_at, None)),
            None => Err(NetError::Absent { url: want.url.to_owned(), status: 404 }),
        };
    }
    let ask = Ask {
        url: want.url.to_owned(),
        range: None,
        types: want.types,
        bytes_max: want.bytes_max,
        deadline: reach.deadline,
        wait: reach.wait,
    };
    match reach.net.get(ask) {
        Ok(answer) => {
            keep(reach, want.url, Some(&answer.bytes));
            Ok(document(answer.bytes, reach.cache.now(), None))
        }
        Err(error) if error.is_absent() => {
            keep(reach, want.url, None);
            Err(error)
        }
        Err(error) => match kept.and_then(|entry| Some((entry.bytes?, entry.fetched_at))) {
            Some((bytes, fetched_at)) => Ok(document(bytes, fetched_at, Some(error.to_string()))),
            None => Err(error),
        },
    }
}

/// A shelf that takes nothing only costs another request the next time.
pub(super) fn keep(reach: &Reach, key: &str, bytes: Option<&[u8]>) {
    if let Err(error) = reach.cache.put(key, bytes) {
        tracing::warn!(folder = %reach.cache.folder().display(), %error, "what was fetched cannot be kept");
    }
}

/// Forgets what is known of an address.
pub(super) fn forget(reach: &Reach, key: &str) {
    reach.cache.forget(key);
}

/// A value of a query. Source: RFC 3986, section 2.3: everything that is not unreserved is escaped.
pub(super) fn escaped(value: &str) -> String {
    let letter = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_query_is_escaped() {
        assert_eq!(escaped("a b;c@d.org"), "a%20b%3Bc%40d.org");
    }
}
