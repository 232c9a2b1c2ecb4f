use super::*;

/// Two hours at one place, told in other units and older names.
const ANSWER: &str = r#"{"latitude":40,"longitude":-105.25,"elevation":1655.0,"utc_offset_seconds":-21600,
"hourly_units":{"time":"iso8601","windspeed_10m":"mp/h","winddirection_10m":"°","temperature_2m":"°F","precipitation":"inch",
"shortwave_radiation":"W/m²","wind_speed_80m":"kn","wind_direction_80m":"°"},
"hourly":{"time":["2024-07-01T06:00","2024-07-01T07:00"],"windspeed_10m":[10,null],"winddirection_10m":[270,10],
"temperature_2m":[50,86],"precipitation":[0.1,null],"shortwave_radiation":[500,0],
"wind_speed_80m":[10,0],"wind_direction_80m":[180,null]}}"#;

fn refused(from: &str, to: &str) -> String {
    assert!(ANSWER.contains(from), "{from}");
    read(ANSWER.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
}

#[test]
fn units_names_and_the_offset_are_respected() {
    let (run, warnings) = read(ANSWER.as_bytes()).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert_eq!(run.hours[0].valid_at.to_string(), "2024-07-01T12:00:00Z");
    assert_eq!(run.nodes[0].elevation_m, Some(1655.0));
    let near =
        |found: f32, expected: f64| assert!((f64::from(found) - expected).abs() < 1e-4, "{found} {expected}");
    let [first, second] = [0, 1].map(|hour| run.hours[hour].samples[0]);
    near(first.wind_10m_east_m_s, 4.4704);
    near(first.wind_10m_north_m_s, 0.0);
    near(first.wind_80m_north_m_s, 5.14444);
    near(first.temperature_c, 10.0);
    near(first.rain_kg_m2, 2.54);
    near(first.radiation_kw_m2, 0.5);
    assert!(first.relative_humidity.is_nan() && first.cloud_cover.is_nan());
    assert!(second.wind_10m_east_m_s.is_nan() && second.rain_kg_m2.is_nan());
    // Calm needs no bearing.
    assert_eq!((second.wind_80m_east_m_s, second.wind_80m_north_m_s), (0.0, 0.0));
}

#[test]
fn seconds_since_1970_are_utc() {
    let answer =
        ANSWER.replace("iso8601", "unixtime").replace("\"2024-07-01T06:00\",\"2024-07-01T07:00\"", "0,3600");
    assert_eq!(read(answer.as_bytes()).unwrap().0.hours[1].valid_at.to_string(), "1970-01-01T01:00:00Z");
}

#[test]
fn a_refusal_is_told_in_the_services_words() {
    let answer = br#"{"error":true,"reason":"Latitude must be in range of -90 to 90. Given: 95.0."}"#;
    let told = "the service says: Latitude must be in range of -90 to 90. Given: 95.0.";
    assert_eq!(read(answer).unwrap_err().to_string(), told);
}

#[test]
fn a_changed_schema_names_the_field_the_need_and_the_find() {
    for (from, to, told) in [
        (
            "\"mp/h\"",
            "\"furlong\"",
            "hourly_units.windspeed_10m: needed km/h, m/s, mp/h or kn, found \"furlong\"",
        ),
        ("\"hourly\":", "\"stündlich\":", "hourly: needed an object of hours, found nothing"),
        ("[50,86]", "[50]", "hourly.temperature_2m: needed 2 values, one an hour, found a list of 1"),
        ("[50,86]", "[50,\"warm\"]", "hourly.temperature_2m[1]: needed a number, found \"warm\""),
        (
            "T07:00\"",
            "Tnoon\"",
            "hourly.time[1]: needed a local time, as 2024-07-01T06:00, found \"2024-07-01Tnoon\"",
        ),
        ("-21600", "1e9", "utc_offset_seconds: needed seconds within a day, found 1000000000.0"),
        ("\"latitude\":40", "\"latitude\":140", "latitude: needed latitude must be"),
    ] {
        let error = refused(from, to);
        assert!(error.starts_with(told), "{error}");
    }
    assert_eq!(
        read(b"<html>").unwrap_err().to_string(),
        "needed JSON, found expected value at line 1 column 1"
    );
    assert!(read(b"[]").unwrap_err().to_string().contains("1 to 1000 places, found a list of 0"));
}

#[test]
fn disorder_and_repeats_are_mended_and_told() {
    let answer = ANSWER.replace("2024-07-01T07:00", "2024-07-01T05:00");
    let (run, warnings) = read(answer.as_bytes()).unwrap();
    assert_eq!(run.hours[0].valid_at.to_string(), "2024-07-01T11:00:00Z");
    assert_eq!(warnings, ["1 rows were not in order of time, and were sorted"]);
    let answer = ANSWER.replace("2024-07-01T07:00", "2024-07-01T06:00");
    let (run, warnings) = read(answer.as_bytes()).unwrap();
    assert_eq!(run.hours[0].samples[0].temperature_c, 30.0);
    assert_eq!(warnings, ["1 rows were given more than once; the later was taken"]);
}

#[test]
fn the_query_asks_for_places_hours_and_si_units() {
    let places = [LonLat::new(-105.25, 40.0).unwrap(), LonLat::new(149.0, -35.5).unwrap()];
    let (start, end) = ("2024-07-01T06:20:00Z".parse().unwrap(), "2024-07-03T00:00:00Z".parse().unwrap());
    let ahead = query(&places, start, end, false);
    assert_eq!(
        ahead,
        "latitude=40.00000,-35.50000&longitude=-105.25000,149.00000&start_hour=2024-07-01T06:00&end_hour=2024-07-03T00:00\
         &hourly=wind_speed_10m,wind_direction_10m,wind_speed_80m,wind_direction_80m,temperature_2m,relative_humidity_2m,\
         precipitation,cloud_cover,shortwave_radiation&wind_speed_unit=ms&timezone=GMT"
    );
    let past = query(&places[..1], start, end, true);
    assert!(past.contains("&start_date=2024-07-01&end_date=2024-07-03&") && !past.contains("80m"), "{past}");
}
