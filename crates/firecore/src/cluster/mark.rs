//! A detection as the links see it: where, how large, when.

use super::linking::LinkSettings;
use super::mesh::Spot;
use crate::detection::Detection;
use crate::geo::EARTH_RADIUS_M;
use crate::sphere::{UnitVector, chord2, unit_vector};

/// The smallest share of the middle class, m. VIIRS at nadir brings 495.7 m with the default gap: the commonest
/// detection is among the smallest of its class, whose cells are then as large as they may be.
const CLASS_SHARE_M: f64 = 494.0;

/// Where a detection is, how far it links by its own part, and when it was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) at: UnitVector,
    /// Its own part of each of its links, as an angle seen from the middle of the Earth.
    pub(super) share_rad: f64,
    pub(super) at_us: i64,
}

impl Mark {
    /// The mark of a detection, and its place in angles.
    pub(super) fn of(detection: &Detection, settings: &LinkSettings) -> (Self, Spot) {
        let place = detection.position();
        let at = unit_vector(place);
        let at_us = detection.acquired_at().as_microsecond();
        (Self { at, share_rad: settings.share_rad(detection), at_us }, Spot::new(place, at))
    }

    /// Squared distance to another mark where the two link.
    pub(super) fn linked(&self, other: &Self, window_us: i64) -> Option<f64> {
        let chord2 = chord2(self.at, other.at);
        let near = chord2 <= chord2_of(self.share_rad + other.share_rad);
        (near && (self.at_us - other.at_us).abs() <= window_us).then_some(chord2)
    }

    /// The class of marks of like size: shares of a class differ by less than a factor of two.
    pub(super) fn class(&self) -> i32 {
        // The exponent of a floating-point number is the logarithm to base 2, rounded down.
        let times = self.share_rad / (CLASS_SHARE_M / EARTH_RADIUS_M);
        ((times.to_bits() >> 52) & 0x7ff) as i32 - 1023
    }
}

/// The smallest share in a class, as an angle.
pub(super) fn share_rad_min(class: i32) -> f64 {
    CLASS_SHARE_M / EARTH_RADIUS_M * 2f64.powi(class)
}

/// Squared chord of an angle of at most 0.01, some 60 km.
///
/// By its series, since each pair has an angle of its own: the first term left out is below 1e-16 of the sum.
pub(super) fn chord2_of(rad: f64) -> f64 {
    let square = rad * rad;
    square * (1.0 - square * (1.0 / 12.0) * (1.0 - square * (1.0 / 30.0)))
}

/// What some marks have in common: the box around them, the largest share, and the span of their times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    low: UnitVector,
    high: UnitVector,
    share_rad_max: f64,
    from_us: i64,
    to_us: i64,
}

impl Extent {
    pub(super) fn of(mark: &Mark) -> Self {
        let Mark { at, share_rad, at_us } = *mark;
        Self { low: at, high: at, share_rad_max: share_rad, from_us: at_us, to_us: at_us }
    }

    pub(super) fn add(&mut self, mark: &Mark) {
        self.low = [0, 1, 2].map(|axis: usize| self.low[axis].min(mark.at[axis]));
        self.high = [0, 1, 2].map(|axis: usize| self.high[axis].max(mark.at[axis]));
        self.share_rad_max = self.share_rad_max.max(mark.share_rad);
        self.from_us = self.from_us.min(mark.at_us);
        self.to_us = self.to_us.max(mark.at_us);
    }

    /// False when none of its marks can link to any of another extent's.
    pub(super) fn may_link(&self, other: &Self, window_us: i64) -> bool {
        let gap =
            |axis: usize| (self.low[axis] - other.high[axis]).max(other.low[axis] - self.high[axis]).max(0.0);
        let (x, y, z) = (gap(0), gap(1), gap(2));
        let chord2_max = chord2_of(self.share_rad_max + other.share_rad_max) * (1.0 + 1e-9);
        let late_us = (self.from_us - other.to_us).max(other.from_us - self.to_us);
        late_us <= window_us && x * x + y * y + z * z <= chord2_max
    }

    /// The largest share.
    pub(super) fn share_rad_max(&self) -> f64 {
        self.share_rad_max
    }

    /// False when none of its marks was seen near enough in time.
    pub(super) fn may_link_in_time(&self, mark: &Mark, window_us: i64) -> bool {
        self.from_us - mark.at_us <= window_us && mark.at_us - self.to_us <= window_us
    }
}
