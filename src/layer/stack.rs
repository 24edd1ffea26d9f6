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
    /// Whether the layer carries all that comes, and need not be asked.
    through: bool,
    /// Set where an inferred client turned out to be the server: everything from here is the other way round.
    reversed: bool,
}

enum State {
    Undecided(Waiting),
    Reading(Box<dyn Layer>),
    /// Nobody knows it: its bytes are events as they are, unless one of the protocols begins later, as behind STARTTLS
    /// or a SOCKS handshake.
    Unknown,
}

/// What is known while a protocol is not told yet.
#[derive(Default)]
struct Waiting {
    hint: Option<Hint>,
    midstream: bool,
    /// What had to be kept; most often the first bytes tell.
    kept: Option<Box<Chunks>>,
}

/// Chunks in order, and the bytes of each side.
#[derive(Default)]
struct Chunks {
    chunks: Vec<Kept>,
    bytes: [Vec<u8>; 2],
}

/// A chunk, owned; its bytes stand in [`Chunks::bytes`].
struct Kept {
    side: Side,
    len: usize,
    /// What it is where it is not bytes.
    other: Option<Body<'static>>,
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
            through: false,
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
        self.through = false;
        self.state = State::Undecided(Waiting { hint: Some(hint), ..Waiting::default() });
        self.decide(false, height, sink, world);
    }

    /// Takes the next piece.
    pub fn feed(&mut self, mut chunk: Chunk<'_>, height: usize, sink: &mut dyn Sink, world: World<'_>) {
        if self.reversed {
            chunk.origin.side = chunk.origin.side.other();
        }
        if self.through
            && let Some(slot) = self.above.first_mut()
        {
            return slot.feed(chunk, height + 1, sink, world);
        }
        let waiting = match &mut self.state {
            State::Reading(layer) => {
                let kind = layer.data_kind();
                let mut out = Out { above: &mut self.above, height: height + 1, kind, sink, world };
                layer.feed(chunk, &mut out);
                self.through = !self.above.is_empty() && layer.is_through();
                return;
            }
            State::Unknown => {
                let Some(protocol) = begins(&chunk, world) else {
                    return data::tell(&chunk, self.kind(height, world), sink, world);
                };
                self.start(protocol, Waiting::default(), height, sink, world);
                return self.feed(chunk, height, sink, world);
            }
            State::Undecided(waiting) => waiting,
        };
        let other = match chunk.body {
            Body::Bytes(bytes) => {
                if waiting.kept.is_none() && self.decide_at_once(&chunk, bytes, height, sink, world) {
                    return self.feed(chunk, height, sink, world);
                }
                let State::Undecided(waiting) = &mut self.state else { return };
                waiting.keep(&chunk.origin, bytes, None);
                return self.decide(false, height, sink, world);
            }
            Body::Gap(missing) => Body::Gap(missing),
            Body::End(end) => Body::End(end),
        };
        self.decide(true, height, sink, world);
        match &mut self.state {
            State::Undecided(waiting) => {
                waiting.midstream |= matches!(other, Body::Gap(_));
                waiting.keep(&chunk.origin, &[], Some(other));
            }
            _ => self.feed(chunk, height, sink, world),
        }
    }

    /// Passes on that new secrets are known, or, where there is nothing `more` to wait for, that it is over.
    pub fn learned(&mut self, more: bool, height: usize, sink: &mut dyn Sink, world: World<'_>) {
        if let State::Reading(layer) = &mut self.state {
            let kind = layer.data_kind();
            let mut out = Out { above: &mut self.above, height: height + 1, kind, sink, world };
            if more { layer.learned(&mut out) } else { layer.let_go(&mut out) }
        }
        for slot in &mut self.above {
            slot.learned(more, height + 1, sink, world);
        }
    }

    /// Whether any layer keeps something back until secrets are known.
    pub fn waits(&self) -> bool {
        matches!(&self.state, State::Reading(layer) if layer.waits()) || self.above.iter().any(Slot::waits)
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

    /// Starts the layer of a protocol, with all that was kept.
    fn start(
        &mut self,
        protocol: &Protocol,
        waiting: Waiting,
        height: usize,
        sink: &mut dyn Sink,
        world: World<'_>,
    ) {
        sink.protocol(protocol.name);
        let mut out = Out { above: &mut self.above, height: height + 1, kind: "", sink, world };
        let mut layer = (protocol.start)(waiting.hint.as_ref(), &mut out);
        out.kind = layer.data_kind();
        waiting.replay(self.reversed, |chunk| layer.feed(chunk, &mut out));
        self.state = State::Reading(layer);
    }

    /// Asks the protocols about the first bytes where they lie, not copied; whether one said yes.
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
        let waiting = std::mem::take(waiting);
        self.reversed = reversed;
        self.start(protocol, waiting, height, sink, world);
        true
    }

    /// Asks the protocols; starts the one that says yes, with all that was kept.
    fn decide(&mut self, last: bool, height: usize, sink: &mut dyn Sink, world: World<'_>) {
        let State::Undecided(waiting) = &mut self.state else { return };
        let (found, last) = waiting.ask(waiting.bytes(), last, world);
        match found {
            Some((protocol, reversed)) => {
                let waiting = std::mem::take(waiting);
                self.reversed = reversed;
                self.start(protocol, waiting, height, sink, world);
            }
            None if last && waiting.has_bytes() => {
                let waiting = std::mem::take(waiting);
                self.state = State::Unknown;
                waiting.replay(false, |chunk| self.feed(chunk, height, sink, world));
            }
            None => {}
        }
    }
}

