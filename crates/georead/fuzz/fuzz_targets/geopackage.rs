#![no_main]

// A value of 64 MiB, its text and its geometry.
const MEMORY_MIB_MAX: usize = 256;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("geopackage", bytes, MEMORY_MIB_MAX));
