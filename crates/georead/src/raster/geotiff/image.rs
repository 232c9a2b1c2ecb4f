//! One image of a file: how it is cut into strips or tiles, and the values of a window.

use super::chunk::Packing;
use super::table::Table;
use super::tags::{Directory, Tag};
use crate::bytes::ByteSource;
use crate::raster::header::Header;
use crate::raster::{BYTES_IN_FLIGHT, PixelWindow, RasterProblem, damaged};

/// Bytes that one strip or tile may unpack to: 11,000 x 11,000 floats in one strip.
const CHUNK_BYTES_MAX: usize = 512 << 20;
/// Strips and tiles that one window may touch: 24 bytes each while it is read.
const CHUNKS_MAX: usize = 1 << 20;

/// An image, an overview or a mask.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) bands: usize,
    packing: Packing,
    chunk_rows: usize,
    chunk_cols: usize,
    tiled: bool,
    planes: bool,
    table: Table,
}

/// A strip or tile, and what of it is needed.
struct Piece {
    /// First row and column of what is read.
    top: usize,
    left: usize,
    rows: usize,
    offset: u64,
    length: usize,
}

impl Image {
    pub(super) fn read(directory: &Directory, header: &Header) -> Result<Self, RasterProblem> {
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
        let sizes = [rows, cols, bands, chunk_rows, chunk_cols];
        // Bands are counted in 16 bits; rows and columns in 31 so that nothing made of them overflows.
        if sizes.contains(&0) || sizes.iter().any(|&size| size > i32::MAX as usize) || bands > 65_535 {
            return Err(damaged(format!("the image is {rows} x {cols} with {bands} bands")));
        }
        let [offsets, byte_counts] = [directory.column(offsets)?, directory.column(byte_counts)?];
        let a_plane = rows.div_ceil(chunk_rows) as u64 * cols.div_ceil(chunk_cols) as u64;
        let chunks = a_plane.saturating_mul(if planes { bands as u64 } else { 1 });
        if offsets.count != chunks || byte_counts.count != chunks {
            return Err(damaged(format!("{} strips or tiles instead of {chunks}", offsets.count)));
        }
        let packing = Packing::read(directory, if planes { 1 } else { bands })?;
        if packing.bytes(chunk_rows, chunk_cols) > CHUNK_BYTES_MAX && !packing.is_plain() {
            return Err(damaged(format!("a strip or tile of {chunk_rows} x {chunk_cols} pixels")));
        }
        let table = Table::new(offsets, byte_counts, directory.big_endian, header);
        Ok(Self { rows, cols, bands, packing, chunk_rows, chunk_cols, tiled, planes, table })
    }

    /// True where this shows the same as another image with fewer pixels.
    pub(super) fn is_overview_of(&self, other: &Self) -> bool {
        self.bands == other.bands && self.rows <= other.rows && self.cols < other.cols
    }

