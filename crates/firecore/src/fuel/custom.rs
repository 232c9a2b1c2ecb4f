//! A user's own fuel models, from the text of a file.
//!
//! Two layouts are read: the custom fuel model file of FARSITE, FlamMap and BehavePlus (`.fmd`), and a table with named
//! columns (`.csv`). What cannot be is refused with its line and field; what is only unusual is read and noted.
//!
//! ```
//! use firecore::fuel::{FuelModels, custom};
//!
//! let file = custom::parse("ENGLISH\n14 MAQ 3.2 1.1 0 0.2 5.6 dynamic 1900 1700 1500 5 22 8600 9000 Maquis\n", custom::Format::Fmd)?;
//! let models = FuelModels::standard().with(file.models);
//! assert_eq!(models.describe(14), "MAQ Maquis");
//! # Ok::<(), custom::FuelFileError>(())
//! ```

use std::fmt;

use super::{FuelCode, FuelModel};

mod check;
mod csv;
mod fmd;
#[cfg(test)]
mod tests;

/// How a file of fuel models is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of space-separated fields, after an optional line `ENGLISH` or `METRIC`.
    ///
    /// Each line: number, code, loads of 1 h, 10 h, 100 h, live herbaceous and live woody fuel, `static` or `dynamic`,
    /// surface-to-volume ratios of 1 h, live herbaceous and live woody fuel, depth, dead fuel moisture of extinction in
    /// percent, heat content of dead and of live fuel, description. Units: short ton/acre, 1/ft, ft, Btu/lb; or t/ha,
    /// 1/cm, cm, J/kg (kJ/kg are taken too, for no fuel's number fits both). Older files have neither code nor type nor
    /// description: their thirteen numbers are read as a static model.
    ///
    /// Source: the help pages of FlamMap 6.2 and FARSITE 4 on custom fuel model files.
    Fmd,
    /// Comma-separated fields under a line of column names.
    ///
    /// Needed: `code`, `name`, `load_1h_lb_ft2`, `load_10h_lb_ft2`, `load_100h_lb_ft2`, `load_herb_lb_ft2`,
    /// `load_woody_lb_ft2` or the same five as `load_1h_t_ac` and so on (short ton/acre), `sav_1h`, `sav_herb`, `sav_woody`
    /// (1/ft), `depth_ft`, `mx_dead_pct`, and `heat_btu_lb` or `heat_dead_btu_lb` with `heat_live_btu_lb`. Optional:
    /// `description`, `dynamic` (0 or 1; 0 without it) and `burnable` (0 or 1; 1 without it; with 0 the numbers do not
    /// count). Other columns are left alone, lines that begin with `#` are comments.
    Csv,
}

/// What a file of fuel models holds.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomFuels {
    /// The models, in the file's order; no two have one code.
    pub models: Vec<FuelModel>,
    /// What is unusual about them.
    pub warnings: Vec<FuelWarning>,
}

/// Something in a file of fuel models that can be, but should be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuelWarning {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is unusual, with its field.
    pub text: String,
}

impl fmt::Display for FuelWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// Why a file of fuel models cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {field}: needed {needed}, found {found}")]
pub struct FuelFileError {
    /// Line of the file, from 1.
    pub line: usize,
    /// Which field of the line.
    pub field: String,
    /// What it must hold.
    pub needed: String,
    /// What it holds.
    pub found: String,
}

/// Models that a file may hold: one for each code but that of no data.
const MODELS_MAX: usize = FuelCode::MAX as usize;

/// The fuel models of a file's text.
///
/// **Errors** name the first line and field that cannot be, what was needed and what was found.
pub fn parse(text: &str, format: Format) -> Result<CustomFuels, FuelFileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let drafts = match format {
        Format::Fmd => fmd::drafts(text)?,
        Format::Csv => csv::drafts(text)?,
    };
    if drafts.is_empty() {
        let line = text.lines().count().max(1);
        return Err(refused(line, "model", "at least one fuel model", "none"));
    }
    let mut file =
        CustomFuels { models: Vec::with_capacity(drafts.len().min(MODELS_MAX)), warnings: Vec::new() };
    let mut lines: [Option<usize>; 256] = [None; 256];
    for draft in drafts {
        let model = check::model(&draft, &mut file.warnings)?;
        if let Some(earlier) = lines[usize::from(model.code)].replace(draft.line) {
            let found = format!("{}, which line {earlier} has too", model.code);
            return Err(refused(draft.line, "code", "a code of its own", &found));
        }
        file.models.push(model);
    }
    Ok(file)
}

/// A model's fields as a file has them, in the units of [`super::Fuel`].
struct Draft {
    line: usize,
    code: FuelCode,
    name: String,
    description: String,
    /// `None` where nothing burns.
    numbers: Option<Numbers>,
}

struct Numbers {
    /// 1 h, 10 h, 100 h, live herbaceous, live woody.
    load_lb_ft2: [f64; 5],
    /// 1 h, live herbaceous, live woody.
    surface_to_volume_1_ft: [f64; 3],
    depth_ft: f64,
    dead_extinction_percent: f64,
    /// Dead and live.
    heat_btu_lb: [f64; 2],
    dynamic: bool,
}

fn refused(line: usize, field: &str, needed: &str, found: &str) -> FuelFileError {
    FuelFileError { line, field: field.to_owned(), needed: needed.to_owned(), found: found.to_owned() }
}

/// A finite number.
fn number(line: usize, field: &str, text: &str) -> Result<f64, FuelFileError> {
    let value: Option<f64> = text.parse().ok().filter(|value: &f64| value.is_finite());
    value.ok_or_else(|| refused(line, field, "a number", &quoted(text)))
}

/// A code of a fuel raster; 0 stands for no data there.
fn code(line: usize, field: &str, text: &str) -> Result<FuelCode, FuelFileError> {
    let value: Option<FuelCode> = text.parse().ok().filter(|value| *value > 0);
    value.ok_or_else(|| refused(line, field, "a whole number from 1 to 255", &quoted(text)))
}

/// A field as it stands in the file, cut where it is long.
fn quoted(text: &str) -> String {
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        format!("\"{}\"", text.chars().take(40).collect::<String>())
    }
}
