//! Runs of another program: beside exact times where there are any, and a corridor of a few percent.

use firecore::spread::lookup::{Class, SpreadTable};
use firecore::spread::rothermel::FuelBeds;
use serde_json::{Value, json};

use super::exact::{Exact, Point};
use super::findings::{Finding, Kind, Report};
use super::fire::Fire;
use super::layout::Layout;
use super::points::{BEYOND, arrivals, ellipse_arrival_times, turning_to_points};
use super::read::{Case, MIN_S, Unclear, spell};
use super::uniform::{State, run_to, spells};
use super::varied::{DRY, layers_across, obstacles};

/// A peer's run: the exact times and areas that the file gives beside the peer's are held apart from the peer's own, which
/// are a corridor of a few percent.
pub(crate) fn peer_run(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let inputs = case.text("inputs").unwrap_or_default();
    let mut report = if case.has("equivalent_steps_duration_ros_lw_azimuth") {
        turning(case, cells)?
    } else if case.has("west_ros_lw") {
        let toward_deg = heading_deg(inputs)?;
        let layer = |key: &str| match case.numbers(key)?[..] {
            [rate, ratio] => spell(f64::INFINITY, rate, ratio, toward_deg),
            _ => Err(case.lacks(key, "a rate and a ratio")),
        };
        let border = number_after(inputs, "interface at x = ")?;
        let plain = exact_points(case, json!({ "ignition": [0, 0] }))?;
        layers_across(&Case::new(&plain), [layer("west_ros_lw")?, layer("east_ros_lw")?], 0, border, cells)?
    } else if inputs.contains("unburnable") {
        walled(case, inputs, cells)?
    } else if case.has("ros_head_m_min") {
        steady(case, inputs, cells)?
    } else if inputs.contains("cone") {
        return hill(case, inputs, cells);
    } else {
        return Err(case.lacks("ros_head_m_min", "steps, two fuels, a wall, one ellipse, or a cone"));
    };
    report.name = case.text("name").unwrap_or("unnamed").to_owned();
    beside_the_peer(case, &mut report)?;
    Ok(report)
}

const POINTS: &str = "points_x_y_arrival_exact";

/// A case of exact times only.
fn exact_points(case: &Case, mut plain: Value) -> Result<Value, Unclear> {
    let points = case.rows(POINTS, 4)?;
    let points: Vec<_> = points.iter().map(|row| json!([row[0], row[1], row[3]])).collect();
    plain["points_x_y_arrival"] = Value::Array(points);
    Ok(plain)
}

/// Adds the peer's times and areas next to the exact ones of the same place.
fn beside_the_peer(case: &Case, report: &mut Report) -> Result<(), Unclear> {
    for row in case.rows(POINTS, 4)? {
        let (Some(x), Some(y), Some(peer_min)) = (row[0], row[1], row[2]) else { continue };
        let at = format!("({x}, {y})");
        let ours = report.findings.iter().find(|one| one.column == "arrival" && one.at == at);
        if let Some(found) = ours.map(|finding| finding.found) {
            report.findings.push(Finding::new("peer arrival", at, peer_min, found, Kind::Time));
        }
    }
    for state in case.parts("states")? {
        let at = format!("{} min", state.number("time_min")?);
        let ours = report.findings.iter().find(|one| one.column == "area" && one.at == at);
        if let (Some(found), Some(peer_m2)) = (ours.map(|finding| finding.found), state.maybe("area_m2")?) {
            report.findings.push(Finding::new("peer area", at, peer_m2, found, Kind::Area));
        }
    }
    Ok(())
}

fn steady(case: &Case, inputs: &str, cells: f64) -> Result<Report, Unclear> {
    let toward_deg = heading_deg(inputs)?;
    let (rate, ratio) = (case.positive("ros_head_m_min")?, case.number("lw")?);
    let plain = json!({ "ros_head": rate, "lw": ratio, "head_azimuth": toward_deg });
    let plain = exact_points(case, plain)?;
    let mut report = ellipse_arrival_times(&Case::new(&plain), cells)?;
    let exact = Exact::from_point(spell(f64::INFINITY, rate, ratio, toward_deg)?);
    let areas = case.value.get("exact_area_m2").and_then(Value::as_object).into_iter().flatten();
    for (minutes, area_m2) in areas {
        let time_min: f64 = minutes.parse().map_err(|_| Unclear::new("minutes", minutes))?;
        let label = format!("{time_min} min");
        let (area_m2, time_s) = (area_m2.as_f64(), time_min * MIN_S);
        let state = State { label, time_s, area_m2, perimeter_m: None, reaches: Vec::new() };
        run_to(&exact, &state, cells, &mut report);
    }
    Ok(report)
}

