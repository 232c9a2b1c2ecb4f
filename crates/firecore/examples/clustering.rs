//! Groups the detections of a file into fires and prints how long it took, for `scripts/peers/clustering`.
//!
//! The file holds rows of five little-endian 64-bit floats: longitude and latitude in degrees, confidence, pixel
//! size in metres, and seconds since 1970. Each line of standard input, `bulk` or `incremental`, is answered by one
//! run, or by the mean of several where there are few rows, so that a caller can take turns with another program
//! while both stay warm. `cpu_s` is the processor's time, which other programs on the machine hardly change; it is
//! null where the system is not Linux.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::error::Error;
use std::io::BufRead;
use std::time::Instant;

use firecore::cluster::{ClusterIndex, LinkSettings, cluster_all};
use firecore::detection::{Detection, DetectionDraft, Source};
use jiff::{SignedDuration, Timestamp};

/// Rows that one answer takes in: the system counts a program's time in steps of some milliseconds.
const ROWS_MIN: usize = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: clustering DETECTIONS < METHODS")?;
    let detections = read(&path)?;
    let [first, ..] = &detections[..] else {
        return Err(format!("{path} must hold a row, found none").into());
    };
    let link_m = LinkSettings::default().link_m(first, first);
    for method in std::io::stdin().lock().lines() {
        let method = method?;
        let (started, cpu_before_s) = (Instant::now(), cpu_s());
        let run: fn(&[Detection]) -> usize = match method.as_str() {
            "bulk" => bulk,
            "incremental" => incremental,
            other => return Err(format!("method must be bulk or incremental, found {other:?}").into()),
        };
        let runs = ROWS_MIN.div_ceil(detections.len());
        let mut clusters = 0;
        for _ in 0..runs {
            clusters = run(&detections);
        }
        let wall_s = started.elapsed().as_secs_f64() / runs as f64;
        let each = |(before, after): (f64, f64)| format!("{:.6}", (after - before) / runs as f64);
        let cpu_s = cpu_before_s.zip(cpu_s()).map(each);
        let (n, cpu_s) = (detections.len(), cpu_s.unwrap_or_else(|| "null".to_owned()));
        println!(
            r#"{{"n":{n},"link_m":{link_m:.9},"method":"{method}","clusters":{clusters},"wall_s":{wall_s:.6},"cpu_s":{cpu_s}}}"#
        );
    }
    Ok(())
}

/// The processor's time that this program has had, s.
fn cpu_s() -> Option<f64> {
    let times_ns = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(times_ns.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

fn bulk(detections: &[Detection]) -> usize {
    let labels = cluster_all(detections, &LinkSettings::default());
    labels.into_iter().max().map_or(0, |label| label as usize + 1)
}

fn incremental(detections: &[Detection]) -> usize {
    let mut index = ClusterIndex::new(LinkSettings::default());
    detections.iter().for_each(|detection| drop(index.assign(detection)));
    index.fires()
}

fn read(path: &str) -> Result<Vec<Detection>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let (numbers, left) = bytes.as_chunks::<8>();
    let numbers: Vec<f64> = numbers.iter().map(|number| f64::from_le_bytes(*number)).collect();
    let (rows, rest) = numbers.as_chunks::<5>();
    if !rest.is_empty() || !left.is_empty() {
        return Err(format!("{path} must hold rows of 40 bytes, found {} bytes", bytes.len()).into());
    }
    rows.iter().map(detection).collect()
}

fn detection(row: &[f64; 5]) -> Result<Detection, Box<dyn Error>> {
    let [lon_deg, lat_deg, confidence, pixel_size_m, at_s] = *row;
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(at_s as i64);
    let draft = DetectionDraft::new(Source::Satellite, lon_deg, lat_deg, confidence, at);
    Ok(Detection::new(DetectionDraft { pixel_size_m: Some(pixel_size_m), ..draft }, at)?)
}
