//! Keeps the house in order: who may import whom, how long a file may be, what may not be written.
//!
//! The rules are those of `docs/architecture.md`; Cargo itself keeps most of them out of `firecore`.

use std::fs;
use std::path::{Path, PathBuf};

use firecore::fuel::FuelModel;
use firecore::fuel::crosswalk::{Basis, Classification, Doubt};

/// A file splits before this many lines.
const LINES_MAX: usize = 500;

/// `firecore`'s modules from the bottom up; a module may import its own row and the rows before it.
const FIRECORE_ROWS: [&[&str]; 9] = [
    &["units"],
    &["sphere", "geo", "grid"],
    &["fuel", "landscape", "moisture", "weather", "wind", "asset", "detection", "ignition"],
    &["spread"],
    &["surrogate"],
    &["perimeter"],
    &["ensemble"],
    &["strategy", "forecast", "schedule"],
    &["cluster"],
];

/// What a crate's name or path may be written in: everywhere else it is a breach.
const HOMES: [(&str, &[&str]); 16] = [
    ("ractor", &["src/engine"]),
    ("axum", &["src/http"]),
    ("tiff", &["src/artifacts"]),
    ("proj4rs", &["crates/georead/src", "crates/firecore/src/geo.rs"]),
    ("weezl", &["crates/georead/src/raster"]),
    ("png", &["src/artifacts", "crates/georead/src/weather/grib2"]),
    ("reqwest", &["src/webhooks/request.rs", "src/inputs/net"]),
    ("rustls", &["src/webhooks/request.rs", "src/inputs/net", "src/simulate"]),
    ("zip", &["src/inputs/online/landfire.rs"]),
    ("tonic", &["src/simulate"]),
    ("prost", &["src/simulate"]),
    ("tokio_rustls", &["src/simulate"]),
    ("prometheus_client", &["src/simulate/server/metrics.rs"]),
    ("hmac", &["src/webhooks/request.rs"]),
    ("dashmap", &["src/engine/board.rs"]),
    ("clap", &["src/cli", "src/main.rs"]),
];

/// What `firecore` may not touch: no clock, no I/O, no thread, no log.
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::thread",
    "std::time",
    "std::env",
    "std::process",
    "Timestamp::now",
    "tokio",
    "tracing",
];

/// Spelled in halves, so that this file does not break its own rule.
const BANNED: [(&str, &str); 5] =
    [("todo", "!("), ("unimplemented", "!("), ("#[ig", "nore"), ("/wo", "rk/"), ("/fa", "rm/")];

#[test]
fn files_stay_short() {
    let long: Vec<String> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines, at most {LINES_MAX}"))
        .collect();
    assert_clean(long);
}

#[test]
fn firecore_imports_point_up_its_list() {
    let row_of = |module: &str| FIRECORE_ROWS.iter().position(|row| row.contains(&module));
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        let Some(inside) = path.strip_prefix("crates/firecore/src/") else { continue };
        let module = inside.split(['/', '.']).next().unwrap_or_default();
        // A test may reach down to build what it needs.
        if module == "lib" || path.ends_with("/tests.rs") {
            continue;
        }
        let Some(row) = row_of(module) else {
            breaches.push(format!("{path}: module {module} has no row in this test's list"));
            continue;
        };
        for imported in code(&text).flat_map(|line| modules_named(line).collect::<Vec<_>>()) {
            if row_of(imported).is_some_and(|imported_row| imported_row > row) {
                breaches.push(format!("{path}: {module} imports {imported}, which stands below it"));
            }
        }
    }
    assert_clean(breaches);
}

#[test]
fn firecore_is_pure() {
    let pure = |path: &str| path.starts_with("crates/firecore/src/");
    let named = |path: &str, text: &str| -> Vec<String> {
        let found = IMPURE.iter().filter(|word| code(text).any(|line| line.contains(**word)));
        found.map(|word| format!("{path}: {word}")).collect()
    };
    // A stop token is polled, not waited for: atomics are the one thing shared with a thread.
    assert_clean(
        sources().iter().filter(|(path, _)| pure(path)).flat_map(|(path, text)| named(path, text)).collect(),
    );
}

#[test]
fn one_technology_has_one_home() {
    let mut breaches = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| path.contains("src/")) {
        for (name, homes) in HOMES {
            let uses = |line: &str| {
                line.contains(&format!("use {name}::")) || line.contains(&format!(" {name}::")) || {
                    line.contains(&format!("({name}::"))
                }
            };
            if !homes.iter().any(|home| path.starts_with(home)) && code(text).any(uses) {
                breaches.push(format!("{path}: {name} lives in {}", homes.join(" and ")));
            }
        }
    }
    assert_clean(breaches);
}

