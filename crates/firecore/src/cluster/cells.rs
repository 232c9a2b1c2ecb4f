//! The globe cut into cells so small that any two positions in a cell are within the link radius.
//!
//! Rows follow latitude; each band of four rows has its own number of columns, so that cells keep their
//! width toward the poles. Sixteen cells share one entry of the hash map: what lies around a position is
//! then two or three look-ups away, where single cells would take sixteen.

use std::collections::HashMap;
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::hash::{BuildHasherDefault, Hasher};

use crate::geo::{EARTH_RADIUS_M, LonLat};
use crate::sphere::UnitVector;

/// Rows and columns of a block.
const BLOCK: u32 = 4;

/// No cell.
const NONE: u32 = u32::MAX;

/// Which cells are occupied, by place; occupied cells are numbered from 0.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    /// The link radius with a margin that rounding of the angles stays far below.
    reach_rad: f64,
    reach_sin: f64,
    rows_per_rad: f64,
    rows: u32,
    /// Columns around the Earth in each band of [`BLOCK`] rows, from the south pole; 0: not yet needed.
    cols: Vec<u32>,
    blocks: HashMap<u64, [u32; (BLOCK * BLOCK) as usize], BuildHasherDefault<KeyHasher>>,
    occupied: u32,
}

/// A position in angles that are never negative, from the south pole and from the antimeridian.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    north_rad: f64,
    east_rad: f64,
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

impl Cells {
    /// No cell is occupied yet. `radius_m` must be 10 m to 100 km.
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
            cols: vec![0; rows.div_ceil(BLOCK) as usize],
            blocks: HashMap::default(),
            occupied: 0,
        }
    }

    /// The cell of a position, and whether it was opened by this.
    pub(super) fn open(&mut self, spot: Spot) -> (u32, bool) {
        let row = ((spot.north_rad * self.rows_per_rad) as u32).min(self.rows - 1);
        let cols = self.cols_of(row / BLOCK);
        let col = ((spot.east_rad * (f64::from(cols) / TAU)) as u32).min(cols - 1);
        let block = self.blocks.entry(key(row / BLOCK, col / BLOCK)).or_insert([NONE; 16]);
        let slot = &mut block[(row % BLOCK * BLOCK + col % BLOCK) as usize];
        let opened = *slot == NONE;
        if opened {
            *slot = self.occupied;
            self.occupied += 1;
        }
        (*slot, opened)
    }

    /// Calls `visit` with every occupied cell that may hold a position within the link radius.
    pub(super) fn for_each_near(&mut self, spot: Spot, mut visit: impl FnMut(u32)) {
        let south = ((spot.north_rad - self.reach_rad).max(0.0) * self.rows_per_rad) as u32;
        let north = (((spot.north_rad + self.reach_rad) * self.rows_per_rad) as u32).min(self.rows - 1);
        let half_rad = self.half_width_rad(spot);
        for band in south / BLOCK..=north / BLOCK {
            let cols = self.cols_of(band);
            let per_rad = f64::from(cols) / TAU;
            let west = ((spot.east_rad - half_rad) * per_rad).floor() as i64;
            let east = (((spot.east_rad + half_rad) * per_rad) as i64).min(west + i64::from(cols) - 1);
            let rows = south.max(band * BLOCK)..=north.min(band * BLOCK + BLOCK - 1);
            let mut left = (east - west + 1) as u32;
            let mut col = west.rem_euclid(i64::from(cols)) as u32;
            while left > 0 {
                // Columns up to the end of this block, of the circle, or of the window.
                let run = (BLOCK - col % BLOCK).min(cols - col).min(left);
                if let Some(block) = self.blocks.get(&key(band, col / BLOCK)) {
                    for row in rows.clone() {
                        let start = (row % BLOCK * BLOCK + col % BLOCK) as usize;
                        let found = block[start..start + run as usize].iter().filter(|&&cell| cell != NONE);
                        found.for_each(|&cell| visit(cell));
                    }
                }
                left -= run;
                col = if col + run == cols { 0 } else { col + run };
            }
        }
    }

    /// Half the width in longitude of the circle that the link radius draws; all of it where a pole is inside.
    fn half_width_rad(&self, spot: Spot) -> f64 {
        let sine = self.reach_sin / spot.lat_cos;
        let pole_inside = spot.north_rad.min(PI - spot.north_rad) <= self.reach_rad;
        match sine {
            // The arcsine exceeds its sine by less than a sixth of the cube and a tenth of the fifth power.
            sine if sine < 0.1 => sine * (1.0 + sine * sine * 0.17) + 1e-12,
            sine if sine < 1.0 && !pole_inside => sine.asin() + 1e-12,
            _ => PI,
        }
    }

    /// Columns around the Earth in a band: so many that no cell is wider than high, at the band's widest row.
    fn cols_of(&mut self, band: u32) -> u32 {
        let cols = &mut self.cols[band as usize];
        if *cols == 0 {
            let row_rad = 1.0 / self.rows_per_rad;
            let south_rad = f64::from(band * BLOCK) * row_rad - FRAC_PI_2;
            let north_rad = south_rad + f64::from(BLOCK) * row_rad;
            let over_equator = south_rad <= 0.0 && north_rad >= 0.0;
            let widest_rad = if over_equator { 0.0 } else { south_rad.abs().min(north_rad.abs()) };
            *cols = (TAU * widest_rad.cos() / row_rad).ceil().max(1.0) as u32;
        }
        *cols
    }
}

fn key(band: u32, block_col: u32) -> u64 {
    u64::from(band) << 32 | u64::from(block_col)
}

/// Hashes one 64-bit key by a multiplication; the standard hasher takes several times as long.
#[derive(Clone, Copy, Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        // 2^64 over the golden ratio, odd; the fold brings the well-mixed high half down.
        let product = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
}
