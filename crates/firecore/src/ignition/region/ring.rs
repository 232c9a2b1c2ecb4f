//! Rings of places.

use super::Place;

/// Area inside a ring, m2; below 0 where it runs right.
pub(super) fn signed_area(ring: &[Place]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    // From one of its places: coordinates of millions of metres leave nothing of small differences.
    let from = |place: &Place| [place[0] - origin[0], place[1] - origin[1]];
    let cross = |pair: &[Place]| {
        let (a, b) = (from(&pair[0]), from(&pair[1]));
        a[0] * b[1] - a[1] * b[0]
    };
    0.5 * ring.windows(2).map(cross).sum::<f64>()
}

/// Whether a place lies inside a ring.
pub(super) fn holds(ring: &[Place], [east_m, north_m]: Place) -> bool {
    let Some(mut from) = ring.last() else { return false };
    let mut inside = false;
    for to in ring {
        if (from[1] > north_m) != (to[1] > north_m) {
            let share = (north_m - from[1]) / (to[1] - from[1]);
            inside ^= from[0] + share * (to[0] - from[0]) > east_m;
        }
        from = to;
    }
    inside
}
