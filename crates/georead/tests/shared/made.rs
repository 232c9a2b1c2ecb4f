//! Small rasters that tests write for themselves.

use std::fs::File;
use std::path::Path;

use tiff::encoder::TiffEncoder;
use tiff::tags::Tag;

/// A float raster in planes, one strip a band; the caller changes what matters to it.
#[derive(Clone)]
pub(crate) struct TestRaster {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) west: f64,
    pub(crate) north: f64,
    pub(crate) cell: f64,
    pub(crate) epsg: u16,
    pub(crate) description: String,
    pub(crate) band_descriptions: Vec<String>,
    pub(crate) bands: Vec<Vec<f32>>,
}

impl TestRaster {
    /// One band of 30 m cells in UTM zone 11, computed from row and column.
    pub(crate) fn layer(rows: usize, cols: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let band = (0..rows * cols).map(|index| value(index / cols, index % cols)).collect();
        Self {
            rows,
            cols,
            west: 300_000.0,
            north: 3_800_000.0,
            cell: 30.0,
            epsg: 32611,
            description: String::new(),
            band_descriptions: Vec::new(),
            bands: vec![band],
        }
    }

    pub(crate) fn write(&self, path: &Path) {
        self.try_write(path).expect("a raster can be written");
    }

    fn try_write(&self, path: &Path) -> tiff::TiffResult<()> {
        let mut encoder = TiffEncoder::new(File::create(path)?)?;
        let mut directory = encoder.image_directory()?;
        let mut offsets = Vec::new();
        for band in &self.bands {
            offsets.push(directory.write_data(band.as_slice())? as u32);
        }
        let count = self.bands.len();
        let bytes = vec![(self.rows * self.cols * 4) as u32; count];
        directory.write_tag(Tag::ImageWidth, self.cols as u32)?;
        directory.write_tag(Tag::ImageLength, self.rows as u32)?;
        directory.write_tag(Tag::BitsPerSample, vec![32_u16; count].as_slice())?;
        directory.write_tag(Tag::Compression, 1_u16)?;
        directory.write_tag(Tag::StripOffsets, offsets.as_slice())?;
        directory.write_tag(Tag::SamplesPerPixel, count as u16)?;
        directory.write_tag(Tag::RowsPerStrip, self.rows as u32)?;
        directory.write_tag(Tag::StripByteCounts, bytes.as_slice())?;
        directory.write_tag(Tag::PlanarConfiguration, 2_u16)?;
        directory.write_tag(Tag::SampleFormat, vec![3_u16; count].as_slice())?;
        let scale = [self.cell, self.cell, 0.0];
        directory.write_tag(Tag::ModelPixelScaleTag, scale.as_slice())?;
        let tie = [0.0, 0.0, 0.0, self.west, self.north, 0.0];
        directory.write_tag(Tag::ModelTiepointTag, tie.as_slice())?;
        let (model, key) = if self.epsg == 4326 { (2, 2048) } else { (1, 3072) };
        let keys = [1, 1, 0, 3, 1024, 0, 1, model, 1025, 0, 1, 1, key, 0, 1, self.epsg];
        directory.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice())?;
        directory.write_tag(Tag::Unknown(42112), self.xml().as_str())?;
        directory.write_tag(Tag::GdalNodata, "-9999")?;
        directory.finish().map(|_| ())
    }

    fn xml(&self) -> String {
        let whole = format!("<Item name=\"DESCRIPTION\">{}</Item>", self.description);
        let bands = self.band_descriptions.iter().enumerate().map(|(band, text)| {
            format!("<Item name=\"DESCRIPTION\" sample=\"{band}\" role=\"description\">{text}</Item>")
        });
        format!("<GDALMetadata>{whole}{}</GDALMetadata>", bands.collect::<String>())
    }
}
