//! What a fire's first forecast waits for before anything burns: its landscape and weather.
//!
//! `scripts/peers/inputs` makes the files and runs this; `cargo bench --bench inputs -- FOLDER [ADDRESS]` takes a folder of layers of some 60 x 60 km, and the address of a server that has
//! tiles below `copernicus-glo-30/` and `worldcover/` around the same place. Cold: a process that has read nothing of
//! them; the files lie in the system's memory. Warm: it has the landscape.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use firecore::geo::Bounds;
use guira::clock::Clock;
use guira::inputs::online::{Climate, OnlineOptions, Provider};
use guira::inputs::{ConfiguredInputs, InputSet, InputSettings, builtin};
use jiff::Timestamp;

/// In the middle of the Thomas Fire's landscape.
const FIRE: Bounds = Bounds { west_deg: -119.30, south_deg: 34.45, east_deg: -119.29, north_deg: 34.46 };
const COLD_ROUNDS: usize = 15;
const WARM_ROUNDS: usize = 200;

fn start() -> Timestamp {
    "2017-12-05T06:00:00Z".parse().expect("a time")
}

fn fetch(inputs: &ConfiguredInputs) -> InputSet {
    inputs.fetch_blocking(&FIRE, start(), 6 * 3600).expect("there are inputs")
}

fn timed(rounds: usize, mut round: impl FnMut() -> Duration) -> String {
    let mut all: Vec<f64> = (0..rounds).map(|_| round().as_secs_f64() * 1e3).collect();
    all.sort_by(f64::total_cmp);
    format!("median {:.2} ms, {:.2} to {:.2}", all[rounds / 2], all[0], all[rounds - 1])
}

/// Cold and warm.
fn measure(what: &str, settings: &InputSettings) {
    let fresh = || ConfiguredInputs::new(settings.clone());
    let cold = timed(COLD_ROUNDS, || {
        let inputs = fresh();
        let began = Instant::now();
        fetch(&inputs);
        began.elapsed()
    });
    let inputs = fresh();
    let set = fetch(&inputs);
    let warm = timed(WARM_ROUNDS, || {
        let began = Instant::now();
        fetch(&inputs);
        began.elapsed()
    });
    let shape = &set.landscape.shape;
    println!("{what}: {} x {} cells of {} m", shape.rows, shape.cols, shape.cell_size_m);
    println!("  cold {cold}");
    println!("  warm {warm}");
}

fn from_far(address: &str, cache: &Path) {
    let providers = vec![Provider::CopernicusGlo30, Provider::WorldCover];
    let addresses = providers.iter().map(|provider| (*provider, format!("{address}/{provider}"))).collect();
    let options = OnlineOptions {
        providers,
        addresses,
        open_meteo_archive: address.to_owned(),
        wait: Duration::from_secs(60),
        private_hosts: vec!["127.0.0.1".to_owned()],
        proxy: None,
        contact: None,
        climate: Some(Climate::Arid),
        landfire_layers: Vec::new(),
        cache_folder: cache.to_owned(),
        cache_bytes_max: 1 << 30,
    };
    let settings = InputSettings {
        online: Some(options),
        constant_weather: Some(builtin::WEATHER_DEFAULT),
        ..InputSettings::default()
    };
    for what in ["nothing kept", "kept on disk"] {
        let inputs = ConfiguredInputs::at(settings.clone(), Clock::system());
        let began = Instant::now();
        let set = fetch(&inputs);
        let (took, traffic) = (began.elapsed(), inputs.traffic());
        let shape = &set.landscape.shape;
        println!(
            "tiles of {address}, {what}: {} x {} cells of {} m in {:.0} ms, {} requests, {:.2} MB",
            shape.rows,
            shape.cols,
            shape.cell_size_m,
            took.as_secs_f64() * 1e3,
            traffic.requests,
            traffic.bytes as f64 / 1e6
        );
        for note in set.notes.iter().filter(|note| ["terrain", "fuel"].contains(&note.input.as_str())) {
            println!("  {}: {}", note.input, note.source);
        }
    }
}

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let Some(folder) = words.next().map(PathBuf::from) else {
        println!("inputs: no folder of layers was named; scripts/peers/inputs does");
        return;
    };
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let constant = InputSettings {
        landscapes: vec![folder],
        constant_weather: Some(builtin::WEATHER_DEFAULT),
        ..InputSettings::default()
    };
    measure("layers and one wind", &constant);
    let station = scratch.path().join("station.csv");
    let row = |hour: usize| format!("-119.16,34.31,2017-12-05T{hour:02}:00:00Z,8,{},22,0.15\n", 20 + hour);
    let rows: String = (0..24).map(row).collect();
    let head = "lon,lat,time,wind_10m_m_s,wind_from_deg,temperature_c,relative_humidity\n";
    std::fs::write(&station, format!("{head}{rows}")).expect("it is written");
    let bent = InputSettings { weathers: vec![station], constant_weather: None, ..constant };
    measure("layers and a station's day, its wind bent by the terrain", &bent);
    if let Some(address) = words.next() {
        from_far(&address, &scratch.path().join("cache"));
    }
}
