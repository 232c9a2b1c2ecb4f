//! Real fires through `guira forecast` as a user runs it: valid, nested perimeters, and the same bytes on any number of
//! threads.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use geo::{
    Area, BooleanOps, Contains, Coord, Intersects, Line, LineString, LinesIter, MultiPolygon, Point, Polygon,
};
use serde_json::Value;

use crate::inputs::reference_data;

/// Runs the command and gives what it printed and the collection that it wrote.
pub(crate) fn forecast(arguments: &[&str], out: &Path) -> (String, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_guira"))
        .arg("forecast")
        .args(arguments)
        .arg("--out")
        .arg(out)
        .output()
        .expect("the program starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for file in ["forecast.geojson", "arrival_p50.tif", "forecast.png"] {
        assert!(out.join(file).metadata().expect("it was written").len() > 500, "{file} is too small");
    }
    let text = std::fs::read_to_string(out.join("forecast.geojson")).expect("it was written");
    (printed, serde_json::from_str(&text).expect("the collection is JSON"))
}

/// The collection's perimeters of one fire by lead time and percentile.
pub(crate) fn perimeters(collection: &Value, cluster: &str) -> Vec<(u64, u64, MultiPolygon<f64>)> {
    let features = collection["features"].as_array().expect("features");
    let of_fire = features.iter().filter(|feature| feature["properties"]["cluster_id"] == cluster);
    of_fire
        .map(|feature| {
            let property = |name: &str| feature["properties"][name].as_u64().expect("a whole number");
            (
                property("lead_time_s"),
                property("percentile"),
                multipolygon(&feature["geometry"]["coordinates"]),
            )
        })
        .collect()
}

pub(crate) fn multipolygon(coordinates: &Value) -> MultiPolygon<f64> {
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let number = |value: &Value| value.as_f64().expect("a number");
    let ring = |value: &Value| -> LineString<f64> {
        list(value).iter().map(|at| Coord { x: number(&at[0]), y: number(&at[1]) }).collect()
    };
    list(coordinates)
        .iter()
        .map(|polygon| {
            let mut rings = list(polygon).iter().map(ring).collect::<Vec<_>>().into_iter();
            Polygon::new(rings.next().expect("an exterior ring"), rings.collect())
        })
        .collect()
}

/// Pairs of edges that meet anywhere but at the corner that two neighbours share: none in valid rings that keep apart.
///
/// Edges are compared with those of the same small boxes only, for a perimeter has tens of thousands of them.
fn crossings(perimeter: &MultiPolygon<f64>) -> usize {
    /// Edge of a box, degrees: some cells of 30 m.
    const BOX_DEG: f64 = 0.001;
    let mut boxes: HashMap<(i64, i64), Vec<Line<f64>>> = HashMap::new();
    for edge in perimeter.lines_iter() {
        let span = |a: f64, b: f64| (a.min(b) / BOX_DEG).floor() as i64..=(a.max(b) / BOX_DEG).floor() as i64;
        for x in span(edge.start.x, edge.end.x) {
            for y in span(edge.start.y, edge.end.y) {
                boxes.entry((x, y)).or_default().push(edge);
            }
        }
    }
    let meet = |a: &Line<f64>, b: &Line<f64>| {
        let neighbours = a.start == b.end || a.end == b.start;
        !neighbours && a.intersects(b)
    };
    let in_box = |edges: &Vec<Line<f64>>| {
        let pairs = edges.iter().enumerate().flat_map(|(at, a)| edges[..at].iter().map(move |b| (a, b)));
        pairs.filter(|(a, b)| meet(a, b)).count()
    };
    boxes.values().map(in_box).sum()
}

/// RFC 7946's rings, valid polygons, and p10 inside p50 inside p90 at every lead time.
fn check(perimeters: &[(u64, u64, MultiPolygon<f64>)], lead_times: usize) {
    assert_eq!(perimeters.len(), 3 * lead_times);
    for (lead_time_s, percentile, perimeter) in perimeters {
        assert!(perimeter.unsigned_area() > 0.0, "p{percentile} at {lead_time_s} s is empty");
        assert_eq!(crossings(perimeter), 0, "p{percentile} at {lead_time_s} s crosses or touches itself");
        for polygon in perimeter {
            assert!(
                Polygon::new(polygon.exterior().clone(), vec![]).signed_area() > 0.0,
                "exteriors run left"
            );
            let hole_area = |hole: &LineString<f64>| Polygon::new(hole.clone(), vec![]).signed_area();
            assert!(polygon.interiors().iter().all(|hole| hole_area(hole) < 0.0), "holes run right");
        }
    }
    for at_lead in perimeters.chunks(3) {
        for pair in at_lead.windows(2) {
            let outside = pair[0].2.difference(&pair[1].2).unsigned_area() / pair[0].2.unsigned_area();
            assert!(outside < 1e-6, "{outside} of p{} lies outside p{}", pair[0].1, pair[1].1);
        }
    }
}

