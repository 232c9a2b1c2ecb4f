//! The two-point update: the least time to a cell from the straight line between two of its neighbours.
//!
//! Each end carries its time and the ray from its virtual source. Where the two sources agree the time along the line is
//! that around their mean source plus a linear rest, so that a fire from a point is exact at any length-to-width ratio;
//! where they do not the time along the line is linear, exact for a plane front.

use super::metric::{Cost, Vector, cross, dot, minus, plus, scaled};

/// One end of the line.
#[derive(Clone, Copy)]
pub(super) struct End {
    /// s.
    pub(super) time_s: f32,
    /// From its virtual source.
    pub(super) ray: Vector,
    pub(super) cost: Cost,
}

/// How a line lies to the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// An edge of the target's ring whose near end shares a side with the target.
    FromSide,
    /// An edge of the target's ring whose near end touches it at a corner.
    FromCorner,
    /// The far end lies behind the near one: used around a common source only.
    Behind,
}

impl Reach {
    /// That of an edge whose near end lies straight behind the target, or at its corner.
    pub(super) fn edge(straight: bool) -> Self {
        if straight { Self::FromSide } else { Self::FromCorner }
    }
}

/// Where the least time is.
pub(super) enum Foot {
    /// On the line: the time at the target and its ray.
    On(f32, Vector),
    /// At the near end or beyond it.
    Near,
    /// At the far end or beyond it.
    Far,
}

/// Nearer to their sources than this, cells, the ends must agree on the source to within [`APART_MAX`]: behind a barrier's
/// corner sources are that close, and to mean two of them would let the fire run ahead.
const CLOSE: f32 = 7.0;

/// How far apart two close sources may lie, cells.
const APART_MAX: f32 = 0.3;

/// Cosine of the angle between two rays (20 degrees) beyond which they have no common source.
const COSINE_MIN: f32 = 0.94;

/// How far the times of the ends may depart from those around the mean source, s over the slowness.
const DEPARTURE_MAX: f32 = 0.35;

/// Distances to source and target below this, cells, would let the curvature grow without bound.
const REACH_MIN: f32 = 0.1;

/// The same for a line that lies behind, and its least width as the target sees it.
const REACH_BEHIND_MIN: f32 = 0.3;

/// The least time over the line from `near` to `far`: `to` leads from the near end to the target, `edge` to the far end; `even`
/// where all three have the same cost.
#[inline]
pub(super) fn least(
    own: &Cost,
    near: &End,
    far: &End,
    [to, edge]: [Vector; 2],
    reach: Reach,
    even: bool,
) -> Foot {
    let to_far = minus(to, edge);
    let (ray_near, ray_far) = (plus(near.ray, to), plus(far.ray, to_far));
    let ray = scaled(plus(ray_near, ray_far), 0.5);
    let across = cross(edge, ray);
    let crossing = cross(to, ray) / across;
    let ends = near.cost.mixed(&far.cost, share_of_far(crossing.clamp(0.0, 1.0), reach));
    let cost = own.mean(&ends);
    let along = Products::of(&cost, ray_near, ray_far, to, edge);
    let line = Line {
        to,
        edge,
        near_s: near.time_s + dot(cost.drift, to),
        far_s: far.time_s + dot(cost.drift, to_far),
        slowness: ends.slowness,
        across: -across,
        turn: cross(near.ray, far.ray),
        turn_max: if even { TURN_EVEN_MAX } else { 1.0 },
        reach,
    };
    let (square_near, square_far, product) = (along.near_near, along.far_far, along.near_far);
    let apart = minus(ray_near, ray_far);
    let agree = near.cost.is_like(&far.cost)
        && product > 0.0
        && product * product > COSINE_MIN * COSINE_MIN * square_near * square_far
        && (square_near.min(square_far) > CLOSE * CLOSE || dot(apart, apart) <= APART_MAX * APART_MAX);
    let found = if agree { line.around_source(&cost, &along, crossing) } else { None };
    match (found, reach) {
        // No way leads back in time; the far end of a line behind is no neighbour of the target.
        (Some(Foot::On(time_s, _)), Reach::Behind) if time_s < near.time_s => Foot::Far,
        (Some(Foot::On(time_s, _)), _) if time_s < near.time_s.min(far.time_s) => Foot::Far,
        (Some(foot), _) => foot,
        (None, Reach::Behind) => Foot::Far,
        (None, _) => line.plane(&cost, &along),
    }
}

