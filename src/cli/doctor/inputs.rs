//! Landscapes, weather, assets, fuel models: whether they can be read, fit each other, and how old they are.

use std::path::Path;

use firecore::geo::Bounds;
use guira::clock::Clock;
use guira::inputs::assets::AssetFiles;
use guira::inputs::look::{self, LandscapeLook, in_words};
use guira::inputs::online::{Gives, Provider};
use guira::inputs::{InputSettings, fuel};
use guira::settings::Settings;
use jiff::Timestamp;

use super::Finding;

/// Age from which on a landscape is told to be old, days: the land has had two seasons to grow and burn.
const LANDSCAPE_DAYS_MAX: i64 = 730;

/// Doubts of a weather's file that its line shows.
const DOUBTS_SHOWN: usize = 3;

/// Everything that a forecast is computed from.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let sources = match settings.inputs.sources(&settings.data_dir.0) {
        Ok(sources) => sources,
        Err(error) => {
            return vec![Finding::error(
                "inputs",
                error.to_string(),
                "mend that setting: docs/operations.md",
            )];
        }
    };
    let (mut findings, mut grounds) = (Vec::new(), Vec::new());
    for path in &sources.landscapes {
        let (finding, bounds) = landscape(path, &sources);
        findings.push(finding);
        grounds.extend(bounds);
    }
    if sources.landscapes.is_empty() {
        let fetches = |gives: Gives| {
            let online = sources.online.as_ref();
            online.is_some_and(|online| online.providers.iter().any(|provider| provider.gives() == gives))
        };
        let whole = sources
            .online
            .as_ref()
            .is_some_and(|online| online.contact.is_some() && online.providers.contains(&Provider::Landfire));
        let said = match (whole || fetches(Gives::Terrain), whole || fetches(Gives::Fuel)) {
            (true, true) => "none is configured: terrain and fuel are fetched",
            (true, false) => "none is configured, and fuel is not fetched: every fire is in grass",
            (false, true) => "none is configured, and terrain is not fetched: every fire is on flat ground",
            (false, false) => "none is configured, and nothing is fetched: every fire is on flat grass",
        };
        let mend = "name one as inputs.landscapes, or with --landscape, or providers as inputs.online.terrain and fuel";
        findings.push(match said.ends_with("are fetched") {
            true => Finding::ok("landscape", said),
            false => Finding::warning("landscape", said, mend),
        });
    }
    let horizon_s = settings.forecast.lead_times_s.last().copied().unwrap_or(0);
    findings.extend(sources.weathers.iter().map(|path| weather(path, &sources, &grounds, horizon_s)));
    findings.extend(sources.fuel_models.iter().map(|path| match fuel::read_models(path) {
        Ok(file) => Finding::ok("fuel models", format!("{}: {} models", path.display(), file.models.len())),
        Err(error) => Finding::error(
            "fuel models",
            error.to_string(),
            "mend that line; guira fuel list shows the standard ones",
        ),
    }));
    findings.extend(asset_files(settings, &grounds));
    findings
}

fn landscape(path: &Path, sources: &InputSettings) -> (Finding, Option<Bounds>) {
    let what = format!("landscape {}", path.display());
    let found = match look::landscape(path, sources) {
        Ok(found) => found,
        Err(error) => {
            let said = error.to_string();
            let mend = mend_of(&said);
            return (Finding::error(what, said, mend), None);
        }
    };
    let bounds = Some(found.bounds);
    let said = format!("{} with {}", in_words(&found.bounds), layers(&found));
    if let Some(doubt) = found.doubts.first() {
        return (
            Finding::warning(
                what,
                format!("{said}; {doubt}"),
                "check the layer's file, its coordinate system and its codes",
            ),
            bounds,
        );
    }
    let age_days =
        found.changed_at.map(|changed| Clock::system().now().duration_since(changed).as_hours() / 24);
    let finding = match age_days {
        Some(days) if days > LANDSCAPE_DAYS_MAX => Finding::warning(
            what,
            format!("{said}; {days} days old"),
            "see whether a newer one is published: what burned since is still fuel in it",
        ),
        _ if !found.missing.is_empty() => Finding::warning(
            what,
            format!("{said}; without {}", found.missing.join(", ")),
            "slope and aspect come from dem; without dem the ground is flat, without cc, ch, cbh and cbd no crown burns",
        ),
        _ => Finding::ok(what, said),
    };
    (finding, bounds)
}

