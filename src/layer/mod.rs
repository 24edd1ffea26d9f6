//! Protocols over a byte stream. To add one: write its file, add its line below.

pub mod buffer;
pub mod data;
pub mod protocol;
pub mod stack;
pub mod tls;

use protocol::Protocol;

/// All protocols, in the order in which they are asked whether a byte stream is theirs.
pub static PROTOCOLS: &[&Protocol] = &[&tls::PROTOCOL];
