use std::fs::File;
use std::io::Write;

use firecore::geo::{LocalFrame, LonLat};
use georead::crs::Crs;
use georead::raster::{PixelWindow, Raster};
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder, colortype};
use tiff::tags::Predictor;

use crate::made::TestRaster;

#[test]
fn a_window_of_one_band_is_read_and_no_data_is_nan() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.tif");
    let mut raster = TestRaster::layer(6, 5, |row, col| (10 * row + col) as f32);
    raster.bands.push((0..30).map(|index| if index == 7 { -9999.0 } else { -(index as f32) }).collect());
    raster.band_descriptions = vec!["first".to_owned(), "a &amp;amp; b".to_owned()];
    raster.description = "wind, mph".to_owned();
    raster.write(&path);
    let tiff = Raster::open(&path).unwrap();
    assert_eq!((tiff.rows, tiff.cols, tiff.bands), (6, 5, 2));
    let window = PixelWindow { row: 1, col: 2, rows: 2, cols: 3 };
    assert_eq!(tiff.read(0, window).unwrap(), [12.0, 13.0, 14.0, 22.0, 23.0, 24.0]);
    let second = tiff.read(1, window).unwrap();
    assert!(second[0].is_nan());
    assert_eq!(second[1..], [-8.0, -9.0, -12.0, -13.0, -14.0]);
    assert_eq!(tiff.metadata.band_descriptions[1].as_deref(), Some("a & b"));
    assert_eq!(tiff.metadata.unit_text(1), "a & b; wind, mph");
    assert_eq!(tiff.crs().unwrap().utm, Some((11, false)));
    assert_eq!(tiff.place.square_north_up(), Some(30.0));
    assert_eq!(tiff.place.to_xy(1.0, 2.0), (300_030.0, 3_799_940.0));
    assert_eq!(tiff.place.to_pixel(300_030.0, 3_799_940.0), (1.0, 2.0));
}

#[test]
fn deflate_and_lzw_with_differences_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<i16> = (0..40 * 50).map(|index| (index * 37 % 601 - 300) as i16).collect();
    for (name, compression) in [
        ("deflate.tif", Compression::Deflate(DeflateLevel::Balanced)),
        ("lzw.tif", Compression::Lzw),
        ("runs.tif", Compression::Packbits),
        ("plain.tif", Compression::Uncompressed),
    ] {
        for predictor in [Predictor::None, Predictor::Horizontal] {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            let mut encoder =
                TiffEncoder::new_big(file).unwrap().with_compression(compression).with_predictor(predictor);
            let mut image = encoder.new_image::<colortype::GrayI16>(50, 40).unwrap();
            image.rows_per_strip(7).unwrap();
            let directory = image.encoder();
            directory.write_tag(tiff::tags::Tag::ModelPixelScaleTag, [1.0, 1.0, 0.0].as_slice()).unwrap();
            directory.write_tag(tiff::tags::Tag::ModelTiepointTag, [0.0; 6].as_slice()).unwrap();
            let keys = [1_u16, 1, 0, 2, 1024, 0, 1, 2, 2048, 0, 1, 4269];
            directory.write_tag(tiff::tags::Tag::GeoKeyDirectoryTag, keys.as_slice()).unwrap();
            image.write_data(&values).unwrap();
            let tiff = Raster::open(&path).unwrap();
            let read = tiff.read(0, PixelWindow { row: 0, col: 0, rows: 40, cols: 50 }).unwrap();
            let expected: Vec<f32> = values.iter().map(|&value| f32::from(value)).collect();
            assert!(read == expected, "{name} {predictor:?}");
            assert!(tiff.crs().unwrap().is_geographic());
        }
    }
}

