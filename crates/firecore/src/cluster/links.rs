//! Marks linked into groups: the geometry and the bookkeeping below [`ClusterIndex`](super::ClusterIndex).
//!
//! Marks of like size share a class, and a class has a [mesh](super::mesh) whose cells are so small that any two
//! marks of the class in one cell link, where they also lie in one span of time of the length of the window. All
//! such marks of a cell are then of one group, and make one *node*; a group is a set of nodes, and only marks of
//! *different* groups are ever measured against each other. Where a group was split by hand, a cell may hold
//! nodes of both parts.

use std::collections::BTreeMap;

use super::cells::{Cells, NONE};
use super::groups::Groups;
use super::linking::LinkSettings;
use super::mark::{Extent, Mark, share_rad_min};
use super::mesh::{Mesh, Reach, Spot};

/// Marks linked into groups.
#[derive(Clone, Debug)]
pub(super) struct Links {
    window_us: i64,
    classes: BTreeMap<i32, Class>,
    groups: Groups,
    nodes: Vec<Node>,
    items: Vec<Item>,
}

/// Marks of like size.
#[derive(Clone, Debug)]
struct Class {
    mesh: Mesh,
    /// By the number of their span of time.
    sheets: BTreeMap<i64, Sheet>,
}

/// Marks of like size in one span of time.
#[derive(Clone, Debug)]
struct Sheet {
    cells: Cells,
    extent: Extent,
}

/// Marks of one group in one cell of a sheet: a list through `Item::next`.
#[derive(Clone, Debug)]
struct Node {
    first: u32,
    /// The next node of the same cell.
    beside: u32,
    extent: Extent,
}

#[derive(Clone, Debug)]
struct Item {
    mark: Mark,
    node: u32,
    next: u32,
}

impl Links {
    /// No marks yet.
    pub(super) fn new(settings: &LinkSettings) -> Self {
        Self {
            window_us: settings.window_us(),
            classes: BTreeMap::new(),
            groups: Groups::default(),
            nodes: Vec::new(),
            items: Vec::new(),
        }
    }

    /// Appends the roots of all groups that a mark links to, each once.
    pub(super) fn groups_near(&mut self, mark: &Mark, spot: Spot, found: &mut Vec<u32>) {
        self.for_each_near(mark, spot, |links, node| {
            let root = links.groups.root(node);
            if !found.contains(&root) && links.nearest_in(node, mark, true).is_some() {
                found.push(root);
            }
        });
    }

    /// The squared distance from a mark to the nearest one of each group that it links to.
    pub(super) fn nearest(&mut self, mark: &Mark, spot: Spot, roots: &[u32]) -> Vec<f64> {
        let mut nearest = vec![f64::INFINITY; roots.len()];
        self.for_each_near(mark, spot, |links, node| {
            let root = links.groups.root(node);
            let place = roots.iter().position(|known| *known == root);
            if let (Some(place), Some(chord2)) = (place, links.nearest_in(node, mark, false)) {
                nearest[place] = nearest[place].min(chord2);
            }
        });
        nearest
    }

    /// Puts a mark into a group, or into a new one; gives its number, which counts from 0.
    ///
    /// Without a group no group may be near it.
    pub(super) fn put(&mut self, mark: Mark, spot: Spot, group: Option<u32>) -> u32 {
        let Self { classes, groups, nodes, items, window_us } = self;
        let class = mark.class();
        let Class { mesh, sheets } = classes.entry(class).or_insert_with(|| Class {
            mesh: Mesh::new(2.0 * share_rad_min(class)),
            sheets: BTreeMap::new(),
        });
        let sheet = sheets
            .entry(mark.at_us.div_euclid(*window_us))
            .or_insert_with(|| Sheet { cells: Cells::default(), extent: Extent::of(&mark) });
        sheet.extent.add(&mark);
        let first = sheet.cells.at(mesh, spot);
        let mut node = *first;
        while node != NONE && group.is_none_or(|group| groups.root(node) != group) {
            node = nodes[node as usize].beside;
        }
        let item = items.len() as u32;
        if node == NONE {
            node = groups.add();
            nodes.push(Node { first: NONE, beside: *first, extent: Extent::of(&mark) });
            *first = node;
            if let Some(group) = group {
                groups.join(group, node);
            }
        }
        let at = &mut nodes[node as usize];
        at.extent.add(&mark);
        items.push(Item { mark, node, next: at.first });
        at.first = item;
        item
    }

