//! Reads the kept figures, the made files, and the samples where this machine has them.

use std::fs;
use std::path::PathBuf;

use crate::reference;

/// A file that is kept beside these tests.
pub(crate) fn kept(name: &str) -> Vec<u8> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of a kept table, split at commas, without notes and header.
pub(crate) fn table(name: &str) -> Vec<Vec<String>> {
    let text = String::from_utf8(kept(&format!("figures/{name}"))).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// A real sample, named within `weather_samples`; unpacked where it is an `.xz`.
///
/// `None` where this machine has no samples, except that `CI` insists on them.
pub(crate) fn sample(name: &str) -> Option<Vec<u8>> {
    let bytes = real(&format!("weather_samples/{name}"))?;
    if !name.ends_with(".xz") {
        return Some(bytes);
    }
    let mut unpacked = Vec::new();
    lzma_rs::xz_decompress(&mut bytes.as_slice(), &mut unpacked).unwrap();
    Some(unpacked)
}

/// A real file, named within the folder of real data.
pub(crate) fn real(name: &str) -> Option<Vec<u8>> {
    let path = reference::real()?.join(name);
    Some(fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A figure; "nan" is none.
pub(crate) fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// Asserts that two numbers are one within a tolerance, or both none.
pub(crate) fn assert_near(found: f64, expected: f64, within: f64, what: &str) {
    let same = found.is_nan() && expected.is_nan() || (found - expected).abs() <= within;
    assert!(same, "{what}: found {found}, expected {expected}");
}
