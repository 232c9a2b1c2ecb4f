//! The fires of an index: their ids, their detections by number, and which an operator holds apart.
//!
//! A fire is found by the root of its group; its detections are a ring, so that two fires join at once, whatever
//! their sizes.

use std::collections::HashMap;

use super::links::Links;
use crate::detection::ClusterId;

/// All fires.
#[derive(Clone, Debug, Default)]
pub(super) struct Fires {
    fires: Vec<Fire>,
    /// For each node the place of its fire in `fires`; it holds for roots only.
    fire_at: Vec<u32>,
    /// The next detection of the same fire, round and round.
    ring: Vec<u32>,
    /// The place of each fire that still is one.
    by_id: HashMap<ClusterId, u32>,
}

#[derive(Clone, Debug)]
struct Fire {
    id: ClusterId,
    /// Its detection that came first: of two fires the one where it is smaller was known longer.
    first: u32,
    /// Root of its group.
    root: u32,
    /// Places of the fires that are never joined to it but by hand.
    apart: Vec<u32>,
}

impl Fires {
    /// A new fire of one new detection, whose number is the next.
    pub(super) fn found(&mut self, root: u32, number: u32, id: ClusterId) -> ClusterId {
        self.ring.push(number);
        self.place(Fire { id, first: number, root, apart: Vec::new() });
        id
    }

    /// Another detection of the fire of a group; its number is the next.
    pub(super) fn extend(&mut self, root: u32, number: u32) -> ClusterId {
        let Fire { id, first, .. } = *self.of(root);
        self.ring.push(number);
        self.ring.swap(first as usize, number as usize);
        id
    }

    /// Makes two fires one, given by their groups' roots: the one known longer stays. Gives the root.
    pub(super) fn join(&mut self, links: &mut Links, a: u32, b: u32) -> u32 {
        let (a_at, b_at) = (self.fire_at[a as usize], self.fire_at[b as usize]);
        let a_is_older = self.fires[a_at as usize].first < self.fires[b_at as usize].first;
        let (stays, goes) = if a_is_older { (a_at, b_at) } else { (b_at, a_at) };
        let root = links.join(a, b);
        let Fire { id, first, ref mut apart, .. } = self.fires[goes as usize];
        let apart = std::mem::take(apart);
        self.by_id.remove(&id);
        for other in apart {
            self.part_ways(other, goes);
            if other != stays {
                self.hold_apart(other, stays);
            }
        }
        let stayed = &mut self.fires[stays as usize];
        stayed.root = root;
        self.ring.swap(stayed.first as usize, first as usize);
        self.set_root(root, stays);
        root
    }

    /// Parts the fire of a group into two that are held apart; both parts are given by their detections, rising. Both
    /// stay apart from what the fire was apart from.
    pub(super) fn part(&mut self, links: &mut Links, root: u32, stay: &[u32], go: &[u32], id: ClusterId) {
        let stays = self.fire_at[root as usize];
        let (stay_root, go_root) = links.part(stay, go);
        self.fires[stays as usize].root = stay_root;
        self.set_root(stay_root, stays);
        for part in [stay, go] {
            for (at, number) in part.iter().enumerate() {
                self.ring[*number as usize] = part[(at + 1) % part.len()];
            }
        }
        let goes = self.place(Fire { id, first: go[0], root: go_root, apart: Vec::new() });
        for other in self.fires[stays as usize].apart.clone() {
            self.hold_apart(other, goes);
        }
        self.hold_apart(stays, goes);
    }

    /// The detections of the fire of a group, in the order in which they came.
    pub(super) fn members(&self, root: u32) -> Vec<u32> {
        let first = self.of(root).first;
        let mut members = vec![first];
        let mut next = self.ring[first as usize];
        while next != first {
            members.push(next);
            next = self.ring[next as usize];
        }
        members.sort_unstable();
        members
    }

    /// The root of a fire's group; `None` where it is no fire, or no longer.
    pub(super) fn root(&self, id: ClusterId) -> Option<u32> {
        self.by_id.get(&id).map(|at| self.fires[*at as usize].root)
    }

    /// The fire of a group.
    pub(super) fn id(&self, root: u32) -> ClusterId {
        self.of(root).id
    }

    /// The detection of a group's fire that came first.
    pub(super) fn first_of(&self, root: u32) -> u32 {
        self.of(root).first
    }

    /// True when an operator holds some of these groups' fires apart.
    pub(super) fn some_are_apart(&self, roots: &[u32]) -> bool {
        let apart = |root: &u32| roots.iter().any(|other| self.are_apart(*root, *other));
        roots.iter().any(apart)
    }

    /// True when an operator holds two groups' fires apart.
    pub(super) fn are_apart(&self, a: u32, b: u32) -> bool {
        self.of(a).apart.contains(&self.fire_at[b as usize])
    }

    /// Number of fires.
    pub(super) fn count(&self) -> usize {
        self.by_id.len()
    }

    fn of(&self, root: u32) -> &Fire {
        &self.fires[self.fire_at[root as usize] as usize]
    }

    fn place(&mut self, fire: Fire) -> u32 {
        let at = self.fires.len() as u32;
        self.by_id.insert(fire.id, at);
        self.set_root(fire.root, at);
        self.fires.push(fire);
        at
    }

    fn set_root(&mut self, root: u32, fire: u32) {
        if self.fire_at.len() <= root as usize {
            self.fire_at.resize(root as usize + 1, u32::MAX);
        }
        self.fire_at[root as usize] = fire;
    }

    fn hold_apart(&mut self, a: u32, b: u32) {
        for (one, other) in [(a, b), (b, a)] {
            let apart = &mut self.fires[one as usize].apart;
            if !apart.contains(&other) {
                apart.push(other);
            }
        }
    }

    fn part_ways(&mut self, fire: u32, gone: u32) {
        self.fires[fire as usize].apart.retain(|other| *other != gone);
    }
}
