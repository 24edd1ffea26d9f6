//! A summary in few bytes, for surveys of millions of connections: numbers in as few bytes as they need (LEB128), made
//! again when somebody looks.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use crate::connection::{Close, Connection, Open, Owners, Process, Protocols, Roles, Struggle, Transport};
use crate::diagnostic::{self, Diagnostic, Noted};
use crate::event::{Endpoint, Outcome, Side, Verdict};
use crate::frame::{FrameNumber, Timestamp};

/// A summary, as it was when it was packed. Cheap to clone: the bytes are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed(Arc<[u8]>);

impl Packed {
    /// Packs a summary; `room` is used for it and may be used again.
    pub fn of(connection: &Connection, room: &mut Vec<u8>) -> Packed {
        room.clear();
        room.extend_from_slice(&connection.id.to_le_bytes());
        write(connection, room);
        Packed(Arc::from(room.as_slice()))
    }

    /// Its [`Connection::id`].
    pub fn id(&self) -> u32 {
        self.0.first_chunk().map_or(u32::MAX, |id| u32::from_le_bytes(*id))
    }

    /// Its [`Connection::last_packet`].
    pub fn last_packet(&self) -> FrameNumber {
        let mut from = Written { bytes: self.0.get(6..).unwrap_or_default() };
        let first = from.number().unwrap_or_default();
        first.wrapping_add(from.number().unwrap_or_default())
    }

    /// The summary; `None` never.
    pub fn connection(&self) -> Option<Connection> {
        read(self.0.get(4..)?, self.id())
    }
}

const OPENS: [Open; 3] = [Open::Handshake, Open::Partial, Open::Midstream];
const CLOSES: [Close; 6] =
    [Close::Fin, Close::Half, Close::Rst, Close::Refused, Close::Unanswered, Close::Open];
const BY: [Option<Side>; 3] = [None, Some(Side::Client), Some(Side::Server)];
/// In the byte of how it opened and closed: whether processes at its ends are known.
const OWNED: u8 = 0x80;

