//! When two detections are of one fire: how far apart they may lie, and how long apart they may have been seen.

use crate::detection::Detection;
use crate::geo::EARTH_RADIUS_M;

/// Longest gap that can be set, m: beyond it fires of one dry storm would be one.
pub const LINK_GAP_M_MAX: f64 = 20_000.0;

/// Shortest and longest time between linked detections that can be set, days.
pub const LINK_DAYS_RANGE: (f64, f64) = (0.1, 365.0);

/// No place is known better than this, m: that of the best located source, a drone
/// ([`Detection::position_sd_m`]). It also keeps cells from becoming countless.
const REACH_M_MIN: f64 = 10.0;

/// From this confidence on a detection's half of the gap counts in full: it is then as likely fire as not.
const CONFIDENCE_FULL: f64 = 0.5;

const DAY_US: f64 = 86_400e6;

/// What links two detections to one fire.
///
/// Two detections link when both hold:
/// - their great-circle distance is at most [`link_m`](Self::link_m): what the two stand for on the ground
///   ([`reach_m`](Self::reach_m) of each), and the gap that may lie between, unburned or unseen;
/// - their own times are at most `days_max` apart, whenever they came.
///
/// Each detection brings half of the gap, weighed by its confidence: in full from 0.5 on, in proportion below. A
/// doubtful detection then joins what it lies in or at, and bridges little. Above 0.5 nothing is added: `high` says that a
/// pixel stands out from its background, not that more ground burns unseen beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkSettings {
    gap_m: f64,
    days_max: f64,
}

/// Why some values are no link settings.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LinkSettingsError {
    /// The gap is no distance that can be set.
    #[error("the gap between linked detections must be a number from 0 to 20000 metres, found {found}")]
    Gap {
        /// The refused distance, m.
        found: f64,
    },
    /// The time is none that can be set.
    #[error("the time between linked detections must be a number from 0.1 to 365 days, found {found}")]
    Days {
        /// The refused time, days.
        found: f64,
    },
}

impl LinkSettings {
    /// The gap that may lie between the footprints of two sure detections of one fire, m, and the longest time between
    /// them, days.
    ///
    /// **Errors** name the value that is refused.
    pub fn new(gap_m: f64, days_max: f64) -> Result<Self, LinkSettingsError> {
        if !(0.0..=LINK_GAP_M_MAX).contains(&gap_m) {
            return Err(LinkSettingsError::Gap { found: gap_m });
        }
        if !(LINK_DAYS_RANGE.0..=LINK_DAYS_RANGE.1).contains(&days_max) {
            return Err(LinkSettingsError::Days { found: days_max });
        }
        Ok(Self { gap_m, days_max })
    }

    /// The gap, m.
    pub fn gap_m(&self) -> f64 {
        self.gap_m
    }

    /// The longest time between linked detections, days.
    pub fn days_max(&self) -> f64 {
        self.days_max
    }

    /// How far from its position a detection's fire may be, m: its footprint's radius and one standard deviation of
    /// its place, 10 m at least.
    pub fn reach_m(detection: &Detection) -> f64 {
        (detection.radius_m() + detection.position_sd_m()).max(REACH_M_MIN)
    }

    /// The greatest distance at which two detections link, m: their reaches, and each one's half of the gap.
    ///
    /// With the defaults two VIIRS pixels at nadir link at 992 m, two MODIS pixels at 1977 m, two 2 km pixels of a
    /// geostationary satellite at 3555 m, and two drones at 450 m.
    pub fn link_m(&self, a: &Detection, b: &Detection) -> f64 {
        self.share_m(a) + self.share_m(b)
    }

    /// True when two detections are of one fire by themselves. Times count to the microsecond.
    pub fn links(&self, a: &Detection, b: &Detection) -> bool {
        let apart_us = a.acquired_at().as_microsecond().abs_diff(b.acquired_at().as_microsecond());
        apart_us <= self.window_us().unsigned_abs()
            && a.position().distance_m(b.position()) <= self.link_m(a, b)
    }

    /// How far outside the edge of a mapped fire a detection of it may lie, m.
    ///
    /// The edge counts as a sure detection without extent, known as well as the map says.
    pub fn mapped_m(&self, detection: &Detection, edge_sd_m: f64) -> f64 {
        self.share_m(detection) + self.gap_m / 2.0 + edge_sd_m
    }

