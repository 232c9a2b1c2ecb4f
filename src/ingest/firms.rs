//! Detections in the CSV of NASA FIRMS, in every dialect that it has been seen in.
//!
//! The rolling files, the area and country services and the archive differ in columns, in how they write times
//! (`41`, `0906`, `00:34`), dates (`2019-08-01`, `8/1/2019`), confidence (`l`, `nominal`, `0` to `100`) and
//! satellites (`N`, `1`, `N20`, `Terra`). Columns that are not needed are passed over. So is `type`: static heat
//! sources are not told from fires here.

use std::collections::HashMap;
use std::sync::Arc;

use csv::StringRecord;
use firecore::detection::{Detection, DetectionDraft, PIXEL_SIZE_M_MAX, Source, TEMPERATURE_C_RANGE};
use firecore::units::ZERO_CELSIUS_K;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::wire::{BadField, Decoded, Place, Refusal, accept};

#[cfg(test)]
mod tests;

/// Confidence of the classes `low`, `nominal` and `high`: the middles of the ranges that MODIS, which gives a
/// number, uses the same words for (0 to 30, 30 to 80, 80 to 100 %).
///
/// Source: Giglio et al. (2020), MODIS Collection 6 Active Fire Product User's Guide, table 6.
pub const CONFIDENCE_LOW: f64 = 0.15;
/// See [`CONFIDENCE_LOW`].
pub const CONFIDENCE_NOMINAL: f64 = 0.55;
/// See [`CONFIDENCE_LOW`].
pub const CONFIDENCE_HIGH: f64 = 0.90;

/// Columns without which a table is not FIRMS's.
const NEEDED: [&str; 4] = ["latitude", "longitude", "acq_date", "acq_time"];

/// FIRMS's names of a draft's fields.
const NAMES: [(&str, &str); 5] = [
    ("lon_deg", "longitude"),
    ("lat_deg", "latitude"),
    ("acquired_at", "acq_date"),
    ("frp_mw", "frp"),
    ("pixel_size_m", "scan"),
];

/// Detections from a table; `None` where its first line lacks the needed columns.
pub(super) fn decode(origin: &Arc<str>, bytes: &[u8], now: Timestamp) -> Option<Decoded> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let columns = Columns::read(reader.headers().ok()?)?;
    let mut records = Vec::new();
    let mut row = StringRecord::new();
    loop {
        let before = reader.position().line();
        // With lines that end in CR LF a row's position is that of the line feed before it.
        let behind = |byte: u64| u64::from(matches!(bytes.get(byte as usize), Some(b'\r' | b'\n')));
        let line = |row: &StringRecord| row.position().map_or(before, |at| at.line() + behind(at.byte()));
        let read = match reader.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => columns.draft(&row).and_then(|draft| accept(draft, now, &NAMES)),
            Err(error) => {
                Err(BadField { field: String::new(), reason: format!("the row cannot be read: {error}") })
            }
        };
        records.push(read.map_err(|bad| Refusal {
            origin: Arc::clone(origin),
            place: Place::Line(line(&row)),
            field: bad.field,
            reason: bad.reason,
        }));
    }
    Some(Decoded { records, priority: None })
}

/// Detections from the text of a FIRMS table.
///
/// `None` where the first line lacks one of the columns latitude, longitude, acq_date and acq_time.
pub fn decode_table(origin: &str, text: &[u8], now: Timestamp) -> Option<(Vec<Detection>, Vec<Refusal>)> {
    decode(&Arc::from(origin), text, now).map(Decoded::into_parts)
}

/// Which instrument a table is of, as far as its columns tell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Instrument {
    Viirs,
    Modis,
    Unknown,
}

/// Where each column stands.
struct Columns {
    places: HashMap<String, usize>,
    instrument: Instrument,
}

impl Columns {
    fn read(header: &StringRecord) -> Option<Self> {
        let name = |name: &str| name.trim().trim_start_matches('\u{feff}').to_lowercase();
        let places: HashMap<String, usize> =
            header.iter().enumerate().map(|(place, text)| (name(text), place)).collect();
        if !NEEDED.iter().all(|needed| places.contains_key(*needed)) {
            return None;
        }
        let instrument = match () {
            () if places.contains_key("bright_ti4") => Instrument::Viirs,
            () if places.contains_key("bright_t31") => Instrument::Modis,
            () => Instrument::Unknown,
        };
        Some(Self { places, instrument })
    }

    fn draft(&self, row: &StringRecord) -> Result<DetectionDraft, BadField> {
        let lon_deg = self.required_number(row, "longitude")?;
        let lat_deg = self.required_number(row, "latitude")?;
        let acquired_at = self.acquired_at(row)?;
        let confidence = confidence(self.text(row, "confidence").unwrap_or_default())?;
        let sensor = self.sensor(row);
        // FIRMS numbers nothing, but gives the same pixel in every file that it appears in: the instrument, the
        // place and the minute name it.
        let producer_id = format!("firms:{sensor}:{lat_deg:.5},{lon_deg:.5}:{acquired_at}");
        Ok(DetectionDraft {
            temperature_c: self.temperature_c(row)?,
            frp_mw: self.number(row, "frp")?,
            pixel_size_m: self.pixel_size_m(row)?,
            sensor: Some(sensor),
            producer_id: Some(producer_id),
            ..DetectionDraft::new(Source::Satellite, lon_deg, lat_deg, confidence, acquired_at)
        })
    }

