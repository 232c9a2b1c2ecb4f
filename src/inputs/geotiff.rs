//! Reads GeoTIFF rasters, or the part of one that a window touches.
//!
//! Strips and tiles, samples side by side or in planes, no compression, LZW, deflate and PackBits, all three
//! predictors, integers of 8 to 64 bits and floats of 32 and 64, classic and BigTIFF, either byte order.
//! No overviews, no JPEG or WebP, no external masks.
//!
//! The `tiff` crate reads a directory whole and refuses tables above 1 MiB and colour-mapped rasters, so that a
//! national fuel map, with a quarter of a million tiles, does not open; hence the directory is read here.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

mod chunk;
mod crs;
mod metadata;
mod tags;
#[cfg(test)]
pub(in crate::inputs) mod test_files;
#[cfg(test)]
mod tests;

use chunk::Packing;
pub(super) use crs::Crs;
pub(super) use metadata::Metadata;
use tags::{Directory, Tag};

/// Pixels that one read may return: four bytes each.
const WINDOW_PIXELS_MAX: usize = 64_000_000;
/// Bytes that one strip or tile may unpack to.
const CHUNK_BYTES_MAX: usize = 512 << 20;

/// Why a file is not a raster that can be used.
#[derive(Debug, thiserror::Error)]
pub enum RasterProblem {
    /// The system refused a read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file does not begin like a TIFF.
    #[error("needed a TIFF, found a file that begins with {found}")]
    NotTiff {
        /// The first bytes, in hexadecimal.
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
    #[error("the file has no georeference: needed a pixel scale and a tie point, or a transformation")]
    NoPlace,
    /// The window is larger than the limit.
    #[error("the window of {rows} x {cols} pixels is above the limit of {WINDOW_PIXELS_MAX} pixels")]
    TooLarge {
        /// Rows of the window.
        rows: usize,
        /// Columns of the window.
        cols: usize,
    },
}

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PixelWindow {
    pub(super) row: usize,
    pub(super) col: usize,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

/// From fractional pixels (0, 0 is the outer corner of the first pixel) to the coordinate system, and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PixelPlace {
    pub(super) x0: f64,
    pub(super) x_per_col: f64,
    pub(super) x_per_row: f64,
    pub(super) y0: f64,
    pub(super) y_per_col: f64,
    pub(super) y_per_row: f64,
}

impl PixelPlace {
    pub(super) fn to_xy(self, col: f64, row: f64) -> (f64, f64) {
        (
            self.x0 + self.x_per_col * col + self.x_per_row * row,
            self.y0 + self.y_per_col * col + self.y_per_row * row,
        )
    }

    pub(super) fn to_pixel(self, x: f64, y: f64) -> (f64, f64) {
        let determinant = self.x_per_col * self.y_per_row - self.x_per_row * self.y_per_col;
        let (x, y) = (x - self.x0, y - self.y0);
        (
            (x * self.y_per_row - y * self.x_per_row) / determinant,
            (y * self.x_per_col - x * self.y_per_col) / determinant,
        )
    }

    /// Edge of a pixel where pixels are square and the first row is the northern one.
    pub(super) fn square_north_up(self) -> Option<f64> {
        let size = self.x_per_col;
        let square = (size + self.y_per_row).abs() < 1e-6 * size.abs();
        (size > 0.0 && square && self.x_per_row == 0.0 && self.y_per_col == 0.0).then_some(size)
    }
}

/// An open raster.
pub(super) struct GeoTiff {
    file: File,
    pub(super) path: PathBuf,
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) bands: usize,
    pub(super) place: PixelPlace,
    pub(super) crs: Crs,
    pub(super) metadata: Metadata,
    no_data: Option<f64>,
    packing: Packing,
    chunk_rows: usize,
    chunk_cols: usize,
    planes: bool,
    offsets: Vec<u64>,
    byte_counts: Vec<u64>,
}

