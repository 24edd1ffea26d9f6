//! The content of an HTTP message, whatever the version: kept to be shown, and its codings (RFC 9110 8.4.1) undone
//! within limits: gzip, deflate, br (RFC 7932) and zstd (RFC 8878, RFC 9659).

use std::io::Read;

use crate::diagnostic::{self, Note};
use crate::event::Payload;
use crate::layer::data;
use crate::limits::Limits;

/// The largest window that a zstd frame of the web may ask for (RFC 9659 3).
const ZSTD_WINDOW: u64 = 8 << 20;

/// What is allowed from here on up to this size may grow by any factor.
const RATIO_FREE: usize = 1 << 20;

/// How far decoding may go; the part of [`Limits`] that a fact keeps to decode when somebody looks.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes that are shown.
    pub kept: usize,
    decoded: usize,
    ratio: usize,
    codings: usize,
}

impl Bounds {
    /// The bounds that `limits` sets.
    pub fn of(limits: &Limits) -> Bounds {
        Bounds {
            kept: limits.body,
            decoded: limits.decoded_body,
            ratio: limits.inflate_ratio,
            codings: limits.codings,
        }
    }
}

/// The content of a message, as far as it is kept.
#[derive(Debug, Default)]
pub struct Content {
    kept: Vec<u8>,
    /// How long it is, with its codings.
    pub len: u64,
    /// How much of that was never captured.
    pub missing: u64,
}

impl Content {
    /// Adds the next bytes; keeps at most `most` of all.
    pub fn take(&mut self, bytes: &[u8], most: usize) {
        self.len = self.len.saturating_add(bytes.len() as u64);
        let room = most.saturating_sub(self.kept.len()).min(bytes.len());
        if self.missing == 0 {
            self.kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
    }

    /// Passes over bytes that are missing; nothing behind them is kept.
    pub fn skip(&mut self, missing: u64) {
        self.len = self.len.saturating_add(missing);
        self.missing = self.missing.saturating_add(missing);
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The content without `codings`, which stand in the order in which they were applied. `ended` says that the
    /// message was not cut short.
    pub fn decode(&self, codings: &[&[u8]], ended: bool, bounds: Bounds) -> Decoded {
        decode(&self.kept, ended && self.kept.len() as u64 == self.len, codings, bounds)
    }

    /// What is shown of it.
    pub fn payload(
        &self,
        codings: &[&[u8]],
        ended: bool,
        media_type: Option<&str>,
        bounds: Bounds,
    ) -> Option<Payload<'_>> {
        if self.kept.is_empty() {
            return None;
        }
        let is_text = |bytes: &[u8]| media_type.map_or_else(|| data::is_text(bytes), is_text_type);
        if codings.is_empty() {
            let text = is_text(&self.kept);
            return Some(Payload { bytes: self.kept.as_slice().into(), text, len: self.len });
        }
        let mut bytes = self.decode(codings, ended, bounds).bytes;
        let len = bytes.len() as u64;
        bytes.truncate(bounds.kept);
        let text = is_text(&bytes);
        Some(Payload { bytes: bytes.into(), text, len })
    }
}

/// A body without its codings.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The bytes, as far as they could be had.
    pub bytes: Vec<u8>,
    /// Whether they are all.
    pub whole: bool,
    /// What stood in the way.
    pub fault: Option<Note>,
}

/// Where the body itself is not `whole`, that it ends early is no fault.
fn decode(body: &[u8], whole: bool, codings: &[&[u8]], bounds: Bounds) -> Decoded {
    let mut done = Decoded { bytes: Vec::new(), whole, fault: None };
    let names: Vec<&[u8]> = codings.iter().copied().filter(|name| !is_named(name, "identity")).collect();
    if names.len() > bounds.codings {
        let detail = format!("{} content codings on top of each other", names.len());
        done.fault = Some(diagnostic::HTTP_DECODE_LIMIT.with(detail));
        done.whole = false;
        return done;
    }
    done.bytes = body.to_vec();
    for name in names.iter().rev() {
        let before = std::mem::take(&mut done.bytes);
        let problem = undo(name, &before, bounds, &mut done.bytes).err();
        match problem {
            None => continue,
            Some(Problem::Early) if !done.whole => continue,
            Some(Problem::Limit) => {
                let detail = format!("{} bytes became {} and more", before.len(), done.bytes.len());
                done.fault.get_or_insert(diagnostic::HTTP_DECODE_LIMIT.with(detail));
            }
            Some(problem) => {
                let detail = format!("{}: {}", String::from_utf8_lossy(name), problem.say());
                done.fault.get_or_insert(diagnostic::HTTP_BAD_ENCODING.with(detail));
            }
        }
        done.whole = false;
    }
    done
}

