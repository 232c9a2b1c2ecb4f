use super::*;

/// Lines as NOMADS has them for HRRR, some left out.
const INDEX: &str = "\
1:0:d=2023072206:REFC:entire atmosphere:1 hour fcst:
64:41000000:d=2023072206:HGT:surface:1 hour fcst:
65:42000000:d=2023072206:TMP:surface:1 hour fcst:
71:47000000:d=2023072206:TMP:2 m above ground:1 hour fcst:
74:48000000:d=2023072206:DPT:2 m above ground:1 hour fcst:
75.1:49000000:d=2023072206:UGRD:10 m above ground:1 hour fcst:
75.2:49000000:d=2023072206:VGRD:10 m above ground:1 hour fcst:
76:50000000:d=2023072206:WIND:10 m above ground:0-1 hour max fcst:
77:50010000:d=2023072206:MAXUW:10 m above ground:0-1 hour max fcst:
84:50020000:d=2023072206:APCP:surface:0-1 hour acc fcst:
105:60000000:d=2023072206:TCDC:entire atmosphere:1 hour fcst:
";

#[test]
fn wanted_messages_are_picked_and_neighbours_joined() {
    let entries = parse(INDEX).unwrap();
    assert_eq!(entries.len(), 11);
    assert_eq!(entries[3].name, "TMP");
    assert_eq!(entries[3].reference_at.to_string(), "2023-07-22T06:00:00Z");
    let piece = |from, until| ByteRange { from, until };
    let expected = [
        piece(41_000_000, Some(42_000_000)),
        // What lies between 50000000 and 50020000 is fetched along.
        piece(47_000_000, Some(60_000_000)),
        piece(60_000_000, None),
    ];
    let joined = [expected[0], piece(47_000_000, None)];
    assert_eq!(ranges(&entries, wanted, None), joined);
    assert_eq!(ranges(&entries, wanted, Some(61_000_000))[1], piece(47_000_000, Some(61_000_000)));
    assert_eq!(ranges(&entries, |entry| entry.name == "TCDC", None), expected[2..]);
    assert_eq!(ranges(&entries, |_| false, None), []);
}

#[test]
fn highest_and_lowest_values_of_an_hour_are_not_wanted() {
    let entry = |line: &str| parse(line).unwrap().remove(0);
    assert!(!wanted(&entry("1:0:d=2023072206:TMP:2 m above ground:0-1 hour max fcst:")));
    assert!(wanted(&entry("1:0:d=2023072206:DSWRF:surface:0-6 hour ave fcst:")));
    assert!(wanted(&entry("1:0:d=2023072206:TMP:2 m above ground:anl:")));
}

#[test]
fn a_broken_line_is_named() {
    for (text, needed) in [
        ("1:0:d=2023072206:TMP", "line 1 of the index: needed a level, found \"1:0:d=2023072206:TMP\""),
        ("\n1:x:d=2023072206:A:b:c", "line 2 of the index: needed an offset in bytes, found \"x\""),
        (
            "1:0:d=2023072299:A:b:c",
            "line 1 of the index: needed a start, d=YYYYMMDDHH, found \"d=2023072299\"",
        ),
        (
            "1:0:d=20230722é6:A:b:c",
            "line 1 of the index: needed a start, d=YYYYMMDDHH, found \"d=20230722é6\"",
        ),
        ("<html>", "line 1 of the index: needed an offset in bytes, found \"<html>\""),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), needed);
    }
    assert!(parse(&"1:0:d=2023072206:A:b:c\n".repeat(ENTRIES_MAX + 1)).is_err());
}