/// Products along the slope of the two rays to the target, the way from the near end to it and the edge.
struct Products {
    near_near: f32,
    near_far: f32,
    far_far: f32,
    near_to: f32,
    far_to: f32,
    near_edge: f32,
    far_edge: f32,
    to_to: f32,
    to_edge: f32,
    edge_edge: f32,
}

impl Products {
    #[inline]
    fn of(cost: &Cost, near: Vector, far: Vector, to: Vector, edge: Vector) -> Self {
        let (near_up, far_up) = (cost.along_slope(near), cost.along_slope(far));
        let (to_up, edge_up) = (cost.along_slope(to), cost.along_slope(edge));
        Self {
            near_near: dot(near, near_up),
            near_far: dot(near, far_up),
            far_far: dot(far, far_up),
            near_to: dot(near, to_up),
            far_to: dot(far, to_up),
            near_edge: dot(near, edge_up),
            far_edge: dot(far, edge_up),
            to_to: dot(to, to_up),
            to_edge: dot(to, edge_up),
            edge_edge: dot(edge, edge_up),
        }
    }

    /// The squares of the ends' own rays.
    #[inline]
    fn own_rays(&self) -> (f32, f32) {
        let to_far = self.to_to - 2.0 * self.to_edge + self.edge_edge;
        let near = self.near_near - 2.0 * self.near_to + self.to_to;
        let far = self.far_far - 2.0 * (self.far_to - self.far_edge) + to_far;
        (near.max(0.0), far.max(0.0))
    }
}

/// A line with its ends' times, each with the drift's part of the straight way to the target.
struct Line {
    to: Vector,
    edge: Vector,
    near_s: f32,
    far_s: f32,
    /// Of the ground that the line lies on, s a cell.
    slowness: f32,
    /// The cross product of the mean ray and the edge.
    across: f32,
    /// The cross product of the ends' rays.
    turn: f32,
    /// How many times what the distance of their source says rays may diverge.
    turn_max: f32,
    reach: Reach,
}

impl Line {
    /// The least time where the time along the line is that around one source plus a linear rest; `None` where it is not.
    ///
    /// The mean ray meets the line at `crossing`.
    #[inline]
    fn around_source(&self, cost: &Cost, along: &Products, crossing: f32) -> Option<Foot> {
        let (ray_to, ray_edge) =
            (0.5 * (along.near_to + along.far_to), 0.5 * (along.near_edge + along.far_edge));
        let square = 0.25 * (along.near_near + along.far_far) + 0.5 * along.near_far;
        let square_from = (square - 2.0 * ray_to + along.to_to).max(0.0);
        let twice_edge = along.edge_edge + 2.0 * (ray_edge - along.to_edge);
        let length = square.sqrt();
        let length_near = square_from.sqrt();
        let length_far = (square_from + twice_edge).max(0.0).sqrt();
        // Differences of nearly equal lengths, in a form that does not cancel.
        let rest_s = (self.far_s - self.near_s) - cost.slowness * twice_edge / (length_near + length_far);
        let inverse = 1.0 / length;
        let leg = (ray_to - crossing * ray_edge) * inverse;
        let radius = length - leg;
        let steep = 1.0 + dot(cost.rise, cost.rise);
        let width = self.across * inverse;
        let width_squared = width * width * steep;
        let sound = match self.reach {
            Reach::Behind => {
                radius > REACH_BEHIND_MIN
                    && leg > REACH_BEHIND_MIN
                    && width_squared > REACH_BEHIND_MIN * REACH_BEHIND_MIN
            }
            _ => radius > 0.0 && leg > REACH_MIN,
        };
        if !sound || rest_s.abs() > DEPARTURE_MAX * cost.slowness {
            return None;
        }
        let around = 1.0 / radius.max(REACH_MIN);
        // Rays of one source diverge by what its distance says; those of a straight front do not.
        let (own_near, own_far) = along.own_rays();
        let lengths = (own_near * own_far).sqrt();
        let diverging = (self.turn * length / (lengths * self.across)).clamp(0.0, self.turn_max * around);
        // The way through the source bends by the target's slowness on both sides of the line; the time along the line bends
        // by that of the ground there.
        let bend = width_squared * cost.slowness * (around + 1.0 / leg);
        let less = width_squared * (self.slowness * diverging - cost.slowness * around);
        let foot = (bend * crossing + 0.5 * less - rest_s) / (bend + less);
        if foot < 0.0 {
            return Some(Foot::Near);
        }
        if foot > 1.0 {
            return Some(Foot::Far);
        }
        let off = foot - crossing;
        let to_target = (2.0 * ray_to - along.to_to) / (length + length_near);
        let time_s = self.near_s
            + cost.slowness * to_target
            + foot * rest_s
            + 0.5 * bend * off * off
            + 0.5 * less * foot * (foot - 1.0);
        // The radius changes along the line where the two sources do not lie equally far off.
        let radius = (1.0 / diverging.max(1.0 / RADIUS_MAX)).min(radius * LONGER_MAX)
            + (foot - 0.5) * (along.far_far - along.near_near) * 0.5 * inverse;
        let way = minus(self.to, scaled(self.edge, foot));
        let length = (along.to_to + foot * (foot * along.edge_edge - 2.0 * along.to_edge)).sqrt();
        Some(Foot::On(time_s, scaled(way, 1.0 + radius.max(0.0) / length)))
    }

