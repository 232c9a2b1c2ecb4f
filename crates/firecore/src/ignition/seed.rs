//! What a forecast starts from.

use jiff::Timestamp;

use super::region::{Footprint, Region, region};
use super::{Ignition, MappedPerimeter, Perturbation};
use crate::detection::Detection;
use crate::geo::{Bounds, EARTH_RADIUS_M, LocalFrame, LonLat};
use crate::landscape::{FuelCode, Landscape};

/// The state that every member of a forecast starts from.
///
/// The footprints are what is kept, and what a member's draws move; the ground that they make together is [`Seed::region`].
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// When the simulation starts: the newest detection's time.
    pub seeded_at: Timestamp,
    /// Footprints that burn then: the edge of the ground that they make.
    pub burning: Vec<Ignition>,
    /// Footprints that were seen earlier and have gone out: what they add to the ground neither spreads fire nor burns again.
    pub burned: Vec<Ignition>,
    /// Ground that was mapped as burned, its edge burning then, and lines that burn.
    pub outlines: Vec<MappedPerimeter>,
}

impl Seed {
    /// From detections in their order, and what was mapped: it starts at a time at which none of them is still to come, and those seen up to
    /// `active_for_s` before it burn.
    pub fn of<'a>(
        detections: impl Iterator<Item = &'a Detection>,
        outlines: Vec<MappedPerimeter>,
        seeded_at: Timestamp,
        active_for_s: u32,
    ) -> Self {
        let footprints = detections.map(|detection| Ignition::of(detection, seeded_at));
        let (burning, burned) = footprints.partition(|ignition| ignition.age_s <= active_for_s);
        Self { seeded_at, burning, burned, outlines }
    }

    /// Its footprints in a plane, each moved by a member's draw: those that burn in the seed's order, then the others.
    pub fn footprints<'a>(
        &'a self,
        frame: &'a LocalFrame,
        perturbation: &'a Perturbation,
    ) -> impl Iterator<Item = Footprint> + 'a {
        let burning = self.burning.iter().enumerate();
        let burning = burning.map(|(at, ignition)| ignition.footprint(frame, perturbation.shift_m(at), true));
        burning.chain(self.burned.iter().map(|ignition| ignition.footprint(frame, [0.0; 2], false)))
    }

    /// The ground that its footprints make, in a plane, each moved by a member's draw. What was mapped is not in it.
    pub fn region(&self, frame: &LocalFrame, perturbation: &Perturbation) -> Region {
        region(self.footprints(frame, perturbation))
    }

    /// The plane of its own that lies at its middle.
    pub fn frame(&self) -> LocalFrame {
        LocalFrame::at(self.area().middle())
    }

    /// Every disc by its centre and radius in m, and every place that an outline was drawn through, with 0.
    pub fn extent(&self) -> impl Iterator<Item = (LonLat, f64)> + '_ {
        let discs = self.burning.iter().chain(&self.burned);
        let discs = discs.map(|ignition| (ignition.position, ignition.radius_m));
        discs.chain(self.outlines.iter().flat_map(|outline| outline.places().map(|place| (place, 0.0))))
    }

    /// The box around the discs, with their radii, and the outlines; the smaller of the two ways around the Earth.
    pub fn area(&self) -> Bounds {
        let first_lon = self.extent().next().map_or(0.0, |(place, _)| place.lon_deg());
        let wrap = |lon: f64| (lon + 540.0).rem_euclid(360.0) - 180.0;
        let (mut west, mut east, mut south, mut north) = (0.0_f64, 0.0_f64, 90.0_f64, -90.0_f64);
        for (place, radius_m) in self.extent() {
            let lat = place.lat_deg();
            let reach_lat_deg = (radius_m / EARTH_RADIUS_M).to_degrees();
            let reach_lon_deg = (reach_lat_deg / lat.to_radians().cos().max(1e-3)).min(180.0);
            let from_first = wrap(place.lon_deg() - first_lon);
            west = west.min(from_first - reach_lon_deg);
            east = east.max(from_first + reach_lon_deg);
            south = south.min(lat - reach_lat_deg);
            north = north.max(lat + reach_lat_deg);
        }
        Bounds {
            west_deg: wrap(first_lon + west),
            south_deg: south.max(-90.0),
            east_deg: wrap(first_lon + east),
            north_deg: north.min(90.0),
        }
    }

    /// The fuel codes of the burning ignitions whose middle lies on ground that cannot burn; `None` for one outside the landscape.
    pub fn off_fuel(&self, landscape: &Landscape) -> Vec<Option<FuelCode>> {
        let shape = &landscape.shape;
        let cell = |ignition: &Ignition| {
            let cell = shape.cell_at(landscape.frame.to_plane(ignition.position));
            cell.map(|(row, col)| shape.index(row, col))
        };
        let cells = self.burning.iter().map(cell);
        let off = cells.filter(|cell| cell.is_none_or(|cell| !landscape.burns(cell)));
        off.map(|cell| cell.map(|cell| landscape.fuel[cell])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::MappedShape;
    use super::*;

    fn place(lon_deg: f64, lat_deg: f64) -> LonLat {
        LonLat::new(lon_deg, lat_deg).unwrap()
    }

    fn ring(half_deg: f64) -> Vec<LonLat> {
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        corners.map(|(x, y)| place(-119.0 + x * half_deg, 34.5 + y * half_deg)).to_vec()
    }

    fn seed(places: &[(f64, f64)]) -> Seed {
        let disc = |(lon_deg, lat_deg): &(f64, f64)| Ignition {
            position: place(*lon_deg, *lat_deg),
            radius_m: 100.0,
            position_sd_m: 0.0,
            gap_m: 0.0,
            age_s: 0,
        };
        let burning = places.iter().map(disc).collect();
        Seed { seeded_at: Timestamp::UNIX_EPOCH, burning, burned: Vec::new(), outlines: Vec::new() }
    }

    #[test]
    fn the_area_holds_every_disc_with_its_radius_and_every_outline() {
        let mut seed = seed(&[(-120.0, 38.0), (-119.9, 38.1)]);
        let area = seed.area();
        assert!(area.west_deg < -120.0 && area.west_deg > -120.01);
        assert!(area.east_deg > -119.9 && area.east_deg < -119.89);
        assert!(area.south_deg < 38.0 && area.north_deg > 38.1 && area.north_deg < 38.11);
        seed.outlines.push(MappedPerimeter { shape: MappedShape::Line(ring(0.1)), position_sd_m: 0.0 });
        let area = seed.area();
        assert!((area.east_deg + 118.9).abs() < 1e-9 && (area.south_deg - 34.4).abs() < 1e-9);
    }

    #[test]
    fn a_fire_on_the_antimeridian_has_a_small_area() {
        let area = seed(&[(179.95, -17.0), (-179.95, -17.1)]).area();
        assert!(area.west_deg > 179.9 && area.east_deg < -179.9);
    }
}
