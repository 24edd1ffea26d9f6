//! Frames in, updates out: the same for live, replay, tests and fuzzing. No clock, no socket, no thread.

mod live;
mod lives;

use live::Live;
use lives::{Lives, Pair};
use rustc_hash::FxHashMap;

use crate::capture::owners::Asker;
use crate::connection::{Close, Connection, Open, Owners, Protocols, Roles, Struggle, Transport};
use crate::decode::{self, Decoded, Decoder, Segment, flags};
use crate::diagnostic::{self, Diagnostic, Note, Noted};
use crate::event::{Endpoint, Event, Packet};
use crate::flow::{Belongs, Brought};
use crate::frame::{Frame, FrameNumber, Timestamp};
use crate::keyring::Keyring;
use crate::limits::Limits;

/// Who hears what the engine finds.
pub trait Observer {
    /// Whether the events and packets of a connection are wanted, asked when its first packet is seen.
    fn wants(&mut self, connection: &Connection) -> bool;

    /// A frame belongs to this connection.
    fn frame(&mut self, _connection: u32, _number: FrameNumber) {}

    /// All frames up to this one were read; said only where connections are followed elsewhere.
    fn reached(&mut self, _number: FrameNumber) {}

    /// Whether packets are listened to.
    fn packets(&self) -> bool {
        true
    }

    /// A packet of a connection that is wanted.
    fn packet(&mut self, _connection: &Connection, _packet: Packet) {}

    /// An event of a connection that is wanted.
    fn event(&mut self, connection: &Connection, event: Event);

    /// A connection was closed, though stragglers may follow.
    fn closed(&mut self, _connection: &Connection) {}

    /// A connection is over and forgotten: no more will be heard of it.
    fn ended(&mut self, connection: Connection);

    /// Something that belongs to no connection is worth a warning.
    fn warning(&mut self, _frame: FrameNumber, _note: Note) {}
}

/// What is known beforehand of a connection: for a second reading, in which only some frames are fed.
#[derive(Clone, Debug)]
pub struct Foreknown {
    /// Its number over all connections.
    pub id: u32,
    /// Its number within the transport.
    pub stream: u32,
    /// TCP or UDP.
    pub transport: Transport,
    /// Its client and its server.
    pub ends: [Endpoint; 2],
    /// How that is known.
    pub roles: Roles,
    /// What it says of the connection before it on the same four-tuple, which is not read again.
    pub follows: Option<&'static Diagnostic>,
    /// Whose its sockets are.
    pub owners: Option<Box<Owners>>,
    /// Its first packet, by which it is known again.
    pub first_packet: FrameNumber,
    /// Whether that is not fed any more, but only what comes later.
    pub late: bool,
}

/// Connections that are known beforehand: by their first packets, and those without them by their ends, as what is fed
/// of such a one comes before all others on the same four-tuple.
#[derive(Default)]
struct Foreseen {
    whole: FxHashMap<FrameNumber, Foreknown>,
    late: FxHashMap<Pair, Foreknown>,
}

/// Totals over the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Frames.
    pub packets: u64,
    /// Captured bytes.
    pub bytes: u64,
    /// Connections.
    pub connections: u64,
    /// Events.
    pub events: u64,
    /// Frames that hold no TCP or UDP, by what they hold.
    pub others: std::collections::BTreeMap<&'static str, u64>,
    /// Frames that could not be read.
    pub unreadable: u64,
    /// Connections that were let go before their end because there were too many.
    pub evicted: u64,
    /// Bytes that were let go before later copies of them could come, because too many were kept.
    pub forgotten: u64,
}

/// One of so many shares of the connections of an input. Each engine sees all frames; what belongs to no connection is
/// told by the first.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// Which, from 0.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl Share {
    /// Whether it tells what belongs to no connection.
    pub fn leads(self) -> bool {
        self.number == 0
    }

    fn holds(self, pair: &Pair) -> bool {
        (((pair.hash() >> 32) * self.of as u64) >> 32) as usize == self.number
    }
}

