//! A frame's header and the masking of its payload (RFC 6455 5.2, 5.3): bytes in, fields out.

use crate::locale::Words;

/// The longest header: two bytes, a 64-bit length, a masking key.
pub const LONGEST: usize = 14;

/// The longest payload that a control frame may have (RFC 6455 5.5).
pub const CONTROL: u64 = 125;

/// What a frame is (RFC 6455 11.8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opcode {
    /// A further fragment of a message.
    Continuation,
    /// A text message or its first fragment.
    Text,
    /// A binary message or its first fragment.
    Binary,
    /// The sender will send no more data.
    Close,
    /// Are you there?
    Ping,
    /// Yes.
    Pong,
    /// 3–7 for data, 11–15 for control; not in use.
    Reserved(u8),
}

impl Opcode {
    /// The opcode of the lower four bits of `number`.
    pub fn of(number: u8) -> Opcode {
        match number & 0xf {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            other => Opcode::Reserved(other),
        }
    }

    /// Whether it is a control frame's: the highest bit is set.
    pub fn is_control(self) -> bool {
        match self {
            Opcode::Close | Opcode::Ping | Opcode::Pong => true,
            Opcode::Reserved(number) => number >= 8,
            _ => false,
        }
    }

    /// Its name in the event schema; a reserved one has none.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Opcode::Continuation => "continuation",
            Opcode::Text => "text",
            Opcode::Binary => "binary",
            Opcode::Close => "close",
            Opcode::Ping => "ping",
            Opcode::Pong => "pong",
            Opcode::Reserved(_) => return None,
        })
    }

    /// Its word on an arrow.
    pub fn words(self) -> Words {
        match self {
            Opcode::Continuation => ["Continuation", "이어지는 조각"],
            Opcode::Text => ["Text", "텍스트"],
            Opcode::Binary => ["Binary", "바이너리"],
            Opcode::Close => ["Close", "Close"],
            Opcode::Ping => ["Ping", "Ping"],
            Opcode::Pong => ["Pong", "Pong"],
            Opcode::Reserved(_) => ["Reserved opcode", "예약된 opcode"],
        }
    }
}

/// The bit of [`Header::rsv`] that permessage-deflate uses (RFC 7692 6).
pub const RSV1: u8 = 4;

/// A frame's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Whether it is the last frame of its message.
    pub fin: bool,
    /// The reserved bits: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    pub rsv: u8,
    /// What it is.
    pub opcode: Opcode,
    /// The masking key, where the payload is masked.
    pub key: Option<[u8; 4]>,
    /// Bytes of payload; the top bit may be set although it must not be.
    pub len: u64,
    /// Bytes that say the length: 1, 3 or 9.
    pub len_size: u8,
}

impl Header {
    /// The header at the start of `bytes`; `None` where more are needed.
    pub fn parse(bytes: &[u8]) -> Option<Header> {
        let (&[first, second], rest) = bytes.split_first_chunk::<2>()?;
        let (len, len_size, rest) = match second & 0x7f {
            126 => {
                let (len, rest) = rest.split_first_chunk::<2>()?;
                (u64::from(u16::from_be_bytes(*len)), 3, rest)
            }
            127 => {
                let (len, rest) = rest.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*len), 9, rest)
            }
            short => (u64::from(short), 1, rest),
        };
        let key = match second & 0x80 {
            0 => None,
            _ => Some(*rest.first_chunk::<4>()?),
        };
        let (fin, rsv) = (first & 0x80 != 0, first >> 4 & 7);
        Some(Header { fin, rsv, opcode: Opcode::of(first), key, len, len_size })
    }

    /// Bytes of this header.
    pub fn size(&self) -> usize {
        1 + usize::from(self.len_size) + if self.key.is_some() { 4 } else { 0 }
    }

    /// Whether the length could have been said in fewer bytes.
    pub fn is_wasteful(&self) -> bool {
        match self.len_size {
            3 => self.len < 126,
            9 => self.len < 65_536,
            _ => false,
        }
    }
}

/// Masks or unmasks `bytes`, which begin `at` bytes into a payload (RFC 6455 5.3).
pub fn mask(bytes: &mut [u8], key: [u8; 4], at: u64) {
    let mut key = key;
    key.rotate_left((at % 4) as usize);
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_needs_all_its_bytes_and_no_more() {
        for bytes in [
            &[0x81, 0x05][..],
            &[0x82, 0x7e, 1, 0],
            &[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0],
            &[0x81, 0x85, 1, 2, 3, 4],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4],
        ] {
            for cut in 0..bytes.len() {
                assert_eq!(Header::parse(&bytes[..cut]), None);
            }
            assert_eq!(Header::parse(bytes).unwrap().size(), bytes.len());
        }
    }

    #[test]
    fn masking_is_the_same_wherever_a_payload_is_cut() {
        let (plain, key) = ((0..=255u8).collect::<Vec<_>>(), [0x37, 0xfa, 0x21, 0x3d]);
        let bytewise: Vec<u8> = plain.iter().enumerate().map(|(i, b)| b ^ key[i % 4]).collect();
        for cut in 0..plain.len() {
            let mut cut_up = plain.clone();
            let (front, back) = cut_up.split_at_mut(cut);
            mask(front, key, 0);
            mask(back, key, cut as u64);
            assert_eq!(cut_up, bytewise);
        }
    }
}
