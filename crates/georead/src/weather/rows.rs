//! Samples gathered by instant and place, in whatever order a source tells them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Hour, SAMPLES_MAX, Sample};

/// Rows by instant; each has one sample a place.
#[derive(Debug)]
pub(super) struct Rows {
    by_time: BTreeMap<Timestamp, Vec<Sample>>,
    /// The last instant told of each place.
    last: Vec<Option<Timestamp>>,
    /// Rows that a later one of the same instant and place was put over.
    repeated: usize,
    /// Rows that came after one of a later instant.
    disordered: usize,
}

/// More samples than a run holds: this many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TooManySamples(pub(super) usize);

impl Rows {
    /// Rows for so many places.
    pub(super) fn new(places: usize) -> Self {
        Self { by_time: BTreeMap::new(), last: vec![None; places], repeated: 0, disordered: 0 }
    }

    /// The samples of an instant, unknown where nothing was said yet.
    pub(super) fn at(&mut self, valid_at: Timestamp) -> Result<&mut [Sample], TooManySamples> {
        let places = self.last.len();
        let with_one_more = places.saturating_mul(self.by_time.len() + 1);
        if with_one_more > SAMPLES_MAX && !self.has(valid_at) {
            return Err(TooManySamples(with_one_more));
        }
        Ok(self.by_time.entry(valid_at).or_insert_with(|| vec![Sample::UNKNOWN; places]))
    }

    /// Takes a source's row. Of two with one instant and place the later holds, where it knows something.
    pub(super) fn put(
        &mut self,
        place: usize,
        valid_at: Timestamp,
        sample: &Sample,
    ) -> Result<(), TooManySamples> {
        let row = &mut self.at(valid_at)?[place];
        let repeated = row.is_known() && sample.is_known();
        row.take_known(sample);
        self.repeated += usize::from(repeated);
        self.disordered += usize::from(self.last[place].is_some_and(|last| valid_at < last));
        self.last[place] = Some(valid_at);
        Ok(())
    }

    /// True where an instant has a row.
    pub(super) fn has(&self, valid_at: Timestamp) -> bool {
        self.by_time.contains_key(&valid_at)
    }

    /// The hours, by rising time, and what was mended.
    pub(super) fn hours(self) -> (Vec<Hour>, Vec<String>) {
        let mut warnings = Vec::new();
        if self.disordered > 0 {
            warnings.push(format!("{} rows were not in order of time, and were sorted", self.disordered));
        }
        if self.repeated > 0 {
            warnings.push(format!("{} rows were given more than once; the later was taken", self.repeated));
        }
        let hours = self.by_time.into_iter().map(|(valid_at, samples)| Hour { valid_at, samples });
        (hours.collect(), warnings)
    }
}
