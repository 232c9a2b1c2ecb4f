//! Places as unit vectors: no poles and no antimeridian, and distances without trigonometry.

use crate::geo::{EARTH_RADIUS_M, LonLat};

/// A point of the unit sphere: x toward 0° E on the equator, y toward 90° E, z toward the north pole.
pub(crate) type UnitVector = [f64; 3];

/// The unit vector of a place.
pub(crate) fn unit_vector(place: LonLat) -> UnitVector {
    let (lat_sin, lat_cos) = place.lat_deg().to_radians().sin_cos();
    let (lon_sin, lon_cos) = place.lon_deg().to_radians().sin_cos();
    [lat_cos * lon_cos, lat_cos * lon_sin, lat_sin]
}

/// The place of a unit vector.
pub(crate) fn place_of(vector: UnitVector) -> LonLat {
    let [x, y, z] = vector;
    let (lon_deg, lat_deg) = (y.atan2(x).to_degrees(), z.atan2(x.hypot(y)).to_degrees());
    LonLat::new(lon_deg, lat_deg).expect("angles of a unit vector are a position")
}

/// Squared length of the chord between two points of the unit sphere; it rises with their distance.
pub(crate) fn chord2(a: UnitVector, b: UnitVector) -> f64 {
    let between = minus(a, b);
    dot(between, between)
}

/// Squared chord of a great-circle distance in metres.
pub(crate) fn chord2_of(distance_m: f64) -> f64 {
    (2.0 * (distance_m / EARTH_RADIUS_M / 2.0).sin()).powi(2)
}

/// Great-circle distance in metres of a squared chord.
pub(crate) fn distance_m_of(chord2: f64) -> f64 {
    2.0 * EARTH_RADIUS_M * (chord2.sqrt() / 2.0).min(1.0).asin()
}

pub(crate) fn minus(a: UnitVector, b: UnitVector) -> UnitVector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(crate) fn dot(a: UnitVector, b: UnitVector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn cross(a: UnitVector, b: UnitVector) -> UnitVector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
