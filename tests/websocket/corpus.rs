//! Other people's captures against a reference dissector's reading; skipped where they are not at hand.
//!
//! Packets are read and put in order here by the simplest means, so that nothing else of the program takes part.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use etherparse::{LaxSlicedPacket, TransportSlice};
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};
use seqdump::event::{End, Side};
use seqdump::layer::protocol::{Match, Opening};
use seqdump::layer::websocket::PROTOCOL;
use serde_json::Value;

use crate::harness::{Script, Step, Trace, shown};

/// A TCP connection: its pieces in the order in which a receiver would have had them.
#[derive(Default)]
struct Stream {
    first: u64,
    ends: Option<[(IpAddr, u16); 2]>,
    next: [Option<u32>; 2],
    waiting: [BTreeMap<u64, (u64, Vec<u8>)>; 2],
    initial: [Option<u32>; 2],
    pieces: Vec<(Side, u64, Vec<u8>)>,
    reordered: bool,
    holes: bool,
}

impl Stream {
    fn take(&mut self, side: Side, number: u64, seq: u32, syn: bool, payload: &[u8]) {
        let own = side as usize;
        let start = seq.wrapping_add(u32::from(syn));
        let next = *self.next[own].get_or_insert(start);
        if payload.is_empty() {
            return;
        }
        let ahead = start.wrapping_sub(next) as i32;
        if ahead > 0 {
            self.reordered = true;
            self.waiting[own].entry(ahead as u64 + u64::from(next)).or_insert((number, payload.to_vec()));
            return;
        }
        let known = ahead.unsigned_abs() as usize;
        if known >= payload.len() {
            return;
        }
        self.deliver(side, number, &payload[known..]);
        self.drain(side, number);
    }

    fn deliver(&mut self, side: Side, number: u64, bytes: &[u8]) {
        self.pieces.push((side, number, bytes.to_vec()));
        let next = &mut self.next[side as usize];
        *next = next.map(|next| next.wrapping_add(bytes.len() as u32));
    }

    fn drain(&mut self, side: Side, filled_by: u64) {
        loop {
            let next = self.next[side as usize].unwrap();
            let Some((&key, _)) = self.waiting[side as usize].first_key_value() else { return };
            let ahead = (key as u32).wrapping_sub(next) as i32;
            if ahead > 0 {
                return;
            }
            let (_, (_, bytes)) = self.waiting[side as usize].pop_first().unwrap();
            let known = ahead.unsigned_abs() as usize;
            if known < bytes.len() {
                self.deliver(side, filled_by, &bytes[known..]);
            }
        }
    }
}

fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !path.is_dir() {
        eprintln!("skipped: no captures in {}", path.display());
        return None;
    }
    Some(path)
}

/// Each capture's name, packets and the reference's reading.
fn captures() -> impl Iterator<Item = (String, Vec<u8>, Value)> {
    let mut paths: Vec<_> = corpus()
        .into_iter()
        .flat_map(|path| fs::read_dir(path).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.strip_suffix(".oracle.json")?.to_owned();
        let oracle = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        Some((name.clone(), fs::read(path.with_file_name(name)).ok()?, oracle))
    })
}

