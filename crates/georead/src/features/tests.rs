use std::path::{Path, PathBuf};

use firecore::asset::{Asset, AssetIndex};
use geo::{Geometry, Point};

use super::*;

mod hostile;
#[path = "../../tests/shared/reference.rs"]
mod reference;

fn file(name: &str) -> PathBuf {
    let folder = match name.rsplit('.').next().unwrap() {
        "gpkg" => "geopackage",
        "fgb" => "flatgeobuf",
        ending => ending,
    };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(folder).join(name)
}

fn read_text(name: &str, text: &str) -> Result<Features, String> {
    read(name, text.as_bytes(), &Options::default()).map_err(|error| error.to_string())
}

fn made(name: &str) -> Features {
    read_file(&file(name), &Options::default()).unwrap()
}

/// By id, for FlatGeobuf has its own order.
fn by_id(features: Features) -> Vec<Asset> {
    let mut assets = features.assets;
    assets.sort_by(|a, b| a.id.cmp(&b.id));
    assets
}

#[test]
fn the_same_features_in_every_format_give_the_same_assets() {
    let expected = by_id(made("made.geojson"));
    assert_eq!(expected.len(), 6);
    let clearances_s: Vec<Option<u32>> = expected.iter().map(|asset| asset.clearance_s).collect();
    assert_eq!(clearances_s, [Some(1_800), Some(14_400), None, None, None, Some(5_430)]);
    for (name, format) in [
        ("made.csv", Format::Csv),
        ("made.gpkg", Format::GeoPackage),
        ("made.fgb", Format::FlatGeobuf),
        ("noindex.fgb", Format::FlatGeobuf),
    ] {
        let features = made(name);
        assert_eq!((features.format, &features.warnings), (format, &Vec::new()), "{name}");
        assert_eq!(by_id(features), expected, "{name}");
        let bytes = std::fs::read(file(name)).unwrap();
        let from_memory = read("a file without a name", &bytes, &Options::default()).unwrap();
        assert_eq!(by_id(from_memory), expected, "{name} from memory");
    }
    AssetIndex::new(expected).unwrap();
}

#[test]
fn real_assets_are_read_and_their_table_gives_the_same() {
    let Some(folder) = reference::real() else { return };
    for (name, count) in [("thomas_2017", 72), ("glass_2020", 79), ("creek_2020", 49)] {
        let path = folder.join(format!("assets/{name}_assets.geojson"));
        let features = read_file(&path, &Options::default()).unwrap();
        assert_eq!(features.assets.len(), count, "{name}");
        let kinds = ["town", "airport", "camera_tower"];
        assert!(features.assets.iter().all(|asset| kinds.contains(&asset.kind.as_deref().unwrap())));
        let mut table = "name;id;type;lat;lon\n".to_owned();
        for Asset { id, kind, name, geometry, .. } in &features.assets {
            let Geometry::Point(at) = geometry else { panic!("{id} is no point") };
            let quoted = |text: &Option<String>| text.as_deref().unwrap_or_default().replace('"', "\"\"");
            let (name, kind) = (quoted(name), quoted(kind));
            table.push_str(&format!("\"{name}\";{id};{kind};{};{}\n", at.y(), at.x()));
        }
        assert_eq!(read_text("assets.txt", &table).unwrap().assets, features.assets, "{name}");
    }
}

#[test]
fn all_tables_of_a_geopackage_are_read_or_the_one_that_is_named() {
    let all = made("two.gpkg").assets;
    let ids: Vec<&str> = all.iter().map(|asset| asset.id.as_str()).collect();
    assert_eq!(ids[0], "hosp-1");
    assert!(ids[1..].iter().all(|id| id.starts_with("b_towns/")), "{ids:?}");
    // Turned from UTM zone 11, to a centimetre.
    let Geometry::Point(turned) = all[0].geometry else { panic!("no point") };
    assert!((turned - Point::new(-119.0725, 34.4513)).0.x.abs() < 1e-7, "{turned:?}");
    assert!((turned.y() - 34.4513).abs() < 1e-7, "{turned:?}");
    let of = |layer| read_file(&file("two.gpkg"), &Options { layer: Some(layer), ..Options::default() });
    assert_eq!(of("a_points").unwrap().assets.len(), 1);
    let error = of("rivers").unwrap_err().to_string();
    assert!(error.contains("needed the table \"rivers\"") && error.contains("a_points, b_towns"), "{error}");
}