    /// The text of a column; `None` where there is no such column, or nothing in it.
    fn text<'a>(&self, row: &'a StringRecord, name: &str) -> Option<&'a str> {
        row.get(*self.places.get(name)?).filter(|text| !text.is_empty())
    }

    fn number(&self, row: &StringRecord, name: &str) -> Result<Option<f64>, BadField> {
        let Some(text) = self.text(row, name) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(BadField::new(name, "a number", format!("{text:?}"))),
        }
    }

    fn required_number(&self, row: &StringRecord, name: &str) -> Result<f64, BadField> {
        self.number(row, name)?.ok_or_else(|| BadField::new(name, "a number", "nothing"))
    }

    fn acquired_at(&self, row: &StringRecord) -> Result<Timestamp, BadField> {
        let text = self.text(row, "acq_date").unwrap_or_default();
        let date = date(text).ok_or_else(|| {
            BadField::new("acq_date", "a date like 2024-01-15 or 1/15/2024", format!("{text:?}"))
        })?;
        let text = self.text(row, "acq_time").unwrap_or_default();
        let time = time(text)
            .ok_or_else(|| BadField::new("acq_time", "a time like 0906, 41 or 00:34", format!("{text:?}")))?;
        TimeZone::UTC
            .to_timestamp(date.to_datetime(time))
            .map_err(|_| BadField::new("acq_date", "a date that can be told", date))
    }

    /// Edge of a square as large as the pixel, m: `scan` and `track` are its two edges in km.
    fn pixel_size_m(&self, row: &StringRecord) -> Result<Option<f64>, BadField> {
        let (scan_km, track_km) = (self.number(row, "scan")?, self.number(row, "track")?);
        let edge_m = |scan_km: f64, track_km: f64| (scan_km * track_km).sqrt() * 1000.0;
        Ok(match (scan_km, track_km) {
            (Some(scan_km), Some(track_km)) => Some(edge_m(scan_km, track_km)),
            (Some(km), None) | (None, Some(km)) => Some(km * 1000.0),
            (None, None) => None,
        }
        .filter(|edge_m| *edge_m <= PIXEL_SIZE_M_MAX || edge_m.is_nan()))
    }

    /// Brightness temperature of the 4 µm channel; none where it is no temperature, as in rows of fill values.
    fn temperature_c(&self, row: &StringRecord) -> Result<Option<f64>, BadField> {
        let kelvin = match self.number(row, "bright_ti4")? {
            None => self.number(row, "brightness")?,
            found => found,
        };
        let (coldest_c, hottest_c) = TEMPERATURE_C_RANGE;
        let celsius = kelvin.map(|kelvin| ((kelvin - ZERO_CELSIUS_K) * 100.0).round() / 100.0);
        Ok(celsius.filter(|celsius| (coldest_c..=hottest_c).contains(celsius)))
    }

    /// Instrument and satellite in words.
    fn sensor(&self, row: &StringRecord) -> String {
        let code = self.text(row, "satellite").unwrap_or_default();
        let named = self.text(row, "instrument").unwrap_or_default();
        let instrument = match (named, self.instrument) {
            ("", Instrument::Viirs) => "VIIRS",
            ("", Instrument::Modis) => "MODIS",
            ("", Instrument::Unknown) => "satellite",
            (named, _) => named,
        };
        let satellite = match code {
            "N" | "NPP" | "Suomi-NPP" => "S-NPP",
            "1" | "N20" | "J1" | "NOAA-20" => "NOAA-20",
            "2" | "N21" | "J2" | "NOAA-21" => "NOAA-21",
            "T" | "Terra" => "Terra",
            "A" | "Aqua" => "Aqua",
            "L8" => "Landsat 8",
            "L9" => "Landsat 9",
            other => other,
        };
        format!("{instrument} {satellite}").trim_end().to_owned()
    }
}

/// A class by its letter or word, or a number of percent.
fn confidence(text: &str) -> Result<f64, BadField> {
    match text.to_lowercase().as_str() {
        "l" | "low" => Ok(CONFIDENCE_LOW),
        "n" | "nominal" | "m" | "medium" => Ok(CONFIDENCE_NOMINAL),
        "h" | "high" => Ok(CONFIDENCE_HIGH),
        other => match other.parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
            _ => Err(BadField::new(
                "confidence",
                "low, nominal, high, their first letters, or a number from 0 to 100",
                format!("{text:?}"),
            )),
        },
    }
}

/// `2019-08-01`, or month, day and year with strokes.
fn date(text: &str) -> Option<Date> {
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let mut parts = text.split('/');
    let (month, day, year) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then(|| Date::new(year, month, day).ok()).flatten()
}

/// Hours and minutes: `00:34`, or one to four digits that end with the minutes.
fn time(text: &str) -> Option<Time> {
    let (hours, minutes) = match text.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if (1..=4).contains(&text.len()) && text.is_ascii() => {
            text.split_at(text.len().saturating_sub(2))
        }
        None => return None,
    };
    let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse().ok() };
    Time::new(number(hours)?, number(minutes)?, 0, 0).ok()
}