    /// A detection's own part of each of its links, m.
    fn share_m(&self, detection: &Detection) -> f64 {
        let weight = (detection.confidence() / CONFIDENCE_FULL).min(1.0);
        Self::reach_m(detection) + weight * self.gap_m / 2.0
    }

    /// As `share_m`, as an angle seen from the middle of the Earth.
    pub(super) fn share_rad(&self, detection: &Detection) -> f64 {
        self.share_m(detection) / EARTH_RADIUS_M
    }

    /// The longest time between linked detections, microseconds.
    pub(super) fn window_us(&self) -> i64 {
        (self.days_max * DAY_US) as i64
    }
}

impl Default for LinkSettings {
    /// A gap of 400 m, with which VIIRS pixels link at about 1 km, and 5 days.
    ///
    /// Source of the 5 days: Chen et al. (2022), Sci. Data 9:249: a fire without detections for 5 days is out.
    fn default() -> Self {
        Self { gap_m: 400.0, days_max: 5.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::{DetectionDraft, Source};
    use jiff::{SignedDuration, Timestamp};

    fn seen(source: Source, pixel_size_m: Option<f64>, confidence: f64) -> Detection {
        let draft = DetectionDraft::new(source, 10.0, 0.0, confidence, Timestamp::UNIX_EPOCH);
        Detection::new(DetectionDraft { pixel_size_m, ..draft }, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn each_source_links_as_far_as_it_is_large() {
        let settings = LinkSettings::default();
        let between = |a: &Detection, b: &Detection| settings.link_m(a, b).round();
        let viirs = seen(Source::Satellite, None, 0.55);
        let modis = seen(Source::Satellite, Some(1000.0), 0.8);
        let geostationary = seen(Source::Satellite, Some(2000.0), 0.8);
        let (drone, tower) = (seen(Source::Drone, None, 0.9), seen(Source::Watchtower, None, 0.9));
        assert_eq!(between(&viirs, &viirs), 992.0);
        assert_eq!(between(&modis, &modis), 1977.0);
        assert_eq!(between(&geostationary, &geostationary), 3555.0);
        assert_eq!(between(&viirs, &modis), between(&modis, &viirs));
        assert_eq!((between(&drone, &drone), between(&drone, &viirs)), (450.0, 721.0));
        assert_eq!((between(&tower, &tower), settings.mapped_m(&drone, 30.0)), (1000.0, 455.0));
        assert_eq!(LinkSettings::reach_m(&seen(Source::Satellite, Some(1.0), 1.0)), 10.0);
    }

    #[test]
    fn a_doubtful_detection_links_less_far() {
        let settings = LinkSettings::default();
        let far = |confidence| {
            let other = seen(Source::Drone, None, 1.0);
            settings.link_m(&seen(Source::Drone, None, confidence), &other)
        };
        assert_eq!([far(0.0), far(0.25), far(0.5), far(1.0)], [250.0, 350.0, 450.0, 450.0]);
    }

    #[test]
    fn time_counts_to_the_window_and_no_further() {
        let settings = LinkSettings::new(0.0, 1.5).unwrap();
        let after = |time: SignedDuration| {
            let draft = DetectionDraft::new(Source::Drone, 0.0, 0.0, 1.0, Timestamp::UNIX_EPOCH - time);
            Detection::new(draft, Timestamp::UNIX_EPOCH).unwrap()
        };
        let (now, window) = (after(SignedDuration::ZERO), SignedDuration::from_hours(36));
        assert!(settings.links(&now, &after(window)) && settings.links(&after(window), &now));
        assert!(!settings.links(&now, &after(window + SignedDuration::from_micros(1))));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for (gap_m, days_max) in [(f64::NAN, 5.0), (-1.0, 5.0), (20_001.0, 5.0), (400.0, 0.0), (400.0, 366.0)]
        {
            assert!(LinkSettings::new(gap_m, days_max).is_err(), "{gap_m} {days_max}");
        }
        assert_eq!(
            LinkSettings::new(-1.0, 5.0).unwrap_err().to_string(),
            "the gap between linked detections must be a number from 0 to 20000 metres, found -1"
        );
    }
}
