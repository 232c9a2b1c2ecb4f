//! Layers of a forecast as GeoTIFFs.

use std::io::Cursor;

use firecore::forecast::Forecast;
use firecore::grid::GridShape;
use serde_json::Value;
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder, colortype::Gray32Float};
use tiff::tags::Tag;

use super::{ArtifactError, forecast_facts};

/// What stands for ground that nothing reached.
pub(super) const NO_DATA: f32 = -9999.0;
const GDAL_METADATA: u16 = 42112;

/// Hours after the seed by which half of the members burned each cell, float32, deflate, in the forecast's UTM zone.
pub(super) fn arrival_hours(forecast: &Forecast) -> Result<Vec<u8>, ArtifactError> {
    let arrival = &forecast.arrival;
    let horizon_s = forecast.plan.horizon_s() as f32;
    let hours: Vec<f32> = arrival
        .p50_s
        .iter()
        .zip(&arrival.burnable)
        .map(|(&time_s, &burnable)| if burnable && time_s <= horizon_s { time_s / 3600.0 } else { NO_DATA })
        .collect();
    let layer = Layer {
        shape: &arrival.shape,
        epsg: arrival.frame.epsg(),
        description: format!(
            "hours after {} by which half of the members burned the cell",
            forecast.plan.seed.seeded_at
        ),
        unit: "hours",
        values: &hours,
    };
    layer.geotiff(forecast)
}

/// One value a cell.
pub(super) struct Layer<'a> {
    pub(super) shape: &'a GridShape,
    pub(super) epsg: u16,
    pub(super) description: String,
    /// Empty for what has none.
    pub(super) unit: &'static str,
    /// Row-major; [`NO_DATA`] where there is nothing to tell.
    pub(super) values: &'a [f32],
}

impl Layer<'_> {
    /// The file's bytes: float32, deflate, in a UTM zone, with what the forecast says of itself.
    pub(super) fn geotiff(&self, forecast: &Forecast) -> Result<Vec<u8>, ArtifactError> {
        let shape = self.shape;
        let mut bytes = Cursor::new(Vec::new());
        // A quarter of the time of the balanced level, for some 1.4 % more bytes.
        let mut encoder =
            TiffEncoder::new(&mut bytes)?.with_compression(Compression::Deflate(DeflateLevel::Fast));
        let mut image = encoder.new_image::<Gray32Float>(shape.cols as u32, shape.rows as u32)?;
        let directory = image.encoder();
        let scale = [shape.cell_size_m, shape.cell_size_m, 0.0];
        directory.write_tag(Tag::ModelPixelScaleTag, scale.as_slice())?;
        let tie = [0.0, 0.0, 0.0, shape.west_m, shape.north_m, 0.0];
        directory.write_tag(Tag::ModelTiepointTag, tie.as_slice())?;
        // Projected model, pixels as areas, the zone's EPSG code, metres.
        let keys: [u16; 20] =
            [1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, self.epsg, 3076, 0, 1, 9001];
        directory.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice())?;
        directory.write_tag(Tag::GdalNodata, NO_DATA.to_string().as_str())?;
        let metadata = format!(
            "<GDALMetadata><Item name=\"DESCRIPTION\" sample=\"0\" role=\"description\">{}</Item>\
             <Item name=\"UNITTYPE\" sample=\"0\" role=\"unittype\">{}</Item>\
             <Item name=\"FORECAST\">{}</Item></GDALMetadata>",
            self.description,
            self.unit,
            escaped(&Value::Object(forecast_facts(forecast)).to_string())
        );
        directory.write_tag(Tag::Unknown(GDAL_METADATA), metadata.as_str())?;
        image.write_data(self.values)?;
        Ok(bytes.into_inner())
    }
}

/// Text as XML holds it: what the forecast was made from is JSON.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
