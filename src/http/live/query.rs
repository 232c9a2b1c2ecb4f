//! From a query to a filter and a place to resume from; each fault names its parameter.

use axum::extract::Query;
use axum::http::Uri;
use firecore::detection::ClusterId;
use serde_json::Value;

use crate::engine::live::{EventId, Filter, FilterError, Kind};
use crate::http::body::{excerpt, fault};
use crate::http::error::ApiError;

/// What `/events` takes.
pub(super) const OF_ALL: &[&str] = &["bbox", "cluster", "kind", "min_priority", "last_event_id"];

/// What `/clusters/{id}/events` takes.
pub(super) const OF_ONE: &[&str] = &["kind", "min_priority", "last_event_id"];

/// Most fires that one filter names.
const CLUSTERS_MAX: usize = 1_000;

/// What a client asked for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wanted {
    pub(super) filter: Filter,
    pub(super) last_event_id: Option<EventId>,
}

/// Reads a query; lists may be repeated or hold commas.
pub(super) fn read(query: Option<&str>, known: &[&str]) -> Result<Wanted, ApiError> {
    let mut wanted = Wanted::default();
    for (name, value) in pairs(query.unwrap_or_default())? {
        let Some(name) = known.iter().find(|known| **known == name) else {
            let found = excerpt(&Value::from(name));
            return Err(bad("?", format!("needed one of {}, found {found}", known.join(", "))));
        };
        let filter = &mut wanted.filter;
        match *name {
            "bbox" => filter.bounds = Some(bounds(&value)?),
            "cluster" => filter.clusters.extend(clusters(&value)?),
            "kind" => filter.kinds.extend(kinds(&value)?),
            "min_priority" => filter.level_max = Some(level(&value)?),
            _ => wanted.last_event_id = Some(event_id("last_event_id", &value)?),
        }
    }
    match wanted.filter.clusters.len() {
        0..=CLUSTERS_MAX => Ok(wanted),
        more => Err(bad("cluster", format!("needed at most {CLUSTERS_MAX} fires, found {more}"))),
    }
}

/// An event's id, in a header or the query.
pub(super) fn event_id(name: &str, text: &str) -> Result<EventId, ApiError> {
    text.parse().map_err(|error| bad(name, format!("{error}, found {}", excerpt(&Value::from(text)))))
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, ApiError> {
    let uri: Uri = format!("/?{query}").parse().map_err(|error| bad("?", format!("no query: {error}")))?;
    let read = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    read.map(|Query(pairs)| pairs).map_err(|error| bad("?", error.body_text()))
}

fn bounds(text: &str) -> Result<firecore::geo::Bounds, ApiError> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let edges = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
    let found = || FilterError::Bounds { found: excerpt(&Value::from(text)) };
    edges.ok_or_else(found).and_then(Filter::checked_bounds).map_err(|error| bad("bbox", error.to_string()))
}

fn clusters(text: &str) -> Result<Vec<ClusterId>, ApiError> {
    let id = |text: &str| {
        let found = || excerpt(&Value::from(text));
        text.trim()
            .parse()
            .map(ClusterId)
            .map_err(|_| bad("cluster", format!("needed a UUID, found {}", found())))
    };
    text.split(',').map(id).collect()
}

fn kinds(text: &str) -> Result<Vec<Kind>, ApiError> {
    let kind = |name: &str| {
        let shown = excerpt(&Value::from(name.trim()));
        name.trim().parse().map_err(|_: FilterError| {
            bad("kind", format!("needed one of {}, found {shown}", Kind::ALL.map(Kind::name).join(", ")))
        })
    };
    text.split(',').map(kind).collect()
}

fn level(text: &str) -> Result<u8, ApiError> {
    let found = || FilterError::Level { found: excerpt(&Value::from(text)) };
    let level = text.parse().map_err(|_| found()).and_then(Filter::checked_level);
    level.map_err(|error| bad("min_priority", error.to_string()))
}

fn bad(name: &str, detail: String) -> ApiError {
    ApiError::BadParameter(fault(name, detail))
}