fn turning(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let spells = spells(case, "equivalent_steps_duration_ros_lw_azimuth")?;
    let exact = Exact { corners: vec![[0.0; 2]], radius_m: 0.0, spells };
    let mut report = Report::default();
    for part in case.parts("exact_states")? {
        let state = State::of(&part, format!("{} min", part.number("time_min")?))?;
        run_to(&exact, &state, cells, &mut report);
    }
    let points = exact_points(case, json!({}))?;
    turning_to_points(&Case::new(&points), &exact, cells, &mut report)?;
    Ok(report)
}

fn walled(case: &Case, inputs: &str, cells: f64) -> Result<Report, Unclear> {
    let edges = |part: &str| -> Result<[f64; 2], Unclear> {
        let (low, high) = part.split_once("..").ok_or_else(|| Unclear::new("edges A..B m", part))?;
        Ok([first_number(low)?, first_number(high)?])
    };
    let mut parts = inputs.split("(edges ").skip(1);
    let mut next =
        || parts.next().ok_or_else(|| Unclear::new("inputs: (edges A..B m) of rows and gap", inputs));
    let ([south, north], [west, east]) = (edges(next()?)?, edges(next()?)?);
    let plain = json!({
        "ignition": [0, 0],
        "ros_head": case.positive("ros_head_m_min")?,
        "lw": case.number("lw")?,
        "head_azimuth": heading_deg(inputs)?,
    });
    let plain = exact_points(case, plain)?;
    // The peer's rows end with its grid.
    const FAR_M: f64 = 1e5;
    let rects = [[-FAR_M, south, west, north], [east, south, FAR_M, north]];
    obstacles(&Case::new(&plain), &rects, cells)
}

/// A cone in still air: no exact solution, the peer's times only.
fn hill(case: &Case, inputs: &str, cells: f64) -> Result<Report, Unclear> {
    let top = [number_after(inputs, "cone centred ")?, 0.0];
    let radius_m = number_after(inputs, "radius ")?;
    let steepness = number_after(inputs, "slope ")?;
    let points = case.points()?;
    let end_min = case.end_min(&points)?;
    let places: Vec<Point> = points.iter().map(|point| point.0).chain([[0.0; 2]]).collect();
    let shape = Layout::around(&places, 0.6, cells).shape();
    let beds = FuelBeds::standard();
    let bed = beds.get(GRASS_SHRUB).expect("GS2 burns");
    let class = Class::of(&bed.moistened(&DRY));
    let table = SpreadTable::of(bed);
    let cost = |_: usize, at: Point| {
        let away_m = (at[0] - top[0]).hypot(at[1] - top[1]);
        let share = if away_m < radius_m { steepness / away_m.max(1e-9) } else { 0.0 };
        table.cost(&class, [0.0; 2], [top[0] - at[0], top[1] - at[1]].map(|way| (share * way) as f32))
    };
    let field = Fire::from_point(shape, [0.0; 2], BEYOND * end_min * MIN_S).over(&cost, &|_| true);
    let mut report = Report { name: case.text("name").unwrap_or("unnamed").to_owned(), ..Report::default() };
    report.used(&shape);
    report.notes.push("GS2 at 6, 7, 8, 60 and 90 % by firecore's physics: no exact times".to_owned());
    arrivals(&field, &points, end_min, &|_| 0.0, &|_| 0, &mut report);
    for finding in &mut report.findings {
        finding.column = "peer arrival".to_owned();
    }
    Ok(report)
}

const GRASS_SHRUB: u8 = 122;

/// The heading of a wind that a text gives as `from 225 deg` or `from south`.
fn heading_deg(inputs: &str) -> Result<f64, Unclear> {
    const NAMES: [(&str, f64); 4] = [("south", 0.0), ("west", 90.0), ("north", 180.0), ("east", 270.0)];
    let named = NAMES.iter().find(|(name, _)| inputs.contains(&format!("from {name}")));
    match named {
        Some((_, toward_deg)) => Ok(*toward_deg),
        None => Ok(number_after(inputs, "from ")? + 180.0),
    }
}

fn number_after(text: &str, words: &str) -> Result<f64, Unclear> {
    let (_, rest) = text
        .split_once(words)
        .ok_or_else(|| Unclear::new(format!("inputs: \"{words}\" and a number"), text))?;
    first_number(rest)
}

fn first_number(text: &str) -> Result<f64, Unclear> {
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == '-'));
    let number = &text[..end.unwrap_or(text.len())];
    number.trim_end_matches('.').parse().map_err(|_| Unclear::new("a number", text))
}
