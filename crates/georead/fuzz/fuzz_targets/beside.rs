#![no_main]

// Texts of 64 KiB.
const MEMORY_MIB_MAX: usize = 16;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("beside", bytes, MEMORY_MIB_MAX));
