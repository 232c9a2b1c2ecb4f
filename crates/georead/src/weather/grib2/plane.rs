//! The plane that a grid is even in: degrees, or metres of a conformal projection.
//!
//! Source: Snyder (1987), "Map projections: a working manual", USGS Professional Paper 1395, equations 7-7, 7-9, 14-15, 15-1 to 15-9,
//! 21-33 and 21-34. A polar stereographic plane is the Lambert cone whose constant is 1 (north) or -1 (south).

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, TAU};

/// Rounds of the latitude's iteration. Reason: each gains two digits and more, so that six reach 1e-12 rad.
const ROUNDS: usize = 8;

/// A parallel this near the pole is the pole, rad: the cone's scale would be 0/0.
const POLE_RAD: f64 = 1e-9;

/// The Earth's shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Earth {
    /// Half its larger axis, m.
    pub(super) radius_m: f64,
    /// First eccentricity; 0 for a sphere.
    pub(super) eccentricity: f64,
}

/// A point of the plane: metres, or degrees for [`Plane::Degrees`].
pub(super) type Point = (f64, f64);

/// How longitude and latitude (degrees) lie in the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plane {
    /// As they are.
    Degrees,
    /// A cylinder.
    Mercator {
        eccentricity: f64,
        /// Radius times the cosine of the true parallel, m.
        scale_m: f64,
        /// Where x is 0, rad.
        lon_rad: f64,
    },
    /// A cone.
    Cone {
        eccentricity: f64,
        /// Sine of the cone: how much of the turn a turn of longitude takes; negative about the south pole.
        constant: f64,
        /// Distance from the pole where t is 1, m; negative about the south pole.
        scale_m: f64,
        /// Where x is 0, rad.
        lon_rad: f64,
    },
}

impl Plane {
    /// Mercator, true at a latitude.
    pub(super) fn mercator(earth: Earth, true_rad: f64, lon_rad: f64) -> Self {
        let Earth { radius_m, eccentricity } = earth;
        Self::Mercator { eccentricity, scale_m: radius_m * parallel(eccentricity, true_rad), lon_rad }
    }

    /// A cone, true at two latitudes of one sign that may be one; `None` where they make no cone.
    pub(super) fn cone(earth: Earth, true_rad: (f64, f64), lon_rad: f64) -> Option<Self> {
        let Earth { radius_m, eccentricity } = earth;
        let at = |lat_rad: f64| (parallel(eccentricity, lat_rad), isometric(eccentricity, lat_rad));
        let ((m1, t1), (m2, t2)) = (at(true_rad.0), at(true_rad.1));
        let one = (true_rad.0 - true_rad.1).abs() < 1e-9;
        let constant = if one { true_rad.0.sin() } else { (m1.ln() - m2.ln()) / (t1.ln() - t2.ln()) };
        let scale_m = radius_m * m1 / (constant * t1.powf(constant));
        let sound = constant.is_finite() && constant.abs() > 1e-3 && scale_m.is_normal();
        sound.then_some(Self::Cone { eccentricity, constant, scale_m, lon_rad })
    }

    /// A plane at a pole, true at a latitude of its half.
    pub(super) fn polar(earth: Earth, true_rad: f64, lon_rad: f64, south: bool) -> Self {
        let Earth { radius_m, eccentricity } = earth;
        let constant = if south { -1.0 } else { 1.0 };
        // Turned north: the south is its mirror.
        let up_rad = true_rad * constant;
        let scale_m = if FRAC_PI_2 - up_rad < POLE_RAD {
            let (one, e) = (1.0, eccentricity);
            2.0 * radius_m / ((one + e).powf(one + e) * (one - e).powf(one - e)).sqrt()
        } else {
            radius_m * parallel(eccentricity, up_rad) / isometric(eccentricity, up_rad)
        };
        Self::Cone { eccentricity, constant, scale_m: scale_m * constant, lon_rad }
    }

    /// Where a place (degrees) lies; its longitude is taken within half a turn of the plane's own.
    pub(super) fn of_degrees(&self, lon_deg: f64, lat_deg: f64) -> Point {
        let lat_rad = lat_deg.to_radians();
        match *self {
            Self::Degrees => (lon_deg, lat_deg),
            Self::Mercator { eccentricity, scale_m, lon_rad } => {
                let east_rad = half_turn(lon_deg.to_radians() - lon_rad);
                (scale_m * east_rad, -scale_m * isometric(eccentricity, lat_rad).ln())
            }
            Self::Cone { eccentricity, constant, scale_m, lon_rad } => {
                let turn_rad = constant * half_turn(lon_deg.to_radians() - lon_rad);
                let from_pole_m = scale_m * isometric(eccentricity, lat_rad).powf(constant);
                (from_pole_m * turn_rad.sin(), -from_pole_m * turn_rad.cos())
            }
        }
    }

    /// The place, degrees, of a point: the way back.
    pub(super) fn degrees_of(&self, (x, y): Point) -> (f64, f64) {
        match *self {
            Self::Degrees => (x, y),
            Self::Mercator { eccentricity, scale_m, lon_rad } => {
                let lat_rad = latitude(eccentricity, (-y / scale_m).exp());
                ((lon_rad + x / scale_m).to_degrees(), lat_rad.to_degrees())
            }
            Self::Cone { eccentricity, constant, scale_m, lon_rad } => {
                let side = constant.signum();
                let turn_rad = (side * x).atan2(-side * y);
                let t = (x.hypot(y) / scale_m.abs()).powf(constant.recip());
                ((lon_rad + turn_rad / constant).to_degrees(), latitude(eccentricity, t).to_degrees())
            }
        }
    }

    /// How far the plane's y axis lies clockwise of true north at a longitude, rad.
    pub(super) fn convergence_rad(&self, lon_deg: f64) -> f64 {
        match *self {
            Self::Degrees | Self::Mercator { .. } => 0.0,
            Self::Cone { constant, lon_rad, .. } => constant * half_turn(lon_deg.to_radians() - lon_rad),
        }
    }
}

/// An angle within half a turn of 0, rad.
fn half_turn(angle_rad: f64) -> f64 {
    angle_rad - TAU * (angle_rad / TAU).round()
}

/// A parallel's radius over the Earth's. Snyder's m.
fn parallel(eccentricity: f64, lat_rad: f64) -> f64 {
    let stretched = eccentricity * lat_rad.sin();
    lat_rad.cos() / (1.0 - stretched * stretched).sqrt()
}

/// Snyder's t: the tangent of half the distance from the north pole, on the sphere that keeps angles.
fn isometric(eccentricity: f64, lat_rad: f64) -> f64 {
    (FRAC_PI_4 - 0.5 * lat_rad).tan().max(0.0) / flattened(eccentricity, lat_rad)
}

fn flattened(eccentricity: f64, lat_rad: f64) -> f64 {
    let stretched = eccentricity * lat_rad.sin();
    ((1.0 - stretched) / (1.0 + stretched)).powf(0.5 * eccentricity)
}

/// The latitude, rad, of Snyder's t.
fn latitude(eccentricity: f64, t: f64) -> f64 {
    let mut lat_rad = FRAC_PI_2 - 2.0 * t.atan();
    if eccentricity > 0.0 {
        for _ in 0..ROUNDS {
            lat_rad = FRAC_PI_2 - 2.0 * (t * flattened(eccentricity, lat_rad)).atan();
        }
    }
    lat_rad
}

#[cfg(test)]
mod tests;
