//! The table of connections as it stands: which rows, in which order, where the cursor is.

use std::collections::VecDeque;

use unicode_width::UnicodeWidthStr;

use crate::connection::{Close, Connection, Open, Transport};
use crate::diagnostic::Severity;
use crate::event::{Side, Tone};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::model::filter::Filter;
use crate::packed::Packed;
use crate::survey::place;
use crate::tui::column::Column;
use crate::tui::pulse::Pulse;
use crate::tui::rank::{in_order, rank};

/// More connections than these are sorted beside the screen, and only now and then while they change.
const CHEAP: usize = 5000;
/// So many connections are judged by a filter before keys are looked at again.
const SLICE: usize = 2000;
/// So many connections are looked into at once, with so many packets together.
const BATCH: (usize, u64) = (256, 20_000);

/// What the filter says of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fit {
    Yes,
    No,
    /// That depends on its events.
    Maybe,
    /// One of its events fits; none of its events does.
    Proven,
    Ruled,
    /// None of its events did, but it has grown.
    Grown,
}

impl Fit {
    fn shows(self) -> bool {
        matches!(self, Fit::Yes | Fit::Maybe | Fit::Proven)
    }

    fn is_open(self) -> bool {
        matches!(self, Fit::Maybe | Fit::Grown)
    }
}

/// A connection of the table.
#[derive(Debug)]
struct Row {
    summary: Packed,
    id: u32,
    /// What the filter says of it, once that was judged since it was set.
    fit: Option<Fit>,
    /// Whether it went wrong.
    wrong: bool,
}

/// The table.
#[derive(Debug, Default)]
pub struct List {
    /// By [`Connection::id`], ascending.
    rows: Vec<Row>,
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
    /// The columns that the user chose; none means: as many as fit.
    pub columns: Vec<Column>,
    /// What comes at the moment.
    pub pulse: Pulse,
    /// The widest client, server, stack of protocols and processes so far, in cells.
    pub widest: [usize; 4],
    /// How many of the first connections the filter has judged since it was set.
    judged: usize,
    /// The first frame that can be read again.
    first: FrameNumber,
    /// Those that are to be looked into; some are settled meanwhile.
    open: VecDeque<u32>,
    /// How many are.
    left: usize,
    /// Whether the order is to be made anew, and whether the cursor goes to its begin.
    unsorted: bool,
    to_first: bool,
    /// How often summaries were taken.
    taken: usize,
    /// What was searched for.
    pub needle: String,
}

impl List {
    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The summary of a connection.
    pub fn get(&self, id: u32) -> Option<Connection> {
        self.row(id)?.summary.connection()
    }

    /// Whether a connection did not end well.
    pub fn is_wrong(&self, id: u32) -> bool {
        self.row(id).is_some_and(|row| row.wrong)
    }

