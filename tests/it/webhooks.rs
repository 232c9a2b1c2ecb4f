//! Webhooks: signed, in order, tried again, and given up with a dead letter.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use guira::http::auth::{FreshKey, Keys, Scope};
use guira::settings::{LiveSettings, Secret, WebhookSettings};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::live::update;
use crate::support::{Setup, TestService, detection};

const SECRET: &str = "a secret of the tests, long enough";

/// Longest wait for what is to come, s: these tests run on real time.
const WAIT_S_MAX: u64 = 60;

/// What is answered to the n-th request, by its body.
type Answer = Box<dyn Fn(usize, &Value) -> StatusCode + Send + Sync>;

/// What a receiver got, and what it answers.
struct Receiver {
    got: Mutex<Vec<(HeaderMap, Bytes)>>,
    answer: Answer,
    /// For how long it asks to be left alone where it takes nothing, s.
    retry_after_s: Option<u64>,
    asked: AtomicUsize,
    asked_at: Mutex<Vec<Instant>>,
}

struct Listening {
    receiver: Arc<Receiver>,
    url: String,
    _server: JoinSet<()>,
}

/// A receiver that answers by the number of the request, from 0, and its body.
async fn receiver(answer: impl Fn(usize, &Value) -> StatusCode + Send + Sync + 'static) -> Listening {
    receiver_that_asks(None, answer).await
}

/// The same, and it asks to be left alone for so long where it takes nothing.
async fn receiver_that_asks(
    retry_after_s: Option<u64>,
    answer: impl Fn(usize, &Value) -> StatusCode + Send + Sync + 'static,
) -> Listening {
    let receiver = Arc::new(Receiver {
        got: Mutex::default(),
        answer: Box::new(answer),
        retry_after_s,
        asked: AtomicUsize::new(0),
        asked_at: Mutex::default(),
    });
    let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&receiver));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?token=hidden", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    Listening { receiver, url, _server: server }
}

async fn take(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> Response {
    receiver.asked_at.lock().unwrap().push(Instant::now());
    let number = receiver.asked.fetch_add(1, Ordering::SeqCst);
    let answer = (receiver.answer)(number, &serde_json::from_slice(&body).unwrap());
    if answer.is_success() {
        receiver.got.lock().unwrap().push((headers, body));
        return answer.into_response();
    }
    let after = receiver.retry_after_s.map(|seconds| [("retry-after", seconds.to_string())]);
    (answer, after.unwrap_or_else(|| [("retry-after", "soon".to_owned())])).into_response()
}

impl Listening {
    fn settings(&self) -> WebhookSettings {
        WebhookSettings {
            url: self.url.clone(),
            secret: Some(Secret::new(SECRET)),
            secret_file: None,
            kinds: Vec::new(),
            bbox: None,
            min_priority: None,
            attempts_max: 3,
            answer_s_max: 10,
        }
    }

    /// The bodies of what was taken, by now.
    fn bodies(&self) -> Vec<Value> {
        let got = self.receiver.got.lock().unwrap();
        got.iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }
}

async fn service(webhooks: Vec<WebhookSettings>) -> TestService {
    Setup { webhooks, ..Setup::new() }.start().await
}

async fn until(what: &str, done: impl Fn() -> bool) {
    let polled = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(WAIT_S_MAX), polled)
        .await
        .unwrap_or_else(|_| panic!("no {what}"));
}

