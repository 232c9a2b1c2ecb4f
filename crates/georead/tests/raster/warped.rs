//! Rasters brought into another plane, beside what gdalwarp 3.6 makes of them (exact transformer, `-et 0`).

use std::fs;

use firecore::geo::LocalFrame;
use firecore::grid::GridShape;
use georead::raster::Raster;
use georead::raster::resample::{CoordinateMap, Method, read};

use crate::points::{Figures, kept, points};
use crate::reference;

/// What gdalwarp differs by at most in 99 of 100 cells. Nearest: another pixel where a cell's centre lies within 1 cm of an edge between
/// pixels; bilinear: its weights have fewer digits, and the edges of what has no data are its own.
const APART_BILINEAR: f32 = 0.05;
const ODD_SHARE_MAX: f64 = 0.01;

#[test]
fn values_in_another_plane_are_those_that_gdalwarp_gives() {
    let lines = fs::read_to_string(kept("figures/warped.txt")).unwrap();
    let folder = reference::real();
    let mut compared = 0;
    for line in lines.lines() {
        let figures = Figures::parse(line, 6);
        let [zone, count, size_m, west_m, north_m, bilinear] = figures.numbers[..] else { panic!("{line}") };
        let path = match (figures.name.contains('/'), &folder) {
            (false, _) => kept("files/geotiff").join(figures.name),
            (true, Some(folder)) => folder.join(figures.name),
            (true, None) => continue,
        };
        let raster = Raster::open(&path).unwrap();
        let shape = GridShape {
            rows: count,
            cols: count,
            cell_size_m: size_m as f64,
            west_m: west_m as f64,
            north_m: north_m as f64,
        };
        let method = if bilinear == 1 { Method::Bilinear } else { Method::Nearest };
        let map = CoordinateMap::new(&raster, &LocalFrame::utm(zone as u8, false), &shape).unwrap();
        let cells = read(&raster, 0, &map, method).unwrap();
        let odd = points(count, count).zip(&figures.values).filter(|((row, col), expected)| {
            let found = cells[shape.index(*row, *col)];
            let apart_max = if bilinear == 1 { APART_BILINEAR } else { 0.0 };
            let same = (found - **expected).abs() <= apart_max || found.is_nan() && expected.is_nan();
            !same
        });
        let share = odd.count() as f64 / figures.values.len() as f64;
        assert!(share <= ODD_SHARE_MAX, "{} {method:?}: {share} differ", figures.name);
        compared += 1;
    }
    assert!(compared >= 6);
}
