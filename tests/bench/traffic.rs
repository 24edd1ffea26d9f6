//! Makes captures for the benches, always the same ones: conversations as servers have them, many at a time.

#![allow(dead_code)] // Who makes captures uses a part of it.

use std::io::Write;

use etherparse::PacketBuilder;
use seqdump::capture::write::{Format, Writer};
use seqdump::frame::{Frame, LinkType, Place, Timestamp};

/// What a capture is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A connection for each of many small requests.
    HttpMany,
    /// Few connections, a hundred requests on each, bodies of 32 KiB.
    HttpKeepalive,
    /// Many WebSockets, small messages to and fro.
    WsChat,
    /// Few WebSockets, messages of 64 KiB.
    WsBulk,
    /// Of each a part.
    Mixed,
    /// Nothing but SYN segments, each from another address.
    SynFlood,
}

impl Kind {
    /// All of them, by name.
    pub const ALL: [(&str, Kind); 6] = [
        ("http-many", Kind::HttpMany),
        ("http-keepalive", Kind::HttpKeepalive),
        ("ws-chat", Kind::WsChat),
        ("ws-bulk", Kind::WsBulk),
        ("mixed", Kind::Mixed),
        ("syn-flood", Kind::SynFlood),
    ];

    /// How many conversations go on at a time.
    fn at_once(self) -> usize {
        match self {
            Kind::HttpMany => 64,
            Kind::HttpKeepalive | Kind::WsBulk => 8,
            Kind::WsChat => 300,
            Kind::Mixed => 256,
            Kind::SynFlood => 1,
        }
    }
}

/// Writes a capture of about so many packets; what goes on then is cut off, as a capture cuts it.
pub fn write(kind: Kind, packets: u64, out: impl Write) {
    let mut traffic = Traffic::new(out);
    let mut active: Vec<Conversation> = Vec::new();
    let mut begun = 0;
    while traffic.packets < packets {
        if active.len() < kind.at_once() {
            active.push(Conversation::new(kind, begun));
            begun += 1;
        }
        let at = traffic.below(active.len() as u64) as usize;
        if !active[at].step(&mut traffic) {
            active.swap_remove(at);
        }
    }
}

struct Traffic<W: Write> {
    writer: Writer<W>,
    packets: u64,
    clock: i64,
    random: u64,
    bytes: Vec<u8>,
}

impl<W: Write> Traffic<W> {
    fn new(out: W) -> Traffic<W> {
        let mut writer = Writer::new(out, Format::Pcap).unwrap();
        writer.interface("", LinkType::ETHERNET).unwrap();
        Traffic {
            writer,
            packets: 0,
            clock: 1_700_000_000_000_000_000,
            random: 0x9e37_79b9_7f4a_7c15,
            bytes: Vec::new(),
        }
    }

    /// A number below `end`, by xorshift.
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % end
    }

    fn segment(&mut self, talk: &mut Talk, side: usize, flags: &str, payload: &[u8]) {
        let [from, to] = [talk.ends[side], talk.ends[1 - side]];
        self.bytes.clear();
        let mut builder =
            PacketBuilder::ethernet2([2, 0, 0, 0, 0, side as u8], [2, 0, 0, 0, 0, 1 - side as u8])
                .ipv4(from.0, to.0, 64)
                .tcp(from.1, to.1, talk.next[side], 65_000);
        for flag in flags.chars() {
            builder = match flag {
                'S' => builder.syn(),
                'F' => builder.fin(),
                'P' => builder.psh(),
                _ => builder.ack(talk.next[1 - side]),
            };
        }
        builder.write(&mut self.bytes, payload).unwrap();
        let moved = payload.len() as u32 + u32::from(flags.contains(['S', 'F']));
        talk.next[side] = talk.next[side].wrapping_add(moved);
        self.clock += 3_000;
        self.packets += 1;
        let frame = Frame {
            number: self.packets,
            time: Timestamp(self.clock),
            link: LinkType::ETHERNET,
            wire_len: self.bytes.len() as u32,
            bytes: &self.bytes,
            place: Place::default(),
            comment: None,
        };
        self.writer.frame(0, &frame).unwrap();
    }

    /// Bytes in segments of at most `size`, and an acknowledgement of the last.
    fn say(&mut self, talk: &mut Talk, side: usize, bytes: &[u8], size: usize) {
        for piece in bytes.chunks(size) {
            self.segment(talk, side, "AP", piece);
        }
        self.segment(talk, 1 - side, "A", &[]);
    }
}

