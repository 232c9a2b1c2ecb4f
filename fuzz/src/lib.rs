//! What the fuzzer feeds: the doors of the service's own tests.

#[path = "../../tests/it/fuzz/taken.rs"]
mod taken;
#[path = "../../tests/it/fuzz/world.rs"]
mod world;

use taken::Kind;

/// The first byte says which message the others are.
pub fn request(bytes: &[u8]) {
    let Some((kind, message)) = bytes.split_first() else { return };
    let kind = match kind % 4 {
        0 => Kind::Simulation,
        1 => Kind::Ensemble,
        2 => Kind::Landscape,
        _ => Kind::Weather,
    };
    taken::request(kind, message);
}

/// All bytes are one message.
pub fn response(bytes: &[u8]) {
    taken::response(bytes);
}
