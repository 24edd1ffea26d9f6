//! What TCP's own events and packets say.
//!
//! The bytes that fields point into are the option bytes of the header; the fixed header is told by its fields.

use std::ops::Range;

use smallvec::SmallVec;

use super::options::{self, Choice, Options};
use crate::decode::{Segment, flags};
use crate::event::{Class, Facts, Field, FieldSink, Said, Value};
use crate::locale::{Lang, Words};

/// The header of a segment, owned.
#[derive(Debug)]
pub(super) struct Header {
    seq: u32,
    ack: u32,
    flags: u16,
    window: u16,
    urgent: u16,
    len: u32,
    options: SmallVec<[u8; 20]>,
    /// Sequence and acknowledgement number counted from the initial ones (or the first ones seen).
    relative: [Option<i64>; 2],
    /// By how many bits the window is shifted; `None` where the handshake was not captured.
    shift: Option<u8>,
}

impl Header {
    pub(super) fn of(segment: &Segment<'_>, relative: [Option<i64>; 2], shift: Option<u8>) -> Header {
        Header {
            seq: segment.seq,
            ack: segment.ack,
            flags: segment.flags,
            window: segment.window,
            urgent: segment.urgent,
            len: segment.payload_len,
            options: segment.options.into(),
            relative,
            shift,
        }
    }

    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    fn flag_names(&self) -> Vec<&'static str> {
        const NAMES: [(u16, &str); 9] = [
            (flags::SYN, "SYN"),
            (flags::FIN, "FIN"),
            (flags::RST, "RST"),
            (flags::PSH, "PSH"),
            (flags::ACK, "ACK"),
            (flags::URG, "URG"),
            (flags::ECE, "ECE"),
            (flags::CWR, "CWR"),
            (flags::AE, "AE"),
        ];
        NAMES.iter().filter(|(flag, _)| self.has(*flag)).map(|(_, name)| *name).collect()
    }

    /// Tells sequence number, acknowledgement number and window.
    fn numbers(&self, fields: &mut dyn FieldSink) {
        let [seq, ack] = self.relative;
        fields.say("seq", self.seq);
        if let Some(seq) = seq {
            fields.say("seq_relative", seq);
        }
        if self.has(flags::ACK) {
            fields.say("ack", self.ack);
            if let Some(ack) = ack {
                fields.say("ack_relative", ack);
            }
        }
        fields.say("window", self.window);
        if let Some(shift) = self.shift.filter(|_| !self.has(flags::SYN)) {
            fields.say("window_bytes", u32::from(self.window) << shift);
        }
    }

    /// Tells the fields of the event schema that stand in options, then all options.
    fn choices(&self, fields: &mut dyn FieldSink) {
        let mut options = Options::new(&self.options).peekable();
        if options.peek().is_none() {
            return;
        }
        for (choice, at) in options {
            if matches!(choice, Choice::Mss(_) | Choice::WindowScale(_) | Choice::SackPermitted) {
                option(choice, at, fields);
            }
        }
        fields.say(
            "options",
            Said::List(&|each| {
                for (choice, at) in Options::new(&self.options) {
                    each(Said::Table(&|fields| option(choice, at.clone(), fields)));
                }
            }),
        );
    }
}

/// Tells one option as a field.
fn option(choice: Choice<'_>, at: Range<usize>, fields: &mut dyn FieldSink) {
    match choice {
        Choice::Mss(mss) => fields.say_at("mss", mss, at),
        Choice::WindowScale(shift) => fields.say_at("window_scale", shift, at),
        Choice::SackPermitted => fields.say_at("sack_permitted", true, at),
        Choice::Sack(bytes) => {
            let pair = |(from, to): (u32, u32)| Value::List(vec![from.into(), to.into()]);
            let blocks = options::blocks(bytes).map(pair).collect::<Vec<Value>>();
            fields.push(Field::new("sack", blocks).at(at));
        }
        Choice::Timestamps(value, echo) => {
            let both = |fields: &mut dyn FieldSink| {
                fields.say("value", value);
                fields.say("echo", echo);
            };
            fields.say_at("timestamps", Said::Table(&both), at);
        }
        Choice::FastOpen(cookie) => fields.say_at("fast_open", Said::Hex(cookie), at),
        Choice::Multipath(subtype) => fields.say_at("mptcp", subtype, at),
        Choice::UserTimeout(value) => fields.say_at("user_timeout", value, at),
        Choice::Other(kind, value) => {
            let both = |fields: &mut dyn FieldSink| {
                fields.say("kind", kind);
                fields.say("value", Said::Hex(value));
            };
            fields.say_at("other", Said::Table(&both), at);
        }
        Choice::Bad(kind) => fields.say_at("bad", kind, at),
    }
}

/// What TCP has to say of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    Syn,
    SynAck,
    HandshakeAck,
    Ack,
    Retransmission,
    OutOfOrder,
    Overlap,
    DuplicateAck,
    ZeroWindow,
    WindowUpdate,
    WindowProbe,
    KeepAlive,
    Urgent,
    Fin,
    Rst,
    Discarded,
}

