//! A DNS message in place (RFC 1035 4.1): its header, its questions and records, and their text.
//!
//! Walking reads nothing twice and keeps nothing; names and data become text on demand. Pointers in names only ever
//! lead back, so that none goes round.

use std::fmt::Write as _;
use std::ops::Range;

use hickory_proto::rr::{RData, RecordType};
use hickory_proto::serialize::binary::{BinDecoder, Restrict};

/// The header of a message (RFC 1035 4.1.1).
pub(super) const HEADER: usize = 12;
/// The longest name, as it stands in a message (RFC 1035 2.3.4).
const NAME: usize = 255;

/// A message in place. It has at least [`HEADER`] bytes.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    head: &'a [u8; HEADER],
    bytes: &'a [u8],
}

/// A resource record, or (without TTL and data) a question; positions in the message.
pub(super) struct Entry {
    pub(super) name: usize,
    pub(super) kind: u16,
    pub(super) class: u16,
    pub(super) ttl: u32,
    pub(super) data: Range<usize>,
}

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Message<'a>> {
        Some(Message { head: bytes.first_chunk()?, bytes })
    }

    pub(super) fn id(&self) -> u16 {
        let [high, low, ..] = *self.head;
        u16::from_be_bytes([high, low])
    }

    pub(super) fn flags(&self) -> u16 {
        let [_, _, high, low, ..] = *self.head;
        u16::from_be_bytes([high, low])
    }

    pub(super) fn is_response(&self) -> bool {
        self.flags() & 0x8000 != 0
    }

    pub(super) fn operation(&self) -> u8 {
        (self.flags() >> 11) as u8 & 0x0f
    }

    pub(super) fn code(&self) -> u8 {
        self.flags() as u8 & 0x0f
    }

    /// How many questions, answers, authorities and additional records there are said to be.
    fn counts(&self) -> [u16; 4] {
        let [_, _, _, _, a, b, c, d, e, f, g, h] = *self.head;
        [[a, b], [c, d], [e, f], [g, h]].map(u16::from_be_bytes)
    }

    /// Whether the header could be of a message: a known operation, the reserved bit zero, few questions.
    pub(super) fn is_plausible(&self) -> bool {
        let [questions, answers, ..] = self.counts();
        let asks = self.is_response() || (self.code() == 0 && (answers == 0 || self.operation() != 0));
        self.operation() <= 6 && self.flags() & 0x0040 == 0 && questions <= 1 && asks
    }

    /// Whether all is as a message would have it, to the last byte: for telling it from anything else.
    pub(super) fn is_strict(&self) -> bool {
        let [questions, ..] = self.counts();
        self.is_plausible()
            && questions == 1
            && self.end() == Ok(self.bytes.len())
            && self.question().is_some_and(|question| matches!(question.class & 0x7fff, 1 | 3 | 255))
    }

    /// Where the message ends.
    pub(super) fn end(&self) -> Result<usize, &'static str> {
        let [questions, records @ ..] = self.counts();
        let mut at = HEADER;
        for _ in 0..questions {
            at = self.entry(at, true)?.data.end;
        }
        for _ in 0..records.iter().map(|count| u32::from(*count)).sum() {
            at = self.entry(at, false)?.data.end;
        }
        Ok(at)
    }

    pub(super) fn question(&self) -> Option<Entry> {
        if self.counts()[0] == 0 { None } else { self.entry(HEADER, true).ok() }
    }

    /// Whether there are said to be answers.
    pub(super) fn has_answers(&self) -> bool {
        self.counts()[1] != 0
    }

    /// The answers, as far as they can be read.
    pub(super) fn answers(&self) -> Vec<Entry> {
        let [questions, answers, ..] = self.counts();
        let mut at = HEADER;
        for _ in 0..questions {
            match self.entry(at, true) {
                Ok(question) => at = question.data.end,
                Err(_) => return Vec::new(),
            }
        }
        let mut entries = Vec::new();
        for _ in 0..answers {
            let Ok(entry) = self.entry(at, false) else { break };
            at = entry.data.end;
            entries.push(entry);
        }
        entries
    }

    /// The question or record at `at` (RFC 1035 4.1.2, 4.1.3).
    fn entry(&self, at: usize, question: bool) -> Result<Entry, &'static str> {
        const SHORT: &str = "it ends inside a record";
        let name = at;
        let at = self.after_name(at)?;
        let fixed = self.bytes.get(at..).ok_or(SHORT)?;
        let &[a, b, c, d] = fixed.first_chunk().ok_or(SHORT)?;
        let (kind, class) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        if question {
            return Ok(Entry { name, kind, class, ttl: 0, data: at + 4..at + 4 });
        }
        let &[_, _, _, _, ttl @ .., high, low] = fixed.first_chunk::<10>().ok_or(SHORT)?;
        let data = at + 10..at + 10 + usize::from(u16::from_be_bytes([high, low]));
        match data.end <= self.bytes.len() {
            true => Ok(Entry { name, kind, class, ttl: u32::from_be_bytes(ttl), data }),
            false => Err(SHORT),
        }
    }

    /// Where the name at `at` ends in place: behind its root, or behind a pointer.
    fn after_name(&self, mut at: usize) -> Result<usize, &'static str> {
        let last = at + NAME;
        loop {
            match self.bytes.get(at).copied() {
                Some(0) => return Ok(at + 1),
                Some(length @ 1..=63) => at += 1 + usize::from(length),
                Some(0xc0..) if at + 2 <= self.bytes.len() => return Ok(at + 2),
                Some(64..=0xbf) => return Err("a label of an unknown type"),
                Some(_) | None => return Err("it ends inside a name"),
            }
            if at > last {
                return Err("a name of more than 255 bytes");
            }
        }
    }

    /// The name at `at` as text, without the last dot; the root is empty. Pointers only ever lead back.
    pub(super) fn name(&self, mut at: usize) -> String {
        let (mut text, mut before, mut read) = (String::new(), at, 0);
        while let Some(&length) = self.bytes.get(at) {
            match length {
                1..=63 => {
                    let (from, to) = (at + 1, at + 1 + usize::from(length));
                    let Some(label) = self.bytes.get(from..to) else { break };
                    if !text.is_empty() {
                        text.push('.');
                    }
                    write_label(&mut text, label);
                    (at, read) = (to, read + 1 + usize::from(length));
                    if read > NAME {
                        break;
                    }
                }
                0xc0.. => {
                    let low = self.bytes.get(at + 1).copied().unwrap_or_default();
                    let to = usize::from(u16::from_be_bytes([length & 0x3f, low]));
                    if to >= before {
                        break;
                    }
                    (at, before) = (to, to);
                }
                _ => break,
            }
        }
        text
    }

    /// The data of a record as a zone file has it; as hex where it is not known or malformed.
    pub(super) fn data(&self, entry: &Entry) -> String {
        let bytes = self.bytes.get(entry.data.clone()).unwrap_or_default();
        let read = || {
            let length = u16::try_from(bytes.len()).ok()?;
            let start = u16::try_from(entry.data.start).ok()?;
            let mut decoder = BinDecoder::new(self.bytes).clone(start);
            RData::read(&mut decoder, RecordType::from(entry.kind), Restrict::new(length)).ok()
        };
        let known = read().filter(|data| !matches!(data, RData::Unknown { .. } | RData::NULL(_)));
        let mut text = String::new();
        // The library cannot write out all that it reads, such as a malformed name in it, and fails then.
        if !known.is_some_and(|data| write!(text, "{data}").is_ok()) {
            text.clear();
            for byte in bytes {
                let _ = write!(text, "{byte:02x}");
            }
        }
        text
    }
}

