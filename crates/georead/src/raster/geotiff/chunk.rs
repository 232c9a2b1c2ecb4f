//! From the packed bytes of a strip or tile to numbers.

use std::io::Read;

use super::tags::{Directory, Tag};
use crate::raster::{RasterProblem, damaged};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstandard,
}

impl Compression {
    /// Bytes that one packed byte can become at most: what promises more is refused before anything is allocated.
    fn growth_max(self) -> usize {
        match self {
            Self::None => 1,
            // 258 bytes in two bits, and a little for what surrounds them.
            Self::Deflate => 1_100,
            // A code of 12 bits stands for 4096 bytes at most.
            Self::Lzw => 4_096,
            // 128 bytes in two.
            Self::PackBits => 64,
            // A block of 128 KiB of one byte has four.
            Self::Zstandard => 64 << 10,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Unsigned,
    Signed,
    Float,
}

/// How the samples of a file are packed into bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing {
    compression: Compression,
    predictor: u64,
    big_endian: bool,
    kind: Kind,
    /// Bytes of one sample; 0 where eight share a byte.
    size: usize,
    bits: usize,
    /// Samples of one pixel that lie side by side.
    pub(super) samples: usize,
}

impl Packing {
    pub(super) fn read(directory: &Directory, samples: usize) -> Result<Self, RasterProblem> {
        let bits = directory.numbers(Tag::BITS_PER_SAMPLE)?;
        let formats = directory.numbers(Tag::SAMPLE_FORMAT)?;
        let (bit, format) = (bits.first().copied().unwrap_or(1), formats.first().copied().unwrap_or(1));
        let mixed = bits.iter().any(|&other| other != bit) || formats.iter().any(|&other| other != format);
        let kind = match (format, bit) {
            (1, 1 | 8 | 16 | 32 | 64) if !mixed => Kind::Unsigned,
            (2, 8 | 16 | 32 | 64) if !mixed => Kind::Signed,
            (3, 16 | 32 | 64) if !mixed => Kind::Float,
            _ => {
                return Err(RasterProblem::Unsupported {
                    what: "type of the samples",
                    needed: "integers of 1 or of 8 to 64 bits or floats of 16 to 64, the same in all bands",
                    found: format!("sample formats {formats:?} with {bits:?} bits"),
                });
            }
        };
        let compression = match directory.number(Tag::COMPRESSION)?.unwrap_or(1) {
            1 => Compression::None,
            5 => Compression::Lzw,
            8 | 32946 => Compression::Deflate,
            32773 => Compression::PackBits,
            50000 => Compression::Zstandard,
            other => {
                return Err(RasterProblem::Unsupported {
                    what: "compression",
                    needed: "none, LZW, deflate, PackBits or Zstandard",
                    found: match other {
                        6 | 7 => "JPEG".to_owned(),
                        34887 => "LERC".to_owned(),
                        50001 => "WebP".to_owned(),
                        other => format!("code {other}"),
                    },
                });
            }
        };
        let predictor = directory.number(Tag::PREDICTOR)?.unwrap_or(1);
        if !matches!((predictor, kind), (1 | 2, _) | (3, Kind::Float)) {
            return Err(damaged(format!("predictor {predictor} on {kind:?} samples")));
        }
        let (size, bits) = ((bit / 8) as usize, bit as usize);
        if size == 0 && predictor != 1 {
            return Err(damaged(format!("predictor {predictor} on single bits")));
        }
        if directory.number(Tag::FILL_ORDER)?.unwrap_or(1) != 1 {
            let (what, needed, found) =
                ("order of the bits", "the heaviest first", "the lightest first".to_owned());
            return Err(RasterProblem::Unsupported { what, needed, found });
        }
        Ok(Self { compression, predictor, big_endian: directory.big_endian, kind, size, bits, samples })
    }

    /// True where the bytes stand in the file as they are: any row can be read by itself.
    pub(super) fn is_plain(&self) -> bool {
        self.compression == Compression::None
    }

    /// Unpacked bytes of so many rows and columns.
    pub(super) fn bytes(&self, rows: usize, cols: usize) -> usize {
        rows.saturating_mul(cols.saturating_mul(self.samples).saturating_mul(self.bits).div_ceil(8))
    }

