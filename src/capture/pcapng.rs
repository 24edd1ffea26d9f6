//! The pcapng file format (draft-ietf-opsawg-pcapng): sections, each in its own byte order, with their interfaces;
//! packets of all three kinds, comments, names, secrets, drop counts.
//!
//! A block whose content makes no sense is passed over; where its length makes none, reading goes on at the next
//! place that holds a known block with the same length before and behind it.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::ops::Range;

use super::bytes::{Bytes, Have, u16_at, u32_at, u64_at};
use super::clock::Clock;
use super::reader::{Aside, Record, Section, Step};
use crate::diagnostic::{CAP_CORRUPT, CAP_DROPPED, CAP_SKIPPED, CAP_TRUNCATED_FILE};
use crate::frame::{LinkType, Timestamp};
use crate::limits::Limits;

/// Bytes of a packet block before its packet.
pub(super) const BEFORE_PACKET: usize = 28;

/// Block types.
pub(super) mod block {
    pub(in super::super) const SECTION: u32 = 0x0a0d_0d0a;
    pub(in super::super) const INTERFACE: u32 = 1;
    pub(in super::super) const PACKET: u32 = 2;
    pub(in super::super) const SIMPLE_PACKET: u32 = 3;
    pub(in super::super) const NAMES: u32 = 4;
    pub(in super::super) const STATISTICS: u32 = 5;
    pub(in super::super) const ENHANCED_PACKET: u32 = 6;
    pub(in super::super) const JOURNAL: u32 = 9;
    pub(in super::super) const SECRETS: u32 = 10;
    pub(in super::super) const CUSTOM: u32 = 0xbad;
    pub(in super::super) const CUSTOM_PRIVATE: u32 = 0x4000_0bad;
}

/// What a section header says of byte order.
pub(super) const ORDER: u32 = 0x1a2b_3c4d;
/// Secrets type of a TLS key log (`TLSK`).
pub(super) const TLS_KEY_LOG: u32 = 0x544c_534b;
/// Option codes: end of options; comment of any block; resolution and offset of an interface's clock; drops by the
/// interface and by the system.
const END: u16 = 0;
const COMMENT: u16 = 1;
const RESOLUTION: u16 = 9;
const OFFSET: u16 = 14;
const INTERFACE_DROPS: u16 = 5;
const SYSTEM_DROPS: u16 = 7;
/// Names of one block that are believed.
const NAMES: usize = 65_536;

/// An interface of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Offset of the block that describes it.
    pub(super) from: u64,
    pub(super) link: LinkType,
    snap: u32,
    clock: Clock,
}

impl Interface {
    /// How this program writes interfaces.
    pub(super) fn written(from: u64, link: LinkType) -> Interface {
        Interface { from, link, snap: 0, clock: Clock::NANOS }
    }
}

/// Walks the blocks of a pcapng file.
pub(super) struct Pcapng {
    big: bool,
    /// Whether the section is of a version that nobody knows, and is passed over.
    foreign: bool,
    interfaces: Vec<Interface>,
    /// The largest packet, the largest block, the most interfaces that are believed.
    frame: usize,
    block: usize,
    most_interfaces: usize,
    /// Where damage began that is being passed over, and what it was.
    lost: Option<(u64, &'static str)>,
    /// What a block said beyond its first thing.
    pending: VecDeque<Aside>,
    /// Whether a time was said to be out of range, interfaces to be too many.
    said_clock: bool,
    said_interfaces: bool,
}

/// Whether a file that begins like this is meant to be pcapng.
pub(super) fn is_magic(start: &[u8; 4]) -> bool {
    u32::from_le_bytes(*start) == block::SECTION
}

impl Pcapng {
    /// Looks at the first section header, which stays ahead. `Err` says why it is none.
    pub(super) fn open(bytes: &mut Bytes, limits: &Limits) -> io::Result<Result<Pcapng, String>> {
        if bytes.want_all(28)? != Have::Enough {
            return Ok(Err(format!(
                "it ends inside the pcapng section header, after {} bytes",
                bytes.ahead().len()
            )));
        }
        let pcapng = Pcapng::again(false, Vec::new(), limits);
        let Some(big) = order(bytes.ahead()) else {
            return Ok(Err("its pcapng section header has an impossible byte-order magic".to_owned()));
        };
        let ahead = bytes.ahead();
        let (length, major, minor) = (u32_at(ahead, 4, big), u16_at(ahead, 12, big), u16_at(ahead, 14, big));
        if length < 28 || length as usize > pcapng.block {
            return Ok(Err(format!("its pcapng section header has an impossible length of {length}")));
        }
        if major != 1 {
            return Ok(Err(format!("it is pcapng version {major}.{minor}, and 1.x is read")));
        }
        if bytes.want_all(length as usize)? != Have::Enough {
            return Ok(Err(format!(
                "it ends inside the pcapng section header, after {} bytes",
                bytes.ahead().len()
            )));
        }
        Ok(Ok(pcapng))
    }

