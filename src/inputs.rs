//! Landscape and weather for an area and a time window, and where each of them came from.
//!
//! The engine asks an [`Inputs`] once for a forecast and gives what it gets to every member. Nothing here decides
//! anything about fires: a gap is filled with a built-in value, and a note in the answer says so.
//!
//! ```no_run
//! # async fn example(start: jiff::Timestamp) -> Result<(), guira::inputs::InputsError> {
//! use guira::inputs::{ConfiguredInputs, InputSettings, Inputs};
//!
//! let settings = InputSettings { landscapes: vec!["landscape".into()], ..InputSettings::default() };
//! let area = firecore::geo::Bounds { west_deg: -119.2, south_deg: 34.3, east_deg: -119.0, north_deg: 34.5 };
//! let inputs = ConfiguredInputs::new(settings);
//! let set = inputs.fetch(area, start, 6 * 3600).await?;
//! assert!(set.notes.iter().any(|note| note.input == "wind" && note.fallback));
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::future::{Future, ready};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use firecore::forecast::InputNote;
use firecore::fuel::custom::FuelFileError;
use firecore::geo::{Bounds, LonLat};
use firecore::landscape::Landscape;
use firecore::weather::WeatherSeries;
use jiff::Timestamp;

pub mod assets;
pub mod builtin;
pub mod cache;
pub mod demo;
pub mod fuel;
pub mod look;
pub mod mapped;
pub mod net;
pub mod online;
pub mod remote;
pub mod settings;

mod area;
mod folder;
mod runs;
mod source;
#[cfg(test)]
#[path = "../crates/georead/tests/shared/made.rs"]
mod test_files;
mod weather;

pub use georead::raster::RasterProblem;
pub use settings::{ConstantWeather, InputSettings, TerrainWinds};
pub use source::ConfiguredInputs;

/// Everything that the members of one forecast share.
#[derive(Clone, Debug)]
pub struct InputSet {
    /// Terrain, fuel and canopy around the area.
    pub landscape: Arc<Landscape>,
    /// Weather over the window, in the landscape's frame.
    pub weather: Arc<WeatherSeries>,
    /// One note for each input: its source, its time, and whether it is a built-in stand-in.
    pub notes: Vec<InputNote>,
}

/// What [`Inputs::fetch`] gives.
pub type InputFuture<'a> = Pin<Box<dyn Future<Output = Result<InputSet, InputsError>> + Send + 'a>>;

/// Something that forecasts rest on came, changed or went.
pub struct InputNews {
    /// What, in words.
    pub what: String,
    touches: Box<Touches>,
}

type Touches = dyn Fn(LonLat, Timestamp, u32) -> bool + Send + Sync;

impl InputNews {
    /// What, in words, and which forecasts it touches: those of a place, from a time on, for so many seconds.
    pub fn new(
        what: String,
        touches: impl Fn(LonLat, Timestamp, u32) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { what, touches: Box::new(touches) }
    }

    /// Whether the inputs of a fire in the middle of `area` from `start` until `horizon_s` seconds later are others by now.
    pub fn touches(&self, area: &Bounds, start: Timestamp, horizon_s: u32) -> bool {
        (self.touches)(area.middle(), start, horizon_s)
    }
}

impl fmt::Debug for InputNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputNews").field("what", &self.what).finish_non_exhaustive()
    }
}

/// What [`Inputs::news`] gives.
pub type NewsFuture<'a> = Pin<Box<dyn Future<Output = Vec<InputNews>> + Send + 'a>>;

/// A source that failed, so that forecasts do without what it gives or rest on what it gave before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputTrouble {
    /// The provider's name, or `files`.
    pub source: String,
    /// Why, as it was last.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// Fires that it was met with.
    pub fires: usize,
}

/// Where landscape and weather come from.
pub trait Inputs: Send + Sync {
    /// Landscape and weather for a fire inside `area` from `start` until `horizon_s` seconds later.
    ///
    /// The landscape reaches beyond the area as far as the source has data, up to its own limit. File work runs on
    /// blocking threads, so this may be awaited on any runtime thread.
    ///
    /// **Errors** when something that was configured cannot be read; a place without data is no error.
    fn fetch(&self, area: Bounds, start: Timestamp, horizon_s: u32) -> InputFuture<'_>;

