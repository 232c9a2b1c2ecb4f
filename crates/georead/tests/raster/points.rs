//! Values at points that another reader found: rows and columns come from a generator, so that only the values are kept.

use std::path::{Path, PathBuf};

use georead::raster::{PixelWindow, Raster};

/// Values of a band at points, NaN for no data.
pub(crate) struct Figures<'a> {
    pub(crate) name: &'a str,
    pub(crate) numbers: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

impl<'a> Figures<'a> {
    /// A line: a name, so many whole numbers, then the values, `-` for no data.
    pub(crate) fn parse(line: &'a str, numbers: usize) -> Self {
        let mut words = line.split(' ');
        let name = words.next().expect("a name");
        let numbers =
            words.by_ref().take(numbers).map(|word| word.parse().expect("a whole number")).collect();
        let value = |word: &str| if word == "-" { f32::NAN } else { word.parse().expect("a number") };
        Self { name, numbers, values: words.map(value).collect() }
    }

    /// Points where a band read whole has another value.
    pub(crate) fn differences(&self, raster: &Raster, band: usize) -> Vec<String> {
        let window = PixelWindow { row: 0, col: 0, rows: raster.rows, cols: raster.cols };
        let whole = raster.read(band, window).unwrap_or_else(|problem| panic!("{}: {problem}", self.name));
        let points = points(raster.rows, raster.cols).zip(&self.values);
        let differs = points.filter_map(|((row, col), expected)| {
            let found = whole[row * raster.cols + col];
            let same = found == *expected || found.is_nan() && expected.is_nan();
            (!same).then(|| format!("{} band {band} at {row} {col}: {found} {expected}", self.name))
        });
        differs.collect()
    }
}

/// Pseudo-random points of a raster: a linear congruential generator (Knuth, MMIX), its upper bits.
pub(crate) fn points(rows: usize, cols: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut state = rows as u64 * 1_000_003 + cols as u64;
    let mut below = move |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % count as u64) as usize
    };
    std::iter::repeat_with(move || (below(rows), below(cols)))
}

/// A file beside these tests.
pub(crate) fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}
