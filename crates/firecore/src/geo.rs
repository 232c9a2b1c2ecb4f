//! Places on the Earth: longitude and latitude, great-circle distance, and the projected plane of a fire.

use std::fmt;
use std::sync::{Arc, OnceLock};

use proj4rs::Proj;
use serde::{Deserialize, Serialize};

/// Mean radius of the Earth, m. Source: IUGG, R1 of GRS 80 (Moritz 2000).
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A valid position: longitude in -180..=180 and latitude in -90..=90 degrees, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LonLat {
    lon_deg: f64,
    lat_deg: f64,
}

/// Why two numbers are not a position.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PositionError {
    /// The longitude is not finite or out of range.
    #[error("longitude must be a number from -180 to 180 degrees, found {found}")]
    Longitude {
        /// The refused value, degrees.
        found: f64,
    },
    /// The latitude is not finite or out of range.
    #[error("latitude must be a number from -90 to 90 degrees, found {found}")]
    Latitude {
        /// The refused value, degrees.
        found: f64,
    },
}

impl LonLat {
    /// A position from degrees east and degrees north.
    ///
    /// **Errors** name the coordinate and the value found.
    pub fn new(lon_deg: f64, lat_deg: f64) -> Result<Self, PositionError> {
        if !(-180.0..=180.0).contains(&lon_deg) {
            return Err(PositionError::Longitude { found: lon_deg });
        }
        if !(-90.0..=90.0).contains(&lat_deg) {
            return Err(PositionError::Latitude { found: lat_deg });
        }
        Ok(Self { lon_deg, lat_deg })
    }

    /// Degrees east of Greenwich.
    pub fn lon_deg(self) -> f64 {
        self.lon_deg
    }

    /// Degrees north of the equator.
    pub fn lat_deg(self) -> f64 {
        self.lat_deg
    }

    /// Great-circle distance on the mean sphere, m.
    pub fn distance_m(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.lat_deg.to_radians(), other.lat_deg.to_radians());
        let half_lat = (lat_b - lat_a) / 2.0;
        let half_lon = (other.lon_deg - self.lon_deg).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }
}

/// A point of a [`LocalFrame`]'s plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EastNorth {
    /// Easting, m.
    pub east_m: f64,
    /// Northing, m.
    pub north_m: f64,
}

/// The projected plane that a fire is computed in: one zone of WGS 84 / UTM.
///
/// Conformal, with a scale error below 0.1 % out to a zone's edge, so lengths and angles on the grid are
/// those on the ground for every practical purpose.
#[derive(Clone)]
pub struct LocalFrame {
    zone: u8,
    south: bool,
    /// Shared, for a projection is large and a frame is part of every result.
    projection: Arc<Projection>,
}

struct Projection {
    plane: Proj,
    sphere: Proj,
}

impl fmt::Debug for LocalFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalFrame(EPSG:{})", self.epsg())
    }
}

impl PartialEq for LocalFrame {
    fn eq(&self, other: &Self) -> bool {
        self.epsg() == other.epsg()
    }
}

impl LocalFrame {
    /// The UTM zone that contains a position.
    pub fn at(place: LonLat) -> Self {
        let zone = ((place.lon_deg + 180.0) / 6.0).floor() as i32;
        Self::utm(zone.clamp(0, 59) as u8 + 1, place.lat_deg < 0.0)
    }

    /// UTM zone 1 to 60, north or south of the equator.
    pub fn utm(zone: u8, south: bool) -> Self {
        /// One for each zone of each hemisphere, made when it is first asked for.
        static PROJECTIONS: [[OnceLock<Arc<Projection>>; 60]; 2] =
            [const { [const { OnceLock::new() }; 60] }; 2];
        assert!((1..=60).contains(&zone), "BUG: UTM zone {zone} does not exist");
        let known = &PROJECTIONS[usize::from(south)][usize::from(zone) - 1];
        let projection = known.get_or_init(|| {
            let hemisphere = if south { " +south" } else { "" };
            let definition = format!("+proj=utm +zone={zone}{hemisphere} +datum=WGS84 +units=m +no_defs");
            Arc::new(Projection {
                plane: Proj::from_proj_string(&definition)
                    .expect("a UTM definition with a valid zone parses"),
                sphere: Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs")
                    .expect("the WGS 84 definition parses"),
            })
        });
        Self { zone, south, projection: Arc::clone(projection) }
    }

    /// True where the frame is this zone; far cheaper than to make that zone's frame for a comparison.
    pub fn is_utm(&self, zone: u8, south: bool) -> bool {
        (self.zone, self.south) == (zone, south)
    }

    /// The frame's EPSG code: 32601 to 32660 north, 32701 to 32760 south.
    pub fn epsg(&self) -> u16 {
        u16::from(self.zone) + if self.south { 32700 } else { 32600 }
    }

