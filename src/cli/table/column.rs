//! What a column holds: its name, its unit, what may stand in it.

use std::fmt;
use std::sync::Arc;

use super::fuels::FuelNames;
use super::number;
use super::unit::Unit;

/// A column that a tool reads.
pub(crate) struct Input {
    /// The column's name.
    pub(crate) name: &'static str,
    /// What it means, in a few words; empty where only a flag can say.
    pub(crate) what: &'static str,
    /// What may stand in it.
    pub(crate) kind: Kind,
    /// Stands in for an empty field; `None` where a value is needed, and an empty text where it may be unknown.
    pub(crate) default: Option<&'static str>,
    /// The header must have it.
    pub(crate) column_is_needed: bool,
    /// When a table without it is told so.
    pub(crate) told: Told,
}

/// When standard error says that a table lacks a column and what stands in for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Told {
    /// What stands in for it hardly matters.
    Never,
    Always,
    /// In a table that has the column of this name.
    With(&'static str),
    /// In a table that lacks the column of this name.
    Without(&'static str),
}

/// What may stand in a field.
pub(crate) enum Kind {
    /// A number between two bounds, both in the column's unit.
    Number { unit: Unit, min: f64, max: f64 },
    /// One of some words.
    Choice(Vec<&'static str>),
    /// One of some classes by name, or a number that falls into one.
    Class(Vec<&'static str>, fn(f64) -> Option<usize>),
    /// An instant, with its zone; seconds of Unix time.
    Time,
    /// A fuel model's code or name.
    Fuel(Arc<FuelNames>),
}

/// A column that a tool writes.
pub(crate) struct Output {
    /// The column's name.
    pub(crate) name: &'static str,
    /// What it means, in a few words; empty where the printed table leaves it out.
    pub(crate) what: &'static str,
    /// The column's unit.
    pub(crate) unit: Unit,
    /// What its whole numbers from 0 on stand for, where it is a code.
    pub(crate) words: &'static [&'static str],
    /// Name of a column that holds the same number; empty where there is none.
    pub(crate) same_as: &'static str,
}

/// Some of a tool's outputs, by their places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Columns(u64);

impl Input {
    /// A column that must be there and filled.
    pub(crate) fn new(name: &'static str, what: &'static str, kind: Kind) -> Self {
        Self { name, what, kind, default: None, column_is_needed: true, told: Told::Never }
    }

    /// A number.
    pub(crate) fn number(name: &'static str, what: &'static str, unit: Unit, bounds: [f64; 2]) -> Self {
        let [min, max] = bounds;
        Self::new(name, what, Kind::Number { unit, min, max })
    }

    /// One of some words.
    pub(crate) fn choice(name: &'static str, what: &'static str, words: &[&'static str]) -> Self {
        Self::new(name, what, Kind::Choice(words.to_vec()))
    }

    /// The same column with something that stands in for it, wholly or for single fields; nothing stands for unknown.
    pub(crate) fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), column_is_needed: false, ..self }
    }

    /// The same column where fields may be empty, which stands for unknown.
    pub(crate) fn or_blank(self) -> Self {
        Self { default: Some(""), ..self }
    }

    /// The same column where a table without it is told so.
    pub(crate) fn told(self, told: Told) -> Self {
        Self { told, ..self }
    }

    /// A field as the number that tools compute with: SI units, the place among the words or among the fuel models; NaN
    /// for what is unknown and may be.
    pub(crate) fn read(&self, field: &[u8]) -> Option<f64> {
        let mut text = field.trim_ascii();
        if text.is_empty() {
            text = self.default?.as_bytes();
            if text.is_empty() {
                return Some(f64::NAN);
            }
        }
        match &self.kind {
            Kind::Number { unit, min, max } => number::parse(text)
                .filter(|value| (*min..=*max).contains(value))
                .map(|value| unit.si_from(value)),
            Kind::Choice(words) => word(words, text).map(|place| place as f64),
            Kind::Class(names, of) => {
                let place = word(names, text).or_else(|| number::parse(text).and_then(of));
                place.map(|place| place as f64)
            }
            Kind::Time => {
                let instant: jiff::Timestamp = std::str::from_utf8(text).ok()?.parse().ok()?;
                Some(instant.as_second() as f64)
            }
            Kind::Fuel(names) => names.place(whole(text)).map(|place| place as f64),
        }
    }

    /// What is wrong with a field that could not be read.
    pub(crate) fn complaint(&self, name: &str, field: &[u8]) -> String {
        let found = shown(field);
        let near = match &self.kind {
            Kind::Fuel(names) => names.nearest(&found).join(", "),
            _ => String::new(),
        };
        let near = if near.is_empty() { near } else { format!(" (near it: {near})") };
        format!("{name}: needed {}, found {found}{near}", self.kind)
    }
}

fn word(words: &[&str], text: &[u8]) -> Option<usize> {
    let text = whole(text);
    words.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(text))
}

