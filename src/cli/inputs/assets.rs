//! `guira inputs fetch --assets`: what is worth protecting in a box, from OpenStreetMap into a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use firecore::asset::Asset;
use firecore::geo::Bounds;
use guira::clock::Clock;
use guira::inputs::online::{self, Online, OverpassError};
use guira::settings::Settings;

use super::pieces_bar;
use crate::cli::table::Target;

/// Fetches the assets of a box and writes them, whole or not at all.
pub(super) fn fetch(settings: &Settings, bounds: &Bounds, wait: Duration, file: &Path) -> anyhow::Result<()> {
    ensure!(file != Path::new("-") && !file.is_dir(), "--assets {}: needed a file", file.display());
    let options = settings.inputs.online.options(&settings.data_dir.0)?.ok_or(OverpassError::Nobody)?;
    let parts = online::parts(bounds).context("--bbox")?.len();
    // What cannot be written is not worth a question.
    let mut target = Target::open(None, Some(file))?;
    let online = Online::start(options, Clock::system())?;
    let bar = pieces_bar(parts)?;
    let fetched = online.assets(bounds, wait, || bar.inc(1));
    bar.finish_and_clear();
    let fetched = fetched.with_context(|| format!("{} was not written", file.display()))?;
    target
        .write_all(&fetched.file)
        .and_then(|()| target.flush())
        .with_context(|| format!("cannot write {}", file.display()))?;
    target.finish()?;
    let mut out = std::io::stdout();
    for warning in &fetched.warnings {
        writeln!(out, "! {warning}")?;
    }
    for (kind, count) in counts(&fetched.assets) {
        writeln!(out, "{count:>7} {kind}")?;
    }
    let as_of = fetched.as_of.map(|as_of| format!(", OpenStreetMap as of {as_of}")).unwrap_or_default();
    writeln!(out, "{} assets written to {}{as_of}", fetched.assets.len(), file.display())?;
    writeln!(out, "{}", fetched.copyright)?;
    Ok(())
}

/// How many there are of each kind, the most first.
fn counts(assets: &[Asset]) -> Vec<(&str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for asset in assets {
        *counts.entry(asset.kind.as_deref().unwrap_or("no kind")).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}
