//! All that was seen of the connections that are open to the reader, in order, append only.

use crate::connection::Connection;
use crate::event::{Event, Packet};
use crate::frame::FrameNumber;
use crate::model::growing::Growing;

/// An event and whose it is.
#[derive(Debug)]
pub struct Traced {
    /// The connection ([`Connection::id`]).
    pub connection: u32,
    /// The event.
    pub event: Event,
}

/// A packet and whose it is.
#[derive(Debug)]
pub struct Seen {
    /// The connection ([`Connection::id`]).
    pub connection: u32,
    /// The packet.
    pub packet: Packet,
}

/// Everything known of one or several connections. Events and packets stand in the order in which they came.
#[derive(Debug, Default)]
pub struct Trace {
    /// The summaries, in order of the first packet.
    pub connections: Vec<Connection>,
    /// What happened.
    pub events: Growing<Traced>,
    /// Each packet.
    pub packets: Growing<Seen>,
    /// Frames that the user or a tool wrote a comment to.
    pub comments: Vec<(FrameNumber, String)>,
}

impl Trace {
    /// The summary of a connection.
    pub fn connection(&self, id: u32) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id == id)
    }
}
