//! Tables with a header: whatever has known columns, and FW21, which is such a table with names of its own.
//!
//! A time is needed (`valid_at`), and one column of weather. Empty cells, `NaN` and -999 and below are gaps. A time without an offset is in
//! the local time given; in a column that ends in `_utc` it is UTC. The columns are in [`VOCABULARY`], capitals aside. Source of FW21's:
//! NFDRS4's `CFW21Data` (github.com/firelab/NFDRS4), and the files of FEMS.

use std::collections::HashMap;

use firecore::geo::LonLat;
use firecore::units::{
    KG_M2_PER_MM, KW_PER_W, M_PER_FT, M_S_PER_KM_H, M_S_PER_KNOT, M_S_PER_MPH, MM_PER_IN, PERCENT,
    WIND_10M_PER_20FT, celsius_of_fahrenheit,
};
use jiff::Timestamp;
use jiff::tz::Offset;

use super::{LocalTime, PLACES_MAX, TextError, check_percent, instant, shown, shown_names};
use crate::weather::checked::RELATIVE_HUMIDITY;
use crate::weather::rows::Rows;
use crate::weather::{Node, Sample, WeatherRun, checked, humidity, wind_m_s};

/// Values from here down stand for gaps: FW21 writes -999, WindNinja -9999.
pub(super) const GAP: f64 = -999.0;

/// Columns of a table. Reason: what is known has some thirty.
const COLUMNS_MAX: usize = 256;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Quantity {
    Time,
    TimeUtc,
    Latitude,
    Longitude,
    Elevation,
    Station,
    Wind10,
    From10,
    Wind80,
    From80,
    Temperature,
    DewPoint,
    Humidity,
    Rain,
    Cloud,
    Radiation,
    /// Known, and of no use here.
    Unused,
}

/// The way from a column's unit to SI.
type Turn = fn(f64) -> f64;

const SAME: Turn = |value| value;
const OF_PERCENT: Turn = |percent| percent * PERCENT;

/// The usual names of columns of wind and of air, as errors say them; all are in [`VOCABULARY`].
const WINDS: &str = "as wind_10m_m_s (_km_h, _mph, _kt) or wind_20ft_mph (_m_s, _km_h) with wind_from_deg, \
                     or wind_80m_m_s with wind_80m_from_deg";
const AIR: &str = "temperature_c (_f), relative_humidity_pct, rain_mm (_in), cloud_pct or radiation_w_m2";

