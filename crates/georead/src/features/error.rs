//! Why a file of features cannot be used.

use firecore::asset::AssetError;

use super::Format;

/// Why a file of features cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FeaturesError {
    /// The file cannot be read.
    #[error("cannot read {origin}: {source}")]
    Read {
        /// The file.
        origin: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than any that is read.
    #[error("{origin}: needed at most {bytes_max} bytes, found {bytes}")]
    TooLarge {
        /// The file.
        origin: String,
        /// Its size.
        bytes: u64,
        /// The largest that is read.
        bytes_max: u64,
    },
    /// The file is of no format that is read.
    #[error("{origin}: needed GeoJSON, CSV, a GeoPackage, FlatGeobuf or Overpass JSON, found {found}")]
    Format {
        /// The file.
        origin: String,
        /// What it begins like.
        found: &'static str,
    },
    /// The file is damaged, or not quite of its format.
    #[error("{origin} is no {format}: {detail}")]
    Document {
        /// The file.
        origin: String,
        /// What it begins like.
        format: Format,
        /// Where and why.
        detail: String,
    },
    /// The document holds something else than features.
    #[error("{origin}: needed features, found {found}")]
    NoFeatures {
        /// The file.
        origin: String,
        /// What it holds.
        found: String,
    },
    /// A feature cannot be used.
    #[error("{origin}, feature {number}: needed {needed}, found {found}")]
    Feature {
        /// The file.
        origin: String,
        /// The feature, from 1.
        number: usize,
        /// What it should have.
        needed: String,
        /// What it has.
        found: String,
    },
    /// A feature's place is none.
    #[error("{origin}, feature {number}: {source}")]
    Place {
        /// The file.
        origin: String,
        /// The feature, from 1.
        number: usize,
        /// Which asset and why.
        source: AssetError,
    },
    /// There are too many of something.
    #[error("{origin}: needed at most {max} {what}, found more")]
    TooMany {
        /// The file.
        origin: String,
        /// What of.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// The coordinate system is none that is read.
    #[error(
        "{origin}: needed longitude and latitude on WGS 84 or a system that is known by its EPSG code, found {found}"
    )]
    Crs {
        /// The file.
        origin: String,
        /// Its name.
        found: String,
    },
    /// The Overpass server gave up before its answer was whole.
    #[error("{origin}: the Overpass answer is not whole: {remark}")]
    Unfinished {
        /// The file.
        origin: String,
        /// What the server said of it.
        remark: String,
    },
}
