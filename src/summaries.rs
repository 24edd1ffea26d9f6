//! The summaries of connections alone, each in few bytes: for a list of millions of them.
//!
//! A summary is written when its connection ends, as numbers in as few bytes as they need (LEB128), and made again when
//! somebody looks. What many have in common (protocols, outcomes) is kept once.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::connection::{Close, Connection, Open, Owners, Protocols, Roles, Struggle, Transport};
use crate::diagnostic::{self, Diagnostic, Note, Noted};
use crate::engine::Observer;
use crate::event::{Endpoint, Event, Outcome, Side, Verdict};
use crate::frame::{FrameNumber, Timestamp};

/// Summaries of the connections that one engine followed.
#[derive(Default)]
pub struct Summaries {
    /// Where each stands in `bytes`, by its number.
    places: Vec<u64>,
    bytes: Vec<u8>,
    /// The processes at the ends of those of which they are known, by their numbers.
    owners: FxHashMap<u32, Box<Owners>>,
    protocols: Vec<Protocols>,
    outcomes: Vec<&'static Outcome>,
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

const OPENS: [Open; 3] = [Open::Handshake, Open::Partial, Open::Midstream];
const CLOSES: [Close; 6] =
    [Close::Fin, Close::Half, Close::Rst, Close::Refused, Close::Unanswered, Close::Open];
const BY: [Option<Side>; 3] = [None, Some(Side::Client), Some(Side::Server)];

/// Where in `known` something is; it is added where it is not there yet.
fn place<T: Copy>(known: &mut Vec<T>, what: T, is: impl Fn(&T) -> bool) -> u64 {
    let at = known.iter().position(is).unwrap_or_else(|| {
        known.push(what);
        known.len() - 1
    });
    at as u64
}

/// Of a list of constants.
fn index<T: PartialEq>(known: &[T], what: &T) -> u64 {
    known.iter().position(|one| one == what).unwrap_or(0) as u64
}

/// A number that may be negative, small where it is near zero.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

impl Summaries {
    fn put(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    fn put_end(&mut self, end: Endpoint) {
        match end.ip {
            IpAddr::V4(ip) => self.bytes.extend_from_slice(&ip.octets()),
            IpAddr::V6(ip) => self.bytes.extend_from_slice(&ip.octets()),
        }
        self.bytes.extend_from_slice(&end.port.to_be_bytes());
    }

    fn write(&mut self, connection: &Connection) {
        let Connection { transport, roles, open, close, closed_by, ends, struggle, .. } = connection;
        let [client, server] = *ends;
        let struggled = *struggle != [Struggle::default(); 2];
        let noted = connection.noted != Noted::default();
        let flags = [
            *transport == Transport::Udp,
            *roles == Roles::Inferred,
            client.ip.is_ipv6(),
            server.ip.is_ipv6(),
            connection.handshake_rtt.is_some(),
            struggled,
            noted,
            connection.follows.is_some(),
        ];
        if let Some(owners) = &connection.owners {
            self.owners.insert(connection.id, owners.clone());
        }
        self.bytes.push(flags.iter().rev().fold(0, |byte, &flag| byte << 1 | u8::from(flag)));
        let course = index(&OPENS, open) * 18 + index(&CLOSES, close) * 3 + index(&BY, closed_by);
        self.bytes.push(course as u8);
        self.put(connection.first_packet);
        self.put(connection.last_packet.wrapping_sub(connection.first_packet));
        self.bytes.extend_from_slice(&connection.start.0.to_le_bytes());
        self.put(zigzag(connection.end.0.wrapping_sub(connection.start.0)));
        self.put_end(client);
        self.put_end(server);
        let protocols =
            place(&mut self.protocols, connection.protocols, |known| *known == connection.protocols);
        self.put(protocols);
        for number in connection.packets.into_iter().chain(connection.payload) {
            self.put(number);
        }
        if let Some(rtt) = connection.handshake_rtt {
            self.put(zigzag(rtt));
        }
        if struggled {
            for side in struggle {
                self.put(side.retransmissions.into());
                self.put(side.out_of_order.into());
                self.put(side.duplicate_acks.into());
                self.put(side.zero_windows.into());
                self.put(side.keep_alives.into());
                self.put(side.missing_bytes);
            }
        }
        if let Some(follows) = connection.follows {
            self.bytes.push(follows.index);
        }
        self.put(connection.verdicts.len() as u64);
        for verdict in &connection.verdicts {
            let outcome =
                place(&mut self.outcomes, verdict.outcome, |known| std::ptr::eq(*known, verdict.outcome));
            self.put(outcome);
            verdict.with.into_iter().for_each(|with| self.put(with.into()));
        }
        if noted {
            self.put_diagnostics(connection.noted.iter());
            self.put_diagnostics(connection.notes.iter().copied());
        }
    }

    /// How many they are, in a byte, and which.
    fn put_diagnostics(&mut self, which: impl Iterator<Item = &'static Diagnostic>) {
        let count = self.bytes.len();
        self.bytes.push(0);
        self.bytes.extend(which.map(|what| what.index));
        let many = self.bytes.len() - count - 1;
        if let Some(count) = self.bytes.get_mut(count) {
            *count = many as u8;
        }
    }

    /// How the summary of the connection of this number begins.
    fn beginning(&self, number: usize) -> Option<Beginning> {
        let place = usize::try_from(*self.places.get(number)?).ok()?;
        let mut from = Written { bytes: self.bytes.get(place..)? };
        let transport = if from.byte()? & 1 != 0 { Transport::Udp } else { Transport::Tcp };
        from.byte()?;
        Some(Beginning { transport, first_packet: from.number()? })
    }

    /// The summary of the connection of this number.
    fn read(&self, number: usize) -> Option<Connection> {
        let place = usize::try_from(*self.places.get(number)?).ok()?;
        let mut from = Written { bytes: self.bytes.get(place..)? };
        let flags = from.byte()?;
        let has = |flag: u8| flags & 1 << flag != 0;
        let course = usize::from(from.byte()?);
        let first_packet = from.number()?;
        let last_packet = first_packet.wrapping_add(from.number()?);
        let start = i64::from_le_bytes(from.array()?);
        let end = start.wrapping_add(unzigzag(from.number()?));
        let ends = [from.end(has(2))?, from.end(has(3))?];
        let protocols = *self.protocols.get(from.number()? as usize)?;
        let packets = [from.number()?, from.number()?];
        let payload = [from.number()?, from.number()?];
        let handshake_rtt = if has(4) { Some(unzigzag(from.number()?)) } else { None };
        let struggle = if has(5) { [from.struggle()?, from.struggle()?] } else { Default::default() };
        let follows = if has(7) { diagnostic::ALL.get(usize::from(from.byte()?)).copied() } else { None };
        let mut verdicts = Vec::new();
        for _ in 0..from.number()? {
            let outcome = *self.outcomes.get(from.number()? as usize)?;
            let with = [from.number()?, from.number()?, from.number()?, from.number()?];
            verdicts.push(Verdict { outcome, with: with.map(|number| number as u32) });
        }
        let (mut noted, mut notes) = (Noted::default(), Vec::new());
        if has(6) {
            from.diagnostics(|what| noted.add(what))?;
            from.diagnostics(|what| notes.push(what))?;
        }
        Some(Connection {
            id: number as u32,
            stream: 0,
            transport: if has(0) { Transport::Udp } else { Transport::Tcp },
            roles: if has(1) { Roles::Inferred } else { Roles::Seen },
            open: *OPENS.get(course / 18)?,
            close: *CLOSES.get(course / 3 % 6)?,
            closed_by: *BY.get(course % 3)?,
            ends,
            owners: self.owners.get(&(number as u32)).cloned(),
            follows,
            protocols,
            start: Timestamp(start),
            end: Timestamp(end),
            first_packet,
            last_packet,
            packets,
            payload,
            handshake_rtt,
            struggle,
            verdicts,
            noted,
            notes,
        })
    }
}

/// How a summary begins.
#[derive(Clone, Copy)]
struct Beginning {
    transport: Transport,
    first_packet: FrameNumber,
}

/// What was written of a summary.
struct Written<'a> {
    bytes: &'a [u8],
}

impl Written<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(byte)
    }

    fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*array)
    }

    fn end(&mut self, six: bool) -> Option<Endpoint> {
        let ip = if six { IpAddr::from(self.array::<16>()?) } else { IpAddr::from(self.array::<4>()?) };
        Some(Endpoint { ip, port: u16::from_be_bytes(self.array()?) })
    }

    fn struggle(&mut self) -> Option<Struggle> {
        Some(Struggle {
            retransmissions: self.number()? as u32,
            out_of_order: self.number()? as u32,
            duplicate_acks: self.number()? as u32,
            zero_windows: self.number()? as u32,
            keep_alives: self.number()? as u32,
            missing_bytes: self.number()?,
        })
    }

    fn diagnostics(&mut self, mut take: impl FnMut(&'static Diagnostic)) -> Option<()> {
        for _ in 0..self.byte()? {
            take(diagnostic::ALL.get(usize::from(self.byte()?))?);
        }
        Some(())
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
            self.write(&connection);
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
            let expected = format!("{:#?} {:?}", survey.connections(), survey.warned);
            for merged in [Some(Merged::new(vec![alone])), merged].into_iter().flatten() {
                let told = format!("{:#?} {:?}", merged.iter().collect::<Vec<_>>(), merged.warned());
                assert!(told == expected, "{}\n{told}\n{expected}", path.display());
            }
        }
        assert!(files > 10);
    }
}
