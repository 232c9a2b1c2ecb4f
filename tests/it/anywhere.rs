//! `guira forecast --at-point` and `guira inputs show` as somebody types them: anywhere on Earth, with nothing but a coordinate, or with a landscape.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::online::rig::tile;
use crate::support::replay::{Replay, Reply};

fn guira(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .output()
        .unwrap()
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

/// Inputs that stood in, by the forecast's own GeoJSON; and whether anything burned.
fn forecast(folder: &Path, place: &str, more: &[&str]) -> (Vec<String>, bool) {
    let usual =
        ["forecast", "--offline", "--at-point", place, "--horizon", "1h", "--members", "3", "--out", "out"];
    let out = guira(folder, &[&usual[..], more].concat());
    assert!(out.status.success(), "{place}: {}", said(&out));
    let text = fs::read_to_string(folder.join("out/forecast.geojson")).unwrap();
    let collection: Value = serde_json::from_str(&text).unwrap();
    let features = collection["features"].as_array().unwrap();
    let burned =
        features.iter().any(|feature| feature["properties"]["area_ha"].as_f64().unwrap_or(0.0) > 0.0);
    let notes = find(&collection, "inputs");
    let stood_in = notes.iter().filter(|note| note["fallback"] == true);
    (stood_in.map(|note| note["input"].as_str().unwrap().to_owned()).collect(), burned)
}

/// The first list of a name anywhere in a document.
fn find(value: &Value, name: &str) -> Vec<Value> {
    match value {
        Value::Object(members) => match members.get(name).and_then(Value::as_array) {
            Some(list) => list.clone(),
            None => members
                .values()
                .map(|inner| find(inner, name))
                .find(|list| !list.is_empty())
                .unwrap_or_default(),
        },
        Value::Array(items) => {
            items.iter().map(|inner| find(inner, name)).find(|list| !list.is_empty()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

#[test]
fn a_coordinate_alone_gives_a_forecast_that_names_what_stood_in() {
    // Inland, on both sides of the antimeridian, in the far north and south, on an island without any data.
    for place in
        ["34.45,-119.10", "-16.5,179.9995", "-16.5,-179.9995", "70.4,25.5", "-54.8,-68.3", "-37.1,-12.3"]
    {
        let folder = tempfile::tempdir().unwrap();
        let (stood_in, burned) = forecast(folder.path(), place, &[]);
        for input in ["terrain", "fuel", "wind", "dead_fuel_moisture"] {
            assert!(stood_in.iter().any(|named| named == input), "{place}: {stood_in:?}");
        }
        assert!(burned, "{place}");
    }
}

#[test]
fn a_fire_on_the_coast_or_at_the_edge_of_a_landscape_is_forecast_on_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let ground = folder.path().join("landscape");
    fs::create_dir_all(&ground).unwrap();
    // Grass in the west, water in the east.
    let fuel = tile(-120.0, 35.0, 0.2, 600, |lon, _| if lon < -119.9 { 102.0 } else { 98.0 });
    fs::write(ground.join("fbfm40.tif"), fuel).unwrap();
    let landscape = ["--landscape", ground.to_str().unwrap()];
    let (stood_in, burned) = forecast(folder.path(), "34.9,-119.901", &landscape);
    assert!(burned && !stood_in.iter().any(|input| input == "fuel"), "{stood_in:?}");
    let (stood_in, burned) = forecast(folder.path(), "34.9,-119.9999", &landscape);
    assert!(burned && !stood_in.iter().any(|input| input == "fuel"), "{stood_in:?}");
    // On the water nothing burns, and the forecast says why.
    let usual = [
        "forecast",
        "--offline",
        "--at-point",
        "34.9,-119.85",
        "--horizon",
        "1h",
        "--members",
        "3",
        "--out",
        "out",
    ];
    let out = guira(folder.path(), &[&usual[..], &landscape[..]].concat());
    assert!(said(&out).contains("cannot burn"), "{}", said(&out));
    // Beyond the landscape it has nothing for the fire, which is an error: it was asked for.
    let usual = [
        "forecast",
        "--offline",
        "--at-point",
        "36.9,-119.85",
        "--horizon",
        "1h",
        "--members",
        "3",
        "--out",
        "out",
    ];
    let out = guira(folder.path(), &[&usual[..], &landscape[..]].concat());
    assert!(
        !out.status.success() && said(&out).contains("has no fuel for any of the fires"),
        "{}",
        said(&out)
    );
}

#[test]
fn weather_of_a_table_drives_the_forecast() {
    let folder = tempfile::tempdir().unwrap();
    let table = "valid_at,latitude,longitude,elevation_m,wind_10m_m_s,wind_from_deg,temperature_c,relative_humidity_pct\n";
    let rows: String = (0..30)
        .map(|hour| {
            format!("2024-08-{:02}T{:02}:00Z,34.5,-119.1,300,9,270,35,12\n", 1 + hour / 24, hour % 24)
        })
        .collect();
    fs::write(folder.path().join("stations.csv"), format!("{table}{rows}")).unwrap();
    let more = ["--at", "2024-08-02T02:00Z", "--weather", "stations.csv"];
    let (stood_in, burned) = forecast(folder.path(), "34.45,-119.10", &more);
    assert!(burned && !stood_in.iter().any(|input| input == "wind"), "{stood_in:?}");
    let shown = guira(
        folder.path(),
        &[
            "inputs",
            "show",
            "--offline",
            "--at",
            "-119.10,34.45",
            "--time",
            "2024-08-02T02:00Z",
            "--horizon",
            "2h",
            "--weather",
            "stations.csv",
        ],
    );
    let text = said(&shown);
    assert!(shown.status.success() && text.contains("9.0 m/s  270"), "{text}");
    assert!(text.contains("dead fuel moisture: conditioned by 29 hours"), "{text}");
    assert!(fs::metadata(folder.path().join("inputs.png")).unwrap().len() > 10_000);
}

#[test]
fn a_mistyped_place_is_told_with_the_order_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let out = guira(folder.path(), &["forecast", "--at-point", "-119.10,34.45", "--out", "out"]);
    assert!(
        !out.status.success() && said(&out).contains("needed latitude,longitude in this order"),
        "{}",
        said(&out)
    );
    let out = guira(folder.path(), &["inputs", "fetch", "--bbox", "-130,30,-110,50"]);
    assert!(
        !out.status.success() && said(&out).contains("needed at most 4 square degrees"),
        "{}",
        said(&out)
    );
}

#[test]
fn a_fetch_that_gets_nothing_of_an_input_fails_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    // No tile is a sea, which is an answer; the weather is not there.
    let server =
        Replay::start(|asked| Reply::status(if asked.target.starts_with("/dem") { 404 } else { 403 }));
    let settings = format!(
        "[inputs.online]\nterrain = [\"copernicus-glo-30\"]\nfuel = []\nweather = [\"open-meteo\"]\nassets = []\n\
         private_hosts = [\"127.0.0.1\"]\naddresses = {{ copernicus-glo-30 = \"{origin}/dem\", open-meteo = \"{origin}/wind\" }}\n",
        origin = server.origin
    );
    fs::write(folder.path().join("guira.toml"), settings).unwrap();
    let fetch = ["inputs", "fetch", "--config", "guira.toml", "--bbox", "-119.2,34.2,-119.1,34.3"];
    let out = guira(folder.path(), &fetch);
    let text = said(&out);
    assert_eq!(out.status.code(), Some(1), "{text}");
    assert!(text.contains("nothing came for any piece of the box"), "{text}");
    assert!(
        text.contains("\n  wind: built-in") && text.contains("open-meteo: ") && text.contains("answered 403"),
        "{text}"
    );
    assert!(!text.contains("\n  terrain: ") && !text.contains("\n  fuel: "), "{text}");
    assert!(text.contains("requests, nothing fetched\n"), "{text}");
}

#[test]
fn west_and_east_that_are_swapped_are_told_from_a_box_across_the_antimeridian() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody is asked: the box is looked at before.
    fs::write(folder.path().join("guira.toml"), "[inputs.online]\nenabled = false\n").unwrap();
    for (bbox, expected) in [
        (
            "-118.8,34.2,-119.6,34.7",
            "found west -118.8 and east -119.6, with west east of east: are they swapped?",
        ),
        ("-179.8,-17,179.8,-16.5", "nearly all around the Earth: are they swapped?"),
        ("179.8,-17,-179.8,-16.5", "inputs.online.enabled is false"),
        ("-130,30,-110,50", "needed at most 4 square degrees, found 400.0"),
    ] {
        let out = guira(folder.path(), &["inputs", "fetch", "--config", "guira.toml", "--bbox", bbox]);
        assert!(!out.status.success() && said(&out).contains(expected), "{bbox}: {}", said(&out));
    }
}