impl Waiting {
    /// What each side has sent.
    fn bytes(&self) -> [&[u8]; 2] {
        self.kept.as_ref().map_or_else(Default::default, |kept| kept.bytes.each_ref().map(Vec::as_slice))
    }

    fn has_bytes(&self) -> bool {
        self.bytes().iter().any(|bytes| !bytes.is_empty())
    }

    fn keep(&mut self, origin: &Origin<'_>, bytes: &[u8], other: Option<Body<'static>>) {
        let mut trail = Trail::default();
        trail.add(origin, usize::MAX);
        let kept = self.kept.get_or_insert_default();
        kept.chunks.push(Kept { side: origin.side, len: bytes.len(), other, trail });
        if let Some(kept) = kept.bytes.get_mut(origin.side as usize) {
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
        (None, opening.last || (!wait && self.has_bytes()))
    }

    /// Hands out what was kept, in order, sides turned round where `reversed`.
    fn replay(&self, reversed: bool, mut take: impl FnMut(Chunk<'_>)) {
        let mut rest = self.bytes();
        for kept in self.kept.iter().flat_map(|kept| &kept.chunks) {
            let Some(own) = rest.get_mut(kept.side as usize) else { continue };
            let (bytes, after) = own.split_at_checked(kept.len).unwrap_or((own, &[]));
            *own = after;
            let side = if reversed { kept.side.other() } else { kept.side };
            take(Chunk { origin: kept.trail.origin(side), body: kept.other.unwrap_or(Body::Bytes(bytes)) });
        }
    }
}

/// The protocol that begins with a chunk of a stream that was nobody's so far.
fn begins(chunk: &Chunk<'_>, world: World<'_>) -> Option<&'static Protocol> {
    let Body::Bytes(first) = chunk.body else { return None };
    let mut bytes: [&[u8]; 2] = Default::default();
    *bytes.get_mut(chunk.origin.side as usize)? = first;
    let opening = Opening { bytes, hint: None, server_port: world.server_port, midstream: false, last: true };
    world.protocols.iter().copied().find(|protocol| (protocol.probe)(&opening) == Match::Yes)
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
        self.0.learned(true, 0, sink, world);
    }