#[test]
fn thomas_2017_from_its_first_pass_stops_at_the_ocean() {
    let Some(data) = reference_data() else { return };
    let fire = data.join("fires/thomas_2017");
    let path = |inside: &str| fire.join(inside).display().to_string();
    let detections = path("detections/viirs_snpp_nrt_20171204_20171216.csv");
    let assets = data.join("assets/thomas_2017_assets.geojson").display().to_string();
    let (landscape, weather) = (path("landscape"), path("weather"));
    let out = tempfile::tempdir().expect("a temporary folder");
    let (printed, collection) = forecast(
        &[
            "--detections",
            &detections,
            "--at",
            "2017-12-05T10:00Z",
            "--horizon",
            "12h",
            "--landscape",
            &landscape,
            "--weather",
            &weather,
            "--assets",
            &assets,
            "--verify",
            &detections,
            "--verify-at",
            "2017-12-05T20:24Z",
        ],
        out.path(),
    );
    let score =
        printed.split("intersection over union ").nth(1).and_then(|rest| rest.get(..5)).expect("a score");
    let score: f64 = score.parse().expect("a number");
    assert!((score - 0.703).abs() < 0.02, "the score was 0.703 when it was published, now {score}");
    let main = &collection["forecasts"].as_array().expect("two fires")[0];
    assert_eq!((main["method"].as_str(), main["detection_count"].as_u64()), (Some("physx"), Some(828)));
    let perimeters = perimeters(&collection, main["cluster_id"].as_str().expect("an id"));
    check(&perimeters, 4);
    let largest = &perimeters.last().expect("perimeters").2;
    let (ocean, inland) = (Point::new(-119.33, 34.26), Point::new(-119.20, 34.36));
    assert!(!largest.contains(&ocean) && largest.contains(&inland));
}

#[test]
fn glass_2020_gives_the_same_bytes_on_one_thread_and_on_two() {
    let Some(data) = reference_data() else { return };
    let fire = data.join("fires/glass_2020");
    let path = |inside: &str| fire.join(inside).display().to_string();
    let (landscape, weather) = (path("landscape"), path("weather"));
    let (early, late) = (path("detections/viirs_snpp_nrt.csv"), path("detections/viirs_noaa20_nrt.csv"));
    // An asset in the fire, so that the members run over real ground.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let assets = folder.path().join("assets.geojson");
    let text = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[-122.497,38.563]},"properties":{"id":"a"}}"#;
    std::fs::write(&assets, format!(r#"{{"type":"FeatureCollection","features":[{text}]}}"#))
        .expect("it is written");
    let assets = assets.display().to_string();
    let bytes = |threads: &str| {
        let out = folder.path().join(threads);
        let (_, collection) = forecast(
            &[
                "--detections",
                &early,
                "--detections",
                &late,
                "--at",
                "2020-09-27T22:30Z",
                "--horizon",
                "12h",
                "--landscape",
                &landscape,
                "--weather",
                &weather,
                "--assets",
                &assets,
                "--threads",
                threads,
            ],
            &out,
        );
        assert_eq!(collection["method"], "physx");
        check(&perimeters(&collection, collection["cluster_id"].as_str().expect("an id")), 4);
        ["forecast.geojson", "assets.json", "arrival_p50.tif", "forecast.png"]
            .map(|file| std::fs::read(out.join(file)).expect("it was written"))
    };
    assert!(bytes("1") == bytes("2"), "one thread and two give other bytes");
}

#[test]
fn a_path_that_is_not_there_leaves_the_earlier_results() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let sample = "samples/thomas_2017_request.json";
    forecast(&["--detections", sample, "--horizon", "1h"], out.path());
    let refused = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_guira"))
            .arg("forecast")
            .args(arguments)
            .arg("--out")
            .arg(out.path())
            .output()
            .expect("the program starts");
        assert!(!output.status.success());
        assert!(out.path().join("forecast.geojson").exists(), "nothing was computed, so nothing goes");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let error = refused(&["--detections", sample, "--landscape", "no-such-folder"]);
    assert!(error.contains("--landscape") && error.contains("no-such-folder"), "{error}");
    let error = refused(&["--detections", "no-such-file.csv"]);
    assert!(error.contains("no-such-file.csv") && error.matches("os error 2").count() == 1, "{error}");
}

#[test]
fn a_landscape_that_does_not_cover_the_fire_is_an_error() {
    let Some(data) = reference_data() else { return };
    let landscape = data.join("fires/glass_2020/landscape").display().to_string();
    let out = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["forecast", "--detections", "samples/thomas_2017_request.json", "--horizon", "1h"])
        .args(["--landscape", &landscape, "--out"])
        .arg(out.path())
        .output()
        .expect("the program starts");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && error.contains("--landscape") && error.contains("built-in"),
        "{error}"
    );
}
