//! What happens where the front stands when the weather changes.
//!
//! The front keeps its place, its direction and its curvature. From the point of it that a cell's old ray leads back to, a new
//! ray goes on under the new cost, square to the front in the new measure, with the radius that the curvature gives it.

use super::Medium;
use super::corner::Turn;
use super::metric::{Cost, Vector, dot, nearest_leg, plus, scaled};
use super::solver::Front;
use super::tiles::{BURNABLE, CHORD, LISTED, RETIMED, tag};

/// A point of the front, as the cell next to it sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrontPoint {
    pub(super) cell: u32,
    /// The cell that the way lies half in; the cell itself where that one's old cost is not known.
    behind: u32,
    pub(super) flags: u8,
    /// The cell's time and ray under the old cost.
    pub(super) time_s: f32,
    pub(super) ray: Vector,
    /// From the front to the cell.
    way: Vector,
    /// The direction that the front faces on the map.
    normal: Vector,
    /// One over the front's radius on the map, cells.
    curvature: f32,
    /// The cell's old cost.
    cost: Cost,
}

/// A cell this far from the front, cells, and farther is not next to it, unless a cell beside it burned.
const BACK_MAX: f32 = 3.0;

/// A smaller radius is a corner's, cells.
const RADIUS_MIN: f32 = 0.05;

/// A greater radius is a straight line's, cells.
pub(super) const RADIUS_MAX: f32 = 1e6;

impl<M: Medium> Front<'_, M> {
    /// The front where it stands when the step just opened begins: one point for each cell next to it.
    pub(super) fn front_points(&mut self) -> Vec<FrontPoint> {
        let later = std::mem::take(&mut self.later);
        later.into_iter().filter_map(|cell| self.front_point(cell)).collect()
    }

    /// Times the cells next to the front anew under the costs of the step just opened.
    ///
    /// A cell that burned before keeps its time and is no end of later updates: its time belongs to other costs. Where
    /// nothing changed for a cell it keeps its time and its ray.
    pub(super) fn change_weather(&mut self, points: &[FrontPoint]) {
        for point in points {
            self.time_anew(point);
        }
    }

    fn front_point(&mut self, id: u32) -> Option<FrontPoint> {
        self.tiles.cells[id as usize].flags &= !LISTED;
        let cell = self.tiles.cells[id as usize];
        if cell.time_s < self.begin_s || !cell.has(BURNABLE) {
            return None;
        }
        let around = self.around(id as usize);
        let next = around[nearest_leg(scaled(cell.ray, -1.0))];
        let known = &self.tiles.cells[next as usize];
        let is_known = known.tag == tag(self.step - 1) && known.has(BURNABLE);
        let behind = if is_known { next } else { id };
        let own = cell.cost();
        let cost = own.mean(&self.tiles.cells[behind as usize].cost());
        let flat = dot(cell.ray, cell.ray).sqrt();
        let along = scaled(cell.ray, 1.0 / flat);
        let back = (cell.time_s - self.begin_s) / cost.seconds(along);
        let burned = |id: &u32| {
            let beside = &self.tiles.cells[*id as usize];
            beside.has(BURNABLE) && beside.time_s < self.begin_s
        };
        if back > BACK_MAX && !around.iter().any(burned) {
            // Timed from the start itself and not yet near: the front here says nothing of that place.
            self.tiles.forget(id as usize, false);
            return None;
        }
        let gradient = cost.gradient(along);
        let size = dot(gradient, gradient).sqrt();
        let normal = scaled(gradient, 1.0 / size);
        let unit = cost.length(along);
        let radius = ((flat - back) * unit).max(RADIUS_MIN);
        let facing = dot(along, normal) / unit;
        Some(FrontPoint {
            cell: id,
            behind,
            flags: cell.flags,
            time_s: cell.time_s,
            ray: cell.ray,
            way: scaled(along, back),
            normal,
            curvature: curvature(&cost, facing, radius, size),
            cost: own,
        })
    }

    fn time_anew(&mut self, point: &FrontPoint) {
        let id = point.cell as usize;
        let own = self.cost(id);
        let (mut time_s, mut ray) = (point.time_s, point.ray);
        if own != point.cost {
            // In the same cells as before the change, burned or not: what is left of the way would be shorter or longer with every
            // change.
            let cost = own.mean(&self.cost(point.behind as usize));
            let from_front = from_front(&cost, point);
            (time_s, ray) = (self.begin_s + from_front.0, from_front.1);
        }
        // Behind a corner, too, the front is now where fire comes from.
        self.tiles.cells[id].turn = Turn::No;
        self.lower(id, time_s, ray, 0);
        self.tiles.cells[id].flags |= if point.flags & CHORD != 0 { CHORD } else { RETIMED };
    }
}

/// Curvature on the map, one over cells, of a front that faces a ray of a radius along the slope; `size` is that of the time's
/// gradient.
fn curvature(cost: &Cost, facing: f32, radius: f32, size: f32) -> f32 {
    let steep = 1.0 + dot(cost.rise, cost.rise);
    cost.slowness * steep * facing * facing / (radius * size)
}

/// The radius along the slope of the rays from a front of a curvature: [`curvature`] the other way round.
pub(super) fn radius(cost: &Cost, facing: f32, curvature: f32, size: f32) -> f32 {
    let steep = 1.0 + dot(cost.rise, cost.rise);
    (cost.slowness * steep * facing * facing / (curvature * size).max(1.0 / RADIUS_MAX)).min(RADIUS_MAX)
}

/// Seconds from the front, and the ray, under another cost.
fn from_front(cost: &Cost, point: &FrontPoint) -> (f32, Vector) {
    let (normal, way) = (point.normal, point.way);
    let steep = 1.0 + dot(cost.rise, cost.rise);
    // The product of two gradients along the slope.
    let product = |u: Vector, v: Vector| dot(u, v) - dot(cost.rise, u) * dot(cost.rise, v) / steep;
    let (square, across, drift) =
        (product(normal, normal), product(normal, cost.drift), product(cost.drift, cost.drift));
    // The gradient is `size` times the normal: its distance from the drift is the slowness.
    let under = across * across + square * (cost.slowness * cost.slowness - drift);
    let size = (across + under.max(0.0).sqrt()) / square;
    let rest = [size * normal[0] - cost.drift[0], size * normal[1] - cost.drift[1]];
    let climb = dot(cost.rise, rest) / steep;
    let along = scaled([rest[0] - climb * cost.rise[0], rest[1] - climb * cost.rise[1]], 1.0 / cost.slowness);
    let radius = radius(cost, dot(along, normal), point.curvature, size);
    let source = scaled(along, radius);
    let ray = plus(source, way);
    let drift_s = dot(cost.drift, way);
    let square_way = cost.product(way, way);
    let longer = (square_way + 2.0 * cost.product(source, way)) / (cost.length(ray) + radius);
    let (time_s, chord_s) = (drift_s + cost.slowness * longer, drift_s + cost.slowness * square_way.sqrt());
    // No way by its source is longer than straight from the front, but by rounding: where both lie in one line.
    if time_s >= 0.0 { (time_s.min(chord_s), ray) } else { (chord_s.max(0.0), way) }
}
