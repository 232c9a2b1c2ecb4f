//! A GeoJSON geometry (RFC 7946), read before its type is known: that may stand behind the coordinates.

use std::fmt;

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json::Plain;
use super::limits::{NESTING_MAX, VERTICES_MAX};

/// Positions and lists that may still come.
pub(super) struct Budget(pub(super) usize);

/// A geometry as it is written.
#[derive(Debug, Default)]
pub(super) struct RawGeometry {
    kind: Option<String>,
    coordinates: Option<Coordinates>,
}

#[derive(Debug)]
enum Coordinates {
    Number(f64),
    Position(Coord<f64>),
    List(Vec<Coordinates>),
}

impl RawGeometry {
    /// The geometry; the error says what was found instead.
    pub(super) fn shape(self) -> Result<Geometry<f64>, String> {
        let kind = self.kind.ok_or("a geometry without a type")?;
        if kind == "GeometryCollection" {
            return Err("a geometry collection".to_owned());
        }
        let coordinates = self.coordinates.ok_or_else(|| format!("a {kind} without coordinates"))?;
        let shape = match kind.as_str() {
            "Point" => coordinates.position().map(|at| Point::from(at).into()),
            "MultiPoint" => coordinates
                .list(Coordinates::position)
                .map(|all| MultiPoint(all.into_iter().map(Point::from).collect()).into()),
            "LineString" => coordinates.path().map(Into::into),
            "MultiLineString" => coordinates.list(Coordinates::path).map(|all| MultiLineString(all).into()),
            "Polygon" => coordinates.polygon().map(Into::into),
            "MultiPolygon" => coordinates.list(Coordinates::polygon).map(|all| MultiPolygon(all).into()),
            _ => return Err(format!("a {}", super::collect::excerpt(&kind))),
        };
        shape.ok_or_else(|| format!("a {kind} with coordinates of another kind"))
    }
}

impl Coordinates {
    fn position(self) -> Option<Coord<f64>> {
        match self {
            Self::Position(at) => Some(at),
            _ => None,
        }
    }

    fn list<T>(self, one: impl Fn(Self) -> Option<T>) -> Option<Vec<T>> {
        match self {
            Self::List(all) => all.into_iter().map(one).collect(),
            _ => None,
        }
    }

    fn path(self) -> Option<LineString<f64>> {
        self.list(Self::position).map(LineString)
    }

    fn polygon(self) -> Option<Polygon<f64>> {
        let mut rings = self.list(Self::path)?.into_iter();
        let exterior = rings.next()?;
        Some(Polygon::new(exterior, rings.collect()))
    }
}

/// Reads a geometry or null.
pub(super) struct RawGeometrySeed<'a>(pub(super) &'a mut Budget);

impl<'de> DeserializeSeed<'de> for RawGeometrySeed<'_> {
    type Value = Option<RawGeometry>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RawGeometrySeed<'_> {
    type Value = Option<RawGeometry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a geometry or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut geometry = RawGeometry::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => geometry.kind = map.next_value::<Plain>()?.0,
                "coordinates" => {
                    let seed = CoordinatesSeed { budget: &mut *self.0, depth: 0 };
                    geometry.coordinates = Some(map.next_value_seed(seed)?);
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(geometry))
    }
}

struct CoordinatesSeed<'a> {
    budget: &'a mut Budget,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for CoordinatesSeed<'_> {
    type Value = Coordinates;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Coordinates, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CoordinatesSeed<'_> {
    type Value = Coordinates;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers or lists as coordinates")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Coordinates, E> {
        Ok(Coordinates::Number(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Coordinates, E> {
        Ok(Coordinates::Number(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Coordinates, E> {
        Ok(Coordinates::Number(value as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Coordinates, A::Error> {
        let Self { budget, depth } = self;
        if depth >= NESTING_MAX {
            return Err(A::Error::custom(format!("coordinates nested more than {NESTING_MAX} deep")));
        }
        budget.0 = budget
            .0
            .checked_sub(1)
            .ok_or_else(|| A::Error::custom(format!("more than {VERTICES_MAX} vertices")))?;
        let mut all = match seq
            .next_element_seed(CoordinatesSeed { budget: &mut *budget, depth: depth + 1 })?
        {
            None => return Ok(Coordinates::List(Vec::new())),
            Some(Coordinates::Number(x)) => {
                let y =
                    seq.next_element::<f64>()?.ok_or_else(|| A::Error::custom("a position of one number"))?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Coordinates::Position(Coord { x, y }));
            }
            Some(first) => vec![first],
        };
        while let Some(next) =
            seq.next_element_seed(CoordinatesSeed { budget: &mut *budget, depth: depth + 1 })?
        {
            if matches!(next, Coordinates::Number(_)) {
                return Err(A::Error::custom("a number between lists of coordinates"));
            }
            all.push(next);
        }
        Ok(Coordinates::List(all))
    }
}
