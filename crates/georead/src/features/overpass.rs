//! OpenStreetMap extracts as the Overpass API answers them in JSON (`[out:json]`).
//!
//! Shapes come with `out geom`, middles with `out center`, or ways refer to nodes that are in the answer too (`out; >; out skel`).
//! An element is an asset where a tag in [`KINDS`] gives it a kind; its id is as in `way/123`. Closed ways are areas unless tags
//! say a line; of a relation the ways of a multipolygon or boundary become areas, those of others lines. An answer that the
//! server did not finish is refused. [`query`] asks for what is read.

use std::collections::{HashMap, HashSet};
use std::fmt;

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, Point, Polygon};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::collect::{Collector, Meaning, Properties};
use super::limits::{FEATURES_MAX, VERTICES_MAX};
use super::{Features, FeaturesError, Format};
pub use kinds::{KINDS, Kind};
pub use query::{Effort, query};
use rings::areas;
use tags::Tags;

mod kinds;
mod query;
mod rings;
mod tags;
#[cfg(test)]
mod tests;

/// What an answer holds: places of nodes, and elements with a kind or that others are made of.
#[derive(Debug, Default)]
pub(super) struct Elements {
    nodes: HashMap<i64, Coord<f64>>,
    others: Vec<Element>,
    vertices: usize,
}

#[derive(Debug, Deserialize)]
struct Element {
    #[serde(rename = "type")]
    kind: ElementKind,
    id: i64,
    lat: Option<f64>,
    lon: Option<f64>,
    center: Option<LatLon>,
    /// A gap where `out geom` was cut to a box.
    #[serde(default)]
    geometry: Vec<Option<LatLon>>,
    #[serde(default)]
    nodes: Vec<i64>,
    #[serde(default)]
    members: Vec<Member>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ElementKind {
    Node,
    Way,
    Relation,
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct LatLon {
    lat: f64,
    lon: f64,
}

#[derive(Debug, Deserialize)]
struct Member {
    #[serde(rename = "type")]
    kind: ElementKind,
    #[serde(rename = "ref", default)]
    id: i64,
    #[serde(default)]
    role: String,
    lat: Option<f64>,
    lon: Option<f64>,
    #[serde(default)]
    geometry: Vec<Option<LatLon>>,
}

impl From<LatLon> for Coord<f64> {
    fn from(at: LatLon) -> Self {
        Self { x: at.lon, y: at.lat }
    }
}

fn place(lon: Option<f64>, lat: Option<f64>) -> Option<Coord<f64>> {
    Some(Coord { x: lon?, y: lat? })
}

/// Reads the list of elements.
pub(super) struct ElementList<'a>(pub(super) &'a mut Elements);

impl<'de> DeserializeSeed<'de> for ElementList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ElementList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of OpenStreetMap elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<Element>()? {
            self.0
                .take(element)
                .map_err(|max| A::Error::custom(format!("needed at most {max}, found more")))?;
        }
        Ok(())
    }
}

impl Elements {
    /// Keeps what is needed of an element; the error is the bound that it breaks.
    fn take(&mut self, element: Element) -> Result<(), String> {
        let own = place(element.lon, element.lat);
        if let (ElementKind::Node, Some(at)) = (element.kind, own) {
            self.nodes.insert(element.id, at);
        }
        self.vertices += 1 + element.geometry.len() + element.nodes.len();
        self.vertices += element.members.iter().map(|member| 1 + member.geometry.len()).sum::<usize>();
        if self.vertices > VERTICES_MAX {
            return Err(format!("{VERTICES_MAX} vertices"));
        }
        let is_part = element.kind == ElementKind::Way;
        if element.tags.kind().is_some() || is_part {
            if self.others.len() >= FEATURES_MAX {
                return Err(format!("{FEATURES_MAX} elements"));
            }
            self.others.push(element);
        }
        Ok(())
    }
}

/// Assets from an answer.
pub(super) fn assets(
    elements: Elements,
    remark: Option<&str>,
    mut collector: Collector<'_>,
) -> Result<Features, FeaturesError> {
    if let Some(remark) = remark {
        if remark.contains("error") || remark.contains("timed out") {
            let (origin, remark) = (collector.origin.to_owned(), remark.to_owned());
            return Err(FeaturesError::Unfinished { origin, remark });
        }
        collector.warn(format!("the Overpass server remarked: {remark}"));
    }
    let Elements { nodes, others, .. } = elements;
    let known = Known { ways: ways(&others), nodes };
    let (mut seen, mut without_place) = (HashSet::new(), Vec::new());
    for element in &others {
        let Some(kind) = element.tags.kind() else { continue };
        let id = format!("{}/{}", element.kind.name(), element.id);
        let Some(geometry) = known.geometry(element) else {
            without_place.push(id);
            continue;
        };
        if !seen.insert((element.kind.name(), element.id)) {
            continue;
        }
        let mut properties = Properties::default();
        for (field, value) in [("kind", Some(kind)), ("name", element.tags.name())] {
            if let (Some(meaning), Some(value)) = (Meaning::of(field), value) {
                properties.put(meaning, value);
            }
        }
        collector.add(properties, Some(id), geometry)?;
    }
    if let Some(first) = without_place.first() {
        let count = without_place.len();
        collector.warn(format!(
            "{count} elements have no place in the answer, {first} the first: ask with `out geom` or `out center`"
        ));
    }
    collector.finish(Format::Overpass)
}

