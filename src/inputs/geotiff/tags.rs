//! The directory of a TIFF file: its tags and their values.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::{RasterProblem, damaged};

/// Bytes that one tag's value may have: the tile table of a continent at 30 m is 2 MiB.
const VALUE_BYTES_MAX: u64 = 64 << 20;

/// Number of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tag(u16);

impl Tag {
    pub(super) const IMAGE_WIDTH: Self = Self(256);
    pub(super) const IMAGE_LENGTH: Self = Self(257);
    pub(super) const BITS_PER_SAMPLE: Self = Self(258);
    pub(super) const COMPRESSION: Self = Self(259);
    pub(super) const STRIP_OFFSETS: Self = Self(273);
    pub(super) const SAMPLES_PER_PIXEL: Self = Self(277);
    pub(super) const ROWS_PER_STRIP: Self = Self(278);
    pub(super) const STRIP_BYTE_COUNTS: Self = Self(279);
    pub(super) const PLANAR_CONFIGURATION: Self = Self(284);
    pub(super) const PREDICTOR: Self = Self(317);
    pub(super) const TILE_WIDTH: Self = Self(322);
    pub(super) const TILE_LENGTH: Self = Self(323);
    pub(super) const TILE_OFFSETS: Self = Self(324);
    pub(super) const TILE_BYTE_COUNTS: Self = Self(325);
    pub(super) const SAMPLE_FORMAT: Self = Self(339);
    pub(super) const MODEL_PIXEL_SCALE: Self = Self(33550);
    pub(super) const MODEL_TIEPOINT: Self = Self(33922);
    pub(super) const MODEL_TRANSFORMATION: Self = Self(34264);
    pub(super) const GEO_KEYS: Self = Self(34735);
    pub(super) const GEO_DOUBLES: Self = Self(34736);
    pub(super) const GDAL_METADATA: Self = Self(42112);
    pub(super) const GDAL_NODATA: Self = Self(42113);
}

struct Field {
    kind: u16,
    bytes: Vec<u8>,
}

/// The first directory of a file, with every value in it.
pub(super) struct Directory {
    pub(super) big_endian: bool,
    fields: HashMap<Tag, Field>,
}

impl Directory {
    pub(super) fn read(file: &mut File) -> Result<Self, RasterProblem> {
        let length = file.seek(SeekFrom::End(0))?;
        let head = bytes_at(file, 0, 16.min(length))?;
        let not_tiff = || RasterProblem::NotTiff {
            found: head.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
        };
        let big_endian = match head.get(..2) {
            Some(b"II") => false,
            Some(b"MM") => true,
            _ => return Err(not_tiff()),
        };
        let number = |bytes: &[u8]| unsigned(bytes, big_endian);
        let big = match head.get(2..4).map(number) {
            Some(42) if head.len() >= 8 => false,
            Some(43) if head.len() >= 16 => true,
            _ => return Err(not_tiff()),
        };
        let (start, count_size, entry_size) =
            if big { (number(&head[8..16]), 8, 20) } else { (number(&head[4..8]), 2, 12) };
        let entries = number(&bytes_at(file, start, count_size)?);
        if entries > 4096 {
            return Err(damaged(format!("a directory of {entries} tags")));
        }
        let table = bytes_at(file, start.saturating_add(count_size), entries * entry_size)?;
        let mut directory = Self { big_endian, fields: HashMap::new() };
        for entry in table.chunks_exact(entry_size as usize) {
            let kind = number(&entry[2..4]) as u16;
            let (count, inline) =
                if big { (number(&entry[4..12]), &entry[12..]) } else { (number(&entry[4..8]), &entry[8..]) };
            let Some(size) = size_of(kind) else { continue };
            let tag = Tag(number(&entry[..2]) as u16);
            let length = count.saturating_mul(size);
            if length > VALUE_BYTES_MAX {
                return Err(damaged(format!("tag {} of {length} bytes", tag.0)));
            }
            let bytes = if length <= inline.len() as u64 {
                inline[..length as usize].to_vec()
            } else {
                bytes_at(file, number(inline), length)?
            };
            directory.fields.insert(tag, Field { kind, bytes });
        }
        Ok(directory)
    }

    pub(super) fn has(&self, tag: Tag) -> bool {
        self.fields.contains_key(&tag)
    }

    /// Unsigned integers of a tag; none where it is absent.
    pub(super) fn numbers(&self, tag: Tag) -> Result<Vec<u64>, RasterProblem> {
        let Some(field) = self.fields.get(&tag) else { return Ok(Vec::new()) };
        match (field.kind, size_of(field.kind)) {
            (1 | 3 | 4 | 13 | 16 | 18, Some(size)) => Ok(field
                .bytes
                .chunks_exact(size as usize)
                .map(|item| unsigned(item, self.big_endian))
                .collect()),
            (kind, _) => Err(damaged(format!("tag {} has values of type {kind} instead of integers", tag.0))),
        }
    }

    /// The first integer of a tag.
    pub(super) fn number(&self, tag: Tag) -> Result<Option<u64>, RasterProblem> {
        Ok(self.numbers(tag)?.first().copied())
    }

    pub(super) fn required_number(&self, tag: Tag) -> Result<u64, RasterProblem> {
        self.number(tag)?.ok_or_else(|| damaged(format!("tag {} is missing", tag.0)))
    }

    /// Double-precision values of a tag; none where it is absent.
    pub(super) fn floats(&self, tag: Tag) -> Result<Vec<f64>, RasterProblem> {
        let Some(field) = self.fields.get(&tag) else { return Ok(Vec::new()) };
        if field.kind != 12 {
            return Err(damaged(format!(
                "tag {} has values of type {} instead of doubles",
                tag.0, field.kind
            )));
        }
        let items = field.bytes.chunks_exact(8);
        Ok(items.map(|item| f64::from_bits(unsigned(item, self.big_endian))).collect())
    }

    /// Text of a tag, without the zero at its end.
    pub(super) fn text(&self, tag: Tag) -> Result<Option<String>, RasterProblem> {
        let Some(field) = self.fields.get(&tag) else { return Ok(None) };
        if field.kind != 2 {
            return Err(damaged(format!("tag {} has values of type {} instead of text", tag.0, field.kind)));
        }
        Ok(Some(String::from_utf8_lossy(&field.bytes).trim_end_matches('\0').to_owned()))
    }
}

/// Bytes of one value of a field type; `None` for a type that no tag used here has.
fn size_of(kind: u16) -> Option<u64> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 | 16 | 17 | 18 => Some(8),
        _ => None,
    }
}

fn unsigned(bytes: &[u8], big_endian: bool) -> u64 {
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
}

fn bytes_at(file: &mut File, offset: u64, length: u64) -> Result<Vec<u8>, RasterProblem> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(damaged(format!("the file ends within {length} bytes at {offset}")))
    }
}