/// The outcomes that were ever packed, so that a verdict needs a byte for its own: its place here.
static OUTCOMES: [OnceLock<&'static Outcome>; 255] = [const { OnceLock::new() }; 255];

/// Behind the last place: there are not as many outcomes.
const UNKNOWN: u8 = u8::MAX;

fn place_of(outcome: &'static Outcome) -> u8 {
    let is = |known: &OnceLock<&'static Outcome>| std::ptr::eq(*known.get_or_init(|| outcome), outcome);
    OUTCOMES.iter().position(is).map_or(UNKNOWN, |place| place as u8)
}

fn outcome_at(place: u8) -> Option<&'static Outcome> {
    OUTCOMES.get(usize::from(place))?.get().copied()
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

fn put(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn put_end(end: Endpoint, bytes: &mut Vec<u8>) {
    match end.ip {
        IpAddr::V4(ip) => bytes.extend_from_slice(&ip.octets()),
        IpAddr::V6(ip) => bytes.extend_from_slice(&ip.octets()),
    }
    bytes.extend_from_slice(&end.port.to_be_bytes());
}

/// Writes all of a summary but its [`Connection::id`] behind `bytes`.
pub fn write(connection: &Connection, bytes: &mut Vec<u8>) {
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
    bytes.push(flags.iter().rev().fold(0, |byte, &flag| byte << 1 | u8::from(flag)));
    let course = index(&OPENS, open) * 18 + index(&CLOSES, close) * 3 + index(&BY, closed_by);
    bytes.push(course as u8 | if connection.owners.is_some() { OWNED } else { 0 });
    put(connection.first_packet, bytes);
    put(connection.last_packet.wrapping_sub(connection.first_packet), bytes);
    put(connection.stream.into(), bytes);
    bytes.extend_from_slice(&connection.start.0.to_le_bytes());
    put(zigzag(connection.end.0.wrapping_sub(connection.start.0)), bytes);
    put_end(client, bytes);
    put_end(server, bytes);
    let protocols = connection.protocols.places();
    bytes.push(protocols.len() as u8);
    bytes.extend_from_slice(protocols);
    for number in connection.packets.into_iter().chain(connection.payload) {
        put(number, bytes);
    }
    if let Some(rtt) = connection.handshake_rtt {
        put(zigzag(rtt), bytes);
    }
    if struggled {
        for side in struggle {
            put(side.retransmissions.into(), bytes);
            put(side.out_of_order.into(), bytes);
            put(side.duplicate_acks.into(), bytes);
            put(side.zero_windows.into(), bytes);
            put(side.keep_alives.into(), bytes);
            put(side.missing_bytes, bytes);
        }
    }
    if let Some(follows) = connection.follows {
        bytes.push(follows.index);
    }
    put(connection.verdicts.len() as u64, bytes);
    for verdict in &connection.verdicts {
        bytes.push(place_of(verdict.outcome));
        verdict.with.into_iter().for_each(|with| put(with.into(), bytes));
    }
    if noted {
        put_diagnostics(connection.noted.iter(), bytes);
        put_diagnostics(connection.notes.iter().copied(), bytes);
    }
    if let Some(owners) = &connection.owners {
        put_owners(owners, bytes);
    }
}

/// How many they are, in a byte, and which.
fn put_diagnostics(which: impl Iterator<Item = &'static Diagnostic>, bytes: &mut Vec<u8>) {
    let count = bytes.len();
    bytes.push(0);
    bytes.extend(which.map(|what| what.index));
    let many = bytes.len() - count - 1;
    if let Some(count) = bytes.get_mut(count) {
        *count = many as u8;
    }
}

/// Of each side its process, where it is known: its number and one more, the length of its name, and that.
fn put_owners(owners: &Owners, bytes: &mut Vec<u8>) {
    for owner in &owners.0 {
        put(owner.as_ref().map_or(0, |owner| u64::from(owner.pid) + 1), bytes);
        if let Some(owner) = owner {
            put(owner.command.len() as u64, bytes);
            bytes.extend_from_slice(owner.command.as_bytes());
        }
    }
}

/// How a summary begins, to put summaries in order before they are made again.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// Its [`Connection::transport`].
    pub transport: Transport,
    /// Its [`Connection::first_packet`].
    pub first_packet: FrameNumber,
}

/// Reads only the beginning of what [`write()`] wrote.
pub fn beginning(bytes: &[u8]) -> Option<Beginning> {
    let mut from = Written { bytes };
    let [flags, _course] = from.array()?;
    let transport = if flags & 1 != 0 { Transport::Udp } else { Transport::Tcp };
    Some(Beginning { transport, first_packet: from.number()? })
}

/// What was written of a summary, with this [`Connection::id`]; `None` where it was not.
pub fn read(bytes: &[u8], id: u32) -> Option<Connection> {
    let mut from = Written { bytes };
    let flags = from.byte()?;
    let has = |flag: u8| flags & 1 << flag != 0;
    let course = from.byte()?;
    let owned = course & OWNED != 0;
    let course = usize::from(course & !OWNED);
    let first_packet = from.number()?;
    let last_packet = first_packet.wrapping_add(from.number()?);
    let stream = from.number()? as u32;
    let start = i64::from_le_bytes(from.array()?);
    let end = start.wrapping_add(unzigzag(from.number()?));
    let ends = [from.end(has(2))?, from.end(has(3))?];
    let protocols = from.byte()?;
    let protocols = Protocols::at(from.take(protocols.into())?);
    let packets = [from.number()?, from.number()?];
    let payload = [from.number()?, from.number()?];
    let handshake_rtt = if has(4) { Some(unzigzag(from.number()?)) } else { None };
    let struggle = if has(5) { [from.struggle()?, from.struggle()?] } else { Default::default() };
    let follows = if has(7) { diagnostic::ALL.get(usize::from(from.byte()?)).copied() } else { None };
    let mut verdicts = Vec::new();
    for _ in 0..from.number()? {
        let outcome = outcome_at(from.byte()?)?;
        let with = [from.number()?, from.number()?, from.number()?, from.number()?];
        verdicts.push(Verdict { outcome, with: with.map(|number| number as u32) });
    }
    let (mut noted, mut notes) = (Noted::default(), Vec::new());
    if has(6) {
        from.diagnostics(|what| noted.add(what))?;
        from.diagnostics(|what| notes.push(what))?;
    }
    let owners = if owned { Some(Box::new(from.owners()?)) } else { None };
    Some(Connection {
        id,
        stream,
        transport: if has(0) { Transport::Udp } else { Transport::Tcp },
        roles: if has(1) { Roles::Inferred } else { Roles::Seen },
        open: *OPENS.get(course / 18)?,
        close: *CLOSES.get(course / 3 % 6)?,
        closed_by: *BY.get(course % 3)?,
        ends,
        owners,
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

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
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

    fn owners(&mut self) -> Option<Owners> {
        Some(Owners([self.process()?, self.process()?]))
    }

    fn process(&mut self) -> Option<Option<Process>> {
        let Some(pid) = self.number()?.checked_sub(1) else { return Some(None) };
        let length = self.number()? as usize;
        let command = String::from_utf8_lossy(self.take(length)?).into_owned();
        Some(Some(Process { pid: pid as u32, command }))
    }

    fn diagnostics(&mut self, mut take: impl FnMut(&'static Diagnostic)) -> Option<()> {
        for _ in 0..self.byte()? {
            take(diagnostic::ALL.get(usize::from(self.byte()?))?);
        }
        Some(())
    }
}
