//! Complex packing, with spatial differencing or without: templates 5.2 and 5.3.
//!
//! Values come in groups; each has a reference, a width and a length, in three lists before the numbers themselves. What is packed may be
//! the differences between neighbours. A number or a group's reference with all bits set stands for a missing value.

use super::Grib2Error;
use super::bits::Bits;
use super::octets::{Octets, signed};
use super::packing::{Scale, short};

/// What section 5 says beside the scale.
struct Layout {
    scale: Scale,
    /// 0: none missing; 1: one kind; 2: two kinds (code table 5.5).
    missing_kinds: u8,
    groups: usize,
    width_reference: u32,
    width_bits: u8,
    length_reference: u64,
    length_step: u64,
    length_last: u64,
    length_bits: u8,
    differences: Differences,
}

/// Order of the differences, and the octets of each of their first numbers.
#[derive(Clone, Copy)]
struct Differences {
    order: u8,
    octets: u8,
}

/// Unpacks so many values.
pub(super) fn unpack(
    representation: Octets<'_>,
    bytes: &[u8],
    values: usize,
    mut put: impl FnMut(f32),
) -> Result<(), Grib2Error> {
    let layout = Layout::parse(representation)?;
    let scale = layout.scale;
    if layout.groups == 0 {
        (0..values).for_each(|_| put(scale.value(0.0)));
        return Ok(());
    }
    // A group without values is nothing that is written, but would make a short list of groups a long loop.
    if layout.groups > values {
        let (needed, found) = (values as u64, layout.groups as u64);
        return Err(Grib2Error::Count { what: "groups at most", needed, found });
    }
    let (mut sums, bytes) = Sums::parse(layout.differences, bytes)?;
    let put = |packed: Option<i64>| match packed {
        Some(number) => put(scale.value(sums.next(number) as f64)),
        None => put(f32::NAN),
    };
    layout.groups(bytes, values, put)
}

impl Layout {
    fn parse(section: Octets<'_>) -> Result<Self, Grib2Error> {
        let (splitting, missing_kinds) = (section.u8(22)?, section.u8(23)?);
        if splitting > 1 {
            let needed = "0 or 1";
            return Err(Grib2Error::Unknown { what: "group splitting", found: splitting.into(), needed });
        }
        if missing_kinds > 2 {
            let needed = "0, 1 or 2";
            return Err(Grib2Error::Unknown {
                what: "missing values of kind",
                found: missing_kinds.into(),
                needed,
            });
        }
        let (width_bits, length_bits) = (section.u8(37)?, section.u8(47)?);
        if width_bits > 32 || length_bits > 32 {
            let found = format!("{width_bits} and {length_bits}");
            return Err(Grib2Error::Value {
                what: "bits of a group's width and length",
                needed: "at most 32",
                found,
            });
        }
        let differences = match section.u16(10)? {
            3 => Differences { order: section.u8(48)?, octets: section.u8(49)? },
            _ => Differences { order: 0, octets: 0 },
        };
        Ok(Self {
            scale: Scale::parse(section)?,
            missing_kinds,
            groups: section.u32(32)? as usize,
            width_reference: section.u8(36)?.into(),
            width_bits,
            length_reference: section.u32(38)?.into(),
            length_step: section.u8(42)?.into(),
            length_last: section.u32(43)?.into(),
            length_bits,
            differences,
        })
    }

