//! Arrays of single precision in numpy's `.npy` format, version 1.

use std::error::Error;
use std::fs;
use std::path::Path;

/// What is wrong with a file; it may come from another thread.
pub(crate) type Problem = Box<dyn Error + Send + Sync>;

/// The magic word and the version, before the header's length.
const HEAD: &[u8] = b"\x93NUMPY\x01\x00";

/// An array as it lies in its file.
pub(crate) struct Array {
    /// Number of values along each axis.
    pub(crate) counts: Vec<usize>,
    bytes: Vec<u8>,
    /// Where the values begin.
    first: usize,
}

impl Array {
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let problem = |what: &str| format!("{}: {what}", path.display());
        let bytes = fs::read(path).map_err(|error| problem(&error.to_string()))?;
        let rest = bytes.strip_prefix(HEAD).ok_or_else(|| problem("needed .npy of version 1"))?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(|| problem("it ends in its head"))?;
        let length = usize::from(u16::from_le_bytes(*length));
        let (header, data) = rest.split_at_checked(length).ok_or_else(|| problem("it ends in its header"))?;
        let header = std::str::from_utf8(header)?;
        if !header.contains("'descr': '<f4'") || !header.contains("'fortran_order': False") {
            return Err(problem(&format!("needed '<f4' in row-major order, found {header}")).into());
        }
        let shape = header.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')'));
        let (shape, _) = shape.ok_or_else(|| problem("it has no shape"))?;
        let counts = shape.split(',').map(str::trim).filter(|count| !count.is_empty());
        let counts = counts.map(str::parse).collect::<Result<Vec<usize>, _>>()?;
        if data.len() != 4 * counts.iter().product::<usize>() {
            return Err(problem(&format!("needed {counts:?} values, found {} bytes", data.len())).into());
        }
        Ok(Self { first: bytes.len() - data.len(), counts, bytes })
    }

    /// Every value, in row-major order.
    pub(crate) fn values(&self) -> Vec<f32> {
        self.packed().iter().map(|value| f32::from_le_bytes(*value)).collect()
    }

    /// What is made of the values, with the rows of so many values the other way round.
    pub(crate) fn north_up<T: Copy>(&self, cols: usize, make: impl Fn(f32) -> T) -> Vec<T> {
        let packed = self.packed();
        let mut cells = Vec::with_capacity(packed.len());
        for row in packed.chunks(cols.max(1)).rev() {
            cells.extend(row.iter().map(|value| make(f32::from_le_bytes(*value))));
        }
        cells
    }

    fn packed(&self) -> &[[u8; 4]] {
        self.bytes[self.first..].as_chunks().0
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
