//! What `guira forecast` prints: a table for each fire, its inputs, and what fell short.

use std::io::Write;
use std::path::PathBuf;

use firecore::forecast::band::AreaBand;
use firecore::forecast::impact::AssetImpact;
use firecore::forecast::{Ending, Forecast, ForecastPlan, InputNote};
use firecore::strategy::Method;
use jiff::Timestamp;

use super::Outcome;
use super::verify::Observed;

/// Fires whose tables are printed; the rest is counted, and all are in the files.
const FIRES_SHOWN: usize = 10;

/// Assets that are printed for each fire, the most urgent; all are in the files.
const ASSETS_SHOWN: usize = 5;

/// Prints the fires by their number of detections, then those that have no forecast, then the files.
pub(super) fn print(
    out: &mut impl Write,
    outcome: &Outcome,
    written: &[PathBuf],
    observed: Option<&Observed>,
) -> std::io::Result<()> {
    let mut forecasts: Vec<&Forecast> = outcome.forecasts.iter().map(AsRef::as_ref).collect();
    forecasts
        .sort_by_key(|forecast| (std::cmp::Reverse(forecast.plan.detection_count), forecast.plan.cluster_id));
    for (place, forecast) in forecasts.iter().take(FIRES_SHOWN).enumerate() {
        writeln!(out, "\n{}", table(forecast))?;
        // The pass is one hull, so it is compared with one fire: the largest.
        if let Some(observed) = observed.filter(|_| place == 0) {
            writeln!(out, "  {}", comparison(observed, forecast))?;
            if forecasts.len() > 1 {
                writeln!(out, "  (this fire alone: {} more are forecast)", forecasts.len() - 1)?;
            }
        }
    }
    if forecasts.len() > FIRES_SHOWN {
        writeln!(out, "\n{} more fires are in the files", forecasts.len() - FIRES_SHOWN)?;
    }
    for (fire, reason) in &outcome.failed {
        writeln!(out, "\nfire {fire}: no forecast: {reason}")?;
    }
    writeln!(out)?;
    for file in written {
        writeln!(out, "wrote {}", file.display())?;
    }
    Ok(())
}

fn comparison(observed: &Observed, forecast: &Forecast) -> String {
    match observed.score(forecast) {
        Some(score) => format!(
            "against the pass at +{}: p50 {:.0} ha, hull of its detections {:.0} ha, intersection over union {:.3}; \
             had it stood still: {:.0} ha, {:.3}",
            hours(score.lead_time_s),
            score.p50.area_ha,
            score.hull_ha,
            score.intersection_over_union,
            score.start_ha,
            score.start_intersection_over_union
        ),
        None => format!("! not compared: the pass at {} lies outside the forecast's horizon", observed.pass),
    }
}

fn table(forecast: &Forecast) -> String {
    let plan = &forecast.plan;
    let mut text = format!(
        "fire {}: {}{} detection{}, forecast from {}\n  {}\n  {} of {} members{}, {}\n",
        plan.cluster_id,
        if plan.seed.outlines.is_empty() { "" } else { "mapped, " },
        plan.detection_count,
        if plan.detection_count == 1 { "" } else { "s" },
        plan.seed.seeded_at,
        plan.reason,
        forecast.members_used,
        plan.members,
        ended_early(forecast),
        beyond_surface_fire(plan)
    );
    text.push_str("  lead      p10 ha      p50 ha      p90 ha   p50 kW/m\n");
    for at_lead in forecast.perimeters.chunk_by(|a, b| a.lead_time_s == b.lead_time_s) {
        let area = |percentile: u8| {
            at_lead
                .iter()
                .find(|perimeter| perimeter.percentile == percentile)
                // An outline of nothing has an area of minus zero.
                .map_or(f64::NAN, |p| p.area_ha + 0.0)
        };
        let intensity = at_lead.iter().find(|perimeter| perimeter.percentile == 50);
        let line = format!(
            "  {:>4} {:>11.1} {:>11.1} {:>11.1} {:>10.0}\n",
            hours(at_lead[0].lead_time_s),
            area(10),
            area(50),
            area(90),
            intensity.map_or(f64::NAN, |perimeter| perimeter.fireline_intensity_kw_m)
        );
        text.push_str(&line);
        text.push_str(&band_line(forecast, at_lead[0].lead_time_s));
    }
    text.push_str(&asset_lines(forecast));
    for note in &forecast.inputs {
        text.push_str(&input_line(note, plan.seed.seeded_at));
    }
    let age_s = forecast.issued_at.duration_since(plan.seed.seeded_at).as_secs_f64();
    let ended_h = (age_s - f64::from(plan.horizon_s())) / 3600.0;
    if ended_h > 0.0 {
        text.push_str(&format!(
            "  ! the newest detection is so old that the forecast ends {ended_h:.1} h before --at\n"
        ));
    }
    if forecast.edge_reached {
        text.push_str("  ! the fire reached the edge of the landscape: beyond it nothing is known\n");
    }
    if plan.method == Method::Surrogate {
        text.push_str("  ! one ellipse for the mean fuel, slope and wind around the fire: roads, fields and all that changes on its way are not known to it (--method physx)\n");
    }
    if let Some(reason) = &forecast.no_spread {
        text.push_str(&format!("  ! the fire does not spread: {reason}\n"));
    }
    for degradation in &forecast.degradations {
        text.push_str(&format!("  ! {degradation}\n"));
    }
    text.trim_end().to_owned()
}

