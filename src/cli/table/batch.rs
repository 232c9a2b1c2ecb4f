//! Some whole rows of a file, and what becomes of them.

use csv::{ByteRecord, ReaderBuilder};

use super::row_ends::{self, Quotes};
use super::stream::Tally;

/// Capacity beyond which a batch's memory is given back: only a very long row needs more.
const KEPT_BYTES_MAX: usize = 2 << 20;

/// Some whole rows, read, computed and written together, then used again for others.
#[derive(Default)]
pub(crate) struct Batch {
    /// The rows as the file has them.
    pub(crate) bytes: Vec<u8>,
    /// Line of the file that they begin on.
    pub(crate) line: u64,
    /// A comma ends a field and a line end a row wherever it stands.
    pub(crate) is_plain: bool,
    /// The rows with their results.
    pub(crate) text: Vec<u8>,
    pub(crate) tally: Tally,
}

impl Batch {
    /// The same, empty, for other rows.
    pub(crate) fn emptied(mut self) -> Self {
        self.bytes.clear();
        self.text.clear();
        if self.bytes.capacity().max(self.text.capacity()) > KEPT_BYTES_MAX { Self::default() } else { self }
    }
}

/// Where the fields of the row at hand end.
#[derive(Default)]
pub(crate) struct Fields {
    ends: Vec<usize>,
    record: ByteRecord,
}

impl Fields {
    /// Hands on each row that is neither blank nor a comment, with the line that it begins on.
    pub(crate) fn each_row(&mut self, bytes: &[u8], line: u64, is_plain: bool, visit: impl FnMut(Row, u64)) {
        if is_plain { self.each_plain(bytes, line, visit) } else { self.each_quoted(bytes, line, visit) }
    }

    fn each_plain(&mut self, bytes: &[u8], first_line: u64, mut visit: impl FnMut(Row, u64)) {
        let mut start = 0;
        let mut line = first_line;
        while start < bytes.len() {
            let text = self.part(&bytes[start..]);
            start += text.len() + 1;
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if let Some(last) = self.ends.last_mut() {
                *last = text.len();
            }
            let is_blank = self.ends.len() == 1 && text.trim_ascii().is_empty();
            if !is_blank && text.first() != Some(&b'#') {
                visit(Row { text, ends: &self.ends, gap: 1, quotes: Quotes::Closed }, line);
            }
            line += 1;
        }
    }

    /// The first line without its end, parted at commas.
    fn part<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        self.ends.clear();
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b',' {
                self.ends.push(at);
            } else if *byte == b'\n' {
                self.ends.push(at);
                return &bytes[..at];
            }
        }
        self.ends.push(bytes.len());
        bytes
    }

    fn each_quoted(&mut self, bytes: &[u8], first_line: u64, mut visit: impl FnMut(Row, u64)) {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .buffer_capacity(bytes.len().clamp(1, 1 << 16))
            .from_reader(bytes);
        let mut end = 0;
        while reader.read_byte_record(&mut self.record).expect("BUG: bytes in memory are read") {
            let start = end;
            end = reader.position().byte() as usize;
            if self.record.len() == 1 && self.record[0].trim_ascii().is_empty() {
                continue;
            }
            // The reader tells where the record ends; before it, comments may have been passed over.
            let newlines = row_ends::count(self.record.as_slice(), b'\n');
            // A quote that is wrongly open goes on over lines or to the end.
            let may_be_open = newlines > 0 || end == bytes.len();
            let quotes = if may_be_open { row_ends::quotes(&bytes[start..end]) } else { Quotes::Closed };
            // Behind an open quote the last line end is one of the row's own.
            let behind_line_end = quotes != Quotes::Open && bytes[..end].ends_with(b"\n");
            let lines = newlines + usize::from(behind_line_end);
            let line = first_line + reader.position().line() - 1 - lines as u64;
            self.ends.clear();
            self.ends.extend((0..self.record.len()).filter_map(|at| Some(self.record.range(at)?.end)));
            let row = Row { text: self.record.as_slice(), ends: &self.ends, gap: 0, quotes };
            visit(row, line);
        }
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    text: &'a [u8],
    /// Where each field ends in `text`.
    ends: &'a [usize],
    /// Bytes between two fields: the comma, or nothing where quotes have been taken away.
    gap: usize,
    /// How its quotes stand where it goes over several lines or ends the file.
    pub(crate) quotes: Quotes,
}

impl<'a> Row<'a> {
    /// Number of fields.
    pub(crate) fn count(self) -> usize {
        self.ends.len()
    }

    /// A field; empty where the row has none there.
    pub(crate) fn field(self, place: usize) -> &'a [u8] {
        match self.ends.get(place) {
            Some(end) => &self.text[self.start(place)..*end],
            None => &[],
        }
    }

    /// Fields from one place to another, with the commas between, as they can be written without a second look; `None`
    /// where some may need quotes, or are not there.
    pub(crate) fn plain_fields(self, first: usize, last: usize) -> Option<&'a [u8]> {
        let end = self.ends.get(last).filter(|_| self.gap > 0)?;
        self.text.get(self.start(first)..*end)
    }

    /// Line ends inside the row's text.
    pub(crate) fn newlines(self) -> usize {
        row_ends::count(self.text.trim_ascii_end(), b'\n')
    }

    fn start(self, place: usize) -> usize {
        if place == 0 { 0 } else { self.ends[place - 1] + self.gap }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(bytes: &[u8], is_plain: bool) -> Vec<(u64, Vec<String>)> {
        let mut rows = Vec::new();
        Fields::default().each_row(bytes, 7, is_plain, |row, line| {
            let field = |at| String::from_utf8_lossy(row.field(at)).into_owned();
            rows.push((line, (0..row.count()).map(field).collect()));
        });
        rows
    }

    #[test]
    fn rows_without_quotes_are_parted_as_a_csv_reader_parts_them() {
        for text in
            ["a,b\n1,2\n", "a\r\n,\r\n,,\n", "x,y", "#c,d\n1\n#\n", "\n\n  \n,\n", "", " a , b \r\n1\n"]
        {
            let rows = |is_plain| parted(text.as_bytes(), is_plain).into_iter().map(|(_, fields)| fields);
            assert!(rows(true).eq(rows(false)), "{text:?}");
        }
        assert_eq!(
            parted(b"1,2\n# no row\n\n3\n", true),
            [(7, vec!["1".into(), "2".into()]), (10, vec!["3".into()])]
        );
    }

    #[test]
    fn quotes_are_taken_away() {
        let rows = parted(b"1,\"a\"\"b\n,c\"\n2,d\n", false);
        assert_eq!(rows[0], (7, vec!["1".into(), "a\"b\n,c".into()]));
        assert_eq!(rows[1], (9, vec!["2".into(), "d".into()]));
    }
}
