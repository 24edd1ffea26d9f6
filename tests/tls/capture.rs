//! A capture file as TCP streams, in the simplest way that serves: in-order bytes, gaps, ends. Reads with
//! `pcap-parser` and `etherparse`, so that what is compared here shares nothing with the rooms of the program.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;

use pcap_parser::{Block, PcapBlockOwned, create_reader};
use seqdump::diagnostic::{Diagnostic, Note};
use seqdump::event::{Body, Chunk, End, Event, Origin, Packet, Side, Sink};
use seqdump::frame::Timestamp;
use seqdump::keyring::Keyring;
use seqdump::layer::protocol::{Protocol, World};
use seqdump::layer::stack::Stack;
use seqdump::limits::Limits;

/// A segment: frame number, sequence number, flags, payload.
struct Segment {
    frame: u64,
    side: Side,
    sequence: u32,
    syn: bool,
    fin: bool,
    rst: bool,
    payload: Vec<u8>,
}

/// One TCP connection.
pub struct Stream {
    segments: Vec<Segment>,
    ends: [(IpAddr, u16); 2],
    midstream: bool,
    syn: Option<u32>,
}

/// What a capture holds.
pub struct Capture {
    /// Its connections in order of the first packet.
    pub streams: Vec<Stream>,
    /// Its decryption secrets blocks.
    pub secrets: Vec<u8>,
}

/// Where IP begins in a packet of this link type, if it is there.
fn ip(link: i32, bytes: &[u8]) -> Option<&[u8]> {
    let skip = match link {
        0 | 108 => 4,
        1 => {
            let mut at = 12;
            loop {
                match u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]) {
                    0x8100 | 0x88a8 => at += 4,
                    0x0800 | 0x86dd => break at + 2,
                    0x8864 => break at + 10,
                    _ => return None,
                }
            }
        }
        9 => match bytes.get(..2)? {
            [0xff, 3] => 4,
            _ => 2,
        },
        12 | 14 | 101 | 228 | 229 => 0,
        113 => 16,
        276 => 20,
        _ => return None,
    };
    bytes.get(skip..)
}

/// Packets of a file: link type and bytes.
fn packets(path: &Path, secrets: &mut Vec<u8>) -> Vec<(i32, Vec<u8>)> {
    let bytes = std::fs::read(path).unwrap_or_default();
    // The whole file fits into the buffer, so it is never incomplete before its end.
    let Ok(mut reader) = create_reader(bytes.len() + 4096, bytes.as_slice()) else { return Vec::new() };
    let (mut packets, mut links, mut link) = (Vec::new(), Vec::new(), 0);
    loop {
        match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => link = header.network.0,
                    PcapBlockOwned::Legacy(packet) => packets.push((link, packet.data.to_vec())),
                    PcapBlockOwned::NG(Block::SectionHeader(_)) => links.clear(),
                    PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                        links.push(interface.linktype.0);
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                        let link = links.get(packet.if_id as usize).copied().unwrap_or(-1);
                        let data = packet.data.get(..packet.caplen as usize).unwrap_or(packet.data);
                        packets.push((link, data.to_vec()));
                    }
                    PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                        packets.push((links.first().copied().unwrap_or(-1), packet.data.to_vec()));
                    }
                    PcapBlockOwned::NG(Block::DecryptionSecrets(block)) => {
                        secrets.extend(block.data);
                        secrets.push(b'\n');
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(used);
            }
            Err(_) => return packets,
        }
    }
}

impl Capture {
    /// Reads a capture; what cannot be read is left out.
    pub fn open(path: &Path) -> Capture {
        let mut capture = Capture { streams: Vec::new(), secrets: Vec::new() };
        let mut known: HashMap<[(IpAddr, u16); 2], usize> = HashMap::new();
        let packets = packets(path, &mut capture.secrets);
        for (index, (link, bytes)) in packets.iter().enumerate() {
            let Some(ip) = ip(*link, bytes) else { continue };
            let Ok(packet) = etherparse::LaxSlicedPacket::from_ip(ip) else { continue };
            let Some(etherparse::TransportSlice::Tcp(tcp)) = &packet.transport else { continue };
            let (from, to) = match &packet.net {
                Some(etherparse::LaxNetSlice::Ipv4(ip)) => {
                    (ip.header().source_addr().into(), ip.header().destination_addr().into())
                }
                Some(etherparse::LaxNetSlice::Ipv6(ip)) => {
                    (ip.header().source_addr().into(), ip.header().destination_addr().into())
                }
                _ => continue,
            };
            let (from, to) = ((from, tcp.source_port()), (to, tcp.destination_port()));
            let (forward, back) = (known.get(&[from, to]).copied(), known.get(&[to, from]).copied());
            let opens = tcp.syn() && !tcp.ack();
            let mut place = forward.or(back);
            if opens && place.is_some_and(|at| capture.streams[at].syn != Some(tcp.sequence_number())) {
                place = None;
            }
            let at = place.unwrap_or_else(|| {
                let ends = if tcp.syn() && tcp.ack() { [to, from] } else { [from, to] };
                known.remove(&[to, from]);
                known.remove(&[from, to]);
                known.insert(ends, capture.streams.len());
                capture.streams.push(Stream {
                    segments: Vec::new(),
                    ends,
                    midstream: !tcp.syn(),
                    syn: opens.then(|| tcp.sequence_number()),
                });
                capture.streams.len() - 1
            });
            let stream = &mut capture.streams[at];
            let side = if stream.ends[0] == from { Side::Client } else { Side::Server };
            stream.segments.push(Segment {
                frame: index as u64 + 1,
                side,
                sequence: tcp.sequence_number(),
                syn: tcp.syn(),
                fin: tcp.fin(),
                rst: tcp.rst(),
                payload: tcp.payload().to_vec(),
            });
        }
        capture
    }
}

