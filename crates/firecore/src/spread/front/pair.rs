//! The two-point update: the least time to a cell from the straight line between two of its neighbours.
//!
//! Each end carries its time and the ray from its virtual source. Where the two sources agree the time along the line is
//! that around their mean source plus a linear rest, so that a fire from a point is exact at any length-to-width ratio;
//! where they do not the time along the line is linear, exact for a plane front. Four updates are made at once.

use wide::bytemuck;

use super::lanes::{LANES, Lanes, four, halves, splat};
use super::metric::{Cost, CostBits, Vector, cross, dot, minus, plus, scaled};
use super::tiles::Cell;

/// One end of the line.
#[derive(Clone, Copy)]
pub(super) struct End<T = f32> {
    /// s.
    pub(super) time_s: T,
    /// From its virtual source.
    pub(super) ray: Vector<T>,
    pub(super) cost: Cost<T>,
}

impl End {
    #[inline]
    pub(super) fn of(cell: &Cell) -> Self {
        Self { time_s: cell.time_s, ray: cell.ray, cost: cell.cost() }
    }
}

impl End {
    fn splat(&self) -> End<Lanes> {
        End { time_s: Lanes::splat(self.time_s), ray: splat(self.ray), cost: self.cost.splat() }
    }
}

impl End<Lanes> {
    /// Four cells as ends.
    #[inline]
    pub(super) fn of_four(cells: [&Cell; LANES]) -> Self {
        let front = four(|lane| {
            let cell = cells[lane];
            Lanes::new([cell.time_s, cell.ray[0], cell.ray[1], f32::from_bits(cell.cost[0])])
        });
        let [time_s, east, north, _] = Lanes::transpose(front);
        let cost = four(|lane| bytemuck::cast::<CostBits, Lanes>(cells[lane].cost));
        let [slowness, drift_east, drift_north, rise] = Lanes::transpose(cost);
        let cost = Cost { slowness, drift: [drift_east, drift_north], rise: halves(rise) };
        Self { time_s, ray: [east, north], cost }
    }

    /// The times that their own rays give targets of some costs, along the ways to them: exact where the medium is even.
    #[inline(always)]
    pub(super) fn along_ray_s(&self, own: &Cost<Lanes>, to: Vector<Lanes>) -> Lanes {
        let cost = own.mean(&self.cost);
        let square = cost.product(self.ray, self.ray);
        let gain = cost.product(to, to) + Lanes::splat(2.0) * cost.product(self.ray, to);
        let longer = gain / ((square + gain).fast_max(Lanes::ZERO).sqrt() + square.sqrt());
        self.time_s + dot(cost.drift, to) + cost.slowness * longer
    }
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
    #[inline]
    pub(super) fn edge(straight: bool) -> Self {
        if straight { Self::FromSide } else { Self::FromCorner }
    }
}

/// Four lines to their targets.
pub(super) struct Lines {
    /// The targets' costs.
    pub(super) own: Cost<Lanes>,
    pub(super) near: End<Lanes>,
    pub(super) far: End<Lanes>,
    /// From the near end to the target.
    pub(super) to: Vector<Lanes>,
    /// From the near end to the far one.
    pub(super) edge: Vector<Lanes>,
    /// Where the line starts at the target's corner, and where the far end lies behind.
    pub(super) from_corner: Lanes,
    pub(super) behind: Lanes,
}

/// Where the least time is.
#[derive(Clone, Copy)]
pub(super) enum Foot {
    /// On the line: the time at the target and its ray.
    On(f32, Vector),
    /// At the near end or beyond it.
    Near,
    /// At the far end or beyond it.
    Far,
}

/// Where four least times are.
pub(super) struct Feet {
    times_s: [f32; LANES],
    rays: [[f32; LANES]; 2],
    /// As bits: where the foot is on the line, and where at the near end.
    on: u32,
    near: u32,
}

impl Feet {
    /// All at the far ends.
    pub(super) const FAR: Self = Self { times_s: [0.0; LANES], rays: [[0.0; LANES]; 2], on: 0, near: 0 };

