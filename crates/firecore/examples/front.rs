//! Times the front solver in the ways that `docs/performance.md` tells.
//!
//! `front ratio`: beside Dijkstra's over 32 neighbours, in turns. `front linear [FILE.svg]`: by burned cells, up to 20 million.
//! `front regrow`: growing on after a change of the weather beside growing anew. `front ensemble`: 100 members to three
//! perimeters on one thread and on two. `front case DIR`: a case of `scripts/peers/growth`.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::error::Error;
use std::time::Instant;

#[path = "front/case.rs"]
mod case;
#[path = "front/chart.rs"]
mod chart;
#[path = "../benches/growth/dijkstra.rs"]
mod dijkstra;
#[path = "front/ensemble.rs"]
mod ensemble;
#[path = "front/linear.rs"]
mod linear;
#[path = "front/npy.rs"]
mod npy;
#[path = "front/ratio.rs"]
mod ratio;
#[path = "front/regrow.rs"]
mod regrow;
#[path = "../benches/growth/surface.rs"]
mod surface;
#[path = "../benches/growth/world.rs"]
mod world;

const USAGE: &str =
    "usage: front ratio | linear [FILE.svg] | regrow | ensemble | case DIR [MEMBERS.json THREADS]";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ratio"] => ratio::run(),
        ["linear"] => linear::run(None),
        ["linear", svg] => linear::run(Some(svg)),
        ["regrow"] => regrow::run(),
        ["ensemble"] => ensemble::run(),
        ["case", folder] => case::serve(folder),
        ["case", folder, members, threads] => case::forecast(folder, members, threads.parse()?),
        _ => Err(USAGE.into()),
    }
}

/// Runs of each thing that is timed: `ROUNDS` in the environment, else the given number.
fn rounds(usual: usize) -> Result<usize, Box<dyn Error>> {
    match std::env::var("ROUNDS") {
        Ok(text) => Ok(text.parse::<usize>()?.max(1)),
        Err(_) => Ok(usual),
    }
}

/// Seconds that something took, and what it gave.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let started = Instant::now();
    let outcome = work();
    (started.elapsed().as_secs_f64(), outcome)
}

/// The middle one of an odd number of times, the upper of the two middle ones else.
fn median(times_s: &[f64]) -> f64 {
    let mut sorted = times_s.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn least(times_s: &[f64]) -> f64 {
    times_s.iter().copied().fold(f64::INFINITY, f64::min)
}
