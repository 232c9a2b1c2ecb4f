//! Open-Meteo: hours around a place, forecast or past, as JSON.
//!
//! Source of the requests: Open-Meteo's documentation of the forecast and the archive API.

use firecore::geo::LonLat;
use georead::weather::open_meteo;
use jiff::{SignedDuration, Timestamp};

use super::documents::{self, JSON, Want};
use super::weather::{Ask, Fetched, WeatherError};
use crate::inputs::remote::Reach;

/// How far back the forecast API knows what was, days. Source: its documentation, `past_days` up to 92.
const PAST_DAYS: i64 = 90;

/// How far ahead it looks, days. Source: likewise, `forecast_days` up to 16.
const AHEAD_DAYS: i64 = 15;

/// Places asked for: around the fire and to each side, so that 60 km have more than one wind; as far apart as its models' cells, degrees.
const STEP_DEG: f64 = 0.2;

/// How long a forecast and the past hold, s: models run every few hours, and what is past does not change.
const FORECAST_AGE_S: i64 = 3600;
const PAST_AGE_S: i64 = 30 * 24 * 3600;

/// Largest answer: five places, two weeks.
const BYTES_MAX: usize = 4 << 20;

/// Hours around the fire's place.
pub(super) fn fetch(address: &str, archive: &str, reach: &Reach, ask: &Ask) -> Result<Fetched, WeatherError> {
    let now = reach.cache.now();
    let from = ask.start - SignedDuration::from_hours(ask.history_h);
    let past = now.duration_since(from) > SignedDuration::from_hours(24 * PAST_DAYS);
    let until = ask.end.min(now + SignedDuration::from_hours(24 * AHEAD_DAYS));
    let query = open_meteo::query(&places(ask), midnight(from), midnight(until.max(from)) + DAY, past);
    let (url, age_s_max) = match past {
        true => (format!("{archive}/archive?{query}"), PAST_AGE_S),
        false => (format!("{address}/forecast?{query}"), FORECAST_AGE_S),
    };
    let document = documents::get(reach, Want { url: &url, types: JSON, bytes_max: BYTES_MAX, age_s_max })?;
    let (run, warnings) = open_meteo::read(&document.bytes).map_err(|error| {
        // What cannot be read is not kept as an answer.
        documents::forget(reach, &url);
        WeatherError::Content { url: address.to_owned(), problem: error.to_string() }
    })?;
    Ok(Fetched { run, fetched_at: document.fetched_at, old: document.old, warnings })
}

/// What the archive is asked in.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The beginning of an instant's day in UTC: fires of one day share an answer.
fn midnight(instant: Timestamp) -> Timestamp {
    let second = instant.as_second().div_euclid(DAY.as_secs()) * DAY.as_secs();
    Timestamp::from_second(second).unwrap_or(instant)
}

/// The places, rounded so that neighbouring fires share an answer.
fn places(ask: &Ask) -> Vec<LonLat> {
    let round = |deg: f64| (deg / STEP_DEG).round() * STEP_DEG;
    let (lat, lon) = (round(ask.place.lat_deg()), round(ask.place.lon_deg()));
    let around = [(0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)];
    let place = |(up, right): (f64, f64)| {
        let lon = (lon + right * STEP_DEG + 180.0).rem_euclid(360.0) - 180.0;
        LonLat::new(lon, (lat + up * STEP_DEG).clamp(-90.0, 90.0)).ok()
    };
    around.into_iter().filter_map(place).collect()
}
