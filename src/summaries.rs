//! The summaries of connections alone, each in few bytes: for a list of millions of them.
//!
//! A summary is packed when its connection ends, and made again when somebody looks.

use crate::connection::Connection;
use crate::diagnostic::{Diagnostic, Note};
use crate::engine::Observer;
use crate::event::Event;
use crate::frame::FrameNumber;
use crate::packed::{self, Beginning};

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
    /// How the summary of the connection of this number begins.
    fn beginning(&self, number: usize) -> Option<Beginning> {
        let place = usize::try_from(*self.places.get(number)?).ok()?;
        packed::beginning(self.bytes.get(place..)?)
    }

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
pub struct Merged {
    parts: Vec<Summaries>,
    /// The summaries in order of the first packet: part and number within it.
    order: Vec<Place>,
    /// At the start of each chunk, how many of each transport came before.
    streams: Vec<[u32; 2]>,
}

/// The number of a part in the upper bits, that of a summary within it in the others.
#[derive(Clone, Copy)]
struct Place(u32);

impl Place {
    const BITS: u32 = 29;

    fn new(part: usize, number: usize) -> Place {
        Place((part as u32) << Self::BITS | number as u32)
    }

    fn part(self) -> usize {
        (self.0 >> Self::BITS) as usize
    }

    fn number(self) -> usize {
        (self.0 & ((1 << Self::BITS) - 1)) as usize
    }
}

impl Merged {
    /// Connections of a chunk.
    const CHUNK: usize = 2048;

    /// Of these, eight at most.
    pub fn new(parts: Vec<Summaries>) -> Merged {
        let mut order = Vec::with_capacity(parts.iter().map(|part| part.places.len()).sum());
        let (mut streams, mut counted) = (Vec::new(), [0; 2]);
        let mut heads: Vec<(usize, Option<Beginning>)> =
            parts.iter().map(|part| (0, part.beginning(0))).collect();
        loop {
            let first = heads.iter_mut().enumerate();
            let first = first.filter_map(|(part, (number, head))| Some((part, number, (*head)?, head)));
            let Some((part, number, next, head)) = first.min_by_key(|(.., next, _)| next.first_packet) else {
                break;
            };
            if order.len() % Self::CHUNK == 0 {
                streams.push(counted);
            }
            order.push(Place::new(part, *number));
            counted[next.transport as usize] += 1;
            *number += 1;
            *head = parts[part].beginning(*number);
        }
        Merged { parts, order, streams }
    }

    /// How often each diagnostic was a warning, the first one first.
    pub fn warned(&self) -> Vec<(&'static Diagnostic, u64)> {
        let mut all: Vec<(u64, &'static Diagnostic, u64)> = Vec::new();
        for Warned { what, count, first } in self.parts.iter().flat_map(|part| &part.warned) {
            match all.iter_mut().find(|(_, known, _)| known == what) {
                Some(known) => (known.0, known.2) = (known.0.min(*first), known.2 + count),
                None => all.push((*first, what, *count)),
            }
        }
        all.sort_by_key(|(first, ..)| *first);
        all.into_iter().map(|(_, what, count)| (what, count)).collect()
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> usize {
        self.streams.len()
    }

    /// The summaries of a chunk, in order.
    pub fn chunk(&self, chunk: usize) -> impl Iterator<Item = Connection> + '_ {
        let start = chunk * Self::CHUNK;
        let places = self.order.get(start..).unwrap_or_default().iter().take(Self::CHUNK);
        let mut streams = self.streams.get(chunk).copied().unwrap_or_default();
        places.zip(start..).filter_map(move |(place, id)| {
            let mut connection = self.parts.get(place.part())?.read(place.number())?;
            let stream = &mut streams[connection.transport as usize];
            (connection.id, connection.stream) = (id as u32, *stream);
            *stream += 1;
            Some(connection)
        })
    }

    /// All summaries, in order.
    pub fn iter(&self) -> impl Iterator<Item = Connection> + '_ {
        (0..self.chunks()).flat_map(|chunk| self.chunk(chunk))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::capture;
    use crate::limits::Limits;
    use crate::reading::{Reading, divided};
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
            let (mut survey, mut alone) = (Survey::default(), Summaries::default());
            let mut first = reading();
            first.run(&mut survey).expect("a survey");
            reading().run(&mut alone).expect("a reading by one");
            let mut several = [reading(), reading(), reading()];
            let shares = divided::run(&mut several).expect("a reading by several");
            let shares = shares.expect("no limit was hit");
            let [by_many, ..] = &several;
            assert_eq!((first.truncated(), first.totals()), (by_many.truncated(), by_many.totals()));
            let merged = Merged::new(shares);
            let expected = format!("{:#?} {:?}", survey.connections().collect::<Vec<_>>(), survey.warned);
            for merged in [Merged::new(vec![alone]), merged] {
                let told = format!("{:#?} {:?}", merged.iter().collect::<Vec<_>>(), merged.warned());
                assert!(told == expected, "{}\n{told}\n{expected}", path.display());
            }
        }
        assert!(files > 10);
    }
}
