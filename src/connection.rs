//! What is known of a connection as a whole: the summary that a survey keeps of each.

use std::fmt;
use std::sync::OnceLock;

use crate::diagnostic::{Diagnostic, Noted};
use crate::event::{Endpoint, Side, Tone, Verdict};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;

/// The transport protocol of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Transport {
    /// TCP (RFC 9293).
    Tcp,
    /// UDP (RFC 768): an exchange of datagrams between two endpoints.
    Udp,
}

impl Transport {
    /// `tcp` or `udp`.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        }
    }
}

/// How the roles of client and server are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Roles {
    /// A SYN was seen (or, over UDP, the first datagram).
    Seen,
    /// Inferred from a SYN/ACK, the protocol, or the ports.
    Inferred,
}

/// How much of the opening was captured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Open {
    /// SYN, SYN/ACK and ACK.
    Handshake,
    /// A part of it.
    Partial,
    /// Nothing of it.
    Midstream,
}

impl Open {
    /// As the event schema writes it.
    pub fn name(self) -> &'static str {
        match self {
            Open::Handshake => "handshake",
            Open::Partial => "partial",
            Open::Midstream => "midstream",
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Close {
    /// Both sides sent FIN.
    Fin,
    /// One side sent FIN.
    Half,
    /// A RST ended it.
    Rst,
    /// A RST answered the SYN.
    Refused,
    /// A SYN that nobody answered.
    Unanswered,
    /// It had not ended when the capture did.
    Open,
}

impl Close {
    /// As the event schema writes it.
    pub fn name(self) -> &'static str {
        match self {
            Close::Fin => "fin",
            Close::Half => "half",
            Close::Rst => "rst",
            Close::Refused => "refused",
            Close::Unanswered => "unanswered",
            Close::Open => "open",
        }
    }
}

/// What TCP struggled with in one direction (`docs/tcp-analysis.md` defines each).
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Struggle {
    /// Segments with bytes that had been sent before.
    pub retransmissions: u32,
    /// Segments that arrived after a later one.
    pub out_of_order: u32,
    /// Acknowledgements that repeat the one before them.
    pub duplicate_acks: u32,
    /// Segments that announce a receive window of zero.
    pub zero_windows: u32,
    /// Keep-alive probes.
    pub keep_alives: u32,
    /// Bytes that were never captured.
    pub missing_bytes: u64,
}

/// The protocols of a connection, outermost first; at most eight are named.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Protocols([u8; 8]);

/// The names that were ever added, so that a connection needs a byte for each: its place here, from 1.
static NAMES: [OnceLock<&'static str>; 255] = [const { OnceLock::new() }; 255];

fn place_of(name: &'static str) -> Option<u8> {
    (1..).zip(&NAMES).find(|(_, known)| *known.get_or_init(|| name) == name).map(|(place, _)| place)
}

/// Names of protocols that are not written in capitals throughout.
const SPELLED: [(&str, &str); 2] = [("websocket", "WebSocket"), ("socket.io", "Socket.IO")];

impl Protocols {
    /// Adds `name` unless it is there or there is no room.
    pub fn add(&mut self, name: &'static str) {
        let Some(place) = place_of(name) else { return };
        if let Some(slot) = self.0.iter_mut().find(|slot| **slot == place || **slot == 0) {
            *slot = place;
        }
    }

    /// The places of the names, in bytes that last while this program runs.
    pub(crate) fn places(&self) -> &[u8] {
        self.0.split(|place| *place == 0).next().unwrap_or_default()
    }

    /// Of these places.
    pub(crate) fn at(places: &[u8]) -> Protocols {
        let mut protocols = Protocols::default();
        protocols.0.iter_mut().zip(places).for_each(|(slot, place)| *slot = *place);
        protocols
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().map_while(|place| NAMES.get(usize::from(place.checked_sub(1)?))?.get().copied())
    }

    /// The names as their people write them, outermost first: `TCP ▸ HTTP/1.1 ▸ WebSocket`.
    pub fn written(&self) -> String {
        let mut text = String::new();
        self.write(" ▸ ", &mut text);
        text
    }

    /// Adds the names as [`Protocols::written`] has them, with `between` between them, to `text`.
    pub fn write(&self, between: &str, text: &mut String) {
        for (place, name) in self.names().enumerate() {
            if place > 0 {
                text.push_str(between);
            }
            match SPELLED.iter().find(|(known, _)| *known == name) {
                Some((_, spelled)) => text.push_str(spelled),
                None => text.extend(name.chars().map(|c| c.to_ascii_uppercase())),
            }
        }
    }

    /// Whether there is more than one.
    pub fn are_several(&self) -> bool {
        self.0[1] != 0
    }

    /// Whether `name` is among them.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}

impl fmt::Debug for Protocols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// A process that has a socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The name of its command, as the system keeps it: at most 15 bytes of it on Linux.
    pub command: String,
}

impl fmt::Display for Process {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.command, self.pid)
    }
}

impl std::str::FromStr for Process {
    type Err = ();

    fn from_str(text: &str) -> Result<Process, ()> {
        let (command, pid) = text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")).ok_or(())?;
        Ok(Process { pid: pid.parse().map_err(|_| ())?, command: crate::safe::line(command) })
    }
}

