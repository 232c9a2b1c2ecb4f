//! Where whole rows end in a stretch of a CSV file that begins with a row.

/// Whether a comma ends a field and a line end a row wherever it stands: no quotes, and no carriage return alone.
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    let line_ends = || bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
    !bytes.contains(&b'"') && (!bytes.contains(&b'\r') || count(bytes, b'\r') == line_ends())
}

/// How many of some bytes are this one.
///
/// Counting in bytes, as far as they go, lets the compiler compare many at once.
pub(crate) fn count(bytes: &[u8], wanted: u8) -> usize {
    let few = |few: &[u8]| few.iter().map(|byte| u8::from(*byte == wanted)).sum::<u8>();
    bytes.chunks(usize::from(u8::MAX)).map(|part| usize::from(few(part))).sum()
}

/// The place behind the first row, comment or blank line; `None` where it is not whole.
pub(crate) fn first(bytes: &[u8]) -> Option<usize> {
    among_quotes(bytes).next()
}

/// The place behind the last row, comment or blank line that is whole; `None` where none is.
pub(crate) fn last(bytes: &[u8]) -> Option<usize> {
    if bytes.contains(&b'"') || !bytes.contains(&b'\n') {
        return among_quotes(bytes).last();
    }
    bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1)
}

/// How the quotes of a row stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quotes {
    /// Each that is opened is closed at its field's end.
    Closed,
    /// The last is not closed.
    Open,
    /// One is closed in the middle of a field, as where the quote that opens another row's field closes it.
    Torn,
}

/// How the quotes of a row stand, from its bytes as the file has them.
pub(crate) fn quotes(row: &[u8]) -> Quotes {
    let mut state = State::RowStart;
    for byte in row {
        if state == State::QuotedQuote && !matches!(byte, b'"' | b',' | b'\r' | b'\n' | b' ' | b'\t') {
            return Quotes::Torn;
        }
        state = state.after(*byte);
    }
    if state == State::Quoted { Quotes::Open } else { Quotes::Closed }
}

/// What the next byte belongs to.
#[derive(Clone, Copy, PartialEq)]
enum State {
    RowStart,
    FieldStart,
    Field,
    Quoted,
    /// Behind a quote inside a quoted field: its end, or the first of two that stand for one.
    QuotedQuote,
    Comment,
}

/// The places behind rows.
fn among_quotes(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut state = State::RowStart;
    bytes.iter().enumerate().filter_map(move |(at, byte)| {
        state = state.after(*byte);
        (state == State::RowStart).then_some(at + 1)
    })
}

impl State {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::QuotedQuote,
            (Self::Quoted, _) => Self::Quoted,
            (Self::Comment, b'\n') | (Self::RowStart, b'\n' | b'\r') => Self::RowStart,
            (Self::Comment, _) | (Self::RowStart, b'#') => Self::Comment,
            (Self::RowStart | Self::FieldStart | Self::QuotedQuote, b'"') => Self::Quoted,
            (_, b',') => Self::FieldStart,
            (_, b'\n' | b'\r') => Self::RowStart,
            _ => Self::Field,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_where_no_quote_is_open() {
        for (text, expected) in [
            ("1,2\n3,", Some(4)),
            ("1,2", None),
            ("", None),
            ("\"a\nb\"\nc", Some(6)),
            ("\"a\nb", None),
            ("1\n\"a\nb", Some(2)),
            ("\"a\"\"\nb\"\n", Some(8)),
            ("a\"b\nc", Some(4)),
            ("# it's \"open\n1\n", Some(15)),
            ("1,\"x\"y\n2", Some(7)),
            ("1\r2\r3", Some(4)),
            ("1\r\n\"2", Some(3)),
        ] {
            assert_eq!(last(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_where_its_field_ends_is_seen() {
        for (row, expected) in [
            ("1,\"2\"\n", Quotes::Closed),
            ("1,\"2\"", Quotes::Closed),
            ("\"a\"\"b\" ,2\r\n", Quotes::Closed),
            ("\n# \"c\n\"a\nb\"\n", Quotes::Closed),
            ("1,\"2\n3,4\n", Quotes::Open),
            ("1,\"2\"\"", Quotes::Open),
            ("1,\"2\n3,\"4\"\n", Quotes::Torn),
        ] {
            assert_eq!(quotes(row.as_bytes()), expected, "{row:?}");
        }
    }

    #[test]
    fn quotes_and_lone_carriage_returns_are_not_plain() {
        for (text, expected) in
            [("1,2\r\n3\r\n", true), ("1\n", true), ("\"1\"\n", false), ("1\r2\n", false), ("1\r", false)]
        {
            assert_eq!(is_plain(text.as_bytes()), expected, "{text:?}");
        }
    }
}
