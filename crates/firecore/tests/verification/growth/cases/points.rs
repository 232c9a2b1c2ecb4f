//! Cases of arrival times at places, on uniform ground.

use super::exact::{Exact, Point, Spell};
use super::field::Field;
use super::findings::{Finding, Kind, Report};
use super::fire::{Fire, Outline};
use super::layout::Layout;
use super::read::{Case, MIN_S, Unclear};
use super::uniform::{fire_of, name_of};

/// Arrival times at the case's points on a field that ran to `end_min` at least.
pub(crate) fn arrivals(
    field: &Field,
    points: &[(Point, Option<f64>)],
    end_min: f64,
    part: &dyn Fn(Point) -> f64,
    zone: &dyn Fn(Point) -> usize,
    report: &mut Report,
) {
    for (place, expected_min) in points {
        let found_min = field.arrival_at(*place, part, zone).map_or(f64::INFINITY, |s| s / MIN_S);
        let found_min = match expected_min {
            None if found_min > end_min => f64::INFINITY,
            _ => found_min,
        };
        let at = format!("({}, {})", place[0], place[1]);
        let expected_min = expected_min.unwrap_or(f64::INFINITY);
        report.findings.push(Finding::new("arrival", at, expected_min, found_min, Kind::Time));
    }
}

/// What is run beyond the latest time that is asked for, as a share: so that times around a point are final.
pub(crate) const BEYOND: f64 = 1.05;

pub(crate) fn ellipse_arrival_times(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let (spell, points) = (case.spell()?, case.points()?);
    let origin = case.point_or_origin_quietly("ignition")?;
    run_to_points(case, &[(origin, 0.0)], &spell, &points, cells)
}

pub(crate) fn multiple_ignitions(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let (spell, points) = (case.spell()?, case.points()?);
    let key = "ignitions_x_y_time";
    let row = |row: Vec<Option<f64>>| {
        Some(([row[0]?, row[1]?], row.get(2).copied().flatten().unwrap_or(0.0) * MIN_S))
    };
    let ignitions = case.rows(key, 2)?.into_iter().map(row).collect::<Option<Vec<_>>>();
    let ignitions = ignitions
        .filter(|all| !all.is_empty() && all.iter().all(|one| one.1 >= 0.0))
        .ok_or_else(|| case.lacks(key, "places with times of 0 or later"))?;
    run_to_points(case, &ignitions, &spell, &points, cells)
}

fn run_to_points(
    case: &Case,
    ignitions: &[(Point, f64)],
    spell: &Spell,
    points: &[(Point, Option<f64>)],
    cells: f64,
) -> Result<Report, Unclear> {
    let end_min = case.end_min(points)?;
    let places: Vec<Point> =
        ignitions.iter().map(|one| one.0).chain(points.iter().map(|one| one.0)).collect();
    let shape = Layout::around(&places, 0.05, cells).shape();
    let outlines = ignitions
        .iter()
        .map(|(centre, begins_s)| (Outline::Disc { centre: *centre, radius_m: 0.0 }, *begins_s));
    let horizon_s = BEYOND * end_min * MIN_S;
    let fire = Fire { shape, ignitions: outlines.collect(), changes_s: Vec::new(), horizon_s };
    let field = fire.over_uniform(&[*spell]);
    let mut report = Report { name: name_of(case), ..Report::default() };
    report.used(&shape);
    let part = |at: Point| {
        let from =
            |(place, begins_s): &(Point, f64)| begins_s + spell.seconds([at[0] - place[0], at[1] - place[1]]);
        ignitions.iter().map(from).fold(f64::INFINITY, f64::min)
    };
    arrivals(&field, points, end_min, &part, &|_| 0, &mut report);
    Ok(report)
}

/// Arrival times under weather that changes; a place without one is not reached by the end of the weather.
pub(crate) fn turning_to_points(
    case: &Case,
    exact: &Exact,
    cells: f64,
    report: &mut Report,
) -> Result<(), Unclear> {
    let points = case.points()?;
    let end_s: f64 = exact.spells.iter().map(|spell| spell.lasts_s).sum();
    let latest_s = points.iter().filter_map(|point| point.1).fold(0.0, f64::max) * MIN_S;
    let places: Vec<Point> = points.iter().map(|point| point.0).chain([[0.0; 2]]).collect();
    let fire = fire_of(exact, end_s, cells);
    let mut layout = Layout::around(&places, 0.3, cells);
    layout.cell_m_max = layout.cell_m_max.min(fire.shape.cell_size_m);
    let shape = layout.shape();
    let fire = Fire { shape, horizon_s: end_s.max(BEYOND * latest_s), ..fire };
    let field = fire.over_uniform(&exact.spells);
    report.used(&shape);
    arrivals(&field, &points, end_s / MIN_S, &|at| exact.arrival_s(at), &|_| 0, report);
    Ok(())
}

impl Case<'_> {
    /// For keys that most cases leave out.
    pub(crate) fn point_or_origin_quietly(&self, key: &str) -> Result<Point, Unclear> {
        if self.has(key) { self.point_or_origin(key) } else { Ok([0.0; 2]) }
    }
}
