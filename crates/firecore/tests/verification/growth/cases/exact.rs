//! Uniform ground under wind that changes in time, solved exactly.
//!
//! The ground burned is the Minkowski sum of the start, taken as convex, and of the ellipses of the weather's spells, each as
//! large as its spell is long: support functions add.

use std::f64::consts::TAU;

use firecore::spread::ellipse::Ellipse;
use firecore::spread::front::TravelCost;

pub(crate) type Point = [f64; 2];

/// A time of one wind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spell {
    pub(crate) lasts_s: f64,
    pub(crate) ellipse: Ellipse,
    /// Unit vector, east and north.
    pub(crate) toward: Point,
}

impl Spell {
    pub(crate) fn new(lasts_s: f64, rate_m_s: f64, length_to_width: f64, toward_deg: f64) -> Self {
        let ellipse = Ellipse::with_length_to_width(rate_m_s, length_to_width);
        Self { lasts_s, ellipse, toward: direction(toward_deg) }
    }

    pub(crate) fn cost(&self) -> TravelCost {
        let Ellipse { heading_rate_of_spread_m_s, eccentricity, .. } = self.ellipse;
        TravelCost::of_ellipse(heading_rate_of_spread_m_s, eccentricity, self.toward, 1000.0)
    }

    /// Seconds that a straight way takes.
    pub(crate) fn seconds(&self, way: Point) -> f64 {
        let length_m = way[0].hypot(way[1]);
        let share = if length_m > 0.0 { dot(way, self.toward) / length_m } else { 1.0 };
        length_m / self.ellipse.radial_rate_of_spread_m_s(share)
    }

    pub(crate) fn front_m_s(&self, normal: Point) -> f64 {
        self.ellipse.normal_rate_of_spread_m_s(dot(normal, self.toward))
    }

    /// The place, reached in a second, whose front has this normal.
    fn edge_m_s(&self, normal: Point) -> Point {
        let half_length =
            0.5 * (self.ellipse.heading_rate_of_spread_m_s + self.ellipse.backing_rate_of_spread_m_s());
        let half_width = half_length / self.ellipse.length_to_width;
        let across = [-self.toward[1], self.toward[0]];
        let (cos, sin) = (dot(normal, self.toward), dot(normal, across));
        let support = (half_length * cos).hypot(half_width * sin);
        let along = half_length * self.ellipse.eccentricity + half_length * half_length * cos / support;
        let aside = half_width * half_width * sin / support;
        [along * self.toward[0] + aside * across[0], along * self.toward[1] + aside * across[1]]
    }
}

/// Unit vector of a compass bearing.
pub(crate) fn direction(toward_deg: f64) -> Point {
    let (east, north) = toward_deg.to_radians().sin_cos();
    [east, north]
}

pub(crate) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

/// A convex start and the winds after it.
#[derive(Clone, Debug)]
pub(crate) struct Exact {
    /// The start is all within `radius_m` of the hull of these.
    pub(crate) corners: Vec<Point>,
    pub(crate) radius_m: f64,
    /// The last one goes on for ever.
    pub(crate) spells: Vec<Spell>,
}

impl Exact {
    pub(crate) fn from_point(spell: Spell) -> Self {
        Self { corners: vec![[0.0; 2]], radius_m: 0.0, spells: vec![spell] }
    }

    /// The same without the weather that begins then or later.
    pub(crate) fn until(&self, time_s: f64) -> Self {
        let mut begins_s = 0.0;
        let spells = self.spells.iter().take_while(|spell| {
            let began = begins_s == 0.0 || begins_s < time_s;
            begins_s += spell.lasts_s;
            began
        });
        Self { spells: spells.copied().collect(), corners: self.corners.clone(), radius_m: self.radius_m }
    }

    /// Each spell with the time that it has by `time_s`.
    fn spells_until(&self, time_s: f64) -> impl Iterator<Item = (&Spell, f64)> {
        let mut left_s = time_s;
        let last = self.spells.len() - 1;
        self.spells.iter().enumerate().map(move |(at, spell)| {
            let lasts_s = if at == last { left_s } else { spell.lasts_s.min(left_s) };
            left_s -= lasts_s;
            (spell, lasts_s)
        })
    }

    fn start_m(&self, normal: Point) -> f64 {
        let reaches = self.corners.iter().map(|corner| dot(*corner, normal));
        reaches.fold(f64::NEG_INFINITY, f64::max) + self.radius_m
    }

    /// How far the fire reaches in a direction, from the origin.
    pub(crate) fn reach_m(&self, normal: Point, time_s: f64) -> f64 {
        self.start_m(normal)
            + self.spells_until(time_s).map(|(spell, lasts_s)| lasts_s * spell.front_m_s(normal)).sum::<f64>()
    }