    /// Longitude and latitude to the plane.
    pub fn to_plane(&self, place: LonLat) -> EastNorth {
        let mut point = (place.lon_deg.to_radians(), place.lat_deg.to_radians(), 0.0);
        proj4rs::transform::transform(&self.projection.sphere, &self.projection.plane, &mut point)
            .expect("a valid position has an image in a UTM plane");
        EastNorth { east_m: point.0, north_m: point.1 }
    }

    /// The plane back to longitude and latitude.
    pub fn to_lon_lat(&self, point: EastNorth) -> LonLat {
        let mut place = (point.east_m, point.north_m, 0.0);
        proj4rs::transform::transform(&self.projection.plane, &self.projection.sphere, &mut place)
            .expect("a point of a UTM plane has a position");
        let lon_deg = place.0.to_degrees();
        let wrapped_deg = lon_deg - 360.0 * ((lon_deg + 180.0) / 360.0).floor();
        LonLat { lon_deg: wrapped_deg.clamp(-180.0, 180.0), lat_deg: place.1.to_degrees().clamp(-90.0, 90.0) }
    }

    /// Angle from true north to the plane's north at a place, clockwise, rad.
    ///
    /// A compass bearing minus this angle is the bearing on the grid.
    pub fn convergence_rad(&self, place: LonLat) -> f64 {
        let here = self.to_plane(place);
        let grid_north = EastNorth { east_m: here.east_m, north_m: here.north_m + 100.0 };
        let there = self.to_lon_lat(grid_north);
        let east = (there.lon_deg - place.lon_deg) * place.lat_deg.to_radians().cos();
        east.atan2(there.lat_deg - place.lat_deg)
    }
}

/// A box of longitude and latitude. `west_deg > east_deg` means that it crosses the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Western edge, degrees east.
    pub west_deg: f64,
    /// Southern edge, degrees north.
    pub south_deg: f64,
    /// Eastern edge, degrees east.
    pub east_deg: f64,
    /// Northern edge, degrees north.
    pub north_deg: f64,
}

impl Bounds {
    /// The box around some places, which span less than half the Earth; `None` where there are none.
    pub fn of(places: impl IntoIterator<Item = LonLat>) -> Option<Self> {
        let mut places = places.into_iter();
        let LonLat { lon_deg, lat_deg } = places.next()?;
        let (mut west, mut east) = (0.0_f64, 0.0_f64);
        let (mut south_deg, mut north_deg) = (lat_deg, lat_deg);
        for place in places {
            // Counted from the first, so that the antimeridian is no edge.
            let apart = wrapped_deg(place.lon_deg - lon_deg);
            (west, east) = (west.min(apart), east.max(apart));
            (south_deg, north_deg) = (south_deg.min(place.lat_deg), north_deg.max(place.lat_deg));
        }
        let (west_deg, east_deg) = (wrapped_deg(lon_deg + west), wrapped_deg(lon_deg + east));
        Some(Self { west_deg, south_deg, east_deg, north_deg })
    }

    /// A box that is larger on each side by a share of its longer edge, in degrees.
    pub fn grown(&self, share: f64) -> Self {
        let width = width_deg(self.west_deg, self.east_deg);
        let spare_deg = share * width.max(self.north_deg - self.south_deg);
        let (west_deg, east_deg) = match width + 2.0 * spare_deg {
            all if all >= 360.0 => (-180.0, 180.0),
            _ => (wrapped_deg(self.west_deg - spare_deg), wrapped_deg(self.east_deg + spare_deg)),
        };
        Self {
            west_deg,
            south_deg: (self.south_deg - spare_deg).max(-90.0),
            east_deg,
            north_deg: (self.north_deg + spare_deg).min(90.0),
        }
    }

    /// Whether both have a place in common; an edge is enough.
    pub fn touches(&self, other: &Self) -> bool {
        let begins_in = |a: &Self, b: &Self| {
            (b.west_deg - a.west_deg).rem_euclid(360.0) <= width_deg(a.west_deg, a.east_deg)
        };
        (begins_in(self, other) || begins_in(other, self))
            && self.south_deg <= other.north_deg
            && other.south_deg <= self.north_deg
    }

    /// The narrowest box around both.
    pub fn around(&self, other: &Self) -> Self {
        let holds = |west_deg: f64, east_deg: f64| {
            [self, other].iter().all(|one| {
                let inside_deg = width_deg(west_deg, one.west_deg) + width_deg(one.west_deg, one.east_deg);
                // A rounding error is no gap.
                inside_deg <= width_deg(west_deg, east_deg) + 1e-9
            })
        };
        let wests = [self.west_deg, other.west_deg];
        let edges = wests.iter().flat_map(|west| [self.east_deg, other.east_deg].map(|east| (*west, east)));
        let narrowest = edges
            .filter(|(west, east)| holds(*west, *east))
            .min_by(|a, b| width_deg(a.0, a.1).total_cmp(&width_deg(b.0, b.1)));
        let (west_deg, east_deg) = narrowest.unwrap_or((-180.0, 180.0));
        let (south_deg, north_deg) =
            (self.south_deg.min(other.south_deg), self.north_deg.max(other.north_deg));
        Self { west_deg, south_deg, east_deg, north_deg }
    }

