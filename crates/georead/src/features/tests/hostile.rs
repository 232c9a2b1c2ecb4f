//! Broken and hostile files: refused or read, but nothing panics and nothing exceeds its limits.

use super::*;

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
