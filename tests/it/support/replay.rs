//! A web server on loopback that gives recorded answers, by ranges too, and misbehaves where it is told to.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) target: String,
    /// First and last byte that are wanted.
    pub(crate) range: Option<(usize, usize)>,
    pub(crate) user_agent: String,
    /// What it says of who asks.
    pub(crate) login: Option<String>,
    /// Host and port that it was asked as.
    pub(crate) host: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Wait before the answer.
    pub(crate) wait: Duration,
    /// Bytes of the body after which the connection is cut.
    pub(crate) cut_at: Option<usize>,
    /// Whether a range that was asked for is given.
    pub(crate) ranges: bool,
}

impl Reply {
    pub(crate) fn of(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            kind: kind.to_owned(),
            headers: Vec::new(),
            body: body.into(),
            wait: Duration::ZERO,
            cut_at: None,
            ranges: true,
        }
    }

    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::of("application/json", body)
    }

    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::of("text/plain", format!("status {status}")) }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server; gone when it is dropped.
pub(crate) struct Replay {
    pub(crate) origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Replay {
    pub(crate) fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (asked, stop) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::new(AtomicBool::new(false)));
        let script: Arc<Script> = Arc::new(script);
        let (log, ended) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                thread::spawn(move || drop(serve(stream, &*script, &log)));
            }
        });
        Self { origin, asked, stop, thread: Some(thread) }
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(TcpStream::connect(self.origin.trim_start_matches("http://")));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// One connection, which may carry several requests.
fn serve(stream: TcpStream, script: &Script, log: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    while let Some(asked) = read(&mut lines)? {
        log.lock().unwrap().push(asked.clone());
        let reply = script(&asked);
        thread::sleep(reply.wait);
        if !write(&mut out, &asked, &reply)? {
            break;
        }
    }
    Ok(())
}

fn read(lines: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if lines.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut asked =
        Asked { target, range: None, user_agent: String::new(), login: None, host: String::new() };
    loop {
        line.clear();
        lines.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { return Ok(Some(asked)) };
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let range = value.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'));
                asked.range = range.map(|(first, last)| (first.parse().unwrap(), last.parse().unwrap()));
            }
            "user-agent" => asked.user_agent = value.trim().to_owned(),
            "authorization" => asked.login = Some(value.trim().to_owned()),
            "host" => asked.host = value.trim().to_owned(),
            _ => {}
        }
    }
}

/// False where the connection was cut.
fn write(out: &mut TcpStream, asked: &Asked, reply: &Reply) -> std::io::Result<bool> {
    let total = reply.body.len();
    let part = asked.range.filter(|_| reply.ranges && reply.status == 200);
    let (status, body, range) = match part {
        Some((first, _)) if first >= total => (416, &reply.body[..0], Some(format!("bytes */{total}"))),
        Some((first, last)) => {
            let last = last.min(total - 1);
            (206, &reply.body[first..=last], Some(format!("bytes {first}-{last}/{total}")))
        }
        None => (reply.status, &reply.body[..], None),
    };
    let mut head = format!("HTTP/1.1 {status} Recorded\r\nContent-Length: {}\r\n", body.len());
    head += &format!("Content-Type: {}\r\n", reply.kind);
    for (name, value) in range
        .iter()
        .map(|range| ("Content-Range", range))
        .chain(reply.headers.iter().map(|(name, value)| (name.as_str(), value)))
    {
        head += &format!("{name}: {value}\r\n");
    }
    out.write_all(format!("{head}\r\n").as_bytes())?;
    let cut = reply.cut_at.filter(|cut| *cut < body.len());
    out.write_all(&body[..cut.unwrap_or(body.len())])?;
    out.flush()?;
    Ok(cut.is_none())
}
