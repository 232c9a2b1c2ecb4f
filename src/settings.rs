//! Settings: what an operator may set, in a TOML file and in `GUIRA_` variables, with defaults and checks.
//!
//! A variable's name is the field's path with `__` between the parts: `GUIRA_ENGINE__RUNS_MAX=4` sets `runs_max`
//! in `[engine]`. Variables win over the file, the file over the defaults. Unknown names are refused, and an
//! error says where the value came from, which field it is for, what is needed and what was found.

use std::net::SocketAddr;
use std::path::PathBuf;

use firecore::cluster::{ClusterSettings, MEMBERS_MAX};
use serde::Deserialize;

mod ensemble;
mod forecast;
mod inputs;
mod lifecycle;
mod live;
mod load;
mod online;
mod physics;
mod physx;
pub use ensemble::EnsembleSettings;
pub use forecast::{ForecastSettings, MethodSetting, PERIMETER_TOLERANCE_M_MAX};
pub use inputs::{ConstantWeatherSettings, InputsSettings};
pub use lifecycle::{HeatSourcesSettings, LifecycleSettings};
pub use live::{LiveSettings, Secret, SecretError, WEBHOOKS_MAX, WebhookSettings};
pub use load::{SettingsError, from_sources, process_variables};
pub use online::OnlineSettings;
pub use physics::PhysicsSettings;
pub use physx::{FallBackSetting, PhysXSettings};

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A made-up world instead of the configured inputs, for a first look.
    pub demo: bool,
    /// Folder for what the service writes.
    pub data_dir: DataDir,
    /// The HTTP door.
    pub http: HttpSettings,
    /// How fires are followed and forecast.
    pub forecast: ForecastSettings,
    /// How long fires are followed.
    pub lifecycle: LifecycleSettings,
    /// What is hot without being a wildfire.
    pub heat_sources: HeatSourcesSettings,
    /// Crown fire and embers.
    pub physics: PhysicsSettings,
    /// Servers for PhysX members.
    pub physx: PhysXSettings,
    /// How members are reduced.
    pub ensemble: EnsembleSettings,
    /// Where landscape, weather and assets come from.
    pub inputs: InputsSettings,
    /// Forecast runs.
    pub engine: EngineSettings,
    /// Threads that compute.
    pub compute: ComputeSettings,
    /// Live updates.
    pub live: LiveSettings,
    /// Where events are sent.
    pub webhook: Vec<WebhookSettings>,
    /// What is kept, and how much of it.
    pub store: StoreSettings,
    /// Log lines.
    pub log: LogSettings,
}

/// Folder for what the service writes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DataDir(pub PathBuf);

impl Default for DataDir {
    fn default() -> Self {
        Self(PathBuf::from("guira-data"))
    }
}

/// The HTTP door.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Address and port.
    pub listen: SocketAddr,
    /// File of key digests; without one the server answers on loopback only.
    pub keys_file: Option<PathBuf>,
    /// Largest request body, bytes.
    pub body_bytes_max: usize,
    /// Most detections in one request.
    pub detections_max: usize,
    /// Most assets after a change of their list.
    pub assets_max: usize,
    /// Largest body of a list of assets, bytes.
    pub assets_body_bytes_max: usize,
    /// Longest time for one answer, s; a stream of events has none.
    pub answer_s_max: u64,
    /// Most clients that listen to events at a time.
    pub live_clients_max: usize,
    /// How often a client hears that the stream still stands, s.
    pub live_heartbeat_s: u64,
    /// For how long events are gathered for a client that got some just now, ms.
    pub live_gather_ms: u64,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8200)),
            keys_file: None,
            body_bytes_max: 4 * 1024 * 1024,
            detections_max: 10_000,
            assets_max: 20_000,
            assets_body_bytes_max: 32 * 1024 * 1024,
            answer_s_max: 30,
            live_clients_max: 2_000,
            live_heartbeat_s: 15,
            live_gather_ms: 20,
        }
    }
}

