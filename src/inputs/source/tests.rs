use firecore::moisture::LiveFuelMoisture;

use super::*;
use crate::inputs::builtin;
use crate::inputs::test_files::TestRaster;

const START: &str = "2024-08-01T00:00:00Z";

fn area(lon: f64, lat: f64) -> Bounds {
    Bounds { west_deg: lon, south_deg: lat, east_deg: lon + 1e-3, north_deg: lat + 1e-3 }
}

/// A place in the middle of a raster written by [`TestRaster::layer`] with 100 x 100 cells.
fn inside() -> Bounds {
    let place = LocalFrame::utm(11, false)
        .to_lon_lat(firecore::geo::EastNorth { east_m: 301_500.0, north_m: 3_798_500.0 });
    area(place.lon_deg(), place.lat_deg())
}

fn note<'a>(set: &'a InputSet, input: &str) -> &'a InputNote {
    set.notes.iter().find(|note| note.input == input).unwrap()
}

#[tokio::test]
async fn with_nothing_configured_every_input_is_a_named_fallback() {
    let inputs = ConfiguredInputs::new(InputSettings::default());
    let set = inputs.fetch(area(23.5, 38.2), START.parse().unwrap(), 3600).await.unwrap();
    for input in ["terrain", "fuel", "canopy", "wind", "dead_fuel_moisture", "live_fuel_moisture"] {
        assert!(note(&set, input).fallback, "{input}");
    }
    assert_eq!(set.landscape.frame.epsg(), 32634);
    assert_eq!(set.weather.frame, set.landscape.frame);
    assert!(
        set.landscape.shape.rows >= 800
            && set.landscape.fuel.iter().all(|&code| code == builtin::FUEL_DEFAULT)
    );
}

#[test]
fn a_landscape_is_read_once_until_its_files_change() {
    let folder = tempfile::tempdir().unwrap();
    TestRaster::layer(100, 100, |_, _| 102.0).write(&folder.path().join("fbfm40.tif"));
    let settings = InputSettings { landscapes: vec![folder.path().to_owned()], ..InputSettings::default() };
    let inputs = ConfiguredInputs::new(settings);
    let fetch = || inputs.fetch_blocking(&inside(), START.parse().unwrap(), 3600).unwrap();
    let (first, second) = (fetch(), fetch());
    assert!(Arc::ptr_eq(&first.landscape, &second.landscape));
    assert!(!note(&first, "fuel").fallback);
    TestRaster::layer(100, 101, |_, _| 145.0).write(&folder.path().join("fbfm40.tif"));
    assert_eq!(fetch().landscape.fuel[0], 145);
}

#[test]
fn a_fire_outside_every_folder_says_so() {
    let folder = tempfile::tempdir().unwrap();
    TestRaster::layer(100, 100, |_, _| 102.0).write(&folder.path().join("fbfm40.tif"));
    write_wind(folder.path(), &["2024-08-01T00:00:00Z", "2024-08-01T06:00:00Z"]);
    let paths = || vec![folder.path().to_owned()];
    let settings = InputSettings { landscapes: paths(), weathers: paths(), ..InputSettings::default() };
    let set = ConfiguredInputs::new(settings)
        .fetch_blocking(&area(150.0, -33.0), START.parse().unwrap(), 60)
        .unwrap();
    let terrain = note(&set, "terrain");
    assert!(terrain.fallback && terrain.source.contains(&folder.path().display().to_string()), "{terrain:?}");
    let wind = note(&set, "wind");
    assert!(wind.source.contains("(2024-08-01T00:00Z to 2024-08-01T06:00Z, -119.17 to -119.14"), "{wind:?}");
    assert!(terrain.source.contains("-119.17 to -119.14, 34.29 to 34.32"), "{terrain:?}");
    assert_eq!(set.landscape.frame.epsg(), 32756);
}

