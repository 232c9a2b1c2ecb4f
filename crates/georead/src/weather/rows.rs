//! Samples gathered by instant and place, in whatever order a source tells them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Hour, Sample};

/// Rows by instant; each has one sample a place.
#[derive(Debug)]
pub(super) struct Rows {
    places: usize,
    by_time: BTreeMap<Timestamp, Vec<Sample>>,
}

impl Rows {
    /// Rows for so many places.
    pub(super) fn new(places: usize) -> Self {
        Self { places, by_time: BTreeMap::new() }
    }

    /// The samples of an instant, unknown where nothing was said yet.
    pub(super) fn at(&mut self, valid_at: Timestamp) -> &mut [Sample] {
        self.by_time.entry(valid_at).or_insert_with(|| vec![Sample::UNKNOWN; self.places])
    }

    /// True where an instant has a row.
    pub(super) fn has(&self, valid_at: Timestamp) -> bool {
        self.by_time.contains_key(&valid_at)
    }

    /// How many samples a further instant would make of them.
    pub(super) fn samples_with_one_more(&self) -> usize {
        self.places.saturating_mul(self.by_time.len() + 1)
    }

    /// The hours, by rising time.
    pub(super) fn hours(self) -> Vec<Hour> {
        self.by_time.into_iter().map(|(valid_at, samples)| Hour { valid_at, samples }).collect()
    }
}
