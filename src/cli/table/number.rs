//! Numbers and texts as fields of a CSV file.

use std::ops::Range;

/// Powers of ten that are exact doubles.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The double nearest to a number's text, as [`f64::from_str`](std::str::FromStr) finds it.
pub(crate) fn parse(text: &[u8]) -> Option<f64> {
    decimal(text).or_else(|| std::str::from_utf8(text).ok()?.parse().ok())
}

/// A number of at most 15 digits, point and sign: its digits and the power of ten that they are over are exact doubles,
/// so that their quotient, rounded once, is the nearest double. `None` for any other text.
fn decimal(text: &[u8]) -> Option<f64> {
    let (sign, text) = match text {
        [b'-', text @ ..] => (-1.0, text),
        _ => (1.0, text),
    };
    let mut digits = 0_u64;
    let mut point = None;
    if text.len() >= POWERS.len() {
        return None;
    }
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => digits = 10 * digits + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |point| text.len() - 1 - point);
    let count = text.len() - usize::from(point.is_some());
    (count > 0).then(|| sign * (digits as f64 / POWERS[decimals]))
}

/// Writes numbers in the shortest form that reads back as the same number.
#[derive(Default)]
pub(crate) struct Digits(zmij::Buffer);

impl Digits {
    /// Appends a number; nothing for what is not finite.
    pub(crate) fn push(&mut self, text: &mut Vec<u8>, value: f64) {
        if value == 0.0 {
            text.push(b'0');
        } else if value.is_finite() {
            let digits = self.0.format_finite(value).as_bytes();
            text.extend_from_slice(digits.strip_suffix(b".0").unwrap_or(digits));
        }
    }
}

/// [`Digits`] of a table's columns. Many hold one number in row after row, and some the same as another column: such
/// digits are copied from where they were last written, which takes a fraction of the time.
pub(crate) struct ColumnDigits {
    digits: Digits,
    kept: Vec<Kept>,
}

/// A number's bits, and where in the text its digits stand.
#[derive(Clone)]
struct Kept {
    bits: u64,
    digits: Range<usize>,
}

/// What is not finite has no digits.
const NOTHING_KEPT: Kept = Kept { bits: f64::NAN.to_bits(), digits: 0..0 };

impl ColumnDigits {
    pub(crate) fn new(columns: usize) -> Self {
        Self { digits: Digits::default(), kept: vec![NOTHING_KEPT; columns] }
    }

    /// Must be called before another text is written to.
    pub(crate) fn forget(&mut self) {
        self.kept.fill(NOTHING_KEPT);
    }

    /// Appends a column's number; nothing for what is not finite.
    pub(crate) fn push(&mut self, text: &mut Vec<u8>, column: usize, value: f64) {
        let kept = &mut self.kept[column];
        if kept.bits == value.to_bits() {
            return text.extend_from_within(kept.digits.clone());
        }
        let start = text.len();
        self.digits.push(text, value);
        *kept = Kept { bits: value.to_bits(), digits: start..text.len() };
    }
}

/// Appends a field, in quotes where it would not read back as itself without.
pub(crate) fn push_field(text: &mut Vec<u8>, field: &[u8], first: bool) {
    let special = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    let like_comment = first && field.first() == Some(&b'#');
    if !like_comment && !field.iter().any(special) {
        return text.extend_from_slice(field);
    }
    text.push(b'"');
    for byte in field {
        if *byte == b'"' {
            text.push(b'"');
        }
        text.push(*byte);
    }
    text.push(b'"');
}

/// A number as a person reads it: about five digits.
pub(crate) fn rounded(value: f64) -> String {
    let size = value.abs();
    if size > 0.0 && !(1e-4..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let decimals = if size >= 1.0 { 4 - (size.log10().floor() as i32).clamp(0, 4) } else { 5 };
    let text = format!("{value:.*}", decimals as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_themselves() {
        for value in [0.0, -0.0, 5.0, 0.1, 1.0 / 3.0, 1e-12, 6.02e23, -2.5, f64::MIN_POSITIVE] {
            let mut text = Vec::new();
            Digits::default().push(&mut text, value);
            let text = String::from_utf8(text).expect("digits");
            assert_eq!(text.parse::<f64>(), Ok(value), "{text}");
            assert!(!text.ends_with(".0"), "{text}");
        }
        let mut text = Vec::new();
        Digits::default().push(&mut text, f64::NAN);
        Digits::default().push(&mut text, f64::INFINITY);
        assert!(text.is_empty());
    }

    #[test]
    fn digits_written_before_are_written_again() {
        let mut digits = ColumnDigits::new(2);
        for _ in 0..2 {
            let mut text = Vec::new();
            for (column, value) in
                [(0, f64::NAN), (0, 2.5), (1, 7.0), (0, 2.5), (1, 2.5), (1, f64::INFINITY), (0, 0.0)]
            {
                digits.push(&mut text, column, value);
                text.push(b' ');
            }
            assert_eq!(text, b" 2.5 7 2.5 2.5  0 ");
            digits.forget();
        }
    }

    #[test]
    fn numbers_are_read_as_the_standard_library_reads_them() {
        let texts = "0 7 12.5 -3 +4 .5 5. -.25 - . 1.2.3 1e3 1E-3 123456789012345 12345678901234.5 0.00000000000001 \
            9007199254740993 3.14159265358979323846 1_0 nan inf -0 00012 2.718281828459 0.1 0.3 99.99";
        for text in texts.split(' ').chain(["", " 1"]) {
            let standard: Option<f64> = text.parse().ok();
            assert_eq!(parse(text.as_bytes()).map(f64::to_bits), standard.map(f64::to_bits), "{text:?}");
        }
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let text = format!(
                "{}.{}",
                state >> 44,
                (state & 0xff_ffff_ffff) % 10_u64.pow((state >> 40) as u32 % 12)
            );
            assert_eq!(parse(text.as_bytes()), text.parse().ok(), "{text}");
        }
        assert_eq!(parse(b"\xff"), None);
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        for (field, first, expected) in [
            ("plain", false, "plain"),
            ("a,b", false, "\"a,b\""),
            ("5\" nail", false, "\"5\"\" nail\""),
            ("two\nlines", false, "\"two\nlines\""),
            ("#1", false, "#1"),
            ("#1", true, "\"#1\""),
        ] {
            let mut text = Vec::new();
            push_field(&mut text, field.as_bytes(), first);
            assert_eq!(text, expected.as_bytes());
        }
    }

    #[test]
    fn printed_numbers_have_about_five_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (46.149_987, "46.15"),
            (12_345.6, "12346"),
            (100.0, "100"),
            (0.361_84, "0.36184"),
            (2.5e-7, "2.500e-7"),
            (-3.0, "-3"),
        ] {
            assert_eq!(rounded(value), expected);
        }
    }
}
