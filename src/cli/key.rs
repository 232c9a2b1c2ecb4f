//! `guira key new`: a fresh key, shown once.

use std::collections::BTreeSet;
use std::io::{Write, stdout};

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use guira::http::auth::{FreshKey, Scope};
use jiff::Timestamp;

/// What is done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a key: 256 random bits, shown once, and the entry for the keys file, which holds only a digest.
    #[command(after_help = "Example:\n  guira key new --id satellites --scope ingest\n\n\
        Put the printed [[key]] table into a file and name the file in the settings:\n  \
        [http]\n  keys_file = \"keys.toml\"")]
    New(New),
}

/// A new key.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// Whose it is: appears in log lines.
    #[arg(long, default_value = "client")]
    id: String,
    /// What it allows; may be given more than once.
    #[arg(long = "scope", value_enum, default_values = ["ingest", "read"])]
    scopes: Vec<ScopeArg>,
    /// From when on it is refused, as in 2027-01-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeArg {
    /// Sending detections.
    Ingest,
    /// Reading forecasts and fires.
    Read,
    /// Changing what is worth protecting.
    #[value(name = "assets:write")]
    AssetsWrite,
    /// Everything.
    Admin,
}

impl From<ScopeArg> for Scope {
    fn from(scope: ScopeArg) -> Self {
        match scope {
            ScopeArg::Ingest => Self::Ingest,
            ScopeArg::Read => Self::Read,
            ScopeArg::AssetsWrite => Self::AssetsWrite,
            ScopeArg::Admin => Self::Admin,
        }
    }
}

impl Key {
    /// Does what was asked for.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self::New(New { id, scopes, expires }) = self;
        let key = FreshKey::generate()?;
        let scopes: BTreeSet<Scope> = scopes.into_iter().map(Scope::from).collect();
        let entry = key.entry(id, scopes, expires);
        write!(
            stdout(),
            "# The key, shown only now; clients send it in the header X-API-Key:\n# {}\n\n\
             # For the keys file:\n{entry}",
            key.reveal()
        )
        .context("the key could not be printed, so it is lost")
    }
}