/// Forecast runs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineSettings {
    /// Batches that may be on their way in at a time.
    pub batches_in_flight_max: usize,
    /// PhysX runs at a time.
    pub runs_max: usize,
    /// Surrogate runs at a time: they are cheap, and never wait behind PhysX.
    pub surrogate_runs_max: usize,
    /// Under overload do less of what is least urgent, and say so; without it everything only waits.
    pub brown_out: bool,
    /// Members of one run at a time; 0: two a thread, so that no thread waits for the next one.
    pub members_in_flight_max: usize,
    /// Time for one run from its start, s.
    pub run_deadline_s: u64,
    /// Share of the members that a forecast needs, above 0 and at most 1.
    pub quorum: f64,
    /// Crashes on the same record after which it is put aside.
    pub crashes_max: u32,
    /// Wait before the first restart of a crashed cluster, ms; doubles with each further one.
    pub restart_wait_ms: u64,
    /// How often it is looked which fires are dormant or closed by now, s; 0: never.
    pub age_check_s: u64,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            batches_in_flight_max: 64,
            runs_max: 2,
            surrogate_runs_max: 4,
            brown_out: true,
            members_in_flight_max: 0,
            run_deadline_s: 120,
            quorum: 0.8,
            crashes_max: 3,
            restart_wait_ms: 100,
            age_check_s: 60,
        }
    }
}

/// Threads that compute.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComputeSettings {
    /// Number of threads; 0: one a core.
    pub threads: usize,
}

/// Where the store keeps things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// In this process: a restart forgets them.
    Memory,
    /// In one file of `data_dir`, synced before anybody is told that something was taken. Forecasts are made anew after a restart.
    #[default]
    Embedded,
}

/// What is kept, and how much of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// Where detections, requests, operations and assets are kept.
    pub kind: StoreKind,
    /// Most detections; beyond it new ones are refused.
    pub detections_max: usize,
    /// Most requests that can be asked about; beyond it the oldest is forgotten.
    pub requests_max: usize,
    /// Most forecasts of one fire that are kept, without grids, to tell what was known when.
    pub history_per_fire_max: usize,
    /// The same of all fires.
    pub history_max: usize,
    /// Most memory for the grids behind the newest forecasts, MiB; those beyond it lie in files.
    pub grids_mb_max: usize,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            kind: StoreKind::Embedded,
            detections_max: 1_000_000,
            requests_max: 100_000,
            history_per_fire_max: 24,
            history_max: 2_000,
            grids_mb_max: 128,
        }
    }
}

/// Log lines.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// `text` or `json`.
    pub format: LogFormat,
    /// Which lines, as in `info` or `guira=debug`. By default `ractor`'s own spans are left out: they name actors by numbers.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,ractor=warn".to_owned() }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// A value outside its range.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {field}: {detail}")]
pub struct OutOfRange {
    /// The field's path.
    pub field: &'static str,
    /// What is needed and what was found.
    pub detail: String,
}

impl OutOfRange {
    fn new(field: &'static str, detail: impl std::fmt::Display) -> Self {
        Self { field, detail: detail.to_string() }
    }
}

impl Settings {
    /// How fires are followed; checked.
    pub fn clusters(&self) -> Result<ClusterSettings, OutOfRange> {
        let clusters = self.lifecycle.on(self.forecast.clusters()?)?;
        let clusters = clusters.with_heat_sources_forecast(self.heat_sources.forecast);
        Ok(clusters.with_physics(self.physics.physics()?))
    }

