//! The first pass over an input: of each connection a summary and the numbers of its frames, nothing more; and the
//! second, which opens chosen connections by reading just their frames again.

use rustc_hash::FxHashMap;

use crate::connection::Connection;
use crate::diagnostic::{Diagnostic, Note};
use crate::engine::{Engine, Foreknown, Observer};
use crate::event::{Event, Packet, Side};
use crate::frame::FrameNumber;
use crate::limits::Limits;
use crate::model::trace::{Seen, Trace, Traced};

/// Ascending frame numbers, each kept as its distance from the one before, in as few bytes as that needs (LEB128).
#[derive(Clone, Debug, Default)]
pub struct FrameList {
    /// The distances; none while there is a single number, as of most connections in a flood.
    bytes: Vec<u8>,
    last: FrameNumber,
}

impl FrameList {
    /// Adds a number; one that is not above the last is left out.
    pub fn push(&mut self, number: FrameNumber) {
        let Some(distance) = number.checked_sub(self.last).filter(|distance| *distance > 0) else {
            return;
        };
        if self.last > 0 {
            if self.bytes.is_empty() {
                self.write(self.last);
            }
            self.write(distance);
        }
        self.last = number;
    }

    fn write(&mut self, mut distance: u64) {
        while distance >= 0x80 {
            self.bytes.push(distance as u8 | 0x80);
            distance >>= 7;
        }
        self.bytes.push(distance as u8);
    }

    /// The numbers.
    pub fn iter(&self) -> impl Iterator<Item = FrameNumber> + '_ {
        let mut number = 0;
        let mut bytes = self.bytes.iter();
        let only = Some(self.last).filter(|last| *last > 0 && self.bytes.is_empty());
        only.into_iter().chain(std::iter::from_fn(move || {
            let (mut distance, mut shift) = (0, 0);
            loop {
                let byte = bytes.next()?;
                distance |= u64::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    break;
                }
                shift += 7;
            }
            number += distance;
            Some(number)
        }))
    }
}

/// So many warnings are kept with their frames; all are counted.
const WARNINGS: usize = 1000;

/// What a first pass found so far.
#[derive(Debug, Default)]
pub struct Survey {
    /// The summaries by [`Connection::id`]: as of its end, or of its last update.
    connections: Vec<Connection>,
    frames: Vec<FrameList>,
    /// Warnings that belong to frames, the first of them.
    pub warnings: Vec<(FrameNumber, Note)>,
    /// How often each diagnostic was a warning.
    pub warned: Vec<(&'static Diagnostic, u64)>,
}

impl Survey {
    /// The summaries in order of the first packet.
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// Takes the summary of a connection that goes on.
    pub fn update(&mut self, connection: &Connection) {
        if let Some(known) = self.connections.get_mut(connection.id as usize) {
            known.clone_from(connection);
        }
    }

    /// The frames of these connections, ascending.
    pub fn frames_of(&self, ids: &[u32]) -> Vec<FrameNumber> {
        let mut numbers: Vec<FrameNumber> =
            ids.iter().filter_map(|&id| self.frames.get(id as usize)).flat_map(FrameList::iter).collect();
        if ids.len() > 1 {
            numbers.sort_unstable();
            numbers.dedup();
        }
        numbers
    }

    /// An engine that reads these connections again and knows them as this survey does.
    pub fn engine(&self, ids: &[u32], limits: &Limits) -> Engine {
        let known = ids.iter().filter_map(|&id| self.connections.get(id as usize)).map(|connection| {
            let client = connection.endpoint(Side::Client);
            let Connection { id, stream, roles, follows, .. } = *connection;
            let owners = connection.owners.clone();
            let known = Foreknown { id, stream, client, roles, follows, owners };
            (connection.first_packet, known)
        });
        Engine::again(limits, known.collect::<FxHashMap<_, _>>())
    }
}

impl Observer for Survey {
    fn wants(&mut self, connection: &Connection) -> bool {
        self.connections.push(connection.clone());
        self.frames.push(FrameList::default());
        false
    }

    fn frame(&mut self, connection: u32, number: FrameNumber) {
        if let Some(frames) = self.frames.get_mut(connection as usize) {
            frames.push(number);
        }
    }

    fn event(&mut self, _connection: &Connection, _event: Event) {}

    fn ended(&mut self, connection: Connection) {
        if let Some(known) = self.connections.get_mut(connection.id as usize) {
            *known = connection;
        }
    }

    fn warning(&mut self, frame: FrameNumber, note: Note) {
        match self.warned.iter_mut().find(|(what, _)| *what == note.what) {
            Some((_, count)) => *count += 1,
            None => self.warned.push((note.what, 1)),
        }
        if self.warnings.len() < WARNINGS {
            self.warnings.push((frame, note));
        }
    }
}

/// Keeps everything of the connections that are opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// What was kept.
    pub trace: Trace,
    wanted: Vec<u32>,
}

impl Opened {
    /// Keeps these connections, sorted by number; the frames of others are passed over.
    pub fn new(wanted: &[u32]) -> Opened {
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        Opened { trace: Trace::default(), wanted }
    }
}

impl Observer for Opened {
    fn wants(&mut self, connection: &Connection) -> bool {
        self.wanted.binary_search(&connection.id).is_ok()
    }

    fn packet(&mut self, connection: &Connection, packet: Packet) {
        self.trace.packets.push(Seen { connection: connection.id, packet });
    }

    fn event(&mut self, connection: &Connection, event: Event) {
        self.trace.events.push(Traced { connection: connection.id, event });
    }

    fn ended(&mut self, connection: Connection) {
        if self.wanted.binary_search(&connection.id).is_ok() {
            let place = self.trace.connections.partition_point(|known| known.id < connection.id);
            self.trace.connections.insert(place, connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_numbers_come_back_and_small_distances_cost_a_byte() {
        let mut list = FrameList::default();
        let numbers = [1, 2, 3, 130, 131, 1 << 40, (1 << 40) + 1];
        numbers.iter().for_each(|&number| list.push(number));
        list.push(7);
        assert_eq!(list.iter().collect::<Vec<_>>(), numbers);
        assert_eq!(list.bytes.len(), 3 + 1 + 1 + 6 + 1);
        let mut list = FrameList::default();
        list.push(9);
        assert_eq!((list.iter().collect::<Vec<_>>(), list.bytes.len()), (vec![9], 0));
    }
}