#[test]
fn every_known_code_agrees_with_a_reference_and_maps_back() {
    for (code, (lon, lat), expected) in KNOWN_PLACES {
        let crs = Crs::from_epsg(code).unwrap_or_else(|problem| panic!("EPSG:{code}: {problem}"));
        let place = LonLat::new(lon, lat).unwrap();
        let (x, y) = crs.to_xy(place).unwrap();
        let back = crs.to_lon_lat(x, y).unwrap();
        assert!(back.distance_m(place) < 0.05, "EPSG:{code}: {x} {y} {back:?}");
        assert!((x - expected.0).abs() < 0.05 && (y - expected.1).abs() < 0.05, "EPSG:{code}: {x} {y}");
        if let Some((zone, south)) = crs.utm {
            let point = LocalFrame::utm(zone, south).to_plane(place);
            assert!((point.east_m - x).abs() < 0.01 && (point.north_m - y).abs() < 0.01, "EPSG:{code}");
        }
    }
}

type Pair = (f64, f64);

/// Code, longitude and latitude, and x and y from PROJ 9.
const KNOWN_PLACES: [(i64, Pair, Pair); 16] = [
    (4326, (10.0, 50.0), (10.000, 50.000)),
    (32610, (-122.5, 38.5), (543599.062, 4261411.854)),
    (32756, (151.0, -33.5), (314214.390, 6291490.646)),
    (26911, (-119.0, 34.0), (315290.169, 3763959.139)),
    (28355, (147.0, -36.0), (500000.000, 6016051.547)),
    (5070, (-119.1, 34.4), (-2086569.393, 1514541.135)),
    (3338, (-150.0, 64.0), (195304.328, 1565361.820)),
    (3310, (-119.0, 36.0), (90041.019, -223641.270)),
    (3978, (-115.0, 52.0), (-1336791.335, 543812.136)),
    (3577, (148.0, -35.0), (1452729.540, -3913207.973)),
    (3035, (23.0, 38.0), (5464874.429, 1755306.792)),
    (2154, (5.0, 43.5), (861802.456, 6268817.608)),
    (3763, (-8.0, 40.0), (11366.636, 36842.244)),
    (3857, (23.0, 38.0), (2560348.288, 4579425.813)),
    (6933, (23.0, 38.0), (2219184.446, 4507752.699)),
    (7855, (147.0, -36.0), (500000.000, 6016051.547)),
];

#[test]
fn what_is_not_a_usable_raster_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tif");
    let open = |bytes: &[u8]| {
        File::create(&path).unwrap().write_all(bytes).unwrap();
        Raster::open(&path).err().map(|problem| problem.to_string()).unwrap_or_default()
    };
    assert_eq!(
        open(b"{\"type\": 1}"),
        "needed a GeoTIFF, a landscape file (.lcp) or an ascii grid (.asc), found a file that begins with 7b 22 74 79"
    );
    assert!(open(b"").ends_with("found an empty file"));
    for (bytes, what) in [
        (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], "a JPEG picture"),
        (b"\r\n<!DOCTYPE html>", "an HTML page"),
        (b"<html><head>", "an HTML page"),
        (b"PK\x03\x04\x14\0", "a ZIP archive, which has to be unpacked"),
    ] {
        assert!(open(bytes).ends_with(&format!("(.asc), found {what}")), "{}", open(bytes));
    }
    assert_eq!(
        open(b"II*\0\x08\0\0\0"),
        "the file is damaged: it is cut off: needed 2 bytes at 8, found 8 bytes in all"
    );
    let mut raster = TestRaster::layer(2, 2, |_, _| 0.0);
    raster.epsg = 2056;
    raster.write(&path);
    let problem = Raster::open(&path).unwrap().crs().err().unwrap().to_string();
    assert!(problem.contains("coordinate system") && problem.contains("EPSG:2056"), "{problem}");
}

#[test]
fn a_file_cut_short_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.tif");
    TestRaster::layer(20, 20, |row, _| row as f32).write(&path);
    let bytes = std::fs::read(&path).unwrap();
    let cut = folder.path().join("cut.tif");
    for length in (0..bytes.len() - 4).step_by(13) {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        let read = Raster::open(&cut)
            .and_then(|tiff| tiff.read(0, PixelWindow { row: 0, col: 0, rows: 20, cols: 20 }));
        assert!(read.is_err(), "{length} of {} bytes", bytes.len());
    }
}
