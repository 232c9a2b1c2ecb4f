//! The bytes around the directories of a file, fetched in a few pieces: what is far away answers slowly.

use std::io;

use super::{RasterProblem, damaged};
use crate::bytes::ByteSource;

/// Bytes that are fetched where fewer are asked for: the directories of a cloud-optimised file with what they point to.
const PIECE_BYTES: u64 = 32 << 10;
/// Bytes that all pieces together may have: the values of eight tags as long as any may be.
const HEADER_BYTES_MAX: u64 = 32 << 20;

/// Pieces of a file that were read so far.
pub(super) struct Header<'a> {
    source: &'a dyn ByteSource,
    pieces: Vec<(u64, Vec<u8>)>,
    fetched: u64,
}

impl<'a> Header<'a> {
    pub(super) fn new(source: &'a dyn ByteSource) -> Self {
        Self { source, pieces: Vec::new(), fetched: 0 }
    }

    /// The first bytes, fewer where the file is shorter.
    pub(super) fn first(&mut self, length: u64) -> Result<Vec<u8>, RasterProblem> {
        Ok(self.at(0, length.min(self.source.len()))?.to_vec())
    }

    /// Bytes at an offset, fetched where they are not there yet.
    pub(super) fn at(&mut self, offset: u64, length: u64) -> Result<&[u8], RasterProblem> {
        if self.held(offset, length).is_none() {
            self.fetch(offset, length)?;
        }
        let total = self.source.len();
        self.held(offset, length).ok_or_else(|| cut_off(total, offset, length))
    }

    /// Bytes at an offset, where they are there already.
    pub(super) fn held(&self, offset: u64, length: u64) -> Option<&[u8]> {
        let end = offset.checked_add(length)?;
        self.pieces.iter().find_map(|(start, bytes)| {
            let inside = *start <= offset && end <= start + bytes.len() as u64;
            inside.then(|| &bytes[(offset - start) as usize..][..length as usize])
        })
    }

    fn fetch(&mut self, offset: u64, length: u64) -> Result<(), RasterProblem> {
        let ends = || cut_off(self.source.len(), offset, length);
        let left = self.source.len().checked_sub(offset).ok_or_else(ends)?;
        if length > left {
            return Err(ends());
        }
        let wanted = length.max(PIECE_BYTES).min(left);
        self.fetched += wanted;
        if self.fetched > HEADER_BYTES_MAX {
            return Err(damaged(format!("directories of more than {HEADER_BYTES_MAX} bytes")));
        }
        let bytes = self.source.read_at(offset, wanted as usize).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ends(),
            _ => RasterProblem::Io(error),
        })?;
        if (bytes.len() as u64) < length {
            return Err(ends());
        }
        self.pieces.push((offset, bytes));
        Ok(())
    }
}

/// The file ends before what it points to.
fn cut_off(total: u64, offset: u64, length: u64) -> RasterProblem {
    let unit = if length == 1 { "byte" } else { "bytes" };
    damaged(format!("it is cut off: needed {length} {unit} at {offset}, found {total} bytes in all"))
}