/// Both ends of a connection, and the sequence number that each sends next.
struct Talk {
    ends: [([u8; 4], u16); 2],
    next: [u32; 2],
}

/// A client and a server, and how far they are.
struct Conversation {
    kind: Kind,
    talk: Talk,
    turns: u64,
    turn: u64,
}

impl Conversation {
    fn new(kind: Kind, number: u64) -> Conversation {
        let kind = match kind {
            Kind::Mixed => {
                [Kind::HttpMany, Kind::HttpKeepalive, Kind::WsChat, Kind::HttpMany][number as usize % 4]
            }
            kind => kind,
        };
        let turns = match kind {
            Kind::HttpMany => 1,
            Kind::HttpKeepalive => 100,
            Kind::WsChat => 200,
            _ => 500,
        };
        let [_, _, _, _, a, b, c, d] = number.to_be_bytes();
        let client = match kind {
            Kind::SynFlood => ([10 | a, b, c, d], 1024 + (number % 60_000) as u16),
            _ => ([10, 1, a, b], 1024 + (number % 60_000) as u16),
        };
        let port = if matches!(kind, Kind::WsChat | Kind::WsBulk) { 9001 } else { 8080 };
        let talk = Talk {
            ends: [client, ([10, 200, 0, 1], port)],
            next: [7919, 104_729].map(|step: u32| step.wrapping_mul(number as u32)),
        };
        Conversation { kind, talk, turns, turn: 0 }
    }

    /// What is said next; `false` after the last.
    fn step(&mut self, traffic: &mut Traffic<impl Write>) -> bool {
        let turn = self.turn;
        self.turn += 1;
        let talk = &mut self.talk;
        match turn {
            0 if self.kind == Kind::SynFlood => {
                traffic.segment(talk, 0, "S", &[]);
                return false;
            }
            0 => {
                traffic.segment(talk, 0, "S", &[]);
                traffic.segment(talk, 1, "SA", &[]);
                traffic.segment(talk, 0, "A", &[]);
            }
            1 if matches!(self.kind, Kind::WsChat | Kind::WsBulk) => {
                traffic.say(talk, 0, UPGRADE, MSS);
                traffic.say(talk, 1, SWITCHING, MSS);
            }
            turn if turn <= self.turns => self.exchange(traffic, turn),
            _ => {
                traffic.segment(talk, 1, "FA", &[]);
                traffic.segment(talk, 0, "FA", &[]);
                traffic.segment(talk, 1, "A", &[]);
                return false;
            }
        }
        true
    }

    fn exchange(&mut self, traffic: &mut Traffic<impl Write>, turn: u64) {
        let talk = &mut self.talk;
        match self.kind {
            Kind::WsChat | Kind::WsBulk => {
                let (size, segment) = match self.kind {
                    Kind::WsBulk => (64 << 10, 32 << 10),
                    _ => (40 + traffic.below(160) as usize, MSS),
                };
                let key = (traffic.below(1 << 32) as u32).to_be_bytes();
                let text: Vec<u8> = b"{\"order\": 12345, \"text\": \"hello there\"}"
                    .iter()
                    .copied()
                    .cycle()
                    .take(size)
                    .collect();
                let masked: Vec<u8> =
                    text.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
                traffic.say(talk, 0, &[head(0x80, size), key.to_vec(), masked].concat(), segment);
                traffic.say(talk, 1, &[head(0, size), text].concat(), segment);
            }
            _ => {
                let body = if self.kind == Kind::HttpKeepalive { 32 << 10 } else { 612 };
                let request = format!(
                    "GET /items/{turn}?page={} HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\n\r\n",
                    traffic.below(1000)
                );
                let closes = if self.turns == 1 { "close" } else { "keep-alive" };
                let mut response = format!(
                    "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/html\r\nContent-Length: {body}\r\nConnection: {closes}\r\n\r\n"
                )
                .into_bytes();
                response.resize(response.len() + body, b'x');
                traffic.say(talk, 0, request.as_bytes(), MSS);
                traffic.say(talk, 1, &response, if body > 1000 { 32 << 10 } else { MSS });
            }
        }
    }
}

/// The head of a text frame; `mask` is the bit that says that a key follows.
fn head(mask: u8, size: usize) -> Vec<u8> {
    match size {
        ..126 => vec![0x81, mask | size as u8],
        126..65_536 => [&[0x81, mask | 126][..], &(size as u16).to_be_bytes()].concat(),
        _ => [&[0x81, mask | 127][..], &(size as u64).to_be_bytes()].concat(),
    }
}

const MSS: usize = 1448;

const UPGRADE: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
