use std::io::Write;

use firecore::fuel::crosswalk::Classification;
use firecore::geo::EastNorth;
use firecore::landscape::{Terrain, Trees};

use super::*;
use crate::inputs::InputSettings;
use crate::inputs::test_files::TestRaster;

fn load(
    path: &Path,
    area: &Bounds,
    reach_m: f64,
    meaning: &FuelMeaning,
) -> Result<Option<(Landscape, Vec<InputNote>)>, InputsError> {
    let loaded = open(path, area, reach_m, meaning.clone())?.map(|opened| opened.read(true)).transpose()?;
    Ok(loaded.map(|loaded| (loaded.landscape, loaded.notes)))
}

/// Middle of the test rasters, 300 cells of 30 m in UTM zone 11.
fn around(cells: usize) -> Bounds {
    let frame = LocalFrame::utm(11, false);
    let half_m = cells as f64 * 15.0;
    let middle = frame.to_lon_lat(EastNorth { east_m: 300_000.0 + half_m, north_m: 3_800_000.0 - half_m });
    let (lon, lat) = (middle.lon_deg(), middle.lat_deg());
    Bounds { west_deg: lon - 1e-4, south_deg: lat - 1e-4, east_deg: lon + 1e-4, north_deg: lat + 1e-4 }
}

fn folder(layers: &[(&str, TestRaster)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, raster) in layers {
        raster.write(&folder.path().join(name));
    }
    folder
}

fn value(raster_value: f32) -> TestRaster {
    TestRaster::layer(20, 20, move |_, _| raster_value)
}

fn loaded(layers: &[(&str, TestRaster)]) -> (Landscape, Vec<InputNote>) {
    load(folder(layers).path(), &around(20), 30_000.0, &FuelMeaning::default()).unwrap().unwrap()
}

#[test]
fn every_layer_is_read_on_the_fuel_layers_own_cells_and_scaled() {
    let fuel = TestRaster::layer(20, 20, |row, col| if row == 3 && col == 4 { 145.0 } else { 102.0 });
    let (landscape, notes) = loaded(&[
        ("fbfm40.tif", fuel),
        ("dem.tif", TestRaster::layer(20, 20, |_, col| 740.0 - 30.0 * col as f32)),
        ("slp.tif", value(45.0)),
        ("asp.tif", value(90.0)),
        ("cc.tif", value(40.0)),
        ("ch.tif", value(150.0)),
        ("cbh.tif", value(20.0)),
        ("cbd.tif", value(13.0)),
    ]);
    assert_eq!((landscape.shape.rows, landscape.shape.cols), (20, 20));
    assert_eq!((landscape.shape.west_m, landscape.shape.north_m), (300_000.0, 3_800_000.0));
    assert_eq!(landscape.fuel[3 * 20 + 4], 145);
    assert_eq!(landscape.terrain.elevation_m(7 * 20 + 3), 650.0);
    let trees = Trees { cover: 0.4, height_m: 15.0, base_height_m: 2.0, bulk_density_kg_m3: 0.13 };
    assert_eq!(landscape.canopy.unwrap().trees(0), trees);
    // Facing east at 45 degrees: the ground rises toward the west, as much as it runs.
    let [east, north] = landscape.terrain.rise(0);
    assert!((east + 1.0).abs() < 1e-6 && north.abs() < 1e-6, "{east} {north}");
    assert!(notes.iter().all(|note| !note.fallback), "{notes:?}");
}

#[test]
fn missing_slope_and_aspect_are_derived_from_the_elevation() {
    let plane = TestRaster::layer(20, 20, |row, col| 6.0 * col as f32 - 3.0 * row as f32);
    let (landscape, notes) = loaded(&[("fbfm40.tif", value(102.0)), ("dem.tif", plane)]);
    let [east, north] = landscape.terrain.rise(10 * 20 + 10);
    assert!((east - 0.2).abs() < 1e-4 && (north - 0.1).abs() < 1e-4, "{east} {north}");
    assert!(notes[1].source.contains("derived"), "{notes:?}");
    assert!(notes.iter().any(|note| note.input == "canopy" && note.fallback));
}

