//! What a segment does: to the state of both ends, to the bytes, and what is said of it.
//!
//! The order is always the same: the segment is judged, both ends are brought up to it, the packet is told, then its
//! events, then the bytes that it carries or sets free, then the end of its direction.

use super::admit::{self, Admission, admit};
use super::facts::{Missing, What};
use super::health::{self, Finding};
use super::state::{State, Step};
use super::stream::{self, Compared};
use super::tell::{Arrival, Heard, origin, phase, say, show, tell};
use super::{Brought, Tcp, options};
use crate::connection::Open;
use crate::decode::{Segment, flags};
use crate::diagnostic::{self, Note};
use crate::event::{self, Body, Chunk, Class, End, Origin, Side, Sink, Stream};
use crate::frame::Timestamp;
use crate::limits::Limits;

/// Takes the next segment.
pub(super) fn feed(
    tcp: &mut Tcp,
    side: Side,
    segment: &Segment<'_>,
    brought: Brought<'_>,
    out: &mut dyn Stream,
) {
    let arrival = Arrival { side, segment, brought };
    let admission = admit(tcp, side, segment);
    tcp.ways_mut(side).0.right_checksum |= !segment.bad_checksum;
    if segment.bad_checksum && matches!(admission, Admission::Taken) {
        out.note(&diagnostic::TCP_BAD_CHECKSUM);
    }
    match admission {
        Admission::Taken if arrival.has(flags::RST) => take_rst(tcp, arrival, out),
        Admission::Taken => take(tcp, arrival, out),
        Admission::Refused(note) => refuse(tcp, arrival, note, out),
        Admission::Doubted(note) => {
            refuse(tcp, arrival, note, out);
            let own = tcp.ways_mut(side).0;
            let span = own.span(segment, false);
            if span.len > 0 {
                own.stream.doubt(span, brought);
            }
        }
    }
}

/// Shows a segment that its receiver drops.
fn refuse(tcp: &mut Tcp, arrival: Arrival<'_>, note: Note, out: &mut dyn Stream) {
    let (own, _) = tcp.ways_mut(arrival.side);
    own.seen |= !arrival.segment.bad_checksum;
    if note.what == &diagnostic::TCP_DATA_AFTER_CLOSE && own.fin.is_none() {
        // It crossed the RST: nobody reads it, but it was sent.
        own.payload += own.health.news(arrival.segment);
    }
    let rst = arrival.has(flags::RST) && note.what == &diagnostic::TCP_RST_SUSPECT;
    if rst && tcp.reset.is_none() {
        tcp.suspect = Some(arrival.side);
    }
    let mut heard = Heard { notes: vec![note], ..Heard::default() };
    heard.add(if rst { What::Rst } else { What::Discarded });
    tell(tcp, arrival, heard, out);
}

fn take_rst(tcp: &mut Tcp, arrival: Arrival<'_>, out: &mut dyn Stream) {
    tcp.ways_mut(arrival.side).0.seen = true;
    let first = tcp.reset.is_none();
    tcp.suspect = None;
    if first {
        step(tcp, arrival.side, Step::Reset, Step::Reset);
        tcp.reset = Some(arrival.side);
        tcp.closed_by.get_or_insert(arrival.side);
    }
    let mut heard = Heard::default();
    heard.add(What::Rst);
    show(tcp, arrival, &heard, out);
    if first {
        end_both(tcp, arrival.origin(), out);
    }
    say(tcp, arrival, &mut heard, |_| true, out);
}

/// Passes on what waits, and that both directions were reset.
fn end_both(tcp: &mut Tcp, origin: Origin<'_>, out: &mut dyn Stream) {
    for side in Side::BOTH {
        while give_up_hole(tcp, side, i64::MAX, (&diagnostic::TCP_GAP).into(), out) {}
        let own = tcp.ways_mut(side).0;
        own.stream.close();
        if !std::mem::replace(&mut own.ended, true) {
            out.chunk(Chunk { origin: Origin { side, ..origin }, body: Body::End(End::Reset) });
        }
    }
}

