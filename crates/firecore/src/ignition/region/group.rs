//! Which footprints can be of one part: those whose reaches, their radius and their gap, meet.

use std::collections::HashMap;

use super::{Footprint, Place};

/// Footprints whose reaches meet, directly or by others, each group and the groups themselves in the order given.
///
/// Reaches are sorted into classes by powers of two, and each class into squares so small that all in one square meet: only footprints
/// of squares that are not of one group yet are measured.
pub(super) fn groups(footprints: &[Footprint]) -> Vec<Vec<Footprint>> {
    let mut links = Links { parents: (0..footprints.len() as u32).collect() };
    let mut squares: HashMap<Square, Vec<u32>> = HashMap::new();
    let mut classes: Vec<i32> = footprints.iter().map(class).collect();
    for (at, footprint) in footprints.iter().enumerate() {
        squares.entry(Square::of(footprint.middle_m, classes[at])).or_default().push(at as u32);
    }
    for members in squares.values() {
        members.iter().for_each(|member| links.join(members[0], *member));
    }
    let own = classes.clone();
    classes.sort_unstable();
    classes.dedup();
    for (at, footprint) in footprints.iter().enumerate() {
        for class in classes.iter().filter(|class| **class >= own[at]) {
            for square in Square::of(footprint.middle_m, *class).around() {
                let Some(members) = squares.get(&square) else { continue };
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
    let mut group_of = HashMap::new();
    for (at, footprint) in footprints.iter().enumerate() {
        let group = *group_of.entry(links.root(at as u32)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(*footprint);
    }
    groups
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

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Square {
    class: i32,
    col: i64,
    row: i64,
}

impl Square {
    /// Its diagonal is twice the smallest reach of its class, with a little to spare.
    fn of([east_m, north_m]: Place, class: i32) -> Self {
        let edge_m = 0.7 * f64::from(class).exp2();
        Self { class, col: (east_m / edge_m).floor() as i64, row: (north_m / edge_m).floor() as i64 }
    }

    /// All squares within twice the largest reach of its class: 2 / 0.7 edges.
    fn around(self) -> impl Iterator<Item = Self> {
        let near = -3..=3;
        near.clone().flat_map(move |row| {
            near.clone().map(move |col| Self { class: self.class, col: self.col + col, row: self.row + row })
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
