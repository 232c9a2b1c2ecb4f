//! What the readers of features share: what properties mean, and the list that features come into.

use std::collections::HashMap;

use firecore::asset::Asset;
use geo::{Coord, CoordsIter, Geometry, MapCoords};

use super::limits::{CLEARANCE_S_MAX, FEATURES_MAX, TEXT_BYTES_MAX, VERTICES_MAX};
use super::{Features, FeaturesError, Format, Options};
use crate::crs::Crs;

pub(super) const NEEDED_SHAPE: &str = "a point, line or polygon, or several of one kind";

/// What a property says of an asset, and its place among the names for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    field: usize,
    rank: usize,
}

const ID: usize = 0;
const KIND: usize = 1;
const NAME: usize = 2;
const CLEARANCE: usize = 3;

/// Names of properties by field, the first that says something wins.
const NAMES: [&[&str]; 4] = [
    &["asset_id", "id"],
    &["asset_type", "kind", "type"],
    &["name"],
    &["clearance_s", "clearance_min", "clearance_h"],
];

/// Seconds in the units of [`NAMES`]' clearances.
const CLEARANCE_UNITS_S: [f64; 3] = [1.0, 60.0, 3600.0];

impl Meaning {
    /// What a property or column of this name is for; `None` where it is for nothing.
    pub(super) fn of(name: &str) -> Option<Self> {
        let rank = |names: &[&str]| names.iter().position(|known| known.eq_ignore_ascii_case(name.trim()));
        NAMES.iter().enumerate().find_map(|(field, names)| Some(Self { field, rank: rank(names)? }))
    }
}

/// What a feature's properties say.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties {
    fields: [Option<(usize, String)>; 4],
}

impl Properties {
    /// Takes a property; an empty one says nothing.
    pub(super) fn put(&mut self, meaning: Meaning, value: impl Into<String>) {
        let (field, value) = (&mut self.fields[meaning.field], value.into());
        let is_better = field.as_ref().is_none_or(|(rank, _)| meaning.rank < *rank);
        if is_better && !value.trim().is_empty() {
            *field = Some((meaning.rank, value));
        }
    }

    fn take(&mut self, field: usize) -> Option<String> {
        self.fields[field].take().map(|(_, value)| value)
    }

    /// Time to clear it, s; the error says what was needed and what was found.
    fn clearance_s(&mut self) -> Result<Option<u32>, (String, String)> {
        let Some((rank, text)) = self.fields[CLEARANCE].take() else { return Ok(None) };
        let max = f64::from(CLEARANCE_S_MAX) / CLEARANCE_UNITS_S[rank];
        match text.trim().parse::<f64>() {
            Ok(value) if (0.0..=max).contains(&value) => {
                Ok(Some((value * CLEARANCE_UNITS_S[rank]).round() as u32))
            }
            _ => {
                let needed = format!("a {} from 0 to {max}", NAMES[CLEARANCE][rank]);
                Err((needed, excerpt(&text)))
            }
        }
    }
}

/// A number as the text of an id or name: whole ones without a fraction.
pub(super) fn number_text(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 2.0_f64.powi(53) {
        true => format!("{value:.0}"),
        false => value.to_string(),
    }
}

/// A text in quotes, no longer than an error should be.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// A coordinate system by a name such as `urn:ogc:def:crs:EPSG::4326`, `EPSG:3857` or `urn:ogc:def:crs:OGC:1.3:CRS84`.
pub(super) fn named_crs(name: &str) -> Result<Crs, String> {
    let last = name.rsplit([':', '/', '#']).next().unwrap_or_default();
    if last.eq_ignore_ascii_case("CRS84") {
        return Ok(Crs::geographic());
    }
    let code = last.parse().ok().filter(|_| name.to_ascii_uppercase().contains("EPSG"));
    code.map_or_else(|| Err(excerpt(name)), Crs::from_epsg)
}

/// Turns a geometry's coordinates into longitude and latitude; the error is the point without an image.
pub(super) fn turn(geometry: &mut Geometry<f64>, crs: &Crs) -> Result<(), String> {
    if crs.is_geographic() {
        return Ok(());
    }
    *geometry = geometry.try_map_coords(|Coord { x, y }| {
        let (x, y) = crs.to_degrees(x, y).ok_or_else(|| format!("({x}, {y})"))?;
        Ok::<_, String>(Coord { x, y })
    })?;
    Ok(())
}

