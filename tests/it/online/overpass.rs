//! Assets from OpenStreetMap by the Overpass API, through the command that users type. The answers are made: none was recorded.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use guira::inputs::assets::read_file;

use crate::support::replay::{Asked, Replay, Reply};

/// A box of one part.
const BOX: &str = "-119.5,34.2,-119.1,34.6";

const HOSPITAL: &str = r#"{ "type": "node", "id": 7, "lat": 34.45, "lon": -119.1,
    "tags": { "amenity": "hospital", "name": "Ojai \"Valley\"" } }"#;
const LINE: &str = r#"{ "type": "way", "id": 12, "nodes": [1, 2], "tags": { "power": "line" },
    "bounds": { "minlat": 34.3, "minlon": -119.2, "maxlat": 34.5, "maxlon": -118.5 },
    "geometry": [{ "lat": 34.3, "lon": -119.2 }, { "lat": 34.5, "lon": -118.5 }] }"#;
const SCHOOL: &str = r#"{ "type": "way", "id": 13, "nodes": [1, 2, 3, 1], "tags": { "amenity": "school" }, "geometry": [
    { "lat": 34.3, "lon": -119.2 }, { "lat": 34.3, "lon": -119.19 }, { "lat": 34.31, "lon": -119.2 }, { "lat": 34.3, "lon": -119.2 }] }"#;

/// An answer with elements, as the public server writes it.
fn answer(elements: &[&str]) -> String {
    answer_of("2025-08-14T20:30:00Z", elements)
}

fn answer_of(as_of: &str, elements: &[&str]) -> String {
    format!(
        r#"{{ "version": 0.6, "generator": "Overpass API 0.7.62.7", "osm3s": {{ "timestamp_osm_base": "{as_of}",
            "copyright": "The data included in this document is from www.openstreetmap.org. The data is made available under ODbL." }},
            "elements": [{}] }}"#,
        elements.join(",")
    )
}

/// What `guira` does in a folder whose settings ask one server.
fn guira(server: &Replay, folder: &Path, arguments: &[&str]) -> Output {
    let settings = format!(
        "[inputs.online]\nterrain = []\nfuel = []\nweather = []\nprivate_hosts = [\"127.0.0.1\"]\ncontact = \"duty@example.org\"\n\
         cache_dir = {:?}\naddresses = {{ overpass = \"{}/api/interpreter\" }}\n",
        folder.join("cache"),
        server.origin
    );
    fs::write(folder.join("guira.toml"), settings).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_guira"));
    command.args(arguments).args(["--config", "guira.toml"]).current_dir(folder).output().unwrap()
}

fn fetch(server: &Replay, folder: &Path, bbox: &str, wait_s: u32) -> Output {
    let wait_s = wait_s.to_string();
    guira(
        server,
        folder,
        &["inputs", "fetch", "--bbox", bbox, "--assets", "assets.json", "--wait-s", &wait_s],
    )
}

fn printed(out: &Output) -> String {
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout.clone()).unwrap()
}

fn refused(out: &Output) -> String {
    assert!(!out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    String::from_utf8(out.stderr.clone()).unwrap()
}

/// Files of a folder but for the settings and the cache.
fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !matches!(name.as_str(), "guira.toml" | "cache" | "guira-data")).collect()
}