fn layers(found: &LandscapeLook) -> String {
    let beside = found.layers.join(", ");
    if beside.is_empty() { "fuel".to_owned() } else { format!("fuel, {beside}") }
}

/// What to do about a raster that cannot be used, by what is wrong with it.
fn mend_of(said: &str) -> &'static str {
    let has = |word: &str| said.contains(word);
    match () {
        () if has("has no fuel") => {
            "put a fuel raster there: fbfm40.tif from LANDFIRE, or fuel.tif with --fuel-classification"
        }
        () if has("an empty file ") && has(".prj") => {
            "write the coordinate system into that .prj, or fetch it again"
        }
        () if has("coordinate system") => {
            "write its coordinate system into the file (gdal_edit.py -a_srs EPSG:CODE FILE), or put a .prj beside it"
        }
        () if has("georeference") => {
            "write its place into the file (gdal_translate -a_ullr), or put a world file beside it"
        }
        () if has("ncols x nrows") => {
            "count a row's values and the rows and mend its heading, or write it anew: a value is missing or too many"
        }
        () if has("cannot be right") => {
            "compare its corner and cell size, or its place, with the unit of its coordinate system: metres, feet or degrees"
        }
        () if has("damaged")
            || has("ends")
            || has("bytes in all")
            || has("an HTML page")
            || has("found an empty file") =>
        {
            "fetch or copy the file again: it is cut off or broken"
        }
        () if has("not supported") => {
            "turn it into a GeoTIFF with deflate: gdal_translate -co COMPRESS=DEFLATE IN OUT"
        }
        () if has("cannot read") => "check the path and who may read it",
        () => "check the file named there",
    }
}

fn weather(path: &Path, sources: &InputSettings, grounds: &[Bounds], horizon_s: u32) -> Finding {
    let what = format!("weather {}", path.display());
    let found = match look::weather(path, sources.utc_offset) {
        Ok(found) => found,
        Err(error) => {
            let said = error.to_string();
            let mend = match said.contains("valid time") {
                true => {
                    "describe each band by its time: gdal_edit.py, or write the file with band descriptions"
                }
                false => mend_of(&said),
            };
            return Finding::error(what, said, mend);
        }
    };
    let span = format!("{} to {}", found.reach.first, found.reach.last);
    if let Some(bounds) = &found.reach.bounds
        && !grounds.is_empty()
        && !grounds.iter().any(|ground| ground.touches(bounds))
    {
        return Finding::error(
            what,
            format!("{span}, at {}, touches no landscape", in_words(bounds)),
            "take weather of the landscape's own place; a swapped longitude and latitude looks like this",
        );
    }
    let lack = lack([found.reach.first, found.reach.last], Clock::system().now(), horizon_s, sources);
    let mend = match lack {
        Some(_) => "put a new run there: it is used within a minute, without a restart",
        None => "check the file's rows or bands, and fetch those that are missing",
    };
    let said: Vec<String> = lack.into_iter().chain(found.warnings).take(DOUBTS_SHOWN).collect();
    match said.is_empty() {
        true => Finding::ok(what, span),
        false => Finding::warning(what, format!("{span}: {}", said.join("; ")), mend),
    }
}