#[test]
fn without_a_dem_the_ground_is_flat_and_a_note_says_so() {
    let (landscape, notes) = loaded(&[("fbfm13.tif", value(4.0))]);
    assert_eq!(landscape.terrain, Terrain::flat(400));
    assert!(landscape.fuel.iter().all(|&code| code == 4));
    assert!(notes.iter().any(|note| note.input == "terrain" && note.fallback), "{notes:?}");
}

#[test]
fn ground_that_burns_without_an_elevation_is_counted_and_water_is_not() {
    let fuel = TestRaster::layer(20, 20, |_, col| if col < 5 { 98.0 } else { 102.0 });
    let dem = TestRaster::layer(20, 20, |row, col| if row < 10 && col < 8 { -9999.0 } else { 100.0 });
    let (_, notes) = loaded(&[("fbfm40.tif", fuel), ("dem.tif", dem)]);
    let doubt = notes.iter().find(|note| note.input == "terrain" && note.fallback).unwrap();
    assert!(doubt.source.ends_with("dem.tif: no elevation in 30 cells that burn, taken as 0 m"), "{doubt:?}");
}

#[test]
fn slopes_that_are_far_steeper_than_the_elevations_are_doubted() {
    let plane = || TestRaster::layer(20, 20, |_, col| 6.0 * col as f32);
    let doubts = |slope: f32| {
        let layers = [
            ("fbfm40.tif", value(102.0)),
            ("dem.tif", plane()),
            ("slp.tif", value(slope)),
            ("asp.tif", value(270.0)),
        ];
        let (_, notes) = loaded(&layers);
        notes.into_iter().filter(|note| note.input == "terrain" && note.fallback).collect::<Vec<_>>()
    };
    assert_eq!(doubts(11.3), []);
    let percent = doubts(20.0);
    assert!(
        percent[0].source.contains("slp is 20 degrees in the mean where the elevations make 11"),
        "{percent:?}"
    );
}

#[test]
fn layers_with_values_that_cannot_be_are_refused_with_layer_needed_and_found() {
    for (layer, told, expected) in [
        ("dem.tif", 32_767.0, "elevation of "),
        (
            "slp.tif",
            300.0,
            "needed 0 to 90 degrees, a unit that says percent, or a value that the file says is no data, found 300",
        ),
        ("slp.tif", -5.0, "found -5"),
        ("cc.tif", 4_000.0, "canopy cover of "),
        ("ch.tif", 32_767.0, "canopy height of "),
        ("cbh.tif", 32_767.0, "canopy base height of "),
        ("cbd.tif", 1_000.0, "canopy bulk density of "),
    ] {
        let mut layers = vec![("fbfm40.tif", value(102.0)), ("asp.tif", value(90.0))];
        for other in ["dem.tif", "slp.tif", "cc.tif", "ch.tif", "cbh.tif", "cbd.tif"] {
            layers.push((other, value(if other == layer { told } else { 0.0 })));
        }
        let folder = folder(&layers);
        let error =
            load(folder.path(), &around(20), 30_000.0, &FuelMeaning::default()).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(layer), "{error}");
    }
}

#[test]
fn codes_that_no_model_has_are_counted_and_named() {
    let odd = TestRaster::layer(20, 20, |row, col| match (row, col) {
        (0, 0) => -9999.0,
        (0, 1) => 77.0,
        (1, _) => 300.0,
        _ => 183.0,
    });
    let (landscape, notes) = loaded(&[("fbfm40.tif", odd)]);
    assert_eq!(landscape.fuel.iter().filter(|&&code| code == FUEL_NO_DATA).count(), 22);
    let note = notes.iter().find(|note| note.input == "fuel" && note.fallback).unwrap();
    assert!(
        note.source.contains("21 cells") && note.source.contains("77 in 1, 300 in 20"),
        "{}",
        note.source
    );
}

