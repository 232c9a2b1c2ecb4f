//! The first fire on even ground: while it comes to cells of one cost alone, a fire from a point is that cost's ellipse, one from a convex
//! outline the sum of both, and every cell of it is timed from there at once.
//!
//! What lies outside cannot matter to what lies inside: fire would have to leave it first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::corner::Turn;
use super::ignite::ray_of;
use super::lanes::{LANES, Lanes, four, splat};
use super::metric::{Cost, CostBits, Vector, dot, scaled};
use super::outline::{Piece, Pieces};
use super::solver::Front;
use super::tiles::{AREA, BURNABLE, Cell, NO_PAIR, SIDE, VISITED};
use super::weather_change::RADIUS_MAX;
use super::{Medium, Start, Stopped};

/// Cells of a row that are timed for a tile: its own and one on either side, in whole lanes.
const WIDE: usize = SIDE + LANES;

/// Times of a tile's cells and of those around it, from the one in the north-west on, and rays of its own cells.
struct Times {
    times_s: [[f32; WIDE]; SIDE + 2],
    rays: [[Vector; SIDE]; SIDE],
}

/// A fire from a convex outline under one cost.
struct EvenFire {
    outline: Pieces,
    corners: Vec<Corner>,
    /// The outline's middle, or the point that it is: east and north, cells from the grid's north-western corner.
    source: [f64; 2],
    is_point: bool,
    cost: Cost,
    bits: CostBits,
    /// The square of the time without the drift, less that of the drift, is the sum of the squares of a way's products with these.
    axes: [Vector; 2],
}

/// Within this share of the time that a leap ends at, the rounding of times is not told apart. Source: our choice, thousands of steps of
/// single precision.
const ROUNDING: f32 = 1e-3;

impl EvenFire {
    fn new(outline: Pieces, cost: Cost, bits: CostBits) -> Self {
        let [west, south, east, north] = outline.bounds();
        let source = outline.point().unwrap_or([0.5 * (west + east), 0.5 * (south + north)]);
        let slowness = f64::from(cost.slowness);
        let [drift, rise] = [cost.drift, cost.rise].map(|way| way.map(f64::from));
        let part = |one: usize, other: usize| {
            let plain = if one == other { 1.0 } else { 0.0 };
            slowness * slowness * (plain + rise[one] * rise[other]) - drift[one] * drift[other]
        };
        let [east, north, both] = [part(0, 0), part(1, 1), part(0, 1)];
        let greater = 0.5 * (east + north) + (0.5 * (east - north)).hypot(both);
        let lesser = (east * north - both * both).max(0.0) / greater;
        let (sine, cosine) = (0.5 * both.atan2(0.5 * (east - north))).sin_cos();
        let axis = |square: f64, way: [f64; 2]| way.map(|part| (square.sqrt() * part) as f32);
        let axes = [axis(greater, [cosine, sine]), axis(lesser, [-sine, cosine])];
        let is_point = outline.point().is_some();
        Self { corners: Corner::of(&outline), outline, source, is_point, cost, bits, axes }
    }

    /// Seconds to travel a way. Toward a long ellipse's head the two parts of a cost nearly cancel: there, what is left of their squares over
    /// the sum of their sizes.
    fn seconds(&self, way: Vector<Lanes>) -> Lanes {
        let cost = self.cost.splat();
        let (plain_s, drift_s) = (cost.slowness * cost.length(way), dot(cost.drift, way));
        let [greater, lesser] = self.axes.map(|axis| dot(splat(axis), way));
        let ahead_s = (greater * greater + lesser * lesser) / (plain_s - drift_s);
        drift_s.simd_lt(Lanes::ZERO).bitselect(ahead_s, plain_s + drift_s)
    }

    /// The way from the source to the middle of a cell, of a row and a column that may lie outside the grid.
    fn way(&self, row: isize, col: isize) -> Vector {
        [(col as f64 + 0.5 - self.source[0]) as f32, (-(row as f64 + 0.5) - self.source[1]) as f32]
    }