#[test]
fn constant_weather_and_live_moisture_come_from_the_settings() {
    let live = LiveFuelMoisture { herbaceous: 0.3, woody: 0.6 };
    let mut weather = builtin::WEATHER_DEFAULT;
    weather.wind_10m_m_s = 9.0;
    let settings = InputSettings {
        constant_weather: Some(weather),
        live_fuel_moisture: Some(live),
        ..InputSettings::default()
    };
    let set = ConfiguredInputs::new(settings).fetch_blocking(&inside(), START.parse().unwrap(), 60).unwrap();
    let cell = set.weather.steps[0].cells[0];
    assert!((cell.wind_10m_east_m_s.hypot(cell.wind_10m_north_m_s) - 9.0).abs() < 1e-9);
    assert_eq!(cell.moisture.live, live);
    assert!(!note(&set, "wind").fallback && !note(&set, "live_fuel_moisture").fallback);
}

/// A station's wind is bent by the terrain, a raster's and a constant one are not, unless the settings say otherwise.
#[test]
fn wind_that_does_not_know_the_terrain_is_bent_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["ground", "rasters"] {
        std::fs::create_dir(path(name)).unwrap();
    }
    TestRaster::layer(100, 100, |row, col| (300 + (row * 7 + col * 13) % 90) as f32)
        .write(&path("ground/dem.tif"));
    TestRaster::layer(100, 100, |_, _| 102.0).write(&path("ground/fuel.tif"));
    write_wind(&path("rasters"), &["2024-08-01T00:00:00Z"]);
    let table = "lon,lat,time,wind_10m_m_s,wind_from_deg\n-119.16,34.31,2024-08-01T00:00:00Z,8,270\n";
    std::fs::write(path("station.csv"), table).unwrap();
    let bends = |weathers: Vec<PathBuf>, constant_weather, terrain_wind| {
        let landscapes = vec![path("ground")];
        let settings = InputSettings {
            landscapes,
            weathers,
            constant_weather,
            terrain_wind,
            ..InputSettings::default()
        };
        let set =
            ConfiguredInputs::new(settings).fetch_blocking(&inside(), START.parse().unwrap(), 60).unwrap();
        let said = note(&set, "wind").source.contains("turned and sped up by the terrain");
        assert_eq!(set.weather.terrain_bends_wind, said);
        said
    };
    use TerrainWinds::{Always, Auto, Never};
    let station = || vec![path("station.csv")];
    let rasters = || vec![path("rasters")];
    assert!(bends(station(), None, Auto) && !bends(station(), None, Never));
    assert!(!bends(rasters(), None, Auto) && bends(rasters(), None, Always));
    let flat = InputSettings { weathers: station(), ..InputSettings::default() };
    let set = ConfiguredInputs::new(flat).fetch_blocking(&inside(), START.parse().unwrap(), 60).unwrap();
    assert!(!note(&set, "wind").source.contains("turned"), "flat ground turns none: {:?}", set.notes);
    let constant = Some(builtin::WEATHER_DEFAULT);
    assert!(!bends(vec![], constant, Auto) && bends(vec![], constant, Always));
}

