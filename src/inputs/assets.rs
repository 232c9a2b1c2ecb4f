//! What is worth protecting, from GeoJSON.
//!
//! ```
//! let text = r#"{ "type": "FeatureCollection", "features": [ { "type": "Feature",
//!     "properties": { "asset_id": "h1", "asset_type": "hospital", "name": "Hill" },
//!     "geometry": { "type": "Point", "coordinates": [-122.4, 38.5] } } ] }"#;
//! let assets = guira::inputs::assets::from_geojson("assets.geojson", text)?;
//! assert_eq!(assets[0].id, "h1");
//! # Ok::<(), guira::inputs::assets::AssetsError>(())
//! ```

use std::path::Path;

use firecore::asset::{Asset, AssetError, AssetIndex};
use geojson::{Feature, GeoJson, JsonObject, JsonValue};

/// Why a list of assets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// The file cannot be read.
    #[error("cannot read {origin}: {source}")]
    Read {
        /// The file.
        origin: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is no GeoJSON.
    #[error("{origin} is no GeoJSON: {source}")]
    GeoJson {
        /// The file.
        origin: String,
        /// Where and why.
        source: Box<geojson::Error>,
    },
    /// The document holds something else than features.
    #[error("{origin}: needed a feature or a feature collection, found a bare geometry")]
    NoFeatures {
        /// The file.
        origin: String,
    },
    /// A feature has no shape, or one that cannot be used.
    #[error(
        "{origin}, feature {number}: needed a point, line or polygon, or several of one kind, found {found}"
    )]
    Shape {
        /// The file.
        origin: String,
        /// The feature, from 1.
        number: usize,
        /// What it has.
        found: String,
    },
    /// Two features have one id.
    #[error("{origin}, feature {number}: needed an id of its own, found {id:?} a second time")]
    SameId {
        /// The file.
        origin: String,
        /// The second feature with the id, from 1.
        number: usize,
        /// The id.
        id: String,
    },
    /// A coordinate is no position, or a shape is too large.
    #[error("{origin}: {source}")]
    Place {
        /// The file.
        origin: String,
        /// Which asset and why.
        source: AssetError,
    },
}

/// Assets from a GeoJSON file.
///
/// **Errors** name the file, the feature, what was needed and what was found.
pub fn read(path: &Path) -> Result<Vec<Asset>, AssetsError> {
    let origin = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| AssetsError::Read { origin: origin.clone(), source })?;
    from_geojson(&origin, &text)
}

/// Assets from GeoJSON text; `origin` names it in errors.
///
/// The id is the property `asset_id` or `id`, else the feature's own id, else its number from 1. The kind is
/// `asset_type`, `kind` or `type`; the name is `name`.
pub fn from_geojson(origin: &str, text: &str) -> Result<Vec<Asset>, AssetsError> {
    let origin = || origin.to_owned();
    let document: GeoJson =
        text.parse().map_err(|source| AssetsError::GeoJson { origin: origin(), source: Box::new(source) })?;
    let features = match document {
        GeoJson::FeatureCollection(collection) => collection.features,
        GeoJson::Feature(feature) => vec![feature],
        GeoJson::Geometry(_) => return Err(AssetsError::NoFeatures { origin: origin() }),
    };
    let mut assets = Vec::with_capacity(features.len());
    let mut ids = std::collections::HashSet::new();
    for (index, feature) in features.into_iter().enumerate() {
        let number = index + 1;
        let asset =
            asset(feature, number).map_err(|found| AssetsError::Shape { origin: origin(), number, found })?;
        if !ids.insert(asset.id.clone()) {
            return Err(AssetsError::SameId { origin: origin(), number, id: asset.id });
        }
        assets.push(asset);
    }
    Ok(assets)
}

/// An index over assets from GeoJSON text: [`from_geojson`], with each position checked.
pub fn index_from_geojson(origin: &str, text: &str) -> Result<AssetIndex, AssetsError> {
    AssetIndex::new(from_geojson(origin, text)?)
        .map_err(|source| AssetsError::Place { origin: origin.to_owned(), source })
}

/// What a feature's properties say of an asset.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// `asset_id` or `id`.
    pub(crate) id: Option<String>,
    /// `asset_type`, `kind` or `type`.
    pub(crate) kind: Option<String>,
    /// `name`.
    pub(crate) name: Option<String>,
}

impl From<&JsonObject> for Named {
    fn from(properties: &JsonObject) -> Self {
        let text = |name: &str| properties.get(name).and_then(plain);
        Self {
            id: text("asset_id").or_else(|| text("id")),
            kind: text("asset_type").or_else(|| text("kind")).or_else(|| text("type")),
            name: text("name"),
        }
    }
}

