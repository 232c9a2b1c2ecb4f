use std::fs;
use std::path::Path;

use firecore::geo::Bounds;

use self::grib::{Field, Grid};
use crate::inputs::{ConfiguredInputs, InputSet, InputSettings};

mod grib;

/// Two degrees around the fire, four nodes a degree.
const GRID: Grid = Grid { columns: 17, rows: 17, west_deg: -120.0, north_deg: 36.0, step_deg: 0.25 };

/// An area at 34 north, 118 west.
const FIRE: Bounds = Bounds { west_deg: -118.01, south_deg: 33.99, east_deg: -117.99, north_deg: 34.01 };

fn write(folder: &Path, name: &str, fields: &[Field]) {
    let messages: Vec<u8> = fields.iter().flat_map(|field| field.message(&GRID)).collect();
    fs::write(folder.join(name), messages).unwrap();
}

fn inputs(folder: &Path) -> ConfiguredInputs {
    let settings = InputSettings { weathers: vec![folder.to_owned()], reach_m: 6000.0, ..Default::default() };
    ConfiguredInputs::new(settings)
}

/// A forecast from 01:00 of the day that the fields are of.
fn fetched(folder: &Path, hours: u32) -> InputSet {
    inputs(folder).fetch_blocking(&FIRE, "2025-08-14T01:00:00Z".parse().unwrap(), hours * 3600).unwrap()
}

/// Wind speeds by the hour, in tenths of m/s, at the first cell.
fn speeds(set: &InputSet) -> Vec<i64> {
    let speed = |cell: &firecore::weather::Weather| cell.wind_10m_east_m_s.hypot(cell.wind_10m_north_m_s);
    set.weather.steps.iter().map(|step| (10.0 * f64::from(speed(&step.cells[0]))).round() as i64).collect()
}

fn said(set: &InputSet) -> String {
    let wind = set.notes.iter().filter(|note| note.input == "wind");
    wind.map(|note| note.source.clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_an_hour_is_one_run() {
    let folder = tempfile::tempdir().unwrap();
    for ahead_h in 0..=6 {
        let wind = Field::winds(0, ahead_h, [1.0 + ahead_h as f32, 0.0]);
        write(folder.path(), &format!("f{ahead_h:02}.grib2"), &wind);
    }
    let set = fetched(folder.path(), 4);
    assert_eq!(speeds(&set), [20, 30, 40, 50, 60]);
    let said = said(&set);
    assert!(said.starts_with("GFS f00.grib2 to f06.grib2 (7 files) ("), "{said}");
    assert!(!said.contains("held") && !said.contains("lie between"), "{said}");
}

#[test]
fn a_file_a_component_is_one_run() {
    let folder = tempfile::tempdir().unwrap();
    for ahead_h in 0..=5 {
        let [east, north] = Field::winds(0, ahead_h, [3.0, 4.0]);
        write(folder.path(), &format!("f{ahead_h:02}.UGRD.grib2"), &[east]);
        write(folder.path(), &format!("f{ahead_h:02}.VGRD.grib2"), &[north]);
    }
    let set = fetched(folder.path(), 4);
    assert_eq!(speeds(&set), [50; 5], "{}", said(&set));
}

#[test]
fn the_newest_start_that_is_complete_wins_over_a_newer_one_that_is_still_being_written() {
    let folder = tempfile::tempdir().unwrap();
    for ahead_h in 0..=6 {
        write(folder.path(), &format!("t00z.f{ahead_h:02}.grib2"), &Field::winds(0, ahead_h, [2.0, 0.0]));
    }
    for ahead_h in 0..=2 {
        write(folder.path(), &format!("t01z.f{ahead_h:02}.grib2"), &Field::winds(1, ahead_h, [8.0, 0.0]));
    }
    let set = fetched(folder.path(), 4);
    assert_eq!(speeds(&set), [20; 5], "{}", said(&set));
    for ahead_h in 3..=4 {
        write(folder.path(), &format!("t01z.f{ahead_h:02}.grib2"), &Field::winds(1, ahead_h, [8.0, 0.0]));
    }
    let set = fetched(folder.path(), 4);
    assert_eq!(speeds(&set), [80; 5], "{}", said(&set));
}

#[test]
fn of_an_hour_in_two_files_the_later_by_name_holds_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<Field> = (0..=6).flat_map(|ahead_h| Field::winds(0, ahead_h, [2.0, 0.0])).collect();
    write(folder.path(), "a.grib2", &all);
    write(folder.path(), "b.grib2", &Field::winds(0, 2, [9.0, 0.0]));
    let set = fetched(folder.path(), 4);
    assert_eq!(speeds(&set), [20, 90, 20, 20, 20]);
    assert!(said(&set).contains("2 fields are in more than one file"), "{}", said(&set));
}
