//! Some rows of a file, kept flat: one text, and where its fields and rows end.

use csv::ByteRecord;

/// Rows that are read, computed and written together.
///
/// 512 rows of usual length are some 60 kB read and 400 kB written: large enough that handing them from thread to
/// thread costs nothing, small enough that a dozen in flight are a few MB.
pub(crate) const ROWS_MAX: usize = 512;

/// Bytes from which on a batch is full, whatever its number of rows.
pub(crate) const BYTES_FULL: usize = 1 << 20;

/// Some rows of a file.
#[derive(Default)]
pub(crate) struct Batch {
    text: Vec<u8>,
    /// Where each field of all rows ends in `text`.
    field_ends: Vec<usize>,
    /// For each row where its fields end in `field_ends`, and the line that it begins on.
    rows: Vec<(usize, u64)>,
}

impl Batch {
    /// Appends a record that begins on a line.
    pub(crate) fn push(&mut self, record: &ByteRecord, line: u64) {
        let start = self.text.len();
        self.text.extend_from_slice(record.as_slice());
        let ends = (0..record.len()).filter_map(|field| record.range(field));
        self.field_ends.extend(ends.map(|range| start + range.end));
        self.rows.push((self.field_ends.len(), line));
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX || self.text.len() >= BYTES_FULL
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows, each with the line that it begins on.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Row<'_>, u64)> {
        let starts = std::iter::once(0).chain(self.rows.iter().map(|(end, _)| *end));
        starts.zip(&self.rows).map(|(start, (end, line))| (Row { batch: self, start, end: *end }, *line))
    }
}

/// One row of a [`Batch`].
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    batch: &'a Batch,
    /// First field, and the one behind the last, in `field_ends`.
    start: usize,
    end: usize,
}

impl<'a> Row<'a> {
    /// Number of fields.
    pub(crate) fn count(self) -> usize {
        self.end - self.start
    }

    /// A field; empty where the row has none there.
    pub(crate) fn field(self, place: usize) -> &'a [u8] {
        let at = self.start + place;
        if at >= self.end {
            return &[];
        }
        let start = if at == 0 { 0 } else { self.batch.field_ends[at - 1] };
        &self.batch.text[start..self.batch.field_ends[at]]
    }

    /// Line ends inside the row's fields.
    pub(crate) fn newlines(self) -> usize {
        (0..self.count()).map(|place| self.field(place).iter().filter(|byte| **byte == b'\n').count()).sum()
    }
}
