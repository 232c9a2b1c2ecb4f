//! NOAA's models from their public buckets: of each hour's file only the fields that are weather, by the file's index.

use firecore::geo::{Bounds, wrapped_deg};
use georead::weather::grib2::{self, inventory};
use georead::weather::{WeatherRun, checked};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::documents::{self, Want};
use super::weather::{Ask, Fetched, WeatherError};
use crate::inputs::net::{Ask as NetAsk, NetError};
use crate::inputs::remote::Reach;

/// A model's layout in its bucket.
///
/// Source: NOAA Open Data Dissemination, readmes of noaa-hrrr-bdp-pds and noaa-gfs-bdp-pds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    pub(super) name: &'static str,
    /// Hours between two starts.
    cycle_h: i64,
    /// Time from a start until its first hours are there: our choice by the usual delay, which wastes at most one request.
    delay: SignedDuration,
    /// Hours that a start is run for: by the hour of the day that it starts at.
    reach_h: fn(i8) -> i64,
    /// Hours between two that are fetched: weather between them is bridged.
    step_h: i64,
    /// Path of an hour's file from start, date and hour ahead.
    path: fn(&str, i8, i64) -> String,
}

/// High-Resolution Rapid Refresh, 3 km.
pub(super) const HRRR: Model = Model {
    name: "HRRR",
    cycle_h: 1,
    delay: SignedDuration::from_mins(75),
    reach_h: |hour| if hour % 6 == 0 { 48 } else { 18 },
    step_h: 1,
    path: |date, hour, ahead| format!("hrrr.{date}/conus/hrrr.t{hour:02}z.wrfsfcf{ahead:02}.grib2"),
};

/// Global Forecast System, 0.25 degrees.
pub(super) const GFS: Model = Model {
    name: "GFS",
    cycle_h: 6,
    delay: SignedDuration::from_mins(4 * 60 + 30),
    reach_h: |_| 384,
    // A field of the whole globe is up to a megabyte: every third hour is a third of them.
    step_h: 3,
    path: |date, hour, ahead| format!("gfs.{date}/{hour:02}/atmos/gfs.t{hour:02}z.pgrb2.0p25.f{ahead:03}"),
};

/// Starts that are tried, from the newest back: a start that is not there yet is followed by older ones.
const STARTS_MAX: usize = 3;

/// Largest index and largest piece of a file, bytes: a field of HRRR has some megabyte.
const INDEX_BYTES_MAX: usize = inventory::BYTES_MAX;
const PIECE_BYTES_MAX: usize = 16 << 20;

/// How long an index of a start holds that is a day old and older, and anything younger: files are not changed once they are whole.
const AGE_S_MAX: i64 = 30 * 24 * 3600;

/// Degrees around the place whose nodes are kept: further than a landscape reaches.
const AROUND_DEG: f64 = 0.6;

/// Path of the index of the hour that a model's start of yesterday's midnight begins with.
pub(super) fn index_of_yesterday(model: &Model, now: Timestamp) -> String {
    let yesterday = Offset::UTC.to_datetime(now - SignedDuration::from_hours(24));
    format!("{}.idx", (model.path)(&yesterday.strftime("%Y%m%d").to_string(), 0, 0))
}

