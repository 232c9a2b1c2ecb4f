//! Reads the cases of a file, and says what was needed where something is missing.

use std::cell::RefCell;

use serde_json::Value;

use super::exact::{Point, Spell};

/// Seconds in a minute, the file's unit.
pub(crate) const MIN_S: f64 = 60.0;

/// Why a case cannot be run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unclear {
    pub(crate) needed: String,
    pub(crate) found: String,
}

impl Unclear {
    pub(crate) fn new(needed: impl Into<String>, found: impl Into<String>) -> Self {
        Self { needed: needed.into(), found: found.into() }
    }
}

/// A case as it stands in the file.
pub(crate) struct Case<'a> {
    pub(crate) value: &'a Value,
    pub(crate) notes: RefCell<Vec<String>>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        Self { value, notes: RefCell::default() }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some_and(|value| !value.is_null())
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    pub(crate) fn note(&self, note: String) {
        self.notes.borrow_mut().push(note);
    }

    /// A finite number.
    pub(crate) fn number(&self, key: &str) -> Result<f64, Unclear> {
        self.maybe(key)?.ok_or_else(|| self.lacks(key, "a number"))
    }

    /// A number above zero.
    pub(crate) fn positive(&self, key: &str) -> Result<f64, Unclear> {
        above_zero(key, self.number(key)?)
    }

    /// A number that may be missing.
    pub(crate) fn maybe(&self, key: &str) -> Result<Option<f64>, Unclear> {
        match self.value.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or_else(|| self.lacks(key, "a number")),
        }
    }

    /// A number that is taken for granted where it is missing, with a note.
    pub(crate) fn number_or(&self, key: &str, default: f64) -> Result<f64, Unclear> {
        Ok(self.maybe(key)?.unwrap_or_else(|| {
            self.note(format!("no {key}: {default} taken"));
            default
        }))
    }

    /// A list of numbers.
    pub(crate) fn numbers(&self, key: &str) -> Result<Vec<f64>, Unclear> {
        let list = self.value.get(key).and_then(Value::as_array);
        list.and_then(|list| list.iter().map(Value::as_f64).collect())
            .ok_or_else(|| self.lacks(key, "a list of numbers"))
    }

    pub(crate) fn point_or_origin(&self, key: &str) -> Result<Point, Unclear> {
        if !self.has(key) {
            self.note(format!("no {key}: (0, 0) taken"));
            return Ok([0.0; 2]);
        }
        match self.numbers(key)?[..] {
            [east, north] => Ok([east, north]),
            _ => Err(self.lacks(key, "two numbers")),
        }
    }

    /// Rows of at least `length` numbers, of which some may be null.
    pub(crate) fn rows(&self, key: &str, length: usize) -> Result<Vec<Vec<Option<f64>>>, Unclear> {
        let row = |row: &Value| -> Option<Vec<Option<f64>>> {
            let cells = row.as_array().filter(|cells| cells.len() >= length)?;
            cells
                .iter()
                .map(|cell| if cell.is_null() { Some(None) } else { cell.as_f64().map(Some) })
                .collect()
        };
        let list = self.value.get(key).and_then(Value::as_array);
        list.and_then(|list| list.iter().map(row).collect())
            .ok_or_else(|| self.lacks(key, &format!("rows of {length} numbers")))
    }

    /// Rows of numbers, none of them null.
    pub(crate) fn full_rows<const N: usize>(&self, key: &str) -> Result<Vec<[f64; N]>, Unclear> {
        let full = |row: Vec<Option<f64>>| -> Option<[f64; N]> {
            row.into_iter().take(N).collect::<Option<Vec<f64>>>()?.try_into().ok()
        };
        let rows = self.rows(key, N)?.into_iter().map(full).collect::<Option<Vec<_>>>();
        rows.filter(|rows| !rows.is_empty()).ok_or_else(|| self.lacks(key, &format!("rows of {N} numbers")))
    }

    /// The cases within a case.
    pub(crate) fn parts(&self, key: &str) -> Result<Vec<Case<'a>>, Unclear> {
        let list = self.value.get(key).and_then(Value::as_array);
        let list = list.filter(|list| !list.is_empty()).ok_or_else(|| self.lacks(key, "a list"))?;
        Ok(list.iter().map(Case::new).collect())
    }

    /// Keys and numbers that begin with a word, the word cut off.
    pub(crate) fn numbers_named(&self, prefix: &str) -> Vec<(&'a str, f64)> {
        let pairs = self.value.as_object().into_iter().flatten();
        pairs.filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value.as_f64()?))).collect()
    }

    /// The one wind of a case, for ever; the heading is taken as north where it is missing.
    pub(crate) fn spell(&self) -> Result<Spell, Unclear> {
        self.spell_toward(self.number_or("head_azimuth", 0.0)?)
    }

    pub(crate) fn spell_toward(&self, toward_deg: f64) -> Result<Spell, Unclear> {
        let length_to_width = self.number_or("lw", 1.0)?;
        spell(f64::INFINITY, self.positive("ros_head")?, length_to_width, toward_deg)
    }

    /// Points with the times expected there, min.
    pub(crate) fn points(&self) -> Result<Vec<(Point, Option<f64>)>, Unclear> {
        let key = "points_x_y_arrival";
        let point = |row: Vec<Option<f64>>| Some(([row[0]?, row[1]?], row[2]));
        let points = self.rows(key, 3)?.into_iter().map(point).collect::<Option<Vec<_>>>();
        points.filter(|points| !points.is_empty()).ok_or_else(|| self.lacks(key, "points with x and y"))
    }

    /// The time by which a point without an arrival time is not reached, min.
    pub(crate) fn end_min(&self, points: &[(Point, Option<f64>)]) -> Result<f64, Unclear> {
        for key in ["end_min", "time_min", "horizon_min"] {
            if let Some(end_min) = self.maybe(key)? {
                return above_zero(key, end_min);
            }
        }
        let latest = points.iter().filter_map(|point| point.1).fold(0.0, f64::max);
        above_zero("time_min, or an arrival time", latest)
    }

    pub(crate) fn lacks(&self, key: &str, needed: &str) -> Unclear {
        let keys: Vec<&String> = self.value.as_object().map(|map| map.keys().collect()).unwrap_or_default();
        let found = match self.value.get(key) {
            Some(value) => shortened(&value.to_string()),
            None => format!("the keys {keys:?}"),
        };
        Unclear::new(format!("{key}: {needed}"), found)
    }
}

pub(crate) fn above_zero(name: &str, number: f64) -> Result<f64, Unclear> {
    if number > 0.0 { Ok(number) } else { Err(Unclear::new(format!("{name} above 0"), number.to_string())) }
}

/// A wind from the file's units.
pub(crate) fn spell(
    lasts_min: f64,
    rate_m_min: f64,
    length_to_width: f64,
    toward_deg: f64,
) -> Result<Spell, Unclear> {
    if length_to_width.is_nan() || length_to_width < 1.0 {
        return Err(Unclear::new("a length-to-width ratio of at least 1", length_to_width.to_string()));
    }
    let rate_m_min = rate_m_min.max(RATE_M_MIN_MIN);
    Ok(Spell::new(lasts_min * MIN_S, rate_m_min / MIN_S, length_to_width, toward_deg))
}

/// What a lull's rate of zero is taken for: the solver's own floor, 1e-7 m/s.
const RATE_M_MIN_MIN: f64 = 6e-6;

fn shortened(text: &str) -> String {
    if text.len() > 80 {
        format!("{}...", text.chars().take(77).collect::<String>())
    } else {
        text.to_owned()
    }
}