#[test]
fn a_coordinate_system_that_is_not_known_is_refused_by_its_name() {
    let error = read_file(&file("polar.gpkg"), &Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("polar.gpkg: needed longitude and latitude") && error.contains("EPSG:3413"),
        "{error}"
    );
    let geojson = |crs: &str| {
        let crs = format!(r#""crs": {{ "type": "name", "properties": {{ "name": "{crs}" }} }}"#);
        read_text("a.geojson", &collection(&[feature("{}", POINT)]).replacen('{', &format!("{{ {crs},"), 1))
    };
    assert!(geojson("urn:ogc:def:crs:OGC:1.3:CRS84").is_ok());
    assert!(geojson("urn:ogc:def:crs:EPSG::2193").unwrap_err().contains("EPSG:2193"));
    assert!(geojson("EPSG:4269").unwrap().warnings[0].contains("EPSG:4269"));
}

#[test]
fn columns_are_found_by_their_usual_names_and_well_known_text_by_its_own() {
    for text in [
        "ID,Longitude,Latitude\na,1.5,2.5\n",
        "lat;lng;id\n2.5;1.5;a\n",
        "\u{feff}id\ty\tx\r\na\t2.5\t1.5\r\n",
        "geometry,id\nPOINT(1.5 2.5),a\n",
        "id,wkt\na,\"SRID=4326;Point Z (1.5 2.5 900)\"\n",
    ] {
        let assets = read_text("a", text).unwrap().assets;
        assert_eq!(
            (assets[0].id.as_str(), &assets[0].geometry),
            ("a", &Point::new(1.5, 2.5).into()),
            "{text}"
        );
    }
    let error = read_text("a.csv", "id,lon\n1,2\n").unwrap_err();
    assert!(
        error.starts_with("a.csv is no CSV: needed columns with the place") && error.contains("id,lon"),
        "{error}"
    );
    for (row, expected) in [
        ("x,north,2", "feature 2: needed a longitude in degrees, found \"north\""),
        ("x,1,", "feature 2: needed a latitude in degrees, found \"\""),
        ("x,1,200", "feature 2: asset \"x\""),
        ("x,1", "is no CSV"),
        ("a,1,2", "feature 2: needed an id of its own, found that of feature 1"),
    ] {
        let error = read_text("a.csv", &format!("id,lon,lat\na,1,2\n{row}\n")).unwrap_err();
        assert!(error.contains(expected), "{row}: {error}");
    }
}

fn feature(properties: &str, geometry: &str) -> String {
    format!(r#"{{ "type": "Feature", "properties": {properties}, "geometry": {geometry} }}"#)
}

fn collection(features: &[String]) -> String {
    format!(r#"{{ "type": "FeatureCollection", "features": [{}] }}"#, features.join(","))
}

const POINT: &str = r#"{ "type": "Point", "coordinates": [-119.2, 34.4] }"#;

#[test]
fn an_id_comes_from_the_properties_the_feature_or_its_number() {
    let numbered = format!(r#"{{ "type": "Feature", "id": 9, "properties": null, "geometry": {POINT} }}"#);
    let features = [
        feature(r#"{ "asset_id": "t1", "id": 4 }"#, POINT),
        feature(r#"{ "id": "town-4", "kind": "town", "name": "" }"#, POINT),
        numbered,
        feature("{}", POINT),
        feature(r#"{ "TYPE": "camp", "note": { "id": [1, {}] } }"#, POINT),
    ];
    let read =
        |options: &Options<'_>| read("a.geojson", collection(&features).as_bytes(), options).unwrap().assets;
    let assets = read(&Options::default());
    let ids = |assets: &[Asset]| assets.iter().map(|asset| asset.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&assets), ["t1", "town-4", "9", "4", "5"]);
    assert_eq!((assets[1].name.as_deref(), assets[4].kind.as_deref()), (None, Some("camp")));
    let several = read(&Options { number_prefix: Some("towns"), ..Options::default() });
    assert_eq!(ids(&several), ["t1", "town-4", "9", "towns/4", "towns/5"]);
    let single = read_text("a.geojson", &features[0]).unwrap();
    assert_eq!(single.assets[0].id, "t1");
}

#[test]
fn clearance_is_read_in_each_of_its_units_and_must_be_a_time() {
    let of = |property: &str| {
        let feature = feature(&format!("{{ {property} }}"), POINT);
        read_text("a.geojson", &collection(&[feature])).map(|features| features.assets[0].clearance_s)
    };
    assert_eq!(of(r#""clearance_s": 90"#), Ok(Some(90)));
    assert_eq!(of(r#""clearance_min": "1.5""#), Ok(Some(90)));
    assert_eq!(of(r#""clearance_h": 2, "clearance_min": null"#), Ok(Some(7_200)));
    assert_eq!(of(r#""clearance_h": 2, "clearance_s": 60"#), Ok(Some(60)));
    let error = of(r#""clearance_min": -5"#).unwrap_err();
    assert!(error.ends_with("feature 1: needed a clearance_min from 0 to 43200, found \"-5\""), "{error}");
    assert!(of(r#""clearance_s": "soon""#).is_err());
}

#[test]
fn errors_name_the_file_the_feature_and_what_was_found() {
    for (text, expected) in [
        (
            collection(&[feature("{}", POINT), feature("{}", "null")]),
            "a.geojson, feature 2: needed a point, line or polygon, or several of one kind, found no geometry",
        ),
        (
            collection(&[feature("{}", r#"{ "type": "Point", "coordinates": [[1, 2], [3, 4]] }"#)]),
            "found a Point with coordinates of another kind",
        ),
        (
            collection(&[feature("{}", r#"{ "geometries": [], "type": "GeometryCollection" }"#)]),
            "found a geometry collection",
        ),
        (
            collection(&[feature("{}", r#"{ "type": "Point", "coordinates": ["1", 2] }"#)]),
            "feature 1: needed a GeoJSON",
        ),
        (collection(&[feature("{}", &POINT.replace("34.4", "134.4"))]), "feature 1: asset \"1\""),
        (
            collection(&[feature(r#"{ "id": "x" }"#, POINT), feature(r#"{ "id": "x" }"#, POINT)]),
            "feature 2: needed an id of its own",
        ),
        (POINT.to_owned(), "a.geojson: needed features, found a bare Point"),
        (collection(&[feature("{}", POINT)])[..80].to_owned(), "a.geojson is no GeoJSON: cut short"),
        ("<html>".to_owned(), "found XML"),
        ("id and name".to_owned(), "found something else"),
        (String::new(), "found nothing"),
    ] {
        let error = read_text("a.geojson", &text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let deep = format!(r#"{{ "type": "Polygon", "coordinates": {}1{} }}"#, "[".repeat(60), "]".repeat(60));
    assert!(read_text("a.geojson", &collection(&[feature("{}", &deep)])).unwrap_err().contains("nested"));
    let missing = read_file(Path::new("nowhere.geojson"), &Options::default()).unwrap_err();
    assert!(missing.to_string().starts_with("cannot read nowhere.geojson"), "{missing}");
}

#[test]
fn a_flatgeobuf_that_lacks_features_is_refused() {
    let bytes = std::fs::read(file("noindex.fgb")).unwrap();
    let last = bytes.len() - 1;
    let error = read("a.fgb", &bytes[..last], &Options::default()).unwrap_err().to_string();
    assert!(error.contains("a feature is cut short"), "{error}");
}
