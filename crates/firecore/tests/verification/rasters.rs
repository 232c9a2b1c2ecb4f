//! Reads the rasters of other programs' reference runs: landscape files, GeoTIFFs and gzipped ESRI ascii grids.
//!
//! For tests only: what does not fit is a panic that names the file.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tiff::decoder::{Decoder, DecodingResult, Limits};

/// Bytes before the first value of a landscape file.
const LCP_HEADER_BYTES: usize = 7316;

/// What landscape files and the runs' outputs hold where nothing is known.
pub(crate) const NO_DATA: f32 = -9999.0;

/// Reference runs of FARSITE and FlamMap, where this machine has them.
///
/// `GUIRA_REFERENCE_DATA` names the folder of all reference data. Without it a test is skipped, except where `CI` is
/// set.
pub(crate) fn landscape_samples() -> Option<PathBuf> {
    // Tests run in the package's folder.
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var("GUIRA_REFERENCE_DATA").unwrap_or_else(|_| beside.to_owned());
    let folder = PathBuf::from(folder).join("real/landscape_samples");
    if folder.is_dir() {
        return Some(folder);
    }
    let named = folder.display();
    assert!(std::env::var_os("CI").is_none(), "needed the reference runs, found no folder {named}");
    eprintln!("skipped: no reference runs at {named}");
    None
}

/// One layer: row-major, row 0 is the northern edge.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Raster {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) cells: Vec<f32>,
}

/// The eight layers of a landscape with tree crowns, as LANDFIRE stores them.
///
/// Units are the file's: slope and aspect in degrees, cover in percent, heights in decimetres, bulk density in
/// hundredths of a kg/m3.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LandscapeLayers {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    /// Edge of a cell; 0 where the file does not say.
    pub(crate) cell_size_m: f64,
    /// Whole degrees, positive to the north; 0 where the file does not say.
    pub(crate) latitude_deg: i32,
    pub(crate) elevation_m: Vec<i16>,
    pub(crate) slope_deg: Vec<i16>,
    /// The way the slope faces, downhill.
    pub(crate) aspect_deg: Vec<i16>,
    pub(crate) fuel: Vec<i16>,
    pub(crate) cover_pct: Vec<i16>,
    pub(crate) height_dm: Vec<i16>,
    pub(crate) base_height_dm: Vec<i16>,
    pub(crate) bulk_density_kg_100m3: Vec<i16>,
}

impl LandscapeLayers {
    const BANDS: usize = 8;

    /// Values that lie side by side, cell by cell.
    fn interleaved(rows: usize, cols: usize, values: &[i16]) -> Self {
        assert_eq!(values.len(), rows * cols * Self::BANDS, "{rows} x {cols} cells have eight values each");
        let band = |place: usize| values.iter().skip(place).step_by(Self::BANDS).copied().collect();
        Self {
            rows,
            cols,
            cell_size_m: 0.0,
            latitude_deg: 0,
            elevation_m: band(0),
            slope_deg: band(1),
            aspect_deg: band(2),
            fuel: band(3),
            cover_pct: band(4),
            height_dm: band(5),
            base_height_dm: band(6),
            bulk_density_kg_100m3: band(7),
        }
    }

    /// A FARSITE landscape file with tree crowns and without duff and wood, in the units named above.
    ///
    /// Source of the layout: documentation of GDAL's LCP driver.
    pub(crate) fn read_lcp(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let word = |at: usize| i32::from_le_bytes(array(&bytes, at));
        let short = |at: usize| i16::from_le_bytes(array(&bytes, at));
        assert_eq!((word(0), word(4)), (21, 20), "{}: tree crowns, no duff or wood", path.display());
        // Elevation in metres, slope in degrees, aspect in degrees from north, cover in percent, crowns in tenths
        // and hundredths.
        let units: [i16; 8] = std::array::from_fn(|place| short(4224 + 2 * place));
        assert_eq!(units, [0, 0, 2, 0, 1, 3, 3, 3], "{}: units", path.display());
        assert_eq!(word(4204), 0, "{}: cells are measured in metres", path.display());
        let values = bytes[LCP_HEADER_BYTES..].chunks_exact(2);
        let values: Vec<i16> = values.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        Self {
            cell_size_m: f64::from_le_bytes(array(&bytes, 4208)),
            latitude_deg: word(8),
            ..Self::interleaved(word(4168) as usize, word(4164) as usize, &values)
        }
    }

