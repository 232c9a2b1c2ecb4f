//! Four numbers at a time: what the solver does for many cells it does for four of them at once.

use std::ops::{Add, Div, Mul, Neg, Sub};

use wide::{bytemuck, f32x4, u32x4};

/// Four numbers, or where bits stand for answers, four of these: all bits set for yes.
pub(in crate::spread) type Lanes = f32x4;

/// How many there are.
pub(in crate::spread) const LANES: usize = 4;

/// What formulas are written in: one number, or four of them.
pub(in crate::spread) trait Real:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// A constant.
    fn of(number: f32) -> Self;

    fn sqrt(self) -> Self;

    /// The number, or a floor where it is less.
    fn at_least(self, floor: f32) -> Self;
}

impl Real for f32 {
    #[inline]
    fn of(number: f32) -> Self {
        number
    }

    #[inline]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline]
    fn at_least(self, floor: f32) -> Self {
        self.max(floor)
    }
}

impl Real for Lanes {
    #[inline]
    fn of(number: f32) -> Self {
        Self::splat(number)
    }

    #[inline]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline]
    fn at_least(self, floor: f32) -> Self {
        self.fast_max(Self::splat(floor))
    }
}

/// What a function makes of each lane's number: as it stands here it is always written out, which `array::map` is not.
#[inline(always)]
pub(in crate::spread) fn four<T>(mut of: impl FnMut(usize) -> T) -> [T; LANES] {
    [of(0), of(1), of(2), of(3)]
}

/// Two numbers, each four times. Not by `array::map`: that goes by memory, in parts that are then read as a whole, which waits.
#[inline(always)]
pub(super) fn splat([first, second]: [f32; 2]) -> [Lanes; 2] {
    [Lanes::splat(first), Lanes::splat(second)]
}

/// The upper halves of four words, and the lower ones moved up, as numbers.
#[inline]
pub(super) fn halves(words: Lanes) -> [Lanes; 2] {
    let upper = Lanes::splat(f32::from_bits(0xFFFF_0000));
    let bits: u32x4 = bytemuck::cast(words);
    [words & upper, bytemuck::cast(bits << 16_u32)]
}

/// Yes where a bit is set.
#[inline]
pub(super) fn mask(bits: u32) -> Lanes {
    const MASKS: [[u32; LANES]; 16] = {
        let mut masks = [[0; LANES]; 16];
        let mut at = 0;
        while at < 16 * LANES {
            masks[at / LANES][at % LANES] = if (at / LANES) >> (at % LANES) & 1 == 1 { u32::MAX } else { 0 };
            at += 1;
        }
        masks
    };
    bytemuck::cast(MASKS[bits as usize % 16])
}
