use firecore::geo::LonLat;

use super::*;
use crate::inputs::settings::LIVE_FUEL_MOISTURE_DEFAULT;
use crate::inputs::test_files::TestRaster;

const HOURS: [&str; 4] = ["2024-08-01T00:00Z", "2024-08-01T01:00Z", "2024-08-01T02:00Z", "2024-08-01T03:00Z"];

/// 8 x 8 cells of 600 m, the same value everywhere within an hour.
fn hourly(description: &str, values: [f32; 4]) -> TestRaster {
    let mut raster = TestRaster::layer(8, 8, |_, _| 0.0);
    raster.cell = 600.0;
    raster.description = description.to_owned();
    raster.bands = values.map(|value| vec![value; 64]).to_vec();
    raster.band_descriptions = HOURS.map(str::to_owned).to_vec();
    raster
}

fn folder(layers: &[(&str, TestRaster)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, raster) in layers {
        raster.write(&folder.path().join(name));
    }
    folder
}

fn request<'a>(frame: &'a LocalFrame, start: &str, hours: u32) -> Request<'a> {
    let fire = EastNorth { east_m: 302_400.0, north_m: 3_797_600.0 };
    Request {
        frame,
        ground: PlaneBox { west_m: 301_000.0, south_m: 3_796_500.0, east_m: 303_500.0, north_m: 3_799_000.0 },
        fire,
        start: start.parse().unwrap(),
        horizon_s: hours * 3600,
        hold_s: 24 * 3600,
        live: LIVE_FUEL_MOISTURE_DEFAULT,
    }
}

fn wind(speeds: [f32; 4], from_deg: [f32; 4]) -> Vec<(&'static str, TestRaster)> {
    vec![
        ("ws.tif", hourly("wind speed at 20 ft above vegetation, mph", speeds)),
        ("wd.tif", hourly("wind direction, degrees FROM", from_deg)),
    ]
}

#[test]
fn the_window_in_time_and_space_is_cut_out_with_its_neighbours() {
    let frame = LocalFrame::utm(11, false);
    let mut layers = wind([10.0, 20.0, 30.0, 40.0], [0.0, 90.0, 180.0, 270.0]);
    layers.push(("m1.tif", hourly("percent", [4.0, 5.0, 6.0, 7.0])));
    let folder = folder(&layers);
    let (series, notes) = load(folder.path(), &request(&frame, "2024-08-01T01:30:00Z", 1)).unwrap().unwrap();
    let hours: Vec<String> = series.steps.iter().map(|step| step.valid_at.to_string()).collect();
    assert_eq!(hours, ["2024-08-01T01:00:00Z", "2024-08-01T02:00:00Z", "2024-08-01T03:00:00Z"]);
    assert!(
        series.shape.rows < 8 && series.shape.rows >= 5 && series.shape.cell_size_m == 600.0,
        "{:?}",
        series.shape
    );
    let cell = series.steps[1].cells[0];
    let speed = cell.wind_10m_east_m_s.hypot(cell.wind_10m_north_m_s);
    assert!((speed - 30.0 * 0.44704 * 1.15).abs() < 1e-4, "{speed}");
    assert!(cell.wind_10m_north_m_s > 0.99 * speed, "a wind from the south blows north: {cell:?}");
    assert!((cell.moisture.dead.one_hour - 0.06).abs() < 1e-7);
    assert_eq!(cell.moisture.dead.hundred_hour, DEAD_FUEL_MOISTURE_DEFAULT.hundred_hour);
    let note = notes.iter().find(|note| note.fallback).unwrap();
    assert!(note.input == "dead_fuel_moisture" && note.source.contains("m10, m100"), "{note:?}");
    assert_eq!(notes[0].valid_at.unwrap().to_string(), "2024-08-01T01:00:00Z");
}

