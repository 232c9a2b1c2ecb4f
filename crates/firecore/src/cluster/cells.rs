//! Which cells of the [mesh](super::mesh) are occupied, kept while positions arrive.
//!
//! Sixteen cells share one entry of the hash map: what lies around a position is then two or three look-ups
//! away, where single cells would take sixteen.

use std::collections::HashMap;
use std::f64::consts::TAU;
use std::hash::{BuildHasherDefault, Hasher};

use super::mesh::{BAND_ROWS, Mesh, Spot};

/// Rows and columns of a block.
const BLOCK: u32 = BAND_ROWS;

/// No cell.
const NONE: u32 = u32::MAX;

/// Occupied cells by place, numbered from 0.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    mesh: Mesh,
    blocks: HashMap<u64, [u32; (BLOCK * BLOCK) as usize], BuildHasherDefault<KeyHasher>>,
    occupied: u32,
}

impl Cells {
    /// No cell is occupied yet. `radius_m` must be 10 m to 100 km.
    pub(super) fn new(radius_m: f64) -> Self {
        Self { mesh: Mesh::new(radius_m), blocks: HashMap::default(), occupied: 0 }
    }

    /// The cell of a position, and whether it was opened by this.
    pub(super) fn open(&mut self, spot: Spot) -> (u32, bool) {
        let (row, col, _) = self.mesh.locate(spot);
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
        let (south, north) = self.mesh.rows_near(spot);
        let half_rad = self.mesh.half_width_rad(spot);
        for band in south / BLOCK..=north / BLOCK {
            let cols = self.mesh.cols_of(band);
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
