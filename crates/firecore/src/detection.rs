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

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::geo::LonLat;

mod draft;
mod identity;
mod source;
#[cfg(test)]
mod tests;

pub use draft::{
    AHEAD_MAX, DetectionDraft, DetectionError, PIXEL_SIZE_M_MAX, TEMPERATURE_C_RANGE, TEXT_BYTES_MAX,
};
pub use source::{Source, UnknownSource};

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
        let position = draft.check(now)?;
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