/// The query that was asked, without what an address escapes.
fn query(asked: &Asked) -> String {
    let mut bytes = asked.target.split_once("?data=").unwrap().1.bytes();
    let mut text = Vec::new();
    while let Some(byte) = bytes.next() {
        let digits = |bytes: &mut std::str::Bytes<'_>| [bytes.next().unwrap(), bytes.next().unwrap()];
        text.push(match byte {
            b'%' => u8::from_str_radix(std::str::from_utf8(&digits(&mut bytes)).unwrap(), 16).unwrap(),
            byte => byte,
        });
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn assets_of_a_box_are_fetched_into_a_file_that_forecasts_take() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|_| Reply::json(answer(&[HOSPITAL, LINE, SCHOOL])));
    let text = printed(&fetch(&server, folder.path(), BOX, 20));
    for said in [
        "1 hospital\n",
        "1 power_line\n",
        "3 assets written to assets.json, OpenStreetMap as of 2025-08-14T20:30:00Z\n",
        "© OpenStreetMap contributors; Open Database License (ODbL) 1.0",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].target.starts_with("/api/interpreter?data=") && asked[0].target.len() < 8_000,
        "{asked:?}"
    );
    assert!(asked[0].user_agent.starts_with("guira/") && asked[0].user_agent.ends_with("(duty@example.org)"));
    let query = query(&asked[0]);
    for said in [
        "[out:json][timeout:60][maxsize:268435456][bbox:34.200000,-119.500000,34.600000,-119.100000];",
        "fire_station|",
        ");out geom qt;",
    ] {
        assert!(query.contains(said), "{said}: {query}");
    }
    let assets = read_file(&folder.path().join("assets.json")).unwrap();
    let ids: Vec<&str> = assets.iter().map(|asset| asset.id.as_str()).collect();
    assert_eq!(ids, ["node/7", "way/12", "way/13"]);
    assert_eq!(assets[0].name.as_deref(), Some("Ojai \"Valley\""));
    let whole = fs::read_to_string(folder.path().join("assets.json")).unwrap();
    assert!(
        whole.contains("© OpenStreetMap contributors") && whole.contains("2025-08-14T20:30:00Z"),
        "{whole}"
    );
    assert_eq!(left(folder.path()), ["assets.json"]);

    let flags = ["forecast", "--at-point", "34.44,-119.1", "--assets", "assets.json", "--offline"];
    let made = guira(
        &server,
        folder.path(),
        &[&flags[..], &["--method", "surrogate", "--members", "2", "--out", "out"]].concat(),
    );
    printed(&made);
    let assets = fs::read_to_string(folder.path().join("out/assets.json")).unwrap();
    assert!(assets.contains("node/7"), "{assets}");
    assert_eq!(server.asked().len(), 1, "a forecast asks nobody for assets");
}

#[test]
fn a_large_box_is_asked_for_in_parts_and_what_lies_in_two_is_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let down = std::sync::Arc::new(Mutex::new(true));
    let is_down = std::sync::Arc::clone(&down);
    let server = Replay::start(move |asked| match query(asked).contains(",-119.100000];") {
        true => Reply::json(answer(&[LINE, HOSPITAL])),
        false if *is_down.lock().unwrap() => Reply::status(500),
        false => Reply::json(answer_of("2025-08-13T01:02:03Z", &[LINE])),
    });
    let both = "-119.5,34.2,-118.7,34.6";
    let error = refused(&fetch(&server, folder.path(), both, 20));
    assert!(error.contains("answered 500"), "{error}");
    assert!(left(folder.path()).is_empty());
    let before = server.asked().len();
    *down.lock().unwrap() = false;
    let text = printed(&fetch(&server, folder.path(), both, 20));
    assert!(
        text.contains("2 assets written to assets.json, OpenStreetMap as of 2025-08-13T01:02:03Z"),
        "{text}"
    );
    assert_eq!(server.asked().len(), before + 1, "what was answered is kept");
    assert_eq!(read_file(&folder.path().join("assets.json")).unwrap().len(), 2);
}

