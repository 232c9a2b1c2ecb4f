//! The normal distribution: share above a value, and the value that a share lies above.

use std::f64::consts::FRAC_1_SQRT_2;

/// Shares that are told from 0 and 1: the smallest normal number.
const SHARE_MIN: f64 = f64::MIN_POSITIVE;

/// Share of a standard normal distribution above a value: 1 far below zero, 0 far above.
pub(super) fn share_above(value: f64) -> f64 {
    0.5 * libm::erfc(value * FRAC_1_SQRT_2)
}

/// The value that a share of a standard normal distribution lies above; shares are held inside 0 and 1, so that the
/// result is finite.
///
/// Source: Wichura (1988), algorithm AS 241, PPND16; its seven-degree rational functions are good to 1e-16.
pub(super) fn value_below(share_above: f64) -> f64 {
    let share = share_above.clamp(SHARE_MIN, 1.0 - f64::EPSILON);
    let centred = 0.5 - share;
    if centred.abs() <= 0.425 {
        let r = 0.180625 - centred * centred;
        return centred * ratio(r, &CENTRE);
    }
    let tail = share.min(1.0 - share);
    let r = (-tail.ln()).sqrt();
    let size = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    size.copysign(centred)
}

/// Coefficients by rising power: numerator and denominator.
type Rational = [[f64; 8]; 2];

fn ratio(x: f64, [above, below]: &Rational) -> f64 {
    let sum = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, factor| sum * x + factor);
    sum(above) / sum(below)
}

/// Shares from 0.075 to 0.925.
#[expect(clippy::excessive_precision, reason = "as published")]
const CENTRE: Rational = [
    [
        3.387_132_872_796_366_608,
        133.141_667_891_784_377_45,
        1_971.590_950_306_551_442_7,
        13_731.693_765_509_461_125,
        45_921.953_931_549_871_457,
        67_265.770_927_008_700_853,
        33_430.575_583_588_128_105,
        2_509.080_928_730_122_672_7,
    ],
    [
        1.0,
        42.313_330_701_600_911_252,
        687.187_007_492_057_908_3,
        5_394.196_021_424_751_107_7,
        21_213.794_301_586_595_867,
        39_307.895_800_092_710_61,
        28_729.085_735_721_942_674,
        5_226.495_278_852_854_561,
    ],
];

/// Tails down to 1.4e-11.
#[expect(clippy::excessive_precision, reason = "as published")]
const MIDDLE: Rational = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        0.241_780_725_177_450_611_77,
        0.022_723_844_989_269_184_583_3,
        7.745_450_142_783_414_076_4e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        0.689_767_334_985_100_004_55,
        0.148_103_976_427_480_074_59,
        0.015_198_666_563_616_457_196_6,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
];

/// Tails below.
#[expect(clippy::excessive_precision, reason = "as published")]
const FAR: Rational = [
    [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        0.296_560_571_828_504_891_23,
        0.026_532_189_526_576_123_093,
        0.001_242_660_947_388_078_438_6,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        0.599_832_206_555_887_937_69,
        0.136_929_880_922_735_805_31,
        0.014_875_361_290_850_614_852_5,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_values_are_those_of_the_tables() {
        // To sixteen digits, by any statistics package.
        for (value, share) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457_05),
            (1.959_963_984_540_054, 0.025),
            (5.0, 2.866_515_718_791_939_4e-7),
            (6.361_340_902_404_056, 1e-10),
        ] {
            assert!((share_above(value) / share - 1.0).abs() < 1e-13, "{value}: {}", share_above(value));
            assert!((value_below(share) - value).abs() < 1e-13, "{share}: {}", value_below(share));
            assert!((value_below(1.0 - share) + value).abs() < 1e-6, "{share}");
        }
    }

    #[test]
    fn a_value_comes_back_from_its_share() {
        for step in -600..=3700 {
            let value = f64::from(step) / 100.0;
            // Near a share of 1 the share itself holds the value to fewer digits.
            let budget = if value < -4.0 { 1e-6 } else { 1e-11 };
            let back = value_below(share_above(value));
            assert!((back - value).abs() < budget, "{value}: {back}");
        }
    }

    #[test]
    fn no_share_is_infinitely_far() {
        for share in [-1.0, 0.0, f64::MIN_POSITIVE, 1.0, 2.0] {
            assert!(value_below(share).is_finite());
        }
    }
}