    /// Undoes the compression; `expected` is the number of bytes that must come out.
    pub(super) fn unpack(&self, packed: Vec<u8>, expected: usize) -> Result<Vec<u8>, RasterProblem> {
        if expected > packed.len().saturating_mul(self.compression.growth_max()) {
            return Err(damaged(format!(
                "a strip or tile of {} bytes instead of {expected} unpacked",
                packed.len()
            )));
        }
        let mut bytes = match self.compression {
            Compression::None => packed,
            Compression::Deflate => {
                let mut bytes = Vec::with_capacity(expected);
                flate2::read::ZlibDecoder::new(packed.as_slice())
                    .take(expected as u64)
                    .read_to_end(&mut bytes)
                    .map_err(|error| damaged(format!("deflate: {error}")))?;
                bytes
            }
            Compression::Lzw => unpack_lzw(&packed, expected)?,
            Compression::PackBits => unpack_runs(&packed, expected),
            Compression::Zstandard => unpack_zstandard(&packed, expected)?,
        };
        if bytes.len() < expected {
            return Err(damaged(format!("a strip or tile of {} bytes instead of {expected}", bytes.len())));
        }
        bytes.truncate(expected);
        Ok(bytes)
    }

    /// Turns one row of differences into values, in place. The row holds `cols` pixels.
    pub(super) fn undo_predictor(&self, row: &mut [u8], cols: usize) {
        match self.predictor {
            2 => {
                for start in (self.samples * self.size..row.len()).step_by(self.size) {
                    let before = start - self.samples * self.size;
                    let sum = self.word(&row[before..]).wrapping_add(self.word(&row[start..]));
                    self.set_word(&mut row[start..], sum);
                }
            }
            3 => {
                for index in self.samples..row.len() {
                    row[index] = row[index].wrapping_add(row[index - self.samples]);
                }
                // The bytes of equal weight stand together, the heaviest first, whatever the file's byte order.
                let planes = row.to_vec();
                let values = cols * self.samples;
                for index in 0..values {
                    for weight in 0..self.size {
                        let place = if self.big_endian { weight } else { self.size - 1 - weight };
                        row[index * self.size + place] = planes[weight * values + index];
                    }
                }
            }
            _ => {}
        }
    }

    /// One sample of each pixel of a row, from the sample at a position on.
    pub(super) fn values(&self, row: &[u8], first: usize, values: &mut [f32]) {
        // The kind is told apart once a row: told apart for each sample, it is most of the time that a raster takes.
        match (self.kind, self.size, self.big_endian) {
            (_, 0, _) => {
                for (at, value) in values.iter_mut().enumerate() {
                    let place = first + at * self.samples;
                    *value = f32::from(row[place / 8] >> (7 - place % 8) & 1);
                }
            }
            (Kind::Unsigned, 1, _) => self.each(row, first, values, |[byte]| f32::from(byte)),
            (Kind::Signed, 1, _) => self.each(row, first, values, |[byte]| f32::from(byte as i8)),
            (Kind::Unsigned, 2, false) => {
                self.each(row, first, values, |bytes| f32::from(u16::from_le_bytes(bytes)));
            }
            (Kind::Signed, 2, false) => {
                self.each(row, first, values, |bytes| f32::from(i16::from_le_bytes(bytes)));
            }
            (Kind::Float, 4, false) => self.each(row, first, values, f32::from_le_bytes),
            _ => {
                for (at, value) in values.iter_mut().enumerate() {
                    *value = self.value(row, first + at * self.samples) as f32;
                }
            }
        }
    }

    fn each<const SIZE: usize>(
        &self,
        row: &[u8],
        first: usize,
        values: &mut [f32],
        number: impl Fn([u8; SIZE]) -> f32,
    ) {
        let (samples, _) = row.as_chunks();
        let samples = samples.iter().skip(first).step_by(self.samples);
        values.iter_mut().zip(samples).for_each(|(value, bytes)| *value = number(*bytes));
    }

