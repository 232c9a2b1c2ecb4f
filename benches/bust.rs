//! A lightning bust: 1,000 fires detected within a minute, through the whole engine, until each has a forecast and the line is
//! empty. What a user waits for at the worst moment of a season.
//!
//! `cargo bench --bench bust`; `-- 200` takes so many fires instead. Flat built-in ground under GR2, one fire every 4 km; every tenth
//! has an asset 300 m away (critical, PhysX), two of ten one at 800 m (moderate, PhysX), the others none (low, surrogate). Each is
//! detected again half a minute later, 200 m away. Not a Criterion benchmark: one run is one sample of each fire's wait.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use firecore::detection::{ClusterId, Detection, DetectionDraft, Source};
use firecore::schedule::Class;
use firecore::strategy::Method;
use guira::components::Components;
use guira::engine::Submission;
use guira::settings::{DataDir, Settings};
use jiff::Timestamp;
use tokio::runtime::Runtime;

/// In which the fires begin.
const SPAN: Duration = Duration::from_secs(60);

/// When a fire is detected again.
const AGAIN: Duration = Duration::from_secs(30);

/// How often the board is read: what is measured is late by at most so much.
const LOOK: Duration = Duration::from_millis(10);

/// One metre to the north, degrees, as near as a made-up world needs.
const DEG_PER_M: f64 = 1.0 / 111_000.0;

#[derive(Debug)]
struct Fire {
    class: Class,
    /// When its first detection was due.
    began: Instant,
    first: Option<Duration>,
    version: u64,
    forecasts: usize,
    degraded: usize,
    methods: [usize; 2],
}

fn place(number: usize) -> (f64, f64) {
    (-118.0 + 0.047 * (number % 40) as f64, 40.0 + 0.036 * (number / 40) as f64)
}

fn distance_m(number: usize) -> Option<f64> {
    match number % 10 {
        0 => Some(300.0),
        1 | 2 => Some(800.0),
        _ => None,
    }
}

fn class(number: usize) -> Class {
    match number % 10 {
        0 => Class::Critical,
        1 | 2 => Class::Moderate,
        _ => Class::Low,
    }
}

/// A hut south of each fire that is to be urgent.
fn assets(fires: usize) -> String {
    let features: Vec<String> = (0..fires)
        .filter_map(|number| {
            let ((lon_deg, lat_deg), away_m) = (place(number), distance_m(number)?);
            let lat_deg = lat_deg - away_m * DEG_PER_M;
            Some(format!(
                r#"{{"type":"Feature","properties":{{"asset_id":"{number}","asset_type":"building","name":"hut {number}"}},"geometry":{{"type":"Point","coordinates":[{lon_deg},{lat_deg}]}}}}"#
            ))
        })
        .collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

fn detection(number: usize, north_m: f64) -> Detection {
    let at: Timestamp = "2026-08-01T12:00:00Z".parse().expect("a time");
    let (lon_deg, lat_deg) = place(number);
    let draft = DetectionDraft::new(Source::Drone, lon_deg, lat_deg + north_m * DEG_PER_M, 0.9, at);
    Detection::new(draft, at).expect("a valid detection")
}

async fn submit(components: &Components, number: usize, north_m: f64) -> ClusterId {
    let submission = Submission { detections: vec![detection(number, north_m)], requested: None };
    components.engine.submit(submission).await.expect("it is taken").cluster_ids[0]
}

/// Takes note of every forecast that is new on the board.
fn look(components: &Components, fires: &mut HashMap<ClusterId, Fire>) {
    for (id, fire) in fires {
        let Some(snapshot) = components.engine.board().get(*id) else { continue };
        let Some(kept) = &snapshot.forecast else { continue };
        let plan = &kept.forecast.plan;
        if plan.version == fire.version {
            continue;
        }
        fire.version = plan.version;
        fire.forecasts += 1;
        fire.methods[plan.method.slot()] += 1;
        fire.degraded +=
            usize::from(kept.forecast.degradations.iter().any(|one| one.starts_with("overload")));
        fire.first.get_or_insert(fire.began.elapsed());
    }
}

async fn bust(components: &Components, count: usize) -> (HashMap<ClusterId, Fire>, u8, Duration) {
    let (began, mut fires, mut highest) = (Instant::now(), HashMap::new(), 0);
    let (mut founded, mut again) = (0, 0);
    let mut ids = Vec::new();
    loop {
        let at = |number: usize| SPAN.mul_f64(number as f64 / count as f64);
        while founded < count && began.elapsed() >= at(founded) {
            // When it was due: a submission that is late is a part of the wait.
            let begins = began + at(founded);
            let id = submit(components, founded, 0.0).await;
            let fire = Fire {
                class: class(founded),
                began: begins,
                first: None,
                version: 0,
                forecasts: 0,
                degraded: 0,
                methods: [0; 2],
            };
            assert!(fires.insert(id, fire).is_none(), "two fires became one");
            ids.push(id);
            founded += 1;
        }
        while again < count && began.elapsed() >= at(again) + AGAIN {
            assert_eq!(submit(components, again, 200.0).await, ids[again]);
            again += 1;
        }
        look(components, &mut fires);
        let runs = components.engine.load().runs;
        highest = highest.max(runs.level.number());
        let idle = runs.waiting_in_all() == 0 && runs.running == [0; 2];
        if again == count && idle && fires.values().all(|fire| fire.first.is_some()) {
            return (fires, highest, began.elapsed());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() as f64 * share).ceil() as usize).max(1) - 1]
}

fn print(fires: &HashMap<ClusterId, Fire>) {
    println!(
        "| class | fires | first forecast p50, s | p99, s | max, s | forecasts a fire | Jain | degraded |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for class in Class::ALL {
        let own: Vec<&Fire> = fires.values().filter(|fire| fire.class == class).collect();
        let mut waits_s: Vec<f64> = own.iter().filter_map(|fire| Some(fire.first?.as_secs_f64())).collect();
        waits_s.sort_by(f64::total_cmp);
        let counts: Vec<f64> = own.iter().map(|fire| fire.forecasts as f64).collect();
        let (sum, squares) = counts.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
        let all = own.len() as f64;
        println!(
            "| {class} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.3} | {} |",
            own.len(),
            quantile(&waits_s, 0.5),
            quantile(&waits_s, 0.99),
            quantile(&waits_s, 1.0),
            sum / all,
            sum * sum / (all * squares),
            own.iter().map(|fire| fire.degraded).sum::<usize>(),
        );
    }
    let by_method =
        Method::ALL.map(|method| fires.values().map(|fire| fire.methods[method.slot()]).sum::<usize>());
    println!("\nforecasts by physx and by surrogate: {by_method:?}");
}

fn main() {
    let count = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(1_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let assets_file = folder.path().join("assets.geojson");
    std::fs::write(&assets_file, assets(count)).expect("a file can be written");
    let mut settings =
        Settings { demo: true, data_dir: DataDir(folder.path().to_owned()), ..Settings::default() };
    settings.inputs.assets = vec![assets_file];
    Runtime::new().expect("a runtime").block_on(async {
        let components = Components::build(&settings).await.expect("the components start");
        let (fires, highest, took) = bust(&components, count).await;
        print(&fires);
        let spent = components.engine.load().spent;
        let all_s = spent.completed_s + spent.wasted_s;
        println!(
            "wasted: {:.1} % of {all_s:.0} thread-seconds; highest level {highest}; all done after {:.0} s",
            100.0 * spent.wasted_s / all_s,
            took.as_secs_f64()
        );
        components.stop().await;
    });
}