    /// Whether numbers have their most significant byte first.
    pub(super) fn is_big(&self) -> bool {
        self.big
    }

    /// Goes on in a section whose byte order and first interfaces are known.
    pub(super) fn again(big: bool, interfaces: Vec<Interface>, limits: &Limits) -> Pcapng {
        Pcapng {
            big,
            foreign: false,
            interfaces,
            frame: limits.frame,
            block: limits.block,
            most_interfaces: limits.interfaces,
            lost: None,
            pending: VecDeque::new(),
            said_clock: false,
            said_interfaces: false,
        }
    }

    /// Goes on at another place of the same section, before which these further interfaces were described.
    pub(super) fn moved(&mut self, further: &[Interface]) {
        self.lost = None;
        self.pending.clear();
        self.interfaces.extend_from_slice(further);
    }

    /// How many interfaces of the section are known.
    pub(super) fn known(&self) -> usize {
        self.interfaces.len()
    }

    /// The comments of a packet block, each on a harmless line; bounded. The block was read before.
    pub(super) fn comment(&self, block: &[u8], captured: usize, into: &mut String) {
        const MOST: usize = 64 << 10;
        into.clear();
        let block = &block[..(u32_at(block, 4, self.big) as usize).next_multiple_of(4).min(block.len())];
        let options = options(block, BEFORE_PACKET + captured.next_multiple_of(4), self.big);
        for (_, value) in options.filter(|(code, _)| *code == COMMENT) {
            if into.len() > MOST {
                return;
            }
            if !into.is_empty() {
                into.push('\n');
            }
            let text = String::from_utf8_lossy(&block[value]);
            into.push_str(&crate::safe::shown(text.trim_end_matches(['\0', '\r', '\n'])));
        }
    }

    /// The next thing that a block says.
    #[inline]
    pub(super) fn step(&mut self, bytes: &mut Bytes, record: &mut Record) -> io::Result<Step> {
        loop {
            if let Some(aside) = self.pending.pop_front() {
                return Ok(aside.into());
            }
            if self.lost.is_some() {
                return self.find(bytes);
            }
            match bytes.want(12)? {
                Have::Enough => {}
                Have::Ended if bytes.ahead().is_empty() => return Ok(Step::End { truncated: false }),
                Have::Ended => return Ok(cut(bytes)),
                Have::Pending => return Ok(Step::Pending),
            }
            let ahead = bytes.ahead();
            let kind = u32_at(ahead, 0, self.big);
            let big = if kind == block::SECTION { order(ahead) } else { Some(self.big) };
            let Some(big) = big else { return self.lose(bytes, "a section header has no byte order") };
            let claimed = u32_at(ahead, 4, big) as usize;
            if claimed < 12 || claimed > self.block {
                return self.lose(bytes, "a block has an impossible length");
            }
            // Lengths are multiples of four (3.1); some writers forget the padding in the field, not in the file.
            let length = claimed.next_multiple_of(4);
            match bytes.want(length)? {
                Have::Enough => {}
                Have::Ended if could_be_cut(bytes.ahead(), kind, claimed, big) => return Ok(cut(bytes)),
                Have::Ended => return self.lose(bytes, "a block is longer than the file"),
                Have::Pending => return Ok(Step::Pending),
            }
            if u32_at(bytes.ahead(), length - 4, big) as usize != claimed {
                return self.lose(bytes, "the lengths before and behind a block differ");
            }
            let said = self.read(bytes, record, kind, big, length);
            bytes.consume(length);
            if let Some(step) = said {
                return Ok(step);
            }
        }
    }

