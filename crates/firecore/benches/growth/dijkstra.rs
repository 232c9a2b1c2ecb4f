//! Minimum travel time over a graph of 32 neighbours: what the front solver is laid beside.
//!
//! It answers the solver's question from the solver's medium: when does each cell burn up to the horizon. Cells are joined to all
//! that lie up to three rows and columns away, without those that lie behind another on the same line. An edge takes half of
//! what it would take in the cell at either end. A cell's cost is asked for once in a weather step, when the front
//! first comes near, and its part in the 32 edges is computed then. What cannot burn is a wall; an edge may jump over it.
//!
//! When the weather changes on the way along an edge, the share of the edge that is left takes the same share of the edge's time
//! under the new weather. Such edges wait in a list: the next step settles them first.
//!
//! Single precision and memory that runs use one after another, as in the solver.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use firecore::grid::GridShape;
use firecore::spread::front::{Disc, Ignition, Medium, Outline, Start, TravelCost};

/// Rows and columns that an edge spans at most; as many cells of wall surround the grid.
const REACH: usize = 3;
/// Half of the edges; the other half leads the other way.
const HALF: usize = 16;

/// East and south of the first half of the edges, cells; edge `k + HALF` is the opposite of edge `k`.
const EDGES: [(i8, i8); HALF] = [
    (1, 0),
    (0, 1),
    (1, 1),
    (1, -1),
    (2, 1),
    (2, -1),
    (1, 2),
    (1, -2), //
    (3, 1),
    (3, -1),
    (1, 3),
    (1, -3),
    (3, 2),
    (3, -2),
    (2, 3),
    (2, -3),
];

/// Cells that wait, with the time that each had when it was put in.
pub(crate) trait Queue: Default {
    /// Makes ready for times up to the end; nothing waits.
    fn open(&mut self, end_s: f32);
    fn push(&mut self, time_s: f32, cell: u32);
    /// The earliest, or one that is hardly later: then a cell may be lowered after it was settled, and comes again.
    fn pop(&mut self) -> Option<(f32, u32)>;
}

/// A binary heap; what was lowered since is left in it.
#[derive(Default)]
pub(crate) struct Heap(BinaryHeap<Reverse<u64>>);

impl Queue for Heap {
    fn open(&mut self, _: f32) {
        self.0.clear();
    }

    #[inline]
    fn push(&mut self, time_s: f32, cell: u32) {
        self.0.push(Reverse(entry(time_s, cell)));
    }

    #[inline]
    fn pop(&mut self) -> Option<(f32, u32)> {
        self.0.pop().map(|Reverse(entry)| read(entry))
    }
}

/// Buckets of equal width, without order inside one.
#[derive(Default)]
pub(crate) struct Buckets {
    buckets: Vec<Vec<u64>>,
    first: usize,
}

/// Width of a bucket, s. Of 10 to 120 none was faster than the noise on the hills; on even ground an edge takes a minute and
/// more, so that no cell comes twice.
const BUCKET_S: f32 = 30.0;

impl Queue for Buckets {
    fn open(&mut self, end_s: f32) {
        self.buckets.iter_mut().for_each(Vec::clear);
        self.first = 0;
        let count = (end_s / BUCKET_S) as usize + 2;
        if self.buckets.len() < count {
            self.buckets.resize_with(count, Vec::new);
        }
    }

    #[inline]
    fn push(&mut self, time_s: f32, cell: u32) {
        let bucket = (time_s * (1.0 / BUCKET_S)) as usize;
        // What a change of the weather brings comes when nothing waits any more.
        self.first = self.first.min(bucket);
        self.buckets[bucket].push(entry(time_s, cell));
    }

    #[inline]
    fn pop(&mut self) -> Option<(f32, u32)> {
        while self.first < self.buckets.len() {
            match self.buckets[self.first].pop() {
                Some(entry) => return Some(read(entry)),
                None => self.first += 1,
            }
        }
        None
    }
}

/// The bits of a positive number rise with it.
#[inline]
fn entry(time_s: f32, cell: u32) -> u64 {
    u64::from(time_s.to_bits()) << 32 | u64::from(cell)
}

#[inline]
fn read(entry: u64) -> (f32, u32) {
    (f32::from_bits((entry >> 32) as u32), entry as u32)
}

