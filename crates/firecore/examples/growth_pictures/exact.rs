//! Fires whose growth is known: sums of ellipses, ways around corners, lines beside a polygon.

use std::f64::consts::TAU;

use firecore::spread::ellipse::Ellipse;

use super::fire::{HOUR_S, Spell};

/// A line through places, metres east and north.
pub(crate) type Line = Vec<[f64; 2]>;

/// Ground that a point fire has burned after spells of weather on even ground: the Minkowski sum of their ellipses.
///
/// On the edge of a sum of convex sets lies, for each direction, the sum of the places where their own edges face that way.
pub(crate) fn sum_of_ellipses(from: [f64; 2], spells: &[Spell], hours: f64, corners: usize) -> Line {
    let mut left = hours;
    let mut grown: Vec<(Spell, f64)> = Vec::new();
    for spell in spells {
        let share = spell.hours.min(left).max(0.0);
        grown.push((*spell, share * HOUR_S));
        left -= share;
    }
    let corner = |at: usize| {
        let (sine, cosine) = (TAU * at as f64 / corners as f64).sin_cos();
        grown.iter().fold(from, |place, (spell, seconds)| {
            let way = facing(spell, [cosine, sine]);
            [place[0] + seconds * way[0], place[1] + seconds * way[1]]
        })
    };
    (0..=corners).map(corner).collect()
}

/// How far outside of such ground a place lies, m; below 0 inside.
///
/// From a convex set a place is as far as from the farthest of its tangents.
pub(crate) fn outside_m(from: [f64; 2], spells: &[Spell], seconds: f64, place: [f64; 2]) -> f64 {
    /// Directions of the tangents: between two of them a fire of a radius of 100 cells bends by 0.0005 cells.
    const TANGENTS: u32 = 1000;
    let mut left_s = seconds;
    let grown: Vec<(Ellipse, [f64; 2], f64)> = spells
        .iter()
        .map(|spell| {
            let share_s = (spell.hours * HOUR_S).min(left_s).max(0.0);
            left_s -= share_s;
            let ellipse = Ellipse::with_length_to_width(spell.heading_m_s, spell.length_to_width);
            (ellipse, spell.toward(), share_s)
        })
        .collect();
    let beyond_m = |tangent: u32| {
        let (north, east) = (TAU * f64::from(tangent) / f64::from(TANGENTS)).sin_cos();
        let grown_m = |(ellipse, toward, seconds): &(Ellipse, [f64; 2], f64)| {
            seconds * ellipse.normal_rate_of_spread_m_s(east * toward[0] + north * toward[1])
        };
        let from_m = (place[0] - from[0]) * east + (place[1] - from[1]) * north;
        from_m - grown.iter().map(grown_m).sum::<f64>()
    };
    (0..TANGENTS).map(beyond_m).fold(f64::NEG_INFINITY, f64::max)
}

/// Where the ellipse of one second, its rear focus at the origin, faces a direction.
fn facing(spell: &Spell, normal: [f64; 2]) -> [f64; 2] {
    let ellipse = Ellipse::with_length_to_width(spell.heading_m_s, spell.length_to_width);
    let half_length = 0.5 * (ellipse.heading_rate_of_spread_m_s + ellipse.backing_rate_of_spread_m_s());
    let half_width = half_length / spell.length_to_width;
    let [east, north] = spell.toward();
    let (along, across) = (normal[0] * east + normal[1] * north, normal[1] * east - normal[0] * north);
    let size = (half_length * along).hypot(half_width * across).max(f64::MIN_POSITIVE);
    let reach = half_length * ellipse.eccentricity + half_length * half_length * along / size;
    let aside = half_width * half_width * across / size;
    [reach * east - aside * north, reach * north + aside * east]
}

