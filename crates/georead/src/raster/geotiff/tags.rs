//! The directories of a TIFF file: their tags and the values of those that matter here.

use std::collections::HashMap;

use crate::raster::header::Header;
use crate::raster::{RasterProblem, damaged};

/// Bytes that the value of one tag may have: only the texts of a raster of very many bands come near.
const VALUE_BYTES_MAX: u64 = 4 << 20;
/// Tags that one directory may have: real ones have some twenty.
const TAGS_MAX: u64 = 4096;
/// Directories that are looked at: images, their overviews and their masks.
const DIRECTORIES_MAX: usize = 64;

/// Number of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tag(u16);

impl Tag {
    pub(super) const SUBFILE_TYPE: Self = Self(254);
    pub(super) const IMAGE_WIDTH: Self = Self(256);
    pub(super) const IMAGE_LENGTH: Self = Self(257);
    pub(super) const BITS_PER_SAMPLE: Self = Self(258);
    pub(super) const COMPRESSION: Self = Self(259);
    pub(super) const FILL_ORDER: Self = Self(266);
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

    /// Tags whose values are read with the directory.
    const READ: [Self; 20] = [
        Self::SUBFILE_TYPE,
        Self::IMAGE_WIDTH,
        Self::IMAGE_LENGTH,
        Self::BITS_PER_SAMPLE,
        Self::COMPRESSION,
        Self::FILL_ORDER,
        Self::SAMPLES_PER_PIXEL,
        Self::ROWS_PER_STRIP,
        Self::PLANAR_CONFIGURATION,
        Self::PREDICTOR,
        Self::TILE_WIDTH,
        Self::TILE_LENGTH,
        Self::SAMPLE_FORMAT,
        Self::MODEL_PIXEL_SCALE,
        Self::MODEL_TIEPOINT,
        Self::MODEL_TRANSFORMATION,
        Self::GEO_KEYS,
        Self::GEO_DOUBLES,
        Self::GDAL_METADATA,
        Self::GDAL_NODATA,
    ];
    /// Tags whose values are one number a strip or tile: they may be long, and are read in parts when pixels are.
    const TABLES: [Self; 4] =
        [Self::STRIP_OFFSETS, Self::STRIP_BYTE_COUNTS, Self::TILE_OFFSETS, Self::TILE_BYTE_COUNTS];
}

/// Where numbers of one size lie in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) start: u64,
    pub(super) count: u64,
    /// Bytes of one number.
    pub(super) size: u64,
}

struct Field {
    kind: u16,
    column: Column,
    /// Empty where the values are a table's.
    bytes: Vec<u8>,
}

/// What is often found under a raster's name, by how it begins.
fn instead(head: &[u8]) -> String {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start().to_ascii_lowercase();
    let known = match () {
        () if head.starts_with(b"\xff\xd8\xff") => "a JPEG picture",
        () if head.starts_with(b"\x89PNG") => "a PNG picture",
        () if head.starts_with(b"PK\x03\x04") => "a ZIP archive, which has to be unpacked",
        () if text.starts_with(b"<htm") || text.starts_with(b"<!do") => "an HTML page",
        () => {
            let first: Vec<_> = head.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            return format!("a file that begins with {}", first.join(" "));
        }
    };
    known.to_owned()
}

/// One directory of a file.
pub(super) struct Directory {
    pub(super) big_endian: bool,
    fields: HashMap<Tag, Field>,
}

impl Directory {
    /// The directories of a file, at least one.
    pub(super) fn read_all(header: &mut Header) -> Result<Vec<Self>, RasterProblem> {
        let head = header.first(16)?;
        let not_raster = || RasterProblem::NotRaster { found: instead(&head) };
        let big_endian = match head.get(..2) {
            Some(b"II") => false,
            Some(b"MM") => true,
            _ => return Err(not_raster()),
        };
        let number = |bytes: &[u8]| unsigned(bytes, big_endian);
        let big = match head.get(2..4).map(number) {
            Some(42) if head.len() >= 8 => false,
            Some(43) if head.len() >= 16 => true,
            _ => return Err(not_raster()),
        };
        let mut next = if big { number(&head[8..16]) } else { number(&head[4..8]) };
        let (mut directories, mut seen) = (Vec::new(), Vec::new());
        // A chain that bites its tail ends where it does.
        while (directories.is_empty() || next != 0) && !seen.contains(&next) && seen.len() < DIRECTORIES_MAX {
            seen.push(next);
            let (directory, following) = Self::read(header, next, big, big_endian)?;
            directories.push(directory);
            next = following;
        }
        Ok(directories)
    }

