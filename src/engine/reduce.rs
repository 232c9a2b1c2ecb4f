//! From the members' results to the forecast that the cluster gets: on the ComputePool, never in a handler.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use firecore::ensemble::impact::ASSETS_MAX;
use firecore::ensemble::reduce::{Reduced, Reducer};
use firecore::forecast::band::{AreaBand, each_perimeter};
use firecore::forecast::diff::{ForecastDiff, diff};
use firecore::forecast::impact::{AssetImpact, asset_impacts};
use firecore::forecast::{
    Ending, Forecast, ForecastPlan, InputNote, PercentilePerimeter, SimulatorNote, perimeter_of,
    perimeter_outlines, perimeters,
};
use firecore::ignition::Seed;
use firecore::landscape::{FuelCode, Landscape};
use firecore::perimeter::Tolerance;
use firecore::spread::StopToken;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Parts;
use super::assets::AssetList;
use super::intake::{Arrivals, Load, Look};
use super::tally::{MemberFacts, Tally};
use crate::artifacts::PictureExtras;
use crate::compute::{ComputeError, Urgency};
use crate::inputs::InputSet;

/// Longest time to write a forecast's files: they are a few megabytes at most.
const ARTIFACTS_S_MAX: u64 = 30;

/// A forecast and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Assembled {
    /// What changed since the forecast before it.
    pub(super) diff: Option<Box<ForecastDiff>>,
    pub(super) forecast: Arc<Forecast>,
    pub(super) results_uri: Option<String>,
}

/// A reducer that took members in, and what a look at it gave.
pub(super) struct Absorbed {
    pub(super) reducer: Box<Reducer>,
    pub(super) look: Look,
    pub(super) forecast: Option<Arc<Forecast>>,
    /// How long the look took, s, with the wait for a thread in it.
    pub(super) spent: Duration,
}

/// What a forecast says beside what its members give.
#[derive(Clone)]
pub(super) struct Remarks {
    plan: Arc<ForecastPlan>,
    issued_at: Timestamp,
    facts: Vec<MemberFacts>,
    members_lost: u32,
    ending: Ending,
    degradations: Vec<String>,
    inputs: Vec<InputNote>,
    assets: Arc<AssetList>,
    tolerance: Tolerance,
}

/// What a run has in hand.
#[derive(Clone)]
pub(super) struct Basis<'a> {
    pub(super) tally: &'a Tally,
    pub(super) inputs: &'a InputSet,
    pub(super) assets: &'a Arc<AssetList>,
    /// What overload changed about the plan, and why the surrogate stands in.
    pub(super) doubts: [Option<String>; 2],
}

impl Remarks {
    /// As things stand; `facts` are those of the forecast's members, `ending` is why no more are in it.
    pub(super) fn new(
        parts: &Parts,
        plan: Arc<ForecastPlan>,
        facts: Vec<MemberFacts>,
        basis: Basis<'_>,
        ending: Ending,
    ) -> Self {
        let Basis { tally, inputs, assets, doubts: [degradation, stand_in] } = basis;
        let mut notes = inputs.notes.clone();
        notes.push(assets_note(assets));
        notes.extend(map_note(&plan.seed));
        let fallbacks: Vec<_> =
            notes.iter().filter(|note| note.fallback).map(|note| note.input.as_str()).collect();
        let fallbacks = (!fallbacks.is_empty())
            .then(|| format!("built-in values stood in for: {}", fallbacks.join(", ")));
        let doubts = [
            degradation,
            stand_in,
            tally.losses(),
            elsewhere_note(&facts),
            off_fuel_note(&plan.seed, &inputs.landscape),
            fallbacks,
            embers_note(&facts),
        ];
        Self {
            issued_at: parts.clock.now(),
            members_lost: u32::try_from(tally.lost_count()).unwrap_or(u32::MAX),
            ending,
            degradations: doubts.into_iter().flatten().collect(),
            inputs: notes,
            assets: Arc::clone(assets),
            tolerance: parts.perimeter_tolerance,
            facts,
            plan,
        }
    }
}