#[test]
fn a_missing_folder_is_an_error_that_names_it() {
    let settings = InputSettings { landscapes: vec!["no/such/folder".into()], ..InputSettings::default() };
    let error =
        ConfiguredInputs::new(settings).fetch_blocking(&inside(), START.parse().unwrap(), 60).unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

#[test]
fn an_area_that_is_none_is_refused() {
    let area = Bounds { west_deg: 0.0, south_deg: 10.0, east_deg: 1.0, north_deg: f64::NAN };
    let inputs = ConfiguredInputs::new(InputSettings::default());
    assert!(matches!(
        inputs.fetch_blocking(&area, START.parse().unwrap(), 60),
        Err(InputsError::Area { .. })
    ));
}

#[test]
fn a_mistake_in_the_fuel_models_names_file_and_line_and_a_change_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    TestRaster::layer(100, 100, |_, _| 14.0).write(&folder.path().join("fuel.tif"));
    let file = folder.path().join("own.csv");
    let head = "code,name,depth_ft,mx_dead_pct,heat_btu_lb,load_1h_t_ac,load_10h_t_ac,load_100h_t_ac,load_herb_t_ac,\
                load_woody_t_ac,sav_1h,sav_herb,sav_woody";
    let write = |depth: &str| {
        std::fs::write(&file, format!("{head}\n14,MAQ,{depth},25,8000,2,0,0,0,0,2000,,\n")).unwrap()
    };
    write("1");
    let settings = InputSettings {
        landscapes: vec![folder.path().to_owned()],
        fuel_models: Some(file.clone()),
        ..InputSettings::default()
    };
    let inputs = ConfiguredInputs::new(settings);
    let fetch = || inputs.fetch_blocking(&inside(), START.parse().unwrap(), 3600);
    let depth_m = |set: &InputSet| set.landscape.fuel_models.get(14).unwrap().depth_m();
    let first = fetch().unwrap();
    assert!(Arc::ptr_eq(&first.landscape, &fetch().unwrap().landscape));
    assert_eq!((depth_m(&first), inputs.check().is_ok()), (0.3048, true));
    write("2.5");
    assert_eq!(depth_m(&fetch().unwrap()), 0.762);
    write("none");
    let expected =
        format!("fuel models file {}, line 2, depth_ft: needed a number, found \"none\"", file.display());
    assert_eq!(fetch().unwrap_err().to_string(), expected);
    assert_eq!(inputs.check().unwrap_err().to_string(), expected);
}

/// Wind over the raster of [`inside`], at the hours given.
fn write_wind(folder: &Path, hours: &[&str]) {
    let mut raster = TestRaster::layer(100, 100, |_, _| 10.0);
    raster.bands = vec![raster.bands[0].clone(); hours.len()];
    raster.band_descriptions = hours.iter().map(|hour| (*hour).to_owned()).collect();
    for name in ["wd.tif", "ws.tif"] {
        raster.write(&folder.join(name));
    }
}

#[tokio::test]
async fn a_new_run_of_the_weather_is_news_for_the_ground_and_time_that_it_covers() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_wind(first.path(), &["2024-08-01T00:00:00Z", "2024-08-01T06:00:00Z"]);
    let weathers = vec![first.path().to_owned(), second.path().to_owned()];
    let inputs =
        ConfiguredInputs::new(InputSettings { weathers, weather_hold_s: 3600, ..InputSettings::default() });
    let start: Timestamp = START.parse().unwrap();
    assert!(inputs.news().await.is_empty(), "what is there at the start is none");
    assert!(inputs.news().await.is_empty());

    write_wind(first.path(), &["2024-08-01T00:00:00Z", "2024-08-01T06:00:00Z", "2024-08-01T12:00:00Z"]);
    let news = inputs.news().await;
    assert_eq!(news.len(), 1);
    let expected =
        format!("new weather in {}: 2024-08-01T00:00:00Z to 2024-08-01T12:00:00Z", first.path().display());
    assert_eq!(news[0].what, expected);
    assert!(news[0].touches(&inside(), start, 3600));
    assert!(news[0].touches(&inside(), start, 13 * 3600), "within the hour that it is held for");
    assert!(!news[0].touches(&inside(), start, 14 * 3600), "beyond it");
    assert!(!news[0].touches(&area(150.0, -33.0), start, 3600), "elsewhere");
    assert!(inputs.news().await.is_empty(), "told once");

    std::fs::write(second.path().join("ws.tif"), "half of a file").unwrap();
    assert!(inputs.news().await.is_empty(), "what cannot be read is none yet");
    write_wind(second.path(), &["2024-08-01T00:00:00Z"]);
    assert_eq!(inputs.news().await.len(), 1);
    for name in ["ws.tif", "wd.tif"] {
        std::fs::remove_file(second.path().join(name)).unwrap();
    }
    let gone = inputs.news().await;
    assert!(gone[0].what.ends_with("is gone") && gone[0].touches(&inside(), start, 3600), "{gone:?}");
}