    /// One of the four.
    #[inline]
    pub(super) fn one(&self, lane: usize) -> Foot {
        match (self.on >> lane & 1, self.near >> lane & 1) {
            (1, _) => Foot::On(self.times_s[lane], self.rays.map(|parts| parts[lane])),
            (_, 1) => Foot::Near,
            _ => Foot::Far,
        }
    }
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

/// Costs that differ by less than this share of the lower slowness are alike: a wave's curvature carries over.
const LIKE_MAX: f32 = 0.5;

impl Lines {
    /// One line, four times.
    pub(super) fn of_one(own: &Cost, near: &End, far: &End, [to, edge]: [Vector; 2], reach: Reach) -> Self {
        let mask = |is: bool| Lanes::splat(f32::from_bits(if is { u32::MAX } else { 0 }));
        Self {
            own: own.splat(),
            near: near.splat(),
            far: far.splat(),
            to: splat(to),
            edge: splat(edge),
            from_corner: mask(reach == Reach::FromCorner),
            behind: mask(reach == Reach::Behind),
        }
    }

    /// The least time over each line.
    #[inline(always)]
    pub(super) fn least(&self) -> Feet {
        let Self { own, near, far, to, edge, .. } = self;
        let (to, edge) = (*to, *edge);
        let (zero, one) = (Lanes::ZERO, Lanes::ONE);
        let to_far = minus(to, edge);
        let (ray_near, ray_far) = (plus(near.ray, to), plus(far.ray, to_far));
        let ray = scaled(plus(ray_near, ray_far), Lanes::HALF);
        let across = cross(edge, ray);
        let crossing = cross(to, ray) / across;
        let within = crossing.fast_max(zero).fast_min(one);
        let ends = near.cost.mixed(&far.cost, self.share_of_far(within));
        let cost = own.mean(&ends);
        let line = Line {
            lines: self,
            along: Products::of(&cost, ray_near, ray_far, to, edge),
            near_s: near.time_s + dot(cost.drift, to),
            far_s: far.time_s + dot(cost.drift, to_far),
            slowness: ends.slowness,
            across: -across,
            cost,
        };
        let around = line.around_source(crossing, self.agree(&line.along, ray_near, ray_far));
        let plane = !around.found & !self.behind;
        let mut feet = around;
        if plane.any() {
            feet = line.plane().blended(plane, &feet);
        }
        Feet {
            times_s: feet.time_s.to_array(),
            rays: feet.ray.map(Lanes::to_array),
            on: (feet.found & feet.on).to_bitmask(),
            near: (feet.found & feet.near).to_bitmask(),
        }
    }

    /// Where the two ends have one source.
    #[inline]
    fn agree(&self, along: &Products, ray_near: Vector<Lanes>, ray_far: Vector<Lanes>) -> Lanes {
        let (near, far) = (&self.near.cost, &self.far.cost);
        let zero = Lanes::ZERO;
        let most = Lanes::splat(LIKE_MAX) * near.slowness.fast_min(far.slowness);
        let drift_apart = minus(near.drift, far.drift);
        let alike = (near.slowness - far.slowness).abs().simd_le(most)
            & dot(drift_apart, drift_apart).simd_le(most * most);
        let (square_near, square_far, product) = (along.near_near, along.far_far, along.near_far);
        let one_way = product.simd_gt(zero)
            & (product * product).simd_gt(Lanes::splat(COSINE_MIN * COSINE_MIN) * square_near * square_far);
        let apart = minus(ray_near, ray_far);
        let one_place = square_near.fast_min(square_far).simd_gt(Lanes::splat(CLOSE * CLOSE))
            | dot(apart, apart).simd_le(Lanes::splat(APART_MAX * APART_MAX));
        alike & one_way & one_place
    }

