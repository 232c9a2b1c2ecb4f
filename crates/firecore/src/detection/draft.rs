//! A detection before it is accepted, and what it is refused for.

use jiff::{SignedDuration, Timestamp};

use super::Source;
use crate::geo::{LonLat, PositionError};

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

    /// The position, when every value is right.
    pub(super) fn check(&self, now: Timestamp) -> Result<LonLat, DetectionError> {
        let position = LonLat::new(self.lon_deg, self.lat_deg)?;
        check(
            self.confidence,
            |found| (0.0..=1.0).contains(&found),
            |found| DetectionError::Confidence { found },
        )?;
        if self.acquired_at.duration_since(now) > AHEAD_MAX {
            return Err(DetectionError::AcquiredAt { now, found: self.acquired_at });
        }
        let (coldest_c, hottest_c) = TEMPERATURE_C_RANGE;
        check(
            self.temperature_c,
            |found| (coldest_c..=hottest_c).contains(&found),
            |found| DetectionError::Temperature { found },
        )?;
        check(
            self.smoke_density,
            |found| (0.0..=1.0).contains(&found),
            |found| DetectionError::SmokeDensity { found },
        )?;
        check(self.frp_mw, |found| found.is_finite() && found >= 0.0, |found| DetectionError::Frp { found })?;
        check(
            self.pixel_size_m,
            |found| found > 0.0 && found <= PIXEL_SIZE_M_MAX,
            |found| DetectionError::PixelSize { found },
        )?;
        check_text(&self.sensor, |found_bytes| DetectionError::Sensor { found_bytes })?;
        check_text(&self.producer_id, |found_bytes| DetectionError::ProducerId { found_bytes })?;
        Ok(position)
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
