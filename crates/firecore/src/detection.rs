//! One sensor observation of active fire: what it holds, what is refused, and the ids that come from it.
//!
//! A [`Detection`] exists only after [`Detection::new`] accepted it, so nothing past this point checks again.
//!
//! ```
//! use firecore::detection::{Detection, DetectionDraft, Source};
//! let now: jiff::Timestamp = "2026-08-01T12:00:00Z".parse()?;
//! let draft = DetectionDraft::new(Source::Satellite, -122.5, 39.1, 0.9, now);
//! let detection = Detection::new(DetectionDraft { frp_mw: Some(12.0), ..draft }, now)?;
//! assert_eq!(detection.radius_m(), 187.5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::geo::{LonLat, PositionError};

mod identity;
mod source;
#[cfg(test)]
mod tests;

pub use source::{Source, UnknownSource};

/// How far ahead of `now` a detection's time may lie: a wrong time zone passes, a wrong year does not.
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Longest `sensor` or `producer_id`, bytes: room for any URN, none for a document.
pub const TEXT_BYTES_MAX: usize = 200;

/// Largest `pixel_size_m`: geostationary pixels reach about 10 km toward the limb of the disc.
pub const PIXEL_SIZE_M_MAX: f64 = 20_000.0;

/// Lowest and highest `temperature_c`: beyond the coldest air and the hottest flame that a sensor can see.
pub const TEMPERATURE_C_RANGE: (f64, f64) = (-100.0, 2000.0);

/// A detection as it was sent: values that nobody has checked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectionDraft {
    /// What kind of instrument saw it.
    pub source: Source,
    /// Degrees east.
    pub lon_deg: f64,
    /// Degrees north.
    pub lat_deg: f64,
    /// How sure the producer is that this is fire, 0 to 1.
    pub confidence: f64,
    /// When the instrument saw it.
    pub acquired_at: Timestamp,
    /// Temperature that the instrument measured, degree Celsius.
    pub temperature_c: Option<f64>,
    /// Smoke as a fraction of the sensor's full scale, 0 to 1.
    pub smoke_density: Option<f64>,
    /// Fire radiative power, MW.
    pub frp_mw: Option<f64>,
    /// Edge of the pixel on the ground, m.
    pub pixel_size_m: Option<f64>,
    /// Which instrument, as the producer names it.
    pub sensor: Option<String>,
    /// The producer's own id of the observation.
    pub producer_id: Option<String>,
}

impl DetectionDraft {
    /// The required values; the optional ones are absent.
    pub fn new(source: Source, lon_deg: f64, lat_deg: f64, confidence: f64, acquired_at: Timestamp) -> Self {
        Self {
            source,
            lon_deg,
            lat_deg,
            confidence,
            acquired_at,
            temperature_c: None,
            smoke_density: None,
            frp_mw: None,
            pixel_size_m: None,
            sensor: None,
            producer_id: None,
        }
    }
}

/// Why a draft is not a detection: one variant a field.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DetectionError {
    /// `lon_deg` or `lat_deg` is not finite or out of range.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// `confidence` is not a fraction.
    #[error("confidence must be a number from 0 to 1, found {found}")]
    Confidence {
        /// The refused value.
        found: f64,
    },
    /// `acquired_at` lies too far in the future.
    #[error("acquired_at must be at most 24 h ahead of {now}, found {found}")]
    AcquiredAt {
        /// The time that it was compared with.
        now: Timestamp,
        /// The refused value.
        found: Timestamp,
    },
    /// `temperature_c` is no temperature of air or fire.
    #[error("temperature_c must be a number from -100 to 2000 degrees Celsius, found {found}")]
    Temperature {
        /// The refused value, degree Celsius.
        found: f64,
    },
    /// `smoke_density` is not a fraction.
    #[error("smoke_density must be a number from 0 to 1 (fraction of full scale), found {found}")]
    SmokeDensity {
        /// The refused value.
        found: f64,
    },
    /// `frp_mw` is negative or not finite.
    #[error("frp_mw must be a finite number of megawatts, 0 or more, found {found}")]
    Frp {
        /// The refused value, MW.
        found: f64,
    },
    /// `pixel_size_m` is no size of a pixel.
    #[error("pixel_size_m must be more than 0 and at most 20000 metres, found {found}")]
    PixelSize {
        /// The refused value, m.
        found: f64,
    },
    /// `sensor` is empty or too long.
    #[error("sensor must have 1 to 200 bytes, found {found_bytes}")]
    Sensor {
        /// Length of the refused text.
        found_bytes: usize,
    },
    /// `producer_id` is empty or too long.
    #[error("producer_id must have 1 to 200 bytes, found {found_bytes}")]
    ProducerId {
        /// Length of the refused text.
        found_bytes: usize,
    },
}

impl DetectionError {
    /// Name of the [`DetectionDraft`] field that was refused.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Position(PositionError::Longitude { .. }) => "lon_deg",
            Self::Position(PositionError::Latitude { .. }) => "lat_deg",
            Self::Confidence { .. } => "confidence",
            Self::AcquiredAt { .. } => "acquired_at",
            Self::Temperature { .. } => "temperature_c",
            Self::SmokeDensity { .. } => "smoke_density",
            Self::Frp { .. } => "frp_mw",
            Self::PixelSize { .. } => "pixel_size_m",
            Self::Sensor { .. } => "sensor",
            Self::ProducerId { .. } => "producer_id",
        }
    }
}

/// One accepted observation of active fire.
///
/// Serde is for the store, which keeps only what was accepted here; the wire has types of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    id: DetectionId,
    source: Source,
    position: LonLat,
    confidence: f64,
    acquired_at: Timestamp,
    temperature_c: Option<f64>,
    smoke_density: Option<f64>,
    frp_mw: Option<f64>,
    pixel_size_m: Option<f64>,
    sensor: Option<String>,
    producer_id: Option<String>,
}