/// Whether what is of this media type is text to a reader.
fn is_text_type(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || [
            "+json",
            "+xml",
            "/json",
            "/xml",
            "/javascript",
            "/x-www-form-urlencoded",
            "/graphql",
            "/x-ndjson",
        ]
        .iter()
        .any(|end| essence.ends_with(end))
}

enum Problem {
    Unknown,
    Early,
    Limit,
    Broken(String),
}

impl Problem {
    fn say(&self) -> &str {
        match self {
            Problem::Unknown => "unknown coding",
            Problem::Early => "the data ends early",
            Problem::Limit => "too long",
            Problem::Broken(why) => why,
        }
    }
}

fn is_named(name: &[u8], known: &str) -> bool {
    name.eq_ignore_ascii_case(known.as_bytes())
}

fn undo(name: &[u8], body: &[u8], bounds: Bounds, into: &mut Vec<u8>) -> Result<(), Problem> {
    if body.is_empty() {
        return Ok(());
    }
    if is_named(name, "gzip") || is_named(name, "x-gzip") {
        return gunzip(body, bounds, into);
    }
    if is_named(name, "deflate") {
        // The zlib format by RFC 9110 8.4.1.2; some senders leave its header out.
        let zlib = match body {
            [first, second, ..] => {
                first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31)
            }
            _ => false,
        };
        return match zlib {
            true => read(flate2::bufread::ZlibDecoder::new(body), body.len(), bounds, into),
            false => read(flate2::bufread::DeflateDecoder::new(body), body.len(), bounds, into),
        };
    }
    if is_named(name, "br") {
        return read(brotli_decompressor::Decompressor::new(body, 4096), body.len(), bounds, into);
    }
    if is_named(name, "zstd") {
        return unzstd(body, bounds, into);
    }
    Err(Problem::Unknown)
}

/// One gzip member after the other (RFC 1952 2.2); what stands behind the last is left.
fn gunzip(body: &[u8], bounds: Bounds, into: &mut Vec<u8>) -> Result<(), Problem> {
    let mut rest = body;
    loop {
        let mut member = flate2::bufread::GzDecoder::new(rest);
        read(&mut member, body.len(), bounds, into)?;
        rest = member.into_inner();
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return Ok(());
        }
    }
}

/// One zstd frame after the other, skippable ones skipped.
fn unzstd(body: &[u8], bounds: Bounds, into: &mut Vec<u8>) -> Result<(), Problem> {
    let mut rest = body;
    while !rest.is_empty() {
        let Some((magic, after)) = rest.split_first_chunk::<4>() else { return Err(Problem::Early) };
        if u32::from_le_bytes(*magic) & 0xffff_fff0 == 0x184d_2a50 {
            let Some((len, after)) = after.split_first_chunk::<4>() else { return Err(Problem::Early) };
            rest = after.get(u32::from_le_bytes(*len) as usize..).ok_or(Problem::Early)?;
            continue;
        }
        if zstd_window(after).ok_or(Problem::Early)? > ZSTD_WINDOW {
            return Err(Problem::Broken("a window over 8 MiB".to_owned()));
        }
        let mut source = rest;
        let mut frame = ruzstd::decoding::StreamingDecoder::new(&mut source)
            .map_err(|error| Problem::Broken(error.to_string()))?;
        read(&mut frame, body.len(), bounds, into)?;
        drop(frame);
        if source.len() == rest.len() {
            return Err(Problem::Early);
        }
        rest = source;
    }
    Ok(())
}

/// The window that a zstd frame asks for (RFC 8878 3.1.1.1), from the byte behind its magic number on.
fn zstd_window(header: &[u8]) -> Option<u64> {
    let (&descriptor, rest) = header.split_first()?;
    if descriptor & 0x20 == 0 {
        let byte = u64::from(*rest.first()?);
        let base = 1u64 << (10 + (byte >> 3));
        return Some(base + base / 8 * (byte & 7));
    }
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let size = rest.get(dictionary..)?;
    match descriptor >> 6 {
        0 => size.first().map(|byte| u64::from(*byte)),
        1 => size.first_chunk().map(|bytes| u64::from(u16::from_le_bytes(*bytes)) + 256),
        2 => size.first_chunk().map(|bytes| u64::from(u32::from_le_bytes(*bytes))),
        _ => size.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)),
    }
}

