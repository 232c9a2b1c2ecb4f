#![no_main]

// Windows of 64 x 64 pixels; the text passes in pieces of 1 MiB.
const MEMORY_MIB_MAX: usize = 64;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("ascii_grid", bytes, MEMORY_MIB_MAX));
