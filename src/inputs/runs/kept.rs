//! What was read, until it takes too much memory.

use std::collections::VecDeque;
use std::sync::Arc;

/// Values by key, the last asked for first; of more bytes than the limit those go that were asked for longest ago.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    entries: VecDeque<(K, Arc<V>, usize)>,
    bytes: usize,
    bytes_max: usize,
}

/// What an entry takes beside its value, bytes: its key with a path.
const ENTRY_BYTES: usize = 512;

impl<K: PartialEq, V> Kept<K, V> {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, bytes_max }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<Arc<V>> {
        let place = self.entries.iter().position(|(known, ..)| known == key)?;
        let entry = self.entries.remove(place)?;
        let value = Arc::clone(&entry.1);
        self.entries.push_front(entry);
        Some(value)
    }

    /// Keeps a value of a size, unless it alone is over the limit.
    pub(super) fn put(&mut self, key: K, value: Arc<V>, bytes: usize) {
        let bytes = bytes + ENTRY_BYTES;
        // Two may have read it side by side.
        if bytes > self.bytes_max || self.get(&key).is_some() {
            return;
        }
        self.entries.push_front((key, value, bytes));
        self.bytes += bytes;
        while self.bytes > self.bytes_max
            && let Some((_, _, bytes)) = self.entries.pop_back()
        {
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_longest_ago_goes_first_and_what_is_too_large_is_not_kept() {
        let mut kept = Kept::new(3 * (1000 + ENTRY_BYTES));
        for key in 0..3 {
            kept.put(key, Arc::new(key), 1000);
        }
        assert!(kept.get(&0).is_some());
        kept.put(3, Arc::new(3), 1000);
        assert_eq!([0, 1, 2, 3].map(|key| kept.get(&key).is_some()), [true, false, true, true]);
        kept.put(4, Arc::new(4), 3 * 1000 + 3 * ENTRY_BYTES);
        assert!(kept.get(&4).is_none() && kept.get(&3).is_some());
        kept.put(3, Arc::new(9), 1000);
        assert_eq!((kept.entries.len(), kept.bytes), (3, 3 * (1000 + ENTRY_BYTES)));
    }
}
