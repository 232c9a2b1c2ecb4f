//! Reads whole rows, whatever the file throws at it.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use anyhow::{Context, bail};

use super::batch::{Batch, Fields};
use super::row_ends::{self, Quotes};

/// Bytes read at once: large enough that handing them from thread to thread costs nothing, small enough that what is
/// read and the several times longer text that is written stay in a core's cache.
const BATCH_BYTES: usize = 32 << 10;

/// Bytes of one row beyond which the file is given up: a quote that is never closed makes one row of all the rest.
const ROW_BYTES_MAX: usize = 4 << 20;

/// Opens a file, or standard input for `-` and for none.
pub(crate) fn open(path: Option<&Path>) -> anyhow::Result<Box<dyn Read + Send>> {
    match path.filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let failed = || format!("cannot read {}", path.display());
            let file = File::open(path).with_context(failed)?;
            if file.metadata().with_context(failed)?.is_dir() {
                bail!("--input {}: needed a file, found a folder", path.display());
            }
            Ok(Box::new(file))
        }
        None if io::stdin().is_terminal() => {
            bail!(
                "needed a table, as --input FILE or on standard input, or the values of one case; see --help"
            )
        }
        None => Ok(Box::new(io::stdin())),
    }
}

/// Rows of a CSV file; comments begin with `#`, blank lines are passed over.
pub(crate) struct Rows {
    source: Box<dyn Read + Send>,
    /// What is read and not handed on yet, and the line that it begins on.
    rest: Vec<u8>,
    line: u64,
    is_at_end: bool,
}

impl Rows {
    /// The rows of a file.
    pub(crate) fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source, rest: Vec::new(), line: 1, is_at_end: false }
    }

    /// Names of the columns; none in an empty file.
    pub(crate) fn header(&mut self) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut names: Vec<Vec<u8>> = Vec::new();
        self.read_to(3).context("line 1")?;
        if self.rest.starts_with(b"\x1f\x8b") {
            bail!(
                "needed text, found gzip: unpack it on the way, as in zcat FILE | guira ..., with - or nothing for --input"
            );
        }
        if self.rest.starts_with(b"\xef\xbb\xbf") {
            self.rest.drain(..3);
        }
        if self.rest.starts_with(b"\xff\xfe") || self.rest.starts_with(b"\xfe\xff") {
            bail!("needed text in UTF-8 or ASCII, found UTF-16");
        }
        while names.is_empty() && self.has_more() {
            let end = self.row_end()?;
            let mut quotes = Quotes::Closed;
            Fields::default().each_row(&self.rest[..end], 0, false, |row, _| {
                quotes = row.quotes;
                names = (0..row.count()).map(|at| row.field(at).trim_ascii().to_vec()).collect();
            });
            if quotes != Quotes::Closed {
                bail!("line {}: the header leaves a quote open", self.row_line());
            }
            self.line += newlines(&self.rest[..end]);
            self.rest.drain(..end);
        }
        Ok(names)
    }

    /// Fills an empty batch with the next rows; false at the end.
    pub(crate) fn fill(&mut self, batch: &mut Batch) -> anyhow::Result<bool> {
        let mut needed = BATCH_BYTES;
        let end = loop {
            self.read_to(needed).with_context(|| format!("line {}", self.line))?;
            if self.is_at_end {
                break self.rest.len();
            }
            if let Some(end) = row_ends::last(&self.rest) {
                break end;
            }
            self.refuse_longest()?;
            needed = (2 * self.rest.len()).min(ROW_BYTES_MAX + 1);
        };
        batch.bytes.extend_from_slice(&self.rest[end..]);
        self.rest.truncate(end);
        std::mem::swap(&mut batch.bytes, &mut self.rest);
        batch.line = self.line;
        batch.is_plain = row_ends::is_plain(&batch.bytes);
        self.line += newlines(&batch.bytes);
        Ok(!batch.bytes.is_empty())
    }

    fn has_more(&self) -> bool {
        !self.is_at_end || !self.rest.is_empty()
    }

    /// Where the first row, comment or blank line of the rest ends.
    fn row_end(&mut self) -> anyhow::Result<usize> {
        let mut needed = 1;
        loop {
            self.read_to(needed).with_context(|| format!("line {}", self.line))?;
            if let Some(end) = row_ends::first(&self.rest) {
                return Ok(end);
            }
            if self.is_at_end {
                return Ok(self.rest.len());
            }
            self.refuse_longest()?;
            needed = (2 * self.rest.len()).min(ROW_BYTES_MAX + 1);
        }
    }

    fn refuse_longest(&self) -> anyhow::Result<()> {
        if self.rest.len() > ROW_BYTES_MAX {
            bail!(
                "line {}: a row of more than {ROW_BYTES_MAX} bytes, as if a quote were left open",
                self.row_line()
            );
        }
        Ok(())
    }

    /// The line that the next row begins on: behind the second half of a Windows line end, or blank lines.
    fn row_line(&self) -> u64 {
        let blank = self.rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        self.line + blank.filter(|byte| **byte == b'\n').count() as u64
    }

    /// Reads until the rest has some bytes, or to the end.
    fn read_to(&mut self, needed: usize) -> io::Result<()> {
        while self.rest.len() < needed && !self.is_at_end {
            let room = (needed - self.rest.len()).max(BATCH_BYTES) as u64;
            let count = self.source.by_ref().take(room).read_to_end(&mut self.rest)?;
            self.is_at_end = count == 0;
        }
        Ok(())
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    row_ends::count(bytes, b'\n') as u64
}
