//! The same packet in many wrappings, cut, in pieces and damaged.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::frame::{LinkType, Place, Timestamp};

const HELLO: &[u8] = b"hello, world: 26 bytes...!";

/// What is checked of a reading: `tcp 10.0.0.1:40000>10.0.0.2:80 hello, …`, then the ids of the notes, then tunnels.
fn told(decoder: &mut Decoder, number: u64, link: u32, bytes: &[u8], wire: usize) -> String {
    let frame = Frame {
        number,
        time: Timestamp(number as i64),
        link: LinkType(link),
        wire_len: wire as u32,
        bytes,
        place: Place::default(),
        comment: None,
    };
    let decoded = decoder.decode(&frame);
    let mut told = match decoded.transport {
        Transport::Tcp(tcp) => format!(
            "tcp {}>{} {}{}",
            tcp.from,
            tcp.to,
            String::from_utf8_lossy(tcp.payload),
            if tcp.bad_checksum { " BAD" } else { "" }
        ),
        Transport::Udp(udp) => {
            format!("udp {}>{} {}", udp.from, udp.to, String::from_utf8_lossy(udp.payload))
        }
        Transport::Fragment => "fragment".to_owned(),
        Transport::Other(name) => name.to_owned(),
        Transport::Unreadable => "unreadable".to_owned(),
    };
    for note in decoded.notes {
        told = format!("{told} {}", note.what.id);
    }
    for tunnel in decoded.tunnels {
        told = format!("{told} {tunnel}");
    }
    if !decoded.fragments.is_empty() {
        told = format!("{told} {:?}", decoded.fragments);
    }
    told
}

fn once(link: u32, bytes: &[u8]) -> String {
    told(&mut Decoder::new(&Limits::default()), 1, link, bytes, bytes.len())
}

fn with(head: &[u8], rest: &[u8]) -> Vec<u8> {
    [head, rest].concat()
}

/// A TCP segment with the right checksum for IPv4 between 10.0.0.1 and 10.0.0.2.
fn tcp() -> Vec<u8> {
    let mut tcp = vec![0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x60, 0x18, 0xff, 0xff, 0, 0, 0, 0];
    tcp.extend([2, 4, 5, 0xb4]);
    tcp.extend(HELLO);
    let pseudo = with(&[10, 0, 0, 1, 10, 0, 0, 2, 0, 6, 0, tcp.len() as u8], &tcp);
    let sum: u32 =
        pseudo.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0))).sum();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    tcp
}

fn ipv4(next: u8, payload: &[u8]) -> Vec<u8> {
    let total = (20 + payload.len() as u16).to_be_bytes();
    let head = [0x45, 0, total[0], total[1], 0x12, 0x34, 0, 0, 64, next, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    with(&head, payload)
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_be_bytes();
    let mut head = vec![0x60, 0, 0, 0, length[0], length[1], next, 64];
    head.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    head.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    with(&head, payload)
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let (port, length) = (port.to_be_bytes(), (8 + payload.len() as u16).to_be_bytes());
    with(&[0x9c, 0x40, port[0], port[1], length[0], length[1], 0, 0], payload)
}

fn ethernet(ethertype: [u8; 2], packet: &[u8]) -> Vec<u8> {
    with(&with(&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], &ethertype), packet)
}

const V4: [u8; 2] = [0x08, 0x00];
const TCP4: &str = "tcp 10.0.0.1:40000>10.0.0.2:80 hello, world: 26 bytes...!";

