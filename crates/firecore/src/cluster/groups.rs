//! Disjoint sets of nodes.

/// A forest: each node's parent, which is never the younger one; a root is its own parent.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    /// Each of some nodes by itself.
    pub(super) fn of(nodes: usize) -> Self {
        Self { parents: (0..nodes as u32).collect() }
    }

    /// Another node by itself.
    pub(super) fn add(&mut self) -> u32 {
        let node = self.parents.len() as u32;
        self.parents.push(node);
        node
    }

    /// The root of a node; the path to it is halved on the way.
    pub(super) fn root(&mut self, node: u32) -> u32 {
        let mut at = node;
        loop {
            let parent = self.parents[at as usize];
            if parent == at {
                return at;
            }
            let above = self.parents[parent as usize];
            self.parents[at as usize] = above;
            at = above;
        }
    }

    /// The root of a node.
    pub(super) fn root_of(&self, node: u32) -> u32 {
        let mut at = node;
        while self.parents[at as usize] != at {
            at = self.parents[at as usize];
        }
        at
    }

    /// Joins two groups, given by their roots, under the older root and gives it.
    ///
    /// The older one, not the larger: with the paths halved on each look-up the trees stay flat all the same.
    pub(super) fn join(&mut self, a: u32, b: u32) -> u32 {
        let (root, child) = (a.min(b), a.max(b));
        self.parents[child as usize] = root;
        root
    }

    /// Makes one group of some nodes, rising, and gives its root.
    ///
    /// No other node may stand below any of them.
    pub(super) fn set(&mut self, nodes: &[u32]) -> u32 {
        nodes.iter().for_each(|node| self.parents[*node as usize] = nodes[0]);
        nodes[0]
    }
}
