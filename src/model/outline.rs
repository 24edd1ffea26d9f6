//! Which rows a diagram has. A row is made when somebody looks at it, so a million packets cost no million strings.
//!
//! A trace and a view go in; each row can be asked for by its place, and a place by what is looked for there. An
//! outline holds for the trace as it was: where that grew, make a new one (that is linear in events and packets).

use rustc_hash::FxHashMap;

use crate::connection::Connection;
use crate::event::{Event, Phase};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::model::build;
use crate::model::diagram::{Key, Lane, Level, View};
use crate::model::fold::Group;
use crate::model::phase::Band;
use crate::model::trace::Trace;

/// The rows of a diagram before they are made.
#[derive(Debug)]
pub struct Outline {
    /// What it shows, in a few words.
    pub title: String,
    /// The parties, from left to right.
    pub lanes: Vec<Lane>,
    /// The moment that relative times count from.
    pub start: Timestamp,
    /// The last moment in it.
    pub end: Timestamp,
    /// Whether times have digits below the microsecond.
    pub nanos: bool,
    /// The language of its texts.
    pub lang: Lang,
    /// How much it shows.
    pub level: Level,
    /// How many events (packets, at their level) the view keeps out.
    pub hidden: u64,
    pub(super) places: FxHashMap<u32, u32>,
    pub(super) ends: Vec<[usize; 2]>,
    pub(super) items: Vec<Item>,
    pub(super) groups: Vec<Group>,
    pub(super) bands: Vec<Band>,
    /// The events that each frame completed, by frame; kept at the level of packets.
    pub(super) completed: Vec<(FrameNumber, u32)>,
}

/// A row before it is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub of: Of,
    pub depth: u8,
    pub open: Option<bool>,
    pub delta: Option<i64>,
}

/// What a row is of; numbers are places in the trace, groups and bands are the outline's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Of {
    Connection(u32),
    /// A connection's verdict, counted from the outermost.
    Verdict(u32, u16),
    Band(u32),
    Group(u32),
    /// An event at the level of packets: a gap.
    Event(u32),
    /// A packet, and whose transport state it changed.
    Packet(u32, [bool; 2]),
    ConnectionNote(u32, u16),
    /// A diagnostic of a connection that no other row names, by [`crate::diagnostic::Diagnostic::index`].
    Noted(u32, u8),
    EventNote(u32, u16),
    PacketNote(u32, u16),
    Silence(Timestamp, i64),
    /// What was written to a frame, and which of the remarks to it.
    Remark(u32, u16),
}

