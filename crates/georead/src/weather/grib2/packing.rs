//! A field's values: sections 5, 6 and 7.

use super::bits::Bits;
use super::octets::Octets;
use super::{Grib2Error, Grid, Window, complex};

/// Widest number that is packed, bits. Reason: a value has 24 that count in single precision.
const BITS_MAX: u8 = 32;

/// Values that are not unpacked yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed<'a> {
    /// How (section 5).
    pub(super) representation: Octets<'a>,
    /// Which nodes have a value (section 6); all without it.
    pub(super) bitmap: Option<Octets<'a>>,
    /// The values (section 7).
    pub(super) data: Octets<'a>,
}

/// Unpacks what lies in a window; NaN is missing. Holds the window's values and no more.
pub(super) fn unpack(packed: &Packed<'_>, grid: &Grid, window: &Window) -> Result<Vec<f32>, Grib2Error> {
    let representation = packed.representation;
    let values = representation.u32(6)? as usize;
    let mut placed = Placed::new(packed, grid, window)?;
    if values != placed.present {
        let what = "values (nodes that have one)";
        return Err(Grib2Error::Count { what, needed: placed.present as u64, found: values as u64 });
    }
    let bytes = packed.data.from(6)?;
    let template = representation.u16(10)?;
    match template {
        0 => simple(representation, bytes, values, |value| placed.put(value))?,
        2 | 3 => complex::unpack(representation, bytes, values, |value| placed.put(value))?,
        4 => ieee(representation, bytes, values, |value| placed.put(value))?,
        41 => png(representation, bytes, values, |value| placed.put(value))?,
        _ => {
            let needed = "0 (simple), 2 or 3 (complex), 4 (IEEE) or 41 (PNG)";
            return Err(Grib2Error::Unknown { what: "packing template 5.", found: template.into(), needed });
        }
    }
    Ok(placed.kept)
}

/// Puts values, one behind another, to their nodes.
struct Placed<'a> {
    grid: &'a Grid,
    window: &'a Window,
    bitmap: Option<&'a [u8]>,
    /// Nodes that have a value.
    present: usize,
    /// The next node.
    next: usize,
    kept: Vec<f32>,
}

impl<'a> Placed<'a> {
    fn new(packed: &Packed<'a>, grid: &'a Grid, window: &'a Window) -> Result<Self, Grib2Error> {
        let nodes = grid.nodes();
        let bitmap = packed.bitmap.map(|section| section.from(7)).transpose()?;
        let present = match bitmap {
            None => nodes,
            Some(bits) if bits.len() < nodes.div_ceil(8) => {
                let (needed, found) = (nodes as u64, 8 * bits.len() as u64);
                return Err(Grib2Error::Count { what: "bits of a bitmap", needed, found });
            }
            Some(bits) => (0..nodes).filter(|node| bit(bits, *node)).count(),
        };
        Ok(Self { grid, window, bitmap, present, next: 0, kept: vec![f32::NAN; window.nodes()] })
    }

    fn put(&mut self, value: f32) {
        let nodes = self.grid.nodes();
        if let Some(bits) = self.bitmap {
            while self.next < nodes && !bit(bits, self.next) {
                self.next += 1;
            }
        }
        if self.next < nodes
            && let Some(slot) = self.window.slot(self.grid.cell(self.next))
        {
            self.kept[slot] = value;
        }
        self.next += 1;
    }
}

fn bit(bits: &[u8], node: usize) -> bool {
    bits[node / 8] & (0x80 >> (node % 8)) != 0
}

/// The line from packed whole numbers to values, shared by all templates but IEEE.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    reference: f64,
    /// Two to the binary factor.
    binary: f64,
    /// Ten to minus the decimal factor.
    decimal: f64,
    /// Width of a packed number.
    pub(super) bits: u8,
}

