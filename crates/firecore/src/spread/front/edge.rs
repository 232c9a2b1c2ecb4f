//! The two-point update: the least time from a straight edge to a cell.

use std::ops::Range;

/// One end of an edge, as the target cell sees it.
pub(super) struct EdgeEnd {
    /// Its time plus the drift's part of the straight way to the target, s.
    pub(super) time_s: f32,
    /// The straight way to the target, m east and m north.
    pub(super) way: [f32; 2],
    /// The vector from its virtual source, m.
    pub(super) ray: [f32; 2],
}

/// How far apart the two ends' sources may be to count as one, cells. Rays of a plane front are parallel: their sources are
/// a whole cell apart, and to take the edge as bent would let the fire run ahead.
const SOURCES_APART_MAX: f32 = 0.5;

/// How far the difference of the two times may depart from that of the common circle, as a share of a cell's time.
const DEPARTURE_MAX: f32 = 0.35;

/// Differences of the ends' times, over the isotropic time across a cell, beyond which the least time is at an end. On a line
/// they are 0 and 0.71; around a source one cell beyond either end they are -0.41 and 0.85.
const SINES: Range<f32> = -0.45..1.0;

/// A foot closer to its source than this share of a cell bends no more: the curvature would grow without bound.
const RADIUS_MIN: f32 = 0.1;

/// By how much time around a source a cell away falls below the line between an edge's ends, as a share of the isotropic
/// time across a cell; it falls with the distance from the source.
const BEND_MAX: f32 = 0.125;

/// The least time over an edge from a side neighbour to a corner neighbour, and the target's ray.
///
/// `slowness_s_m` is the isotropic part of the cost and `cell_m` the length of the edge. `None` when the least time is
/// at an end: a straight way, tried elsewhere; or when it cannot be below `known_s`.
pub(super) fn over_edge(
    slowness_s_m: f32,
    cell_m: f32,
    side: &EdgeEnd,
    corner: &EdgeEnd,
    known_s: f32,
) -> Option<(f32, [f32; 2])> {
    let across_s = slowness_s_m * cell_m;
    let sine = (side.time_s - corner.time_s) / across_s;
    if !SINES.contains(&sine) {
        return None;
    }
    let held = sine.clamp(0.0, std::f32::consts::FRAC_1_SQRT_2);
    let straight_s = side.time_s + across_s * (1.0 - held * sine) / (1.0 - held * held).sqrt();
    let nearest_m2 = dot(side.ray, side.ray).min(dot(corner.ray, corner.ray)).max(cell_m * cell_m);
    if straight_s - BEND_MAX * across_s * cell_m / nearest_m2.sqrt() >= known_s {
        return None;
    }
    over_circle(slowness_s_m, side, corner).unwrap_or_else(|| over_line(slowness_s_m, cell_m, side, corner))
}

/// Time linear along the edge: exact for a plane front.
fn over_line(slowness_s_m: f32, cell_m: f32, side: &EdgeEnd, corner: &EdgeEnd) -> Option<(f32, [f32; 2])> {
    let slowness_s = slowness_s_m * cell_m;
    let sine = (side.time_s - corner.time_s) / slowness_s;
    if !(sine > 0.0 && sine < std::f32::consts::FRAC_1_SQRT_2) {
        return None;
    }
    let cosine = (1.0 - sine * sine).sqrt();
    let foot = sine / cosine;
    let leg = between(side.way, corner.way, foot);
    let radius_m = length(side.ray) + foot * (length(corner.ray) - length(side.ray));
    let stretch = 1.0 + radius_m / length(leg);
    Some((side.time_s + slowness_s * cosine, [leg[0] * stretch, leg[1] * stretch]))
}

/// Time along the edge as around the common source of both ends plus a linear rest: exact for a fire from a point.
///
/// The outer `None` says that the ends have no common source, the inner one that the least time is at an end.
fn over_circle(slowness_s_m: f32, side: &EdgeEnd, corner: &EdgeEnd) -> Option<Option<(f32, [f32; 2])>> {
    let cell_m = length(side.way);
    let (side_ray, corner_ray) = (plus(side.ray, side.way), plus(corner.ray, corner.way));
    let apart_m = length(minus(side_ray, corner_ray));
    if apart_m > SOURCES_APART_MAX * cell_m || length(side.ray) == 0.0 || length(corner.ray) == 0.0 {
        return None;
    }
    let ray = [0.5 * (side_ray[0] + corner_ray[0]), 0.5 * (side_ray[1] + corner_ray[1])];
    let (to_side, to_corner) = (minus(ray, side.way), minus(ray, corner.way));
    // Differences of two nearly equal lengths, in a form that does not cancel.
    let longer =
        |far: [f32; 2], near: [f32; 2]| (dot(far, far) - dot(near, near)) / (length(far) + length(near));
    let rest_s = (corner.time_s - side.time_s) - slowness_s_m * longer(to_corner, to_side);
    let along = dot(ray, side.way) / cell_m;
    if along <= 0.0 || rest_s.abs() > DEPARTURE_MAX * slowness_s_m * cell_m {
        return None;
    }
    // The edge runs from the side neighbour in the direction of the difference of the two ways.
    let edge = minus(side.way, corner.way);
    let foot_of_ray = -dot(ray, edge) / (along * cell_m);
    let cosine = along / length(ray);
    let (leg_m, radius_m) = (cell_m / cosine, length(ray) - cell_m / cosine);
    let bend_s = slowness_s_m
        * cell_m
        * cell_m
        * cosine
        * cosine
        * (1.0 / radius_m.max(RADIUS_MIN * cell_m) + 1.0 / leg_m);
    let foot = foot_of_ray - rest_s / bend_s;
    if !(0.0..=1.0).contains(&foot) {
        return Some(None);
    }
    let off = foot - foot_of_ray;
    let time_s = side.time_s + slowness_s_m * longer(ray, to_side) + foot * rest_s + 0.5 * bend_s * off * off;
    let leg = between(side.way, corner.way, foot);
    let stretch = 1.0 + radius_m.max(0.0) / length(leg);
    Some(Some((time_s, [leg[0] * stretch, leg[1] * stretch])))
}

fn between(a: [f32; 2], b: [f32; 2], share: f32) -> [f32; 2] {
    [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
}

fn plus(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

pub(super) fn minus(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

fn dot(a: [f32; 2], b: [f32; 2]) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

fn length(a: [f32; 2]) -> f32 {
    dot(a, a).sqrt()
}
