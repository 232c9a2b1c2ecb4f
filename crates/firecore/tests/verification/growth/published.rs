//! The file of known fires, and files that are not quite like it.

use serde_json::{Value, json};

use super::cases::findings::{Finding, Report};
use super::cases::layout::CELLS;
use super::cases::vectors::{self, Outcome};

fn outcomes(file: &Value) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    vectors::run(file, |_| true, CELLS, |outcome| outcomes.push(outcome));
    outcomes
}

/// What a finding may be off by, %.
fn budget(section: &str, finding: &Finding) -> f64 {
    match (section, finding.column.as_str()) {
        // Another program's runs, and a cone that only it has times for: a corridor, not the truth.
        ("peer_runs", "peer arrival" | "peer area") => f64::INFINITY,
        (_, "formulas") => 1e-5,
        _ => 1.0,
    }
}

/// Must: 1 % of every number of the file, or where that is less a tenth of a cell.
#[test]
fn known_fires_come_out() {
    let file: Value =
        serde_json::from_str(include_str!("../data/growth_vectors.json")).expect("the file is JSON");
    let mut lines = String::new();
    let mut count = 0;
    for outcome in outcomes(&file) {
        let (section, number) = (outcome.section.as_str(), outcome.index + 1);
        match outcome.report {
            Err(unclear) => lines += &format!("{section} {number}: {unclear:?}\n"),
            Ok(report) => {
                count += 1;
                for finding in over(section, &report) {
                    lines += &format!("{section} {number} {}: {finding:?}\n", report.name);
                }
            }
        }
    }
    assert!(lines.is_empty(), "\n{lines}");
    assert_eq!(count, 72, "every case was run");
}

fn over<'a>(section: &'a str, report: &'a Report) -> impl Iterator<Item = &'a Finding> {
    report.findings.iter().filter(move |finding| {
        let percent = finding.percent().unwrap_or(0.0).abs();
        let is_length = matches!(finding.kind, super::cases::findings::Kind::Length { .. });
        let is_small = is_length && finding.scaled().is_some_and(|cells| cells.abs() < 0.1);
        percent > budget(section, finding) && !is_small
    })
}

#[test]
fn a_case_that_cannot_be_understood_is_named_and_the_others_are_run() {
    let file = json!({
        "ellipse_arrival_times": { "cases": [
            { "lw": 2, "points_x_y_arrival": [[0, 100, 10]] },
            { "ros_head": 10, "points_x_y_arrival": [[0, 100, 10], [30, 0, 3], [400, 0, null]] },
            { "ros_head": 10, "lw": 0.5, "points_x_y_arrival": [[0, 100, 10]] },
        ] },
        "heterogeneous_exact": { "cases": [{ "name": "clouds" }] },
        "unheard_of": { "cases": [] },
    });
    let outcomes = outcomes(&file);
    let needed = |section: &str, index: usize| {
        let found = outcomes.iter().find(|one| one.section == section && one.index == index);
        found.expect("it has an outcome").report.as_ref().err().map(|unclear| unclear.needed.clone())
    };
    assert_eq!(needed("ellipse_arrival_times", 0).as_deref(), Some("ros_head: a number"));
    assert_eq!(
        needed("ellipse_arrival_times", 1),
        None,
        "a missing heading, and a place not reached, are fine"
    );
    assert!(needed("ellipse_arrival_times", 2).is_some_and(|needed| needed.contains("at least 1")));
    assert!(needed("heterogeneous_exact", 0).is_some_and(|needed| needed.contains("v0_m_min")));
    assert!(needed("unheard_of", 0).is_some_and(|needed| needed.contains("line_ignition")));
    let run = outcomes[2].report.as_ref().or(outcomes[1].report.as_ref()).expect("the second case ran");
    assert!(run.findings.iter().all(|finding| finding.percent().is_some_and(|share| share.abs() < 1.0)));
}
