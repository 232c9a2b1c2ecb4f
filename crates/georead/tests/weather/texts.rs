//! Stations' real files against the values that stand in them.

use georead::weather::text::{LocalTime, read_text};
use georead::weather::{Sample, WeatherRun};
use jiff::tz::Offset;

use crate::figures::{assert_near, assert_wind, real, sample};

/// Mountain Daylight Time.
const LOCAL: LocalTime = LocalTime { offset: Offset::constant(-6) };

fn at<'a>(run: &'a WeatherRun, instant: &str) -> &'a Sample {
    let instant = instant.parse().unwrap();
    &run.hours.iter().find(|hour| hour.valid_at == instant).unwrap().samples[0]
}

#[test]
fn real_windninja_stations_are_read() {
    let name = "stations/KMSO-MDT-2018-06-20_2128-2018-06-21_2128-0.csv";
    let Some(bytes) = sample(name) else { return };
    let (run, warnings) = read_text(name, &bytes, LOCAL).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert_eq!((run.nodes.len(), run.nodes[0].name.as_deref()), (1, Some("KMSO")));
    // At 10 m already: 1.54 m/s from 350.
    let first = at(&run, "2018-06-21T02:30:00Z");
    assert_wind(first, 1.54, 350.0);
    assert_near(first.temperature_c.into(), 19.0, 0.0, "temperature");
    assert_near(first.cloud_cover.into(), 1.0, 0.0, "cloud");
    let name = "stations/TS934-MDT-2018-06-20_2128-2018-06-21_2128-1.csv";
    let Some(bytes) = sample(name) else { return };
    let (run, _) = read_text(name, &bytes, LOCAL).unwrap();
    // At 6.0959 m, 20 ft: 1.79 m/s from 2.
    assert_wind(at(&run, "2018-06-21T18:01:00Z"), 1.79 * 1.15, 2.0);
    assert_near(at(&run, "2018-06-21T18:01:00Z").cloud_cover.into(), 0.343_175, 1e-6, "cloud");
}

#[test]
fn real_streams_of_flammap_and_farsite_are_read() {
    let name = "landscape_samples/flammap_reference/2427464_Basic.input.wxs";
    let Some(bytes) = real(name) else { return };
    let (run, warnings) = read_text(name, &bytes, LOCAL).unwrap();
    assert_eq!((warnings.len(), run.hours.len()), (0, 170));
    assert_near(run.nodes[0].elevation_m.unwrap(), 5400.0 * 0.3048, 1e-9, "elevation");
    let first = at(&run, "2015-08-25T19:00:00Z");
    assert_wind(first, 7.0 * 0.447_04 * 1.15, 156.0);
    assert_near(first.temperature_c.into(), 250.0 / 9.0, 1e-5, "temperature");
    assert_near(first.relative_humidity.into(), 0.22, 1e-6, "humidity");
    assert_wind(at(&run, "2015-09-01T21:00:00Z"), 18.0 * 0.447_04 * 1.15, 250.0);
    let name = "landscape_samples/farsite_reference/062913.input";
    let Some(bytes) = real(name) else { return };
    let (run, warnings) = read_text(name, &bytes, LOCAL).unwrap();
    assert_eq!((warnings.len(), run.hours.len()), (0, 250));
    // The last row: 2013 6 22 2200 68 20 0.00 9 170 10.
    let last = at(&run, "2013-06-23T04:00:00Z");
    assert_wind(last, 9.0 * 0.447_04 * 1.15, 170.0);
    assert_near(last.temperature_c.into(), 20.0, 1e-5, "temperature");
}

#[test]
fn windninjas_units_are_named_where_they_are_strange() {
    let name = "stations/TR266-MDT-2018-06-20_2128-2018-06-21_2128-3.csv";
    let Some(bytes) = sample(name) else { return };
    let text = String::from_utf8(bytes).unwrap();
    for (from, to, told) in [
        (",mps,", ",knots,", "line 2, speed_units: needed mps, mph, kph or kts, found \"knots\""),
        (",meters,", ",rods,", "line 2, height_units: needed meters or feet, found \"rods\""),
        (
            "GEOGCS,WGS",
            "PROJCS,WGS",
            "line 2, coord_sys: needed GEOGCS, longitude and latitude, found \"PROJCS\"",
        ),
        ("\"date_time\"", "\"when\"", "needed a column date_time, found Station_Name"),
        (",6.0959,", ",6095.9,", "line 2, height: needed a height of 1 to 150 m, found \"6095.9\""),
    ] {
        assert!(text.contains(from), "{from}");
        let error = read_text(name, text.replace(from, to).as_bytes(), LOCAL).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
}
