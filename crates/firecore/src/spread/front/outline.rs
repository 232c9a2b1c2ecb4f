//! Outlines as straight pieces, in cells, and the least time from them.

use super::metric::{Cost, Vector, dot, minus, scaled};
use super::{Disc, Outline};

/// Pieces of a disc's rim, at least.
const PIECES_MIN: f64 = 48.0;

/// Pieces of a disc's rim for each cell of its radius: the rim bends by less than a hundredth of a cell from each.
const PIECES_PER_CELL: f64 = 8.0;

/// Rings that turn by less than this at a corner, rad, are taken as smooth there. Source: our choice; a contour of a smooth
/// fire that is a few cells wide turns by less, a building's corner by more.
const SMOOTH_RAD: f32 = 0.6;

/// Discs smaller than this are points, cells.
const POINT_CELLS: f64 = 0.05;

/// A straight piece of an outline; a point where both ends are one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// East and north, cells from the grid's north-western corner.
    pub(super) from: [f64; 2],
    pub(super) to: [f64; 2],
    /// One over the radius of the outline at either end, cells; infinity at a corner and at an open end.
    pub(super) curvature: [f32; 2],
}

/// Where the least time from a piece to a place starts.
pub(super) struct Leaving {
    /// Seconds.
    pub(super) time_s: f32,
    /// From the piece to the place, cells.
    pub(super) way: Vector,
    /// One over the outline's radius there, cells.
    pub(super) curvature: f32,
    /// Where on the piece: 0 and 1 at its ends.
    foot: f32,
}

impl Leaving {
    /// Whether it starts at the piece's far end.
    pub(super) fn is_at_end(&self) -> bool {
        self.foot >= 1.0
    }
}

impl Piece {
    /// A piece of no curvature.
    pub(super) fn straight(from: [f64; 2], to: [f64; 2]) -> Self {
        Self { from, to, curvature: [0.0; 2] }
    }

    /// The least time to a place under one cost.
    ///
    /// Along the piece the time is a root of a square plus a line: the least lies where their slopes cancel, or at an end.
    pub(super) fn leaving(&self, place: [f64; 2], cost: &Cost) -> Leaving {
        let to = [(place[0] - self.from[0]) as f32, (place[1] - self.from[1]) as f32];
        let edge = [(self.to[0] - self.from[0]) as f32, (self.to[1] - self.from[1]) as f32];
        let square = cost.product(edge, edge);
        let foot = if square > 0.0 { least_foot(cost, to, edge, square) } else { 0.0 };
        let way = minus(to, scaled(edge, foot));
        let curvature = if foot <= 0.0 {
            self.curvature[0]
        } else if foot >= 1.0 {
            self.curvature[1]
        } else {
            let bounded = self.curvature.map(|curvature| if curvature.is_finite() { curvature } else { 0.0 });
            bounded[0] + foot * (bounded[1] - bounded[0])
        };
        Leaving { time_s: cost.seconds(way), way, curvature, foot }
    }
}

fn least_foot(cost: &Cost, to: Vector, edge: Vector, square: f32) -> f32 {
    let length = square.sqrt();
    let start = cost.product(to, edge) / square;
    // Not from the two squares: on a long piece nothing is left of their difference.
    let height = cost.length(minus(to, scaled(edge, start)));
    // The drift's part falls along the piece by this share of the slowness.
    let sine = (dot(cost.drift, edge) / (cost.slowness * length)).clamp(-0.9999, 0.9999);
    (start + sine / (1.0 - sine * sine).sqrt() * height / length).clamp(0.0, 1.0)
}

/// An outline in cells.
pub(super) struct Pieces {
    pub(super) pieces: Vec<Piece>,
    /// Whether the outline has ground inside.
    pub(super) closed: bool,
}

impl Pieces {
    pub(super) fn of(outline: &Outline, cell_m: f64) -> Self {
        let place = |[east_m, south_m]: [f64; 2]| [east_m / cell_m, -south_m / cell_m];
        match outline {
            Outline::Disc(disc) => Self::of_disc(disc, cell_m),
            Outline::Line(places) => {
                let places: Vec<_> = places.iter().copied().map(place).collect();
                Self { pieces: along(&places, false), closed: false }
            }
            Outline::Polygon(rings) => {
                let ring = |ring: &Vec<[f64; 2]>| {
                    let mut places: Vec<_> = ring.iter().copied().map(place).collect();
                    if places.len() > 1 && places.first() == places.last() {
                        places.pop();
                    }
                    along(&places, true)
                };
                Self { pieces: rings.iter().flat_map(ring).collect(), closed: true }
            }
        }
    }

    fn of_disc(disc: &Disc, cell_m: f64) -> Self {
        let middle = [disc.east_m / cell_m, -disc.south_m / cell_m];
        let radius = disc.radius_m / cell_m;
        if radius < POINT_CELLS {
            let point = Piece { from: middle, to: middle, curvature: [f32::INFINITY; 2] };
            return Self { pieces: vec![point], closed: false };
        }
        let count = (PIECES_PER_CELL * radius).max(PIECES_MIN).ceil() as usize;
        let at = |piece: usize| {
            let (north, east) = (std::f64::consts::TAU * piece as f64 / count as f64).sin_cos();
            [middle[0] + radius * east, middle[1] + radius * north]
        };
        let curvature = [1.0 / radius as f32; 2];
        let pieces =
            (0..count).map(|piece| Piece { from: at(piece), to: at((piece + 1) % count), curvature });
        Self { pieces: pieces.collect(), closed: true }
    }

