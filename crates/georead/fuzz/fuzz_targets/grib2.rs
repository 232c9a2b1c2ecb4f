#![no_main]

// 8 Mi samples of 36 bytes and 4 Mi nodes of 64, and the values of a field that are unpacked beside them.
const MEMORY_MIB_MAX: usize = 1_024;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("grib2", bytes, MEMORY_MIB_MAX));
