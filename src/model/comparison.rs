//! Connections side by side: what each spent before its first useful byte, what it carried, who spoke.
//!
//! Useful is what the conversation is for: requests, responses and messages, and their bodies; not the upgrade that
//! precedes them, no header, no ping. A **round trip** is a change from what the client said to what the server said to
//! it, of handshakes, requests and answers alone: acknowledgements, session tickets and settings keep nobody waiting.
//! A **push** is a message of the server that answers nothing: each thing that the client says may be answered by one
//! message, later or at once, so an echo is none. Protocols without a rule that pairs answers with questions (a
//! WebSocket, a bare socket) may have pushed more; they pushed at least so much.

use crate::connection::Connection;
use crate::event::{Class, Phase, Side};
use crate::frame::FrameNumber;
use crate::locale::{Lang, Words};
use crate::model::trace::Trace;
use crate::model::units::{duration, size};

/// What a connection cost and carried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    /// Packets of both sides.
    pub packets: u64,
    /// Connections that were opened for it.
    pub connections: u64,
    /// Packets before the one with the first useful byte.
    pub packets_before: u64,
    /// How often the client waited for an answer before the first useful byte.
    pub round_trips_before: u64,
    /// Payload bytes of TCP or UDP before the first useful byte.
    pub bytes_before: u64,
    /// Nanoseconds from the first packet to the first useful byte.
    pub time_before: Option<i64>,
    /// Payload bytes of TCP or UDP.
    pub bytes: u64,
    /// Bytes of messages and bodies, decoded.
    pub useful: u64,
    /// Requests, that for an upgrade included.
    pub requests: u64,
    /// What each side said: requests and responses (not those of an upgrade), and messages.
    pub messages: [u64; 2],
    /// Messages of the server beyond those that may answer something that the client said.
    pub pushes: u64,
    /// Who said the first useful thing.
    pub first: Option<Side>,
}

/// Which line of a comparison, and how its values are made.
type Line = (Words, fn(&Costs, Lang) -> String);

const LINES: &[Line] = &[
    (["connections", "연결 수"], |costs, _| costs.connections.to_string()),
    (["packets", "패킷 수"], |costs, _| costs.packets.to_string()),
    (["before the first useful byte: packets", "첫 유효 바이트 전: 패킷"], |costs, _| {
        costs.packets_before.to_string()
    }),
    (["                              round trips", "                  왕복"], |costs, _| {
        costs.round_trips_before.to_string()
    }),
    (["                              bytes", "                  바이트"], |costs, _| {
        size(costs.bytes_before)
    }),
    (["                              time", "                  시간"], |costs, _| {
        costs.time_before.map_or_else(|| "–".to_owned(), duration)
    }),
    (["bytes carried", "전송 바이트"], |costs, _| size(costs.bytes)),
    (["useful bytes", "유효 바이트"], |costs, _| size(costs.useful)),
    (["overhead", "오버헤드"], |costs, _| {
        costs.overhead().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.0} %"))
    }),
    (["requests, with upgrades", "요청 수(업그레이드 포함)"], |costs, _| {
        costs.requests.to_string()
    }),
    (["requests per connection", "연결당 요청 수"], |costs, _| {
        if costs.connections == 0 {
            "–".to_owned()
        } else {
            format!("{:.1}", costs.requests as f64 / costs.connections as f64)
        }
    }),
    (["said by the client", "클라이언트의 말"], |costs, _| costs.messages[0].to_string()),
    (["said by the server", "서버의 말"], |costs, _| costs.messages[1].to_string()),
    (["who spoke first", "먼저 말한 쪽"], |costs, lang| {
        costs.first.map_or("–", |side| side.name(lang)).to_owned()
    }),
    (["pushed by the server, at least", "서버 푸시(최소)"], |costs, _| costs.pushes.to_string()),
];

impl Costs {
    /// The costs of all connections of a trace together.
    pub fn of(trace: &Trace) -> Costs {
        let mut costs = Costs { connections: trace.connections.len() as u64, ..Costs::default() };
        for connection in &trace.connections {
            costs.add(trace, connection);
        }
        costs
    }

    fn add(&mut self, trace: &Trace, connection: &Connection) {
        self.packets += connection.packets.iter().sum::<u64>();
        self.bytes += connection.payload.iter().sum::<u64>();
        let mut began: Option<FrameNumber> = None;
        // Who spoke last in the handshakes, and how much of what the client said may still be answered.
        let (mut last, mut open) = (Side::Server, 0_u64);
        let own = trace
            .events
            .iter()
            .filter(|traced| traced.connection == connection.id)
            .map(|traced| &traced.event);
        for event in own {
            self.requests += u64::from(event.class == Class::Request);
            if matches!(event.class, Class::Control | Class::Part | Class::Trouble | Class::Close) {
                continue;
            }
            let answered = event.side == Side::Server && last == Side::Client;
            self.round_trips_before += u64::from(began.is_none() && answered);
            last = event.side;
            let said = matches!(event.class, Class::Request | Class::Response | Class::Message);
            if !said || event.phase != Phase::Exchange {
                continue;
            }
            self.messages[event.side as usize] += 1;
            match (event.side, event.class) {
                (Side::Client, _) => open += 1,
                (Side::Server, Class::Message) if open == 0 => self.pushes += 1,
                (Side::Server, _) => open = open.saturating_sub(1),
            }
            let len = event.facts.payload().map_or(0, |payload| payload.len);
            self.useful = self.useful.saturating_add(len);
            if began.is_none() {
                began = event.frames.first().copied();
                self.time_before = self.time_before.max(Some(event.time.since(connection.start)));
                self.first = self.first.or(Some(event.side));
            }
        }
        let own =
            trace.packets.iter().filter(|seen| seen.connection == connection.id).map(|seen| &seen.packet);
        for packet in own.take_while(|packet| began.is_none_or(|began| packet.number < began)) {
            self.packets_before += 1;
            self.bytes_before += packet.len;
        }
    }

    /// What was carried besides useful bytes, in percent of all payload bytes.
    pub fn overhead(&self) -> Option<f64> {
        (self.bytes > 0).then(|| 100.0 * self.bytes.saturating_sub(self.useful) as f64 / self.bytes as f64)
    }
}

/// The comparison as lines of cells: a name, then a value for each.
pub fn lines(all: &[Costs], lang: Lang) -> Vec<Vec<String>> {
    let line = |(name, value): &Line| {
        let values = all.iter().map(|costs| value(costs, lang));
        std::iter::once(lang.of(*name).to_owned()).chain(values).collect()
    };
    LINES.iter().map(line).collect()
}
