//! Weather from providers: recorded answers of the services, a model's files by ranges, and all that can go wrong with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use firecore::geo::LonLat;
use georead::weather::grib2;
use guira::clock::Clock;
use guira::inputs::online::Provider;
use guira::inputs::{ConfiguredInputs, InputSet, InputSettings};
use jiff::{SignedDuration, Timestamp};

use super::rig::{at, note, options};
use crate::inputs::reference_data;
use crate::support::replay::{Asked, Replay, Reply};

/// Inputs at an instant, with some providers of weather behind one server.
fn inputs_at(
    server: &Replay,
    folder: &std::path::Path,
    providers: &[Provider],
    now: &str,
) -> ConfiguredInputs {
    let online = Some(options(server, folder, providers));
    let settings = InputSettings { online, reach_m: 3_000.0, ..InputSettings::default() };
    ConfiguredInputs::at(settings, Clock::manual(now.parse().unwrap()))
}

fn fetched(inputs: &ConfiguredInputs, lon: f64, lat: f64, start: &str, hours: u32) -> InputSet {
    inputs.fetch_blocking(&at(lon, lat), start.parse().unwrap(), hours * 3600).unwrap()
}

/// Speed and true bearing of the wind at a place and step.
fn wind(set: &InputSet, step: usize, lon: f64, lat: f64) -> (f64, f64) {
    let place = LonLat::new(lon, lat).unwrap();
    let frame = &set.landscape.frame;
    let here = set.weather.at(step, frame.to_plane(place));
    let (east, north) = (here.wind_10m_east_m_s, here.wind_10m_north_m_s);
    let from = ((-east).atan2(-north) + frame.convergence_rad(place)).to_degrees().rem_euclid(360.0);
    (east.hypot(north), from)
}

/// Where and when Open-Meteo's recorded answer is of: around Canberra.
const CANBERRA: (f64, f64) = (149.1954, -35.254_833);
const CANBERRA_START: &str = "2026-02-17T03:00:00Z";

fn recorded(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(reference_data()?.join("weather_samples").join(name)).unwrap())
}

#[test]
fn open_meteos_recorded_answer_is_the_wind_of_the_forecast() {
    let Some(body) = recorded("open_meteo/aus-basic-ecmwf_ifs.json") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(move |_| Reply::json(body.clone()));
    let inputs = inputs_at(&server, folder.path(), &[Provider::OpenMeteo], "2026-02-17T06:00:00Z");
    let set = fetched(&inputs, CANBERRA.0, CANBERRA.1, CANBERRA_START, 6);
    assert!(!note(&set, "wind").fallback, "{:?}", set.notes);
    assert!(note(&set, "wind").source.contains("open-meteo, fetched 2026-02-17T06:00Z"), "{:?}", set.notes);
    assert_eq!(set.weather.steps.len(), 7);
    // At this node and hour it says 15.4 km/h from 305 degrees; others are near.
    let (speed, from) = wind(&set, 0, CANBERRA.0, CANBERRA.1);
    assert!((speed - 15.4 / 3.6).abs() < 0.5 && (from - 305.0).abs() < 10.0, "{speed} {from}");
    let dead = set.weather.steps[0].cells[0].moisture.dead;
    // 25 degrees C and 38 %: dry, and not the built-in 6, 7 and 8 %.
    assert!((0.03..0.10).contains(&dead.one_hour) && dead.one_hour != 0.06, "{dead:?}");
    assert!(note(&set, "dead_fuel_moisture").source.starts_with("conditioned by"), "{:?}", set.notes);
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].target.starts_with("/open-meteo/forecast?latitude=-35.2"), "{}", asked[0].target);
    // Within the hour the answer holds.
    fetched(&inputs, CANBERRA.0, CANBERRA.1, CANBERRA_START, 6);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn the_past_is_asked_of_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|_| Reply::status(500));
    let inputs = inputs_at(&server, folder.path(), &[Provider::OpenMeteo], "2026-11-30T00:00:00Z");
    fetched(&inputs, CANBERRA.0, CANBERRA.1, CANBERRA_START, 6);
    assert!(
        server.asked()[0].target.starts_with("/open-meteo-archive/archive?"),
        "{}",
        server.asked()[0].target
    );
}

