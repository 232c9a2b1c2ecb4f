//! `GET /events` with an upgrade: the same events over a WebSocket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use guira::engine::live::EventId;
use guira::http::serve;
use guira::settings::HttpSettings;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::live::{Client, update};
use crate::support::{Setup, TestService, detection};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Longest wait for anything, s: these tests run on real time.
const WAIT_S_MAX: u64 = 30;

struct Served {
    service: TestService,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinSet<()>,
}

async fn served(http: HttpSettings) -> Served {
    let service = Setup { http, ..Setup::new() }.start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let parts = Arc::clone(&service.http);
    let mut server = JoinSet::new();
    server.spawn(async move { serve(listener, parts, async { drop(stopped.await) }).await.unwrap() });
    Served { service, address, stop, server }
}

impl Served {
    async fn connect(&self, path: &str) -> Socket {
        connect_async(format!("ws://{}{path}", self.address)).await.unwrap().0
    }
}

async fn next(socket: &mut Socket) -> Message {
    let waited = timeout(Duration::from_secs(WAIT_S_MAX), socket.next()).await;
    waited.expect("a message in time").expect("the socket stands").unwrap()
}

async fn event(socket: &mut Socket) -> Value {
    loop {
        if let Message::Text(text) = next(socket).await {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[tokio::test]
async fn a_websocket_tells_what_server_sent_events_tell() {
    let served = served(HttpSettings::default()).await;
    let mut socket = served.connect("/events").await;
    let mut client = Client::open(&served.service, "/events", None).await;
    served.service.settle(&[detection(-120.0, 38.0)]).await;
    served.service.settle(&[detection(-120.001, 38.0)]).await;
    for kind in ["cluster.founded", "forecast.completed", "cluster.updated", "forecast.completed"] {
        let told = client.event().await;
        assert_eq!(told["kind"], kind);
        assert_eq!(event(&mut socket).await, told);
    }
}

#[tokio::test]
async fn a_websocket_of_one_fire_tells_of_that_fire() {
    let served = served(HttpSettings::default()).await;
    let service = &served.service;
    let west = service.settle(&[detection(-120.0, 38.0)]).await.clusters[0].0.id;
    let mut socket = served.connect(&format!("/clusters/{west}/events")).await;
    let mut updates = served.connect(&format!("/clusters/{west}/events?kind=cluster.updated")).await;
    service.settle(&[detection(-110.0, 38.0)]).await;
    service.settle(&[detection(-120.001, 38.0)]).await;
    for (kind, data) in
        [("cluster.updated", json!({"detection_count": 2})), ("forecast.completed", json!({"version": 2}))]
    {
        let told = event(&mut socket).await;
        assert_eq!((&told["kind"], &told["cluster_id"]), (&json!(kind), &json!(west)));
        let (name, value) = data.as_object().unwrap().iter().next().unwrap();
        assert_eq!(&told["data"][name], value);
    }
    assert_eq!(event(&mut updates).await["data"]["detection_count"], 2);
    let missing = format!("ws://{}/clusters/{}/events", served.address, uuid::Uuid::nil());
    assert!(connect_async(missing).await.unwrap_err().to_string().contains("404"));
}

#[tokio::test]
async fn a_websocket_filters_resumes_and_hears_of_a_foreign_id() {
    let served = served(HttpSettings::default()).await;
    let live = served.service.engine.live();
    let first = live.publish(update(1));
    live.publish(update(2));
    let mut socket = served.connect(&format!("/events?kind=cluster.updated&last_event_id={first}")).await;
    assert_eq!(event(&mut socket).await["data"]["count"], 2);
    let mut foreign = served.connect("/events?last_event_id=00000000000000ff-7").await;
    assert_eq!(event(&mut foreign).await["kind"], "resync");
    let refused = connect_async(format!("ws://{}/events?kind=fire", served.address)).await;
    assert!(refused.unwrap_err().to_string().contains("400"));
}

#[tokio::test]
async fn a_quiet_websocket_is_pinged_with_the_place_to_resume_from() {
    let http = HttpSettings { live_heartbeat_s: 1, ..HttpSettings::default() };
    let served = served(http).await;
    let mut socket = served.connect("/events").await;
    let Message::Ping(id) = next(&mut socket).await else { panic!("needed a ping") };
    let id: EventId = std::str::from_utf8(&id).unwrap().parse().unwrap();
    assert_eq!(id, served.service.engine.live().newest());
}

#[tokio::test]
async fn a_server_that_stops_says_so_and_a_client_that_leaves_makes_room() {
    let served = served(HttpSettings { live_clients_max: 1, ..HttpSettings::default() }).await;
    let mut socket = served.connect("/events").await;
    let full = connect_async(format!("ws://{}/events", served.address)).await;
    assert!(full.unwrap_err().to_string().contains("503"));
    socket.close(None).await.unwrap();
    let left = async {
        while served.service.http.live.load().0 > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(WAIT_S_MAX), left).await.expect("room again");
    let mut socket = served.connect("/events").await;
    socket.send(Message::text("whatever a client says is not read")).await.unwrap();
    served.service.engine.live().publish(update(1));
    assert_eq!(event(&mut socket).await["data"]["count"], 1);
    served.stop.send(()).unwrap();
    let Message::Close(Some(frame)) = next(&mut socket).await else { panic!("needed a close") };
    assert_eq!(frame.reason.as_str(), "the server stops");
    let mut server = served.server;
    timeout(Duration::from_secs(WAIT_S_MAX), server.join_next())
        .await
        .expect("the server stops")
        .unwrap()
        .unwrap();
}