fn ways(elements: &[Element]) -> HashMap<i64, &Element> {
    elements.iter().filter(|element| element.kind == ElementKind::Way).map(|way| (way.id, way)).collect()
}

impl ElementKind {
    fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Way => "way",
            Self::Relation => "relation",
            Self::Other => "element",
        }
    }
}

/// What elements refer to.
struct Known<'a> {
    nodes: HashMap<i64, Coord<f64>>,
    ways: HashMap<i64, &'a Element>,
}

impl Known<'_> {
    /// An element's shape, or else its middle; `None` where the answer holds neither.
    fn geometry(&self, element: &Element) -> Option<Geometry<f64>> {
        let middle = element.center.map(|at| Point::from(Coord::from(at)).into());
        let shape = match element.kind {
            ElementKind::Node => place(element.lon, element.lat).map(|at| Point::from(at).into()),
            ElementKind::Way => self.way(element),
            ElementKind::Relation => self.relation(element),
            ElementKind::Other => None,
        };
        shape.or(middle)
    }

    /// The parts of a way that the answer holds: one, unless it was cut to a box.
    fn paths(&self, own: &[Option<LatLon>], nodes: &[i64]) -> Vec<Vec<Coord<f64>>> {
        let at = |node: &i64| self.nodes.get(node).copied();
        let points: Vec<Option<Coord<f64>>> = match own.is_empty() {
            true => nodes.iter().map(at).collect(),
            false => own.iter().map(|at| at.map(Coord::from)).collect(),
        };
        let parts =
            points.split(Option::is_none).map(|part| part.iter().flatten().copied().collect::<Vec<_>>());
        parts.filter(|part| !part.is_empty()).collect()
    }

    fn way(&self, way: &Element) -> Option<Geometry<f64>> {
        let mut paths = self.paths(&way.geometry, &way.nodes);
        if paths.len() > 1 {
            return Some(lines(paths));
        }
        let path = paths.pop()?;
        let is_closed = path.len() > 3 && path.first() == path.last();
        Some(match path[..] {
            [only] => Point::from(only).into(),
            _ if is_closed && way.tags.may_be_area() => Polygon::new(LineString(path), Vec::new()).into(),
            _ => LineString(path).into(),
        })
    }

    fn relation(&self, relation: &Element) -> Option<Geometry<f64>> {
        let (mut outer, mut inner, mut points) = (Vec::new(), Vec::new(), Vec::new());
        let mut left = VERTICES_MAX;
        for member in &relation.members {
            match member.kind {
                ElementKind::Way => {
                    let nodes = self.ways.get(&member.id);
                    let own = match (&member.geometry[..], nodes) {
                        ([], Some(way)) => &way.geometry,
                        (own, _) => own,
                    };
                    // A way that is a member many times is read as often: bounded like what is in the file.
                    let paths = self.paths(own, nodes.map_or(&[], |way| &way.nodes));
                    left = left.checked_sub(paths.iter().map(Vec::len).sum())?;
                    if member.role == "inner" { &mut inner } else { &mut outer }.extend(paths);
                }
                // Of a boundary the point that a label or a capital stands at.
                ElementKind::Node if !relation.tags.is_area_relation() => {
                    let own = place(member.lon, member.lat);
                    points.extend(own.or_else(|| self.nodes.get(&member.id).copied()).map(Point::from));
                }
                _ => {}
            }
        }
        if relation.tags.is_area_relation()
            && let Some(areas) = areas(&outer, &inner)
        {
            return Some(areas.into());
        }
        outer.extend(inner);
        match (outer.is_empty(), points.is_empty()) {
            (false, _) => Some(lines(outer)),
            (true, false) => Some(MultiPoint(points).into()),
            (true, true) => None,
        }
    }
}

fn lines(paths: Vec<Vec<Coord<f64>>>) -> Geometry<f64> {
    MultiLineString(paths.into_iter().map(LineString).collect()).into()
}
