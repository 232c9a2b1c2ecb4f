//! Fewer points: pairs of neighbouring corners become one, where the line stays close and nothing is touched.
//!
//! Two corners B and C between A and D give way to one, E, that leaves the area on either side of the line as it was.
//! Source: Kronenfeld et al. (2020), "Simplification of polylines by segment collapse", International Journal of
//! Cartography 6. Theirs is where E lies; the bounds and the check below are this module's own.
//!
//! A collapse is made only if
//! - each line stays within the tolerance of the one it began as, and that one of it;
//! - E and the two edges at it keep a distance from every other corner and edge of all lines, and no corner lies in the
//!   triangles that the line is drawn over: so no line crosses or touches itself or another one, before and after;
//! - no edge gets too long to be straight in longitude and latitude too.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::edges::{Area, EdgeIndex};
use super::lattice::{
    CELL, Point, cross, distance_squared, lines_cross, nearest_share, place, triangle_holds,
};
use super::network::Arc;

/// How near a new edge may come to another line: half of what contours keep between two crossings of one line.
pub(super) const CLEARANCE: i32 = CELL / 128;

/// What bounds the simplification, units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) tolerance: f64,
    pub(super) edge_max: f64,
}

/// Lines that keep their ends and where they meet, with fewer points.
pub(super) fn simplify(arcs: &[Arc], bounds: Bounds) -> Vec<Arc> {
    let Some(mut lines) = Lines::new(arcs, bounds) else { return arcs.to_vec() };
    // All at once and then into order: one by one takes twice as long.
    let mut asked = Vec::with_capacity(lines.corners.len());
    for corner in 0..lines.corners.len() as u32 {
        asked.extend(lines.ask(corner).map(Reverse));
    }
    let mut queue = BinaryHeap::from(asked);
    while let Some(Reverse(entry)) = queue.pop() {
        let (first, asked) = ((entry >> u32::BITS) as u32, entry as u32);
        let current = &lines.corners[first as usize];
        if current.is_gone || current.asked != asked {
            continue;
        }
        let Some(collapse) = lines.collapse_at(first) else { continue };
        if let Some(stands_for) = lines.stands_for(&collapse).filter(|_| lines.keeps_apart(&collapse)) {
            lines.apply(&collapse, stands_for);
            let [a, b, _, d] = collapse.corners;
            for corner in [lines.corners[a as usize].before, a, b, d] {
                queue.extend(lines.ask(corner).map(Reverse));
            }
        }
    }
    lines.into_arcs()
}

const NONE: u32 = u32::MAX;

struct Corner {
    at: Point,
    before: u32,
    after: u32,
    arc: u32,
    is_gone: bool,
    /// How often its edge was put into the queue: older entries count no more.
    asked: u32,
    /// Which point of the original line it stands for: a number of a point and a share of the way to the next.
    stands_for: f64,
}

struct Lines {
    corners: Vec<Corner>,
    /// The points as they were; a corner's number is its first place.
    original: Vec<Point>,
    /// Of each arc: its first corner, and the twice area by which it is short to its left, from rounding.
    arcs: Vec<(u32, f64)>,
    edges: EdgeIndex,
    bounds: Bounds,
}

/// Edges by their first corner: a to b, b to c, c to d.
struct Collapse {
    corners: [u32; 4],
    points: [Point; 4],
    to: Point,
    /// Twice the area between the line and its ends' straight connection, as it should be.
    twice_area: f64,
}

/// What waits for its turn: from the heaviest bits the square of about the area that the line is moved over, the first corner of
/// the middle edge, and how often that was asked. One number, for what takes time in the queue is to compare.
type Entry = u128;

impl Lines {
    fn new(arcs: &[Arc], bounds: Bounds) -> Option<Self> {
        let original: Vec<Point> = arcs.iter().flatten().copied().collect();
        if original.is_empty() {
            return None;
        }
        let edges = EdgeIndex::new(Area::around(&original));
        let mut lines =
            Self { corners: Vec::with_capacity(original.len()), original, arcs: Vec::new(), edges, bounds };
        for (number, arc) in arcs.iter().enumerate() {
            let first = lines.corners.len() as u32;
            lines.arcs.push((first, 0.0));
            let last = first + arc.len() as u32 - 1;
            for (corner, at) in (first..).zip(arc) {
                lines.corners.push(Corner {
                    at: *at,
                    before: if corner == first { NONE } else { corner - 1 },
                    after: if corner == last { NONE } else { corner + 1 },
                    arc: number as u32,
                    is_gone: false,
                    asked: 0,
                    stands_for: f64::from(corner),
                });
            }
            for corner in first..last {
                lines.edges.insert(
                    corner,
                    lines.corners[corner as usize].at,
                    lines.corners[corner as usize + 1].at,
                );
            }
        }
        Some(lines)
    }

