//! The binary itself: started, asked over a socket, stopped by a signal.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use guira::http::auth::{Keys, Scope};
use jiff::Timestamp;
use serde_json::Value;

fn guira() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guira"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    guira().args(arguments).output().unwrap()
}

/// A started server; killed if the test ends before it was stopped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &std::path::Path) -> Self {
        let mut child = guira()
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .env("GUIRA_LOG__FORMAT", "json")
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut events = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        let listening = events.find(|event| event["message"] == "listening").unwrap();
        Self { child, address: listening["address"].as_str().unwrap().to_owned() }
    }

    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_server_answers_over_a_socket_and_stops_cleanly_on_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let health = server.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(health.starts_with("HTTP/1.1 200 OK"), "{health}");
    let body = r#"{"detections": [{"source": "drone", "latitude": 95, "longitude": 1, "confidence": 1, "timestamp": "2024-01-15T14:30:00Z"}]}"#;
    let refused = server.send(&format!(
        "POST /schedule HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!(refused.starts_with("HTTP/1.1 422"), "{refused}");
    assert!(refused.contains("/detections/0/latitude"));
    let signalled = Command::new("kill").arg("-TERM").arg(server.child.id().to_string()).status().unwrap();
    assert!(signalled.success());
    assert!(server.child.wait().unwrap().success());
}

/// The server's standard error is closed once it listens: every later log line meets a broken pipe.
#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let body = include_str!("../../samples/simulation_request.json");
    let scheduled = server.send(&format!(
        "POST /schedule HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let answer: Value = serde_json::from_str(scheduled.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let request = format!(
        "GET /forecast/{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        answer["request_id"].as_str().unwrap()
    );
    let until = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while !server.send(&request).contains("\"status\":\"completed\"") {
        assert!(std::time::Instant::now() < until, "no forecast: {}", server.send(&request));
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let health = server.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(health.starts_with("HTTP/1.1 200 OK"), "{health}");
}

#[test]
fn a_made_key_is_shown_once_and_its_entry_opens_the_door() {
    let made = run(&["key", "new", "--id", "drones", "--scope", "ingest"]);
    assert!(made.status.success());
    let text = String::from_utf8(made.stdout).unwrap();
    let key = text.lines().find_map(|line| line.strip_prefix("# guira_")).unwrap();
    assert_eq!(text.matches(key).count(), 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    std::fs::write(&file, &text).unwrap();
    let keys = Keys::read(&file).unwrap();
    let offered = format!("guira_{key}");
    assert_eq!(keys.admit(Some(offered.as_bytes()), Scope::Ingest, Timestamp::UNIX_EPOCH), Ok("drones"));
}

#[test]
fn what_cannot_be_served_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guira.toml");
    std::fs::write(&file, "[engine]\nruns = 2\n").unwrap();
    let cases = [
        (vec!["serve", "--listen", "0.0.0.0:0"], "without keys"),
        (vec!["serve", "--demo", "--listen", "0.0.0.0:0"], "loopback only"),
        (vec!["serve", "--config", file.to_str().unwrap()], "runs"),
        (vec!["serve", "--config", "/nowhere/guira.toml"], "/nowhere/guira.toml"),
    ];
    for (arguments, word) in cases {
        let output = run(&arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
}

#[test]
fn members_are_computed_beyond_loopback_with_certificates_or_on_request_only() {
    let refused = run(&["physx", "--listen", "0.0.0.0:0"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("0.0.0.0:0 is not loopback: needed --tls-cert"),
        "{said}"
    );
    let refused =
        run(&["physx", "--listen", "127.0.0.1:0", "--tls-cert", "none.pem", "--tls-key", "none.key"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("certificate file none.pem: needed certificates in PEM"), "{said}");
    let refused = run(&["serve", "--demo", "--listen", "127.0.0.1:0", "--physx", "127.0.0.1:8300"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("--physx") && said.contains("needed http://HOST:PORT or https://HOST:PORT"),
        "{said}"
    );
}
