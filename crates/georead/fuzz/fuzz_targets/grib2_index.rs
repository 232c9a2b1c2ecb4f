#![no_main]

// A line becomes an entry of less than a kilobyte.
const MEMORY_MIB_MAX: usize = 16;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("grib2_index", bytes, MEMORY_MIB_MAX));
