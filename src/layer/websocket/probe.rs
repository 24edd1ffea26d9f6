//! Whether bytes are WebSocket frames, where no handshake says so: several plausible frames in a row, masked as the
//! side must mask (RFC 6455 5.1, 5.2, 5.4). A wrong claim is worse than none.
//!
//! Evidence is counted in bits: how unlikely it is that other bytes would look the same.

use crate::layer::protocol::{Hint, Match, Opening};
use crate::layer::websocket::close;
use crate::layer::websocket::frame::{Header, Opcode, RSV1, mask};
use crate::layer::websocket::handshake;

/// Frames in a row that are looked at.
const FRAMES: u32 = 8;
/// A legal pair of first bytes: 13 of 256 first bytes, one of two mask bits. The same frame again says
/// nothing: what repeats itself at any distance, as masked zeros do, looks like that.
const HEADER: u32 = 5;
/// A 64-bit length that needs its eight bytes and is below 2^32.
const LONG: u32 = 20;
/// A frame that ends where the bytes do.
const FIT: u32 = 6;
/// A close code that may be sent.
const CODE: u32 = 6;
/// Bytes of a text that are looked at, and what they count at most.
const TEXT: (usize, u32) = (32, 12);

/// What it takes to claim a connection whose start was not seen, and how much more where only one side fits.
const CLAIM: (u32, u32) = (32, 48);
/// What it takes to go on where the protocol is known and the place was lost.
const RESUME: u32 = 14;
/// How much more it takes away from a segment's start, where there are many places to try.
const ANYWHERE: u32 = 12;

/// A row of plausible frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Bits of evidence.
    pub score: u32,
    /// Whole frames.
    pub frames: u32,
}

/// Whether a byte stream is WebSocket.
pub fn probe(opening: &Opening<'_>) -> Match {
    let unsure = if opening.last { Match::No } else { Match::Wait };
    match opening.hint {
        Some(Hint::Upgrade(upgrade)) if !handshake::is_websocket(upgrade) => Match::No,
        Some(Hint::Upgrade(upgrade)) if handshake::is_accepted(upgrade) => Match::Yes,
        Some(Hint::Upgrade(_)) => {
            let [client, server] = opening.bytes;
            let is_frame = |bytes, masked| row(bytes, masked).is_some_and(|row| row.score >= RESUME);
            let nothing = client.is_empty() && server.is_empty();
            let alive = row(client, true).is_some() && row(server, false).is_some();
            match is_frame(client, true) || is_frame(server, false) {
                true => Match::Yes,
                false if nothing || alive => unsure,
                false => Match::No,
            }
        }
        _ if !opening.midstream => Match::No,
        _ => match (claim(opening.bytes, [true, false]), claim(opening.bytes, [false, true])) {
            (Match::Yes, _) => Match::Yes,
            (_, Match::Yes) => Match::Reversed,
            (Match::No, Match::No) => Match::No,
            _ => unsure,
        },
    }
}

/// Whether both sides' bytes are frames, masked or not as told.
fn claim(bytes: [&[u8]; 2], masked: [bool; 2]) -> Match {
    let (mut score, mut frames, mut strangers, mut alive) = (0, 0, 0, false);
    for (bytes, masked) in bytes.into_iter().zip(masked) {
        if bytes.is_empty() {
            continue;
        }
        let start = row(bytes, masked);
        alive |= start.is_some();
        match start.or_else(|| inside(bytes, masked).map(|(_, row)| row)) {
            Some(row) => (score, frames) = (score + row.score, frames + row.frames),
            None => strangers += 1,
        }
    }
    let needed = if strangers == 0 { CLAIM.0 } else { CLAIM.1 };
    match score >= needed && frames >= 2 {
        true => Match::Yes,
        false if alive => Match::Wait,
        false => Match::No,
    }
}

/// The first place from which `bytes` are frames, where the protocol is known.
pub fn find(bytes: &[u8], masked: bool) -> Option<usize> {
    match row(bytes, masked) {
        Some(row) if row.score >= RESUME => Some(0),
        _ => inside(bytes, masked).map(|(at, _)| at),
    }
}

/// The first place after the start from which `bytes` are frames, its evidence reduced for the choice of places.
fn inside(bytes: &[u8], masked: bool) -> Option<(usize, Row)> {
    (1..bytes.len()).find_map(|at| {
        let row = row(bytes.get(at..)?, masked)?;
        let score = row.score.checked_sub(ANYWHERE)?;
        (score >= RESUME && row.frames > 0).then_some((at, Row { score, ..row }))
    })
}

