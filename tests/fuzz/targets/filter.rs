//! Fuzzes `filter`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| seqdump_fuzz::filter(data));
