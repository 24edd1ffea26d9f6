//! The TCP checksum (RFC 9293 3.1), and what explains a wrong one: that the interface was to fill it in.

use std::net::IpAddr;

use etherparse::checksum::Sum16BitWords;

use super::ip::Ends;

/// The protocol number of TCP.
const TCP: u8 = 6;

/// Where the checksum stands in a TCP header.
const FIELD: std::ops::Range<usize> = 16..18;

/// No link carries packets longer than this: the kernel put such a segment together out of several, or its interface
/// is to cut it up, and its checksum is nobody's.
const LONGEST: usize = 16 * 1024;

/// Whether the checksum of `segment`, a whole one, is wrong and offload does not explain it. With offload the stack
/// leaves the field zero, or puts the sum of the pseudo header there, with or without the length.
pub(super) fn is_bad(ends: &Ends, segment: &[u8]) -> bool {
    let pseudo = addresses(ends).add_2bytes([0, TCP]);
    let length = u16::try_from(segment.len()).unwrap_or(0);
    let with_length = pseudo.clone().add_2bytes(length.to_be_bytes());
    let Some(&[high, low]) = segment.get(FIELD) else { return false };
    let field = u16::from_ne_bytes([high, low]);
    let offloaded = field == 0
        || field == !with_length.ones_complement()
        || field == !pseudo.ones_complement()
        || segment.len() > LONGEST;
    !offloaded && add(with_length, segment).ones_complement() != 0
}

fn addresses(ends: &Ends) -> Sum16BitWords {
    let sum = Sum16BitWords::new();
    match (ends.from, ends.to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => sum.add_slice(&from.octets()).add_slice(&to.octets()),
        (IpAddr::V6(from), IpAddr::V6(to)) => sum.add_slice(&from.octets()).add_slice(&to.octets()),
        _ => sum,
    }
}

/// Adds `bytes` to a sum: as 32-bit words into 64 bits, which overflow after no packet and which the compiler adds
/// several at a time.
fn add(mut sum: Sum16BitWords, bytes: &[u8]) -> Sum16BitWords {
    let (words, rest) = bytes.as_chunks();
    let words = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u32::from_ne_bytes(*word).into()));
    sum.add_8bytes(words.to_ne_bytes()).add_slice(rest)
}
