//! Inputs whose providers are one server on loopback, and the files that it gives.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LonLat};
use guira::clock::Clock;
use guira::inputs::online::{OnlineOptions, Provider};
use guira::inputs::{ConfiguredInputs, InputSet, InputSettings};
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder, colortype::Gray32Float};
use tiff::tags::Tag;

use crate::support::replay::Replay;

/// The instant that it is in these tests.
pub(crate) const NOW: &str = "2025-08-14T20:30:00Z";

/// Everything is asked of one server, each provider below a path of its name.
pub(crate) fn options(server: &Replay, folder: &Path, providers: &[Provider]) -> OnlineOptions {
    OnlineOptions {
        providers: providers.to_vec(),
        addresses: providers
            .iter()
            .map(|provider| (*provider, format!("{}/{provider}", server.origin)))
            .collect(),
        open_meteo_archive: format!("{}/open-meteo-archive", server.origin),
        wait: Duration::from_secs(5),
        private_hosts: vec!["127.0.0.1".to_owned()],
        proxy: None,
        contact: Some("duty@example.org".to_owned()),
        climate: None,
        landfire_layers: vec!["LF2020_Elev".to_owned(), "LF2023_FBFM40".to_owned()],
        cache_folder: folder.join("cache"),
        cache_bytes_max: 1 << 30,
    }
}

pub(crate) fn inputs(options: OnlineOptions) -> ConfiguredInputs {
    with_landscapes(options, Vec::new())
}

pub(crate) fn with_landscapes(options: OnlineOptions, landscapes: Vec<PathBuf>) -> ConfiguredInputs {
    let online = Some(options);
    let settings = InputSettings { online, landscapes, reach_m: 3_000.0, ..InputSettings::default() };
    ConfiguredInputs::at(settings, Clock::manual(NOW.parse().unwrap()))
}

pub(crate) fn at(lon_deg: f64, lat_deg: f64) -> Bounds {
    Bounds { west_deg: lon_deg, south_deg: lat_deg, east_deg: lon_deg, north_deg: lat_deg }
}

pub(crate) fn fetch(inputs: &ConfiguredInputs, lon_deg: f64, lat_deg: f64) -> InputSet {
    inputs.fetch_blocking(&at(lon_deg, lat_deg), NOW.parse().unwrap(), 6 * 3600).unwrap()
}

/// The first note about an input.
pub(crate) fn note<'a>(set: &'a InputSet, input: &str) -> &'a InputNote {
    set.notes.iter().find(|note| note.input == input).unwrap()
}

/// The cell of a landscape at a place.
pub(crate) fn cell(set: &InputSet, lon_deg: f64, lat_deg: f64) -> usize {
    let place = LonLat::new(lon_deg, lat_deg).unwrap();
    let (row, col) = set.landscape.shape.cell_at(set.landscape.frame.to_plane(place)).unwrap();
    set.landscape.shape.index(row, col)
}

/// A GeoTIFF of whole degrees in longitude and latitude, packed as buckets pack theirs; each value from the place of its pixel.
pub(crate) fn tile(
    west: f64,
    north: f64,
    edge_deg: f64,
    pixels: u32,
    value: impl Fn(f64, f64) -> f32,
) -> Vec<u8> {
    let step = edge_deg / f64::from(pixels);
    let values: Vec<f32> = (0..pixels * pixels)
        .map(|place| {
            let (row, col) = (f64::from(place / pixels) + 0.5, f64::from(place % pixels) + 0.5);
            value(west + col * step, north - row * step)
        })
        .collect();
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder =
        TiffEncoder::new(&mut bytes).unwrap().with_compression(Compression::Deflate(DeflateLevel::Fast));
    let mut image = encoder.new_image::<Gray32Float>(pixels, pixels).unwrap();
    let directory = image.encoder();
    directory.write_tag(Tag::ModelPixelScaleTag, [step, step, 0.0].as_slice()).unwrap();
    directory.write_tag(Tag::ModelTiepointTag, [0.0, 0.0, 0.0, west, north, 0.0].as_slice()).unwrap();
    let keys: [u16; 16] = [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326];
    directory.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice()).unwrap();
    let described = "<GDALMetadata><Item name=\"DESCRIPTION\" sample=\"0\" role=\"description\">LF2023_FBFM40</Item></GDALMetadata>";
    directory.write_tag(Tag::Unknown(42112), described).unwrap();
    image.write_data(&values).unwrap();
    bytes.into_inner()
}
