//! A source of bytes that counts what is asked of it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use georead::bytes::{ByteSource, inside};

/// Bytes in memory. One call is one request, whatever the number of pieces: a source far away fetches those side by side.
#[derive(Debug)]
pub(crate) struct Counting {
    bytes: Vec<u8>,
    pub(crate) requests: AtomicU64,
    pub(crate) pieces: AtomicU64,
    pub(crate) read: AtomicU64,
}

impl Counting {
    pub(crate) fn new(bytes: Vec<u8>) -> Arc<Self> {
        let zero = AtomicU64::default;
        Arc::new(Self { bytes, requests: zero(), pieces: zero(), read: zero() })
    }

    /// Requests, pieces and bytes since this was asked last.
    pub(crate) fn taken(&self) -> [u64; 3] {
        [&self.requests, &self.pieces, &self.read].map(|count| count.swap(0, Ordering::Relaxed))
    }
}

impl ByteSource for Counting {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.read_ranges(&[(offset, length)]).map(|mut pieces| pieces.remove(0))
    }

    fn read_ranges(&self, ranges: &[(u64, usize)]) -> io::Result<Vec<Vec<u8>>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let piece = |&(offset, length): &(u64, usize)| {
            inside(self.len(), offset, length)?;
            self.pieces.fetch_add(1, Ordering::Relaxed);
            self.read.fetch_add(length as u64, Ordering::Relaxed);
            Ok(self.bytes[offset as usize..][..length].to_vec())
        };
        ranges.iter().map(piece).collect()
    }
}
