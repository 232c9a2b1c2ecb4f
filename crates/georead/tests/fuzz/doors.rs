//! What becomes of bytes from a stranger: a door for each decoder. The fuzzer has these doors, too.

use std::sync::Arc;

use firecore::asset::AssetIndex;
use firecore::geo::Bounds;
use georead::features::{self, Format, Options};
use georead::raster::{Beside, PixelWindow, Raster, RasterProblem};
use georead::weather::checked::{RADIATION_KW_M2, RAIN_KG_M2, TEMPERATURE_C, WIND_M_S};
use georead::weather::text::{LocalTime, read_text};
use georead::weather::{WeatherRun, grib2, nws, open_meteo};
use jiff::tz::Offset;

/// A decoder.
pub(crate) struct Door {
    /// The fuzzer's target.
    pub(crate) name: &'static str,
    /// Decodes, checks what comes of it, and says whether the bytes were taken.
    pub(crate) read: fn(&[u8]) -> bool,
}

/// Every decoder.
pub(crate) const DOORS: [Door; 14] = [
    Door { name: "geotiff", read: raster },
    Door { name: "landscape", read: raster },
    Door { name: "ascii_grid", read: raster },
    Door { name: "beside", read: beside },
    Door { name: "grib2", read: grib2 },
    Door { name: "grib2_index", read: grib2_index },
    Door { name: "open_meteo", read: open_meteo },
    Door { name: "nws", read: nws },
    Door { name: "weather_text", read: weather_text },
    Door { name: "geojson", read: |bytes| features("a.geojson", bytes) },
    Door { name: "overpass", read: |bytes| features("a.json", bytes) },
    Door { name: "csv", read: |bytes| features("a.csv", bytes) },
    Door { name: "flatgeobuf", read: |bytes| features("a.fgb", bytes) },
    Door { name: "geopackage", read: |bytes| features("a.gpkg", bytes) },
];

/// A raster's levels, the first and the last pixels of its last band.
fn raster(bytes: &[u8]) -> bool {
    let Ok(raster) = Raster::from_source(Arc::new(bytes.to_vec()), "broken", &Beside::default()) else {
        return false;
    };
    let mut is_read = false;
    for level in (0..).map_while(|level| raster.level(level)) {
        let window = PixelWindow { row: 0, col: 0, rows: level.rows.min(64), cols: level.cols.min(64) };
        let last = PixelWindow { row: level.rows - window.rows, col: level.cols - window.cols, ..window };
        for window in [window, last] {
            if let Ok(values) = level.read(level.bands - 1, window) {
                assert_eq!(values.len(), window.rows * window.cols);
                is_read = true;
            }
        }
    }
    sound_place(&raster);
    is_read
}

fn sound_place(raster: &Raster) {
    let Ok(crs) = raster.crs() else { return };
    if let Some(place) = crs.to_lon_lat(raster.place.x0, raster.place.y0) {
        assert!(place.lon_deg().is_finite() && place.lat_deg().is_finite());
        assert!(crs.to_xy(place).is_none_or(|(x, y)| x.is_finite() && y.is_finite()));
    }
}

/// A raster of one pixel that does not say where it lies.
fn placeless() -> Vec<u8> {
    let mut bytes = b"II\x2a\0\x08\0\0\0\x07\0".to_vec();
    for (tag, value) in [(256, 1), (257, 1), (258, 8), (259, 1), (273, 98), (277, 1), (279, 1_u32)] {
        bytes.extend(u16::to_le_bytes(tag));
        bytes.extend([3, 0, 1, 0, 0, 0]);
        bytes.extend(value.to_le_bytes());
    }
    bytes.resize(99, 0);
    bytes
}

/// The text of a `.prj`, and of a `.tfw`, beside a raster.
fn beside(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let world = Beside { projection: None, world: Some(text.clone()) };
    let has_place = Raster::from_source(Arc::new(placeless()), "placed", &world).is_ok();
    let place = "30 0 0 -30 300015 3799985".to_owned();
    let projection = Beside { projection: Some(text), world: Some(place) };
    match Raster::from_source(Arc::new(placeless()), "placed", &projection) {
        Ok(raster) => {
            sound_place(&raster);
            has_place || raster.crs().is_ok()
        }
        // Metres where the text says degrees.
        Err(RasterProblem::NotOnEarth { .. }) => has_place,
        Err(problem) => panic!("a raster of one pixel with a place: {problem}"),
    }
}

