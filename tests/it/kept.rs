//! The whole server, killed while detections come in: what it has acknowledged is there when it starts again, once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use guira::clock::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Rounds of kills, over one file: each start forecasts what is there anew, beside the other tests.
const ROUNDS: u64 = 50;

/// Who sends at a time.
const SENDERS: usize = 4;

/// Detections of a request.
const ROWS: usize = 5;

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_guira"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .envs([
                ("GUIRA_INPUTS__ONLINE__ENABLED", "false"),
                ("GUIRA_LOG__FORMAT", "json"),
                ("GUIRA_COMPUTE__THREADS", "1"),
            ])
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            (event["message"] == "listening").then(|| event["address"].as_str().unwrap().to_owned())
        });
        // What it says is read, or it would wait for a reader.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, address: address.expect("it says where it listens") }
    }

    /// The status and the body; `None` where no whole answer came.
    fn ask(address: &str, request: &str, body: &str) -> Option<(u16, Value)> {
        let mut stream = TcpStream::connect(address).ok()?;
        let head = format!(
            "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let status = answer.split_whitespace().nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?))
    }

    fn schedule(address: &str, numbers: &[u64], now: Timestamp) -> Option<(u16, Value)> {
        // Within some 8 km, so that they are one fire or a few; each is another one.
        let detection = |number: &u64| {
            let (east, north) = ((number % 100) as f64, ((number / 100) % 100) as f64);
            let longitude = -119.0 + 0.0008 * east + 1e-9 * *number as f64;
            json!({"source": "drone", "longitude": longitude, "latitude": 34.5 + 0.0006 * north, "confidence": 0.9,
                   "timestamp": now.to_string()})
        };
        let detections: Vec<Value> = numbers.iter().map(detection).collect();
        Self::ask(address, "POST /schedule", &json!({ "detections": detections }).to_string())
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends from a first number on, every so many, until the server is gone; what was sent, and what of it was acknowledged.
fn send(address: &str, first: u64, now: Timestamp) -> [Vec<u64>; 2] {
    let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
    for batch in 0_u64.. {
        let begin = first + batch * ROWS as u64;
        let numbers: Vec<u64> = (begin..begin + ROWS as u64).collect();
        sent.extend(&numbers);
        match Server::schedule(address, &numbers, now) {
            Some((202, _)) => acknowledged.extend(numbers),
            Some((503, _)) => {}
            Some(other) => panic!("{other:?}"),
            None => break,
        }
    }
    [sent, acknowledged]
}

#[test]
fn what_is_acknowledged_outlives_a_kill_and_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let now = Clock::system().now();
    let (mut sent, mut acknowledged) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..ROUNDS {
        let server = Server::start(folder.path());
        let address = server.address.as_str();
        thread::scope(|scope| {
            let senders: Vec<_> = (0..SENDERS as u64)
                .map(|sender| scope.spawn(move || send(address, (round * 10 + sender) * 1_000_000, now)))
                .collect();
            // Any time from before the first answer to well after some.
            thread::sleep(Duration::from_millis(5 + round * 7_919 % 200));
            Command::new("kill").args(["-KILL", &server.child.id().to_string()]).status().unwrap();
            for sender in senders {
                let [more_sent, more_acknowledged] = sender.join().unwrap();
                sent.extend(more_sent);
                acknowledged.extend(more_acknowledged);
            }
        });
        server.kill();
    }
    assert!(acknowledged.len() > 100, "{} were acknowledged", acknowledged.len());
    let server = Server::start(folder.path());
    let statuses = |numbers: &[u64]| -> Vec<String> {
        let (status, answer) = Server::schedule(&server.address, numbers, now).unwrap();
        assert_eq!(status, 202, "{answer}");
        let rows = answer["dispositions"].as_array().unwrap();
        rows.iter().map(|row| row["status"].as_str().unwrap().to_owned()).collect()
    };
    let all: Vec<u64> = acknowledged.iter().copied().collect();
    let lost = all.chunks(500).flat_map(&statuses).filter(|status| status != "duplicate").count();
    println!("{} sent, {} acknowledged, {lost} lost in {ROUNDS} kills", sent.len(), acknowledged.len());
    assert_eq!(lost, 0);
    // Those that were not acknowledged may be there or not; sent again, each is there once.
    let all: Vec<u64> = sent.iter().copied().collect();
    all.chunks(500).for_each(|numbers| drop(statuses(numbers)));
    let begun = Instant::now();
    loop {
        let (_, clusters) = Server::ask(&server.address, "GET /clusters?state=active&limit=100", "").unwrap();
        let counts = clusters["clusters"].as_array().unwrap().iter();
        let held: u64 = counts.map(|cluster| cluster["detection_count"].as_u64().unwrap()).sum();
        match held == sent.len() as u64 {
            true => break,
            false if begun.elapsed() < Duration::from_secs(30) => thread::sleep(Duration::from_millis(50)),
            false => panic!("the fires hold {held} detections of {}", sent.len()),
        }
    }
}
