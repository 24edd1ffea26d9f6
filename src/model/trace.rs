//! All that was seen of the connections that are open to the reader, in order, append only.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::connection::Connection;
use crate::event::{Event, Packet};
use crate::frame::{FrameNumber, Timestamp};
use crate::model::diagram::Only;
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

/// What a comment begins with that stands above the row of its frame.
pub const BEFORE: &str = "before: ";

/// Everything known of one or several connections. Events and packets stand in the order in which they came.
#[derive(Debug, Default)]
pub struct Trace {
    /// The summaries, in order of the first packet.
    pub connections: Vec<Connection>,
    /// What happened.
    pub events: Growing<Traced>,
    /// Each packet.
    pub packets: Growing<Seen>,
    /// Frames that the user or a tool wrote a comment to. What begins with [`BEFORE`] stands above the row of its
    /// frame, all else below.
    pub comments: Vec<(FrameNumber, String)>,
}

impl Trace {
    /// The events that stay where `only` is asked, by their connection and their number in it.
    pub fn fitting(&self, only: &Only) -> FxHashSet<(u32, u64)> {
        let mut last: FxHashMap<u32, Timestamp> = FxHashMap::default();
        let fits = |traced: &&Traced| {
            let event = &traced.event;
            let before = last.insert(traced.connection, event.time);
            let delta = before.map(|before| event.time.since(before));
            self.connection(traced.connection).is_some_and(|connection| only(connection, event, delta))
        };
        self.events.iter().filter(fits).map(|traced| (traced.connection, traced.event.n)).collect()
    }

    /// Whether a comment, by its place, stands above the row of its frame.
    pub(super) fn is_before(&self, place: usize) -> bool {
        self.comments.get(place).is_some_and(|(_, text)| text.starts_with(BEFORE))
    }

    /// The summary of a connection.
    pub fn connection(&self, id: u32) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id == id)
    }
}