/// Adds members to the reducer on the pool, and looks at the result where that is wanted.
pub(super) async fn absorb(
    parts: &Parts,
    urgency: Urgency,
    load: Load,
    remarks: Option<Remarks>,
) -> Result<Absorbed, String> {
    let Load { mut reducer, arrivals, look } = load;
    let began = Instant::now();
    let coverage = parts.ensemble.band_coverage;
    let task = move |_: &StopToken| {
        add_all(&mut reducer, arrivals);
        let forecast = remarks.and_then(|remarks| {
            let reduced = reducer.reduce(coverage)?;
            let (perimeters, bands) =
                (outlines(&remarks.plan, &reduced, remarks.tolerance), bands(&remarks.plan, &reduced, 0, 1));
            let impacts = impacts(&remarks.plan, &remarks.assets, &reduced);
            Some(Arc::new(forecast(remarks, reduced, perimeters, bands, impacts)))
        });
        (reducer, forecast)
    };
    let (reducer, forecast) = parts.pool.run(urgency, task).await.map_err(not_reduced)?;
    let spent = if look == Look::No { Duration::ZERO } else { began.elapsed() };
    Ok(Absorbed { reducer, look, forecast, spent })
}

/// Makes the forecast of a settled run and writes it; the error is in words, for the cluster to keep.
pub(super) async fn assemble(
    parts: &Parts,
    mut reducer: Box<Reducer>,
    arrivals: Arrivals,
    remarks: Remarks,
    landscape: Arc<Landscape>,
    before: Option<Arc<Forecast>>,
) -> Result<Assembled, String> {
    let (plan, tolerance) = (Arc::clone(&remarks.plan), remarks.tolerance);
    let urgency = Urgency::new(plan.method, plan.priority);
    if !arrivals.is_empty() {
        let add = move |_: &StopToken| {
            add_all(&mut reducer, arrivals);
            reducer
        };
        reducer = parts.pool.run(urgency, add).await.map_err(not_reduced)?;
    }
    let (reducer, coverage) = (Arc::new(reducer), Some(parts.ensemble.band_coverage));
    // No more tasks at a time than members, for which the pool's queue has room.
    let (threads, members_max) = (parts.pool.load().threads, parts.settings.members_in_flight_max);
    let tasks = if members_max == 0 { threads } else { threads.min(members_max) };
    let shared = Arc::clone(&reducer);
    let stripes =
        side_by_side(parts, urgency, tasks, move |part| shared.stripe(coverage, part, tasks)).await?;
    let (planned, assets) = (Arc::clone(&plan), Arc::clone(&remarks.assets));
    let join = move |_: &StopToken| {
        let reduced = reducer.join(coverage, stripes)?;
        let impacts = impacts(&planned, &assets, &reduced);
        Some((reduced, impacts))
    };
    let joined = parts.pool.run(urgency, join).await.map_err(not_reduced)?;
    let (reduced, impacts) = joined.ok_or_else(|| "no member gave a result".to_owned())?;
    let reduced = Arc::new(reduced);
    // The outlines are one task; the bands' areas take the other threads meanwhile.
    let (shared, others, leads) = (Arc::clone(&reduced), tasks.max(2) - 1, Arc::clone(&plan));
    let drawn = side_by_side(parts, urgency, 1 + others, move |part| match part {
        0 => (perimeter_outlines(&shared.arrival, &leads.lead_times_s, tolerance), Vec::new()),
        part => (Vec::new(), bands(&leads, &shared, part - 1, others)),
    });
    let mut drawn = drawn.await?.into_iter();
    let outlines = Arc::new(drawn.next().map(|(outlines, _)| outlines).unwrap_or_default());
    let bands = drawn.flat_map(|(_, bands)| bands).collect();
    let shared = Arc::clone(&reduced);
    let described = side_by_side(parts, urgency, tasks, move |part| {
        let asked = each_perimeter(&plan.lead_times_s).zip(outlines.iter()).enumerate();
        let own = asked.skip(part).step_by(tasks);
        own.map(|(at, (asked, outline))| {
            (at, perimeter_of(&shared.arrival, outline, asked, plan.seed.seeded_at))
        })
        .collect::<Vec<_>>()
    });
    let mut described: Vec<_> = described.await?.into_iter().flatten().collect();
    described.sort_by_key(|(at, _)| *at);
    let perimeters = described.into_iter().map(|(_, perimeter)| perimeter).collect();
    let reduced = Arc::unwrap_or_clone(reduced);
    let mut forecast = Arc::new(forecast(remarks, reduced, perimeters, bands, impacts));
    let results_uri = keep(parts, &mut forecast, landscape).await;
    let diff = match before {
        Some(before) => {
            // Without its grids it says less: what of the ground changed.
            let before = parts.grids.whole(&before).await.unwrap_or(before);
            let after = Arc::clone(&forecast);
            let compare = move |_: &StopToken| diff(&before, &after, &after.plan.urgency.why);
            Some(Box::new(parts.pool.run(urgency, compare).await.map_err(not_reduced)?))
        }
        None => None,
    };
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
    Ok(Assembled { diff, forecast, results_uri })
}

