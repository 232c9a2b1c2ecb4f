//! What terrain makes of a wind that does not know it: faster over ridges, slower and turned along valleys.
//!
//! Air that flows without friction or buoyancy over low hills is drawn over them by the pressure that they make. For a height
//! h with the spectrum H(k) and a wind U, linear theory gives at the ground the change f T U with the symmetric tensor
//!
//! ```text
//! T(k) = H(k) exp(-|k| d) k k' / |k|
//! ```
//!
//! f is 1 for a uniform wind; near the ground, where the wind that the pressure acts on is slower than the one that makes the pressure, theory
//! gives more. d stands for what keeps the finest ridges from acting at 10 m: the layer that feels the ground.
//! I + f T depends on the ground alone, so it is made once a landscape and serves every wind, hour and member. Its
//! stretches are held between [`STRETCH_MIN`] and [`STRETCH_MAX`], since on steep ground linear theory stops or reverses the wind.
//!
//! Source: Jackson and Hunt (1975), Quarterly Journal of the Royal Meteorological Society 101, 929-955, for the outer flow; Mason and Sykes (1979),
//! ibid. 105, 383-402, for two dimensions. f and d are ours, chosen by the one run of WindNinja in the reference data.
//! Not known to it: heating by the sun, lee eddies, channelling over more than a few kilometres.

use std::f32::consts::TAU;
use std::ops::{Add, Mul};
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftDirection, FftPlanner};

use crate::grid::GridShape;

/// f: dimensionless. Chosen with [`DEPTH_M`] by least squares against a WindNinja grid of 22 x 22 km, 60 m cells; the western and the eastern half
/// of it choose nearly the same.
const SPEED_UP: f32 = 2.0;

/// d, m. See [`SPEED_UP`].
const DEPTH_M: f32 = 45.0;

/// Edge of the blocks that share one tensor, at most, m, where cells are not larger: finer terrain is what [`DEPTH_M`] leaves out.
const BLOCK_M: f64 = 60.0;

/// The least that terrain leaves of a wind, as a share of it. The grid of WindNinja has less in 0.26 % of its cells.
const STRETCH_MIN: f32 = 0.1;

/// The most that terrain makes of a wind, as a multiple of it. The grid of WindNinja has more in 0.24 % of its cells.
const STRETCH_MAX: f32 = 3.0;

/// Blocks over which one edge of the ground is led over into the other, since the transform takes the ground for a torus.
const MARGIN: usize = 24;

/// Steps of 1 of the tensor's diagonal, 11 bits each.
const DIAGONAL_STEPS: f32 = 640.0;

/// Steps of 1 beside the diagonal, 10 bits with a sign.
const BESIDE_STEPS: f32 = 340.0;

/// More of them than are ever met.
const BESIDE_HALF: i32 = 512;

/// What terrain makes of the wind, by blocks of cells: 1 byte a cell of 30 m.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TerrainWind {
    /// Cells along the edge of a block.
    side: usize,
    /// Blocks from west to east.
    cols: usize,
    /// Row-major: east-east and north-north, 11 bits each, then east-north.
    blocks: Vec<u32>,
}

/// The tensor of a place: east-east, north-north, east-north.
pub type Bend = [f32; 3];

/// Leaves the wind as it is.
pub const STRAIGHT: Bend = [1.0, 1.0, 0.0];

/// A wind, east and north, as the terrain bends it: of one place, or of several in lanes.
#[inline(always)]
pub fn bent<T>([east_east, north_north, east_north]: [T; 3], [east, north]: [T; 2]) -> [T; 2]
where
    T: Copy + Add<Output = T> + Mul<Output = T>,
{
    [east_east * east + east_north * north, east_north * east + north_north * north]
}

impl TerrainWind {
    /// For ground of these elevations, m, row-major.
    ///
    /// **Panics** where there is not one for each cell.
    pub fn over(shape: &GridShape, elevation_m: &[f32]) -> Self {
        assert_eq!(elevation_m.len(), shape.len(), "BUG: there is one elevation for each cell");
        let side = side(shape);
        let (rows, cols) = (shape.rows.div_ceil(side), shape.cols.div_ceil(side));
        let heights = means(shape, side, elevation_m);
        let flat = heights.iter().all(|height| *height == heights[0]);
        let blocks = if flat {
            vec![packed(STRAIGHT); rows * cols]
        } else {
            Torus::new(rows, cols, (shape.cell_size_m * side as f64) as f32).tensors(heights)
        };
        Self { side, cols, blocks }
    }

    /// The tensor of a cell.
    #[inline(always)]
    pub fn at(&self, row: usize, col: usize) -> Bend {
        unpacked(self.blocks[row / self.side * self.cols + col / self.side])
    }

    /// Whether it leaves every wind as it is: over even ground.
    pub fn is_straight(&self) -> bool {
        let straight = packed(STRAIGHT);
        self.blocks.iter().all(|block| *block == straight)
    }

    /// Memory that it takes over such a grid, bytes.
    pub fn memory_bytes(shape: &GridShape) -> usize {
        let side = side(shape);
        shape.rows.div_ceil(side) * shape.cols.div_ceil(side) * size_of::<u32>()
    }
}

