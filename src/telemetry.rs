//! Log lines to standard error, as text for people or JSON for machines.
//!
//! `RUST_LOG` overrides the configured filter. Nothing is logged to standard output: that is for results.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::settings::LogFormat;

/// Why no log could be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("log filter {filter:?} cannot be read")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The process has one already.
    #[error("a log is already set up in this process")]
    Twice(#[from] TryInitError),
}

/// Sends the process's log lines to standard error; once a process.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let chosen = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| filter.to_owned());
    let env_filter = EnvFilter::try_new(&chosen)
        .map_err(|source| TelemetryError::Filter { filter: chosen.clone(), source })?;
    let builder = tracing_subscriber::fmt().with_env_filter(env_filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => {
            builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).finish().try_init()?
        }
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}
