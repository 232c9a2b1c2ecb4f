//! Settings: what an operator may set, in a TOML file and in `GUIRA_` variables, with defaults and checks.
//!
//! A variable's name is the field's path with `__` between the parts: `GUIRA_ENGINE__RUNS_MAX=4` sets `runs_max`
//! in `[engine]`. Variables win over the file, the file over the defaults. Unknown names are refused, and an
//! error says where the value came from, which field it is for, what is needed and what was found.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

mod load;
pub use load::{SettingsError, from_sources};

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Folder for what the service writes.
    pub data_dir: DataDir,
    /// The HTTP door.
    pub http: HttpSettings,
    /// Forecast runs.
    pub engine: EngineSettings,
    /// Threads that compute.
    pub compute: ComputeSettings,
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
    /// Longest time for one answer, s.
    pub answer_s_max: u64,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8200)),
            keys_file: None,
            body_bytes_max: 4 * 1024 * 1024,
            detections_max: 10_000,
            answer_s_max: 30,
        }
    }
}

/// Forecast runs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineSettings {
    /// Batches that may be on their way in at a time.
    pub batches_in_flight_max: usize,
    /// Runs at a time.
    pub runs_max: usize,
    /// Members of one run at a time.
    pub members_in_flight_max: usize,
    /// Time for one run from its start, s.
    pub run_deadline_s: u64,
    /// Share of the members that a forecast needs, above 0 and at most 1.
    pub quorum: f64,
    /// Crashes on the same record after which it is put aside.
    pub crashes_max: u32,
    /// Wait before the first restart of a crashed cluster, ms; doubles with each further one.
    pub restart_wait_ms: u64,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            batches_in_flight_max: 64,
            runs_max: 2,
            members_in_flight_max: 4,
            run_deadline_s: 120,
            quorum: 0.8,
            crashes_max: 3,
            restart_wait_ms: 100,
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

/// What is kept, and how much of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// Most detections; beyond it new ones are refused.
    pub detections_max: usize,
    /// Most requests that can be asked about; beyond it the oldest is forgotten.
    pub requests_max: usize,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { detections_max: 1_000_000, requests_max: 100_000 }
    }
}

/// Log lines.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// `text` or `json`.
    pub format: LogFormat,
    /// Which lines, as in `info` or `guira=debug`.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
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

/// A value outside its range: which field, what is needed, what was found.
#[derive(Debug, PartialEq, Eq)]
pub struct OutOfRange {
    /// The field's path.
    pub field: &'static str,
    /// What is needed, in words.
    pub needed: String,
    /// What was found.
    pub found: String,
}

impl Settings {
    /// Checks every value's range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let whole = |field, value: u64, min: u64, max: u64| match (min..=max).contains(&value) {
            true => Ok(()),
            false => Err(OutOfRange {
                field,
                needed: format!("a whole number from {min} to {max}"),
                found: value.to_string(),
            }),
        };
        let (http, engine, store) = (&self.http, &self.engine, &self.store);
        whole("http.body_bytes_max", http.body_bytes_max as u64, 1024, 256 * 1024 * 1024)?;
        whole("http.detections_max", http.detections_max as u64, 1, 1_000_000)?;
        whole("http.answer_s_max", http.answer_s_max, 1, 600)?;
        whole("engine.batches_in_flight_max", engine.batches_in_flight_max as u64, 1, 10_000)?;
        whole("engine.runs_max", engine.runs_max as u64, 1, 1_000)?;
        whole("engine.members_in_flight_max", engine.members_in_flight_max as u64, 1, 1_000)?;
        whole("engine.run_deadline_s", engine.run_deadline_s, 1, 86_400)?;
        whole("engine.crashes_max", u64::from(engine.crashes_max), 1, 100)?;
        whole("engine.restart_wait_ms", engine.restart_wait_ms, 1, 60_000)?;
        whole("compute.threads", self.compute.threads as u64, 0, 1_024)?;
        whole("store.detections_max", store.detections_max as u64, 1, 100_000_000)?;
        whole("store.requests_max", store.requests_max as u64, 1, 10_000_000)?;
        if !(engine.quorum > 0.0 && engine.quorum <= 1.0) {
            return Err(OutOfRange {
                field: "engine.quorum",
                needed: "a number above 0 and at most 1".to_owned(),
                found: engine.quorum.to_string(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
