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

/// Which of some rings hold a place: their edges by the row of the lattice that each of them lies in.
pub(super) struct Holding<'a> {
    rings: &'a [Vec<Place>],
    south_m: f64,
    step_m: f64,
    /// Row, ring and edge, in this order.
    edges: Vec<(i64, u32, u32)>,
}

impl<'a> Holding<'a> {
    /// For rings of which no edge leaves its row.
    pub(super) fn of(rings: &'a [Vec<Place>], south_m: f64, step_m: f64) -> Self {
        let mut holding = Self { rings, south_m, step_m, edges: Vec::new() };
        for (number, ring) in (0_u32..).zip(rings) {
            for at in 0..ring.len() as u32 {
                let (from, to) = holding.ends(number, at);
                holding.edges.push((holding.row(0.5 * (from[1] + to[1])), number, at));
            }
        }
        holding.edges.sort_unstable();
        holding
    }

    fn row(&self, north_m: f64) -> i64 {
        ((north_m - self.south_m) / self.step_m).floor() as i64
    }

    fn ends(&self, ring: u32, at: u32) -> (Place, Place) {
        let (ring, at) = (&self.rings[ring as usize], at as usize);
        (ring[at], ring[(at + 1) % ring.len()])
    }

    /// The numbers of the rings around a place, rising.
    pub(super) fn around(&self, [east_m, north_m]: Place) -> Vec<u32> {
        let row = self.row(north_m);
        let first = self.edges.partition_point(|edge| edge.0 < row);
        let mut found = Vec::new();
        for edges in self.edges[first..].chunk_by(|one, other| one.1 == other.1) {
            let is_east = |edge: &&(i64, u32, u32)| {
                let (from, to) = self.ends(edge.1, edge.2);
                let share = (north_m - from[1]) / (to[1] - from[1]);
                (from[1] > north_m) != (to[1] > north_m) && from[0] + share * (to[0] - from[0]) > east_m
            };
            if edges[0].0 != row {
                break;
            }
            if edges.iter().take_while(|edge| edge.0 == row).filter(is_east).count() % 2 == 1 {
                found.push(edges[0].1);
            }
        }
        found
    }
}
