//! Bytes changed at random, the same in every run.

/// Pseudo-random numbers. Source: Marsaglia (2003), "Xorshift RNGs".
pub(crate) struct Draws(u64);

impl Draws {
    /// Draws of their own for each number.
    pub(crate) fn of(number: usize) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ number as u64)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// What stands in texts and binary files where it hurts.
const HURTFUL_BYTES: [u8; 9] = [0, 1, 0x7f, 0x80, 0xff, b'9', b'-', b'"', b'['];
const HURTFUL_NUMBERS: [u64; 6] = [0, 1, u16::MAX as u64, i32::MAX as u64, u32::MAX as u64, u64::MAX];

/// Changes bytes, bits and numbers, repeats, moves or removes pieces, or cuts the end off; most of it among the first bytes, where a binary
/// file says what it is.
pub(crate) fn mutated(bytes: &[u8], draws: &mut Draws) -> Vec<u8> {
    /// Bytes that are met more often.
    const FIRST: usize = 600;
    let mut bytes = bytes.to_vec();
    for _ in 0..=draws.below(4) {
        let reach = if draws.below(3) == 0 { bytes.len() } else { bytes.len().min(FIRST) };
        let at = draws.below(reach);
        let piece = at..(at + draws.below(40)).min(bytes.len());
        match draws.below(9) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(piece)),
            2 => {
                let (piece, to) = (bytes[piece].to_vec(), draws.below(bytes.len()));
                bytes.splice(to..to, piece);
            }
            3 | 4 => {
                let number = HURTFUL_NUMBERS[draws.below(HURTFUL_NUMBERS.len())].to_le_bytes();
                let count = [2, 4, 8][draws.below(3)].min(bytes.len() - at);
                bytes[at..at + count].copy_from_slice(&number[..count]);
            }
            5 => bytes[at] = HURTFUL_BYTES[draws.below(HURTFUL_BYTES.len())],
            6 => bytes[at] ^= 1 << draws.below(8),
            _ => bytes[at] = draws.below(256) as u8,
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}
