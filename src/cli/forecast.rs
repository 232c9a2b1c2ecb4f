//! `guira forecast`: detections from files to perimeters in a folder, by the engine that the service runs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use firecore::cluster::MappedFire;
use firecore::detection::{ClusterId, Detection, DetectionDraft, Source};
use firecore::forecast::{Forecast, LEAD_TIMES_S};
use firecore::fuel::crosswalk::Classification;
use firecore::geo::LonLat;
use firecore::ignition::MappedPerimeter;
use firecore::strategy::RequestedPriority;
use guira::clock::Clock;
use guira::components::Components;
use guira::engine::board::ClusterSnapshot;
use guira::engine::{Engine, RequestView, Submission};
use guira::ingest::wire;
use guira::inputs::assets::AssetFile;
use guira::inputs::mapped;
use guira::settings::{
    DataDir, MethodSetting, PERIMETER_TOLERANCE_M_MAX, PhysicsSettings, Settings, StoreKind, from_sources,
    process_variables,
};
use guira::telemetry;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::values::{horizon_s, lat_lon, time, whole_second};

mod output;
mod summary;
mod verify;

/// Forecast the fires in a file of detections, without a server.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  guira forecast --detections fires.csv --landscape landscape/ --weather weather/ --out out/\n  \
    guira forecast --detections viirs.csv --at 2017-12-05T10:00Z --horizon 12h --landscape landscape/ \\\n    \
    --weather weather/ --assets towns.geojson --out out/\n  \
    guira forecast --at-point 34.45,-119.10 --horizon 6h --out out/\n  \
    guira forecast --from-perimeter fire.geojson --at 2020-09-28T06:00Z --landscape landscape/ --out out/\n\n\
    Detections are FIRMS CSV (any dialect), GeoJSON points or the JSON of POST /schedule, each also gzipped.\n\
    What is not given is built in and named in the summary.\n\
    Written: forecast.geojson and assets.json (all fires), arrival_p50.tif and forecast.png (the fire with the most detections), and a\n\
    folder with the three for each fire under forecasts/."
)]
pub(crate) struct ForecastArgs {
    /// File of detections; may be given more than once.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["from_perimeter", "at_point"])]
    detections: Vec<PathBuf>,
    /// A fire that was just seen here, in place of a file of detections: latitude and longitude, as in 34.45,-119.10. It burns at
    /// `--at`, else now.
    #[arg(long, value_name = "LAT,LON", value_parser = lat_lon, allow_hyphen_values = true, conflicts_with_all = ["detections", "from_perimeter"])]
    at_point: Option<LonLat>,
    /// GeoJSON of one fire as it was mapped: polygons have burned and their edges burn, lines burn. Detections that are newer
    /// and near it join; others are left out.
    #[arg(long, value_name = "FILE")]
    from_perimeter: Option<PathBuf>,
    /// Folder of rasters: fuel, fbfm40 or fbfm13, and dem, slp, asp, cc, ch, cbh, cbd as far as they exist; or one landscape file.
    #[arg(long, value_name = "DIR")]
    landscape: Option<PathBuf>,
    /// Custom fuel models: FARSITE's .fmd, or .csv. They add to the standard ones or take their place.
    #[arg(long, value_name = "FILE")]
    fuel_models: Option<PathBuf>,
    /// Classification that the landscape's fuel raster follows instead of fuel models: fbp, fireurisk-arid, corine-humid ...
    #[arg(long, value_name = "NAME")]
    fuel_classification: Option<Classification>,
    /// Folder of hourly GeoTIFFs (ws, wd, and m1, m10, m100 or tmpf and rh as far as they exist), or of weather files, or one such file: CSV, WXS,
    /// RAWS, FW21, GRIB2, Open-Meteo's or api.weather.gov's JSON.
    #[arg(long, value_name = "DIR")]
    weather: Option<PathBuf>,
    /// What is worth protecting, which decides how close a fire is looked at: GeoJSON, CSV, GeoPackage, FlatGeobuf or Overpass
    /// JSON; may be given more than once. One table of a GeoPackage is assets.gpkg|layername=TABLE.
    #[arg(long, value_name = "FILE")]
    assets: Vec<PathBuf>,
    /// Forecast as if it were this time: later detections are left out. Without it, all are taken.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// How far ahead of each fire's newest detection, as in 12h, 90m or 2d; at most 7d.
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = horizon_s)]
    horizon: u32,
    /// Members of each ensemble; without it 10 for PhysX and 5 for the surrogate.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    members: Option<u32>,
    /// End a fire's run once every perimeter's band is within this share of its area, as in 0.1; never before 22 members.
    #[arg(long, value_name = "SHARE", value_parser = settle_fraction)]
    settle: Option<f64>,
    /// How the fires are computed. `auto` goes by the distance to assets; where a landscape or a point but no assets are given,
    /// it takes PhysX for all.
    #[arg(long, value_name = "METHOD", default_value = "auto")]
    method: MethodArg,
    /// Folder for the results; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Also write how the front moved where it came, as control_*.tif: rate, direction, intensity, flame length and crown
    /// class of the fire with the most detections, from its start and inputs as given, with no member's draws. PhysX only.
    #[arg(long)]
    arrival_layers: bool,
    /// Compute threads; without it one a core. The results do not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// How trees burn where the landscape has canopy layers: cruz-2005, scott-reinhardt-2001, rothermel-1991, finney-1998 or off;
    /// without it the setting's, cruz-2005.
    #[arg(long, value_name = "METHOD", value_parser = crown_fire)]
    crown_fire: Option<String>,
    /// No embers that set fires ahead of the front.
    #[arg(long)]
    no_spotting: bool,
    /// How far perimeters may lie from the contours, m; 0 gives the contours themselves. Without it the setting's: a
    /// quarter of a cell.
    #[arg(long, value_name = "M", value_parser = perimeter_tolerance_m)]
    perimeter_tolerance_m: Option<f64>,
    /// Fetch nothing over the network: what is not given is built in.
    #[arg(long)]
    offline: bool,
    /// Settings in TOML; what is given on the command line wins.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Compare with what was seen later: a file of detections, drawn in the picture and scored.
    #[arg(long, value_name = "FILE", requires = "verify_at")]
    verify: Option<PathBuf>,
    /// Time of the satellite pass to compare with, to 10 minutes.
    #[arg(long, value_name = "TIME", requires = "verify", value_parser = time)]
    verify_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
