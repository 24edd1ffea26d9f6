//! Two readers, one packet: what `decode` says of a TCP packet is what pnet's packet types say, on every packet of
//! the captures beside the project and on damaged copies of them.

use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};
use pnet::packet::Packet;
use pnet::packet::ethernet::{EtherType, EtherTypes, EthernetPacket};
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::Ipv4Packet;
use pnet::packet::ipv6::Ipv6Packet;
use pnet::packet::tcp::TcpPacket;
use pnet::packet::vlan::VlanPacket;
use seqdump::decode::{Decoder, Transport};
use seqdump::frame::{Frame, LinkType, Place, Timestamp};
use seqdump::limits::Limits;

/// What both readers say of a TCP segment.
#[derive(PartialEq, Debug)]
struct Said {
    ends: [(IpAddr, u16); 2],
    seq: u32,
    ack: u32,
    flags: u16,
    window: u16,
    urgent: u16,
    options: Vec<u8>,
    payload: Vec<u8>,
}

#[test]
fn pnet_agrees_on_every_packet_of_the_corpus() {
    let mut compared = 0;
    for capture in corpus() {
        for (number, (link, wire, bytes)) in frames(&capture).iter().enumerate() {
            if *link != LinkType::ETHERNET || bytes.len() < *wire as usize {
                continue;
            }
            let Some(theirs) = by_pnet(bytes) else { continue };
            assert_eq!(by_us(bytes).as_ref(), Some(&theirs), "{} frame {}", capture.display(), number + 1);
            compared += 1;
        }
    }
    println!("{compared} packets compared");
}

/// Numbers that are the same in every run.
fn numbers() -> impl FnMut(usize) -> usize {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    }
}

/// Changes some bytes of a packet, mostly of its headers, or cuts its end off.
fn damage(bytes: &mut Vec<u8>, next: &mut impl FnMut(usize) -> usize) {
    let headers = bytes.len().min(80);
    for _ in 0..=next(3) {
        let at = if next(4) > 0 { next(headers) } else { next(bytes.len()) };
        bytes[at] = [next(256) as u8, bytes[at] ^ (1 << next(8))][next(2)];
    }
    if next(16) == 0 {
        bytes.truncate(1 + next(bytes.len()));
    }
}

/// Damaged copies of real packets, `AGREE` of them where that is set.
#[test]
fn pnet_agrees_on_damaged_packets_of_the_corpus() {
    let packets: Vec<Vec<u8>> = corpus()
        .iter()
        .flat_map(|capture| frames(capture))
        .filter(|(link, wire, bytes)| *link == LinkType::ETHERNET && bytes.len() == *wire as usize)
        .map(|(_, _, bytes)| bytes)
        .filter(|bytes| by_pnet(bytes).is_some())
        .collect();
    let count = std::env::var("AGREE").ok().and_then(|count| count.parse().ok()).unwrap_or(60_000);
    let mut next = numbers();
    let (mut both, mut neither) = (0, 0);
    for _ in 0..count {
        let mut bytes: Vec<u8> = packets[next(packets.len())].clone();
        damage(&mut bytes, &mut next);
        match (by_us(&bytes), by_pnet(&bytes)) {
            (Some(ours), Some(theirs)) => {
                assert_eq!(ours, theirs, "{bytes:02x?}");
                both += 1;
            }
            (None, None) => neither += 1,
            (Some(ours), None) => panic!("only we read {ours:?} in {bytes:02x?}"),
            (None, Some(theirs)) => panic!("only pnet reads {theirs:?} in {bytes:02x?}"),
        }
    }
    println!("{} packets, {count} damaged: {both} read by both alike, {neither} by neither", packets.len());
    assert!(packets.is_empty() || both > count / 4, "{both}");
}