/// Follows all connections of an input.
pub struct Engine {
    decoder: Decoder,
    flows: Flows,
}

/// All connections, and the totals over them.
struct Flows {
    limits: Limits,
    lives: Lives,
    /// Bytes of all connections that wait behind holes.
    waiting: usize,
    /// Bytes of all connections that are kept for comparison.
    remembered: usize,
    foreknown: Option<Foreseen>,
    asker: Option<Asker>,
    streams: [u32; 2],
    next: u32,
    last: Timestamp,
    /// Where others follow connections of the same input: which are followed here.
    share: Option<Share>,
    /// Whether a limit over all connections may have been hit.
    beyond: bool,
    totals: Totals,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(limits: &Limits) -> Engine {
        let flows = Flows {
            limits: limits.clone(),
            lives: Lives::default(),
            waiting: 0,
            remembered: 0,
            foreknown: None,
            asker: None,
            streams: [0; 2],
            next: 0,
            last: Timestamp(i64::MIN),
            share: None,
            beyond: false,
            totals: Totals::default(),
        };
        Engine { decoder: Decoder::new(limits), flows }
    }

    /// An engine for a second reading of these connections.
    pub fn again(limits: &Limits, known: impl IntoIterator<Item = Foreknown>) -> Engine {
        let mut foreseen = Foreseen::default();
        for known in known {
            let [client, server] = known.ends;
            match known.late {
                true => foreseen.late.insert(Pair::of(client, server, known.transport).0, known),
                false => foreseen.whole.insert(known.first_packet, known),
            };
        }
        let mut engine = Engine::new(limits);
        engine.flows.foreknown = Some(foreseen);
        engine
    }

    /// An engine for a share of the connections.
    pub fn sharing(limits: &Limits, share: Share) -> Engine {
        let mut limits = limits.clone();
        limits.connections /= share.of.max(1);
        limits.out_of_order_total /= share.of.max(1);
        let mut engine = Engine::new(&limits);
        engine.flows.share = Some(share);
        engine
    }

    /// Whether a share hit its part of a limit over all connections: what it found is then not to be used.
    pub fn is_beyond(&self) -> bool {
        self.flows.beyond
    }

    /// Adds what was counted of a share of the connections.
    pub fn add(&mut self, share: &Totals) {
        let totals = &mut self.flows.totals;
        totals.connections += share.connections;
        totals.events += share.events;
        totals.unreadable += share.unreadable;
        for (what, count) in &share.others {
            *totals.others.entry(what).or_default() += count;
        }
    }

    /// Asks whose the sockets of connections are while their frames come.
    pub fn ask(&mut self, asker: Asker) {
        self.flows.asker = Some(asker);
    }

    /// Totals so far.
    pub fn totals(&self) -> &Totals {
        &self.flows.totals
    }

    /// Gives `take` the summaries, as of now, of those connections that are still followed and `wanted`, in order.
    pub fn followed(&mut self, wanted: impl Fn(u32) -> bool, mut take: impl FnMut(&Connection)) {
        self.flows.lives.each(|live| {
            if wanted(live.about.id) {
                live.summarise();
                take(&live.about);
            }
        });
    }

    /// Takes the next frame.
    pub fn feed(&mut self, frame: &Frame<'_>, keys: &Keyring, observer: &mut dyn Observer) {
        if let Some(share) = self.flows.share {
            return self.feed_shared(share, frame, keys, observer);
        }
        self.flows.count(frame, observer);
        let decoded = self.decoder.decode(frame);
        self.flows.take(frame, decoded, keys, observer);
    }