    /// The place of the fire's edge that has this normal.
    pub(crate) fn edge(&self, normal: Point, time_s: f64) -> Point {
        let farthest = |a: &&Point, b: &&Point| dot(**a, normal).total_cmp(&dot(**b, normal));
        let mut at = *self.corners.iter().max_by(farthest).expect("a start has a corner");
        for part in 0..2 {
            at[part] += self.radius_m * normal[part];
            at[part] +=
                self.spells_until(time_s).map(|(spell, s)| s * spell.edge_m_s(normal)[part]).sum::<f64>();
        }
        at
    }

    /// The edge as a polygon fine enough that what it cuts off is below a ten-millionth.
    fn outline(&self, time_s: f64) -> Vec<Point> {
        const POINTS: usize = 20_000;
        (0..POINTS)
            .map(|at| {
                let (north, east) = (TAU * (at as f64 + 0.5) / POINTS as f64).sin_cos();
                self.edge([east, north], time_s)
            })
            .collect()
    }

    pub(crate) fn area_m2(&self, time_s: f64) -> f64 {
        let cross = |a: Point, b: Point| a[0] * b[1] - a[1] * b[0];
        0.5 * around(&self.outline(time_s)).map(|(a, b)| cross(a, b)).sum::<f64>()
    }

    pub(crate) fn perimeter_m(&self, time_s: f64) -> f64 {
        around(&self.outline(time_s)).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).sum()
    }

    /// When the fire gets there, s.
    pub(crate) fn arrival_s(&self, at: Point) -> f64 {
        match (&self.corners[..], &self.spells[..]) {
            ([from], [spell]) if self.radius_m == 0.0 => spell.seconds([at[0] - from[0], at[1] - from[1]]),
            _ => self.latest_front_s(at),
        }
    }

    /// The same for any start and weather: the latest of the times at which the fronts of all directions get there.
    ///
    /// Directions whose front comes later than any time are those that part the place from a convex shape: one arc, around the one from the
    /// nearest place of the start.
    pub(crate) fn latest_front_s(&self, at: Point) -> f64 {
        let from = self.nearest_start(at);
        let middle = (at[1] - from[1]).atan2(at[0] - from[0]);
        let time_of = |angle: f64| {
            let (north, east) = angle.sin_cos();
            self.front_arrival_s([east, north], at)
        };
        // On ground that burned at the start for all that a direction tells, nearer to the arc is better.
        let rank_of = |angle: f64| match time_of(angle) {
            time_s if time_s > 0.0 => time_s,
            _ => -(angle - middle).abs(),
        };
        let (mut low, mut high) = (middle - 0.25 * TAU, middle + 0.25 * TAU);
        // Thirds of the angle, to 1e-9 of it.
        for _ in 0..55 {
            let third = (high - low) / 3.0;
            if rank_of(low + third) < rank_of(high - third) { low += third } else { high -= third }
        }
        time_of(middle).max(time_of(0.5 * (low + high)))
    }

    /// The place nearest to another on the hull's edges.
    fn nearest_start(&self, at: Point) -> Point {
        let on_edge = |(from, to): (Point, Point)| {
            let (along, way) = ([to[0] - from[0], to[1] - from[1]], [at[0] - from[0], at[1] - from[1]]);
            let square = dot(along, along);
            let share = if square > 0.0 { (dot(way, along) / square).clamp(0.0, 1.0) } else { 0.0 };
            [from[0] + share * along[0], from[1] + share * along[1]]
        };
        let square = |from: &Point| (at[0] - from[0]).powi(2) + (at[1] - from[1]).powi(2);
        let places = around(&self.corners).map(on_edge);
        places.min_by(|one, other| square(one).total_cmp(&square(other))).expect("a start has a corner")
    }

    /// When the tangent of a normal passes a place.
    fn front_arrival_s(&self, normal: Point, at: Point) -> f64 {
        let mut way_m = dot(at, normal) - self.start_m(normal);
        let mut begins_s = 0.0;
        for (index, spell) in self.spells.iter().enumerate() {
            let pace_m_s = spell.front_m_s(normal);
            if way_m <= pace_m_s * spell.lasts_s || index + 1 == self.spells.len() {
                return if way_m <= 0.0 { begins_s } else { begins_s + way_m / pace_m_s };
            }
            way_m -= pace_m_s * spell.lasts_s;
            begins_s += spell.lasts_s;
        }
        begins_s
    }
}

fn around(points: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    points.iter().copied().zip(points.iter().copied().cycle().skip(1))
}
