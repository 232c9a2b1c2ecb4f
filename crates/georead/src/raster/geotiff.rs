//! Reads GeoTIFF rasters, or the part of one that a window touches.
//!
//! Strips and tiles, samples side by side or in planes, no compression, LZW, deflate, PackBits and Zstandard, all three
//! predictors, integers of 1 and of 8 to 64 bits and floats of 16, 32 and 64, classic and BigTIFF, either byte order; overviews and masks inside
//! the file. No JPEG, WebP or LERC, no masks and overviews in files beside it.
//!
//! The `tiff` crate reads a directory whole and refuses tables above 1 MiB and colour-mapped rasters, so that a
//! national fuel map, with a quarter of a million tiles, does not open; hence the directory is read here.

use std::sync::Arc;

use super::header::Header;
use super::metadata::Metadata;
use super::{Description, PixelPlace, PixelWindow, RasterProblem, damaged};
use crate::bytes::ByteSource;

mod chunk;
mod image;
mod keys;
mod table;
mod tags;

use image::Image;
use tags::{Directory, Tag};

/// An open GeoTIFF.
#[derive(Debug)]
pub(super) struct GeoTiff {
    source: Arc<dyn ByteSource>,
    /// The image, then its overviews, each smaller than the one before.
    levels: Vec<Level>,
    no_data: Option<f32>,
    /// What a band's numbers are multiplied by, and what is added then; none where all are as they stand.
    scales: Vec<(f64, f64)>,
}

#[derive(Debug)]
struct Level {
    image: Image,
    mask: Option<Image>,
    resampling: Option<String>,
}

impl GeoTiff {
    /// Reads the directories; no pixel is read. `world` is the place that a world file gives.
    pub(super) fn open(
        source: &Arc<dyn ByteSource>,
        mut header: Header,
        world: Option<PixelPlace>,
    ) -> Result<(Self, Description), RasterProblem> {
        let directories = Directory::read_all(&mut header)?;
        let (first, others) = directories.split_first().ok_or_else(|| damaged("no directory".to_owned()))?;
        let image = Image::read(first, &header)?;
        let xml = first.text(Tag::GDAL_METADATA)?.unwrap_or_default();
        let metadata = Metadata::parse(&xml, image.bands);
        let (crs, point_is_centre) = keys::read(first)?;
        let place = place(first, point_is_centre)?.or(world).ok_or(RasterProblem::NoPlace)?;
        let no_data: Option<f64> = first.text(Tag::GDAL_NODATA)?.and_then(|text| text.trim().parse().ok());
        let (rows, cols, bands) = (image.rows, image.cols, image.bands);
        let tiff = Self {
            source: Arc::clone(source),
            levels: levels(image, others, &header)?,
            no_data: no_data.map(|no_data| no_data as f32),
            scales: metadata.scales(),
        };
        Ok((tiff, Description { rows, cols, bands, place, metadata, crs }))
    }

    /// Rows and columns of each level, and how it was made of the first, where the file says so.
    pub(super) fn levels(&self) -> impl Iterator<Item = (usize, usize, Option<&str>)> {
        self.levels.iter().map(|level| (level.image.rows, level.image.cols, level.resampling.as_deref()))
    }

    /// Values of a band of a level in a window that lies inside it and is not empty.
    pub(super) fn read(
        &self,
        level: usize,
        band: usize,
        window: PixelWindow,
    ) -> Result<Vec<f32>, RasterProblem> {
        let Level { image, mask, .. } = &self.levels[level];
        let source = self.source.as_ref();
        let mut values = image.window(source, band, window)?;
        if let Some(no_data) = self.no_data {
            values.iter_mut().filter(|value| **value == no_data).for_each(|value| *value = f32::NAN);
        }
        if let Some(&(scale, offset)) = self.scales.get(band) {
            values.iter_mut().for_each(|value| *value = (f64::from(*value) * scale + offset) as f32);
        }
        if let Some(mask) = mask {
            // A hole in a mask is unset throughout: no data, too.
            let shown = mask.window(source, 0, window)?;
            let hidden = values.iter_mut().zip(shown).filter(|(_, shown)| shown.is_nan() || *shown == 0.0);
            hidden.for_each(|(value, _)| *value = f32::NAN);
        }
        Ok(values)
    }
}

/// The image with the overviews and masks among the directories that follow it, up to the next image.
fn levels(image: Image, others: &[Directory], header: &Header) -> Result<Vec<Level>, RasterProblem> {
    /// Bits of the kind of an image. Source: TIFF 6.0, tag NewSubfileType.
    const REDUCED: u64 = 1;
    const MASK: u64 = 4;
    let mut levels = vec![Level { image, mask: None, resampling: None }];
    let mut masks = Vec::new();
    for directory in others {
        let kind = directory.number(Tag::SUBFILE_TYPE)?.unwrap_or(0);
        if kind & (REDUCED | MASK) == 0 {
            break;
        }
        let image = Image::read(directory, header);
        if kind & MASK != 0 {
            masks.push(image?);
            continue;
        }
        let last = &levels[levels.len() - 1].image;
        // An overview that cannot be used is done without.
        let Some(image) = image.ok().filter(|image| image.is_overview_of(last)) else { continue };
        let xml = directory.text(Tag::GDAL_METADATA)?.unwrap_or_default();
        levels.push(Level { image, mask: None, resampling: Metadata::resampling(&xml) });
    }
    for mask in masks {
        let same = |level: &&mut Level| (level.image.rows, level.image.cols) == (mask.rows, mask.cols);
        if let Some(level) = levels.iter_mut().find(same) {
            level.mask = Some(mask);
        }
    }
    // Under a mask, an overview without one would show what is hidden.
    let masked = levels[0].mask.is_some();
    levels.retain(|level| level.mask.is_some() == masked);
    Ok(levels)
}

fn place(directory: &Directory, point_is_centre: bool) -> Result<Option<PixelPlace>, RasterProblem> {
    let half = if point_is_centre { 0.5 } else { 0.0 };
    let matrix = directory.floats(Tag::MODEL_TRANSFORMATION)?;
    let (scale, tie) = (directory.floats(Tag::MODEL_PIXEL_SCALE)?, directory.floats(Tag::MODEL_TIEPOINT)?);
    let mut place = match (matrix.as_slice(), scale.as_slice(), tie.as_slice()) {
        ([a, b, _, x, c, d, _, y, ..], _, _) => {
            PixelPlace { x0: *x, x_per_col: *a, x_per_row: *b, y0: *y, y_per_col: *c, y_per_row: *d }
        }
        (_, [width, height, ..], [col, row, _, x, y, ..]) => {
            PixelPlace::north_up(x - col * width, y + row * height, *width, *height)
        }
        _ => return Ok(None),
    };
    (place.x0, place.y0) = place.to_xy(-half, -half);
    place.checked().map(Some).ok_or(RasterProblem::NoPlace)
}
