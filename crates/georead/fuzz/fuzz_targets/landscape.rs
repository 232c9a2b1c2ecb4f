#![no_main]

// Windows of 64 x 64 pixels, read in pieces of 16 MiB.
const MEMORY_MIB_MAX: usize = 64;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("landscape", bytes, MEMORY_MIB_MAX));