/// Collects what is said of one connection.
#[derive(Default)]
pub struct Heard {
    /// The events.
    pub events: Vec<Event>,
    /// Notes of the connection.
    pub notes: Vec<&'static Diagnostic>,
    /// Whether only numbers are wanted.
    pub survey: bool,
    /// How many events were numbered.
    pub numbered: u64,
}

impl Sink for Heard {
    fn full(&self) -> bool {
        !self.survey
    }
    fn number(&mut self, _notes: &[Note]) -> u64 {
        self.numbered += 1;
        self.numbered - 1
    }
    fn keep(&mut self, event: Event) {
        self.events.push(event);
    }
    fn packet(&mut self, _packet: Packet) {}
    fn note(&mut self, what: &'static Diagnostic) {
        self.notes.push(what);
    }
    fn protocol(&mut self, _name: &'static str) {}
}

/// One direction being put in order.
#[derive(Default)]
struct Order {
    next: Option<u32>,
    waiting: Vec<(u32, u64, Vec<u8>)>,
    ended: bool,
}

/// A stack under way, as the engine drives one.
pub struct Reading<'a> {
    pub stack: Stack,
    pub heard: Heard,
    pub world: World<'a>,
}

impl<'a> Reading<'a> {
    pub fn new(
        midstream: bool,
        port: u16,
        keys: &'a Keyring,
        limits: &'a Limits,
        protocols: &'static [&'static Protocol],
    ) -> Reading<'a> {
        let world = World {
            limits,
            keys,
            server_port: port,
            roles_inferred: midstream,
            protocols,
            unclaimed: "tcp.data",
        };
        Reading { stack: Stack::new(midstream), heard: Heard::default(), world }
    }

    pub fn feed(&mut self, side: Side, frames: &[u64], body: Body<'_>) {
        let origin = Origin::new(side, Timestamp(frames.last().copied().unwrap_or_default() as i64), frames);
        self.stack.feed(Chunk { origin, body }, &mut self.heard, self.world);
    }
}

impl Stream {
    /// The server's port.
    pub fn port(&self) -> u16 {
        self.ends[1].1
    }

    /// Whether the opening was not captured.
    pub fn midstream(&self) -> bool {
        self.midstream
    }

    /// Feeds everything, in order; what waits behind a hole at the end comes behind a gap.
    pub fn feed(&self, reading: &mut Reading<'_>) {
        let mut orders: [Order; 2] = Default::default();
        for segment in &self.segments {
            let order = &mut orders[segment.side as usize];
            if segment.syn {
                order.next.get_or_insert(segment.sequence.wrapping_add(1));
                if segment.payload.is_empty() {
                    continue;
                }
            }
            let start = if segment.syn { segment.sequence.wrapping_add(1) } else { segment.sequence };
            if order.ended {
                continue;
            }
            if !segment.payload.is_empty() {
                order.next.get_or_insert(start);
                order.waiting.push((start, segment.frame, segment.payload.clone()));
                order.drain(segment.side, reading, false);
            }
            let end = start.wrapping_add(segment.payload.len() as u32);
            if segment.rst || segment.fin && order.next.is_none_or(|next| next == end) {
                order.ended = true;
                let end = if segment.rst { End::Reset } else { End::Closed };
                reading.feed(segment.side, &[segment.frame], Body::End(end));
            }
        }
        for (side, order) in Side::BOTH.into_iter().zip(&mut orders) {
            if !order.ended {
                order.drain(side, reading, true);
            }
        }
        let last = [self.segments.last().map_or(1, |segment| segment.frame)];
        for (side, order) in Side::BOTH.into_iter().zip(&orders) {
            if !order.ended {
                reading.feed(side, &last, Body::End(End::Capture));
            }
        }
    }
}

impl Order {
    fn drain(&mut self, side: Side, reading: &mut Reading<'_>, skip: bool) {
        loop {
            let Some(next) = self.next else { return };
            let ahead = |at: u32| at.wrapping_sub(next) as i32;
            self.waiting.retain(|(at, _, bytes)| ahead(at.wrapping_add(bytes.len() as u32)) > 0);
            let ready = self.waiting.iter().position(|(at, ..)| ahead(*at) <= 0);
            let nearest = || (0..self.waiting.len()).min_by_key(|index| ahead(self.waiting[*index].0));
            let Some(index) = ready.or_else(|| if skip { nearest() } else { None }) else { return };
            let (at, frame, bytes) = self.waiting.remove(index);
            if ahead(at) > 0 {
                reading.feed(side, &[frame], Body::Gap(ahead(at) as u64));
                self.next = Some(at);
                self.waiting.push((at, frame, bytes));
                continue;
            }
            let fresh = &bytes[(-ahead(at)) as usize..];
            self.next = Some(next.wrapping_add(fresh.len() as u32));
            reading.feed(side, &[frame], Body::Bytes(fresh));
        }
    }
}
