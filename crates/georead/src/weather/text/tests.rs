use super::*;

const LOCAL: LocalTime = LocalTime { offset: jiff::tz::Offset::constant(-7) };

/// Rows as FEMS gives them.
const FW21: &str = "\
StationID,DateTime,Temperature(F),RelativeHumidity(%),Precipitation(in),WindSpeed(mph),WindAzimuth(degrees),GustSpeed(mph),SnowFlag,SolarRadiation(W/m2),Tflag
20284,2018-05-24T00:00:00-07:00,32,39,0.1,10,90,4,False,0.0,0
20284,2018-05-24T01:00:00-07:00,-999,42,,2,60,3,False,500,0
";

const STREAM: &str = "\
RAWS_ELEVATION: 1000
RAWS_UNITS: English
RAWS: 2
Year  Mth  Day   Time    Temp     RH  HrlyPcp  WindSpd WindDir CloudCov
2015 8 25 1300 50 22 0.10 10 180 33
2015 8 25 2400 86 20 0.00 0 0 100
";

fn read(name: &str, text: &str) -> (WeatherRun, Vec<String>) {
    read_text(name, text.as_bytes(), LOCAL).unwrap()
}

fn refused(name: &str, text: &str) -> String {
    read_text(name, text.as_bytes(), LOCAL).unwrap_err().to_string()
}

fn near(found: f32, expected: f64) {
    assert!((f64::from(found) - expected).abs() < 1e-4, "{found} {expected}");
}

#[test]
fn fw21_is_read_with_its_own_offsets_and_20_ft_wind() {
    let (run, warnings) = read("station.fw21", FW21);
    assert_eq!(warnings, [""; 0]);
    assert_eq!((run.provider.as_str(), run.nodes[0].name.as_deref()), ("FW21", Some("20284")));
    assert_eq!(run.hours[0].valid_at.to_string(), "2018-05-24T07:00:00Z");
    let [first, second] = [0, 1].map(|hour| run.hours[hour].samples[0]);
    near(first.temperature_c, 0.0);
    near(first.rain_kg_m2, 2.54);
    near(first.wind_10m_east_m_s, -4.4704 * 1.15);
    near(first.relative_humidity, 0.39);
    near(second.radiation_kw_m2, 0.5);
    assert!(second.temperature_c.is_nan() && second.rain_kg_m2.is_nan());
}

#[test]
fn a_stream_is_in_local_time_and_24_is_midnight() {
    let (run, warnings) = read("x.wxs", STREAM);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(run.hours[0].valid_at.to_string(), "2015-08-25T20:00:00Z");
    assert_eq!(run.hours[1].valid_at.to_string(), "2015-08-26T07:00:00Z");
    assert!((run.nodes[0].elevation_m.unwrap() - 304.8).abs() < 1e-9);
    let first = run.hours[0].samples[0];
    near(first.wind_10m_north_m_s, 4.4704 * 1.15);
    near(first.temperature_c, 10.0);
    near(first.rain_kg_m2, 2.54);
    near(first.cloud_cover, 0.33);
    let metric = STREAM.replace("English", "Metric");
    let (run, _) = read("x.wxs", &metric);
    assert_eq!(run.nodes[0].elevation_m, Some(1000.0));
    near(run.hours[0].samples[0].wind_10m_north_m_s, 10.0 / 3.6);
    near(run.hours[0].samples[0].rain_kg_m2, 0.1);
}

#[test]
fn a_stream_without_its_head_is_known_by_its_ending() {
    let rows: String = STREAM.lines().skip(4).map(|line| line.to_owned() + "\n").collect();
    let (run, warnings) = read("x.RAWS", &rows);
    assert_eq!((run.hours.len(), warnings.len()), (2, 1));
    assert!(refused("x.txt", &rows).starts_with("x.txt: needed a RAWS stream"));
    assert!(refused("x.wtr", &rows).contains("which knows no year"));
}

#[test]
fn a_table_of_any_known_columns_is_read() {
    let text = "# by hand\nvalid_at,latitude,longitude,elevation_m,wind_20ft_mph,wind_from_deg,temp_f,rh_pct,moon\n\
                2024-07-01T06:00,40,-105,1600,10,0,50,30,full\n2024-07-01T06:00Z,41,-105,,0,,NaN,200,new\n";
    let (run, warnings) = read("mine.csv", text);
    assert_eq!(warnings[0], "columns that are not known were left out: moon");
    assert!(warnings[1].starts_with("1 rows were not in order") || warnings[1].starts_with("1 humidities"));
    assert_eq!((run.nodes.len(), run.hours.len()), (2, 2));
    assert_eq!((run.nodes[0].elevation_m, run.nodes[1].elevation_m), (Some(1600.0), None));
    assert_eq!(run.hours[0].valid_at.to_string(), "2024-07-01T06:00:00Z");
    assert_eq!(run.hours[1].valid_at.to_string(), "2024-07-01T13:00:00Z");
    near(run.hours[1].samples[0].wind_10m_north_m_s, -4.4704 * 1.15);
    near(run.hours[0].samples[1].wind_10m_north_m_s, 0.0);
    assert!(run.hours[0].samples[0].temperature_c.is_nan());
}

