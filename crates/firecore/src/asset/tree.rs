//! A packed tree of boxes over items that do not change: which is nearest to a place, which lie within a distance.
//!
//! Eight items side by side are a leaf, eight leaves a node, eight nodes a node of the level above; a child's place follows from its
//! parent's, so nothing points to anything. A node holds the boxes of its children as single floats, 192 bytes that are compared at
//! once. They only say where not to look: boxes are a little larger than what they hold, and items measure themselves in double.

use wide::f32x8;

use crate::sphere::UnitVector;

/// Children of a node, and most items of a leaf.
pub(super) const FAN: usize = 8;

/// How much larger boxes are on each side, radii of the Earth (1.3 m): three roundings to single floats of numbers up to 1, each
/// of 6e-8 at most, of a box's side, of the place asked for and of their difference.
const MARGIN: f32 = 2e-7;

/// Squared distances to boxes are compared with so much more than the best: squares and sums of single floats are off by 3e-7,
/// and a child's number in the last three bits takes 5e-7 away at most.
const SLACK: f64 = 1.0 + 4e-6;

/// More than the squared chord of any two places, which is at most 4.
pub(super) const FARTHER_THAN_ALL: f64 = 5.0;

/// What a tree can hold.
pub(super) trait Item {
    /// The lowest and the highest corner of a box around it.
    fn corners(&self) -> [UnitVector; 2];
}

/// Items by place.
#[derive(Clone, Debug)]
pub(super) struct Tree<T> {
    /// Leaf by leaf; only the last leaf may have fewer than eight.
    items: Vec<T>,
    /// From the parents of leaves up to the root; none without items.
    levels: Vec<Vec<Node>>,
}

/// The boxes of eight children; those that are absent are infinitely far away.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Node {
    low: [f32x8; 3],
    high: [f32x8; 3],
}

/// An item's middle, and its place in the list.
#[derive(Clone, Copy)]
struct Middle {
    at: [f32; 3],
    item: u32,
}

/// One question to a tree.
struct Search<'a, F> {
    place: [f32x8; 3],
    /// Boxes beyond are not looked into; it may shrink on the way.
    reach2: f32,
    visit: &'a mut F,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self { items: Vec::new(), levels: Vec::new() }
    }
}

impl<T: Item> Tree<T> {
    /// Packs items; less than 2^32 of them.
    pub(super) fn new(mut items: Vec<T>) -> Self {
        assert!(u32::try_from(items.len()).is_ok(), "BUG: {} items are too many for a tree", items.len());
        if items.is_empty() {
            return Self::default();
        }
        let middle = |(item, corners): (usize, [UnitVector; 2])| Middle {
            at: [0, 1, 2].map(|axis| ((corners[0][axis] + corners[1][axis]) / 2.0) as f32),
            item: item as u32,
        };
        let mut middles: Vec<Middle> = items.iter().map(T::corners).enumerate().map(middle).collect();
        let mut unit = FAN;
        while unit < items.len() {
            unit *= FAN;
        }
        arrange(&mut middles, unit);
        permute(&mut items, &mut middles);
        let around_leaf = |leaf: &[T]| around(leaf.iter().map(|item| wider(item.corners())));
        let mut below: Vec<[[f32; 3]; 2]> = items.chunks(FAN).map(around_leaf).collect();
        let mut levels = Vec::new();
        loop {
            let nodes: Vec<Node> = below.chunks(FAN).map(Node::new).collect();
            let is_root = nodes.len() == 1;
            levels.push(nodes);
            if is_root {
                return Self { items, levels };
            }
            below = below.chunks(FAN).map(|boxes| around(boxes.iter().copied())).collect();
        }
    }

    /// Visits every item that comes within a squared chord of a place, and some a little farther away.
    pub(super) fn visit_within(&self, place: UnitVector, chord2: f64, mut visit: impl FnMut(&T)) {
        self.visit_nearest_first(place, chord2, |leaf| {
            leaf.iter().for_each(&mut visit);
            chord2
        });
    }

    /// Visits leaves from the nearest box on. `visit` says within which squared chord it is to go on: an item that comes
    /// within the last that was said is not left out.
    pub(super) fn visit_nearest_first(
        &self,
        place: UnitVector,
        chord2: f64,
        mut visit: impl FnMut(&[T]) -> f64,
    ) {
        let Some(root) = self.levels.len().checked_sub(1) else { return };
        let place = place.map(|part| f32x8::splat(part as f32));
        self.look(root, 0, &mut Search { place, reach2: reach2(chord2), visit: &mut visit });
    }

