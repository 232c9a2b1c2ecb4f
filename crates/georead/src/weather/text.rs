//! Stations' weather as text: tables and streams.
//!
//! [`read_text`] tells the form from the content, and from the file's ending where that says more: a stream of FARSITE and FlamMap
//! (`.wxs`, `.raws`, the RAWS part of an `.input`), WindNinja's station file, FW21 (`.fw21`), or any table with a header of known columns.
//! A table's columns: a time (`valid_at`; `valid_at_utc`), `latitude` and `longitude`, `elevation_m`, `station`; `wind_10m_m_s` (`_km_h`, `_mph`,
//! `_kt`) or `wind_20ft_mph` (`_m_s`, `_km_h`) with `wind_from_deg`; `wind_80m_m_s` with `wind_80m_from_deg`; `temperature_c` or `_f`,
//! `relative_humidity_pct` or `dew_point_c`, `rain_mm` or `_in`, `cloud_pct`, `radiation_w_m2`; and some shorter names (`temp_f`, `rh_pct`).
//!
//! FARSITE's `.wtr` and `.wnd` are refused by name: they know no year, and FlamMap itself turns them into `.wxs`.

mod profile;
mod station_table;
mod stream;
mod table;

use firecore::units::PERCENT;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::rows::TooManySamples;
use super::{SAMPLES_MAX, Sample, WeatherRun};

pub use profile::wind_10m_per;

/// Bytes of a text. Reason: 17 years of hours of a station in FW21 are 11 MB.
pub const TEXT_BYTES_MAX: usize = 32 << 20;

/// Places of a table. Reason: a country has some thousand stations.
pub const PLACES_MAX: usize = 10_000;

/// Characters of a found text that an error shows.
const SHOWN: usize = 80;

/// Characters that the names of a header may have in an error: some twenty of them.
const NAMES_SHOWN: usize = 300;

/// What times without an offset are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// East of UTC. Streams know no daylight saving: one offset holds for a whole file.
    pub offset: Offset,
}

/// Why a text is no weather.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TextError {
    /// More bytes than are taken.
    #[error("needed a text of at most {TEXT_BYTES_MAX} bytes, found {found}")]
    TooLarge {
        /// Bytes given.
        found: usize,
    },
    /// A form that is not read.
    #[error("{name}: needed {needed}, found {found}")]
    Form {
        /// The file.
        name: String,
        /// The forms that are read.
        needed: &'static str,
        /// What it seems to be.
        found: String,
    },
    /// A column that must be there, or must be there once.
    #[error("needed {needed}, found {found}")]
    Column {
        /// What is missing.
        needed: String,
        /// The columns that are there.
        found: String,
    },
    /// A value that is not what its column holds.
    #[error("line {line}, {column}: needed {needed}, found {found:?}")]
    Value {
        /// Counted from 1.
        line: u64,
        /// Its column.
        column: String,
        /// What it should be.
        needed: &'static str,
        /// What it is.
        found: String,
    },
    /// A row that is not one of the table.
    #[error("line {line}: needed {needed} values, found {found}")]
    Row {
        /// Counted from 1.
        line: u64,
        /// Values that a row has.
        needed: usize,
        /// Values found.
        found: usize,
    },
    /// A column whose values are of another unit than its name says.
    #[error("{column}: needed {needed}, found {found}")]
    Unit {
        /// Its name.
        column: String,
        /// What it should hold.
        needed: &'static str,
        /// What it holds.
        found: String,
    },
    /// No row at all.
    #[error("needed rows of weather, found none")]
    Empty,
    /// More places than are taken.
    #[error("needed at most {PLACES_MAX} places, found more")]
    TooManyPlaces,
    /// More than a run may hold.
    #[error("needed at most {SAMPLES_MAX} samples (places times hours), found {found}")]
    TooManySamples {
        /// What was asked for.
        found: usize,
    },
}

impl From<TooManySamples> for TextError {
    fn from(TooManySamples(found): TooManySamples) -> Self {
        Self::TooManySamples { found }
    }
}

/// Weather of a text, whose form is told from its content and its name; and warnings.
///
/// Bytes that are not UTF-8 are replaced: they can only stand in names. Wind at other heights becomes wind at 10 m, see
/// [`wind_10m_per`]; FARSITE's and FW21's English wind is at 20 ft.
///
/// **Errors** name the line and column, what was needed, and what was found.
pub fn read_text(
    name: &str,
    bytes: &[u8],
    local_time: LocalTime,
) -> Result<(WeatherRun, Vec<String>), TextError> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(TextError::TooLarge { found: bytes.len() });
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let first = first.ok_or(TextError::Empty)?.to_ascii_lowercase();
    let form = |found: &str| TextError::Form {
        name: shown(name),
        needed: "a RAWS stream (.wxs, .raws, .input), WindNinja's or FW21's table, or a table with a header",
        found: shown(found),
    };
    if stream::is_stream(text) || matches!(ending.as_str(), "wxs" | "raws" | "input") {
        stream::read(text, local_time)
    } else if matches!(ending.as_str(), "wtr" | "wnd") {
        Err(form("a .wtr or .wnd file, which knows no year"))
    } else if first.contains("coord_sys") {
        station_table::read(text, local_time)
    } else if first.contains(',') {
        table::read(text, local_time)
    } else {
        Err(form(&first))
    }
}

/// As much of a text as a person needs to see.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// As many names as a person needs to see, each whole.
fn shown_names(names: &csv::StringRecord) -> String {
    let mut shown = String::new();
    for (place, name) in names.iter().map(self::shown).enumerate() {
        if place > 0 && shown.len() + name.len() > NAMES_SHOWN {
            return format!("{shown} and {} more", names.len() - place);
        }
        shown.push_str(if place > 0 { ", " } else { "" });
        shown.push_str(&name);
    }
    shown
}

/// Refuses humidity in percent of which no row exceeds 1: those are fractions. Our choice, as of rasters: no air stays so dry through a file.
fn check_percent<'a>(samples: impl Iterator<Item = &'a Sample>, column: &str) -> Result<(), TextError> {
    let most =
        samples.map(|sample| sample.relative_humidity).filter(|share| !share.is_nan()).reduce(f32::max);
    let most_pct = f64::from(most.unwrap_or(1.0)) / PERCENT;
    if most_pct > 1.0 + f64::from(f32::EPSILON) {
        return Ok(());
    }
    let found = format!("none above {}: fractions?", (most_pct * 1e6).round() / 1e6);
    Err(TextError::Unit { column: shown(column), needed: "relative humidity in percent", found })
}

/// An instant: with an offset as it says, without one in a local time.
fn instant(text: &str, offset: Offset) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        // A date alone would be a midnight that nobody told.
        let civil: DateTime = text.contains(':').then(|| text.parse().ok())??;
        offset.to_timestamp(civil).ok()
    })
}

#[cfg(test)]
mod tests;
