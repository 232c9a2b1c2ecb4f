//! What a stand of trees leaves of the wind: its logarithm and root are spared for stands that were met before.

use super::tables::Fuel;
use crate::landscape::Canopy;
use crate::wind::{adjustment_factor, midflame_per_10m};

/// Stands kept: rasters hold some hundreds of kinds. A power of two.
const KEPT: usize = 1024;

/// A member's answers by cover, height, base height and fuel.
pub(super) struct Shelter {
    kept: Vec<(Key, f64)>,
}

/// The bits of the stand, and above them the fuel under it.
type Key = u64;

impl Shelter {
    pub(super) fn new() -> Self {
        // More bits than a stand and a fuel have.
        Self { kept: vec![(Key::MAX, 0.0); KEPT] }
    }

    /// Mid-flame wind over 10 m wind in a cell.
    pub(super) fn midflame_per_10m(&mut self, canopy: &Canopy, fuel: &Fuel, cell: usize) -> f64 {
        let key = canopy.stand_bits(cell) | u64::from(fuel.code) << 48;
        let kept = &mut self.kept[place(key)];
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
fn place(key: Key) -> usize {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    (key.wrapping_mul(GOLDEN) >> (u64::BITS - KEPT.trailing_zeros())) as usize
}
