//! Open-Meteo: the answers of its forecast and archive services, and the query that asks for them.
//!
//! Source of names and units: open-meteo.com/en/docs and /en/docs/historical-weather-api. Rain and radiation are of the hour before.

use std::fmt::Write;

use firecore::geo::LonLat;
use firecore::units::{
    KG_M2_PER_MM, KW_PER_W, M_S_PER_KM_H, M_S_PER_KNOT, M_S_PER_MPH, MM_PER_IN, PERCENT,
    celsius_of_fahrenheit,
};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::answer::{AnswerError, At, parse};
use super::rows::Rows;
use super::{Node, Sample, WeatherRun, checked, wind_m_s};

/// Places of an answer. Reason: the service takes no more at once.
pub const PLACES_MAX: usize = 1000;

/// What a variable measures: which units it may be told in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    Speed,
    Bearing,
    Temperature,
    Rain,
    Share,
    Radiation,
}

/// The variables that weather is made of: their present name, the one before, and what they measure. In the order of [`Series`].
const VARIABLES: [(&str, &str, Measure); 9] = [
    ("wind_speed_10m", "windspeed_10m", Measure::Speed),
    ("wind_direction_10m", "winddirection_10m", Measure::Bearing),
    ("wind_speed_80m", "windspeed_80m", Measure::Speed),
    ("wind_direction_80m", "winddirection_80m", Measure::Bearing),
    ("temperature_2m", "temperature_2m", Measure::Temperature),
    ("relative_humidity_2m", "relativehumidity_2m", Measure::Share),
    ("precipitation", "precipitation", Measure::Rain),
    ("cloud_cover", "cloudcover", Measure::Share),
    ("shortwave_radiation", "shortwave_radiation", Measure::Radiation),
];

/// The query, without `?`, for the hours from `start` to `end` at some places, in SI units and UTC.
///
/// `past` asks as the archive takes it: whole days, and no wind at 80 m, which it has not. Valid for: at most [`PLACES_MAX`] places.
pub fn query(places: &[LonLat], start: Timestamp, end: Timestamp, past: bool) -> String {
    let listed = |of: fn(LonLat) -> f64| {
        let all: Vec<_> = places.iter().map(|place| format!("{:.5}", of(*place))).collect();
        all.join(",")
    };
    let names = VARIABLES.iter().map(|(name, ..)| *name).filter(|name| !past || !name.ends_with("_80m"));
    let names: Vec<_> = names.collect();
    let mut query = format!("latitude={}&longitude={}", listed(LonLat::lat_deg), listed(LonLat::lon_deg));
    let (start, end) = (Offset::UTC.to_datetime(start), Offset::UTC.to_datetime(end));
    let written = if past {
        write!(query, "&start_date={}&end_date={}", start.date(), end.date())
    } else {
        let hour = |at: DateTime| format!("{}T{:02}:00", at.date(), at.hour());
        write!(query, "&start_hour={}&end_hour={}", hour(start), hour(end))
    };
    debug_assert!(written.is_ok(), "BUG: writing to a text does not fail");
    query + "&hourly=" + &names.join(",") + "&wind_speed_unit=ms&timezone=GMT"
}

/// Weather of an answer for one place or several.
///
/// **Errors** with the service's own words where it refuses, else with the field that is not what it should be.
pub fn read(bytes: &[u8]) -> Result<(WeatherRun, Vec<String>), AnswerError> {
    let answer = parse(bytes)?;
    let root = At::root(&answer);
    let places: Vec<_> = if answer.is_array() { root.items()?.collect() } else { vec![root.clone()] };
    if places.is_empty() || places.len() > PLACES_MAX {
        return Err(root.wrong(format!("1 to {PLACES_MAX} places")));
    }
    let mut rows = Rows::new(places.len());
    let mut nodes = Vec::new();
    for (index, place) in places.iter().enumerate() {
        if place.get("error").is_some_and(|error| error.value.as_bool() == Some(true)) {
            let reason = place.member("reason", "the reason of the error")?.text()?;
            return Err(AnswerError::Told { reason: reason.chars().take(300).collect() });
        }
        nodes.push(node(place)?);
        hours(place, index, &mut rows)?;
    }
    let (hours, mut warnings) = rows.hours();
    if hours.is_empty() {
        return Err(places[0].member("hourly", "hours")?.wrong("at least one hour"));
    }
    let run = WeatherRun { provider: "Open-Meteo".to_owned(), issued_at: None, nodes, grid: None, hours };
    let (run, more) = checked(run);
    warnings.extend(more);
    Ok((run, warnings))
}

fn node(place: &At<'_>) -> Result<Node, AnswerError> {
    let lat_deg = place.member("latitude", "degrees north")?;
    let lon_deg = place.member("longitude", "degrees east")?.number()?;
    let position = LonLat::new(lon_deg, lat_deg.number()?).map_err(|error| lat_deg.wrong(error))?;
    let elevation_m = place.get("elevation").map(|elevation| elevation.number()).transpose()?;
    Ok(Node { place: Some(position), elevation_m, name: None })
}

/// One variable's values, turned to SI; gaps are NaN.
type Series = Option<Vec<f64>>;

