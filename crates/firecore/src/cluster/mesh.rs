//! The globe cut into cells so small that any two positions in a cell are within a given distance.
//!
//! Rows follow latitude; each band of four rows has its own number of columns, so that cells keep their
//! width toward the poles.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use crate::geo::LonLat;
use crate::sphere::UnitVector;

/// Rows that share their number of columns.
pub(super) const BAND_ROWS: u32 = 4;

/// Where the cells lie, and which of them are near a position or a row.
#[derive(Clone, Debug)]
pub(super) struct Mesh {
    rows_per_rad: f64,
    rows: u32,
    /// Columns around the Earth in each band, from the south pole; 0: not yet needed.
    cols: Vec<u32>,
}

/// How far is near: a distance with a margin that rounding of the angles stays far below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    rad: f64,
    sin: f64,
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

impl Reach {
    /// Of an angle seen from the middle of the Earth.
    pub(super) fn new(rad: f64) -> Self {
        let rad = rad * (1.0 + 1e-9) + 1e-12;
        Self { rad, sin: rad.sin() }
    }

    /// Half the width in longitude of the circle around a position.
    pub(super) fn half_width_rad(&self, spot: Spot) -> f64 {
        self.half_width_at(spot.lat_cos, spot.north_rad.min(PI - spot.north_rad))
    }

    /// The whole circle of longitude where a pole lies inside.
    fn half_width_at(&self, lat_cos: f64, to_pole_rad: f64) -> f64 {
        match self.sin / lat_cos {
            // The arcsine exceeds its sine by less than 0.17 of the cube.
            sine if sine < 0.1 => sine * (1.0 + sine * sine * 0.17) + 1e-12,
            sine if sine < 1.0 && to_pole_rad > self.rad => sine.asin() + 1e-12,
            _ => PI,
        }
    }
}

impl Mesh {
    /// Any two positions of a cell are within this angle, which must be about 1e-6 to 0.01 (6 m to 60 km).
    pub(super) fn new(cell_rad: f64) -> Self {
        // A cell's diagonal is that, less a thousandth for rounding and for the chord.
        let rows = (PI / (cell_rad * 0.999 / 2f64.sqrt())).ceil() as u32;
        Self { rows_per_rad: f64::from(rows) / PI, rows, cols: vec![0; rows.div_ceil(BAND_ROWS) as usize] }
    }

    /// Row and column of the cell that holds a position.
    pub(super) fn locate(&mut self, spot: Spot) -> (u32, u32) {
        let row = ((spot.north_rad * self.rows_per_rad) as u32).min(self.rows - 1);
        let cols = self.cols_of(row / BAND_ROWS);
        let col = ((spot.east_rad * (f64::from(cols) / TAU)) as u32).min(cols - 1);
        (row, col)
    }

    /// The southernmost and northernmost row within reach of a position.
    pub(super) fn rows_near(&self, spot: Spot, reach: Reach) -> (u32, u32) {
        self.rows_between(spot.north_rad - reach.rad, spot.north_rad + reach.rad)
    }

    /// The southernmost and northernmost row within reach of a row of another mesh, or of this one.
    pub(super) fn rows_near_row(&self, other: &Self, row: u32, reach: Reach) -> (u32, u32) {
        let [south_rad, north_rad] = other.edges_rad(row);
        self.rows_between(south_rad - reach.rad, north_rad + reach.rad)
    }

    /// Half the width of the widest circle around the positions of a row.
    pub(super) fn half_width_of_row_rad(&self, row: u32, reach: Reach) -> f64 {
        let edges = self.edges_rad(row);
        let to_pole_rad = edges[0].min(PI - edges[1]).max(0.0);
        reach.half_width_at(to_pole_rad.sin(), to_pole_rad)
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

    fn rows_between(&self, south_rad: f64, north_rad: f64) -> (u32, u32) {
        let south = (south_rad.max(0.0) * self.rows_per_rad) as u32;
        let north = ((north_rad * self.rows_per_rad) as u32).min(self.rows - 1);
        (south.min(north), north)
    }

    fn edges_rad(&self, row: u32) -> [f64; 2] {
        [row, row + 1].map(|edge| f64::from(edge) / self.rows_per_rad)
    }
}