    /// Takes the next frame of which another engine may follow the connection.
    fn feed_shared(&mut self, share: Share, frame: &Frame<'_>, keys: &Keyring, observer: &mut dyn Observer) {
        if share.leads() {
            self.flows.count(frame, observer);
            observer.reached(frame.number);
        }
        let usual = decode::ends(frame);
        if usual.is_some_and(|(from, to)| !share.holds(&Pair::of(from, to, Transport::Tcp).0)) {
            return;
        }
        let decoded = self.decoder.decode(frame);
        let ours = match &decoded.transport {
            decode::Transport::Tcp(segment) => {
                share.holds(&Pair::of(segment.from, segment.to, Transport::Tcp).0)
            }
            decode::Transport::Udp(datagram) => {
                share.holds(&Pair::of(datagram.from, datagram.to, Transport::Udp).0)
            }
            _ => usual.is_some() || share.leads(),
        };
        if ours {
            self.flows.take(frame, decoded, keys, observer);
        }
    }

    /// Tells all layers that new secrets are known.
    pub fn learned(&mut self, keys: &Keyring, observer: &mut dyn Observer) {
        let Flows { lives, limits, totals, .. } = &mut self.flows;
        lives.each(|live| {
            let (world, before) = (live.world(limits, keys), live.events);
            live.learned(world, observer);
            totals.events += live.events - before;
        });
    }

    /// The input is over: everything that waits is told, and all connections end.
    pub fn finish(&mut self, keys: &Keyring, observer: &mut dyn Observer) {
        for cell in self.flows.lives.in_order().collect::<Vec<_>>() {
            self.flows.forget(cell, keys, observer);
        }
    }
}

impl Flows {
    /// Counts a frame, whatever it holds.
    #[inline]
    fn count(&mut self, frame: &Frame<'_>, observer: &mut dyn Observer) {
        self.totals.packets += 1;
        self.totals.bytes += frame.bytes.len() as u64;
        if frame.time < self.last && self.foreknown.is_none() {
            observer.warning(frame.number, (&diagnostic::CAP_TIME_BACKWARDS).into());
        }
        self.last = frame.time;
    }

    #[inline]
    fn take(&mut self, frame: &Frame<'_>, decoded: Decoded<'_>, keys: &Keyring, observer: &mut dyn Observer) {
        let whole = [frame.number];
        let frames = if decoded.fragments.is_empty() { &whole[..] } else { decoded.fragments };
        let brought = Brought { frames, time: frame.time };
        let (from, to, segment) = match &decoded.transport {
            decode::Transport::Tcp(segment) => (segment.from, segment.to, Some(segment)),
            decode::Transport::Udp(datagram) => (datagram.from, datagram.to, None),
            other => return self.pass_over(frame.number, other, decoded.notes, observer),
        };
        let transport = if segment.is_some() { Transport::Tcp } else { Transport::Udp };
        let (pair, first) = Pair::of(from, to, transport);
        let cell = self.find((pair, first), [from, to], segment, brought, keys, observer);
        let Some(live) = self.lives.get_mut(cell) else { return };
        let side = live.side(first);
        if let Some(asker) = &mut self.asker {
            asker.ask(&mut live.asking, &mut live.about);
        }
        if frame.comment.is_some() && live.about.first_packet == frame.number && live.about.owners.is_none() {
            let mut lines = frame.comment.unwrap_or_default().lines();
            live.about.owners = lines.find_map(|line| line.parse().ok()).map(Box::new);
        }
        for &number in frames {
            observer.frame(live.about.id, number);
        }
        for note in decoded.notes {
            live.about.noted.add(note.what);
            observer.warning(frame.number, note.clone());
        }
        let quiet = live.is_quiet();
        let (before, waited, remembered) = match quiet {
            true => (live.events, 0, 0),
            false => (live.events, live.tcp.waiting(), live.tcp.remembered()),
        };
        let world = live.world(&self.limits, keys);
        live.count(side, brought);
        match &decoded.transport {
            decode::Transport::Udp(datagram) => live.datagram(side, datagram, brought, world, observer),
            decode::Transport::Tcp(segment) => live.segment(side, segment, brought, world, observer),
            _ => {}
        }
        self.totals.events += live.events - before;
        if quiet && live.is_quiet() {
            return;
        }
        self.waiting = self.waiting - waited + live.tcp.waiting();
        self.remembered = self.remembered - remembered + live.tcp.remembered();
        if self.remembered > self.limits.compared_total {
            self.lives.each(|live| live.tcp.forget());
            self.totals.forgotten += std::mem::take(&mut self.remembered) as u64;
        }
        if self.waiting > self.limits.out_of_order_total {
            self.lose_patience(keys, observer);
        }
    }