#[test]
fn shells_do_not_import_each_other() {
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        let forbidden: &[&str] = match path.strip_prefix("src/") {
            Some(inside) if inside.starts_with("http") => &["crate::cli", "crate::components"],
            Some(inside) if inside.starts_with("ingest") => &["crate::http", "crate::cli"],
            Some(inside) if inside.starts_with("engine") => &["crate::http", "crate::ingest", "crate::cli"],
            _ => continue,
        };
        for name in forbidden.iter().filter(|name| code(&text).any(|line| line.contains(**name))) {
            breaches.push(format!("{path} imports {name}"));
        }
    }
    assert_clean(breaches);
}

#[test]
fn nothing_unfinished_or_of_one_machine_is_written() {
    let mut breaches = Vec::new();
    for (path, text) in texts(&["rs", "md", "toml", "json", "csv", ""]) {
        for (first, second) in BANNED {
            let word = format!("{first}{second}");
            if text.contains(&word) {
                breaches.push(format!("{path}: {word}"));
            }
        }
        if path.ends_with("/mod.rs") {
            breaches.push(format!("{path}: a module's file stands beside its folder"));
        }
    }
    assert_clean(breaches);
}

/// With `GUIRA_WRITE_DOCS` set, the page is written instead.
#[test]
fn the_page_of_crosswalks_is_the_codes_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fuel-crosswalk.md");
    let page = crosswalk_page();
    if std::env::var_os("GUIRA_WRITE_DOCS").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(&path).expect("the page is there");
    let differs = written.lines().zip(page.lines()).find(|(written, code)| written != code);
    assert!(written == page, "run with GUIRA_WRITE_DOCS=1; first difference: {differs:?}");
}

fn crosswalk_page() -> String {
    let mut page = "\
# Fuel crosswalks

Which standard fuel model stands for a class of another classification. `--fuel-classification NAME` and
`inputs.fuel_classification` name it. What this is good for, and what it is not, is in [Science](science.md#fuel-models).

This page is written from `firecore::fuel::crosswalk`; a test keeps them the same. *Doubt*: low, where the class says as
much as the model; some, where a neighbouring model would do as well; high, where the class holds fuels of very
different kinds.
"
    .to_owned();
    for classification in Classification::ALL {
        page += &format!(
            "\n## `{classification}`\n\n| class | name | model | source | doubt |\n|---|---|---|---|---|\n"
        );
        for row in classification.rows() {
            let run = |(first, last): &(u16, u16)| match first == last {
                true => first.to_string(),
                false => format!("{first}-{last}"),
            };
            let classes: Vec<String> = row.classes.iter().map(run).collect();
            let model = FuelModel::standard(row.model).expect("every row has a standard model");
            let source = match row.basis {
                Basis::Published(source) => source.to_owned(),
                Basis::ChosenAmongPublished(reason) => format!("our choice among published ones: {reason}"),
                Basis::OurChoice(reason) => format!("our choice: {reason}"),
            };
            let doubt = match row.doubt {
                Doubt::Low => "low",
                Doubt::Some => "some",
                Doubt::High => "high",
            };
            page += &format!(
                "| {} | {} | {} ({}) | {source} | {doubt} |\n",
                classes.join(", "),
                row.name,
                model.name,
                row.model
            );
        }
    }
    page
}

/// Names of modules behind `crate::` in a line.
fn modules_named(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).map(|rest| {
        rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
    })
}

/// Lines without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split("//").next().unwrap_or_default())
}

/// Every Rust file of the workspace, by its path from the root.
fn sources() -> Vec<(String, String)> {
    texts(&["rs"])
}

/// Every file with one of the extensions, by its path from the root; an empty extension is a script's.
fn texts(extensions: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for inside in
        ["src", "crates", "tests", "benches", "docs", "samples", "scripts", "README.md", "CHANGELOG.md"]
    {
        collect(&root.join(inside), extensions, &mut found);
    }
    assert!(found.len() > 20, "only {} files found", found.len());
    let relative =
        |path: &Path| path.strip_prefix(root).expect("inside the root").to_string_lossy().replace('\\', "/");
    found.iter().map(|path| (relative(path), fs::read_to_string(path).expect("a readable text"))).collect()
}

fn collect(path: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    if let Ok(entries) = fs::read_dir(path) {
        for entry in entries {
            collect(&entry.expect("a readable folder").path(), extensions, found);
        }
    } else if extensions.contains(&path.extension().unwrap_or_default().to_string_lossy().as_ref()) {
        found.push(path.to_owned());
    }
}

fn assert_clean(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}