/// Which hours of a forecast from now the weather of this span lacks, and what stands in for them.
fn lack(
    [first, last]: [Timestamp; 2],
    now: Timestamp,
    horizon_s: u32,
    sources: &InputSettings,
) -> Option<String> {
    const HOUR_S: i64 = 3600;
    let horizon_s = i64::from(horizon_s);
    let (ended_s, begins_s) = (now.duration_since(last).as_secs(), first.duration_since(now).as_secs());
    let beyond_s = (ended_s + horizon_s).max(begins_s);
    if beyond_s <= 0 {
        return None;
    }
    let (when, edge) = match () {
        () if begins_s > ended_s + horizon_s => (format!("it begins in {} h", begins_s / HOUR_S), "first"),
        () if ended_s >= 0 => (format!("it ended {} h ago", ended_s / HOUR_S), "last"),
        () => (format!("it ends in {} h", -ended_s / HOUR_S), "last"),
    };
    let hold_s = i64::from(sources.weather_hold_s);
    let online = sources
        .online
        .as_ref()
        .is_some_and(|online| online.providers.iter().any(|provider| provider.gives() == Gives::Weather));
    let fate = match () {
        () if beyond_s <= hold_s => format!("its {edge} hour is held for them"),
        () => {
            let other = match () {
                () if sources.constant_weather.is_some() => "inputs.constant_weather",
                () if online => "what is fetched",
                () => "the built-in light wind",
            };
            format!(
                "held are {} h (inputs.weather_hold_s), so {other} stands in for all of it",
                hold_s / HOUR_S
            )
        }
    };
    let missing_h = (beyond_s.min(horizon_s) + HOUR_S - 1) / HOUR_S;
    Some(format!(
        "{when}, and lacks {missing_h} of the {} h of a forecast from now; {fate}",
        horizon_s / HOUR_S
    ))
}

fn asset_files(settings: &Settings, grounds: &[Bounds]) -> Vec<Finding> {
    if settings.inputs.assets.is_empty() {
        return vec![Finding::warning(
            "assets",
            "none: every fire counts as far from everything",
            "name files as inputs.assets, or put them in by HTTP",
        )];
    }
    let names: Vec<String> = settings.inputs.assets.iter().map(|path| path.display().to_string()).collect();
    let what = format!("assets {}", names.join(", "));
    let mut files = AssetFiles::new(&settings.inputs.assets, &settings.inputs.clearance_min);
    let found = match files.read() {
        Ok(found) => found,
        Err(error) => {
            return vec![Finding::error(
                what,
                error.to_string(),
                "mend the file or feature named there, or take it off inputs.assets",
            )];
        }
    };
    if found.is_empty() {
        return vec![Finding::warning(what, "no asset in it", "put features into it")];
    }
    let inside = |bounds: &Bounds| {
        let first = &found[0];
        let near = |asset: &firecore::asset::Asset| {
            let middle = geo::Centroid::centroid(&asset.geometry);
            middle.is_some_and(|at| {
                let here =
                    Bounds { west_deg: at.x(), south_deg: at.y(), east_deg: at.x(), north_deg: at.y() };
                bounds.touches(&here)
            })
        };
        near(first) || found.iter().any(near)
    };
    if !grounds.is_empty() && !grounds.iter().any(inside) {
        return vec![Finding::warning(
            what,
            format!("{} assets, none of them on a landscape", found.len()),
            "check that positions are longitude first",
        )];
    }
    vec![Finding::ok(what, format!("{} assets", found.len()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_that_a_forecast_from_now_lacks_are_counted_and_what_stands_in_is_said() {
        let day_s = 86_400;
        let sources = InputSettings::default();
        let told = |from_h: i64, to_h: i64| {
            let at = |hour: i64| Timestamp::from_second(1_700_000_000 + hour * 3600).unwrap();
            lack([at(from_h), at(to_h)], at(0), day_s, &sources).unwrap_or_default()
        };
        assert_eq!(told(-10, 24), "");
        for (from_h, to_h, expected) in [
            (
                -10,
                3,
                "it ends in 3 h, and lacks 21 of the 24 h of a forecast from now; its last hour is held",
            ),
            (
                -10,
                -5,
                "it ended 5 h ago, and lacks 24 of the 24 h of a forecast from now; its last hour is held",
            ),
            (-90, -48, "it ended 48 h ago, and lacks 24 of the 24 h of a forecast from now; its last hour"),
            (
                2,
                30,
                "it begins in 2 h, and lacks 2 of the 24 h of a forecast from now; its first hour is held",
            ),
        ] {
            assert!(told(from_h, to_h).starts_with(expected), "{}", told(from_h, to_h));
        }
        let beyond = told(-90, -49);
        assert!(
            beyond.ends_with(
                "held are 72 h (inputs.weather_hold_s), so the built-in light wind stands in for all of it"
            ),
            "{beyond}"
        );
    }
}
