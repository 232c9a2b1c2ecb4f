//! A function of one positive number as straight pieces between nodes that lie evenly on the floating point scale.

use std::ops::Range;

use wide::{bytemuck, i32x4, u32x4};

use crate::spread::front::lanes::{LANES, Lanes};

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
        let pieces = (exponents.end - exponents.start) as u32 * (1 << HALVINGS);
        let empty = Self::between(exponents);
        let node = |place: u32| f32::from_bits(empty.first.to_bits() + (place << Self::SHIFT));
        Self { nodes: (0..=pieces).map(|place| function(f64::from(node(place)))).collect(), ..empty }
    }

    /// Without nodes.
    fn between(exponents: Range<i32>) -> Self {
        let (first, last) = (2.0_f32.powi(exponents.start), 2.0_f32.powi(exponents.end));
        Self { nodes: Vec::new(), first, last: f32::from_bits(last.to_bits() - 1) }
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

impl<const N: usize, const HALVINGS: u32> Pieces<N, HALVINGS> {
    /// Four numbers, held inside the table, as bits, and how far each lies along its piece.
    #[inline(always)]
    fn held(&self, numbers: Lanes) -> ([u32; LANES], Lanes) {
        let held = numbers.fast_min(Lanes::splat(self.last)).fast_max(Lanes::splat(self.first));
        let bits: u32x4 = bytemuck::cast(held);
        let along: i32x4 = bytemuck::cast(bits & u32x4::splat((1 << Self::SHIFT) - 1));
        let shares = Lanes::from_i32x4(along) * Lanes::splat(1.0 / (1_u32 << Self::SHIFT) as f32);
        (bits.to_array(), shares)
    }

    /// The nodes at the ends of the piece that a number's bits lie in. Called by name for each lane: a closure is not written out.
    #[inline(always)]
    fn ends(&self, bits: u32) -> &[[f32; N]; 2] {
        let place = ((bits - self.first.to_bits()) >> Self::SHIFT) as usize;
        self.nodes[place..].first_chunk().expect("there is one more node than pieces")
    }
}

impl<const HALVINGS: u32> Pieces<2, HALVINGS> {
    /// The values of four tables, each at a number of its own, held inside the tables.
    #[inline(always)]
    pub(super) fn at_four(tables: [&Self; LANES], numbers: Lanes) -> [Lanes; 2] {
        // The tables of all fuel beds have the same ends.
        let (bits, shares) = tables[0].held(numbers);
        let [low_0, low_1, high_0, high_1] = Lanes::transpose([
            tables[0].row(bits[0]),
            tables[1].row(bits[1]),
            tables[2].row(bits[2]),
            tables[3].row(bits[3]),
        ]);
        [low_0 + shares * (high_0 - low_0), low_1 + shares * (high_1 - low_1)]
    }

    /// The nodes of [`Self::ends`], one after the other.
    #[inline(always)]
    fn row(&self, bits: u32) -> Lanes {
        let [low, high] = *self.ends(bits);
        Lanes::new([low[0], low[1], high[0], high[1]])
    }
}

impl<const HALVINGS: u32> Pieces<1, HALVINGS> {
    /// The values of four tables, each at a number of its own, held inside the tables.
    #[inline(always)]
    pub(super) fn at_four(tables: [&Self; LANES], numbers: Lanes) -> Lanes {
        let (bits, shares) = tables[0].held(numbers);
        let [one, two, three, four] = [
            tables[0].ends(bits[0]),
            tables[1].ends(bits[1]),
            tables[2].ends(bits[2]),
            tables[3].ends(bits[3]),
        ];
        let low = Lanes::new([one[0][0], two[0][0], three[0][0], four[0][0]]);
        let high = Lanes::new([one[1][0], two[1][0], three[1][0], four[1][0]]);
        low + shares * (high - low)
    }

    /// A number to a power, times a factor: each octave is the first one, scaled.
    pub(super) fn of_power(exponents: Range<i32>, factor: f64, power: f64) -> Self {
        let places = 1_u32 << HALVINGS;
        let octave: Vec<f64> =
            (0..places).map(|place| (1.0 + f64::from(place) / f64::from(places)).powf(power)).collect();
        let scale = |exponent: i32| factor * (f64::from(exponent) * power).exp2();
        let whole = |exponent: i32| {
            let scale = scale(exponent);
            octave.iter().map(move |value| [(scale * value) as f32])
        };
        Self {
            nodes: exponents.clone().flat_map(whole).chain([[scale(exponents.end) as f32]]).collect(),
            ..Self::between(exponents)
        }
    }
}
