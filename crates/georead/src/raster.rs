//! Rasters: open one from a file or any [`ByteSource`], read a window of a band, bring it onto a grid.
//!
//! Only what a window touches is read, and reads may go on side by side. What a value means (its unit, its classes) is the caller's to say;
//! [`Metadata`] has what the file says about it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::bytes::{ByteSource, FileBytes};
use crate::crs::Crs;

mod ascii_grid;
mod beside;
mod geotiff;
mod header;
mod landscape_file;
mod metadata;
pub mod mosaic;
mod place;
pub mod resample;

use ascii_grid::AsciiGrid;
pub use beside::Beside;
use geotiff::GeoTiff;
use header::Header;
use landscape_file::LandscapeFile;
pub use metadata::Metadata;
pub use place::{PixelPlace, PixelWindow, PlaneBox};
use resample::Method;

/// Pixels that one read may return: four bytes each.
pub const WINDOW_PIXELS_MAX: usize = 64_000_000;

/// Bytes that one read asks for at once; what is larger comes in batches. A window of 60 km at 30 m, packed, fits.
const BYTES_IN_FLIGHT: usize = 16 << 20;

/// Why a file is not a raster that can be used.
#[derive(Debug, thiserror::Error)]
pub enum RasterProblem {
    /// The bytes could not be had.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// There is nothing in the file.
    #[error("needed a GeoTIFF, a landscape file (.lcp) or an ascii grid (.asc), found an empty file")]
    Empty,
    /// The file does not begin like any raster that is known here.
    #[error("needed a GeoTIFF, a landscape file (.lcp) or an ascii grid (.asc), found {found}")]
    NotRaster {
        /// What it is where that is known, else its first bytes, in hexadecimal.
        found: String,
    },
    /// The file says something that contradicts itself, or ends early.
    #[error("the file is damaged: {what}")]
    Damaged {
        /// What does not fit.
        what: String,
    },
    /// A valid file of a kind that is not read here.
    #[error("the {what} is not supported: needed {needed}, found {found}")]
    Unsupported {
        /// The property.
        what: &'static str,
        /// What would be read.
        needed: &'static str,
        /// What the file has.
        found: String,
    },
    /// The file does not say where on Earth it lies.
    #[error(
        "the file has no georeference: needed a pixel scale and a tie point, a transformation or a world file; \
         or a corner and a cell size above 0"
    )]
    NoPlace,
    /// A place that no map can have.
    #[error("the {what} cannot be right: needed {needed}, found {found}")]
    NotOnEarth {
        /// The property.
        what: &'static str,
        /// What it can be.
        needed: String,
        /// What the file has.
        found: String,
    },
    /// The file has fewer bands than are needed.
    #[error("needed band {}, found {bands} bands", band + 1)]
    NoBand {
        /// The band that was asked for, from 0.
        band: usize,
        /// How many there are.
        bands: usize,
    },
    /// The window is larger than the limit.
    #[error("the window of {rows} x {cols} pixels is above the limit of {WINDOW_PIXELS_MAX} pixels")]
    TooLarge {
        /// Rows of the window.
        rows: usize,
        /// Columns of the window.
        cols: usize,
    },
}

/// An open raster: its shape, its place, and a way to its pixels. A clone shares what is open.
#[derive(Clone)]
pub struct Raster {
    /// What errors call it: a path, or where else it came from.
    pub name: String,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// Number of bands.
    pub bands: usize,
    /// Where its pixels lie in its coordinate system.
    pub place: PixelPlace,
    /// What the file says about its bands.
    pub metadata: Metadata,
    /// What was found in its place where it is not known.
    crs: Result<Crs, String>,
    pixels: Arc<Pixels>,
    /// Which of the file's levels this is.
    level: usize,
}

/// The pixels of each kind of file.
enum Pixels {
    Tiff(GeoTiff),
    Landscape(LandscapeFile),
    Ascii(AsciiGrid),
}

/// What a file says about itself.
struct Description {
    rows: usize,
    cols: usize,
    bands: usize,
    place: PixelPlace,
    metadata: Metadata,
    /// `None` where the file says nothing; what was found where that is not known.
    crs: Option<Result<Crs, String>>,
}

impl fmt::Debug for Raster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raster({}: {} x {} x {})", self.name, self.rows, self.cols, self.bands)
    }
}

impl Raster {
    /// Opens a file, with what lies beside it; no pixel is read, but of an ascii grid all, to count them. What kind it is shows from its first bytes, not from its name.
    ///
    /// **Errors** say what was needed and what was found.
    pub fn open(path: &Path) -> Result<Self, RasterProblem> {
        let source = Arc::new(FileBytes::open(path)?);
        Self::from_source(source, &path.display().to_string(), &Beside::of(path))
    }