/// A cell's half of the time along each of its edges, s.
type Halves = [f32; 2 * HALF];

/// An edge that the weather changed on.
#[derive(Clone, Copy)]
struct Waiting {
    from: u32,
    edge: u8,
    share: f32,
}

/// Memory that runs use one after another.
#[derive(Default)]
pub(crate) struct Dijkstra<Q> {
    queue: Q,
    /// Columns with the walls on both sides.
    width: usize,
    cell_m: f32,
    offsets: [isize; 2 * HALF],
    /// Negative infinity: wall.
    time_s: Vec<f32>,
    /// Place in `halves`; `NONE`: not yet asked for in this step.
    slots: Vec<u32>,
    halves: Vec<Halves>,
    known: Vec<u32>,
    waiting: Vec<Waiting>,
}

const NONE: u32 = u32::MAX;

impl<Q: Queue> Dijkstra<Q> {
    /// Cells that burn up to the horizon. Ignitions are discs that burn from the start.
    pub(crate) fn burned_cells<M: Medium>(
        &mut self,
        shape: &GridShape,
        medium: &mut M,
        start: &Start<'_>,
    ) -> usize {
        self.open(shape, start.horizon_s);
        let past = |change: &&f32| **change <= 0.0;
        let mut step = start.changes_s.iter().filter(past).count();
        for ignition in start.burning {
            self.ignite(shape, medium, step, ignition);
        }
        loop {
            let change_s = start.changes_s.get(step).copied().unwrap_or(f32::INFINITY);
            self.run_step(medium, step, change_s.min(start.horizon_s));
            if change_s >= start.horizon_s {
                break;
            }
            step += 1;
            self.forget_costs();
            let next_s = start.changes_s.get(step).copied().unwrap_or(f32::INFINITY);
            self.go_on(medium, step, change_s, next_s.min(start.horizon_s));
        }
        self.time_s.iter().filter(|time_s| (0.0..=start.horizon_s).contains(*time_s)).count()
    }

    fn open(&mut self, shape: &GridShape, horizon_s: f32) {
        let (width, rows) = (shape.cols + 2 * REACH, shape.rows + 2 * REACH);
        (self.width, self.cell_m) = (width, shape.cell_size_m as f32);
        for (edge, (east, south)) in EDGES.into_iter().enumerate() {
            let offset = isize::from(south) * width as isize + isize::from(east);
            (self.offsets[edge], self.offsets[edge + HALF]) = (offset, -offset);
        }
        self.time_s.clear();
        self.time_s.resize(width * rows, f32::NEG_INFINITY);
        for row in 0..shape.rows {
            let first = (row + REACH) * width + REACH;
            self.time_s[first..first + shape.cols].fill(f32::INFINITY);
        }
        self.forget_costs();
        self.slots.resize(width * rows, NONE);
        self.waiting.clear();
        self.queue.open(horizon_s);
    }

    fn forget_costs(&mut self) {
        self.known.drain(..).for_each(|cell| self.slots[cell as usize] = NONE);
        self.halves.clear();
    }

    /// The cells whose middles lie in a disc burn at once; the cell of a point when its middle is reached.
    fn ignite<M: Medium>(&mut self, shape: &GridShape, medium: &mut M, step: usize, ignition: &Ignition) {
        let Outline::Disc(Disc { east_m, south_m, radius_m }) = ignition.outline else {
            unreachable!("ignitions are discs here")
        };
        let cell_m = shape.cell_size_m;
        let (row, col) = ((south_m / cell_m) as usize, (east_m / cell_m) as usize);
        let reach = (radius_m / cell_m) as usize + 1;
        for near_row in row.saturating_sub(reach)..(row + reach + 1).min(shape.rows) {
            for near_col in col.saturating_sub(reach)..(col + reach + 1).min(shape.cols) {
                let east = (near_col as f64 + 0.5) * cell_m - east_m;
                let south = (near_row as f64 + 0.5) * cell_m - south_m;
                let host = (near_row, near_col) == (row, col);
                if (host || east.hypot(south) <= radius_m) && medium.burnable(near_row, near_col) {
                    let cost = medium.cost(step, near_row, near_col);
                    let way = if radius_m > 0.0 { [0.0; 2] } else { [east as f32, -south as f32] };
                    let cell = (near_row + REACH) * self.width + near_col + REACH;
                    self.lower(cell, cost.seconds(way));
                }
            }
        }
    }

