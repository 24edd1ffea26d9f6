//! HTTP/1.x (RFC 9112, RFC 9110), read passively.
//!
//! Both directions of a byte stream go in; requests, responses (each when it is complete, with the request that it
//! answers) and server-sent events come out. What follows a 101 or a tunnel is carried to the layer above, also what
//! stood in the same segment or was sent before the answer. What breaks a rule is a note; where the place is lost,
//! reading goes on at the next start line, and the bytes until there are told as `http.data`.

mod chunked;
mod exchange;
mod half;
mod head;
mod junk;
mod message;
mod verdict;

use std::collections::VecDeque;

use crate::event::{Body, Chunk, Origin, Side, Verdict};
use crate::layer::protocol::{Hint, Layer, Match, Opening, Out, Protocol, Upgrade};
use exchange::Pending;
use half::{Half, State};
use verdict::Tally;

/// HTTP/1.0 and HTTP/1.1.
pub static PROTOCOL: Protocol = Protocol { name: "http/1.1", probe, start, judge: None };

/// A byte stream is HTTP/1.x where a side begins with a start line.
fn probe(opening: &Opening<'_>) -> Match {
    match opening.hint {
        Some(Hint::Alpn(name)) if name.starts_with("http/1.") => return Match::Yes,
        Some(Hint::Alpn(_) | Hint::Upgrade(_)) => return Match::No,
        Some(Hint::Tunnel(_)) | None => {}
    }
    let [client, server] = opening.bytes;
    let begins = |side, bytes: &[u8]| match head::begins(side, head::without_blank_lines(bytes), 0) {
        _ if bytes.is_empty() => Match::No,
        Match::Wait if opening.last && side == Side::Client && head::promises_request(bytes) => Match::Yes,
        Match::Wait if opening.last => Match::No,
        told => told,
    };
    let straight = [begins(Side::Client, client), begins(Side::Server, server)];
    let turned = [begins(Side::Client, server), begins(Side::Server, client)];
    match () {
        () if straight.contains(&Match::Yes) => Match::Yes,
        () if turned.contains(&Match::Yes) => Match::Reversed,
        () if straight.contains(&Match::Wait) || turned.contains(&Match::Wait) => Match::Wait,
        () => Match::No,
    }
}

fn start(_: Option<&Hint>, _: &mut Out<'_>) -> Box<dyn Layer> {
    Box::new(Http::default())
}

/// HTTP/1.x on one byte stream.
#[derive(Default)]
struct Http {
    halves: [Half; 2],
    /// Requests whose final response is not complete, oldest first.
    pending: VecDeque<Pending>,
    /// Requests behind those that were not remembered: there were too many.
    unpaired: u64,
    /// Whether the protocol was switched: what follows is carried.
    switched: bool,
    /// The last upgrade that was refused, or never answered.
    refused: Option<Box<Upgrade>>,
    tally: Tally,
}

impl Layer for Http {
    fn name(&self) -> &'static str {
        PROTOCOL.name
    }

    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        let side = chunk.origin.side;
        self.half(side).begun = true;
        if side == Side::Client && self.was_answered_before(&chunk.origin) {
            self.half(Side::Server).unheld = true;
            self.release(Side::Server, out);
            self.half(Side::Server).unheld = false;
        }
        let half = self.half(side);
        match half.held.is_empty() {
            true => self.take(chunk, out),
            false => half.hold(chunk),
        }
        while let Some(side) = Side::BOTH.into_iter().find(|side| self.may_release(*side, out)) {
            self.release(side, out);
        }
    }

    fn is_through(&self) -> bool {
        self.halves.iter().all(|half| half.state == State::Carried && half.held.is_empty())
    }

    fn verdict(&self) -> Option<Verdict> {
        self.tally.verdict()
    }

    fn data_kind(&self) -> &'static str {
        "http.tunnel_data"
    }
}

impl Http {
    fn half(&mut self, side: Side) -> &mut Half {
        let [client, server] = &mut self.halves;
        match side {
            Side::Client => client,
            Side::Server => server,
        }
    }

