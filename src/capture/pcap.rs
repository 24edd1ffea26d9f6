//! The pcap file format: microseconds and nanoseconds, both byte orders, and the modified one with longer record
//! headers (draft-ietf-opsawg-pcap).
//!
//! A record that makes no sense is passed over: reading goes on at the next place where three records follow upon each
//! other and the clock agrees.

use std::io;

use super::bytes::{Bytes, Have, u16_at, u32_at};
use super::reader::{Aside, Record, Section, Step};
use crate::diagnostic::{CAP_CORRUPT, CAP_TRUNCATED_FILE};
use crate::frame::{LinkType, Timestamp};
use crate::limits::Limits;

/// Length of the file header.
const HEADER: usize = 24;
/// How far a clock may jump where a record is looked for among damage, in seconds.
const JUMP: u32 = 86_400;

/// How the records of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    big: bool,
    /// 16, or 24 in the modified format.
    header: usize,
    /// Nanoseconds in one unit of the fraction of a second.
    unit: u32,
    link: LinkType,
}

/// Walks the records of a pcap file.
pub(super) struct Pcap {
    layout: Layout,
    /// The largest record that is believed.
    frame: usize,
    /// Seconds of the last record.
    clock: Option<u32>,
    /// Where damage began that is being passed over.
    lost: Option<u64>,
}

/// What a file header says, or why it is none.
fn layout(header: &[u8]) -> Result<Layout, String> {
    let (big, unit, header_length) = match u32_at(header, 0, false) {
        0xa1b2_c3d4 => (false, 1000, 16),
        0xd4c3_b2a1 => (true, 1000, 16),
        0xa1b2_3c4d => (false, 1, 16),
        0x4d3c_b2a1 => (true, 1, 16),
        0xa1b2_cd34 => (false, 1000, 24),
        0x34cd_b2a1 => (true, 1000, 24),
        _ => return Err("no pcap magic".to_owned()),
    };
    let (major, minor) = (u16_at(header, 4, big), u16_at(header, 6, big));
    if major != 2 {
        return Err(format!("it is pcap version {major}.{minor}, and 2.x is read"));
    }
    // The upper half holds the length of the frame check sequence and a class; the link type is the rest.
    let link = LinkType(u32_at(header, 20, big) & 0xffff);
    Ok(Layout { big, header: header_length, unit, link })
}

/// Whether a file that begins like this is meant to be pcap.
pub(super) fn is_magic(start: &[u8; 4]) -> bool {
    matches!(
        u32::from_le_bytes(*start),
        0xa1b2_c3d4 | 0xd4c3_b2a1 | 0xa1b2_3c4d | 0x4d3c_b2a1 | 0xa1b2_cd34 | 0x34cd_b2a1
    )
}

/// A record header.
struct Header {
    seconds: u32,
    fraction: u32,
    captured: usize,
    wire: u32,
}

impl Layout {
    /// How this program writes pcap files.
    pub(super) fn written(link: LinkType) -> Layout {
        Layout { big: false, header: 16, unit: 1, link }
    }

    /// The link type of all records.
    pub(super) fn link(&self) -> LinkType {
        self.link
    }

    #[inline]
    fn header(&self, bytes: &[u8]) -> Header {
        // One look at the length for all four.
        let bytes = &bytes[..16];
        Header {
            seconds: u32_at(bytes, 0, self.big),
            fraction: u32_at(bytes, 4, self.big),
            captured: u32_at(bytes, 8, self.big) as usize,
            wire: u32_at(bytes, 12, self.big),
        }
    }
}

impl Pcap {
    /// Reads the file header. `Err` says why it is none.
    pub(super) fn open(bytes: &mut Bytes, limits: &Limits) -> io::Result<Result<Pcap, String>> {
        if bytes.want_all(HEADER)? != Have::Enough {
            return Ok(Err(format!("it ends inside the pcap header, after {} bytes", bytes.ahead().len())));
        }
        let layout = match layout(bytes.ahead()) {
            Ok(layout) => layout,
            Err(why) => return Ok(Err(why)),
        };
        bytes.consume(HEADER);
        let mut pcap = Pcap::again(layout, limits);
        if layout.header == 24 && !pcap.chain(bytes)? {
            // Some writers set the modified magic and then write plain records.
            pcap.layout.header = 16;
            if !pcap.chain(bytes)? {
                pcap.layout.header = 24;
            }
        }
        Ok(Ok(pcap))
    }

    /// Goes on in a file whose layout is known.
    pub(super) fn again(layout: Layout, limits: &Limits) -> Pcap {
        Pcap { layout, frame: limits.frame, clock: None, lost: None }
    }

    /// How the records are laid out from here on.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Goes on at another place.
    pub(super) fn moved(&mut self) {
        self.lost = None;
    }