    /// The highest number of a connection.
    pub fn highest(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.id)
    }

    fn row(&self, id: u32) -> Option<&Row> {
        self.place(id).ok().and_then(|place| self.rows.get(place))
    }

    fn place(&self, id: u32) -> Result<usize, usize> {
        place_of(&self.rows, id)
    }

    fn fit(&self, id: u32) -> Option<Fit> {
        self.row(id)?.fit
    }

    /// Lets the connections go of which no frame can be read again from `first` on.
    pub fn let_go(&mut self, first: FrameNumber) {
        if first <= self.first.max(1) {
            return;
        }
        self.first = first;
        let (mut place, judged, before) = (0, self.judged, self.rows.len());
        self.rows.retain(|row| {
            let stays = row.summary.last_packet() >= first;
            self.judged -= usize::from(!stays && place < judged);
            self.left -= usize::from(!stays && row.fit.is_some_and(Fit::is_open));
            place += 1;
            stays
        });
        if self.rows.len() == before {
            return;
        }
        self.rows.shrink_to(self.rows.len() * 2);
        self.sweep();
        let ids = |id: &u32| place_of(&self.rows, *id).is_ok();
        self.ticked.retain(ids);
        self.open.retain(ids);
    }

    /// Takes summaries that are new or changed.
    pub fn take(&mut self, summaries: Vec<Packed>) {
        let (mut moved, mut away) = (false, false);
        for summary in summaries {
            let Some(connection) = summary.connection() else { continue };
            let known = self.get(connection.id);
            if known.as_ref().is_none_or(|known| {
                known.protocols != connection.protocols || known.owners != connection.owners
            }) {
                self.widen(&connection);
            }
            let before = known.map_or(0, |known| known.packets.iter().sum());
            self.pulse.count(connection.id, connection.packets.iter().sum::<u64>().saturating_sub(before));
            let wrong = tone(&connection) >= Tone::Doubtful;
            let at = match self.place(connection.id) {
                Ok(at) => at,
                Err(at) => {
                    self.rows.insert(at, Row { summary, id: connection.id, fit: None, wrong });
                    // One that was let go has spoken again.
                    if at < self.judged {
                        self.judged += 1;
                        self.settle_fit(at, self.judge(&connection));
                    }
                    continue;
                }
            };
            if let Some(was) = self.rows[at].fit
                && self.filter.is_some()
            {
                let is = match (self.judge(&connection), was) {
                    (Fit::Maybe, Fit::Ruled) => Fit::Grown,
                    (Fit::Maybe, was @ (Fit::Proven | Fit::Grown)) => was,
                    (fit, _) => fit,
                };
                away |= self.settle_fit(at, is);
            }
            (self.rows[at].summary, self.rows[at].wrong) = (summary, wrong);
            moved = true;
        }
        if away {
            self.sweep();
        }
        self.work();
        self.taken += 1;
        let cheap = self.order.len() < CHEAP || self.taken.is_multiple_of(16);
        if (moved && self.sort.0.is_some() || self.unsorted) && cheap {
            self.arrange();
        }
    }

    fn widen(&mut self, connection: &Connection) {
        for side in Side::BOTH {
            let width = connection.endpoint(side).to_string().len();
            let widest = &mut self.widest[side as usize];
            *widest = (*widest).max(width);
        }
        self.widest[2] = self.widest[2].max(protocols(connection).chars().count());
        self.widest[3] = self.widest[3].max(processes(connection).width());
    }

    /// Goes on judging connections by the filter; whether some are left.
    pub fn work(&mut self) -> bool {
        if !self.is_judging() {
            return false;
        }
        let at_end = self.cursor + 1 >= self.order.len();
        let slice = if self.filter.is_some() { SLICE } else { usize::MAX };
        let end = self.judged.saturating_add(slice).min(self.rows.len());
        for at in self.judged..end {
            // Without a filter there is nothing to be made of it.
            let fit = match &self.filter {
                None => Fit::Yes,
                Some(_) => self.rows[at].summary.connection().map_or(Fit::No, |of| self.judge(&of)),
            };
            self.settle_fit(at, fit);
        }
        self.judged = end;
        if self.unsorted || end == self.rows.len() && self.sort.0.is_some() {
            self.arrange();
        }
        if self.follow && at_end {
            self.cursor = self.order.len().saturating_sub(1);
        }
        self.is_judging()
    }

    /// Whether connections wait to be judged by the filter.
    pub fn is_judging(&self) -> bool {
        self.judged < self.rows.len()
    }

    fn judge(&self, connection: &Connection) -> Fit {
        match self.filter.as_ref().map_or(Some(true), |filter| filter.connection(connection)) {
            Some(true) => Fit::Yes,
            Some(false) => Fit::No,
            None => Fit::Maybe,
        }
    }

    /// Notes what the filter says of the connection at a place; whether it has to leave `order`.
    fn settle_fit(&mut self, place: usize, fit: Fit) -> bool {
        let Some(row) = self.rows.get_mut(place) else { return false };
        let (id, was) = (row.id, row.fit.replace(fit).unwrap_or(Fit::No));
        match (was.is_open(), fit.is_open()) {
            (false, true) => {
                self.open.push_back(id);
                self.left += 1;
            }
            (true, false) => self.left -= 1,
            _ => {}
        }
        if fit.shows() && !was.shows() {
            let (column, reversed) = self.sort;
            self.unsorted |=
                column.is_none() && (reversed || self.order.last().is_some_and(|last| *last > id));
            self.order.push(id);
        }
        was.shows() && !fit.shows()
    }

    /// Takes those away that are gone or that the filter keeps out; the cursor stays on its connection, or on the one behind it.
    fn sweep(&mut self) {
        let (rows, places) = (&self.rows, [self.cursor, self.top]);
        let (mut place, mut before) = (0, [0; 2]);
        self.order.retain(|id| {
            let stays = place_of(rows, *id).is_ok_and(|place| rows[place].fit.is_some_and(Fit::shows));
            (0..2).for_each(|nth| before[nth] += usize::from(stays && place < places[nth]));
            place += 1;
            stays
        });
        [self.cursor, self.top] = before;
    }

    /// How many connections are to be looked into: the filter cannot tell without their events.
    pub fn left(&self) -> usize {
        self.left
    }

    /// The next connections to be looked into: those on a screen of so many rows first.
    pub fn batch(&mut self, rows: usize) -> Vec<u32> {
        let mut batch: Vec<u32> = Vec::new();
        let mut packets = 0;
        let mut seen = self.order.iter().skip(self.top).take(rows).copied().collect::<Vec<u32>>().into_iter();
        while let Some(id) = seen.next().or_else(|| self.open.pop_front()) {
            let is_open = self.fit(id).is_some_and(Fit::is_open);
            if !is_open || batch.contains(&id) {
                continue;
            }
            packets += self.get(id).map_or(0, |of| of.packets[0] + of.packets[1]);
            batch.push(id);
            if batch.len() == BATCH.0 || packets > BATCH.1 {
                break;
            }
        }
        batch
    }

    /// Learns whether an event of each of these connections fits, when it had so many packets.
    pub fn looked(&mut self, fits: &[(u32, u64, bool)]) {
        let mut away = false;
        for &(id, packets, fit) in fits {
            let (Some(connection), Ok(at)) = (self.get(id), self.place(id)) else { continue };
            let grown = connection.packets[0] + connection.packets[1] != packets;
            if !self.rows[at].fit.is_some_and(Fit::is_open) {
                continue;
            }
            away |= match (fit, grown) {
                (true, _) => self.settle_fit(at, Fit::Proven),
                (false, false) => self.settle_fit(at, Fit::Ruled),
                (false, true) => {
                    let away = self.settle_fit(at, Fit::Ruled);
                    self.settle_fit(at, Fit::Grown);
                    away
                }
            };
        }
        if away {
            self.sweep();
        }
        if self.unsorted {
            self.arrange();
        }
    }

    /// Shows only what the filter lets through.
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        let kept = self.current();
        self.filter = filter;
        self.order.clear();
        self.rows.iter_mut().for_each(|row| row.fit = None);
        self.judged = 0;
        self.open.clear();
        self.left = 0;
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

    /// Ticks all that are shown; where all are ticked already, takes all ticks away.
    pub fn tick_all(&mut self) {
        let ticked: rustc_hash::FxHashSet<u32> = self.ticked.iter().copied().collect();
        let before = self.ticked.len();
        self.ticked.extend(self.order.iter().filter(|id| !ticked.contains(id)));
        if self.ticked.len() == before {
            self.ticked.clear();
        }
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
        self.to_first = true;
        self.arrange();
        (self.cursor, self.top) = (0, 0);
    }

    /// Sorts anew: a short list at once, a long one beside the screen.
    pub fn arrange(&mut self) {
        self.unsorted = true;
        if self.sort.0 == Some(Column::Activity) {
            self.sorted(self.by_activity(), self.sort);
            self.unsorted = false;
        } else if self.order.len() <= CHEAP {
            let ranked = self.order.iter().filter_map(|id| Some((rank(self.sort.0, &self.get(*id)?), *id)));
            let order = in_order(ranked.collect(), self.sort.1);
            self.sorted(order, self.sort);
            self.unsorted = false;
        }
    }

    /// The order by activity, which is known here alone; most connections have none, and stand by their number.
    fn by_activity(&self) -> Vec<u32> {
        let (active, mut rest): (Vec<u32>, Vec<u32>) =
            self.order.iter().partition(|id| self.pulse.sum(**id) > 0);
        rest.sort_unstable();
        let mut order = in_order(
            active.into_iter().map(|id| ((u64::MAX - self.pulse.sum(id), 0, 0, String::new()), id)).collect(),
            false,
        );
        order.append(&mut rest);
        if self.sort.1 {
            order.reverse();
        }
        order
    }

    /// Whether the order is to be made anew beside the screen.
    pub fn is_unsorted(&self) -> bool {
        self.unsorted
    }

    /// Whether somebody asked for the new order and waits for it.
    pub fn is_awaited(&self) -> bool {
        self.unsorted && self.to_first
    }

    /// What is to be put in order.
    pub fn take_unsorted(&mut self) -> Vec<u32> {
        self.unsorted = false;
        self.order.clone()
    }

    /// Takes the order of what was shown when it was made: what came since stands at its end.
    pub fn sorted(&mut self, mut sorted: Vec<u32>, sort: (Option<Column>, bool)) {
        if sort != self.sort {
            return;
        }
        let kept = self.current();
        let mut news: Vec<bool> = self.rows.iter().map(|row| row.fit.is_some_and(Fit::shows)).collect();
        sorted.retain(|id| self.place(*id).is_ok_and(|place| std::mem::take(&mut news[place])));
        sorted.extend(self.order.iter().filter(|id| self.place(**id).is_ok_and(|place| news[place])));
        self.order = sorted;
        let stay = self.to_first && self.cursor == 0;
        if let Some(id) = kept.filter(|_| !stay) {
            self.go_to(id);
        }
        self.to_first = false;
    }

    /// Keeps the cursor within the table and on the screen, which has room for so many rows.
    pub fn settle(&mut self, rows: usize) {
        self.cursor = self.cursor.min(self.order.len().saturating_sub(1));
        let lowest = (self.cursor + 1).saturating_sub(rows.max(1));
        self.top = self.top.clamp(lowest, self.cursor.max(lowest));
        self.top = self.top.min(self.order.len().saturating_sub(rows.max(1)).max(lowest));
    }
}

fn place_of(rows: &[Row], id: u32) -> Result<usize, usize> {
    place(rows, id, |row| row.id)
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

/// The processes at the ends of a connection: `curl (71) → nginx (42)`; a side that is not known is left out.
pub fn processes(connection: &Connection) -> String {
    let [client, server] = Side::BOTH.map(|side| connection.owner(side).map(ToString::to_string));
    match (client, server) {
        (None, None) => String::new(),
        (client, None) => format!("{} →", client.unwrap_or_default()),
        (client, Some(server)) => {
            format!("{} → {server}", client.unwrap_or_default()).trim_start().to_owned()
        }
    }
}

/// The time of day of a moment in UTC: `14:03:22.120`.
pub fn time_of_day(time: Timestamp) -> String {
    let (.., hour, minute, second, nanos) = time.civil();
    format!("{hour:02}:{minute:02}:{second:02}.{:03}", nanos / 1_000_000)
}
