//! What a column holds: its name, its unit, what may stand in it.

use std::fmt;
use std::sync::Arc;

use super::fuels::FuelNames;
use super::unit::Unit;

/// A column that a tool reads.
pub(crate) struct Input {
    /// The column's name.
    pub(crate) name: &'static str,
    /// What it means, in a few words.
    pub(crate) what: &'static str,
    /// What may stand in it.
    pub(crate) kind: Kind,
    /// Stands in for a column that is not there and for an empty field; `None` where a value is needed, and an empty
    /// text where a number may be unknown, which tools see as NaN.
    pub(crate) default: Option<&'static str>,
}

/// What may stand in a field.
pub(crate) enum Kind {
    /// A number between two bounds, both in the column's unit.
    Number { unit: Unit, min: f64, max: f64 },
    /// One of some words.
    Choice(&'static [&'static str]),
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
}

impl Input {
    /// A number that must be given.
    pub(crate) const fn number(name: &'static str, what: &'static str, unit: Unit, bounds: [f64; 2]) -> Self {
        let [min, max] = bounds;
        Self { name, what, kind: Kind::Number { unit, min, max }, default: None }
    }

    /// One of some words.
    pub(crate) const fn choice(
        name: &'static str,
        what: &'static str,
        words: &'static [&'static str],
    ) -> Self {
        Self { name, what, kind: Kind::Choice(words), default: None }
    }

    /// The same column with something that stands in for it.
    pub(crate) const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// A field as the number that tools compute with: SI units, the place among the words or among the fuel models.
    pub(crate) fn read(&self, field: &[u8]) -> Option<f64> {
        let mut text = field.trim_ascii();
        if text.is_empty() {
            text = self.default?.as_bytes();
            if text.is_empty() {
                return Some(f64::NAN);
            }
        }
        match &self.kind {
            Kind::Number { unit, min, max } => {
                let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
                (value >= *min && value <= *max).then(|| unit.si_from(value))
            }
            Kind::Choice(words) => {
                let word = whole(text);
                words.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(word)).map(|at| at as f64)
            }
            Kind::Fuel(names) => names.place(whole(text)).map(|place| place as f64),
        }
    }
}

/// A whole number without the `.0` that some programs write behind it.
fn whole(text: &[u8]) -> &[u8] {
    text.strip_suffix(b".0").unwrap_or(text)
}

impl Output {
    /// A column of the file and a line of the printed table.
    pub(crate) const fn new(name: &'static str, what: &'static str, unit: Unit) -> Self {
        Self { name, what, unit }
    }

    /// A column of the file alone.
    pub(crate) const fn unprinted(name: &'static str, unit: Unit) -> Self {
        Self { name, what: "", unit }
    }
}

/// What is needed, in words.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { unit, min, max } if unit.name.is_empty() => {
                write!(f, "a number from {min} to {max}")
            }
            Self::Number { unit, min, max } => write!(f, "a number from {min} to {max} ({})", unit.name),
            Self::Choice(words) => match words.split_last() {
                Some((last, [])) => write!(f, "{last}"),
                Some((last, rest)) => write!(f, "{} or {last}", rest.join(", ")),
                None => Ok(()),
            },
            Self::Fuel(names) => write!(f, "the code or name of one of {} fuel models", names.models().len()),
        }
    }
}
