//! `guira forecast --from-perimeter` as a user runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use firecore::geo::Bounds;
use geo::{Area, BooleanOps, BoundingRect, Contains, MultiPolygon, Point};
use guira::inputs::{ConfiguredInputs, InputSettings, Inputs};
use serde_json::{Value, json};

use crate::hindcast::{forecast, multipolygon, perimeters};
use crate::inputs::reference_data;

/// A square of 1.74 km by 1.67 km with an island that has not burned.
fn square() -> Value {
    let ring = |west: f64, south: f64, size: f64| {
        json!([
            [west, south],
            [west + size, south],
            [west + size, south + 0.75 * size],
            [west, south + 0.75 * size],
            [west, south]
        ])
    };
    json!({
        "type": "Feature",
        "properties": { "time": "2020-09-28T06:00:00Z" },
        "geometry": { "type": "Polygon", "coordinates": [ring(-122.52, 38.55, 0.02), ring(-122.513, 38.556, 0.006)] },
    })
}

fn file(folder: &Path, name: &str, content: &Value) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content.to_string()).expect("a file can be written");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in words")
}

/// Perimeters of the only fire.
fn of_the_fire(collection: &Value) -> Vec<(u64, u64, MultiPolygon<f64>)> {
    let id = collection["features"][0]["properties"]["cluster_id"].as_str().expect("an id");
    perimeters(collection, id)
}

#[test]
fn a_mapped_square_burns_from_its_start_and_goes_on_at_its_edges() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let map = file(out.path(), "square.geojson", &square());
    for method in ["physx", "surrogate"] {
        let arguments =
            ["--from-perimeter", text(&map), "--method", method, "--members", "3", "--horizon", "1h"];
        let (printed, collection) = forecast(&arguments, out.path());
        assert!(printed.contains("mapped, 0 detections, forecast from 2020-09-28T06:00:00Z"), "{printed}");
        let drawn = multipolygon(&json!([square()["geometry"]["coordinates"]]));
        let burned = of_the_fire(&collection);
        for (_, percentile, perimeter) in &burned {
            let left_out = drawn.difference(perimeter).unsigned_area() / drawn.unsigned_area();
            assert!(left_out < 0.001, "{method}: {left_out} of the map is not in p{percentile}");
            assert!(perimeter.unsigned_area() > 1.05 * drawn.unsigned_area(), "{method}: it grows");
        }
        let island = Point::new(-122.51, 38.55825);
        assert_eq!(
            burned[2].2.contains(&island),
            method == "surrogate",
            "{method} knows the island or does not"
        );
    }
}

#[test]
fn detections_beside_a_map_join_where_they_are_newer_and_near() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let map = file(out.path(), "square.geojson", &square());
    let detection = |longitude: f64, timestamp: &str| {
        json!({
            "source": "drone", "latitude": 38.555, "longitude": longitude, "confidence": 0.9, "timestamp": timestamp,
        })
    };
    let detections = json!({ "detections": [
        detection(-122.496, "2020-09-28T07:30:00Z"),
        detection(-122.515, "2020-09-28T05:00:00Z"),
        detection(-122.40, "2020-09-28T08:00:00Z"),
    ] });
    let detections = file(out.path(), "detections.json", &detections);
    let arguments = ["--from-perimeter", text(&map), "--detections", text(&detections), "--horizon", "1h"];
    let (printed, collection) = forecast(&arguments, out.path());
    assert!(printed.contains("1 of 3 detections are newer than the map and near it"), "{printed}");
    assert!(printed.contains("mapped, 1 detection, forecast from 2020-09-28T07:30:00Z"), "{printed}");
    assert!(of_the_fire(&collection)[0].2.contains(&Point::new(-122.496, 38.555)));
}

#[test]
fn what_is_no_map_is_named_with_what_was_needed_and_found() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let refused = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_guira"))
            .args(["forecast", "--from-perimeter"])
            .args(arguments)
            .arg("--out")
            .arg(out.path())
            .output()
            .expect("the program starts");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let (mut points, mut timeless) = (square(), square());
    points["geometry"] = json!({ "type": "Point", "coordinates": [-122.5, 38.5] });
    timeless["properties"] = json!({});
    let [map, points, timeless] = [("map", square()), ("points", points), ("timeless", timeless)]
        .map(|(name, content)| file(out.path(), &format!("{name}.geojson"), &content));
    let cases = [
        (vec!["no-such-file.geojson"], vec!["--from-perimeter", "no-such-file.geojson"]),
        (vec!["samples/fires.csv"], vec!["samples/fires.csv is no GeoJSON"]),
        (vec![text(&points)], vec!["points.geojson, feature 1", "Polygon", "found points"]),
        (vec![text(&timeless)], vec!["timeless.geojson", "`time`", "--at"]),
        (vec![text(&map), "--at", "2020-09-28T05:00Z"], vec!["map.geojson", "2020-09-28T06:00:00Z"]),
    ];
    for (arguments, words) in cases {
        let error = refused(&arguments);
        assert!(words.iter().all(|word| error.contains(word)), "{words:?} in {error}");
    }
}

