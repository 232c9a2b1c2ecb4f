//! Real landscapes and weather, read through the public door and compared with figures from another reader.
//!
//! The figures were computed once with rasterio 1.5 and PROJ; the rasters themselves are not part of this repository.

use std::path::PathBuf;

use firecore::geo::{Bounds, LonLat};
use guira::inputs::{ConfiguredInputs, InputSet, InputSettings};

/// The reference data, where this machine has it.
///
/// `GUIRA_REFERENCE_DATA` names the folder. Without it a test is skipped, except where `CI` is set.
pub(crate) fn reference_data() -> Option<PathBuf> {
    let folder = std::env::var("GUIRA_REFERENCE_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let folder = PathBuf::from(folder).join("real");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "needed the reference data, found no folder {}",
        folder.display()
    );
    eprintln!("skipped: no reference data at {}", folder.display());
    None
}

fn around(place: LonLat) -> Bounds {
    let (lon, lat) = (place.lon_deg(), place.lat_deg());
    Bounds { west_deg: lon - 0.01, south_deg: lat - 0.01, east_deg: lon + 0.01, north_deg: lat + 0.01 }
}

/// Rows of a table of figures: the case, then the other columns.
fn rows(text: &str, case: &str) -> Vec<Vec<String>> {
    let rows = text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let rows: Vec<_> = rows.filter(|row| row[0] == case).collect();
    assert!(rows.len() >= 45, "{} rows of {case}", rows.len());
    rows
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} in a table of figures"))
}

fn place(row: &[String]) -> LonLat {
    LonLat::new(number(&row[1]), number(&row[2])).unwrap()
}

fn fetch(case: &str, start: &str, hours: u32) -> Option<(InputSet, ConfiguredInputs)> {
    let folder = reference_data()?.join("fires").join(case);
    let settings = InputSettings {
        landscapes: vec![folder.join("landscape")],
        weathers: vec![folder.join("weather")],
        ..InputSettings::default()
    };
    let inputs = ConfiguredInputs::new(settings);
    let centre = if case == "thomas_2017" { (-119.30, 34.40) } else { (-122.50, 38.56) };
    let area = around(LonLat::new(centre.0, centre.1).unwrap());
    let set = inputs.fetch_blocking(&area, start.parse().unwrap(), hours * 3600).unwrap();
    Some((set, inputs))
}

#[test]
fn landscapes_hold_what_another_reader_finds_in_the_same_places() {
    let figures = include_str!("../figures/landscape_points.csv");
    for (case, start) in [("thomas_2017", "2017-12-05T02:00Z"), ("glass_2020", "2020-09-27T12:00Z")] {
        let Some((set, _)) = fetch(case, start, 1) else { return };
        let landscape = &set.landscape;
        let canopy = landscape.canopy.as_ref().unwrap();
        let mut compared = 0;
        for row in rows(figures, case) {
            let point = landscape.frame.to_plane(place(&row));
            // The window reaches 30 km beyond the fire; Thomas's landscape is larger.
            let Some((cell_row, cell_col)) = landscape.shape.cell_at(point) else { continue };
            let cell = landscape.shape.index(cell_row, cell_col);
            let no_data = row[6] == "-9999";
            let expected =
                |column: usize, scale: f64| if no_data { 0.0 } else { number(&row[column]) * scale };
            let slope_tan = expected(4, 1.0).to_radians().tan();
            let aspect_rad = expected(5, 1.0).to_radians();
            let (rise_east, rise_north) = if expected(5, 1.0) < 0.0 {
                (0.0, 0.0)
            } else {
                (-slope_tan * aspect_rad.sin(), -slope_tan * aspect_rad.cos())
            };
            let (rise, trees) = (landscape.terrain.rise(cell).map(f64::from), canopy.trees(cell));
            let pairs = [
                ("elevation", landscape.terrain.elevation_m(cell).into(), expected(3, 1.0), 1e-9),
                // Kept by their roots in steps of 1/7168: steep ground has 60 degrees here.
                ("rise east", rise[0], rise_east, 2e-4),
                ("rise north", rise[1], rise_north, 2e-4),
                ("fuel", landscape.fuel[cell].into(), expected(6, 1.0), 1e-9),
                ("cover", trees.cover, expected(7, 0.01), 1e-9),
                ("height", trees.height_m, expected(8, 0.1), 1e-9),
                ("base height", trees.base_height_m, expected(9, 0.1), 1e-9),
                ("bulk density", trees.bulk_density_kg_m3, expected(10, 0.01), 1e-9),
            ];
            for (layer, found, expected, within) in pairs {
                assert!((found - expected).abs() < within, "{case} {layer}: {found} {expected} in {row:?}");
            }
            compared += 1;
        }
        assert!(compared >= 40, "{case}: {compared} points in the window");
        assert!(
            set.notes.iter().all(|note| !note.fallback || note.input == "live_fuel_moisture"),
            "{:?}",
            set.notes
        );
    }
}

