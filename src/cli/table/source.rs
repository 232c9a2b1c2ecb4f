//! Reads rows, whatever the file throws at it.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use anyhow::{Context, bail};
use csv::{ByteRecord, Reader, ReaderBuilder};

use super::batch::Batch;

/// Bytes of one row beyond which the file is given up: a quote that is never closed makes one row of all the rest.
const ROW_BYTES_MAX: usize = 4 << 20;

/// Opens a file, or standard input for `-` and for none.
pub(crate) fn open(path: Option<&Path>) -> anyhow::Result<Box<dyn Read + Send>> {
    match path.filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
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

/// Rows of a CSV file.
pub(crate) struct Rows {
    reader: Reader<Bounded>,
    record: ByteRecord,
}

impl Rows {
    /// The rows of a file; comments begin with `#`, blank lines are passed over.
    pub(crate) fn new(source: Box<dyn Read + Send>) -> Self {
        let bounded = Bounded { source, left: ROW_BYTES_MAX };
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .buffer_capacity(1 << 16)
            .from_reader(bounded);
        Self { reader, record: ByteRecord::new() }
    }

    /// Names of the columns; none in an empty file.
    pub(crate) fn header(&mut self) -> anyhow::Result<Vec<Vec<u8>>> {
        self.read()?;
        let names: Vec<Vec<u8>> = self.record.iter().map(|name| name.trim_ascii().to_vec()).collect();
        if names
            .first()
            .is_some_and(|name| name.starts_with(&[0xff, 0xfe]) || name.starts_with(&[0xfe, 0xff]))
        {
            bail!("needed text in UTF-8 or ASCII, found UTF-16");
        }
        Ok(names)
    }

    /// The next rows; an empty batch at the end.
    pub(crate) fn batch(&mut self) -> anyhow::Result<Batch> {
        let mut batch = Batch::default();
        while !batch.is_full() && self.read()? {
            let line = self.record.position().map_or(0, csv::Position::line);
            batch.push(&self.record, line);
        }
        Ok(batch)
    }

    /// Reads a record that is not blank; false at the end.
    fn read(&mut self) -> anyhow::Result<bool> {
        loop {
            let line = self.reader.position().line();
            self.reader.get_mut().left = ROW_BYTES_MAX;
            let found = self.reader.read_byte_record(&mut self.record);
            if !found.with_context(|| format!("line {line}"))? {
                return Ok(false);
            }
            let blank = self.record.len() == 1 && self.record[0].trim_ascii().is_empty();
            if !blank {
                return Ok(true);
            }
        }
    }
}

/// Passes on what a source gives, up to some bytes.
struct Bounded {
    source: Box<dyn Read + Send>,
    left: usize,
}

impl Read for Bounded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let text = format!("a row of more than {ROW_BYTES_MAX} bytes, as if a quote were left open");
            return Err(io::Error::other(text));
        }
        let room = into.len().min(self.left);
        let count = self.source.read(&mut into[..room])?;
        self.left -= count;
        Ok(count)
    }
}