fn hours(place: &At<'_>, index: usize, rows: &mut Rows) -> Result<(), AnswerError> {
    let hourly = place.member("hourly", "an object of hours")?;
    let units = place.member("hourly_units", "an object of units")?;
    let times = times(place, &hourly, &units)?;
    let mut series: [Series; VARIABLES.len()] = Default::default();
    for (kept, (name, before, measure)) in series.iter_mut().zip(VARIABLES) {
        let told = [name, before].into_iter().find_map(|name| Some((name, hourly.get(name)?)));
        *kept = told.map(|(name, values)| turned(&values, &units, name, measure, times.len())).transpose()?;
    }
    if series.iter().all(Option::is_none) {
        let names: Vec<_> = VARIABLES.iter().map(|(name, ..)| *name).collect();
        return Err(hourly.wrong(format!("one of {}", names.join(", "))));
    }
    let value =
        |variable: usize, hour: usize| series[variable].as_ref().map_or(f64::NAN, |values| values[hour]);
    for (hour, valid_at) in times.iter().enumerate() {
        let (wind_10m_east_m_s, wind_10m_north_m_s) = wind_m_s(value(0, hour), value(1, hour));
        let (wind_80m_east_m_s, wind_80m_north_m_s) = wind_m_s(value(2, hour), value(3, hour));
        let sample = Sample {
            wind_10m_east_m_s,
            wind_10m_north_m_s,
            wind_80m_east_m_s,
            wind_80m_north_m_s,
            temperature_c: value(4, hour) as f32,
            relative_humidity: value(5, hour) as f32,
            rain_kg_m2: value(6, hour) as f32,
            cloud_cover: value(7, hour) as f32,
            radiation_kw_m2: value(8, hour) as f32,
        };
        rows.put(index, *valid_at, &sample)?;
    }
    Ok(())
}

/// The hours: local times of the answer's offset, or seconds since 1970, which are UTC whatever the offset.
fn times(place: &At<'_>, hourly: &At<'_>, units: &At<'_>) -> Result<Vec<Timestamp>, AnswerError> {
    let unit = units.member("time", "iso8601 or unixtime")?;
    let list = hourly.member("time", "a list of times")?;
    let offset = place.member("utc_offset_seconds", "seconds east of UTC")?;
    let east =
        offset.value.as_i64().and_then(|seconds| Offset::from_seconds(i32::try_from(seconds).ok()?).ok());
    let east = east.ok_or_else(|| offset.wrong("seconds within a day"))?;
    match unit.text()? {
        "iso8601" => list
            .items()?
            .map(|time| {
                let civil: Option<DateTime> = time.text()?.parse().ok();
                let instant = civil.and_then(|civil| east.to_timestamp(civil).ok());
                instant.ok_or_else(|| time.wrong("a local time, as 2024-07-01T06:00"))
            })
            .collect(),
        "unixtime" => list
            .items()?
            .map(|time| {
                let second = time.value.as_i64().and_then(|second| Timestamp::from_second(second).ok());
                second.ok_or_else(|| time.wrong("seconds since 1970"))
            })
            .collect(),
        _ => Err(unit.wrong("iso8601 or unixtime")),
    }
}

/// A variable's values in SI.
fn turned(
    values: &At<'_>,
    units: &At<'_>,
    name: &str,
    measure: Measure,
    needed: usize,
) -> Result<Vec<f64>, AnswerError> {
    let unit = units.member(name, measure.units())?;
    let turn = measure.turn(unit.text()?).ok_or_else(|| unit.wrong(measure.units()))?;
    let items = values.items()?;
    if items.len() != needed {
        return Err(values.wrong(format!("{needed} values, one an hour")));
    }
    items.map(|value| value.number_or_gap().map(turn)).collect()
}

impl Measure {
    /// What it may be told in.
    fn units(self) -> &'static str {
        match self {
            Self::Speed => "km/h, m/s, mp/h or kn",
            Self::Bearing => "°",
            Self::Temperature => "°C or °F",
            Self::Rain => "mm or inch",
            Self::Share => "%",
            Self::Radiation => "W/m²",
        }
    }

    /// The way from a unit to SI; `None` for one that is not known.
    fn turn(self, unit: &str) -> Option<fn(f64) -> f64> {
        Some(match (self, unit) {
            (Self::Speed, "km/h") => |speed| speed * M_S_PER_KM_H,
            (Self::Speed, "m/s") | (Self::Bearing, "°") | (Self::Temperature, "°C") => |value| value,
            (Self::Speed, "mp/h" | "mph") => |speed| speed * M_S_PER_MPH,
            (Self::Speed, "kn") => |speed| speed * M_S_PER_KNOT,
            (Self::Temperature, "°F") => celsius_of_fahrenheit,
            (Self::Rain, "mm") => |rain| rain * KG_M2_PER_MM,
            (Self::Rain, "inch") => |rain| rain * MM_PER_IN * KG_M2_PER_MM,
            (Self::Share, "%") => |percent| percent * PERCENT,
            (Self::Radiation, "W/m²") => |radiation| radiation * KW_PER_W,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
