//! Cells in order of their times: buckets of equal width, each sorted when its turn comes.
//!
//! An entry holds the time that its cell had when it was put in; one whose cell has another time by now counts for nothing.

/// Cells that wait within one weather step.
#[derive(Debug, Default)]
pub(super) struct Queue {
    begin_s: f32,
    per_s: f32,
    buckets: Vec<Vec<u64>>,
    batch: Vec<u64>,
}

impl Queue {
    /// Makes ready for a span of time; nothing waits.
    pub(super) fn open(&mut self, begin_s: f32, end_s: f32, width_s: f32) {
        self.begin_s = begin_s;
        self.per_s = 1.0 / width_s;
        let count = ((end_s - begin_s) * self.per_s) as usize + 2;
        if self.buckets.len() < count {
            self.buckets.resize_with(count, Vec::new);
        }
    }

    /// The bucket of a time.
    #[inline]
    pub(super) fn bucket(&self, time_s: f32) -> usize {
        ((time_s - self.begin_s) * self.per_s) as usize
    }

    /// Puts a cell in, no earlier than in a bucket.
    #[inline]
    pub(super) fn push(&mut self, time_s: f32, cell: usize, not_before: usize) {
        let bucket = self.bucket(time_s).max(not_before);
        // The bits of a positive number rise with it.
        self.buckets[bucket].push(u64::from(time_s.to_bits()) << 32 | cell as u64);
    }

    /// Takes all entries of a bucket in order of time; give the vector back with [`Self::give_back`].
    pub(super) fn take(&mut self, bucket: usize) -> Option<Vec<u64>> {
        if self.buckets[bucket].is_empty() {
            return None;
        }
        let mut batch = std::mem::take(&mut self.batch);
        std::mem::swap(&mut batch, &mut self.buckets[bucket]);
        batch.sort_unstable();
        Some(batch)
    }

    pub(super) fn give_back(&mut self, mut batch: Vec<u64>) {
        batch.clear();
        self.batch = batch;
    }

    /// When a bucket begins, s.
    pub(super) fn begins_s(&self, bucket: usize) -> f32 {
        self.begin_s + bucket as f32 / self.per_s
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        self.buckets.iter_mut().for_each(Vec::clear);
    }

    /// Time and cell of an entry.
    #[inline]
    pub(super) fn read(entry: u64) -> (u32, usize) {
        ((entry >> 32) as u32, entry as u32 as usize)
    }
}
