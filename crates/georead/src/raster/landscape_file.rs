//! Landscape files of FARSITE and FlamMap (`.lcp`): layers of a landscape, cell by cell.
//!
//! Source of the layout: FARSITE's technical reference, and the documentation of GDAL's LCP driver.

use std::sync::Arc;

use super::header::Header;
use super::{BYTES_IN_FLIGHT, Description, Metadata, PixelPlace, PixelWindow, RasterProblem, damaged};
use crate::bytes::ByteSource;

/// Bytes before the first value: three words, statistics, names of files and words about them.
const HEADER_BYTES: u64 = 7316;
/// What a cell without data holds.
const NO_DATA: i16 = -9999;
/// Bytes of one value.
const VALUE_BYTES: usize = 2;

/// A layer of a landscape file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    /// Of the ground.
    Elevation,
    /// Steepness.
    Slope,
    /// The way that the slope faces.
    Aspect,
    /// Fuel model numbers.
    FuelModel,
    /// Share of the ground under crowns.
    CanopyCover,
    /// Height of the stand.
    CanopyHeight,
    /// Height of the crowns' lower edge.
    CanopyBaseHeight,
    /// Mass of fine fuel in a volume of canopy.
    CanopyBulkDensity,
    /// Load of duff.
    Duff,
    /// Coarse woody profiles, by number.
    CoarseWoody,
}

use Layer::*;

impl Layer {
    /// As a band's description says it.
    fn in_words(self) -> &'static str {
        match self {
            Elevation => "elevation",
            Slope => "slope",
            Aspect => "aspect",
            FuelModel => "fuel model",
            CanopyCover => "canopy cover",
            CanopyHeight => "canopy height",
            CanopyBaseHeight => "canopy base height",
            CanopyBulkDensity => "canopy bulk density",
            Duff => "duff",
            CoarseWoody => "coarse woody",
        }
    }
}

/// What one step of a layer's numbers is, by the layer's code in the header.
fn unit(layer: Layer, code: i16) -> Option<&'static str> {
    Some(match (layer, code) {
        (Elevation, 0) => "metres",
        (Elevation, 1) => "feet",
        (Slope, 0) => "degrees",
        (Slope, 1) => "percent",
        (Aspect, 2) => "degrees clockwise from north",
        (FuelModel, _) => "fuel model numbers",
        (CanopyCover, 0) => "classes",
        (CanopyCover, 1) => "percent",
        (CanopyHeight | CanopyBaseHeight, 1) => "metres",
        (CanopyHeight | CanopyBaseHeight, 2) => "feet",
        (CanopyHeight | CanopyBaseHeight, 3) => "metres x 10",
        (CanopyHeight | CanopyBaseHeight, 4) => "feet x 10",
        (CanopyBulkDensity, 1) => "kg/m3",
        (CanopyBulkDensity, 2) => "lb/ft3",
        (CanopyBulkDensity, 3) => "kg/m3 x 100",
        (CanopyBulkDensity, 4) => "lb/ft3 x 1000",
        (Duff, 1) => "Mg/ha",
        (Duff, 2) => "t/ac",
        (CoarseWoody, _) => "profile numbers",
        _ => return None,
    })
}

/// An open landscape file.
#[derive(Debug)]
pub(super) struct LandscapeFile {
    source: Arc<dyn ByteSource>,
    cols: usize,
    bands: usize,
}

impl LandscapeFile {
    /// True where bytes begin as such a file does: with or without crowns, with or without ground fuels, a latitude.
    pub(super) fn begins(first: &[u8]) -> bool {
        let word = |at: usize| Some(i32::from_le_bytes(*first.get(at..)?.first_chunk()?));
        let yes_or_no = |at: usize| matches!(word(at), Some(20 | 21));
        yes_or_no(0) && yes_or_no(4) && word(8).is_some_and(|latitude| (-90..=90).contains(&latitude))
    }

