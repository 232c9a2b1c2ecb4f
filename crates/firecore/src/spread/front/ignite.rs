//! The first times: around the ground that fires begin on, exact to a fraction of a cell.

use std::collections::BTreeMap;

use super::metric::{Cost, Vector, dot, scaled};
use super::outline::{Leaving, Pieces};
use super::solver::Front;
use super::tiles::BURNABLE;
use super::weather_change::radius;
use super::{Ignition, Medium, Outline, Start};

/// Cells whose middle lies this close to an outline are timed from it, in cells: a linear edge close to a source misses the
/// curvature of the front.
const NEAR_CELLS: f64 = 3.0;

/// The same around an outline of few pieces, on ground where all is even: corners are sources, too.
const NEAR_EVEN_CELLS: f64 = 8.0;

/// Outlines of more pieces have no corners to speak of.
const PIECES_FEW: usize = 64;

/// A way that comes to a column and a row within this share of itself passes a corner.
const AT_ONCE: f64 = 1e-9;

impl<M: Medium> Front<'_, M> {
    /// Puts out what burned before the start and sets what burns at it.
    pub(super) fn ignite_first(&mut self, start: &Start<'_>) {
        for outline in start.burned {
            let pieces = Pieces::of(outline, f64::from(self.cell_m));
            for (row, col) in self.inside_of(&pieces) {
                let id = self.at(row, col);
                // Ground that is burned out: nothing passes it, not even between two corners.
                if self.tiles.cells[id].has(BURNABLE) {
                    self.tiles.cells[id].flags = 0;
                    self.tiles.cells[id].time_s = f32::NEG_INFINITY;
                    self.inside.push((id as u32, 0.0));
                }
            }
        }
        for ignition in start.burning.iter().filter(|ignition| ignition.begins_s <= 0.0) {
            self.ignite_outline(&ignition.outline, 0.0, 0);
        }
    }

    /// Sets an ignition that begins within the present step.
    pub(super) fn ignite(&mut self, ignition: &Ignition) {
        let bucket = self.queue.bucket(ignition.begins_s);
        self.ignite_outline(&ignition.outline, ignition.begins_s, bucket);
    }

    /// Burns the ground inside an outline and times the cells around it.
    pub(super) fn ignite_outline(&mut self, outline: &Outline, begins_s: f32, bucket: usize) {
        let pieces = Pieces::of(outline, f64::from(self.cell_m));
        let mut inside = BTreeMap::new();
        for (row, col) in self.inside_of(&pieces) {
            let id = self.at(row, col);
            let cell = &mut self.tiles.cells[id];
            if cell.has(BURNABLE) && cell.time_s > begins_s {
                cell.time_s = f32::NEG_INFINITY;
                inside.insert(id, begins_s);
            }
        }
        let near = self.places_near(&pieces);
        let mut timed_any = !inside.is_empty();
        for near in near.chunk_by(|one, other| one >> 32 == other >> 32) {
            // What is timed no more is looked at no more: the run ends at its next look at the token.
            if self.stop.is_stopped() {
                return;
            }
            let at = (near[0] >> 32) as usize;
            let (row, col) = (at / self.tiles.cols, at % self.tiles.cols);
            let place = [col as f64 + 0.5, -(row as f64 + 0.5)];
            let id = self.at(row, col);
            if !self.tiles.cells[id].has(BURNABLE) {
                continue;
            }
            let cost = self.cost(id);
            let least = |cost: &Cost| {
                let leavings =
                    near.iter().map(|entry| pieces.pieces[*entry as u32 as usize].leaving(place, cost));
                leavings.min_by(|one, other| one.time_s.total_cmp(&other.time_s))
            };
            if let Some(time_s) = inside.get_mut(&id) {
                // How long ago the edge would have passed here, had it come as it goes on.
                let back = Cost { drift: scaled(cost.drift, -1.0), ..cost };
                *time_s = begins_s - least(&back).map_or(0.0, |leaving| leaving.time_s.max(0.0));
                continue;
            }
            let Some(leaving) = least(&cost) else {
                continue;
            };
            let far = dot(leaving.way, leaving.way) > (NEAR_CELLS * NEAR_CELLS) as f32;
            if !self.in_sight(place, leaving.way, far.then_some(cost)) {
                continue;
            }
            // Three cells of ground that changes from cell to cell come out late or early by a part of one, and slow ground passes
            // that on to fast.
            let mean = self.mean_along(place, leaving.way, cost);
            let leaving = if mean == cost { leaving } else { least(&mean).unwrap_or(leaving) };
            let time_s = begins_s + leaving.time_s;
            let host = leaving.way[0].abs() <= 0.5 && leaving.way[1].abs() <= 0.5;
            if host && !timed_any {
                timed_any = true;
                self.hosts += usize::from(begins_s <= 0.0);
            }
            if time_s < self.tiles.cells[id].time_s {
                let ray = ray_of(&leaving, &mean);
                self.lower(id, time_s, ray, bucket);
            }
        }
        self.inside.extend(inside.into_iter().map(|(id, time_s)| (id as u32, time_s)));
    }

    /// Rows and columns of the cells whose middle lies inside an outline.
    fn inside_of(&self, pieces: &Pieces) -> Vec<(usize, usize)> {
        if !pieces.closed {
            return Vec::new();
        }
        let [_, south, _, north] = pieces.bounds();
        let mut cells = Vec::new();
        for row in span(-north, -south, self.tiles.rows) {
            if self.stop.is_stopped() {
                break;
            }
            let crossings = pieces.crossings(-(row as f64 + 0.5));
            for pair in crossings.chunks_exact(2) {
                cells.extend(span(pair[0], pair[1], self.tiles.cols).map(|col| (row, col)));
            }
        }
        cells
    }

    /// The cells near an outline, in order of the grid, each with every piece that it is near: the cell's place in the grid in the upper half,
    /// the piece in the lower one.
    fn places_near(&self, pieces: &Pieces) -> Vec<u64> {
        let mut near = Vec::new();
        let reach = if pieces.pieces.len() > PIECES_FEW { NEAR_CELLS } else { NEAR_EVEN_CELLS };
        for (at, piece) in pieces.pieces.iter().enumerate() {
            let (from, to) = (piece.from, piece.to);
            if self.stop.is_stopped() {
                break;
            }
            let (west, east) = (from[0].min(to[0]) - reach, from[0].max(to[0]) + reach);
            let (south, north) = (from[1].min(to[1]) - reach, from[1].max(to[1]) + reach);
            for row in span(-north, -south, self.tiles.rows) {
                for col in span(west, east, self.tiles.cols) {
                    let place = [col as f64 + 0.5, -(row as f64 + 0.5)];
                    if distance_squared(place, from, to) <= reach * reach {
                        near.push(((row * self.tiles.cols + col) as u64) << 32 | at as u64);
                    }
                }
            }
        }
        near.sort_unstable();
        near
    }

    /// The mean cost along a straight way to a place, by the trapezoidal rule; ground that does not burn is left out.
    fn mean_along(&mut self, place: [f64; 2], way: Vector, own: Cost) -> Cost {
        let count = dot(way, way).sqrt().ceil() as usize;
        let (mut mean, mut weight) = (own, 0.5);
        for at in 1..=count {
            let share = at as f64 / count as f64;
            let [east, north] = [0, 1].map(|axis| place[axis] - share * f64::from(way[axis]));
            if north > 0.0 || east < 0.0 {
                continue;
            }
            let (row, col) = (-north as usize, east as usize);
            if row >= self.tiles.rows || col >= self.tiles.cols {
                continue;
            }
            let id = self.at(row, col);
            if self.tiles.cells[id].has(BURNABLE) {
                let more = if at == count { 0.5 } else { 1.0 };
                weight += more;
                mean = mean.mixed(&self.cost(id), more / weight);
            }
        }
        mean
    }

    /// Whether a straight way to a place crosses burnable ground only, of one cost where one is given, and nowhere slips between
    /// two cells that do not burn.
    pub(super) fn in_sight(&mut self, place: [f64; 2], way: Vector, even: Option<Cost>) -> bool {
        // In columns and rows, from the place back along the way.
        let from = [place[0], -place[1]];
        let by = [-f64::from(way[0]), f64::from(way[1])];
        let mut here = from.map(|at| at.floor() as i64);
        if !self.burns_evenly(here, even) {
            return false;
        }
        // The shares of the way at which it comes to the next column and the next row.
        let mut next = [0, 1].map(|axis| match by[axis] {
            by if by > 0.0 => (from[axis].floor() + 1.0 - from[axis]) / by,
            by if by < 0.0 => (from[axis].floor() - from[axis]) / by,
            _ => f64::INFINITY,
        });
        // What lies beyond the border or the corner that the way comes from is no part of it.
        while next[0].min(next[1]) < 1.0 - AT_ONCE {
            let before = here;
            let first = next[0].min(next[1]);
            for axis in 0..2 {
                if next[axis] - first < AT_ONCE {
                    here[axis] += by[axis].signum() as i64;
                    next[axis] += 1.0 / by[axis].abs();
                }
            }
            let corners = [here, [here[0], before[1]], [before[0], here[1]]];
            if !corners.into_iter().all(|cell| self.burns_evenly(cell, even)) {
                return false;
            }
        }
        true
    }

    fn burns_evenly(&mut self, [col, row]: [i64; 2], even: Option<Cost>) -> bool {
        let (Ok(row), Ok(col)) = (usize::try_from(row), usize::try_from(col)) else {
            return false;
        };
        if row >= self.tiles.rows || col >= self.tiles.cols {
            return false;
        }
        let id = self.at(row, col);
        self.tiles.cells[id].has(BURNABLE) && even.is_none_or(|even| self.cost(id) == even)
    }
}