#[test]
fn pnet_agrees_on_damaged_packets() {
    let mut next = numbers();
    let (mut read, mut refused) = (0, 0);
    for bytes in [ipv4_packet(), ipv6_packet()] {
        for _ in 0..200_000 {
            let mut bytes = bytes.clone();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                bytes[at] = [next(256) as u8, bytes[at] ^ (1 << next(8))][next(2)];
            }
            match (by_us(&bytes), by_pnet(&bytes)) {
                (Some(ours), theirs) => {
                    assert_eq!(Some(ours), theirs, "{bytes:02x?}");
                    read += 1;
                }
                (None, None) => refused += 1,
                (None, Some(theirs)) => panic!("only pnet reads {theirs:?} in {bytes:02x?}"),
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
}

/// What pnet says of an Ethernet frame with a TCP segment that lies right behind its IP header.
fn by_pnet(bytes: &[u8]) -> Option<Said> {
    let ethernet = EthernetPacket::new(bytes)?;
    let (mut ethertype, mut rest) = (ethernet.get_ethertype(), ethernet.payload().to_vec());
    while matches!(
        ethertype,
        EtherTypes::Vlan | EtherTypes::PBridge | EtherTypes::QinQ | EtherType(0x9200 | 0x9300)
    ) {
        let vlan = VlanPacket::new(&rest)?;
        (ethertype, rest) = (vlan.get_ethertype(), vlan.payload().to_vec());
    }
    match ethertype {
        EtherTypes::Ipv4 => {
            let ip = Ipv4Packet::new(&rest)?;
            let (head, total) = (usize::from(ip.get_header_length()) * 4, usize::from(ip.get_total_length()));
            // The low two flags are "don't fragment" and "more fragments".
            let fragment = ip.get_flags() & 1 != 0 || ip.get_fragment_offset() != 0;
            if ip.get_version() != 4 || head < 20 || (total != 0 && total < head) || fragment {
                return None;
            }
            if ip.get_next_level_protocol() != IpNextHeaderProtocols::Tcp {
                return None;
            }
            let end = if total == 0 { rest.len() } else { total.min(rest.len()) };
            let ends = [IpAddr::V4(ip.get_source()), IpAddr::V4(ip.get_destination())];
            tcp_by_pnet(ends, rest.get(head..end)?)
        }
        EtherTypes::Ipv6 => {
            let ip = Ipv6Packet::new(&rest)?;
            if ip.get_version() != 6 || ip.get_next_header() != IpNextHeaderProtocols::Tcp {
                return None;
            }
            let length = match usize::from(ip.get_payload_length()) {
                0 => rest.len() - 40,
                length => length.min(rest.len() - 40),
            };
            let ends = [IpAddr::V6(ip.get_source()), IpAddr::V6(ip.get_destination())];
            tcp_by_pnet(ends, rest.get(40..40 + length)?)
        }
        _ => None,
    }
}

fn tcp_by_pnet([from, to]: [IpAddr; 2], bytes: &[u8]) -> Option<Said> {
    let tcp = TcpPacket::new(bytes)?;
    let head = usize::from(tcp.get_data_offset()) * 4;
    if head < 20 || head > bytes.len() {
        return None;
    }
    Some(Said {
        ends: [(from, tcp.get_source()), (to, tcp.get_destination())],
        seq: tcp.get_sequence(),
        ack: tcp.get_acknowledgement(),
        flags: u16::from(tcp.get_flags()) | u16::from(tcp.get_reserved() & 1) << 8,
        window: tcp.get_window(),
        urgent: tcp.get_urgent_ptr(),
        options: tcp.get_options_raw().to_vec(),
        payload: tcp.payload().to_vec(),
    })
}

/// What we say of a whole Ethernet frame; nothing where the segment lies in a tunnel or behind further headers, which
/// pnet is not asked to open.
fn by_us(bytes: &[u8]) -> Option<Said> {
    let frame = Frame {
        number: 1,
        time: Timestamp(0),
        link: LinkType::ETHERNET,
        wire_len: bytes.len() as u32,
        bytes,
        place: Place::default(),
        comment: None,
    };
    let mut decoder = Decoder::new(&Limits::default());
    let decoded = decoder.decode(&frame);
    let Transport::Tcp(segment) = decoded.transport else { return None };
    if !decoded.tunnels.is_empty() {
        return None;
    }
    assert_eq!(segment.payload_len as usize, segment.payload.len());
    Some(Said {
        ends: [(segment.from.ip, segment.from.port), (segment.to.ip, segment.to.port)],
        seq: segment.seq,
        ack: segment.ack,
        flags: segment.flags,
        window: segment.window,
        urgent: segment.urgent,
        options: segment.options.to_vec(),
        payload: segment.payload.to_vec(),
    })
}

/// An Ethernet frame with a TCP segment over IPv4: options, payload, padding behind it.
fn ipv4_packet() -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00];
    bytes.extend([0x45, 0, 0, 57, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    bytes.extend(tcp_segment());
    bytes.extend([0; 7]);
    bytes
}

/// The same over IPv6, without padding.
fn ipv6_packet() -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 37, 6, 64];
    bytes.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    bytes.extend(tcp_segment());
    bytes
}

fn tcp_segment() -> Vec<u8> {
    let mut bytes = vec![0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0x18, 0xfa, 0xf0, 0, 0, 0, 0];
    bytes.extend([1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
    bytes.extend(b"hello");
    bytes
}

/// Our captures, and those beside the project; where there are none, that is said.
fn corpus() -> Vec<PathBuf> {
    let is_capture = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng")
    };
    let mut captures = Vec::new();
    for folder in ["captures", "../shared/corpus"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        match std::fs::read_dir(&folder) {
            Ok(entries) => {
                captures.extend(entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_capture))
            }
            Err(_) => println!("skipped: no captures in {}", folder.display()),
        }
    }
    captures.sort();
    captures
}

/// The frames of a capture file as far as it can be read: link type, length on the wire, bytes.
fn frames(path: &Path) -> Vec<(LinkType, u32, Vec<u8>)> {
    let (mut frames, mut links, mut link) = (Vec::new(), Vec::new(), 0);
    let Ok(mut reader) = create_reader(32 << 20, File::open(path).unwrap()) else { return frames };
    let mut stuck = false;
    loop {
        let (used, block) = match reader.next() {
            Ok(next) => next,
            Err(PcapError::Incomplete(_)) if !stuck => {
                stuck = true;
                if reader.refill().is_err() {
                    return frames;
                }
                continue;
            }
            Err(_) => return frames,
        };
        stuck = false;
        match block {
            PcapBlockOwned::LegacyHeader(header) => link = header.network.0 as u32 & 0xffff,
            PcapBlockOwned::Legacy(packet) => {
                let bytes = packet.data.get(..packet.caplen as usize).unwrap_or(packet.data);
                frames.push((LinkType(link), packet.origlen, bytes.to_vec()));
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => links.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                links.push(interface.linktype.0 as u32)
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let link = links.get(packet.if_id as usize).copied().unwrap_or(u32::MAX);
                frames.push((LinkType(link), packet.origlen, packet.packet_data().to_vec()));
            }
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                let link = links.first().copied().unwrap_or(u32::MAX);
                frames.push((LinkType(link), packet.origlen, packet.packet_data().to_vec()));
            }
            PcapBlockOwned::NG(_) => {}
        }
        reader.consume(used);
    }
}
