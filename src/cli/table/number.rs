//! Numbers and texts as fields of a CSV file.

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
