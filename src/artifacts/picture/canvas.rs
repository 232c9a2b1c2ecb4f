//! Pixels, and shapes that cover a part of them.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::thread;

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster};

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pixels: Vec<Colour>,
}

/// Height and weight of letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Plain,
    Bold,
    Title,
}

impl Letters {
    fn font(self) -> (FontWeight, RasterHeight) {
        match self {
            Self::Plain => (FontWeight::Regular, RasterHeight::Size16),
            Self::Bold => (FontWeight::Bold, RasterHeight::Size16),
            Self::Title => (FontWeight::Bold, RasterHeight::Size20),
        }
    }

    /// Pixels from one letter to the next.
    pub(super) fn advance(self) -> usize {
        let (weight, height) = self.font();
        get_raster('m', weight, height).map_or(8, |letter| letter.width())
    }
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[255; 3]; width * height] }
    }

    /// Does a work on bands of rows side by side.
    pub(super) fn in_bands(&mut self, work: impl Fn(Range<usize>, &mut [Colour]) + Sync) {
        let width = self.width;
        let rows = self.height.div_ceil(thread::available_parallelism().map_or(1, NonZeroUsize::get)).max(1);
        thread::scope(|scope| {
            for (band, pixels) in self.pixels.chunks_mut(rows * width).enumerate() {
                let work = &work;
                let first = band * rows;
                scope.spawn(move || work(first..first + pixels.len() / width, pixels));
            }
        });
    }

    /// Colours what a mask covers; the mask's corner is the canvas's.
    pub(super) fn blend(&mut self, mask: &Mask, colour: Colour, opacity: f32) {
        self.blend_at(mask, (0, 0), colour, opacity);
    }

    /// The same with the mask's corner at a pixel. The mask must lie on the canvas.
    pub(super) fn blend_at(&mut self, mask: &Mask, (x, y): (usize, usize), colour: Colour, opacity: f32) {
        let ink = Ink::new(colour, opacity);
        for row in mask.rows.clone() {
            mask.blend_row(row, &mut self.pixels[(y + row) * self.width + x..], &ink);
        }
    }

    pub(super) fn fill_box(
        &mut self,
        x: usize,
        y: usize,
        width: usize,
        height: usize,
        colour: Colour,
        opacity: f32,
    ) {
        for row in y..(y + height).min(self.height) {
            for col in x..(x + width).min(self.width) {
                self.mix(col, row, colour, opacity);
            }
        }
    }

    /// Writes a line of text with its upper left corner at a pixel; letters beyond plain Latin become `?`.
    pub(super) fn text(&mut self, x: usize, y: usize, text: &str, letters: Letters, colour: Colour) {
        let (weight, height) = letters.font();
        for (index, letter) in text.chars().enumerate() {
            let glyph = get_raster(letter, weight, height).or_else(|| get_raster('?', weight, height));
            let Some(glyph) = glyph else { continue };
            let left = x + index * letters.advance();
            for (row, line) in glyph.raster().iter().enumerate() {
                for (col, &cover) in line.iter().enumerate() {
                    if left + col < self.width && y + row < self.height {
                        self.mix(left + col, y + row, colour, f32::from(cover) / 255.0);
                    }
                }
            }
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    fn mix(&mut self, x: usize, y: usize, colour: Colour, share: f32) {
        mix(&mut self.pixels[y * self.width + x], colour, share);
    }
}

#[inline]
fn mix(pixel: &mut Colour, colour: Colour, share: f32) {
    let share = share.clamp(0.0, 1.0);
    for (channel, target) in pixel.iter_mut().zip(colour) {
        let mixed = f32::from(*channel) + (f32::from(target) - f32::from(*channel)) * share;
        // To the nearest, for what is not negative; `round` would be a call a channel.
        *channel = (mixed + 0.5) as u8;
    }
}

/// A colour and its opacity, with what comes of each value of a pixel that is covered whole, which most are.
struct Ink {
    colour: Colour,
    opacity: f32,
    whole: [[u8; 256]; 3],
}

impl Ink {
    fn new(colour: Colour, opacity: f32) -> Self {
        let mut whole = [[0; 256]; 3];
        for value in 0..=u8::MAX {
            let mut pixel = [value; 3];
            mix(&mut pixel, colour, opacity);
            for (channel, mixed) in whole.iter_mut().zip(pixel) {
                channel[usize::from(value)] = mixed;
            }
        }
        Self { colour, opacity, whole }
    }

    #[inline]
    fn onto(&self, pixel: &mut Colour, cover: f32) {
        if cover == 1.0 {
            for (value, whole) in pixel.iter_mut().zip(&self.whole) {
                *value = whole[usize::from(*value)];
            }
        } else if cover > 0.0 {
            mix(pixel, self.colour, cover * self.opacity);
        }
    }
}

/// How much of each pixel of a square is covered, 0 to 1; or of some of its rows.
pub(super) struct Mask {
    edge: usize,
    /// The rows that there are.
    band: Range<usize>,
    cover: Vec<f32>,
    /// Rows and columns beyond which nothing is covered.
    rows: Range<usize>,
    cols: Range<usize>,
}

impl Mask {
    pub(super) fn new(edge: usize) -> Self {
        Self::of_rows(edge, 0..edge)
    }

    pub(super) fn of_rows(edge: usize, band: Range<usize>) -> Self {
        Self { edge, cover: vec![0.0; edge * band.len()], rows: edge..0, cols: edge..0, band }
    }

    /// Covers nothing any more.
    pub(super) fn clear(&mut self) {
        for row in self.rows.clone() {
            self.line(row, self.cols.clone()).fill(0.0);
        }
        (self.rows, self.cols) = (self.edge..0, self.edge..0);
    }

    /// Colours what the mask covers in the rows of a canvas that it has.
    pub(super) fn blend(&self, pixels: &mut [Colour], width: usize, colour: Colour, opacity: f32) {
        let ink = Ink::new(colour, opacity);
        for row in self.rows.clone() {
            self.blend_row(row, &mut pixels[(row - self.band.start) * width..], &ink);
        }
    }

    fn blend_row(&self, row: usize, pixels: &mut [Colour], ink: &Ink) {
        /// Pixels that are passed over together where none is covered: a line covers few of its box.
        const TOGETHER: usize = 16;
        let covers = &self.cover[(row - self.band.start) * self.edge..][self.cols.clone()];
        let pixels = &mut pixels[self.cols.clone()];
        for (pixels, covers) in pixels.chunks_mut(TOGETHER).zip(covers.chunks(TOGETHER)) {
            if covers.iter().fold(0.0, |most: f32, cover| most.max(*cover)) == 0.0 {
                continue;
            }
            for (pixel, cover) in pixels.iter_mut().zip(covers) {
                ink.onto(pixel, *cover);
            }
        }
    }

    /// Some of a row.
    fn line(&mut self, row: usize, cols: Range<usize>) -> &mut [f32] {
        &mut self.cover[(row - self.band.start) * self.edge..][cols]
    }

    /// Covers what an odd number of rings encloses.
    pub(super) fn fill(&mut self, rings: &[Vec<(f32, f32)>]) {
        /// Lines of sampling in one row of pixels; across, the cover is exact.
        const LINES: u8 = 4;
        let lines = f32::from(LINES);
        let [top, bottom] = [self.band.start as f32, self.band.end as f32];
        let all = self.band.start * usize::from(LINES)..self.band.end * usize::from(LINES);
        // Where a ring crosses a line of sampling, by the line's number.
        let mut crossings: Vec<(usize, f32)> = Vec::new();
        for pair in rings.iter().flat_map(|ring| ring.windows(2)) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let (low, high) = (y0.min(y1).clamp(top, bottom), y0.max(y1).clamp(top, bottom));
            // One line more on either side: which of them it crosses is said by the comparison below.
            let first = ((low * lines) as usize).saturating_sub(1).max(all.start);
            for line in first..((high * lines) as usize + 2).min(all.end) {
                let y =
                    (line / usize::from(LINES)) as f32 + ((line % usize::from(LINES)) as f32 + 0.5) / lines;
                if (y0 <= y) != (y1 <= y) {
                    crossings.push((line, x0 + (y - y0) / (y1 - y0) * (x1 - x0)));
                }
            }
        }
        crossings.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for crossed in crossings.chunk_by(|a, b| a.0 == b.0) {
            for span in crossed.chunks_exact(2) {
                self.add_span(span[0].0 / usize::from(LINES), span[0].1, span[1].1, 1.0 / lines);
            }
        }
    }

    fn add_span(&mut self, row: usize, from: f32, to: f32, share: f32) {
        let (from, to) = (from.clamp(0.0, self.edge as f32), to.clamp(0.0, self.edge as f32));
        let cols = from as usize..(to.ceil() as usize).min(self.edge);
        self.touch(row..row + 1, cols.clone());
        let covers = self.line(row, cols.clone());
        let [left, middle @ .., right] = covers else {
            for (col, cover) in cols.zip(covers) {
                *cover = (*cover + inside(from, to, col) * share).min(1.0);
            }
            return;
        };
        *left = (*left + inside(from, to, cols.start) * share).min(1.0);
        *right = (*right + inside(from, to, cols.end - 1) * share).min(1.0);
        middle.iter_mut().for_each(|cover| *cover = (*cover + share).min(1.0));
    }

    /// Covers a line of some width through points.
    pub(super) fn stroke(&mut self, points: &[(f32, f32)], width: f32) {
        for pair in points.windows(2) {
            self.stroke_segment(pair[0], pair[1], width / 2.0);
        }
    }

    fn touch(&mut self, rows: Range<usize>, cols: Range<usize>) {
        self.rows = self.rows.start.min(rows.start)..self.rows.end.max(rows.end);
        self.cols = self.cols.start.min(cols.start)..self.cols.end.max(cols.end);
    }

    fn stroke_segment(&mut self, (x0, y0): (f32, f32), (x1, y1): (f32, f32), half: f32) {
        let range = |a: f32, b: f32, all: Range<usize>| {
            let low = (a.min(b) - half - 1.0).clamp(all.start as f32, all.end as f32);
            let high = (a.max(b) + half + 2.0).clamp(all.start as f32, all.end as f32);
            low as usize..high as usize
        };
        let (dx, dy) = (x1 - x0, y1 - y0);
        let length_2 = (dx * dx + dy * dy).max(1e-12);
        let (rows, cols) = (range(y0, y1, self.band.clone()), range(x0, x1, 0..self.edge));
        if rows.is_empty() {
            return;
        }
        self.touch(rows.clone(), cols.clone());
        for row in rows {
            let y = row as f32 + 0.5 - y0;
            for (col, cover) in cols.clone().zip(self.line(row, cols.clone())) {
                let x = col as f32 + 0.5 - x0;
                let along = ((x * dx + y * dy) / length_2).clamp(0.0, 1.0);
                let distance = length(x - along * dx, y - along * dy);
                *cover = cover.max((half + 0.5 - distance).clamp(0.0, 1.0));
            }
        }
    }
}