    pub(super) fn open(
        source: &Arc<dyn ByteSource>,
        mut header: Header,
    ) -> Result<(Self, Description), RasterProblem> {
        let bytes = Fixed(header.at(0, HEADER_BYTES)?);
        let (crowns, ground) = (bytes.word(0) == 21, bytes.word(4) == 21);
        let mut layers = vec![Elevation, Slope, Aspect, FuelModel, CanopyCover];
        layers.extend([CanopyHeight, CanopyBaseHeight, CanopyBulkDensity].into_iter().filter(|_| crowns));
        layers.extend([Duff, CoarseWoody].into_iter().filter(|_| ground));
        let (cols, rows, bands) = (bytes.word(4164), bytes.word(4168), layers.len());
        let (width, height) = (bytes.double(4208), bytes.double(4216));
        let (Ok(cols @ 1..), Ok(rows @ 1..)) = (usize::try_from(cols), usize::try_from(rows)) else {
            return Err(damaged(format!("the landscape is {rows} x {cols} cells")));
        };
        let needed = u128::from(HEADER_BYTES) + (rows * cols) as u128 * (bands * VALUE_BYTES) as u128;
        if u128::from(source.len()) < needed {
            let found = source.len();
            return Err(damaged(format!(
                "{rows} x {cols} cells of {bands} bands need {needed} bytes, found {found}"
            )));
        }
        let place = PixelPlace::north_up(bytes.double(4180), bytes.double(4188), width, height);
        let place = place.checked().filter(|_| width > 0.0 && height > 0.0).ok_or(RasterProblem::NoPlace)?;
        let mut metadata = Metadata::empty(bands);
        for (band, layer) in layers.into_iter().enumerate() {
            metadata.band_descriptions[band] = Some(layer.in_words().to_owned());
            // A code for each layer that there could be, in the order of their declaration.
            let code = bytes.short(4224 + 2 * layer as usize);
            metadata.band_units[band] = unit(layer, code).map(str::to_owned);
        }
        let file = Self { source: Arc::clone(source), cols, bands };
        Ok((file, Description { rows, cols, bands, place, metadata, crs: None }))
    }

    /// Values of a band in a window that lies inside and is not empty. All bands lie side by side, so all are read.
    pub(super) fn read(&self, band: usize, window: PixelWindow) -> Result<Vec<f32>, RasterProblem> {
        let cell_bytes = self.bands * VALUE_BYTES;
        let row_bytes = window.cols * cell_bytes;
        let offset = |row: usize| HEADER_BYTES + ((row * self.cols + window.col) * cell_bytes) as u64;
        // Whole rows follow one another in the file: a few large pieces instead of one a row.
        let together = if window.cols == self.cols { (BYTES_IN_FLIGHT / row_bytes).max(1) } else { 1 };
        let mut values = Vec::with_capacity(window.rows * window.cols);
        let rows: Vec<usize> = (window.row..window.row + window.rows).step_by(together).collect();
        for batch in rows.chunks((BYTES_IN_FLIGHT / (row_bytes * together)).max(1)) {
            let end = window.row + window.rows;
            let range = |row: &usize| (offset(*row), together.min(end - row) * row_bytes);
            let ranges: Vec<(u64, usize)> = batch.iter().map(range).collect();
            for piece in self.source.read_ranges(&ranges)? {
                let cells = piece.chunks_exact(cell_bytes);
                values.extend(cells.map(|cell| number([cell[2 * band], cell[2 * band + 1]])));
            }
        }
        Ok(values)
    }
}

fn number(bytes: [u8; VALUE_BYTES]) -> f32 {
    match i16::from_le_bytes(bytes) {
        NO_DATA => f32::NAN,
        value => f32::from(value),
    }
}

/// The header's bytes; all positions read lie inside it.
struct Fixed<'a>(&'a [u8]);

impl Fixed<'_> {
    fn word(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.array(at))
    }

    fn short(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.array(at))
    }

    fn double(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.array(at))
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0[at..].first_chunk().copied().expect("every position read lies inside the header")
    }
}
