#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| guira_fuzz::response(bytes));