    /// Opens what a source of bytes holds; `name` is what errors call it.
    pub fn from_source(
        source: Arc<dyn ByteSource>,
        name: &str,
        beside: &Beside,
    ) -> Result<Self, RasterProblem> {
        let mut header = Header::new(source.as_ref());
        let first = header.first(16)?;
        if first.is_empty() {
            return Err(RasterProblem::Empty);
        }
        let (pixels, said) = if LandscapeFile::begins(&first) {
            LandscapeFile::open(&source, header).map(|(file, said)| (Pixels::Landscape(file), said))?
        } else if AsciiGrid::begins(&first) {
            AsciiGrid::open(&source, &first).map(|(grid, said)| (Pixels::Ascii(grid), said))?
        } else {
            GeoTiff::open(&source, header, beside.place()).map(|(tiff, said)| (Pixels::Tiff(tiff), said))?
        };
        let Description { rows, cols, bands, place, metadata, crs } = said;
        let crs = crs.unwrap_or_else(|| beside.crs(name));
        if let Ok(crs) = &crs {
            place.check_on_earth((rows, cols), crs)?;
        }
        let (name, pixels) = (name.to_owned(), Arc::new(pixels));
        Ok(Self { name, rows, cols, bands, place, metadata, crs, pixels, level: 0 })
    }

    /// The coordinate system of its place.
    ///
    /// **Errors** where the file does not say it, or names one that is not known here.
    pub fn crs(&self) -> Result<&Crs, RasterProblem> {
        self.crs.as_ref().map_err(|found| unknown(found.clone()))
    }

    /// The coarsest level whose pixels are no larger than `pixel_size`, in the unit of the coordinate system; 0 is the raster itself.
    ///
    /// For [`Method::Nearest`], classes, only levels count that the file says were picked and not averaged: the mean of two fuel
    /// models is a third one that is nowhere. Most files do not say; their classes are read at full size.
    pub fn level_for(&self, pixel_size: f64, method: Method) -> usize {
        let Pixels::Tiff(tiff) = self.pixels.as_ref() else { return 0 };
        let levels = tiff.levels().enumerate();
        let fine_enough = levels.filter(|(_, (_, cols, made))| {
            let picked = matches!(*made, Some("NEAREST" | "MODE"));
            let width = self.place.x_per_col.hypot(self.place.y_per_col) * self.cols as f64 / *cols as f64;
            width <= pixel_size && (method == Method::Bilinear || picked)
        });
        fine_enough.map(|(level, _)| level).last().unwrap_or(0)
    }

    /// One of the file's levels as a raster of its own: the same ground with fewer pixels. It shares what is open.
    pub fn level(&self, level: usize) -> Option<Self> {
        let (rows, cols, _) = match self.pixels.as_ref() {
            Pixels::Tiff(tiff) => tiff.levels().nth(level)?,
            _ => (level == 0).then_some((self.rows, self.cols, None))?,
        };
        let place = self.place.stretched(self.cols as f64 / cols as f64, self.rows as f64 / rows as f64);
        Some(Self { rows, cols, place, level, ..self.clone() })
    }

    /// Values of one band (from 0) in a window, row-major; NaN stands for no data.
    ///
    /// Only what touches the window is read, all of it asked for at once where it fits into the limit on bytes in flight.
    /// The window must lie inside the raster.
    ///
    /// **Errors** when the bytes cannot be had or unpacked, and when the window is above [`WINDOW_PIXELS_MAX`].
    pub fn read(&self, band: usize, window: PixelWindow) -> Result<Vec<f32>, RasterProblem> {
        let inside =
            |first: usize, count: usize, all: usize| first.checked_add(count).is_some_and(|end| end <= all);
        assert!(
            band < self.bands
                && inside(window.row, window.rows, self.rows)
                && inside(window.col, window.cols, self.cols),
            "BUG: band {band}, {window:?} outside {} x {} x {}",
            self.bands,
            self.rows,
            self.cols
        );
        if window.rows.saturating_mul(window.cols) > WINDOW_PIXELS_MAX {
            return Err(RasterProblem::TooLarge { rows: window.rows, cols: window.cols });
        }
        if window.rows == 0 || window.cols == 0 {
            return Ok(Vec::new());
        }
        match self.pixels.as_ref() {
            Pixels::Tiff(tiff) => tiff.read(self.level, band, window),
            Pixels::Landscape(file) => file.read(band, window),
            Pixels::Ascii(grid) => grid.read(window),
        }
    }
}

fn damaged(what: String) -> RasterProblem {
    RasterProblem::Damaged { what }
}

fn unknown(found: String) -> RasterProblem {
    RasterProblem::Unsupported {
        what: "coordinate system",
        needed: "a UTM zone, longitude and latitude, or a common national system by its EPSG code; or Albers, \
                 Lambert or transverse Mercator by its parameters",
        found,
    }
}
