//! How little is asked of a source, that levels are chosen with care, and that readers do not disturb each other.

use std::fs;

use georead::raster::resample::Method;
use georead::raster::{Beside, PixelWindow, Raster};

use crate::counting::Counting;
use crate::points::kept;

#[test]
fn a_window_of_a_cloud_optimised_file_takes_one_request_and_so_does_its_header() {
    let source = Counting::new(fs::read(kept("files/geotiff/overviews.tif")).unwrap());
    let raster = Raster::from_source(source.clone(), "far.tif", &Beside::default()).unwrap();
    assert_eq!(source.taken()[0], 1);
    raster.read(0, PixelWindow { row: 3, col: 30, rows: 40, cols: 40 }).unwrap();
    let [requests, pieces, _] = source.taken();
    assert_eq!((requests, pieces), (1, 2 * 3));
}

#[test]
fn of_what_is_not_packed_only_the_rows_of_the_window_are_read() {
    let source = Counting::new(fs::read(kept("files/geotiff/i16_none_p1_strips.tif")).unwrap());
    let raster = Raster::from_source(source.clone(), "far.tif", &Beside::default()).unwrap();
    source.taken();
    raster.read(0, PixelWindow { row: 6, col: 0, rows: 4, cols: 5 }).unwrap();
    assert_eq!(source.taken(), [1, 2, 4 * 27 * 2]);
}

#[test]
fn quantities_are_read_from_overviews_and_classes_only_where_these_were_picked() {
    let raster = Raster::open(&kept("files/geotiff/overviews.tif")).unwrap();
    for (size, level) in [(10.0, 0), (30.0, 0), (59.0, 0), (60.5, 1), (121.0, 2), (1e6, 2)] {
        assert_eq!(raster.level_for(size, Method::Bilinear), level, "{size}");
        assert_eq!(raster.level_for(size, Method::Nearest), 0, "{size}");
    }
    let coarse = raster.level(2).unwrap();
    assert!(coarse.cols < raster.cols / 3);
    let corner = |raster: &Raster| raster.place.to_xy(raster.cols as f64, raster.rows as f64);
    let ((x, y), (coarse_x, coarse_y)) = (corner(&raster), corner(&coarse));
    assert!((x - coarse_x).abs() < 1e-6 && (y - coarse_y).abs() < 1e-6);
    assert!(raster.level(3).is_none());
}

#[test]
fn several_threads_read_one_raster() {
    let raster = Raster::open(&kept("files/geotiff/cog_average.tif")).unwrap();
    let window = PixelWindow { row: 10, col: 5, rows: 120, cols: 140 };
    let alone = raster.read(0, window).unwrap();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(|| raster.read(0, window).unwrap())).collect();
        for reader in readers {
            let read = reader.join().unwrap();
            assert!(read.iter().zip(&alone).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    });
}

/// A raster as large as a continent at 30 m, in tiles of 512, all of them holes: a directory and 600 kB of tables.
fn continent() -> Vec<u8> {
    let (rows, cols) = (150_000_u32, 100_000_u32);
    let tiles = rows.div_ceil(512) * cols.div_ceil(512);
    let tables_at = 40_000;
    let tags: [(u16, u16, u32, u32); 11] = [
        (256, 4, 1, cols),
        (257, 4, 1, rows),
        (258, 3, 1, 16),
        (259, 3, 1, 8),
        (322, 4, 1, 512),
        (323, 4, 1, 512),
        (324, 4, tiles, tables_at),
        (325, 4, tiles, tables_at + 4 * tiles),
        (33550, 12, 3, 1000),
        (33922, 12, 6, 1024),
        (34735, 3, 4, 1072),
    ];
    let mut bytes = vec![b'I', b'I', 42, 0, 8, 0, 0, 0, tags.len() as u8, 0];
    for (tag, kind, count, value) in tags {
        bytes.extend(tag.to_le_bytes().into_iter().chain(kind.to_le_bytes()));
        bytes.extend(count.to_le_bytes().into_iter().chain(value.to_le_bytes()));
    }
    bytes.resize((tables_at + 8 * tiles) as usize, 0);
    bytes[1000..1016].copy_from_slice(&[30.0_f64.to_le_bytes(), 30.0_f64.to_le_bytes()].concat());
    bytes
}

#[test]
fn of_a_table_of_many_tiles_only_the_pages_that_a_window_needs_are_read() {
    let source = Counting::new(continent());
    let raster = Raster::from_source(source.clone(), "continent.tif", &Beside::default()).unwrap();
    let [requests, _, bytes] = source.taken();
    assert!(requests == 1 && bytes <= 32 << 10, "{requests} {bytes}");
    let window = PixelWindow { row: 70_000, col: 50_000, rows: 2000, cols: 2000 };
    assert!(raster.read(0, window).unwrap().iter().all(|value| value.is_nan()));
    let [requests, pieces, bytes] = source.taken();
    assert!(requests == 1 && pieces <= 6 && bytes <= 24 << 10, "{requests} {pieces} {bytes}");
    raster.read(0, window).unwrap();
    assert_eq!(source.taken(), [0, 0, 0]);
}