    /// Takes the next piece of a direction from which nothing is held.
    fn take(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        let Chunk { origin, body } = chunk;
        match body {
            Body::Bytes(bytes) => {
                self.half(origin.side).trailed = false;
                let mut rest = bytes;
                while !rest.is_empty() {
                    rest = self.step(&origin, rest, out);
                }
            }
            _ if self.must_hold(origin.side, out) => self.half(origin.side).hold(chunk),
            Body::Gap(missing) => self.skip(&origin, missing, out),
            Body::End(end) => self.end(&origin, end, out),
        }
    }

    /// Whether what comes next in a direction cannot be understood yet: what a client sends behind a request to switch
    /// protocols, and what a server sends before any request, which may have been captured late.
    fn must_hold(&self, side: Side, out: &Out<'_>) -> bool {
        let [client, server] = &self.halves;
        match side {
            Side::Client => {
                let asked = self.pending.back().is_some_and(|request| request.switch.is_some());
                client.is_between() && asked && !self.switched && !client.unheld && !server.ended
            }
            Side::Server => {
                let expected = !self.pending.is_empty() || client.ended || client.gap || client.is_in_head();
                server.is_between() && !expected && !self.switched && !server.unheld && !out.roles_inferred()
            }
        }
    }

    /// Whether what the server sent before any request was really sent before it, and not only captured so.
    fn was_answered_before(&mut self, request: &Origin<'_>) -> bool {
        self.half(Side::Server).held.front().is_some_and(|held| held.origin(Side::Server).time < request.time)
    }

    /// Whether there is something held that need not, or can no longer, be held.
    fn may_release(&mut self, side: Side, out: &Out<'_>) -> bool {
        let most = match side {
            Side::Client => out.limits().message,
            Side::Server => out.limits().opening,
        };
        let half = self.half(side);
        if half.held.is_empty() {
            return false;
        }
        half.unheld |= half.held_len > most || (side == Side::Server && half.holds_end());
        half.unheld || !self.must_hold(side, out)
    }

    /// Reads on with what was held.
    pub fn release(&mut self, side: Side, out: &mut Out<'_>) {
        let half = self.half(side);
        half.held_len = 0;
        let mut held = std::mem::take(&mut half.held);
        while let Some(piece) = held.pop_front() {
            self.take(piece.chunk(side), out);
            if !self.half(side).held.is_empty() {
                break;
            }
        }
        self.half(side).hold_again(held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_claimed_by_what_a_side_begins_with_or_by_what_is_said_below() {
        let alpn = |name: &str| Some(Hint::Alpn(name.into()));
        for (hint, bytes, last, expected) in [
            (None, ["GET / HTTP/1.1\r\n", ""], false, Match::Yes),
            (None, ["", "HTTP/1.1 200 OK\r\n"], false, Match::Yes),
            (None, ["\r\n\r\nGET / HTTP/1.1\r\n", ""], false, Match::Yes),
            (None, ["HTTP/1.1 200 OK\r\n", ""], false, Match::Reversed),
            (None, ["", "GET / HTTP/1.1\r\n"], false, Match::Reversed),
            (None, ["GET /", ""], false, Match::Wait),
            (None, ["", "GET /"], false, Match::Wait),
            (None, ["GET /", ""], true, Match::Yes),
            (None, ["GET", ""], true, Match::No),
            (None, ["", "HTTP/1.1 2"], true, Match::No),
            (None, ["", "220 hello\r\n"], false, Match::No),
            (None, ["", ""], false, Match::No),
            (alpn("http/1.1"), ["", ""], false, Match::Yes),
            (alpn("h2"), ["GET / HTTP/1.1\r\n", ""], false, Match::No),
            (Some(Hint::Upgrade(Box::default())), ["GET / HTTP/1.1\r\n", ""], false, Match::No),
        ] {
            let (bytes, hint) = (bytes.map(str::as_bytes), hint.as_ref());
            let opening = Opening { bytes, hint, server_port: 80, midstream: false, last };
            assert_eq!(probe(&opening), expected, "{opening:?}");
        }
    }
}
