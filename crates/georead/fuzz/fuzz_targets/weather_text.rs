#![no_main]

// 8 Mi samples of 36 bytes, once by place and once by hour.
const MEMORY_MIB_MAX: usize = 700;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| georead_fuzz::enter("weather_text", bytes, MEMORY_MIB_MAX));