    /// What of the weather is another since this was asked last; the first time nothing. What cannot be read yet is told once
    /// it can.
    fn news(&self) -> NewsFuture<'_> {
        Box::pin(ready(Vec::new()))
    }

    /// Sources that failed for the newest forecasts.
    fn troubles(&self) -> Vec<InputTrouble> {
        Vec::new()
    }
}

/// Why landscape or weather could not be given.
#[derive(Debug, thiserror::Error)]
pub enum InputsError {
    /// A file or folder could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no raster that can be used.
    #[error("cannot use {}: {problem}", path.display())]
    Raster {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: RasterProblem,
    },
    /// A file of custom fuel models is not what it should be.
    #[error("fuel models file {}, {problem}", path.display())]
    FuelModels {
        /// The file.
        path: PathBuf,
        /// The line, the field and what is wrong with it.
        problem: FuelFileError,
    },
    /// A file of custom fuel models is too large to be one.
    #[error("fuel models file {} has {bytes} bytes, at most {bytes_max} are read", path.display())]
    FuelModelsSize {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The largest that is read.
        bytes_max: u64,
    },
    /// A layer that cannot be done without is absent.
    #[error("{} has no {layer}: needed {needed}, found {found}", folder.display())]
    MissingLayer {
        /// The folder that was searched.
        folder: PathBuf,
        /// The layer, in words.
        layer: &'static str,
        /// Names that would have been taken.
        needed: &'static str,
        /// Names that are there.
        found: String,
    },
    /// A band of a weather raster does not say when it is valid, or the bands are out of order.
    #[error(
        "band {band} of {} has no valid time: needed a description that begins with a time like \
         2024-01-15T14:00Z, later than the band before, found {found}",
        path.display()
    )]
    BandTime {
        /// The file.
        path: PathBuf,
        /// The band, from 1.
        band: usize,
        /// Its description.
        found: String,
    },
    /// A weather raster lacks an instant that another one of its folder has.
    #[error(
        "{} has no band for {valid_at}, which ws has; it holds {} to {}",
        path.display(),
        or_nothing(first),
        or_nothing(last)
    )]
    NoBandAt {
        /// The file.
        path: PathBuf,
        /// The missing instant.
        valid_at: Timestamp,
        /// First instant of the file.
        first: Option<Timestamp>,
        /// Last instant of the file.
        last: Option<Timestamp>,
    },
    /// A band holds no data in the window.
    #[error("band {band} of {} has no data around the fire", path.display())]
    EmptyBand {
        /// The file.
        path: PathBuf,
        /// The band, from 1.
        band: usize,
    },
    /// A raster holds what cannot be.
    #[error("{what} of {}: needed {needed}, found {found}", path.display())]
    Implausible {
        /// The file.
        path: PathBuf,
        /// The band, or the layer.
        what: String,
        /// What was needed.
        needed: &'static str,
        /// What was found.
        found: String,
    },
    /// The area of the request is not one: an edge is not finite, or south lies above north.
    #[error("the area is no box of longitude and latitude: {west_deg} {south_deg} {east_deg} {north_deg}")]
    Area {
        /// Western edge, degrees.
        west_deg: f64,
        /// Southern edge, degrees.
        south_deg: f64,
        /// Eastern edge, degrees.
        east_deg: f64,
        /// Northern edge, degrees.
        north_deg: f64,
    },
    /// Nothing could ever be fetched.
    #[error("inputs.online: {problem}")]
    Online {
        /// Why.
        problem: String,
    },
    /// A file of weather is not what it should be.
    #[error("cannot use {}: {problem}", path.display())]
    Weather {
        /// The file.
        path: PathBuf,
        /// What was needed and what was found.
        problem: String,
    },
    /// The work was given up before it ended: the runtime is shutting down.
    #[error("reading the inputs was given up before it ended")]
    GivenUp,
}

fn or_nothing(time: &Option<Timestamp>) -> String {
    time.map_or_else(|| "nothing".to_owned(), |time| time.to_string())
}
