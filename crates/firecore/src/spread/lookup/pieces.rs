//! A function of one positive number as straight pieces between nodes that lie evenly on the floating point scale.

use std::ops::Range;

/// Bits of the fraction of an `f32`.
const FRACTION_BITS: u32 = 23;

/// `N` functions of the same number, tabulated at the same nodes: 2^`HALVINGS` pieces an octave.
#[derive(Clone, Debug)]
pub(super) struct Pieces<const N: usize, const HALVINGS: u32> {
    /// Node values; one more than there are pieces.
    nodes: Vec<[f32; N]>,
    first: f32,
    last: f32,
}

impl<const N: usize, const HALVINGS: u32> Pieces<N, HALVINGS> {
    /// Bits of a number below its piece's index.
    const SHIFT: u32 = FRACTION_BITS - HALVINGS;

    /// Tabulates from two to the power of the first exponent up to the last.
    pub(super) fn of(exponents: Range<i32>, function: impl Fn(f64) -> [f32; N]) -> Self {
        let (first, last) = (2.0_f32.powi(exponents.start), 2.0_f32.powi(exponents.end));
        let pieces = (exponents.end - exponents.start) as u32 * (1 << HALVINGS);
        let node = |place: u32| f32::from_bits(first.to_bits() + (place << Self::SHIFT));
        Self {
            nodes: (0..=pieces).map(|place| function(f64::from(node(place)))).collect(),
            first,
            last: f32::from_bits(last.to_bits() - 1),
        }
    }

    /// The smallest number tabulated.
    pub(super) fn first(&self) -> f32 {
        self.first
    }

    /// The values at a number, held inside the table.
    #[inline]
    pub(super) fn at(&self, number: f32) -> [f32; N] {
        let held = if number < self.last { number } else { self.last };
        let bits = (if held > self.first { held } else { self.first }).to_bits();
        let place = ((bits - self.first.to_bits()) >> Self::SHIFT) as usize;
        let share = (bits & ((1 << Self::SHIFT) - 1)) as i32 as f32 * (1.0 / (1_u32 << Self::SHIFT) as f32);
        let [low, high] = self.nodes[place..place + 2] else { unreachable!("BUG: a span of two has two") };
        std::array::from_fn(|value| low[value] + share * (high[value] - low[value]))
    }
}