/// Takes a segment that counts and resets nothing.
fn take(tcp: &mut Tcp, arrival: Arrival<'_>, out: &mut dyn Stream) {
    let (segment, syn) = (arrival.segment, arrival.has(flags::SYN));
    tcp.suspect = None;
    let mut heard = Heard::default();
    let resent = syn && tcp.ways_mut(arrival.side).0.other_isn == Some(segment.seq);
    let opening = if syn { open(tcp, arrival, &mut heard) } else { Opening::Not };
    let (own, peer) = tcp.ways_mut(arrival.side);
    own.seen = true;
    own.stream.begin(segment.seq);
    let finding = if resent { Finding::Behind } else { health::judge(&own.health, &peer.health, segment) };
    let span = own.span(segment, syn);
    let alive = tcp.reset.is_none();
    let news = finding != Finding::KeepAlive && segment.payload_len > 0 && alive;
    let (own, _) = tcp.ways_mut(arrival.side);
    let next = own.stream.is_next(span.at);
    let compared = if news && !next { own.stream.compare(span) } else { Compared::default() };
    // A SYN from elsewhere says nothing of how far this stream has come, unless it is acknowledged later.
    let elsewhere = syn && own.isn != Some(segment.seq);
    if !admit::is_far(own, segment) && !elsewhere {
        own.health.note(segment, finding);
    }
    let fin = arrival.has(flags::FIN).then(|| segment.seq.wrapping_add(segment.payload_len));
    let first_fin = fin.filter(|_| own.fin.is_none() && alive);
    if arrival.has(flags::ACK) {
        acknowledge(tcp, arrival, &mut heard);
    }
    hear(tcp, arrival, (opening, finding), compared, &mut heard);
    if let Some(fin) = first_fin {
        close(tcp, arrival, fin);
        heard.add(What::Fin);
    }
    show(tcp, arrival, &heard, out);
    say(tcp, arrival, &mut heard, |what| what != What::Fin, out);
    start(tcp, arrival.side.other(), None, out);
    let (own, _) = tcp.ways_mut(arrival.side);
    if let Some(first) = own.first_offset().filter(|_| !own.stream.is_anchored()) {
        own.stream.anchor(first, arrival.side, out);
    }
    if news && !own.ended {
        own.payload += own.stream.take(arrival.side, span, arrival.brought, out);
    }
    if first_fin.is_some() {
        keep_fin(tcp, arrival);
    }
    // What the FIN ends is told before it: a body until close comes before the close.
    end_closed(tcp, arrival.side, Some(arrival.brought), out);
    say(tcp, arrival, &mut heard, |what| what == What::Fin, out);
    if arrival.has(flags::ACK) {
        believe(tcp, arrival.side.other(), out);
    }
}

/// Lets a direction begin whose SYN was not captured, once it is known where.
fn start(tcp: &mut Tcp, side: Side, now: Option<Timestamp>, out: &mut dyn Stream) {
    let (own, _) = tcp.ways_mut(side);
    let acked = own.acked_offset();
    if let Some(at) = own.stream.start(acked, now) {
        own.stream.anchor(at, side, out);
        end_closed(tcp, side, None, out);
    }
}

/// What a segment with SYN is to its side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// Its first.
    First,
    /// The SYN/ACK of a side that has sent a SYN before.
    Second,
    /// Nothing new.
    Not,
}

/// Brings both ends up to a SYN.
fn open(tcp: &mut Tcp, arrival: Arrival<'_>, heard: &mut Heard) -> Opening {
    let (segment, side, answer) = (arrival.segment, arrival.side, arrival.has(flags::ACK));
    let (own, peer) = tcp.ways_mut(side);
    let first = own.isn.is_none();
    // Both have sent a SYN before either acknowledged the other's, or this is the second SYN of four steps.
    let split = if answer { !first && !own.synack } else { first && peer.isn.is_some() && !peer.synack };
    if first {
        own.isn = Some(segment.seq);
        own.scale = options::window_scale(segment.options);
        if own.is_fresh() {
            let begins = segment.seq.wrapping_add(1);
            // What a side sent before the SYN of a handshake in four steps has nothing to do with its stream.
            own.health.sent = own.health.sent.filter(|_| own.stream.base() == Some(begins));
            own.stream.rebase(begins);
        }
    } else if own.isn != Some(segment.seq) {
        if answer {
            own.other_isn = Some(segment.seq);
            heard.note(&diagnostic::TCP_SYNACK_CONFLICT);
        } else {
            heard.note(&diagnostic::TCP_SYN_ISN_CHANGE);
        }
    }
    let opening = match (first, answer && !own.synack) {
        (true, _) => Opening::First,
        (false, true) => Opening::Second,
        (false, false) => Opening::Not,
    };
    own.synack |= answer;
    if answer {
        step(tcp, side, Step::SendSynAck, Step::GetSynAck);
    } else {
        tcp.opened.get_or_insert(arrival.brought.time);
        step(tcp, side, Step::SendSyn, Step::GetSyn);
    }
    if split && !std::mem::replace(&mut tcp.split, true) {
        heard.note(&diagnostic::TCP_SPLIT_HANDSHAKE);
    }
    if let Some(what) = tcp.follows.take() {
        heard.note(what);
    }
    if segment.payload_len > 0 {
        heard.note(&diagnostic::TCP_SYN_DATA);
    }
    opening
}

