//! One connection that is being followed: its TCP, its layers, and its voice.

use super::lives::Pair;
use super::{Observer, unclaimed};
use crate::capture::owners::Asking;
use crate::connection::{Connection, Open, Transport};
use crate::decode::{Datagram, Segment};
use crate::diagnostic::{Diagnostic, Note};
use crate::event::{Body, Chunk, Event, Origin, Packet, Side, Sink, Stream};
use crate::flow::{Brought, Tcp};
use crate::keyring::Keyring;
use crate::layer::protocol::World;
use crate::layer::stack::Stack;
use crate::layer::{DATAGRAM_PROTOCOLS, PROTOCOLS};
use crate::limits::Limits;

/// A connection that is being followed; in the order in which a packet touches it.
#[repr(C)]
pub(super) struct Live {
    pub(super) pair: Pair,
    /// Its place among those that are followed, in the order in which they were opened.
    pub(super) order: u32,
    /// Whether the client is the first end of the pair.
    client_first: bool,
    full: bool,
    told_closed: bool,
    /// Whether its layers were let go: both directions have ended, and their verdicts are in the summary.
    silent: bool,
    /// How many events it has had.
    pub(super) events: u64,
    pub(super) tcp: Tcp,
    pub(super) about: Connection,
    stack: Stack,
    /// What is left to ask of whose it is.
    pub(super) asking: Asking,
    /// What it said while the roles of its ends may still turn out to be the other way round.
    held: Option<Vec<Held>>,
}

enum Held {
    Packet(Packet),
    Event(Event),
}

/// So many packets and events are held back while roles are inferred.
const HELD: u64 = 64;

impl Live {
    /// A connection of which nothing was read yet. `may_turn`: its roles may be the other way round.
    pub(super) fn new(pair: Pair, about: Connection, midstream: bool, full: bool, may_turn: bool) -> Live {
        let [client, server] = about.ends;
        Live {
            pair,
            order: 0,
            client_first: Pair::of(client, server, about.transport).1,
            full,
            told_closed: false,
            silent: false,
            asking: Asking::default(),
            events: 0,
            tcp: Tcp::following(about.follows),
            about,
            stack: Stack::new(midstream),
            held: may_turn.then(Vec::new),
        }
    }

    /// Who sent a packet; `first`: whether its sender is the first end of the pair.
    #[inline]
    pub(super) fn side(&self, first: bool) -> Side {
        if first == self.client_first { Side::Client } else { Side::Server }
    }