    /// Gives the packed numbers one behind another; `None` is missing.
    fn groups(
        &self,
        bytes: &[u8],
        values: usize,
        mut put: impl FnMut(Option<i64>),
    ) -> Result<(), Grib2Error> {
        let (references, bytes) = self.list(bytes, self.scale.bits)?;
        let (widths, bytes) = self.list(bytes, self.width_bits)?;
        let (lengths, bytes) = self.list(bytes, self.length_bits)?;
        let (mut references, mut widths, mut lengths) =
            (Bits::new(references), Bits::new(widths), Bits::new(lengths));
        let mut numbers = Bits::new(bytes);
        let mut left = values as u64;
        for group in 1..=self.groups {
            let next = |list: &mut Bits<'_>, bits: u8| list.take(bits.into()).unwrap_or(0);
            let reference = next(&mut references, self.scale.bits);
            let width = next(&mut widths, self.width_bits) + u64::from(self.width_reference);
            let scaled = next(&mut lengths, self.length_bits);
            let last = group == self.groups;
            let length =
                if last { self.length_last } else { self.length_reference + scaled * self.length_step };
            if length > left || (last && length < left) {
                let needed = values as u64;
                let found = needed - left + length;
                return Err(Grib2Error::Count { what: "values in all groups", needed, found });
            }
            left -= length;
            let width = u8::try_from(width).ok().filter(|width| *width <= 32).ok_or_else(|| {
                let found = width.to_string();
                Grib2Error::Value { what: "bits of a group", needed: "at most 32", found }
            })?;
            if width == 0 {
                let constant = self.number(reference, self.scale.bits, 0, reference);
                (0..length).for_each(|_| put(constant));
                continue;
            }
            for _ in 0..length {
                let raw = numbers.take(width.into()).ok_or_else(|| short(length as usize, width, bytes))?;
                put(self.number(raw, width, reference, raw));
            }
        }
        Ok(())
    }

    /// One of the lists before the numbers, and what follows it.
    fn list<'a>(&self, bytes: &'a [u8], bits: u8) -> Result<(&'a [u8], &'a [u8]), Grib2Error> {
        let needed = (self.groups as u64 * u64::from(bits)).div_ceil(8);
        match usize::try_from(needed).ok().and_then(|length| bytes.split_at_checked(length)) {
            Some(parts) => Ok(parts),
            None => Err(Grib2Error::Truncated { what: "a list of groups", needed, found: bytes.len() }),
        }
    }

    /// A number on its reference; `None` where its bits say that it is missing.
    fn number(&self, raw: u64, bits: u8, reference: u64, marked: u64) -> Option<i64> {
        let all = (1_u64 << bits) - 1;
        let missing = match self.missing_kinds {
            0 => false,
            1 => marked == all,
            _ => marked == all || marked + 1 == all,
        };
        (!missing).then_some((raw + reference) as i64)
    }
}

/// Adds differences up to what they are differences of.
struct Sums {
    order: u8,
    /// The first value or values, which stand before the numbers.
    first: [i64; 2],
    /// What all differences were lessened by.
    least: i64,
    /// Values so far, up to the order.
    seen: u8,
    /// The last value and the one before it.
    last: i64,
    before: i64,
}

impl Sums {
    fn parse(differences: Differences, bytes: &[u8]) -> Result<(Self, &[u8]), Grib2Error> {
        let Differences { order, octets } = differences;
        let mut sums = Self { order, first: [0; 2], least: 0, seen: 0, last: 0, before: 0 };
        if order == 0 {
            return Ok((sums, bytes));
        }
        if order > 2 || !(1..=4).contains(&octets) {
            let found = format!("order {order} in {octets} octets");
            let needed = "of order 1 or 2 in 1 to 4 octets";
            return Err(Grib2Error::Value { what: "differences", needed, found });
        }
        let each = usize::from(octets);
        let length = each * usize::from(order + 1);
        let Some((head, rest)) = bytes.split_at_checked(length) else {
            let needed = length as u64;
            return Err(Grib2Error::Truncated { what: "first values", needed, found: bytes.len() });
        };
        let raw = |at: usize| {
            head[at * each..][..each].iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet))
        };
        for place in 0..usize::from(order) {
            // Values above the reference have no sign; the least difference has.
            sums.first[place] = raw(place) as i64;
        }
        sums.least = signed(raw(order.into()), 8 * u32::from(octets));
        Ok((sums, rest))
    }

    /// The next value. Broken differences wrap around instead of ending the program.
    fn next(&mut self, number: i64) -> i64 {
        if self.order == 0 {
            return number;
        }
        let value = if self.seen < self.order {
            self.seen += 1;
            self.first[usize::from(self.seen - 1)]
        } else {
            let difference = number.wrapping_add(self.least);
            match self.order {
                1 => self.last.wrapping_add(difference),
                _ => self.last.wrapping_mul(2).wrapping_sub(self.before).wrapping_add(difference),
            }
        };
        (self.before, self.last) = (self.last, value);
        value
    }
}