/// Cells along the edge of a block.
fn side(shape: &GridShape) -> usize {
    // A little more, since a cell of 30 m that is resampled may be some micrometres larger.
    ((1.001 * BLOCK_M / shape.cell_size_m) as usize).max(1)
}

/// Mean elevation of each block, m, above the plane that fits the whole best: even slopes leave the wind as it is, and the edges lie near each
/// other's height.
fn means(shape: &GridShape, side: usize, elevation_m: &[f32]) -> Vec<f32> {
    let (rows, cols) = (shape.rows.div_ceil(side), shape.cols.div_ceil(side));
    let mut sums = vec![0.0_f32; rows * cols];
    let mut line = vec![0.0_f32; shape.cols];
    for (sums, heights) in sums.chunks_exact_mut(cols).zip(elevation_m.chunks(side * shape.cols)) {
        line.fill(0.0);
        for heights in heights.chunks_exact(shape.cols) {
            line.iter_mut().zip(heights).for_each(|(sum, height)| *sum += height);
        }
        sums.iter_mut().zip(line.chunks(side)).for_each(|(sum, cells)| *sum = cells.iter().sum());
    }
    let edge = |at: usize, cells: usize| side.min(cells - at * side);
    for (row, sums) in sums.chunks_exact_mut(cols).enumerate() {
        let height = edge(row, shape.rows);
        let counts = (0..cols).map(|col| (height * edge(col, shape.cols)) as f32);
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum /= count);
    }
    level(&mut sums, rows, cols);
    sums
}

/// Takes the plane of least squares off a grid.
fn level(heights: &mut [f32], rows: usize, cols: usize) {
    let from_middle = |at: usize, count: usize| at as f64 - 0.5 * (count - 1) as f64;
    let [mut mean, mut south, mut east] = [0.0_f64; 3];
    for (row, heights) in heights.chunks_exact(cols).enumerate() {
        let mut sum = 0.0;
        for (col, height) in heights.iter().enumerate() {
            sum += f64::from(*height);
            east += f64::from(*height) * from_middle(col, cols);
        }
        mean += sum;
        south += sum * from_middle(row, rows);
    }
    // The sum of the squares of the distances from the middle, for each row or column.
    let squares = |count: usize| (count * (count * count - 1)) as f64 / 12.0;
    let slope = |sum: f64, along: usize, beside: usize| {
        if along > 1 { sum / (squares(along) * beside as f64) } else { 0.0 }
    };
    let (mean, south, east) =
        (mean / heights.len() as f64, slope(south, rows, cols), slope(east, cols, rows));
    for (row, heights) in heights.chunks_exact_mut(cols).enumerate() {
        let middle = mean + south * from_middle(row, rows);
        for (col, height) in heights.iter_mut().enumerate() {
            *height -= (middle + east * from_middle(col, cols)) as f32;
        }
    }
}

/// The plane that the transform is made in: the blocks and a margin.
struct Torus {
    rows: usize,
    cols: usize,
    height: usize,
    width: usize,
    block_m: f32,
}

impl Torus {
    fn new(rows: usize, cols: usize, block_m: f32) -> Self {
        Self { rows, cols, height: smooth(rows + MARGIN), width: smooth(cols + MARGIN), block_m }
    }

    /// The packed tensors of the blocks.
    fn tensors(&self, heights: Vec<f32>) -> Vec<u32> {
        let mut planner = FftPlanner::new();
        let mut plan = |length, direction| planner.plan_fft(length, direction);
        let mut spectrum = self.padded(heights);
        let mut other = vec![Complex32::ZERO; spectrum.len()];
        along_both(&mut spectrum, &mut other, self.height, self.width, |length| {
            plan(length, FftDirection::Forward)
        });
        let mut diagonals = self.filter(&mut spectrum);
        for plane in [&mut diagonals, &mut spectrum] {
            along_both(plane, &mut other, self.width, self.height, |length| {
                plan(length, FftDirection::Inverse)
            });
        }
        let mut blocks = Vec::with_capacity(self.rows * self.cols);
        let lines = diagonals.chunks_exact(self.width).zip(spectrum.chunks_exact(self.width));
        for (diagonals, beside) in lines.take(self.rows) {
            let cells = diagonals.iter().zip(beside).take(self.cols);
            let bend = |(diagonal, beside): (&Complex32, &Complex32)| {
                packed(held([1.0 + diagonal.re, 1.0 + diagonal.im, beside.re]))
            };
            blocks.extend(cells.map(bend));
        }
        blocks
    }

