//! `guira doctor`: what is wrong with a set-up, one line each, and what to do about it.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use guira::settings::{Settings, from_sources, process_variables};

mod inputs;
mod place;
mod reach;
mod start;

/// Check settings, files, coordinate systems, extents, ages, keys, disk, ports and reachability.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  guira doctor\n  guira doctor --config guira.toml\n  guira doctor --landscape landscape/ --weather weather/\n\n\
    One line for each thing that was looked at: ok, warning or error, and what to do. It ends with an error if there was one."
)]
pub(crate) struct Doctor {
    /// Settings in TOML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of rasters, or one landscape file, beside those in the settings; may be given more than once.
    #[arg(long, value_name = "DIR")]
    landscape: Vec<PathBuf>,
    /// Folder of weather, or one file of it; likewise.
    #[arg(long, value_name = "DIR")]
    weather: Vec<PathBuf>,
    /// Ask nobody over the network.
    #[arg(long)]
    offline: bool,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Ok,
    Warning,
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
struct Finding {
    level: Level,
    what: String,
    said: String,
    /// What to do; empty where there is nothing to.
    mend: String,
}

impl Finding {
    fn ok(what: impl Into<String>, said: impl Into<String>) -> Self {
        Self { level: Level::Ok, what: what.into(), said: said.into(), mend: String::new() }
    }

    fn warning(what: impl Into<String>, said: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { level: Level::Warning, what: what.into(), said: said.into(), mend: mend.into() }
    }

    fn error(what: impl Into<String>, said: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { level: Level::Error, what: what.into(), said: said.into(), mend: mend.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {}: {}", self.level, self.what, self.said)?;
        if !self.mend.is_empty() {
            write!(f, "; {}", self.mend)?;
        }
        Ok(())
    }
}

impl Doctor {
    /// Looks at everything, prints it, and fails if something is wrong.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut out = std::io::stdout();
        let mut findings = Vec::new();
        let mut tell = |finding: Finding| {
            let printed = writeln!(out, "{finding}");
            findings.push(finding.level);
            printed
        };
        let settings = match from_sources(self.config.as_deref(), process_variables()) {
            Ok(settings) => {
                tell(Finding::ok("settings", said_of(self.config.as_deref())))?;
                settings
            }
            Err(error) => {
                tell(Finding::error(
                    "settings",
                    error.to_string(),
                    "mend what is named there; docs/operations.md has every setting",
                ))?;
                bail!("the other checks need settings that can be read");
            }
        };
        let settings = self.completed(settings);
        let here = place::look(&settings).into_iter().chain(start::look(&settings));
        for finding in here.chain(inputs::look(&settings)) {
            tell(finding)?;
        }
        for finding in reach::look(&settings) {
            tell(finding)?;
        }
        let count = |level: Level| findings.iter().filter(|found| **found == level).count();
        let (errors, warnings) = (count(Level::Error), count(Level::Warning));
        writeln!(out, "\n{errors} errors, {warnings} warnings, {} ok", count(Level::Ok))?;
        match errors {
            0 => Ok(()),
            _ => bail!("{errors} of {} checks found an error", findings.len()),
        }
    }

    fn completed(&self, mut settings: Settings) -> Settings {
        settings.inputs.landscapes.extend(self.landscape.clone());
        settings.inputs.weathers.extend(self.weather.clone());
        settings.inputs.online.enabled &= !self.offline;
        settings
    }
}

fn said_of(config: Option<&Path>) -> String {
    let variables = process_variables().filter(|(name, _)| name.starts_with("GUIRA_")).count();
    let file = config.map_or("built-in".to_owned(), |file| file.display().to_string());
    match variables {
        0 => file,
        count => format!("{file}, and {count} variables"),
    }
}
