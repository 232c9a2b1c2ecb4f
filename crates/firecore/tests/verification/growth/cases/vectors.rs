//! A whole file of cases: each section's cases run, those that cannot be understood named.

use serde_json::Value;

use super::findings::Report;
use super::read::{Case, Unclear};
use super::{documented, peers, points, uniform, varied};

/// What became of one case of a file.
pub(crate) struct Outcome {
    pub(crate) section: String,
    /// Place in its section, from 0.
    pub(crate) index: usize,
    pub(crate) report: Result<Report, Unclear>,
}

type Run = fn(&Case, f64) -> Result<Report, Unclear>;

/// The sections that a file may have, in the order in which they are run.
pub(crate) const SECTIONS: [(&str, Run); 10] = [
    ("ellipse_point_ignition", uniform::ellipse_point_ignition),
    ("ellipse_arrival_times", points::ellipse_arrival_times),
    ("initial_disc", uniform::initial_disc),
    ("line_ignition", uniform::line_ignition),
    ("time_varying_uniform", uniform::time_varying_uniform),
    ("heterogeneous_exact", varied::heterogeneous_exact),
    ("multiple_ignitions", points::multiple_ignitions),
    ("slope_projection", varied::slope_projection),
    ("elmfire_verification_cases", documented::elmfire),
    ("peer_runs", peers::peer_run),
];

/// Runs the cases of a file's sections, `cells` along each fire, and hands each outcome over as it is there.
pub(crate) fn run(file: &Value, wanted: impl Fn(&str) -> bool, cells: f64, mut each: impl FnMut(Outcome)) {
    let Some(sections) = file.as_object() else {
        let report = Err(Unclear::new("an object of sections", "another kind of JSON"));
        return each(Outcome { section: "file".to_owned(), index: 0, report });
    };
    let unknown = sections
        .keys()
        .filter(|key| !NOT_SECTIONS.contains(&key.as_str()) && !SECTIONS.iter().any(|(name, _)| name == key));
    for key in unknown {
        let names = SECTIONS.map(|(name, _)| name).join(", ");
        each(Outcome { section: key.clone(), index: 0, report: Err(Unclear::new(names, key.clone())) });
    }
    for (name, run) in SECTIONS.iter().filter(|(name, _)| wanted(name)) {
        let Some(section) = sections.get(*name) else { continue };
        match Case::new(section).parts("cases") {
            Err(unclear) => {
                each(Outcome { section: (*name).to_owned(), index: 0, report: Err(unclear) });
            }
            Ok(cases) => {
                for (index, case) in cases.iter().enumerate() {
                    let report = run(case, cells).map(|mut report| {
                        report.notes.append(&mut case.notes.borrow_mut());
                        report.notes.dedup();
                        report
                    });
                    each(Outcome { section: (*name).to_owned(), index, report });
                }
            }
        }
    }
}

/// Keys of a file beside its sections.
const NOT_SECTIONS: [&str; 2] = ["readme", "note"];
