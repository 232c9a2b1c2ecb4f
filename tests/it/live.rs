//! `GET /events` and `/clusters/{id}/events`: what happens to the fires, as Server-Sent Events.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use firecore::detection::ClusterId;
use futures_util::StreamExt;
use guira::engine::live::{Kind, LiveEvent};
use guira::http::serve;
use guira::settings::{HttpSettings, LiveSettings};
use guira::simulate::MemberRequest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::support::{Act, Setup, TestService, detection, start_time};

/// What a client makes of the stream: blocks of lines up to an empty one.
pub(crate) struct Client {
    frames: BodyDataStream,
    text: String,
}

/// One block.
#[derive(Clone, Debug, Default, PartialEq)]
struct Block {
    id: Option<String>,
    event: Option<String>,
    data: Option<Value>,
    comment: bool,
    retry: Option<String>,
}

impl Client {
    pub(crate) async fn open(service: &TestService, path: &str, last_event_id: Option<&str>) -> Self {
        let mut request = Request::get(path);
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = service.open(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut client = Self { frames: response.into_body().into_data_stream(), text: String::new() };
        let greeting = client.block().await.unwrap();
        assert!(greeting.retry.is_some() && greeting.id.is_some() && greeting.data.is_none(), "{greeting:?}");
        client
    }

    /// The next block; `None` where the stream has ended.
    async fn block(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = read(block);
                self.text = rest.to_owned();
                return Some(block);
            }
            let frame = self.frames.next().await?.unwrap();
            self.text += std::str::from_utf8(&frame).unwrap();
        }
    }

    /// The next event's data, past heartbeats.
    pub(crate) async fn event(&mut self) -> Value {
        loop {
            let block = self.block().await.unwrap();
            if let Some(data) = block.data {
                assert_eq!(block.id.as_deref(), data["id"].as_str());
                assert_eq!(block.event.as_deref(), data["kind"].as_str());
                return data;
            }
        }
    }

    /// Events up to the first of a kind, by kind.
    async fn kinds_until(&mut self, last: &str) -> Vec<String> {
        let mut kinds = Vec::new();
        while kinds.last().map(String::as_str) != Some(last) {
            kinds.push(self.event().await["kind"].as_str().unwrap().to_owned());
        }
        kinds
    }
}

fn read(text: &str) -> Block {
    let mut block = Block::default();
    for line in text.lines() {
        match line.split_once(':').unwrap() {
            ("", _) => block.comment = true,
            ("id", id) => block.id = Some(id.trim().to_owned()),
            ("event", event) => block.event = Some(event.trim().to_owned()),
            ("data", data) => block.data = Some(serde_json::from_str(data).unwrap()),
            ("retry", retry) => block.retry = Some(retry.trim().to_owned()),
            (field, _) => panic!("{field:?} in {text:?}"),
        }
    }
    block
}

pub(crate) fn update(count: u64) -> LiveEvent {
    LiveEvent {
        kind: Kind::ClusterUpdated,
        cluster_id: Some(ClusterId(Uuid::from_u128(1))),
        with: Vec::new(),
        at: start_time(),
        priority: None,
        bounds: None,
        data: json!({ "count": count }),
    }
}