    /// What the block that lies ahead says; `None` for nothing.
    #[inline]
    fn read(
        &mut self,
        bytes: &Bytes,
        record: &mut Record,
        kind: u32,
        big: bool,
        length: usize,
    ) -> Option<Step> {
        let ahead = &bytes.ahead()[..length];
        if self.foreign && kind != block::SECTION {
            return None;
        }
        match kind {
            block::ENHANCED_PACKET => self.packet(bytes, record, ahead, true),
            block::SIMPLE_PACKET => self.simple(bytes, record, ahead),
            block::PACKET => self.packet(bytes, record, ahead, false),
            block::SECTION => self.section(bytes.offset(), ahead, big),
            block::INTERFACE => self.interface(bytes.offset(), ahead),
            block::NAMES => self.names(ahead),
            block::SECRETS => self.secrets(bytes, ahead),
            block::STATISTICS => self.statistics(bytes.offset(), ahead),
            _ => None,
        }
    }

    fn section(&mut self, at: u64, ahead: &[u8], big: bool) -> Option<Step> {
        if ahead.len() < 28 {
            return Some(skipped(at, "a section header is too short"));
        }
        let (major, minor) = (u16_at(ahead, 12, big), u16_at(ahead, 14, big));
        (self.big, self.foreign) = (big, major != 1);
        self.interfaces.clear();
        if self.foreign {
            return Some(skipped(at, &format!("a section of version {major}.{minor}")));
        }
        Some(Aside::Section(Section::pcapng(at, big)).into())
    }

    fn interface(&mut self, at: u64, ahead: &[u8]) -> Option<Step> {
        if self.interfaces.len() >= self.most_interfaces {
            if std::mem::replace(&mut self.said_interfaces, true) {
                return None;
            }
            let what = format!("more than {} interfaces: the others are not read", self.most_interfaces);
            return Some(Aside::Warning(CAP_CORRUPT.with(what)).into());
        }
        // One that cannot be read still takes its number.
        let short = ahead.len() < 20;
        let (link, snap) =
            if short { (0, 0) } else { (u16_at(ahead, 8, self.big), u32_at(ahead, 12, self.big)) };
        let mut clock = Clock::default();
        if !short {
            for (code, value) in options(ahead, 16, self.big) {
                let value = &ahead[value];
                match (code, value.len()) {
                    (RESOLUTION, 1) => clock.set_resolution(value[0]),
                    (OFFSET, 8) => clock.set_offset(u64_at(value, 0, self.big) as i64),
                    _ => {}
                }
            }
        }
        let interface = Interface { from: at, link: LinkType(u32::from(link)), snap, clock };
        self.interfaces.push(interface);
        Some(Aside::Interface(interface).into())
    }

    /// An Enhanced Packet Block (4.3), or the obsolete Packet Block (Appendix A), which differs in its third word.
    #[inline]
    fn packet(&mut self, bytes: &Bytes, record: &mut Record, ahead: &[u8], enhanced: bool) -> Option<Step> {
        let at = bytes.offset();
        if ahead.len() < 32 {
            return Some(skipped(at, "a packet block is too short"));
        }
        let number =
            if enhanced { u32_at(ahead, 8, self.big) as usize } else { u16_at(ahead, 8, self.big).into() };
        let Some(interface) = self.interfaces.get(number) else {
            return Some(skipped(at, &format!("a packet of interface {number}, which is not described")));
        };
        let captured = u32_at(ahead, 20, self.big) as usize;
        if captured > ahead.len() - 32 || captured > self.frame {
            return Some(skipped(at, &format!("a packet of {captured} bytes in a block of {}", ahead.len())));
        }
        let units = u64::from(u32_at(ahead, 12, self.big)) << 32 | u64::from(u32_at(ahead, 16, self.big));
        let nanos = interface.clock.nanos(units);
        let options_at = 28 + captured.next_multiple_of(4);
        *record = Record {
            time: Timestamp(nanos.unwrap_or(i64::MAX)),
            link: interface.link,
            wire: u32_at(ahead, 24, self.big).max(captured as u32),
            offset: at,
            start: bytes.position() + 28,
            length: captured,
            commented: ahead.len() > options_at + 8
                && options(ahead, options_at, self.big).any(|(code, _)| code == COMMENT),
        };
        if nanos.is_none() && !std::mem::replace(&mut self.said_clock, true) {
            let what = format!(
                "the time of the packet at byte {at} lies after the year 2262, and is taken for its end"
            );
            self.pending.push_back(Aside::Warning(CAP_CORRUPT.with(what)));
        }
        Some(Step::Record)
    }