#[test]
fn the_weather_services_recorded_answers_are_the_wind_of_the_forecast() {
    let (Some(point), Some(grid)) =
        (recorded("nws_api/points.json"), recorded("nws_api/detailed_forecast.json"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(move |asked| match asked.target.as_str() {
        "/nws/points/30.0180,-84.9800" => {
            let text = String::from_utf8(point.clone()).unwrap();
            Reply::of(
                "application/geo+json",
                text.replace("https://api.weather.gov", &format!("http://{}/nws", asked.host)),
            )
        }
        path if path.starts_with("/nws/gridpoints/") => Reply::of("application/geo+json", grid.clone()),
        _ => Reply::status(404),
    });
    let inputs = inputs_at(&server, folder.path(), &[Provider::Nws], "2022-02-03T22:00:00Z");
    let set = fetched(&inputs, -84.98, 30.018, "2022-02-03T22:00:00Z", 6);
    let source = &note(&set, "wind").source;
    assert!(
        !note(&set, "wind").fallback && source.contains("nws, fetched 2022-02-03T22:00Z"),
        "{:?}",
        set.notes
    );
    // 20.372 km/h from 170 degrees at 22 h.
    let (speed, from) = wind(&set, 0, -84.98, 30.018);
    assert!((speed - 20.372 / 3.6).abs() < 1e-3 && (from - 170.0).abs() < 0.1, "{speed} {from}");
}

#[test]
fn an_answer_that_points_elsewhere_is_not_followed() {
    let Some(point) = recorded("nws_api/points.json") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(move |_| Reply::json(point.clone()));
    let inputs = inputs_at(&server, folder.path(), &[Provider::Nws], "2022-02-03T22:00:00Z");
    let set = fetched(&inputs, -84.98, 30.018, "2022-02-03T22:00:00Z", 6);
    assert!(
        note(&set, "wind")
            .source
            .contains("nws: https://api.weather.gov is not among the configured sources"),
        "{:?}",
        set.notes
    );
}

#[test]
fn whoever_asks_a_mirror_is_told_in_no_note_and_kept_in_no_cache() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|_| Reply::status(404));
    let mut options = options(&server, folder.path(), &[Provider::Gfs, Provider::CopernicusGlo30]);
    let origin = server.origin.replace("://", "://user:secret@");
    options.addresses =
        options.providers.iter().map(|provider| (*provider, format!("{origin}/{provider}"))).collect();
    let settings = InputSettings { online: Some(options), reach_m: 3_000.0, ..InputSettings::default() };
    let inputs = ConfiguredInputs::at(settings, Clock::manual("2025-08-14T20:30:00Z".parse().unwrap()));
    let set = fetched(&inputs, CANBERRA.0, CANBERRA.1, "2025-08-14T20:30:00Z", 6);
    assert!(note(&set, "wind").source.contains("gfs: http://127.0.0.1"), "{:?}", set.notes);
    assert!(!format!("{:?}", set.notes).contains("secret"), "{:?}", set.notes);
    assert!(server.asked().iter().all(|asked| asked.login.is_some()), "{:?}", server.asked());
    let mut entries = 0;
    for shelf in std::fs::read_dir(folder.path().join("cache")).unwrap() {
        for entry in std::fs::read_dir(shelf.unwrap().path()).unwrap() {
            entries += 1;
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains("secret"));
        }
    }
    assert!(entries > 0);
}