    /// Whether no bytes of it wait or are kept for comparison.
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        !self.full && self.tcp.is_usual()
    }

    /// Whether it was closed, though stragglers may follow.
    pub(super) fn is_over(&self) -> bool {
        self.tcp.is_over()
    }

    /// Whether its handshake was begun and not finished.
    pub(super) fn is_half_open(&self) -> bool {
        self.about.transport == Transport::Tcp && self.tcp.known().open == Open::Partial
    }

    pub(super) fn world<'a>(&self, limits: &'a Limits, keys: &'a Keyring) -> World<'a> {
        let tcp = self.about.transport == Transport::Tcp;
        World {
            limits,
            keys,
            server_port: self.about.ends[1].port,
            roles_inferred: self.held.is_some(),
            protocols: if tcp { PROTOCOLS } else { DATAGRAM_PROTOCOLS },
            unclaimed: unclaimed(self.about.transport),
        }
    }

    pub(super) fn count(&mut self, side: Side, brought: Brought<'_>) {
        self.about.end = self.about.end.max(brought.time);
        self.about.last_packet = brought.frames.last().copied().unwrap_or_default();
        self.about.packets[side as usize] += brought.frames.len() as u64;
    }

    pub(super) fn segment(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        brought: Brought<'_>,
        world: World<'_>,
        observer: &mut dyn Observer,
    ) {
        self.with_wire(world, observer, |tcp, wire| tcp.feed(side, segment, brought, world.limits, wire));
        if self.held.is_some() {
            self.turn();
        }
        // By what a survey, which holds nothing back, counts as well: it must find the same roles.
        let much = || self.about.packets.iter().sum::<u64>() + self.events > HELD;
        if self.held.is_some() && (much() || self.about.protocols.are_several()) {
            self.release(observer);
        }
        if self.tcp.is_usual() {
            return;
        }
        self.close(observer);
    }

    /// Says that it is closed, once it is and nothing waits for secrets any more; the layers go once both directions
    /// have ended.
    fn close(&mut self, observer: &mut dyn Observer) {
        if !self.tcp.is_over() || self.stack.waits() {
            return;
        }
        if !std::mem::replace(&mut self.told_closed, true) {
            self.release(observer);
            self.summarise();
            observer.closed(&self.about);
        }
        if !self.silent && self.tcp.ended() == [true; 2] {
            self.summarise();
            self.stack = Stack::new(false);
            self.silent = true;
        }
    }

    pub(super) fn datagram(
        &mut self,
        side: Side,
        datagram: &Datagram<'_>,
        brought: Brought<'_>,
        world: World<'_>,
        observer: &mut dyn Observer,
    ) {
        self.about.payload[side as usize] += u64::from(datagram.payload_len);
        let origin = Origin::new(side, brought.time, brought.frames);
        self.with_speaker(world, observer, |stack, speaker, world| {
            crate::flow::datagram(&origin, datagram, speaker);
            stack.datagram(Chunk { origin, body: Body::Bytes(datagram.payload) }, speaker, world);
        });
    }

    /// Gives the holes of its streams up: all connections together wait for too much.
    pub(super) fn give_up(&mut self, world: World<'_>, observer: &mut dyn Observer) {
        self.with_wire(world, observer, |tcp, wire| tcp.give_up(world.limits, wire));
    }

    fn with_wire(
        &mut self,
        world: World<'_>,
        observer: &mut dyn Observer,
        work: impl FnOnce(&mut Tcp, &mut Wire<'_>),
    ) {
        let speaker = Speaker {
            about: &mut self.about,
            events: &mut self.events,
            full: self.full,
            held: self.held.as_mut(),
            observer,
        };
        work(&mut self.tcp, &mut Wire { speaker, stack: &mut self.stack, world });
    }

    /// Tells the layers that new secrets are known.
    pub(super) fn learned(&mut self, world: World<'_>, observer: &mut dyn Observer) {
        self.with_speaker(world, observer, |stack, speaker, world| stack.learned(speaker, world));
        self.close(observer);
    }

    fn with_speaker(
        &mut self,
        world: World<'_>,
        observer: &mut dyn Observer,
        work: impl FnOnce(&mut Stack, &mut Speaker<'_>, World<'_>),
    ) {
        let mut speaker = Speaker {
            about: &mut self.about,
            events: &mut self.events,
            full: self.full,
            held: self.held.as_mut(),
            observer,
        };
        work(&mut self.stack, &mut speaker, world);
    }

    /// Turns client and server round where a layer found that it must be so.
    fn turn(&mut self) {
        if !self.stack.take_reversed() {
            return;
        }
        self.tcp.reverse();
        let about = &mut self.about;
        about.ends.swap(0, 1);
        self.client_first = Pair::of(about.ends[0], about.ends[1], about.transport).1;
        about.packets.swap(0, 1);
        about.payload.swap(0, 1);
        about.struggle.swap(0, 1);
        self.asking.turn(about);
        let held = self.held.iter_mut().flatten();
        for item in held {
            match item {
                Held::Packet(packet) => {
                    packet.side = packet.side.other();
                    packet.states.swap(0, 1);
                }
                // What the layer said after the turn was said with the right sides already.
                Held::Event(event) if event.facts.kind().starts_with("tcp.") => {
                    event.side = event.side.other()
                }
                Held::Event(_) => {}
            }
        }
    }

    fn release(&mut self, observer: &mut dyn Observer) {
        for item in self.held.take().into_iter().flatten() {
            match item {
                Held::Packet(packet) => observer.packet(&self.about, packet),
                Held::Event(event) => observer.event(&self.about, event),
            }
        }
    }

    pub(super) fn finish(&mut self, limits: &Limits, keys: &Keyring, observer: &mut dyn Observer) {
        let world = self.world(limits, keys);
        if self.about.transport == Transport::Tcp {
            self.with_wire(world, observer, |tcp, wire| tcp.finish(limits, wire));
        }
        let (ended, time, frames) = (self.tcp.ended(), self.about.end, [self.about.last_packet]);
        let origin = Origin::new(Side::Client, time, &frames);
        self.with_speaker(world, observer, |stack, speaker, world| stack.end(ended, origin, speaker, world));
        self.turn();
        self.release(observer);
        self.close(observer);
        self.summarise();
        // The summary stays; a survey keeps millions of them.
        self.about.verdicts.shrink_to_fit();
        self.about.notes.shrink_to_fit();
    }

    pub(super) fn summarise(&mut self) {
        let verdicts = &mut self.about.verdicts;
        if !self.silent {
            verdicts.clear();
        }
        // The connection's own, and most often one layer's.
        verdicts.reserve_exact(if verdicts.is_empty() { 2 } else { 0 });
        if self.about.transport == Transport::Tcp {
            let known = self.tcp.known();
            self.about.open = known.open;
            self.about.close = known.close;
            self.about.closed_by = known.closed_by;
            self.about.handshake_rtt = known.handshake_rtt;
            self.about.payload = known.payload;
            self.about.struggle = known.struggle;
            match verdicts.first_mut() {
                Some(verdict) => *verdict = self.tcp.verdict(),
                None => verdicts.push(self.tcp.verdict()),
            }
        }
        self.stack.add_verdicts(verdicts);
    }
}