#[tokio::test(start_paused = true)]
async fn a_fires_life_is_told_in_order() {
    let service = TestService::start().await;
    let mut client = Client::open(&service, "/events", None).await;
    service.settle(&[detection(-120.0, 38.0)]).await;
    let founded = client.event().await;
    assert_eq!(founded["kind"], "cluster.founded");
    assert_eq!(founded["data"]["detection_count"], 1);
    assert_eq!(founded["data"]["method"], "surrogate");
    assert_eq!(founded["at"], "2024-01-15T15:00:00Z");
    let completed = client.event().await;
    assert_eq!(completed["kind"], "forecast.completed");
    assert_eq!(completed["cluster_id"], founded["cluster_id"]);
    assert_eq!((&completed["data"]["version"], &completed["data"]["members_used"]), (&json!(1), &json!(5)));
    let areas = completed["data"]["areas"].as_array().unwrap();
    assert_eq!(areas.len(), 5);
    assert_eq!(areas[0]["lead_time_s"], 3600);
    assert!(areas[4]["p10_area_ha"].as_f64() <= areas[4]["p90_area_ha"].as_f64());
    // What the event names is there.
    let shown = service.get(completed["data"]["forecast"].as_str().unwrap()).await.json();
    assert_eq!(shown["version"], 1);
    service.settle(&[detection(-120.001, 38.0)]).await;
    let updated = client.event().await;
    assert_eq!(
        (&updated["kind"], &updated["data"]["detection_count"]),
        (&json!("cluster.updated"), &json!(2))
    );
    assert_eq!(client.event().await["data"]["version"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_priority_and_a_failed_run_are_told() {
    let service = Setup::new().script(|_| Act::Fail).start().await;
    let mut client = Client::open(&service, "/events?kind=strategy.changed,forecast.failed", None).await;
    service.settle(&[detection(-120.0, 38.0)]).await;
    let failed = client.event().await;
    assert_eq!((&failed["kind"], &failed["data"]["version"]), (&json!("forecast.failed"), &json!(1)));
    assert!(!failed["data"]["reason"].as_str().unwrap().is_empty());
    let many: Vec<Value> = (1..6).map(|step| detection(-120.0 - f64::from(step) / 1000.0, 38.0)).collect();
    service.settle(&many).await;
    let changed = client.event().await;
    assert_eq!(changed["kind"], "strategy.changed");
    assert_eq!(changed["data"]["before"], json!({"method": "surrogate", "priority": 7}));
    assert_eq!(changed["data"]["after"], json!({"method": "surrogate", "priority": 6}));
    assert!(changed["data"]["reason"].as_str().unwrap().contains("6 detections"));
}

/// In real time: a paused clock would run to the deadline whenever all wait for the pool's threads.
#[tokio::test]
async fn a_partial_forecast_is_told_while_its_run_goes_on() {
    let script = |request: &MemberRequest| match request.member.index.0 {
        0..30 => Act::FinishAfterMs(20),
        _ => Act::KeepSilent,
    };
    let service = Setup { members: Some(40), ..Setup::new().script(script) }.start().await;
    let mut client = Client::open(&service, "/events?kind=forecast.partial,forecast.completed", None).await;
    service.schedule(&[detection(-120.0, 38.0)]).await;
    let partial = timeout(Duration::from_secs(60), client.event()).await.expect("a partial forecast");
    assert_eq!(partial["kind"], "forecast.partial");
    assert_eq!(
        (&partial["data"]["provisional"], &partial["data"]["members_planned"]),
        (&json!(true), &json!(40))
    );
    assert!((5..40).contains(&partial["data"]["members_used"].as_u64().unwrap()), "{partial}");
    let shown = service.get(partial["data"]["forecast"].as_str().unwrap()).await.json();
    assert_eq!(shown["provisional"], true);
}

#[tokio::test(start_paused = true)]
async fn who_follows_a_fire_that_is_merged_follows_its_survivor() {
    let service = TestService::start().await;
    let first = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let second = service.settle(&[detection(-119.98, 38.0)]).await.clusters[0].0.id;
    let mut all = Client::open(&service, "/events?kind=cluster.merged", None).await;
    let mut clients = Vec::new();
    for id in [first, second] {
        clients.push(Client::open(&service, &format!("/clusters/{id}/events"), None).await);
    }
    let survivor = service.settle(&[detection(-119.99, 38.0)]).await.clusters[0].0.id;
    let absorbed = if survivor == first { second } else { first };
    let merged = all.event().await;
    assert_eq!(merged["cluster_id"], survivor.to_string());
    assert_eq!(merged["data"]["absorbed"], json!([absorbed.to_string()]));
    for client in &mut clients {
        let kinds = client.kinds_until("cluster.merged").await;
        assert!(!kinds.contains(&"cluster.founded".to_owned()), "{kinds:?}");
        assert_eq!(client.kinds_until("forecast.completed").await.last().unwrap(), "forecast.completed");
    }
    // By now its place is the survivor's, and a list of fires means the survivor.
    let moved = service.get(&format!("/clusters/{absorbed}/events?min_priority=10")).await;
    assert_eq!(moved.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(moved.headers["location"], format!("/clusters/{survivor}/events?min_priority=10"));
    let mut late = Client::open(&service, &format!("/events?cluster={absorbed}"), None).await;
    service.settle(&[detection(-119.991, 38.0)]).await;
    assert_eq!(late.event().await["cluster_id"], survivor.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_filter_by_place_priority_and_fire_holds_on_the_wire() {
    let service = TestService::start().await;
    let west = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let mut near = Client::open(&service, "/events?bbox=-111,37,-109,39", None).await;
    let mut urgent = Client::open(&service, "/events?min_priority=6&kind=cluster.founded", None).await;
    let mut of_west =
        Client::open(&service, &format!("/events?cluster={west}&cluster={}", Uuid::nil()), None).await;
    service.settle(&[detection(-110.0, 38.0)]).await;
    service.settle(&[detection(-120.001, 38.0)]).await;
    assert_eq!(near.event().await["data"]["bbox"][0], -110.0);
    assert_eq!(near.event().await["kind"], "forecast.completed");
    assert_eq!(of_west.event().await["cluster_id"], west.to_string());
    // Six at once are of priority 6; the ones before were of 7.
    let many: Vec<Value> = (0..6).map(|step| detection(-100.0 - f64::from(step) / 1000.0, 38.0)).collect();
    service.settle(&many).await;
    assert_eq!(urgent.event().await["data"]["priority"], 6);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_filter_is_named() {
    let service = TestService::start().await;
    let cases = [
        ("bbox=1,2,3", "bbox", "west,south,east,north"),
        ("bbox=1,5,3,4", "bbox", "south not above north"),
        ("bbox=1,2,200,4", "bbox", "-180 to 180"),
        ("cluster=one", "cluster", "UUID"),
        ("kind=cluster.found", "kind", "cluster.founded"),
        ("min_priority=0", "min_priority", "1 (the most urgent) to 10"),
        ("min_priority=high", "min_priority", "high"),
        ("last_event_id=5", "last_event_id", "id of an event"),
        ("limit=5", "?", "min_priority"),
    ];
    for (query, pointer, words) in cases {
        let answer = service.get(&format!("/events?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["pointer"], pointer, "{query}");
        assert!(error["detail"].as_str().unwrap().contains(words), "{query}: {error}");
    }
    let request = Request::get("/events").header("Last-Event-ID", "five").body(Body::empty()).unwrap();
    let answer = service.send(request).await.json();
    assert_eq!(answer["errors"][0]["pointer"], "Last-Event-ID");
    let one = format!("/clusters/{}/events", Uuid::nil());
    assert_eq!(service.get(&one).await.status, StatusCode::NOT_FOUND);
    service.settle(&[detection(-120.0, 38.0)]).await;
    let id = service.engine.board().all()[0].id;
    let bad = service.get(&format!("/clusters/{id}/events?bbox=1,2,3,4")).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_gets_what_it_missed_by_header_or_parameter() {
    let service = TestService::start().await;
    let live = service.engine.live();
    let mut client = Client::open(&service, "/events", None).await;
    live.publish(update(1));
    let last = client.event().await["id"].as_str().unwrap().to_owned();
    drop(client);
    for count in 2..6 {
        live.publish(update(count));
    }
    tokio::time::advance(Duration::from_secs(599)).await;
    let mut by_header = Client::open(&service, "/events", Some(&last)).await;
    let mut by_parameter = Client::open(&service, &format!("/events?last_event_id={last}"), None).await;
    for count in 2..6 {
        assert_eq!(by_header.event().await["data"]["count"], count);
        assert_eq!(by_parameter.event().await["data"]["count"], count);
    }
    tokio::time::advance(Duration::from_secs(2)).await;
    let mut late = Client::open(&service, "/events", Some(&last)).await;
    let resync = late.event().await;
    assert_eq!(resync["kind"], "resync");
    assert_eq!(
        (&resync["data"]["snapshot"], &resync["data"]["events_missed_max"]),
        (&json!("/clusters"), &json!(4))
    );
    live.publish(update(6));
    assert_eq!(late.event().await["data"]["count"], 6);
}

#[tokio::test(start_paused = true)]
async fn an_id_of_another_server_gives_a_resync_that_says_what_to_read() {
    let service = TestService::start().await;
    let id = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let path = format!("/clusters/{id}/events?last_event_id=00000000000000ff-1");
    let mut client = Client::open(&service, &path, None).await;
    let resync = client.event().await;
    assert_eq!(resync["kind"], "resync");
    assert_eq!(resync["cluster_id"], id.to_string());
    let snapshot = resync["data"]["snapshot"].as_str().unwrap();
    assert_eq!(service.get(snapshot).await.json()["forecast_version"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_says_every_quarter_of_a_minute_that_it_stands() {
    let service = TestService::start().await;
    let mut client = Client::open(&service, "/events?kind=cluster.closed", None).await;
    for beat in 1..4 {
        let before = Instant::now();
        let id = service.engine.live().publish(update(beat));
        let block = client.block().await.unwrap();
        assert!(block.comment && block.data.is_none(), "{block:?}");
        assert_eq!(before.elapsed(), Duration::from_secs(15));
        // Nothing that it wants, but a place to resume from all the same.
        assert_eq!(block.id, Some(id.to_string()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_outlives_the_time_for_an_answer() {
    let http = HttpSettings { answer_s_max: 1, ..HttpSettings::default() };
    let service = Setup { http, ..Setup::new() }.start().await;
    let mut client = Client::open(&service, "/events", None).await;
    tokio::time::advance(Duration::from_secs(100)).await;
    service.engine.live().publish(update(1));
    assert_eq!(client.event().await["data"]["count"], 1);
}

#[tokio::test(start_paused = true)]
async fn what_comes_close_together_is_told_together() {
    let http = HttpSettings { live_gather_ms: 50, ..HttpSettings::default() };
    let service = Setup { http, ..Setup::new() }.start().await;
    let mut client = Client::open(&service, "/events", None).await;
    let before = Instant::now();
    service.engine.live().publish(update(1));
    client.event().await;
    assert_eq!(before.elapsed(), Duration::ZERO, "after silence at once");
    let publish = async {
        for count in 2..5 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            service.engine.live().publish(update(count));
        }
    };
    let (_, second) = tokio::join!(publish, client.event());
    assert_eq!(second["data"]["count"], 2);
    assert_eq!(before.elapsed(), Duration::from_millis(50));
    client.event().await;
    client.event().await;
    assert_eq!(before.elapsed(), Duration::from_millis(50));
}

#[tokio::test(start_paused = true)]
async fn more_clients_than_may_listen_are_told_to_come_again() {
    let http = HttpSettings { live_clients_max: 2, ..HttpSettings::default() };
    let service = Setup { http, ..Setup::new() }.start().await;
    let first = Client::open(&service, "/events", None).await;
    let _second = Client::open(&service, "/events", None).await;
    let refused = service.get("/events").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers["retry-after"], "5");
    assert_eq!(service.get("/health").await.json()["components"]["live"]["clients"], 2);
    drop(first);
    Client::open(&service, "/events", None).await;
}

/// In real time: perimeters of another tolerance are drawn on the pool's threads.
#[tokio::test]
async fn a_fire_that_is_known_is_not_sent_again() {
    let service = TestService::start().await;
    let id = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let ask = async |path: &str, tag: Option<&str>| {
        let mut request = Request::get(path);
        if let Some(tag) = tag {
            request = request.header("If-None-Match", tag);
        }
        service.send(request.body(Body::empty()).unwrap()).await
    };
    let paths = [
        format!("/clusters/{id}"),
        format!("/clusters/{id}/forecast"),
        format!("/clusters/{id}/forecast?perimeter_tolerance_m=20"),
    ];
    let mut tags = Vec::new();
    for path in &paths {
        let full = ask(path, None).await;
        let tag = full.headers["etag"].to_str().unwrap().to_owned();
        assert!(tag.starts_with(&format!("\"{id}-1-")), "{tag}");
        let known = ask(path, Some(&tag)).await;
        assert_eq!((known.status, known.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(known.headers["etag"], tag.as_str());
        tags.push(tag);
    }
    assert_ne!(tags[1], tags[2]);
    assert_eq!(ask(&paths[2], Some(&tags[1])).await.status, StatusCode::OK);
    service.settle(&[detection(-120.001, 38.0)]).await;
    for (path, tag) in paths.iter().zip(&tags) {
        let full = ask(path, Some(tag)).await;
        assert_eq!(full.status, StatusCode::OK);
        assert!(full.headers["etag"].to_str().unwrap().starts_with(&format!("\"{id}-2-")));
    }
}

/// The server on a port of its own; ends when the sender is used.
async fn on_tcp(
    service: &TestService,
) -> (std::net::SocketAddr, oneshot::Sender<()>, tokio::task::JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let http = std::sync::Arc::clone(&service.http);
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move { serve(listener, http, async { drop(stopped.await) }).await.unwrap() });
    (address, stop, server)
}

#[tokio::test]
async fn the_server_stops_although_clients_listen() {
    let service = TestService::start().await;
    let (address, stop, mut server) = on_tcp(&service).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut begun = [0; 512];
    assert!(client.read(&mut begun).await.unwrap() > 0);
    stop.send(()).unwrap();
    timeout(Duration::from_secs(10), server.join_next()).await.expect("the server stops").unwrap().unwrap();
    let mut rest = Vec::new();
    timeout(Duration::from_secs(10), client.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream ends as it should: {rest:?}");
}

#[tokio::test]
async fn a_client_that_stops_reading_holds_up_nobody_and_gets_a_resync() {
    let live = LiveSettings { events_max: 200, ..LiveSettings::default() };
    let http = HttpSettings { live_gather_ms: 0, ..HttpSettings::default() };
    let service = Setup { live, http, ..Setup::new() }.start().await;
    let (address, _stop, _server) = on_tcp(&service).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut text = vec![0; 64];
    client.read_exact(&mut text).await.unwrap();
    while service.http.live.load().0 == 0 {
        tokio::task::yield_now().await;
    }
    // More than the sockets of both ends hold.
    let long = "x".repeat(16_000);
    for count in 0..4_000 {
        service.engine.live().publish(LiveEvent { data: json!({"count": count, "long": long}), ..update(0) });
        tokio::task::yield_now().await;
    }
    assert_eq!(service.engine.live().load().events, 200);
    let read = async {
        let mut tail = String::new();
        let mut part = vec![0; 65_536];
        while !tail.contains("event: resync") {
            let read = client.read(&mut part).await.unwrap();
            assert!(read > 0, "the stream has ended");
            tail = tail.split_off(tail.len().saturating_sub(100));
            tail += &String::from_utf8_lossy(&part[..read]);
        }
    };
    timeout(Duration::from_secs(60), read).await.expect("a resync");
}
