//! The protocol stays what others were built against, and says of each of its parts what it is.

use std::path::Path;

use guira::simulate::wire::DESCRIPTOR;
use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

mod breaks;
mod mutations;
mod words;

/// The package whose files are kept.
const PACKAGE: &str = "guira.physx.v1";

/// The protocol as it was released, without comments.
const RELEASED: &str = "proto/physx.descriptor.binpb";

/// What was compiled, with its comments.
fn compiled() -> FileDescriptorProto {
    let files = FileDescriptorSet::decode(DESCRIPTOR).unwrap().file;
    files.into_iter().find(|file| file.package() == PACKAGE).unwrap()
}

/// What of a file binds: all but its comments.
fn bare(file: &FileDescriptorProto) -> FileDescriptorProto {
    FileDescriptorProto { source_code_info: None, ..file.clone() }
}

/// With `GUIRA_WRITE_DESCRIPTOR` set, additions are written down as released instead.
#[test]
fn the_protocol_breaks_no_program_built_against_the_released_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RELEASED);
    let now = bare(&compiled());
    let is_written = std::env::var_os("GUIRA_WRITE_DESCRIPTOR").is_some();
    let released = match std::fs::read(&path) {
        Ok(bytes) => FileDescriptorSet::decode(bytes.as_slice()).unwrap().file.remove(0),
        Err(_) if is_written => now.clone(),
        Err(error) => panic!("{RELEASED}: {error}"),
    };
    let broken = breaks::breaks(&released, &now);
    assert!(broken.is_empty(), "\n{}\nwhat cannot be told otherwise is a new package", broken.join("\n"));
    if is_written {
        std::fs::write(&path, FileDescriptorSet { file: vec![now] }.encode_to_vec()).unwrap();
    } else {
        assert!(
            released == now,
            "the protocol has grown: run with GUIRA_WRITE_DESCRIPTOR=1, and commit {RELEASED}"
        );
    }
}