/// Columns by their names.
const VOCABULARY: &[(&[&str], Quantity, Turn)] = &[
    (&["valid_at", "time", "datetime", "date_time", "timestamp", "valid_time"], Quantity::Time, SAME),
    (
        &["valid_at_utc", "time_utc", "datetime_utc", "date_time_utc", "timestamp_utc", "valid_time_utc"],
        Quantity::TimeUtc,
        SAME,
    ),
    (&["latitude", "lat", "latitude_deg", "lat_deg"], Quantity::Latitude, SAME),
    (&["longitude", "lon", "lng", "longitude_deg", "lon_deg"], Quantity::Longitude, SAME),
    (&["elevation_m", "elev_m"], Quantity::Elevation, SAME),
    (&["elevation_ft", "elev_ft"], Quantity::Elevation, |feet| feet * M_PER_FT),
    (&["station", "station_id", "stationid", "name"], Quantity::Station, SAME),
    (&["wind_10m_m_s", "wind_speed_10m_m_s", "wind_m_s"], Quantity::Wind10, SAME),
    (&["wind_10m_km_h", "wind_speed_10m_km_h"], Quantity::Wind10, |speed| speed * M_S_PER_KM_H),
    (&["wind_10m_mph"], Quantity::Wind10, |speed| speed * M_S_PER_MPH),
    (&["wind_10m_kt"], Quantity::Wind10, |speed| speed * M_S_PER_KNOT),
    (&["wind_20ft_m_s"], Quantity::Wind10, |speed| speed * WIND_10M_PER_20FT),
    (&["wind_20ft_mph", "windspeed(mph)"], Quantity::Wind10, |speed| speed * M_S_PER_MPH * WIND_10M_PER_20FT),
    (&["wind_20ft_km_h", "windspeed(kph)"], Quantity::Wind10, |speed| {
        speed * M_S_PER_KM_H * WIND_10M_PER_20FT
    }),
    (
        &["wind_from_deg", "wind_direction_deg", "wind_dir_deg", "windazimuth(degrees)"],
        Quantity::From10,
        SAME,
    ),
    (&["wind_80m_m_s", "wind_speed_80m_m_s"], Quantity::Wind80, SAME),
    (&["wind_80m_from_deg"], Quantity::From80, SAME),
    (&["temperature_c", "temp_c", "temperature(c)"], Quantity::Temperature, SAME),
    (&["temperature_f", "temp_f", "temperature(f)"], Quantity::Temperature, celsius_of_fahrenheit),
    (&["dew_point_c"], Quantity::DewPoint, SAME),
    (&["dew_point_f"], Quantity::DewPoint, celsius_of_fahrenheit),
    (
        &["relative_humidity_pct", "humidity_pct", "rh_pct", "relativehumidity(%)"],
        Quantity::Humidity,
        OF_PERCENT,
    ),
    (&["relative_humidity"], Quantity::Humidity, SAME),
    (&["rain_mm", "precipitation_mm", "precipitation(mm)"], Quantity::Rain, |rain| rain * KG_M2_PER_MM),
    (&["rain_in", "precipitation_in", "precipitation(in)"], Quantity::Rain, |rain| {
        rain * MM_PER_IN * KG_M2_PER_MM
    }),
    (&["cloud_pct", "cloud_cover_pct"], Quantity::Cloud, OF_PERCENT),
    (&["cloud_cover"], Quantity::Cloud, SAME),
    (&["radiation_w_m2", "solar_radiation_w_m2", "solarradiation(w/m2)"], Quantity::Radiation, |flux| {
        flux * KW_PER_W
    }),
    (
        &[
            "snowflag",
            "gustspeed(mph)",
            "gustspeed(kph)",
            "gustazimuth(degrees)",
            "tflag",
            "rhflag",
            "pcpflag",
            "wsflag",
            "waflag",
            "srflag",
            "gsflag",
            "gaflag",
            "1hourdfm(%)",
            "10hourdfm(%)",
            "100hourdfm(%)",
            "1000hourdfm(%)",
            "herblfm(%)",
            "woodylfm(%)",
            "fueltemp(c)",
            "bi",
            "erc",
            "sc",
            "ic",
            "gsi",
            "kbdi",
        ],
        Quantity::Unused,
        SAME,
    ),
];

pub(super) fn read(text: &str, local_time: LocalTime) -> Result<(WeatherRun, Vec<String>), TextError> {
    let mut reader = reader(text);
    let header = reader.headers().map_err(|error| broken(&error))?.clone();
    let (columns, mut warnings) = Columns::parse(&header)?;
    let mut places = Places::default();
    let mut told = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let row = Row { columns: &columns, record: &record };
        told.push((places.of(&row)?, row.valid_at(local_time)?, row.sample()?));
    }
    if told.is_empty() {
        return Err(TextError::Empty);
    }
    columns.check_humidity(told.iter().map(|(_, _, sample)| sample))?;
    let mut rows = Rows::new(places.nodes.len());
    for (place, valid_at, sample) in &told {
        rows.put(*place, *valid_at, sample)?;
    }
    let (hours, more) = rows.hours();
    warnings.extend(more);
    let is_fw21 = header.iter().any(|name| name.eq_ignore_ascii_case("WindAzimuth(degrees)"));
    let provider = if is_fw21 { "FW21" } else { "table" }.to_owned();
    let run = WeatherRun { provider, issued_at: None, nodes: places.nodes, grid: None, hours };
    let (run, more) = checked(run);
    warnings.extend(more);
    Ok((run, warnings))
}

/// A reader of cells, trimmed; lines that start with # are notes.
pub(super) fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text.as_bytes())
}

/// What the reader of cells says, in our words.
pub(super) fn broken(error: &csv::Error) -> TextError {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => TextError::Row {
            line: pos.as_ref().map_or(0, csv::Position::line),
            needed: *expected_len as usize,
            found: *len as usize,
        },
        _ => TextError::Column { needed: "a table".to_owned(), found: shown(&error.to_string()) },
    }
}

/// The known columns: where each quantity stands, by which name, and how it is turned.
struct Columns {
    known: HashMap<Quantity, (usize, String, Turn)>,
}