    /// When it comes to the nearest place of a square of cells, or a little earlier.
    fn first_s(&self, row: usize, col: usize, side: usize) -> f32 {
        if !self.is_point {
            return self.first_from_outline_s(row, col, side);
        }
        let ([west, north], [east, south]) =
            ([col as f64, -(row as f64)], [(col + side) as f64, -((row + side) as f64)]);
        let [x, y] = self.source;
        if x >= west && x <= east && y >= south && y <= north {
            return 0.0;
        }
        // The way back from the source to a side takes as long as the way there against the drift.
        let back = Cost { drift: scaled(self.cost.drift, -1.0), ..self.cost };
        let corners = [[west, north], [east, north], [east, south], [west, south]];
        let sides = (0..4).map(|at| Piece::straight(corners[at], corners[(at + 1) % 4]));
        sides.map(|side| side.leaving(self.source, &back).time_s).fold(f32::INFINITY, f32::min)
    }

    /// Times from a convex outline have no more than their slope in the middle of a square takes from that to its corners.
    fn first_from_outline_s(&self, row: usize, col: usize, side: usize) -> f32 {
        let half = 0.5 * side as f64;
        let middle = [col as f64 + half, -(row as f64 + half)];
        if self.holds(middle) {
            return 0.0;
        }
        let leaving = self.outline.leaving(middle, &self.cost, &mut 0);
        if dot(leaving.way, leaving.way) == 0.0 {
            return 0.0;
        }
        let [east, north] = self.cost.gradient(leaving.way);
        (leaving.time_s - half as f32 * (east.abs() + north.abs())).max(0.0)
    }

    /// Whether a place lies inside the outline.
    fn holds(&self, place: [f64; 2]) -> bool {
        self.outline.closed
            && self
                .outline
                .crossings(place[1])
                .chunks_exact(2)
                .any(|pair| (pair[0]..=pair[1]).contains(&place[0]))
    }

    /// When it has come to all cells of a tile and to those around it: a convex fire that holds the corners of a square holds the square.
    fn last_s(&self, row: usize, col: usize) -> f32 {
        let side = SIDE as isize;
        let corners = [[-1, -1], [-1, side], [side, -1], [side, side]];
        let mut near = 0;
        let mut time_s = |[down, right]: [isize; 2]| {
            let (row, col) = (row as isize + down, col as isize + right);
            match self.is_point {
                true => self.cost.seconds(self.way(row, col)),
                false => self.outline.leaving(middle(row, col), &self.cost, &mut near).time_s,
            }
        };
        corners.map(&mut time_s).into_iter().fold(0.0, f32::max)
    }

    /// The times of a tile's cells and of those around it, but of those only where they are asked for, and rays.
    fn times(&self, row: usize, col: usize, asks_around: bool) -> Times {
        let mut times = Times { times_s: [[0.0; WIDE]; SIDE + 2], rays: [[[0.0; 2]; SIDE]; SIDE] };
        match self.is_point {
            true => self.time_from_point(row, col, &mut times),
            false => self.time_from_outline(row, col, asks_around, &mut times),
        }
        times
    }

    fn time_from_point(&self, row: usize, col: usize, times: &mut Times) {
        let [west, north] = splat(self.way(row as isize - 1, col as isize - 1));
        let mut easts = [0.0_f32; WIDE];
        for at in (0..WIDE).step_by(LANES) {
            let east = west + Lanes::new(four(|lane| (at + lane) as f32));
            easts[at..at + LANES].copy_from_slice(&east.to_array());
            for (down, times_s) in times.times_s.iter_mut().enumerate() {
                let way = [east, north - Lanes::splat(down as f32)];
                times_s[at..at + LANES].copy_from_slice(&self.seconds(way).to_array());
            }
        }
        let north = north.to_array()[0];
        for (down, rays) in times.rays.iter_mut().enumerate() {
            for (right, ray) in rays.iter_mut().enumerate() {
                *ray = [easts[right + 1], north - (down + 1) as f32];
            }
        }
    }