    /// Puts the edge that begins at a corner up for a collapse; `None` where there is none to be had.
    fn ask(&mut self, first: u32) -> Option<Entry> {
        let corner = self.corners.get_mut(first as usize)?;
        corner.asked += 1;
        let asked = corner.asked;
        let collapse = self.collapse_at(first)?;
        // Both corners lie within the tolerance of the original, so that no allowed way is longer than twice that.
        let moved_squared = collapse.moved_squared();
        if moved_squared > 4.0 * self.bounds.tolerance * self.bounds.tolerance {
            return None;
        }
        // Costs are not negative, so their bits are in their order.
        let cost = moved_squared * collapse.length_squared();
        let corner = u64::from(first) << u32::BITS | u64::from(asked);
        Some(Entry::from(cost.to_bits()) << u64::BITS | Entry::from(corner))
    }

    /// The collapse of the edge that begins at a corner; `None` at the ends of lines and where it cannot be bounded.
    fn collapse_at(&self, first: u32) -> Option<Collapse> {
        let b = &self.corners[first as usize];
        if b.before == NONE || b.after == NONE {
            return None;
        }
        let (a, c) = (&self.corners[b.before as usize], &self.corners[b.after as usize]);
        if c.after == NONE {
            return None;
        }
        let d = &self.corners[c.after as usize];
        let points = [a.at, b.at, c.at, d.at];
        let twice_area =
            (cross(a.at, b.at, c.at) + cross(a.at, c.at, d.at)) as f64 + self.arcs[b.arc as usize].1;
        let to = replacement(points, twice_area)?;
        let too_long = |from: Point| {
            let (x, y) = (f64::from(to.x - from.x), f64::from(to.y - from.y));
            x * x + y * y > self.bounds.edge_max * self.bounds.edge_max
        };
        let collapse = Collapse { corners: [b.before, first, b.after, c.after], points, to, twice_area };
        (!too_long(a.at) && !too_long(d.at)).then_some(collapse)
    }

    /// Where on the original line the new corner belongs; `None` where that line and the new one would be too far apart.
    ///
    /// Each corner lies within the tolerance of the point that it stands for, and each original point between two of them
    /// within the tolerance of the edge. A stretch of the original then lies as near to the edge, for the distance to a
    /// straight line is largest at an end; and every point of the edge is the nearest one of some point of the stretch, or
    /// lies between a corner and the one nearest to the point that it stands for.
    fn stands_for(&self, collapse: &Collapse) -> Option<f64> {
        let [a, _, _, d] = collapse.corners.map(|corner| self.corners[corner as usize].stands_for);
        let [from, .., until] = collapse.points.map(place);
        let to = place(collapse.to);
        let tolerance_squared = self.bounds.tolerance * self.bounds.tolerance;
        let mut nearest = (f64::INFINITY, a);
        for number in a.floor() as usize..d.ceil() as usize {
            let (begin, end) = (place(self.original[number]), place(self.original[number + 1]));
            let low = (a - number as f64).max(0.0);
            let high = (d - number as f64).min(1.0);
            let share = nearest_share(to, begin, end).clamp(low, high);
            let (x, y) =
                (begin.0 + share * (end.0 - begin.0) - to.0, begin.1 + share * (end.1 - begin.1) - to.1);
            if x * x + y * y < nearest.0 {
                nearest = (x * x + y * y, number as f64 + share);
            }
        }
        let near = |number: usize| {
            let (from, until) = if number as f64 <= nearest.1 { (from, to) } else { (to, until) };
            distance_squared(place(self.original[number]), from, until) <= tolerance_squared
        };
        let all_near = nearest.0 <= tolerance_squared && (a.ceil() as usize..=d.floor() as usize).all(near);
        all_near.then_some(nearest.1)
    }

    /// Whether the new edges keep their distance and the line can be drawn over to them without meeting anything.
    fn keeps_apart(&self, collapse: &Collapse) -> bool {
        let ([a, b, c, d], to) = (collapse.points, collapse.to);
        let near = |at: Point, from: Point, until: Point| {
            distance_squared(place(at), place(from), place(until)) < f64::from(CLEARANCE * CLEARANCE)
        };
        if near(a, to, d) || near(d, a, to) {
            return false;
        }
        let drawn_over = [[to, a, b], [to, b, c], [to, c, d]];
        let area = Area::around(&[a, b, c, d, to]).grown(CLEARANCE);
        self.edges.all_near(area, |edge| {
            if collapse.corners[..3].contains(&edge) {
                return true;
            }
            let begin = &self.corners[edge as usize];
            let (from, until) = (begin.at, self.corners[begin.after as usize].at);
            if !area.meets(from, until) {
                return true;
            }
            // Every corner begins an edge: the last one of a line is where another, or the same, begins.
            let corner_apart = from == a
                || from == d
                || !(near(from, a, to)
                    || near(from, to, d)
                    || drawn_over.iter().any(|triangle| triangle_holds(*triangle, from)));
            corner_apart
                && !near(to, from, until)
                && !lines_cross((a, to), (from, until))
                && !lines_cross((to, d), (from, until))
        })
    }

