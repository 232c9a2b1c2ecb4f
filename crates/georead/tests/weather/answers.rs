//! Services' answers against the values that stand in them.

use georead::weather::{Sample, WeatherRun, nws, open_meteo};

use crate::figures::{assert_near, assert_wind, sample};

fn at<'a>(run: &'a WeatherRun, instant: &str) -> &'a [Sample] {
    let instant = instant.parse().unwrap();
    &run.hours.iter().find(|hour| hour.valid_at == instant).unwrap().samples
}

#[test]
fn a_real_open_meteo_answer_has_its_places_and_hours() {
    let Some(bytes) = sample("open_meteo/aus-basic-ecmwf_ifs.json") else { return };
    let (run, warnings) = open_meteo::read(&bytes).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert_eq!((run.nodes.len(), run.hours.len()), (35, 24));
    assert_eq!(run.nodes[1].place.unwrap().lon_deg(), 149.31035);
    let samples = at(&run, "2026-02-17T06:00:00Z");
    assert_wind(&samples[0], 21.8 / 3.6, 291.0);
    assert_near(samples[0].temperature_c.into(), 26.4, 1e-5, "temperature");
    assert_near(samples[0].relative_humidity.into(), 0.31, 1e-6, "humidity");
    assert_near(samples[0].cloud_cover.into(), 0.96, 1e-6, "cloud");
    assert_near(samples[1].temperature_c.into(), 25.8, 1e-5, "temperature");
    assert!(samples[0].rain_kg_m2.is_nan() && samples[0].wind_80m_east_m_s.is_nan());
}

#[test]
fn a_real_grid_point_is_expanded_to_hours() {
    let Some(bytes) = sample("nws_api/detailed_forecast.json") else { return };
    let (run, warnings) = nws::grid_point(&bytes).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert_eq!(run.issued_at, Some("2022-02-04T03:15:41Z".parse().unwrap()));
    assert_near(run.nodes[0].elevation_m.unwrap(), 3.9624, 1e-9, "elevation");
    let place = run.nodes[0].place.unwrap();
    assert_near(place.lon_deg(), -84.980_303, 1e-5, "longitude");
    assert_near(place.lat_deg(), 30.019_382, 1e-5, "latitude");
    // 20.372 km/h for two hours from 21; the bearing is 160 for one, then 170 for six.
    assert_wind(&at(&run, "2022-02-03T21:00:00Z")[0], 20.372 / 3.6, 160.0);
    assert_wind(&at(&run, "2022-02-03T22:00:00Z")[0], 20.372 / 3.6, 170.0);
    assert_wind(&at(&run, "2022-02-03T23:00:00Z")[0], 16.668 / 3.6, 170.0);
    // 18.9 degrees for ten hours from 1.
    assert_near(at(&run, "2022-02-04T10:00:00Z")[0].temperature_c.into(), 18.888_889, 1e-5, "temperature");
    assert_near(at(&run, "2022-02-03T22:00:00Z")[0].relative_humidity.into(), 0.76, 1e-6, "humidity");
    assert_near(at(&run, "2022-02-03T23:00:00Z")[0].cloud_cover.into(), 0.79, 1e-6, "cloud");
    // 2.032 mm in the six hours from 6 to 12.
    assert_near(at(&run, "2022-02-04T06:00:00Z")[0].rain_kg_m2.into(), 0.0, 0.0, "rain");
    for hour in 7..=12 {
        let found = at(&run, &format!("2022-02-04T{hour:02}:00:00Z"))[0].rain_kg_m2;
        assert_near(found.into(), 2.032 / 6.0, 1e-6, "rain");
    }
}

#[test]
fn a_real_place_leads_to_its_grid_point() {
    let Some(bytes) = sample("nws_api/points.json") else { return };
    assert_eq!(nws::forecast_url(&bytes).unwrap(), "https://api.weather.gov/gridpoints/TAE/58,65");
}

#[test]
fn real_observations_are_read_and_gaps_stay_gaps() {
    let Some(bytes) = sample("nws_api/stations_observations.json") else { return };
    let (run, _) = nws::observations(&bytes).unwrap();
    assert_eq!((run.nodes.len(), run.nodes[0].name.as_deref()), (1, Some("KFLL")));
    let observed = &at(&run, "2019-06-27T10:53:00Z")[0];
    assert_wind(observed, 10.0, 10.0);
    assert_near(observed.temperature_c.into(), 10.0, 0.0, "temperature");
    assert_near(observed.relative_humidity.into(), 0.1, 1e-6, "humidity");
    assert!(observed.rain_kg_m2.is_nan());
    let Some(bytes) = sample("nws_api/stations_observations_multiple.json") else { return };
    // Two of one instant, the first all gaps: what the later says fills them.
    let (run, warnings) = nws::observations(&bytes).unwrap();
    assert_eq!(run.hours.len(), 1);
    assert_eq!(warnings, ["1 rows were given more than once; the later was taken"]);
    assert_near(at(&run, "2019-06-27T10:53:00Z")[0].temperature_c.into(), 10.0, 0.0, "temperature");
    assert_near(at(&run, "2019-06-27T10:53:00Z")[0].cloud_cover.into(), 1.5 / 8.0, 0.0, "few clouds");
    let Some(bytes) = sample("nws_api/stations_observations_missing_value.json") else { return };
    let told = "features[0].properties.timestamp: needed the time of the observation, found nothing";
    assert_eq!(nws::observations(&bytes).unwrap_err().to_string(), told);
}

#[test]
fn a_changed_schema_of_the_nws_names_the_field_the_need_and_the_find() {
    let Some(bytes) = sample("nws_api/detailed_forecast.json") else { return };
    let text = String::from_utf8(bytes).unwrap();
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        nws::grid_point(text.replace(from, to).as_bytes()).unwrap_err().to_string()
    };
    let told = "properties.windSpeed.uom: needed km_h-1, m_s-1, kt or mi_h-1, found \"wmoUnit:furlong\"";
    assert_eq!(refused("wmoUnit:km_h-1", "wmoUnit:furlong"), told);
    let told = "properties: needed an object of properties, found nothing";
    assert_eq!(refused("\"properties\"", "\"proprieties\""), told);
    let error = refused("\"validTime\"", "\"valid\"");
    assert!(error.ends_with("as 2024-07-01T06:00:00+00:00/PT3H, found nothing"), "{error}");
    let error = refused("/PT1H", "/PT9999999H");
    assert!(error.contains("needed a start and a length of hours"), "{error}");
    let problem = br#"{"type":"https://api.weather.gov/problems/NotFound","title":"Not Found","status":404,"detail":"no such place"}"#;
    assert_eq!(nws::grid_point(problem).unwrap_err().to_string(), "the service says: no such place");
    assert_eq!(nws::forecast_url(problem).unwrap_err().to_string(), "the service says: no such place");
    assert_eq!(nws::observations(problem).unwrap_err().to_string(), "the service says: no such place");
}
