//! From the members' results to the forecast that the cluster gets: on the ComputePool, never in a handler.

use std::sync::Arc;
use std::time::Duration;

use firecore::ensemble::reduce::ArrivalPercentiles;
use firecore::forecast::{Forecast, ForecastPlan, InputNote, perimeters};
use firecore::geo::Bounds;
use firecore::ignition::Seed;
use firecore::landscape::Landscape;
use firecore::perimeter::Tolerance;
use firecore::spread::ArrivalTimes;
use jiff::Timestamp;

use super::Parts;
use super::tally::Tally;
use crate::artifacts::PictureExtras;
use crate::inputs::InputSet;

/// Longest time to write a forecast's files: they are a few megabytes at most.
const ARTIFACTS_S_MAX: u64 = 30;

/// A forecast and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Assembled {
    pub(super) forecast: Arc<Forecast>,
    pub(super) results_uri: Option<String>,
}

/// Reduces a settled tally and writes the result; the error is in words, for the cluster to keep.
pub(super) async fn assemble(
    parts: &Parts,
    plan: Arc<ForecastPlan>,
    tally: Tally,
    inputs: InputSet,
) -> Result<Assembled, String> {
    let issued_at = parts.clock.now();
    let losses = tally.losses();
    let members = tally.into_results();
    let tolerance = parts.perimeter_tolerance;
    let (priority, InputSet { landscape, mut notes, .. }) = (plan.priority, inputs);
    notes.push(assets_note(parts.assets.len()));
    let doubts = losses.into_iter().chain(off_fuel_note(&plan.seed, &landscape)).collect();
    let reduced = parts
        .pool
        .run(priority, move |_| forecast(&plan, &members, tolerance, doubts, notes, issued_at))
        .await
        .map_err(|error| format!("the members were not reduced: {error}"))?;
    let mut forecast = reduced.ok_or_else(|| "the members' results do not lie on one grid".to_owned())?;
    let results_uri = keep(parts, &mut forecast, landscape).await;
    // An engine that keeps no files only measures; its fires are in no answer.
    if parts.artifacts.is_some() {
        let plan = &forecast.plan;
        tracing::info!(
            cluster = %plan.cluster_id,
            version = plan.version,
            method = %plan.method,
            detections = plan.detection_count,
            members = forecast.members_used,
            "forecast"
        );
    }
    Ok(Assembled { forecast: Arc::new(forecast), results_uri })
}

/// Detections over ground that cannot burn may start no fire there; a reader of the map would miss them.
fn off_fuel_note(seed: &Seed, landscape: &Landscape) -> Option<String> {
    let (off, all) = (seed.off_fuel(landscape), seed.burning.len());
    (off > 0).then(|| format!("{off} of {all} burning detections lie on ground that cannot burn"))
}

/// Embers beyond the bound set no fire: the forecast may be too small.
fn embers_note(members: &[ArrivalTimes]) -> Option<String> {
    let short = members.iter().filter(|member| member.embers_refused > 0).count();
    let refused: usize = members.iter().map(|member| member.embers_refused).sum();
    (short > 0).then(|| {
        format!(
            "{refused} embers of {short} of {} members were not followed: raise embers_max",
            members.len()
        )
    })
}

/// What is near a fire decides how it is forecast, so a forecast says how much is known of it.
fn assets_note(known: usize) -> InputNote {
    let source = match known {
        0 => "none given: every fire counts as far from all assets".to_owned(),
        known => format!("{known} known"),
    };
    InputNote { input: "assets".to_owned(), source, valid_at: None, fallback: false }
}