enum MethodArg {
    Auto,
    Physx,
    Surrogate,
}

impl ForecastArgs {
    /// Forecasts, writes and prints.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let settings = self.settings()?;
        telemetry::init(settings.log.format, &settings.log.filter)?;
        tokio::runtime::Runtime::new().context("no runtime")?.block_on(self.forecast(settings))
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = from_sources(self.config.as_deref(), process_variables())?;
        // What is logged beside the summary are troubles; it says itself what inputs lack, and the last line why a fire has no forecast.
        if self.config.is_none() && std::env::var_os("GUIRA_LOG__FILTER").is_none() {
            settings.log.filter = "warn,guira::inputs=error,guira::engine::cluster=error".to_owned();
        }
        settings.data_dir = DataDir(self.out.clone());
        // One run, whose results are its files.
        settings.store.kind = StoreKind::Memory;
        settings.inputs.landscapes.splice(0..0, self.landscape.clone());
        settings.inputs.weathers.splice(0..0, self.weather.clone());
        if !self.assets.is_empty() {
            settings.inputs.assets = self.assets.clone();
        }
        settings.inputs.fuel_models = self.fuel_models.clone().or(settings.inputs.fuel_models);
        settings.inputs.fuel_classification =
            self.fuel_classification.or(settings.inputs.fuel_classification);
        settings.forecast.method = match self.method {
            MethodArg::Physx => MethodSetting::Physx,
            MethodArg::Surrogate => MethodSetting::Surrogate,
            // Who names a landscape wants it used; the table alone would take every fire for far from every asset.
            MethodArg::Auto
                if (self.landscape.is_some() || self.at_point.is_some())
                    && settings.inputs.assets.is_empty() =>
            {
                MethodSetting::Physx
            }
            MethodArg::Auto => settings.forecast.method,
        };
        settings.inputs.online.enabled &= !self.offline;
        settings.forecast.lead_times_s = lead_times_s(self.horizon);
        if let Some(members) = self.members {
            settings.forecast.members_physx = members;
            settings.forecast.members_surrogate = members;
        }
        settings.ensemble.settle_fraction = self.settle.unwrap_or(settings.ensemble.settle_fraction);
        // Nobody looks before the end.
        settings.ensemble.provisional_after = 0;
        settings.lifecycle.surrogate_first = false;
        settings.physics.crown_fire = self.crown_fire.clone().unwrap_or(settings.physics.crown_fire);
        settings.physics.spotting &= !self.no_spotting;
        settings.forecast.perimeter_tolerance_m =
            self.perimeter_tolerance_m.or(settings.forecast.perimeter_tolerance_m);
        settings.compute.threads = self.threads.unwrap_or(settings.compute.threads);
        // Nobody waits for an answer by a deadline here: an hour is the bound of a run that hangs.
        settings.engine.brown_out = false;
        settings.engine.run_deadline_s = settings.engine.run_deadline_s.max(3600);
        Ok(settings)
    }

    async fn forecast(self, settings: Settings) -> anyhow::Result<()> {
        let mut out = std::io::stdout();
        self.check_paths()?;
        let (detections, requested) = self.read_detections(&mut out)?;
        let map = self.read_map()?;
        let observed = match (&self.verify, self.verify_at) {
            (Some(file), Some(pass)) => Some(verify::Observed::read(file, pass)?),
            _ => None,
        };
        output::clear(&self.out)?;
        let newest = detections.iter().map(Detection::acquired_at).chain(map.as_ref().map(|map| map.1)).max();
        // The clock stands: the same files give the same bytes at any time of day.
        let now = self.at.or(newest).context("no detection is left")?;
        let components = Components::build_at(&settings, Clock::manual(now)).await?;
        let outcome = match map {
            Some((outlines, mapped_at)) => {
                let fire = MappedFire { outlines, mapped_at, detections, requested };
                Outcome::of_map(&mut out, components.engine.forecast_mapped(&fire).await?, &fire)?
            }
            None => {
                let view = run(&components, Submission { detections, requested }).await?;
                Outcome::of_request(&components.engine, &view).await?
            }
        };
        components.stop().await;
        let (layers, observed) = (self.arrival_layers, observed.as_ref());
        let written = output::write(&self.out, &outcome, &components, observed, layers).await?;
        summary::print(&mut out, &outcome, &written, observed)?;
        match outcome.failed.len() {
            0 if layers => {
                self.check_used(&outcome.forecasts)?;
                output::check_layers(&outcome.forecasts)
            }
            0 => self.check_used(&outcome.forecasts),
            failed => {
                let fires = failed + outcome.forecasts.len();
                bail!("{failed} of {fires} fires have no forecast; the reasons are above")
            }
        }
    }

    /// What was drawn of the fire, and the time that it is of: the file's own, else `--at`.
    fn read_map(&self) -> anyhow::Result<Option<(Vec<MappedPerimeter>, Timestamp)>> {
        let Some(file) = &self.from_perimeter else { return Ok(None) };
        let map = mapped::read(file)?;
        match (map.mapped_at, self.at) {
            (Some(mapped_at), Some(at)) if mapped_at > at => {
                bail!("{}: needed a map from up to --at {at}, found {mapped_at}", file.display())
            }
            (Some(time), _) | (None, Some(time)) => Ok(Some((map.outlines, time))),
            (None, None) => bail!(
                "{}: needed the time of the map, as a property `time` of a feature or as --at, found none",
                file.display()
            ),
        }
    }

    /// Refuses a path that is not there before anything is computed.
    fn check_paths(&self) -> anyhow::Result<()> {
        let given = [
            ("--landscape", &self.landscape),
            ("--weather", &self.weather),
            ("--from-perimeter", &self.from_perimeter),
            ("--fuel-models", &self.fuel_models),
        ];
        for (option, path) in given {
            if let Some(path) = path.as_ref().filter(|path| !path.exists()) {
                bail!("{option}: there is no {}", path.display());
            }
        }
        for path in self.assets.iter().map(|path| AssetFile::new(path).path) {
            if !path.exists() {
                bail!("--assets: there is no {}", path.display());
            }
        }
        Ok(())
    }

    /// What was given on the command line must have been of use to some fire: a forecast on built-in ground or wind is not
    /// what was asked for.
    fn check_used(&self, forecasts: &[Arc<Forecast>]) -> anyhow::Result<()> {
        let given = [("--landscape", &self.landscape, "fuel"), ("--weather", &self.weather, "wind")];
        for (option, path, input) in given {
            let used = |forecast: &Arc<Forecast>| {
                forecast.inputs.iter().any(|note| note.input == input && !note.fallback)
            };
            let (fires, unused) =
                (forecasts.len(), forecasts.iter().filter(|forecast| !used(forecast)).count());
            match path.as_ref().map(|path| path.display()) {
                Some(path) if unused == fires => {
                    bail!("{option} {path} has no {input} for any of the fires: built-in values stood in")
                }
                Some(path) if unused > 0 => {
                    telemetry::say(format_args!(
                        "{option} {path} has no {input} for {unused} of {fires} fires: built-in values stood in"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The fire of `--at-point`, as somebody with a good position saw it.
    fn seen_at_point(&self) -> anyhow::Result<Option<Detection>> {
        let Some(place) = self.at_point else { return Ok(None) };
        let now = whole_second(Clock::system().now());
        let at = self.at.unwrap_or(now);
        let draft = DetectionDraft::new(Source::Drone, place.lon_deg(), place.lat_deg(), 1.0, at);
        Ok(Some(Detection::new(draft, now.max(at)).context("--at-point")?))
    }

    /// The detections of all files up to `--at`, and the most urgent priority that one of the files asks for.
    fn read_detections(
        &self,
        out: &mut impl Write,
    ) -> anyhow::Result<(Vec<Detection>, Option<RequestedPriority>)> {
        let (mut taken, mut requested) = (Vec::new(), None);
        taken.extend(self.seen_at_point()?);
        for file in &self.detections {
            let decoded = read(file)?;
            if let Some(priority) = &decoded.priority {
                let priority = priority.parse().with_context(|| format!("{}: priority", file.display()))?;
                requested = requested.max(Some(priority));
            }
            let (detections, refusals) = decoded.into_parts();
            let (read, before) = (detections.len(), taken.len());
            let wanted = |detection: &Detection| self.at.is_none_or(|at| detection.acquired_at() <= at);
            taken.extend(detections.into_iter().filter(wanted));
            write!(out, "{}: {read} detections", file.display())?;
            match self.at {
                Some(at) => writeln!(out, ", {} of them up to {at}", taken.len() - before)?,
                None => writeln!(out)?,
            }
            for refusal in refusals.iter().take(REFUSALS_SHOWN) {
                writeln!(out, "  refused: {refusal}")?;
            }
            if refusals.len() > REFUSALS_SHOWN {
                writeln!(out, "  refused: {} more", refusals.len() - REFUSALS_SHOWN)?;
            }
        }
        match (taken.is_empty() && self.from_perimeter.is_none(), self.at) {
            (false, _) => Ok((taken, requested)),
            (true, Some(at)) => bail!("no detection up to {at}: the files begin later, or hold none"),
            (true, None) => bail!("the files hold no detection that can be used"),
        }
    }
}

/// Refusals of a file that are printed; the rest is counted.
const REFUSALS_SHOWN: usize = 5;

/// What a file of detections holds.
fn read(file: &Path) -> anyhow::Result<wire::Decoded> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(wire::decode(&file.display().to_string(), &bytes, Clock::system().now())?)
}

/// The usual lead times up to the horizon, and the horizon.
fn lead_times_s(horizon_s: u32) -> Vec<u32> {
    LEAD_TIMES_S.into_iter().filter(|lead| *lead < horizon_s).chain([horizon_s]).collect()
}

/// A crown fire method's name, or `off`.
fn crown_fire(text: &str) -> Result<String, String> {
    PhysicsSettings { crown_fire: text.to_owned(), ..PhysicsSettings::default() }
        .physics()
        .map(|_| text.to_owned())
        .map_err(|error| error.detail)
}

fn perimeter_tolerance_m(text: &str) -> Result<f64, String> {
    let allowed = |metres: &f64| (0.0..=PERIMETER_TOLERANCE_M_MAX).contains(metres);
    text.parse()
        .ok()
        .filter(allowed)
        .ok_or_else(|| format!("needed 0 to {PERIMETER_TOLERANCE_M_MAX} m, found {text}"))
}

/// A share of a perimeter's area.
fn settle_fraction(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=10.0).contains(share));
    share.ok_or_else(|| format!("needed a share of the area like 0.1, 0 for never, found {text}"))
}

/// Submits the detections and waits until every fire has its forecast.
async fn run(components: &Components, submission: Submission) -> anyhow::Result<RequestView> {
    let engine = &components.engine;
    let receipt = engine.submit(submission).await?;
    let fires = receipt.cluster_ids.len();
    let bar = ProgressBar::new(fires as u64).with_style(
        ProgressStyle::with_template("{spinner} {pos}/{len} fires forecast {wide_bar} {elapsed}")
            .context("the progress bar's template is wrong")?,
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut changes = engine.board().changes();
    let settled = engine.settled(receipt.request_id);
    tokio::pin!(settled);
    let view = loop {
        tokio::select! {
            view = &mut settled => break view?,
            _ = changes.changed() => {
                let done = engine.board().all().iter().filter(|fire| fire.forecast.is_some()).count();
                bar.set_position(done as u64);
            }
        }
    };
    bar.finish_and_clear();
    view.context("BUG: the engine forgot its request")
}

/// What came of everything that was asked for.
struct Outcome {
    forecasts: Vec<Arc<Forecast>>,
    /// Fires without a forecast, and why.
    failed: Vec<(ClusterId, String)>,
    /// The engine has written files of each forecast.
    all_kept: bool,
}

impl Outcome {
    async fn of_request(engine: &Engine, view: &RequestView) -> anyhow::Result<Self> {
        let failed = view.clusters.iter().filter(|(snapshot, _)| snapshot.forecast.is_none());
        let reason = |snapshot: &ClusterSnapshot| {
            let known = snapshot.failure.as_ref().map(|failure| failure.reason.clone());
            known.unwrap_or_else(|| "no reason is known".to_owned())
        };
        let mut kept = view.clusters.iter().filter_map(|(snapshot, _)| snapshot.forecast.as_ref());
        let mut forecasts = Vec::new();
        for (snapshot, _) in &view.clusters {
            forecasts.extend(engine.whole(Arc::clone(snapshot)).await?.map(|(_, forecast)| forecast));
        }
        Ok(Self {
            all_kept: kept.all(|kept| kept.results_uri.is_some()),
            forecasts,
            failed: failed.map(|(snapshot, _)| (snapshot.id, reason(snapshot))).collect(),
        })
    }

    fn of_map(out: &mut impl Write, forecast: Arc<Forecast>, fire: &MappedFire) -> std::io::Result<Self> {
        let (taken, all) = (forecast.plan.detection_count, fire.detections.len());
        if all > 0 {
            writeln!(
                out,
                "{taken} of {all} detections are newer than the map and near it; the others are left out"
            )?;
        }
        Ok(Self { forecasts: vec![forecast], failed: Vec::new(), all_kept: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lead_time_is_the_horizon() {
        assert_eq!(lead_times_s(43_200), [3_600, 10_800, 21_600, 43_200]);
        assert_eq!(lead_times_s(1_800), [1_800]);
        assert_eq!(lead_times_s(172_800).last(), Some(&172_800));
    }
}
