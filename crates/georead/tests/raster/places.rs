//! Where rasters lie that do not say so by GeoTIFF's keys, and what landscape files say of their units.

use std::fs;
use std::io::Write;
use std::sync::Arc;

use firecore::geo::LonLat;
use flate2::Compression;
use flate2::write::GzEncoder;
use georead::raster::{Beside, PixelWindow, Raster};

use crate::points::kept;
use crate::reference;

const GRID: &str =
    "ncols 3\nnrows 2\nxllcorner 100\nyllcorner 200\ncellsize 10\nNODATA_value -1\n1 2 3\n-1 5 6.5\n";

fn grid(text: &str, beside: &Beside) -> Raster {
    Raster::from_source(Arc::new(text.as_bytes().to_vec()), "grid.asc", beside).expect("a grid")
}

fn whole(raster: &Raster, band: usize) -> Vec<f32> {
    raster.read(band, PixelWindow { row: 0, col: 0, rows: raster.rows, cols: raster.cols }).expect("values")
}

#[test]
fn projection_texts_agree_with_a_reference_or_are_refused_by_their_datum() {
    let lines = fs::read_to_string(kept("figures/projections.tsv")).unwrap();
    let mut agreed = 0;
    for line in lines.lines() {
        let [code, _, lon, lat, expected, text] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let text_near = GRID.replace("yllcorner 200", "yllcorner 20");
        let raster = grid(&text_near, &Beside { projection: Some(text.to_owned()), world: None });
        if let "31467" | "28992" = code {
            let problem = raster.crs().err().unwrap().to_string();
            assert!(problem.contains("needed a UTM zone") && problem.contains("Bessel"), "{problem}");
            continue;
        }
        let crs = raster.crs().unwrap_or_else(|problem| panic!("{code}: {problem}"));
        let place = LonLat::new(lon.parse().unwrap(), lat.parse().unwrap()).unwrap();
        let (x, y) = crs.to_xy(place).unwrap();
        let (expected_x, expected_y) = expected.split_once(' ').unwrap();
        let apart = (x - expected_x.parse::<f64>().unwrap()).hypot(y - expected_y.parse::<f64>().unwrap());
        // Washington's system stands on another NAD 83, of 1991: the 1.5 m (5 ft) between that and WGS 84 are let go.
        let apart_max = if code == "2926" { 5.0 } else { 0.01 };
        assert!(apart < apart_max, "{code}: {x} {y} instead of {expected}");
        let zone = match code {
            "32611" => Some((11, false)),
            "26910" => Some((10, false)),
            _ => None,
        };
        assert_eq!(crs.utm, zone, "{code}");
        agreed += 1;
    }
    assert_eq!(agreed, 28);
}

#[test]
fn a_grid_is_read_from_any_window_and_placed_by_its_corner_or_its_centre() {
    let corner = grid(GRID, &Beside::default());
    assert_eq!((corner.rows, corner.cols, corner.bands), (2, 3, 1));
    assert_eq!(corner.place.to_xy(0.0, 0.0), (100.0, 220.0));
    let values = whole(&corner, 0);
    assert!(values[3].is_nan());
    assert_eq!((values[0], values[4], values[5]), (1.0, 5.0, 6.5));
    assert_eq!(corner.read(0, PixelWindow { row: 1, col: 1, rows: 1, cols: 1 }).unwrap(), [5.0]);
    let centre = GRID.replace("corner", "center").replace("cellsize 10", "dx 10\ndy 20");
    let place = grid(&centre, &Beside::default()).place;
    assert_eq!((place.to_xy(0.0, 0.0), place.y_per_row), ((95.0, 230.0), -20.0));
}

