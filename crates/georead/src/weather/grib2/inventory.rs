//! What stands where in a GRIB2 file: the index that wgrib2 writes, `.idx`.
//!
//! A line is `number:offset:d=YYYYMMDDHH:name:level:forecast:`, the offset in bytes. Messages with several fields have lines numbered 7.1, 7.2
//! that share an offset.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Bytes of an index. Reason: GFS writes 40 kB, HRRR 10 kB.
pub const BYTES_MAX: usize = 4 << 20;

/// Lines of an index. Reason: GFS writes some 750.
pub const ENTRIES_MAX: usize = 65_536;

/// Bytes between two wanted pieces that are fetched along. Reason: they cost less than one more request.
const GAP_BYTES: u64 = 64 << 10;

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the message starts, bytes.
    pub offset: u64,
    /// When the model was started.
    pub reference_at: Timestamp,
    /// As `TMP`.
    pub name: String,
    /// As `2 m above ground`.
    pub level: String,
    /// As `6 hour fcst` or `0-6 hour acc fcst`.
    pub forecast: String,
}

/// A piece of a file: from a byte up to another that is not part of it; `None` is the file's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte.
    pub from: u64,
    /// The first byte behind it.
    pub until: Option<u64>,
}

/// Why a text is no index.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InventoryError {
    /// Too long.
    #[error(
        "needed an index of at most {BYTES_MAX} bytes and {ENTRIES_MAX} lines, found {found_bytes} bytes"
    )]
    TooLarge {
        /// Bytes given.
        found_bytes: usize,
    },
    /// A field of a line is missing or broken.
    #[error("line {line} of the index: needed {needed}, found {found:?}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// Which field, and its form.
        needed: &'static str,
        /// What stands there.
        found: String,
    },
}

/// The lines of an index, in their order.
///
/// **Errors** name the line, the field and what was found.
pub fn parse(text: &str) -> Result<Vec<Entry>, InventoryError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    if text.len() > BYTES_MAX || lines.clone().nth(ENTRIES_MAX).is_some() {
        return Err(InventoryError::TooLarge { found_bytes: text.len() });
    }
    lines.map(|(index, line)| entry(index + 1, line)).collect()
}

fn entry(line: usize, text: &str) -> Result<Entry, InventoryError> {
    let broken = |needed, found: &str| {
        // As much as a person needs to see.
        InventoryError::Line { line, needed, found: found.chars().take(80).collect() }
    };
    let mut fields = text.split(':');
    let mut next = |needed| fields.next().ok_or_else(|| broken(needed, text));
    next("a number")?;
    let offset = next("an offset in bytes")?;
    let offset = offset.trim().parse().map_err(|_| broken("an offset in bytes", offset))?;
    let start = next("a start, d=YYYYMMDDHH")?;
    let reference_at = reference_at(start).ok_or_else(|| broken("a start, d=YYYYMMDDHH", start))?;
    let name = next("a name")?.to_owned();
    let level = next("a level")?.to_owned();
    let forecast = next("a forecast")?.to_owned();
    Ok(Entry { offset, reference_at, name, level, forecast })
}

/// Of `d=YYYYMMDDHH`, with minutes and seconds where the file has them.
fn reference_at(text: &str) -> Option<Timestamp> {
    let digits = text.trim().strip_prefix("d=")?;
    let sound = matches!(digits.len(), 10 | 12 | 14) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let number = |at: std::ops::Range<usize>| -> Option<i16> {
        let piece = if at.end <= digits.len() { &digits[at] } else { "0" };
        piece.parse().ok()
    };
    if !sound {
        return None;
    }
    let part = |from: usize| number(from..from + 2)?.try_into().ok();
    let civil = DateTime::new(number(0..4)?, part(4)?, part(6)?, part(8)?, part(10)?, part(12)?, 0).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// True for a field that [`super::assemble`] makes weather of.
pub fn wanted(entry: &Entry) -> bool {
    let over = |words: &[&str]| entry.forecast.split_whitespace().any(|word| words.contains(&word));
    let interval = over(&["acc", "ave", "max", "min"]);
    match (entry.name.as_str(), entry.level.as_str()) {
        ("UGRD" | "VGRD", "10 m above ground" | "80 m above ground") => !interval,
        ("TMP" | "RH" | "DPT", "2 m above ground") | ("HGT", "surface") => !interval,
        ("APCP", "surface") => over(&["acc"]),
        ("DSWRF", "surface") => !over(&["acc", "max", "min"]),
        ("TCDC", level) => level.starts_with("entire atmosphere") && !over(&["acc", "max", "min"]),
        _ => false,
    }
}

/// The pieces of the file that hold the chosen entries, neighbours and near ones joined, in the file's order.
///
/// `file_bytes` is the file's length where it is known: otherwise the last message's piece is open.
pub fn ranges(entries: &[Entry], chosen: impl Fn(&Entry) -> bool, file_bytes: Option<u64>) -> Vec<ByteRange> {
    let mut offsets: Vec<u64> = entries.iter().map(|entry| entry.offset).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let mut starts: Vec<u64> =
        entries.iter().filter(|entry| chosen(entry)).map(|entry| entry.offset).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut joined: Vec<ByteRange> = Vec::new();
    for from in starts {
        let behind = offsets.partition_point(|offset| *offset <= from);
        let until = offsets.get(behind).copied().or(file_bytes.filter(|end| *end > from));
        match joined.last_mut() {
            Some(last) if last.until.is_some_and(|end| from <= end.saturating_add(GAP_BYTES)) => {
                last.until = until
            }
            _ => joined.push(ByteRange { from, until }),
        }
    }
    joined
}

#[cfg(test)]
mod tests;