    fn time_from_outline(&self, row: usize, col: usize, asks_around: bool, times: &mut Times) {
        let (downs, first) = if asks_around { (0..SIDE + 2, 0) } else { (1..SIDE + 1, 1) };
        // The corner that was nearest at the row's beginning.
        let mut at_first = 0;
        for down in downs {
            let mut near = at_first;
            let mut rays = [[0.0; 2]; WIDE];
            for right in (first..=SIDE).step_by(LANES) {
                let [east, north] = middle((row + down) as isize - 1, (col + right) as isize - 1);
                let places = four(|lane| [east + lane as f64, north]);
                let (times_s, four_rays) = self.time_four(places, &mut near);
                times.times_s[down][right..right + LANES].copy_from_slice(&times_s);
                rays[right..right + LANES].copy_from_slice(&four_rays);
                at_first = if right == first { near } else { at_first };
            }
            if let Some(own) = down.checked_sub(1).and_then(|down| times.rays.get_mut(down)) {
                own.copy_from_slice(&rays[1..=SIDE]);
            }
        }
    }

    /// Times and rays of four places side by side; `near` is the corner nearest to those before, and becomes that of these.
    fn time_four(&self, places: [[f64; 2]; LANES], near: &mut usize) -> ([f32; LANES], [Vector; LANES]) {
        let corner = &self.corners[*near];
        let way: Vector<Lanes> =
            [0, 1].map(|axis| Lanes::new(four(|lane| (places[lane][axis] - corner.at[axis]) as f32)));
        let cost = self.cost.splat();
        let gradient = cost.gradient(way);
        let [before, after] = [corner.before, corner.after].map(|edge| dot(splat(edge), gradient));
        if (before.simd_ge(Lanes::ZERO) & after.simd_le(Lanes::ZERO)).all() {
            let scale = corner.scale(&cost, way, gradient).to_array();
            let [east, north] = way.map(Lanes::to_array);
            let rays = four(|lane| [scale[lane] * east[lane], scale[lane] * north[lane]]);
            return (self.seconds(way).to_array(), rays);
        }
        let mut piece = *near % self.outline.pieces.len();
        let leavings = places.map(|place| self.outline.leaving(place, &self.cost, &mut piece));
        *near = (piece + usize::from(leavings[LANES - 1].is_at_end())) % self.corners.len();
        (
            leavings.each_ref().map(|leaving| leaving.time_s),
            leavings.each_ref().map(|leaving| ray_of(leaving, &self.cost)),
        )
    }
}

/// A corner of an outline, or an end of a line.
struct Corner {
    at: [f64; 2],
    /// The pieces before and after it, cells; 0 where there is none.
    before: Vector,
    after: Vector,
    curvature: f32,
}

impl Corner {
    fn of(outline: &Pieces) -> Vec<Self> {
        let pieces = &outline.pieces;
        let edge = |piece: &Piece| [0, 1].map(|axis| (piece.to[axis] - piece.from[axis]) as f32);
        let of_piece = |at: usize| {
            let before = match outline.closed {
                true => edge(&pieces[(at + pieces.len() - 1) % pieces.len()]),
                false => [0.0; 2],
            };
            let [curvature, _] = pieces[at].curvature;
            Self { at: pieces[at].from, before, after: edge(&pieces[at]), curvature }
        };
        let mut corners: Vec<Self> = (0..pieces.len()).map(of_piece).collect();
        if let (false, Some(last)) = (outline.closed, pieces.last()) {
            corners.push(Self {
                at: last.to,
                before: edge(last),
                after: [0.0; 2],
                curvature: last.curvature[1],
            });
        }
        corners
    }