    /// The next record.
    #[inline]
    pub(super) fn step(&mut self, bytes: &mut Bytes, record: &mut Record) -> io::Result<Step> {
        if self.lost.is_some() {
            return self.find(bytes);
        }
        let header_length = self.layout.header;
        match bytes.want(header_length)? {
            Have::Enough => {}
            Have::Ended if bytes.ahead().is_empty() => return Ok(Step::End { truncated: false }),
            Have::Ended => return Ok(cut(bytes, "a record header")),
            Have::Pending => return Ok(Step::Pending),
        }
        let header = self.layout.header(bytes.ahead());
        if header.captured > self.frame {
            self.lost = Some(bytes.offset());
            return self.find(bytes);
        }
        if header.captured == 0 && header.wire == 0 && self.is_file_header(bytes, &header)? {
            return Ok(Aside::Section(Section::pcap(bytes.offset(), self.layout)).into());
        }
        let length = header_length + header.captured;
        match bytes.want(length)? {
            Have::Enough => {}
            Have::Ended => return Ok(cut(bytes, "a record")),
            Have::Pending => return Ok(Step::Pending),
        }
        self.clock = Some(header.seconds);
        let nanos = i64::from(header.seconds) * 1_000_000_000
            + i64::from(header.fraction) * i64::from(self.layout.unit);
        *record = Record {
            time: Timestamp(nanos),
            link: self.layout.link,
            wire: header.wire.max(header.captured as u32),
            offset: bytes.offset(),
            start: bytes.position() + header_length,
            length: header.captured,
            commented: false,
        };
        bytes.consume(length);
        Ok(Step::Record)
    }

    /// Whether what looks like an empty record is the header of another file, set behind this one (`cat a b`); then
    /// reading goes on with its layout.
    #[cold]
    fn is_file_header(&mut self, bytes: &mut Bytes, header: &Header) -> io::Result<bool> {
        let magic = if self.layout.big { header.seconds.to_be_bytes() } else { header.seconds.to_le_bytes() };
        if !is_magic(&magic) || bytes.want(HEADER)? != Have::Enough {
            return Ok(false);
        }
        let Ok(found) = layout(bytes.ahead()) else { return Ok(false) };
        self.layout = found;
        bytes.consume(HEADER);
        Ok(true)
    }

    /// Looks for the next plausible record behind damage.
    #[cold]
    fn find(&mut self, bytes: &mut Bytes) -> io::Result<Step> {
        let from = self.lost.unwrap_or(bytes.offset());
        if bytes.offset() == from {
            bytes.consume(1);
        }
        loop {
            match bytes.want(self.layout.header)? {
                Have::Enough => {}
                Have::Pending => return Ok(Step::Pending),
                Have::Ended => {
                    bytes.consume(bytes.ahead().len());
                    self.lost = None;
                    let what = format!(
                        "the record at byte {from} makes no sense, and none after it does: stopped there"
                    );
                    return Ok(Aside::Damage(CAP_CORRUPT.with(what)).into());
                }
            }
            if self.chain(bytes)? {
                self.lost = None;
                let to = bytes.offset();
                let what = format!(
                    "the record at byte {from} makes no sense: {} bytes passed over, read on at byte {to}",
                    to - from
                );
                return Ok(Aside::Warning(CAP_CORRUPT.with(what)).into());
            }
            bytes.consume(1);
        }
    }

    /// Whether three plausible records follow upon each other from here, or fewer up to the very end.
    fn chain(&self, bytes: &mut Bytes) -> io::Result<bool> {
        let (mut at, mut clock) = (0, self.clock);
        for link in 0..3 {
            if bytes.want_all(at + self.layout.header)? != Have::Enough {
                return Ok(link > 0 && bytes.ahead().len() == at);
            }
            let header = self.layout.header(&bytes.ahead()[at..]);
            let unit_ok = u64::from(header.fraction) * u64::from(self.layout.unit) < 1_000_000_000;
            let clock_ok = clock.is_none_or(|last| header.seconds.abs_diff(last) <= JUMP);
            let length_ok =
                (1..=self.frame).contains(&header.captured) && header.wire as usize >= header.captured;
            if !unit_ok || !clock_ok || !length_ok {
                return Ok(false);
            }
            clock = Some(header.seconds);
            at += self.layout.header + header.captured;
        }
        Ok(true)
    }
}

fn cut(bytes: &Bytes, inside: &str) -> Step {
    let what = format!(
        "at byte {}, {} bytes into {inside}",
        bytes.offset() + bytes.ahead().len() as u64,
        bytes.ahead().len()
    );
    Aside::Damage(CAP_TRUNCATED_FILE.with(what)).into()
}