    /// The same layers as bands of a GeoTIFF.
    pub(crate) fn read_geotiff(path: &Path) -> Self {
        let (rows, cols, values) = decode(path);
        let DecodingResult::I16(values) = values else { panic!("{}: 16-bit integers", path.display()) };
        Self::interleaved(rows, cols, &values)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows * self.cols
    }
}

impl Raster {
    /// A GeoTIFF of one band of 32-bit floats.
    pub(crate) fn read_geotiff(path: &Path) -> Self {
        let (rows, cols, values) = decode(path);
        let DecodingResult::F32(cells) = values else { panic!("{}: 32-bit floats", path.display()) };
        assert_eq!(cells.len(), rows * cols, "{}: one band", path.display());
        Self { rows, cols, cells }
    }

    /// An ESRI ascii grid, gzipped.
    pub(crate) fn read_ascii_gz(path: &Path) -> Self {
        let named = path.display();
        let file = fs::File::open(path).unwrap_or_else(|error| panic!("{named}: {error}"));
        let mut text = String::new();
        GzDecoder::new(file).read_to_string(&mut text).unwrap_or_else(|error| panic!("{named}: {error}"));
        let mut words = text.split_ascii_whitespace();
        let mut size = [0_usize; 2];
        for (place, name) in
            ["NCOLS", "NROWS", "XLLCORNER", "YLLCORNER", "CELLSIZE", "NODATA_VALUE"].iter().enumerate()
        {
            let (found, value) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            assert!(found.eq_ignore_ascii_case(name), "{named}: needed {name}, found {found}");
            if let Some(slot) = size.get_mut(place) {
                *slot = value.parse().unwrap_or_else(|_| panic!("{named}: {name} is {value}"));
            }
        }
        let [cols, rows] = size;
        let cells: Vec<f32> = words
            .map(|word| word.parse().unwrap_or_else(|_| panic!("{named}: {word} is no number")))
            .collect();
        assert_eq!(cells.len(), rows * cols, "{named}: {rows} x {cols} cells");
        Self { rows, cols, cells }
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("a slice of N bytes is an array of N bytes")
}

fn decode(path: &Path) -> (usize, usize, DecodingResult) {
    let named = path.display();
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{named}: {error}"));
    let decoder =
        Decoder::new(std::io::BufReader::new(file)).unwrap_or_else(|error| panic!("{named}: {error}"));
    let mut decoder = decoder.with_limits(Limits::unlimited());
    let (cols, rows) = decoder.dimensions().unwrap_or_else(|error| panic!("{named}: {error}"));
    let values = decoder.read_image().unwrap_or_else(|error| panic!("{named}: {error}"));
    (rows as usize, cols as usize, values)
}

#[test]
fn a_landscape_file_reads_like_its_geotiff() {
    let Some(samples) = landscape_samples() else { return };
    let lcp = LandscapeLayers::read_lcp(&samples.join("flammap_reference/2427464.lcp"));
    let tiff = LandscapeLayers::read_geotiff(&samples.join("flammap_reference/2427464.tif"));
    assert_eq!((lcp.len(), lcp.cell_size_m, lcp.latitude_deg), (371 * 371, 60.0, 48));
    assert_eq!(LandscapeLayers { cell_size_m: 0.0, latitude_deg: 0, ..lcp }, tiff);
}

#[test]
fn grids_read_as_other_readers_read_them() {
    let Some(samples) = landscape_samples() else { return };
    let arrival = Raster::read_ascii_gz(&samples.join("farsite_reference/outputs/test_ArrivalTime.asc.gz"));
    assert_eq!((arrival.rows, arrival.cols), (476, 401));
    let reached = arrival.cells.iter().filter(|arrival| **arrival != NO_DATA);
    assert_eq!(reached.count(), 44_445);
    let moisture = Raster::read_geotiff(&samples.join("flammap_reference/outputs/test_FUELMOISTURE1.tif"));
    assert_eq!((moisture.rows, moisture.cols), (371, 371));
    let wettest = moisture.cells.iter().copied().fold(NO_DATA, f32::max);
    assert!((wettest - 0.137_148_17).abs() < 1e-7, "{wettest}");
}
