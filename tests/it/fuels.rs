//! Custom fuel models and other classifications through `guira forecast`, on small rasters written here.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

use firecore::geo::{EastNorth, LocalFrame};
use serde_json::Value;
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

/// Rows and columns of the rasters; the fire starts in their middle.
const EDGE: u32 = 200;
const WEST_M: f64 = 300_000.0;
const NORTH_M: f64 = 3_800_000.0;
const CELL_M: f64 = 30.0;

/// A fuel raster in UTM zone 11: a band of `barrier` 50 cells east of the middle, `fuel` everywhere else.
fn write_fuel(path: &Path, fuel: u16, barrier: u16) {
    let cell = |at: u32| if (150..153).contains(&(at % EDGE)) { barrier } else { fuel };
    let cells: Vec<u16> = (0..EDGE * EDGE).map(cell).collect();
    let mut encoder = TiffEncoder::new(File::create(path).unwrap()).unwrap();
    let mut image = encoder.new_image::<colortype::Gray16>(EDGE, EDGE).unwrap();
    let directory = image.encoder();
    directory.write_tag(Tag::ModelPixelScaleTag, [CELL_M, CELL_M, 0.0].as_slice()).unwrap();
    directory.write_tag(Tag::ModelTiepointTag, [0.0, 0.0, 0.0, WEST_M, NORTH_M, 0.0].as_slice()).unwrap();
    // Version 1.1, projected, pixels are areas, EPSG:32611.
    let keys: [u16; 16] = [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32611];
    directory.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice()).unwrap();
    image.write_data(&cells).unwrap();
}

/// A folder with a fuel raster and a detection in its middle.
fn case(fuel: u16, barrier: u16) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_fuel(&folder.path().join("fuel.tif"), fuel, barrier);
    let half_m = f64::from(EDGE) / 2.0 * CELL_M;
    let middle = EastNorth { east_m: WEST_M + half_m, north_m: NORTH_M - half_m };
    let place = LocalFrame::utm(11, false).to_lon_lat(middle);
    let detection = format!(
        r#"{{"detections": [{{"source": "drone", "latitude": {}, "longitude": {}, "confidence": 1,
            "timestamp": "2024-08-01T12:00:00Z"}}]}}"#,
        place.lat_deg(),
        place.lon_deg()
    );
    std::fs::write(folder.path().join("fires.json"), detection).unwrap();
    folder
}

fn run(case: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["forecast", "--horizon", "6h", "--members", "3", "--method", "physx", "--detections"])
        .arg(case.join("fires.json"))
        .arg("--landscape")
        .arg(case)
        .arg("--out")
        .arg(case.join("out"))
        .args(options)
        .output()
        .unwrap()
}

/// The geometries of a forecast and its notes on fuel.
fn forecast(case: &Path, options: &[&str]) -> (Vec<Value>, Vec<String>) {
    let output = run(case, options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(case.join("out/forecast.geojson")).unwrap();
    let collection: Value = serde_json::from_str(&text).unwrap();
    let geometries: Vec<Value> = collection["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| feature["geometry"].clone())
        .collect();
    let printed = String::from_utf8_lossy(&output.stdout);
    let notes = printed.lines().filter(|line| line.contains("fuel")).map(str::to_owned).collect();
    (geometries, notes)
}

#[test]
fn a_custom_model_with_a_standard_ones_numbers_gives_the_same_forecast() {
    let standard = case(102, 98);
    let custom = case(14, 98);
    let file = custom.path().join("own.fmd");
    std::fs::write(&file, "ENGLISH\n14 OWN 0.10 0 0 1.00 0 dynamic 2000 1800 0 1.0 15 8000 8000 as GR2\n")
        .unwrap();
    let (expected, _) = forecast(standard.path(), &[]);
    let (found, notes) = forecast(custom.path(), &["--fuel-models", file.to_str().unwrap()]);
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    assert!(notes.iter().any(|note| note.contains("own.fmd") && note.contains("14 OWN")), "{notes:?}");
    // A deeper, heavier bed of the same kind burns another area.
    std::fs::write(&file, "ENGLISH\n14 OWN 0.50 0 0 2.00 0 dynamic 2000 1800 0 2.5 15 8000 8000 deeper\n")
        .unwrap();
    let (deeper, _) = forecast(custom.path(), &["--fuel-models", file.to_str().unwrap()]);
    assert_ne!(deeper, expected);
}

#[test]
fn a_canadian_raster_gives_the_forecast_of_the_models_that_stand_for_it() {
    let (standard, canadian) = (case(104, 98), case(32, 102));
    let (expected, _) = forecast(standard.path(), &[]);
    let (found, notes) = forecast(canadian.path(), &["--fuel-classification", "fbp"]);
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    assert!(notes.iter().any(|note| note.contains("classes of fbp")), "{notes:?}");
}

#[test]
fn a_mistake_is_told_with_its_file_and_line_before_anything_is_computed() {
    let case = case(14, 98);
    let file = case.path().join("own.fmd");
    std::fs::write(&file, "ENGLISH\n# own\n14 OWN 0.1 0 0 1 0 dynamic 2000 1800 0 0 15 8000 8000 flat\n")
        .unwrap();
    let output = run(case.path(), &["--fuel-models", file.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("own.fmd, line 3, depth: needed above 0 and at most 30 ft, found 0"), "{said}");
    let output = run(case.path(), &["--fuel-models", "no/such/file.fmd"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--fuel-models: there is no no/such/file.fmd"));
    let output = run(case.path(), &["--fuel-classification", "canada"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("needed one of fbp, fbp-2014,") && said.contains("canada"), "{said}");
}

#[test]
fn a_raster_of_another_map_says_that_nothing_on_it_burns() {
    let case = case(183, 183);
    let output = run(case.path(), &["--fuel-classification", "fbp"]);
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(printed.contains("does not burn") && printed.contains("no class of fbp"), "{printed}");
}
