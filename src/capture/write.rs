//! Writes captures: pcapng with nanoseconds, comments and secrets, or pcap where one link type is enough.
//!
//! What has been written is a whole valid file after each call, whatever happens to the program then.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use zeroize::Zeroize;

use super::pcapng::{ORDER, TLS_KEY_LOG, block};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber, LinkType, Timestamp};

/// The snap length that files claim; libpcap's own maximum.
pub(super) const SNAP: u32 = 262_144;

/// Which format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// pcapng with nanoseconds.
    Pcapng,
    /// pcap with nanoseconds; one link type, no names of interfaces, no comments, no secrets.
    Pcap,
}

impl Format {
    /// The one that a file name asks for.
    pub fn of(path: &Path) -> Format {
        match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pcap")) {
            true => Format::Pcap,
            false => Format::Pcapng,
        }
    }
}

/// Writes a capture. Wrap `out` in a buffer where frames are many.
pub struct Writer<W> {
    out: W,
    format: Format,
    interfaces: Vec<LinkType>,
    block: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`Error::Write`], as of every call.
    pub fn new(out: W, format: Format) -> Result<Writer<W>, Error> {
        let mut writer = Writer { out, format, interfaces: Vec::new(), block: Vec::new() };
        if format == Format::Pcapng {
            section(&mut writer.block);
            writer.put()?;
        }
        Ok(writer)
    }

    /// Adds an interface, and gives its number; an empty `name` is none.
    ///
    /// # Errors
    /// [`Error::Usage`] for a second link type in a pcap file.
    pub fn interface(&mut self, name: &str, link: LinkType) -> Result<u32, Error> {
        match (self.format, self.interfaces.first()) {
            (Format::Pcapng, _) => interface(&mut self.block, name, link),
            (Format::Pcap, None) => pcap_header(&mut self.block, link),
            (Format::Pcap, Some(&first)) if first == link => {}
            (Format::Pcap, Some(_)) => {
                return Err(Error::Usage("a pcap file holds one link type only: use pcapng".to_owned()));
            }
        }
        self.put()?;
        self.interfaces.push(link);
        Ok(self.interfaces.len() as u32 - 1)
    }

    /// Adds a frame of an interface.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn frame(&mut self, interface: u32, frame: &Frame<'_>) -> Result<(), Error> {
        packet(
            &mut self.block,
            self.format,
            interface,
            frame.time,
            frame.wire_len,
            frame.bytes,
            frame.comment,
        );
        self.put()
    }

    /// Adds TLS key log lines (Decryption Secrets Block); they open the frames behind them.
    ///
    /// # Errors
    /// [`Error::Usage`] in a pcap file, which has no place for them.
    pub fn secrets(&mut self, lines: &[u8]) -> Result<(), Error> {
        if self.format == Format::Pcap {
            return Err(Error::Usage("a pcap file holds no secrets: use pcapng".to_owned()));
        }
        secrets(&mut self.block, lines);
        let put = self.put();
        // The room that the block took is used again.
        self.block.zeroize();
        put
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(mut self) -> Result<W, Error> {
        self.out.flush().map_err(|cause| Error::Write { what: "the capture".to_owned(), cause })?;
        Ok(self.out)
    }

    fn put(&mut self) -> Result<(), Error> {
        let written = self.out.write_all(&self.block);
        self.block.clear();
        written.map_err(|cause| Error::Write { what: "the capture".to_owned(), cause })
    }
}

/// Copies a capture that this program wrote, with comments on the packets of these numbers.
///
/// # Errors
/// What cannot be read or written; `InvalidData` where it is no pcapng of this program's.
pub fn annotate(from: impl Read, to: impl Write, comments: &BTreeMap<FrameNumber, String>) -> io::Result<()> {
    let (mut from, mut to) = (BufReader::new(from), BufWriter::new(to));
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "not a pcapng file of seqdump's");
    let mut number = 0;
    let mut bytes = Vec::new();
    while !from.fill_buf()?.is_empty() {
        bytes.resize(8, 0);
        from.read_exact(&mut bytes)?;
        let word = |bytes: &[u8], at: usize| {
            bytes
                .get(at..at + 4)
                .and_then(|word| word.try_into().ok())
                .map(u32::from_le_bytes)
                .ok_or_else(wrong)
        };
        let (kind, length) = (word(&bytes, 0)?, word(&bytes, 4)? as usize);
        if !(12..=LONGEST).contains(&length)
            || (number == 0 && to.buffer().is_empty() && kind != block::SECTION)
        {
            return Err(wrong());
        }
        bytes.resize(length, 0);
        from.read_exact(&mut bytes[8..])?;
        if kind == block::ENHANCED_PACKET {
            number += 1;
            let captured = word(&bytes, 20)? as usize;
            let plain = 28 + captured.next_multiple_of(4) + 4 == length;
            if let Some(comment) = comments.get(&number).filter(|_| plain) {
                let nanos = u64::from(word(&bytes, 12)?) << 32 | u64::from(word(&bytes, 16)?);
                let (interface, wire) = (word(&bytes, 8)?, word(&bytes, 24)?);
                let data = bytes.get(28..28 + captured).ok_or_else(wrong)?.to_vec();
                bytes.clear();
                let time = Timestamp(nanos as i64);
                packet(&mut bytes, Format::Pcapng, interface, time, wire, &data, Some(comment));
            }
        }
        to.write_all(&bytes)?;
    }
    to.flush()
}