/// Above the times when the clearing of assets must have begun.
const CLEAR_BY: &str = "clear by";

/// The most urgent assets that one member in ten reaches, and when.
fn asset_lines(forecast: &Forecast) -> String {
    let threatened: Vec<&AssetImpact> =
        forecast.assets.iter().filter(|asset| asset.arrival.p90_s.is_some()).collect();
    if threatened.is_empty() {
        return String::new();
    }
    let seeded_at = forecast.plan.seed.seeded_at;
    let has_clearance = threatened.iter().any(|asset| asset.clearance_s.is_some());
    let clear_by = if has_clearance { format!(" {CLEAR_BY:>18}") } else { String::new() };
    let names = ["reached", "chance", "p90", "p50", "p10"];
    let mut text = format!(
        "  {:<14}{:>7} {:>11}{:>11}{:>11}{clear_by}\n",
        names[0], names[1], names[2], names[3], names[4]
    );
    for asset in threatened.iter().take(ASSETS_SHOWN) {
        let kind = asset.kind.as_deref().unwrap_or("asset");
        let name = asset.name.as_deref().unwrap_or(&asset.id);
        let times: String =
            asset.arrival.each().iter().map(|(_, after_s)| format!(" {:>10}", after(*after_s))).collect();
        let chance = format!("{:.0} %", 100.0 * asset.probability());
        let clear_by = match asset.clear_by(seeded_at) {
            _ if !has_clearance => String::new(),
            None => format!(" {:>18}", "-"),
            Some(at) if at < forecast.issued_at => format!(" {:>18}", "overdue"),
            Some(at) => format!(" {:>18}", at.strftime("%m-%d %H:%M UTC").to_string()),
        };
        text.push_str(&format!(
            "  {chance:>21} {times}{clear_by}  {name} ({kind}, {:.0} m away)\n",
            asset.distance_m
        ));
    }
    if threatened.len() > ASSETS_SHOWN {
        text.push_str(&format!("  {} more assets are in the files\n", threatened.len() - ASSETS_SHOWN));
    }
    text
}

/// Hours and minutes after the seed.
fn after(after_s: Option<f64>) -> String {
    after_s.map_or("-".to_owned(), |after_s| format!("+{}", hours((after_s / 60.0).round() as u32 * 60)))
}

/// Between which areas each percentile lies; one side is open where there are too few members.
fn band_line(forecast: &Forecast, lead_time_s: u32) -> String {
    let at_lead: Vec<&AreaBand> =
        forecast.bands.iter().filter(|band| band.lead_time_s == lead_time_s).collect();
    let area = |ha: Option<f64>, open: &str| ha.map_or(open.to_owned(), |ha| format!("{ha:.0}"));
    let span = |band: &&AreaBand| format!("{}-{}", area(band.area_ha_low, "?"), area(band.area_ha_high, "?"));
    let spans: Vec<String> = at_lead.iter().map(span).collect();
    match at_lead.iter().map(|band| band.ranks.coverage).reduce(f64::min) {
        Some(coverage) => {
            let spans: String = spans.iter().map(|span| format!(" {span:>11}")).collect();
            format!("  {:>3.0}%{spans}\n", 100.0 * coverage)
        }
        None => String::new(),
    }
}

/// Why not all members that were planned were run, where that was on purpose.
fn ended_early(forecast: &Forecast) -> String {
    match forecast.ending {
        Ending::Settled { fraction } => format!(
            " ({} not needed: every band is within {} % of its area)",
            forecast.members_left_out,
            100.0 * fraction
        ),
        _ => String::new(),
    }
}

/// What the members knew beside the fire on the ground.
fn beyond_surface_fire(plan: &ForecastPlan) -> String {
    let (crown_fire, embers_per_gj) = plan.beyond_surface_fire();
    let crowns = crown_fire.map_or("no crown fire".to_owned(), |method| format!("crown fire by {method}"));
    match embers_per_gj {
        Some(embers) => format!("{crowns}, {embers} embers a GJ"),
        None => format!("{crowns}, no embers"),
    }
}

/// Which input, from where, how old at the seed, and whether it stood in for a missing one.
fn input_line(note: &InputNote, seeded_at: Timestamp) -> String {
    let mut line = format!("  {:<22}{}", note.input, note.source);
    if let Some(valid_at) = note.valid_at {
        let age_h = seeded_at.duration_since(valid_at).as_secs_f64() / 3600.0;
        line.push_str(&match age_h {
            age if age >= 0.05 => format!(", {age:.1} h before the seed"),
            age if age <= -0.05 => format!(", {:.1} h after the seed", -age),
            _ => ", of the seed's time".to_owned(),
        });
    }
    if note.fallback {
        line.push_str(" (fall-back)");
    }
    line.push('\n');
    line
}

fn hours(seconds: u32) -> String {
    match (seconds / 3600, seconds % 3600 / 60) {
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes:02}"),
    }
}
