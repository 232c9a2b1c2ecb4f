//! api.weather.gov: from a place to its grid cell, and the cell's hours.
//!
//! Source of the requests: the service's OpenAPI document; it asks for a user agent with an address in it.

use georead::weather::nws;

use super::documents::{self, JSON, Want};
use super::weather::{Ask, Fetched, WeatherError};
use crate::inputs::remote::Reach;

/// How long a place belongs to its cell, and a cell's forecast holds, s. Our choice: cells are seldom moved, and forecasts come every hour or so.
const CELL_AGE_S: i64 = 7 * 24 * 3600;
const FORECAST_AGE_S: i64 = 3600;

/// Largest answers, bytes: of some 4 and 200 kB.
const POINT_BYTES_MAX: usize = 1 << 20;
const GRID_BYTES_MAX: usize = 8 << 20;

/// The service knows a week ahead and nothing of the past.
const AHEAD_H: i64 = 7 * 24;

/// Hours of the cell that holds the fire's place.
pub(super) fn fetch(address: &str, reach: &Reach, ask: &Ask) -> Result<Fetched, WeatherError> {
    let now = reach.cache.now();
    let ahead_h = ask.start.duration_since(now).as_hours();
    if !(-6..AHEAD_H).contains(&ahead_h) {
        return Err(WeatherError::NoStart { model: "the weather service" });
    }
    // Four decimals, as the service itself writes them: more is answered by a redirect.
    let point = format!("{address}/points/{:.4},{:.4}", ask.place.lat_deg(), ask.place.lon_deg());
    let want = |url: &str, bytes_max, age_s_max| {
        documents::get(reach, Want { url, types: JSON, bytes_max, age_s_max })
    };
    let content = |url: &str, problem: String| {
        documents::forget(reach, url);
        WeatherError::Content { url: url.to_owned(), problem }
    };
    let cell = want(&point, POINT_BYTES_MAX, CELL_AGE_S)?;
    let grid = nws::forecast_url(&cell.bytes).map_err(|error| content(&point, error.to_string()))?;
    let document = want(&grid, GRID_BYTES_MAX, FORECAST_AGE_S)?;
    let (run, warnings) =
        nws::grid_point(&document.bytes).map_err(|error| content(&grid, error.to_string()))?;
    Ok(Fetched { run, fetched_at: document.fetched_at, old: document.old, warnings })
}