    /// Gives the holes up that most waits behind, until half of what may wait is free again.
    fn lose_patience(&mut self, keys: &Keyring, observer: &mut dyn Observer) {
        if self.share.is_some() {
            self.beyond = true;
            return;
        }
        let worth = |cell| self.lives.get(cell).map(|live| (live.tcp.waiting(), live.order, cell));
        let mut order: Vec<(usize, u32, u32)> =
            self.lives.in_order().filter_map(worth).filter(|(waiting, ..)| *waiting > 0).collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        for (waiting, _, cell) in order {
            if self.waiting <= self.limits.out_of_order_total / 2 {
                return;
            }
            let Some(live) = self.lives.get_mut(cell) else { continue };
            let (before, remembered) = (live.events, live.tcp.remembered());
            let world = live.world(&self.limits, keys);
            live.give_up(world, observer);
            self.totals.events += live.events - before;
            self.waiting = self.waiting - waiting + live.tcp.waiting();
            self.remembered = self.remembered - remembered + live.tcp.remembered();
        }
    }

    /// Counts a frame that belongs to no connection.
    fn pass_over(
        &mut self,
        number: FrameNumber,
        what: &decode::Transport<'_>,
        notes: &[Note],
        observer: &mut dyn Observer,
    ) {
        match what {
            decode::Transport::Other(name) => *self.totals.others.entry(name).or_default() += 1,
            decode::Transport::Unreadable => self.totals.unreadable += 1,
            _ => {}
        }
        for note in notes {
            observer.warning(number, note.clone());
        }
    }

    /// The cell of the connection that a packet belongs to; of a new one where it must be. `first`: whether its sender
    /// is the first end of its pair.
    #[inline]
    fn find(
        &mut self,
        (pair, first): (Pair, bool),
        ends: [Endpoint; 2],
        segment: Option<&Segment<'_>>,
        brought: Brought<'_>,
        keys: &Keyring,
        observer: &mut dyn Observer,
    ) -> u32 {
        let mut follows = None;
        if let Some(cell) = self.lives.find(&pair) {
            let Some(live) = self.lives.get(cell) else { return cell };
            let here = |segment| live.tcp.belongs(live.side(first), segment) == Belongs::Here;
            if segment.is_none_or(here) {
                return cell;
            }
            follows = Some(live.tcp.left());
            self.forget(cell, keys, observer);
        }
        self.open(pair, ends, segment, (brought, follows), keys, observer)
    }

    /// Opens a connection; returns its cell.
    fn open(
        &mut self,
        pair: Pair,
        ends: [Endpoint; 2],
        segment: Option<&Segment<'_>>,
        (brought, follows): (Brought<'_>, Option<&'static Diagnostic>),
        keys: &Keyring,
        observer: &mut dyn Observer,
    ) -> u32 {
        if self.lives.count() >= self.limits.connections {
            self.evict(keys, observer);
        }
        let about = self.introduce(&pair, ends, segment, brought, follows);
        let full = observer.wants(&about);
        let midstream = segment.is_some_and(|segment| segment.flags & flags::SYN == 0);
        let may_turn = about.roles == Roles::Inferred && self.foreknown.is_none() && midstream;
        self.lives.add(Live::new(pair, about, midstream, full, may_turn))
    }