/// Runs `count` parts of a work on the pool at the same time; the results are in the parts' order.
async fn side_by_side<T: Send + 'static>(
    parts: &Parts,
    urgency: Urgency,
    count: usize,
    work: impl Fn(usize) -> T + Clone + Send + 'static,
) -> Result<Vec<T>, String> {
    let mut tasks = JoinSet::new();
    for part in 0..count {
        let (pool, work) = (Arc::clone(&parts.pool), work.clone());
        tasks.spawn(async move { (part, pool.run(urgency, move |_| work(part)).await) });
    }
    let mut done = Vec::with_capacity(count);
    while let Some(joined) = tasks.join_next().await {
        let (part, outcome) = joined.map_err(|error| format!("the members were not reduced: {error}"))?;
        done.push((part, outcome.map_err(not_reduced)?));
    }
    done.sort_by_key(|(part, _)| *part);
    Ok(done.into_iter().map(|(_, outcome)| outcome).collect())
}

fn not_reduced(error: ComputeError) -> String {
    format!("the members were not reduced: {error}")
}

fn add_all(reducer: &mut Reducer, arrivals: Arrivals) {
    for (index, arrival) in arrivals {
        reducer.add(index, &arrival);
    }
}

fn outlines(plan: &ForecastPlan, reduced: &Reduced, tolerance: Tolerance) -> Vec<PercentilePerimeter> {
    perimeters(&reduced.arrival, &plan.lead_times_s, plan.seed.seeded_at, tolerance)
}

/// Every `count`-th perimeter's band from a first one on.
fn bands(plan: &ForecastPlan, reduced: &Reduced, first: usize, count: usize) -> Vec<(usize, AreaBand)> {
    let own = each_perimeter(&plan.lead_times_s).enumerate().skip(first).step_by(count);
    own.map(|(at, (lead, percentile))| (at, AreaBand::at(reduced, percentile, lead))).collect()
}

/// When the assets are reached.
fn impacts(plan: &ForecastPlan, assets: &AssetList, reduced: &Reduced) -> Vec<AssetImpact> {
    asset_impacts(plan, assets.index.assets(), &reduced.assets, reduced.burned.members)
}

/// Detections over ground that cannot burn may start no fire there; a reader of the map would miss them.
fn off_fuel_note(seed: &Seed, landscape: &Landscape) -> Option<String> {
    let mut codes = seed.off_fuel(landscape);
    let (off, all) = (codes.len(), seed.burning.len());
    codes.sort_unstable();
    codes.dedup();
    let name = |code: &Option<FuelCode>| {
        code.map_or("outside the landscape".to_owned(), |code| landscape.fuel_models.describe(code))
    };
    let named: Vec<String> = codes.iter().map(name).collect();
    (off > 0).then(|| {
        format!(
            "{off} of {all} burning detections lie on ground that cannot burn ({}): a fire starts only where a member's start touches fuel; where it is seen to burn, give a place on the fuel beside it",
            named.join(", ")
        )
    })
}

/// Embers beyond the bound set no fire: the forecast may be too small.
fn embers_note(members: &[MemberFacts]) -> Option<String> {
    let short = members.iter().filter(|member| member.embers_refused > 0).count();
    let refused: usize = members.iter().map(|member| member.embers_refused).sum();
    (short > 0).then(|| {
        format!(
            "{refused} embers of {short} of {} members were not followed: raise embers_max",
            members.len()
        )
    })
}

