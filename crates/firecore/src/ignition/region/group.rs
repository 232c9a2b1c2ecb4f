//! Which footprints can be of one part: those whose reaches, their radius and their gap, meet.

use std::ops::Range;

use super::{Footprint, POLL_EVERY, Place};

/// Footprints whose reaches meet, directly or by others, each group and the groups themselves in the order given.
///
/// Reaches are sorted into classes by powers of two, and each class into squares so small that all in one square meet: only footprints
/// of squares that are not of one group yet are measured.
pub(super) fn groups(footprints: &[Footprint], stopped: &dyn Fn() -> bool) -> Option<Vec<Vec<Footprint>>> {
    let mut links = Links { parents: (0..footprints.len() as u32).collect() };
    let own: Vec<i32> = footprints.iter().map(class).collect();
    let squares = Squares::of(footprints, &own);
    for square in &squares.all {
        let members = squares.members(square);
        members.iter().for_each(|member| links.join(members[0], *member));
    }
    for (at, footprint) in footprints.iter().enumerate() {
        if at % POLL_EVERY == 0 && stopped() {
            return None;
        }
        for class in squares.classes.iter().filter(|class| **class >= own[at]) {
            for square in squares.near(Square::of(footprint.middle_m, *class)) {
                let members = squares.members(square);
                if links.root(members[0]) == links.root(at as u32) {
                    continue;
                }
                let meets = |other: &&u32| meet(footprint, &footprints[**other as usize]);
                if let Some(other) = members.iter().find(meets) {
                    links.join(at as u32, *other);
                }
            }
        }
    }
    let mut groups: Vec<Vec<Footprint>> = Vec::new();
    let mut group_of = vec![None; footprints.len()];
    for (at, footprint) in footprints.iter().enumerate() {
        let group = *group_of[links.root(at as u32) as usize].get_or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(*footprint);
    }
    Some(groups)
}

fn reach_m(footprint: &Footprint) -> f64 {
    (footprint.radius_m + footprint.gap_m).max(1.0)
}

fn meet(one: &Footprint, other: &Footprint) -> bool {
    let by_m = [0, 1].map(|axis| one.middle_m[axis] - other.middle_m[axis]);
    by_m[0].hypot(by_m[1]) < reach_m(one) + reach_m(other)
}

/// The reach in m is above two to the class less one, and at most two to the class.
fn class(footprint: &Footprint) -> i32 {
    reach_m(footprint).log2().ceil() as i32
}

/// Ordered by class, then from south to north, then from west to east.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Square {
    class: i32,
    row: i64,
    col: i64,
}

impl Square {
    /// Its diagonal is twice the smallest reach of its class, with a little to spare.
    fn of([east_m, north_m]: Place, class: i32) -> Self {
        let edge_m = 0.7 * f64::from(class).exp2();
        Self { class, row: (north_m / edge_m).floor() as i64, col: (east_m / edge_m).floor() as i64 }
    }
}

/// Squares with something in them, in their order.
struct Squares {
    /// Each with the range of its members.
    all: Vec<(Square, Range<usize>)>,
    members: Vec<u32>,
    classes: Vec<i32>,
}

impl Squares {
    fn of(footprints: &[Footprint], classes: &[i32]) -> Self {
        let placed = footprints.iter().zip(classes).zip(0_u32..);
        let mut placed: Vec<(Square, u32)> =
            placed.map(|((footprint, class), at)| (Square::of(footprint.middle_m, *class), at)).collect();
        placed.sort_unstable();
        let mut all: Vec<(Square, Range<usize>)> = Vec::new();
        for run in placed.chunk_by(|one, other| one.0 == other.0) {
            let start = all.last().map_or(0, |(_, range)| range.end);
            all.push((run[0].0, start..start + run.len()));
        }
        let mut classes = classes.to_vec();
        classes.sort_unstable();
        classes.dedup();
        Self { all, members: placed.into_iter().map(|(_, at)| at).collect(), classes }
    }

    fn members(&self, (_, range): &(Square, Range<usize>)) -> &[u32] {
        &self.members[range.clone()]
    }

    /// All squares within twice the largest reach of the class: 2 / 0.7 edges.
    fn near(&self, around: Square) -> impl Iterator<Item = &(Square, Range<usize>)> {
        const EDGES: i64 = 3;
        (around.row - EDGES..=around.row + EDGES).flat_map(move |row| {
            let first = Square { row, col: around.col - EDGES, ..around };
            let last = Square { row, col: around.col + EDGES, ..around };
            let from = self.all.partition_point(|(square, _)| *square < first);
            self.all[from..].iter().take_while(move |(square, _)| *square <= last)
        })
    }
}

struct Links {
    parents: Vec<u32>,
}

impl Links {
    fn root(&mut self, mut at: u32) -> u32 {
        while self.parents[at as usize] != at {
            let above = self.parents[self.parents[at as usize] as usize];
            self.parents[at as usize] = above;
            at = above;
        }
        at
    }

    /// The lower number becomes the root, so that the result depends on no order.
    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other) as usize] = one.min(other);
    }
}
