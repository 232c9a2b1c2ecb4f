//! `GET /` lists the paths that exist, which are those of `docs/api.md`.

use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::Value;

use crate::support::TestService;

const API: &str = include_str!("../../docs/api.md");

/// The methods and paths of the table at the top of the document.
fn documented() -> BTreeSet<String> {
    let rows =
        API.lines().skip_while(|line| !line.starts_with("| resource")).take_while(|line| !line.is_empty());
    let first_cells = rows.filter_map(|row| row.split('|').nth(1));
    first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(template).collect()
}

/// The methods and paths that the service lists.
async fn listed(service: &TestService) -> BTreeSet<String> {
    let index = service.get("/").await.json();
    let link = |link: &Value| {
        template(&[&link["method"], &link["href"]].map(|part| part.as_str().unwrap()).join(" "))
    };
    index["links"].as_object().unwrap().values().map(link).collect()
}

/// A method and path without its query, and without the names of what is put in: `GET /clusters/{}`.
fn template(text: &str) -> String {
    let path = text.split("{?").next().unwrap().split('?').next().unwrap();
    let unnamed = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(unnamed).collect::<Vec<_>>().join("/")
}

#[tokio::test(start_paused = true)]
async fn what_is_documented_is_listed_and_there() {
    let service = TestService::start().await;
    let (documented, listed) = (documented(), listed(&service).await);
    assert!(documented.contains("POST /operations/{}/undo"), "{documented:?}");
    let missing = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(missing(&documented, &listed), [""; 0], "in docs/api.md and not in GET /");
    assert_eq!(missing(&listed, &documented), [""; 0], "in GET / and not in docs/api.md");
    for path in listed {
        let (method, at) = path.split_once(' ').unwrap();
        let at = at.replace("{}", "00000000-0000-4000-8000-000000000000");
        let request = Request::builder().method(method).uri(at).body(Body::empty()).unwrap();
        let answer = service.open(request).await;
        assert_ne!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        if answer.status() == StatusCode::NOT_FOUND {
            let problem = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            let problem: Value = serde_json::from_slice(&problem).unwrap();
            assert_eq!(problem["type"], "urn:guira:problem:not-found", "{path}");
        }
    }
}