/// The frames at the start of `bytes`; `None` where something there cannot be a frame of that side.
pub fn row(bytes: &[u8], masked: bool) -> Option<Row> {
    let (mut rest, mut row, mut within, mut before) = (bytes, Row { score: 0, frames: 0 }, None, None);
    while row.frames < FRAMES {
        let Some(&first) = rest.first() else {
            row.score += if row.frames > 0 { FIT } else { 0 };
            break;
        };
        is_first_byte(first).then_some(())?;
        let Some(header) = Header::parse(rest) else { break };
        if header.key.is_some() != masked || !follows(&header, &mut within) {
            return None;
        }
        let shape = Some((first, header.len));
        let weak = shape == before || (header.opcode == Opcode::Continuation && !header.fin);
        before = shape;
        row.score += if weak { 0 } else { HEADER } + if header.len_size == 9 && !weak { LONG } else { 0 };
        let body = rest.get(header.size()..)?;
        let whole = usize::try_from(header.len).ok().and_then(|len| body.split_at_checked(len));
        let (payload, after) = whole.unwrap_or((body, &[]));
        row.score += content(&header, payload, whole.is_some())?;
        if whole.is_none() {
            break;
        }
        (row.frames, rest) = (row.frames + 1, after);
    }
    Some(row)
}

/// Whether a frame may begin so: known opcodes, control frames whole, reserved bits unused but for compression.
fn is_first_byte(first: u8) -> bool {
    let opcode = Opcode::of(first);
    match first >> 4 & 7 {
        _ if matches!(opcode, Opcode::Reserved(_)) => false,
        0 => first & 0x80 != 0 || !opcode.is_control(),
        RSV1 => matches!(opcode, Opcode::Text | Opcode::Binary),
        _ => false,
    }
}

/// Whether a frame of this header may follow; `within` says whether a message is unfinished, where that is known.
fn follows(header: &Header, within: &mut Option<bool>) -> bool {
    let sized = !header.is_wasteful() && header.len >> 32 == 0;
    if header.opcode.is_control() {
        return sized && header.len <= super::frame::CONTROL;
    }
    let ordered = match header.opcode {
        Opcode::Continuation => *within != Some(false),
        _ => *within != Some(true),
    };
    *within = Some(!header.fin);
    sized && ordered && (header.fin || header.len > 0)
}

