//! The command line's tools: computed columns against the verification tables, and what else files may hold.

mod agreement;
mod cases;
mod columns;
mod files;
mod live;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A row's fields by column.
type Row = BTreeMap<String, String>;

/// The binary with these arguments and nothing to read.
fn guira(arguments: &[&str]) -> Output {
    piped(arguments, b"")
}

/// The binary with these arguments, reading this.
fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Beside the reading, or both sides wait for full pipes.
    let feed = std::thread::spawn(move || stdin.write_all(&input).ok());
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    output
}

/// The table that a run wrote to standard output.
fn table(output: &Output) -> Vec<Row> {
    assert!(output.status.success(), "{}", said(output));
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// What a run wrote to standard error.
fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A run that ended with an error, and what it said.
fn refused(arguments: &[&str], input: &[u8]) -> String {
    let output = piped(arguments, input);
    assert!(!output.status.success(), "{arguments:?} went well");
    assert!(output.stdout.is_empty(), "{arguments:?} wrote something");
    said(&output)
}

/// The text of a verification table.
fn verification(name: &str) -> String {
    std::fs::read_to_string(verification_path(name)).unwrap()
}

fn verification_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("crates/firecore/tests/verification/data").join(name)
}

/// The rows of a table's text, comments left out.
fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The first row of a surface fire, as the header and one line.
const HEAD: &str = "fuel_model,m_1h_pct,m_10h_pct,m_100h_pct,m_herb_pct,m_woody_pct,wind_mph";
const ROW: &str = "GR2,3,4,5,60,90,5";
