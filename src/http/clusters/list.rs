//! `GET /clusters`: the fires by id, page by page.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use firecore::detection::ClusterId;
use serde_json::{Value, json};

use super::{Summary, summary};
use crate::engine::board::{ClusterSnapshot, ClusterState};
use crate::http::Shared;
use crate::http::body::{excerpt, fault};
use crate::http::error::ApiError;

/// Fires in one answer where the caller does not say how many.
const LIMIT_DEFAULT: usize = 1_000;

/// Most fires in one answer.
const LIMIT_MAX: usize = 10_000;

type Pairs = Vec<(String, String)>;

/// What a caller asked for.
#[derive(Debug, Default, PartialEq)]
struct Wanted {
    limit: Option<usize>,
    after: Option<ClusterId>,
    /// Empty: all.
    states: Vec<&'static str>,
}

pub(super) async fn list(
    State(parts): Shared,
    query: Result<Query<Pairs>, QueryRejection>,
) -> Result<Json<Value>, ApiError> {
    let Query(pairs) = query.map_err(|error| bad("?", error.body_text()))?;
    let wanted = Wanted::read(&pairs)?;
    let mut all = parts.engine.board().all();
    all.retain(|snapshot| wanted.keeps(snapshot));
    let rest = &all[wanted.after.map_or(0, |after| all.partition_point(|snapshot| snapshot.id <= after))..];
    let page = &rest[..rest.len().min(wanted.limit.unwrap_or(LIMIT_DEFAULT))];
    let last = page.last().filter(|_| page.len() < rest.len());
    let clusters: Vec<Summary> = page.iter().map(|snapshot| summary(snapshot)).collect();
    let next = last.map(|last| wanted.path_after(last.id));
    Ok(Json(json!({"total": all.len(), "next": next, "clusters": clusters})))
}

impl Wanted {
    fn read(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut wanted = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "limit" => wanted.limit = Some(limit(value)?),
                "after" => wanted.after = Some(after(value)?),
                "state" => {
                    for name in value.split(',') {
                        let state = state(name.trim())?;
                        if !wanted.states.contains(&state) {
                            wanted.states.push(state);
                        }
                    }
                }
                _ => {
                    let detail = format!("needed one of limit, after, state, found {}", shown(name));
                    return Err(bad("?", detail));
                }
            }
        }
        Ok(wanted)
    }

    fn keeps(&self, snapshot: &ClusterSnapshot) -> bool {
        self.states.is_empty() || self.states.contains(&snapshot.state.name())
    }

    /// Where the fires after a fire are.
    fn path_after(&self, last: ClusterId) -> String {
        let limit = self.limit.map(|limit| format!("limit={limit}&")).unwrap_or_default();
        let states = match self.states.as_slice() {
            [] => String::new(),
            states => format!("state={}&", states.join(",")),
        };
        format!("/clusters?{limit}{states}after={last}")
    }
}

fn limit(text: &str) -> Result<usize, ApiError> {
    let number = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    number.ok_or_else(|| bad("limit", format!("needed 1 to {LIMIT_MAX}, found {}", shown(text))))
}

fn after(text: &str) -> Result<ClusterId, ApiError> {
    let id = text.parse().map(ClusterId);
    id.map_err(|_| bad("after", format!("needed a UUID, found {}", shown(text))))
}

fn state(text: &str) -> Result<&'static str, ApiError> {
    let known = ClusterState::NAMES.into_iter().find(|state| *state == text);
    known.ok_or_else(|| {
        bad("state", format!("needed one of {}, found {}", ClusterState::NAMES.join(", "), shown(text)))
    })
}

fn shown(text: &str) -> String {
    excerpt(&Value::from(text))
}

fn bad(name: &str, detail: String) -> ApiError {
    ApiError::BadParameter(fault(name, detail))
}