/// The newest start that has every hour asked for.
pub(super) fn fetch(model: &Model, address: &str, reach: &Reach, ask: &Ask) -> Result<Fetched, WeatherError> {
    let mut last = None;
    for start in starts(model, ask, reach.cache.now()) {
        match run_of(model, address, reach, ask, start) {
            Ok(fetched) => return Ok(fetched),
            // Not there yet, or no longer: the one before may be.
            Err(error) if error.is_absent() => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or(WeatherError::NoStart { model: model.name }))
}

/// Starts of a model, the newest first, that reach from the beginning of what is asked for to its end.
fn starts(model: &Model, ask: &Ask, now: Timestamp) -> Vec<Timestamp> {
    let cycle_s = model.cycle_h * 3600;
    let newest_s = (now - model.delay).as_second().min(ask.start.as_second()).div_euclid(cycle_s) * cycle_s;
    let all =
        (0..).map(|back| newest_s - back * cycle_s).take_while(|start| newest_s - start < 2 * 24 * 3600);
    let reaching = all.filter_map(|start| Timestamp::from_second(start).ok()).filter(|start| {
        let ahead_s = ask.end.as_second() - start.as_second();
        ahead_s <= (model.reach_h)(Offset::UTC.to_datetime(*start).hour()) * 3600
    });
    reaching.take(STARTS_MAX).collect()
}

fn run_of(
    model: &Model,
    address: &str,
    reach: &Reach,
    ask: &Ask,
    start: Timestamp,
) -> Result<Fetched, WeatherError> {
    let civil = Offset::UTC.to_datetime(start);
    let date = civil.strftime("%Y%m%d").to_string();
    let ahead_s = |instant: Timestamp| instant.as_second() - start.as_second();
    let step_s = model.step_h * 3600;
    let first = (ahead_s(ask.start).div_euclid(step_s) * model.step_h).max(0);
    let last = ahead_s(ask.end).div_euclid(step_s) * model.step_h
        + if ahead_s(ask.end) % step_s == 0 { 0 } else { model.step_h };
    let mut bytes = Vec::new();
    let mut fetched_at: Option<Timestamp> = None;
    for ahead in (first..=last).step_by(model.step_h as usize) {
        let url = format!("{address}/{}", (model.path)(&date, civil.hour(), ahead));
        let (index, index_at) = index(reach, &url)?;
        fetched_at = Some(fetched_at.map_or(index_at, |oldest| oldest.min(index_at)));
        pieces(reach, &url, &index, &mut bytes)?;
    }
    let (run, warnings) = grib2::read(&bytes, Some(&around(ask)))
        .map_err(|error| WeatherError::Content { url: address.to_owned(), problem: error.to_string() })?;
    let (run, more) = checked(WeatherRun { provider: model.name.to_owned(), ..run });
    let warnings = warnings.into_iter().chain(more).collect();
    Ok(Fetched { run, fetched_at: fetched_at.unwrap_or(start), old: None, warnings })
}

fn index(reach: &Reach, url: &str) -> Result<(Vec<inventory::Entry>, Timestamp), WeatherError> {
    let url = format!("{url}.idx");
    let want = Want { url: &url, types: &[], bytes_max: INDEX_BYTES_MAX, age_s_max: AGE_S_MAX };
    let document = match documents::get(reach, want) {
        // Not there yet is not kept as not there: an hour later it is.
        Err(error @ NetError::Absent { .. }) => {
            documents::forget(reach, &url);
            return Err(error.into());
        }
        answer => answer?,
    };
    let entries = inventory::parse(&String::from_utf8_lossy(&document.bytes))
        .map_err(|error| WeatherError::Content { url: url.clone(), problem: error.to_string() })?;
    Ok((entries, document.fetched_at))
}

/// The wanted fields of a file, one after another.
fn pieces(
    reach: &Reach,
    url: &str,
    index: &[inventory::Entry],
    bytes: &mut Vec<u8>,
) -> Result<(), WeatherError> {
    let ranges = inventory::ranges(index, inventory::wanted, None);
    let mut asks = Vec::new();
    let mut pieces: Vec<Option<Vec<u8>>> = Vec::new();
    for range in &ranges {
        let key = format!("{url} {}-{}", range.from, range.until.unwrap_or(0));
        let kept = reach.cache.get(&key, AGE_S_MAX).and_then(|entry| entry.bytes);
        if kept.is_none() {
            let length = range.until.map_or(PIECE_BYTES_MAX, |until| (until - range.from) as usize);
            if length > PIECE_BYTES_MAX {
                let problem = format!("needed pieces of at most {PIECE_BYTES_MAX} bytes, found {length}");
                return Err(WeatherError::Content { url: url.to_owned(), problem });
            }
            let range = Some((range.from, length));
            let bytes_max = PIECE_BYTES_MAX;
            asks.push((
                pieces.len(),
                key,
                NetAsk {
                    url: url.to_owned(),
                    range,
                    types: &[],
                    bytes_max,
                    deadline: reach.deadline,
                    wait: reach.wait,
                },
            ));
        }
        pieces.push(kept);
    }
    let answers = reach.net.get_all(asks.iter().map(|(_, _, ask)| ask.clone()).collect());
    for ((place, key, _), answer) in asks.into_iter().zip(answers) {
        let answer = answer?;
        documents::keep(reach, &key, Some(&answer.bytes));
        pieces[place] = Some(answer.bytes);
    }
    pieces.into_iter().flatten().for_each(|piece| bytes.extend_from_slice(&piece));
    Ok(())
}

fn around(ask: &Ask) -> Bounds {
    let (lon, lat) = (ask.place.lon_deg(), ask.place.lat_deg());
    // Meridians draw together toward the poles.
    let across_deg = (AROUND_DEG / lat.to_radians().cos().max(0.1)).min(6.0);
    Bounds {
        west_deg: wrapped_deg(lon - across_deg),
        south_deg: (lat - AROUND_DEG).max(-90.0),
        east_deg: wrapped_deg(lon + across_deg),
        north_deg: (lat + AROUND_DEG).min(90.0),
    }
}

#[cfg(test)]
mod tests {
    use firecore::geo::LonLat;

    use super::*;

    fn ask(start: &str, hours: i64) -> Ask {
        let start: Timestamp = start.parse().unwrap();
        let place = LonLat::new(-119.3, 34.4).unwrap();
        Ask { place, start, end: start + SignedDuration::from_hours(hours), history_h: 0 }
    }

    fn starting(model: &Model, start: &str, hours: i64, now: &str) -> Vec<String> {
        let starts = starts(model, &ask(start, hours), now.parse().unwrap());
        starts.iter().map(|start| start.strftime("%dT%H").to_string()).collect()
    }

    #[test]
    fn the_newest_start_that_reaches_the_end_comes_first() {
        assert_eq!(
            starting(&HRRR, "2025-08-14T20:30Z", 12, "2025-08-14T20:30Z"),
            ["14T19", "14T18", "14T17"]
        );
        // Beyond 18 hours only every sixth start serves.
        assert_eq!(
            starting(&HRRR, "2025-08-14T20:30Z", 24, "2025-08-14T20:30Z"),
            ["14T18", "14T12", "14T06"]
        );
        assert!(starting(&HRRR, "2025-08-14T20:30Z", 72, "2025-08-14T20:30Z").is_empty());
        assert_eq!(starting(&GFS, "2025-08-14T20:30Z", 72, "2025-08-14T20:30Z"), ["14T12", "14T06", "14T00"]);
        // Of the past, what was started before it.
        assert_eq!(starting(&GFS, "2021-08-14T20:30Z", 24, "2025-08-14T20:30Z"), ["14T18", "14T12", "14T06"]);
    }

    #[test]
    fn files_are_named_as_their_buckets_name_them() {
        assert_eq!((HRRR.path)("20250814", 6, 3), "hrrr.20250814/conus/hrrr.t06z.wrfsfcf03.grib2");
        assert_eq!((GFS.path)("20250814", 12, 24), "gfs.20250814/12/atmos/gfs.t12z.pgrb2.0p25.f024");
    }

    #[test]
    fn the_box_around_a_place_crosses_the_antimeridian() {
        let place = LonLat::new(179.9, -17.0).unwrap();
        let bounds = around(&Ask { place, ..ask("2025-08-14T20:30Z", 1) });
        assert!(bounds.west_deg > 179.0 && bounds.east_deg < -179.0, "{bounds:?}");
    }
}