    fn lower(&mut self, cell: usize, time_s: f32) {
        self.time_s[cell] = time_s;
        self.queue.push(time_s, cell as u32);
    }

    /// Settles what burns before a step ends.
    fn run_step<M: Medium>(&mut self, medium: &mut M, step: usize, end_s: f32) {
        while let Some((time_s, cell)) = self.queue.pop() {
            if time_s >= end_s {
                // Edges that cross the end wait elsewhere: only ignitions come so late.
                self.queue.push(time_s, cell);
                break;
            }
            if time_s == self.time_s[cell as usize] {
                self.relax_all(medium, step, time_s, cell as usize, end_s);
            }
        }
    }

    #[inline]
    fn relax_all<M: Medium>(&mut self, medium: &mut M, step: usize, time_s: f32, cell: usize, end_s: f32) {
        let Some(own) = self.slot(medium, step, cell) else { return };
        for edge in 0..2 * HALF {
            let next = cell.wrapping_add_signed(self.offsets[edge]);
            // Walls and what burned before need nothing.
            if self.time_s[next] <= time_s {
                continue;
            }
            let Some(other) = self.slot(medium, step, next) else { continue };
            let seconds = self.halves[own][edge] + self.halves[other][edge];
            let arrival_s = time_s + seconds;
            if arrival_s >= self.time_s[next] {
                continue;
            }
            if arrival_s < end_s {
                self.lower(next, arrival_s);
            } else {
                let share = (arrival_s - end_s) / seconds;
                self.waiting.push(Waiting { from: cell as u32, edge: edge as u8, share });
            }
        }
    }

    /// Goes on along the edges that the weather changed on.
    fn go_on<M: Medium>(&mut self, medium: &mut M, step: usize, begin_s: f32, end_s: f32) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain_mut(|way| {
            let (from, edge) = (way.from as usize, usize::from(way.edge));
            let to = from.wrapping_add_signed(self.offsets[edge]);
            if self.time_s[to] <= begin_s {
                return false;
            }
            let (Some(own), Some(other)) = (self.slot(medium, step, from), self.slot(medium, step, to))
            else {
                return false;
            };
            let seconds = self.halves[own][edge] + self.halves[other][edge];
            let arrival_s = begin_s + way.share * seconds;
            if arrival_s < end_s {
                if arrival_s < self.time_s[to] {
                    self.lower(to, arrival_s);
                }
                return false;
            }
            way.share = (arrival_s - end_s) / seconds;
            true
        });
        self.waiting = waiting;
    }

    /// Where a cell's part in its edges stands; `None` for a wall.
    #[inline]
    fn slot<M: Medium>(&mut self, medium: &mut M, step: usize, cell: usize) -> Option<usize> {
        match self.slots[cell] {
            NONE => self.ask(medium, step, cell),
            slot => Some(slot as usize),
        }
    }

    #[cold]
    fn ask<M: Medium>(&mut self, medium: &mut M, step: usize, cell: usize) -> Option<usize> {
        let (row, col) = (cell / self.width - REACH, cell % self.width - REACH);
        if !medium.burnable(row, col) {
            self.time_s[cell] = f32::NEG_INFINITY;
            return None;
        }
        let cost = medium.cost(step, row, col);
        self.slots[cell] = self.halves.len() as u32;
        self.known.push(cell as u32);
        self.halves.push(halves(&cost, self.cell_m));
        Some(self.halves.len() - 1)
    }
}

fn halves(cost: &TravelCost, cell_m: f32) -> Halves {
    let mut halves = [0.0; 2 * HALF];
    for (edge, (east, south)) in EDGES.into_iter().enumerate() {
        let (east, north) = (0.5 * cell_m * f32::from(east), -0.5 * cell_m * f32::from(south));
        let climb = cost.rise_east * east + cost.rise_north * north;
        let isotropic = cost.slowness_s_m * (east * east + north * north + climb * climb).sqrt();
        let drift = cost.drift_east_s_m * east + cost.drift_north_s_m * north;
        (halves[edge], halves[edge + HALF]) = (isotropic + drift, isotropic - drift);
    }
    halves
}
