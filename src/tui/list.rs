//! The table of connections as it stands: which rows, in which order, where the cursor is.

use std::cmp::Ordering;

use crate::connection::{Close, Connection, Open, Transport};
use crate::diagnostic::Severity;
use crate::event::{Side, Tone};
use crate::frame::Timestamp;
use crate::locale::Lang;
use crate::model::filter::Filter;

/// What a column tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Number,
    Start,
    Client,
    Server,
    Protocols,
    State,
    Packets,
    Sent,
    Received,
    Duration,
    Rtt,
    Verdict,
}

impl Column {
    /// All, from left to right.
    pub const ALL: [Column; 12] = [
        Column::Number,
        Column::Start,
        Column::Client,
        Column::Server,
        Column::Protocols,
        Column::State,
        Column::Packets,
        Column::Sent,
        Column::Received,
        Column::Duration,
        Column::Rtt,
        Column::Verdict,
    ];

    /// Its heading.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Column::Number => "#",
            Column::Start => lang.pick("Start", "시작"),
            Column::Client => lang.pick("Client", "클라이언트"),
            Column::Server => lang.pick("Server", "서버"),
            Column::Protocols => lang.pick("Protocols", "프로토콜"),
            Column::State => lang.pick("State", "상태"),
            Column::Packets => lang.pick("Packets", "패킷"),
            Column::Sent => lang.pick("Sent", "보냄"),
            Column::Received => lang.pick("Received", "받음"),
            Column::Duration => lang.pick("Time", "시간"),
            Column::Rtt => "RTT",
            Column::Verdict => lang.pick("Verdict", "판정"),
        }
    }
}

/// More connections than these are sorted anew only now and then while they change.
const CHEAP: usize = 5000;
/// So many connections are judged by a filter before keys are looked at again.
const SLICE: usize = 4000;

/// The table.
#[derive(Debug, Default)]
pub struct List {
    /// The summaries by [`Connection::id`].
    pub connections: Vec<Connection>,
    /// The numbers of those that are shown, in their order.
    pub order: Vec<u32>,
    /// The place in `order` that the cursor is on, and the one at the top of the screen.
    pub cursor: usize,
    pub top: usize,
    /// Those that are ticked.
    pub ticked: Vec<u32>,
    pub sort: (Option<Column>, bool),
    pub filter: Option<Filter>,
    pub follow: bool,
    /// The widest client, server and stack of protocols so far, in cells.
    pub widest: [usize; 3],
    /// How many of `connections` the filter has judged since it was set.
    judged: usize,
    /// How often summaries were taken.
    taken: usize,
    /// What was searched for.
    pub needle: String,
}

impl List {
    /// Takes summaries that are new or changed.
    pub fn take(&mut self, summaries: Vec<Connection>) {
        let mut moved = false;
        let kept = self.current();
        for connection in summaries {
            for side in Side::BOTH {
                let width = connection.endpoint(side).to_string().len();
                let widest = &mut self.widest[side as usize];
                *widest = (*widest).max(width);
            }
            self.widest[2] = self.widest[2].max(protocols(&connection).chars().count());
            let at = connection.id as usize;
            if at >= self.connections.len() {
                self.connections.push(connection);
                continue;
            }
            if at < self.judged && self.filter.is_some() {
                let (was, is) = (self.shows(&self.connections[at]), self.shows(&connection));
                match (was, is) {
                    (true, false) => self.order.retain(|id| *id as usize != at),
                    (false, true) => {
                        let place = self.order.partition_point(|id| (*id as usize) < at);
                        self.order.insert(place, at as u32);
                    }
                    _ => {}
                }
            }
            self.connections[at] = connection;
            moved = true;
        }
        if let Some(id) = kept.filter(|id| self.order.get(self.cursor) != Some(id)) {
            self.go_to(id);
        }
        self.work();
        self.taken += 1;
        let cheap = self.order.len() < CHEAP || self.taken.is_multiple_of(16);
        if moved && self.sort.0.is_some() && cheap {
            self.arrange();
        }
    }

    /// Goes on judging connections by the filter; whether some are left.
    pub fn work(&mut self) -> bool {
        if self.judged == self.connections.len() {
            return false;
        }
        let kept = self.current();
        let at_end = self.cursor + 1 >= self.order.len();
        let end = (self.judged + SLICE).min(self.connections.len());
        for at in self.judged..end {
            if self.shows(&self.connections[at]) {
                self.order.push(at as u32);
            }
        }
        self.judged = end;
        if end == self.connections.len() && self.sort.0.is_some() {
            self.arrange();
        }
        if self.follow && at_end {
            self.cursor = self.order.len().saturating_sub(1);
        } else if let Some(id) = kept
            && self.order.get(self.cursor) != Some(&id)
        {
            self.go_to(id);
        }
        end < self.connections.len()
    }

    /// Whether connections wait to be judged by the filter.
    pub fn is_judging(&self) -> bool {
        self.judged < self.connections.len()
    }