    /// How much of the part of a way that lies outside the target's own cell lies in the far end's cell.
    ///
    /// From a foot on an edge a straight way leaves the corner's cell, if it starts there, on its way to the middle of the border.
    #[inline]
    fn share_of_far(&self, foot: Lanes) -> Lanes {
        let one = Lanes::ONE;
        let foot = self.from_corner.bitselect(one - foot, foot);
        let corner = foot.simd_gt(Lanes::HALF) & (Lanes::splat(2.0) - one / foot);
        self.from_corner.bitselect(one - corner, corner)
    }
}

/// Products along the slope of the two rays to the target, the way from the near end to it and the edge.
struct Products {
    near_near: Lanes,
    near_far: Lanes,
    far_far: Lanes,
    near_to: Lanes,
    far_to: Lanes,
    near_edge: Lanes,
    far_edge: Lanes,
    to_to: Lanes,
    to_edge: Lanes,
    edge_edge: Lanes,
}

impl Products {
    #[inline]
    fn of(
        cost: &Cost<Lanes>,
        near: Vector<Lanes>,
        far: Vector<Lanes>,
        to: Vector<Lanes>,
        edge: Vector<Lanes>,
    ) -> Self {
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
    fn own_rays(&self) -> (Lanes, Lanes) {
        let two = Lanes::splat(2.0);
        let to_far = self.to_to - two * self.to_edge + self.edge_edge;
        let near = self.near_near - two * self.near_to + self.to_to;
        let far = self.far_far - two * (self.far_to - self.far_edge) + to_far;
        (near.fast_max(Lanes::ZERO), far.fast_max(Lanes::ZERO))
    }
}

/// Lines with their ends' times, each with the drift's part of the straight way to the target.
struct Line<'a> {
    lines: &'a Lines,
    /// That of the way.
    cost: Cost<Lanes>,
    along: Products,
    near_s: Lanes,
    far_s: Lanes,
    /// Of the ground that the line lies on, s a cell.
    slowness: Lanes,
    /// The cross product of the mean ray and the edge.
    across: Lanes,
}

/// Times at four targets over one kind of line, with their rays: where there is an answer of that kind, where it is the foot on
/// the line, and where the near end.
struct Answers {
    time_s: Lanes,
    ray: Vector<Lanes>,
    found: Lanes,
    on: Lanes,
    near: Lanes,
}

impl Answers {
    /// These where a mask is set, others elsewhere.
    #[inline]
    fn blended(&self, mask: Lanes, other: &Self) -> Self {
        let blend = |own: Lanes, other: Lanes| mask.bitselect(own, other);
        Self {
            time_s: blend(self.time_s, other.time_s),
            ray: [blend(self.ray[0], other.ray[0]), blend(self.ray[1], other.ray[1])],
            found: blend(self.found, other.found),
            on: blend(self.on, other.on),
            near: blend(self.near, other.near),
        }
    }
}

impl Line<'_> {
    /// The least times where the time along the line is that around one source plus a linear rest; not found where it is not.
    ///
    /// The mean ray meets the line at `crossing`.
    #[inline]
    fn around_source(&self, crossing: Lanes, agree: Lanes) -> Answers {
        let (cost, along, lines) = (&self.cost, &self.along, self.lines);
        let (zero, half, one) = (Lanes::ZERO, Lanes::HALF, Lanes::ONE);
        let two = Lanes::splat(2.0);
        let ray_to = half * (along.near_to + along.far_to);
        let ray_edge = half * (along.near_edge + along.far_edge);
        let square = Lanes::splat(0.25) * (along.near_near + along.far_far) + half * along.near_far;
        let square_from = (square - two * ray_to + along.to_to).fast_max(zero);
        let twice_edge = along.edge_edge + two * (ray_edge - along.to_edge);
        let length = square.sqrt();
        let length_near = square_from.sqrt();
        let length_far = (square_from + twice_edge).fast_max(zero).sqrt();
        // Differences of nearly equal lengths, in a form that does not cancel.
        let rest_s = (self.far_s - self.near_s) - cost.slowness * twice_edge / (length_near + length_far);
        let inverse = one / length;
        let leg = (ray_to - crossing * ray_edge) * inverse;
        let radius = length - leg;
        let steep = one + dot(cost.rise, cost.rise);
        let width = self.across * inverse;
        let width_squared = width * width * steep;
        let least_behind = Lanes::splat(REACH_BEHIND_MIN);
        let of_behind = radius.simd_gt(least_behind)
            & leg.simd_gt(least_behind)
            & width_squared.simd_gt(least_behind * least_behind);
        let of_edge = radius.simd_gt(zero) & leg.simd_gt(Lanes::splat(REACH_MIN));
        let sound = lines.behind.bitselect(of_behind, of_edge);
        let found = agree & sound & rest_s.abs().simd_le(Lanes::splat(DEPARTURE_MAX) * cost.slowness);

        let around = one / radius.fast_max(Lanes::splat(REACH_MIN));
        // Rays of one source diverge by what its distance says; those of a straight front do not.
        let (own_near, own_far) = along.own_rays();
        let lengths = (own_near * own_far).sqrt();
        let turn = cross(lines.near.ray, lines.far.ray);
        let turn_max = Lanes::splat(TURN_MAX) * around;
        let diverging = (turn * length / (lengths * self.across)).fast_max(zero).fast_min(turn_max);
        // The way through the source bends by the target's slowness on both sides of the line; the time along the line bends
        // by that of the ground there.
        let bend = width_squared * cost.slowness * (around + one / leg);
        let less = width_squared * (self.slowness * diverging - cost.slowness * around);
        let foot = (bend * crossing + half * less - rest_s) / (bend + less);
        let near = foot.simd_lt(zero);
        let mut on = foot.simd_ge(zero) & foot.simd_le(one);
        let off = foot - crossing;
        let to_target = (two * ray_to - along.to_to) / (length + length_near);
        let time_s = self.near_s
            + cost.slowness * to_target
            + foot * rest_s
            + half * bend * off * off
            + half * less * foot * (foot - one);
        // No way leads back in time; the far end of a line behind is no neighbour of the target.
        let first_s = lines.near.time_s.fast_min(lines.far.time_s);
        let earliest_s = lines.behind.bitselect(lines.near.time_s, first_s);
        on &= time_s.simd_ge(earliest_s);
        // The radius changes along the line where the two sources do not lie equally far off.
        let radius = (one / diverging.fast_max(Lanes::splat(1.0 / RADIUS_MAX)))
            .fast_min(radius * Lanes::splat(LONGER_MAX))
            + (foot - half) * (along.far_far - along.near_near) * half * inverse;
        let way = minus(lines.to, scaled(lines.edge, foot));
        let length = (along.to_to + foot * (foot * along.edge_edge - two * along.to_edge)).sqrt();
        Answers { time_s, ray: scaled(way, one + radius.fast_max(zero) / length), found, on, near }
    }

