//! What GDAL writes beside the pixels: names and units of the bands.

/// Texts of a raster.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::inputs) struct Metadata {
    /// Description of the whole file.
    pub(in crate::inputs) description: Option<String>,
    /// Description of each band.
    pub(in crate::inputs) band_descriptions: Vec<Option<String>>,
    /// Unit of each band.
    pub(in crate::inputs) band_units: Vec<Option<String>>,
}

impl Metadata {
    /// Reads the flat list of `<Item name="..." sample="..." role="...">text</Item>` that GDAL writes. Anything
    /// else in the text is skipped: it is a convenience, never a reason to refuse a raster.
    pub(super) fn parse(xml: &str, bands: usize) -> Self {
        let mut metadata =
            Self { description: None, band_descriptions: vec![None; bands], band_units: vec![None; bands] };
        for item in xml.split("<Item").skip(1) {
            let Some((attributes, rest)) = item.split_once('>') else { continue };
            let Some((text, _)) = rest.split_once("</Item>") else { continue };
            let sample = attribute(attributes, "sample").and_then(|sample| sample.parse::<usize>().ok());
            let role = attribute(attributes, "role");
            let name = attribute(attributes, "name").unwrap_or_default();
            match (sample, role) {
                (Some(band), Some("description")) if band < bands => {
                    metadata.band_descriptions[band] = Some(plain(text));
                }
                (Some(band), Some("unittype")) if band < bands => {
                    metadata.band_units[band] = Some(plain(text))
                }
                (None, _) if name == "DESCRIPTION" => metadata.description = Some(plain(text)),
                _ => {}
            }
        }
        metadata
    }

    /// Everything that the file says about a band's unit, in lower case.
    pub(in crate::inputs) fn unit_text(&self, band: usize) -> String {
        let texts = [self.band_units.get(band), self.band_descriptions.get(band)];
        let texts = texts.into_iter().flatten().flatten().chain(&self.description);
        texts.map(|text| text.to_lowercase()).collect::<Vec<_>>().join("; ")
    }
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let start = attributes.find(&format!("{name}=\""))? + name.len() + 2;
    attributes[start..].split('"').next()
}

fn plain(text: &str) -> String {
    // GDAL escapes twice where its input was already escaped.
    let once = |text: String| {
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    };
    once(once(text.trim().to_owned()))
}