    /// Values of a band as they stand in the file; NaN in holes. The window lies inside the image and is not empty.
    pub(super) fn window(
        &self,
        source: &dyn ByteSource,
        band: usize,
        window: PixelWindow,
    ) -> Result<Vec<f32>, RasterProblem> {
        let pieces = self.pieces(source, band, window)?;
        let sample = if self.planes { 0 } else { band };
        let mut values = vec![f32::NAN; window.rows * window.cols];
        let mut rest = pieces.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |piece: &&Piece| {
                bytes += piece.length;
                bytes <= BYTES_IN_FLIGHT
            };
            // One at least, however large.
            let count = rest.iter().take_while(fits).count().max(1);
            let (batch, after) = rest.split_at(count);
            let ranges: Vec<(u64, usize)> = batch.iter().map(|piece| (piece.offset, piece.length)).collect();
            for (piece, packed) in batch.iter().zip(source.read_ranges(&ranges)?) {
                let expected = self.packing.bytes(piece.rows, self.chunk_cols);
                let bytes = self.packing.unpack(packed, expected)?;
                self.copy(bytes, sample, piece, window, &mut values);
            }
            rest = after;
        }
        Ok(values)
    }

    /// The strips or tiles that a window touches, holes left out.
    fn pieces(
        &self,
        source: &dyn ByteSource,
        band: usize,
        window: PixelWindow,
    ) -> Result<Vec<Piece>, RasterProblem> {
        let across_all = self.cols.div_ceil(self.chunk_cols);
        let a_plane = across_all as u64 * self.rows.div_ceil(self.chunk_rows) as u64;
        let first = if self.planes { band as u64 * a_plane } else { 0 };
        let down = window.row / self.chunk_rows..=(window.row + window.rows - 1) / self.chunk_rows;
        let across = window.col / self.chunk_cols..=(window.col + window.cols - 1) / self.chunk_cols;
        let count = (1 + down.end() - down.start()).saturating_mul(1 + across.end() - across.start());
        if count > CHUNKS_MAX {
            return Err(damaged(format!("a window of {count} strips or tiles, more than {CHUNKS_MAX}")));
        }
        let places: Vec<(usize, usize)> =
            down.flat_map(|down| across.clone().map(move |across| (down, across))).collect();
        let index =
            |(down, across): &(usize, usize)| first + *down as u64 * across_all as u64 + *across as u64;
        let indices: Vec<u64> = places.iter().map(index).collect();
        let entries = self.table.entries_of(source, &indices)?;
        let holes = |(_, (_, byte_count)): &(&(usize, usize), &(u64, u64))| *byte_count > 0;
        let known = places.iter().zip(&entries).filter(holes);
        known.map(|(place, entry)| self.piece(*place, *entry, window)).collect()
    }

    fn piece(
        &self,
        (down, across): (usize, usize),
        (offset, byte_count): (u64, u64),
        window: PixelWindow,
    ) -> Result<Piece, RasterProblem> {
        let (top, left) = (down * self.chunk_rows, across * self.chunk_cols);
        // The last strip holds only the rows that are left; tiles are always whole.
        let rows = if self.tiled { self.chunk_rows } else { self.chunk_rows.min(self.rows - top) };
        if self.packing.is_plain() {
            // Of what is not packed only the rows of the window are read.
            let begin = window.row.saturating_sub(top).min(rows);
            let end = (window.row + window.rows - top).min(rows);
            let skipped = self.packing.bytes(begin, self.chunk_cols) as u64;
            let length = self.packing.bytes(end - begin, self.chunk_cols);
            if skipped.saturating_add(length as u64) > byte_count {
                return Err(damaged(format!("a strip or tile of {byte_count} bytes holds {rows} rows")));
            }
            let offset = offset.saturating_add(skipped);
            return Ok(Piece { top: top + begin, left, rows: end - begin, offset, length });
        }
        match usize::try_from(byte_count) {
            Ok(length) if length <= CHUNK_BYTES_MAX => Ok(Piece { top, left, rows, offset, length }),
            _ => Err(damaged(format!("a strip or tile of {byte_count} bytes"))),
        }
    }

    fn copy(
        &self,
        mut bytes: Vec<u8>,
        sample: usize,
        piece: &Piece,
        window: PixelWindow,
        values: &mut [f32],
    ) {
        let row_bytes = self.packing.bytes(1, self.chunk_cols);
        let cols = piece.left.max(window.col)..(piece.left + self.chunk_cols).min(window.col + window.cols);
        let last = (piece.top + piece.rows).min(window.row + window.rows);
        for row in piece.top.max(window.row)..last {
            let line = &mut bytes[(row - piece.top) * row_bytes..][..row_bytes];
            self.packing.undo_predictor(line, self.chunk_cols);
            let target = (row - window.row) * window.cols;
            let first = (cols.start - piece.left) * self.packing.samples + sample;
            let values = &mut values[target + cols.start - window.col..target + cols.end - window.col];
            self.packing.values(line, first, values);
        }
    }
}
