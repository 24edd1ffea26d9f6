//! How a segment is told: as a packet, and as the events that it is.

use super::facts::{Header, Told, What, Whole};
use super::way::Way;
use super::{Brought, Tcp, options};
use crate::connection::Open;
use crate::decode::Segment;
use crate::diagnostic::{self, Note};
use crate::event::{self, Class, Origin, Packet, Phase, Side, Sink, Stream};

/// A segment that has come.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) side: Side,
    pub(super) segment: &'a Segment<'a>,
    pub(super) brought: Brought<'a>,
}

/// What a segment turned out to say: in the order in which it is told.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) what: [Option<What>; 5],
    /// Notes to the first of them.
    pub(super) notes: Vec<Note>,
}

impl Heard {
    pub(super) fn add(&mut self, what: What) {
        if let Some(slot) = self.what.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(what);
        }
    }

    pub(super) fn note(&mut self, note: impl Into<Note>) {
        self.notes.push(note.into());
    }
}

impl<'a> Arrival<'a> {
    pub(super) fn has(&self, flag: u16) -> bool {
        self.segment.flags & flag != 0
    }

    pub(super) fn origin(&self) -> Origin<'a> {
        origin(self.side, self.brought)
    }
}

/// The origin of what `side` sent.
pub(super) fn origin(side: Side, brought: Brought<'_>) -> Origin<'_> {
    Origin::new(side, brought.time, brought.frames)
}

/// Tells the packet, where packets are wanted, and then what it says.
pub(super) fn tell(tcp: &mut Tcp, arrival: Arrival<'_>, mut heard: Heard, out: &mut dyn Stream) {
    show(tcp, arrival, &heard, out);
    say(tcp, arrival, &mut heard, |_| true, out);
}

/// Shows the packet of a segment, before anything is told of it.
pub(super) fn show(tcp: &Tcp, arrival: Arrival<'_>, heard: &Heard, out: &mut dyn Stream) {
    let bad_option = options::bad(arrival.segment.options);
    if bad_option.is_some() {
        out.note(&diagnostic::TCP_BAD_OPTION);
    }
    let untold = heard.what == [None; 5] && !heard.notes.is_empty();
    if out.packets() || (out.full() && untold) {
        let mut notes = heard.notes.clone();
        notes.extend(bad_option.map(|kind| diagnostic::TCP_BAD_OPTION.with(format!("kind {kind}"))));
        out.packet(packet(tcp, arrival, heard, notes));
    }
}

/// Tells those of TCP's own events that are `chosen`; the notes go with the first.
pub(super) fn say(
    tcp: &Tcp,
    arrival: Arrival<'_>,
    heard: &mut Heard,
    chosen: fn(What) -> bool,
    out: &mut dyn Stream,
) {
    let phase = phase(tcp);
    let sink: &mut dyn Sink = out;
    for what in heard.what.into_iter().flatten().filter(|what| chosen(*what)) {
        let notes = std::mem::take(&mut heard.notes);
        sink.event(&arrival.origin(), notes, || {
            event::Told::new(what.class(), phase, Told { what, header: header(tcp, arrival) })
        });
    }
}

fn packet(tcp: &Tcp, arrival: Arrival<'_>, heard: &Heard, notes: Vec<Note>) -> Packet {
    let bare = matches!(heard.what, [Some(What::Ack | What::DuplicateAck | What::WindowUpdate), None, ..]);
    let first = heard.what.into_iter().flatten().next();
    Packet {
        number: arrival.brought.frames.last().copied().unwrap_or(0),
        time: arrival.brought.time,
        side: arrival.side,
        class: first.map_or(Class::Part, What::class),
        len: arrival.segment.payload_len.into(),
        bare_ack: bare,
        states: tcp.states(),
        notes,
        facts: Box::new(Whole(header(tcp, arrival))),
    }
}

fn header(tcp: &Tcp, arrival: Arrival<'_>) -> Header {
    let (own, peer) = tcp.ways_of(arrival.side);
    // The SYN counts: the first byte is 1 where it was seen.
    let first = |way: &Way| way.first_offset().map_or(0, |first| first - 1);
    let place = |way: &Way, number| way.stream.is_based().then(|| way.stream.offset(number) - first(way));
    let relative = [place(own, arrival.segment.seq), place(peer, arrival.segment.ack)];
    let scaled = own.isn.is_some() && peer.isn.is_some();
    let shift = scaled.then(|| own.scale.filter(|_| peer.scale.is_some()).unwrap_or(0));
    Header::of(arrival.segment, relative, shift)
}

/// The step of the connection that TCP's own events belong to.
pub(super) fn phase(tcp: &Tcp) -> Phase {
    match tcp.closed_by {
        Some(_) => Phase::Close,
        None if tcp.established || tcp.open() == Open::Midstream => Phase::Exchange,
        None => Phase::Connect,
    }
}
