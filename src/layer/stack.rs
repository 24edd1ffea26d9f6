//! The tower of layers over one byte stream: what one carries, the next one reads.

use crate::event::{Body, Chunk, End, Origin, Side, Sink, Verdict};
use crate::layer::buffer::Trail;
use crate::layer::data;
use crate::layer::protocol::{Hint, Layer, Match, Opening, Out, Protocol, World};

/// The place of a layer: undecided until the first bytes or a hint tell the protocol.
pub struct Slot {
    channel: u32,
    /// The event kind of bytes that nobody here claims; at the bottom, [`World::unclaimed`].
    kind: &'static str,
    state: State,
    above: Vec<Slot>,
    /// Set where an inferred client turned out to be the server: everything from here is the other way round.
    reversed: bool,
}

enum State {
    Undecided(Waiting),
    Reading(Box<dyn Layer>),
    /// Nobody knows it: its bytes are events as they are.
    Unknown,
}

/// What is kept while a protocol is not told yet.
#[derive(Default)]
struct Waiting {
    hint: Option<Hint>,
    midstream: bool,
    chunks: Vec<Kept>,
    bytes: [Vec<u8>; 2],
}

/// A chunk, owned.
struct Kept {
    side: Side,
    len: usize,
    trail: Trail,
}

impl Slot {
    /// A slot that waits for its first bytes.
    pub fn new(channel: u32, kind: &'static str) -> Slot {
        Slot {
            channel,
            kind,
            state: State::Undecided(Waiting::default()),
            above: Vec::new(),
            reversed: false,
        }
    }

    /// The slot at the bottom of a connection; `midstream` where its start was not captured.
    pub fn bottom(midstream: bool) -> Slot {
        let mut slot = Slot::new(0, "");
        if let State::Undecided(waiting) = &mut slot.state {
            waiting.midstream = midstream;
        }
        slot
    }

    /// The channel of the layer below that it stands on.
    pub fn channel(&self) -> u32 {
        self.channel
    }

    /// Whether the client turned out to be the server.
    pub fn reversed(&self) -> bool {
        self.reversed
    }

    /// Forgets that it is reversed, as the connection below has been turned round.
    pub fn turned(&mut self) {
        self.reversed = false;
    }

    /// Takes a hint from the layer below.
    pub fn expect(&mut self, hint: Hint, height: usize, sink: &mut dyn Sink, world: World<'_>) {
        // A hint opens a new stream on this slot: what stood here before the switch is over.
        self.above.clear();
        self.state = State::Undecided(Waiting { hint: Some(hint), ..Waiting::default() });
        self.decide(false, height, sink, world);
    }

    /// Takes the next piece.
    pub fn feed(&mut self, mut chunk: Chunk<'_>, height: usize, sink: &mut dyn Sink, world: World<'_>) {
        if self.reversed {
            chunk.origin.side = chunk.origin.side.other();
        }
        let waiting = match &mut self.state {
            State::Reading(layer) => {
                let kind = layer.data_kind();
                let mut out = Out { above: &mut self.above, height: height + 1, kind, sink, world };
                return layer.feed(chunk, &mut out);
            }
            State::Unknown => return data::tell(&chunk, self.kind(height, world), sink, world),
            State::Undecided(waiting) => waiting,
        };
        match chunk.body {
            Body::Bytes(bytes) => {
                if waiting.chunks.is_empty() && self.decide_at_once(&chunk, bytes, height, sink, world) {
                    return;
                }
                let State::Undecided(waiting) = &mut self.state else { return };
                waiting.keep(&chunk.origin, bytes);
                self.decide(false, height, sink, world);
            }
            Body::Gap(_) | Body::End(_) => {
                self.decide(true, height, sink, world);
                if let State::Undecided(waiting) = &mut self.state {
                    waiting.midstream |= matches!(chunk.body, Body::Gap(_));
                    if waiting.chunks.is_empty() {
                        return data::tell(&chunk, self.kind(height, world), sink, world);
                    }
                }
                self.feed_decided(chunk, height, sink, world);
            }
        }
    }

