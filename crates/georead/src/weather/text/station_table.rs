//! WindNinja's station file: a table whose units stand in columns of their own.
//!
//! Source: WindNinja's `wxStation` (github.com/firelab/windninja). Its coordinates are read where they are geographic.

use std::collections::HashMap;

use firecore::geo::LonLat;
use firecore::units::{
    M_PER_FT, M_S_PER_KM_H, M_S_PER_KNOT, M_S_PER_MPH, PERCENT, celsius_of_fahrenheit, celsius_of_kelvin,
};

use super::profile::{HEIGHTS_M, wind_10m_per};
use super::table::{GAP, broken, reader};
use super::{LocalTime, PLACES_MAX, TextError, instant, shown, shown_names};
use crate::weather::rows::Rows;
use crate::weather::{Node, Sample, WeatherRun, checked, wind_m_s};

/// The columns that are used, by the part of their name before a bracket, in lower case.
const COLUMNS: [&str; 13] = [
    "station_name",
    "coord_sys",
    "datum",
    "lat/ycoord",
    "lon/xcoord",
    "height",
    "height_units",
    "speed",
    "speed_units",
    "direction",
    "temperature",
    "temperature_units",
    "cloud_cover",
];

/// Names of the column of time.
const TIMES: [&str; 2] = ["date_time", "datetime"];

pub(super) fn read(text: &str, local_time: LocalTime) -> Result<(WeatherRun, Vec<String>), TextError> {
    let mut reader = reader(text);
    let header = reader.headers().map_err(|error| broken(&error))?.clone();
    let columns = columns(&header)?;
    let mut nodes: Vec<Node> = Vec::new();
    let mut known = HashMap::new();
    let mut told = Vec::new();
    let mut old_datum = 0;
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let row = Row { columns: &columns, record: &record };
        let (name, place) = (row.cell(0), row.place()?);
        let key = (name.to_owned(), place.lon_deg().to_bits(), place.lat_deg().to_bits());
        let station = *known.entry(key).or_insert_with(|| {
            nodes.push(Node { place: Some(place), elevation_m: None, name: Some(shown(name)) });
            nodes.len() - 1
        });
        if nodes.len() > PLACES_MAX {
            return Err(TextError::TooManyPlaces);
        }
        old_datum += usize::from(row.cell(2).eq_ignore_ascii_case("NAD27"));
        let time = row.cell(COLUMNS.len());
        let valid_at = instant(time, local_time.offset);
        let valid_at = valid_at.ok_or_else(|| row.wrong(COLUMNS.len(), "a time, as 2018-06-21T02:30:00Z"))?;
        told.push((station, valid_at, row.sample()?));
    }
    if told.is_empty() {
        return Err(TextError::Empty);
    }
    let mut rows = Rows::new(nodes.len());
    for (station, valid_at, sample) in &told {
        rows.put(*station, *valid_at, sample)?;
    }
    let (hours, mut warnings) = rows.hours();
    if old_datum > 0 {
        warnings.push(format!("{old_datum} rows are in NAD27, which was taken for WGS 84: up to 100 m off"));
    }
    let run = WeatherRun { provider: "stations".to_owned(), issued_at: None, nodes, grid: None, hours };
    let (run, more) = checked(run);
    warnings.extend(more);
    Ok((run, warnings))
}

/// Where each of [`COLUMNS`] stands, and the time behind them.
fn columns(header: &csv::StringRecord) -> Result<Vec<usize>, TextError> {
    let bare = |name: &str| name.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
    let names: Vec<_> = header.iter().map(bare).collect();
    let find = |wanted: &[&str]| {
        let found = names.iter().position(|name| wanted.contains(&name.as_str()));
        found.ok_or_else(|| TextError::Column {
            needed: format!("a column {}", wanted[0]),
            found: shown_names(header),
        })
    };
    let mut columns = COLUMNS.iter().map(|name| find(&[name])).collect::<Result<Vec<_>, _>>()?;
    columns.push(find(&TIMES)?);
    Ok(columns)
}

/// A row of cells.
struct Row<'a> {
    columns: &'a [usize],
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    fn cell(&self, column: usize) -> &str {
        self.record.get(self.columns[column]).unwrap_or_default()
    }

    fn wrong(&self, column: usize, needed: &'static str) -> TextError {
        let line = self.record.position().map_or(0, csv::Position::line);
        let name = COLUMNS.get(column).unwrap_or(&TIMES[0]);
        TextError::Value { line, column: (*name).to_owned(), needed, found: shown(self.cell(column)) }
    }

    fn number(&self, column: usize) -> Result<f64, TextError> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return Ok(f64::NAN);
        }
        let value: f64 = cell.parse().map_err(|_| self.wrong(column, "a number"))?;
        Ok(if value <= GAP { f64::NAN } else { value })
    }

    fn place(&self) -> Result<LonLat, TextError> {
        if !self.cell(1).eq_ignore_ascii_case("GEOGCS") {
            return Err(self.wrong(1, "GEOGCS, longitude and latitude"));
        }
        if !["WGS84", "NAD83", "NAD27"].iter().any(|datum| self.cell(2).eq_ignore_ascii_case(datum)) {
            return Err(self.wrong(2, "WGS84, NAD83 or NAD27"));
        }
        let place = LonLat::new(self.number(4)?, self.number(3)?);
        place.map_err(|_| self.wrong(3, "a longitude and latitude on the globe"))
    }

    fn sample(&self) -> Result<Sample, TextError> {
        let height_m = match self.cell(6).to_ascii_lowercase().as_str() {
            "meters" | "m" => self.number(5)?,
            "feet" | "ft" => self.number(5)? * M_PER_FT,
            _ => return Err(self.wrong(6, "meters or feet")),
        };
        if !HEIGHTS_M.contains(&height_m) {
            return Err(self.wrong(5, "a height of 1 to 150 m"));
        }
        let speed_m_s = match self.cell(8).to_ascii_lowercase().as_str() {
            "mps" => 1.0,
            "mph" => M_S_PER_MPH,
            "kph" => M_S_PER_KM_H,
            "kts" => M_S_PER_KNOT,
            _ => return Err(self.wrong(8, "mps, mph, kph or kts")),
        } * self.number(7)?;
        let told = self.number(10)?;
        let air_c = match self.cell(11).to_ascii_lowercase().as_str() {
            "c" => told,
            "f" => celsius_of_fahrenheit(told),
            "k" => celsius_of_kelvin(told),
            _ => return Err(self.wrong(11, "C, F or K")),
        };
        let (wind_10m_east_m_s, wind_10m_north_m_s) =
            wind_m_s(speed_m_s * wind_10m_per(height_m), self.number(9)?);
        Ok(Sample {
            wind_10m_east_m_s,
            wind_10m_north_m_s,
            temperature_c: air_c as f32,
            cloud_cover: (self.number(12)? * PERCENT) as f32,
            ..Sample::UNKNOWN
        })
    }
}