    /// The least times where the time along the line is linear.
    #[inline(never)]
    fn plane(&self) -> Answers {
        let Self { along, near_s, far_s, .. } = self;
        let (zero, one) = (Lanes::ZERO, Lanes::ONE);
        let slowness = self.cost.slowness;
        let length_edge = along.edge_edge.sqrt();
        let start = along.to_edge / along.edge_edge;
        let height = (along.to_to - start * along.to_edge).fast_max(zero).sqrt();
        let sine = (*near_s - *far_s) / (slowness * length_edge);
        let inside = sine.abs().simd_lt(Lanes::splat(SINE_MAX));
        let cosine = (one - sine * sine).fast_max(zero).sqrt();
        let foot = start + sine * height / (cosine * length_edge);
        let on = inside & foot.simd_gt(zero) & foot.simd_lt(one);
        // A far end that burns much earlier has the least time, and the near one where it does.
        let near = inside.bitselect(foot.simd_le(zero), sine.simd_le(zero));
        let leg = height / cosine;
        let time_s = *near_s + foot * (*far_s - *near_s) + slowness * leg;
        let (near_square, far_square) = along.own_rays();
        let (radius_near, radius_far) = (near_square.sqrt(), far_square.sqrt());
        let radius = radius_near + foot * (radius_far - radius_near);
        let way = minus(self.lines.to, scaled(self.lines.edge, foot));
        let found = zero.simd_le(zero);
        Answers { time_s, ray: scaled(way, one + radius / leg), found, on, near }
    }
}

/// Rays diverge by at most this many times what the distance of their source says: more is a kink, or noise. Where fire passes
/// between slow grounds its rays fan out by more than one: with no more than that the front falls behind by a share of each cell.
const TURN_MAX: f32 = 1.5;

/// A greater radius is a straight line's, cells.
const RADIUS_MAX: f32 = 1e6;

/// By how much a radius may grow in one update beyond what the way adds.
const LONGER_MAX: f32 = 1.1;

/// Beyond this sine of the angle between a plane front and the line, the least time is at an end.
const SINE_MAX: f32 = 0.9999;