/// Link type, number and bytes of each packet.
fn packets(file: &[u8], mut each: impl FnMut(u32, u64, &[u8])) {
    let Ok(mut reader) = create_reader(1 << 22, file) else { return };
    let (mut links, mut legacy, mut number) = (Vec::new(), 1, 0);
    loop {
        match reader.next() {
            Ok((size, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => legacy = header.network.0 as u32,
                    PcapBlockOwned::Legacy(packet) => {
                        number += 1;
                        each(legacy, number, packet.data);
                    }
                    PcapBlockOwned::NG(Block::SectionHeader(_)) => links.clear(),
                    PcapBlockOwned::NG(Block::InterfaceDescription(link)) => {
                        links.push(link.linktype.0 as u32)
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                        number += 1;
                        let data = packet.data.get(..packet.caplen as usize).unwrap_or(packet.data);
                        each(links.get(packet.if_id as usize).copied().unwrap_or(1), number, data);
                    }
                    PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                        number += 1;
                        each(links.first().copied().unwrap_or(1), number, packet.data);
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(size);
            }
            Err(PcapError::Incomplete(_)) => {
                if reader.refill().is_err() || reader.reader_exhausted() && reader.data().is_empty() {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

fn parse(link: u32, bytes: &[u8]) -> Option<LaxSlicedPacket<'_>> {
    match link {
        1 => LaxSlicedPacket::from_ethernet(bytes).ok(),
        0 | 108 => LaxSlicedPacket::from_ip(bytes.get(4..)?).ok(),
        12 | 101 | 228 | 229 => LaxSlicedPacket::from_ip(bytes).ok(),
        113 => LaxSlicedPacket::from_ip(bytes.get(16..)?).ok(),
        276 => LaxSlicedPacket::from_ip(bytes.get(20..)?).ok(),
        _ => None,
    }
}

/// The TCP connections of a capture.
fn streams(file: &[u8]) -> Vec<Stream> {
    let mut streams: Vec<Stream> = Vec::new();
    let mut known: HashMap<[(IpAddr, u16); 2], usize> = HashMap::new();
    packets(file, |link, number, bytes| {
        let Some(packet) = parse(link, bytes) else { return };
        let Some(TransportSlice::Tcp(tcp)) = &packet.transport else { return };
        let (from, to) = match &packet.net {
            Some(etherparse::LaxNetSlice::Ipv4(ip)) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            Some(etherparse::LaxNetSlice::Ipv6(ip)) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            _ => return,
        };
        let (from, to): ((IpAddr, u16), (IpAddr, u16)) =
            ((from, tcp.source_port()), (to, tcp.destination_port()));
        let mut key = [from, to];
        key.sort();
        let opens = tcp.syn() && !tcp.ack();
        let place = known.get(&key).copied().filter(|place| {
            let stream = &streams[*place];
            let side = usize::from(stream.ends.unwrap()[0] != from);
            !opens || stream.initial[side].is_none_or(|initial| initial == tcp.sequence_number())
        });
        let place = place.unwrap_or_else(|| {
            streams.push(Stream { first: number, ends: Some([from, to]), ..Stream::default() });
            known.insert(key, streams.len() - 1);
            streams.len() - 1
        });
        let stream = &mut streams[place];
        // The client is who sent the SYN, else who got the SYN/ACK, else who spoke first.
        let first_is_server = tcp.syn() && tcp.ack() && stream.first == number;
        if first_is_server {
            stream.ends = Some([to, from]);
        }
        let side = if stream.ends.unwrap()[0] == from { Side::Client } else { Side::Server };
        if tcp.syn() {
            stream.initial[side as usize] = Some(tcp.sequence_number());
        }
        stream.take(side, number, tcp.sequence_number(), tcp.syn(), tcp.payload());
    });
    for stream in &mut streams {
        stream.holes = stream.waiting.iter().any(|waiting| !waiting.is_empty());
    }
    streams
}

fn position(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window.eq_ignore_ascii_case(what))
}

/// The connection from its upgrade on.
fn script(stream: &Stream) -> Option<Script> {
    let mut all = [Vec::new(), Vec::new()];
    for (side, _, bytes) in &stream.pieces {
        all[*side as usize].extend_from_slice(bytes);
    }
    let upgrade = position(&all[0], b"upgrade: websocket")?;
    let request = all[0][..upgrade].windows(4).rposition(|window| window == b"GET ")?;
    let answer = position(&all[1], b"HTTP/1.1 101")?;
    let mut skip = [request, answer];
    let mut script = Script::default();
    for (side, number, bytes) in &stream.pieces {
        let gone = skip[*side as usize].min(bytes.len());
        skip[*side as usize] -= gone;
        if gone < bytes.len() {
            script.steps.push(Step::Bytes(*side, vec![*number], bytes[gone..].to_vec()));
        }
    }
    Some(script.end(Side::Client, End::Capture).end(Side::Server, End::Capture))
}

fn opcode(name: &str) -> i64 {
    match name {
        "continuation" => 0,
        "text" => 1,
        "binary" => 2,
        "close" => 8,
        "ping" => 9,
        "pong" => 10,
        number => number.parse().unwrap(),
    }
}

/// Direction, packet, fin, reserved bits, opcode, masked, length, code.
type Row = (String, u64, bool, i64, i64, bool, i64, Option<i64>);

fn ours(trace: &Trace) -> Vec<Row> {
    let bit = |event: &seqdump::event::Event, name| shown(event, name) == "true";
    let row = |event: &&seqdump::event::Event| {
        let event = *event;
        let rsv = [("rsv1", 4), ("rsv2", 2), ("rsv3", 1)];
        (
            if event.side == Side::Client { "ab" } else { "ba" }.to_owned(),
            *event.frames.iter().max().unwrap(),
            bit(event, "fin"),
            rsv.iter().map(|(name, value)| i64::from(bit(event, name)) * value).sum(),
            opcode(&shown(event, "opcode")),
            bit(event, "masked"),
            shown(event, "len").parse().unwrap(),
            shown(event, "close_code").parse().ok(),
        )
    };
    trace.of("ws.frame").iter().map(row).collect()
}

fn theirs(row: &Value) -> Row {
    let number = |name: &str| row[name].as_i64();
    (
        row["dir"].as_str().unwrap().to_owned(),
        row["frame"].as_u64().unwrap(),
        row["fin"].as_bool().unwrap(),
        number("rsv").unwrap_or(0),
        number("opcode").unwrap(),
        row["masked"].as_bool().unwrap(),
        number("len").unwrap(),
        number("code"),
    )
}

#[test]
fn frames_and_texts_are_those_of_the_reference() {
    let (mut compared, mut texts, mut differing) = (0, 0, Vec::new());
    for (name, file, oracle) in captures() {
        let rows = oracle["websocket"].as_array().cloned().unwrap_or_default();
        let plain: Vec<_> = rows.iter().filter(|row| row["in_tls"] != true).collect();
        if plain.is_empty() {
            continue;
        }
        let streams = streams(&file);
        for known in oracle["tcp_streams"].as_array().unwrap() {
            let number = known["stream"].as_u64();
            let mut rows: Vec<_> =
                plain.iter().copied().filter(|row| row["stream"].as_u64() == number).collect();
            let Some(stream) = streams.iter().find(|stream| Some(stream.first) == known["first"].as_u64())
            else {
                if !rows.is_empty() {
                    differing.push(format!("{name} stream {number:?}: not found"));
                }
                continue;
            };
            let trace = script(stream).map(|script| script.play()).unwrap_or_default();
            let mut own = ours(&trace);
            if stream.holes {
                // Behind a hole the reference shows nothing.
                own.retain(|row| rows.iter().any(|known| theirs(known) == *row));
                rows.retain(|known| own.contains(&theirs(known)));
            }
            let mut known: Vec<_> = rows.iter().map(|row| theirs(row)).collect();
            own.sort();
            known.sort();
            compared += known.len();
            if known.is_empty() {
                // The reference saw no WebSocket here: in a CONNECT tunnel, or HTTP on a port that it gives to others.
                continue;
            }
            // The reference shows no frame that a client sent before the 101.
            let early = |row: &&Row| name == "ws-suite_server.pcap" && row.1 == 347;
            for row in own.iter().filter(|row| !known.contains(row) && !early(row)) {
                differing.push(format!("{name} stream {number:?}: only here {row:?}"));
            }
            for row in known.iter().filter(|row| !own.contains(row)) {
                differing.push(format!("{name} stream {number:?}: only there {row:?}"));
            }
            let read: HashSet<Vec<u8>> = trace.messages().into_iter().collect();
            for row in &rows {
                let Some(text) = row["text"].as_str() else { continue };
                // An empty compressed message is one byte, which the reference shows as it is.
                let empty = row["pmc"] == true && row["len"] == 1 && text == "\0";
                let whole =
                    !empty && row["opcode"] == 1 && row["fin"] == true && row["inflate_failed"].is_null();
                if whole && row["text_bytes"].as_u64() == Some(text.len() as u64) {
                    texts += 1;
                    if !read.contains(text.as_bytes()) {
                        differing
                            .push(format!("{name} stream {number:?}: text {text:?} of {}", row["frame"]));
                    }
                }
            }
        }
    }
    eprintln!("{compared} frames and {texts} texts compared");
    assert!(differing.is_empty(), "{} differences:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn nothing_else_is_taken_for_websocket_in_its_middle() {
    let (mut tried, mut wrong) = (0, Vec::new());
    let (mut joined, mut missed) = (0, 0);
    for (name, file, oracle) in captures() {
        let rows = oracle["websocket"].as_array().cloned().unwrap_or_default();
        for stream in streams(&file) {
            let number = oracle["tcp_streams"].as_array().into_iter().flatten().find_map(|known| {
                (known["first"].as_u64() == Some(stream.first)).then(|| known["stream"].as_u64()).flatten()
            });
            let is_websocket =
                rows.iter().any(|row| row["in_tls"] != true && row["stream"].as_u64() == number)
                    || name.starts_with("v_ws_midstream")
                    || script(&stream).is_some();
            for start in 0..stream.pieces.len().min(50) {
                tried += 1;
                let found = join(&stream.pieces[start..]);
                match (is_websocket, found) {
                    (false, Match::Yes | Match::Reversed) => {
                        wrong.push(format!("{name} stream {number:?} from piece {start}: {found:?}"));
                    }
                    (true, Match::Yes) => joined += 1,
                    // Without a SYN the roles are a guess, and the masks know better.
                    (true, Match::Reversed) if stream.initial == [None; 2] => joined += 1,
                    (true, Match::Reversed) => wrong.push(format!("{name} {number:?} turned at {start}")),
                    (true, _) => missed += 1,
                    _ => {}
                }
            }
        }
    }
    eprintln!("{tried} places tried; WebSocket found in {joined} and not in {missed} of its own");
    assert!(wrong.is_empty(), "{} wrong claims:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is said of a connection that is joined before the first of these pieces.
fn join(pieces: &[(Side, u64, Vec<u8>)]) -> Match {
    let mut bytes = [Vec::new(), Vec::new()];
    let ask = |bytes: &[Vec<u8>; 2], last| {
        let opening =
            Opening { bytes: [&bytes[0], &bytes[1]], hint: None, server_port: 80, midstream: true, last };
        (PROTOCOL.probe)(&opening)
    };
    for (side, _, piece) in pieces {
        bytes[*side as usize].extend_from_slice(piece);
        let full = bytes.iter().map(Vec::len).sum::<usize>() > 4096;
        match ask(&bytes, full) {
            Match::Wait if !full => {}
            found => return found,
        }
    }
    ask(&bytes, true)
}
