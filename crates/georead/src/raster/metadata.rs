//! What GDAL writes beside the pixels: names and units of the bands.

/// Texts of a raster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// Description of the whole file.
    pub description: Option<String>,
    /// Description of each band.
    pub band_descriptions: Vec<Option<String>>,
    /// Unit of each band.
    pub band_units: Vec<Option<String>>,
    /// What the numbers in the file were multiplied by, and what was added then, where the file asks for it.
    band_scales: Vec<(f64, f64)>,
}

impl Metadata {
    /// Nothing said about so many bands.
    pub(super) fn empty(bands: usize) -> Self {
        Self {
            description: None,
            band_descriptions: vec![None; bands],
            band_units: vec![None; bands],
            band_scales: vec![(1.0, 0.0); bands],
        }
    }

    /// Reads the flat list of `<Item name="..." sample="..." role="...">text</Item>` that GDAL writes. Anything
    /// else in the text is skipped: it is a convenience, never a reason to refuse a raster.
    pub(super) fn parse(xml: &str, bands: usize) -> Self {
        let mut metadata = Self::empty(bands);
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
                (Some(band), Some("scale")) if band < bands => set(&mut metadata.band_scales[band].0, text),
                (Some(band), Some("offset")) if band < bands => set(&mut metadata.band_scales[band].1, text),
                (None, _) if name == "DESCRIPTION" => metadata.description = Some(plain(text)),
                _ => {}
            }
        }
        metadata
    }

    /// Scale and offset of each band; none where no band has any.
    pub(super) fn scales(&self) -> Vec<(f64, f64)> {
        let plain = self.band_scales.iter().all(|scale| *scale == (1.0, 0.0));
        if plain { Vec::new() } else { self.band_scales.clone() }
    }

    /// How an overview was made, as its own list says: `NEAREST`, `AVERAGE` and so on.
    pub(super) fn resampling(xml: &str) -> Option<String> {
        let (_, item) = xml.split_once("name=\"RESAMPLING\"")?;
        let (_, text) = item.split_once('>')?;
        text.split_once("</Item>").map(|(text, _)| plain(text).to_uppercase())
    }

    /// Everything that the file says about a band's unit, in lower case.
    pub fn unit_text(&self, band: usize) -> String {
        let texts = [self.band_units.get(band), self.band_descriptions.get(band)];
        let texts = texts.into_iter().flatten().flatten().chain(&self.description);
        texts.map(|text| text.to_lowercase()).collect::<Vec<_>>().join("; ")
    }
}

fn set(slot: &mut f64, text: &str) {
    if let Some(number) = text.trim().parse().ok().filter(|number: &f64| number.is_finite()) {
        *slot = number;
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
