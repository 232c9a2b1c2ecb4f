use std::fs;

use self::grib::{Field, Grid};
use super::*;
use crate::inputs::{ConfiguredInputs, InputSet, InputSettings};

mod grib;

/// Two degrees around the fire, four nodes a degree.
const GRID: Grid = Grid { columns: 17, rows: 17, west_deg: -120.0, north_deg: 36.0, step_deg: 0.25 };

/// An area at 34 north, 118 west.
const FIRE: Bounds = Bounds { west_deg: -118.01, south_deg: 33.99, east_deg: -117.99, north_deg: 34.01 };

fn write(folder: &Path, name: &str, fields: &[Field]) {
    write_on(&GRID, folder, name, fields);
}

fn write_on(grid: &Grid, folder: &Path, name: &str, fields: &[Field]) {
    let messages: Vec<u8> = fields.iter().flat_map(|field| field.message(grid)).collect();
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
    set.weather.steps.iter().map(|step| (10.0 * speed(&step.cells[0])).round() as i64).collect()
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

#[test]
fn a_models_whole_area_serves_a_fire_in_it_and_none_outside() {
    // As many nodes as HRRR has; with all their winds of six hours they are more than a run may hold.
    let large = Grid { columns: 1799, rows: 1059, west_deg: -135.0, north_deg: 52.0, step_deg: 0.03 };
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<Field> = (0..=6).flat_map(|ahead_h| Field::winds(0, ahead_h, [3.0, 4.0])).collect();
    write_on(&large, folder.path(), "conus.grib2", &all);
    let inputs = inputs(folder.path());
    let start = "2025-08-14T01:00:00Z".parse().unwrap();
    let set = inputs.fetch_blocking(&FIRE, start, 2 * 3600).unwrap();
    assert_eq!(speeds(&set), [50; 3], "{}", said(&set));
    let elsewhere = Bounds { west_deg: 9.99, south_deg: 44.99, east_deg: 10.01, north_deg: 45.01 };
    let set = inputs.fetch_blocking(&elsewhere, start, 2 * 3600).unwrap();
    assert!(said(&set).contains("nothing for this place and time"), "{}", said(&set));
}

#[test]
fn of_a_file_what_the_forecast_needs_is_kept_and_shared() {
    let folder = tempfile::tempdir().unwrap();
    let days: Vec<Field> = (0..=384).flat_map(|ahead_h| Field::winds(0, ahead_h, [3.0, 4.0])).collect();
    write(folder.path(), "days.grib2", &days);
    let files = RunFiles::default();
    let within = |day: &str| Within {
        bounds: FIRE,
        hours: format!("2025-08-{day}T00:00:00Z").parse().unwrap()..=Timestamp::MAX,
    };
    let read = |day: &str| {
        let file = files_of(folder.path()).remove(0);
        files.read(file, How::Grib(within(day))).unwrap()
    };
    let (late, all) = (read("29"), read("14"));
    // Nine nodes around the fire, and one more on each side.
    let of = |hours: usize| hours * 2 * 25 * 4;
    assert!((of(25)..of(25) + 25 * 2 * 100).contains(&late.bytes()), "{}", late.bytes());
    assert!((of(385)..of(385) + 385 * 2 * 100).contains(&all.bytes()), "{}", all.bytes());
    assert!(Arc::ptr_eq(&late, &read("29")) && !Arc::ptr_eq(&late, &all));
}

#[test]
fn a_box_over_the_antimeridian_is_served_from_both_sides() {
    let grid = Grid { columns: 17, rows: 17, west_deg: 178.0, north_deg: -15.0, step_deg: 0.25 };
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<Field> = (0..=4).flat_map(|ahead_h| Field::winds(0, ahead_h, [3.0, 4.0])).collect();
    write_on(&grid, folder.path(), "f.grib2", &all);
    for west_deg in [179.99, -179.995] {
        let fire = Bounds { west_deg, south_deg: -17.01, east_deg: west_deg + 0.004, north_deg: -17.0 };
        let start = "2025-08-14T01:00:00Z".parse().unwrap();
        let set = inputs(folder.path()).fetch_blocking(&fire, start, 2 * 3600).unwrap();
        assert_eq!(speeds(&set), [50; 3], "{}", said(&set));
    }
}