#[test]
fn a_grid_that_has_not_one_number_a_cell_is_refused_when_it_is_opened() {
    let needed = |cols: usize, rows: usize, found: usize| {
        let values = cols * rows;
        format!(
            "the file is damaged: needed ncols x nrows = {cols} x {rows} = {values} values, found {found}"
        )
    };
    assert_eq!(refused(&GRID[..GRID.len() - 5]), needed(3, 2, 5));
    assert_eq!(refused(&GRID.replace("ncols 3", "ncols 2")), needed(2, 2, 6));
    assert_eq!(refused(&GRID.replace("ncols 3", "ncols 4")), needed(4, 2, 6));
    assert_eq!(refused(&GRID.replace("nrows 2", "nrows 20000000")), needed(3, 20_000_000, 6));
    assert_eq!(refused(&GRID.replace("5", "1,5")), "the file is damaged: \"1,5\" in row 2 is no number");
    let size = refused(&GRID.replace("nrows 2", "nrows 2000000000"));
    assert!(size.contains("at most 200,000,000 values, found 3 x 2000000000 = 6000000000"), "{size}");
    let wrapped = GRID.replace("1 2 3\n-1", "1 2\n\n3 -1\r\n").replace("6.5", "nan");
    assert_eq!(whole(&grid(&wrapped, &Beside::default()), 0)[..3], [1.0, 2.0, 3.0]);
}

#[test]
fn a_gzipped_grid_is_counted_too() {
    let gzipped = |text: &str| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        Raster::from_source(Arc::new(packed.finish().unwrap()), "grid.asc.gz", &Beside::default())
    };
    assert_eq!(gzipped(GRID).unwrap().cols, 3);
    let problem = gzipped(&GRID.replace("ncols 3", "ncols 2")).unwrap_err().to_string();
    assert!(problem.ends_with("2 x 2 = 4 values, found 6"), "{problem}");
    // Some kilobytes that unpack to half a million values are not counted to their end.
    let problem = gzipped(&(GRID.to_owned() + &" 1".repeat(1 << 20))).unwrap_err().to_string();
    assert!(problem.ends_with(" and more"), "{problem}");
}

#[test]
fn a_raster_that_lies_on_no_earth_is_refused_by_its_extent_or_its_pixels() {
    let lines = fs::read_to_string(kept("figures/projections.tsv")).unwrap();
    let utm = lines
        .lines()
        .find_map(|line| line.strip_prefix("32611"))
        .and_then(|line| line.split('\t').next_back());
    let open = |text: &str, projection: &str| {
        let beside = Beside { projection: Some(projection.to_owned()), world: None };
        Raster::from_source(Arc::new(text.as_bytes().to_vec()), "grid.asc", &beside)
    };
    let small = open(&GRID.replace("cellsize 10", "cellsize 0.0003"), utm.unwrap()).unwrap_err().to_string();
    assert_eq!(small, "the size of a pixel cannot be right: needed at least 0.01 m, found 0.0003 x 0.0003");
    let far = open(&GRID.replace("yllcorner 200", "yllcorner 2e9"), utm.unwrap()).unwrap_err().to_string();
    assert!(far.starts_with("the extent cannot be right: needed coordinates within 100000000"), "{far}");
    let degrees = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]]";
    let metres = open(&GRID.replace("yllcorner 200", "yllcorner 3800000"), degrees).unwrap_err().to_string();
    assert!(metres.contains("degrees of the origin, found a corner at 100 3800020"), "{metres}");
    let world = "ncols 2\nnrows 2\nxllcenter 0\nyllcenter -90\ncellsize 180\n1 2 3 4\n";
    open(world, degrees).expect("a map of the whole Earth");
}

fn refused(text: &str) -> String {
    let source = Arc::new(text.as_bytes().to_vec());
    Raster::from_source(source, "grid.asc", &Beside::default()).expect_err("not a grid").to_string()
}

#[test]
fn a_raster_without_a_coordinate_system_opens_and_says_what_it_lacks_when_asked() {
    let raster = grid(GRID, &Beside::default());
    let problem = raster.crs().err().unwrap().to_string();
    assert!(problem.contains("needed a UTM zone") && problem.ends_with("and no .prj beside it"), "{problem}");
    let empty = Beside { projection: Some(" \n".to_owned()), world: None };
    let problem = grid(GRID, &empty).crs().err().unwrap().to_string();
    assert!(problem.ends_with("found an empty file grid.prj"), "{problem}");
}