/// A label in the form of zone files (RFC 1035 5.1): what is no text is `\DDD`.
fn write_label(text: &mut String, label: &[u8]) {
    for piece in label.utf8_chunks() {
        for c in piece.valid().chars() {
            match c {
                '.' | '\\' => text.extend(['\\', c]),
                '\0'..=' ' | '\x7f' => {
                    let _ = write!(text, "\\{:03}", c as u32);
                }
                _ => text.push(c),
            }
        }
        for byte in piece.invalid() {
            let _ = write!(text, "\\{byte:03}");
        }
    }
}

pub(super) fn kind_name(kind: u16) -> String {
    match RecordType::from(kind) {
        RecordType::Unknown(_) => format!("TYPE{kind}"),
        known => known.to_string(),
    }
}

/// The name of a response code (IANA DNS RCODEs).
pub(super) fn code_name(code: u8) -> String {
    let names = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
        "NOTAUTH", "NOTZONE",
    ];
    names.get(usize::from(code)).map_or_else(|| format!("RCODE{code}"), |name| (*name).to_owned())
}

/// The name of an operation (IANA DNS OpCodes).
pub(super) fn operation_name(operation: u8) -> String {
    let names = ["QUERY", "IQUERY", "STATUS", "", "NOTIFY", "UPDATE", "DSO"];
    match names.get(usize::from(operation)) {
        Some(name) if !name.is_empty() => (*name).to_owned(),
        _ => format!("OPCODE{operation}"),
    }
}
