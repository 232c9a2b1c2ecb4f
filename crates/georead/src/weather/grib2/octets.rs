//! Numbers out of a section, its octets counted from 1 as the manual counts them.

use super::Grib2Error;

/// A section's octets, its length and number included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Octets<'a> {
    /// Which section it is.
    pub(super) section: u8,
    pub(super) bytes: &'a [u8],
}

impl<'a> Octets<'a> {
    /// The bytes from an octet on.
    pub(super) fn from(self, octet: usize) -> Result<&'a [u8], Grib2Error> {
        self.bytes.get(octet - 1..).ok_or_else(|| self.short(octet - 1))
    }

    pub(super) fn u8(self, octet: usize) -> Result<u8, Grib2Error> {
        Ok(self.array::<1>(octet)?[0])
    }

    pub(super) fn u16(self, octet: usize) -> Result<u16, Grib2Error> {
        Ok(u16::from_be_bytes(self.array(octet)?))
    }

    pub(super) fn u32(self, octet: usize) -> Result<u32, Grib2Error> {
        Ok(u32::from_be_bytes(self.array(octet)?))
    }

    pub(super) fn u64(self, octet: usize) -> Result<u64, Grib2Error> {
        Ok(u64::from_be_bytes(self.array(octet)?))
    }

    pub(super) fn f32(self, octet: usize) -> Result<f32, Grib2Error> {
        Ok(f32::from_be_bytes(self.array(octet)?))
    }

    /// A signed octet: GRIB2's first bit is the sign of the rest.
    pub(super) fn i8(self, octet: usize) -> Result<i32, Grib2Error> {
        self.u8(octet).map(|raw| signed(raw.into(), 8) as i32)
    }

    /// Two signed octets.
    pub(super) fn i16(self, octet: usize) -> Result<i32, Grib2Error> {
        self.u16(octet).map(|raw| signed(raw.into(), 16) as i32)
    }

    /// Four signed octets.
    pub(super) fn i32(self, octet: usize) -> Result<i32, Grib2Error> {
        self.u32(octet).map(|raw| signed(raw.into(), 32) as i32)
    }

    fn array<const N: usize>(self, octet: usize) -> Result<[u8; N], Grib2Error> {
        let piece = self.bytes.get(octet - 1..octet - 1 + N);
        piece.and_then(|piece| piece.try_into().ok()).ok_or_else(|| self.short(octet - 1 + N))
    }

    fn short(self, needed: usize) -> Grib2Error {
        Grib2Error::Short { section: self.section, needed, found: self.bytes.len() }
    }
}

/// A number whose first bit is the sign of the rest.
pub(super) fn signed(raw: u64, bits: u32) -> i64 {
    let sign = 1_u64 << (bits - 1);
    let size = (raw & (sign - 1)) as i64;
    if raw & sign == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bit_is_the_sign() {
        let octets = Octets { section: 3, bytes: &[0x80, 0x00, 0x00, 0x05] };
        assert_eq!(octets.i32(1).unwrap(), -5);
        assert_eq!(octets.i16(3).unwrap(), 5);
        assert_eq!(octets.i8(1).unwrap(), 0);
        assert_eq!(octets.i8(4).unwrap(), 5);
    }

    #[test]
    fn octets_past_the_end_are_told() {
        let error = Octets { section: 4, bytes: &[0; 6] }.u32(5).unwrap_err();
        assert_eq!(error.to_string(), "section 4 needs 8 octets, found 6");
    }
}
