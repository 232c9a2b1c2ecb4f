//! Conditional answers (RFC 9110): a strong tag for what was given, and 304 for whoever has it already.

use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use firecore::detection::ClusterId;
use sha2::{Digest, Sha256};

/// Digits of the digest that stand in a tag: 64 bits.
const DIGEST_BYTES: usize = 8;

/// Names one state of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag(String);

impl Tag {
    /// The fire, its forecast's version, and a digest of all else that the answer depends on.
    ///
    /// A digest rather than a count of changes: a count starts over with the process, and rises without a change.
    pub(super) fn of(id: ClusterId, version: Option<u64>, rest: &[u8]) -> Self {
        let digest = Sha256::digest(rest);
        let digits: String = digest[..DIGEST_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        Self(format!("\"{id}-{}-{digits}\"", version.unwrap_or(0)))
    }

    /// True where the caller has this state.
    pub(super) fn is_known_to(&self, headers: &HeaderMap) -> bool {
        let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        // The weak comparison: what the caller has may have been weakened on the way.
        known
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == self.0)
    }

    /// The answer with this tag.
    pub(super) fn on(&self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(ETAG, value);
        }
        response
    }

    /// That there is nothing else to give.
    pub(super) fn not_modified(&self) -> Response {
        self.on(StatusCode::NOT_MODIFIED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_lists_weak_or_strong_and_by_a_star() {
        let tag = Tag::of(ClusterId(uuid::Uuid::nil()), Some(3), b"rest");
        assert!(tag.0.starts_with("\"00000000-0000-0000-0000-000000000000-3-"));
        let known = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, text.parse().unwrap());
            tag.is_known_to(&headers)
        };
        for text in
            [tag.0.clone(), format!("W/{}", tag.0), format!("\"a\", {} , \"b\"", tag.0), "*".to_owned()]
        {
            assert!(known(&text), "{text}");
        }
        for text in ["\"a\"", "", tag.0.trim_matches('"')] {
            assert!(!known(text), "{text}");
        }
        assert!(!tag.is_known_to(&HeaderMap::new()));
    }

    #[test]
    fn each_part_makes_another_tag() {
        let id = ClusterId(uuid::Uuid::nil());
        let tags = [
            Tag::of(id, Some(1), b"a"),
            Tag::of(id, Some(2), b"a"),
            Tag::of(id, Some(1), b"b"),
            Tag::of(id, None, b"a"),
        ];
        for (at, tag) in tags.iter().enumerate() {
            assert!(!tags[..at].contains(tag));
        }
    }
}