    fn shows(&self, connection: &Connection) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.may_fit(connection))
    }

    /// Shows only what the filter lets through.
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        let kept = self.current();
        self.filter = filter;
        self.order.clear();
        self.judged = 0;
        (self.cursor, self.top) = (0, 0);
        self.work();
        if let Some(id) = kept {
            self.go_to(id);
        }
    }

    /// The connection under the cursor.
    pub fn current(&self) -> Option<u32> {
        self.order.get(self.cursor).copied()
    }

    /// Puts the cursor on a connection, where it is shown.
    pub fn go_to(&mut self, id: u32) {
        if let Some(place) = self.order.iter().position(|known| *known == id) {
            self.cursor = place;
        }
    }

    /// Ticks the connection under the cursor, or takes the tick away, and goes on to the next.
    pub fn tick(&mut self) {
        let Some(id) = self.current() else { return };
        match self.ticked.iter().position(|known| *known == id) {
            Some(place) => {
                self.ticked.remove(place);
            }
            None => self.ticked.push(id),
        }
        self.cursor = (self.cursor + 1).min(self.order.len().saturating_sub(1));
    }

    /// Sorts by the next of these columns; behind the last comes the first, the number.
    pub fn sort_next(&mut self, columns: &[Column]) {
        let now = self.sort.0.unwrap_or(Column::Number);
        let at = columns.iter().position(|known| *known == now).unwrap_or(columns.len());
        self.sort = (columns.get(at + 1).copied(), false);
        self.show_first();
    }

    /// Sorts by this column; where it does already, the other way round.
    pub fn sort_by(&mut self, column: Column) {
        let wanted = (column != Column::Number).then_some(column);
        self.sort = if self.sort.0 == wanted { (wanted, !self.sort.1) } else { (wanted, false) };
        self.show_first();
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.sort.1 = !self.sort.1;
        self.show_first();
    }

    /// Sorts anew because somebody asked for it: what comes first now is what they look for.
    fn show_first(&mut self) {
        self.arrange();
        (self.cursor, self.top) = (0, 0);
    }

    /// Sorts anew.
    pub fn arrange(&mut self) {
        let kept = self.current();
        let (column, reversed) = self.sort;
        let of = |id: &u32| &self.connections[*id as usize];
        match column {
            None => self.order.sort_unstable(),
            Some(Column::Verdict) => {
                self.order.sort_by_cached_key(|id| (std::cmp::Reverse(tone(of(id))), *id));
            }
            Some(column) => {
                self.order.sort_by(|left, right| compare(column, of(left), of(right)).then(left.cmp(right)))
            }
        }
        if reversed {
            self.order.reverse();
        }
        if let Some(id) = kept {
            self.go_to(id);
        }
    }

    /// Keeps the cursor within the table and on the screen, which has room for so many rows.
    pub fn settle(&mut self, rows: usize) {
        self.cursor = self.cursor.min(self.order.len().saturating_sub(1));
        let lowest = (self.cursor + 1).saturating_sub(rows.max(1));
        self.top = self.top.clamp(lowest, self.cursor.max(lowest));
        self.top = self.top.min(self.order.len().saturating_sub(rows.max(1)).max(lowest));
    }
}

fn compare(column: Column, left: &Connection, right: &Connection) -> Ordering {
    let by = |key: fn(&Connection) -> i128| key(left).cmp(&key(right));
    match column {
        Column::Number => left.id.cmp(&right.id),
        Column::Start => by(|of| i128::from(of.start.0)),
        Column::Client => left.ends[0].cmp(&right.ends[0]),
        Column::Server => left.ends[1].cmp(&right.ends[1]),
        Column::Protocols => left.protocols.names().cmp(right.protocols.names()),
        Column::State => by(|of| of.close as i128),
        // The most first: that is what one looks for.
        Column::Packets => by(|of| -i128::from(of.packets[0] + of.packets[1])),
        Column::Sent => by(|of| -i128::from(of.payload[0])),
        Column::Received => by(|of| -i128::from(of.payload[1])),
        Column::Duration => by(|of| -i128::from(of.end.since(of.start))),
        Column::Rtt => by(|of| -i128::from(of.handshake_rtt.unwrap_or(-1))),
        Column::Verdict => Ordering::Equal,
    }
}

/// How bad a connection went, all in all.
pub fn tone(connection: &Connection) -> Tone {
    let told = connection.verdicts.iter().map(|verdict| verdict.outcome.tone).max().unwrap_or(Tone::Neutral);
    match connection.noted.worst() {
        Some(Severity::Error) => Tone::Bad,
        Some(Severity::Warning) => told.max(Tone::Doubtful),
        _ => told,
    }
}

/// The state of a connection in a word.
pub fn state(connection: &Connection, over: bool, lang: Lang) -> &'static str {
    match connection.close {
        Close::Fin => lang.pick("closed", "닫힘"),
        Close::Half => lang.pick("half", "반닫힘"),
        Close::Rst => lang.pick("reset", "리셋"),
        Close::Refused => lang.pick("refused", "거부"),
        Close::Unanswered => lang.pick("silent", "무응답"),
        Close::Open if connection.transport == Transport::Udp => lang.pick("–", "–"),
        Close::Open if connection.open == Open::Midstream && over => lang.pick("midway", "중간"),
        Close::Open => lang.pick("open", "열림"),
    }
}

/// The protocols of a connection, short: `TCP▸TLS▸WS`.
pub fn protocols(connection: &Connection) -> String {
    let names: Vec<&str> = connection.protocols.names().collect();
    let switched = names.contains(&"websocket");
    let plain = |name: &&&str| !(switched && name.starts_with("http/1"));
    let short = |name: &&str| match *name {
        "websocket" => "WS".to_owned(),
        "http2" | "h2" | "http/2" => "H2".to_owned(),
        name => name.split('/').next().unwrap_or(name).to_ascii_uppercase(),
    };
    names.iter().filter(plain).map(short).collect::<Vec<_>>().join("▸")
}

/// The time of day of a moment in UTC: `14:03:22.120`.
pub fn time_of_day(time: Timestamp) -> String {
    let (.., hour, minute, second, nanos) = time.civil();
    format!("{hour:02}:{minute:02}:{second:02}.{:03}", nanos / 1_000_000)
}