/// Reads `from`, which grew out of `len` bytes, to its end or to a bound.
fn read(mut from: impl Read, len: usize, bounds: Bounds, into: &mut Vec<u8>) -> Result<(), Problem> {
    let mut piece = [0; 8192];
    loop {
        let count = match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Err(Problem::Early),
            Err(error) => return Err(Problem::Broken(error.to_string())),
        };
        into.extend_from_slice(piece.get(..count).unwrap_or_default());
        let most = bounds.decoded.min(RATIO_FREE.max(len.saturating_mul(bounds.ratio)));
        if into.len() > most {
            into.truncate(most);
            return Err(Problem::Limit);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    const BROTLI: &[u8] = b"\x0b\x05\x80hello world\x03";
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x20\x0b\x59\x00\x00hello world";

    fn bounds() -> Bounds {
        Bounds::of(&Limits::default())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        coder.write_all(bytes).unwrap();
        coder.finish().unwrap()
    }

    fn deflated(bytes: &[u8], zlib: bool) -> Vec<u8> {
        let mut into = Vec::new();
        match zlib {
            true => {
                flate2::read::ZlibEncoder::new(bytes, flate2::Compression::default()).read_to_end(&mut into)
            }
            false => flate2::read::DeflateEncoder::new(bytes, flate2::Compression::default())
                .read_to_end(&mut into),
        }
        .unwrap();
        into
    }

    #[test]
    fn each_coding_is_undone_alone_and_in_turn() {
        let twice = gzip(&deflated(b"hello world", true));
        for (body, codings) in [
            (gzip(b"hello world"), &[&b"gzip"[..]][..]),
            ([gzip(b"hello "), gzip(b"world")].concat(), &[b"x-gzip"]),
            (deflated(b"hello world", true), &[b"deflate"]),
            (deflated(b"hello world", false), &[b"Deflate"]),
            (BROTLI.to_vec(), &[b"br"]),
            (ZSTD.to_vec(), &[b"zstd"]),
            ([b"\x50\x2a\x4d\x18\x02\0\0\0ab", ZSTD].concat(), &[b"zstd"]),
            (twice, &[b"deflate", b"gzip"]),
            (b"hello world".to_vec(), &[b"identity"]),
        ] {
            let done = decode(&body, true, codings, bounds());
            assert_eq!((done.bytes.as_slice(), done.whole), (&b"hello world"[..], true), "{codings:?}");
            assert_eq!(done.fault, None);
        }
    }

    #[test]
    fn what_does_not_decode_is_said_unless_it_was_cut() {
        let whole = gzip(&b"hello world".repeat(50));
        let cut = &whole[..whole.len() - 9];
        let done = decode(cut, true, &[b"gzip"], bounds());
        assert_eq!(done.fault.unwrap().what.id, "http.bad-encoding");
        let done = decode(cut, false, &[b"gzip"], bounds());
        assert!(done.fault.is_none() && done.bytes.starts_with(b"hello world"));
        for (body, coding) in
            [(&b"no"[..], &b"br"[..]), (b"none", b"zstd"), (b"nonono", b"gzip"), (b"x", b"lzma")]
        {
            let done = decode(body, true, &[coding], bounds());
            assert_eq!(done.fault.unwrap().what.id, "http.bad-encoding", "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = gzip(&gzip(&vec![0; 64 << 20]));
        let done = decode(&bomb, true, &[&b"gzip"[..], b"gzip"], bounds());
        assert_eq!(done.fault.unwrap().what.id, "http.decode-limit");
        assert!(done.bytes.len() <= Limits::default().decoded_body);
        let done = decode(&bomb, true, &[&b"gzip"[..]; 9], bounds());
        assert_eq!(done.fault.unwrap().what.id, "http.decode-limit");
    }

    #[test]
    fn a_huge_zstd_window_is_refused_before_room_is_made() {
        for header in
            [&b"\x28\xb5\x2f\xfd\x00\xff"[..], b"\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x7f"]
        {
            let body = [header, &[0; 40]].concat();
            let done = decode(&body, true, &[b"zstd"], bounds());
            assert!(done.fault.unwrap().detail.unwrap().contains("window"));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..400), at in 0usize..400, byte: u8) {
            let mut bodies = vec![body, gzip(b"hello world"), BROTLI.to_vec(), ZSTD.to_vec()];
            for body in &mut bodies {
                if let Some(place) = body.get_mut(at % 40) {
                    *place = byte;
                }
                for coding in [&b"gzip"[..], b"deflate", b"br", b"zstd"] {
                    decode(body, true, &[coding], bounds());
                }
            }
        }
    }
}
