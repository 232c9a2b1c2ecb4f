//! The state that a simulation starts from, and how one member's start and weather depart from it.

use jiff::Timestamp;

use crate::detection::Detection;
use crate::geo::{EastNorth, LocalFrame, LonLat};
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::weather::Weather;

pub mod region;
mod seed;

pub use seed::Seed;

use region::Footprint;

/// Radius of the circle that has to pass between footprints for each metre of theirs, at full confidence. Nominal pixels of 375 m with a
/// pixel between them that saw none are then one, with two they are not.
/// Source: our choice; smoke, low flames and fast heads leave gaps of a pixel. Chen et al. (2022, Sci. Data 9:249) draw fires
/// from the same detections by alpha shapes, of one size for all.
const GAP_PER_RADIUS: f64 = 3.0;

/// The largest of these circles, m: its diameter is the link radius of 1 km by which fires are told apart.
const GAP_M_MAX: f64 = 500.0;

/// Ground that one detection saw burning: a disc around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ignition {
    /// Centre of the disc.
    pub position: LonLat,
    /// Radius of the disc, m: half the footprint of the sensor's pixel.
    pub radius_m: f64,
    /// Standard deviation of the centre's true place in each axis, m.
    pub position_sd_m: f64,
    /// Radius of the circle that has to pass for ground beside it to be unburned, m: see [`region`]. 0: it is joined to what it overlaps only.
    pub gap_m: f64,
    /// How long before the seed's time it was seen, s.
    pub age_s: u32,
}

impl Ignition {
    /// What a detection stands for in a seed of a time.
    pub fn of(detection: &Detection, seeded_at: Timestamp) -> Self {
        let radius_m = detection.radius_m();
        let age_s = seeded_at.duration_since(detection.acquired_at()).as_secs();
        Self {
            position: detection.position(),
            radius_m,
            position_sd_m: detection.position_sd_m(),
            gap_m: (GAP_PER_RADIUS * radius_m * detection.confidence()).min(GAP_M_MAX),
            age_s: u32::try_from(age_s.max(0)).unwrap_or(u32::MAX),
        }
    }

    /// It in a plane, moved.
    pub(crate) fn footprint(&self, frame: &LocalFrame, shift_m: [f64; 2], burns: bool) -> Footprint {
        let at = frame.to_plane(self.position);
        Footprint {
            middle_m: [at.east_m + shift_m[0], at.north_m + shift_m[1]],
            radius_m: self.radius_m,
            gap_m: self.gap_m,
            age_s: self.age_s,
            burns,
        }
    }
}

/// A fire as somebody mapped it.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedPerimeter {
    /// What was drawn.
    pub shape: MappedShape,
    /// Standard deviation of the whole shape's true place in each axis, m; 0: it is taken as drawn.
    pub position_sd_m: f64,
}

/// What somebody drew of a fire.
#[derive(Clone, Debug, PartialEq)]
pub enum MappedShape {
    /// Ground inside an odd number of these rings has burned, and its edge burns. A ring's last place joins its first.
    Area(Vec<Vec<LonLat>>),
    /// A line that burns.
    Line(Vec<LonLat>),
}

impl MappedPerimeter {
    /// Its rings, or its line.
    pub fn lines(&self) -> &[Vec<LonLat>] {
        match &self.shape {
            MappedShape::Area(rings) => rings,
            MappedShape::Line(line) => std::slice::from_ref(line),
        }
    }

    /// Every place that it was drawn through.
    pub fn places(&self) -> impl Iterator<Item = LonLat> + '_ {
        self.lines().iter().flatten().copied()
    }

    /// Whether a place lies inside, or no farther from the line than a distance.
    ///
    /// In the plane of the place's own UTM zone: for distances of kilometres.
    pub fn is_near(&self, place: LonLat, distance_m: f64) -> bool {
        let frame = LocalFrame::at(place);
        let at = frame.to_plane(place);
        let closed = matches!(self.shape, MappedShape::Area(_));
        let (mut inside, mut near) = (false, false);
        for line in self.lines() {
            let places: Vec<EastNorth> = line.iter().map(|place| frame.to_plane(*place)).collect();
            let ends = closed.then(|| (places.last(), places.first()));
            let last = ends.and_then(|(last, first)| Some((*last?, *first?)));
            for (from, to) in places.windows(2).map(|pair| (pair[0], pair[1])).chain(last) {
                near |= from_side_m(at, from, to) <= distance_m;
                let crosses = (from.north_m > at.north_m) != (to.north_m > at.north_m);
                let share = (at.north_m - from.north_m) / (to.north_m - from.north_m);
                inside ^= closed && crosses && from.east_m + share * (to.east_m - from.east_m) > at.east_m;
            }
        }
        inside || near
    }
}

