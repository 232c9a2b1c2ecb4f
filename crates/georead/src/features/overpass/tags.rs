//! The few tags of an element that matter.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::kinds::{KINDS, Kind, row};
use crate::features::json::Plain;

/// What an element's tags say.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// The first row of [`KINDS`] that fits, and the value.
    fits: Option<(usize, String)>,
    /// The best name, and its place among names.
    name: Option<(usize, String)>,
    is_linear: bool,
    relation: Option<String>,
}

/// Tags with what people call it, the best first.
const NAMES: [&str; 4] = ["name", "name:en", "official_name", "ref"];

impl Tags {
    pub(super) fn kind(&self) -> Option<&str> {
        let (row, value) = self.fits.as_ref()?;
        match KINDS[*row].2 {
            Kind::Named(kind) => Some(kind),
            Kind::Value => Some(value),
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|(_, name)| name.as_str())
    }

    /// Whether a closed way is an area: lines of power and pipes are none, nor is what says so.
    pub(super) fn may_be_area(&self) -> bool {
        !self.is_linear && !matches!(self.kind(), Some("power_line" | "pipeline" | "dam"))
    }

    /// Whether a relation's ways are the edges of areas.
    pub(super) fn is_area_relation(&self) -> bool {
        matches!(self.relation.as_deref(), Some("multipolygon" | "boundary"))
    }

    fn take(&mut self, key: &str, value: String) {
        match key {
            "area" => self.is_linear = value == "no",
            "type" => self.relation = Some(value),
            _ => {
                if let Some(rank) = NAMES.iter().position(|name| *name == key) {
                    if self.name.as_ref().is_none_or(|(best, _)| rank < *best) {
                        self.name = Some((rank, value));
                    }
                } else if let Some(row) = row(key, &value)
                    && self.fits.as_ref().is_none_or(|(best, _)| row < *best)
                {
                    self.fits = Some((row, value));
                }
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TagsVisitor)
    }
}

struct TagsVisitor;

impl<'de> Visitor<'de> for TagsVisitor {
    type Value = Tags;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tags")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tags, A::Error> {
        let mut tags = Tags::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if let Plain(Some(value)) = map.next_value()? {
                tags.take(&key, value);
            }
        }
        Ok(tags)
    }
}
