//! Cases that other programs' documents and runs give: their inputs through `firecore`'s own physics, then the front.

use firecore::fuel::FuelModel;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::crown::{CanopyFuel, CrownMethod, CrownModel};
use firecore::spread::ellipse::length_to_width;
use firecore::spread::lookup::{Class, SpreadTable};
use firecore::spread::rothermel::FuelBeds;
use firecore::units::{M_PER_FT, M_S_PER_FT_MIN, M_S_PER_KM_H, M_S_PER_MPH, WIND_10M_PER_20FT};
use firecore::wind;

use serde_json::{Value, json};

use super::exact::{Exact, Point, direction};
use super::findings::{Finding, Kind, Report};
use super::fire::Fire;
use super::layout::Layout;
use super::read::{Case, MIN_S, Unclear, spell};
use super::uniform::{BEYOND, State, arrivals, ellipse_arrival_times, run_to, spells};
use super::varied::{DRY, layers_across, obstacles};

pub(crate) fn elmfire(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let name = case.text("name").unwrap_or("unnamed").to_owned();
    let mut report = Report { name, ..Report::default() };
    if case.has("documented_ros_ft_min") {
        surface(case, &mut report)?;
        let rate_m_min = case.number("documented_ros_ft_min")? * M_PER_FT;
        let hours = case.numbers("isochrones_h")?;
        ellipses(rate_m_min, case.number("documented_lw")?, &hours, cells, &mut report)?;
    } else if case.has("documented_crosa_m_min") {
        crown(case, &mut report)?;
        let rate_m_min = case.number("documented_crosa_m_min")?;
        ellipses(rate_m_min, case.number("lw_cap")?, &[1.0], cells, &mut report)?;
    } else {
        return Err(case.lacks("documented_ros_ft_min", "a number, or documented_crosa_m_min"));
    }
    Ok(report)
}

fn percent(case: &Case, key: &str, default: f64) -> Result<f64, Unclear> {
    Ok(case.number_or(key, default)? / 100.0)
}

/// Rate, wind and shape from the documented fuel, moisture and wind.
fn surface(case: &Case, report: &mut Report) -> Result<(), Unclear> {
    let text = case.text("fuel").ok_or_else(|| case.lacks("fuel", "a fuel model"))?;
    let digits: String = text
        .split(|letter: char| !letter.is_ascii_digit())
        .rfind(|part| part.len() == 3)
        .unwrap_or_default()
        .to_owned();
    let code: u8 = digits.parse().map_err(|_| Unclear::new("fuel: a number of three digits", text))?;
    let beds = FuelBeds::standard();
    let (Some(bed), Some(model)) = (beds.get(code), FuelModel::standard(code)) else {
        return Err(Unclear::new("fuel: a model that burns", text));
    };
    let one_hour = percent(case, "m_1h_pct", 6.0)?;
    let moisture = FuelMoisture {
        dead: DeadFuelMoisture { one_hour, ten_hour: one_hour, hundred_hour: one_hour },
        live: LiveFuelMoisture {
            herbaceous: percent(case, "m_herb_pct", 60.0)?,
            woody: percent(case, "m_woody_pct", 60.0)?,
        },
    };
    let wind_20ft_m_s = case.number("wind20_mph")? * M_S_PER_MPH;
    let midflame_m_s = wind_20ft_m_s * wind::adjustment_factor(model.depth_m(), None);
    let spread = bed.moistened(&moisture).spread([0.0, midflame_m_s], [0.0, case.number_or("slope", 0.0)?]);
    let mut add = |at: &str, expected: Option<f64>, found: f64| {
        if let Some(expected) = expected {
            report.findings.push(Finding::new("physics", at, expected, found, Kind::Rate));
        }
    };
    add("midflame mi/h", case.maybe("documented_midflame_mph")?, midflame_m_s / M_S_PER_MPH);
    let rate_m_s = spread.heading_rate_of_spread_m_s;
    add("rate ft/min", case.maybe("documented_ros_ft_min")?, rate_m_s / M_S_PER_FT_MIN);
    let ratio = length_to_width(spread.effective_wind_m_s);
    report
        .notes
        .push(format!("length-to-width by firecore {ratio:.3}; the front runs with the documented one"));
    Ok(())
}

/// Rate of an active crown fire from the documented wind, moisture and canopy.
fn crown(case: &Case, report: &mut Report) -> Result<(), Unclear> {
    let wind_10m_m_s = match case.maybe("documented_wind10_kmh")? {
        Some(wind_km_h) => wind_km_h * M_S_PER_KM_H,
        None => case.number("wind20_mph")? * M_S_PER_MPH * WIND_10M_PER_20FT,
    };
    let one_hour = percent(case, "m_1h_pct", 4.0)?;
    let moisture = FuelMoisture {
        dead: DeadFuelMoisture { one_hour, ten_hour: one_hour, hundred_hour: one_hour },
        live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
    };
    let model = CrownModel::new(CrownMethod::Cruz2005).moistened(&moisture);
    // Height and base play no part in the rate of an active crown fire.
    let canopy = CanopyFuel {
        base_height_m: 2.0,
        height_m: 12.0,
        bulk_density_kg_m3: case.positive("cbd_kg_m3")?,
        foliar_moisture: 1.0,
    };
    let rate_m_s = model.active_rate_of_spread_m_s(&canopy, wind_10m_m_s);
    let expected = case.number("documented_crosa_m_min")?;
    report.findings.push(Finding::new("physics", "rate m/min", expected, rate_m_s * MIN_S, Kind::Rate));
    Ok(())
}

/// The front of the documented ellipse at some hours, against the exact one.
fn ellipses(
    rate_m_min: f64,
    ratio: f64,
    hours: &[f64],
    cells: f64,
    report: &mut Report,
) -> Result<(), Unclear> {
    let spell = spell(f64::INFINITY, rate_m_min, ratio, 0.0)?;
    let exact = Exact::from_point(spell);
    for hour in hours {
        let time_s = hour * 3600.0;
        let reach = |name: &str, bearing_deg: f64| {
            let normal = direction(bearing_deg);
            (name.to_owned(), normal, exact.reach_m(normal, time_s))
        };
        let state = State {
            label: format!("{hour} h"),
            time_s,
            area_m2: Some(exact.area_m2(time_s)),
            perimeter_m: Some(exact.perimeter_m(time_s)),
            reaches: vec![reach("head", 0.0), reach("flank", 90.0), reach("back", 180.0)],
        };
        run_to(&exact, &state, cells, report);
    }
    Ok(())
}

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
    let mut last = None;
    for part in case.parts("exact_states")? {
        let state = State::of(&part, format!("{} min", part.number("time_min")?))?;
        last = Some((run_to(&exact, &state, cells, &mut report), state.time_s));
    }
    let points = exact_points(case, json!({}))?;
    let points = Case::new(&points).points()?;
    if let Some((field, end_s)) = last {
        let part = |at: Point| exact.spells[0].seconds(at);
        arrivals(&field, &points, end_s / MIN_S, &part, &|_| 0, &mut report);
    }
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
