//! `guira inputs`: what a fire at a place would be computed from, and how to have it at hand before the network goes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LonLat, wrapped_deg};
use guira::artifacts::inputs_picture;
use guira::clock::Clock;
use guira::inputs::online::Gives;
use guira::inputs::{ConfiguredInputs, InputSet};
use guira::settings::{Settings, from_sources, process_variables};
use guira::telemetry;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::values::{bounds, horizon_s, lon_lat, time, whole_second};

mod assets;

/// Look at inputs, and fetch them ahead.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Inputs {
    /// Print what a fire at a place would be computed from, where each input came from and what was missing, and draw it.
    Show(Show),
    /// Fetch what fires in a box would need into the cache, so that it is there when the network is not; or what they threaten into a file.
    Fetch(Fetch),
}

/// Where inputs come from.
#[derive(Debug, clap::Args)]
struct Sources {
    /// Folder of rasters, or one landscape file; may be given more than once. Asked before those in the settings.
    #[arg(long, value_name = "DIR")]
    landscape: Vec<PathBuf>,
    /// Folder of weather, or one file of it; likewise.
    #[arg(long, value_name = "DIR")]
    weather: Vec<PathBuf>,
    /// Settings in TOML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Print and draw what a fire would use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  guira inputs show --at -119.10,34.45\n  \
    guira inputs show --at -119.10,34.45 --time 2017-12-05T10:00Z --landscape landscape/ --weather weather/ --picture inputs.png")]
pub(crate) struct Show {
    /// The place: longitude and latitude, as in -119.10,34.45.
    #[arg(long, value_name = "LON,LAT", value_parser = lon_lat, allow_hyphen_values = true)]
    at: LonLat,
    /// When the fire burns; without it now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<Timestamp>,
    /// How far ahead, as in 6h, 90m or 2d.
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = horizon_s)]
    horizon: u32,
    /// File for the picture.
    #[arg(long, value_name = "FILE", default_value = "inputs.png")]
    picture: PathBuf,
    /// Fetch nothing over the network.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    sources: Sources,
}

/// Fill the cache ahead, or write a file of assets.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  guira inputs fetch --bbox -119.6,34.2,-118.8,34.7\n  \
    guira inputs fetch --bbox -119.6,34.2,-118.8,34.7 --assets assets.json\n\n\
    The second one fetches assets alone: hospitals, schools, fire stations, substations, power lines, places and more from OpenStreetMap.\n\
    Name the file as inputs.assets in the settings, or with guira forecast --assets. Data: © OpenStreetMap contributors, ODbL.")]
pub(crate) struct Fetch {
    /// West, south, east, north in degrees; at most 4 square degrees.
    #[arg(long, value_name = "W,S,E,N", value_parser = bounds, allow_hyphen_values = true)]
    bbox: Bounds,
    /// Fetch assets from OpenStreetMap, and nothing else, and write them to this file, whole or not at all.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["landscape", "weather"])]
    assets: Option<PathBuf>,
    /// Longest wait for each piece of the box, s.
    #[arg(long, value_name = "S", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=600))]
    wait_s: u64,
    #[command(flatten)]
    sources: Sources,
}

impl Inputs {
    /// Does what was asked for.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Show(show) => show.run(),
            Self::Fetch(fetch) => fetch.run(),
        }
    }
}

impl Sources {
    fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = from_sources(self.config.as_deref(), process_variables())?;
        for (option, paths) in [("--landscape", &self.landscape), ("--weather", &self.weather)] {
            if let Some(path) = paths.iter().find(|path| !path.exists()) {
                anyhow::bail!("{option}: there is no {}", path.display());
            }
        }
        settings.inputs.landscapes.splice(0..0, self.landscape.clone());
        settings.inputs.weathers.splice(0..0, self.weather.clone());
        if self.config.is_none() && std::env::var_os("GUIRA_LOG__FILTER").is_none() {
            settings.log.filter = "error".to_owned();
        }
        telemetry::init(settings.log.format, &settings.log.filter)?;
        Ok(settings)
    }
}

impl Show {
    fn run(self) -> anyhow::Result<()> {
        let mut settings = self.sources.settings()?;
        settings.inputs.online.enabled &= !self.offline;
        let start = self.time.unwrap_or_else(|| whole_second(Clock::system().now()));
        let inputs = ConfiguredInputs::new(settings.inputs.sources(&settings.data_dir.0)?);
        let set = inputs.fetch_blocking(&point(self.at), start, self.horizon)?;
        let mut out = std::io::stdout();
        let text = describe(&set, self.at, start);
        for line in &text {
            writeln!(out, "{line}")?;
        }
        let title = format!("{:.3}, {:.3}", self.at.lon_deg(), self.at.lat_deg());
        let paragraphs: Vec<(String, bool)> =
            set.notes.iter().map(|note| (note_line(note), note.fallback)).collect();
        let picture = inputs_picture(&set, self.at, &title, &paragraphs)?;
        std::fs::write(&self.picture, picture)
            .with_context(|| format!("cannot write {}", self.picture.display()))?;
        writeln!(out, "\nwrote {}", self.picture.display())?;
        Ok(())
    }
}

