//! Which grid a case is run on: cells small enough for its fire, borders on obstacles' edges, centres on its points.

use firecore::grid::GridShape;

use super::exact::Point;

/// Cells along a fire unless a case needs more.
pub(crate) const CELLS: f64 = 450.0;

/// Cells of a grid at most: half a second of the solver.
const CELLS_MAX: f64 = 4e6;

/// What the coordinates along one axis ask of the grid.
#[derive(Clone, Debug)]
pub(crate) enum Axis {
    /// Cells' borders lie on these, where that is possible.
    Borders(Vec<f64>),
    /// Cells' centres lie on these.
    Centres(Vec<f64>),
}

/// What a case needs of its grid.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) low: Point,
    pub(crate) high: Point,
    /// East, then north.
    pub(crate) axes: [Axis; 2],
    /// Largest cell that will do, m.
    pub(crate) cell_m_max: f64,
}

impl Layout {
    /// Around places, with a margin as a share of their extent, the extent being parted into `cells`.
    pub(crate) fn around(places: &[Point], margin: f64, cells: f64) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for place in places {
            for axis in 0..2 {
                low[axis] = low[axis].min(place[axis]);
                high[axis] = high[axis].max(place[axis]);
            }
        }
        let extent_m = (high[0] - low[0]).max(high[1] - low[1]);
        let cell_m_max = extent_m / cells;
        let margin_m = margin * extent_m + 12.0 * cell_m_max;
        let centres = |axis: usize| Axis::Centres(places.iter().map(|place| place[axis]).collect());
        Self {
            low: low.map(|low| low - margin_m),
            high: high.map(|high| high + margin_m),
            axes: [centres(0), centres(1)],
            cell_m_max,
        }
    }

    pub(crate) fn shape(&self) -> GridShape {
        let cell_m = self.cell_m();
        let span = |axis: usize| {
            let (anchor, shift) = match &self.axes[axis] {
                Axis::Borders(at) => (at[0], 0.0),
                Axis::Centres(at) => (at[0], 0.5),
            };
            let first = ((self.low[axis] - anchor) / cell_m - shift).floor() + shift;
            let count = ((self.high[axis] - anchor) / cell_m - first).ceil();
            (anchor + first * cell_m, count as usize)
        };
        let ((west_m, cols), (south_m, rows)) = (span(0), span(1));
        GridShape { rows, cols, cell_size_m: cell_m, west_m, north_m: south_m + rows as f64 * cell_m }
    }

    /// A whole part of the length that all coordinates are multiples of; where that asks for far too many cells, or there is
    /// none, of the borders alone; else the length near the largest that misses the borders least.
    fn cell_m(&self) -> f64 {
        let area_m2 = (self.high[0] - self.low[0]) * (self.high[1] - self.low[1]);
        let least_m = (area_m2 / CELLS_MAX).sqrt();
        let offsets = |at: &[f64]| at.iter().map(|x| x - at[0]).collect::<Vec<_>>();
        let borders: Vec<f64> = self
            .axes
            .iter()
            .flat_map(|axis| match axis {
                Axis::Borders(at) => offsets(at),
                Axis::Centres(_) => Vec::new(),
            })
            .collect();
        let all = self.axes.iter().flat_map(|axis| match axis {
            Axis::Borders(at) | Axis::Centres(at) => offsets(at),
        });
        let fitting = |measure_m: f64| {
            let cell_m = measure_m / (measure_m / self.cell_m_max).ceil().max(1.0);
            (cell_m >= least_m.max(0.2 * self.cell_m_max)).then_some(cell_m)
        };
        let measured = |lengths_m: &[f64]| common_measure_m(lengths_m.iter().copied()).and_then(fitting);
        let coarsest_m = self.cell_m_max.max(least_m);
        let all: Vec<f64> = all.collect();
        let of_all =
            if borders.is_empty() || borders.iter().all(|at| *at == 0.0) || all.len() == borders.len() {
                measured(&all)
            } else {
                measured(&all).or_else(|| measured(&borders))
            };
        of_all.unwrap_or_else(|| {
            let finest_m = (0.3 * self.cell_m_max).max(least_m).min(coarsest_m);
            let miss_m = |cell_m: f64| {
                let miss = |at: &f64| (at / cell_m - (at / cell_m).round()).abs() * cell_m;
                borders.iter().map(miss).fold(0.0, f64::max)
            };
            let sizes_m =
                (0..=TRIES).map(|at| coarsest_m + (finest_m - coarsest_m) * at as f64 / TRIES as f64);
            sizes_m.min_by(|a, b| miss_m(*a).total_cmp(&miss_m(*b))).unwrap_or(coarsest_m)
        })
    }
}

/// Sizes that are tried where borders have no common measure.
const TRIES: usize = 2000;

/// The longest length that lengths are multiples of, looked for in whole millimetres.
fn common_measure_m(lengths_m: impl Iterator<Item = f64>) -> Option<f64> {
    let mut measure_mm = 0_u64;
    for length_m in lengths_m {
        let length_mm = (length_m.abs() * 1e3).round();
        if (length_m.abs() * 1e3 - length_mm).abs() > 1e-3 {
            return None;
        }
        measure_mm = gcd(measure_mm, length_mm as u64);
    }
    (measure_mm > 0).then_some(measure_mm as f64 / 1e3)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
