//! Holds the TCP numbers against what a reference dissector read in captures that other people made.
//!
//! The captures are not part of the project: `SEQDUMP_CORPUS` names a folder with `NAME.pcap` and
//! `NAME.pcap.oracle.json` beside it; without it there is nothing to do, and that is said. Frames are read by a few
//! lines of their own here, so that what is compared is the following of connections alone.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{PcapBlockOwned, PcapError, create_reader};
use seqdump::connection::{Close, Open};
use seqdump::decode::{Segment, flags};
use seqdump::diagnostic::{Diagnostic, Note};
use seqdump::event::{Chunk, Endpoint, Event, Packet, Side, Sink, Stream};
use seqdump::flow::{Belongs, Brought, Known, Tcp};
use seqdump::frame::Timestamp;
use seqdump::limits::Limits;

/// Takes what a connection says and forgets it, as a survey does.
struct Survey(u64);

impl Sink for Survey {
    fn full(&self) -> bool {
        false
    }
    fn number(&mut self, _: &[Note]) -> u64 {
        self.0 += 1;
        self.0
    }
    fn keep(&mut self, _: Event) {}
    fn packet(&mut self, _: Packet) {}
    fn note(&mut self, _: &'static Diagnostic) {}
    fn protocol(&mut self, _: &'static str) {}
}

impl Stream for Survey {
    fn chunk(&mut self, _: Chunk<'_>) {}
}

/// A frame as it lies in a file: link type, nanoseconds, bytes, and how many it had on the wire.
type Raw = (i32, i64, Vec<u8>, u32);

fn frames(path: &Path) -> Vec<Raw> {
    let Ok(mut reader) = std::fs::File::open(path).map(|file| create_reader(1 << 20, file)) else {
        return vec![];
    };
    let Ok(reader) = reader.as_mut() else { return vec![] };
    let (mut found, mut links, mut legacy, mut nanos) = (Vec::new(), Vec::new(), 1, 1000);
    loop {
        match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => {
                        legacy = header.network.0;
                        nanos = if header.is_nanosecond_precision() { 1 } else { 1000 };
                    }
                    PcapBlockOwned::Legacy(packet) => {
                        let time =
                            i64::from(packet.ts_sec) * 1_000_000_000 + i64::from(packet.ts_usec) * nanos;
                        found.push((legacy, time, packet.data.to_vec(), packet.origlen));
                    }
                    PcapBlockOwned::NG(pcap_parser::Block::SectionHeader(_)) => links.clear(),
                    PcapBlockOwned::NG(pcap_parser::Block::InterfaceDescription(interface)) => {
                        links.push((interface.linktype.0, interface.ts_resolution().unwrap_or(1_000_000)));
                    }
                    PcapBlockOwned::NG(pcap_parser::Block::EnhancedPacket(packet)) => {
                        let (link, unit) =
                            links.get(packet.if_id as usize).copied().unwrap_or((1, 1_000_000));
                        let ticks = (u64::from(packet.ts_high) << 32) | u64::from(packet.ts_low);
                        let time = (u128::from(ticks) * 1_000_000_000 / u128::from(unit.max(1))) as i64;
                        found.push((link, time, packet.packet_data().to_vec(), packet.origlen));
                    }
                    PcapBlockOwned::NG(pcap_parser::Block::SimplePacket(packet)) => {
                        let link = links.first().map_or(1, |link| link.0);
                        found.push((link, 0, packet.data.to_vec(), packet.origlen));
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(used);
            }
            Err(PcapError::Incomplete(_)) => {
                if reader.refill().is_err() {
                    return found;
                }
            }
            Err(_) => return found,
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(*bytes.get(at)?) << 8 | usize::from(*bytes.get(at + 1)?))
}

/// The IP packet of a frame.
fn ip(link: i32, bytes: &[u8]) -> Option<&[u8]> {
    let (mut at, mut kind) = match link {
        0 | 108 => return bytes.get(4..),
        1 => (14, number(bytes, 12)?),
        12 | 14 | 101 | 228 | 229 => return Some(bytes),
        113 => (16, number(bytes, 14)?),
        276 => (20, number(bytes, 0)?),
        _ => return None,
    };
    while matches!(kind, 0x8100 | 0x88a8 | 0x9100) {
        kind = number(bytes, at + 2)?;
        at += 4;
    }
    matches!(kind, 0x0800 | 0x86dd).then(|| bytes.get(at..)).flatten()
}

/// The TCP segment of a frame.
fn segment(link: i32, bytes: &[u8], wire: u32) -> Option<Segment<'_>> {
    let ip = ip(link, bytes)?;
    let wire = ip.len() + (wire as usize).saturating_sub(bytes.len());
    let (from, to, start, end) = match ip.first()? >> 4 {
        4 => {
            let header = usize::from(ip[0] & 15) * 4;
            let total = match number(ip, 2)? {
                0 => ip.len(),
                total => total,
            };
            if *ip.get(9)? != 6 || number(ip, 6)? & 0x3fff != 0 || header < 20 {
                return None;
            }
            let address = |at: usize| Some(IpAddr::from(<[u8; 4]>::try_from(ip.get(at..at + 4)?).ok()?));
            (address(12)?, address(16)?, header, total)
        }
        6 => {
            let (mut next, mut at) = (*ip.get(6)?, 40);
            while matches!(next, 0 | 43 | 60) {
                next = *ip.get(at)?;
                at += (usize::from(*ip.get(at + 1)?) + 1) * 8;
            }
            let address = |at: usize| Some(IpAddr::from(<[u8; 16]>::try_from(ip.get(at..at + 16)?).ok()?));
            (next == 6).then_some(())?;
            (address(8)?, address(24)?, at, 40 + number(ip, 4)?)
        }
        _ => return None,
    };
    let tcp = ip.get(start..)?;
    let word = |at: usize| Some((number(tcp, at)? as u32) << 16 | number(tcp, at + 2)? as u32);
    let header = usize::from(*tcp.get(12)? >> 4) * 4;
    let len = end.min(wire).checked_sub(start + header)?;
    (header >= 20).then_some(())?;
    let payload = tcp.get(header..).unwrap_or_default();
    Some(Segment {
        from: Endpoint { ip: from, port: number(tcp, 0)? as u16 },
        to: Endpoint { ip: to, port: number(tcp, 2)? as u16 },
        seq: word(4)?,
        ack: word(8)?,
        flags: (number(tcp, 12)? & 0x1ff) as u16,
        window: number(tcp, 14)? as u16,
        urgent: number(tcp, 18)? as u16,
        options: tcp.get(20..header).unwrap_or_default(),
        payload: payload.get(..len).unwrap_or(payload),
        payload_len: len as u32,
        bad_checksum: false,
    })
}

/// The connections of a capture: the end that is taken for the client, and what is known, by four-tuple in order.
fn follow(path: &Path) -> HashMap<[Endpoint; 2], Vec<(Endpoint, Known)>> {
    let limits = Limits::default();
    let mut flows: BTreeMap<[Endpoint; 2], Vec<(Endpoint, Tcp)>> = BTreeMap::new();
    let mut out = Survey(0);
    for (place, (link, time, bytes, wire)) in frames(path).iter().enumerate() {
        let Some(segment) = segment(*link, bytes, *wire) else { continue };
        let mut key = [segment.from, segment.to];
        key.sort();
        let list = flows.entry(key).or_default();
        let side = |client: Endpoint| if client == segment.from { Side::Client } else { Side::Server };
        let answer = segment.flags & (flags::SYN | flags::ACK) == flags::SYN | flags::ACK;
        let client = if answer { segment.to } else { segment.from };
        let next = match list.last_mut() {
            None => Some(Tcp::default()),
            Some((client, tcp)) => match tcp.belongs(side(*client), &segment) {
                Belongs::New => Some(Tcp::following(Some(tcp.left()))),
                Belongs::Here => None,
            },
        };
        list.extend(next.map(|tcp| (client, tcp)));
        let Some((client, tcp)) = list.last_mut() else { continue };
        let brought = Brought { frames: &[place as u64 + 1], time: Timestamp(*time) };
        tcp.feed(side(*client), &segment, brought, &limits, &mut out);
    }
    let mut known = HashMap::new();
    for (key, list) in flows {
        let list = list.into_iter().map(|(client, mut tcp)| {
            tcp.finish(&limits, &mut out);
            (client, tcp.known())
        });
        known.insert(key, list.collect());
    }
    known
}

/// How many items agree, and how many do not.
type Tally = BTreeMap<&'static str, (i64, i64)>;

fn compare(name: &str, stream: &serde_json::Value, client: Endpoint, known: &Known, tally: &mut Tally) {
    let number = |key: &str| stream[key].as_i64().unwrap_or(0);
    let mut say = |category: &'static str, ours: String, theirs: String, weight: (i64, i64)| {
        let row = tally.entry(category).or_default();
        (row.0, row.1) = (row.0 + weight.0, row.1 + weight.1);
        if weight.1 > 0 {
            println!("{name} stream {} {category}: reference {theirs}, ours {ours}", stream["stream"]);
        }
    };
    let flag = |same: bool| (i64::from(same), i64::from(!same));
    let seen = known.open == Open::Handshake;
    say(
        "handshake",
        known.open.name().into(),
        stream["handshake"].to_string(),
        flag(stream["handshake"] == seen),
    );
    let end = stream["end"].as_str().unwrap_or_default();
    let same = match known.close {
        Close::Fin => end == "fin" || (end == "rst" && number("fin_ab") > 0 && number("fin_ba") > 0),
        Close::Half => end == "half-fin",
        Close::Rst | Close::Refused => end == "rst",
        Close::Open | Close::Unanswered => end == "open",
    };
    say("close", known.close.name().into(), end.into(), flag(same));
    let turned =
        stream["a"] != client.to_string() && stream["a"] != client.to_string().replace(['[', ']'], "");
    for (way, side) in [("ab", usize::from(turned)), ("ba", usize::from(!turned))] {
        let theirs = number(&format!("unique_{way}"));
        let ours = known.payload[side] as i64;
        say("payload", ours.to_string(), theirs.to_string(), flag(ours == theirs));
        let theirs = number(&format!("gaps_{way}"));
        let ours = known.struggle[side].missing_bytes as i64;
        say("gaps", ours.to_string(), theirs.to_string(), flag(ours == theirs));
    }
    let sum = |names: &[&str]| names.iter().map(|name| stream["analysis"][name].as_i64().unwrap_or(0)).sum();
    let both = |count: fn(&seqdump::connection::Struggle) -> u32| -> i64 {
        known.struggle.iter().map(|struggle| i64::from(count(struggle))).sum()
    };
    // The reference flags fast and spurious retransmissions as retransmissions too: they are in that count already.
    let resent = ["retransmission", "out_of_order"];
    let counts: [(&'static str, i64, i64); 4] = [
        ("resent", both(|s| s.retransmissions + s.out_of_order), sum(&resent)),
        ("duplicate_ack", both(|s| s.duplicate_acks), sum(&["duplicate_ack"])),
        ("zero_window", both(|s| s.zero_windows), sum(&["zero_window"])),
        ("keep_alive", both(|s| s.keep_alives), sum(&["keep_alive"])),
    ];
    for (category, ours, theirs) in counts {
        say(category, ours.to_string(), theirs.to_string(), (ours.min(theirs), (ours - theirs).abs()));
    }
}

fn captures(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.filter_map(|path| path.to_str()?.strip_suffix(".oracle.json").map(PathBuf::from)).collect();
    found.sort();
    found
}

#[test]
fn the_numbers_agree_with_a_reference() {
    let Some(folder) = std::env::var_os("SEQDUMP_CORPUS") else {
        println!("skipped: SEQDUMP_CORPUS names no folder of captures");
        return;
    };
    let mut tally = Tally::new();
    for path in captures(Path::new(&folder)) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(format!("{}.oracle.json", path.display())).unwrap();
        let oracle: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut flows = follow(&path);
        flows.values_mut().for_each(|list| list.reverse());
        for stream in oracle["tcp_streams"].as_array().into_iter().flatten() {
            let end = |key: &str| {
                let text = stream[key].as_str().unwrap_or_default();
                let (ip, port) = text.rsplit_once(':')?;
                let ip = ip.trim_matches(['[', ']']).parse().ok()?;
                Some(Endpoint { ip, port: port.parse().ok()? })
            };
            let Some(mut key) = end("a").zip(end("b")).map(|(a, b)| [a, b]) else { continue };
            key.sort();
            match flows.get_mut(&key).and_then(Vec::pop) {
                Some((client, known)) => compare(&name, stream, client, &known, &mut tally),
                None => tally.entry("not found").or_default().1 += 1,
            }
        }
        let extra: usize = flows.values().map(Vec::len).sum();
        if extra > 0 {
            println!("{name}: {extra} streams too many");
            tally.entry("too many").or_default().1 += extra as i64;
        }
    }
    for (category, (same, other)) in &tally {
        println!("{category:16} same {same:6}  other {other:6}");
    }
    assert!(!tally.is_empty());
}
