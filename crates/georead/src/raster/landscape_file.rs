//! Landscape files of FARSITE and FlamMap (`.lcp`): layers of a landscape, cell by cell.
//!
//! Source of the layout: FARSITE's technical reference, and the documentation of GDAL's LCP driver.

use std::sync::Arc;

use firecore::units::M_PER_FT;

use super::header::Header;
use super::{BYTES_IN_FLIGHT, Description, Metadata, PixelPlace, PixelWindow, RasterProblem, damaged};
use crate::bytes::ByteSource;

/// Bytes before the first value.
const HEADER_BYTES: u64 = 7316;
/// What a cell without data holds.
const NO_DATA: i16 = -9999;
/// Bytes of one value.
const VALUE_BYTES: usize = 2;

/// A layer of a landscape file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LandscapeLayer {
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

use LandscapeLayer::*;

impl LandscapeLayer {
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

/// What one step of a layer's numbers is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LandscapeUnit {
    /// As the header names it, in words: `metres x 10`.
    pub in_words: &'static str,
    /// What turns a number into metres, degrees, a fraction or kg/m3; `None` where it is a class, or a slope in percent.
    pub factor: Option<f64>,
}

/// Pounds in a cubic foot as kg/m3: 0.453 592 37 kg over (0.3048 m)^3, both exact by definition.
const KG_M3_PER_LB_FT3: f64 = 0.453_592_37 / (M_PER_FT * M_PER_FT * M_PER_FT);
/// Short tons in an acre as kg/m2: 907.184 74 kg over 4046.856 422 4 m2, both exact by definition.
const KG_M2_PER_TON_ACRE: f64 = 907.184_74 / 4_046.856_422_4;

/// The unit that a layer's code in the header stands for.
fn unit(layer: LandscapeLayer, code: i16) -> Option<LandscapeUnit> {
    let (in_words, factor) = match (layer, code) {
        (Elevation, 0) => ("metres", Some(1.0)),
        (Elevation, 1) => ("feet", Some(M_PER_FT)),
        (Slope, 0) => ("degrees", Some(1.0)),
        (Slope, 1) => ("percent", None),
        (Aspect, 2) => ("degrees clockwise from north", Some(1.0)),
        (FuelModel, _) => ("fuel model numbers", None),
        (CanopyCover, 0) => ("classes", None),
        (CanopyCover, 1) => ("percent", Some(0.01)),
        (CanopyHeight | CanopyBaseHeight, 1) => ("metres", Some(1.0)),
        (CanopyHeight | CanopyBaseHeight, 2) => ("feet", Some(M_PER_FT)),
        (CanopyHeight | CanopyBaseHeight, 3) => ("metres x 10", Some(0.1)),
        (CanopyHeight | CanopyBaseHeight, 4) => ("feet x 10", Some(0.1 * M_PER_FT)),
        (CanopyBulkDensity, 1) => ("kg/m3", Some(1.0)),
        (CanopyBulkDensity, 2) => ("lb/ft3", Some(KG_M3_PER_LB_FT3)),
        (CanopyBulkDensity, 3) => ("kg/m3 x 100", Some(0.01)),
        (CanopyBulkDensity, 4) => ("lb/ft3 x 1000", Some(0.001 * KG_M3_PER_LB_FT3)),
        (Duff, 1) => ("Mg/ha", Some(0.1)),
        (Duff, 2) => ("t/ac", Some(KG_M2_PER_TON_ACRE)),
        (CoarseWoody, _) => ("profile numbers", None),
        _ => return None,
    };
    Some(LandscapeUnit { in_words, factor })
}

/// What a landscape file's header says beside the place.
#[derive(Clone, Debug, PartialEq)]
pub struct LandscapeHeader {
    /// Whole degrees, positive to the north; FARSITE computes the sun with it.
    pub latitude_deg: i32,
    /// The layer of each band, and its unit; `None` where the header holds no known code for it.
    pub bands: Vec<(LandscapeLayer, Option<LandscapeUnit>)>,
}

/// An open landscape file.
#[derive(Debug)]
pub(super) struct LandscapeFile {
    source: Arc<dyn ByteSource>,
    cols: usize,
    pub(super) said: LandscapeHeader,
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
        // A code for each layer that there could be, in the order of their declaration.
        let coded = |layer: LandscapeLayer| (layer, unit(layer, bytes.short(4224 + 2 * layer as usize)));
        let said =
            LandscapeHeader { latitude_deg: bytes.word(8), bands: layers.into_iter().map(coded).collect() };
        let (cols, rows, bands) = (bytes.word(4164), bytes.word(4168), said.bands.len());
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
        for (band, (layer, unit)) in said.bands.iter().enumerate() {
            metadata.band_descriptions[band] = Some(layer.in_words().to_owned());
            metadata.band_units[band] = unit.map(|unit| unit.in_words.to_owned());
        }
        let file = Self { source: Arc::clone(source), cols, said };
        Ok((file, Description { rows, cols, bands, place, metadata, crs: None }))
    }

    /// Values of a band in a window that lies inside and is not empty. All bands lie side by side, so all are read.
    pub(super) fn read(&self, band: usize, window: PixelWindow) -> Result<Vec<f32>, RasterProblem> {
        let cell_bytes = self.said.bands.len() * VALUE_BYTES;
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