    fn look<F: FnMut(&[T]) -> f64>(&self, level: usize, node: usize, search: &mut Search<'_, F>) {
        let bounds = self.levels[level][node].distance2(&search.place).to_array();
        // The child's number takes the place of the last bits: for numbers from 0 on, the order of bits is that of values.
        let mut keys = [0_u32; FAN];
        for (child, key) in keys.iter_mut().enumerate() {
            *key = bounds[child].to_bits() & !7 | child as u32;
        }
        loop {
            // Mostly one child or two are near enough: looking for the least again takes half the time of sorting.
            let least = keys.iter().fold(u32::MAX, |least, key| least.min(*key));
            if least == u32::MAX || f32::from_bits(least & !7) > search.reach2 {
                return;
            }
            let slot = (least & 7) as usize;
            keys[slot] = u32::MAX;
            let child = node * FAN + slot;
            match level.checked_sub(1) {
                Some(below) => self.look(below, child, search),
                None => {
                    let first = child * FAN;
                    let leaf = &self.items[first..(first + FAN).min(self.items.len())];
                    search.reach2 = reach2((search.visit)(leaf));
                }
            }
        }
    }
}

impl Node {
    fn new(boxes: &[[[f32; 3]; 2]]) -> Self {
        let side = |corner: usize, axis: usize| {
            let mut parts = [f32::INFINITY; FAN];
            parts.iter_mut().zip(boxes).for_each(|(part, corners)| *part = corners[corner][axis]);
            f32x8::new(parts)
        };
        Self { low: [0, 1, 2].map(|axis| side(0, axis)), high: [0, 1, 2].map(|axis| side(1, axis)) }
    }

    /// Squared distance from a place to each child's box.
    fn distance2(&self, place: &[f32x8; 3]) -> f32x8 {
        let mut sum = f32x8::ZERO;
        for (axis, at) in place.iter().enumerate() {
            let off = (self.low[axis] - *at).fast_max(*at - self.high[axis]).fast_max(f32x8::ZERO);
            sum += off * off;
        }
        sum
    }
}

fn reach2(chord2: f64) -> f32 {
    (chord2 * SLACK) as f32
}

fn wider([low, high]: [UnitVector; 2]) -> [[f32; 3]; 2] {
    [low.map(|part| part as f32 - MARGIN), high.map(|part| part as f32 + MARGIN)]
}

fn around(boxes: impl Iterator<Item = [[f32; 3]; 2]>) -> [[f32; 3]; 2] {
    let all = [[f32::INFINITY; 3], [f32::NEG_INFINITY; 3]];
    boxes.fold(all, |[low, high], [lower, higher]| {
        [[0, 1, 2].map(|axis| low[axis].min(lower[axis])), [0, 1, 2].map(|axis| high[axis].max(higher[axis]))]
    })
}

/// Puts middles in the order of leaves: again and again halved along their longest axis, the first half whole subtrees of `unit` items.
fn arrange(middles: &mut [Middle], unit: usize) {
    if middles.len() <= unit {
        if unit > FAN {
            arrange(middles, unit / FAN);
        }
        return;
    }
    let corners = around(middles.iter().map(|middle| [middle.at; 2]));
    let length = |axis: &usize| corners[1][*axis] - corners[0][*axis];
    let axis = (0..3).max_by(|a, b| length(a).total_cmp(&length(b))).unwrap_or(0);
    let half = middles.len().div_ceil(unit) / 2 * unit;
    middles.select_nth_unstable_by(half, |a, b| a.at[axis].total_cmp(&b.at[axis]));
    let (first, second) = middles.split_at_mut(half);
    arrange(first, unit);
    arrange(second, unit);
}

/// Brings items into the order of their middles, which afterwards name their own places.
fn permute<T>(items: &mut [T], middles: &mut [Middle]) {
    for start in 0..middles.len() {
        let mut at = start;
        loop {
            let from = middles[at].item as usize;
            middles[at].item = at as u32;
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Numbered(UnitVector, usize);

    impl Item for Numbered {
        fn corners(&self) -> [UnitVector; 2] {
            [self.0; 2]
        }
    }

    fn numbered(count: usize) -> Vec<Numbered> {
        let part = |at: usize, by: usize| (at * by % 1009) as f64 / 1009.0;
        (0..count).map(|at| Numbered([part(at, 37), part(at, 113), part(at, 401)], at)).collect()
    }

    #[test]
    fn every_item_is_there_once_whatever_their_number() {
        for count in (0..70).chain([511, 512, 513, 520, 1009]) {
            let tree = Tree::new(numbered(count));
            let mut found = Vec::new();
            tree.visit_within([0.0; 3], FARTHER_THAN_ALL, |item| found.push(item.clone()));
            found.sort_by_key(|item| item.1);
            assert_eq!(found, numbered(count));
        }
    }

    #[test]
    fn most_of_what_is_far_away_is_not_looked_at() {
        let tree = Tree::new(numbered(1009));
        let mut looked = 0;
        tree.visit_within([0.5; 3], 1e-4, |_| looked += 1);
        assert!(looked <= 64, "{looked} of 1009");
    }
}
