//! The summaries of connections alone, each in few bytes: for a list of millions of them.
//!
//! A summary is packed when its connection ends, and made again when somebody looks.

use crate::connection::Connection;
use crate::diagnostic::{Diagnostic, Note};
use crate::engine::Observer;
use crate::event::Event;
use crate::frame::FrameNumber;
use crate::packed;

/// Summaries of the connections that one engine followed.
#[derive(Default)]
pub struct Summaries {
    /// Where each stands in `bytes`, by its number.
    places: Vec<u64>,
    bytes: Vec<u8>,
    warned: Vec<Warned>,
    /// The last frame that was heard of.
    latest: FrameNumber,
}

/// How often a diagnostic was a warning, and when first: twice the frame's number, and one more where it came behind it.
struct Warned {
    what: &'static Diagnostic,
    count: u64,
    first: u64,
}

impl Summaries {
    /// The summary of the connection of this number.
    fn read(&self, number: usize) -> Option<Connection> {
        let place = usize::try_from(*self.places.get(number)?).ok()?;
        packed::read(self.bytes.get(place..)?, number as u32)
    }
}

impl Observer for Summaries {
    fn wants(&mut self, _connection: &Connection) -> bool {
        // Until it ends.
        self.places.push(u64::MAX);
        false
    }

    fn frame(&mut self, _connection: u32, number: FrameNumber) {
        self.latest = number;
    }

    fn reached(&mut self, number: FrameNumber) {
        self.latest = number;
    }

    fn event(&mut self, _connection: &Connection, _event: Event) {}

    fn ended(&mut self, connection: Connection) {
        if let Some(place) = self.places.get_mut(connection.id as usize) {
            *place = self.bytes.len() as u64;
            packed::write(&connection, &mut self.bytes);
        }
    }

    fn warning(&mut self, frame: FrameNumber, note: Note) {
        let first = if frame > 0 { 2 * frame } else { 2 * self.latest + 1 };
        match self.warned.iter_mut().find(|known| known.what == note.what) {
            Some(known) => known.count += 1,
            None => self.warned.push(Warned { what: note.what, count: 1, first }),
        }
    }
}

/// The summaries of several engines that followed shares of the connections of one input, as of one.
pub struct Merged(Vec<Summaries>);

impl Merged {
    /// Of these.
    pub fn new(parts: Vec<Summaries>) -> Merged {
        Merged(parts)
    }

    /// How often each diagnostic was a warning, the first one first.
    pub fn warned(&self) -> Vec<(&'static Diagnostic, u64)> {
        let mut all: Vec<(u64, &'static Diagnostic, u64)> = Vec::new();
        for Warned { what, count, first } in self.0.iter().flat_map(|part| &part.warned) {
            match all.iter_mut().find(|(_, known, _)| known == what) {
                Some(known) => (known.0, known.2) = (known.0.min(*first), known.2 + count),
                None => all.push((*first, what, *count)),
            }
        }
        all.sort_by_key(|(first, ..)| *first);
        all.into_iter().map(|(_, what, count)| (what, count)).collect()
    }

    /// The summaries in order of the first packet.
    pub fn iter(&self) -> Iter<'_> {
        let heads = self.0.iter().map(|part| Head { part, number: 0, next: part.read(0) }).collect();
        Iter { heads, id: 0, streams: [0; 2] }
    }
}

/// Goes through the summaries.
#[derive(Clone)]
pub struct Iter<'a> {
    heads: Vec<Head<'a>>,
    id: u32,
    streams: [u32; 2],
}

/// The next summary of a part.
#[derive(Clone)]
struct Head<'a> {
    part: &'a Summaries,
    number: usize,
    next: Option<Connection>,
}

impl Iterator for Iter<'_> {
    type Item = Connection;

    fn next(&mut self) -> Option<Connection> {
        let first =
            |head: &&mut Head<'_>| head.next.as_ref().map_or(FrameNumber::MAX, |next| next.first_packet);
        let head = self.heads.iter_mut().min_by_key(first)?;
        head.number += 1;
        let next = head.part.read(head.number);
        let mut connection = std::mem::replace(&mut head.next, next)?;
        let stream = &mut self.streams[connection.transport as usize];
        (connection.id, connection.stream) = (self.id, *stream);
        self.id += 1;
        *stream += 1;
        Some(connection)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::capture;
    use crate::limits::Limits;
    use crate::reading::Reading;
    use crate::survey::Survey;

    #[test]
    fn what_was_written_is_read_again_whoever_followed_it() {
        let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
        let mut files = 0;
        for entry in std::fs::read_dir(captures).expect("captures") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|ending| ending != "pcap" && ending != "pcapng") {
                continue;
            }
            files += 1;
            let reading = || {
                let input = capture::open(std::slice::from_ref(&path), &capture::Options::default());
                Reading::new(input.expect("a capture").source, &Limits::default())
            };
            let (mut survey, mut alone, mut own) =
                (Survey::default(), Summaries::default(), Summaries::default());
            let mut first = reading();
            first.run(&mut survey).expect("a survey");
            reading().run(&mut alone).expect("a reading by one");
            let mut by_many = reading();
            let shares = by_many.run_divided(3, &mut own).expect("a reading by several");
            // Not those with secrets inside.
            let merged = shares.map(|shares| {
                assert_eq!((first.truncated(), first.totals()), (by_many.truncated(), by_many.totals()));
                Merged::new(std::iter::once(own).chain(shares).collect())
            });
            let expected = format!("{:#?} {:?}", survey.connections().collect::<Vec<_>>(), survey.warned);
            for merged in [Some(Merged::new(vec![alone])), merged].into_iter().flatten() {
                let told = format!("{:#?} {:?}", merged.iter().collect::<Vec<_>>(), merged.warned());
                assert!(told == expected, "{}\n{told}\n{expected}", path.display());
            }
        }
        assert!(files > 10);
    }
}
