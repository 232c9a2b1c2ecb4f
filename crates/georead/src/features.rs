//! What fires threaten: assets from GeoJSON, CSV, GeoPackage, FlatGeobuf and OpenStreetMap extracts (Overpass JSON).
//!
//! A file is told by what it holds, not by its name; only a table of text without a well-known first line goes by its extension.
//! Columns and properties that are read, whatever their case; of several the first that says something:
//!
//! | of an asset | names |
//! | --- | --- |
//! | id | `asset_id`, `id`; else the feature's own id, else its number from 1 |
//! | kind | `asset_type`, `kind`, `type` |
//! | name | `name` |
//! | clearance | `clearance_s`, `clearance_min`, `clearance_h`: time that people need to clear it, seconds, minutes, hours |
//!
//! Positions are longitude and latitude; those of a file that names another coordinate system are turned where it is one of
//! [these](crate::crs), else the file is refused. Of OpenStreetMap the tags in [`overpass::KINDS`] make an asset's kind.
//!
//! ```
//! let text = "id,kind,lon,lat,clearance_min\nh1,hospital,-122.4,38.5,240\n";
//! let features = georead::features::read("assets.csv", text.as_bytes(), &Default::default())?;
//! assert_eq!(features.assets[0].clearance_s, Some(4 * 3600));
//! # Ok::<(), georead::features::FeaturesError>(())
//! ```

use std::fmt;
use std::path::Path;

use firecore::asset::Asset;

pub use error::FeaturesError;
pub use limits::{CLEARANCE_S_MAX, FEATURES_MAX, FILE_BYTES_MAX, TEXT_BYTES_MAX, VERTICES_MAX};

pub mod overpass;

mod collect;
mod csv;
mod error;
mod flatgeobuf;
mod geojson;
mod geopackage;
mod json;
mod limits;
mod wkb;
mod wkt;

#[cfg(test)]
mod tests;

/// What a file of features gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// In the file's order, each id once; an [`AssetIndex`](firecore::asset::AssetIndex) takes them.
    pub assets: Vec<Asset>,
    /// What an operator should know, in words.
    pub warnings: Vec<String>,
    /// What the file is.
    pub format: Format,
}

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 7946.
    GeoJson,
    /// A table of text with a line of names.
    Csv,
    /// OGC 12-128, an SQLite database.
    GeoPackage,
    /// Version 3.
    FlatGeobuf,
    /// The JSON answer of the Overpass API.
    Overpass,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GeoJson => "GeoJSON",
            Self::Csv => "CSV",
            Self::GeoPackage => "GeoPackage",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::Overpass => "Overpass JSON",
        })
    }
}

/// What of a file is read, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The one table of a GeoPackage; without it all.
    pub layer: Option<&'a str>,
    /// Put, with a slash, before ids that are only numbers of features, so that those of several files differ.
    pub number_prefix: Option<&'a str>,
}

/// Assets from a file.
///
/// A GeoPackage is read where it lies, page by page; every other format is read into memory first.
///
/// **Errors** name the file, the feature, what was needed and what was found.
pub fn read_file(path: &Path, options: &Options<'_>) -> Result<Features, FeaturesError> {
    let origin = path.display().to_string();
    let failed = |source| FeaturesError::Read { origin: origin.clone(), source };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut start = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(&mut file, 16), &mut start).map_err(failed)?;
    if start == geopackage::MAGIC {
        return geopackage::read_file(path, collect::Collector::new(&origin, options), options.layer);
    }
    if size > FILE_BYTES_MAX {
        return Err(FeaturesError::TooLarge { origin, bytes: size, bytes_max: FILE_BYTES_MAX });
    }
    let mut bytes = start;
    std::io::Read::read_to_end(&mut std::io::Read::take(file, FILE_BYTES_MAX), &mut bytes).map_err(failed)?;
    read(&origin, &bytes, options)
}

/// Assets from a file's bytes; `origin` names it in errors.
///
/// **Errors** as [`read_file`].
pub fn read(origin: &str, bytes: &[u8], options: &Options<'_>) -> Result<Features, FeaturesError> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let (origin, bytes) = (origin.to_owned(), bytes.len() as u64);
        return Err(FeaturesError::TooLarge { origin, bytes, bytes_max: FILE_BYTES_MAX });
    }
    let collector = collect::Collector::new(origin, options);
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let found = match first {
        _ if bytes.starts_with(geopackage::MAGIC) => {
            return geopackage::read(bytes, collector, options.layer);
        }
        _ if bytes.starts_with(flatgeobuf::MAGIC) => return flatgeobuf::read(bytes, collector),
        Some(b'{') => return json::read(text, collector),
        None => "nothing",
        Some(b'[') => "a JSON list",
        Some(b'<') => "XML",
        _ if bytes.starts_with(b"\x1f\x8b") => "a gzip file",
        _ if bytes.starts_with(b"PK\x03\x04") => "a zip file",
        _ if csv::is_one(origin, text) => return csv::read(text, collector),
        _ => "something else",
    };
    Err(FeaturesError::Format { origin: origin.to_owned(), found })
}