impl Detection {
    /// A detection from what was sent.
    ///
    /// **Errors** name the first field that is wrong, what it must be, and what was found.
    pub fn new(draft: DetectionDraft, now: Timestamp) -> Result<Self, DetectionError> {
        let position = LonLat::new(draft.lon_deg, draft.lat_deg)?;
        check(
            draft.confidence,
            |found| (0.0..=1.0).contains(&found),
            |found| DetectionError::Confidence { found },
        )?;
        if draft.acquired_at.duration_since(now) > AHEAD_MAX {
            return Err(DetectionError::AcquiredAt { now, found: draft.acquired_at });
        }
        let (coldest_c, hottest_c) = TEMPERATURE_C_RANGE;
        check(
            draft.temperature_c,
            |found| (coldest_c..=hottest_c).contains(&found),
            |found| DetectionError::Temperature { found },
        )?;
        check(
            draft.smoke_density,
            |found| (0.0..=1.0).contains(&found),
            |found| DetectionError::SmokeDensity { found },
        )?;
        check(
            draft.frp_mw,
            |found| found.is_finite() && found >= 0.0,
            |found| DetectionError::Frp { found },
        )?;
        check(
            draft.pixel_size_m,
            |found| found > 0.0 && found <= PIXEL_SIZE_M_MAX,
            |found| DetectionError::PixelSize { found },
        )?;
        check_text(&draft.sensor, |found_bytes| DetectionError::Sensor { found_bytes })?;
        check_text(&draft.producer_id, |found_bytes| DetectionError::ProducerId { found_bytes })?;
        Ok(Self {
            id: identity::of(&draft),
            source: draft.source,
            position,
            confidence: draft.confidence,
            acquired_at: draft.acquired_at,
            temperature_c: draft.temperature_c,
            smoke_density: draft.smoke_density,
            frp_mw: draft.frp_mw,
            pixel_size_m: draft.pixel_size_m,
            sensor: draft.sensor,
            producer_id: draft.producer_id,
        })
    }

    /// Who it is: the same whenever the same observation is sent again.
    pub fn id(&self) -> DetectionId {
        self.id
    }

    /// What kind of instrument saw it.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Where the fire was seen.
    pub fn position(&self) -> LonLat {
        self.position
    }

    /// How sure the producer is that this is fire, 0 to 1.
    pub fn confidence(&self) -> f64 {
        self.confidence
    }

    /// When the instrument saw it.
    pub fn acquired_at(&self) -> Timestamp {
        self.acquired_at
    }

    /// Temperature that the instrument measured, degree Celsius.
    pub fn temperature_c(&self) -> Option<f64> {
        self.temperature_c
    }

    /// Smoke as a fraction of the sensor's full scale, 0 to 1.
    pub fn smoke_density(&self) -> Option<f64> {
        self.smoke_density
    }

    /// Fire radiative power, MW.
    pub fn frp_mw(&self) -> Option<f64> {
        self.frp_mw
    }

    /// Edge of the pixel on the ground, m, where the producer gave it.
    pub fn pixel_size_m(&self) -> Option<f64> {
        self.pixel_size_m
    }

    /// Which instrument, as the producer names it.
    pub fn sensor(&self) -> Option<&str> {
        self.sensor.as_deref()
    }

    /// The producer's own id of the observation.
    pub fn producer_id(&self) -> Option<&str> {
        self.producer_id.as_deref()
    }

    /// Radius of the ground that is taken to burn: half the pixel, or half the source's usual extent, m.
    ///
    /// Without a pixel size: satellite 187.5, ground sensor 50, drone 15, watchtower 50.
    pub fn radius_m(&self) -> f64 {
        self.pixel_size_m.unwrap_or(self.source.extent_m()) / 2.0
    }

    /// Standard deviation of the true place about `position`, in each axis, m.
    ///
    /// A satellite's fire lies anywhere in its pixel with the same probability, so it is the pixel over √12.
    /// The others know where they look only as well as this:
    /// - ground sensor 29: anywhere in its own hectare (100 over √12);
    /// - drone 10: five degrees of attitude error at 120 m above ground, the usual legal ceiling;
    /// - watchtower 250: one degree of bearing error at about 15 km.
    pub fn position_sd_m(&self) -> f64 {
        match self.source {
            Source::Satellite => self.pixel_size_m.unwrap_or(self.source.extent_m()) / 12f64.sqrt(),
            Source::GroundSensor => self.source.extent_m() / 12f64.sqrt(),
            Source::Drone => 10.0,
            Source::Watchtower => 250.0,
        }
    }

    /// What detections are ordered by: time, then id.
    pub fn order_key(&self) -> (Timestamp, DetectionId) {
        (self.acquired_at, self.id)
    }
}

/// Refuses a value that is present and wrong; NaN fails every test it is given.
fn check(
    value: impl Into<Option<f64>>,
    valid: impl Fn(f64) -> bool,
    error: impl Fn(f64) -> DetectionError,
) -> Result<(), DetectionError> {
    match value.into() {
        Some(found) if !valid(found) => Err(error(found)),
        _ => Ok(()),
    }
}

fn check_text(text: &Option<String>, error: impl Fn(usize) -> DetectionError) -> Result<(), DetectionError> {
    match text {
        Some(text) if text.is_empty() || text.len() > TEXT_BYTES_MAX => Err(error(text.len())),
        _ => Ok(()),
    }
}

/// Identity of a detection: the producer's id scoped by source, else a hash of all that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DetectionId(pub Uuid);

impl fmt::Display for DetectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of a fire, fixed by the detection that founded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClusterId(pub Uuid);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
