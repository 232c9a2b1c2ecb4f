//! Numbers of any width, packed one behind another.

/// Reads them, the highest bit first.
#[derive(Clone, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Bits read.
    position: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The next number of up to 32 bits; `None` at the end.
    pub(super) fn take(&mut self, width: u32) -> Option<u64> {
        debug_assert!(width <= 32);
        if width == 0 {
            return Some(0);
        }
        let (first, skipped) = (self.position / 8, (self.position % 8) as u32);
        let window = match self.bytes.get(first..first + 8) {
            Some(eight) => u64::from_be_bytes(eight.try_into().ok()?),
            None => {
                let rest = self.bytes.get(first..)?;
                if rest.len() * 8 < (skipped + width) as usize {
                    return None;
                }
                let mut eight = [0; 8];
                eight[..rest.len()].copy_from_slice(rest);
                u64::from_be_bytes(eight)
            }
        };
        self.position += width as usize;
        Some((window << skipped) >> (64 - width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_width_come_one_behind_another() {
        let mut bits = Bits::new(&[0b1010_0110, 0b1111_0000, 0xab, 0xcd, 0xef, 1, 2, 3, 4, 5]);
        assert_eq!(bits.take(3), Some(0b101));
        assert_eq!(bits.take(0), Some(0));
        assert_eq!(bits.take(7), Some(0b0011011));
        assert_eq!(bits.take(6), Some(0b110000));
        assert_eq!(bits.take(32), Some(0xabcd_ef01));
        assert_eq!(bits.take(32), Some(0x0203_0405));
        assert_eq!(bits.take(1), None);
    }
}