    /// The place in its middle.
    pub fn middle(&self) -> LonLat {
        let width_deg = (self.east_deg - self.west_deg).rem_euclid(360.0);
        let lon_deg = wrapped_deg(self.west_deg + 0.5 * width_deg);
        LonLat { lon_deg, lat_deg: 0.5 * (self.south_deg + self.north_deg) }
    }
}

/// From a western edge eastward to an eastern one; 360 all around.
fn width_deg(west_deg: f64, east_deg: f64) -> f64 {
    match east_deg - west_deg {
        all if all >= 360.0 => 360.0,
        width => width.rem_euclid(360.0),
    }
}

/// A longitude, or a difference of two, from -180 up to 180 degrees; one that lies there stays as it is to the last bit.
pub fn wrapped_deg(lon_deg: f64) -> f64 {
    match (-180.0..180.0).contains(&lon_deg) {
        true => lon_deg,
        false => (lon_deg + 180.0).rem_euclid(360.0) - 180.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_around_two_is_the_narrowest() {
        let bounds = |west_deg, east_deg| Bounds { west_deg, south_deg: 0.0, east_deg, north_deg: 1.0 };
        for (a, b, west_deg, east_deg) in [
            ((1.0, 2.0), (3.0, 4.0), 1.0, 4.0),
            ((1.0, 4.0), (2.0, 3.0), 1.0, 4.0),
            ((179.0, 179.5), (-179.0, -178.0), 179.0, -178.0),
            ((170.0, -170.0), (175.0, 178.0), 170.0, -170.0),
            ((-5.0, -5.0), (5.0, 5.0), -5.0, 5.0),
            ((-180.0, 180.0), (5.0, 5.0), -180.0, 180.0),
        ] {
            let (a, b) = (bounds(a.0, a.1), bounds(b.0, b.1));
            assert_eq!([a.around(&b), b.around(&a)], [bounds(west_deg, east_deg); 2], "{a:?} {b:?}");
        }
    }

    #[test]
    fn the_box_around_places_and_one_a_little_larger_cross_the_antimeridian() {
        let of = |places: &[(f64, f64)]| {
            Bounds::of(places.iter().map(|(lon, lat)| LonLat::new(*lon, *lat).expect("a place")))
        };
        let bounds =
            |west_deg, south_deg, east_deg, north_deg| Bounds { west_deg, south_deg, east_deg, north_deg };
        assert_eq!(of(&[]), None);
        // To the last bit: a place lies in the box around it.
        assert_eq!(of(&[(0.1, 0.0)]), Some(bounds(0.1, 0.0, 0.1, 0.0)));
        assert_eq!(of(&[(1.0, 2.0)]), Some(bounds(1.0, 2.0, 1.0, 2.0)));
        assert_eq!(of(&[(1.0, 2.0), (3.0, 1.0), (-2.0, 0.0)]), Some(bounds(-2.0, 0.0, 3.0, 2.0)));
        assert_eq!(of(&[(179.0, 2.0), (-179.0, 3.0)]), Some(bounds(179.0, 2.0, -179.0, 3.0)));
        assert_eq!(bounds(179.0, 2.0, -179.0, 3.0).grown(0.5), bounds(178.0, 1.0, -178.0, 4.0));
        assert_eq!(bounds(-180.0, -80.0, 180.0, 80.0).grown(0.1), bounds(-180.0, -90.0, 180.0, 90.0));
    }

    #[test]
    fn boxes_touch_by_an_edge_over_the_antimeridian_and_inside_each_other() {
        let bounds = |west_deg, east_deg| Bounds { west_deg, south_deg: 0.0, east_deg, north_deg: 1.0 };
        for (a, b, expected) in [
            ((1.0, 2.0), (2.0, 3.0), true),
            ((1.0, 2.0), (2.1, 3.0), false),
            ((1.0, 4.0), (2.0, 3.0), true),
            ((179.0, -179.0), (-179.5, -178.0), true),
            ((179.0, -179.0), (-178.9, -178.0), false),
            ((-180.0, 180.0), (5.0, 5.0), true),
        ] {
            let (a, b) = (bounds(a.0, a.1), bounds(b.0, b.1));
            assert_eq!([a.touches(&b), b.touches(&a)], [expected; 2], "{a:?} {b:?}");
            let above = Bounds { south_deg: 1.5, north_deg: 2.0, ..b };
            assert!(!a.touches(&above));
        }
    }
}
