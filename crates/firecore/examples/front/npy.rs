//! Arrays of single precision in numpy's `.npy` format, version 1.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

/// What is wrong with a file; it may come from another thread.
pub(crate) type Problem = Box<dyn Error + Send + Sync>;

/// The magic word and the version, before the header's length.
const HEAD: &[u8] = b"\x93NUMPY\x01\x00";

/// Values that are read at a time.
const CHUNK: usize = 1 << 14;

/// An array whose values are still in its file.
pub(crate) struct Array {
    /// Number of values along each axis.
    pub(crate) counts: Vec<usize>,
    file: File,
}

impl Array {
    pub(crate) fn open(path: &Path) -> Result<Self, Problem> {
        let problem = |what: &str| format!("{}: {what}", path.display());
        let mut file = File::open(path).map_err(|error| problem(&error.to_string()))?;
        let mut head = [0; HEAD.len() + 2];
        file.read_exact(&mut head).map_err(|_| problem("it ends in its head"))?;
        let length = head.strip_prefix(HEAD).ok_or_else(|| problem("needed .npy of version 1"))?;
        let mut header = vec![0; usize::from(u16::from_le_bytes(length.try_into()?))];
        file.read_exact(&mut header).map_err(|_| problem("it ends in its header"))?;
        let header = std::str::from_utf8(&header)?;
        if !header.contains("'descr': '<f4'") || !header.contains("'fortran_order': False") {
            return Err(problem(&format!("needed '<f4' in row-major order, found {header}")).into());
        }
        let shape = header.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')'));
        let (shape, _) = shape.ok_or_else(|| problem("it has no shape"))?;
        let counts = shape.split(',').map(str::trim).filter(|count| !count.is_empty());
        let counts = counts.map(str::parse).collect::<Result<Vec<usize>, _>>()?;
        let bytes = file.metadata()?.len() - (head.len() + header.len()) as u64;
        if bytes != 4 * counts.iter().product::<usize>() as u64 {
            return Err(problem(&format!("needed {counts:?} values, found {bytes} bytes")).into());
        }
        Ok(Self { counts, file })
    }

    /// What is made of the values, in row-major order.
    pub(crate) fn read<T: Copy + Default>(mut self, make: impl Fn(f32) -> T) -> Result<Vec<T>, Problem> {
        let mut values = vec![T::default(); self.counts.iter().product()];
        self.fill(values.chunks_mut(CHUNK), make)?;
        Ok(values)
    }

    /// The same with the rows the other way round.
    pub(crate) fn read_north_up<T: Copy + Default>(
        mut self,
        make: impl Fn(f32) -> T,
    ) -> Result<Vec<T>, Problem> {
        let mut values = vec![T::default(); self.counts.iter().product()];
        let cols = self.counts.last().map_or(1, |cols| *cols).max(1);
        self.fill(values.chunks_mut(cols).rev(), make)?;
        Ok(values)
    }

    /// Through a buffer that stays in the cache: a whole file's bytes would be a thousand pages more to clear.
    fn fill<'a, T: 'a>(
        &mut self,
        parts: impl Iterator<Item = &'a mut [T]>,
        make: impl Fn(f32) -> T,
    ) -> Result<(), Problem> {
        let mut file = BufReader::with_capacity(4 * CHUNK, &mut self.file);
        let mut bytes = Vec::new();
        for part in parts {
            bytes.resize(4 * part.len(), 0);
            file.read_exact(&mut bytes)?;
            let values = bytes.as_chunks().0.iter().map(|value| make(f32::from_le_bytes(*value)));
            part.iter_mut().zip(values).for_each(|(own, value)| *own = value);
        }
        Ok(())
    }
}

/// Writes rows and columns.
pub(crate) fn write(path: &Path, rows: usize, cols: usize, values: &[f32]) -> Result<(), Box<dyn Error>> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {cols}), }}");
    // Data begins at a multiple of 64 bytes: the head and the length take 10, the line's end one.
    let blanks =
        (HEAD.len() + 2 + header.len() + 1).next_multiple_of(64) - (HEAD.len() + 2 + header.len() + 1);
    header.push_str(&" ".repeat(blanks));
    header.push('\n');
    let mut bytes = [HEAD, &u16::try_from(header.len())?.to_le_bytes(), header.as_bytes()].concat();
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    Ok(fs::write(path, bytes)?)
}