    /// Joins two groups and gives the root of what comes out; the others' roots are as before.
    pub(super) fn join(&mut self, a: u32, b: u32) -> u32 {
        self.groups.join(a, b)
    }

    /// The root of the group that a mark belongs to; it changes only when groups join or part.
    pub(super) fn group_of(&self, item: u32) -> u32 {
        self.groups.root_of(self.items[item as usize].node)
    }

    /// Parts one group into two, and gives the root of each: both parts are given as the numbers of their marks, rising,
    /// and together they are the group.
    pub(super) fn part(&mut self, stay: &[u32], go: &[u32]) -> (u32, u32) {
        let nodes_of = |links: &Self, part: &[u32]| {
            let mut nodes: Vec<u32> = part.iter().map(|item| links.items[*item as usize].node).collect();
            nodes.sort_unstable();
            nodes.dedup();
            nodes
        };
        for node in nodes_of(self, go) {
            self.part_node(node, go);
        }
        let (stays, goes) = (nodes_of(self, stay), nodes_of(self, go));
        (self.groups.set(&stays), self.groups.set(&goes))
    }

    /// Moves those of a node's marks that go to a new node of the same cell, if others stay.
    fn part_node(&mut self, node: u32, go: &[u32]) {
        let (mut stays, mut goes) = (Vec::new(), Vec::new());
        let mut next = self.nodes[node as usize].first;
        while next != NONE {
            let part = if go.binary_search(&next).is_ok() { &mut goes } else { &mut stays };
            part.push(next);
            next = self.items[next as usize].next;
        }
        if stays.is_empty() || goes.is_empty() {
            return;
        }
        let beside = self.groups.add();
        let node_beside = self.nodes[node as usize].beside;
        let fresh = self.fill(beside, node_beside, &goes);
        self.nodes.push(fresh);
        self.nodes[node as usize] = self.fill(node, beside, &stays);
    }

    /// A node of some marks.
    fn fill(&mut self, node: u32, beside: u32, items: &[u32]) -> Node {
        let mut extent = Extent::of(&self.items[items[0] as usize].mark);
        for (at, &item) in items.iter().enumerate() {
            let Item { mark, node: home, next } = &mut self.items[item as usize];
            extent.add(mark);
            *home = node;
            *next = items.get(at + 1).copied().unwrap_or(NONE);
        }
        Node { first: items[0], beside, extent }
    }

    /// Calls `visit` with every node that may hold a mark that links to this one.
    fn for_each_near(&mut self, mark: &Mark, spot: Spot, mut visit: impl FnMut(&mut Self, u32)) {
        // Taken out while the nodes are looked at, which never changes them.
        let mut classes = std::mem::take(&mut self.classes);
        let span = mark.at_us.div_euclid(self.window_us);
        for Class { mesh, sheets } in classes.values_mut() {
            for Sheet { cells, extent } in sheets.range(span - 1..=span + 1).map(|(_, sheet)| sheet) {
                if !extent.may_link_in_time(mark, self.window_us) {
                    continue;
                }
                let reach = Reach::new(mark.share_rad + extent.share_rad_max());
                cells.for_each_near(mesh, spot, reach, |first| {
                    let mut node = first;
                    while node != NONE {
                        visit(self, node);
                        node = self.nodes[node as usize].beside;
                    }
                });
            }
        }
        self.classes = classes;
    }

    /// The squared distance from a mark to the nearest one of a node that it links to; or to any of them.
    fn nearest_in(&self, node: u32, mark: &Mark, any: bool) -> Option<f64> {
        let node = &self.nodes[node as usize];
        if !node.extent.may_link(&Extent::of(mark), self.window_us) {
            return None;
        }
        let mut nearest: Option<f64> = None;
        let mut next = node.first;
        while next != NONE {
            let item = &self.items[next as usize];
            if let Some(chord2) = item.mark.linked(mark, self.window_us) {
                nearest = Some(nearest.map_or(chord2, |nearest| nearest.min(chord2)));
                if any {
                    break;
                }
            }
            next = item.next;
        }
        nearest
    }
}