/// The ray of a cell that an outline times.
pub(super) fn ray_of(leaving: &Leaving, cost: &Cost) -> Vector {
    let length = cost.length(leaving.way);
    if leaving.curvature.is_infinite() || length == 0.0 {
        return leaving.way;
    }
    let gradient = cost.gradient(leaving.way);
    let size = dot(gradient, gradient).sqrt();
    let facing = dot(leaving.way, gradient) / (length * size);
    scaled(leaving.way, 1.0 + radius(cost, facing, leaving.curvature, size) / length)
}

/// Rows or columns whose middle lies between two places.
fn span(first: f64, last: f64, count: usize) -> std::ops::Range<usize> {
    let begin = (first - 0.5).ceil().max(0.0);
    let end = (last - 0.5).floor() + 1.0;
    if end <= begin { 0..0 } else { (begin as usize).min(count)..(end as usize).min(count) }
}

fn distance_squared(place: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let edge = [to[0] - from[0], to[1] - from[1]];
    let way = [place[0] - from[0], place[1] - from[1]];
    let square = edge[0] * edge[0] + edge[1] * edge[1];
    let along =
        if square > 0.0 { ((way[0] * edge[0] + way[1] * edge[1]) / square).clamp(0.0, 1.0) } else { 0.0 };
    let rest = [way[0] - along * edge[0], way[1] - along * edge[1]];
    rest[0] * rest[0] + rest[1] * rest[1]
}
