//! Elevation and slope by cell, packed, and what they make of the wind.

use std::sync::OnceLock;

use wide::{f32x4, i32x4};

use crate::grid::GridShape;
use crate::wind::TerrainWind;

/// Elevation of the lowest step, m: below the lowest ground on Earth, -430 m, and beyond the deepest mines.
const LOWEST_M: f32 = -1000.0;

/// Steps of elevation in a metre.
const STEPS_PER_M: f32 = 4.0;

/// Steps of a component of the rise of 1; see [`Terrain::rise`].
const RISE_STEPS: f32 = 7168.0;

/// Steps at most, a rise of 20: ground steeper than 87 degrees is a slip.
const RISE_STEPS_MAX: i32 = 32_056;

/// The rise of the first step.
const RISE_UNIT: f32 = 1.0 / (RISE_STEPS * RISE_STEPS);

/// Ground that lies higher everywhere has no sea beside it, m: what no elevation is known of is a gap in the data there. Our choice.
const COAST_M: f32 = 100.0;

/// Elevation and slope of an area, row-major: 6 bytes a cell, and once it has bent a wind 4 for each 60 m.
#[derive(Clone, Debug)]
pub struct Terrain {
    /// Steps above the lowest.
    elevation: Vec<u16>,
    /// Steps toward east in the lower 16 bits, toward north in the upper ones: four cells are one load of 16 bytes.
    rise: Vec<i32>,
    /// Made of the elevations when a wind first asks for it.
    wind: OnceLock<TerrainWind>,
}

impl PartialEq for Terrain {
    fn eq(&self, other: &Self) -> bool {
        (&self.elevation, &self.rise) == (&other.elevation, &other.rise)
    }
}

impl Terrain {
    /// Flat ground at sea level.
    pub fn flat(cells: usize) -> Self {
        Self { elevation: vec![packed_elevation(0.0); cells], rise: vec![0; cells], wind: OnceLock::new() }
    }

    /// The same with these elevations, m.
    ///
    /// **Panics** where there is not one for each cell.
    #[must_use]
    pub fn with_elevation_m(mut self, layer: &[f32]) -> Self {
        assert_eq!(layer.len(), self.len(), "BUG: a layer has one value for each cell");
        self.elevation = layer.iter().copied().map(packed_elevation).collect();
        self.wind = OnceLock::new();
        self
    }

    /// The same with these upslope gradients, rise over run toward the frame's east and north.
    ///
    /// **Panics** where there is not one for each cell.
    #[must_use]
    pub fn with_rise(mut self, east: &[f32], north: &[f32]) -> Self {
        assert_eq!([east.len(), north.len()], [self.len(); 2], "BUG: a layer has one value for each cell");
        self.rise = east.iter().zip(north).map(|(east, north)| packed_rise([*east, *north])).collect();
        self
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.elevation.len()
    }

    /// True when there is no cell.
    pub fn is_empty(&self) -> bool {
        self.elevation.is_empty()
    }

    /// Elevation of a cell, m.
    pub fn elevation_m(&self, cell: usize) -> f32 {
        f32::from(self.elevation[cell]) / STEPS_PER_M + LOWEST_M
    }

    /// Rise over run of a cell toward the frame's east and north: the upslope gradient.
    ///
    /// A component is kept by its square root, in steps of 1/7168: its error is at most 1/7168 of its root, so 2e-5 at a rise
    /// of 0.02 and 1.4e-4 at 45 degrees. For the rate of spread, where the slope's factor goes with the square and is at most some 34 times it,
    /// that is less than 4e-4 of it, and most so at 17 degrees; even steps of 1/8192 would err as much there, five times as much on
    /// gentle slopes, and end at 76 degrees.
    pub fn rise(&self, cell: usize) -> [f32; 2] {
        let both = self.rise[cell];
        [both as i16, (both >> 16) as i16].map(|steps| {
            let steps = f32::from(steps);
            steps * steps.abs() * RISE_UNIT
        })
    }

    /// That of four neighbouring cells of a row, the same to the last bit.
    #[inline(always)]
    pub(crate) fn rise_of_four(&self, first: usize) -> [f32x4; 2] {
        let both: [i32; 4] = *self.rise[first..].first_chunk().expect("there are four");
        let both = i32x4::new(both);
        [(both << 16_i32) >> 16_i32, both >> 16_i32].map(|steps| {
            let steps = f32x4::from_i32x4(steps);
            steps * steps.abs() * f32x4::splat(RISE_UNIT)
        })
    }

    /// Reads a cell's rise for nothing, so that the caches hold what is around it.
    #[inline(always)]
    pub(crate) fn touch(&self, cell: usize) -> u32 {
        self.rise[cell] as u32
    }

    /// What it makes of a wind.
    pub(super) fn wind(&self, shape: &GridShape) -> &TerrainWind {
        self.wind.get_or_init(|| TerrainWind::over(shape, &self.heights(shape)))
    }

    /// Elevations, m. Where all ground lies so high that no sea is near, cells at exactly 0 m stand for no data: theirs is that of
    /// the nearest known ground in the same row, or else in the column, since the edge of the data is no cliff.
    fn heights(&self, shape: &GridShape) -> Vec<f32> {
        let mut heights: Vec<f32> = (0..self.len()).map(|cell| self.elevation_m(cell)).collect();
        let mut known: Vec<bool> = heights.iter().map(|height| *height != 0.0).collect();
        let lowest_m = heights.iter().zip(&known).filter(|(_, known)| **known).map(|(height, _)| *height);
        let lowest_m = lowest_m.fold(f32::INFINITY, f32::min);
        if lowest_m.is_infinite() || lowest_m < COAST_M || known.iter().all(|known| *known) {
            return heights;
        }
        for row in 0..shape.rows {
            fill(&mut heights, &mut known, (row * shape.cols..(row + 1) * shape.cols).collect());
        }
        for col in 0..shape.cols {
            fill(&mut heights, &mut known, (col..shape.len()).step_by(shape.cols).collect());
        }
        heights
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(self.elevation.as_slice()) + size_of_val(self.rise.as_slice())
    }
}

/// Gives the cells of a line whose height is unknown that of the nearest known one.
fn fill(heights: &mut [f32], known: &mut [bool], line: Vec<usize>) {
    let marks: Vec<usize> = (0..line.len()).filter(|at| known[line[*at]]).collect();
    if marks.is_empty() || marks.len() == line.len() {
        return;
    }
    for at in 0..line.len() {
        let next = marks.partition_point(|mark| *mark < at);
        let [before, after] = [next.saturating_sub(1), next.min(marks.len() - 1)].map(|mark| marks[mark]);
        let nearest = if at.abs_diff(before) <= at.abs_diff(after) { before } else { after };
        heights[line[at]] = heights[line[nearest]];
        known[line[at]] = true;
    }
}

/// Without a number it is 0 m.
fn packed_elevation(elevation_m: f32) -> u16 {
    let elevation_m = if elevation_m.is_nan() { 0.0 } else { elevation_m };
    // The cast holds what lies outside.
    ((elevation_m - LOWEST_M) * STEPS_PER_M + 0.5) as u16
}

fn packed_rise(rise: [f32; 2]) -> i32 {
    let [east, north] = rise.map(|part| {
        // The cast makes 0 of what is no number.
        let steps = ((part.abs().sqrt() * RISE_STEPS + 0.5) as i32).min(RISE_STEPS_MAX);
        if part < 0.0 { -steps } else { steps }
    });
    (north << 16) | (east & 0xFFFF)
}