    /// The directory at an offset, and where the next one lies; 0 after the last.
    fn read(
        header: &mut Header,
        start: u64,
        big: bool,
        big_endian: bool,
    ) -> Result<(Self, u64), RasterProblem> {
        let number = |bytes: &[u8]| unsigned(bytes, big_endian);
        let (count_size, entry_size, value_at) = if big { (8, 20, 12) } else { (2, 12, 8) };
        let entries = number(header.at(start, count_size)?);
        if entries > TAGS_MAX {
            return Err(damaged(format!("a directory of {entries} tags")));
        }
        let table_start = start.saturating_add(count_size);
        let table = header.at(table_start, entries * entry_size)?.to_vec();
        let mut directory = Self { big_endian, fields: HashMap::new() };
        for (index, entry) in table.chunks_exact(entry_size as usize).enumerate() {
            let kind = number(&entry[2..4]) as u16;
            let (count, inline) = (number(&entry[4..value_at]), &entry[value_at..]);
            let (tag, Some(size)) = (Tag(number(&entry[..2]) as u16), size_of(kind)) else { continue };
            if !Tag::READ.contains(&tag) && !Tag::TABLES.contains(&tag) {
                continue;
            }
            let length = count.saturating_mul(size);
            let place = if length <= inline.len() as u64 {
                table_start + index as u64 * entry_size + value_at as u64
            } else {
                number(inline)
            };
            let bytes = match Tag::TABLES.contains(&tag) {
                true => Vec::new(),
                false if length > VALUE_BYTES_MAX => {
                    return Err(damaged(format!("tag {} of {length} bytes", tag.0)));
                }
                false => header.at(place, length)?.to_vec(),
            };
            directory.fields.insert(tag, Field { kind, column: Column { start: place, count, size }, bytes });
        }
        let end = table_start + entries * entry_size;
        // A file may end with its last directory, without the zero that should follow.
        let next = header.at(end, if big { 8 } else { 4 }).map_or(0, number);
        Ok((directory, next))
    }

    pub(super) fn has(&self, tag: Tag) -> bool {
        self.fields.contains_key(&tag)
    }

    /// Where the numbers of a table lie.
    pub(super) fn column(&self, tag: Tag) -> Result<Column, RasterProblem> {
        match self.fields.get(&tag) {
            None => Err(damaged(format!("tag {} is missing", tag.0))),
            Some(field) if is_integer(field.kind) => Ok(field.column),
            Some(field) => Err(wrong_type(tag, field.kind, "integers")),
        }
    }

    /// Unsigned integers of a tag; none where it is absent.
    pub(super) fn numbers(&self, tag: Tag) -> Result<Vec<u64>, RasterProblem> {
        let Some(field) = self.fields.get(&tag) else { return Ok(Vec::new()) };
        if !is_integer(field.kind) {
            return Err(wrong_type(tag, field.kind, "integers"));
        }
        let items = field.bytes.chunks_exact(field.column.size as usize);
        Ok(items.map(|item| unsigned(item, self.big_endian)).collect())
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
            return Err(wrong_type(tag, field.kind, "doubles"));
        }
        let items = field.bytes.chunks_exact(8);
        Ok(items.map(|item| f64::from_bits(unsigned(item, self.big_endian))).collect())
    }

    /// Text of a tag, without the zero at its end.
    pub(super) fn text(&self, tag: Tag) -> Result<Option<String>, RasterProblem> {
        let Some(field) = self.fields.get(&tag) else { return Ok(None) };
        if field.kind != 2 {
            return Err(wrong_type(tag, field.kind, "text"));
        }
        Ok(Some(String::from_utf8_lossy(&field.bytes).trim_end_matches('\0').to_owned()))
    }
}

fn wrong_type(tag: Tag, kind: u16, needed: &str) -> RasterProblem {
    damaged(format!("tag {} has values of type {kind} instead of {needed}", tag.0))
}

fn is_integer(kind: u16) -> bool {
    matches!(kind, 1 | 3 | 4 | 13 | 16 | 18)
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

pub(super) fn unsigned(bytes: &[u8], big_endian: bool) -> u64 {
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
}
