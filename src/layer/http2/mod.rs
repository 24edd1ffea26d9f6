//! HTTP/2 (RFC 9113), read passively, with WebSocket and other protocols over it (RFC 8441).
//!
//! Both directions of a byte stream go in; what is told are requests and responses (each when it is complete), the
//! frames that steer the connection, and each frame of data as a part. What a CONNECT opens is carried to the layer
//! above on a channel of its own, the stream. Behind missing bytes reading goes on where a frame surely begins; field
//! blocks are not decoded there, as their table is not known any more.

mod block;
mod control;
mod frame;
mod half;
mod message;
mod stream;
mod verdict;
mod window;

use std::collections::BTreeMap;

use crate::event::{Body, Chunk, Origin, Side, Verdict};
use crate::frame::Timestamp;
use crate::layer::protocol::{Hint, Layer, Match, Opening, Out, Protocol, Upgrade};
use frame::PREFACE;
use half::{Half, State};
use stream::Stream;
use verdict::Tally;
use window::Windows;

/// HTTP/2.
pub static PROTOCOL: Protocol = Protocol { name: "h2", probe, start, judge: None };

/// A byte stream is HTTP/2 where TLS agreed upon it, where an upgrade to it was accepted, or by its preface.
fn probe(opening: &Opening<'_>) -> Match {
    match opening.hint {
        Some(Hint::Alpn(name)) if name == "h2" => return Match::Yes,
        Some(Hint::Upgrade(upgrade)) if is_h2c(upgrade) => return Match::Yes,
        Some(Hint::Alpn(_) | Hint::Upgrade(_)) => return Match::No,
        Some(Hint::Tunnel(_)) | None => {}
    }
    let [client, server] = opening.bytes;
    let begins = |bytes: &[u8]| match bytes.len() {
        0 => Match::No,
        len if len >= PREFACE.len() && bytes.starts_with(PREFACE) => Match::Yes,
        _ if PREFACE.starts_with(bytes) && !opening.last => Match::Wait,
        _ => Match::No,
    };
    match (begins(client), begins(server)) {
        (Match::Yes, _) => Match::Yes,
        (_, Match::Yes) => Match::Reversed,
        (Match::Wait, _) | (_, Match::Wait) => Match::Wait,
        // The server need not wait for the preface.
        _ if client.is_empty() && frame::is_settings(server) && !opening.last => Match::Wait,
        _ if server.is_empty() && frame::is_settings(client) && !opening.last => Match::Wait,
        _ if opening.midstream && frame::is_sure(client) && frame::is_sure(server) => Match::Yes,
        _ => Match::No,
    }
}

fn is_h2c(upgrade: &Upgrade) -> bool {
    upgrade.protocol == "h2c" && upgrade.status == 101
}

fn start(hint: Option<&Hint>, out: &mut Out<'_>) -> Box<dyn Layer> {
    let mut http2 = Http2 {
        halves: Side::BOTH.map(|_| Half::new(out)),
        streams: BTreeMap::new(),
        windows: Windows::default(),
        pings: Vec::new(),
        tally: Tally::default(),
    };
    if let Some(Hint::Upgrade(upgrade)) = hint {
        // The request that asked for the upgrade is the one of stream 1 (RFC 7540 3.2).
        http2.streams.insert(1, Stream::upgraded(upgrade));
        http2.tally.requests = 1;
    }
    Box::new(http2)
}

/// HTTP/2 on one byte stream.
struct Http2 {
    halves: [Half; 2],
    streams: BTreeMap<u32, Stream>,
    windows: Windows,
    /// Pings that wait for their answer: who sent it, what, and when.
    pings: Vec<(Side, u64, Timestamp)>,
    tally: Tally,
}

impl Layer for Http2 {
    fn name(&self) -> &'static str {
        PROTOCOL.name
    }

    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        let Chunk { origin, body } = chunk;
        match body {
            Body::Bytes(bytes) => {
                let half = self.half(origin.side);
                half.trailed = false;
                if half.state == State::Lost && frame::is_sure(bytes) {
                    self.tell_unread(origin.side, out);
                    self.half(origin.side).next();
                }
                let mut rest = bytes;
                while !rest.is_empty() {
                    rest = self.step(&origin, rest, out);
                }
            }
            Body::Gap(missing) => self.skip(&origin, missing, out),
            Body::End(end) => self.end(&origin, end, out),
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        self.tally.verdict()
    }

    fn data_kind(&self) -> &'static str {
        "h2.tunnel_data"
    }
}

impl Http2 {
    fn half(&mut self, side: Side) -> &mut Half {
        let [client, server] = &mut self.halves;
        match side {
            Side::Client => client,
            Side::Server => server,
        }
    }
}

/// The same origin on the channel of a stream.
fn on_stream(origin: Origin<'_>, stream: u32) -> Origin<'_> {
    Origin { channel: (stream > 0).then_some(stream), ..origin }
}