    /// What rays from it are longer by than ways.
    fn scale(&self, cost: &Cost<Lanes>, way: Vector<Lanes>, gradient: Vector<Lanes>) -> Lanes {
        let one = Lanes::ONE;
        if self.curvature.is_infinite() {
            return one;
        }
        let (length, size) = (cost.length(way), dot(gradient, gradient).sqrt());
        let facing = dot(way, gradient) / (length * size);
        let steep = one + dot(cost.rise, cost.rise);
        let flat = Lanes::splat(1.0 / RADIUS_MAX);
        let radius =
            cost.slowness * steep * facing * facing / (Lanes::splat(self.curvature) * size).fast_max(flat);
        one + radius.fast_min(Lanes::splat(RADIUS_MAX)) / length
    }
}

/// The middle of a cell, of a row and a column that may lie outside the grid.
fn middle(row: isize, col: isize) -> [f64; 2] {
    [col as f64 + 0.5, -(row as f64 + 0.5)]
}

impl<M: Medium> Front<'_, M> {
    /// Burns what a fire from one convex outline alone comes to before anything but its own cost can matter, within the step just opened: other
    /// ground, the step's end or another ignition.
    pub(super) fn leap(&mut self, start: &Start<'_>) -> Result<(), Stopped> {
        let Some(fire) = self.even_fire(start) else {
            return Ok(());
        };
        let begins_s = start.burning.iter().map(|ignition| ignition.begins_s).filter(|at| *at > 0.0);
        let mut until_s = begins_s.fold(self.end_s, f32::min);
        for first in self.even_tiles(&fire, &mut until_s)? {
            self.burn_tile(first, &fire, until_s);
        }
        Ok(())
    }

    /// The fire that the step begins with, where it is from a convex outline and the ground around its middle is even.
    fn even_fire(&mut self, start: &Start<'_>) -> Option<EvenFire> {
        // Embers are told of what burned in order of time.
        if self.medium.throws_embers() {
            return None;
        }
        let mut first = start.burning.iter().filter(|ignition| ignition.begins_s <= 0.0);
        let (Some(only), None) = (first.next(), first.next()) else {
            return None;
        };
        let outline = Pieces::of(&only.outline, f64::from(self.cell_m));
        if !outline.is_convex() {
            return None;
        }
        let [west, south, east, north] = outline.bounds();
        let place = |[east, north]: [f64; 2]| (-north.floor() - 1.0, east.floor());
        let is_inner = |(row, col): (f64, f64)| {
            let within = |at: f64, count: usize| at >= 1.0 && at + 1.0 < count as f64;
            within(row, self.tiles.rows) && within(col, self.tiles.cols)
        };
        if !is_inner(place([west, north])) || !is_inner(place([east, south])) {
            return None;
        }
        let (row, col) = place([0.5 * (west + east), 0.5 * (south + north)]);
        let host = self.at(row as usize, col as usize);
        let around = self.around(host);
        if !self.tiles.cells[host].has(BURNABLE) {
            return None;
        }
        let cost = self.cost(host);
        let bits = self.tiles.cells[host].cost;
        let is_even = around.iter().all(|id| self.is_even(*id as usize, &bits));
        is_even.then(|| EvenFire::new(outline, cost, bits))
    }

    fn is_even(&mut self, id: usize, bits: &CostBits) -> bool {
        if !self.tiles.cells[id].has(BURNABLE) {
            return false;
        }
        self.know_cost(id);
        self.tiles.cells[id].cost == *bits
    }

    /// First cells of the tiles that the fire comes to until it comes to other ground, and when that is.
    fn even_tiles(&mut self, fire: &EvenFire, until_s: &mut f32) -> Result<Vec<usize>, Stopped> {
        let (rows, cols) = (self.tiles.rows.div_ceil(SIDE), self.tiles.cols.div_ceil(SIDE));
        let mut tiles = Vec::new();
        let (mut waiting, mut seen) = (BinaryHeap::new(), BTreeSet::new());
        let source = [(-fire.source[1]) as usize / SIDE, fire.source[0] as usize / SIDE];
        // Times are no less than 0: their bits are in their order.
        waiting.push(Reverse((0, source)));
        seen.insert(source);
        while let Some(Reverse((first_bits, [row, col]))) = waiting.pop() {
            if f32::from_bits(first_bits) >= *until_s {
                break;
            }
            if self.stop.is_stopped() {
                return Err(Stopped);
            }
            let first = self.at(row * SIDE, col * SIDE);
            tiles.push(first);
            *until_s = self.uneven_from_s(first, fire, *until_s);
            for beside in
                [[row.wrapping_sub(1), col], [row + 1, col], [row, col.wrapping_sub(1)], [row, col + 1]]
            {
                if beside[0] < rows && beside[1] < cols && seen.insert(beside) {
                    let first_s = fire.first_s(beside[0] * SIDE, beside[1] * SIDE, SIDE).max(0.0);
                    waiting.push(Reverse((first_s.to_bits(), beside)));
                }
            }
        }
        Ok(tiles)
    }

    /// A time, or when the fire comes to a cell of a tile that has another cost or does not burn, if that is before.
    fn uneven_from_s(&mut self, first: usize, fire: &EvenFire, mut until_s: f32) -> f32 {
        let (row, col) = self.tiles.place(first);
        let (rows, cols) = (self.tiles.rows - row, self.tiles.cols - col);
        let is_whole = rows >= SIDE && cols >= SIDE;
        for at in 0..AREA {
            let (down, right) = (at / SIDE, at % SIDE);
            if self.is_even(first + at, &fire.bits) || !is_whole && (down >= rows || right >= cols) {
                continue;
            }
            until_s = until_s.min(fire.first_s(row + down, col + right, 1));
        }
        until_s
    }

    /// Burns the cells of a tile that the fire comes to before a time. Those with a cell beside them that burns later wait for their visit.
    fn burn_tile(&mut self, first: usize, fire: &EvenFire, until_s: f32) {
        let (row, col) = self.tiles.place(first);
        let is_inside = fire.last_s(row, col) < (1.0 - ROUNDING) * until_s;
        let Times { times_s, rays } = fire.times(row, col, !is_inside);
        for down in 0..SIDE {
            for right in 0..SIDE {
                let time_s = times_s[down + 1][right + 1];
                let id = first + down * SIDE + right;
                // The outline's own ground burned at once.
                if !self.tiles.cells[id].has(BURNABLE) || self.tiles.cells[id].time_s == f32::NEG_INFINITY {
                    continue;
                }
                let ray = rays[down][right];
                if time_s >= until_s {
                    // By a side: a corner may be shut.
                    let [above, own, below] = [0, 1, 2].map(|more| &times_s[down + more]);
                    let beside_s = [above[right + 1], own[right], own[right + 2], below[right + 1]];
                    let is_next = beside_s.into_iter().any(|beside_s| beside_s < until_s);
                    // Where the step ends, ground next to the front is part of it.
                    if until_s == self.end_s && is_next && self.is_even(id, &fire.bits) {
                        self.lower(id, time_s, ray, 0);
                    }
                    continue;
                }
                let three =
                    |down: usize| times_s[down][right..right + 3].iter().all(|near_s| *near_s < until_s);
                let cell = &mut self.tiles.cells[id];
                if is_inside || three(down) && three(down + 1) && three(down + 2) {
                    let flags = BURNABLE | VISITED;
                    *cell = Cell {
                        time_s,
                        ray,
                        cost: fire.bits,
                        tag: self.tag,
                        flags,
                        pair: NO_PAIR,
                        turn: Turn::No,
                    };
                } else {
                    self.lower(id, time_s, ray, 0);
                }
            }
        }
    }
}