impl GeoTiff {
    /// Reads the directory of the file's first image; no pixel is read.
    pub(super) fn open(path: &Path) -> Result<Self, RasterProblem> {
        let mut file = File::open(path)?;
        let directory = Directory::read(&mut file)?;
        let rows = directory.required_number(Tag::IMAGE_LENGTH)? as usize;
        let cols = directory.required_number(Tag::IMAGE_WIDTH)? as usize;
        let bands = directory.number(Tag::SAMPLES_PER_PIXEL)?.unwrap_or(1) as usize;
        let planes = directory.number(Tag::PLANAR_CONFIGURATION)?.unwrap_or(1) == 2;
        let tiled = directory.has(Tag::TILE_OFFSETS);
        let (chunk_rows, chunk_cols, offsets, byte_counts) = if tiled {
            let tile_rows = directory.required_number(Tag::TILE_LENGTH)? as usize;
            let tile_cols = directory.required_number(Tag::TILE_WIDTH)? as usize;
            (tile_rows, tile_cols, Tag::TILE_OFFSETS, Tag::TILE_BYTE_COUNTS)
        } else {
            let strip_rows = directory.number(Tag::ROWS_PER_STRIP)?.unwrap_or(rows as u64) as usize;
            (strip_rows.min(rows), cols, Tag::STRIP_OFFSETS, Tag::STRIP_BYTE_COUNTS)
        };
        let (offsets, byte_counts) = (directory.numbers(offsets)?, directory.numbers(byte_counts)?);
        let sizes = [rows, cols, bands, chunk_rows, chunk_cols];
        if sizes.contains(&0) || sizes.iter().any(|&size| size > u32::MAX as usize) {
            return Err(damaged(format!("the image is {rows} x {cols} with {bands} bands")));
        }
        let chunks = rows.div_ceil(chunk_rows) * cols.div_ceil(chunk_cols) * if planes { bands } else { 1 };
        if offsets.len() != chunks || byte_counts.len() != chunks {
            return Err(damaged(format!("{} strips or tiles instead of {chunks}", offsets.len())));
        }
        let no_data = directory.text(Tag::GDAL_NODATA)?.and_then(|text| text.trim().parse().ok());
        let metadata = Metadata::parse(&directory.text(Tag::GDAL_METADATA)?.unwrap_or_default(), bands);
        let (crs, point_is_centre) = crs::read(&directory)?;
        let place = place(&directory, point_is_centre)?;
        let packing = Packing::read(&directory, if planes { 1 } else { bands })?;
        if packing.bytes(chunk_rows, chunk_cols) > CHUNK_BYTES_MAX {
            return Err(damaged(format!("a strip or tile of {chunk_rows} x {chunk_cols} pixels")));
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            rows,
            cols,
            bands,
            place,
            crs,
            metadata,
            no_data,
            packing,
            chunk_rows,
            chunk_cols,
            planes,
            offsets,
            byte_counts,
        })
    }

    /// Values of one band (from 0) in a window, row-major; NaN stands for no data.
    ///
    /// Only strips and tiles that touch the window are read. The window must lie inside the raster.
    pub(super) fn read(&mut self, band: usize, window: PixelWindow) -> Result<Vec<f32>, RasterProblem> {
        assert!(
            band < self.bands
                && window.row + window.rows <= self.rows
                && window.col + window.cols <= self.cols,
            "BUG: band {band}, {window:?} outside {} x {} x {}",
            self.bands,
            self.rows,
            self.cols
        );
        if window.rows * window.cols > WINDOW_PIXELS_MAX {
            return Err(RasterProblem::TooLarge { rows: window.rows, cols: window.cols });
        }
        let mut values = vec![f32::NAN; window.rows * window.cols];
        if values.is_empty() {
            return Ok(values);
        }
        let chunks_across = self.cols.div_ceil(self.chunk_cols);
        let chunks_a_plane = chunks_across * self.rows.div_ceil(self.chunk_rows);
        let first = if self.planes { band * chunks_a_plane } else { 0 };
        let sample = if self.planes { 0 } else { band };
        for down in window.row / self.chunk_rows..=(window.row + window.rows - 1) / self.chunk_rows {
            for across in window.col / self.chunk_cols..=(window.col + window.cols - 1) / self.chunk_cols {
                let index = first + down * chunks_across + across;
                let Some(bytes) = self.chunk(index, down)? else { continue };
                let corner = (down * self.chunk_rows, across * self.chunk_cols);
                self.copy_chunk(bytes, sample, corner, window, &mut values)?;
            }
        }
        Ok(values)
    }

    /// Unpacked bytes of a chunk; `None` where the file leaves a hole.
    fn chunk(&mut self, index: usize, down: usize) -> Result<Option<Vec<u8>>, RasterProblem> {
        let (offset, byte_count) = (self.offsets[index], self.byte_counts[index]);
        if byte_count == 0 {
            return Ok(None);
        }
        if byte_count > CHUNK_BYTES_MAX as u64 {
            return Err(damaged(format!("strip or tile {index} of {byte_count} bytes")));
        }
        self.file.seek(SeekFrom::Start(offset))?;
        let mut packed = vec![0; byte_count as usize];
        self.file
            .read_exact(&mut packed)
            .map_err(|_| damaged(format!("the file ends inside strip or tile {index}")))?;
        // The last strip holds only the rows that are left; tiles are always whole.
        let strip = self.chunk_cols == self.cols;
        let rows =
            if strip { self.chunk_rows.min(self.rows - down * self.chunk_rows) } else { self.chunk_rows };
        self.packing.unpack(packed, self.packing.bytes(rows, self.chunk_cols)).map(Some)
    }

    fn copy_chunk(
        &self,
        mut bytes: Vec<u8>,
        sample: usize,
        (top, left): (usize, usize),
        window: PixelWindow,
        values: &mut [f32],
    ) -> Result<(), RasterProblem> {
        let row_bytes = self.packing.bytes(1, self.chunk_cols);
        let cols = left.max(window.col)..(left + self.chunk_cols).min(window.col + window.cols);
        let last = (top + bytes.len() / row_bytes).min(window.row + window.rows);
        for row in top.max(window.row)..last {
            let line = &mut bytes[(row - top) * row_bytes..][..row_bytes];
            self.packing.undo_predictor(line, self.chunk_cols);
            let target = (row - window.row) * window.cols;
            let first = (cols.start - left) * self.packing.samples + sample;
            let values = &mut values[target + cols.start - window.col..target + cols.end - window.col];
            self.packing.values(line, first, values);
            if let Some(no_data) = self.no_data.map(|no_data| no_data as f32) {
                values.iter_mut().filter(|value| **value == no_data).for_each(|value| *value = f32::NAN);
            }
        }
        Ok(())
    }
}

