use firecore::geo::Bounds;
use geo::{Area, Geometry};

use super::{Effort, KINDS, query};
use crate::features::{Features, FeaturesError, Format, Options, read};

fn read_elements(elements: &str) -> Result<Features, FeaturesError> {
    let text = format!(r#"{{ "version": 0.6, "generator": "Overpass API", "elements": [{elements}] }}"#);
    read("a.json", text.as_bytes(), &Options::default())
}

fn one(elements: &str) -> firecore::asset::Asset {
    let mut assets = read_elements(elements).unwrap().assets;
    assert_eq!(assets.len(), 1, "{assets:?}");
    assets.remove(0)
}

#[test]
fn a_node_has_the_kind_and_name_of_its_tags() {
    let asset = one(r#"{ "type": "node", "id": 7, "lat": 38.5, "lon": -122.5,
             "tags": { "building": "yes", "name": "Hill", "amenity": "hospital", "emergency": "yes" } }"#);
    assert_eq!(
        (asset.id.as_str(), asset.kind.as_deref(), asset.name.as_deref()),
        ("node/7", Some("hospital"), Some("Hill"))
    );
    let of = |tags: &str| {
        let element =
            format!(r#"{{ "type": "node", "id": 7, "lat": 38.5, "lon": -122.5, "tags": {{ {tags} }} }}"#);
        read_elements(&element).unwrap().assets.into_iter().next().and_then(|asset| asset.kind)
    };
    for (tags, kind) in [
        (r#""power": "minor_line""#, Some("power_line")),
        (r#""power": "substation", "building": "service""#, Some("substation")),
        (r#""aeroway": "aerodrome""#, Some("airport")),
        (r#""building": "yes""#, Some("building")),
        (r#""building": "house""#, Some("house")),
        (r#""emergency": "ambulance_station""#, Some("ambulance_station")),
        (r#""emergency": "no""#, None),
        (r#""amenity": "bench""#, None),
    ] {
        assert_eq!(of(tags).as_deref(), kind, "{tags}");
    }
}

const SQUARE: &str = r#"[{ "lat": 38.0, "lon": -122.0 }, { "lat": 38.0, "lon": -121.9 }, { "lat": 38.1, "lon": -121.9 },
    { "lat": 38.1, "lon": -122.0 }, { "lat": 38.0, "lon": -122.0 }]"#;

#[test]
fn a_closed_way_is_an_area_unless_its_tags_say_a_line() {
    let way = |tags: &str| {
        one(&format!(
            r#"{{ "type": "way", "id": 1, "nodes": [], "geometry": {SQUARE}, "tags": {{ {tags} }} }}"#
        ))
        .geometry
    };
    assert!(matches!(way(r#""amenity": "school""#), Geometry::Polygon(_)));
    assert!(matches!(way(r#""power": "line""#), Geometry::LineString(_)));
    assert!(matches!(way(r#""man_made": "works", "area": "no""#), Geometry::LineString(_)));
}

#[test]
fn a_way_has_the_places_of_its_nodes_or_its_middle() {
    let line = one(r#"{ "type": "way", "id": 1, "nodes": [5, 6], "tags": { "power": "line" } },
           { "type": "node", "id": 5, "lat": 1, "lon": 2 }, { "type": "node", "id": 6, "lat": 3, "lon": 4 }"#);
    assert_eq!(line.geometry, geo::LineString::from(vec![(2.0, 1.0), (4.0, 3.0)]).into());
    let middle = one(
        r#"{ "type": "way", "id": 1, "center": { "lat": 1, "lon": 2 }, "nodes": [5], "tags": { "building": "yes" } }"#,
    );
    assert_eq!(middle.geometry, geo::Point::new(2.0, 1.0).into());
}

#[test]
fn a_way_without_a_place_is_left_out_with_a_warning_and_one_that_comes_twice_is_taken_once() {
    let lost = r#"{ "type": "way", "id": 9, "nodes": [5], "tags": { "building": "yes" } }"#;
    let node = r#"{ "type": "node", "id": 7, "lat": 1, "lon": 2, "tags": { "place": "town" } }"#;
    let features = read_elements(&[lost, node, node].join(",")).unwrap();
    assert_eq!(features.assets.len(), 1);
    assert!(features.warnings[0].contains("way/9"), "{:?}", features.warnings);
}

#[test]
fn a_multipolygon_is_joined_from_its_ways_with_its_holes() {
    let relation = r#"{ "type": "relation", "id": 3, "tags": { "type": "multipolygon", "amenity": "university" }, "members": [
        { "type": "way", "ref": 1, "role": "outer", "geometry": [{ "lat": 0, "lon": 0 }, { "lat": 0, "lon": 1 }, { "lat": 1, "lon": 1 }] },
        { "type": "way", "ref": 2, "role": "outer", "geometry": [{ "lat": 0, "lon": 0 }, { "lat": 1, "lon": 0 }, { "lat": 1, "lon": 1 }] },
        { "type": "way", "ref": 4, "role": "inner", "geometry": [{ "lat": 0.25, "lon": 0.25 }, { "lat": 0.25, "lon": 0.75 },
            { "lat": 0.75, "lon": 0.75 }, { "lat": 0.75, "lon": 0.25 }, { "lat": 0.25, "lon": 0.25 }] },
        { "type": "node", "ref": 8, "role": "label", "lat": 0.5, "lon": 0.5 }] }"#;
    let Geometry::MultiPolygon(areas) = one(relation).geometry else { panic!("no areas") };
    assert_eq!(areas.0.len(), 1);
    assert!((areas.unsigned_area() - 0.75).abs() < 1e-12);
    let cut = relation.replace(r#"{ "lat": 1, "lon": 0 }, "#, "null, ");
    assert!(matches!(one(&cut).geometry, Geometry::MultiLineString(_)), "cut to a box it does not close");
}

#[test]
fn an_answer_that_the_server_did_not_finish_is_refused() {
    let text = r#"{ "elements": [], "remark": "runtime error: Query timed out in \"query\" at line 3 after 26 seconds." }"#;
    let error = read("a.json", text.as_bytes(), &Options::default()).unwrap_err();
    assert!(matches!(error, FeaturesError::Unfinished { .. }), "{error}");
    assert!(error.to_string().contains("timed out"), "{error}");
    let cut = r#"{ "elements": [{ "type": "node", "id": 7, "lat": 1, "#;
    let error = read("a.json", cut.as_bytes(), &Options::default()).unwrap_err();
    assert!(matches!(&error, FeaturesError::Document { format: Format::Overpass, .. }), "{error}");
    assert!(error.to_string().contains("cut short"), "{error}");
}

/// The values that a query asks for of a key.
fn asked<'a>(query: &'a str, key: &str) -> Vec<&'a str> {
    let clause = query.split(';').find_map(|clause| clause.split_once(&format!("nwr[\"{key}\"")));
    let values = clause.map(|(_, values)| values.trim_matches(['~', '=', ']', '"', '^', '(', ')', '$']));
    values.map(|values| values.split('|').collect()).unwrap_or_default()
}

#[test]
fn a_query_asks_for_what_is_read_but_for_crowds() {
    let bounds = Bounds { west_deg: -119.5, south_deg: 34.25, east_deg: -119.0, north_deg: 34.5 };
    let query = query(&bounds, Effort { time_s: 60, memory_bytes: 1 << 28 });
    let head =
        "[out:json][timeout:60][maxsize:268435456][bbox:34.250000,-119.500000,34.500000,-119.000000];(nwr[";
    assert!(query.starts_with(head) && query.ends_with("];);out geom qt;"), "{query}");
    for (key, values, _) in KINDS {
        let left_out: Vec<&str> =
            values.iter().copied().filter(|value| !asked(&query, key).contains(value)).collect();
        let crowds: &[&str] = match *key {
            "power" if values.contains(&"substation") => &["tower", "transformer", "switch"],
            "power" if values.contains(&"generator") => &["generator"],
            "building" if !values.is_empty() => &["yes"],
            _ => &[],
        };
        assert_eq!(left_out, crowds, "{key}");
        for value in asked(&query, key) {
            let node = format!(
                r#"{{ "type": "node", "id": 7, "lat": 1, "lon": 2, "tags": {{ "{key}": "{value}" }} }}"#
            );
            assert!(one(&node).kind.is_some(), "{key}={value}");
        }
    }
    // Escaped it is some two thousand characters of an address; servers take 8 kB.
    assert!(query.len() < 3_000, "{}", query.len());
}