/// What a payload says for the frame; `None` where it speaks against it.
fn content(header: &Header, payload: &[u8], whole: bool) -> Option<u32> {
    let looked_at = payload.get(..TEXT.0).unwrap_or(payload);
    let mut plain = [0; TEXT.0];
    let plain = plain.get_mut(..looked_at.len())?;
    plain.copy_from_slice(looked_at);
    if let Some(key) = header.key {
        mask(plain, key, 0);
    }
    match header.opcode {
        Opcode::Text if header.rsv == 0 => {
            let error = std::str::from_utf8(plain).err();
            let cut = header.fin && whole && looked_at.len() == payload.len();
            if error.is_some_and(|error| error.error_len().is_some() || cut) {
                return None;
            }
            let strange = plain.iter().any(|&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'));
            Some(if strange { 0 } else { (plain.len() as u32).min(TEXT.1) })
        }
        Opcode::Close if whole && !plain.is_empty() => {
            let code = plain.first_chunk::<2>().map(|code| u16::from_be_bytes(*code))?;
            close::may_be_sent(code).then_some(CODE)
        }
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(bytes: &[u8], masked: bool) -> Option<u32> {
        row(bytes, masked).map(|row| row.score)
    }

    #[test]
    fn evidence_is_counted_frame_by_frame() {
        for (bytes, found) in [
            (&b""[..], Some(0)),
            (b"\x81", Some(0)),
            (b"\x81\x05hel", Some(HEADER + 3)),
            (b"\x81\x05hello", Some(HEADER + 5 + FIT)),
            (b"\x82\x02\0\0\x82\x03\0\0\0", Some(HEADER * 2 + FIT)),
            // The same again, as in anything that repeats itself.
            (b"\x82\x02\0\0\x82\x02\0\0\x82\x02\0\0", Some(HEADER + FIT)),
            (b"\x88\x02\x03\xe8", Some(HEADER + CODE + FIT)),
            (b"\x88\x02\x00\x01", None),
            // A continuation of nothing, a message inside another, text that is none, an empty fragment.
            (b"\x82\x01a\x80\x01b", None),
            (b"\x02\x01a\x82\x01b", None),
            (b"\x81\x02\xff\xff", None),
            (b"\x01\x00\x80\x00", None),
            // Reserved bits and opcodes, fragmented and long control frames, wasteful and huge lengths, a mask.
            (b"\xa1\x00", None),
            (b"\xc9\x00", None),
            (b"\x83\x00", None),
            (b"\x09\x00", None),
            (b"\x89\x7e\x00\x7e", None),
            (b"\x82\x7e\x00\x7d", None),
            (b"\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00", None),
            (b"\x82\x80\x01\x02\x03\x04", None),
            // Fragments: those in the middle say nothing.
            (b"\x01\x01a\x80\x01b", Some(HEADER * 2 + 1 + FIT)),
            (b"\x01\x01a\x00\x01b\x80\x01c", Some(HEADER * 2 + 1 + FIT)),
            // Text with controls, compressed, cut inside a character by its end or not by its own.
            (b"\x81\x05a\nb\tc", Some(HEADER + 5 + FIT)),
            (b"\x81\x05a\x01bcd", Some(HEADER + FIT)),
            (b"\xc1\x02\xff\xff", Some(HEADER + FIT)),
            (b"\x81\x02\xea\xb0", None),
            (b"\x01\x02\xea\xb0", Some(HEADER + 2 + FIT)),
            (b"\x81\x05\xea", Some(HEADER + 1)),
            (b"\x81\x22aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xed\x95\x9c", Some(HEADER + TEXT.1 + FIT)),
            // A Close frame without a code, and one whose code is not whole.
            (b"\x88\x00", Some(HEADER + FIT)),
            (b"\x88\x05\x03", Some(HEADER)),
        ] {
            assert_eq!(score(bytes, false), found, "{bytes:x?}");
        }
        assert_eq!(score(b"\x82\x80\x01\x02\x03\x04", true), Some(HEADER + FIT));
        assert_eq!(score(b"\x82\x00", true), None);
        let long = [&b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"[..], &[0; 65_536]].concat();
        assert_eq!(score(&long, false), Some(HEADER + LONG + FIT));
        assert_eq!(score(&long.repeat(2), false), Some(HEADER + LONG + FIT));
        let many: Vec<u8> =
            (1..=9).flat_map(|len| [vec![0x82, len], vec![0; usize::from(len)]].concat()).collect();
        assert_eq!(score(&many, false), Some(HEADER * FRAMES), "no more are looked at");
    }

    #[test]
    fn the_place_is_found_again_on_evidence_only() {
        let long_text = [&b"U\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"[..], &[b'a'; 40]].concat();
        for (bytes, found) in [
            (&b"\x81\x05hello"[..], Some(0)),
            (b"\x82\x02\0\0", None),
            (b"U\x81\x05hello", None),
            (b"U\x81\x05hello\x81\x0chello, world", Some(1)),
            (&long_text[1..], Some(0)),
            (&long_text, None),
        ] {
            assert_eq!(find(bytes, false), found, "{bytes:x?}");
        }
    }

    #[test]
    fn a_stream_is_claimed_on_a_handshake_or_on_strong_evidence() {
        use crate::layer::protocol::Upgrade;
        let upgrade = |protocol: &str, status| {
            Some(Hint::Upgrade(Box::new(Upgrade {
                protocol: protocol.to_owned(),
                status,
                ..Upgrade::default()
            })))
        };
        let (none, frame) = (&b""[..], &b"\x81\x0chello, world"[..]);
        let two = &[frame, b"\x81\x0dhello, worlds"].concat()[..];
        let three = &[two, b"\x82\x02\0\0", frame].concat()[..];
        let inside = &[b"U", two].concat()[..];
        for (hint, bytes, midstream, expected) in [
            (upgrade("websocket", 101), [none; 2], false, Match::Yes),
            (upgrade("h2c", 101), [none; 2], false, Match::No),
            // Refused: frames must follow all the same.
            (upgrade("websocket", 403), [none; 2], false, Match::Wait),
            (upgrade("websocket", 403), [none, &frame[..1]], false, Match::Wait),
            (upgrade("websocket", 403), [none, frame], false, Match::Yes),
            (upgrade("websocket", 403), [none, b"HTTP"], false, Match::No),
            // Without one, only where the start was not seen.
            (None, [none, two], false, Match::No),
            (None, [none, two], true, Match::Yes),
            (None, [two, none], true, Match::Reversed),
            (None, [none, frame], true, Match::Wait),
            (None, [none, inside], true, Match::No),
            (None, [b"hello", two], true, Match::Wait),
            (None, [b"hello", three], true, Match::Yes),
            (None, [b"hello", b"hello"], true, Match::No),
        ] {
            for last in [false, true] {
                let opening = Opening { bytes, hint: hint.as_ref(), server_port: 80, midstream, last };
                let expected = if last && expected == Match::Wait { Match::No } else { expected };
                assert_eq!(probe(&opening), expected, "{opening:?}");
            }
        }
    }
}
