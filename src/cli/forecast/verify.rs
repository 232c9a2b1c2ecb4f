//! How a forecast compares with a later satellite pass.

use std::path::Path;

use anyhow::bail;
use firecore::detection::Detection;
use firecore::forecast::{Forecast, PercentilePerimeter, perimeters};
use firecore::geo::LonLat;
use firecore::perimeter::Tolerance;
use geo::{Area, BooleanOps, ConvexHull, MultiPoint, MultiPolygon, Point, Polygon};
use jiff::{SignedDuration, Timestamp};

/// Detections this close to the time asked for are of one pass: a satellite crosses an area in a few minutes.
const PASS_HALF_WIDTH: SignedDuration = SignedDuration::from_mins(10);

/// What a later pass saw.
pub(super) struct Observed {
    /// When the pass was.
    pub(super) pass: Timestamp,
    /// Where it saw fire.
    pub(super) places: Vec<LonLat>,
}

/// A forecast against a pass.
pub(super) struct Score {
    /// From the seed to the pass, s.
    pub(super) lead_time_s: u32,
    /// The p50 perimeter at that time.
    pub(super) p50: PercentilePerimeter,
    /// Area of the convex hull of the pass's detections, ha.
    pub(super) hull_ha: f64,
    /// Area of both over area of either: 0 to 1.
    pub(super) intersection_over_union: f64,
    /// Area that burned at the start in half of the members, ha, and its intersection over union: a forecast of no growth.
    pub(super) start_ha: f64,
    pub(super) start_intersection_over_union: f64,
}

/// What counts as the start, s: fire does not get far in it.
const START_S: u32 = 1;

impl Observed {
    /// Takes the detections of one pass from a file.
    pub(super) fn read(file: &Path, pass: Timestamp) -> anyhow::Result<Self> {
        let (detections, _) = super::read(file)?.into_parts();
        let near =
            |detection: &&Detection| detection.acquired_at().duration_since(pass).abs() <= PASS_HALF_WIDTH;
        let places: Vec<LonLat> = detections.iter().filter(near).map(Detection::position).collect();
        if places.len() < 3 {
            bail!(
                "{} holds {} detections within 10 minutes of {pass}; a hull needs 3",
                file.display(),
                places.len()
            );
        }
        Ok(Self { pass, places })
    }

    /// Compares the p50 perimeter at the time of the pass with the hull of its detections.
    ///
    /// `None` where the pass is not inside the forecast's horizon.
    pub(super) fn score(&self, forecast: &Forecast) -> Option<Score> {
        let seeded_at = forecast.plan.seed.seeded_at;
        let lead_time_s = u32::try_from(self.pass.duration_since(seeded_at).as_secs()).ok()?;
        if lead_time_s > forecast.plan.horizon_s() {
            return None;
        }
        let p50_at = |lead_time_s: u32| {
            let at_lead = perimeters(&forecast.arrival, &[lead_time_s], seeded_at, Tolerance::OFF);
            at_lead.into_iter().find(|perimeter| perimeter.percentile == 50)
        };
        let (p50, start) = (p50_at(lead_time_s)?, p50_at(START_S)?);
        // Compared in the forecast's plane, where areas are areas.
        let frame = &forecast.arrival.frame;
        let in_plane = |place: LonLat| {
            let at = frame.to_plane(place);
            Point::new(at.east_m, at.north_m)
        };
        let hull =
            self.places.iter().map(|place| in_plane(*place)).collect::<MultiPoint<f64>>().convex_hull();
        let hull = MultiPolygon::new(vec![hull]);
        let intersection_over_union = |perimeter: &MultiPolygon<f64>| {
            let burned = to_plane(perimeter, &in_plane);
            burned.intersection(&hull).unsigned_area() / burned.union(&hull).unsigned_area()
        };
        Some(Score {
            lead_time_s,
            hull_ha: hull.unsigned_area() / firecore::units::M2_PER_HA,
            intersection_over_union: intersection_over_union(&p50.perimeter),
            start_ha: start.area_ha,
            start_intersection_over_union: intersection_over_union(&start.perimeter),
            p50,
        })
    }
}

fn to_plane(perimeter: &MultiPolygon<f64>, in_plane: &impl Fn(LonLat) -> Point<f64>) -> MultiPolygon<f64> {
    let ring = |ring: &geo::LineString<f64>| {
        ring.0.iter().filter_map(|at| LonLat::new(at.x, at.y).ok()).map(|place| in_plane(place).0).collect()
    };
    perimeter
        .iter()
        .map(|part| Polygon::new(ring(part.exterior()), part.interiors().iter().map(ring).collect()))
        .collect()
}
