//! A table of fuel models with named columns.

use super::{Draft, FuelFileError, Numbers, code, number, quoted, refused};
use crate::fuel::standard::LB_FT2_PER_TON_ACRE;

/// Columns of loads, without their unit.
const LOADS: [&str; 5] = ["load_1h", "load_10h", "load_100h", "load_herb", "load_woody"];

const RATIOS: [&str; 3] = ["sav_1h", "sav_herb", "sav_woody"];

/// The rows of a table, numbers brought to the models' units.
pub(super) fn drafts(text: &str) -> Result<Vec<Draft>, FuelFileError> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, text)| (index + 1, text.trim()))
        .filter(|(_, text)| !text.is_empty() && !text.starts_with('#'));
    let Some((head, names)) = lines.next() else { return Ok(Vec::new()) };
    let columns = Columns { head, names: fields(head, names)? };
    lines.map(|(line, text)| columns.draft(line, &fields(line, text)?)).collect()
}

struct Columns {
    /// Line of the names.
    head: usize,
    names: Vec<String>,
}

impl Columns {
    fn draft(&self, line: usize, fields: &[String]) -> Result<Draft, FuelFileError> {
        if fields.len() != self.names.len() {
            let (needed, found) = (format!("{} of them", self.names.len()), fields.len().to_string());
            return Err(refused(line, "fields", &needed, &found));
        }
        let row = Row { columns: self, line, fields };
        let code = code(line, "code", row.text("code")?)?;
        let name = row.text("name")?;
        if name.is_empty() {
            return Err(refused(line, "name", "a short name", "nothing"));
        }
        let description = match row.maybe("description") {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => "custom fuel model".to_owned(),
        };
        let numbers = if row.flag("burnable", true)? { Some(row.numbers()?) } else { None };
        Ok(Draft { line, code, name: name.to_owned(), description, numbers })
    }
}

struct Row<'a> {
    columns: &'a Columns,
    line: usize,
    fields: &'a [String],
}

impl Row<'_> {
    fn maybe(&self, column: &str) -> Option<&str> {
        let place = self.columns.names.iter().position(|name| name == column)?;
        Some(&self.fields[place])
    }

    fn text(&self, column: &str) -> Result<&str, FuelFileError> {
        self.maybe(column).ok_or_else(|| {
            refused(self.columns.head, column, "a column of this name", &self.columns.names.join(", "))
        })
    }

    fn number(&self, column: &str) -> Result<f64, FuelFileError> {
        number(self.line, column, self.text(column)?)
    }

    /// A number that may be left out where nothing depends on it; 0 then.
    fn number_or_zero(&self, column: &str) -> Result<f64, FuelFileError> {
        if self.text(column)?.is_empty() { Ok(0.0) } else { self.number(column) }
    }

    fn flag(&self, column: &str, otherwise: bool) -> Result<bool, FuelFileError> {
        match self.maybe(column) {
            None | Some("") => Ok(otherwise),
            Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(other) => Err(refused(self.line, column, "0 or 1", &quoted(other))),
        }
    }

    fn numbers(&self) -> Result<Numbers, FuelFileError> {
        let mut load_lb_ft2 = [0.0; 5];
        for (load, name) in load_lb_ft2.iter_mut().zip(LOADS) {
            let (exact, rounded) = (format!("{name}_lb_ft2"), format!("{name}_t_ac"));
            *load = match self.maybe(&exact) {
                None if self.maybe(&rounded).is_some() => {
                    self.number_or_zero(&rounded)? * LB_FT2_PER_TON_ACRE
                }
                _ => self.number_or_zero(&exact)?,
            };
        }
        let mut surface_to_volume_1_ft = [0.0; 3];
        for (ratio, name) in surface_to_volume_1_ft.iter_mut().zip(RATIOS) {
            *ratio = self.number_or_zero(name)?;
        }
        let heat_btu_lb = match self.maybe("heat_dead_btu_lb") {
            Some(_) => [self.number("heat_dead_btu_lb")?, self.number("heat_live_btu_lb")?],
            None => [self.number("heat_btu_lb")?; 2],
        };
        Ok(Numbers {
            load_lb_ft2,
            surface_to_volume_1_ft,
            depth_ft: self.number("depth_ft")?,
            dead_extinction_percent: self.number("mx_dead_pct")?,
            heat_btu_lb,
            dynamic: self.flag("dynamic", false)?,
        })
    }
}

/// Fields of a line: commas inside quotes part nothing, two quotes inside quotes stand for one.
fn fields(line: usize, text: &str) -> Result<Vec<String>, FuelFileError> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            other => field.push(other),
        }
    }
    if quoted {
        return Err(refused(line, "quotes", "a closing quote", "the end of the line"));
    }
    fields.push(field.trim().to_owned());
    Ok(fields)
}
