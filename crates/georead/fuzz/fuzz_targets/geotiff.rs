#![no_main]

// A strip or tile unpacks to 512 MiB at most, and a row of it, which may be all, is turned in a copy; the rest is for directories.
const MEMORY_MIB_MAX: usize = 1_200;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("geotiff", bytes, MEMORY_MIB_MAX));