impl Outline {
    /// The rows of what `view` wants to see of `trace`.
    pub fn new(trace: &Trace, view: &View) -> Outline {
        build::outline(trace, view)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What the row at `index` is of. Panics where there is no such row.
    pub fn key(&self, trace: &Trace, index: usize) -> Key {
        let connection = |place: u32| trace.connections[place as usize].id;
        match self.items[index].of {
            Of::Connection(place) => Key::Connection(connection(place)),
            Of::Verdict(place, nth) => Key::Verdict(connection(place), nth),
            Of::Band(place) => {
                let band = &self.bands[place as usize];
                let first = &self.groups[band.groups.start as usize];
                let n = trace.events[first.event as usize].event.n;
                Key::Phase(connection(band.connection), n)
            }
            Of::Group(place) => event_key(trace, self.groups[place as usize].event),
            Of::Event(place) => event_key(trace, place),
            Of::Packet(place, _) => {
                let seen = &trace.packets[place as usize];
                Key::Packet(seen.connection, seen.packet.number)
            }
            Of::ConnectionNote(place, nth) => Key::Note(connection(place), u64::MAX, nth),
            Of::Noted(place, index) => Key::Note(connection(place), u64::MAX, u16::from(index) | PACKET_NOTE),
            Of::EventNote(place, nth) => {
                let traced = &trace.events[place as usize];
                Key::Note(traced.connection, traced.event.n, nth)
            }
            Of::PacketNote(place, nth) => {
                let seen = &trace.packets[place as usize];
                Key::Note(seen.connection, seen.packet.number, nth | PACKET_NOTE)
            }
            Of::Silence(before, _) => Key::Silence(before),
            Of::Remark(place, nth) => Key::Remark(trace.comments[place as usize].0, nth),
        }
    }

    /// How many events the row at `index` stands for, with those that are folded into it; none for rows that tell of
    /// something else (packets, notes, unfolded headings).
    pub fn holds(&self, index: usize) -> u64 {
        let of_group = |group: &Group| {
            let folded = [group.acks, group.parts, group.carriers.0, group.again];
            1 + folded.iter().map(|count| u64::from(*count)).sum::<u64>()
        };
        let item = self.items[index];
        match item.of {
            Of::Group(place) => of_group(&self.groups[place as usize]),
            Of::Band(place) if item.open == Some(false) => {
                let groups = &self.bands[place as usize].groups;
                self.groups[groups.start as usize..groups.end as usize].iter().map(of_group).sum()
            }
            Of::Event(_) => 1,
            _ => 0,
        }
    }

    /// The phase that begins at the row at `index`.
    pub fn phase(&self, index: usize) -> Option<Phase> {
        match self.items[index].of {
            Of::Band(place) => Some(self.bands[place as usize].phase),
            _ => None,
        }
    }

    /// The place in the trace of the event that the row at `index` tells.
    pub fn event(&self, index: usize) -> Option<u32> {
        match self.items.get(index)?.of {
            Of::Group(place) => self.groups.get(place as usize).map(|group| group.event),
            Of::Event(place) => Some(place),
            _ => None,
        }
    }

    /// The row of exactly this.
    pub fn find(&self, trace: &Trace, key: Key) -> Option<usize> {
        (0..self.len()).find(|&index| self.key(trace, index) == key)
    }

    /// The row of this, or of what holds it or comes closest before it: where a selection goes when the level
    /// changes. `None` only where there is no row.
    pub fn locate(&self, trace: &Trace, key: Key) -> Option<usize> {
        if let Some(index) = self.find(trace, key) {
            return Some(index);
        }
        if self.is_empty() {
            return None;
        }
        if let Key::Silence(moment) = key {
            let later =
                (0..self.len()).find(|&index| self.time(trace, index).is_some_and(|time| time >= moment));
            return Some(later.unwrap_or(self.len() - 1));
        }
        let (connection, frame) = whereabouts(trace, key);
        let mut best = None;
        for index in 0..self.len() {
            if let Some((of, own)) = self.reference(trace, index)
                && connection.is_none_or(|id| id == of)
                && own <= frame
                && best.is_none_or(|(known, _)| own >= known)
            {
                best = Some((own, index));
            }
        }
        Some(best.map_or(0, |(_, index)| index))
    }

    /// When the row at `index` happened; `None` for rows without a time of their own (notes, verdicts, remarks).
    pub fn time(&self, trace: &Trace, index: usize) -> Option<Timestamp> {
        let event = |place: u32| trace.events[place as usize].event.time;
        match self.items[index].of {
            Of::Connection(place) => Some(trace.connections[place as usize].start),
            Of::Band(place) => Some(self.bands[place as usize].start),
            Of::Group(place) => Some(event(self.groups[place as usize].event)),
            Of::Event(place) => Some(event(place)),
            Of::Packet(place, _) => Some(trace.packets[place as usize].packet.time),
            _ => None,
        }
    }

    /// The connection and the frame that a row stands for.
    fn reference(&self, trace: &Trace, index: usize) -> Option<(u32, FrameNumber)> {
        let of_event = |place: u32| {
            let traced = &trace.events[place as usize];
            Some((traced.connection, last_frame(&traced.event)))
        };
        match self.items[index].of {
            Of::Connection(place) => {
                let connection = &trace.connections[place as usize];
                Some((connection.id, connection.first_packet))
            }
            Of::Band(place) => of_event(self.groups[self.bands[place as usize].groups.start as usize].event),
            Of::Group(place) => of_event(self.groups[place as usize].event),
            Of::Event(place) => of_event(place),
            Of::Packet(place, _) => {
                let seen = &trace.packets[place as usize];
                Some((seen.connection, seen.packet.number))
            }
            _ => None,
        }
    }

    pub(super) fn connection<'t>(&self, trace: &'t Trace, place: u32) -> &'t Connection {
        &trace.connections[place as usize]
    }
}

/// Sets the keys of notes to packets apart from those of notes to events, and likewise for whole connections.
const PACKET_NOTE: u16 = 1 << 15;

fn event_key(trace: &Trace, place: u32) -> Key {
    let traced = &trace.events[place as usize];
    Key::Event(traced.connection, traced.event.n)
}

pub(super) fn last_frame(event: &Event) -> FrameNumber {
    event.frames.last().copied().unwrap_or_default()
}

/// The connection and the frame that a key speaks of.
fn whereabouts(trace: &Trace, key: Key) -> (Option<u32>, FrameNumber) {
    let event = |id: u32, n: u64| {
        let found = trace.events.iter().find(|traced| traced.connection == id && traced.event.n == n);
        (Some(id), found.map_or(0, |traced| last_frame(&traced.event)))
    };
    match key {
        Key::Connection(id) => (Some(id), 0),
        Key::Verdict(id, _) | Key::Note(id, u64::MAX, _) => (Some(id), FrameNumber::MAX),
        Key::Note(id, frame, nth) if nth & PACKET_NOTE != 0 => (Some(id), frame),
        Key::Phase(id, n) | Key::Event(id, n) | Key::Note(id, n, _) => event(id, n),
        Key::Packet(id, frame) => (Some(id), frame),
        Key::Remark(frame, _) => (None, frame),
        Key::Silence(_) => (None, 0),
    }
}

/// The places of the connections of a trace by their number.
pub(super) fn places(trace: &Trace) -> FxHashMap<u32, u32> {
    (0_u32..).zip(&trace.connections).map(|(place, connection)| (connection.id, place)).collect()
}
