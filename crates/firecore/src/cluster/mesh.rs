//! The globe cut into cells so small that any two positions in a cell are within the link radius.
//!
//! Rows follow latitude; each band of four rows has its own number of columns, so that cells keep their
//! width toward the poles.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use crate::geo::{EARTH_RADIUS_M, LonLat};
use crate::sphere::UnitVector;

/// Rows that share their number of columns.
pub(super) const BAND_ROWS: u32 = 4;

/// Where the cells lie, and how far around a position or a cell the link radius reaches.
#[derive(Clone, Debug)]
pub(super) struct Mesh {
    /// The link radius with a margin that rounding of the angles stays far below.
    reach_rad: f64,
    reach_sin: f64,
    rows_per_rad: f64,
    rows: u32,
    /// Columns around the Earth in each band, from the south pole; 0: not yet needed.
    cols: Vec<u32>,
}

/// A position in angles that are never negative, from the south pole and from the antimeridian.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) north_rad: f64,
    pub(super) east_rad: f64,
    lat_cos: f64,
}

impl Spot {
    pub(super) fn new(place: LonLat, at: UnitVector) -> Self {
        Self {
            north_rad: place.lat_deg().to_radians() + FRAC_PI_2,
            east_rad: place.lon_deg().to_radians() + PI,
            lat_cos: (at[0] * at[0] + at[1] * at[1]).sqrt(),
        }
    }
}

impl Mesh {
    /// `radius_m` must be 10 m to 100 km.
    pub(super) fn new(radius_m: f64) -> Self {
        let radius_rad = radius_m / EARTH_RADIUS_M;
        let reach_rad = radius_rad * (1.0 + 1e-9) + 1e-12;
        // A cell's diagonal is the radius, less a thousandth for rounding and for the chord.
        let rows = (PI / (radius_rad * 0.999 / 2f64.sqrt())).ceil() as u32;
        Self {
            reach_rad,
            reach_sin: reach_rad.sin(),
            rows_per_rad: f64::from(rows) / PI,
            rows,
            cols: vec![0; rows.div_ceil(BAND_ROWS) as usize],
        }
    }

    /// Row and column of the cell that holds a position, and the number of columns there.
    pub(super) fn locate(&mut self, spot: Spot) -> (u32, u32, u32) {
        let row = ((spot.north_rad * self.rows_per_rad) as u32).min(self.rows - 1);
        let cols = self.cols_of(row / BAND_ROWS);
        let col = ((spot.east_rad * (f64::from(cols) / TAU)) as u32).min(cols - 1);
        (row, col, cols)
    }

    /// The southernmost and northernmost row within the link radius.
    pub(super) fn rows_near(&self, spot: Spot) -> (u32, u32) {
        let south = ((spot.north_rad - self.reach_rad).max(0.0) * self.rows_per_rad) as u32;
        let north = (((spot.north_rad + self.reach_rad) * self.rows_per_rad) as u32).min(self.rows - 1);
        (south, north)
    }

    /// Half the width in longitude of the circle that the link radius draws around a position.
    pub(super) fn half_width_rad(&self, spot: Spot) -> f64 {
        self.half_width_at(spot.lat_cos, spot.north_rad.min(PI - spot.north_rad))
    }

    /// The widest of a row's circles.
    pub(super) fn half_width_of_row_rad(&self, row: u32) -> f64 {
        let edges = [row, row + 1].map(|edge| f64::from(edge) / self.rows_per_rad);
        let to_pole_rad = edges[0].min(PI - edges[1]).max(0.0);
        self.half_width_at(to_pole_rad.sin(), to_pole_rad)
    }

    /// The whole circle of longitude where a pole lies inside.
    fn half_width_at(&self, lat_cos: f64, to_pole_rad: f64) -> f64 {
        match self.reach_sin / lat_cos {
            // The arcsine exceeds its sine by less than 0.17 of the cube.
            sine if sine < 0.1 => sine * (1.0 + sine * sine * 0.17) + 1e-12,
            sine if sine < 1.0 && to_pole_rad > self.reach_rad => sine.asin() + 1e-12,
            _ => PI,
        }
    }

    /// Columns around the Earth in a band: so many that no cell is wider than high, at the band's widest row.
    pub(super) fn cols_of(&mut self, band: u32) -> u32 {
        let cols = &mut self.cols[band as usize];
        if *cols == 0 {
            let row_rad = 1.0 / self.rows_per_rad;
            let south_rad = f64::from(band * BAND_ROWS) * row_rad - FRAC_PI_2;
            let north_rad = south_rad + f64::from(BAND_ROWS) * row_rad;
            let over_equator = south_rad <= 0.0 && north_rad >= 0.0;
            let widest_rad = if over_equator { 0.0 } else { south_rad.abs().min(north_rad.abs()) };
            *cols = (TAU * widest_rad.cos() / row_rad).ceil().max(1.0) as u32;
        }
        *cols
    }
}
