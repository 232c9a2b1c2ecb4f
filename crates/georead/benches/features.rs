//! A million points from a file of each format that is easily written: seconds, and memory beside the list itself.
//!
//! Each is read once, from a file in the system's cache: `cargo bench -p georead --bench features`.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use georead::features::{Options, read_file};

const FEATURES: usize = 1_000_000;

fn main() {
    let folder = std::env::temp_dir().join(format!("georead-features-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the system's folder for such files can be written");
    for name in ["million.csv", "million.geojson", "million.gpkg"] {
        let path = folder.join(name);
        match name {
            "million.csv" => write_csv(&path),
            "million.geojson" => write_geojson(&path),
            _ => write_geopackage(&path),
        }
        let bytes = std::fs::metadata(&path).expect("it was just written").len();
        let (before_mb, start) = (resident_mb(), Instant::now());
        let features = read_file(&path, &Options::default()).expect("it was just written");
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(features.assets.len(), FEATURES);
        let list_mb = resident_mb() - before_mb;
        let mut out = std::io::stdout();
        writeln!(out, "{name}: {:.0} MB of file, {seconds:.2} s, {list_mb:.0} MB more", bytes as f64 / 1e6)
            .expect("standard output is open");
    }
    std::fs::remove_dir_all(&folder).expect("it was made above");
}

/// Resident memory of this process, MB.
fn resident_mb() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(f64::NAN) * 4096.0 / 1e6
}

/// Longitude and latitude of a feature, some meters from the next.
fn place(number: usize) -> (f64, f64) {
    (-125.0 + (number % 1_000) as f64 * 0.058, 25.0 + (number / 1_000) as f64 * 0.024)
}

fn write_csv(path: &Path) {
    let mut file = BufWriter::new(std::fs::File::create(path).expect("the folder can be written"));
    writeln!(file, "asset_id,kind,name,clearance_min,lon,lat").expect("there is room");
    for number in 0..FEATURES {
        let (lon, lat) = place(number);
        writeln!(file, "asset-{number},building,House {number},30,{lon:.6},{lat:.6}").expect("there is room");
    }
}

fn write_geojson(path: &Path) {
    let mut file = BufWriter::new(std::fs::File::create(path).expect("the folder can be written"));
    write!(file, r#"{{"type":"FeatureCollection","features":["#).expect("there is room");
    for number in 0..FEATURES {
        let (lon, lat) = place(number);
        let comma = if number == 0 { "" } else { "," };
        write!(
            file,
            r#"{comma}{{"type":"Feature","properties":{{"asset_id":"asset-{number}","kind":"building","name":"House {number}","clearance_min":30,"source":"made up","levels":2}},"geometry":{{"type":"Point","coordinates":[{lon:.6},{lat:.6}]}}}}"#
        )
        .expect("there is room");
    }
    write!(file, "]}}").expect("there is room");
}

fn write_geopackage(path: &Path) {
    let mut database = rusqlite::Connection::open(path).expect("the folder can be written");
    let tables = "CREATE TABLE gpkg_contents (table_name, data_type);
        CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id);
        CREATE TABLE gpkg_spatial_ref_sys (srs_id, organization, organization_coordsys_id);
        INSERT INTO gpkg_contents VALUES ('assets', 'features');
        INSERT INTO gpkg_geometry_columns VALUES ('assets', 'geom', 4326);
        INSERT INTO gpkg_spatial_ref_sys VALUES (4326, 'EPSG', 4326);
        CREATE TABLE assets (fid INTEGER PRIMARY KEY, geom BLOB, asset_id TEXT, kind TEXT, name TEXT, clearance_min REAL);";
    database.execute_batch(tables).expect("it is an empty database");
    let all = database.transaction().expect("nobody else has it open");
    let insert = "INSERT INTO assets VALUES (NULL, ?1, ?2, 'building', ?3, 30)";
    let mut insert = all.prepare(insert).expect("the table was just made");
    for number in 0..FEATURES {
        let (lon, lat) = place(number);
        let mut blob = b"GP\x00\x01\xe6\x10\x00\x00\x01\x01\x00\x00\x00".to_vec();
        blob.extend(lon.to_le_bytes());
        blob.extend(lat.to_le_bytes());
        let row = rusqlite::params![blob, format!("asset-{number}"), format!("House {number}")];
        insert.execute(row).expect("there is room");
    }
    drop(insert);
    all.commit().expect("there is room");
}
