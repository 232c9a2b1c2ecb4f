//! Cases on uniform ground.

use super::exact::{Exact, Point, Spell, direction};
use super::field::Field;
use super::findings::{Finding, Kind, Report};
use super::fire::{Fire, Outline};
use super::layout::{Axis, Layout};
use super::points::turning_to_points;
use super::read::{Case, MIN_S, Unclear, above_zero, spell};

/// Where a case names no heading: along the grid's axis, and at an angle that favours no direction of it.
const HEADINGS_DEG: [f64; 2] = [0.0, 22.5];

/// What is expected of a fire at a time.
pub(crate) struct State {
    /// What it is called where there are several.
    pub(crate) label: String,
    pub(crate) time_s: f64,
    pub(crate) area_m2: Option<f64>,
    pub(crate) perimeter_m: Option<f64>,
    /// Name, direction, and reach, m.
    pub(crate) reaches: Vec<(String, Point, f64)>,
}

impl State {
    /// Of a case that holds `time_min`, areas and `reach_` with compass letters.
    pub(crate) fn of(case: &Case, label: String) -> Result<Self, Unclear> {
        let mut reaches = Vec::new();
        for (letters, reach_m) in case.numbers_named("reach_") {
            let bearing = COMPASS.iter().position(|name| *name == letters).ok_or_else(|| {
                Unclear::new(format!("reach_ and one of {}", COMPASS.join(", ")), format!("reach_{letters}"))
            })?;
            reaches.push((letters.to_owned(), direction(45.0 * bearing as f64), reach_m));
        }
        let time_s = case.positive("time_min")? * MIN_S;
        let (area_m2, perimeter_m) = (case.maybe("area_m2")?, case.maybe("perimeter_m")?);
        if area_m2.is_none() && perimeter_m.is_none() && reaches.is_empty() {
            return Err(case.lacks("area_m2", "an area, a perimeter or a reach"));
        }
        Ok(Self { label, time_s, area_m2, perimeter_m, reaches })
    }
}

const COMPASS: [&str; 8] = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

/// Runs a fire to a state and measures it there, less the error of the measure: that of the exact times on the same grid.
pub(crate) fn run_to(exact: &Exact, state: &State, cells: f64, report: &mut Report) -> Field {
    run_to_by(Fire::over_uniform, exact, state, cells, report)
}

/// [`run_to`] by one of a fire's ways to run over uniform ground.
pub(crate) fn run_to_by(
    run: fn(&Fire, &[Spell]) -> Field,
    exact: &Exact,
    state: &State,
    cells: f64,
    report: &mut Report,
) -> Field {
    // The run ends here and knows no later weather: nor do the times of cells beyond the front.
    let exact = &exact.until(state.time_s);
    let fire = fire_of(exact, state.time_s, cells);
    let field = run(&fire, &exact.spells);
    let (ours, ideal) = (field.contour(state.time_s), field.exact_contour(exact, state.time_s));
    let mut add = |column: &str, expected: Option<f64>, ours: f64, ideal: f64, exact: f64, kind: Kind| {
        if let Some(expected) = expected {
            let found = ours - (ideal - exact);
            report.findings.push(Finding::new(column, state.label.as_str(), expected, found, kind));
        }
    };
    let time_s = state.time_s;
    add("area", state.area_m2, ours.area_m2, ideal.area_m2, exact.area_m2(time_s), Kind::Area);
    let length = Kind::Length { cell_m: fire.shape.cell_size_m };
    let edge_m = exact.perimeter_m(time_s);
    add("perimeter", state.perimeter_m, ours.perimeter_m, ideal.perimeter_m, edge_m, length);
    for (name, normal, reach_m) in &state.reaches {
        let reaches = (ours.reach_m(*normal), ideal.reach_m(*normal), exact.reach_m(*normal, time_s));
        add(name, Some(*reach_m), reaches.0, reaches.1, reaches.2, length);
    }
    report.used(&fire.shape);
    field
}

