//! Cells of a grid that tiles fill one after another.

use firecore::geo::LocalFrame;
use firecore::grid::GridShape;

use crate::raster::resample::{CoordinateMap, Method};
use crate::raster::{PixelWindow, Raster, RasterProblem};

/// Pixels of one tile that are held at a time: 16 MiB a channel. A larger window is read in parts.
const PIXELS_MAX: usize = 4 << 20;
/// A grid of this few rows and columns is not cut further.
const EDGE_MIN: usize = 16;
/// Weight from which a cell takes no more: all four pixels around it were there, up to rounding.
const WEIGHT_FULL: f32 = 1.0 - 1e-4;

/// Whether a cell lies on a pixel of some tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// On none so far.
    Outside,
    /// On pixels without data only.
    Empty,
    /// On a pixel with data.
    Filled,
}

/// Weighted sums of N channels, and their weights.
pub(super) struct Cells<const N: usize> {
    sums: [Vec<f32>; N],
    weights: Vec<f32>,
    states: Vec<State>,
}

/// A part of a grid: its first row and column, and its own shape.
#[derive(Clone, Copy)]
struct Part {
    row: usize,
    col: usize,
    shape: GridShape,
}

/// A window of a tile's pixels, with what was made of each.
struct Pixels<'a, const N: usize> {
    raster: &'a Raster,
    window: PixelWindow,
    channels: [Vec<f32>; N],
}

impl<const N: usize> Cells<N> {
    pub(super) fn new(count: usize) -> Self {
        Self {
            sums: std::array::from_fn(|_| vec![0.0; count]),
            weights: vec![0.0; count],
            states: vec![State::Outside; count],
        }
    }

    pub(super) fn are_full(&self) -> bool {
        (0..self.states.len()).all(|cell| self.is_full(cell))
    }

    fn is_full(&self, cell: usize) -> bool {
        self.states[cell] == State::Filled && self.weights[cell] >= WEIGHT_FULL
    }

    /// The means; NaN where no tile has data. A cell between tiles, on none of them, takes the pixels at their edges.
    pub(super) fn values(self) -> [Vec<f32>; N] {
        let Self { mut sums, weights, states } = self;
        for sums in &mut sums {
            for (cell, sum) in sums.iter_mut().enumerate() {
                let known = states[cell] != State::Empty && weights[cell] > 0.0;
                *sum = if known { *sum / weights[cell] } else { f32::NAN };
            }
        }
        sums
    }

    /// Adds what a tile has.
    pub(super) fn add(
        &mut self,
        raster: &Raster,
        band: usize,
        frame: &LocalFrame,
        grid: &GridShape,
        method: Method,
        make: &dyn Fn(f32) -> [f32; N],
    ) -> Result<(), RasterProblem> {
        // A stack instead of recursion; each cut halves a part, so that it stays short.
        let mut parts = vec![Part { row: 0, col: 0, shape: *grid }];
        while let Some(part) = parts.pop() {
            let map = CoordinateMap::new(raster, frame, &part.shape)?;
            let Some(window) = map.window else { continue };
            if window.rows * window.cols > PIXELS_MAX && part.shape.rows.max(part.shape.cols) > EDGE_MIN {
                parts.extend(part.halves());
                continue;
            }
            let part_cells =
                || (0..part.shape.rows).flat_map(|row| (0..part.shape.cols).map(move |col| (row, col)));
            let index = |row: usize, col: usize| grid.index(part.row + row, part.col + col);
            if part_cells().all(|(row, col)| self.is_full(index(row, col))) {
                continue;
            }
            let mut channels = std::array::from_fn(|_| Vec::with_capacity(window.rows * window.cols));
            for value in raster.read(band, window)? {
                let made = make(value);
                channels
                    .iter_mut()
                    .zip(made)
                    .for_each(|(channel, made): (&mut Vec<f32>, f32)| channel.push(made));
            }
            let pixels = Pixels { raster, window, channels };
            for (row, col) in part_cells() {
                let cell = index(row, col);
                if !self.is_full(cell) {
                    self.add_cell(cell, &pixels, map.pixel(row, col), map.turn_rad(row, col), method);
                }
            }
        }
        Ok(())
    }

