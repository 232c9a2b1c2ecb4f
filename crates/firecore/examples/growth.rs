//! Runs the front over fires whose growth is known and prints how far off it is.
//!
//! `growth [FILE] [--cells N] [--section NAME] [--json]`: FILE is JSON with the sections of
//! `tests/verification/data/growth_vectors.json`, which is read without one. N is the number of cells along a fire, 450
//! without it; obstacles may ask for more. A case that cannot be understood is named with what was needed and what was
//! found, and the others are run; the exit code then is 1, and 2 where the file itself cannot be read.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::{Value, json};

#[path = "../tests/verification/growth/cases.rs"]
mod cases;

use cases::findings::{Finding, Kind, Report};
use cases::layout::CELLS;
use cases::vectors::{self, Outcome};

fn main() -> ExitCode {
    match Request::of(std::env::args().skip(1)).and_then(|request| Ok((request.file()?, request))) {
        Err(problem) => {
            println!("{problem}");
            ExitCode::from(2)
        }
        Ok((file, request)) => {
            let mut outcomes = Vec::new();
            vectors::run(&file, |name| request.wants(name), request.cells, |outcome| outcomes.push(outcome));
            if request.is_json {
                println!("{:#}", Value::Array(outcomes.iter().map(as_json).collect()));
            } else {
                print_tables(&outcomes);
            }
            ExitCode::from(u8::from(outcomes.iter().any(|outcome| outcome.report.is_err())))
        }
    }
}

/// What the command line asks for.
struct Request {
    path: String,
    cells: f64,
    section: Option<String>,
    is_json: bool,
}

impl Request {
    fn of(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verification/data/growth_vectors.json");
        let mut request = Self { path: vectors.to_owned(), cells: CELLS, section: None, is_json: false };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => request.is_json = true,
                "--cells" => {
                    let cells = words.next().unwrap_or_default();
                    let number = cells.parse().ok().filter(|cells| (20.0..=4000.0).contains(cells));
                    request.cells = number.ok_or(format!("--cells takes 20 to 4000, found {cells:?}"))?;
                }
                "--section" => request.section = words.next(),
                flag if flag.starts_with("--") => {
                    return Err(format!(
                        "usage: growth [FILE] [--cells N] [--section NAME] [--json]; found {flag}"
                    ));
                }
                path => request.path = path.to_owned(),
            }
        }
        Ok(request)
    }

    fn file(&self) -> Result<Value, String> {
        let text = std::fs::read_to_string(&self.path).map_err(|error| format!("{}: {error}", self.path))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", self.path))
    }

    fn wants(&self, section: &str) -> bool {
        self.section.as_ref().is_none_or(|wanted| wanted == section)
    }
}

fn as_json(outcome: &Outcome) -> Value {
    let head = json!({ "section": outcome.section, "case": outcome.index });
    let rest = match &outcome.report {
        Err(unclear) => json!({ "needed": unclear.needed, "found": unclear.found }),
        Ok(report) => json!({
            "name": report.name,
            "rows": report.grid.0,
            "cols": report.grid.1,
            "cell_m": report.grid.2,
            "notes": report.notes,
            "findings": report.findings.iter().map(finding_as_json).collect::<Vec<_>>(),
        }),
    };
    let parts = [head, rest].into_iter().filter_map(|part| match part {
        Value::Object(map) => Some(map),
        _ => None,
    });
    Value::Object(parts.flatten().collect())
}

/// A number that is not finite becomes null: not reached, or not to be told.
fn finding_as_json(finding: &Finding) -> Value {
    let unit = match finding.kind {
        Kind::Area => "m2",
        Kind::Length { .. } => "m",
        Kind::Time => "min",
        Kind::Rate => "m/min",
    };
    let mut value = json!({
        "what": finding.column,
        "at": finding.at,
        "unit": unit,
        "expected": finding.expected,
        "found": finding.found,
        "error_percent": finding.percent(),
    });
    match finding.kind {
        Kind::Length { .. } => value["error_cells"] = json!(finding.scaled()),
        Kind::Time => value["error_s"] = json!(finding.scaled()),
        Kind::Area | Kind::Rate => {}
    }
    value
}

fn print_tables(outcomes: &[Outcome]) {
    let mut sections: Vec<&str> = outcomes.iter().map(|outcome| outcome.section.as_str()).collect();
    sections.dedup();
    let mut unclear = 0;
    for section in &sections {
        let here: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.section == *section).collect();
        println!("\n{section}: errors in %, and in cells (c) or seconds (s)");
        print_section(&here);
        unclear += here.iter().filter(|outcome| outcome.report.is_err()).count();
    }
    println!("\nworst of each section");
    for section in &sections {
        let reports = outcomes.iter().filter(|outcome| outcome.section == *section);
        let reports: Vec<&Report> = reports.filter_map(|outcome| outcome.report.as_ref().ok()).collect();
        for line in summary(&reports) {
            println!("  {section:<28} {line}");
        }
    }
    println!("\n{} cases, {unclear} of them not understood", outcomes.len());
}