/// Members that were not computed where it is set.
fn elsewhere_note(members: &[MemberFacts]) -> Option<String> {
    let elsewhere = || members.iter().filter_map(|member| member.origin.instead.as_ref());
    let first = elsewhere().next()?;
    Some(format!(
        "{} of {} members were computed in this process instead of on a PhysX server; the first one: {first}",
        elsewhere().count(),
        members.len()
    ))
}

/// Who computed how many members, in the order of their names.
fn simulators(members: &[MemberFacts]) -> Vec<SimulatorNote> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for member in members {
        *counts.entry(&member.origin.simulator).or_default() += 1;
    }
    let note = |(simulator, members): (&str, u32)| SimulatorNote { simulator: simulator.to_owned(), members };
    counts.into_iter().map(note).collect()
}

/// Assets beyond the bound are not in the forecast.
fn left_out_note(left_out: usize) -> Option<String> {
    (left_out > 0).then(|| {
        format!(
            "{left_out} assets near the fire were not followed: {ASSETS_MAX} others are nearer to its start"
        )
    })
}

/// What is near a fire decides how it is forecast, so a forecast says how much is known of it.
fn assets_note(assets: &AssetList) -> InputNote {
    let version = assets.version;
    let source = match assets.index.len() {
        0 => format!("none given: every fire counts as far from all assets (list of version {version})"),
        known => format!("{known} known: list of version {version}"),
    };
    InputNote { input: "assets".to_owned(), source, valid_at: None, fallback: false }
}

/// What was drawn, where anything was.
fn map_note(seed: &Seed) -> Option<InputNote> {
    let (outlines, places) =
        (seed.outlines.len(), seed.outlines.iter().map(|outline| outline.places().count()).sum::<usize>());
    let source = format!("{outlines} mapped, through {places} places");
    (outlines > 0).then(|| InputNote {
        input: "perimeter".to_owned(),
        source,
        valid_at: None,
        fallback: false,
    })
}

/// The forecast that a plan's members give.
fn forecast(
    remarks: Remarks,
    reduced: Reduced,
    perimeters: Vec<PercentilePerimeter>,
    mut bands: Vec<(usize, AreaBand)>,
    impacts: Vec<AssetImpact>,
) -> Forecast {
    let Remarks { plan, issued_at, facts, members_lost, ending, mut degradations, inputs, assets, tolerance } =
        remarks;
    degradations.extend(left_out_note(reduced.assets_left_out));
    let used = u32::try_from(facts.len()).unwrap_or(u32::MAX);
    let no_spread = facts.iter().map(|member| member.no_spread.as_ref()).collect::<Option<Vec<_>>>();
    bands.sort_by_key(|(at, _)| *at);
    let measured = bands.into_iter().zip(&perimeters);
    Forecast {
        bands: measured.map(|((_, band), perimeter)| band.scaled_to(perimeter.area_ha)).collect(),
        perimeters,
        perimeter_tolerance_m: tolerance.m(reduced.arrival.shape.cell_size_m),
        issued_at,
        members_used: used,
        members_lost,
        members_left_out: plan.members - used - members_lost,
        ending,
        arrival: reduced.arrival,
        assets: impacts,
        assets_version: assets.version,
        burned: reduced.burned,
        edge_reached: facts.iter().any(|member| member.edge_reached),
        simulators: simulators(&facts),
        no_spread: no_spread.and_then(|reasons| reasons.first().map(|reason| reason.to_string())),
        inputs,
        degradations,
        plan: ForecastPlan::clone(&plan),
    }
}

/// Writes the forecast's files. A failure costs the files, not the forecast, which then says so.
async fn keep(parts: &Parts, forecast: &mut Arc<Forecast>, backdrop: Arc<Landscape>) -> Option<String> {
    let artifacts = parts.artifacts.as_ref()?;
    let put = artifacts.put(Arc::clone(forecast), Some(backdrop), PictureExtras::default());
    let written = tokio::time::timeout(Duration::from_secs(ARTIFACTS_S_MAX), put).await;
    let reason = match written {
        Ok(Ok(written)) => return Some(written.uri),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("not done within {ARTIFACTS_S_MAX} s"),
    };
    tracing::error!(cluster = %forecast.plan.cluster_id, version = forecast.plan.version, reason, "results not written");
    let forecast = Arc::make_mut(forecast);
    forecast.degradations.push(format!("the results were not written to a file: {reason}"));
    None
}