/// The list that a reader fills.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    pub(super) origin: &'a str,
    number_prefix: Option<&'a str>,
    assets: Vec<Asset>,
    vertices: usize,
    warnings: Vec<String>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(origin: &'a str, options: &Options<'a>) -> Self {
        let number_prefix = options.number_prefix;
        Self { origin, number_prefix, assets: Vec::new(), vertices: 0, warnings: Vec::new() }
    }

    /// The number of the feature that comes next, from 1.
    pub(super) fn number(&self) -> usize {
        self.assets.len() + 1
    }

    /// The id of a feature that has only a number.
    pub(super) fn numbered(&self, number: &str) -> String {
        self.number_prefix.map_or_else(|| number.to_owned(), |prefix| format!("{prefix}/{number}"))
    }

    /// Vertices that may still come.
    pub(super) fn vertices_left(&self) -> usize {
        VERTICES_MAX - self.vertices
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// An error about the feature that comes next.
    pub(super) fn fault(&self, needed: impl Into<String>, found: impl Into<String>) -> FeaturesError {
        FeaturesError::Feature {
            origin: self.origin.to_owned(),
            number: self.number(),
            needed: needed.into(),
            found: found.into(),
        }
    }

    /// An error about the whole file.
    pub(super) fn damaged(&self, format: Format, detail: impl ToString) -> FeaturesError {
        FeaturesError::Document { origin: self.origin.to_owned(), format, detail: detail.to_string() }
    }

    pub(super) fn too_many(&self, what: &'static str, max: usize) -> FeaturesError {
        FeaturesError::TooMany { origin: self.origin.to_owned(), what, max }
    }

    /// Takes a feature; without an id of its own it has its number.
    pub(super) fn add(
        &mut self,
        mut properties: Properties,
        own_id: Option<String>,
        geometry: Geometry<f64>,
    ) -> Result<(), FeaturesError> {
        if self.assets.len() >= FEATURES_MAX {
            return Err(self.too_many("features", FEATURES_MAX));
        }
        let vertices = geometry.coords_count();
        if vertices > self.vertices_left() {
            return Err(self.too_many("vertices", VERTICES_MAX));
        }
        let clearance_s = properties.clearance_s().map_err(|(needed, found)| self.fault(needed, found))?;
        let [id, kind, name] = [ID, KIND, NAME].map(|field| properties.take(field));
        let id = id.or(own_id).unwrap_or_else(|| self.numbered(&self.number().to_string()));
        for (what, text) in [("id", Some(&id)), ("kind", kind.as_ref()), ("name", name.as_ref())] {
            if let Some(text) = text.filter(|text| text.len() > TEXT_BYTES_MAX) {
                let needed = format!("at most {TEXT_BYTES_MAX} bytes of {what}");
                return Err(self.fault(needed, format!("{} bytes", text.len())));
            }
        }
        self.vertices += vertices;
        self.assets.push(Asset { id, kind, name, clearance_s, geometry });
        Ok(())
    }

    /// Turns what was added into longitude and latitude.
    pub(super) fn turn(&mut self, crs: &Crs) -> Result<(), FeaturesError> {
        for (index, asset) in self.assets.iter_mut().enumerate() {
            turn(&mut asset.geometry, crs).map_err(|found| FeaturesError::Feature {
                origin: self.origin.to_owned(),
                number: index + 1,
                needed: "a place that its coordinate system has an image of".to_owned(),
                found,
            })?;
        }
        Ok(())
    }

    /// The coordinate system of an EPSG code, or else the one that is named so.
    pub(super) fn crs(&mut self, crs: Result<Crs, String>) -> Result<Crs, FeaturesError> {
        let crs = crs.map_err(|found| FeaturesError::Crs { origin: self.origin.to_owned(), found })?;
        if let Some(note) = crs.note() {
            self.warn(note);
        }
        Ok(crs)
    }

    /// What was read, each place and id checked.
    pub(super) fn finish(self, format: Format) -> Result<Features, FeaturesError> {
        let origin = || self.origin.to_owned();
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(self.assets.len());
        for (index, asset) in self.assets.iter().enumerate() {
            let number = index + 1;
            asset.check().map_err(|source| FeaturesError::Place { origin: origin(), number, source })?;
            if let Some(before) = first.insert(&asset.id, number) {
                let found = format!("that of feature {before}, {}, a second time", excerpt(&asset.id));
                let needed = "an id of its own".to_owned();
                return Err(FeaturesError::Feature { origin: origin(), number, needed, found });
            }
        }
        Ok(Features { assets: self.assets, warnings: self.warnings, format })
    }
}
