//! Thirty thousand fires that live at the same time, each with its forecast: what memory they take, and how long the forecast of
//! one that nobody asked for lately takes to come back from its file.
//!
//! `cargo bench --bench fires`; `-- 3000` takes so many instead. Flat built-in ground under GR2, a fire every 4 km, no assets, so
//! that each is forecast by the surrogate; detections come in batches of 100, no faster than the fires are forecast. Files of results go to a temporary folder, as ever.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use firecore::detection::{Detection, DetectionDraft, Source};
use guira::components::Components;
use guira::engine::Submission;
use guira::engine::board::ClusterSnapshot;
use guira::settings::{DataDir, Settings};
use jiff::Timestamp;
use tokio::runtime::Runtime;

const BATCH: usize = 100;

/// Runs in line up to which more fires are founded: they come no faster than they are forecast.
const IN_LINE: usize = 200;

/// Fires whose grids are asked for, spread over all of them.
const ASKED: usize = 1_000;

/// This process's resident memory, kB.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has the line");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
}

fn detection(number: usize, across: usize) -> Detection {
    let at: Timestamp = "2026-08-01T12:00:00Z".parse().expect("a time");
    let (lon_deg, lat_deg) =
        (-118.0 + 0.047 * (number % across) as f64, 36.0 + 0.036 * (number / across) as f64);
    let draft = DetectionDraft::new(Source::Drone, lon_deg, lat_deg, 0.9, at);
    Detection::new(draft, at).expect("a valid detection")
}

fn report(what: &str, components: &Components, since: Instant) {
    let (fires, kb) = (components.engine.board().len(), resident_kb());
    let each =
        if fires == 0 { String::new() } else { format!(", {:.1} kB a fire", kb as f64 / fires as f64) };
    println!(
        "{what}: {fires} fires, {:.0} MB resident{each}, {:.0} s",
        kb as f64 / 1e3,
        since.elapsed().as_secs_f64()
    );
}

/// Founds all of them, and waits for their forecasts.
async fn live(components: &Components, count: usize, began: Instant) {
    let across = (count as f64).sqrt().ceil() as usize;
    let all: Vec<Detection> = (0..count).map(|number| detection(number, across)).collect();
    let (mut batches, mut told) = (all.chunks(BATCH), Instant::now());
    loop {
        let runs = components.engine.load().runs;
        if runs.waiting_in_all() < IN_LINE {
            match batches.next() {
                Some(batch) => {
                    let submission = Submission { detections: batch.to_vec(), requested: None };
                    components.engine.submit(submission).await.expect("it is taken");
                    continue;
                }
                None => {
                    let forecast = |all: &[Arc<ClusterSnapshot>]| {
                        all.iter().filter(|fire| fire.forecast.is_some()).count()
                    };
                    if runs.waiting_in_all() == 0 && forecast(&components.engine.board().all()) == count {
                        return;
                    }
                }
            }
        }
        if told.elapsed() >= Duration::from_secs(30) {
            told = Instant::now();
            report("under way", components, began);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn ask(components: &Components) {
    let all = components.engine.board().all();
    let mut waits_ms = Vec::new();
    for fire in all.iter().step_by((all.len() / ASKED).max(1)) {
        let began = Instant::now();
        let whole = components.engine.whole(Arc::clone(fire)).await.expect("it can be read");
        assert!(whole.is_some_and(|(_, forecast)| forecast.has_grids()));
        waits_ms.push(began.elapsed().as_secs_f64() * 1e3);
    }
    waits_ms.sort_by(f64::total_cmp);
    let at = |share: f64| waits_ms[((waits_ms.len() as f64 * share) as usize).min(waits_ms.len() - 1)];
    println!("grids of one fire: p50 {:.2} ms, p99 {:.2} ms of {}", at(0.5), at(0.99), waits_ms.len());
}

fn main() {
    let count = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(30_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings =
        Settings { demo: true, data_dir: DataDir(folder.path().to_owned()), ..Settings::default() };
    Runtime::new().expect("a runtime").block_on(async {
        let components = Components::build(&settings).await.expect("the components start");
        let began = Instant::now();
        report("at the start", &components, began);
        live(&components, count, began).await;
        report("all forecast", &components, began);
        ask(&components).await;
        report("after that", &components, began);
        components.stop().await;
    });
}