/// The forecast that a plan's members give; `None` where they cannot be reduced.
fn forecast(
    plan: &ForecastPlan,
    members: &[ArrivalTimes],
    tolerance: Tolerance,
    mut degradations: Vec<String>,
    inputs: Vec<InputNote>,
    issued_at: Timestamp,
) -> Option<Forecast> {
    let arrival = ArrivalPercentiles::reduce(members)?;
    let used = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let fallbacks: Vec<_> =
        inputs.iter().filter(|note| note.fallback).map(|note| note.input.as_str()).collect();
    if !fallbacks.is_empty() {
        degradations.push(format!("built-in values stood in for: {}", fallbacks.join(", ")));
    }
    degradations.extend(embers_note(members));
    let no_spread = members.iter().map(|member| member.no_spread.as_ref()).collect::<Option<Vec<_>>>();
    Some(Forecast {
        perimeters: perimeters(&arrival, &plan.lead_times_s, plan.seed.seeded_at, tolerance),
        perimeter_tolerance_m: tolerance.m(arrival.shape.cell_size_m),
        plan: plan.clone(),
        issued_at,
        members_used: used,
        members_lost: plan.members - used,
        arrival,
        edge_reached: members.iter().any(|member| member.edge_reached),
        no_spread: no_spread.and_then(|reasons| reasons.first().map(|reason| reason.to_string())),
        inputs,
        degradations,
    })
}

/// Writes the forecast's files. A failure costs the files, not the forecast, which then says so.
async fn keep(parts: &Parts, forecast: &mut Forecast, backdrop: Arc<Landscape>) -> Option<String> {
    let artifacts = parts.artifacts.as_ref()?;
    let put = artifacts.put(forecast, Some(backdrop), PictureExtras::default());
    let written = tokio::time::timeout(Duration::from_secs(ARTIFACTS_S_MAX), put).await;
    let reason = match written {
        Ok(Ok(written)) => return Some(written.uri),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("not done within {ARTIFACTS_S_MAX} s"),
    };
    tracing::error!(cluster = %forecast.plan.cluster_id, version = forecast.plan.version, reason, "results not written");
    forecast.degradations.push(format!("the results were not written to a file: {reason}"));
    None
}

/// The box around a seed's ignitions, with their radii; the smaller of the two ways around the Earth.
pub(super) fn area_of(seed: &Seed) -> Bounds {
    let ignitions = || seed.burning.iter().chain(&seed.burned);
    let first_lon = ignitions().next().map_or(0.0, |ignition| ignition.position.lon_deg());
    let wrap = |lon: f64| (lon + 540.0).rem_euclid(360.0) - 180.0;
    let (mut west, mut east, mut south, mut north) = (0.0_f64, 0.0_f64, 90.0_f64, -90.0_f64);
    for ignition in ignitions() {
        let lat = ignition.position.lat_deg();
        let reach_lat_deg = (ignition.radius_m / firecore::geo::EARTH_RADIUS_M).to_degrees();
        let reach_lon_deg = (reach_lat_deg / lat.to_radians().cos().max(1e-3)).min(180.0);
        let from_first = wrap(ignition.position.lon_deg() - first_lon);
        west = west.min(from_first - reach_lon_deg);
        east = east.max(from_first + reach_lon_deg);
        south = south.min(lat - reach_lat_deg);
        north = north.max(lat + reach_lat_deg);
    }
    Bounds {
        west_deg: wrap(first_lon + west),
        south_deg: south.max(-90.0),
        east_deg: wrap(first_lon + east),
        north_deg: north.min(90.0),
    }
}

#[cfg(test)]
mod tests {
    use firecore::geo::LonLat;
    use firecore::ignition::Ignition;

    use super::*;

    fn seed(places: &[(f64, f64)]) -> Seed {
        let burning = places.iter().map(|(lon, lat)| Ignition {
            position: LonLat::new(*lon, *lat).unwrap(),
            radius_m: 100.0,
            position_sd_m: 0.0,
        });
        Seed { seeded_at: Timestamp::UNIX_EPOCH, burning: burning.collect(), burned: Vec::new() }
    }

    #[test]
    fn the_area_holds_every_ignition_with_its_radius() {
        let area = area_of(&seed(&[(-120.0, 38.0), (-119.9, 38.1)]));
        assert!(area.west_deg < -120.0 && area.west_deg > -120.01);
        assert!(area.east_deg > -119.9 && area.east_deg < -119.89);
        assert!(area.south_deg < 38.0 && area.north_deg > 38.1 && area.north_deg < 38.11);
    }

    #[test]
    fn a_fire_on_the_antimeridian_has_a_small_area() {
        let area = area_of(&seed(&[(179.95, -17.0), (-179.95, -17.1)]));
        assert!(area.west_deg > 179.9 && area.east_deg < -179.9);
    }
}