#[test]
fn every_link_header_leads_to_the_packet() {
    let packet = ipv4(6, &tcp());
    let sll = |protocol: [u8; 2], hardware: [u8; 2]| {
        with(&[&[0, 0], &hardware[..], &[0, 6, 0, 0, 0, 0, 0, 0, 0, 0], &protocol[..]].concat(), &packet)
    };
    let sll2 = with(&[8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0], &packet);
    let snap = with(&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &packet);
    let mut stack = with(&[0x08, 0x00], &packet);
    for _ in 0..10 {
        stack = with(&[0x81, 0x00, 0, 5], &stack);
    }
    let pppoe = with(&[0x11, 0, 0, 1, 0, packet.len() as u8 + 2, 0, 0x21], &packet);
    let wlan = with(&[8, 1, 0, 0], &with(&[0; 20], &snap));
    let padded_qos = with(&[0x88, 1, 0, 0], &with(&[0; 24], &snap));
    let radiotap = with(&[0, 0, 17, 0, 3, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0x20], &padded_qos);
    let nflog = with(&[2, 0, 0, 0, 8, 0, 1, 0, 0, 0, 0, 0, packet.len() as u8 + 4, 0, 9, 0], &packet);
    let pktap = with(&[12, 0, 0, 0, 1, 0, 0, 0, 12, 0, 0, 0], &packet);
    for (link, bytes) in [
        (0, with(&[2, 0, 0, 0], &packet)),
        (0, with(&[0, 0, 0, 2], &packet)),
        (108, with(&[0, 0, 0, 2], &packet)),
        (1, ethernet(V4, &with(&packet, &[0; 20]))),
        (1, ethernet([0, snap.len() as u8], &snap)),
        (1, with(&ethernet([0x88, 0xa8], &[0, 1])[..], &stack)),
        (1, ethernet([0x88, 0x47], &with(&[0, 1, 0, 64, 0, 2, 1, 64], &packet))),
        (1, ethernet([0x88, 0x64], &pppoe)),
        (9, with(&[0, 0x21], &packet)),
        (9, with(&[0xff, 3, 0x21], &packet)),
        (50, with(&[0xff, 3, 0, 0x21], &packet)),
        (50, with(&[0x0f, 0, 8, 0], &packet)),
        (51, pppoe.clone()),
        (12, packet.clone()),
        (14, packet.clone()),
        (101, packet.clone()),
        (228, packet.clone()),
        (104, with(&[0x0f, 0, 8, 0], &packet)),
        (113, sll(V4, [0, 1])),
        (113, sll(V4, [0x03, 0x04])),
        (276, sll2.clone()),
        (10, with(&[0x50; 13], &snap)),
        (105, wlan.clone()),
        (127, radiotap.clone()),
        (192, with(&[0, 0, 8, 0, 105, 0, 0, 0], &wlan)),
        (239, nflog.clone()),
        (258, pktap.clone()),
    ] {
        assert_eq!(once(link, &bytes), TCP4, "link type {link}");
        for len in 0..bytes.len() {
            let cut = told(&mut Decoder::new(&Limits::default()), 1, link, &bytes[..len], bytes.len());
            assert!(
                !cut.contains("BAD") && cut.contains("cap.truncated-packet"),
                "{link} cut to {len}: {cut}"
            );
            assert!(!cut.contains("ip.bad") && !cut.contains("tcp.bad"), "{link} cut to {len}: {cut}");
        }
    }
    assert_eq!(once(147, &packet), "unreadable cap.unknown-linktype");
    assert_eq!(once(113, &sll([0, 0], [0x03, 0x38])), "netlink");
}

#[test]
fn every_tunnel_is_opened_and_named() {
    let inner = ipv4(6, &tcp());
    let frame = ethernet(V4, &inner);
    let gre = |head: &[u8], payload: &[u8]| ipv4(47, &with(head, payload));
    let gtp_length = inner.len() as u8 + 8;
    for (packet, tunnels) in [
        (ipv4(4, &inner), "ipip"),
        (ipv6(4, &inner), "4in6"),
        (ipv4(41, &ipv6(4, &inner)), "6in4 4in6"),
        (gre(&[0, 0, 8, 0], &inner), "gre"),
        (gre(&[0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2], &inner), "gre"),
        (gre(&[0, 0, 0x65, 0x58], &frame), "gre"),
        (gre(&[0x30, 1, 0x88, 0x0b, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 3, 0, 0x21], &inner), "gre"),
        (gre(&[0, 0, 0x88, 0xbe], &frame), "gre erspan"),
        (gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], &frame), "gre erspan"),
        (ipv4(17, &udp(4789, &with(&[8, 0, 0, 0, 0, 0, 5, 0], &frame))), "vxlan"),
        (ipv6(17, &udp(8472, &with(&[8, 0, 0, 0, 0, 0, 5, 0], &frame))), "vxlan"),
        (ipv4(17, &udp(6081, &with(&[1, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 2, 3, 0], &frame))), "geneve"),
        (ipv4(17, &udp(2152, &with(&[0x30, 0xff, 0, gtp_length - 8, 0, 0, 0, 1], &inner))), "gtp"),
        (
            ipv4(
                17,
                &udp(
                    2152,
                    &with(&[0x34, 0xff, 0, gtp_length, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 9, 0], &inner),
                ),
            ),
            "gtp",
        ),
    ] {
        assert_eq!(once(101, &packet), format!("{TCP4} {tunnels}"));
    }
    assert!(once(101, &ipv4(17, &udp(4789, HELLO))).starts_with("udp 10.0.0.1:40000>10.0.0.2:4789 hello"));
    let mut deep = inner;
    for _ in 0..20 {
        deep = ipv4(4, &deep);
    }
    assert!(once(101, &deep).starts_with("unreadable ip.nesting-limit ipip"));
}

