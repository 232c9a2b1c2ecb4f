//! Every value as GDAL 3.6 reads it: small files in each way of packing, and the reference data.
//!
//! One difference is meant: -9999 in a landscape file is no data here, as FARSITE has it, and a number to GDAL.

use std::fs;

use georead::raster::Raster;

use crate::points::{Figures, kept};
use crate::reference;

#[test]
fn every_way_of_packing_gives_the_values_that_gdal_gives() {
    let lines = fs::read_to_string(kept("figures/small_rasters.txt")).unwrap();
    let mut differences = Vec::new();
    for line in lines.lines() {
        let figures = Figures::parse(line, 4);
        let [level, band, rows, cols] = figures.numbers[..] else { panic!("{line}") };
        let raster = Raster::open(&kept("files/geotiff").join(figures.name));
        let raster = raster.unwrap_or_else(|problem| panic!("{}: {problem}", figures.name));
        let raster = raster.level(level).unwrap_or_else(|| panic!("{} has no level {level}", figures.name));
        assert_eq!((raster.rows, raster.cols), (rows, cols), "{}", figures.name);
        differences.extend(figures.differences(&raster, band));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(lines.lines().count() > 60);
}

#[test]
fn reference_rasters_have_the_values_that_gdal_reads() {
    let Some(folder) = reference::real() else { return };
    let lines = fs::read_to_string(kept("figures/reference_rasters.txt")).unwrap();
    let mut differences = Vec::new();
    for line in lines.lines() {
        let figures = Figures::parse(line, 3);
        let [band, rows, cols] = figures.numbers[..] else { panic!("{line}") };
        let raster = Raster::open(&folder.join(figures.name));
        let raster = raster.unwrap_or_else(|problem| panic!("{}: {problem}", figures.name));
        assert_eq!((raster.rows, raster.cols), (rows, cols), "{}", figures.name);
        assert_eq!(figures.values.len(), 1000);
        differences.extend(figures.differences(&raster, band));
    }
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences[..20.min(differences.len())].join("\n")
    );
    assert!(lines.lines().count() > 100);
}

#[test]
fn what_cannot_be_unpacked_is_refused_by_its_name() {
    for (name, found) in [("jpeg", "found JPEG"), ("webp", "found WebP"), ("lerc", "found LERC")] {
        let problem =
            Raster::open(&kept("files/geotiff").join(format!("refused_{name}.tif"))).unwrap_err().to_string();
        assert!(problem.contains("compression") && problem.contains(found), "{problem}");
    }
}
