//! The columns of the table of connections: what each tells, how two connections are ordered by it, and the chooser in
//! which the user picks and orders them.

use crate::locale::{Lang, Words};

/// What a column tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Number,
    Start,
    Client,
    Server,
    Process,
    Protocols,
    State,
    Packets,
    Sent,
    Received,
    Duration,
    Rtt,
    Activity,
    Verdict,
}

/// What there is to know of a column: its name in the configuration, its heading, what it tells.
struct About {
    column: Column,
    id: &'static str,
    heading: Words,
    tells: Words,
}

const fn about(column: Column, id: &'static str, heading: Words, tells: Words) -> About {
    About { column, id, heading, tells }
}

/// All, from left to right.
const COLUMNS: &[About] = &[
    about(Column::Number, "number", ["#", "#"], ["number", "번호"]),
    about(Column::Start, "start", ["Start", "시작"], ["time of day of the first packet", "첫 패킷의 시각"]),
    about(Column::Client, "client", ["Client", "클라이언트"], ["who opened it", "연결을 연 쪽"]),
    about(Column::Server, "server", ["Server", "서버"], ["who accepted it", "연결을 받은 쪽"]),
    about(
        Column::Process,
        "process",
        ["Process", "프로세스"],
        ["the processes that have the sockets, where known", "소켓을 가진 프로세스(알려진 경우)"],
    ),
    about(
        Column::Protocols,
        "protocols",
        ["Protocols", "프로토콜"],
        ["the stack of protocols", "프로토콜 스택"],
    ),
    about(Column::State, "state", ["State", "상태"], ["open, closed, reset …", "열림, 닫힘, 재설정 …"]),
    about(Column::Packets, "packets", ["Packets", "패킷"], ["packets both ways", "양쪽 패킷 수"]),
    about(
        Column::Sent,
        "sent",
        ["Sent", "보냄"],
        ["payload bytes of the client", "클라이언트가 보낸 바이트"],
    ),
    about(
        Column::Received,
        "received",
        ["Received", "받음"],
        ["payload bytes of the server", "서버가 보낸 바이트"],
    ),
    about(
        Column::Duration,
        "duration",
        ["Time", "시간"],
        ["from the first packet to the last", "첫 패킷부터 마지막 패킷까지"],
    ),
    about(
        Column::Rtt,
        "rtt",
        ["RTT", "RTT"],
        ["round trip of the TCP handshake", "TCP 핸드셰이크의 왕복 시간"],
    ),
    about(
        Column::Activity,
        "activity",
        ["Activity", "활동"],
        ["packets of the last eight seconds, while they come", "최근 8초 동안의 패킷(들어오는 동안)"],
    ),
    about(Column::Verdict, "verdict", ["Verdict", "판정"], ["how it went", "연결이 어떻게 되었는지"]),
];

impl Column {
    /// All, from left to right.
    pub fn all() -> impl Iterator<Item = Column> {
        COLUMNS.iter().map(|about| about.column)
    }

    fn about(self) -> Option<&'static About> {
        COLUMNS.iter().find(|about| about.column == self)
    }

    /// Its heading.
    pub fn name(self, lang: Lang) -> &'static str {
        self.about().map_or("", |about| lang.of(about.heading))
    }

    /// What it tells, in words.
    pub fn tells(self, lang: Lang) -> &'static str {
        self.about().map_or("", |about| lang.of(about.tells))
    }

    /// Its name in the configuration.
    pub fn id(self) -> &'static str {
        self.about().map_or("", |about| about.id)
    }

    /// The column of this name in the configuration.
    ///
    /// # Errors
    /// A sentence that names all that there are.
    pub fn named(id: &str) -> Result<Column, String> {
        let found = COLUMNS.iter().find(|about| about.id == id).map(|about| about.column);
        found.ok_or_else(|| {
            let ids: Vec<&str> = COLUMNS.iter().map(|about| about.id).collect();
            format!("there is no column {id:?}: use {}", ids.join(", "))
        })
    }
}

/// The columns while the user chooses among them.
#[derive(Clone, Debug)]
pub struct Chooser {
    /// In the order in which they stand; whether each is shown.
    pub rows: Vec<(Column, bool)>,
    /// The line under the cursor: 0 is "as many as fit", then the rows.
    pub cursor: usize,
    /// What was chosen before.
    pub before: Vec<Column>,
}

impl Chooser {
    /// Of the columns that were chosen; none of them means: as many as fit.
    pub fn new(chosen: &[Column]) -> Chooser {
        let rest = Column::all().filter(|column| !chosen.contains(column)).map(|column| (column, false));
        let rows = chosen.iter().map(|column| (*column, true)).chain(rest).collect();
        Chooser { rows, cursor: 0, before: chosen.to_vec() }
    }

    /// What is chosen now; nothing means: as many as fit.
    pub fn chosen(&self) -> Vec<Column> {
        self.rows.iter().filter(|(_, shown)| *shown).map(|(column, _)| *column).collect()
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.rows.len());
    }

    /// Takes the column under the cursor in or out; at the top all are taken out, so that as many are shown as fit.
    /// `shown`: those that are shown now, which the first one that is taken out leaves.
    pub fn toggle(&mut self, shown: &[Column]) {
        let Some(at) = self.cursor.checked_sub(1) else {
            self.rows.iter_mut().for_each(|(_, shown)| *shown = false);
            return;
        };
        if self.rows.iter().all(|(_, shown)| !shown) {
            self.rows.iter_mut().for_each(|(column, chosen)| *chosen = shown.contains(column));
        }
        if let Some((_, shown)) = self.rows.get_mut(at) {
            *shown = !*shown;
        }
    }

    /// Moves the column under the cursor towards the left or the right of the table.
    pub fn shift(&mut self, right: bool) {
        let Some(at) = self.cursor.checked_sub(1) else { return };
        let to = if right { at + 1 } else { at.wrapping_sub(1) };
        if to < self.rows.len() {
            self.rows.swap(at, to);
            self.cursor = to + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_chosen_and_moved() {
        let all: Vec<Column> = Column::all().collect();
        assert!(all.iter().all(|column| Column::named(column.id()) == Ok(*column)));
        let mut chooser = Chooser::new(&[]);
        assert_eq!(chooser.chosen(), []);
        // The first that is taken out leaves the others that are shown.
        chooser.step(2);
        chooser.toggle(&all[..4]);
        assert_eq!(chooser.chosen(), [all[0], all[2], all[3]]);
        chooser.step(1);
        chooser.shift(true);
        chooser.shift(true);
        assert_eq!(chooser.chosen(), [all[0], all[3], all[2]]);
        chooser.step(-99);
        chooser.shift(false);
        chooser.toggle(&all);
        assert_eq!(chooser.chosen(), []);
    }
}