/// Each fault is told as what it is, and the file of the last fetch stays as it was.
#[test]
fn every_fault_of_the_server_is_named_and_leaves_no_half_file() {
    let good = answer(&[HOSPITAL, LINE]);
    let busy = "<?xml version=\"1.0\"?>\n<html><head><title>OSM3S Response</title></head><body><p>The data is made available under ODbL.</p>\
        <p><strong style=\"color:#FF0000\">Error</strong>: runtime error: rate_limited. Please check /api/status</p></body></html>";
    let html = |status: u16| Reply { status, ..Reply::of("text/html; charset=utf-8", busy) };
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from));
        Reply::json(good.replace(from, to))
    };
    let remarked =
        |remark: &str| changed("\"version\": 0.6", &format!("\"version\": 0.6, \"remark\": \"{remark}\""));
    let faults: Vec<(&str, Reply)> = vec![
        ("answered 500: status 500", Reply::status(500)),
        ("no whole answer within", Reply { wait: Duration::from_secs(4), ..Reply::json(good.clone()) }),
        ("/api/interpreter: ", Reply { cut_at: Some(200), ..Reply::json(good.clone()) }),
        ("cut short", Reply::json(&good.as_bytes()[..good.len() - 20])),
        ("needed features, found an object without a type", changed("\"elements\"", "\"features_of_osm\"")),
        (
            "needed elements with a place and a tag that was asked for, found none among 2",
            changed("\"tags\"", "\"labels\""),
        ),
        ("is no Overpass JSON: missing field `type`", changed("\"type\": \"node\"", "\"class\": \"node\"")),
        ("is no Overpass JSON: invalid type", changed("\"lat\": 34.45", "\"lat\": \"34.45\"")),
        (
            "needed Overpass JSON, found GeoJSON",
            Reply::json("{\"type\": \"FeatureCollection\", \"features\": []}"),
        ),
        ("needed GeoJSON, CSV", Reply::json("[]")),
        ("needed application/json", html(200)),
        (
            "answered 400: OSM3S Response The data is made available under ODbL. Error : runtime error: rate_limited.",
            html(400),
        ),
        ("answered 406", Reply::status(406)),
        (
            "is not whole: runtime error: Query timed out",
            remarked("runtime error: Query timed out in \\\"query\\\" at line 1 after 61 seconds."),
        ),
        (
            "is not whole: runtime error: Query run out of memory",
            remarked("runtime error: Query run out of memory using about 256 MB of RAM."),
        ),
        ("number out of range", changed("34.45", "1e999")),
        ("node/7", changed("34.45", "95.5")),
        (
            "needed nodes in the box -119.5,34.2,-119.1,34.6, found node/7 outside",
            changed("\"lon\": -119.1,", "\"lon\": -118.1,"),
        ),
        ("there is no such thing (404)", Reply::status(404)),
        ("found a redirect", Reply::status(302).header("Location", "https://example.org/")),
        ("the answer has more than 67108864 bytes", Reply::json(vec![b' '; (64 << 20) + 1])),
    ];
    for (said, reply) in faults {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("assets.json");
        fs::write(&file, "before").unwrap();
        let server = Replay::start(move |_| reply.clone());
        let error = refused(&fetch(&server, folder.path(), BOX, 2));
        assert!(error.contains(said) && error.contains("assets.json was not written"), "{said}: {error}");
        assert_eq!(
            (fs::read_to_string(&file).unwrap().as_str(), left(folder.path())),
            ("before", vec!["assets.json".to_owned()])
        );
        // What was refused is not kept as an answer either.
        let entries = fs::read_dir(folder.path().join("cache")).map(Iterator::count).unwrap_or_default();
        assert_eq!(entries, 0, "{said}");
    }
}

#[test]
fn a_remark_that_is_no_error_is_told_and_stays_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let said = "\"version\": 0.6, \"remark\": \"areas are two days old\"";
    let server = Replay::start(move |_| Reply::json(answer(&[HOSPITAL]).replace("\"version\": 0.6", said)));
    let text = printed(&fetch(&server, folder.path(), BOX, 20));
    assert!(text.contains("! the Overpass server remarked: areas are two days old"), "{text}");
    let file = fs::read_to_string(folder.path().join("assets.json")).unwrap();
    assert!(file.contains("areas are two days old"), "{file}");
}