/// The box around a place that a fire of one detection has.
fn point(place: LonLat) -> Bounds {
    let (lon_deg, lat_deg) = (place.lon_deg(), place.lat_deg());
    Bounds { west_deg: lon_deg, south_deg: lat_deg, east_deg: lon_deg, north_deg: lat_deg }
}

fn note_line(note: &InputNote) -> String {
    let at = note.valid_at.map(|at| format!(" ({at})")).unwrap_or_default();
    format!("{}: {}{at}", note.input.replace('_', " "), note.source)
}

/// What the inputs are, in lines.
fn describe(set: &InputSet, place: LonLat, start: Timestamp) -> Vec<String> {
    let (landscape, weather) = (&set.landscape, &set.weather);
    let shape = &landscape.shape;
    let mut lines =
        vec![format!("inputs at longitude {}, latitude {}, from {start}", place.lon_deg(), place.lat_deg())];
    for note in &set.notes {
        lines.push(format!("  {} {}", if note.fallback { "!" } else { " " }, note_line(note)));
    }
    lines.push(String::new());
    lines.push(format!(
        "landscape: {} x {} cells of {:.0} m, EPSG:{}",
        shape.rows,
        shape.cols,
        shape.cell_size_m,
        landscape.frame.epsg()
    ));
    let point = landscape.frame.to_plane(place);
    if let Some((row, col)) = shape.cell_at(point) {
        let cell = shape.index(row, col);
        lines.push(format!("at the place: {}", ground_at(set, cell)));
    }
    lines.push(format!("fuel: {}", shares(set)));
    lines.push(String::new());
    lines.push("  time                   wind 10 m  from   1 h   10 h  100 h".to_owned());
    for (step, at) in weather.steps.iter().enumerate() {
        let here = weather.over(landscape, step, point);
        let turn_rad = landscape.frame.convergence_rad(place);
        let (east, north) = (here.wind_10m_east_m_s, here.wind_10m_north_m_s);
        let from_deg = ((-east).atan2(-north) + turn_rad).to_degrees().rem_euclid(360.0);
        let dead = here.moisture.dead;
        lines.push(format!(
            "  {:<22} {:>6.1} m/s  {:>3.0}  {:>4.1}%  {:>4.1}%  {:>4.1}%",
            at.valid_at.to_string(),
            east.hypot(north),
            from_deg,
            dead.one_hour * 100.0,
            dead.ten_hour * 100.0,
            dead.hundred_hour * 100.0
        ));
    }
    lines
}

fn ground_at(set: &InputSet, cell: usize) -> String {
    let landscape = &set.landscape;
    let [rise_east, rise_north] = landscape.terrain.rise(cell);
    let slope_deg = f64::from(rise_east).hypot(f64::from(rise_north)).atan().to_degrees();
    format!(
        "elevation {:.0} m, slope {slope_deg:.0} degrees, fuel {}",
        landscape.terrain.elevation_m(cell),
        landscape.fuel_models.describe(landscape.fuel[cell])
    )
}