/// How far a fire gets from a place in one direction (a unit vector) after it took a way of some length to come there, m;
/// `None` where it is not there yet.
///
/// Of a cost `a |v| + w.v` the drift's part depends on the ends of a way alone, so that the shortest way is the fastest.
pub(crate) fn reach_m(
    spell: &Spell,
    way_m: f64,
    come: [f64; 2],
    direction: [f64; 2],
    seconds: f64,
) -> Option<f64> {
    let cost = spell.cost();
    let slowness = f64::from(cost.slowness_s_m);
    let drift = [f64::from(cost.drift_east_s_m), f64::from(cost.drift_north_s_m)];
    let left_s = seconds - slowness * way_m - drift[0] * come[0] - drift[1] * come[1];
    let pace = slowness + drift[0] * direction[0] + drift[1] * direction[1];
    (left_s > 0.0).then(|| left_s / pace)
}

/// The lines at a distance outside a polygon and inside its holes: beside its sides and around its corners, where no other
/// side is nearer.
pub(crate) fn beside(polygon: &[[f64; 2]], distance_m: f64) -> Vec<Line> {
    /// Places along a side or around a corner.
    const PLACES: usize = 48;
    let count = polygon.len();
    let mut lines = Vec::new();
    for at in 0..count {
        let (from, to) = (polygon[at], polygon[(at + 1) % count]);
        let before = polygon[(at + count - 1) % count];
        let (out_before, out) = (outward(before, from), outward(from, to));
        let side = |share: f64| {
            let along = |axis: usize| from[axis] + share * (to[axis] - from[axis]) + distance_m * out[axis];
            [along(0), along(1)]
        };
        let turn = (out_before[0] * out[1] - out_before[1] * out[0])
            .atan2(out_before[0] * out[0] + out_before[1] * out[1]);
        let corner = |share: f64| {
            let (sine, cosine) = (share * turn).sin_cos();
            [
                from[0] + distance_m * (cosine * out_before[0] - sine * out_before[1]),
                from[1] + distance_m * (sine * out_before[0] + cosine * out_before[1]),
            ]
        };
        let shares = |places: usize| (0..=places).map(move |step| step as f64 / places as f64);
        let turned = (PLACES as f64 * turn.abs() / TAU).ceil() as usize;
        lines.extend(visible(shares(turned.max(1)).map(corner), polygon, distance_m));
        lines.extend(visible(shares(PLACES).map(side), polygon, distance_m));
    }
    lines
}

/// The runs of places that no side of a polygon is nearer to than a distance.
fn visible(places: impl Iterator<Item = [f64; 2]>, polygon: &[[f64; 2]], distance_m: f64) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![Vec::new()];
    for place in places {
        if from_polygon_m(polygon, place) >= distance_m * (1.0 - 1e-9) - 1e-6 {
            lines.last_mut().expect("there is always one").push(place);
        } else if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(Vec::new());
        }
    }
    lines.retain(|line| line.len() > 1);
    lines
}

/// Distance from a polygon's outline, m.
pub(crate) fn from_polygon_m(polygon: &[[f64; 2]], place: [f64; 2]) -> f64 {
    let side = |at: usize| {
        let (from, to) = (polygon[at], polygon[(at + 1) % polygon.len()]);
        let edge = [to[0] - from[0], to[1] - from[1]];
        let way = [place[0] - from[0], place[1] - from[1]];
        let share = (way[0] * edge[0] + way[1] * edge[1]) / (edge[0] * edge[0] + edge[1] * edge[1]);
        let share = share.clamp(0.0, 1.0);
        (way[0] - share * edge[0]).hypot(way[1] - share * edge[1])
    };
    (0..polygon.len()).map(side).fold(f64::INFINITY, f64::min)
}

/// The outward unit normal of a side of a counter-clockwise polygon.
fn outward(from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
    let (east, north) = (to[0] - from[0], to[1] - from[1]);
    let length = east.hypot(north);
    [north / length, -east / length]
}

/// Area inside a closed line, ha.
pub(crate) fn area_ha(line: &[[f64; 2]]) -> f64 {
    let twice: f64 = line.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1]).sum();
    0.5 * twice.abs() / 1e4
}