    fn add_cell(
        &mut self,
        cell: usize,
        pixels: &Pixels<'_, N>,
        (x, y): (f64, f64),
        turn_rad: f64,
        method: Method,
    ) {
        let (cols, rows) = (pixels.raster.cols as f64, pixels.raster.rows as f64);
        let inside = x >= 0.0 && y >= 0.0 && x < cols && y < rows;
        let near = x >= -0.5 && y >= -0.5 && x <= cols + 0.5 && y <= rows + 0.5;
        if !near {
            return;
        }
        if inside && pixels.at(x.floor(), y.floor()).is_none() {
            self.states[cell] = self.states[cell].max(State::Empty);
            return;
        }
        let (mut sums, weight) = match method {
            Method::Nearest => pixels.nearest(x.clamp(0.0, cols - 0.5), y.clamp(0.0, rows - 0.5)),
            Method::Bilinear => pixels.between(x, y),
        };
        if let [east, north] = &mut sums[..] {
            let (sine, cosine) = (turn_rad as f32).sin_cos();
            (*east, *north) = (*east * cosine - *north * sine, *north * cosine + *east * sine);
        }
        if method == Method::Nearest {
            // A class is one pixel's: that under the cell, else the first at an edge.
            if !inside && self.weights[cell] > 0.0 {
                return;
            }
            self.sums.iter_mut().for_each(|channel| channel[cell] = 0.0);
            self.weights[cell] = 0.0;
        }
        self.sums.iter_mut().zip(sums).for_each(|(channel, sum)| channel[cell] += sum);
        self.weights[cell] += weight;
        if inside {
            self.states[cell] = State::Filled;
        }
    }
}

impl Part {
    /// Cut across its longer edge.
    fn halves(self) -> [Self; 2] {
        let Self { row, col, shape } = self;
        if shape.rows >= shape.cols {
            let upper = GridShape { rows: shape.rows / 2, ..shape };
            let north_m = shape.north_m - upper.rows as f64 * shape.cell_size_m;
            let lower = GridShape { rows: shape.rows - upper.rows, north_m, ..shape };
            return [Self { row, col, shape: upper }, Self { row: row + upper.rows, col, shape: lower }];
        }
        let left = GridShape { cols: shape.cols / 2, ..shape };
        let west_m = shape.west_m + left.cols as f64 * shape.cell_size_m;
        let right = GridShape { cols: shape.cols - left.cols, west_m, ..shape };
        [Self { row, col, shape: left }, Self { row, col: col + left.cols, shape: right }]
    }
}

impl<const N: usize> Pixels<'_, N> {
    /// The channels of a pixel of the raster; `None` outside and where one has no data.
    fn at(&self, col: f64, row: f64) -> Option<[f32; N]> {
        let (right, down) = (col - self.window.col as f64, row - self.window.row as f64);
        let inside =
            right >= 0.0 && down >= 0.0 && right < self.window.cols as f64 && down < self.window.rows as f64;
        let index = inside.then_some(down as usize * self.window.cols + right as usize)?;
        let values = self.channels.each_ref().map(|channel| channel[index]);
        values.iter().all(|value| !value.is_nan()).then_some(values)
    }

    fn nearest(&self, x: f64, y: f64) -> ([f32; N], f32) {
        self.at(x.floor(), y.floor()).map_or(([0.0; N], 0.0), |values| (values, 1.0))
    }

    /// Weighted sums of those of the four pixels around that the raster has, and their weight: 1 where it has all.
    fn between(&self, x: f64, y: f64) -> ([f32; N], f32) {
        let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
        let (right_share, bottom_share) = (x - 0.5 - left, y - 0.5 - top);
        let (mut sums, mut weights) = ([0.0; N], 0.0);
        for (down, weight_y) in [(0.0, 1.0 - bottom_share), (1.0, bottom_share)] {
            for (right, weight_x) in [(0.0, 1.0 - right_share), (1.0, right_share)] {
                if let Some(values) = self.at(left + right, top + down) {
                    let weight = weight_x * weight_y;
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(value) * weight);
                    weights += weight;
                }
            }
        }
        (sums.map(|sum: f64| sum as f32), weights as f32)
    }
}
