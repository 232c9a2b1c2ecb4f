//! Log lines to standard error, as text for people or JSON for machines.
//!
//! `RUST_LOG` overrides the configured filter. Nothing is logged to standard output: that is for results.

use std::io::{self, Write};

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
    let builder = tracing_subscriber::fmt()
        .with_env_filter(env_filter(filter)?)
        .with_writer(|| Unheard(io::stderr()))
        .log_internal_errors(false);
    match format {
        LogFormat::Text => {
            builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).finish().try_init()?
        }
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}

/// Whether a filter can be read; the one of `RUST_LOG` where there is one.
pub fn check(filter: &str) -> Result<(), TelemetryError> {
    env_filter(filter).map(drop)
}

fn env_filter(filter: &str) -> Result<EnvFilter, TelemetryError> {
    let chosen = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| filter.to_owned());
    EnvFilter::try_new(&chosen).map_err(|source| TelemetryError::Filter { filter: chosen, source })
}

/// Standard error that may be closed or full: a log that nobody reads must not stop what it tells of.
struct Unheard(io::Stderr);

impl Write for Unheard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(bytes).unwrap_or_default();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().unwrap_or_default();
        Ok(())
    }
}

/// Says something to the user on standard error, or to nobody where that is closed.
pub fn say(text: impl std::fmt::Display) {
    writeln!(Unheard(io::stderr()), "guira: {text}").unwrap_or_default();
}