/// One connection's voice.
struct Speaker<'a> {
    about: &'a mut Connection,
    events: &'a mut u64,
    full: bool,
    held: Option<&'a mut Vec<Held>>,
    observer: &'a mut dyn Observer,
}

impl Sink for Speaker<'_> {
    fn full(&self) -> bool {
        self.full
    }

    fn number(&mut self, notes: &[Note]) -> u64 {
        for note in notes {
            self.about.noted.add(note.what);
        }
        let n = *self.events;
        *self.events += 1;
        n
    }

    fn keep(&mut self, event: Event) {
        match &mut self.held {
            Some(held) => held.push(Held::Event(event)),
            None => self.observer.event(self.about, event),
        }
    }

    fn packets(&self) -> bool {
        self.full && self.observer.packets()
    }

    fn packet(&mut self, packet: Packet) {
        for note in &packet.notes {
            self.about.noted.add(note.what);
        }
        match &mut self.held {
            Some(held) => held.push(Held::Packet(packet)),
            None => self.observer.packet(self.about, packet),
        }
    }

    fn note(&mut self, what: &'static Diagnostic) {
        self.about.noted.add(what);
        if !self.about.notes.contains(&what) {
            self.about.notes.push(what);
        }
    }

    fn protocol(&mut self, name: &'static str) {
        self.about.protocols.add(name);
    }
}

/// What TCP of one connection speaks through: its own voice, and the layers above.
struct Wire<'a> {
    speaker: Speaker<'a>,
    stack: &'a mut Stack,
    world: World<'a>,
}

impl Sink for Wire<'_> {
    fn full(&self) -> bool {
        self.speaker.full()
    }
    fn number(&mut self, notes: &[Note]) -> u64 {
        self.speaker.number(notes)
    }
    fn keep(&mut self, event: Event) {
        self.speaker.keep(event);
    }
    fn packets(&self) -> bool {
        self.speaker.packets()
    }
    fn packet(&mut self, packet: Packet) {
        self.speaker.packet(packet);
    }
    fn note(&mut self, what: &'static Diagnostic) {
        self.speaker.note(what);
    }
    fn protocol(&mut self, name: &'static str) {
        self.speaker.protocol(name);
    }
}

impl Stream for Wire<'_> {
    fn chunk(&mut self, chunk: Chunk<'_>) {
        self.stack.feed(chunk, &mut self.speaker, self.world);
    }
}
