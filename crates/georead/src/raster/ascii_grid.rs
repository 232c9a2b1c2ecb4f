//! ESRI ascii grids (`.asc`), plain or gzipped: a few lines of heading, then a number a cell.
//!
//! A window is read by running through the text from its start: such files are small, and the numbers have no fixed width. It is run through when it
//! is opened, too: a wrong number of columns shears the map, and nothing but the count of all values shows it, since lines may break anywhere.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::{Description, Metadata, PixelPlace, PixelWindow, RasterProblem, damaged};
use crate::bytes::ByteSource;

/// Letters of the longest word: a double has 24.
const WORD_BYTES_MAX: usize = 64;
/// Bytes fetched at a time: some hundred thousand values.
const PIECE_BYTES: u64 = 1 << 20;
/// Values that a grid may have: half a million km2 at 50 m, a text of 1 GB. What is larger is a GeoTIFF, of which a part can be read.
const VALUES_MAX: u64 = 200_000_000;
/// What stands for no data where the heading does not say. Source: ESRI, "ASCII raster format".
const NO_DATA_DEFAULT: f64 = -9999.0;
/// Lines that a heading may have: six, or seven where cells are not square.
const HEADING_LINES_MAX: usize = 8;

/// An open grid.
#[derive(Debug)]
pub(super) struct AsciiGrid {
    source: Arc<dyn ByteSource>,
    gzipped: bool,
    rows: usize,
    cols: usize,
    no_data: f32,
    /// Words of the heading.
    heading_words: usize,
}

impl AsciiGrid {
    /// True where bytes begin as a gzipped file or as the heading of a grid.
    pub(super) fn begins(first: &[u8]) -> bool {
        let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
        let heading =
            |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        is_gzip(first) || heading(b"ncols") || heading(b"nrows")
    }

    pub(super) fn open(
        source: &Arc<dyn ByteSource>,
        first: &[u8],
    ) -> Result<(Self, Description), RasterProblem> {
        let mut grid = Self {
            source: Arc::clone(source),
            gzipped: is_gzip(first),
            rows: 0,
            cols: 0,
            no_data: NO_DATA_DEFAULT as f32,
            heading_words: 0,
        };
        let heading = Heading::read(&mut grid.words(PIECE_BYTES))?;
        let (rows, cols) = (heading.count("nrows")?, heading.count("ncols")?);
        (grid.rows, grid.cols, grid.heading_words) = (rows, cols, 2 * heading.0.len());
        if let Some(no_data) = heading.number("nodata_value") {
            grid.no_data = no_data as f32;
        }
        let place = heading.place(rows).and_then(PixelPlace::checked).ok_or(RasterProblem::NoPlace)?;
        grid.check_values()?;
        let metadata = Metadata::empty(1);
        Ok((grid, Description { rows, cols, bands: 1, place, metadata, crs: None }))
    }

    /// Refuses a grid that has not one number for each of its cells.
    fn check_values(&self) -> Result<(), RasterProblem> {
        let (rows, cols, needed) = (self.rows, self.cols, self.values());
        if needed > VALUES_MAX {
            return Err(RasterProblem::Unsupported {
                what: "size of the ascii grid",
                needed: "ncols x nrows of at most 200,000,000 values",
                found: format!("{cols} x {rows} = {needed}"),
            });
        }
        let mut words = self.words(self.bytes_max());
        for _ in 0..self.heading_words {
            words.next()?;
        }
        let mut found = 0_u64;
        while let Some(is_number) = words.next_is_number()? {
            if found < needed && !is_number {
                return Err(no_number(&words.word, found / cols as u64));
            }
            found += 1;
        }
        if found == needed {
            return Ok(());
        }
        let more = if words.text.get_ref().limit() == 0 { " and more" } else { "" };
        let said = format!("needed ncols x nrows = {cols} x {rows} = {needed} values, found {found}{more}");
        Err(damaged(said))
    }

    fn values(&self) -> u64 {
        (self.rows as u64).saturating_mul(self.cols as u64)
    }

    /// Words may be long and far apart, but not without end: a small gzipped file can unpack to anything.
    fn bytes_max(&self) -> u64 {
        self.values().saturating_mul(WORD_BYTES_MAX as u64).saturating_add(PIECE_BYTES)
    }

    /// Values in a window that lies inside and is not empty.
    pub(super) fn read(&self, window: PixelWindow) -> Result<Vec<f32>, RasterProblem> {
        let mut words = self.words(self.bytes_max());
        let short = |row: usize| damaged(format!("the file ends in row {} of {}", row + 1, self.rows));
        let skip = |words: &mut Words, count: usize, row: usize| -> Result<(), RasterProblem> {
            (0..count).try_for_each(|_| words.next()?.map(|_| ()).ok_or_else(|| short(row)))
        };
        skip(&mut words, self.heading_words, 0)?;
        for row in 0..window.row {
            skip(&mut words, self.cols, row)?;
        }
        let mut values = Vec::new();
        for row in window.row..window.row + window.rows {
            skip(&mut words, window.col, row)?;
            for _ in 0..window.cols {
                let word = words.next()?.ok_or_else(|| short(row))?;
                let number: f64 = word.parse().map_err(|_| no_number(word, row as u64))?;
                let value = number as f32;
                values.push(if value == self.no_data { f32::NAN } else { value });
            }
            if row + 1 < window.row + window.rows {
                skip(&mut words, self.cols - window.col - window.cols, row)?;
            }
        }
        Ok(values)
    }