#[test]
fn a_busy_server_is_asked_again_when_it_said_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let first = Mutex::new(None);
    let server = Replay::start(move |_| {
        let mut first = first.lock().unwrap();
        let began: &mut Instant = match &mut *first {
            Some(began) => began,
            none => {
                *none = Some(Instant::now());
                return Reply::status(429).header("Retry-After", "1");
            }
        };
        match began.elapsed() >= Duration::from_secs(1) {
            true => Reply::json(answer(&[HOSPITAL])),
            false => Reply::status(418),
        }
    });
    printed(&fetch(&server, folder.path(), BOX, 20));
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_busy_server_that_asks_for_no_time_gets_some_seconds_and_few_questions() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|_| Reply::status(429).header("Retry-After", "0"));
    let began = Instant::now();
    let error = refused(&fetch(&server, folder.path(), BOX, 5));
    assert!(error.contains("it is to be left alone for 6 s, and "), "{error}");
    assert_eq!(server.asked().len(), 2);
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn a_server_that_is_busy_for_longer_than_is_waited_is_asked_once_and_the_time_told() {
    for (reply, pause_s) in [
        (Reply::status(429).header("Retry-After", "600"), 600),
        (Reply::status(504).header("Retry-After", "45"), 45),
        // Its operators want half a minute where it names no time.
        (Reply::status(429), 30),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Replay::start(move |_| reply.clone());
        let error = refused(&fetch(&server, folder.path(), BOX, 5));
        assert!(error.contains(&format!("it is to be left alone for {pause_s} s, and ")), "{error}");
        assert_eq!(server.asked().len(), 1);
        assert!(left(folder.path()).is_empty());
    }
}

#[test]
fn what_cannot_be_fetched_or_written_is_said_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|_| Reply::json(answer(&[HOSPITAL])));
    let fetch = |bbox: &str, file: &str, more: &[&str]| {
        refused(&guira(
            &server,
            folder.path(),
            &[&["inputs", "fetch", "--bbox", bbox, "--assets", file], more].concat(),
        ))
    };
    for (bbox, file, more, said) in [
        ("-125,30,-110,40", "a.json", &[][..], "--bbox: needed at most 4 square degrees, found 150.0"),
        (
            "-140,34,-100,34.05",
            "a.json",
            &[],
            "--bbox: needed a box of at most 32 parts of 0.5 degrees, found 80",
        ),
        (BOX, "no/a.json", &[], "needed the folder no, found none"),
        (BOX, ".", &[], "--assets .: needed a file"),
        (BOX, "a.json", &["--landscape", "."], "cannot be used with"),
    ] {
        let error = fetch(bbox, file, more);
        assert!(error.contains(said), "{said}: {error}");
    }
    for (setting, said) in [
        ("enabled = false", "inputs.online.enabled is false: nothing is fetched"),
        ("assets = []", "inputs.online.assets: needed overpass, found nobody"),
        ("assets = [\"nws\"]", "field inputs.online.assets: nws gives weather, not assets"),
    ] {
        fs::write(folder.path().join("guira.toml"), format!("[inputs.online]\n{setting}\n")).unwrap();
        let out = Command::new(env!("CARGO_BIN_EXE_guira"))
            .args(["inputs", "fetch", "--bbox", BOX, "--assets", "a.json", "--config", "guira.toml"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let error = refused(&out);
        assert!(error.contains(said), "{said}: {error}");
    }
    assert!(server.asked().is_empty() && left(folder.path()).is_empty());
}

#[test]
fn the_doctor_asks_the_server_how_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|_| {
        Reply::of("text/plain", "Connected as: 1\nRate limit: 2\n2 slots available now.\n")
    });
    let found = |server: &Replay| {
        let text = String::from_utf8(guira(server, folder.path(), &["doctor"]).stdout).unwrap();
        text.lines()
            .find(|line| line.contains("provider overpass"))
            .unwrap_or_else(|| panic!("{text}"))
            .to_owned()
    };
    let line = found(&server);
    assert!(line.starts_with("ok") && line.contains("answers in"), "{line}");
    let targets: Vec<String> = server.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(targets, ["/api/status"]);
    let failing = Replay::start(|_| Reply::status(504));
    let line = found(&failing);
    assert!(line.starts_with("warning") && line.contains("answered 504"), "{line}");
}