impl What {
    #[rustfmt::skip]
    fn kind(self) -> &'static str {
        match self {
            What::Syn            => "tcp.syn",
            What::SynAck         => "tcp.syn_ack",
            What::HandshakeAck   => "tcp.handshake_ack",
            What::Ack            => "tcp.ack",
            What::Retransmission => "tcp.retransmission",
            What::OutOfOrder     => "tcp.out_of_order",
            What::Overlap        => "tcp.overlap",
            What::DuplicateAck   => "tcp.duplicate_ack",
            What::ZeroWindow     => "tcp.zero_window",
            What::WindowUpdate   => "tcp.window_update",
            What::WindowProbe    => "tcp.window_probe",
            What::KeepAlive      => "tcp.keep_alive",
            What::Urgent         => "tcp.urgent",
            What::Fin            => "tcp.fin",
            What::Rst            => "tcp.rst",
            What::Discarded      => "tcp.discarded",
        }
    }

    #[rustfmt::skip]
    fn words(self) -> Words {
        match self {
            What::Syn            => ["SYN", "SYN"],
            What::SynAck         => ["SYN+ACK", "SYN+ACK"],
            What::HandshakeAck   => ["ACK", "ACK"],
            What::Ack            => ["ACK", "ACK"],
            What::Retransmission => ["retransmission", "재전송"],
            What::OutOfOrder     => ["out of order", "순서 어긋남"],
            What::Overlap        => ["overlap", "겹침"],
            What::DuplicateAck   => ["duplicate ACK", "중복 ACK"],
            What::ZeroWindow     => ["zero window", "윈도 0"],
            What::WindowUpdate   => ["window update", "윈도 갱신"],
            What::WindowProbe    => ["window probe", "윈도 탐침"],
            What::KeepAlive      => ["keep-alive", "keep-alive"],
            What::Urgent         => ["urgent data", "긴급 데이터"],
            What::Fin            => ["FIN", "FIN"],
            What::Rst            => ["RST", "RST"],
            What::Discarded      => ["not accepted", "받아들여지지 않음"],
        }
    }

    /// Whether the label says what the segment carries.
    fn is_measured(self) -> bool {
        matches!(
            self,
            What::Retransmission | What::OutOfOrder | What::Overlap | What::Urgent | What::Discarded
        )
    }

    /// What it is to a reader.
    pub(super) fn class(self) -> Class {
        match self {
            What::Syn | What::SynAck | What::HandshakeAck => Class::Open,
            What::Ack | What::DuplicateAck | What::KeepAlive => Class::Control,
            What::WindowUpdate | What::WindowProbe => Class::Control,
            What::Fin => Class::Close,
            What::Urgent => Class::Message,
            What::Retransmission | What::OutOfOrder | What::Overlap | What::ZeroWindow => Class::Trouble,
            What::Rst | What::Discarded => Class::Trouble,
        }
    }
}

/// An event of TCP's own: what a segment means.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) what: What,
    pub(super) header: Header,
}

impl Facts for Told {
    fn kind(&self) -> &'static str {
        self.what.kind()
    }

    fn label(&self, lang: Lang) -> String {
        let words = lang.of(self.what.words());
        if !self.what.is_measured() {
            return words.to_owned();
        }
        let mut label = words.to_owned();
        let syn = if self.header.has(flags::ACK) { "SYN+ACK" } else { "SYN" };
        for (flag, name) in [(flags::SYN, syn), (flags::FIN, "FIN"), (flags::RST, "RST")] {
            if self.header.has(flag) {
                label = format!("{label}  {name}");
            }
        }
        if self.header.len > 0 {
            label = format!("{label}  len {}", self.header.len);
        }
        label
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        self.header.numbers(fields);
        if !matches!(self.what, What::Syn | What::SynAck | What::HandshakeAck | What::Ack) {
            fields.say("len", self.header.len);
        }
        if self.what == What::Urgent {
            fields.say("urgent_pointer", self.header.urgent);
        }
        self.header.choices(fields);
    }

    fn wire(&self) -> &[u8] {
        &self.header.options
    }
}

/// A packet of a TCP connection: its header.
#[derive(Debug)]
pub(super) struct Whole(pub(super) Header);

impl Facts for Whole {
    fn kind(&self) -> &'static str {
        "tcp.segment"
    }

    /// `PSH, ACK  len 88`.
    fn label(&self, lang: Lang) -> String {
        let names = self.0.flag_names();
        let none = lang.pick("no flags", "플래그 없음");
        let flags = if names.is_empty() { none.to_owned() } else { names.join(", ") };
        if self.0.len > 0 { format!("{flags}  len {}", self.0.len) } else { flags }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.say("flags", Said::Texts(&self.0.flag_names()));
        self.0.numbers(fields);
        fields.say("len", self.0.len);
        if self.0.has(flags::URG) {
            fields.say("urgent_pointer", self.0.urgent);
        }
        self.0.choices(fields);
    }

    fn wire(&self) -> &[u8] {
        &self.0.options
    }
}

/// Bytes that were never captured.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) len: u64,
}

impl Facts for Missing {
    fn kind(&self) -> &'static str {
        "tcp.gap"
    }

    fn label(&self, lang: Lang) -> String {
        match lang {
            Lang::En => format!("{} bytes were never captured", self.len),
            Lang::Ko => format!("{}바이트가 캡처되지 않음", self.len),
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.say("len", self.len);
    }
}