/// No block that this program writes while it captures is longer.
const LONGEST: usize = SNAP as usize + (1 << 17);

/// A Section Header Block (4.1): this program's byte order is little-endian, the length is not known.
pub(super) fn section(out: &mut Vec<u8>) {
    let start = begin(out, block::SECTION);
    out.extend(ORDER.to_le_bytes());
    out.extend([1, 0, 0, 0]);
    out.extend(u64::MAX.to_le_bytes());
    option(out, 4, concat!("seqdump ", env!("CARGO_PKG_VERSION")).as_bytes());
    option(out, 0, &[]);
    end(out, start);
}

/// An Interface Description Block (4.2) with a clock in nanoseconds.
pub(super) fn interface(out: &mut Vec<u8>, name: &str, link: LinkType) {
    let start = begin(out, block::INTERFACE);
    out.extend((link.0 as u16).to_le_bytes());
    out.extend([0, 0]);
    out.extend(SNAP.to_le_bytes());
    if !name.is_empty() {
        option(out, 2, name.as_bytes());
    }
    option(out, 9, &[9]);
    option(out, 0, &[]);
    end(out, start);
}

/// The header of a pcap file with nanoseconds.
pub(super) fn pcap_header(out: &mut Vec<u8>, link: LinkType) {
    out.extend(0xa1b2_3c4d_u32.to_le_bytes());
    out.extend([2, 0, 4, 0]);
    out.extend([0; 8]);
    out.extend(SNAP.to_le_bytes());
    out.extend(link.0.to_le_bytes());
}

/// A packet; how many bytes stand before its own. Times before 1970 become 1970, which neither format can go behind.
pub(super) fn packet(
    out: &mut Vec<u8>,
    format: Format,
    interface: u32,
    time: Timestamp,
    wire: u32,
    bytes: &[u8],
    comment: Option<&str>,
) -> usize {
    let nanos = time.0.max(0) as u64;
    let captured = bytes.len() as u32;
    if format == Format::Pcap {
        let (seconds, fraction) = ((nanos / 1_000_000_000) as u32, (nanos % 1_000_000_000) as u32);
        for word in [seconds, fraction, captured, wire] {
            out.extend(word.to_le_bytes());
        }
        out.extend(bytes);
        return 16;
    }
    let start = begin(out, block::ENHANCED_PACKET);
    for word in [interface, (nanos >> 32) as u32, nanos as u32, captured, wire] {
        out.extend(word.to_le_bytes());
    }
    padded(out, bytes);
    for comment in comment.into_iter().flat_map(str::lines) {
        let mut longest = comment.len().min(usize::from(u16::MAX));
        while !comment.is_char_boundary(longest) {
            longest -= 1;
        }
        option(out, 1, &comment.as_bytes()[..longest]);
    }
    if comment.is_some() {
        option(out, 0, &[]);
    }
    end(out, start);
    28
}

/// A Decryption Secrets Block (4.7) with TLS key log lines.
pub(super) fn secrets(out: &mut Vec<u8>, lines: &[u8]) {
    // All at once: a buffer that grows would leave its former self behind.
    out.reserve(lines.len() + 32);
    let start = begin(out, block::SECRETS);
    out.extend(TLS_KEY_LOG.to_le_bytes());
    out.extend((lines.len() as u32).to_le_bytes());
    padded(out, lines);
    end(out, start);
}

/// A block's type, and room for its length.
fn begin(out: &mut Vec<u8>, kind: u32) -> usize {
    let start = out.len();
    out.extend(kind.to_le_bytes());
    out.extend([0; 4]);
    start
}

/// The length before and behind a block.
fn end(out: &mut Vec<u8>, start: usize) {
    let length = (out.len() - start + 4) as u32;
    out.extend(length.to_le_bytes());
    out[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    out.extend(code.to_le_bytes());
    out.extend((value.len() as u16).to_le_bytes());
    padded(out, value);
}

fn padded(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.resize(out.len() + bytes.len().next_multiple_of(4) - bytes.len(), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_put_on_its_packet_and_nothing_else_changes() {
        let written = |comments: &[Option<&str>]| {
            let mut writer = Writer::new(Vec::new(), Format::Pcapng).unwrap();
            let interface = writer.interface("lo", LinkType(1)).unwrap();
            for (number, comment) in (1..).zip(comments) {
                let (bytes, comment) = (&[7; 33][..number as usize * 7], *comment);
                let place = crate::frame::Place::default();
                let time = Timestamp(number as i64 + (5 << 33));
                let link = LinkType(1);
                writer
                    .frame(interface, &Frame { number, time, link, wire_len: 99, bytes, place, comment })
                    .unwrap();
            }
            writer.finish().unwrap()
        };
        let mut out = Vec::new();
        let comments = BTreeMap::from([(1, "already".to_owned()), (3, "client: a (1)".to_owned())]);
        annotate(&*written(&[Some("kept"), None, None, None]), &mut out, &comments).unwrap();
        assert_eq!(out, written(&[Some("kept"), None, Some("client: a (1)"), None]));
        assert!(annotate(&b"\xd4\xc3\xb2\xa1 pcap, not pcapng"[..], Vec::new(), &comments).is_err());
    }
}
