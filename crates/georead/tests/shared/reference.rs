//! The reference data, where this machine has it.

use std::path::{Path, PathBuf};

/// The folder of the real files.
///
/// `GUIRA_REFERENCE_DATA` names the folder above it. Without it a test is skipped, except where `CI` is set.
pub(crate) fn real() -> Option<PathBuf> {
    let root = std::env::var_os("GUIRA_REFERENCE_DATA").map(PathBuf::from);
    // Tests run in the package's folder.
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = root.unwrap_or_else(beside).join("real");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", folder.display());
    eprintln!("skipped: {} is missing", folder.display());
    None
}