    /// The sample at a position of a row.
    fn value(&self, row: &[u8], position: usize) -> f64 {
        let word = self.word(&row[position * self.size..]);
        match (self.kind, self.size) {
            (Kind::Unsigned, _) => word as f64,
            (Kind::Signed, 1) => f64::from(word as u8 as i8),
            (Kind::Signed, 2) => f64::from(word as u16 as i16),
            (Kind::Signed, 4) => f64::from(word as u32 as i32),
            (Kind::Signed, _) => word as i64 as f64,
            (Kind::Float, 2) => half(word as u16),
            (Kind::Float, 4) => f64::from(f32::from_bits(word as u32)),
            (Kind::Float, _) => f64::from_bits(word),
        }
    }

    #[inline]
    fn word(&self, bytes: &[u8]) -> u64 {
        // Sizes spelled out: a loop over the bytes takes twice as long, and a window has tens of millions of samples.
        match (self.size, self.big_endian, bytes) {
            (1, _, [a, ..]) => u64::from(*a),
            (2, false, [a, b, ..]) => u64::from(u16::from_le_bytes([*a, *b])),
            (2, true, [a, b, ..]) => u64::from(u16::from_be_bytes([*a, *b])),
            (4, false, [a, b, c, d, ..]) => u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
            (4, true, [a, b, c, d, ..]) => u64::from(u32::from_be_bytes([*a, *b, *c, *d])),
            (_, big_endian, bytes) => {
                let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
                let bytes = &bytes[..self.size];
                if big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
            }
        }
    }

    #[inline]
    fn set_word(&self, bytes: &mut [u8], word: u64) {
        match (self.size, self.big_endian, bytes) {
            (1, _, [a, ..]) => *a = word as u8,
            (2, false, [a, b, ..]) => [*a, *b] = (word as u16).to_le_bytes(),
            (_, true, bytes) => bytes[..self.size].copy_from_slice(&word.to_be_bytes()[8 - self.size..]),
            (_, false, bytes) => bytes[..self.size].copy_from_slice(&word.to_le_bytes()[..self.size]),
        }
    }
}

/// The value of a float of 16 bits: a sign, five bits of exponent, ten of fraction (IEEE 754).
fn half(word: u16) -> f64 {
    let (sign, fraction) = (if word >> 15 == 1 { -1.0 } else { 1.0 }, f64::from(word & 0x3ff) / 1024.0);
    sign * match word >> 10 & 0x1f {
        0 => fraction * 2_f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction) * 2_f64.powi(i32::from(exponent) - 15),
    }
}

fn unpack_zstandard(packed: &[u8], expected: usize) -> Result<Vec<u8>, RasterProblem> {
    let broken = |error: String| damaged(format!("Zstandard: {error}"));
    let decoder =
        ruzstd::decoding::StreamingDecoder::new(packed).map_err(|error| broken(error.to_string()))?;
    let mut bytes = Vec::new();
    decoder.take(expected as u64).read_to_end(&mut bytes).map_err(|error| broken(error.to_string()))?;
    Ok(bytes)
}

fn unpack_lzw(packed: &[u8], expected: usize) -> Result<Vec<u8>, RasterProblem> {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    let mut bytes = vec![0; expected];
    let (mut read, mut written) = (0, 0);
    while written < expected {
        let step = decoder.decode_bytes(&packed[read..], &mut bytes[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(weezl::LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            Ok(_) => break,
            Err(error) => return Err(damaged(format!("LZW: {error}"))),
        }
    }
    bytes.truncate(written);
    Ok(bytes)
}

/// Undoes PackBits: a count, then that many bytes, or one byte that many times.
fn unpack_runs(packed: &[u8], expected: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(expected);
    let mut rest = packed;
    while let [head, tail @ ..] = rest {
        if bytes.len() >= expected {
            break;
        }
        let count = *head as i8;
        rest = match (count, tail) {
            (-128, _) => tail,
            (0.., _) => {
                let (literal, after) = tail.split_at((count as usize + 1).min(tail.len()));
                bytes.extend_from_slice(literal);
                after
            }
            (_, [byte, after @ ..]) => {
                bytes.extend(std::iter::repeat_n(*byte, 1 + usize::from(count.unsigned_abs())));
                after
            }
            _ => &[],
        };
    }
    bytes
}