impl Columns {
    fn parse(header: &csv::StringRecord) -> Result<(Self, Vec<String>), TextError> {
        if header.len() > COLUMNS_MAX {
            let needed = format!("at most {COLUMNS_MAX} columns");
            return Err(TextError::Column { needed, found: header.len().to_string() });
        }
        let (mut known, mut strange): (HashMap<Quantity, (usize, String, Turn)>, _) =
            (HashMap::new(), Vec::new());
        for (index, name) in header.iter().enumerate() {
            let low = name.to_ascii_lowercase();
            let meaning = VOCABULARY.iter().find(|(names, ..)| names.contains(&low.as_str()));
            let Some((_, quantity, turn)) = meaning else {
                strange.push(shown(name));
                continue;
            };
            if *quantity == Quantity::Unused {
                continue;
            }
            if let Some((_, before, _)) = known.insert(*quantity, (index, name.to_owned(), *turn)) {
                let needed = format!("one column of {quantity:?}").to_lowercase();
                return Err(TextError::Column { needed, found: format!("{before} and {name}") });
            }
        }
        let columns = Self { known };
        columns.suffice(header)?;
        columns.know_the_wind(&strange)?;
        // A few names are enough to see which.
        strange.truncate(20);
        let warning = format!("columns that are not known were left out: {}", strange.join(", "));
        Ok((columns, if strange.is_empty() { Vec::new() } else { vec![warning] }))
    }

    /// Refuses a wind that would be left out because its name does not say all.
    fn know_the_wind(&self, strange: &[String]) -> Result<(), TextError> {
        if self.known.contains_key(&Quantity::Wind10) || self.known.contains_key(&Quantity::Wind80) {
            return Ok(());
        }
        let is_speed = |name: &&String| {
            let low = name.to_ascii_lowercase().replace(' ', "_");
            ["wind_speed", "windspeed"].iter().any(|begin| low.starts_with(begin))
        };
        let Some(found) = strange.iter().find(is_speed) else { return Ok(()) };
        let needed = format!("a wind whose name says its height and unit, {WINDS}");
        Err(TextError::Column { needed, found: found.clone() })
    }

    /// Refuses relative humidity that is in percent where fractions are told, or the reverse.
    fn check_humidity<'a>(&self, samples: impl Iterator<Item = &'a Sample> + Clone) -> Result<(), TextError> {
        let Some((_, name, turn)) = self.known.get(&Quantity::Humidity) else { return Ok(()) };
        // Of percent a hundredth is taken, of fractions one.
        if turn(1.0) < 1.0 {
            return check_percent(samples, name);
        }
        let known = samples.map(|sample| sample.relative_humidity).filter(|share| !share.is_nan());
        match known.reduce(f32::min).filter(|least| least > RELATIVE_HUMIDITY.end()) {
            Some(least) => Err(TextError::Unit {
                column: shown(name),
                needed: "fractions from 0 to 1, or the name relative_humidity_pct",
                found: format!("none below {least}: percent?"),
            }),
            None => Ok(()),
        }
    }

    /// A time, and something of weather, and places whole or not at all.
    fn suffice(&self, header: &csv::StringRecord) -> Result<(), TextError> {
        let has = |quantity| self.known.contains_key(&quantity);
        let lacks =
            |needed: &str| Err(TextError::Column { needed: needed.to_owned(), found: shown_names(header) });
        let weather = [
            Quantity::Wind10,
            Quantity::Wind80,
            Quantity::Temperature,
            Quantity::Humidity,
            Quantity::Rain,
            Quantity::Cloud,
            Quantity::Radiation,
        ];
        if !has(Quantity::Time) && !has(Quantity::TimeUtc) {
            return lacks("a column of time, valid_at or valid_at_utc");
        }
        if !weather.into_iter().any(has) {
            return lacks(&format!("a column of weather, {WINDS}, {AIR}"));
        }
        if has(Quantity::Latitude) != has(Quantity::Longitude) {
            return lacks("both latitude and longitude, or neither");
        }
        for (speed, from) in [(Quantity::Wind10, Quantity::From10), (Quantity::Wind80, Quantity::From80)] {
            if has(speed) != has(from) {
                return lacks(&format!("both a wind's speed and its bearing, {WINDS}"));
            }
        }
        Ok(())
    }
}