#[test]
fn what_does_not_fit_is_named_with_line_and_column() {
    for (name, text, told) in [
        (
            "a.fw21",
            FW21.replace("DateTime", "When"),
            "needed a column of time, valid_at or valid_at_utc, found StationID, When",
        ),
        ("a.fw21", FW21.replace(",32,", ",warm,"), "line 2, Temperature(F): needed a number, found \"warm\""),
        ("a.fw21", FW21.replace(",32,", ","), "line 2: needed 11 values, found 10"),
        (
            "a.csv",
            "time,temp_c,temp_f\n".to_owned(),
            "needed one column of temperature, found temp_c and temp_f",
        ),
        (
            "a.csv",
            "time,moon\n".to_owned(),
            "needed a column of weather, as wind_10m_m_s (_km_h, _mph, _kt) or wind_20ft_mph",
        ),
        ("a.csv", "time,wind_10m_m_s\n".to_owned(), "needed both a wind's speed and its bearing"),
        ("a.csv", "time,temp_c\n".to_owned(), "needed rows of weather, found none"),
        ("a.csv", "time,temp_c\n2024-07-01,5\n".to_owned(), "line 2, time: needed a time, as"),
        (
            "a.csv",
            "time,lat,lon,temp_c\n2024-07-01T01:00Z,95,5,5\n".to_owned(),
            "line 2, lat: needed a longitude and",
        ),
        (
            "a.wxs",
            STREAM.replace("English", "Roman"),
            "line 2, RAWS_UNITS: needed English or Metric, found \"Roman\"",
        ),
        (
            "a.wxs",
            STREAM.replace("8 25 1300", "13 25 1300"),
            "line 5, day: needed a day of the calendar, found \"25\"",
        ),
        (
            "a.wxs",
            STREAM.replace("1300", "1370"),
            "line 5, time: needed a time from 0000 to 2400, found \"1370\"",
        ),
        ("a.wxs", STREAM.replace(" 33", ""), "line 5: needed 10 values, found 9"),
        ("a.txt", "<html>".to_owned(), "a.txt: needed a RAWS stream"),
        ("a.txt", String::new(), "needed rows of weather, found none"),
    ] {
        let error = refused(name, &text);
        assert!(error.starts_with(told), "{error}");
    }
}

#[test]
fn humidity_of_another_unit_than_its_name_says_is_refused() {
    let table = |name: &str, values: [&str; 2]| {
        let [first, second] = values;
        format!("time,temp_c,{name}\n2024-07-01T01:00Z,20,{first}\n2024-07-01T02:00Z,20,{second}\n")
    };
    let told = refused("a.csv", &table("rh_pct", ["0.35", "0.4"]));
    assert_eq!(told, "rh_pct: needed relative humidity in percent, found none above 0.4: fractions?");
    let told = refused("a.csv", &table("relative_humidity", ["35", "40"]));
    assert!(told.contains("the name relative_humidity_pct, found none below 35: percent?"), "{told}");
    for (name, values) in
        [("rh_pct", ["0.9", "2"]), ("relative_humidity", ["0.35", "40"]), ("rh_pct", ["", ""])]
    {
        read("a.csv", &table(name, values));
    }
    let told = refused("x.wxs", &STREAM.replace(" 22 ", " 0.22 ").replace(" 20 0.00", " 0.2 0.00"));
    assert!(told.starts_with("RH: needed relative humidity in percent, found none above 0.22"), "{told}");
}

#[test]
fn a_header_without_known_columns_is_told_those_that_are() {
    let long: Vec<String> = (0..40).map(|place| format!("some_long_column_{place}")).collect();
    let told = refused("a.csv", &format!("time,{}\n", long.join(",")));
    for name in ["wind_10m_m_s", "wind_from_deg", "temperature_c", "relative_humidity_pct", "rain_mm"] {
        assert!(told.contains(name), "{told}");
    }
    assert!(told.contains(", some_long_column_13 and 26 more"), "{told}");
    let told = refused("a.csv", "time,temp_c,wind_speed_m_s,wind_from_deg\n");
    assert!(told.starts_with("needed both a wind's speed and its bearing, as wind_10m_m_s"), "{told}");
    let told = refused("a.csv", "time,temp_c,wind_speed_m_s\n");
    assert!(
        told.contains("says its height and unit, as wind_10m_m_s") && told.ends_with("found wind_speed_m_s"),
        "{told}"
    );
}

#[test]
fn a_count_of_rows_that_is_wrong_is_told() {
    let (run, warnings) = read("x.wxs", &STREAM.replace("RAWS: 2", "RAWS: 20"));
    assert_eq!(run.hours.len(), 2);
    assert_eq!(warnings, ["RAWS tells 20 rows, 2 were found and taken"]);
}
