//! A JSON document feature by feature, as it is read: GeoJSON, or what Overpass answers.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::collect::{Collector, Meaning, NEEDED_SHAPE, Properties, named_crs, number_text};
use super::geojson::{Budget, RawGeometry, RawGeometrySeed};
use super::limits::VERTICES_MAX;
use super::overpass::{self, Elements};
use super::{Features, FeaturesError, Format};

/// Assets from a JSON document.
pub(super) fn read(text: &[u8], mut collector: Collector<'_>) -> Result<Features, FeaturesError> {
    let mut found = Found::default();
    let mut json = serde_json::Deserializer::from_slice(text);
    let seed = Document { collector: &mut collector, found: &mut found };
    let done = seed.deserialize(&mut json).and_then(|()| json.end());
    if let Some(fault) = found.fault {
        return Err(fault);
    }
    let format = if found.elements.is_some() { Format::Overpass } else { Format::GeoJson };
    if let Err(error) = done {
        let cut = if error.is_eof() { "cut short, " } else { "" };
        return Err(match found.in_feature {
            true if !error.is_eof() => collector.fault("a GeoJSON feature", error.to_string()),
            _ => collector.damaged(format, format!("{cut}{error}")),
        });
    }
    if let Some(elements) = found.elements {
        return overpass::assets(elements, found.remark.as_deref(), collector);
    }
    if found.single.geometry.is_some() || found.kind.as_deref() == Some("Feature") {
        found.single.add(&mut collector)?;
    } else if !found.has_features {
        let what = found.kind.map_or("an object without a type".to_owned(), |kind| format!("a bare {kind}"));
        return Err(FeaturesError::NoFeatures { origin: collector.origin.to_owned(), found: what });
    }
    if let Some(name) = found.crs {
        let crs = collector.crs(named_crs(&name))?;
        collector.turn(&crs)?;
    }
    collector.finish(Format::GeoJson)
}

/// What a document holds beside its features.
#[derive(Default)]
struct Found {
    kind: Option<String>,
    has_features: bool,
    /// A document may be one feature.
    single: Feature,
    crs: Option<String>,
    elements: Option<Elements>,
    remark: Option<String>,
    in_feature: bool,
    fault: Option<FeaturesError>,
}

struct Document<'a, 'b> {
    collector: &'a mut Collector<'b>,
    found: &'a mut Found,
}

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { collector, found } = self;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => found.kind = map.next_value::<Plain>()?.0,
                "features" => {
                    found.has_features = true;
                    map.next_value_seed(FeatureList { collector: &mut *collector, found: &mut *found })?;
                }
                "elements" => {
                    let mut elements = Elements::default();
                    let read = map.next_value_seed(overpass::ElementList(&mut elements));
                    found.elements = Some(elements);
                    read?;
                }
                "remark" => found.remark = map.next_value::<Plain>()?.0,
                "crs" => found.crs = map.next_value::<Option<NamedCrs>>()?.and_then(NamedCrs::name),
                key => found.single.take(key, &mut map, collector.vertices_left())?,
            }
        }
        Ok(())
    }
}

/// The coordinate system that GeoJSON of 2008 could name.
#[derive(serde::Deserialize)]
struct NamedCrs {
    properties: Option<CrsProperties>,
}

#[derive(serde::Deserialize)]
struct CrsProperties {
    name: Option<String>,
}

impl NamedCrs {
    fn name(self) -> Option<String> {
        self.properties?.name
    }
}

struct FeatureList<'a, 'b> {
    collector: &'a mut Collector<'b>,
    found: &'a mut Found,
}

impl<'de> DeserializeSeed<'de> for FeatureList<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FeatureList<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { collector, found } = self;
        loop {
            found.in_feature = true;
            let feature = seq.next_element_seed(FeatureSeed(collector.vertices_left()))?;
            found.in_feature = false;
            let Some(feature) = feature else { return Ok(()) };
            if let Err(fault) = feature.add(collector) {
                found.fault = Some(fault);
                return Err(A::Error::custom("a feature was refused"));
            }
        }
    }
}

/// A feature as it is written.
#[derive(Default)]
struct Feature {
    properties: Properties,
    id: Option<String>,
    geometry: Option<RawGeometry>,
}

impl Feature {
    fn take<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        vertices: usize,
    ) -> Result<(), A::Error> {
        match key {
            "id" => self.id = map.next_value::<Plain>()?.0,
            "properties" => self.properties = map.next_value_seed(PropertiesSeed)?,
            "geometry" => {
                let mut budget = Budget(vertices);
                self.geometry = map.next_value_seed(RawGeometrySeed(&mut budget))?;
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    fn add(self, collector: &mut Collector<'_>) -> Result<(), FeaturesError> {
        let geometry = self.geometry.ok_or_else(|| collector.fault(NEEDED_SHAPE, "no geometry"))?;
        let geometry = geometry.shape().map_err(|found| collector.fault(NEEDED_SHAPE, found))?;
        collector.add(self.properties, self.id, geometry)
    }
}

struct FeatureSeed(usize);

impl<'de> DeserializeSeed<'de> for FeatureSeed {
    type Value = Feature;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Feature, D::Error> {
        if self.0 == 0 {
            return Err(D::Error::custom(format!("more than {VERTICES_MAX} vertices before it")));
        }
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FeatureSeed {
    type Value = Feature;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a feature")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Feature, A::Error> {
        let mut feature = Feature::default();
        while let Some(key) = map.next_key::<String>()? {
            feature.take(&key, &mut map, self.0)?;
        }
        Ok(feature)
    }
}

/// An object of properties, of which few are kept; null is none.
struct PropertiesSeed;

impl<'de> DeserializeSeed<'de> for PropertiesSeed {
    type Value = Properties;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Properties, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PropertiesSeed {
    type Value = Properties;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null as properties")
    }

    fn visit_unit<E>(self) -> Result<Properties, E> {
        Ok(Properties::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
        let mut properties = Properties::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match Meaning::of(&key) {
                Some(meaning) => {
                    if let Plain(Some(value)) = map.next_value::<Plain>()? {
                        properties.put(meaning, value);
                    }
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(properties)
    }
}

/// A text, or a number as one; nothing of anything else.
pub(super) struct Plain(pub(super) Option<String>);

impl<'de> serde::Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Plain, E> {
        Ok(Plain(Some(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Plain, E> {
        Ok(Plain(Some(text)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Plain, E> {
        Ok(Plain(Some(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Plain, E> {
        Ok(Plain(Some(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Plain, E> {
        Ok(Plain(Some(number_text(value))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Plain, E> {
        Ok(Plain(None))
    }

    fn visit_unit<E>(self) -> Result<Plain, E> {
        Ok(Plain(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Plain, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Plain(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Plain(None))
    }
}