    /// The point that the outline is, if it is one.
    pub(super) fn point(&self) -> Option<[f64; 2]> {
        match self.pieces[..] {
            [Piece { from, to, .. }] if from == to => Some(from),
            _ => None,
        }
    }

    /// Whether the outline is a point, a straight line or a ring that turns to one side only: no place outside has two nearest places on it.
    pub(super) fn is_convex(&self) -> bool {
        let edge = |piece: &Piece| [0, 1].map(|axis| piece.to[axis] - piece.from[axis]);
        let turn = |at: usize| {
            let (a, b) = (edge(&self.pieces[at]), edge(&self.pieces[(at + 1) % self.pieces.len()]));
            a[0] * b[1] - a[1] * b[0]
        };
        let count = self.pieces.len();
        if count < 3 || !self.closed {
            return count == 1;
        }
        let is_one_ring = (0..count).all(|at| self.pieces[at].to == self.pieces[(at + 1) % count].from);
        let side = turn(0).signum();
        // A ring that goes around more than once turns to one side, too.
        let turned: f64 = (0..count)
            .map(|at| {
                let (a, b) = (edge(&self.pieces[at]), edge(&self.pieces[(at + 1) % count]));
                turn(at).atan2(a[0] * b[0] + a[1] * b[1]).abs()
            })
            .sum();
        is_one_ring && (0..count).all(|at| turn(at) * side > 0.0) && turned < 1.5 * std::f64::consts::TAU
    }

    /// Where the least time from a convex outline to a place outside it starts; `near` is a piece close to it, and becomes its own.
    pub(super) fn leaving(&self, place: [f64; 2], cost: &Cost, near: &mut usize) -> Leaving {
        let count = self.pieces.len();
        let mut best = self.pieces[*near].leaving(place, cost);
        for _ in 0..count {
            // Where the least time lies within a piece the outline lies beyond, and at a corner where it is that of both pieces.
            let next = match best.foot {
                foot if foot <= 0.0 => (*near + count - 1) % count,
                foot if foot >= 1.0 => (*near + 1) % count,
                _ => break,
            };
            let other = self.pieces[next].leaving(place, cost);
            if other.time_s >= best.time_s {
                break;
            }
            (*near, best) = (next, other);
        }
        if !self.closed || self.is_outward(*near, best.way) {
            return best;
        }
        let all = (0..count).map(|at| (at, self.pieces[at].leaving(place, cost)));
        let least = all.min_by(|one, other| one.1.time_s.total_cmp(&other.1.time_s));
        least.map_or(best, |(at, leaving)| {
            *near = at;
            leaving
        })
    }

    /// Whether a way from a piece of a convex ring leads out of it.
    fn is_outward(&self, at: usize, way: Vector) -> bool {
        let count = self.pieces.len();
        let edge = |piece: &Piece| [0, 1].map(|axis| (piece.to[axis] - piece.from[axis]) as f32);
        let (this, next) = (edge(&self.pieces[at]), edge(&self.pieces[(at + 1) % count]));
        let side = |a: Vector, b: Vector| a[0] * b[1] - a[1] * b[0];
        side(this, way) * side(this, next) <= 0.0
    }

    /// West, south, east and north of the outline, cells.
    pub(super) fn bounds(&self) -> [f64; 4] {
        let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        self.pieces.iter().flat_map(|piece| [piece.from, piece.to]).fold(start, |bounds, [east, north]| {
            [bounds[0].min(east), bounds[1].min(north), bounds[2].max(east), bounds[3].max(north)]
        })
    }

    /// Where a line from west to east, this far north, crosses the outline: inside lies between the first and the second, the third
    /// and the fourth, and so on.
    pub(super) fn crossings(&self, north: f64) -> Vec<f64> {
        let crosses = |piece: &&Piece| (piece.from[1] > north) != (piece.to[1] > north);
        let east = |piece: &Piece| {
            let share = (north - piece.from[1]) / (piece.to[1] - piece.from[1]);
            piece.from[0] + share * (piece.to[0] - piece.from[0])
        };
        let mut crossings: Vec<f64> = self.pieces.iter().filter(crosses).map(east).collect();
        crossings.sort_by(f64::total_cmp);
        crossings
    }
}

/// The pieces between places in order.
fn along(places: &[[f64; 2]], closed: bool) -> Vec<Piece> {
    let count = places.len();
    if count == 1 {
        return vec![Piece { from: places[0], to: places[0], curvature: [f32::INFINITY; 2] }];
    }
    let corner = |at: usize| match closed || (at > 0 && at + 1 < count) {
        true => curvature(places[(at + count - 1) % count], places[at], places[(at + 1) % count]),
        false => f32::INFINITY,
    };
    let pieces = if closed { count } else { count.saturating_sub(1) };
    (0..pieces)
        .map(|at| {
            let next = (at + 1) % count;
            Piece { from: places[at], to: places[next], curvature: [corner(at), corner(next)] }
        })
        .collect()
}

/// The curvature of a smooth line through three places at the middle one, without its sense; infinity where it is a corner.
fn curvature(before: [f64; 2], at: [f64; 2], after: [f64; 2]) -> f32 {
    let (a, b) = ([at[0] - before[0], at[1] - before[1]], [after[0] - at[0], after[1] - at[1]]);
    let turn = (a[0] * b[1] - a[1] * b[0]).atan2(a[0] * b[0] + a[1] * b[1]).abs() as f32;
    if turn > SMOOTH_RAD {
        return f32::INFINITY;
    }
    turn / (0.5 * (a[0].hypot(a[1]) + b[0].hypot(b[1])) as f32).max(f32::MIN_POSITIVE)
}