fn print_section(outcomes: &[&Outcome]) {
    let reports =
        || outcomes.iter().filter_map(|outcome| Some((outcome.index + 1, outcome.report.as_ref().ok()?)));
    // Columns in the order in which they come up, each with whether any case has several findings of it.
    let mut heads: Vec<(&str, bool)> = Vec::new();
    for (name, findings) in reports().flat_map(|(_, report)| columns(report)) {
        match heads.iter_mut().find(|head| head.0 == name) {
            Some(head) => head.1 |= findings.len() > 1,
            None => heads.push((name, findings.len() > 1)),
        }
    }
    let name = |number: usize, report: &Report| {
        let (rows, cols, cell_m) = report.grid;
        format!("{number} {} [{rows} x {cols} of {cell_m:.4} m]", report.name)
    };
    let width = reports().map(|(number, report)| name(number, report).chars().count()).max().unwrap_or(0);
    let title: String = heads
        .iter()
        .map(|(head, several)| match several {
            true => format!(" {:>22} {:>22}", format!("{head} worst"), format!("{head} median")),
            false => format!(" {head:>22}"),
        })
        .collect();
    println!("  {:<width$}{title}", "case [grid]");
    for (number, report) in reports() {
        println!("  {:<width$}{}", name(number, report), row(report, &heads));
    }
    let mut notes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (number, report) in reports() {
        for note in &report.notes {
            notes.entry(note).or_default().push(number.to_string());
        }
    }
    for (note, numbers) in notes {
        println!("  {}: {note}", numbers.join(", "));
    }
    for outcome in outcomes {
        if let Err(unclear) = &outcome.report {
            let (number, needed, found) = (outcome.index + 1, &unclear.needed, &unclear.found);
            println!("  {number}: NOT UNDERSTOOD: needed {needed}; found {found}");
        }
    }
}

/// A report's cells under the heads: one, or the worst and the median.
fn row(report: &Report, heads: &[(&str, bool)]) -> String {
    let columns = columns(report);
    let cell = |head: &str, part: fn((f64, f64)) -> f64| {
        let Some((_, findings)) = columns.iter().find(|column| column.0 == head) else {
            return "-".to_owned();
        };
        let percents = worst_and_median(findings.iter().filter_map(|finding| finding.percent()));
        let scaled = worst_and_median(findings.iter().filter_map(|finding| finding.scaled()));
        shown(percents.map(part), scaled.map(part), findings[0].kind)
    };
    heads
        .iter()
        .map(|(head, several)| match several {
            true => format!(" {:>22} {:>22}", cell(head, |pair| pair.0), cell(head, |pair| pair.1)),
            false => format!(" {:>22}", cell(head, |pair| pair.0)),
        })
        .collect()
}

/// Columns in the order in which they come up, each with its findings.
fn columns(report: &Report) -> Vec<(&str, Vec<&Finding>)> {
    let mut columns: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in &report.findings {
        match columns.iter_mut().find(|column| column.0 == finding.column) {
            Some(column) => column.1.push(finding),
            None => columns.push((&finding.column, vec![finding])),
        }
    }
    columns
}

/// The largest and the median of some sizes; `None` where there is none.
fn worst_and_median(errors: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let mut errors: Vec<f64> = errors.collect();
    errors.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let worst = *errors.last()?;
    Some((worst, errors[errors.len() / 2].abs()))
}

fn shown(percent: Option<f64>, scaled: Option<f64>, kind: Kind) -> String {
    let percent = percent.map_or("-".to_owned(), |percent| format!("{percent:.4}"));
    match (scaled, kind) {
        (Some(scaled), Kind::Length { .. }) => format!("{percent} ({scaled:.3}c)"),
        (Some(scaled), Kind::Time) => format!("{percent} ({scaled:.2}s)"),
        _ => percent,
    }
}

/// The worst of each column over a section's reports, with where it is.
fn summary(reports: &[&Report]) -> Vec<String> {
    let findings = || reports.iter().flat_map(|report| report.findings.iter().map(move |one| (*report, one)));
    let mut columns: Vec<&str> = Vec::new();
    for (_, finding) in findings() {
        if !columns.contains(&finding.column.as_str()) {
            columns.push(&finding.column);
        }
    }
    let line = |column: &&str| {
        let here = || findings().filter(|(_, finding)| finding.column == **column);
        let worst = |of: fn(&Finding) -> Option<f64>| {
            let size = |finding: &Finding| of(finding).unwrap_or(0.0).abs();
            here().max_by(|a, b| size(a.1).total_cmp(&size(b.1)))
        };
        let (report, in_percent) = worst(Finding::percent)?;
        let scaled = worst(Finding::scaled)?.1.scaled();
        let errors = shown(in_percent.percent(), scaled, in_percent.kind);
        Some(format!("{column:<14} {errors:>24}  {} {}", report.name, in_percent.at))
    };
    columns.iter().filter_map(line).collect()
}