#[test]
fn weather_holds_what_another_reader_finds_in_the_same_places() {
    let figures = include_str!("../figures/weather_points.csv");
    for (case, start, hours) in
        [("thomas_2017", "2017-12-05T00:00Z", 24), ("glass_2020", "2020-09-27T11:00Z", 72)]
    {
        let Some((set, _)) = fetch(case, start, hours) else { return };
        let weather = &set.weather;
        assert_eq!(weather.steps.len(), hours as usize + 1);
        let mut compared = 0;
        for row in rows(figures, case) {
            let point = weather.frame.to_plane(place(&row));
            if weather.shape.cell_at(point).is_none() {
                continue;
            }
            let valid_at = row[3].parse().unwrap();
            let step = weather.steps.iter().position(|step| step.valid_at == valid_at).unwrap();
            let found = weather.at(step, point);
            let dead = found.moisture.dead;
            let pairs = [
                ("east", found.wind_10m_east_m_s, number(&row[4]), 2e-3),
                ("north", found.wind_10m_north_m_s, number(&row[5]), 2e-3),
                ("1 h", dead.one_hour, number(&row[6]) / 100.0, 1e-5),
                ("10 h", dead.ten_hour, number(&row[7]) / 100.0, 1e-5),
                ("100 h", dead.hundred_hour, number(&row[8]) / 100.0, 1e-5),
            ];
            for (what, found, expected, tolerance) in pairs {
                assert!((found - expected).abs() < tolerance, "{case} {what}: {found} {expected} in {row:?}");
            }
            compared += 1;
        }
        assert!(compared >= 40, "{case}: {compared} points in the window");
    }
}

#[test]
fn a_landscape_in_a_local_albers_system_lands_where_a_warp_puts_it() {
    let Some(data) = reference_data() else { return };
    let path = data.join("landscape_samples/flammap_reference/2427464.tif");
    let inputs = ConfiguredInputs::new(InputSettings { landscapes: vec![path], ..InputSettings::default() });
    let area = around(LonLat::new(-113.0942, 47.8731).unwrap());
    let set = inputs.fetch_blocking(&area, "2020-09-01T00:00Z".parse().unwrap(), 3600).unwrap();
    let landscape = &set.landscape;
    assert_eq!((landscape.frame.epsg(), landscape.shape.cell_size_m), (32612, 60.0));
    let canopy = landscape.canopy.as_ref().unwrap();
    let rows = rows(include_str!("../figures/albers_points.csv"), "flammap");
    // The reference shifts NAD 83 to WGS 84 by half a metre to a metre, which this reader leaves out: up to 0.3 m on these slopes. A
    // landscape keeps elevations to the nearest quarter of a metre.
    let mut other_fuel = 0;
    for row in &rows {
        let (cell_row, cell_col) = landscape.shape.cell_at(landscape.frame.to_plane(place(row))).unwrap();
        let cell = landscape.shape.index(cell_row, cell_col);
        let (rise, trees) = (landscape.terrain.rise(cell).map(f64::from), canopy.trees(cell));
        let pairs = [
            ("elevation", landscape.terrain.elevation_m(cell).into(), 0.3 + 0.125),
            ("cover", trees.cover, 2e-3),
            ("height", trees.height_m, 0.1),
            ("rise east", rise[0], 2e-3),
            ("rise north", rise[1], 2e-3),
        ];
        for ((what, found, tolerance), column) in pairs.into_iter().zip([3, 5, 6, 7, 8]) {
            let expected = number(&row[column]);
            assert!((found - expected).abs() < tolerance, "{what}: {found} {expected} in {row:?}");
        }
        other_fuel += usize::from(f64::from(landscape.fuel[cell]) != number(&row[4]));
    }
    // A centre that falls on a pixel's edge may go either way.
    assert!(other_fuel <= 1, "{other_fuel} of {} cells have another fuel", rows.len());
}
