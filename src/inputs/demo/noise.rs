//! Smooth noise that depends on nothing but its arguments.

/// Noise in -1..=1 that varies over about `scale_m`; `layer` picks an independent field.
pub(super) fn smooth(x_m: f64, y_m: f64, scale_m: f64, layer: u32) -> f64 {
    let (x, y) = (x_m / scale_m, y_m / scale_m);
    let (col, row) = (x.floor(), y.floor());
    let (right, up) = (ease(x - col), ease(y - row));
    let (col, row) = (col as i64, row as i64);
    let low = mix(corner(col, row, layer), corner(col + 1, row, layer), right);
    let high = mix(corner(col, row + 1, layer), corner(col + 1, row + 1, layer), right);
    mix(low, high, up)
}

/// Three octaves of [`smooth`], each half as wide and half as high as the one before; in -1..=1.
pub(super) fn fractal(x_m: f64, y_m: f64, scale_m: f64, layer: u32) -> f64 {
    let octave = |n: u32| smooth(x_m, y_m, scale_m / f64::from(1 << n), layer + 100 * n) / f64::from(1 << n);
    (octave(0) + octave(1) + octave(2)) / 1.75
}

fn ease(t: f64) -> f64 {
    t * t * (3.0 - 2.0 * t)
}

fn mix(a: f64, b: f64, share: f64) -> f64 {
    a + (b - a) * share
}

/// A value in -1..=1 for a lattice point: a hash, so that no state is needed.
///
/// Source of the constants: the finaliser of SplitMix64 (Steele et al. 2014).
fn corner(col: i64, row: i64, layer: u32) -> f64 {
    let mut bits = (col as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (row as u64).wrapping_mul(0xd1b5_4a32_d192_ed03)
        ^ u64::from(layer).wrapping_mul(0x8cb9_2ba7_2f3d_8dd7);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}
