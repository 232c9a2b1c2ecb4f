//! The first times: discs that burn at the start, exact to a fraction of a cell.

use super::solver::Front;
use super::{Disc, Medium, Start};

/// A disc smaller than this gets exact times out to this distance, in cells: a linear edge close to a point source
/// misses the curvature of the front.
const EXACT_CELLS: f64 = 3.0;

/// Cells this far outside a larger disc are timed from its rim, in cells: the first ring, corners included.
const RIM_CELLS: f64 = 1.5;

impl<M: Medium> Front<'_, M> {
    pub(super) fn ignite(&mut self, start: &Start<'_>) {
        for disc in start.burned {
            for (cell, _) in self.cells_near(disc, 0.0) {
                self.put_out(cell);
            }
        }
        for disc in start.burning {
            for (cell, _) in self.cells_near(disc, 0.0) {
                if self.burnable(cell) {
                    self.started_cells += usize::from(self.time_s(cell) > 0.0);
                    self.set_started(cell);
                }
            }
        }
        for disc in start.burning {
            self.time_rim(disc);
        }
    }

    fn set_started(&mut self, cell: usize) {
        if self.time_s(cell) > 0.0 {
            self.lower(cell, 0.0, [0.0; 2], 0);
        }
    }

    /// Times the cells around a disc from its nearest point.
    fn time_rim(&mut self, disc: &Disc) {
        let cell_m = f64::from(self.cell_m);
        let exact = disc.radius_m < EXACT_CELLS * cell_m;
        let reach_m = if exact { EXACT_CELLS - disc.radius_m / cell_m } else { RIM_CELLS } * cell_m;
        let Some(host) = self.cell_of(disc.east_m, disc.south_m) else { return };
        let mut reached_any = false;
        for (cell, [east_m, south_m]) in self.cells_near(disc, reach_m.max(RIM_CELLS * cell_m)) {
            let distance_m = east_m.hypot(south_m);
            if distance_m <= disc.radius_m {
                reached_any = true;
                continue;
            }
            if !self.burnable(cell) || (exact && !self.in_sight(disc, [east_m, south_m])) {
                continue;
            }
            let share = 1.0 - disc.radius_m / distance_m;
            let leg = [(share * east_m) as f32, (-share * south_m) as f32];
            let mut cost = self.cost(cell, self.step);
            if self.burnable(host) {
                cost = cost.mean(&self.cost(host, self.step));
            }
            // A disc that holds no cell's centre starts in the cell that holds its own.
            self.started_cells += usize::from(cell == host && self.time_s(cell).is_infinite());
            reached_any = true;
            // Only a point is the source of straight rays; around a wide disc the rays start at its rim.
            let point = disc.radius_m < 0.5 * cell_m;
            let ray = if point { [east_m as f32, -south_m as f32] } else { leg };
            self.lower(cell, cost.seconds(leg), ray, 0);
        }
        debug_assert!(reached_any || !self.burnable(host), "BUG: a disc on burnable ground ignited nothing");
    }

    /// Cells whose centre lies within `margin_m` of a disc, with the way there from the disc's centre (m east, m south).
    fn cells_near(&self, disc: &Disc, margin_m: f64) -> Vec<(usize, [f64; 2])> {
        let cell_m = f64::from(self.cell_m);
        let reach_m = disc.radius_m + margin_m;
        let span = |centre_m: f64, count: usize| {
            let first = ((centre_m - reach_m) / cell_m - 0.5).ceil().max(0.0) as usize;
            let last = ((centre_m + reach_m) / cell_m - 0.5).floor();
            first..if last < 0.0 { 0 } else { (last as usize + 1).min(count) }
        };
        let mut cells = Vec::new();
        for row in span(disc.south_m, self.rows) {
            for col in span(disc.east_m, self.cols) {
                let way =
                    [(col as f64 + 0.5) * cell_m - disc.east_m, (row as f64 + 0.5) * cell_m - disc.south_m];
                if way[0].hypot(way[1]) <= reach_m {
                    cells.push((row * self.cols + col, way));
                }
            }
        }
        cells
    }

    fn cell_of(&self, east_m: f64, south_m: f64) -> Option<usize> {
        let (row, col) = (south_m / f64::from(self.cell_m), east_m / f64::from(self.cell_m));
        let inside = row >= 0.0 && col >= 0.0 && row < self.rows as f64 && col < self.cols as f64;
        inside.then(|| row as usize * self.cols + col as usize)
    }

    /// Whether the straight way from the disc's centre crosses burnable ground only.
    fn in_sight(&self, disc: &Disc, way: [f64; 2]) -> bool {
        /// Looks along a way of at most three cells: four a cell.
        const LOOKS: u32 = 12;
        (0..LOOKS).all(|look| {
            let share = f64::from(look) / f64::from(LOOKS);
            self.cell_of(disc.east_m + share * way[0], disc.south_m + share * way[1])
                .is_some_and(|cell| self.burnable(cell))
        })
    }
}