/// What each fault is told as, in the note of the wind that stands in.
#[test]
fn every_fault_of_a_provider_is_named_and_the_next_one_asked() {
    let Some(body) = recorded("open_meteo/aus-basic-ecmwf_ifs.json") else { return };
    let renamed = String::from_utf8(body.clone()).unwrap().replace("\"hourly\"", "\"daily\"");
    let hot = String::from_utf8(body.clone()).unwrap().replace("25.6", "2.56e30");
    let faults: Vec<(&str, Reply)> = vec![
        ("answered 500", Reply::status(500)),
        ("no whole answer within", Reply { wait: Duration::from_secs(2), ..Reply::json(body.clone()) }),
        ("open-meteo: http", Reply { cut_at: Some(2000), ..Reply::json(body.clone()) }),
        ("hourly", Reply::json(renamed)),
        ("needed application/json", Reply::of("text/html", body.clone())),
        ("answered 429", Reply::status(429).header("Retry-After", "60")),
        (
            "Daily API request limit exceeded",
            Reply {
                status: 400,
                ..Reply::json(r#"{"error":true,"reason":"Daily API request limit exceeded"}"#)
            },
        ),
        ("open-meteo: ", Reply::json("{\"latitude\": [[[[[")),
        ("found a redirect", Reply::status(301).header("Location", "https://example.org/")),
    ];
    for (said, reply) in faults {
        let folder = tempfile::tempdir().unwrap();
        let server = Replay::start(move |_| reply.clone());
        let mut options = options(&server, folder.path(), &[Provider::OpenMeteo]);
        options.wait = Duration::from_millis(900);
        let settings = InputSettings { online: Some(options), reach_m: 3_000.0, ..InputSettings::default() };
        let inputs = ConfiguredInputs::at(settings, Clock::manual("2026-02-17T06:00:00Z".parse().unwrap()));
        let set = fetched(&inputs, CANBERRA.0, CANBERRA.1, CANBERRA_START, 6);
        let wind = note(&set, "wind");
        assert!(wind.fallback && wind.source.starts_with("built-in light wind"), "{said}: {wind:?}");
        assert!(wind.source.contains(said), "{said}: {wind:?}");
    }
    // A value that no weather has is a gap, which is told, and the rest serves.
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(move |_| Reply::json(hot.clone()));
    let inputs = inputs_at(&server, folder.path(), &[Provider::OpenMeteo], "2026-02-17T06:00:00Z");
    let set = fetched(&inputs, CANBERRA.0, CANBERRA.1, CANBERRA_START, 6);
    assert!(!note(&set, "wind").fallback, "{:?}", set.notes);
    assert!(set.notes.iter().any(|note| note.source.contains("temperature")), "{:?}", set.notes);
    // The next provider takes over from one that fails, and the note says why.
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(move |asked| match asked.target.starts_with("/nws") {
        true => Reply::status(503),
        false => Reply::json(body.clone()),
    });
    let both = [Provider::Nws, Provider::OpenMeteo];
    let inputs = inputs_at(&server, folder.path(), &both, "2026-02-17T06:00:00Z");
    let set = fetched(&inputs, CANBERRA.0, CANBERRA.1, CANBERRA_START, 6);
    let wind = note(&set, "wind");
    assert!(
        !wind.fallback && wind.source.contains("nws: ") && wind.source.contains("answered 503"),
        "{wind:?}"
    );
}

#[test]
fn an_answer_that_can_not_be_renewed_serves_on_and_says_how_old_it_is() {
    let Some(body) = recorded("open_meteo/aus-basic-ecmwf_ifs.json") else { return };
    let folder = tempfile::tempdir().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let server = Replay::start(move |_| match counted.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::json(body.clone()),
        _ => Reply::status(500),
    });
    let clock = Clock::manual("2026-02-17T06:00:00Z".parse().unwrap());
    let online = Some(options(&server, folder.path(), &[Provider::OpenMeteo]));
    let settings = InputSettings { online, reach_m: 3_000.0, ..InputSettings::default() };
    let inputs = ConfiguredInputs::at(settings, clock.clone());
    let first = fetched(&inputs, CANBERRA.0, CANBERRA.1, CANBERRA_START, 6);
    clock.advance(SignedDuration::from_hours(2));
    let second = fetched(&inputs, CANBERRA.0, CANBERRA.1, CANBERRA_START, 6);
    assert_eq!(first.weather, second.weather);
    let told = second.notes.iter().find(|note| note.input == "wind" && note.fallback).unwrap();
    assert!(
        told.source.contains("could not be asked anew") && told.source.contains("answered 500"),
        "{told:?}"
    );
    assert_eq!(told.valid_at.unwrap().to_string(), "2026-02-17T06:00:00Z");
}

