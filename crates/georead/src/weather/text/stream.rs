//! Streams of FARSITE and FlamMap: rows of an hour each behind a few named lines.
//!
//! `RAWS_ELEVATION:` in feet or metres, `RAWS_UNITS:` English or Metric, `RAWS:` with the number of rows, then rows of year, month, day, time
//! (HHMM), temperature, humidity, rain of the hour, wind speed, bearing and cloud cover. English: degrees F, inches, mph at 20 ft. Metric:
//! degrees C, millimetres, km/h at 10 m. Source: FlamMap 6.2 help, "Weather stream file" and "Wind file".

use firecore::units::{
    KG_M2_PER_MM, M_PER_FT, M_S_PER_KM_H, M_S_PER_MPH, MM_PER_IN, PERCENT, WIND_10M_PER_20FT,
    celsius_of_fahrenheit,
};
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};

use super::{LocalTime, TextError, check_percent, shown};
use crate::weather::rows::Rows;
use crate::weather::{Node, Sample, WeatherRun, checked, wind_m_s};

/// What stands in a row, in this order.
const COLUMNS: [&str; 10] = [
    "year",
    "month",
    "day",
    "time",
    "temperature",
    "humidity",
    "rain",
    "wind speed",
    "wind direction",
    "cloud cover",
];

/// True for a text with the lines that name a stream.
pub(super) fn is_stream(text: &str) -> bool {
    text.lines().any(|line| ["RAWS:", "RAWS_UNITS:"].iter().any(|key| line.trim_start().starts_with(key)))
}

pub(super) fn read(text: &str, local_time: LocalTime) -> Result<(WeatherRun, Vec<String>), TextError> {
    let mut head = Head { metric: None, elevation: None, rows: None };
    let mut rows = Rows::new(1);
    let mut count = 0;
    for (index, line) in text.lines().enumerate() {
        let (line, number) = (line.trim(), index as u64 + 1);
        if head.takes(line, number)? || line.is_empty() {
            continue;
        }
        let first = line.split_whitespace().next().unwrap_or_default();
        let year = first.len() == 4 && first.bytes().all(|digit| digit.is_ascii_digit());
        if !year && count > 0 {
            // What follows the rows in an `.input` is no weather.
            break;
        }
        // In an `.input` other parts come before; their rows start with no year.
        if year && (head.rows.is_some() || !is_stream(text)) {
            let (valid_at, sample) = row(line, number, head.metric == Some(true), local_time)?;
            rows.put(0, valid_at, &sample)?;
            count += 1;
        }
    }
    let (hours, mut warnings) = rows.hours();
    if hours.is_empty() {
        return Err(TextError::Empty);
    }
    check_percent(hours.iter().flat_map(|hour| &hour.samples), "RH")?;
    if head.metric.is_none() {
        warnings.push("no RAWS_UNITS was told; English units were taken".to_owned());
    }
    if let Some(told) = head.rows.filter(|told| *told != count) {
        warnings.push(format!("RAWS tells {told} rows, {count} were found and taken"));
    }
    let elevation_m =
        head.elevation.map(|height| if head.metric == Some(true) { height } else { height * M_PER_FT });
    let nodes = vec![Node { place: None, elevation_m, name: None }];
    let run = WeatherRun { provider: "RAWS".to_owned(), issued_at: None, nodes, grid: None, hours };
    let (run, more) = checked(run);
    warnings.extend(more);
    Ok((run, warnings))
}

/// The named lines.
struct Head {
    metric: Option<bool>,
    /// Feet or metres.
    elevation: Option<f64>,
    rows: Option<u64>,
}

impl Head {
    /// Takes a line that names something; false for any other.
    fn takes(&mut self, text: &str, line: u64) -> Result<bool, TextError> {
        let Some((key, value)) = text.split_once(':') else { return Ok(false) };
        let value = value.trim();
        let wrong = |needed| TextError::Value { line, column: shown(key), needed, found: shown(value) };
        match key.trim() {
            "RAWS_UNITS" => {
                let metric = value.eq_ignore_ascii_case("metric");
                if !metric && !value.eq_ignore_ascii_case("english") {
                    return Err(wrong("English or Metric"));
                }
                self.metric = Some(metric);
            }
            "RAWS_ELEVATION" => {
                let height = value.parse().ok().filter(|height: &f64| (-2000.0..=30_000.0).contains(height));
                self.elevation = Some(height.ok_or_else(|| wrong("an elevation"))?);
            }
            "RAWS" => self.rows = Some(value.parse().map_err(|_| wrong("the number of rows"))?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn row(text: &str, line: u64, metric: bool, local_time: LocalTime) -> Result<(Timestamp, Sample), TextError> {
    let fields: Vec<_> = text.split_whitespace().take(COLUMNS.len() + 1).collect();
    if fields.len() != COLUMNS.len() {
        return Err(TextError::Row { line, needed: COLUMNS.len(), found: fields.len() });
    }
    let wrong = |column: usize, needed| TextError::Value {
        line,
        column: COLUMNS[column].to_owned(),
        needed,
        found: shown(fields[column]),
    };
    let number = |column: usize| -> Result<f64, TextError> {
        fields[column].parse().map_err(|_| wrong(column, "a number"))
    };
    let whole = |column: usize| -> Result<i16, TextError> {
        fields[column].parse().map_err(|_| wrong(column, "a whole number"))
    };
    let part = |column: usize| whole(column).map(|part| i8::try_from(part).unwrap_or(-1));
    let date = Date::new(whole(0)?, part(1)?, part(2)?).map_err(|_| wrong(2, "a day of the calendar"))?;
    let valid_at =
        instant(date, whole(3)?, local_time).ok_or_else(|| wrong(3, "a time from 0000 to 2400"))?;
    let (temperature, rain, speed) = (number(4)?, number(6)?, number(7)?);
    let (air_c, rain_mm, wind_10m_m_s) = if metric {
        (temperature, rain, speed * M_S_PER_KM_H)
    } else {
        (celsius_of_fahrenheit(temperature), rain * MM_PER_IN, speed * M_S_PER_MPH * WIND_10M_PER_20FT)
    };
    let (wind_10m_east_m_s, wind_10m_north_m_s) = wind_m_s(wind_10m_m_s, number(8)?);
    let sample = Sample {
        wind_10m_east_m_s,
        wind_10m_north_m_s,
        temperature_c: air_c as f32,
        relative_humidity: (number(5)? * PERCENT) as f32,
        rain_kg_m2: (rain_mm * KG_M2_PER_MM) as f32,
        cloud_cover: (number(9)? * PERCENT) as f32,
        ..Sample::UNKNOWN
    };
    Ok((valid_at, sample))
}

/// A day's HHMM; 2400 is the next day's start.
fn instant(date: Date, time: i16, local_time: LocalTime) -> Option<Timestamp> {
    let (hour, minute) = (i8::try_from(time / 100).ok()?, i8::try_from(time % 100).ok()?);
    let (date, hour) = match (hour, minute) {
        (24, 0) => (date.checked_add(1.day()).ok()?, 0),
        (hour, _) => (date, hour),
    };
    let civil = DateTime::new(date.year(), date.month(), date.day(), hour, minute, 0, 0).ok()?;
    local_time.offset.to_timestamp(civil).ok()
}