/// HMAC by its definition (RFC 2104), from the hash alone.
fn hmac_sha256(key: &[u8], message: &[u8]) -> String {
    assert!(key.len() <= 64);
    let pad = |byte: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect() };
    let inner: [u8; 32] = Sha256::digest([pad(0x36).as_slice(), message].concat()).into();
    let outer = Sha256::digest([pad(0x5c).as_slice(), &inner].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn each_event_is_a_signed_cloud_event_in_order() {
    let listening = receiver(|_, _| StatusCode::NO_CONTENT).await;
    let service = service(vec![listening.settings()]).await;
    service.settle(&[detection(-120.0, 38.0)]).await;
    until("three events", || listening.bodies().len() == 3).await;
    let bodies = listening.bodies();
    let types: Vec<&str> = bodies.iter().map(|body| body["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["guira.resync", "guira.cluster.founded", "guira.forecast.completed"]);
    let id = service.engine.board().all()[0].id;
    assert_eq!(bodies[1]["specversion"], "1.0");
    assert_eq!(bodies[1]["source"], "urn:guira");
    assert_eq!(bodies[1]["subject"], format!("clusters/{id}"));
    assert_eq!(bodies[1]["time"], "2024-01-15T15:00:00Z");
    assert_eq!(bodies[1]["data"]["detection_count"], 1);
    let got = listening.receiver.got.lock().unwrap();
    for ((headers, body), parsed) in got.iter().zip(&bodies) {
        assert_eq!(headers["content-type"], "application/cloudevents+json");
        assert_eq!(headers["guira-event-id"].to_str().unwrap(), parsed["id"].as_str().unwrap());
        let timestamp = headers["guira-timestamp"].to_str().unwrap();
        assert_eq!(timestamp, service.clock.now().as_second().to_string());
        let signed = [timestamp.as_bytes(), b".", body].concat();
        let wanted = format!("v1={}", hmac_sha256(SECRET.as_bytes(), &signed));
        assert_eq!(headers["guira-signature"].to_str().unwrap(), wanted);
    }
}

#[tokio::test]
async fn a_try_that_fails_is_repeated_before_the_next_event() {
    // The first request of all and the two after it fail.
    let listening = receiver(|number, _| match number {
        0 | 1 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    })
    .await;
    let service = service(vec![listening.settings()]).await;
    for count in 1..4 {
        service.engine.live().publish(update(count));
    }
    until("four events", || listening.bodies().len() == 4).await;
    let counts: Vec<Value> = listening.bodies().iter().map(|body| body["data"]["count"].clone()).collect();
    assert_eq!(counts, [Value::Null, json!(1), json!(2), json!(3)]);
    until("the tally", || service.webhooks.status()[0].lag == 0).await;
    let status = service.webhooks.status().remove(0);
    assert_eq!((status.delivered, status.attempts_failed, status.dead), (4, 2, 0));
    assert_eq!((status.failing_since, status.error), (None, None));
    assert_eq!(status.url, listening.url.replace("?token=hidden", ""));
}

#[tokio::test]
async fn what_is_refused_becomes_a_dead_letter_and_can_be_tried_again() {
    let willing = Arc::new(Mutex::new(false));
    let asked = Arc::clone(&willing);
    let listening = receiver(move |_, body| match body["data"]["count"] == 2 && !*asked.lock().unwrap() {
        true => StatusCode::BAD_REQUEST,
        false => StatusCode::OK,
    })
    .await;
    let service = service(vec![listening.settings()]).await;
    for count in 1..4 {
        service.engine.live().publish(update(count));
    }
    until("the others", || listening.bodies().len() == 3).await;
    let list = service.get("/webhooks/dead-letters").await.json();
    assert_eq!((&list["total"], &list["forgotten"]), (&json!(1), &json!(0)));
    let letter = &list["dead_letters"][0];
    assert_eq!((&letter["attempts"], &letter["event"]["data"]["count"]), (&json!(1), &json!(2)));
    assert!(letter["reason"].as_str().unwrap().contains("400"));
    let path = format!("/webhooks/dead-letters/{}/retry", letter["id"]);
    let failed = service.post(&path, "").await.json();
    assert_eq!(failed["status"], "failed");
    let list = service.get("/webhooks/dead-letters").await.json();
    assert_eq!(list["dead_letters"][0]["attempts"], 2);
    *willing.lock().unwrap() = true;
    assert_eq!(service.post(&path, "").await.json()["status"], "delivered");
    assert_eq!(service.get("/webhooks/dead-letters").await.json()["total"], 0);
    assert_eq!(service.post(&path, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(listening.bodies().last().unwrap()["data"]["count"], 2);
    let status = service.get("/webhooks").await.json();
    assert_eq!(status["webhooks"][0]["dead_letters"], 1);
    assert_eq!(service.post("/webhooks/dead-letters/x/retry", "").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_a_receiver_may_take_later_is_tried_again_and_the_rest_is_not() {
    let answers = [
        (408, true),
        (425, true),
        (429, true),
        (500, true),
        (400, false),
        (404, false),
        (410, false),
        (302, false),
    ];
    let mut receivers = Vec::new();
    for (status, _) in answers {
        let status = StatusCode::from_u16(status).unwrap();
        receivers.push(receiver(move |number, _| if number == 0 { status } else { StatusCode::OK }).await);
    }
    let service = service(receivers.iter().map(Listening::settings).collect()).await;
    until("the first event of each", || {
        service.webhooks.status().iter().all(|status| status.delivered + status.dead == 1)
    })
    .await;
    for (status, (answer, again)) in service.webhooks.status().iter().zip(answers) {
        let expected = if again { (1, 0, 1) } else { (0, 1, 1) };
        assert_eq!((status.delivered, status.dead, status.attempts_failed), expected, "{answer}");
    }
    let (letters, _) = service.webhooks.dead_letters();
    assert!(letters.iter().all(|letter| letter.attempts == 1), "{letters:?}");
}

#[tokio::test]
async fn a_receiver_that_asks_to_be_left_alone_is_left_alone() {
    let listening = receiver_that_asks(Some(2), |number, _| match number {
        0 => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::OK,
    })
    .await;
    let _service = service(vec![listening.settings()]).await;
    until("the second try", || listening.bodies().len() == 1).await;
    let asked_at = listening.receiver.asked_at.lock().unwrap();
    let waited = asked_at[1] - asked_at[0];
    assert!(waited >= Duration::from_secs(2), "without being asked it is one second at most: {waited:?}");
}

#[tokio::test]
async fn an_event_is_given_up_after_so_many_tries_and_the_next_one_goes_out() {
    let listening = receiver(|_, body| match body["data"]["count"] == 1 {
        true => StatusCode::BAD_GATEWAY,
        false => StatusCode::OK,
    })
    .await;
    let service = service(vec![WebhookSettings { attempts_max: 2, ..listening.settings() }]).await;
    for count in 1..3 {
        service.engine.live().publish(update(count));
    }
    until("the second event", || listening.bodies().len() == 2).await;
    let (letters, _) = service.webhooks.dead_letters();
    assert_eq!((letters.len(), letters[0].attempts), (1, 2));
}

#[tokio::test]
async fn a_receiver_that_is_down_blocks_nothing_and_is_told_what_it_missed() {
    let up = Arc::new(Mutex::new(false));
    let is_up = Arc::clone(&up);
    let listening = receiver(move |_, _| match *is_up.lock().unwrap() {
        true => StatusCode::OK,
        false => StatusCode::INTERNAL_SERVER_ERROR,
    })
    .await;
    let well = receiver(|_, _| StatusCode::OK).await;
    let live = LiveSettings { events_max: 10, ..LiveSettings::default() };
    let patient = WebhookSettings { attempts_max: 20, ..listening.settings() };
    let webhooks = vec![patient, well.settings()];
    let service = Setup { webhooks, live, ..Setup::new() }.start().await;
    until("a failed try", || service.webhooks.status()[0].attempts_failed > 0).await;
    for count in 0..50 {
        service.engine.live().publish(update(count));
        until("the other one", || well.bodies().len() as u64 == count + 2).await;
    }
    let status = service.webhooks.status().remove(0);
    assert_eq!((status.delivered, status.lag), (0, 50));
    assert!(status.failing_since.is_some() && status.error.unwrap().contains("500"));
    *up.lock().unwrap() = true;
    until("the rest", || service.webhooks.status()[0].lag == 0).await;
    let types: Vec<Value> = listening.bodies().iter().map(|body| body["type"].clone()).collect();
    // What it was told at the start comes late, then what happened meanwhile as one resync.
    assert_eq!(types, ["guira.resync", "guira.resync"]);
    assert_eq!(service.webhooks.status()[0].overtaken, 50);
}

#[tokio::test]
async fn nobody_listening_is_a_failed_try_that_says_so() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let listening = receiver(|_, _| StatusCode::OK).await;
    let settings = WebhookSettings {
        url: format!("http://{closed}/?token=hidden"),
        attempts_max: 1,
        ..listening.settings()
    };
    let service = service(vec![settings]).await;
    until("a dead letter", || service.webhooks.dead_letters().0.len() == 1).await;
    let reason = service.webhooks.dead_letters().0.remove(0).reason;
    assert!(reason.contains("refused") && !reason.contains("hidden"), "{reason}");
    assert_eq!(service.get("/health").await.json()["components"]["live"]["webhooks_failing"], 1);
}

#[tokio::test]
async fn webhooks_are_shown_to_administrators_only() {
    let (reader, admin) = (FreshKey::generate().unwrap(), FreshKey::generate().unwrap());
    let entries = [
        reader.entry("map".into(), BTreeSet::from([Scope::Read]), None),
        admin.entry("desk".into(), BTreeSet::from([Scope::Admin]), None),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    std::fs::write(&file, entries.map(|entry| entry.to_string()).concat()).unwrap();
    let service = Setup { keys: Keys::read(&file).unwrap(), ..Setup::new() }.start().await;
    let ask = async |path: &str, key: &FreshKey| {
        let request = Request::get(path).header("X-API-Key", key.reveal()).body(Body::empty()).unwrap();
        service.open(request).await.status()
    };
    for path in ["/webhooks", "/webhooks/dead-letters"] {
        assert_eq!(ask(path, &reader).await, StatusCode::FORBIDDEN);
        assert_eq!(ask(path, &admin).await, StatusCode::OK);
    }
    assert_eq!(ask("/events", &reader).await, StatusCode::OK);
    assert_eq!(service.get("/events").await.status, StatusCode::UNAUTHORIZED);
}
