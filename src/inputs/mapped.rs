//! A fire that somebody drew on a map, from GeoJSON.
//!
//! ```
//! let text = r#"{ "type": "Feature", "properties": { "time": "2020-09-28T06:00:00Z" }, "geometry": { "type": "Polygon",
//!     "coordinates": [[[-122.5, 38.5], [-122.4, 38.5], [-122.4, 38.6], [-122.5, 38.5]]] } }"#;
//! let map = guira::inputs::mapped::from_geojson("fire.geojson", text)?;
//! assert_eq!((map.outlines.len(), map.mapped_at.is_some()), (1, true));
//! # Ok::<(), guira::inputs::mapped::MapError>(())
//! ```

use std::path::Path;

use firecore::geo::LonLat;
use firecore::ignition::{MappedPerimeter, MappedShape};
use geojson::{Feature, GeoJson, Geometry, GeometryValue, JsonValue, Position};
use jiff::Timestamp;

/// Places of all shapes together, at most: the perimeters of the largest fires on record have some tens of thousands.
pub const PLACES_MAX: usize = 500_000;

/// What a map shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// At least one shape.
    pub outlines: Vec<MappedPerimeter>,
    /// The newest time that a feature has.
    pub mapped_at: Option<Timestamp>,
}

/// Why a file is no map of a fire.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
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
    /// There is nothing in it.
    #[error("{origin}: needed a polygon or a line of the fire's edge, found a collection without features")]
    Empty {
        /// The file.
        origin: String,
    },
    /// A feature cannot be used.
    #[error("{origin}, feature {number}: needed {needed}, found {found}")]
    Feature {
        /// The file.
        origin: String,
        /// The feature, from 1.
        number: usize,
        /// What it must be.
        needed: &'static str,
        /// What it is.
        found: String,
    },
    /// There are too many places.
    #[error("{origin}: needed at most {PLACES_MAX} positions, found {found}")]
    TooLarge {
        /// The file.
        origin: String,
        /// How many there are.
        found: usize,
    },
}

/// What a feature must be, and what it is.
type Problem = (&'static str, String);

/// A map from a GeoJSON file.
///
/// **Errors** name the file, the feature, what was needed and what was found.
pub fn read(path: &Path) -> Result<Map, MapError> {
    let origin = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|source| MapError::Read { origin: origin.clone(), source })?;
    from_geojson(&origin, &text)
}

/// A map from GeoJSON text; `origin` names it in errors.
///
/// Polygons are ground that has burned but for their holes, and their edges burn; lines burn. The time is the newest of the features'
/// `time` or `valid_time`; `position_sd_m` says how well the shape's place is known.
pub fn from_geojson(origin: &str, text: &str) -> Result<Map, MapError> {
    let origin = || origin.to_owned();
    let document: GeoJson =
        text.parse().map_err(|source| MapError::GeoJson { origin: origin(), source: Box::new(source) })?;
    let features = match document {
        GeoJson::FeatureCollection(collection) => collection.features,
        GeoJson::Feature(feature) => vec![feature],
        GeoJson::Geometry(geometry) => vec![Feature::from(geometry)],
    };
    let mut map = Map { outlines: Vec::with_capacity(features.len()), mapped_at: None };
    for (index, feature) in features.iter().enumerate() {
        let bad = |(needed, found)| MapError::Feature { origin: origin(), number: index + 1, needed, found };
        map.outlines.extend(outlines(feature).map_err(bad)?);
        map.mapped_at = map.mapped_at.max(time(feature).map_err(bad)?);
    }
    let found = map.outlines.iter().map(|outline| outline.places().count()).sum();
    match found {
        0 => Err(MapError::Empty { origin: origin() }),
        found if found > PLACES_MAX => Err(MapError::TooLarge { origin: origin(), found }),
        _ => Ok(map),
    }
}

fn outlines(feature: &Feature) -> Result<Vec<MappedPerimeter>, Problem> {
    const SHAPES: &str = "a Polygon, MultiPolygon, LineString or MultiLineString";
    let geometry: &Geometry = feature.geometry.as_ref().ok_or((SHAPES, "no geometry".to_owned()))?;
    let position_sd_m = position_sd_m(feature)?;
    let shapes = match &geometry.value {
        GeometryValue::Polygon { coordinates } => vec![area(std::slice::from_ref(coordinates))?],
        GeometryValue::MultiPolygon { coordinates } => vec![area(coordinates)?],
        GeometryValue::LineString { coordinates } => vec![line(coordinates)?],
        GeometryValue::MultiLineString { coordinates } => {
            coordinates.iter().map(|one| line(one)).collect::<Result<_, Problem>>()?
        }
        GeometryValue::Point { .. } | GeometryValue::MultiPoint { .. } => {
            return Err((SHAPES, "points, which are detections: they go to --detections".to_owned()));
        }
        GeometryValue::GeometryCollection { .. } => {
            return Err((SHAPES, "a GeometryCollection".to_owned()));
        }
    };
    Ok(shapes.into_iter().map(|shape| MappedPerimeter { shape, position_sd_m }).collect())
}

/// All polygons' rings together: they do not overlap, so a place inside an odd number of rings has burned.
fn area(polygons: &[Vec<Vec<Position>>]) -> Result<MappedShape, Problem> {
    const RING: &str = "rings of at least three places";
    let mut rings = Vec::new();
    for ring in polygons.iter().flatten() {
        let mut ring = places(ring)?;
        if ring.first() == ring.last() {
            ring.pop();
        }
        if ring.len() < 3 {
            return Err((RING, format!("a ring of {}", ring.len())));
        }
        rings.push(ring);
    }
    if rings.is_empty() { Err((RING, "no ring".to_owned())) } else { Ok(MappedShape::Area(rings)) }
}

