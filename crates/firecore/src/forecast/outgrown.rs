//! Whether a fire has outgrown its last forecast, so that a new one would say something new.

use std::collections::HashSet;

use geo::{Area, ConvexHull, Coord, Intersects, MultiPoint, Point};

use super::{Forecast, PercentilePerimeter};
use crate::geo::LonLat;
use crate::ignition::Seed;

/// A hull that grew by this share is another fire to a planner: our choice.
pub const HULL_GROWTH: f64 = 0.1;

impl Forecast {
    /// True where the fire of a newer seed has a hull larger by a tenth than the one that was forecast, or burns outside its p90.
    ///
    /// The p90 is that of the first lead time at or after the newer seed; past the last one every fire has outgrown it.
    pub fn is_outgrown_by(&self, seed: &Seed) -> bool {
        is_outgrown(&self.plan.seed, &self.perimeters, seed)
    }
}

fn is_outgrown(before: &Seed, perimeters: &[PercentilePerimeter], seed: &Seed) -> bool {
    let p90 = perimeters.iter().filter(|one| one.percentile == 90 && one.valid_at >= seed.seeded_at);
    let Some(p90) = p90.min_by_key(|one| one.lead_time_s) else { return true };
    let known: HashSet<[u64; 2]> = places(before).map(bits).collect();
    let mut came = places(seed).filter(|place| !known.contains(&bits(*place)));
    let inside = |place: LonLat| p90.perimeter.intersects(&Point::new(place.lon_deg(), place.lat_deg()));
    !came.all(inside) || hull_area(seed) > (1.0 + HULL_GROWTH) * hull_area(before)
}

fn places(seed: &Seed) -> impl Iterator<Item = LonLat> + '_ {
    seed.burning.iter().chain(&seed.burned).map(|ignition| ignition.position)
}

fn bits(place: LonLat) -> [u64; 2] {
    [place.lon_deg().to_bits(), place.lat_deg().to_bits()]
}

/// Area of the convex hull, in square degrees: only areas of the same fire are compared.
fn hull_area(seed: &Seed) -> f64 {
    let Some(origin) = places(seed).next() else { return 0.0 };
    // Across the antimeridian a fire is as narrow as anywhere.
    let east = |place: LonLat| (place.lon_deg() - origin.lon_deg() + 540.0).rem_euclid(360.0);
    let points: MultiPoint<f64> =
        places(seed).map(|place| Point::from(Coord { x: east(place), y: place.lat_deg() })).collect();
    points.convex_hull().unsigned_area()
}

#[cfg(test)]
mod tests {
    use geo::{LineString, MultiPolygon, Polygon};

    use super::*;
    use crate::ignition::Ignition;

    fn seed(places: &[(f64, f64)], hours: i64) -> Seed {
        let ignition = |&(lon_deg, lat_deg)| Ignition {
            position: LonLat::new(lon_deg, lat_deg).unwrap(),
            radius_m: 100.0,
            position_sd_m: 0.0,
        };
        Seed {
            seeded_at: jiff::Timestamp::from_second(hours * 3600).unwrap(),
            burning: places.iter().map(ignition).collect(),
            burned: Vec::new(),
            outlines: Vec::new(),
        }
    }

    /// The p90 after two hours: a square.
    fn perimeters() -> Vec<PercentilePerimeter> {
        let ring = [(-121.0, 38.0), (-119.0, 38.0), (-119.0, 40.0), (-121.0, 40.0), (-121.0, 38.0)];
        vec![PercentilePerimeter {
            percentile: 90,
            lead_time_s: 7_200,
            valid_at: jiff::Timestamp::from_second(7_200).unwrap(),
            perimeter: MultiPolygon(vec![Polygon::new(LineString::from(ring.to_vec()), Vec::new())]),
            area_ha: 1.0,
            fireline_intensity_kw_m: 0.0,
            intensity: 0.0,
        }]
    }

    const TRIANGLE: [(f64, f64); 3] = [(-120.0, 39.0), (-120.1, 39.0), (-120.0, 39.1)];

    #[test]
    fn a_fire_outgrows_its_forecast_by_its_hull_or_past_its_p90_or_in_time() {
        let grew = |more: &[(f64, f64)], hours| {
            is_outgrown(&seed(&TRIANGLE, 0), &perimeters(), &seed(&[&TRIANGLE, more].concat(), hours))
        };
        assert!(!grew(&[], 1));
        assert!(!grew(&[(-120.02, 39.02)], 1), "inside the hull");
        assert!(!grew(&[(-120.051, 39.051)], 1), "a hull larger by 2 %");
        assert!(grew(&[(-120.1, 39.1)], 1), "twice the hull");
        assert!(grew(&[(-118.9, 39.0)], 1), "outside the p90");
        assert!(grew(&[(-120.02, 39.02)], 3), "past the horizon");
        assert!(
            is_outgrown(&seed(&TRIANGLE[..1], 0), &perimeters(), &seed(&TRIANGLE, 1)),
            "a hull where there was a place"
        );
    }
}