    /// A Simple Packet Block (4.4): of the first interface, and without a time, which is given as the epoch.
    fn simple(&mut self, bytes: &Bytes, record: &mut Record, ahead: &[u8]) -> Option<Step> {
        let at = bytes.offset();
        if ahead.len() < 16 {
            return Some(skipped(at, "a packet block is too short"));
        }
        let Some(interface) = self.interfaces.first() else {
            return Some(skipped(at, "a packet before any interface is described"));
        };
        let wire = u32_at(ahead, 8, self.big);
        let snap = if interface.snap == 0 { u32::MAX } else { interface.snap };
        let length = (wire.min(snap) as usize).min(ahead.len() - 16);
        if length > self.frame {
            return Some(skipped(at, &format!("a packet of {length} bytes")));
        }
        *record = Record {
            time: Timestamp(0),
            link: interface.link,
            wire,
            offset: at,
            start: bytes.position() + 12,
            length,
            commented: false,
        };
        Some(Step::Record)
    }

    /// A Name Resolution Block (4.5); of several names of one address the first.
    fn names(&mut self, ahead: &[u8]) -> Option<Step> {
        for (kind, value) in options(ahead, 8, self.big).take(NAMES) {
            let value = &ahead[value];
            let (address, rest): (IpAddr, &[u8]) = match kind {
                1 if value.len() > 4 => ([value[0], value[1], value[2], value[3]].into(), &value[4..]),
                2 => match value.split_first_chunk::<16>() {
                    Some((address, rest)) => ((*address).into(), rest),
                    None => continue,
                },
                _ => continue,
            };
            let name = rest.split(|&byte| byte == 0).next().unwrap_or_default();
            if !name.is_empty() {
                let name = String::from_utf8_lossy(name).into_owned();
                self.pending.push_back(Aside::Name(address, name));
            }
        }
        self.pending.pop_front().map(Step::from)
    }

    /// A Decryption Secrets Block (4.7).
    fn secrets(&mut self, bytes: &Bytes, ahead: &[u8]) -> Option<Step> {
        let at = bytes.offset();
        if ahead.len() < 20 {
            return Some(skipped(at, "a secrets block is too short"));
        }
        let (kind, length) = (u32_at(ahead, 8, self.big), u32_at(ahead, 12, self.big) as usize);
        if length > ahead.len() - 20 {
            return Some(skipped(at, &format!("secrets of {length} bytes in a block of {}", ahead.len())));
        }
        if kind != TLS_KEY_LOG {
            let what = format!("secrets of type 0x{kind:08x} at byte {at}; TLS key logs are read");
            return Some(Aside::Warning(CAP_SKIPPED.with(what)).into());
        }
        let start = bytes.position() + 16;
        Some(Aside::Secrets(start..start + length).into())
    }

    /// An Interface Statistics Block (4.6): what was dropped before it reached the file.
    fn statistics(&mut self, at: u64, ahead: &[u8]) -> Option<Step> {
        if ahead.len() < 24 {
            return Some(skipped(at, "a statistics block is too short"));
        }
        let dropped = options(ahead, 20, self.big)
            .filter(|(code, value)| matches!(*code, INTERFACE_DROPS | SYSTEM_DROPS) && value.len() == 8)
            .map(|(_, value)| u64_at(&ahead[value], 0, self.big))
            // All ones means that it is not known.
            .filter(|count| *count != u64::MAX)
            .fold(0, u64::saturating_add);
        let interface = u32_at(ahead, 8, self.big);
        if interface as usize >= self.interfaces.len() {
            return Some(skipped(
                at,
                &format!("statistics of interface {interface}, which is not described"),
            ));
        }
        let what = || format!("{dropped} on interface {interface}, as the capturing program says");
        (dropped > 0).then(|| Aside::Warning(CAP_DROPPED.with(what())).into())
    }

