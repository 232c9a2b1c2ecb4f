//! What a table's header leaves to defaults, and which of its columns look as if they were meant to be read.

use super::Tool;
use super::column::{Input, Kind, Told};

/// Columns that a notice names.
const NAMED_MAX: usize = 6;

/// Letters of a known name for each that may differ.
const LETTERS_PER_EDIT: usize = 3;

/// Names that begin so mean the same quantity in whatever unit.
const QUANTITIES: [&str; 4] = ["wind", "slope", "rain", "cloud"];

/// Names in tables of other tools, and what the same is called elsewhere.
const ELSEWHERE: [(&str, &str); 1] = [("fmc_pct", "foliar_pct")];

/// What to say about the header: at most two lines.
pub(crate) fn notices(tool: &dyn Tool, header: &[Vec<u8>]) -> Vec<String> {
    let has = |name: &str| header.iter().any(|column| column == name.as_bytes());
    let absent: Vec<&Input> = tool.inputs().iter().filter(|input| !has(input.name)).collect();
    let told = absent.iter().filter(|input| match input.told {
        Told::Never => false,
        Told::Always => true,
        Told::With(other) => has(other),
        Told::Without(other) => !has(other),
    });
    let defaults: Vec<String> = told.map(|input| taken(input)).collect();
    let is_written = |name: &str| tool.outputs().iter().any(|output| output.name == name);
    let is_read = |name: &str| tool.inputs().iter().any(|input| input.name == name);
    let mistyped: Vec<String> = header
        .iter()
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| !is_read(name) && !is_written(name))
        .filter_map(|name| Some(format!("{name} (near it: {})", near(name, &absent)?)))
        .collect();
    let mut said = Vec::new();
    if !defaults.is_empty() {
        said.push(format!("the table has no column for {}", listed(&defaults)));
    }
    if !mistyped.is_empty() {
        said.push(format!("columns that are carried through and not read: {}", listed(&mistyped)));
    }
    said
}

fn taken(input: &Input) -> String {
    let unit = match &input.kind {
        Kind::Number { unit, .. } if !unit.name.is_empty() => format!(" {}", unit.name),
        _ => String::new(),
    };
    format!("{}: taken as {}{unit}", input.name, input.default.unwrap_or_default())
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// The column that is not there and that this name looks most like.
fn near(name: &str, absent: &[&Input]) -> Option<&'static str> {
    if let Some((_, same)) = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == name) {
        return absent.iter().map(|input| input.name).find(|known| known == same);
    }
    let found = bare(name);
    let is_near = |known: &str| {
        let known = bare(known);
        strsim::levenshtein(&found, &known) <= known.len() / LETTERS_PER_EDIT
            || QUANTITIES.iter().any(|word| found.starts_with(word) && known.starts_with(word))
    };
    let names = absent.iter().map(|input| input.name).filter(|known| is_near(known));
    names.min_by_key(|known| strsim::levenshtein(&found, &bare(known)))
}

/// A name without what people write in different ways.
fn bare(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::unit;

    #[test]
    fn names_that_mean_or_look_the_same_are_near() {
        let inputs = ["wind_mph", "wind_input", "slope_pct", "canopy_cover_pct", "foliar_pct", "a"]
            .map(|name| Input::number(name, "", unit::NONE, [0.0, 1.0]).or("0"));
        let absent: Vec<&Input> = inputs.iter().collect();
        for (name, expected) in [
            ("wind20_mph", Some("wind_mph")),
            ("wind_speed", Some("wind_mph")),
            ("Wind MPH", Some("wind_mph")),
            ("WindSpeed_kmh", Some("wind_mph")),
            ("slope_deg", Some("slope_pct")),
            ("canopy_cover", Some("canopy_cover_pct")),
            ("fmc_pct", Some("foliar_pct")),
            ("A", Some("a")),
            ("b", None),
            ("case_id", None),
            ("station", None),
            ("canopy_base_ft", None),
        ] {
            assert_eq!(near(name, &absent), expected, "{name}");
        }
    }
}