fn line(positions: &[Position]) -> Result<MappedShape, Problem> {
    let line = places(positions)?;
    match line.len() {
        0 | 1 => Err(("a line through at least two places", format!("a line of {}", line.len()))),
        _ => Ok(MappedShape::Line(line)),
    }
}

/// Places without those that repeat the one before.
fn places(positions: &[Position]) -> Result<Vec<LonLat>, Problem> {
    const DEGREES: &str = "longitude and latitude in degrees";
    let place = |position: &Position| {
        let [lon_deg, lat_deg, ..] = position.as_slice() else {
            return Err((DEGREES, format!("a position of {} numbers", position.as_slice().len())));
        };
        LonLat::new(*lon_deg, *lat_deg).map_err(|error| (DEGREES, format!("[{lon_deg}, {lat_deg}]: {error}")))
    };
    let mut places = positions.iter().map(place).collect::<Result<Vec<_>, Problem>>()?;
    places.dedup();
    Ok(places)
}

fn time(feature: &Feature) -> Result<Option<Timestamp>, Problem> {
    let given = ["time", "valid_time"].into_iter().find_map(|name| property(feature, name));
    let parsed = |value: &JsonValue| value.as_str().and_then(|text| text.parse().ok());
    given
        .map(|value| parsed(value).ok_or(("a time with its zone like 2020-09-28T06:00Z", value.to_string())))
        .transpose()
}

fn position_sd_m(feature: &Feature) -> Result<f64, Problem> {
    /// A map that is known no better shows no place.
    const MOST_M: f64 = 10_000.0;
    let Some(value) = property(feature, "position_sd_m") else { return Ok(0.0) };
    let metres = value.as_f64().filter(|metres| (0.0..=MOST_M).contains(metres));
    metres.ok_or(("position_sd_m from 0 to 10000 metres", value.to_string()))
}

fn property<'a>(feature: &'a Feature, name: &str) -> Option<&'a JsonValue> {
    feature.property(name).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: &str = "[[-122.5, 38.5], [-122.4, 38.5], [-122.4, 38.6], [-122.4, 38.6], [-122.5, 38.5]]";

    fn feature(properties: &str, kind: &str, coordinates: &str) -> String {
        format!(
            r#"{{ "type": "Feature", "properties": {properties},
                "geometry": {{ "type": "{kind}", "coordinates": {coordinates} }} }}"#
        )
    }

    fn refused(text: &str) -> String {
        from_geojson("fire.geojson", text).expect_err(text).to_string()
    }

    #[test]
    fn polygons_and_lines_are_read_with_their_newest_time() {
        let hole = "[[-122.43, 38.52], [-122.42, 38.52], [-122.42, 38.53], [-122.43, 38.52]]";
        let area = feature(
            r#"{ "time": "2020-09-28T06:00Z", "position_sd_m": 50 }"#,
            "MultiPolygon",
            &format!("[[{RING}, {hole}]]"),
        );
        let line = feature(r#"{ "valid_time": "2020-09-28T08:00Z" }"#, "LineString", RING);
        let text = format!(r#"{{ "type": "FeatureCollection", "features": [{area}, {line}] }}"#);
        let map = from_geojson("fire.geojson", &text).unwrap();
        assert_eq!(map.mapped_at, Some("2020-09-28T08:00Z".parse().unwrap()));
        let [area, line] = &map.outlines[..] else { panic!("{map:?}") };
        assert_eq!((area.position_sd_m, line.position_sd_m), (50.0, 0.0));
        let MappedShape::Area(rings) = &area.shape else { panic!("{area:?}") };
        assert_eq!(rings.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3], "closed and doubled places go");
        assert!(matches!(&line.shape, MappedShape::Line(places) if places.len() == 4));
        let bare = format!(r#"{{ "type": "Polygon", "coordinates": [{RING}] }}"#);
        assert_eq!(from_geojson("fire.geojson", &bare).unwrap().mapped_at, None);
    }

    #[test]
    fn what_is_no_map_is_refused_with_the_file_the_feature_and_the_reason() {
        let projected = "[[[500000, 4200000], [500100, 4200000], [500100, 4200100], [500000, 4200000]]]";
        let time = feature(r#"{ "time": "yesterday" }"#, "Polygon", &format!("[{RING}]"));
        let sd = feature(r#"{ "position_sd_m": -1 }"#, "Polygon", &format!("[{RING}]"));
        let cases = [
            ("latitude,longitude\n1,2", vec!["is no GeoJSON"]),
            (r#"{ "type": "FeatureCollection", "features": [] }"#, vec!["without features"]),
            (&feature("{}", "Point", "[-122.5, 38.5]"), vec!["feature 1", "Polygon", "--detections"]),
            (&feature("{}", "Polygon", projected), vec!["feature 1", "degrees", "500000"]),
            (&feature("{}", "Polygon", "[[[1, 2], [3, 4], [1, 2]]]"), vec!["three places", "a ring of 2"]),
            (&feature("{}", "LineString", "[[1, 2], [1, 2]]"), vec!["two places", "a line of 1"]),
            (&time, vec!["feature 1", "2020-09-28T06:00Z", "yesterday"]),
            (&sd, vec!["position_sd_m", "-1"]),
        ];
        for (text, words) in cases {
            let error = refused(text);
            assert!(error.starts_with("fire.geojson"), "{error}");
            assert!(words.iter().all(|word| error.contains(word)), "{words:?} in {error}");
        }
    }
}