/// Takes the acknowledgement and the window of a segment.
fn acknowledge(tcp: &mut Tcp, arrival: Arrival<'_>, heard: &mut Heard) {
    let (segment, side) = (arrival.segment, arrival.side);
    let (own, peer) = tcp.ways_mut(side);
    own.acks = true;
    let shift = match (own.isn.is_some(), peer.isn.is_some()) {
        _ if arrival.has(flags::SYN) => Some(0),
        (true, true) => Some(own.scale.filter(|_| peer.scale.is_some()).unwrap_or(0)),
        _ => None,
    };
    let fin_was_acked = peer.is_fin_acked();
    peer.acknowledge(segment.ack, shift.map(|shift| u32::from(segment.window) << shift));
    let answers = peer.synack && !arrival.has(flags::SYN) && peer.acked_offset() >= peer.first_offset();
    let fin_is_acked = peer.is_fin_acked() && !fin_was_acked;
    if answers && !tcp.established {
        tcp.established = true;
        tcp.handshake_rtt = tcp.opened.map(|opened| arrival.brought.time.since(opened));
        heard.add(What::HandshakeAck);
        step_one(tcp, side.other(), Step::GetAckOfSyn);
    }
    if fin_is_acked {
        step_one(tcp, side.other(), Step::GetAckOfFin);
    }
    if tcp.states == [None; 2] && tcp.open() == Open::Midstream {
        tcp.states = [Some(State::Established); 2];
    }
}

/// Puts in words what the judgement of a segment was.
fn hear(
    tcp: &mut Tcp,
    arrival: Arrival<'_>,
    (opening, finding): (Opening, Finding),
    compared: Compared,
    heard: &mut Heard,
) {
    let (segment, syn, fin) = (arrival.segment, arrival.has(flags::SYN), arrival.has(flags::FIN));
    let bare = segment.payload_len == 0 && !syn && !fin;
    let (own, _) = tcp.ways_mut(arrival.side);
    if finding == Finding::Behind && opening != Opening::Second {
        let again = match opening {
            Opening::First => false,
            _ => syn || (fin && own.fin.is_some()) || compared.again,
        };
        let struggle = &mut own.health.struggle;
        let (count, what, note) = if again {
            (&mut struggle.retransmissions, What::Retransmission, &diagnostic::TCP_RETRANSMISSION)
        } else {
            (&mut struggle.out_of_order, What::OutOfOrder, &diagnostic::TCP_OUT_OF_ORDER)
        };
        *count = count.saturating_add(1);
        heard.add(what);
        heard.note(note);
    }
    match finding {
        _ if syn && opening != Opening::Not => {
            heard.add(if arrival.has(flags::ACK) { What::SynAck } else { What::Syn });
        }
        Finding::KeepAlive => {
            heard.add(What::KeepAlive);
            heard.note(&diagnostic::TCP_KEEP_ALIVE);
        }
        Finding::DuplicateAck => heard.add(What::DuplicateAck),
        Finding::WindowUpdate => heard.add(What::WindowUpdate),
        Finding::WindowProbe => heard.add(What::WindowProbe),
        Finding::Plain if syn => heard.add(What::SynAck),
        _ if bare && !heard.what.contains(&Some(What::HandshakeAck)) => heard.add(What::Ack),
        _ => {}
    }
    let overlaps = compared.again || compared.conflict.is_some();
    if overlaps && !matches!(finding, Finding::Behind | Finding::WindowProbe) {
        heard.add(What::Overlap);
    }
    if let Some(conflict) = compared.conflict {
        heard.note(diagnostic::TCP_OVERLAP_CONFLICT.with(conflict));
    }
    if health::closes_window(segment) {
        heard.add(What::ZeroWindow);
        heard.note(&diagnostic::TCP_ZERO_WINDOW);
    }
    if arrival.has(flags::URG) {
        heard.add(What::Urgent);
        heard.note(&diagnostic::TCP_URGENT);
    }
}

/// Brings both ends up to the first FIN of a side.
fn close(tcp: &mut Tcp, arrival: Arrival<'_>, fin: u32) {
    let (own, peer) = tcp.ways_mut(arrival.side);
    own.fin = Some(fin);
    let crossing = peer.fin.is_some() && !peer.is_fin_acked();
    let sends = if crossing { Step::SendFinCrossing } else { Step::SendFin };
    step(tcp, arrival.side, sends, Step::GetFin);
    tcp.closed_by.get_or_insert(arrival.side);
}

