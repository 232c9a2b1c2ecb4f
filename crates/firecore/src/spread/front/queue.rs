//! Cells in order of their times: buckets of equal width, each put in order when its turn comes; on even ground only so far that about as
//! many cells as are visited at once make a part of it.
//!
//! An entry holds the time that its cell had when it was put in; one whose cell has another time by now counts for nothing. All
//! entries lie in one vector of nodes, chained by bucket, which are used again: what is written was read a short time ago.

use super::group::GROUP;
use super::lanes::Lanes;

/// No node.
const NONE: u32 = u32::MAX;

/// Entries of one node, which fills a cache line.
const NODE: usize = 7;

/// Buckets of a span, at most: 32 MiB of them, enough for a year of 30 m cells. Longer spans have wider ones. Source:
/// our choice.
const BUCKETS_MAX: f32 = 4_194_304.0;

/// Some entries of a bucket, and where more of them are.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Node {
    entries: [u64; NODE],
    count: u32,
    next: u32,
}

/// Entries by bucket, in chains of nodes.
#[derive(Debug, Default)]
struct Chains {
    /// The node begun last, by bucket.
    heads: Vec<u32>,
    nodes: Vec<Node>,
    /// The first node that is not in use.
    free: u32,
}

impl Chains {
    fn open(&mut self, count: usize) {
        self.heads.clear();
        self.heads.resize(count, NONE);
        self.nodes.clear();
        self.free = NONE;
    }

    #[inline(always)]
    fn push(&mut self, bucket: usize, entry: u64) {
        let head = &mut self.heads[bucket];
        if let Some(node) = self.nodes.get_mut(*head as usize)
            && let Some(place) = node.entries.get_mut(node.count as usize)
        {
            *place = entry;
            node.count += 1;
            return;
        }
        let node = Node { entries: [entry; NODE], count: 1, next: *head };
        match self.nodes.get_mut(self.free as usize) {
            Some(unused) => {
                *head = self.free;
                self.free = unused.next;
                *unused = node;
            }
            None => {
                *head = self.nodes.len() as u32;
                self.nodes.push(node);
            }
        }
    }

    /// Moves all entries of a bucket to a vector.
    fn take(&mut self, bucket: usize, entries: &mut Vec<u64>) {
        let mut at = std::mem::replace(&mut self.heads[bucket], NONE);
        while let Some(node) = self.nodes.get_mut(at as usize) {
            // All of a node, then without what is not there: a copy of known length.
            let count = entries.len() + node.count as usize;
            entries.extend_from_slice(&node.entries);
            entries.truncate(count);
            let next = std::mem::replace(&mut node.next, self.free);
            self.free = at;
            at = next;
        }
    }
}

/// Cells that wait within one weather step.
#[derive(Debug, Default)]
pub(super) struct Queue {
    begin_s: f32,
    per_s: f32,
    last: usize,
    visits: Chains,
    looks: Chains,
    batch: Vec<u64>,
    /// Entries by parts of their bucket, and where the parts end.
    ordered: Vec<u64>,
    ends: Vec<u32>,
}

impl Queue {
    /// Makes ready for a span of time, with buckets of a width unless there would be too many; nothing waits.
    pub(super) fn open(&mut self, begin_s: f32, end_s: f32, width_s: f32) {
        self.begin_s = begin_s;
        self.per_s = 1.0 / width_s.max((end_s - begin_s) / BUCKETS_MAX);
        self.last = self.bucket(end_s);
        self.visits.open(self.last + 1);
        self.looks.open(self.last + 1);
    }

    /// The bucket of a time.
    #[inline]
    pub(super) fn bucket(&self, time_s: f32) -> usize {
        let [bucket, ..] = Lanes::splat((time_s - self.begin_s) * self.per_s).fast_trunc_int().to_array();
        bucket.max(0) as usize
    }

    /// The bucket that the span ends in.
    pub(super) fn last(&self) -> usize {
        self.last
    }

    /// Puts a cell in, no earlier than in a bucket.
    #[inline(always)]
    pub(super) fn push(&mut self, time_s: f32, cell: usize, not_before: usize) {
        let bucket = self.bucket(time_s).max(not_before);
        self.visits.push(bucket, Self::entry(time_s, cell));
    }

    /// Has a cell looked at again at a time, or at the end of the span, in view of some steps.
    #[inline(always)]
    pub(super) fn look_again(&mut self, time_s: f32, cell: usize, steps: u32) {
        let bucket = self.bucket(time_s).min(self.last);
        self.looks.push(bucket, u64::from(steps) << 32 | cell as u64);
    }

    /// Takes all entries of a bucket, in order of time or about so; give the vector back with [`Self::give_back`].
    pub(super) fn take(&mut self, bucket: usize, exactly: bool) -> Option<Vec<u64>> {
        if self.visits.heads[bucket] == NONE {
            return None;
        }
        let mut batch = std::mem::take(&mut self.batch);
        self.visits.take(bucket, &mut batch);
        if exactly {
            batch.sort_unstable();
            Some(batch)
        } else if batch.len() > GROUP {
            Some(self.in_order(bucket, batch))
        } else {
            // The cells of one group are visited at once.
            Some(batch)
        }
    }

    /// Puts entries in order, but for those so close in time that about a group of them makes a part of the bucket.
    fn in_order(&mut self, bucket: usize, batch: Vec<u64>) -> Vec<u64> {
        let parts = batch.len().div_ceil(GROUP);
        let (begins_s, per_s) = (self.begins_s(bucket), self.per_s * parts as f32);
        let part = |entry: u64| {
            let since_s = f32::from_bits((entry >> 32) as u32) - begins_s;
            let [part, ..] = Lanes::splat(since_s * per_s).fast_trunc_int().to_array();
            (part.max(0) as usize).min(parts - 1)
        };
        self.ends.clear();
        self.ends.resize(parts, 0);
        batch.iter().for_each(|entry| self.ends[part(*entry)] += 1);
        let mut end = 0;
        for count in &mut self.ends {
            end += *count;
            *count = end;
        }
        let mut ordered = std::mem::take(&mut self.ordered);
        ordered.resize(batch.len(), 0);
        for &entry in batch.iter().rev() {
            let end = &mut self.ends[part(entry)];
            *end -= 1;
            ordered[*end as usize] = entry;
        }
        self.give_back(batch);
        ordered
    }

    /// Takes the cells of a bucket that are to be looked at again.
    pub(super) fn take_looks(&mut self, bucket: usize) -> Option<Vec<u64>> {
        if self.looks.heads[bucket] == NONE {
            return None;
        }
        let mut batch = std::mem::take(&mut self.batch);
        self.looks.take(bucket, &mut batch);
        Some(batch)
    }

    pub(super) fn give_back(&mut self, mut batch: Vec<u64>) {
        batch.clear();
        self.ordered = std::mem::replace(&mut self.batch, batch);
    }

    /// When a bucket begins, s.
    pub(super) fn begins_s(&self, bucket: usize) -> f32 {
        self.begin_s + bucket as f32 / self.per_s
    }

    /// Time and cell of an entry, or steps and cell of a look.
    #[inline]
    pub(super) fn read(entry: u64) -> (u32, usize) {
        ((entry >> 32) as u32, entry as u32 as usize)
    }

    /// An entry of a cell with its time: the bits of a positive number rise with it.
    #[inline]
    fn entry(time_s: f32, cell: usize) -> u64 {
        u64::from(time_s.to_bits()) << 32 | cell as u64
    }
}