#[tokio::test]
async fn thomas_2017_goes_on_from_an_infrared_perimeter() {
    let Some(data) = reference_data() else { return };
    let fire = data.join("fires/thomas_2017");
    let progression =
        std::fs::read_to_string(fire.join("perimeters/geomac_progression.geojson")).expect("the perimeters");
    let progression: Value = serde_json::from_str(&progression).expect("GeoJSON");
    let features = progression["features"].as_array().expect("features");
    let mapped = features
        .iter()
        .find(|feature| feature["properties"]["perimeter_time_utc"] == "2017-12-07T05:58:00Z")
        .expect("the first infrared perimeter");
    let out = tempfile::tempdir().expect("a temporary folder");
    let (map, landscape, weather) =
        (file(out.path(), "thomas.geojson", mapped), fire.join("landscape"), fire.join("weather"));
    let arguments = [
        ["--from-perimeter", text(&map)],
        ["--at", "2017-12-07T05:58Z"],
        ["--landscape", text(&landscape)],
        ["--weather", text(&weather)],
        ["--members", "2"],
        ["--horizon", "1h"],
    ];
    let (printed, collection) = forecast(&arguments.concat(), out.path());
    assert!(printed.contains("mapped, 0 detections, forecast from 2017-12-07T05:58:00Z"), "{printed}");
    let drawn = multipolygon(&mapped["geometry"]["coordinates"]);
    let p10 = &of_the_fire(&collection)[0].2;
    let kept = p10.intersection(&drawn).unsigned_area() / drawn.unsigned_area();
    println!("{kept:.4} of the mapped ground is in p10");
    let rect = drawn.bounding_rect().expect("it has corners");
    let area = Bounds {
        west_deg: rect.min().x,
        south_deg: rect.min().y,
        east_deg: rect.max().x,
        north_deg: rect.max().y,
    };
    let inputs = InputSettings { landscapes: vec![landscape], ..InputSettings::default() };
    let start = "2017-12-07T05:58:00Z".parse().expect("a time");
    let set = ConfiguredInputs::new(inputs).fetch(area, start, 3600).await.expect("the landscape");
    let ground = set.landscape;
    let (mut burnable, mut burned) = (0, 0);
    // What is not in p10 cannot burn: water, orchards and streets. Every 1009th cell: some 500 in the map.
    for at in (0..ground.shape.len()).step_by(1009).filter(|at| ground.burns(*at)) {
        let centre = ground.shape.centre(at / ground.shape.cols, at % ground.shape.cols);
        let place = ground.frame.to_lon_lat(centre);
        let place = Point::new(place.lon_deg(), place.lat_deg());
        if drawn.contains(&place) {
            burnable += 1;
            burned += usize::from(p10.contains(&place));
        }
    }
    assert!(burnable > 300 && burned == burnable, "{burned} of {burnable} cells that can burn have burned");
}

/// A layer's values.
fn layer(folder: &Path, name: &str) -> Vec<f32> {
    let file = std::fs::File::open(folder.join(name)).expect(name);
    let mut decoder = tiff::decoder::Decoder::new(std::io::BufReader::new(file)).expect("a TIFF");
    let tiff::decoder::DecodingResult::F32(values) = decoder.read_image().expect("its values") else {
        panic!("{name} is not float32")
    };
    values
}

#[test]
fn layers_say_how_the_front_moved_where_it_came() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let map = file(out.path(), "square.geojson", &square());
    let common = [
        "--from-perimeter",
        text(&map),
        "--members",
        "2",
        "--horizon",
        "1h",
        "--arrival-layers",
        "--no-spotting",
    ];
    let (printed, _) = forecast(&[&common[..], &["--method", "physx"]].concat(), out.path());
    assert!(printed.contains("control_crown_class.tif"), "{printed}");
    let [hours, rate, toward, intensity, flame, class] =
        ["arrival", "rate_of_spread", "spread_toward", "fireline_intensity", "flame_length", "crown_class"]
            .map(|name| layer(out.path(), &format!("control_{name}.tif")));
    let (mut started, mut reached, mut eastward) = (0, 0, 0);
    for at in 0..hours.len() {
        match (hours[at], rate[at]) {
            (-9999.0, found) => assert_eq!(found, -9999.0, "nothing came there"),
            (0.0, found) => {
                started += 1;
                assert_eq!(found, -9999.0, "it had burned");
            }
            _ => {
                reached += 1;
                assert!(rate[at] > 0.0 && intensity[at] > 0.0 && flame[at] > 0.0);
                assert!((0.0..360.0).contains(&toward[at]) && class[at] == 0.0, "grass, no crowns");
                // Byram's flame length: 0.0775 I^0.46.
                assert!((flame[at] / (0.0775 * intensity[at].powf(0.46)) - 1.0).abs() < 0.01);
                eastward += usize::from((toward[at] - 90.0).abs() < 20.0);
            }
        }
    }
    // 289 ha and an island of 26 ha in cells of 30 m.
    assert!((2_700..3_050).contains(&started), "{started} cells had burned");
    assert!(
        reached > 500 && eastward > 200,
        "{eastward} of {reached} cells are the head's, before a west wind"
    );
}

#[test]
fn layers_of_a_surrogate_are_refused() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let map = file(out.path(), "square.geojson", &square());
    let output = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["forecast", "--from-perimeter", text(&map), "--members", "2", "--horizon", "1h"])
        .args(["--arrival-layers", "--method", "surrogate", "--out"])
        .arg(out.path())
        .output()
        .expect("the program starts");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && error.contains("--arrival-layers") && error.contains("surrogate"),
        "{error}"
    );
    assert!(out.path().join("forecast.geojson").exists() && !out.path().join("control_arrival.tif").exists());
}
