//! The frame that nearly every one is: Ethernet, IPv4 and TCP, each header without anything unusual, captured whole.
//! It is read here at once; whatever is unusual about it, it is left to the rooms that read everything.

use std::net::{IpAddr, Ipv4Addr};

use super::ip::Ends;
use super::transport::USUAL;
use super::{Segment, checksum};
use crate::event::Endpoint;
use crate::frame::{Frame, LinkType};

/// Lengths of headers.
const ETHERNET: usize = 14;
const IPV4: usize = 20;
const TCP: usize = 20;

/// The ends of the TCP segment in a frame that holds no fragment, told without reading further; `None` where anything
/// before is unusual.
#[inline]
pub(super) fn ends(frame: &Frame<'_>) -> Option<(Endpoint, Endpoint)> {
    let head: &[u8; ETHERNET + IPV4 + TCP] = frame.bytes.first_chunk()?;
    let [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, ip @ ..] = head else { return None };
    let [0x45, _, _, _, _, _, flags, 0, _, 6, _, _, a, b, c, d, e, f, g, h, ports @ ..] = ip else {
        return None;
    };
    let [from, from_low, to, to_low, ..] = *ports;
    if flags & 0xbf != 0 || frame.link != LinkType::ETHERNET {
        return None;
    }
    let end = |ip: [u8; 4], port: [u8; 2]| Endpoint { ip: ip.into(), port: u16::from_be_bytes(port) };
    Some((end([*a, *b, *c, *d], [from, from_low]), end([*e, *f, *g, *h], [to, to_low])))
}

/// The segment in a usual frame whose checksum is to be verified; `None` where anything is unusual.
#[inline]
pub(super) fn segment<'a>(frame: &Frame<'a>, checksums: bool) -> Option<Segment<'a>> {
    let head: &[u8; ETHERNET + IPV4 + TCP] = frame.bytes.first_chunk()?;
    let whole = frame.bytes.len() >= frame.wire_len as usize && frame.link == LinkType::ETHERNET && checksums;
    // EtherType, version and header length, no fragment (the "don't fragment" bit apart), TCP.
    let [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, ip @ ..] = head else { return None };
    let [0x45, _, total_high, total_low, _, _, flags, offset, _, 6, _, _, a, b, c, d, e, f, g, h, tcp @ ..] =
        ip
    else {
        return None;
    };
    if !whole || flags & 0xbf != 0 || *offset != 0 {
        return None;
    }
    let [
        from,
        from_low,
        to,
        to_low,
        s1,
        s2,
        s3,
        s4,
        a1,
        a2,
        a3,
        a4,
        length,
        bits,
        window,
        window_low,
        _,
        _,
        urgent,
        urgent_low,
    ] = *tcp;
    let total = usize::from(u16::from_be_bytes([*total_high, *total_low]));
    let bytes = frame.bytes.get(ETHERNET + IPV4..ETHERNET + total)?;
    let options_length = (usize::from(length >> 4) * 4).checked_sub(TCP)?;
    let (options, payload) = bytes.get(TCP..)?.split_at_checked(options_length)?;
    if !(options.is_empty() || (options.len() == 12 && options.starts_with(&USUAL))) {
        return None;
    }
    let ends = Ends {
        from: IpAddr::V4(Ipv4Addr::new(*a, *b, *c, *d)),
        to: IpAddr::V4(Ipv4Addr::new(*e, *f, *g, *h)),
        checkable: true,
    };
    Some(Segment {
        from: Endpoint { ip: ends.from, port: u16::from_be_bytes([from, from_low]) },
        to: Endpoint { ip: ends.to, port: u16::from_be_bytes([to, to_low]) },
        seq: u32::from_be_bytes([s1, s2, s3, s4]),
        ack: u32::from_be_bytes([a1, a2, a3, a4]),
        flags: u16::from_be_bytes([length, bits]) & 0x1ff,
        window: u16::from_be_bytes([window, window_low]),
        urgent: u16::from_be_bytes([urgent, urgent_low]),
        options,
        payload,
        payload_len: payload.len() as u32,
        bad_checksum: checksum::is_bad(&ends, bytes),
    })
}
