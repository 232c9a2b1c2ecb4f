//! Where each strip or tile of an image lies: read in pages, for the table of a continent at 30 m has megabytes.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::tags::{Column, unsigned};
use crate::bytes::ByteSource;
use crate::raster::header::Header;
use crate::raster::{RasterProblem, damaged};

/// Strips or tiles of one page: 8 KiB of offsets in a large file, as much as one answer of a server far away should have.
const PAGE_ENTRIES: u64 = 1024;
/// Pages that are kept: 16 KiB each.
const PAGES_MAX: usize = 2048;

/// Offset and number of bytes of a strip or tile; no bytes where the file leaves a hole.
pub(super) type Entry = (u64, u64);

/// The table of one image.
#[derive(Debug)]
pub(super) struct Table {
    offsets: Column,
    byte_counts: Column,
    big_endian: bool,
    pages: Mutex<HashMap<u64, Arc<[Entry]>>>,
}

impl Table {
    /// What the header has of it already need not be read again.
    pub(super) fn new(offsets: Column, byte_counts: Column, big_endian: bool, header: &Header) -> Self {
        let table = Self { offsets, byte_counts, big_endian, pages: Mutex::new(HashMap::new()) };
        let mut pages = HashMap::new();
        for page in (0..table.len().div_ceil(PAGE_ENTRIES)).take(PAGES_MAX) {
            let held = table.ranges(page).map(|(offset, length)| header.held(offset, length as u64));
            let [Some(offsets), Some(byte_counts)] = held else { continue };
            pages.insert(page, table.entries(offsets, byte_counts));
        }
        Self { pages: Mutex::new(pages), ..table }
    }

    /// Number of strips or tiles.
    pub(super) fn len(&self) -> u64 {
        self.offsets.count.min(self.byte_counts.count)
    }

    /// The entries of some strips or tiles, in their order. All that must be read for them is asked for at once.
    pub(super) fn entries_of(
        &self,
        source: &dyn ByteSource,
        indices: &[u64],
    ) -> Result<Vec<Entry>, RasterProblem> {
        let needed: BTreeSet<u64> = indices.iter().map(|index| index / PAGE_ENTRIES).collect();
        let mut pages: HashMap<u64, Arc<[Entry]>> = HashMap::new();
        {
            let held = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            pages.extend(needed.iter().filter_map(|page| Some((*page, Arc::clone(held.get(page)?)))));
        }
        let missing: Vec<u64> = needed.into_iter().filter(|page| !pages.contains_key(page)).collect();
        if !missing.is_empty() {
            let ranges: Vec<(u64, usize)> = missing.iter().flat_map(|page| self.ranges(*page)).collect();
            let read = source.read_ranges(&ranges)?;
            let fresh = missing
                .iter()
                .zip(read.chunks_exact(2))
                .map(|(page, columns)| (*page, self.entries(&columns[0], &columns[1])));
            pages.extend(fresh);
            let mut held = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            if held.len() + missing.len() > PAGES_MAX {
                held.clear();
            }
            held.extend(
                missing.iter().filter_map(|page| Some((*page, Arc::clone(pages.get(page)?)))).take(PAGES_MAX),
            );
        }
        let entry = |index: &u64| {
            let page = pages.get(&(index / PAGE_ENTRIES))?;
            page.get((index % PAGE_ENTRIES) as usize).copied()
        };
        let beyond = |index: &u64| damaged(format!("no strip or tile {index} among {}", self.len()));
        indices.iter().map(|index| entry(index).ok_or_else(|| beyond(index))).collect()
    }

    /// Where a page's offsets and byte counts lie in the file.
    fn ranges(&self, page: u64) -> [(u64, usize); 2] {
        let first = page * PAGE_ENTRIES;
        let count = PAGE_ENTRIES.min(self.len().saturating_sub(first));
        [self.offsets, self.byte_counts]
            .map(|column| (column.start.saturating_add(first * column.size), (count * column.size) as usize))
    }

    fn entries(&self, offsets: &[u8], byte_counts: &[u8]) -> Arc<[Entry]> {
        let numbers = |bytes: &[u8], size: u64| -> Vec<u64> {
            bytes.chunks_exact(size as usize).map(|item| unsigned(item, self.big_endian)).collect()
        };
        let offsets = numbers(offsets, self.offsets.size);
        let byte_counts = numbers(byte_counts, self.byte_counts.size);
        offsets.into_iter().zip(byte_counts).collect()
    }
}
