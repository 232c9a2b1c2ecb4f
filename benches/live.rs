//! A thousand clients over loopback, a hundred events a second, one client in twenty not reading: how long from an event to
//! its client, and what memory the server takes.
//!
//! `cargo bench --bench live` starts the server in this process and the clients in another, so that memory is the server's
//! own. `CLIENTS`, `EVENTS_PER_S`, `SECONDS` and `STALLED_PERCENT` change the load.

#![expect(clippy::print_stdout, reason = "a benchmark's result")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use firecore::detection::ClusterId;
use guira::clock::Clock;
use guira::components::Components;
use guira::engine::live::{Kind, LiveEvent};
use guira::http::{listen, serve};
use guira::settings::{DataDir, HttpSettings, Settings};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

/// Bytes of an event that are there to make it as long as a forecast's.
const PADDING: usize = 400;

#[derive(Clone, Copy)]
struct Load {
    clients: usize,
    events_per_s: u32,
    seconds: u32,
    stalled_percent: usize,
}

impl Load {
    fn from_variables() -> Self {
        let number =
            |name: &str, other| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(other);
        Self {
            clients: number("CLIENTS", 1_000),
            events_per_s: number("EVENTS_PER_S", 100) as u32,
            seconds: number("SECONDS", 20) as u32,
            stalled_percent: number("STALLED_PERCENT", 5),
        }
    }

    fn events(&self) -> usize {
        (self.events_per_s * self.seconds) as usize
    }

    fn stalled(&self) -> usize {
        self.clients * self.stalled_percent / 100
    }
}

fn main() -> Result<()> {
    let load = Load::from_variables();
    let runtime = tokio::runtime::Runtime::new()?;
    match std::env::var("GUIRA_BENCH_SERVER") {
        Ok(address) => runtime.block_on(clients(address.parse()?, load)),
        Err(_) => runtime.block_on(server(load)),
    }
}

async fn server(load: Load) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let http = HttpSettings { live_clients_max: load.clients, ..HttpSettings::default() };
    let settings =
        Settings { demo: true, data_dir: DataDir(folder.path().to_owned()), http, ..Settings::default() };
    let components = Components::build(&settings).await?;
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &components.keys).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let parts = components.http_parts();
    let mut serving = JoinSet::new();
    serving.spawn(async move { serve(listener, parts, async { drop(stopped.await) }).await });
    let before_kb = memory_kb()?;
    let (mut child, mut lines) = start_clients(address)?;
    expect(&mut lines, "connected").await?;
    let connected_kb = memory_kb()?;
    publish(&components, load).await;
    let result = line(&mut lines).await?;
    let after_kb = memory_kb()?;
    let ring_kb = components.engine.live().load().bytes / 1024;
    println!(
        "{} clients, {} of them not reading, {} events/s for {} s",
        load.clients,
        load.stalled(),
        load.events_per_s,
        load.seconds
    );
    println!("{result}");
    println!(
        "server memory (resident): {before_kb} kB alone, {connected_kb} kB with the clients connected, {after_kb} kB after; \
         {ring_kb} kB of it kept events"
    );
    child.wait()?;
    stop.send(()).expect("the server waits for it");
    let stopping = Instant::now();
    serving.join_next().await.context("the server has ended")???;
    println!("stopped in {} ms", stopping.elapsed().as_millis());
    components.stop().await;
    Ok(())
}

async fn publish(components: &Components, load: Load) {
    let (clock, live) = (Clock::system(), components.engine.live());
    let mut pace = tokio::time::interval(Duration::from_secs(1) / load.events_per_s);
    for count in 0..load.events() {
        pace.tick().await;
        let now = clock.now();
        live.publish(LiveEvent {
            kind: Kind::ClusterUpdated,
            cluster_id: Some(ClusterId(Uuid::from_u128(count as u128))),
            with: Vec::new(),
            at: now,
            priority: None,
            bounds: None,
            data: json!({"padding": "x".repeat(PADDING), "sent_us": now.as_microsecond()}),
        });
    }
}

fn start_clients(
    address: SocketAddr,
) -> Result<(Child, std::io::Lines<BufReader<std::process::ChildStdout>>)> {
    let mut child = Command::new(std::env::current_exe()?)
        .env("GUIRA_BENCH_SERVER", address.to_string())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().context("the clients' output")?;
    Ok((child, BufReader::new(output).lines()))
}

type Lines = std::io::Lines<BufReader<std::process::ChildStdout>>;

async fn line(lines: &mut Lines) -> Result<String> {
    let read = tokio::task::block_in_place(|| lines.next());
    Ok(read.context("the clients have ended")??)
}

async fn expect(lines: &mut Lines, wanted: &str) -> Result<()> {
    let found = line(lines).await?;
    if found != wanted {
        bail!("needed {wanted:?} from the clients, found {found:?}");
    }
    Ok(())
}

/// Resident memory of this process, kB.
fn memory_kb() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The other process: all clients, until each that reads has every event.
async fn clients(address: SocketAddr, load: Load) -> Result<()> {
    let (mut stalled, mut reading) = (Vec::new(), JoinSet::new());
    for number in 0..load.clients {
        let stream = connect(address).await.with_context(|| format!("client {number}"))?;
        match number < load.stalled() {
            true => stalled.push(stream),
            false => drop(reading.spawn(read(stream, load.events()))),
        }
    }
    println!("connected");
    let mut waits_us: Vec<i64> = Vec::new();
    while let Some(read) = reading.join_next().await {
        waits_us.extend(read??);
    }
    waits_us.sort_unstable();
    let quantile = |share: f64| waits_us[((waits_us.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    println!(
        "{} events told: p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, at most {:.1} ms",
        waits_us.len(),
        quantile(0.5),
        quantile(0.9),
        quantile(0.99),
        quantile(0.999),
        quantile(1.0)
    );
    drop(stalled);
    Ok(())
}

/// A stream that has been answered.
async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: bench\r\n\r\n").await?;
    let mut first = [0; 1];
    stream.read_exact(&mut first).await?;
    Ok(stream)
}

/// How long each event took from its publication, us.
async fn read(mut stream: TcpStream, events: usize) -> Result<Vec<i64>> {
    const MARK: &str = "\"sent_us\":";
    let clock = Clock::system();
    let mut waits_us = Vec::with_capacity(events);
    let (mut text, mut part) = (String::new(), vec![0; 64 * 1024]);
    while waits_us.len() < events {
        let bytes = stream.read(&mut part).await?;
        if bytes == 0 {
            bail!("the stream has ended after {} of {events} events", waits_us.len());
        }
        let now_us = clock.now().as_microsecond();
        text.push_str(std::str::from_utf8(&part[..bytes])?);
        while let Some((number, end)) = text.find(MARK).and_then(|at| {
            let from = at + MARK.len();
            let length = text[from..].find('}')?;
            Some((text[from..from + length].parse::<i64>(), from + length))
        }) {
            waits_us.push(now_us - number?);
            text.drain(..end);
        }
    }
    Ok(waits_us)
}