/// A fire on a grid that its length takes `cells` of, with the origin in the middle of a cell.
pub(crate) fn fire_of(exact: &Exact, time_s: f64, cells: f64) -> Fire {
    let reach_m = |toward_deg: f64| exact.reach_m(direction(toward_deg), time_s);
    let lengths_m = (0..90).map(|at| 2.0 * f64::from(at)).map(|deg| reach_m(deg) + reach_m(deg + 180.0));
    let cell_m = lengths_m.fold(0.0, f64::max) / cells;
    let margin_m = 12.0 * cell_m;
    let shape = Layout {
        low: [-reach_m(270.0) - margin_m, -reach_m(180.0) - margin_m],
        high: [reach_m(90.0) + margin_m, reach_m(0.0) + margin_m],
        axes: [Axis::Centres(vec![0.0]), Axis::Centres(vec![0.0])],
        cell_m_max: cell_m,
    }
    .shape();
    let outline = match exact.corners[..] {
        [centre] => Outline::Disc { centre, radius_m: exact.radius_m },
        [_, _] => Outline::Line(exact.corners.clone()),
        _ => Outline::Polygon(vec![exact.corners.clone()]),
    };
    let mut change_s = 0.0;
    let ends = exact.spells.iter().map(|spell| {
        change_s += spell.lasts_s;
        change_s
    });
    let changes_s = ends.take(exact.spells.len() - 1).collect();
    Fire { shape, ignitions: vec![(outline, 0.0)], changes_s, horizon_s: time_s }
}

/// Runs under the case's heading, or under each of two where it names none; of these the worse counts.
fn for_headings(case: &Case, run: impl Fn(f64) -> Result<Report, Unclear>) -> Result<Report, Unclear> {
    match case.maybe("head_azimuth")? {
        Some(toward_deg) => run(toward_deg),
        None => {
            case.note(format!("no head_azimuth: the worse of {HEADINGS_DEG:?}"));
            Ok(run(HEADINGS_DEG[0])?.worse_of(run(HEADINGS_DEG[1])?))
        }
    }
}

pub(crate) fn ellipse_point_ignition(case: &Case, cells: f64) -> Result<Report, Unclear> {
    for_headings(case, |toward_deg| {
        let spell = case.spell_toward(toward_deg)?;
        let exact = Exact::from_point(spell);
        let state = head_state(case, toward_deg, ["head_m", "back_m", "half_width_m"])?;
        let mut report = Report { name: name_of(case), ..Report::default() };
        let field = run_to(&exact, &state, cells, &mut report);
        formulas(case, &spell, &mut report)?;
        speeds(case, &spell, toward_deg, &field, state.time_s, &mut report);
        Ok(report)
    })
}

/// Head, back and flank by the names of their keys.
fn head_state(case: &Case, toward_deg: f64, keys: [&str; 3]) -> Result<State, Unclear> {
    let mut reaches = Vec::new();
    for (key, name, turn_deg) in [(keys[0], "head", 0.0), (keys[2], "flank", 90.0), (keys[1], "back", 180.0)]
    {
        if let Some(reach_m) = case.maybe(key)? {
            reaches.push((name.to_owned(), direction(toward_deg + turn_deg), reach_m));
        }
    }
    Ok(State { reaches, ..State::of_plain(case)? })
}

impl State {
    fn of_plain(case: &Case) -> Result<Self, Unclear> {
        Ok(Self {
            label: String::new(),
            time_s: case.positive("time_min")? * MIN_S,
            area_m2: case.maybe("area_m2")?,
            perimeter_m: case.maybe("perimeter_m")?,
            reaches: Vec::new(),
        })
    }
}

pub(crate) fn name_of(case: &Case) -> String {
    let number = |key: &str| case.maybe(key).ok().flatten().map(|number| number.to_string());
    let rate = number("ros_head").unwrap_or_default();
    let ratio = number("lw").unwrap_or_else(|| "1".to_owned());
    let toward = number("head_azimuth").map(|deg| format!(" to {deg}")).unwrap_or_default();
    let time = number("time_min").map(|min| format!(", {min} min")).unwrap_or_default();
    let name = case.text("name").map(|name| format!("{name}: ")).unwrap_or_default();
    format!("{name}{rate} m/min, ratio {ratio}{toward}{time}")
}

/// The case's rates against `firecore`'s ellipse itself.
fn formulas(case: &Case, spell: &Spell, report: &mut Report) -> Result<(), Unclear> {
    let ellipse = &spell.ellipse;
    for (key, rate) in [
        ("eccentricity", ellipse.eccentricity / MIN_S),
        ("ros_back", ellipse.backing_rate_of_spread_m_s()),
        ("ros_flank", ellipse.flanking_rate_of_spread_m_s()),
    ] {
        if let Some(expected) = case.maybe(key)? {
            report.findings.push(Finding::new("formulas", key, expected, rate * MIN_S, Kind::Rate));
        }
    }
    for (key, rate) in angles(case, "radial_ros") {
        let found = ellipse.radial_rate_of_spread_m_s(key.to_radians().cos()) * MIN_S;
        report.findings.push(Finding::new("formulas", format!("radial {key}"), rate, found, Kind::Rate));
    }
    for (key, rate) in angles(case, "normal_ros") {
        let found = ellipse.normal_rate_of_spread_m_s(key.to_radians().cos()) * MIN_S;
        report.findings.push(Finding::new("formulas", format!("normal {key}"), rate, found, Kind::Rate));
    }
    Ok(())
}