#[test]
fn extension_headers_are_passed() {
    let mut payload = tcp();
    let mut next = 6;
    for kind in [51, 60, 43, 135, 0] {
        // An authentication header counts its length in units of four, less two.
        payload = with(&[next, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &payload);
        if kind == 51 {
            payload.drain(12..16);
        }
        next = kind;
    }
    let expected = "tcp [fd00::1]:40000>[fd00::2]:80 hello, world: 26 bytes...!";
    assert_eq!(once(229, &ipv6(next, &payload)), expected);
    let mut jumbo = ipv6(next, &payload);
    jumbo[4..6].fill(0);
    assert_eq!(once(101, &jumbo), expected);
    assert_eq!(once(101, &ipv6(44, &with(&[6, 0, 0, 0, 0, 0, 0, 1], &tcp()))), format!("{expected} BAD"));
    assert_eq!(once(101, &ipv4(1, &ipv4(6, &tcp()))), "icmp");
    assert_eq!(once(101, &ipv6(59, &[])), "no-next-header");
}

#[test]
fn a_wrong_checksum_is_said_unless_offload_explains_it() {
    let packet = ipv4(6, &tcp());
    let field = |high, low| {
        let mut packet = packet.clone();
        packet[36..38].copy_from_slice(&[high, low]);
        once(101, &packet)
    };
    assert_eq!(once(101, &packet), TCP4);
    assert_eq!(field(0x12, 0x34), format!("{TCP4} BAD"));
    assert_eq!(field(0, 0), TCP4);
    // 10.0 + 0.1 + 10.0 + 0.2 + 6, and with the length of 50.
    assert_eq!(field(0x14, 0x09), TCP4);
    assert_eq!(field(0x14, 0x09 + 50), TCP4);
    let mut swapped = packet.clone();
    swapped.swap(50, 55);
    assert!(once(101, &swapped).ends_with(" BAD"));
    let mut unlooked = Decoder::new(&Limits::default()).with_checksums(false);
    assert!(!told(&mut unlooked, 1, 101, &swapped, swapped.len()).contains("BAD"));
    let mut offloaded = packet.clone();
    offloaded[2..4].fill(0);
    assert_eq!(once(101, &offloaded), TCP4);
}

#[test]
fn impossible_headers_are_said() {
    let changed = |at: usize, to: u8| {
        let mut packet = ipv4(6, &tcp());
        packet[at] = to;
        once(228, &packet)
    };
    assert_eq!(changed(0, 0x44), "unreadable ip.bad-header");
    assert_eq!(changed(0, 0xf5), "unreadable ip.bad-header");
    assert_eq!(changed(3, 19), "unreadable ip.bad-header");
    assert_eq!(changed(3, 200), format!("{TCP4} ip.bad-header"));
    assert_eq!(changed(32, 0x40), "unreadable tcp.bad-header");
    assert_eq!(changed(32, 0xf0), "unreadable tcp.bad-header");
    assert!(changed(41, 5).contains("tcp.bad-option"));
    assert!(changed(41, 0).contains("tcp.bad-option"));
    assert_eq!(once(101, &ipv4(6, &tcp()[..19])), "unreadable tcp.bad-header");
    assert_eq!(once(101, &ipv4(17, &udp(9, b"x")[..7])), "unreadable udp.bad-header");
}

/// The fragments of a datagram, as packets, each with at most `size` bytes of it.
fn pieces(v6: bool, id: u8, payload: &[u8], size: usize) -> Vec<Vec<u8>> {
    let count = payload.len().div_ceil(size);
    payload
        .chunks(size)
        .enumerate()
        .map(|(n, piece)| {
            let more = n + 1 < count;
            let units = (n * size / 8) as u16;
            if v6 {
                let [high, low] = (units << 3 | u16::from(more)).to_be_bytes();
                return ipv6(44, &with(&[6, 0, high, low, 0, 0, 0, id], piece));
            }
            let mut packet = ipv4(6, piece);
            packet[5] = id;
            packet[6..8].copy_from_slice(&(units | u16::from(more) << 13).to_be_bytes());
            packet
        })
        .collect()
}

#[test]
fn fragments_in_any_order_are_one_datagram() {
    for v6 in [false, true] {
        let [a, b, c, d] = pieces(v6, 1, &tcp(), 16).try_into().unwrap();
        let packets = [a, b, c, d];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
            let mut decoder = Decoder::new(&Limits::default());
            for (number, at) in order.iter().enumerate() {
                let told = told(&mut decoder, number as u64 + 1, 101, &packets[*at], packets[*at].len());
                let last = number == 3;
                assert!(told.starts_with(if last { "tcp" } else { "fragment" }), "{told}");
                assert!(
                    told.contains("hello, world: 26 bytes...!") == last && !told.contains("ip."),
                    "{told}"
                );
                assert_eq!(told.ends_with("[1, 2, 3, 4]"), last, "{told}");
            }
        }
    }
}