    /// The heights with the margin between each edge and the opposite one.
    fn padded(&self, heights: Vec<f32>) -> Vec<Complex32> {
        let mut plane = vec![Complex32::ZERO; self.height * self.width];
        let share = |at: usize, count: usize| {
            let way = (at + 1) as f32 / (count + 1) as f32;
            way * way * (3.0 - 2.0 * way)
        };
        for (row, heights) in heights.chunks_exact(self.cols).enumerate() {
            let line = &mut plane[row * self.width..][..self.width];
            let (first, last) = (heights[0], heights[self.cols - 1]);
            line.iter_mut().zip(heights).for_each(|(cell, height)| cell.re = *height);
            let margin = self.width - self.cols;
            for (at, cell) in line[self.cols..].iter_mut().enumerate() {
                cell.re = last + (first - last) * share(at, margin);
            }
        }
        let (ground, margin) = plane.split_at_mut(self.rows * self.width);
        let (first, last) = (&ground[..self.width], &ground[(self.rows - 1) * self.width..]);
        for (at, line) in margin.chunks_exact_mut(self.width).enumerate() {
            let share = share(at, self.height - self.rows);
            let ends = first.iter().zip(last);
            line.iter_mut().zip(ends).for_each(|(cell, (first, last))| *cell = last + (first - last) * share);
        }
        plane
    }

    /// Makes f T's part beside the diagonal of the transposed spectrum of the heights; the two on the diagonal as the real and the imaginary part
    /// of one transform.
    fn filter(&self, spectrum: &mut [Complex32]) -> Vec<Complex32> {
        let wave = |at: usize, count: usize| {
            let signed = if 2 * at > count { at as f32 - count as f32 } else { at as f32 };
            TAU * signed / (count as f32 * self.block_m)
        };
        let scale = SPEED_UP / (self.height * self.width) as f32;
        let mut diagonals = Vec::with_capacity(spectrum.len());
        let mut weights = vec![0.0_f32; self.height];
        for (col, line) in spectrum.chunks_exact_mut(self.height).enumerate() {
            let east = wave(col, self.width);
            // As much for a wave toward the south as for one toward the north.
            for row in 0..=self.height / 2 {
                let length = (east * east + wave(row, self.height).powi(2)).sqrt();
                // The mean has no waves; those of two blocks have no sign, and next to nothing is left of them.
                let none = length == 0.0 || 2 * col == self.width || 2 * row == self.height;
                let weight = if none { 0.0 } else { scale * libm::expf(-length * DEPTH_M) / length };
                weights[row] = weight;
                weights[(self.height - row) % self.height] = weight;
            }
            for (row, (height, weight)) in line.iter_mut().zip(&weights).enumerate() {
                // Rows go south.
                let north = -wave(row, self.height);
                let weighted = *height * *weight;
                diagonals.push(weighted * Complex32::new(east * east, north * north));
                *height = weighted * (east * north);
            }
        }
        diagonals
    }
}

/// Transforms `rows` rows of `cols` along both axes and leaves the plane transposed.
fn along_both(
    plane: &mut Vec<Complex32>,
    other: &mut Vec<Complex32>,
    rows: usize,
    cols: usize,
    mut plan: impl FnMut(usize) -> Arc<dyn Fft<f32>>,
) {
    plan(cols).process(plane);
    transpose(plane, other, rows, cols);
    std::mem::swap(plane, other);
    plan(rows).process(plane);
}

fn transpose(from: &[Complex32], to: &mut [Complex32], rows: usize, cols: usize) {
    /// Rows and columns that fit in the nearest cache together.
    const TILE: usize = 8;
    for row in (0..rows).step_by(TILE) {
        for col in (0..cols).step_by(TILE) {
            for row in row..rows.min(row + TILE) {
                for col in col..cols.min(col + TILE) {
                    to[col * rows + row] = from[row * cols + col];
                }
            }
        }
    }
}

/// The next even number that has no prime factor but 2, 3 and 5: quick to transform.
fn smooth(least: usize) -> usize {
    let is_smooth = |number: &usize| {
        let rest = [2, 3, 5].into_iter().fold(*number, |mut rest, prime| {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
            rest
        });
        rest == 1 && number.is_multiple_of(2)
    };
    (least..).find(is_smooth).expect("powers of two have no end")
}

/// The tensor with its stretches between the least and the most, along the same axes.
fn held([east_east, north_north, east_north]: Bend) -> Bend {
    let (middle, half) = (0.5 * (east_east + north_north), 0.5 * (east_east - north_north));
    let apart = (half * half + east_north * east_north).sqrt();
    let [low, high] = [middle - apart, middle + apart].map(|part| part.clamp(STRETCH_MIN, STRETCH_MAX));
    let share = if apart > 0.0 { 0.5 * (high - low) / apart } else { 0.0 };
    let middle = 0.5 * (low + high);
    [middle + half * share, middle - half * share, east_north * share]
}

fn packed([east_east, north_north, east_north]: Bend) -> u32 {
    let [east_east, north_north] = [east_east, north_north].map(|part| (part * DIAGONAL_STEPS + 0.5) as u32);
    // The cast cuts off, which rounds what is not negative.
    let east_north = (east_north * BESIDE_STEPS + (BESIDE_HALF as f32 + 0.5)) as i32 - BESIDE_HALF;
    (east_north << 22) as u32 | north_north << 11 | east_east
}

#[inline(always)]
fn unpacked(block: u32) -> Bend {
    let diagonal = |bits: u32| (bits & 0x7FF) as f32 * (1.0 / DIAGONAL_STEPS);
    [diagonal(block), diagonal(block >> 11), (block as i32 >> 22) as f32 * (1.0 / BESIDE_STEPS)]
}