/// Where the folder has no moisture, its temperature and humidity make it; a raster of moisture goes before that.
#[test]
fn temperature_and_humidity_make_the_moisture_that_is_not_there() {
    let frame = LocalFrame::utm(11, false);
    let dead = |temperature: f32, humidity: f32, more: &[(&'static str, TestRaster)]| {
        let mut layers = wind([10.0; 4], [270.0; 4]);
        layers.push(("tmpf.tif", hourly("degrees F", [temperature; 4])));
        layers.push(("rh.tif", hourly("percent", [humidity; 4])));
        layers.extend_from_slice(more);
        let folder = folder(&layers);
        let (series, notes) = load(folder.path(), &request(&frame, HOURS[0], 3)).unwrap().unwrap();
        let moisture = series.at(series.steps.len() - 1, request(&frame, HOURS[0], 3).fire).moisture.dead;
        (moisture, notes)
    };
    let ((dry, notes), (damp, _)) = (dead(95.0, 10.0, &[]), dead(50.0, 90.0, &[]));
    assert!(
        (0.005..0.05).contains(&dry.one_hour) && (0.12..0.35).contains(&damp.one_hour),
        "{dry:?} {damp:?}"
    );
    assert!(dry.ten_hour < damp.ten_hour && dry.hundred_hour < damp.hundred_hour);
    let said: Vec<&str> = notes.iter().map(|note| note.source.as_str()).collect();
    assert!(
        said.iter()
            .any(|said| said.contains("m1, m10, m100 conditioned by temperature and humidity of 4 instants")),
        "{said:?}"
    );
    assert!(said.iter().any(|said| said.contains("no rain") && said.contains("less than a day")), "{said:?}");
    let (given, notes) = dead(95.0, 10.0, &[("m1.tif", hourly("percent", [9.0; 4]))]);
    assert!((given.one_hour - 0.09).abs() < 1e-7 && given.ten_hour == dry.ten_hour, "{given:?}");
    assert!(notes.iter().any(|note| note.source.contains("m10, m100 conditioned")), "{notes:?}");
}

#[test]
fn air_that_cannot_be_is_refused_with_its_file_and_band() {
    let frame = LocalFrame::utm(11, false);
    for (temperatures, humidities, expected) in [
        ([50.0, 50.0, 300.0, 50.0], [50.0; 4], "band 3"),
        ([50.0; 4], [50.0, 150.0, 50.0, 50.0], "needed relative humidity of 0 to 100 percent"),
        ([300.0; 4], [50.0; 4], "unless the file says otherwise, found 300, which is 148.9 degrees C"),
        ([f32::INFINITY, 50.0, 50.0, 50.0], [50.0; 4], "tmpf.tif"),
        ([50.0; 4], [0.5; 4], "needed relative humidity in percent, or a unit that says fraction, found 0.5"),
    ] {
        let mut layers = wind([10.0; 4], [270.0; 4]);
        layers.push(("tmpf.tif", hourly("degrees F", temperatures)));
        layers.push(("rh.tif", hourly("percent", humidities)));
        let folder = folder(&layers);
        let error = load(folder.path(), &request(&frame, HOURS[0], 3)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// The same air in all that it may be told in.
#[test]
fn the_units_of_air_in_the_file_decide() {
    let frame = LocalFrame::utm(11, false);
    let found = |temperature: (&str, f32), humidity: (&str, f32)| {
        let mut layers = wind([10.0; 4], [270.0; 4]);
        layers.push(("tmpf.tif", hourly(temperature.0, [temperature.1; 4])));
        layers.push(("rh.tif", hourly(humidity.0, [humidity.1; 4])));
        let folder = folder(&layers);
        let (series, notes) = load(folder.path(), &request(&frame, HOURS[0], 3)).unwrap().unwrap();
        let assumed = notes.iter().any(|note| note.fallback && note.source.contains("taken as degrees F"));
        (series.at(3, request(&frame, HOURS[0], 3).fire).moisture.dead, assumed)
    };
    let (expected, assumed) = found(("degrees F", 86.0), ("percent", 20.0));
    assert!(!assumed);
    for (unit, value, assumes) in [
        ("degrees C", 30.0, false),
        ("Celsius", 30.0, false),
        ("2 m temperature [C]", 30.0, false),
        ("[degC]", 30.0, false),
        ("K", 303.15, false),
        ("2 m temperature", 86.0, true),
    ] {
        let (dead, assumed) = found((unit, value), ("fraction", 0.2));
        let apart = (dead.one_hour - expected.one_hour).abs().max((dead.ten_hour - expected.ten_hour).abs());
        assert!(apart < 1e-5 && assumed == assumes, "{unit}: {dead:?} {assumed}");
    }
}

/// Four kilometres are a site; ground that is smaller has one all the same.
#[test]
fn small_rasters_of_air_make_moisture_too() {
    let frame = LocalFrame::utm(11, false);
    let small = |description: &str, value: f32| {
        let mut raster = hourly(description, [value; 4]);
        raster.cell = 150.0;
        raster
    };
    let layers =
        [("ws.tif", "mph", 10.0), ("wd.tif", "", 270.0), ("tmpf.tif", "F", 95.0), ("rh.tif", "%", 10.0)];
    let folder = folder(&layers.map(|(name, description, value)| (name, small(description, value))));
    let mut request = request(&frame, HOURS[0], 3);
    let corner = EastNorth { east_m: 300_600.0, north_m: 3_799_400.0 };
    (request.fire, request.ground) = (
        corner,
        PlaneBox { west_m: 300_000.0, south_m: 3_798_800.0, east_m: 301_200.0, north_m: 3_800_000.0 },
    );
    let (series, notes) = load(folder.path(), &request).unwrap().unwrap();
    let dead = series.at(3, corner).moisture.dead;
    assert!(dead.one_hour < 0.05, "{dead:?} {notes:?}");
}

/// Air of another week says nothing of this one's wood.
#[test]
fn air_of_after_the_forecast_is_not_taken() {
    let frame = LocalFrame::utm(11, false);
    for (month, day) in [("08", "20"), ("07", "02")] {
        let mut layers = wind([10.0; 4], [270.0; 4]);
        for (name, unit, value) in [("tmpf.tif", "degrees F", 80.0), ("rh.tif", "percent", 20.0)] {
            let mut raster = hourly(unit, [value; 4]);
            let of_then = |hour: &String| hour.replace("08-01", &format!("{month}-{day}"));
            raster.band_descriptions = raster.band_descriptions.iter().map(of_then).collect();
            layers.push((name, raster));
        }
        let folder = folder(&layers);
        let (_, notes) = load(folder.path(), &request(&frame, HOURS[0], 3)).unwrap().unwrap();
        assert!(notes.iter().any(|note| note.source.starts_with("built-in 6, 7 and 8 %")), "{notes:?}");
    }
}

/// Air that begins during the forecast is held from its beginning.
#[test]
fn air_that_begins_late_is_held_and_says_so() {
    let frame = LocalFrame::utm(11, false);
    let mut layers = wind([10.0; 4], [270.0; 4]);
    for (name, unit, value) in [("tmpf.tif", "degrees F", 80.0), ("rh.tif", "percent", 20.0)] {
        layers.push((name, hourly(unit, [value; 4])));
    }
    for (_, raster) in &mut layers[2..] {
        raster.bands.drain(..2);
        raster.band_descriptions.drain(..2);
    }
    let folder = folder(&layers);
    let (_, notes) = load(folder.path(), &request(&frame, HOURS[0], 3)).unwrap().unwrap();
    let held =
        |note: &InputNote| note.fallback && note.source.contains("begin 2.0 h after the forecast does");
    assert!(notes.iter().any(held), "{notes:?}");
}

/// What ends before the forecast does is held, and that is said with the hour that it is of.
#[test]
fn air_that_ends_early_is_held_and_says_so() {
    let frame = LocalFrame::utm(11, false);
    let mut layers = wind([10.0; 4], [270.0; 4]);
    for (name, unit, value) in [("tmpf.tif", "degrees F", 80.0), ("rh.tif", "percent", 20.0)] {
        let mut raster = hourly(unit, [value; 4]);
        raster.bands.truncate(2);
        raster.band_descriptions.truncate(2);
        layers.push((name, raster));
    }
    let folder = folder(&layers);
    let (_, notes) = load(folder.path(), &request(&frame, "2024-08-01T02:00:00Z", 1)).unwrap().unwrap();
    let made = notes.iter().find(|note| note.source.contains("of 2 instants")).unwrap();
    assert_eq!(made.valid_at.unwrap().to_string(), "2024-08-01T01:00:00Z");
    assert!(notes.iter().any(|note| note.fallback && note.source.contains("end 2.0 h before")), "{notes:?}");
    let mut hurried = request(&frame, "2024-08-01T02:00:00Z", 1);
    hurried.hold_s = 3600;
    let (_, notes) = load(folder.path(), &hurried).unwrap().unwrap();
    assert!(notes.iter().any(|note| note.source.starts_with("built-in 6, 7 and 8 %")), "{notes:?}");
}

#[test]
fn wind_and_moisture_that_cannot_be_are_refused_and_radians_are_doubted() {
    let frame = LocalFrame::utm(11, false);
    let found = |speed: f32, from: f32, moisture: f32| {
        let mut layers = wind([speed; 4], [from; 4]);
        layers.push(("m1.tif", hourly("percent", [moisture; 4])));
        load(folder(&layers).path(), &request(&frame, HOURS[0], 1))
    };
    let error = |speed, from, moisture| found(speed, from, moisture).unwrap_err().to_string();
    assert!(error(-10.0, 270.0, 5.0).contains("needed wind of 0 to 100 m/s"));
    assert!(error(2_000.0, 270.0, 5.0).contains("ws.tif"));
    assert!(error(10.0, 400.0, 5.0).contains("needed a bearing of 0 to 360 degrees, found 400"));
    assert!(error(10.0, 270.0, 900.0).contains("m1.tif"));
    for (bearings, expected) in [
        ([4.7, 4.2, 0.1, 3.0], true),
        ([-3.1, -1.5, 0.0, 3.1], true),
        // A wind from the north, or a calm.
        ([0.0; 4], false),
        ([4.7; 4], false),
        ([350.0, 0.0, 3.0, 6.0], false),
    ] {
        let folder = folder(&wind([10.0; 4], bearings));
        let (_, notes) = load(folder.path(), &request(&frame, HOURS[0], 3)).unwrap().unwrap();
        let doubted = notes.iter().any(|note| note.fallback && note.source.contains("radians"));
        assert_eq!(doubted, expected, "{bearings:?}: {notes:?}");
    }
}

/// Whoever looks at a folder is told what a forecast would be told or refused.
#[test]
fn a_look_at_rasters_finds_what_a_forecast_would() {
    let looked = |speed: f32, bearings: [f32; 4]| {
        crate::inputs::look::weather(folder(&wind([speed; 4], bearings)).path(), None)
    };
    assert_eq!(looked(10.0, [270.0, 280.0, 290.0, 300.0]).unwrap().warnings, Vec::<String>::new());
    let doubts = looked(10.0, [4.7, 4.2, 0.1, 3.0]).unwrap().warnings;
    assert!(doubts.len() == 1 && doubts[0].contains("radians"), "{doubts:?}");
    let error = looked(2_000.0, [270.0; 4]).unwrap_err().to_string();
    assert!(
        error.contains("needed wind of 0 to 100 m/s at 10 m, found 2000, which is 1028.2 m/s at 10 m"),
        "{error}"
    );
}

#[test]
fn a_hole_between_the_bands_is_told_to_who_forecasts_over_it_and_to_who_looks() {
    let frame = LocalFrame::utm(11, false);
    let mut layers = wind([10.0; 4], [270.0; 4]);
    for (_, raster) in &mut layers {
        raster.band_descriptions[3] = "2024-08-01T09:00Z".to_owned();
    }
    let folder = folder(&layers);
    let told = |start: &str, hours: u32| {
        let (_, notes) = load(folder.path(), &request(&frame, start, hours)).unwrap().unwrap();
        notes.iter().any(|note| note.fallback && note.source.ends_with("is interpolated over 7.0 h"))
    };
    assert!(told(HOURS[0], 3) && told("2024-08-01T04:00Z", 1) && !told(HOURS[0], 1));
    let doubts = crate::inputs::look::weather(folder.path(), None).unwrap().warnings;
    assert!(doubts.len() == 1 && doubts[0].contains("no band between 2024-08-01T02:00:00Z"), "{doubts:?}");
}

#[test]
fn the_unit_in_the_file_decides() {
    let frame = LocalFrame::utm(11, false);
    for (unit, factor) in [
        ("wind at 10 m, m/s", 1.0),
        ("10-m wind, km/h", 1.0 / 3.6),
        ("20-ft wind speed (m/s)", 1.15),
        ("10 m wind, knots", 1852.0 / 3600.0),
        ("", 0.44704 * 1.15),
    ] {
        let folder = folder(&[("ws.tif", hourly(unit, [10.0; 4])), ("wd.tif", hourly("", [270.0; 4]))]);
        let (series, notes) = load(folder.path(), &request(&frame, HOURS[0], 1)).unwrap().unwrap();
        let cell = series.steps[0].cells[0];
        let speed = cell.wind_10m_east_m_s.hypot(cell.wind_10m_north_m_s);
        assert!((speed - 10.0 * factor).abs() < 1e-4, "{unit}: {speed}");
        assert_eq!(notes[0].source.contains("no unit"), unit.is_empty());
    }
}

#[test]
fn a_window_beyond_the_last_hour_holds_it_and_says_by_how_much() {
    let frame = LocalFrame::utm(11, false);
    let folder = folder(&wind([10.0; 4], [0.0; 4]));
    let late = request(&frame, "2024-08-01T08:00:00Z", 4);
    let (series, notes) = load(folder.path(), &late).unwrap().unwrap();
    assert_eq!(series.steps.len(), 1);
    assert!(notes[1].fallback && notes[1].source.contains("ends 9.0 h before"), "{notes:?}");
    let early = request(&frame, "2024-07-31T20:00:00Z", 1);
    let (series, notes) = load(folder.path(), &early).unwrap().unwrap();
    assert_eq!(series.steps.len(), 1);
    assert!(notes[1].source.contains("begins 4.0 h after"), "{notes:?}");
    let much_later = request(&frame, "2024-08-09T00:00:00Z", 1);
    assert!(load(folder.path(), &much_later).unwrap().is_none());
}

#[test]
fn a_fire_outside_the_grid_gets_nothing() {
    let frame = LocalFrame::utm(11, false);
    let folder = folder(&wind([10.0; 4], [0.0; 4]));
    let mut elsewhere = request(&frame, HOURS[0], 1);
    elsewhere.fire.east_m += 50_000.0;
    assert!(load(folder.path(), &elsewhere).unwrap().is_none());
}

#[test]
fn bands_without_a_time_are_refused_by_name() {
    let frame = LocalFrame::utm(11, false);
    let mut layers = wind([10.0; 4], [0.0; 4]);
    layers[0].1.band_descriptions[2] = "hour 2".to_owned();
    let folder = folder(&layers);
    let error = load(folder.path(), &request(&frame, HOURS[0], 1)).unwrap_err().to_string();
    assert!(error.contains("band 3") && error.contains("ws.tif") && error.contains("\"hour 2\""), "{error}");
}

#[test]
fn a_folder_without_wind_says_what_it_found() {
    let frame = LocalFrame::utm(11, false);
    let folder = folder(&[("ws.tif", hourly("mph", [1.0; 4])), ("m1.tif", hourly("percent", [1.0; 4]))]);
    let error = load(folder.path(), &request(&frame, HOURS[0], 1)).unwrap_err().to_string();
    assert!(error.contains("wind direction") && error.contains("m1.tif, ws.tif"), "{error}");
}

#[test]
fn weather_in_another_system_comes_in_the_frames_axes() {
    let frame = LocalFrame::utm(11, false);
    let mut layers = wind([10.0; 4], [0.0; 4]);
    for (_, raster) in &mut layers {
        (raster.west, raster.north, raster.cell, raster.epsg) = (-119.3, 34.4, 0.05, 4326);
    }
    let folder = folder(&layers);
    let request = request(&frame, HOURS[0], 1);
    let (series, _) = load(folder.path(), &request).unwrap().unwrap();
    let wind = series.at(0, request.fire);
    let place = frame.to_lon_lat(request.fire);
    let south = LonLat::new(place.lon_deg(), place.lat_deg() - 0.01).unwrap();
    let (there, here) = (frame.to_plane(south), request.fire);
    let along = (there.east_m - here.east_m).atan2(there.north_m - here.north_m);
    let toward = wind.wind_10m_east_m_s.atan2(wind.wind_10m_north_m_s);
    assert!((toward - along).abs() < 1e-3, "{toward} {along}");
}
