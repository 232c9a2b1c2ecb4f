//! Broken and hostile files: refused or read, but nothing panics and nothing exceeds its limits.

use super::*;

/// Xorshift, so that a failure comes again.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Changes a few bytes, repeats or removes a piece, or cuts the end off.
fn mutated(bytes: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=draws.below(4) {
        let at = draws.below(bytes.len());
        let piece = at..(at + draws.below(40)).min(bytes.len());
        match draws.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(piece)),
            2 => bytes.extend_from_within(piece),
            3 => bytes[piece].fill(0xff),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte =
                        [0, 1, 0xff, 0x7f, b'9', b'-', b'"', b'[', draws.below(256) as u8][draws.below(9)];
                }
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Reads so many mutants of a file, and gives how many were taken.
fn read_mutants(name: &str, bytes: &[u8], count: usize) -> usize {
    let mut draws = Draws(0x9e37_79b9_7f4a_7c15);
    let mut taken = 0;
    for _ in 0..count {
        let mutant = mutated(bytes, &mut draws);
        match read(name, &mutant, &Options::default()) {
            Ok(features) => {
                taken += 1;
                assert!(features.assets.len() <= mutant.len(), "more features than bytes");
                AssetIndex::new(features.assets).expect("what is read has an index");
            }
            Err(error) => assert!(error.to_string().len() < 2_000, "{error}"),
        }
    }
    taken
}

const OVERPASS: &str = r#"{ "version": 0.6, "elements": [
    { "type": "node", "id": 1, "lat": 38.5, "lon": -122.5, "tags": { "amenity": "school", "name": "Hill" } },
    { "type": "way", "id": 2, "nodes": [1, 3, 4], "tags": { "power": "line" } },
    { "type": "node", "id": 3, "lat": 38.6, "lon": -122.5 }, { "type": "node", "id": 4, "lat": 38.6, "lon": -122.4 },
    { "type": "relation", "id": 5, "tags": { "type": "multipolygon", "building": "yes" }, "members": [
      { "type": "way", "ref": 2, "role": "outer" }, { "type": "node", "ref": 1, "role": "label" },
      { "type": "way", "ref": 9, "role": "inner", "geometry": [{ "lat": 1, "lon": 2 }, null, { "lat": 1, "lon": 3 }] } ] } ] }"#;

#[test]
fn mutants_of_every_format_are_read_or_refused() {
    for (name, count) in [
        ("made.geojson", 4_000),
        ("made.csv", 4_000),
        ("made.fgb", 6_000),
        ("noindex.fgb", 6_000),
        ("two.gpkg", 1_000),
    ] {
        let bytes = std::fs::read(file(name)).unwrap();
        let taken = read_mutants(name, &bytes, count);
        assert!(taken > 0 && taken < count, "{name}: {taken} of {count}");
    }
    let taken = read_mutants("osm.json", OVERPASS.as_bytes(), 4_000);
    assert!(taken > 0 && taken < 4_000, "{taken}");
}

#[test]
fn every_beginning_of_a_binary_file_is_refused_or_read() {
    for name in ["made.fgb", "noindex.fgb"] {
        let bytes = std::fs::read(file(name)).unwrap();
        let read = |end: usize| read(name, &bytes[..end], &Options::default());
        assert!((0..bytes.len()).all(|end| read(end).is_err()), "{name}");
    }
}

#[test]
fn counts_that_the_bytes_do_not_hold_take_no_memory() {
    let gpkg = |wkb: &[u8]| super::super::wkb::read(wkb);
    // A line of four billion points, then a multipolygon of as many.
    assert_eq!(gpkg(&[1, 2, 0, 0, 0, 255, 255, 255, 255]).unwrap_err(), "a geometry that is cut short");
    assert_eq!(gpkg(&[1, 6, 0, 0, 0, 255, 255, 255, 255]).unwrap_err(), "a geometry that is cut short");
    let mut nested = [1, 4, 0, 0, 0, 1, 0, 0, 0].repeat(1_000);
    nested.extend([1, 1, 0, 0, 0]);
    assert!(gpkg(&nested).unwrap_err().contains("nested"));
}

#[test]
fn a_view_that_never_ends_is_stopped() {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database
        .execute_batch(
            "CREATE TABLE gpkg_contents (table_name, data_type);
             CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id);
             CREATE TABLE gpkg_spatial_ref_sys (srs_id, organization, organization_coordsys_id);
             INSERT INTO gpkg_contents VALUES ('endless', 'features');
             INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 4326);
             INSERT INTO gpkg_spatial_ref_sys VALUES (4326, 'EPSG', 4326);
             CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                 SELECT i AS geom FROM n WHERE i < 0;",
        )
        .unwrap();
    let bytes = database.serialize("main").unwrap().to_vec();
    let error = read("endless.gpkg", &bytes, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("steps to read"), "{error}");
}
