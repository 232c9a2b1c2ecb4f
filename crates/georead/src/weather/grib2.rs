//! Forecasts on a grid: GRIB edition 2.
//!
//! [`messages`] walks a file, [`Message::field`] unpacks the part of a grid that a box needs, [`assemble`] makes weather of fields,
//! [`runs`] of several files, [`inventory`] picks byte ranges from a file's index. Source of every code table and octet number: WMO-No. 306, volume I.2, FM 92 GRIB;
//! numbers above 191 are NCEP's local ones.
//!
//! Grids: latitude and longitude (3.0), Mercator (3.10), polar stereographic (3.20), Lambert (3.30). Packings: simple (5.0), complex
//! (5.2, 5.3), IEEE (5.4), PNG (5.41). JPEG 2000 (5.40), CCSDS (5.42) and all else is refused by its number.

mod accumulation;
mod assemble;
mod bits;
mod complex;
mod coverage;
mod grid;
pub mod inventory;
mod join;
mod octets;
mod packing;
mod plane;
mod product;
mod sections;
mod window;

use jiff::Timestamp;

pub use assemble::{assemble, read};
pub use coverage::{Coverage, coverage};
pub use grid::Grid;
pub use join::{Fields, Joined, runs};
pub use product::{Level, Parameter, ProductKind, Span};
pub use sections::{Messages, messages};
pub use window::Window;

use firecore::geo::Bounds;
use packing::Packed;

use super::SAMPLES_MAX;

/// Bytes that a reader takes at once. Reason: a day of HRRR's wanted fields is below 100 MB.
pub const BYTES_MAX: usize = 256 << 20;

/// Fields that a reader takes at once. Reason: 20 fields for each of 384 hours.
pub const FIELDS_MAX: usize = 8192;

/// Nodes of a grid, wanted or not. Reason: 9 km around the globe has 13 million.
pub const GRID_NODES_MAX: usize = 16 << 20;

/// Nodes that are kept of a grid. Reason: all of NDFD's 3 million.
pub const WINDOW_NODES_MAX: usize = 4 << 20;

/// Why bytes are no weather on a grid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Grib2Error {
    /// More bytes than a reader takes.
    #[error("needed at most {max} bytes of GRIB2, found {found}")]
    TooLarge {
        /// The limit.
        max: usize,
        /// Bytes given.
        found: usize,
    },
    /// More fields than a reader takes.
    #[error("needed at most {FIELDS_MAX} GRIB2 fields, found more")]
    TooManyFields,
    /// Not one message.
    #[error("needed a GRIB2 message, found no GRIB in {found} bytes")]
    NoMessage {
        /// Bytes given.
        found: usize,
    },
    /// Another edition.
    #[error("needed GRIB edition 2, found edition {found}")]
    Edition {
        /// The edition that it says.
        found: u8,
    },
    /// A message is longer than what was given, or a section longer than its message.
    #[error("{what} needs {needed} bytes, found {found}")]
    Truncated {
        /// Which part.
        what: &'static str,
        /// Bytes that it says.
        needed: u64,
        /// Bytes that are there.
        found: usize,
    },
    /// A section has fewer octets than its template needs.
    #[error("section {section} needs {needed} octets, found {found}")]
    Short {
        /// Its number.
        section: u8,
        /// Octets needed at least.
        needed: usize,
        /// Octets that it has.
        found: usize,
    },
    /// Sections in a wrong order, or one missing.
    #[error("needed section {needed} of a GRIB2 message, found section {found}")]
    Order {
        /// The section that is missing.
        needed: u8,
        /// The section that stands there.
        found: u8,
    },
    /// A template or code that this reader does not know.
    #[error("{what} {found} is not read; needed {needed}")]
    Unknown {
        /// What it is, by the manual's name.
        what: &'static str,
        /// The code found.
        found: u32,
        /// The codes that are read.
        needed: &'static str,
    },
    /// A value that makes no sense where it stands.
    #[error("{what} must be {needed}, found {found}")]
    Value {
        /// What it is.
        what: &'static str,
        /// What is allowed.
        needed: &'static str,
        /// What was found.
        found: String,
    },
    /// Two counts that must be one.
    #[error("needed {needed} {what}, found {found}")]
    Count {
        /// Of what.
        what: &'static str,
        /// What one part says.
        needed: u64,
        /// What the other says.
        found: u64,
    },
    /// The packed picture does not decode.
    #[error("packed PNG values: {reason}")]
    Png {
        /// What the decoder says.
        reason: String,
    },
    /// The grid does not reach into the box.
    #[error(
        "the grid has no node in or around longitude {west_deg} to {east_deg}, latitude {south_deg} to {north_deg}"
    )]
    Outside {
        /// Western edge, degrees.
        west_deg: f64,
        /// Eastern edge, degrees.
        east_deg: f64,
        /// Southern edge, degrees.
        south_deg: f64,
        /// Northern edge, degrees.
        north_deg: f64,
    },
    /// No field that weather is made of.
    #[error(
        "needed fields of weather (wind, temperature, humidity, rain, cloud, radiation), found none among {found}"
    )]
    NoWeather {
        /// Fields found.
        found: usize,
    },
    /// More than a run may hold.
    #[error("needed at most {SAMPLES_MAX} samples (nodes times hours), found {found}")]
    TooManySamples {
        /// What was asked for.
        found: usize,
    },
}

/// A field that is not unpacked yet: what it is, where and when, and its packed values.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// What it is a field of.
    pub parameter: Parameter,
    /// Where above the ground.
    pub level: Level,
    /// Whether it is a plain forecast, an ensemble's member or a statistic.
    pub kind: ProductKind,
    /// Originating centre (common code table C-11); 7 is NCEP.
    pub centre: u16,
    /// The centre's number for the model.
    pub process: u8,
    /// When the model was started.
    pub reference_at: Timestamp,
    /// The instant or the interval that it holds for.
    pub span: Span,
    /// Its grid.
    pub grid: Grid,
    packed: Packed<'a>,
}

/// A field, unpacked in a window of its grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The part of the grid.
    pub window: Window,
    /// Values in the parameter's unit, row by row as the grid scans; NaN is missing.
    pub values: Vec<f32>,
}

impl Message<'_> {
    /// Unpacks the smallest part of the grid, rows and columns, that covers a box with a node's margin; all of it without a box.
    ///
    /// **Errors** where the grid lies outside the box, or the packed values are broken. Holds no more than the window's values.
    pub fn field(&self, bounds: Option<&Bounds>) -> Result<Field, Grib2Error> {
        let window = self.grid.window(bounds)?;
        let values = self.values(&window)?;
        Ok(Field { window, values })
    }

    /// Unpacks a window of the grid.
    pub fn values(&self, window: &Window) -> Result<Vec<f32>, Grib2Error> {
        packing::unpack(&self.packed, &self.grid, window)
    }
}
