//! Where a reader's bytes come from: a file, memory, or ranges of something far away.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Bytes that can be read piece by piece, from any thread.
pub trait ByteSource: fmt::Debug + Send + Sync {
    /// How many there are.
    fn len(&self) -> u64;

    /// True when there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `length` bytes from `offset` on.
    ///
    /// **Errors** with [`io::ErrorKind::UnexpectedEof`] where fewer are left, before anything is allocated.
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// Several pieces, each an offset and a length, in the order asked for. A source that is far away fetches them side by side, neighbours
    /// together.
    fn read_ranges(&self, ranges: &[(u64, usize)]) -> io::Result<Vec<Vec<u8>>> {
        ranges.iter().map(|(offset, length)| self.read_at(*offset, *length)).collect()
    }
}

/// A file of this machine.
#[derive(Debug)]
pub struct FileBytes {
    file: Mutex<File>,
    length: u64,
}

impl FileBytes {
    /// Opens it; nothing is read yet.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file: Mutex::new(file), length })
    }
}

impl ByteSource for FileBytes {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        inside(self.length, offset, length)?;
        let mut bytes = vec![0; length];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl ByteSource for Vec<u8> {
    fn len(&self) -> u64 {
        Vec::len(self) as u64
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        inside(self.len() as u64, offset, length)?;
        Ok(self[offset as usize..][..length].to_vec())
    }
}

/// Refuses a piece that reaches beyond the end.
pub fn inside(total: u64, offset: u64, length: usize) -> io::Result<()> {
    match offset.checked_add(length as u64) {
        Some(end) if end <= total => Ok(()),
        _ => {
            let said = format!("needed {length} bytes at {offset}, found {total} bytes in all");
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, said))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_beyond_the_end_is_refused_before_it_is_allocated() {
        let bytes = vec![1, 2, 3];
        assert_eq!(bytes.read_at(1, 2).unwrap(), [2, 3]);
        for (offset, length) in [(2, 2), (u64::MAX, 1), (0, usize::MAX)] {
            let error = bytes.read_at(offset, length).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");
        }
    }
}
