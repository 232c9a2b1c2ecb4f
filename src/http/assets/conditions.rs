//! `If-Match` and `If-None-Match` (RFC 9110, section 13.1).

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use serde_json::Value;

use crate::engine::assets::{Conditions, Tags};
use crate::http::body::{excerpt, fault};
use crate::http::error::ApiError;

/// What a request requires of the list.
pub(super) fn of(headers: &HeaderMap) -> Result<Conditions, ApiError> {
    Ok(Conditions {
        // Weak tags never match here, and may match there.
        if_match: tags(headers, IF_MATCH, "If-Match", false)?,
        if_none_match: tags(headers, IF_NONE_MATCH, "If-None-Match", true)?,
    })
}

fn tags(
    headers: &HeaderMap,
    header: HeaderName,
    name: &str,
    weak_may_match: bool,
) -> Result<Option<Tags>, ApiError> {
    let malformed = |found: &str| {
        let found = excerpt(&Value::from(found));
        let detail = format!("needed * or tags in double quotes with commas between them, found {found}");
        ApiError::BadParameter(fault(name, detail))
    };
    let (mut tags, mut given) = (Vec::new(), false);
    for value in headers.get_all(&header) {
        let text = value.to_str().map_err(|_| malformed("bytes that are no text"))?;
        if text.trim() == "*" {
            return Ok(Some(Tags::Any));
        }
        given = true;
        for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let (weak, quoted) = match one.strip_prefix("W/") {
                Some(rest) => (true, rest),
                None => (false, one),
            };
            let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let tag = inner.filter(|tag| !tag.contains('"')).ok_or_else(|| malformed(one))?;
            if weak_may_match || !weak {
                tags.push(tag.to_owned());
            }
        }
    }
    Ok(given.then_some(Tags::Of(tags)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn tags_are_read_without_their_quotes() {
        assert_eq!(of(&HeaderMap::new()).unwrap(), Conditions::default());
        let given = headers(&[(IF_MATCH, r#""3-ab", W/"4-cd" ,"5-ef""#), (IF_NONE_MATCH, r#"W/"4-cd""#)]);
        let read = of(&given).unwrap();
        assert_eq!(read.if_match, Some(Tags::Of(vec!["3-ab".to_owned(), "5-ef".to_owned()])));
        assert_eq!(read.if_none_match, Some(Tags::Of(vec!["4-cd".to_owned()])));
        assert_eq!(of(&headers(&[(IF_MATCH, " * ")])).unwrap().if_match, Some(Tags::Any));
    }

    #[test]
    fn what_is_no_tag_is_refused_by_the_headers_name() {
        for bad in ["3-ab", "\"3", "\"a\"b\"", "\"a\" \"b\""] {
            let Err(ApiError::BadParameter(error)) = of(&headers(&[(IF_MATCH, bad)])) else {
                panic!("{bad} was taken")
            };
            assert_eq!(error.pointer, "If-Match");
        }
    }
}
