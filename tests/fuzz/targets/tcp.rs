//! Fuzzes `tcp`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| seqdump_fuzz::tcp(data));