#[test]
fn a_tiff_without_keys_lies_where_the_files_beside_it_say() {
    let mut bytes = fs::read(kept("files/geotiff/i16_none_p1_strips.tif")).unwrap();
    // The tags of tie point, pixel scale and keys get numbers that nobody knows.
    for tag in [33922_u16, 33550, 34735] {
        let at = bytes.windows(2).position(|pair| pair == tag.to_le_bytes()).unwrap();
        bytes[at..at + 2].copy_from_slice(&(tag + 3).to_le_bytes());
    }
    let lines = fs::read_to_string(kept("figures/projections.tsv")).unwrap();
    let projection = lines.lines().next().and_then(|line| line.split('\t').next_back()).map(str::to_owned);
    let beside = Beside { projection, world: Some("30\n0\n0\n-30\n300015\n3799985\n".to_owned()) };
    let bytes = Arc::new(bytes);
    let raster = Raster::from_source(bytes.clone(), "bare.tif", &beside).unwrap();
    assert_eq!(raster.crs().unwrap().utm, Some((11, false)));
    assert_eq!(raster.place.to_xy(0.0, 0.0), (300_000.0, 3_800_000.0));
    let problem = Raster::from_source(bytes, "bare.tif", &Beside::default()).unwrap_err().to_string();
    assert!(problem.contains("no georeference"), "{problem}");
}

#[test]
fn a_landscape_file_says_its_units_and_reads_like_its_geotiff() {
    let Some(folder) = reference::real() else { return };
    let samples = folder.join("landscape_samples");
    let lcp = Raster::open(&samples.join("flammap_reference/2427464.lcp")).unwrap();
    let tiff = Raster::open(&samples.join("flammap_reference/2427464.tif")).unwrap();
    assert_eq!((lcp.bands, lcp.rows, lcp.cols), (8, 371, 371));
    for band in 0..8 {
        let same = |(a, b): (&f32, &f32)| a == b || a.is_nan() && (b.is_nan() || *b == -9999.0);
        assert!(whole(&lcp, band).iter().zip(&whole(&tiff, band)).all(same), "band {band}");
    }
    assert_eq!(lcp.metadata.unit_text(4), "percent; canopy cover");
    assert_eq!(lcp.metadata.unit_text(5), "metres x 10; canopy height");
    assert_eq!(lcp.metadata.unit_text(7), "kg/m3 x 100; canopy bulk density");
    // The plane of both is one: Albers, from the .prj beside the one and the keys of the other.
    let (x, y) = lcp.place.to_xy(185.0, 185.0);
    let (a, b) =
        (lcp.crs().unwrap().to_lon_lat(x, y).unwrap(), tiff.crs().unwrap().to_lon_lat(x, y).unwrap());
    assert!(a.distance_m(b) < 0.01, "{a:?} {b:?}");
    let without = Raster::open(&samples.join("farsite_reference/69121.lcp")).unwrap();
    assert!(without.crs().is_err());
}

#[test]
fn windows_of_a_landscape_file_are_parts_of_the_whole() {
    let Some(folder) = reference::real() else { return };
    let lcp = Raster::open(&folder.join("landscape_samples/farsite_reference/69121.lcp")).unwrap();
    let all = whole(&lcp, 3);
    let window = PixelWindow { row: 100, col: 37, rows: 5, cols: 7 };
    let part = lcp.read(3, window).unwrap();
    for (at, value) in part.iter().enumerate() {
        assert_eq!(*value, all[(100 + at / 7) * lcp.cols + 37 + at % 7]);
    }
    let rows = lcp.read(3, PixelWindow { row: 200, col: 0, rows: 9, cols: lcp.cols }).unwrap();
    assert_eq!(rows, all[200 * lcp.cols..209 * lcp.cols]);
}