fn place(directory: &Directory, point_is_centre: bool) -> Result<PixelPlace, RasterProblem> {
    let half = if point_is_centre { 0.5 } else { 0.0 };
    let matrix = directory.floats(Tag::MODEL_TRANSFORMATION)?;
    let (scale, tie) = (directory.floats(Tag::MODEL_PIXEL_SCALE)?, directory.floats(Tag::MODEL_TIEPOINT)?);
    let mut place = match (matrix.as_slice(), scale.as_slice(), tie.as_slice()) {
        ([a, b, _, x, c, d, _, y, ..], _, _) => {
            PixelPlace { x0: *x, x_per_col: *a, x_per_row: *b, y0: *y, y_per_col: *c, y_per_row: *d }
        }
        (_, [width, height, ..], [col, row, _, x, y, ..]) => PixelPlace {
            x0: x - col * width,
            x_per_col: *width,
            x_per_row: 0.0,
            y0: y + row * height,
            y_per_col: 0.0,
            y_per_row: -height,
        },
        _ => return Err(RasterProblem::NoPlace),
    };
    (place.x0, place.y0) = place.to_xy(-half, -half);
    let determinant = place.x_per_col * place.y_per_row - place.x_per_row * place.y_per_col;
    if determinant.is_finite() && determinant != 0.0 { Ok(place) } else { Err(RasterProblem::NoPlace) }
}

fn damaged(what: String) -> RasterProblem {
    RasterProblem::Damaged { what }
}
