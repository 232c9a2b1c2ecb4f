//! From a request with a fire's first detection to the event that tells its forecast, over HTTP on an idle machine.
//!
//! `cargo bench --bench push`; `-- 200` takes so many fires instead of 60, one after the other. The service is that of
//! `guira serve --demo` in this process; each fire lies 4 km from the next, away from assets, so that it is forecast by the surrogate, with all its files.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use guira::clock::Clock;
use guira::components::Components;
use guira::http::{listen, serve};
use guira::settings::{DataDir, Settings};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// What a client hears of, with when it was asked for.
const KINDS: [&str; 2] = ["cluster.founded", "forecast.completed"];

async fn post(address: SocketAddr, number: usize) {
    let (lon_deg, lat_deg) = (-118.0 + 0.047 * (number % 40) as f64, 40.0 + 0.036 * (number / 40) as f64);
    let detection = json!({"source": "drone", "latitude": lat_deg, "longitude": lon_deg, "confidence": 0.9,
        "timestamp": Clock::system().now().to_string()});
    let body = json!({"detections": [detection]}).to_string();
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("a setting of sockets");
    let head = format!(
        "POST /schedule HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it is answered");
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

/// Seconds from the request to each of [`KINDS`], fire by fire.
async fn measure(address: SocketAddr, fires: usize) -> [Vec<f64>; 2] {
    let mut events = TcpStream::connect(address).await.expect("it listens");
    let request = format!("GET /events?kind={} HTTP/1.1\r\nHost: {address}\r\n\r\n", KINDS.join(","));
    events.write_all(request.as_bytes()).await.expect("it is sent");
    let mut lines = BufReader::new(events).lines();
    // The head of the answer.
    while lines.next_line().await.expect("it is read").is_some_and(|line| !line.is_empty()) {}
    let mut waits = [Vec::new(), Vec::new()];
    for number in 0..fires {
        let asked = Instant::now();
        post(address, number).await;
        for (kind, waits) in KINDS.iter().zip(&mut waits) {
            let wanted = format!("event: {kind}");
            while lines.next_line().await.expect("it is read").is_some_and(|line| line != wanted) {}
            waits.push(asked.elapsed().as_secs_f64());
        }
        // Until the machine is idle again.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    waits
}

fn main() {
    let fires = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(60);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings =
        Settings { demo: true, data_dir: DataDir(folder.path().to_owned()), ..Settings::default() };
    Runtime::new().expect("a runtime").block_on(async {
        let components = Components::build(&settings).await.expect("the components start");
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = listen(local, &components.keys).await.expect("a port is free");
        let address = listener.local_addr().expect("it has one");
        let mut server = JoinSet::new();
        server.spawn(serve(listener, components.http_parts(), std::future::pending()));
        let waits = measure(address, fires).await;
        for (kind, mut waits) in KINDS.iter().zip(waits) {
            waits.sort_by(f64::total_cmp);
            let at = |share: f64| 1e3 * waits[((waits.len() as f64 * share) as usize).min(waits.len() - 1)];
            println!(
                "{kind}: p50 {:.1} ms, p90 {:.1} ms, at most {:.1} ms of {}",
                at(0.5),
                at(0.9),
                at(1.0),
                waits.len()
            );
        }
        server.shutdown().await;
        components.stop().await;
    });
}