    fn words(&self, limit: u64) -> Words<'_> {
        let pieces = Pieces { source: self.source.as_ref(), at: 0, piece: Vec::new(), used: 0 };
        let text: Box<dyn Read> =
            if self.gzipped { Box::new(MultiGzDecoder::new(pieces)) } else { Box::new(pieces) };
        Words { text: BufReader::with_capacity(1 << 16, text.take(limit)), word: String::new() }
    }
}

/// A word that stands where a value should; rows are counted from 0.
fn no_number(word: &str, row: u64) -> RasterProblem {
    damaged(format!("{word:?} in row {} is no number", row + 1))
}

fn is_gzip(first: &[u8]) -> bool {
    first.starts_with(&[0x1f, 0x8b])
}

/// The heading: names in lower case with their values.
struct Heading(Vec<(String, f64)>);

impl Heading {
    /// Lines of a name and a number, in any order. The line without a name is the first of the grid's.
    fn read(words: &mut Words) -> Result<Self, RasterProblem> {
        let mut lines: Vec<(String, f64)> = Vec::new();
        let named =
            |word: &str| word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.parse::<f64>().is_err();
        while let Some(name) = words.next()?.map(|word| word.trim_start_matches('\u{feff}').to_owned()) {
            if !named(&name) {
                break;
            }
            if lines.len() == HEADING_LINES_MAX {
                return Err(damaged(format!("a heading of more than {HEADING_LINES_MAX} lines")));
            }
            let value = words.next()?.unwrap_or_default();
            let number = value.parse().map_err(|_| damaged(format!("{name} is {value:?}, no number")))?;
            lines.push((name.to_ascii_lowercase(), number));
        }
        Ok(Self(lines))
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.0.iter().find_map(|(found, number)| (found == name).then_some(*number))
    }

    fn count(&self, name: &str) -> Result<usize, RasterProblem> {
        let whole = |number: &f64| (1.0..=f64::from(i32::MAX)).contains(number) && number.fract() == 0.0;
        match self.number(name).filter(whole) {
            Some(number) => Ok(number as usize),
            None => Err(damaged(format!("{name} is {:?}, no whole number above 0", self.number(name)))),
        }
    }

    fn place(&self, rows: usize) -> Option<PixelPlace> {
        let size = self.number("cellsize");
        let (width, height) = (self.number("dx").or(size)?, self.number("dy").or(size)?);
        let edge = |corner: &str, centre: &str, size: f64| {
            self.number(corner).or_else(|| Some(self.number(centre)? - size / 2.0))
        };
        let west = edge("xllcorner", "xllcenter", width)?;
        let south = edge("yllcorner", "yllcenter", height)?;
        let place = PixelPlace::north_up(west, south + rows as f64 * height, width, height);
        (width > 0.0 && height > 0.0).then_some(place)
    }
}

/// Words of a text, between white space.
struct Words<'a> {
    text: BufReader<io::Take<Box<dyn Read + 'a>>>,
    word: String,
}

impl Words<'_> {
    fn next(&mut self) -> Result<Option<&str>, RasterProblem> {
        self.word.clear();
        loop {
            let buffer = match self.text.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(damaged(format!("the text cannot be read: {error}"))),
            };
            if buffer.is_empty() {
                return Ok((!self.word.is_empty()).then_some(&*self.word));
            }
            let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let blank = if self.word.is_empty() { blank } else { 0 };
            let letters = buffer[blank..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
            if self.word.len() + letters > WORD_BYTES_MAX {
                return Err(damaged(format!("a word of more than {WORD_BYTES_MAX} letters")));
            }
            self.word.push_str(&String::from_utf8_lossy(&buffer[blank..blank + letters]));
            let ended = blank + letters < buffer.len();
            self.text.consume(blank + letters);
            if ended && !self.word.is_empty() {
                return Ok(Some(&self.word));
            }
        }
    }
}

impl Words<'_> {
    /// Passes a word, and tells whether it is a number; one that is none stays in `word`.
    ///
    /// Of a word that is whole in the buffer only the letters are looked at, so that 2000 x 1864 values are counted in 0.03 s: what is odd in
    /// spite of them, as `1-2`, is met when its window is read.
    fn next_is_number(&mut self) -> Result<Option<bool>, RasterProblem> {
        let buffer = self.text.buffer();
        let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let letters = buffer[blank..].iter().take_while(|byte| IN_NUMBERS[usize::from(**byte)]).count();
        let is_whole = buffer.get(blank + letters).is_some_and(u8::is_ascii_whitespace);
        if is_whole && (1..=WORD_BYTES_MAX).contains(&letters) {
            self.text.consume(blank + letters);
            return Ok(Some(true));
        }
        Ok(self.next()?.map(|word| word.parse::<f64>().is_ok()))
    }
}

/// Letters that decimal numbers are written with.
const IN_NUMBERS: [bool; 256] = {
    let mut known = [false; 256];
    let letters = b"0123456789+-.eE";
    let mut at = 0;
    while at < letters.len() {
        known[letters[at] as usize] = true;
        at += 1;
    }
    known
};

/// A source of bytes read from its start to its end.
struct Pieces<'a> {
    source: &'a dyn ByteSource,
    at: u64,
    piece: Vec<u8>,
    used: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.used == self.piece.len() {
            let length = PIECE_BYTES.min(self.source.len().saturating_sub(self.at));
            self.piece = self.source.read_at(self.at, length as usize)?;
            (self.at, self.used) = (self.at + length, 0);
        }
        let count = into.len().min(self.piece.len() - self.used);
        into[..count].copy_from_slice(&self.piece[self.used..][..count]);
        self.used += count;
        Ok(count)
    }
}
