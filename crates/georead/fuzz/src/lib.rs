//! What the fuzzer feeds: the doors of the crate's own tests, with the memory counted that each takes.

#[path = "../../tests/fuzz/doors.rs"]
mod doors;
mod memory;

#[global_allocator]
static MEMORY: memory::Counted = memory::Counted::NOTHING;

/// Passes bytes through a door; a panic is a finding, and so is more memory held at once, beside the bytes, than the decoder's limits allow.
pub fn enter(name: &str, bytes: &[u8], memory_mib_max: usize) {
    let door = doors::DOORS.iter().find(|door| door.name == name).expect("a target has the name of a door");
    let before = MEMORY.count_from_here();
    (door.read)(bytes);
    // A door may hold a copy of the bytes, as whoever reads them from a file does.
    let mib = MEMORY.most_since(before).saturating_sub(bytes.len()) >> 20;
    assert!(mib <= memory_mib_max, "{mib} MiB held at once, {memory_mib_max} are allowed");
}