    fn apply(&mut self, collapse: &Collapse, stands_for: f64) {
        let [a, b, c, d] = collapse.corners;
        for (edge, (from, until)) in [a, b, c].into_iter().zip(ends(collapse.points)) {
            self.edges.remove(edge, from, until);
        }
        let [from, .., until] = collapse.points;
        let corner = &mut self.corners[b as usize];
        (corner.at, corner.after, corner.stands_for) = (collapse.to, d, stands_for);
        let arc = corner.arc;
        self.corners[c as usize].is_gone = true;
        self.corners[d as usize].before = b;
        self.edges.insert(a, from, collapse.to);
        self.edges.insert(b, collapse.to, until);
        self.arcs[arc as usize].1 = collapse.twice_area - cross(from, collapse.to, until) as f64;
    }

    fn into_arcs(self) -> Vec<Arc> {
        let arc = |(first, _): &(u32, f64)| {
            let mut points = Vec::new();
            let mut corner = *first;
            while corner != NONE {
                points.push(self.corners[corner as usize].at);
                corner = self.corners[corner as usize].after;
            }
            points
        };
        self.arcs.iter().map(arc).collect()
    }
}

impl Collapse {
    /// Square of the farthest way between the old line's corners and the new line.
    fn moved_squared(&self) -> f64 {
        let [a, b, c, d] = self.points.map(place);
        let to = place(self.to);
        let from_new = |at| distance_squared(at, a, to).min(distance_squared(at, to, d));
        from_new(b).max(from_new(c))
    }

    fn length_squared(&self) -> f64 {
        let [a, _, _, d] = self.points.map(place);
        (d.0 - a.0).powi(2) + (d.1 - a.1).powi(2)
    }
}

fn ends([a, b, c, d]: [Point; 4]) -> [(Point, Point); 3] {
    [(a, b), (b, c), (c, d)]
}

/// Where the one corner goes: with it, A and D enclose the twice area given.
///
/// All such places lie on a line along A to D. Of its crossings with A to B and with C to D the one is taken whose own
/// corner lies farther out, or on the side of the area where B and C lie on different sides.
fn replacement([a, b, c, d]: [Point; 4], twice_area: f64) -> Option<Point> {
    let (height_b, height_c) = (cross(a, b, d) as f64, cross(a, c, d) as f64);
    let (a, b, c, d) = (place(a), place(b), place(c), place(d));
    let length_squared = (d.0 - a.0).powi(2) + (d.1 - a.1).powi(2);
    if length_squared == 0.0 {
        return None;
    }
    let length = length_squared.sqrt();
    let is_straight = height_b.abs().max(height_c.abs()) < length;
    let to = if is_straight || twice_area.abs() < f64::from(CLEARANCE) * length {
        // Straight, or as far on one side as on the other: any place between the two is as good.
        let middle = ((b.0 + c.0) / 2.0, (b.1 + c.1) / 2.0);
        let along = ((middle.0 - a.0) * (d.0 - a.0) + (middle.1 - a.1) * (d.1 - a.1)) / length_squared;
        let off = -twice_area / length_squared;
        (a.0 + along * (d.0 - a.0) - off * (d.1 - a.1), a.1 + along * (d.1 - a.1) + off * (d.0 - a.0))
    } else {
        let by_b = match height_b * height_c > 0.0 {
            true => height_b.abs() >= height_c.abs(),
            false => height_b * twice_area > height_c * twice_area,
        };
        match by_b {
            true => {
                let share = twice_area / height_b;
                (a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1))
            }
            false => {
                let share = twice_area / height_c;
                (d.0 + share * (c.0 - d.0), d.1 + share * (c.1 - d.1))
            }
        }
    };
    // Far corners come of lines that are nearly parallel; they would be refused later.
    let far = 64.0 * f64::from(CELL);
    let is_near = (to.0 - a.0).abs() < far && (to.1 - a.1).abs() < far;
    is_near.then(|| Point::new(to.0.round() as i32, to.1.round() as i32))
}