/// A whole number without the `.0` that some programs write behind it.
fn whole(text: &[u8]) -> &[u8] {
    text.strip_suffix(b".0").unwrap_or(text)
}

/// Longest piece of a field that an error repeats, letters.
const SHOWN_MAX: usize = 40;

/// A field as an error shows it.
pub(crate) fn shown(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field.trim_ascii());
    if text.is_empty() {
        return String::from("nothing");
    }
    let mut shown: String = text.chars().take(SHOWN_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push_str("...");
    }
    shown
}

impl Output {
    /// A column of the file and a line of the printed table.
    pub(crate) const fn new(name: &'static str, what: &'static str, unit: Unit) -> Self {
        Self { name, what, unit, words: &[], same_as: "" }
    }

    /// A code, with what its numbers from 0 on stand for.
    pub(crate) const fn code(name: &'static str, what: &'static str, words: &'static [&'static str]) -> Self {
        Self { words, ..Self::new(name, what, super::unit::NONE) }
    }

    /// A column of the file alone.
    pub(crate) const fn unprinted(name: &'static str, unit: Unit) -> Self {
        Self::new(name, "", unit)
    }

    /// The same column, holding the same number as another.
    pub(crate) const fn same_as(self, name: &'static str) -> Self {
        Self { same_as: name, ..self }
    }
}

impl Columns {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(u64::MAX);

    /// The outputs with these names, which must be there.
    pub(crate) const fn named(outputs: &[Output], names: &[&str]) -> Self {
        let mut columns = Self::NONE;
        let mut at = 0;
        while at < names.len() {
            let mut place = 0;
            while !is_same(outputs[place].name.as_bytes(), names[at].as_bytes()) {
                place += 1;
            }
            columns = columns.with(place);
            at += 1;
        }
        columns
    }

    /// These and the output at a place.
    pub(crate) const fn with(self, place: usize) -> Self {
        assert!(place < u64::BITS as usize, "BUG: a tool has more than 64 outputs");
        Self(self.0 | 1 << place)
    }

    /// Whether some of the others are among these.
    pub(crate) fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

/// `==` where constants are made.
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// What is needed, in words.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one_of = |words: &[&str]| match words.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => words.concat(),
        };
        match self {
            Self::Number { unit, min, max } if unit.name.is_empty() => {
                write!(f, "a number from {min} to {max}")
            }
            Self::Number { unit, min, max } => write!(f, "a number from {min} to {max} ({})", unit.name),
            Self::Choice(words) => write!(f, "{}", one_of(words)),
            Self::Class(names, _) => write!(f, "{}, or a number inside one of them", one_of(names)),
            Self::Time => write!(f, "a time with its zone, as in 2024-08-01T18:00:00Z"),
            Self::Fuel(names) => write!(f, "the code or name of one of {} fuel models", names.models().len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::unit;

    #[test]
    fn fields_are_read_with_their_unit_and_inside_their_bounds() {
        let wind = Input::number("wind_mph", "wind", unit::MPH, [0.0, 500.0]);
        assert_eq!(wind.read(b" 10 "), Some(4.4704));
        for field in ["", "-1", "501", "NaN", "inf", "ten", "1 0", "\u{ff11}", "0x10"] {
            assert_eq!(wind.read(field.as_bytes()), None, "{field}");
        }
        assert_eq!(wind.read(b"\xff"), None);
        assert_eq!(wind.or("5").read(b""), Some(5.0 * 0.447_04));
    }

    #[test]
    fn words_count_in_any_case_and_numbers_may_end_in_a_point_and_zero() {
        let place = Input::choice("location", "place", &["0", "1", "ridge"]);
        assert_eq!(place.read(b"Ridge"), Some(2.0));
        assert_eq!(place.read(b"1.0"), Some(1.0));
        assert_eq!(place.read(b"1.5"), None);
        assert!(place.or("").read(b"").is_some_and(f64::is_nan));
    }

    #[test]
    fn a_class_is_named_or_met_by_a_number() {
        let halves = |value: f64| (0.0..100.0).contains(&value).then(|| usize::from(value >= 50.0));
        let class = Input::new("share", "share", Kind::Class(vec!["0-49", "50-99"], halves));
        assert_eq!(class.read(b"50-99"), Some(1.0));
        assert_eq!(class.read(b"12.5"), Some(0.0));
        assert_eq!(class.read(b"100"), None);
    }

    #[test]
    fn a_complaint_names_the_nearest_fuel_models() {
        let names = Arc::new(FuelNames::of(firecore::fuel::FuelModels::standard()));
        let fuel = Input::new("fuel_model", "fuel model", Kind::Fuel(names));
        let complaint = fuel.complaint("fuel_model", b"GR12");
        assert!(
            complaint.starts_with("fuel_model: needed the code or name of one of 59 fuel models, found GR12")
        );
        assert!(complaint.contains("GR1, GR2"), "{complaint}");
    }
}