/// A small run of a model, as the bucket has it: a file an hour, each with its index.
fn bucket(asked: &Asked, whole: &[u8]) -> Reply {
    let (mut file, mut index, mut number) = (Vec::new(), String::new(), 0);
    let ahead: i64 = match asked.target.split("wrfsfcf").nth(1).and_then(|rest| rest[..2].parse().ok()) {
        Some(ahead) => ahead,
        None => return Reply::status(404),
    };
    let mut rest = whole;
    for message in grib2::messages(whole) {
        let message = message.unwrap();
        let length = u64::from_be_bytes(rest[8..16].try_into().unwrap()) as usize;
        let (bytes, after) = rest.split_at(length);
        rest = after;
        let hours = message.span.valid_at().duration_since(message.reference_at).as_hours();
        if hours != ahead {
            continue;
        }
        number += 1;
        let name = match (message.parameter.category, message.parameter.number) {
            (2, 2) => "UGRD",
            (2, 3) => "VGRD",
            (0, 0) => "TMP",
            (1, 1) => "RH",
            _ => "OTHER",
        };
        let level = match (message.level.kind, message.level.value as i64) {
            (103, height) => format!("{height} m above ground"),
            _ => "surface".to_owned(),
        };
        let start = message.reference_at.strftime("%Y%m%d%H");
        index += &format!("{number}:{}:d={start}:{name}:{level}:{ahead} hour fcst:\n", file.len());
        file.extend_from_slice(bytes);
    }
    match (number, asked.target.ends_with(".idx")) {
        (0, _) => Reply::status(404),
        (_, true) => Reply::of("text/plain", index),
        (_, false) => Reply::of("application/octet-stream", file),
    }
}

#[test]
fn a_models_fields_are_fetched_by_their_ranges_and_turned_to_true_north() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/georead/tests/files/grib2/run.grib2");
    let whole = std::fs::read(path).unwrap();
    let reference = grib2::messages(&whole).next().unwrap().unwrap().reference_at;
    let (expected, _) = grib2::read(&whole, None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let served = whole.clone();
    let server = Replay::start(move |asked| bucket(asked, &served));
    let start = reference + SignedDuration::from_hours(1);
    let now = (start + SignedDuration::from_hours(1)).to_string();
    let inputs = inputs_at(&server, folder.path(), &[Provider::Hrrr], &now);
    let node = expected.nodes.len() / 2;
    let place = expected.nodes[node].place.unwrap();
    let set = fetched(&inputs, place.lon_deg(), place.lat_deg(), &start.to_string(), 1);
    let said = note(&set, "wind");
    assert!(!said.fallback && said.source.starts_with("HRRR (hrrr, fetched"), "{:?}", set.notes);
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.target.ends_with(".idx") || asked.range.is_some()), "{asked:?}");
    let hour = expected.hours.iter().position(|hour| hour.valid_at == start).unwrap();
    let sample = expected.hours[hour].samples[node];
    let (speed, _) = wind(&set, 0, place.lon_deg(), place.lat_deg());
    let given = f64::from(sample.wind_10m_east_m_s.hypot(sample.wind_10m_north_m_s));
    // Nodes 3 km apart with winds drawn at random, on cells of 3 km: near its node, not at it.
    assert!(speed > 0.0 && given > 0.0, "{speed} {given}");
    let instant: Timestamp = set.weather.steps[0].valid_at;
    assert_eq!(instant, start);
}
