//! Protocols over a byte stream. To add one: write its file, add its line below.

pub mod buffer;
pub mod content;
pub mod data;
pub mod dns;
pub mod http;
pub mod http2;
pub mod protocol;
pub mod proxy;
pub mod sse;
pub mod stack;
pub mod status;
pub mod tls;
pub mod websocket;

use protocol::Protocol;

/// All protocols, in the order in which they are asked whether a byte stream is theirs.
pub static PROTOCOLS: &[&Protocol] = &[
    &proxy::PROTOCOL,
    &tls::PROTOCOL,
    &http2::PROTOCOL,
    &http::PROTOCOL,
    &websocket::PROTOCOL,
    &dns::PROTOCOL,
];

/// The protocols of datagrams, asked for each exchange.
pub static DATAGRAM_PROTOCOLS: &[&Protocol] = &[&dns::DATAGRAM];
