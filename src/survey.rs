//! The first pass over an input: of each connection a summary and the numbers of its frames, nothing more; and the
//! second, which opens chosen connections by reading just their frames again.

use rustc_hash::FxHashMap;

use crate::connection::Connection;
use crate::diagnostic::{self, Diagnostic, Note};
use crate::engine::{Engine, Foreknown, Observer};
use crate::event::{Event, Packet};
use crate::frame::FrameNumber;
use crate::limits::Limits;
use crate::model::trace::{Seen, Trace, Traced};
use crate::packed::Packed;

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

    /// No more will come, but for what comes late.
    fn end(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Takes those away that are below `first`; whether there were any.
    pub fn trim(&mut self, first: FrameNumber) -> bool {
        let gone = self.iter().take_while(|number| *number < first).count();
        if gone == 0 || self.last < first {
            return gone > 0;
        }
        let mut kept = self.iter().skip(gone);
        let (from, single) = (kept.next().unwrap_or(self.last), kept.next().is_none());
        drop(kept);
        // Of each that goes one byte alone has no further one behind it.
        let is_last = |(_, byte): &(usize, &u8)| *byte & 0x80 == 0;
        let begin = self.bytes.iter().enumerate().filter(is_last).nth(gone).map_or(0, |(place, _)| place + 1);
        let rest = self.bytes.split_off(begin.min(self.bytes.len()));
        self.bytes = Vec::new();
        if !single {
            self.bytes.reserve_exact(rest.len() + 10);
            self.write(from);
            self.bytes.extend_from_slice(&rest);
        }
        true
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

/// What a first pass found so far. Of a live capture the oldest is let go: a connection of which no frame can be read
/// any more is no longer in it, and of the others only the frames that can.
#[derive(Debug, Default)]
pub struct Survey {
    /// By [`Connection::id`], ascending.
    known: Vec<Known>,
    /// The first frame that is kept; 0 where nothing was let go.
    first: FrameNumber,
    /// Frames of connections that were let go and have spoken again, until there is a summary of them.
    returned: FxHashMap<u32, FrameList>,
    /// Where a summary is packed.
    room: Vec<u8>,
    /// Warnings that belong to frames, the first of them.
    pub warnings: Vec<(FrameNumber, Note)>,
    /// How often each diagnostic was a warning.
    pub warned: Vec<(&'static Diagnostic, u64)>,
}

/// A connection.
#[derive(Debug)]
struct Known {
    /// As of its end, or of its last update.
    summary: Packed,
    frames: FrameList,
    id: u32,
    /// Whether its first frames were let go.
    late: bool,
}

/// Where in a list that ascends by number something stands, or where else it belongs. Where nothing was let go before
/// it, that is found at once.
pub fn place<T>(list: &[T], id: u32, id_of: impl Fn(&T) -> u32) -> Result<usize, usize> {
    let Some(at) = list.first().and_then(|first| id.checked_sub(id_of(first))) else { return Err(0) };
    let at = (at as usize).min(list.len() - 1);
    match list.get(at) {
        Some(one) if id_of(one) == id => Ok(at),
        _ => list.binary_search_by_key(&id, id_of),
    }
}

impl Survey {
    fn place(&self, id: u32) -> Result<usize, usize> {
        place(&self.known, id, |known| known.id)
    }

    fn known(&self, id: u32) -> Option<&Known> {
        self.place(id).ok().and_then(|place| self.known.get(place))
    }

    /// The summaries in order of the first packet.
    pub fn connections(&self) -> impl Iterator<Item = Connection> + '_ {
        self.known.iter().filter_map(|known| known.summary.connection())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The summary of a connection, where it is kept.
    pub fn packed(&self, id: u32) -> Option<&Packed> {
        self.known(id).map(|known| &known.summary)
    }

    /// The same, for who looks into it. What was let go of it is noted.
    pub fn get(&self, id: u32) -> Option<Connection> {
        let known = self.known(id)?;
        let mut connection = known.summary.connection()?;
        if known.late {
            connection.noted.add(&diagnostic::CAP_LET_GO);
            connection.notes.insert(0, &diagnostic::CAP_LET_GO);
        }
        Some(connection)
    }

    /// Whether the first frames of a connection were let go.
    pub fn is_late(&self, id: u32) -> bool {
        self.known(id).is_some_and(|known| known.late)
    }

    /// Takes the summary of a connection that goes on.
    pub fn update(&mut self, connection: &Connection) {
        let summary = Packed::of(connection, &mut self.room);
        match self.place(connection.id) {
            Ok(place) => self.known[place].summary = summary,
            Err(place) => {
                let Some(frames) = self.returned.remove(&connection.id) else { return };
                self.known.insert(place, Known { summary, frames, id: connection.id, late: true });
            }
        }
    }

    /// Lets the frames before `first` go, and all connections that have no others.
    pub fn let_go(&mut self, first: FrameNumber) {
        if first <= self.first.max(1) {
            return;
        }
        self.first = first;
        self.known.retain_mut(|known| {
            known.late |= known.frames.trim(first);
            known.frames.last >= first
        });
        // What a burst has left may be much.
        self.known.shrink_to(self.known.len() * 2);
    }

    /// The first frame that is kept; 0 where nothing was let go.
    pub fn first(&self) -> FrameNumber {
        self.first
    }

    /// The frames of these connections, ascending.
    pub fn frames_of(&self, ids: &[u32]) -> Vec<FrameNumber> {
        let known = ids.iter().filter_map(|&id| self.known(id));
        let mut numbers: Vec<FrameNumber> = known.flat_map(|known| known.frames.iter()).collect();
        if ids.len() > 1 {
            numbers.sort_unstable();
            numbers.dedup();
        }
        numbers
    }

    /// An engine that reads these connections again and knows them as this survey does.
    pub fn engine(&self, ids: &[u32], limits: &Limits) -> Engine {
        let known = ids.iter().filter_map(|&id| self.known(id)).filter_map(|known| {
            let connection = known.summary.connection()?;
            let Connection { id, stream, transport, ends, roles, follows, first_packet, .. } = connection;
            let owners = connection.owners;
            Some(Foreknown {
                id,
                stream,
                transport,
                ends,
                roles,
                follows,
                owners,
                first_packet,
                late: known.late,
            })
        });
        Engine::again(limits, known)
    }
}

impl Observer for Survey {
    fn wants(&mut self, connection: &Connection) -> bool {
        let summary = Packed::of(connection, &mut self.room);
        self.known.push(Known { summary, frames: FrameList::default(), id: connection.id, late: false });
        false
    }

    fn frame(&mut self, connection: u32, number: FrameNumber) {
        match self.place(connection) {
            Ok(place) => self.known[place].frames.push(number),
            Err(_) => self.returned.entry(connection).or_default().push(number),
        }
    }

    fn event(&mut self, _connection: &Connection, _event: Event) {}

    fn ended(&mut self, connection: Connection) {
        self.update(&connection);
        if let Ok(place) = self.place(connection.id) {
            self.known[place].frames.end();
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

    #[test]
    fn frame_numbers_are_let_go_from_the_front_and_others_come_behind() {
        let numbers = [1, 2, 3, 130, 131, 1 << 40, (1 << 40) + 1];
        for first in [0, 1, 2, 4, 130, 132, 1 << 40, (1 << 40) + 1] {
            let mut list = FrameList::default();
            numbers.iter().for_each(|&number| list.push(number));
            let mut kept: Vec<FrameNumber> = numbers.into_iter().filter(|number| *number >= first).collect();
            assert_eq!(list.trim(first), kept.len() < numbers.len(), "{first}");
            assert_eq!(list.iter().collect::<Vec<_>>(), kept, "{first}");
            list.push(1 << 41);
            kept.push(1 << 41);
            assert_eq!(list.iter().collect::<Vec<_>>(), kept, "{first}");
        }
        let mut single = FrameList::default();
        single.push(9);
        assert!(!single.trim(9) && single.trim(10) && single.last == 9);
    }

    #[test]
    fn a_number_is_found_where_it_stands_whatever_was_let_go() {
        for list in [vec![], vec![0], vec![0, 1, 2, 3], vec![3, 4, 9, 10, 700], vec![u32::MAX]] {
            for id in (0..12).chain([699, 700, 701, u32::MAX]) {
                assert_eq!(place(&list, id, |id| *id), list.binary_search(&id), "{id} in {list:?}");
            }
        }
    }
}