/// The processes at the ends of a connection, as far as they are known; by [`Side`]. As text it is the comment on a
/// connection's first packet in the captures that this program writes: `client: curl (71), server: nginx (42)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners(pub [Option<Process>; 2]);

impl fmt::Display for Owners {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (side, process) in Side::BOTH.iter().zip(&self.0) {
            let Some(process) = process else { continue };
            write!(out, "{between}{}: {process}", side.name(Lang::En))?;
            between = ", ";
        }
        Ok(())
    }
}

impl std::str::FromStr for Owners {
    type Err = ();

    fn from_str(text: &str) -> Result<Owners, ()> {
        let (client, server) = match text.strip_prefix("client: ") {
            Some(rest) => match rest.rsplit_once(", server: ") {
                Some((client, server)) => (Some(client), Some(server)),
                None => (Some(rest), None),
            },
            None => (None, Some(text.strip_prefix("server: ").ok_or(())?)),
        };
        let process = |text: Option<&str>| text.map(str::parse).transpose();
        Ok(Owners([process(client)?, process(server)?]))
    }
}

/// The summary of a connection; what every packet changes stands first.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Connection {
    /// When the last packet was captured.
    pub end: Timestamp,
    /// The last packet.
    pub last_packet: FrameNumber,
    /// Packets of each side.
    pub packets: [u64; 2],
    /// Its number over all connections, from 0, in order of the first packet.
    pub id: u32,
    /// Its number within the transport, from 0.
    pub stream: u32,
    /// TCP or UDP.
    pub transport: Transport,
    /// How it is known who opened it.
    pub roles: Roles,
    /// How much of the opening was captured.
    pub open: Open,
    /// How it ended.
    pub close: Close,
    /// Who sent the first FIN or the RST.
    pub closed_by: Option<Side>,
    /// Who opened it, and who accepted it; by [`Side`].
    pub ends: [Endpoint; 2],
    /// Whose the two sockets are, where anything of that is known.
    pub owners: Option<Box<Owners>>,
    /// What it says of the connection before it on the same four-tuple, where there was one.
    pub follows: Option<&'static Diagnostic>,
    /// The protocols on it.
    pub protocols: Protocols,
    /// When the first packet was captured.
    pub start: Timestamp,
    /// The first packet.
    pub first_packet: FrameNumber,
    /// Payload bytes of each side after reassembly, each byte once.
    pub payload: [u64; 2],
    /// From the SYN to the ACK that completes the handshake, in nanoseconds.
    pub handshake_rtt: Option<i64>,
    /// What TCP struggled with, of each side's sending.
    pub struggle: [Struggle; 2],
    /// What the protocols said of how it went, outermost first.
    pub verdicts: Vec<Verdict>,
    /// Which diagnostics were noted, on events and on the connection.
    pub noted: Noted,
    /// Diagnostics of the connection as a whole, each once.
    pub notes: Vec<&'static Diagnostic>,
}

impl Connection {
    /// The endpoint of `side`.
    pub fn endpoint(&self, side: Side) -> Endpoint {
        self.ends[side as usize]
    }

    /// The process at the end of `side`, where it is known.
    pub fn owner(&self, side: Side) -> Option<&Process> {
        self.owners.as_ref()?.0[side as usize].as_ref()
    }

    /// How it went, in one sentence without a full stop: what the innermost protocol says, then what those below it
    /// say where that is bad, then how the transport ended.
    pub fn verdict(&self, lang: Lang) -> String {
        let Some((transport, layers)) = self.verdicts.split_first() else { return String::new() };
        let innermost = layers.iter().rev().take(1);
        let worse = layers.iter().rev().skip(1).filter(|verdict| verdict.outcome.tone == Tone::Bad);
        let parts: Vec<String> = innermost
            .chain(worse)
            .chain([transport])
            .map(|verdict| verdict.say(lang))
            .filter(|part| !part.is_empty())
            .collect();
        let mut sentence = String::new();
        for part in parts {
            if sentence.is_empty() {
                sentence = part;
            } else {
                sentence.push_str("; ");
                sentence.push_str(&continued(&part));
            }
        }
        sentence
    }
}

/// A sentence as it goes on behind a semicolon: its first letter small, unless it begins with a name or a shout.
fn continued(part: &str) -> String {
    let mut chars = part.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if second.is_lowercase() && !part.starts_with("WebSocket") => {
            first.to_lowercase().chain(part.chars().skip(1)).collect()
        }
        _ => part.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_read_as_they_are_written() {
        let process = |pid, command: &str| Some(Process { pid, command: command.to_owned() });
        for owners in [
            Owners([process(7, "curl"), process(42, "nginx: master")]),
            Owners([process(7, "a (b), server: c"), process(1, "x")]),
            Owners([None, process(42, "nginx")]),
            Owners([process(3, "node"), None]),
        ] {
            assert_eq!(owners.to_string().parse(), Ok(owners));
        }
        for text in ["", "a remark", "client: curl", "client: curl (x)", "server: (1", "client: , server: "] {
            assert_eq!(text.parse::<Owners>(), Err(()), "{text}");
        }
    }
}