#[test]
fn of_overlapping_fragments_the_first_bytes_count() {
    let [a, b] = pieces(false, 1, &tcp(), 32).try_into().unwrap();
    let mut lie = with(&a, b"________");
    lie[3] += 8;
    lie[20 + 24 + 2] = b'L';
    let mut decoder = Decoder::new(&Limits::default());
    let mut next = |number, packet: &[u8]| told(&mut decoder, number, 101, packet, packet.len());
    assert_eq!(next(1, &a), "fragment");
    assert_eq!(next(2, &a), "fragment");
    assert_eq!(next(3, &lie), "fragment ip.fragment-overlap");
    let whole = next(4, &b);
    assert!(whole.contains("hello, w________") && whole.ends_with("[1, 3, 4]"), "{whole}");
}

#[test]
fn fragments_that_cannot_be_are_refused() {
    let mut decoder = Decoder::new(&Limits { datagrams: 4, ..Limits::default() });
    let [a, b] = pieces(false, 1, &tcp(), 32).try_into().unwrap();
    let mut far = b.clone();
    far[6..8].copy_from_slice(&0x1fff_u16.to_be_bytes());
    assert_eq!(told(&mut decoder, 1, 101, &far, far.len()), "fragment ip.too-long");
    for id in 1..=6 {
        let mut packet = a.clone();
        packet[5] = id;
        let limit = if id > 4 { "fragment ip.fragment-limit" } else { "fragment" };
        assert_eq!(told(&mut decoder, 1, 101, &packet, packet.len()), limit);
    }
    assert!(decoder.state.pool.len() <= 4);
    // What is cut by the capture is known to be missing, and what came before it is there.
    let cut = told(&mut decoder, 1, 101, &a[..40], a.len());
    assert_eq!(cut, "fragment cap.truncated-packet ip.fragment-limit");
    assert!(told(&mut decoder, 2, 101, &b, b.len()).starts_with("tcp 10.0.0.1:40000>10.0.0.2:80  [1, 2]"));
    // After a minute it is another datagram.
    told(&mut decoder, 1, 101, &a, a.len());
    assert_eq!(told(&mut decoder, 61_000_000_000, 101, &b, b.len()), "fragment");
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
    let links = [0, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 127, 192, 228, 229, 239, 258, 276];
    let tunnel = ipv4(17, &udp(4789, &with(&[8, 0, 0, 0, 0, 0, 5, 0], &ethernet(V4, &ipv6(6, &tcp())))));
    let mut decoder = Decoder::new(&Limits { datagrams: 16, ..Limits::default() });
    for number in 0..150_000 {
        let [a, b] = pieces(next(2) == 0, 1, &tunnel, 80).try_into().unwrap();
        let mut bytes = match next(4) {
            0 => ethernet(V4, &tunnel),
            1 => tunnel.clone(),
            2 => a,
            _ => b,
        };
        for _ in 0..next(6) {
            let at = next(bytes.len().min(96));
            bytes[at] = [next(256), 4, 6, 17, 41, 44, 47, 51, 0, 60][next(10)] as u8;
        }
        bytes.truncate(next(bytes.len() + 1).max(next(bytes.len() + 1)));
        told(&mut decoder, number, links[next(links.len())], &bytes, next(300));
    }
    assert!(decoder.state.pool.len() <= 16);
}

