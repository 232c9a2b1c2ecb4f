//! Whether a forecast has room for what was seen after it.

use geo::Coord;

use super::{Forecast, PercentilePerimeter};
use crate::detection::Detection;
use crate::geo::LonLat;
use crate::ignition::{MappedPerimeter, MappedShape};

impl Forecast {
    /// Whether the large perimeter has room for a detection at its time, by its footprint and the error of its place; `None` where
    /// the forecast says nothing of that time.
    pub fn expects(&self, detection: &Detection) -> Option<bool> {
        let after_s = detection.acquired_at().duration_since(self.plan.seed.seeded_at).as_secs();
        let of_large = |perimeter: &&PercentilePerimeter| perimeter.percentile == 90;
        let later = |perimeter: &&PercentilePerimeter| i64::from(perimeter.lead_time_s) >= after_s;
        if after_s <= 0 {
            return None;
        }
        let large = self.perimeters.iter().filter(of_large).find(later)?;
        let place = |at: &Coord<f64>| LonLat::new(at.x, at.y).ok();
        let rings =
            large.perimeter.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
        let rings = rings.map(|ring| ring.coords().filter_map(place).collect()).collect();
        let outline = MappedPerimeter { shape: MappedShape::Area(rings), position_sd_m: 0.0 };
        // Two standard deviations: a place that is off by less is no sign that the forecast is.
        let within_m = detection.radius_m() + 2.0 * detection.position_sd_m();
        Some(outline.is_near(detection.position(), within_m))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::sample::{Sample, place};
    use super::*;
    use crate::detection::{DetectionDraft, Source};

    #[test]
    fn the_large_perimeter_of_the_next_lead_time_decides_by_the_footprint() {
        let forecast = Sample::default().forecast();
        let expects = |source, east_m: f64, minutes: i64| {
            let (at, seen_at) =
                (place(east_m, 0.0), forecast.plan.seed.seeded_at + SignedDuration::from_mins(minutes));
            let draft = DetectionDraft::new(source, at.lon_deg(), at.lat_deg(), 0.9, seen_at);
            forecast.expects(&Detection::new(draft, seen_at).unwrap())
        };
        // The fastest member makes 522 m in the first hour and 1,044 m in the second.
        assert_eq!(expects(Source::Drone, 300.0, 30), Some(true));
        assert_eq!(expects(Source::Drone, 850.0, 60), Some(false));
        assert_eq!(expects(Source::Satellite, 850.0, 60), Some(true), "its pixel may lie inside");
        assert_eq!(expects(Source::Drone, 850.0, 61), Some(true), "by the second hour");
        assert_eq!(expects(Source::Drone, 1_600.0, 120), Some(false));
        assert_eq!([expects(Source::Drone, 0.0, 0), expects(Source::Drone, 0.0, 121)], [None; 2]);
    }
}