/// How much of a pixel lies between two places of its row.
fn inside(from: f32, to: f32, col: usize) -> f32 {
    (to.min(col as f32 + 1.0) - from.max(col as f32)).max(0.0)
}

/// The squares and their sum are exact enough in double precision; `hypot` would be a call a pixel.
fn length(x: f32, y: f32) -> f32 {
    let (x, y) = (f64::from(x), f64::from(y));
    (x * x + y * y).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_comes_out_as_the_mixture_of_each_pixel() {
        let mut mask = Mask::new(40);
        mask.fill(&[vec![(3.3, 2.0), (37.0, 9.5), (18.0, 38.2), (3.3, 2.0)]]);
        mask.stroke(&[(0.0, 30.0), (39.0, 20.0)], 1.0);
        let before: Vec<Colour> =
            (0..1_600_u32).map(|at| [at as u8, (at / 7) as u8, (at * 31) as u8]).collect();
        let (mut blended, mut mixed) = (before.clone(), before);
        mask.blend(&mut blended, 40, [252, 141, 60], 0.48);
        for (pixel, cover) in mixed.iter_mut().zip(&mask.cover) {
            mix(pixel, [252, 141, 60], cover * 0.48);
        }
        assert_eq!(blended, mixed);
    }

    #[test]
    fn bands_of_a_mask_cover_what_the_whole_one_does() {
        let ring: Vec<(f32, f32)> =
            [(3.2, -4.0), (30.7, 5.5), (18.3, 39.9), (-2.0, 21.25), (11.1, 9.0), (3.2, -4.0)].to_vec();
        let drawn = |band: Range<usize>| {
            let mut mask = Mask::of_rows(32, band);
            // What was there before leaves nothing behind.
            mask.fill(&[vec![(0.0, 0.0), (32.0, 0.0), (32.0, 32.0), (0.0, 0.0)]]);
            mask.clear();
            mask.fill(std::slice::from_ref(&ring));
            mask.stroke(&ring, 2.6);
            mask.cover
        };
        let whole = drawn(0..32);
        assert!(whole.iter().filter(|cover| **cover == 1.0).count() > 100);
        for cut in [1, 7, 16, 31] {
            assert_eq!([drawn(0..cut), drawn(cut..32)].concat(), whole, "cut at row {cut}");
        }
    }
}
