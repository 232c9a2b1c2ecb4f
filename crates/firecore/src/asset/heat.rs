//! What is hot without being a wildfire: gas flares, steelworks, volcanoes, as a mask of places.

use std::sync::Arc;

use super::{Asset, AssetError, AssetIndex};
use crate::detection::Detection;

/// How far around a known source of heat a detection is taken for it where nothing else is said, m: a plant's own extent and
/// the place in a catalogue, which is that of its middle.
pub const HEAT_SOURCE_RADIUS_M: f64 = 500.0;

/// Known sources of heat by place.
#[derive(Clone, Debug, Default)]
pub struct HeatSources {
    index: AssetIndex,
    radius_m: f64,
}

impl HeatSources {
    /// Sources by their shapes, and how far around them a detection is theirs, m.
    ///
    /// **Errors** as [`AssetIndex::new`].
    pub fn new(sources: Vec<Asset>, radius_m: f64) -> Result<Self, AssetError> {
        Ok(Self { index: AssetIndex::new(sources)?, radius_m })
    }

    /// Number of sources.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// True when none is known.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The name, or else the id, of the source that a detection is taken for: the nearest one, where the detection's
    /// footprint touches the ground around it.
    pub fn of(&self, detection: &Detection) -> Option<Arc<str>> {
        let nearest = self.index.nearest(detection.position())?;
        let touches = nearest.distance_m <= self.radius_m + detection.radius_m();
        touches.then(|| Arc::from(nearest.name.unwrap_or(nearest.id)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::detection::{DetectionDraft, Source};

    #[test]
    fn a_detection_is_a_source_s_where_its_footprint_touches_the_ground_around_it() {
        let flare = Asset {
            id: "f1".into(),
            kind: Some("flare".into()),
            name: None,
            clearance_s: None,
            geometry: geo::Point::new(0.0, 0.0).into(),
        };
        let sources = HeatSources::new(vec![flare], HEAT_SOURCE_RADIUS_M).unwrap();
        let at = |lat_deg: f64| {
            let draft = DetectionDraft::new(Source::Satellite, 0.0, lat_deg, 0.9, Timestamp::UNIX_EPOCH);
            sources.of(&Detection::new(draft, Timestamp::UNIX_EPOCH).unwrap())
        };
        // 687.5 m are 0.00618 degrees of latitude.
        assert_eq!(at(0.0061).as_deref(), Some("f1"));
        assert_eq!(at(0.0063), None);
        assert!(
            HeatSources::default()
                .of(&Detection::new(
                    DetectionDraft::new(Source::Drone, 0.0, 0.0, 0.9, Timestamp::UNIX_EPOCH),
                    Timestamp::UNIX_EPOCH
                )
                .unwrap())
                .is_none()
        );
    }
}
