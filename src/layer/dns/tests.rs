//! DNS over datagrams and streams, cut, with gaps, damaged, and what only looks like it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::diagnostic::Diagnostic;
use crate::event::{End, Event, Packet, Sink};
use crate::keyring::Keyring;
use crate::layer::protocol::World;
use crate::layer::stack::Stack;
use crate::limits::Limits;

const QUERY: &[u8] =
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01";
const RESPONSE: &[u8] =
    b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01\
    \xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x06\x03www\xc0\x0c\
    \xc0\x29\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x5d\xb8\xd8\x22";

static TCP: &[&Protocol] = &[&PROTOCOL];
static UDP: &[&Protocol] = &[&DATAGRAM];

#[derive(Default)]
struct Kept(Vec<Event>, Vec<&'static str>);

impl Sink for Kept {
    fn full(&self) -> bool {
        true
    }
    fn number(&mut self, _: &[Note]) -> u64 {
        self.0.len() as u64
    }
    fn keep(&mut self, event: Event) {
        self.0.push(event);
    }
    fn packet(&mut self, _: Packet) {}
    fn note(&mut self, _: &'static Diagnostic) {}
    fn protocol(&mut self, name: &'static str) {
        self.1.push(name);
    }
}

/// What is seen of chunks to and from a server's port; each chunk comes a millisecond after the one before.
fn seen(
    protocols: &'static [&'static Protocol],
    server_port: u16,
    chunks: &[(Side, Body<'_>)],
) -> (Kept, Vec<Verdict>) {
    let (limits, keys, mut kept) = (Limits::default(), Keyring::default(), Kept::default());
    let world = World {
        limits: &limits,
        keys: &keys,
        server_port,
        roles_inferred: false,
        protocols,
        unclaimed: "tcp.data",
    };
    let mut stack = Stack::new(false);
    for (n, (side, body)) in chunks.iter().enumerate() {
        let frames = [n as u64 + 1];
        let time = Timestamp(n as i64 * 1_000_000);
        let origin = Origin::new(*side, time, &frames);
        stack.feed(Chunk { origin, body: *body }, &mut kept, world);
    }
    (kept, stack.verdicts())
}

fn labels(kept: &Kept) -> Vec<String> {
    kept.0.iter().map(|event| event.facts.label(Lang::En)).collect()
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u16).to_be_bytes(), message].concat()
}

#[test]
fn a_query_and_its_response_are_told() {
    let chunks = [(Side::Client, Body::Bytes(QUERY)), (Side::Server, Body::Bytes(RESPONSE))];
    let (kept, verdicts) = seen(UDP, 53, &chunks);
    assert_eq!(labels(&kept), ["A? example.com", "example.com A 93.184.216.34 +1 (1.0 ms)"]);
    assert_eq!(verdicts[0].say(Lang::En), "DNS: 1 asked, 1 answered");
    let fields = kept.0[1].facts.fields();
    let of = |name| fields.iter().find(|field| field.name == name).unwrap().value.clone();
    assert_eq!(
        (of("id"), of("name"), of("qtype"), of("rcode")),
        (Value::from(0x1234_u16), "example.com".into(), "A".into(), "NOERROR".into())
    );
    let Value::List(answers) = of("answers") else { unreachable!() };
    let Value::Table(first) = &answers[0] else { unreachable!() };
    assert_eq!((&first[1].value, &first[3].value), (&"CNAME".into(), &"www.example.com.".into()));
    assert!(kept.0.iter().all(|event| event.notes.is_empty()));
}

#[test]
fn however_a_stream_is_cut_its_messages_are_the_same() {
    let (query, response) = ([framed(QUERY), framed(QUERY)].concat(), framed(RESPONSE));
    for port in [53, 853, 4000] {
        for cut in 1..query.len() {
            let chunks = [
                (Side::Client, Body::Bytes(&query[..cut])),
                (Side::Client, Body::Bytes(&query[cut..])),
                (Side::Server, Body::Bytes(&response)),
            ];
            let (kept, _) = seen(TCP, port, &chunks);
            let kinds: Vec<_> = kept.0.iter().map(|event| event.facts.kind()).collect();
            assert_eq!(kinds, ["dns.query", "dns.query", "dns.response"], "{port} {cut}");
        }
    }
}

#[test]
fn after_a_gap_a_whole_message_is_found_again_and_a_part_is_said_to_be_one() {
    let (query, response) = (framed(QUERY), framed(RESPONSE));
    let chunks = [
        (Side::Client, Body::Bytes(&query)),
        (Side::Server, Body::Bytes(&response[..40])),
        (Side::Server, Body::Gap(10)),
        (Side::Server, Body::Bytes(b"no message at all")),
        (Side::Server, Body::Bytes(&response)),
        (Side::Server, Body::End(End::Closed)),
    ];
    let (kept, _) = seen(TCP, 53, &chunks);
    let kinds: Vec<_> = kept.0.iter().map(|event| event.facts.kind()).collect();
    assert_eq!(kinds, ["dns.query", "dns.response", "dns.data", "dns.response"]);
    assert_eq!(kept.0[1].notes[0].what.id, "dns.malformed");
    assert!(kept.0[3].notes.is_empty());
}

#[test]
fn other_protocols_are_left_alone() {
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x00\x20\x01\x00\x00\x1c\x03\x03", QUERY] {
        let (kept, _) = seen(TCP, 8080, &[(Side::Client, Body::Bytes(bytes))]);
        assert!(kept.1.is_empty(), "{bytes:?}");
    }
    let chunk = (Side::Client, Body::Bytes(&RESPONSE[..60]));
    assert!(seen(UDP, 9000, &[chunk]).0.1.is_empty());
    assert_eq!(seen(UDP, 9000, &[(Side::Client, Body::Bytes(QUERY))]).0.1, ["dns"]);
}

#[test]
fn no_pointer_goes_round_and_no_byte_is_lost() {
    let mut looping = QUERY.to_vec();
    looping.truncate(HEADER);
    looping.extend(b"\x03a.\xff\xc0\x0c\x00\x01\x00\x01");
    let message = Message::new(&looping).unwrap();
    assert_eq!(message.name(HEADER), "a\\.\\255");
    assert_eq!(message.end(), Ok(looping.len()));
}

#[test]
fn any_bytes_are_read_to_their_end() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    for _ in 0..20_000 {
        let mut wire = RESPONSE.to_vec();
        for _ in 0..=next(6) {
            let at = next(wire.len());
            wire[at] = [next(256) as u8, 0xc0, [1, 5, 15, 16, 28, 33, 64, 65, 250][next(9)]][next(3)];
        }
        wire.truncate(HEADER + next(wire.len()));
        let seen = Seen { wire, waited: None };
        let _ = (seen.label(Lang::Ko), seen.fields(), seen.kind());
    }
}
