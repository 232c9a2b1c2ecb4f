#![no_main]

// What features take grows with their bytes, which are few here.
const MEMORY_MIB_MAX: usize = 64;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("csv", bytes, MEMORY_MIB_MAX));