/// Degrees from the heading and rates of one of the case's tables.
fn angles(case: &Case, key: &str) -> Vec<(f64, f64)> {
    let pairs = case.value.get(key).and_then(serde_json::Value::as_object).into_iter().flatten();
    pairs.filter_map(|(angle, rate)| Some((angle.parse().ok()?, rate.as_f64()?))).collect()
}

/// Share of a fire's time at which its speeds are measured: well inside, where times are final.
const SPEED_TIME: f64 = 0.7;

/// The case's rates against the field: how far it reached, and how steep the times are.
fn speeds(case: &Case, spell: &Spell, toward_deg: f64, field: &Field, time_s: f64, report: &mut Report) {
    let part = |at: Point| spell.seconds(at);
    let time_at = |at: Point| field.arrival_at(at, &part, &|_| 0).unwrap_or(f64::NAN);
    let exact = Exact::from_point(*spell);
    for (angle_deg, rate) in angles(case, "radial_ros") {
        let ray = direction(toward_deg + angle_deg);
        let length_m = rate / MIN_S * SPEED_TIME * time_s;
        let found = length_m / time_at(ray.map(|part| part * length_m)) * MIN_S;
        report.findings.push(Finding::new("radial", format!("{angle_deg}"), rate, found, Kind::Rate));
    }
    for (angle_deg, rate) in angles(case, "normal_ros") {
        let normal = direction(toward_deg + angle_deg);
        let at = exact.edge(normal, SPEED_TIME * time_s);
        let step_m = field.shape.cell_size_m.min(0.5 * at[0].hypot(at[1]));
        // How steep the times are is how steep the exact ones are and what the rest adds to that: close to its source the
        // exact time bends too much for a difference.
        let rest_s = |sign: f64| {
            let beside = [at[0] + sign * step_m * normal[0], at[1] + sign * step_m * normal[1]];
            time_at(beside) - part(beside)
        };
        let steep_s_m = 1.0 / spell.front_m_s(normal) + (rest_s(1.0) - rest_s(-1.0)) / (2.0 * step_m);
        report.findings.push(Finding::new(
            "normal",
            format!("{angle_deg}"),
            rate,
            MIN_S / steep_s_m,
            Kind::Rate,
        ));
    }
}

pub(crate) fn initial_disc(case: &Case, cells: f64) -> Result<Report, Unclear> {
    for_headings(case, |toward_deg| {
        let exact = Exact {
            corners: vec![[0.0; 2]],
            radius_m: case.positive("disc_radius_m")?,
            spells: vec![case.spell_toward(toward_deg)?],
        };
        let state = head_state(case, toward_deg, ["head_reach_m", "back_reach_m", "half_width_m"])?;
        let mut report = Report { name: name_of(case), ..Report::default() };
        run_to(&exact, &state, cells, &mut report);
        Ok(report)
    })
}

pub(crate) fn line_ignition(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let half_m = case.positive("line_half_length_m")?;
    let exact =
        Exact { corners: vec![[-half_m, 0.0], [half_m, 0.0]], radius_m: 0.0, spells: vec![case.spell()?] };
    let mut report = Report { name: name_of(case), ..Report::default() };
    run_to(&exact, &State::of(case, String::new())?, cells, &mut report);
    Ok(report)
}

pub(crate) fn time_varying_uniform(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let key = "steps_duration_ros_lw_azimuth";
    let spells = spells(case, key)?;
    let exact = Exact { corners: vec![[0.0; 2]], radius_m: 0.0, spells };
    let mut report = Report { name: case.text("name").unwrap_or("unnamed").to_owned(), ..Report::default() };
    if case.has("states") || !case.has("points_x_y_arrival") {
        for part in case.parts("states")? {
            let label = format!("{} min", part.number("time_min")?);
            run_to(&exact, &State::of(&part, label)?, cells, &mut report);
        }
    }
    if case.has("points_x_y_arrival") {
        turning_to_points(case, &exact, cells, &mut report)?;
    }
    Ok(report)
}

/// Winds with how long they last.
pub(crate) fn spells(case: &Case, key: &str) -> Result<Vec<Spell>, Unclear> {
    let steps = case.full_rows::<4>(key)?;
    steps
        .into_iter()
        .map(|[lasts_min, rate_m_min, length_to_width, toward_deg]| {
            spell(above_zero("a step's duration", lasts_min)?, rate_m_min, length_to_width, toward_deg)
        })
        .collect()
}