fn asset(feature: Feature, number: usize) -> Result<Asset, String> {
    let Named { id, kind, name } = feature.properties.as_ref().map(Named::from).unwrap_or_default();
    let own_id = feature.id.as_ref().map(|id| match id {
        geojson::feature::Id::String(text) => text.clone(),
        geojson::feature::Id::Number(number) => number.to_string(),
    });
    let id = id.or(own_id).unwrap_or_else(|| number.to_string());
    let geometry = shape(feature.geometry.as_ref().ok_or("no geometry")?)?;
    Ok(Asset { id, kind, name, clearance_s: None, geometry })
}

/// An asset's shape; the error says what was found instead.
pub(crate) fn shape(geometry: &geojson::Geometry) -> Result<geo::Geometry<f64>, String> {
    let shape: geo::Geometry<f64> = geometry.try_into().map_err(|error: geojson::Error| error.to_string())?;
    match shape {
        geo::Geometry::GeometryCollection(_) => Err("a geometry collection".to_owned()),
        shape => Ok(shape),
    }
}

/// A text, or a number as one; nothing of an empty text.
pub(crate) fn plain(value: &JsonValue) -> Option<String> {
    match value {
        JsonValue::String(text) if !text.is_empty() => Some(text.clone()),
        JsonValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::demo;

    fn feature(properties: &str, geometry: &str) -> String {
        format!(r#"{{ "type": "Feature", "properties": {properties}, "geometry": {geometry} }}"#)
    }

    fn read_features(features: &[String]) -> Result<Vec<Asset>, String> {
        let text = format!(r#"{{ "type": "FeatureCollection", "features": [{}] }}"#, features.join(","));
        from_geojson("a.geojson", &text).map_err(|error| error.to_string())
    }

    const POINT: &str = r#"{ "type": "Point", "coordinates": [-119.2, 34.4] }"#;

    #[test]
    fn the_demonstration_worlds_assets_are_read_and_indexed() {
        let text = demo::assets_geojson();
        let assets = from_geojson("demo", &text).unwrap();
        let kinds: Vec<_> = assets.iter().filter_map(|asset| asset.kind.as_deref()).collect();
        assert_eq!(kinds, ["town", "hospital", "substation", "camp", "power_line", "reservoir"]);
        let index = index_from_geojson("demo", &text).unwrap();
        let nearest = index.nearest(demo::detections(jiff::Timestamp::UNIX_EPOCH)[0].position()).unwrap();
        assert!(nearest.distance_m < 500.0, "{nearest:?}");
    }

    #[test]
    fn an_id_comes_from_the_properties_the_feature_or_its_number() {
        let numbered = r#"{ "type": "Feature", "id": 9, "properties": null, "geometry": null }"#;
        let with_shape = numbered.replace("\"geometry\": null", &format!("\"geometry\": {POINT}"));
        let features = [
            feature(r#"{ "asset_id": "t1", "id": 4 }"#, POINT),
            feature(r#"{ "id": "town-4", "kind": "town", "name": "" }"#, POINT),
            with_shape,
            feature("{}", &POINT.replace("34.4", "34.5")),
            feature("{}", POINT),
        ];
        let assets = read_features(&features).unwrap();
        let ids: Vec<&str> = assets.iter().map(|asset| asset.id.as_str()).collect();
        assert_eq!(ids, ["t1", "town-4", "9", "4", "5"]);
    }

    #[test]
    fn every_kind_of_shape_is_taken() {
        let shapes = [
            POINT,
            r#"{ "type": "MultiPoint", "coordinates": [[1, 2], [3, 4]] }"#,
            r#"{ "type": "LineString", "coordinates": [[1, 2], [3, 4]] }"#,
            r#"{ "type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]] }"#,
            r#"{ "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]] }"#,
            r#"{ "type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]] }"#,
        ];
        let features = shapes.map(|shape| feature("{}", shape));
        assert_eq!(read_features(&features).unwrap().len(), shapes.len());
    }

    #[test]
    fn errors_name_the_file_the_feature_and_what_was_found() {
        let null = feature("{}", "null");
        let error = read_features(&[feature("{}", POINT), null]).unwrap_err();
        assert!(
            error.starts_with("a.geojson, feature 2: needed a point") && error.ends_with("found no geometry"),
            "{error}"
        );
        let twice = [feature(r#"{ "id": "x" }"#, POINT), feature(r#"{ "id": "x" }"#, POINT)];
        assert!(
            read_features(&twice).unwrap_err().contains("feature 2: needed an id of its own, found \"x\"")
        );
        let error = from_geojson("a.geojson", "id,lon\n").unwrap_err().to_string();
        assert!(error.starts_with("a.geojson is no GeoJSON"), "{error}");
        let far = format!(
            r#"{{ "type": "FeatureCollection", "features": [{}] }}"#,
            feature("{}", POINT).replace("34.4", "134.4")
        );
        assert!(index_from_geojson("a.geojson", &far).unwrap_err().to_string().contains("latitude"));
    }
}
