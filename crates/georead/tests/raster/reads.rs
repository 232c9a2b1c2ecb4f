//! How little is asked of a source, that levels are chosen with care, and that readers do not disturb each other.

use std::fs;

use georead::raster::resample::Method;
use georead::raster::{Beside, PixelWindow, Raster};

use crate::counting::Counting;
use crate::points::kept;

#[test]
fn a_window_of_a_cloud_optimised_file_takes_one_request_and_so_does_its_header() {
    let source = Counting::new(fs::read(kept("files/overviews.tif")).unwrap());
    let raster = Raster::from_source(source.clone(), "far.tif", &Beside::default()).unwrap();
    assert_eq!(source.taken()[0], 1);
    raster.read(0, PixelWindow { row: 3, col: 30, rows: 40, cols: 40 }).unwrap();
    let [requests, pieces, _] = source.taken();
    assert_eq!((requests, pieces), (1, 2 * 3));
}

#[test]
fn of_what_is_not_packed_only_the_rows_of_the_window_are_read() {
    let source = Counting::new(fs::read(kept("files/i16_none_p1_strips.tif")).unwrap());
    let raster = Raster::from_source(source.clone(), "far.tif", &Beside::default()).unwrap();
    source.taken();
    raster.read(0, PixelWindow { row: 6, col: 0, rows: 4, cols: 5 }).unwrap();
    assert_eq!(source.taken(), [1, 2, 4 * 27 * 2]);
}

#[test]
fn quantities_are_read_from_overviews_and_classes_only_where_these_were_picked() {
    let raster = Raster::open(&kept("files/overviews.tif")).unwrap();
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
    let raster = Raster::open(&kept("files/cog_average.tif")).unwrap();
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