impl Scale {
    pub(super) fn parse(representation: Octets<'_>) -> Result<Self, Grib2Error> {
        let reference = f64::from(representation.f32(12)?);
        let bits = representation.u8(20)?;
        if bits > BITS_MAX || !reference.is_finite() {
            let found = format!("{reference} and {bits} bits");
            return Err(Grib2Error::Value {
                what: "a packing",
                needed: "a number and at most 32 bits",
                found,
            });
        }
        Ok(Self {
            reference,
            binary: 2_f64.powi(representation.i16(16)?),
            decimal: 10_f64.powi(-representation.i16(18)?),
            bits,
        })
    }

    /// The value; NaN where broken factors lead out of all numbers.
    pub(super) fn value(&self, packed: f64) -> f32 {
        let value = ((self.reference + packed * self.binary) * self.decimal) as f32;
        if value.is_finite() { value } else { f32::NAN }
    }
}

/// Template 5.0.
fn simple(
    representation: Octets<'_>,
    bytes: &[u8],
    values: usize,
    mut put: impl FnMut(f32),
) -> Result<(), Grib2Error> {
    let scale = Scale::parse(representation)?;
    let mut bits = Bits::new(bytes);
    for _ in 0..values {
        let packed = bits.take(scale.bits.into()).ok_or_else(|| short(values, scale.bits, bytes))?;
        put(scale.value(packed as f64));
    }
    Ok(())
}

/// Template 5.4, single and double precision (code table 5.7).
fn ieee(
    representation: Octets<'_>,
    bytes: &[u8],
    values: usize,
    mut put: impl FnMut(f32),
) -> Result<(), Grib2Error> {
    let precision = representation.u8(12)?;
    let width = match precision {
        1 => 4,
        2 => 8,
        _ => {
            let needed = "1 or 2";
            return Err(Grib2Error::Unknown { what: "IEEE precision", found: precision.into(), needed });
        }
    };
    if bytes.len() / width < values {
        return Err(short(values, 8 * width as u8, bytes));
    }
    for number in bytes.chunks_exact(width).take(values) {
        put(match number {
            [a, b, c, d] => f32::from_be_bytes([*a, *b, *c, *d]),
            _ => number.try_into().map_or(f32::NAN, |eight| f64::from_be_bytes(eight) as f32),
        });
    }
    Ok(())
}

/// Template 5.41: a picture whose samples, one behind another, are the packed numbers.
fn png(
    representation: Octets<'_>,
    bytes: &[u8],
    values: usize,
    mut put: impl FnMut(f32),
) -> Result<(), Grib2Error> {
    let scale = Scale::parse(representation)?;
    if scale.bits == 0 {
        (0..values).for_each(|_| put(scale.value(0.0)));
        return Ok(());
    }
    let broken = |error: png::DecodingError| Grib2Error::Png { reason: error.to_string() };
    // At most four bytes a value, and the decoder's own room.
    let limits = png::Limits { bytes: 4 * values + (1 << 20) };
    let mut picture =
        png::Decoder::new_with_limits(std::io::Cursor::new(bytes), limits).read_info().map_err(broken)?;
    let header = picture.info();
    let (nodes, depth) = (u64::from(header.width) * u64::from(header.height), header.bits_per_pixel() as u8);
    if nodes != values as u64 {
        return Err(Grib2Error::Count { what: "pixels", needed: values as u64, found: nodes });
    }
    if depth > BITS_MAX || header.interlaced {
        let found = format!("{depth} bits{}", if header.interlaced { ", interlaced" } else { "" });
        return Err(Grib2Error::Value {
            what: "a packed PNG",
            needed: "of at most 32 bits a pixel, row by row",
            found,
        });
    }
    // A row is padded to whole bytes.
    let width = header.width as usize;
    while let Some(row) = picture.next_row().map_err(broken)? {
        let mut bits = Bits::new(row.data());
        for _ in 0..width {
            let packed = bits.take(depth.into()).ok_or_else(|| short(values, depth, row.data()))?;
            put(scale.value(packed as f64));
        }
    }
    Ok(())
}

/// Fewer bits than the values take.
pub(super) fn short(values: usize, bits: u8, bytes: &[u8]) -> Grib2Error {
    let needed = (values as u64 * u64::from(bits)).div_ceil(8);
    Grib2Error::Truncated { what: "packed values", needed, found: bytes.len() }
}