    /// The summary of a connection that begins now.
    fn introduce(
        &mut self,
        pair: &Pair,
        [from, to]: [Endpoint; 2],
        segment: Option<&Segment<'_>>,
        brought: Brought<'_>,
        follows: Option<&'static Diagnostic>,
    ) -> Connection {
        let transport = if segment.is_some() { Transport::Tcp } else { Transport::Udp };
        let first = brought.frames.last().copied().unwrap_or_default();
        let foreknown = self.foreknown.as_mut();
        let foreknown =
            foreknown.and_then(|known| known.whole.remove(&first).or_else(|| known.late.remove(pair)));
        let ((client, roles), follows) = match &foreknown {
            Some(known) => ((known.ends[0], known.roles), known.follows),
            None => (roles(from, to, segment), follows),
        };
        let streams = &mut self.streams[transport as usize];
        let (id, stream) = foreknown.as_ref().map_or((self.next, *streams), |known| (known.id, known.stream));
        self.next = id.wrapping_add(1);
        *streams = stream.wrapping_add(1);
        self.totals.connections += 1;
        let mut protocols = Protocols::default();
        protocols.add(transport.name());
        Connection {
            id,
            transport,
            stream,
            ends: [client, if client == from { to } else { from }],
            roles,
            owners: foreknown.and_then(|known| known.owners),
            follows,
            open: if segment.is_some() { Open::Midstream } else { Open::Handshake },
            close: Close::Open,
            closed_by: None,
            protocols,
            start: brought.time,
            end: brought.time,
            first_packet: first,
            last_packet: first,
            packets: [0; 2],
            payload: [0; 2],
            handshake_rtt: None,
            struggle: [Struggle::default(); 2],
            verdicts: Vec::new(),
            noted: Noted::default(),
            notes: Vec::new(),
        }
    }

    /// Lets the oldest connections go: the closed ones first, then the half-open ones, as a flood of SYNs leaves them.
    fn evict(&mut self, keys: &Keyring, observer: &mut dyn Observer) {
        let worth = |live: &Live| match (live.is_over(), live.is_half_open()) {
            (true, _) => 0,
            (false, half_open) => 2 - u8::from(half_open),
        };
        let age = |cell| self.lives.get(cell).map(|live| (worth(live), live.about.end, live.order, cell));
        let mut order: Vec<(u8, Timestamp, u32, u32)> = self.lives.in_order().filter_map(age).collect();
        let some = (order.len() / 8).max(1).min(order.len());
        order.select_nth_unstable(some.saturating_sub(1));
        order.truncate(some);
        let early = order.iter().filter(|(worth, ..)| *worth > 0).count() as u64;
        if early > 0 && self.share.is_some() {
            self.beyond = true;
            return;
        }
        self.totals.evicted += early;
        for (.., cell) in order {
            self.forget(cell, keys, observer);
        }
    }

    fn forget(&mut self, cell: u32, keys: &Keyring, observer: &mut dyn Observer) {
        let Some(mut live) = self.lives.remove(cell) else { return };
        let before = live.events;
        self.waiting -= live.tcp.waiting();
        self.remembered -= live.tcp.remembered();
        live.finish(&self.limits, keys, observer);
        self.totals.events += live.events - before;
        observer.ended(live.about);
    }
}

/// The event kind of bytes that no protocol claims.
fn unclaimed(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "tcp.data",
        Transport::Udp => "udp.datagram",
    }
}

/// Who of the two is the client, and how that is known.
fn roles(from: Endpoint, to: Endpoint, segment: Option<&Segment<'_>>) -> (Endpoint, Roles) {
    let Some(segment) = segment else {
        // An answer whose question was not captured: from the port of a service to one of nobody's.
        let answers = from.port < 1024 && to.port >= 1024 && !to.ip.is_multicast();
        return if answers { (to, Roles::Inferred) } else { (from, Roles::Seen) };
    };
    match (segment.flags & flags::SYN != 0, segment.flags & flags::ACK != 0) {
        (true, false) => (from, Roles::Seen),
        (true, true) => (to, Roles::Inferred),
        _ if from.port < to.port => (to, Roles::Inferred),
        _ => (from, Roles::Inferred),
    }
}
