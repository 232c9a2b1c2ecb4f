//! A cell's cost in the solver's own measure: lengths in cells, times in seconds.

use wide::{bytemuck, u32x4};

use super::lanes::{LANES, Lanes, Real, splat};
use super::{TravelCost, TravelCosts};

/// East and north, cells.
pub(super) type Vector<T = f32> = [T; 2];

/// The eight steps of the ring of neighbours, clockwise from north, east and north; the even ones lead to a side.
pub(super) const LEG: [Vector; 8] =
    [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [1.0, -1.0], [0.0, -1.0], [-1.0, -1.0], [-1.0, 0.0], [-1.0, 1.0]];

/// Costs that differ by less than this share of the head's slowness are the same to a ray.
const EVEN_MAX: f32 = 0.5;

/// A cost as a cell keeps it: slowness, drift, and of either rise the upper 16 bits. Equal bits are equal costs.
pub(super) type CostBits = [u32; 4];

/// What a cell keeps of a cost; its rise is rounded to 8 bits, 0.4 %.
///
/// Made as one vector: what is written in parts and read as a whole soon after waits for the write.
#[inline]
pub(super) fn in_cells(cost: &TravelCost, cell_m: f32) -> CostBits {
    let rounded = |rise: f32| (rise.to_bits().wrapping_add(0x8000)) >> 16;
    let rise = rounded(cost.rise_east) << 16 | rounded(cost.rise_north);
    let [slowness, east, north] = [cost.slowness_s_m, cost.drift_east_s_m, cost.drift_north_s_m];
    let numbers = Lanes::new([slowness, east, north, 0.0]) * Lanes::splat(cell_m);
    let rise: Lanes = bytemuck::cast([0, 0, 0, rise]);
    bytemuck::cast(numbers | rise)
}

/// [`in_cells`] for four.
#[inline]
pub(super) fn four_in_cells(costs: &TravelCosts, cell_m: f32) -> [CostBits; LANES] {
    let cell_m = Lanes::splat(cell_m);
    let rounded = |rise: Lanes| bytemuck::cast::<Lanes, u32x4>(rise) + u32x4::splat(0x8000);
    let [east, north] = costs.rise.map(rounded);
    let rise = (east & u32x4::splat(0xFFFF_0000)) | (north >> 16_u32);
    let [drift_east, drift_north] = costs.drift_s_m.map(|part| part * cell_m);
    let by_cell =
        Lanes::transpose([costs.slowness_s_m * cell_m, drift_east, drift_north, bytemuck::cast(rise)]);
    by_cell.map(bytemuck::cast)
}

/// Cost of travelling by `v`: `slowness |v| + drift . v`, the length measured along the slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cost<T = f32> {
    /// s a cell along the slope.
    pub(super) slowness: T,
    /// s a cell on the map.
    pub(super) drift: Vector<T>,
    /// Rise over run toward east and north.
    pub(super) rise: Vector<T>,
}

impl Cost {
    #[inline]
    pub(super) fn from_bits(bits: &CostBits) -> Self {
        let [slowness, east, north, rise] = *bits;
        Self {
            slowness: f32::from_bits(slowness),
            drift: [f32::from_bits(east), f32::from_bits(north)],
            rise: [f32::from_bits(rise & 0xFFFF_0000), f32::from_bits(rise << 16)],
        }
    }

    /// Four times the same.
    pub(super) fn splat(&self) -> Cost<Lanes> {
        Cost { slowness: Lanes::splat(self.slowness), drift: splat(self.drift), rise: splat(self.rise) }
    }

    /// Whether a ray may be followed from one into the other alone. A ray that is off by an angle arrives off by the slowness times
    /// the angle, which for a long ellipse is many times what the head takes.
    #[inline]
    pub(super) fn is_even_with(&self, other: &Self) -> bool {
        let apart = minus(self.drift, other.drift);
        let most = EVEN_MAX * self.head_slowness().min(other.head_slowness());
        (self.slowness - other.slowness).abs() <= most && dot(apart, apart) <= most * most
    }
}

impl Cost<Lanes> {
    /// Where two costs are the same.
    #[inline]
    pub(super) fn equals(&self, other: &Self) -> Lanes {
        self.slowness.simd_eq(other.slowness)
            & self.drift[0].simd_eq(other.drift[0])
            & self.drift[1].simd_eq(other.drift[1])
            & self.rise[0].simd_eq(other.rise[0])
            & self.rise[1].simd_eq(other.rise[1])
    }
}