/// The fuels of the landscape by their shares, the largest first.
fn shares(set: &InputSet) -> String {
    const SHOWN: usize = 6;
    let mut counts = [0_usize; 256];
    set.landscape.fuel.iter().for_each(|code| counts[usize::from(*code)] += 1);
    let mut known: Vec<(usize, u8)> = (0..=u8::MAX).map(|code| (counts[usize::from(code)], code)).collect();
    known.sort_by_key(|(count, code)| (std::cmp::Reverse(*count), *code));
    let name = |code: u8| match code {
        0 => "no data".to_owned(),
        code => set.landscape.fuel_models.describe(code),
    };
    let total = set.landscape.fuel.len().max(1) as f64;
    let shown = known.iter().filter(|(count, _)| *count > 0).take(SHOWN);
    shown
        .map(|(count, code)| format!("{} {:.0} %", name(*code), *count as f64 / total * 100.0))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A bar that goes on while nothing comes.
fn pieces_bar(count: usize) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{spinner} {pos}/{len} pieces {wide_bar} {elapsed}")?;
    let bar = ProgressBar::new(count as u64).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

/// Largest box that is fetched at once, square degrees: some 40,000 square kilometres, a gigabyte of terrain.
const AREA_DEG2_MAX: f64 = 4.0;

/// Edge of a piece of the box, degrees.
const PIECE_DEG: f64 = 0.25;

impl Fetch {
    fn run(self) -> anyhow::Result<()> {
        let mut settings = self.sources.settings()?;
        let box_ = &self.bbox;
        let across_deg = across_deg(box_)?;
        anyhow::ensure!(settings.inputs.online.enabled, "inputs.online.enabled is false: nothing is fetched");
        if let Some(file) = &self.assets {
            return assets::fetch(&settings, box_, Duration::from_secs(self.wait_s), file);
        }
        settings.inputs.online.wait_s = Duration::from_secs(self.wait_s).as_secs_f64();
        let now = Clock::system().now();
        let inputs = ConfiguredInputs::new(settings.inputs.sources(&settings.data_dir.0)?);
        let count = |length_deg: f64| (length_deg / PIECE_DEG).ceil().max(1.0) as usize;
        let (rows, cols) = (count(box_.north_deg - box_.south_deg), count(across_deg));
        let bar = pieces_bar(rows * cols)?;
        // By input: the first note, and how many pieces have one.
        let mut lacks: BTreeMap<String, (String, usize)> = BTreeMap::new();
        // By input: pieces that got nothing, and what was said of the last one.
        let mut without: BTreeMap<&str, (usize, String)> = BTreeMap::new();
        let asked = asked_for(&settings)?;
        for piece in 0..rows * cols {
            let at = |place: usize, count: usize, length: f64| (place as f64 + 0.5) / count as f64 * length;
            let lon = box_.west_deg + at(piece % cols, cols, across_deg);
            let lat = box_.south_deg + at(piece / cols, rows, box_.north_deg - box_.south_deg);
            let place = LonLat::new(wrapped_deg(lon), lat)?;
            let set = inputs.fetch_blocking(&point(place), now, 24 * 3600)?;
            for input in &asked {
                let note = set.notes.iter().find(|note| note.input == *input);
                if let Some(note) = note.filter(|note| note.fallback && note.source.starts_with("built-in")) {
                    let known = without.entry(input).or_default();
                    *known = (known.0 + 1, note.source.clone());
                }
            }
            for note in set.notes.iter().filter(|note| note.fallback) {
                lacks.entry(note.input.clone()).or_insert_with(|| (note_line(note), 0)).1 += 1;
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        let mut out = std::io::stdout();
        for (line, pieces) in lacks.values() {
            writeln!(out, "! in {pieces} of {} pieces {line}", rows * cols)?;
        }
        let traffic = inputs.traffic();
        let cache = settings.inputs.sources(&settings.data_dir.0)?.online.map(|online| online.cache_folder);
        let fetched = match traffic.bytes {
            0 => "nothing fetched".to_owned(),
            bytes => {
                format!("{:.1} MB fetched into {}", bytes as f64 / 1e6, cache.unwrap_or_default().display())
            }
        };
        writeln!(out, "{} requests, {fetched}", traffic.requests)?;
        without.retain(|_, (pieces, _)| *pieces == rows * cols);
        let missing: Vec<String> =
            without.iter().map(|(input, (_, source))| format!("\n  {input}: {source}")).collect();
        anyhow::ensure!(
            missing.is_empty(),
            "nothing came for any piece of the box; guira doctor says who is reached{}",
            missing.concat()
        );
        Ok(())
    }
}

/// How wide the box is, degrees.
///
/// **Errors** where it is too large; that west and east may be swapped where they would then make a small one.
fn across_deg(bounds: &Bounds) -> anyhow::Result<f64> {
    let Bounds { west_deg, east_deg, .. } = bounds;
    let high_deg = bounds.north_deg - bounds.south_deg;
    let across_deg = (east_deg - west_deg).rem_euclid(360.0);
    let (area_deg2, swapped_deg2) = (across_deg * high_deg, (360.0 - across_deg) * high_deg);
    let is_swapped = area_deg2 > AREA_DEG2_MAX && swapped_deg2 <= AREA_DEG2_MAX;
    let found = if west_deg > east_deg { "with west east of east" } else { "nearly all around the Earth" };
    anyhow::ensure!(
        !is_swapped,
        "--bbox: needed west, south, east, north, found west {west_deg} and east {east_deg}, {found}: are they swapped?"
    );
    anyhow::ensure!(
        area_deg2 <= AREA_DEG2_MAX,
        "--bbox: needed at most {AREA_DEG2_MAX} square degrees, found {area_deg2:.1}"
    );
    Ok(across_deg)
}

/// Inputs that somebody is asked for over the network.
fn asked_for(settings: &Settings) -> anyhow::Result<Vec<&'static str>> {
    let online = settings.inputs.online.options(&settings.data_dir.0)?;
    let providers = online.map(|online| online.providers).unwrap_or_default();
    let inputs = [("terrain", Gives::Terrain), ("fuel", Gives::Fuel), ("wind", Gives::Weather)];
    let is_asked = |gives: Gives| providers.iter().any(|provider| provider.gives() == gives);
    Ok(inputs.into_iter().filter(|(_, gives)| is_asked(*gives)).map(|(input, _)| input).collect())
}