    /// Passes on that new secrets are known.
    pub fn learned(&mut self, height: usize, sink: &mut dyn Sink, world: World<'_>) {
        if let State::Reading(layer) = &mut self.state {
            let kind = layer.data_kind();
            layer.learned(&mut Out { above: &mut self.above, height: height + 1, kind, sink, world });
        }
        for slot in &mut self.above {
            slot.learned(height + 1, sink, world);
        }
    }

    /// How it went, outermost first.
    pub fn verdicts(&self, verdicts: &mut Vec<Verdict>) {
        if let State::Reading(layer) = &self.state {
            verdicts.extend(layer.verdict());
        }
        for slot in self.above.iter().take(4) {
            slot.verdicts(verdicts);
        }
    }

    fn kind(&self, height: usize, world: World<'_>) -> &'static str {
        if height == 0 { world.unclaimed } else { self.kind }
    }

    fn feed_decided(&mut self, chunk: Chunk<'_>, height: usize, sink: &mut dyn Sink, world: World<'_>) {
        match &mut self.state {
            State::Reading(layer) => {
                let kind = layer.data_kind();
                layer.feed(chunk, &mut Out { above: &mut self.above, height: height + 1, kind, sink, world });
            }
            _ => data::tell(&chunk, self.kind(height, world), sink, world),
        }
    }

    /// Asks the protocols about the first bytes where they lie; whether one said yes and was given them.
    fn decide_at_once(
        &mut self,
        chunk: &Chunk<'_>,
        bytes: &[u8],
        height: usize,
        sink: &mut dyn Sink,
        world: World<'_>,
    ) -> bool {
        let State::Undecided(waiting) = &mut self.state else { return false };
        let first = match chunk.origin.side {
            Side::Client => [bytes, &[]],
            Side::Server => [&[], bytes],
        };
        let (Some((protocol, reversed)), _) = waiting.ask(first, false, world) else { return false };
        let hint = waiting.hint.take();
        let mut chunk = *chunk;
        if reversed {
            chunk.origin.side = chunk.origin.side.other();
        }
        self.start(protocol, reversed, hint, height, sink, world, |layer, out| layer.feed(chunk, out));
        true
    }

    /// Starts a layer and gives it its first bytes.
    #[allow(clippy::too_many_arguments)]
    fn start(
        &mut self,
        protocol: &'static Protocol,
        reversed: bool,
        hint: Option<Hint>,
        height: usize,
        sink: &mut dyn Sink,
        world: World<'_>,
        feed: impl FnOnce(&mut dyn Layer, &mut Out<'_>),
    ) {
        self.reversed = reversed;
        sink.protocol(protocol.name);
        let mut out = Out { above: &mut self.above, height: height + 1, kind: "", sink, world };
        let mut layer = (protocol.start)(hint.as_ref(), &mut out);
        out.kind = layer.data_kind();
        feed(layer.as_mut(), &mut out);
        self.state = State::Reading(layer);
    }

    /// Asks the protocols; starts the one that says yes, with all that was kept.
    fn decide(&mut self, last: bool, height: usize, sink: &mut dyn Sink, world: World<'_>) {
        let State::Undecided(waiting) = &mut self.state else { return };
        let [client, server] = &waiting.bytes;
        let (found, last) = waiting.ask([client, server], last, world);
        match found {
            Some((protocol, reversed)) => {
                let mut waiting = std::mem::take(waiting);
                let hint = waiting.hint.take();
                self.start(protocol, reversed, hint, height, sink, world, |layer, out| {
                    waiting.replay(reversed, |chunk| layer.feed(chunk, out));
                });
            }
            None if last && !waiting.chunks.is_empty() => {
                let waiting = std::mem::take(waiting);
                let kind = self.kind(height, world);
                waiting.replay(false, |chunk| data::tell(&chunk, kind, sink, world));
                self.state = State::Unknown;
            }
            None => {}
        }
    }
}

impl Waiting {
    fn keep(&mut self, origin: &Origin<'_>, bytes: &[u8]) {
        let mut trail = Trail::default();
        trail.add(origin, usize::MAX);
        self.chunks.push(Kept { side: origin.side, len: bytes.len(), trail });
        if let Some(kept) = self.bytes.get_mut(origin.side as usize) {
            kept.extend_from_slice(bytes);
        }
    }

    /// The protocol that says yes to the first bytes of both sides, if one does, and whether it is reversed; and
    /// whether nobody can any more.
    fn ask(
        &self,
        [client, server]: [&[u8]; 2],
        last: bool,
        world: World<'_>,
    ) -> (Option<(&'static Protocol, bool)>, bool) {
        let full = client.len() + server.len() > world.limits.opening;
        let opening = Opening {
            bytes: [client, server],
            hint: self.hint.as_ref(),
            server_port: world.server_port,
            midstream: self.midstream,
            last: last || full,
        };
        let mut wait = false;
        for protocol in world.protocols {
            match (protocol.probe)(&opening) {
                Match::Yes => return (Some((protocol, false)), true),
                Match::Reversed if world.roles_inferred => return (Some((protocol, true)), true),
                Match::Wait => wait = true,
                Match::No | Match::Reversed => {}
            }
        }
        let empty = client.is_empty() && server.is_empty();
        (None, opening.last || (!wait && !empty))
    }

    /// Hands out what was kept, in order, sides turned round where `reversed`.
    fn replay(&self, reversed: bool, mut take: impl FnMut(Chunk<'_>)) {
        let mut rest = [self.bytes[0].as_slice(), self.bytes[1].as_slice()];
        for kept in &self.chunks {
            let Some(own) = rest.get_mut(kept.side as usize) else { continue };
            let (bytes, after) = own.split_at_checked(kept.len).unwrap_or((own, &[]));
            *own = after;
            let side = if reversed { kept.side.other() } else { kept.side };
            take(Chunk { origin: kept.trail.origin(side), body: Body::Bytes(bytes) });
        }
    }
}

/// All layers of one connection.
pub struct Stack(Slot);

impl Stack {
    /// A stack that has read nothing; `midstream` where the start of the connection was not captured.
    pub fn new(midstream: bool) -> Stack {
        Stack(Slot::bottom(midstream))
    }

    /// Takes the next piece of the connection.
    pub fn feed(&mut self, chunk: Chunk<'_>, sink: &mut dyn Sink, world: World<'_>) {
        self.0.feed(chunk, 0, sink, world);
    }

    /// Takes a whole datagram: what it is must be told from it alone.
    pub fn datagram(&mut self, chunk: Chunk<'_>, sink: &mut dyn Sink, world: World<'_>) {
        self.0.feed(chunk, 0, sink, world);
        self.0.decide(true, 0, sink, world);
    }

    /// Passes on that new secrets are known.
    pub fn learned(&mut self, sink: &mut dyn Sink, world: World<'_>) {
        self.0.learned(0, sink, world);
    }

    /// Whether the client turned out to be the server; said once.
    pub fn take_reversed(&mut self) -> bool {
        let reversed = self.0.reversed();
        self.0.turned();
        reversed
    }

    /// How it went, outermost first.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        self.add_verdicts(&mut verdicts);
        verdicts
    }

    /// Adds [`Stack::verdicts`] to others.
    pub fn add_verdicts(&self, verdicts: &mut Vec<Verdict>) {
        self.0.verdicts(verdicts);
    }

    /// Ends both directions where the capture does.
    pub fn end(&mut self, ended: [bool; 2], origin: Origin<'_>, sink: &mut dyn Sink, world: World<'_>) {
        for side in Side::BOTH {
            if !ended[side as usize] {
                let origin = Origin { side, ..origin };
                self.feed(Chunk { origin, body: Body::End(End::Capture) }, sink, world);
            }
        }
    }
}
