//! Ways joined end to end into rings, and rings into areas with holes.

use std::collections::HashMap;

use geo::{Coord, LineString, MultiPolygon, Polygon};

/// Areas from ways around them and around their holes; `None` where the ways outside do not close, as of a relation cut to a box.
///
/// A hole is put into the first area that its first point lies in, one in none is left out.
pub(super) fn areas(outer: &[Vec<Coord<f64>>], inner: &[Vec<Coord<f64>>]) -> Option<MultiPolygon<f64>> {
    let outer = rings(outer)?;
    let mut holes: Vec<Vec<LineString<f64>>> = vec![Vec::new(); outer.len()];
    // Each hole is looked for in each area: bounded, for both numbers may be large.
    let mut looks = 10_000_000_usize;
    for hole in rings(inner).unwrap_or_default() {
        for (ring, holes) in outer.iter().zip(&mut holes) {
            looks = looks.saturating_sub(ring.len());
            if looks == 0 || is_inside(hole[0], ring) {
                holes.push(LineString(hole));
                break;
            }
        }
    }
    let areas = outer.into_iter().zip(holes).map(|(ring, holes)| Polygon::new(LineString(ring), holes));
    let areas: Vec<Polygon<f64>> = areas.collect();
    (!areas.is_empty()).then_some(MultiPolygon(areas))
}

/// Rings of ways in any order and direction; `None` where an end is left over.
fn rings(ways: &[Vec<Coord<f64>>]) -> Option<Vec<Vec<Coord<f64>>>> {
    let key = |at: Coord<f64>| (at.x.to_bits(), at.y.to_bits());
    let ends = |way: &[Coord<f64>]| Some([key(*way.first()?), key(*way.last()?)]);
    let mut by_end: HashMap<(u64, u64), Vec<usize>> = HashMap::new();
    for (number, way) in ways.iter().enumerate() {
        for end in ends(way)? {
            by_end.entry(end).or_default().push(number);
        }
    }
    let (mut is_used, mut rings) = (vec![false; ways.len()], Vec::new());
    for (number, way) in ways.iter().enumerate() {
        if std::mem::replace(&mut is_used[number], true) {
            continue;
        }
        let mut ring = way.clone();
        while let [first, last] = ends(&ring)?
            && first != last
        {
            let candidates = by_end.get_mut(&last)?;
            let next = std::iter::from_fn(|| candidates.pop()).find(|next| !is_used[*next])?;
            is_used[next] = true;
            let next = &ways[next];
            match key(next[0]) == last {
                true => ring.extend(&next[1..]),
                false => ring.extend(next.iter().rev().skip(1)),
            }
        }
        if ring.len() > 3 {
            rings.push(ring);
        }
    }
    Some(rings)
}

/// Whether a place lies inside a ring, by crossings of a ray eastward.
fn is_inside(at: Coord<f64>, ring: &[Coord<f64>]) -> bool {
    let crosses = |pair: &&[Coord<f64>]| {
        let (a, b) = (pair[0], pair[1]);
        (a.y > at.y) != (b.y > at.y) && at.x < a.x + (b.x - a.x) * (at.y - a.y) / (b.y - a.y)
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}