#[test]
fn a_folder_without_fuel_says_what_it_needed_and_what_it_found() {
    let folder = folder(&[("dem.tif", value(1.0)), ("slp.tif", value(1.0))]);
    let error = load(folder.path(), &around(20), 1000.0, &FuelMeaning::default()).unwrap_err().to_string();
    for part in ["fuel", "fbfm40.tif", "dem.tif, slp.tif", &folder.path().display().to_string()] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_fire_elsewhere_gets_nothing() {
    let folder = folder(&[("fbfm40.tif", value(102.0))]);
    for (lon, lat) in [(-117.0, 34.0), (10.0, 50.0), (-119.1, -34.0)] {
        let area = Bounds { west_deg: lon, south_deg: lat, east_deg: lon, north_deg: lat };
        assert!(
            load(folder.path(), &area, 30_000.0, &FuelMeaning::default()).unwrap().is_none(),
            "{lon} {lat}"
        );
    }
}

#[test]
fn the_window_reaches_so_far_and_keeps_to_the_rasters_cells() {
    let folder = folder(&[(
        "fbfm40.tif",
        TestRaster::layer(600, 600, |row, col| if (row + col) % 2 == 0 { 102.0 } else { 145.0 }),
    )]);
    let (landscape, _) = load(folder.path(), &around(600), 3000.0, &FuelMeaning::default()).unwrap().unwrap();
    let shape = landscape.shape;
    assert!((200..=400).contains(&shape.rows) && (200..=400).contains(&shape.cols), "{shape:?}");
    let (row, col) = ((3_800_000.0 - shape.north_m) / 30.0, (shape.west_m - 300_000.0) / 30.0);
    assert_eq!((row.fract(), col.fract()), (0.0, 0.0));
    let expected = if ((row + col) as usize).is_multiple_of(2) { 102 } else { 145 };
    assert_eq!(landscape.fuel[0], expected);
}

#[test]
fn one_raster_with_a_band_a_layer_serves_too() {
    let mut raster = value(250.0);
    raster.band_descriptions = ["US_ELEV", "US_SLPP", "US_ASP", "US_FBFM40"].map(str::to_owned).to_vec();
    raster.bands = [250.0, 0.0, -1.0, 165.0].map(|value| vec![value; 400]).to_vec();
    let folder = folder(&[("lf.tif", raster)]);
    for path in [folder.path().to_owned(), folder.path().join("lf.tif")] {
        let (landscape, _) = load(&path, &around(20), 30_000.0, &FuelMeaning::default()).unwrap().unwrap();
        assert_eq!(
            (landscape.fuel[5], landscape.terrain.elevation_m(5), landscape.terrain.rise(5)),
            (165, 250.0, [0.0; 2])
        );
    }
}

#[test]
fn layers_on_other_grids_and_in_degrees_are_brought_onto_the_fuels_cells() {
    let frame = LocalFrame::utm(11, false);
    let corner = frame.to_lon_lat(EastNorth { east_m: 299_900.0, north_m: 3_800_100.0 });
    let cell_deg = 0.0005;
    let mut dem = TestRaster::layer(40, 40, |row, _| 1000.0 - row as f32);
    (dem.west, dem.north, dem.cell, dem.epsg) = (corner.lon_deg(), corner.lat_deg(), cell_deg, 4326);
    let (landscape, _) = loaded(&[("fbfm40.tif", value(102.0)), ("dem.tif", dem)]);
    let point = landscape.shape.centre(10, 10);
    let lat = frame.to_lon_lat(point).lat_deg();
    let expected = 1000.0 - ((corner.lat_deg() - lat) / cell_deg - 0.5);
    let found = f64::from(landscape.terrain.elevation_m(10 * 20 + 10));
    // Elevations are kept in quarters of a metre.
    assert!((found - expected).abs() < 0.13, "{found} {expected}");
}

#[test]
fn fuel_in_degrees_gets_a_grid_in_the_zone_and_aspect_is_turned() {
    let mut layers: Vec<TestRaster> =
        [102.0, 45.0, 0.0].map(|v| TestRaster::layer(60, 60, move |_, _| v)).to_vec();
    for raster in &mut layers {
        (raster.west, raster.north, raster.cell, raster.epsg) = (-119.51, 34.01, 1.0 / 3600.0, 4326);
    }
    let [fuel, slope, aspect] = layers.try_into().ok().unwrap();
    let folder = folder(&[("fbfm40.tif", fuel), ("slp.tif", slope), ("asp.tif", aspect)]);
    let area = Bounds { west_deg: -119.503, south_deg: 34.001, east_deg: -119.502, north_deg: 34.002 };
    let (landscape, _) = load(folder.path(), &area, 30_000.0, &FuelMeaning::default()).unwrap().unwrap();
    assert_eq!(landscape.frame.epsg(), 32611);
    assert_eq!(landscape.shape.cell_size_m, 28.0);
    let centre = landscape.frame.to_plane(area::centre(&area).unwrap());
    let (row, col) = landscape.shape.cell_at(centre).unwrap();
    let cell = landscape.shape.index(row, col);
    assert_eq!(landscape.fuel[cell], 102);
    // The slope faces true north, so it rises toward true south: along the meridian, which is turned on the grid.
    let turn_rad = landscape.frame.convergence_rad(area::centre(&area).unwrap());
    let [east, north] = landscape.terrain.rise(cell).map(f64::from);
    assert!(turn_rad.abs() > 0.02);
    assert!((east - turn_rad.sin()).abs() < 2e-4 && (north + turn_rad.cos()).abs() < 2e-4, "{east} {north}");
}

#[test]
fn a_layer_that_covers_a_part_leaves_the_rest_without_data() {
    let mut cover = TestRaster::layer(6, 8, |row, col| 10.0 * row as f32 + col as f32 + 1.0);
    (cover.west, cover.north) = (300_000.0 - 60.0, 3_800_000.0 - 90.0);
    let (landscape, _) = loaded(&[("fbfm40.tif", value(102.0)), ("cc.tif", cover), ("ch.tif", value(100.0))]);
    let canopy = landscape.canopy.unwrap();
    let at = |row: usize, col: usize| (canopy.trees(row * 20 + col).cover * 100.0).round();
    assert_eq!((at(2, 0), at(3, 0), at(3, 5), at(3, 6)), (0.0, 3.0, 8.0, 0.0));
    assert_eq!((at(8, 0), at(9, 0)), (53.0, 0.0));
}

#[test]
fn a_raster_of_another_classification_is_taken_through_its_crosswalk() {
    // C-2, water, half-and-half mixedwood, and two numbers that are no class.
    let classes = TestRaster::layer(20, 20, |row, col| match (row, col) {
        (0, _) => 102.0,
        (1, _) => 650.0,
        (2, 0) => 8.0,
        (2, 1) => 300.5,
        _ => 2.0,
    });
    let settings =
        InputSettings { fuel_classification: Some(Classification::Fbp), ..InputSettings::default() };
    let meaning = FuelMeaning::read(&settings).unwrap();
    let folder = folder(&[("fuel.tif", classes)]);
    let (landscape, notes) = load(folder.path(), &around(20), 30_000.0, &meaning).unwrap().unwrap();
    let row = |row: usize| landscape.fuel[row * 20 + 5];
    assert_eq!((row(0), row(1), row(2)), (98, 164, 164));
    assert_eq!((landscape.fuel[40], landscape.fuel[41]), (FUEL_NO_DATA, FUEL_NO_DATA));
    let texts: Vec<&str> =
        notes.iter().filter(|note| note.input == "fuel").map(|note| note.source.as_str()).collect();
    assert!(texts[0].ends_with("fuel.tif, classes of fbp taken as standard fuel models"), "{texts:?}");
    assert!(
        texts[1]
            .contains("2 cells hold numbers that are no class of fbp, taken as no data: 8 in 1, 300 in 1")
    );
}

#[test]
fn custom_models_give_their_codes_a_meaning_and_a_note() {
    let folder =
        folder(&[("fbfm40.tif", TestRaster::layer(20, 20, |row, _| if row < 3 { 20.0 } else { 14.0 }))]);
    let file = folder.path().join("maquis.fmd");
    std::fs::write(&file, "METRIC\n14 MAQ 7 3 0 1 12 dynamic 62 55 50 150 22 20000 21000 high maquis\n")
        .unwrap();
    let settings = InputSettings { fuel_models: Some(file), ..InputSettings::default() };
    let meaning = FuelMeaning::read(&settings).unwrap();
    let (landscape, notes) = load(folder.path(), &around(20), 30_000.0, &meaning).unwrap().unwrap();
    assert_eq!((landscape.fuel[0], landscape.fuel[399]), (FUEL_NO_DATA, 14));
    assert!(landscape.burns(399) && !landscape.burns(0));
    assert_eq!(landscape.fuel_models.describe(14), "MAQ high maquis");
    assert!((landscape.fuel_models.get(14).unwrap().depth_m() - 1.5).abs() < 1e-12);
    let note = notes.iter().find(|note| note.input == "fuel_models").unwrap();
    assert!(
        note.source.contains("maquis.fmd: 1 custom fuel models (14 MAQ)") && !note.fallback,
        "{}",
        note.source
    );
    let unknown = notes.iter().find(|note| note.input == "fuel" && note.fallback).unwrap();
    assert!(unknown.source.contains("60 cells hold codes that no fuel model has"), "{}", unknown.source);
}

/// A part of a raster: 20 columns from one on.
fn columns(whole: &TestRaster, first: usize) -> TestRaster {
    let band = whole.bands[0].chunks(whole.cols).flat_map(|row| row[first..first + 20].to_vec()).collect();
    let west = whole.west + first as f64 * whole.cell;
    TestRaster { cols: 20, west, bands: vec![band], ..whole.clone() }
}

#[test]
fn layers_in_tiles_make_the_landscape_that_whole_ones_make() {
    let fuel = TestRaster::layer(40, 40, |row, col| if (row / 3 + col) % 5 == 0 { 145.0 } else { 102.0 });
    let dem = TestRaster::layer(40, 40, |row, col| (row * row) as f32 + 3.0 * col as f32);
    let slope = TestRaster::layer(40, 40, |row, _| row as f32);
    let aspect = TestRaster::layer(40, 40, |_, col| 9.0 * col as f32);
    let layers = [("fbfm40", fuel), ("dem", dem), ("slp", slope), ("asp", aspect)];
    let whole = layers.each_ref().map(|(name, raster)| (format!("{name}.tif"), raster.clone()));
    let whole: Vec<(&str, TestRaster)> =
        whole.iter().map(|(name, raster)| (name.as_str(), raster.clone())).collect();
    let one = load(folder(&whole).path(), &around(40), 30_000.0, &FuelMeaning::default()).unwrap().unwrap().0;
    let tiled = tempfile::tempdir().unwrap();
    std::fs::create_dir(tiled.path().join("dem")).unwrap();
    for (name, raster) in &layers {
        for (number, first) in [(1, 0), (2, 20)] {
            let file =
                if *name == "dem" { format!("dem/n{number}.tif") } else { format!("{name}_n{number}.tif") };
            columns(raster, first).write(&tiled.path().join(file));
        }
    }
    let (many, notes) = load(tiled.path(), &around(40), 30_000.0, &FuelMeaning::default()).unwrap().unwrap();
    let (shape, expected) = (many.shape, one.shape);
    assert!(shape.rows <= 60 && shape.cols <= 60, "{shape:?}");
    let down = ((shape.north_m - expected.north_m) / 30.0).round() as i64;
    let right = ((expected.west_m - shape.west_m) / 30.0).round() as i64;
    for row in 0..expected.rows {
        for col in 0..expected.cols {
            let (there, here) = ((row as i64 + down) as usize, (col as i64 + right) as usize);
            let (found, known) = (shape.index(there, here), expected.index(row, col));
            assert_eq!(many.fuel[found], one.fuel[known], "{row} {col}");
            assert_eq!(many.terrain.elevation_m(found), one.terrain.elevation_m(known), "{row} {col}");
            // Steps of the packed rise are some 1e-4 wide here.
            for (found, known) in many.terrain.rise(found).iter().zip(one.terrain.rise(known)) {
                assert!((found - known).abs() < 3e-4, "{row} {col}: {found} {known}");
            }
        }
    }
    assert!(notes.iter().any(|note| note.input == "terrain" && note.source.contains("dem")), "{notes:?}");
}

#[test]
fn an_ascii_grid_is_a_layer_too_and_one_without_a_projection_is_named() {
    let folder = folder(&[("fbfm40.tif", value(102.0))]);
    let grid = "ncols 20\nnrows 20\nxllcorner 300000\nyllcorner 3799400\ncellsize 30\n".to_owned()
        + &"70 ".repeat(400);
    let file = std::fs::File::create(folder.path().join("dem.asc.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packed.write_all(grid.as_bytes()).unwrap();
    packed.finish().unwrap();
    let error = load(folder.path(), &around(20), 1000.0, &FuelMeaning::default()).unwrap_err().to_string();
    assert!(error.contains("dem.asc.gz") && error.contains("no .prj beside it"), "{error}");
    std::fs::write(folder.path().join("dem.prj"), UTM_11).unwrap();
    let (landscape, _) = load(folder.path(), &around(20), 1000.0, &FuelMeaning::default()).unwrap().unwrap();
    assert!((0..400).all(|cell| landscape.terrain.elevation_m(cell) == 70.0));
}

const UTM_11: &str = "PROJCS[\"WGS_1984_UTM_Zone_11N\",GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",\
    SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],\
    PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",0.0],\
    PARAMETER[\"Central_Meridian\",-117.0],PARAMETER[\"Scale_Factor\",0.9996],\
    PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]";

#[test]
fn a_landscape_file_is_scaled_by_the_units_of_its_header() {
    let mut file = vec![0_u8; 7316];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    for (at, word) in [(0, 21_i32), (4, 20), (8, 34), (4164, 20), (4168, 20)] {
        put(at, &word.to_le_bytes());
    }
    for (at, number) in [(4180, 300_000.0_f64), (4188, 3_800_000.0), (4208, 30.0), (4216, 30.0)] {
        put(at, &number.to_le_bytes());
    }
    // Feet, percent, degrees; cover in classes, heights in tenths of feet and in feet, density in lb/ft3 x 1000.
    for (place, unit) in [1_i16, 1, 2, 0, 0, 4, 2, 4].into_iter().enumerate() {
        put(4224 + 2 * place, &unit.to_le_bytes());
    }
    let cell: [i16; 8] = [1000, 100, 90, 165, 3, 500, 10, 8];
    file.extend((0..400).flat_map(|_| cell).flat_map(i16::to_le_bytes));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("valley.lcp"), file).unwrap();
    std::fs::write(folder.path().join("valley.prj"), UTM_11).unwrap();
    let (landscape, _) =
        load(folder.path(), &around(20), 30_000.0, &FuelMeaning::default()).unwrap().unwrap();
    let canopy = landscape.canopy.unwrap();
    let trees = canopy.trees(5);
    let found = [
        f64::from(landscape.terrain.elevation_m(5)),
        -f64::from(landscape.terrain.rise(5)[0]),
        trees.cover,
        trees.height_m,
        trees.base_height_m,
        trees.bulk_density_kg_m3,
    ];
    // To half a step of what is kept: 1/4 m, some 1e-4, 1e-4, 1 cm, 1 cm, 2e-4 kg/m3.
    let steps = [0.25, 4e-4, 1e-4, 0.01, 0.01, 2e-4];
    for ((found, expected), step) in
        found.iter().zip([304.8, 1.0, 0.655, 15.24, 3.048, 0.128_147_7]).zip(steps)
    {
        assert!((found - expected).abs() <= step / 2.0 + 1e-6, "{found} {expected}");
    }
    assert_eq!(landscape.fuel[5], 165);
}