#[test]
fn a_usual_frame_is_read_as_any_other() {
    let told = |link: u32, bytes: &[u8], checksums: bool| {
        let frame = Frame {
            number: 1,
            time: Timestamp(1),
            link: LinkType(link),
            wire_len: bytes.len() as u32,
            bytes,
            place: Place::default(),
            comment: None,
        };
        let mut decoder = Decoder::new(&Limits::default()).with_checksums(checksums);
        let Decoded { transport, notes, tunnels, fragments } = decoder.decode(&frame);
        format!("{transport:?} {notes:?} {tunnels:?} {fragments:?}")
    };
    let head = |length: u8| {
        [&[0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, length << 4, 0x18, 0xff, 0xfe, 0x12, 0x34, 0, 9][..]]
            .concat()
    };
    let stamped = with(&with(&head(8), &[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]), HELLO);
    for segment in [with(&head(5), HELLO), head(5), stamped, tcp()] {
        let packet = with(&ipv4(6, &segment), &[0; 4]);
        // The version is left alone: raw IP goes by it, Ethernet by its own word.
        for bit in 4..packet.len() * 8 {
            let mut damaged = packet.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if damaged[0] >> 4 != 4 {
                continue;
            }
            for (packet, length) in [(&damaged, damaged.len()), (&damaged, bit / 8), (&packet, packet.len())]
            {
                let packet = &packet[..length];
                // What is not on Ethernet is never usual.
                assert_eq!(told(1, &ethernet(V4, packet), true), told(228, packet, true), "{bit}");
            }
        }
    }
}

#[test]
fn rarer_link_headers_and_tunnels_lead_to_the_packet_too() {
    let (packet, six) = (ipv4(6, &tcp()), ipv6(17, &udp(9, b"six")));
    let inner = ethernet(V4, &packet);
    for (head, tunnels) in [
        (&[0, 0, 0x88, 0xbe][..], "gre erspan"),
        (&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], "gre erspan"),
        (&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "gre erspan"),
        (&[&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1][..], &[0; 11], &[1], &[0; 8]].concat(), "gre erspan"),
    ] {
        assert_eq!(once(101, &ipv4(47, &with(head, &inner))), format!("{TCP4} {tunnels}"));
        let cut = once(101, &ipv4(47, &head[..head.len() - 1]));
        assert!(cut.starts_with("unreadable ip.bad-header"), "{cut}");
    }
    assert_eq!(once(101, &ipv4(47, &[0x20, 0, 0x88, 0x0b, 0, 0, 0, 0])), "gre gre");
    assert_eq!(once(101, &ipv4(47, &[0, 7, 8, 0])), "gre");
    for (link, head) in [
        (7, &[1, 2, 0xf0][..]),
        (7, &[1, 2, 0xd4, 0, 0, 0]),
        (129, &[0, 1, 0, 2, 0xf0]),
        (129, &[0, 1, 0, 2, 0xd4, 0, 0, 0]),
        (242, &[&[0; 40][..], &[8, 0, 0, 0]].concat()),
    ] {
        assert_eq!(once(link, &with(head, &packet)), TCP4, "{link} {head:?}");
        assert_eq!(once(link, &head[..2]), "unreadable cap.corrupt", "{link} {head:?}");
    }
    assert!(once(7, &with(&[1, 2, 0xc4, 0, 0, 0], &six)).starts_with("udp [fd00::1]:40000"));
    assert_eq!(once(7, &[1, 2, 0xf1, 0, 0, 0, 0]), "arp");
    assert_eq!(once(7, &[1, 2, 0x99, 0, 0, 0, 0]), "unknown");
    for (ethertype, name) in
        [([0x80, 0x35], "rarp"), ([0x88, 0x63], "pppoe-discovery"), ([0x88, 0x8e], "eapol")]
    {
        assert_eq!(once(1, &ethernet(ethertype, &[0; 20])), name);
    }
}