/// A row of cells.
struct Row<'a> {
    columns: &'a Columns,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    fn cell(&self, quantity: Quantity) -> Option<&str> {
        let (index, ..) = self.columns.known.get(&quantity)?;
        self.record.get(*index).filter(|cell| !cell.is_empty())
    }

    fn wrong(&self, quantity: Quantity, needed: &'static str) -> TextError {
        let line = self.record.position().map_or(0, csv::Position::line);
        let column = self.columns.known.get(&quantity).map_or(String::new(), |(_, name, _)| shown(name));
        TextError::Value { line, column, needed, found: shown(self.cell(quantity).unwrap_or_default()) }
    }

    /// A number in SI; NaN for a gap.
    fn number(&self, quantity: Quantity) -> Result<f64, TextError> {
        let Some(cell) = self.cell(quantity) else { return Ok(f64::NAN) };
        let value: f64 = cell.parse().map_err(|_| self.wrong(quantity, "a number"))?;
        if value <= GAP || value.is_nan() {
            return Ok(f64::NAN);
        }
        Ok(self.columns.known.get(&quantity).map_or(value, |(_, _, turn)| turn(value)))
    }

    fn valid_at(&self, local_time: LocalTime) -> Result<Timestamp, TextError> {
        let (quantity, offset) = match self.columns.known.contains_key(&Quantity::TimeUtc) {
            true => (Quantity::TimeUtc, Offset::UTC),
            false => (Quantity::Time, local_time.offset),
        };
        let told = self.cell(quantity).and_then(|cell| instant(cell, offset));
        told.ok_or_else(|| self.wrong(quantity, "a time, as 2024-07-01T06:00:00Z"))
    }

    fn sample(&self) -> Result<Sample, TextError> {
        let (east_10m, north_10m) = wind_m_s(self.number(Quantity::Wind10)?, self.number(Quantity::From10)?);
        let (east_80m, north_80m) = wind_m_s(self.number(Quantity::Wind80)?, self.number(Quantity::From80)?);
        let air_c = self.number(Quantity::Temperature)?;
        let told = self.number(Quantity::Humidity)?;
        let dew_point_c = self.number(Quantity::DewPoint)?;
        let humidity = if told.is_nan() { humidity::of_dew_point_or_gap(air_c, dew_point_c) } else { told };
        Ok(Sample {
            wind_10m_east_m_s: east_10m,
            wind_10m_north_m_s: north_10m,
            wind_80m_east_m_s: east_80m,
            wind_80m_north_m_s: north_80m,
            temperature_c: air_c as f32,
            relative_humidity: humidity as f32,
            rain_kg_m2: self.number(Quantity::Rain)? as f32,
            cloud_cover: self.number(Quantity::Cloud)? as f32,
            radiation_kw_m2: self.number(Quantity::Radiation)? as f32,
        })
    }
}

/// A station's name, and the bits of its longitude and latitude.
type PlaceKey = (Option<String>, Option<(u64, u64)>);

/// The places told so far, by station and position.
#[derive(Default)]
struct Places {
    nodes: Vec<Node>,
    known: HashMap<PlaceKey, usize>,
}

impl Places {
    fn of(&mut self, row: &Row<'_>) -> Result<usize, TextError> {
        let place =
            match (row.cell(Quantity::Longitude), row.cell(Quantity::Latitude)) {
                (Some(_), Some(_)) => {
                    let (lon, lat) = (row.number(Quantity::Longitude)?, row.number(Quantity::Latitude)?);
                    let place = LonLat::new(lon, lat);
                    Some(place.map_err(|_| {
                        row.wrong(Quantity::Latitude, "a longitude and latitude on the globe")
                    })?)
                }
                _ => None,
            };
        let name = row.cell(Quantity::Station).map(shown);
        let bits = place.map(|place| (place.lon_deg().to_bits(), place.lat_deg().to_bits()));
        let key = (name.clone(), bits);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        if self.nodes.len() == PLACES_MAX {
            return Err(TextError::TooManyPlaces);
        }
        let elevation_m = Some(row.number(Quantity::Elevation)?).filter(|height| height.is_finite());
        self.nodes.push(Node { place, elevation_m, name });
        self.known.insert(key, self.nodes.len() - 1);
        Ok(self.nodes.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_in_the_documents() {
        let told = include_str!("../../../../../docs/inputs.md");
        // FW21's names have brackets; its manual lists them. Those of UTC are the others with an ending.
        let ours = VOCABULARY
            .iter()
            .filter(|(_, quantity, _)| !matches!(quantity, Quantity::Unused | Quantity::TimeUtc));
        for name in ours.flat_map(|(names, ..)| *names).filter(|name| !name.contains('(')) {
            assert!(told.contains(&format!("`{name}`")), "{name}");
        }
        for name in ["wind_10m_m_s", "wind_from_deg", "wind_80m_m_s", "wind_80m_from_deg"] {
            assert!(WINDS.contains(name) && VOCABULARY.iter().any(|(names, ..)| names.contains(&name)));
        }
    }
}
