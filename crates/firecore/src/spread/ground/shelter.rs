//! What a stand of trees leaves of the wind: its logarithm and root are spared for stands that were met before.

use super::tables::Fuel;
use crate::landscape::{Canopy, FuelCode};
use crate::wind::{adjustment_factor, midflame_per_10m};

/// Stands kept: rasters hold some hundreds of kinds. A power of two.
const KEPT: usize = 1024;

/// A member's answers by cover, height, base height and fuel.
pub(super) struct Shelter {
    kept: Vec<(Key, f64)>,
}

/// The bits of the layers' numbers, and the fuel under the stand.
type Key = ([u32; 3], FuelCode);

impl Shelter {
    pub(super) fn new() -> Self {
        // A NaN's bits, which no cover has.
        Self { kept: vec![(([u32::MAX; 3], 0), 0.0); KEPT] }
    }

    /// Mid-flame wind over 10 m wind in a cell.
    pub(super) fn midflame_per_10m(&mut self, canopy: &Canopy, fuel: &Fuel, cell: usize) -> f64 {
        let bits = [canopy.cover[cell], canopy.height_m[cell], canopy.base_height_m[cell]].map(f32::to_bits);
        let key = (bits, fuel.code);
        let kept = &mut self.kept[place(&key)];
        if kept.0 != key {
            *kept = (key, exact(canopy, fuel, cell));
        }
        kept.1
    }
}

/// The same, computed.
pub(super) fn exact(canopy: &Canopy, fuel: &Fuel, cell: usize) -> f64 {
    match canopy.stand(cell) {
        Some(stand) => midflame_per_10m(adjustment_factor(fuel.depth_m, Some(&stand))),
        None => fuel.open_factor,
    }
}

/// By the top bits of a product: Fibonacci hashing, Knuth (1998), The Art of Computer Programming 3, section 6.4.
fn place(([cover, height, base], code): &Key) -> usize {
    const GOLDEN: u32 = 0x9E37_79B9;
    let mixed = cover.wrapping_mul(3) ^ height.rotate_left(11) ^ base.rotate_left(22) ^ u32::from(*code);
    (mixed.wrapping_mul(GOLDEN) >> (u32::BITS - KEPT.trailing_zeros())) as usize
}
