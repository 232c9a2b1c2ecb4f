//! Values of the command line: times, spans, places, boxes.

use firecore::cluster::LEAD_TIME_S_MAX;
use firecore::geo::{Bounds, LonLat};
use jiff::Timestamp;

/// A span of whole or broken hours, minutes or days, as seconds.
pub(super) fn horizon_s(text: &str) -> Result<u32, String> {
    let needed = || format!("needed a span like 12h, 90m or 2d, above 0 and at most 7d, found {text}");
    let (count, unit_s) = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((count, "m")) => (count, 60.0),
        Some((count, "h")) => (count, 3_600.0),
        Some((count, "d")) => (count, 86_400.0),
        _ => return Err(needed()),
    };
    let count: f64 = count.parse().map_err(|_| needed())?;
    let seconds = (count * unit_s).round();
    let allowed = seconds >= 60.0 && seconds <= f64::from(LEAD_TIME_S_MAX);
    if allowed { Ok(seconds as u32) } else { Err(needed()) }
}

/// A time with its zone.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| format!("needed a time with its zone like 2017-12-05T10:00Z, found {text}"))
}

/// An instant without its fraction, which nobody wants to read.
pub(super) fn whole_second(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}

/// A place as latitude and longitude, which is how people say it: the order of `--at-point`.
pub(super) fn lat_lon(text: &str) -> Result<LonLat, String> {
    let [lat_deg, lon_deg] = numbers(text, "latitude and longitude in degrees like 34.45,-119.10")?;
    LonLat::new(lon_deg, lat_deg)
        .map_err(|error| format!("{error}; needed latitude,longitude in this order, found {text}"))
}

/// A place as longitude and latitude, which is how maps are written: the order of `--at` where a place is meant.
pub(super) fn lon_lat(text: &str) -> Result<LonLat, String> {
    let [lon_deg, lat_deg] = numbers(text, "longitude and latitude in degrees like -119.10,34.45")?;
    LonLat::new(lon_deg, lat_deg)
        .map_err(|error| format!("{error}; needed longitude,latitude in this order, found {text}"))
}

/// A box as west, south, east, north; west may be greater than east, across the antimeridian.
pub(super) fn bounds(text: &str) -> Result<Bounds, String> {
    let needed = "west,south,east,north in degrees like -119.5,34.2,-119.0,34.6";
    let [west_deg, south_deg, east_deg, north_deg] = numbers(text, needed)?;
    for (lon_deg, lat_deg) in [(west_deg, south_deg), (east_deg, north_deg)] {
        LonLat::new(lon_deg, lat_deg).map_err(|error| format!("{error}; needed {needed}, found {text}"))?;
    }
    match south_deg < north_deg && west_deg != east_deg {
        true => Ok(Bounds { west_deg, south_deg, east_deg, north_deg }),
        false => Err(format!("needed {needed}, with south below north, found {text}")),
    }
}

fn numbers<const COUNT: usize>(text: &str, needed: &str) -> Result<[f64; COUNT], String> {
    let found: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    found.and_then(|found| found.try_into().ok()).ok_or_else(|| format!("needed {needed}, found {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_horizon_is_a_span_with_its_unit() {
        for (text, expected) in
            [("12h", 43_200), ("90m", 5_400), ("2d", 172_800), ("0.5h", 1_800), ("7d", 604_800)]
        {
            assert_eq!(horizon_s(text), Ok(expected), "{text}");
        }
        for text in ["", "12", "h", "0h", "-1h", "8d", "1e9h", "NaNh", "12 Uhr", "é"] {
            let error = horizon_s(text).expect_err(text);
            assert!(error.contains("12h") && error.ends_with(text), "{error}");
        }
    }

    #[test]
    fn a_place_is_said_in_either_order_and_one_that_is_none_is_refused_with_the_order() {
        let place = LonLat::new(-119.1, 34.45).unwrap();
        assert_eq!((lat_lon("34.45,-119.1"), lon_lat(" -119.1 , 34.45")), (Ok(place), Ok(place)));
        let swapped = lat_lon("-119.1,34.45").unwrap_err();
        assert!(
            swapped.starts_with("latitude must be") && swapped.contains("latitude,longitude in this order"),
            "{swapped}"
        );
        for text in ["", "34.45", "34.45,-119.1,3", "34.45;-119.1", "NaN,3"] {
            assert!(lat_lon(text).unwrap_err().ends_with(text), "{text}");
        }
    }

    #[test]
    fn a_box_may_cross_the_antimeridian_and_is_not_upside_down() {
        let found = bounds("179,-18,-179,-16").unwrap();
        assert_eq!((found.west_deg, found.east_deg), (179.0, -179.0));
        for text in ["1,2,3", "1,5,3,4", "1,2,1,4", "181,2,3,4", "a,b,c,d"] {
            assert!(bounds(text).unwrap_err().contains("west,south,east,north"), "{text}");
        }
    }
}