    /// Whether any layer keeps something back until secrets are known.
    pub fn waits(&self) -> bool {
        self.0.waits()
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

    /// [`Stack::verdicts`], added to what is there.
    pub fn add_verdicts(&self, verdicts: &mut Vec<Verdict>) {
        self.0.verdicts(verdicts);
    }

    /// Ends both directions where the capture does; nothing is kept back any more.
    pub fn end(&mut self, ended: [bool; 2], origin: Origin<'_>, sink: &mut dyn Sink, world: World<'_>) {
        self.0.learned(false, 0, sink, world);
        for side in Side::BOTH {
            if !ended[side as usize] {
                let origin = Origin { side, ..origin };
                self.feed(Chunk { origin, body: Body::End(End::Capture) }, sink, world);
            }
        }
    }
}

#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostic, Note};
    use crate::event::{Event, Packet};
    use crate::frame::Timestamp;
    use crate::keyring::Keyring;
    use crate::layer::PROTOCOLS;
    use crate::limits::Limits;

    #[derive(Default)]
    struct Heard {
        kinds: Vec<&'static str>,
        protocols: Vec<&'static str>,
        noted: Vec<&'static str>,
    }

    impl Sink for Heard {
        fn full(&self) -> bool {
            true
        }
        fn number(&mut self, notes: &[Note]) -> u64 {
            self.noted.extend(notes.iter().map(|note| note.what.id));
            self.kinds.len() as u64
        }
        fn keep(&mut self, event: Event) {
            self.kinds.push(event.facts.kind());
        }
        fn packet(&mut self, _: Packet) {}
        fn note(&mut self, _: &'static Diagnostic) {}
        fn protocol(&mut self, name: &'static str) {
            self.protocols.push(name);
        }
    }

    fn hear(midstream: bool, chunks: &[(Side, Body<'_>)]) -> Heard {
        let (limits, keys, mut heard) = (Limits::default(), Keyring::default(), Heard::default());
        let world = World {
            limits: &limits,
            keys: &keys,
            server_port: 7777,
            roles_inferred: false,
            protocols: PROTOCOLS,
            unclaimed: "tcp.data",
        };
        let mut stack = Stack::new(midstream);
        for (frame, (side, body)) in chunks.iter().enumerate() {
            let (frames, time) = ([frame as u64 + 1], Timestamp(frame as i64));
            let origin = Origin::new(*side, time, &frames);
            stack.feed(Chunk { origin, body: *body }, &mut heard, world);
        }
        let origin = Origin::new(Client, Timestamp(0), &[99]);
        stack.end([false; 2], origin, &mut heard, world);
        heard
    }

    use Side::{Client, Server};

    const GET: Body<'_> = Body::Bytes(b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n");

    #[test]
    fn a_protocol_may_begin_behind_what_nobody_claims() {
        let told = hear(
            false,
            &[
                (Client, Body::Bytes(b"\x05\x01\x00")),
                (Server, Body::Bytes(b"\x05\x00")),
                (Client, Body::Bytes(b"\x05\x01\x00\x01\x7f\0\0\x01\0\x50")),
                (Server, Body::Bytes(b"\x05\0\0\x01\x7f\0\0\x01\x10\0")),
                (Client, GET),
                (Server, Body::Bytes(b"HTTP/1.1 204 No Content\r\n\r\n")),
            ],
        );
        let data = ["tcp.data"; 4];
        assert_eq!((&told.kinds[..4], &told.kinds[4..]), (&data[..], &["http.request", "http.response"][..]));
        assert_eq!(told.protocols, ["http/1.1"]);
        // Also among the chunks that were kept while it was not told; but in no chunk's middle.
        assert_eq!(
            hear(true, &[(Client, Body::Bytes(b"\0")), (Client, GET)]).kinds,
            ["tcp.data", "http.request"]
        );
        let within = Body::Bytes(b"\0GET /a HTTP/1.1\r\nHost: b\r\n\r\n");
        assert_eq!(hear(false, &[(Client, within)]).kinds, ["tcp.data"]);
    }

    #[test]
    fn a_layer_is_told_what_is_missing_before_its_first_bytes() {
        let answer = Body::Bytes(b"HTTP/1.1 204 No Content\r\n\r\n");
        let chunks = [(Client, Body::Gap(9)), (Server, answer), (Client, GET)];
        assert_eq!(hear(false, &chunks).noted, [""; 0]);
        assert_eq!(hear(false, &chunks[1..]).noted, ["http.unexpected-response"]);
    }
}