    /// The least time where the time along the line is linear.
    #[inline(never)]
    fn plane(&self, cost: &Cost, along: &Products) -> Foot {
        let Self { to, edge, near_s, far_s, .. } = *self;
        let length_edge = along.edge_edge.sqrt();
        let start = along.to_edge / along.edge_edge;
        let height = (along.to_to - start * along.to_edge).max(0.0).sqrt();
        let sine = (near_s - far_s) / (cost.slowness * length_edge);
        if sine.abs() >= SINE_MAX {
            return if sine > 0.0 { Foot::Far } else { Foot::Near };
        }
        let cosine = (1.0 - sine * sine).sqrt();
        let foot = start + sine * height / (cosine * length_edge);
        if foot <= 0.0 {
            return Foot::Near;
        }
        if foot >= 1.0 {
            return Foot::Far;
        }
        let leg = height / cosine;
        let time_s = near_s + foot * (far_s - near_s) + cost.slowness * leg;
        let (near, far) = along.own_rays();
        let (radius_near, radius_far) = (near.sqrt(), far.sqrt());
        let radius = radius_near + foot * (radius_far - radius_near);
        Foot::On(time_s, scaled(minus(to, scaled(edge, foot)), 1.0 + radius / leg))
    }
}

/// On even ground rays diverge by at most this many times what the distance of their source says: more is a kink. Elsewhere
/// more than that distance says is taken as noise: it would let the front run ahead.
const TURN_EVEN_MAX: f32 = 1.5;

/// A greater radius is a straight line's, cells.
const RADIUS_MAX: f32 = 1e6;

/// By how much a radius may grow in one update beyond what the way adds.
const LONGER_MAX: f32 = 1.1;

/// Beyond this sine of the angle between a plane front and the line, the least time is at an end.
const SINE_MAX: f32 = 0.9999;

/// How much of the part of a way that lies outside the target's own cell lies in the far end's cell.
///
/// From a foot on an edge a straight way leaves the corner's cell, if it starts there, on its way to the middle of the border.
#[inline]
fn share_of_far(foot: f32, reach: Reach) -> f32 {
    let corner = |foot: f32| if foot > 0.5 { 2.0 - 1.0 / foot } else { 0.0 };
    match reach {
        Reach::FromSide | Reach::Behind => corner(foot),
        Reach::FromCorner => 1.0 - corner(1.0 - foot),
    }
}
