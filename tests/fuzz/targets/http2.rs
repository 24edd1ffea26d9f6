//! Fuzzes `http2`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| seqdump_fuzz::http2(data));
