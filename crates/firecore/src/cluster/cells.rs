//! Which cells of a [mesh](super::mesh) are occupied in one span of time, kept while positions arrive.
//!
//! Sixteen cells share one entry of the hash map: what lies around a position is then two or three look-ups
//! away, where single cells would take sixteen.

use std::collections::HashMap;
use std::f64::consts::TAU;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::RangeInclusive;

use super::mesh::{BAND_ROWS, Mesh, Reach, Spot};

/// Rows and columns of a block.
const BLOCK: u32 = BAND_ROWS;

/// No content.
pub(super) const NONE: u32 = u32::MAX;

type Block = [u32; (BLOCK * BLOCK) as usize];

/// Occupied cells by place, each with a number that stands for its content.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    blocks: HashMap<u64, Block, BuildHasherDefault<KeyHasher>>,
}

impl Cells {
    /// The content of the cell that holds a position; [`NONE`] where it is not occupied yet, and the caller then sets it.
    pub(super) fn at(&mut self, mesh: &mut Mesh, spot: Spot) -> &mut u32 {
        let (row, col) = mesh.locate(spot);
        let block = self.blocks.entry(key(row / BLOCK, col / BLOCK)).or_insert([NONE; 16]);
        &mut block[(row % BLOCK * BLOCK + col % BLOCK) as usize]
    }

    /// Calls `visit` with the content of every occupied cell that may hold a position within reach.
    ///
    /// It may hear of others too: where fewer blocks are occupied than lie around, all are looked at.
    pub(super) fn for_each_near(
        &self,
        mesh: &mut Mesh,
        spot: Spot,
        reach: Reach,
        mut visit: impl FnMut(u32),
    ) {
        let (south, north) = mesh.rows_near(spot, reach);
        let half_rad = reach.half_width_rad(spot);
        let bands = south / BLOCK..=north / BLOCK;
        let blocks_near = bands.clone().count().pow(2);
        if blocks_near > self.blocks.len() {
            self.blocks.values().flatten().filter(|&&cell| cell != NONE).for_each(|&cell| visit(cell));
            return;
        }
        for band in bands {
            let rows = south.max(band * BLOCK)..=north.min(band * BLOCK + BLOCK - 1);
            self.for_each_in_band(mesh.cols_of(band), rows, spot.east_rad, half_rad, &mut visit);
        }
    }

    /// As `for_each_near`, in some rows of one band.
    fn for_each_in_band(
        &self,
        cols: u32,
        rows: RangeInclusive<u32>,
        east_rad: f64,
        half_rad: f64,
        visit: &mut impl FnMut(u32),
    ) {
        let band = *rows.start() / BLOCK;
        let per_rad = f64::from(cols) / TAU;
        let west = ((east_rad - half_rad) * per_rad).floor() as i64;
        let east = (((east_rad + half_rad) * per_rad) as i64).min(west + i64::from(cols) - 1);
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