/// Field by field, whatever their grids, and as one run.
fn grib2(bytes: &[u8]) -> bool {
    let area = Bounds { west_deg: -121.0, south_deg: 33.0, east_deg: -118.0, north_deg: 36.0 };
    let mut is_read = false;
    for message in grib2::messages(bytes).flatten() {
        // Large grids are read in a box only: so does the service.
        let bounds = (message.grid.nodes() > 1 << 16).then_some(&area);
        if let Ok(field) = message.field(bounds) {
            assert_eq!(field.values.len(), field.window.nodes());
            is_read = true;
        }
    }
    let of_an_area = sound(grib2::read(bytes, Some(&area)));
    // As the service reads files: twice the same one is one run.
    if let Ok(fields) = grib2::Fields::read(bytes, Some(&area), None) {
        let runs = grib2::runs(&[&fields, &fields]).unwrap_or_default();
        assert!(runs.len() <= 2, "{}", runs.len());
        runs.into_iter().for_each(|joined| {
            sound::<grib2::Grib2Error>(Ok((joined.run, joined.warnings)));
        });
    }
    if let Ok(coverage) = grib2::coverage(bytes) {
        assert!(coverage.first <= coverage.last);
    }
    sound(grib2::read(bytes, None)) || of_an_area || is_read
}

fn grib2_index(bytes: &[u8]) -> bool {
    let Ok(entries) = grib2::inventory::parse(&String::from_utf8_lossy(bytes)) else { return false };
    let pieces = grib2::inventory::ranges(&entries, |_| true, None);
    assert!(pieces.len() <= entries.len());
    true
}

fn open_meteo(bytes: &[u8]) -> bool {
    sound(open_meteo::read(bytes))
}

/// Whichever of the service's answers it is.
fn nws(bytes: &[u8]) -> bool {
    let address = nws::forecast_url(bytes).is_ok();
    let grid_point = sound(nws::grid_point(bytes));
    sound(nws::observations(bytes)) || grid_point || address
}

/// As a table, and as a stream without a head.
fn weather_text(bytes: &[u8]) -> bool {
    let local = LocalTime { offset: Offset::UTC };
    let table = sound(read_text("a.csv", bytes, local));
    sound(read_text("a.raws", bytes, local)) || table
}

fn features(name: &str, bytes: &[u8]) -> bool {
    match features::read(name, bytes, &Options::default()) {
        Ok(features) => {
            // A view may make more rows than there are bytes.
            assert!(features.format == Format::GeoPackage || features.assets.len() <= bytes.len());
            AssetIndex::new(features.assets).expect("what is read has an index");
            true
        }
        Err(error) => {
            let said = error.to_string();
            assert!(said.len() < 2_000, "{said}");
            false
        }
    }
}

/// What every run must be, whatever it was read from; an error says no more than a person reads.
fn sound<E: std::fmt::Display>(read: Result<(WeatherRun, Vec<String>), E>) -> bool {
    let run = match read {
        Ok((run, _)) => run,
        Err(error) => {
            let said = error.to_string();
            assert!(said.len() < 20_000, "{said}");
            return false;
        }
    };
    assert!(!run.nodes.is_empty() && !run.hours.is_empty());
    assert!(run.grid.is_none_or(|(rows, columns)| rows * columns == run.nodes.len()));
    assert!(run.hours.is_sorted_by(|a, b| a.valid_at < b.valid_at));
    for hour in &run.hours {
        assert_eq!(hour.samples.len(), run.nodes.len());
        for sample in &hour.samples {
            let speed_m_s = sample.wind_10m_east_m_s.hypot(sample.wind_10m_north_m_s);
            for (value, range) in [
                (speed_m_s, WIND_M_S),
                (sample.temperature_c, TEMPERATURE_C),
                (sample.relative_humidity, 0.0..=1.0),
                (sample.rain_kg_m2, RAIN_KG_M2),
                (sample.cloud_cover, 0.0..=1.0),
                (sample.radiation_kw_m2, RADIATION_KW_M2),
            ] {
                assert!(value.is_nan() || range.contains(&value), "{value} outside {range:?}");
            }
        }
    }
    true
}
