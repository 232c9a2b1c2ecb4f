//! Groups the positions of a file into fires and prints how long it took, for `scripts/peers/clustering`.
//!
//! The file holds pairs of little-endian 64-bit floats: longitude and latitude in degrees. Each line of
//! standard input, `bulk` or `incremental`, is answered by one run, so that a caller can take turns with
//! another program while both stay warm.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::error::Error;
use std::io::BufRead;
use std::time::Instant;

use firecore::cluster::{Assignment, ClusterIndex, LinkRadius, cluster_all};
use firecore::detection::{Detection, DetectionDraft, Source};
use firecore::geo::LonLat;
use jiff::Timestamp;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: clustering POINTS < METHODS")?;
    let places = read(&path)?;
    let detections = places.iter().map(|&place| detection(place)).collect::<Result<Vec<_>, _>>()?;
    for method in std::io::stdin().lock().lines() {
        let method = method?;
        let started = Instant::now();
        let clusters = match method.as_str() {
            "bulk" => bulk(&places),
            "incremental" => incremental(&detections),
            other => return Err(format!("method must be bulk or incremental, found {other:?}").into()),
        };
        let wall_s = started.elapsed().as_secs_f64();
        let n = places.len();
        println!(r#"{{"n":{n},"method":"{method}","clusters":{clusters},"wall_s":{wall_s:.6}}}"#);
    }
    Ok(())
}

fn bulk(places: &[LonLat]) -> usize {
    cluster_all(places, LinkRadius::default()).into_iter().max().map_or(0, |label| label as usize + 1)
}

fn incremental(detections: &[Detection]) -> usize {
    let mut index = ClusterIndex::new(LinkRadius::default());
    let mut clusters = 0;
    for detection in detections {
        match index.assign(detection) {
            Assignment::Founded { .. } => clusters += 1,
            Assignment::Merged { absorbed, .. } => clusters -= absorbed.len(),
            Assignment::Joined { .. } | Assignment::Duplicate { .. } => {}
        }
    }
    clusters
}

fn read(path: &str) -> Result<Vec<LonLat>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let (pairs, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(format!("{path} must hold whole pairs of floats, found {} bytes left", rest.len()).into());
    }
    let place = |pair: &[u8; 16]| {
        let ([lon, lat], _) = pair.as_chunks::<8>() else { unreachable!("16 bytes are two chunks of 8") };
        LonLat::new(f64::from_le_bytes(*lon), f64::from_le_bytes(*lat)).map_err(Into::into)
    };
    pairs.iter().map(place).collect()
}

fn detection(place: LonLat) -> Result<Detection, Box<dyn Error>> {
    let now = Timestamp::UNIX_EPOCH;
    let draft = DetectionDraft::new(Source::Satellite, place.lon_deg(), place.lat_deg(), 1.0, now);
    Ok(Detection::new(draft, now)?)
}