    /// Checks every value's range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let (http, engine, store) = (&self.http, &self.engine, &self.store);
        whole("http.body_bytes_max", http.body_bytes_max as u64, 1024, 256 * 1024 * 1024)?;
        whole("http.detections_max", http.detections_max as u64, 1, 1_000_000)?;
        whole("http.assets_max", http.assets_max as u64, 0, 1_000_000)?;
        let bytes_max = http.assets_body_bytes_max as u64;
        whole("http.assets_body_bytes_max", bytes_max, 1024, 256 * 1024 * 1024)?;
        whole("http.answer_s_max", http.answer_s_max, 1, 600)?;
        whole("http.live_clients_max", http.live_clients_max as u64, 0, 100_000)?;
        whole("http.live_heartbeat_s", http.live_heartbeat_s, 1, 300)?;
        whole("http.live_gather_ms", http.live_gather_ms, 0, 10_000)?;
        whole("live.kept_s", self.live.kept_s, 1, 86_400)?;
        whole("live.events_max", self.live.events_max as u64, 1, 10_000_000)?;
        whole("live.bytes_max", self.live.bytes_max as u64, 64 * 1024, 16 * 1024 * 1024 * 1024)?;
        whole("webhook, their number", self.webhook.len() as u64, 0, WEBHOOKS_MAX as u64)?;
        self.webhook.iter().try_for_each(WebhookSettings::check)?;
        whole("engine.batches_in_flight_max", engine.batches_in_flight_max as u64, 1, 10_000)?;
        whole("engine.runs_max", engine.runs_max as u64, 1, 100)?;
        whole("engine.surrogate_runs_max", engine.surrogate_runs_max as u64, 1, 100)?;
        whole("engine.members_in_flight_max", engine.members_in_flight_max as u64, 0, 1_000)?;
        whole("engine.run_deadline_s", engine.run_deadline_s, 1, 86_400)?;
        whole("engine.crashes_max", u64::from(engine.crashes_max), 1, 100)?;
        whole("engine.restart_wait_ms", engine.restart_wait_ms, 1, 60_000)?;
        whole("engine.age_check_s", engine.age_check_s, 0, 86_400)?;
        whole("compute.threads", self.compute.threads as u64, 0, 1_024)?;
        whole("store.detections_max", store.detections_max as u64, 1, 100_000_000)?;
        whole("store.requests_max", store.requests_max as u64, 1, 10_000_000)?;
        whole("store.history_per_fire_max", store.history_per_fire_max as u64, 0, 10_000)?;
        whole("store.history_max", store.history_max as u64, 0, 10_000_000)?;
        whole("store.grids_mb_max", store.grids_mb_max as u64, 0, 1_000_000)?;
        number("engine.quorum", engine.quorum, 0.01, 1.0)?;
        let ensemble = &self.ensemble;
        whole("ensemble.provisional_after", ensemble.provisional_after.into(), 0, MEMBERS_MAX.into())?;
        whole("ensemble.one_by_one_max", ensemble.one_by_one_max as u64, 0, MEMBERS_MAX.into())?;
        number("ensemble.settle_fraction", ensemble.settle_fraction, 0.0, 10.0)?;
        number("ensemble.band_coverage", ensemble.band_coverage, 0.01, 0.999)?;
        let (forecast, inputs) = (&self.forecast, &self.inputs);
        self.physics.physics()?;
        self.physx.options()?;
        self.heat_sources.check()?;
        self.clusters()?;
        forecast.links()?;
        number("forecast.wind_speed_fraction", forecast.wind_speed_fraction, 0.0, 0.9)?;
        number("forecast.moisture_fraction", forecast.moisture_fraction, 0.0, 0.9)?;
        number("forecast.wind_direction_sd_deg", forecast.wind_direction_sd_deg, 0.0, 90.0)?;
        number(
            "forecast.perimeter_tolerance_m",
            forecast.perimeter_tolerance_m.unwrap_or(0.0),
            0.0,
            PERIMETER_TOLERANCE_M_MAX,
        )?;
        inputs.check()?;
        inputs.online.options(&self.data_dir.0)?;
        Ok(())
    }
}

fn whole(field: &'static str, value: u64, min: u64, max: u64) -> Result<(), OutOfRange> {
    match (min..=max).contains(&value) {
        true => Ok(()),
        false => {
            Err(OutOfRange::new(field, format!("needed a whole number from {min} to {max}, found {value}")))
        }
    }
}

fn number(field: &'static str, value: f64, min: f64, max: f64) -> Result<(), OutOfRange> {
    match (min..=max).contains(&value) {
        true => Ok(()),
        false => Err(OutOfRange::new(field, format!("needed a number from {min} to {max}, found {value}"))),
    }
}

#[cfg(test)]
mod tests;