/// Keeps a FIN that bytes before it are missing of.
fn keep_fin(tcp: &mut Tcp, arrival: Arrival<'_>) {
    let (own, _) = tcp.ways_mut(arrival.side);
    if !own.stream.is_anchored() || own.fin_offset().is_some_and(|fin| fin > own.stream.next()) {
        own.stream.keep_fin(arrival.brought);
    }
}

/// Tells the layers that a direction has ended, once all before its FIN was passed on. `here` is what brought the
/// FIN, or what stands before it, unless that was kept.
fn end_closed(tcp: &mut Tcp, side: Side, here: Option<Brought<'_>>, out: &mut dyn Stream) {
    let over = tcp.is_over();
    let (own, _) = tcp.ways_mut(side);
    let reached = own.fin_offset().is_some_and(|fin| fin <= own.stream.next());
    if own.ended || !own.stream.is_anchored() || !reached {
        return;
    }
    let late = own.stream.end();
    let kept = late.as_ref().map(|(frames, time)| Brought { frames: frames.as_slice(), time: *time });
    if let Some(brought) = kept.or(here) {
        own.ended = true;
        out.chunk(Chunk { origin: origin(side, brought), body: Body::End(End::Closed) });
    }
    // What the other side sent may still wait behind a hole.
    if over && tcp.ways.iter().all(|way| way.ended) {
        tcp.ways.iter_mut().for_each(|way| way.stream.close());
    }
}

/// Takes doubted segments of `side` that the other one has acknowledged.
fn believe(tcp: &mut Tcp, side: Side, out: &mut dyn Stream) {
    let (own, _) = tcp.ways_mut(side);
    if !own.stream.is_waiting() || own.ended {
        return;
    }
    while let Some(acked) = own.acked_offset()
        && let Some(new) = own.stream.believe(acked, side, out)
    {
        own.payload += new;
    }
}

/// Gives up the first hole of a side, if there is one, up to an offset.
pub(super) fn give_up_hole(tcp: &mut Tcp, side: Side, most: i64, note: Note, out: &mut dyn Stream) -> bool {
    let (own, _) = tcp.ways_mut(side);
    if let Some(at) = own.stream.unanchored(own.fin_offset()) {
        own.stream.anchor(at, side, out);
    }
    let Some(hole) = own.stream.hole(own.fin_offset(), most) else { return false };
    let brought = Brought { frames: hole.frames.as_slice(), time: hole.time };
    let (len, phase) = (hole.len, phase(tcp));
    let sink: &mut dyn Sink = out;
    sink.event(&origin(side, brought), vec![note], || {
        event::Told::new(Class::Trouble, phase, Missing { len })
    });
    let (own, _) = tcp.ways_mut(side);
    let missing = &mut own.health.struggle.missing_bytes;
    *missing = missing.saturating_add(len);
    own.stream.skip(side, &hole, out);
    end_closed(tcp, side, Some(brought), out);
    true
}

/// Gives up holes that the receiver is past for long enough, or that too much waits behind.
pub(super) fn lose_patience(tcp: &mut Tcp, time: Timestamp, limits: &Limits, out: &mut dyn Stream) {
    for side in Side::BOTH {
        start(tcp, side, Some(time), out);
        let (own, _) = tcp.ways_mut(side);
        let acked = own.acked_offset();
        if let Some(acked) = acked.filter(|_| own.stream.is_lost(acked, time)) {
            while give_up_hole(tcp, side, acked, (&diagnostic::TCP_GAP).into(), out) {}
        }
        while tcp.ways_of(side).0.stream.is_over(limits)
            && give_up_hole(tcp, side, i64::MAX, stream::limit_hit(&diagnostic::TCP_GAP, limits), out)
        {
        }
    }
}

/// One end sends, the other gets.
fn step(tcp: &mut Tcp, side: Side, sends: Step, gets: Step) {
    step_one(tcp, side, sends);
    step_one(tcp, side.other(), gets);
}

fn step_one(tcp: &mut Tcp, side: Side, step: Step) {
    // Before a SYN the client is CLOSED and the server listens; without one only an open connection can be meant.
    let before = match step {
        Step::SendSyn => State::Closed,
        Step::GetSyn | Step::SendSynAck => State::Listen,
        _ => State::Established,
    };
    let [client, server] = &mut tcp.states;
    let state = if side == Side::Client { client } else { server };
    *state = Some(state.unwrap_or(before).after(step));
}
