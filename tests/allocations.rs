//! A packet of a conversation that goes on takes no memory of its own: counted, not timed.

#[path = "bench/traffic.rs"]
mod traffic;

use seqdump::capture::{self, Next};
use seqdump::engine::Engine;
use seqdump::keyring::Keyring;
use seqdump::limits::Limits;
use seqdump::survey::Survey;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use traffic::Kind;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Allocations so far, and those that grew.
fn taken() -> usize {
    let stats = ALLOCATOR.stats();
    stats.allocations + stats.reallocations
}

/// Allocations a packet in the second half of a capture, surveyed.
fn steady(kind: Kind, packets: u64) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.pcap");
    traffic::write(kind, packets, std::io::BufWriter::new(std::fs::File::create(&path).unwrap()));
    let mut source = capture::open(&[path], &capture::Options::default()).unwrap().source;
    let (mut engine, mut survey, keys) =
        (Engine::new(&Limits::default()), Survey::default(), Keyring::default());
    let (mut seen, mut before) = (0, 0);
    while let Next::Frame(frame) = source.next().unwrap() {
        seen += 1;
        if seen == packets / 2 {
            before = taken();
        }
        engine.feed(&frame, &keys, &mut survey);
        if seen == packets * 3 / 4 {
            return (taken() - before) as f64 / (packets / 4) as f64;
        }
    }
    panic!("{seen} packets")
}

#[test]
fn packets_of_a_conversation_that_goes_on_take_no_memory_of_their_own() {
    // The list of frames of each connection grows now and then, which shows where there are many.
    for (kind, packets, most) in
        [(Kind::WsChat, 20_000, 0.1), (Kind::WsBulk, 2_000, 0.05), (Kind::HttpKeepalive, 3_000, 0.05)]
    {
        let taken = steady(kind, packets);
        eprintln!("{kind:?}: {taken} allocations a packet");
        assert!(taken < most, "{kind:?}: {taken} allocations a packet");
    }
}