impl<T: Real> Cost<T> {
    /// The cost of a way that lies half in either cell.
    #[inline]
    pub(super) fn mean(&self, other: &Self) -> Self {
        let half = |a: T, b: T| T::of(0.5) * (a + b);
        Self {
            slowness: half(self.slowness, other.slowness),
            drift: [half(self.drift[0], other.drift[0]), half(self.drift[1], other.drift[1])],
            rise: [half(self.rise[0], other.rise[0]), half(self.rise[1], other.rise[1])],
        }
    }

    /// The cost of a way that lies in the other cell for a share.
    #[inline]
    pub(super) fn mixed(&self, other: &Self, share: T) -> Self {
        let mix = |a: T, b: T| a + share * (b - a);
        Self {
            slowness: mix(self.slowness, other.slowness),
            drift: [mix(self.drift[0], other.drift[0]), mix(self.drift[1], other.drift[1])],
            rise: [mix(self.rise[0], other.rise[0]), mix(self.rise[1], other.rise[1])],
        }
    }

    /// What the product of a way on the map with another, measured along the slope, is the plain product with.
    #[inline]
    pub(super) fn along_slope(&self, v: Vector<T>) -> Vector<T> {
        plus(v, scaled(self.rise, dot(self.rise, v)))
    }

    /// The product of two ways on the map, measured along the slope.
    #[inline]
    pub(super) fn product(&self, u: Vector<T>, v: Vector<T>) -> T {
        dot(u, v) + dot(self.rise, u) * dot(self.rise, v)
    }

    /// The length along the slope of a way on the map.
    #[inline]
    pub(super) fn length(&self, v: Vector<T>) -> T {
        self.product(v, v).sqrt()
    }

    /// Seconds to travel a way.
    #[inline]
    pub(super) fn seconds(&self, v: Vector<T>) -> T {
        self.slowness * self.length(v) + dot(self.drift, v)
    }

    /// The gradient of the arrival time where the fire comes along a way, s a cell.
    #[inline]
    pub(super) fn gradient(&self, way: Vector<T>) -> Vector<T> {
        let scale = self.slowness / self.length(way).at_least(f32::MIN_POSITIVE);
        let climb = dot(self.rise, way);
        [
            self.drift[0] + scale * (way[0] + climb * self.rise[0]),
            self.drift[1] + scale * (way[1] + climb * self.rise[1]),
        ]
    }

    /// Slowness of the front square to itself along the slope, s a cell, for a gradient on the map.
    #[inline]
    pub(super) fn normal_slowness(&self, gradient: Vector<T>) -> T {
        let along = dot(self.rise, gradient);
        let steep = T::of(1.0) + dot(self.rise, self.rise);
        (dot(gradient, gradient) - along * along / steep).at_least(0.0).sqrt()
    }

    /// About the slowness of the head, what a tolerance is measured in: that of a long ellipse's head, half that of a circle.
    #[inline]
    pub(super) fn head_slowness(&self) -> T {
        T::of(0.5) * (self.slowness - dot(self.drift, self.drift) / self.slowness)
    }
}

#[inline]
pub(super) fn dot<T: Real>(a: Vector<T>, b: Vector<T>) -> T {
    a[0] * b[0] + a[1] * b[1]
}

/// Positive where `b` lies counter-clockwise of `a`.
#[inline]
pub(super) fn cross<T: Real>(a: Vector<T>, b: Vector<T>) -> T {
    a[0] * b[1] - a[1] * b[0]
}

#[inline]
pub(super) fn plus<T: Real>(a: Vector<T>, b: Vector<T>) -> Vector<T> {
    [a[0] + b[0], a[1] + b[1]]
}

#[inline]
pub(super) fn minus<T: Real>(a: Vector<T>, b: Vector<T>) -> Vector<T> {
    [a[0] - b[0], a[1] - b[1]]
}

#[inline]
pub(super) fn scaled<T: Real>(a: Vector<T>, by: T) -> Vector<T> {
    [a[0] * by, a[1] * by]
}

/// The step of the ring nearest to a direction.
#[inline]
pub(super) fn nearest_leg([east, north]: Vector) -> usize {
    /// tan 22.5 degrees.
    const HALF: f32 = std::f32::consts::SQRT_2 - 1.0;
    /// By what is true of the direction: it is northward, it is eastward, it lies near the axis of the one, of the other.
    const STEPS: [u8; 16] = [5, 7, 3, 1, 4, 0, 4, 0, 6, 6, 2, 2, 4, 0, 4, 0];
    let (wide, high) = (east.abs(), north.abs());
    let ahead = usize::from(north > 0.0) | usize::from(east > 0.0) << 1;
    let near = usize::from(wide <= HALF * high) << 2 | usize::from(high <= HALF * wide) << 3;
    usize::from(STEPS[ahead | near])
}
