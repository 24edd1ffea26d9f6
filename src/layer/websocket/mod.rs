//! WebSocket (RFC 6455) with permessage-deflate (RFC 7692), over HTTP/1.1 or HTTP/2 (RFC 8441), read passively.
//!
//! The bytes behind an upgrade go in; the handshake as a whole, every frame and every message come out, with the
//! rules that each broke. Nothing is sent, and nothing is believed that was not seen: where the handshake is missing,
//! frames are claimed only on strong evidence, and what cannot be inflated is said to be unreadable.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod close;
mod conversation;
mod direction;
mod extension;
mod facts;
mod frame;
mod handshake;
mod held;
mod inflate;
mod message;
mod probe;
mod rules;
mod shape;
mod utf8;
mod verdict;

use crate::layer::protocol::Protocol;

/// WebSocket.
pub static PROTOCOL: Protocol = Protocol {
    name: "websocket",
    probe: probe::probe,
    start: |hint, out| Box::new(conversation::Conversation::start(hint, out)),
    judge: Some(handshake::judge),
};