    /// Begins to pass over what lies ahead.
    #[cold]
    fn lose(&mut self, bytes: &mut Bytes, why: &'static str) -> io::Result<Step> {
        self.lost = Some((bytes.offset(), why));
        bytes.consume(1);
        self.find(bytes)
    }

    /// Looks for the next plausible block behind damage.
    #[cold]
    fn find(&mut self, bytes: &mut Bytes) -> io::Result<Step> {
        let (from, why) = self.lost.unwrap_or_default();
        loop {
            match bytes.want(12)? {
                Have::Enough => {}
                Have::Pending => return Ok(Step::Pending),
                Have::Ended => {
                    bytes.consume(bytes.ahead().len());
                    self.lost = None;
                    let what =
                        format!("{why} at byte {from}, and no block after it makes sense: stopped there");
                    return Ok(Aside::Damage(CAP_CORRUPT.with(what)).into());
                }
            }
            if self.is_block(bytes)? {
                self.lost = None;
                let to = bytes.offset();
                let what =
                    format!("{why} at byte {from}: {} bytes passed over, read on at byte {to}", to - from);
                return Ok(Aside::Warning(CAP_CORRUPT.with(what)).into());
            }
            bytes.consume(1);
        }
    }

    /// Whether a known block lies ahead, whole, with the same length before and behind.
    fn is_block(&self, bytes: &mut Bytes) -> io::Result<bool> {
        let ahead = bytes.ahead();
        let kind = u32_at(ahead, 0, self.big);
        let big = if kind == block::SECTION { order(ahead) } else { Some(self.big) };
        let Some(big) = big.filter(|_| is_known(kind)) else { return Ok(false) };
        let length = u32_at(ahead, 4, big) as usize;
        if length < 12 || length > self.block || !length.is_multiple_of(4) {
            return Ok(false);
        }
        Ok(bytes.want_all(length)? == Have::Enough
            && u32_at(bytes.ahead(), length - 4, big) as usize == length)
    }
}

/// The options of a block from `from` up to its last four bytes: codes, and where in the block their values lie. They
/// end where one runs past the block (3.5). Name records have the same form.
fn options(block: &[u8], from: usize, big: bool) -> impl Iterator<Item = (u16, Range<usize>)> + '_ {
    let end = block.len().saturating_sub(4);
    let mut at = from;
    std::iter::from_fn(move || {
        if at + 4 > end {
            return None;
        }
        let (code, length) = (u16_at(block, at, big), usize::from(u16_at(block, at + 2, big)));
        let value = at + 4..at + 4 + length;
        if code == END || value.end > end {
            return None;
        }
        at = value.end.next_multiple_of(4);
        Some((code, value))
    })
}

/// The byte order of the section whose header lies ahead.
fn order(ahead: &[u8]) -> Option<bool> {
    match u32_at(ahead, 8, false) {
        ORDER => Some(false),
        order if order == ORDER.swap_bytes() => Some(true),
        _ => None,
    }
}

fn is_known(kind: u32) -> bool {
    use block::*;
    matches!(kind, SECTION | CUSTOM | CUSTOM_PRIVATE | INTERFACE..=ENHANCED_PACKET | JOURNAL | SECRETS)
}

/// Whether a block that the file does not hold whole was cut with the file: its length could be true.
fn could_be_cut(ahead: &[u8], kind: u32, claimed: usize, big: bool) -> bool {
    const OPTIONS: usize = 128 << 10;
    match kind {
        block::ENHANCED_PACKET | block::PACKET if ahead.len() >= 24 => {
            let captured = u32_at(ahead, 20, big) as usize;
            (32..32 + OPTIONS).contains(&claimed.saturating_sub(captured))
        }
        block::ENHANCED_PACKET | block::PACKET => true,
        _ => claimed <= 1 << 20,
    }
}

fn skipped(at: u64, what: &str) -> Step {
    Aside::Warning(CAP_CORRUPT.with(format!("{what}, at byte {at}: passed over"))).into()
}

fn cut(bytes: &Bytes) -> Step {
    let inside = bytes.ahead().len();
    let what = format!("at byte {}, {inside} bytes into a block", bytes.offset() + inside as u64);
    Aside::Damage(CAP_TRUNCATED_FILE.with(what)).into()
}