/// Distance of a place from the straight line between two others, m.
fn from_side_m(at: EastNorth, from: EastNorth, to: EastNorth) -> f64 {
    let edge = [to.east_m - from.east_m, to.north_m - from.north_m];
    let way = [at.east_m - from.east_m, at.north_m - from.north_m];
    let square = edge[0] * edge[0] + edge[1] * edge[1];
    let along = way[0] * edge[0] + way[1] * edge[1];
    let share = if square > 0.0 { (along / square).clamp(0.0, 1.0) } else { 0.0 };
    (way[0] - share * edge[0]).hypot(way[1] - share * edge[1])
}

/// How one member departs from the seed and from the weather as given.
#[derive(Clone, Debug, PartialEq)]
pub struct Perturbation {
    /// Factor on the wind speed.
    pub wind_speed_factor: f64,
    /// Turn of the wind, clockwise, rad.
    pub wind_turn_rad: f64,
    /// Factor on every fuel moisture.
    pub moisture_factor: f64,
    /// Key of the draws of embers.
    pub ember_key: u64,
    /// Shift of each burning ignition and then of each outline, m east and m north, in the seed's order; none means all stay.
    pub ignition_shift_m: Vec<[f64; 2]>,
}

impl Perturbation {
    /// The seed and the weather as given.
    pub const NONE: Self = Self {
        wind_speed_factor: 1.0,
        wind_turn_rad: 0.0,
        moisture_factor: 1.0,
        ember_key: 0,
        ignition_shift_m: Vec::new(),
    };

    /// Shift of a burning ignition by its place in the seed, or of an outline by its place behind them, m east and m north.
    pub fn shift_m(&self, ignition: usize) -> [f64; 2] {
        self.ignition_shift_m.get(ignition).copied().unwrap_or_default()
    }

    /// What the draws make of weather, ready to be applied many times.
    pub fn weather_shift(&self) -> WeatherShift {
        let (sine, cosine) = self.wind_turn_rad.sin_cos();
        WeatherShift {
            wind_along: self.wind_speed_factor * cosine,
            wind_across: self.wind_speed_factor * sine,
            moisture: self.moisture_factor,
        }
    }

    /// Weather as this member has it.
    pub fn of_weather(&self, given: &Weather) -> Weather {
        self.weather_shift().of(given)
    }
}

/// A member's draws of weather: the wind turned and scaled, every moisture scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeatherShift {
    wind_along: f64,
    wind_across: f64,
    moisture: f64,
}

impl WeatherShift {
    /// Weather as the member has it.
    pub fn of(&self, given: &Weather) -> Weather {
        let (east, north) = (given.wind_10m_east_m_s, given.wind_10m_north_m_s);
        let FuelMoisture { dead, live } = given.moisture;
        let moist = |moisture: f64| moisture * self.moisture;
        Weather {
            wind_10m_east_m_s: self.wind_along * east + self.wind_across * north,
            wind_10m_north_m_s: self.wind_along * north - self.wind_across * east,
            moisture: FuelMoisture {
                dead: DeadFuelMoisture {
                    one_hour: moist(dead.one_hour),
                    ten_hour: moist(dead.ten_hour),
                    hundred_hour: moist(dead.hundred_hour),
                },
                live: self.of_live(&live),
            },
        }
    }

    /// Live moisture as the member has it.
    pub fn of_live(&self, given: &LiveFuelMoisture) -> LiveFuelMoisture {
        LiveFuelMoisture { herbaceous: given.herbaceous * self.moisture, woody: given.woody * self.moisture }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lon_deg: f64, lat_deg: f64) -> LonLat {
        LonLat::new(lon_deg, lat_deg).unwrap()
    }

    fn ring(half_deg: f64) -> Vec<LonLat> {
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        corners.map(|(x, y)| place(-119.0 + x * half_deg, 34.5 + y * half_deg)).to_vec()
    }

    #[test]
    fn what_lies_in_a_hole_is_near_its_edge_only() {
        let shape = MappedShape::Area(vec![ring(0.1), ring(0.05)]);
        let mapped = MappedPerimeter { shape, position_sd_m: 0.0 };
        assert!(mapped.is_near(place(-119.07, 34.5), 0.0), "between the rings");
        assert!(!mapped.is_near(place(-119.0, 34.5), 4_000.0), "4.6 km from the hole's edge");
        assert!(mapped.is_near(place(-119.0, 34.5), 5_000.0));
        assert!(!mapped.is_near(place(-119.11, 34.5), 900.0), "918 m outside");
        assert!(mapped.is_near(place(-119.11, 34.5), 930.0));
    }

    #[test]
    fn a_line_has_no_inside_and_is_not_closed() {
        let mapped = MappedPerimeter { shape: MappedShape::Line(ring(0.1)), position_sd_m: 0.0 };
        assert!(!mapped.is_near(place(-119.0, 34.5), 1_000.0));
        assert!(mapped.is_near(place(-118.9, 34.5), 1.0));
        assert!(!mapped.is_near(place(-119.1, 34.5), 1_000.0), "the side that a ring would have");
    }
}
