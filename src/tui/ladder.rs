//! Opened connections as they stand on the screen: the diagram, the cursor in it, what is folded, marked and found.

use std::sync::Arc;

use crate::connection::Connection;
use crate::event::{Class, Event, Packet, Phase};
use crate::frame::Timestamp;
use crate::model::diagram::{Key, Level, Row, View, What};
use crate::model::outline::Outline;
use crate::model::trace::{Seen, Trace, Traced};
use crate::render::cells::{Charset, Clock, Paper, Sheet};
use crate::tui::detail::Detail;
use crate::tui::talk::{Line, Talk};
use crate::tui::work::Laid;

/// What the time column tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Time {
    #[default]
    Relative,
    Absolute,
    Marked,
}

/// Opened connections.
pub struct Ladder {
    /// Their numbers.
    pub ids: Vec<u32>,
    pub trace: Arc<Trace>,
    pub outline: Arc<Outline>,
    /// The rows at which phases begin.
    pub phases: Vec<(usize, Phase)>,
    pub view: View,
    pub cursor: usize,
    /// The row at the top of the screen.
    pub top: usize,
    /// Cells by which the lanes are scrolled.
    pub side: usize,
    pub follow: bool,
    pub time: Time,
    /// The row that times count from.
    pub mark: Option<(Key, Timestamp)>,
    /// What was searched for, in how many events, and those that hold it, by their places.
    pub needle: String,
    pub searched: usize,
    pub hits: Vec<u32>,
    is_hit: Vec<bool>,
    pub detail: Detail,
    /// The chat.
    pub talk: Talk,
}

/// So many parts of a message are shown, and looked for among so many events before it.
const PARTS: usize = 16;
const NEAR: usize = 4000;

/// What a row speaks of.
pub enum Subject<'a> {
    /// An event, and the parts that it was put together from.
    Event(&'a Connection, &'a Event, Vec<&'a Event>),
    Packet(&'a Connection, &'a Packet),
    Connection(&'a Connection),
    /// A row of its own: a silence, a remark.
    Row,
}

impl Ladder {
    pub fn new(ids: Vec<u32>, view: View, trace: Arc<Trace>, laid: Laid) -> Ladder {
        let mut ladder = Ladder {
            ids,
            trace,
            outline: laid.outline,
            phases: laid.phases,
            view,
            cursor: laid.at.unwrap_or(0),
            top: 0,
            side: 0,
            follow: false,
            time: Time::default(),
            mark: None,
            needle: String::new(),
            searched: 0,
            hits: Vec::new(),
            is_hit: Vec::new(),
            detail: Detail::default(),
            talk: Talk { lines: laid.said, cursor: 0 },
        };
        ladder.look();
        ladder
    }

    /// Takes another layout, of the same trace or of one that has grown, made for a cursor on `anchor`.
    /// Gives back what was shown before.
    pub fn lay(&mut self, trace: Arc<Trace>, laid: Laid, anchor: Option<Key>) -> (Arc<Trace>, Arc<Outline>) {
        let offset = self.cursor.saturating_sub(self.top);
        let now = self.key();
        let grown = !Arc::ptr_eq(&trace, &self.trace);
        let before =
            (std::mem::replace(&mut self.trace, trace), std::mem::replace(&mut self.outline, laid.outline));
        self.phases = laid.phases;
        self.talk.lay(laid.said);
        let last = self.outline.len().saturating_sub(1);
        // Where the cursor has moved meanwhile, it stays where it is now.
        let at = match now {
            _ if self.follow && grown => Some(last),
            now if now == anchor => laid.at,
            now if now.is_some() && now == self.key() => Some(self.cursor),
            now => now.and_then(|key| self.outline.locate(&self.trace, key)),
        };
        self.cursor = at.unwrap_or(0).min(last);
        self.top = self.cursor.saturating_sub(offset);
        self.look();
        before
    }

    /// Whether a trace begins elsewhere than the one that is shown: most of that was let go.
    pub fn is_anew(&self, trace: &Trace) -> bool {
        let first = |trace: &Trace| trace.packets.get(0).map(|seen| seen.packet.number);
        first(trace).zip(first(&self.trace)).is_some_and(|(now, before)| now != before)
    }

    /// What this key is of, by its frame: its place in a trace that begins elsewhere.
    pub fn by_frame(&self, key: Key) -> Key {
        let (Key::Event(id, n) | Key::Phase(id, n) | Key::Note(id, n, _)) = key else { return key };
        let frame = self.event(id, n).and_then(|event| event.frames.first().copied());
        frame.map_or(key, |frame| Key::Packet(id, frame))
    }

    /// Forgets what is known by the numbers and places of events, but for the moment that times count from.
    pub fn forget_places(&mut self) {
        self.mark = self.mark.map(|(key, time)| (self.by_frame(key), time));
        self.view.toggled.clear();
        self.seek("");
    }

    /// The row under the cursor.
    pub fn row(&self) -> Option<Row> {
        (self.cursor < self.outline.len()).then(|| self.outline.row(&self.trace, self.cursor))
    }

    /// What the row under the cursor is of.
    pub fn key(&self) -> Option<Key> {
        (self.cursor < self.outline.len()).then(|| self.outline.key(&self.trace, self.cursor))
    }

    /// What a key speaks of.
    pub fn subject(&self, key: Key) -> Subject<'_> {
        let event = |id, n| match (self.trace.connection(id), self.event(id, n)) {
            (Some(connection), Some(event)) => Subject::Event(connection, event, self.parts(id, event)),
            (Some(connection), None) => self
                .packet(id, n)
                .map_or(Subject::Connection(connection), |packet| Subject::Packet(connection, packet)),
            _ => Subject::Row,
        };
        match key {
            Key::Connection(id) | Key::Verdict(id, _) | Key::Note(id, u64::MAX, _) => {
                self.trace.connection(id).map_or(Subject::Row, Subject::Connection)
            }
            Key::Event(id, n) | Key::Phase(id, n) => event(id, n),
            Key::Note(id, n, nth) if nth < 1 << 15 => event(id, n),
            Key::Packet(id, number) | Key::Note(id, number, _) => {
                match (self.trace.connection(id), self.packet(id, number)) {
                    (Some(connection), Some(packet)) => Subject::Packet(connection, packet),
                    _ => Subject::Row,
                }
            }
            Key::Silence(_) | Key::Remark(..) => Subject::Row,
        }
    }

    /// The parts right before an event of the same side: those that are folded into it.
    fn parts(&self, id: u32, event: &Event) -> Vec<&Event> {
        let events = &self.trace.events;
        let mut parts = Vec::new();
        if event.class == Class::Part {
            return parts;
        }
        let place = events.partition_point(|traced| traced.event.time < event.time);
        let place = (place..events.len()).find(|&at| std::ptr::eq(&events[at].event, event)).unwrap_or(0);
        for traced in
            (0..place).rev().take(NEAR).map(|at| &events[at]).filter(|traced| traced.connection == id)
        {
            if traced.event.side != event.side || traced.event.channel != event.channel {
                continue;
            }
            if traced.event.class != Class::Part || parts.len() == PARTS {
                break;
            }
            parts.push(&traced.event);
        }
        parts.reverse();
        parts
    }

    fn event(&self, id: u32, n: u64) -> Option<&Event> {
        let events = &self.trace.events;
        // With one connection the place is the number.
        let direct = usize::try_from(n).ok().and_then(|at| events.get(at));
        direct
            .filter(|traced| traced.connection == id && traced.event.n == n)
            .or_else(|| events.iter().find(|traced| traced.connection == id && traced.event.n == n))
            .map(|traced| &traced.event)
    }

    fn packet(&self, id: u32, number: u64) -> Option<&Packet> {
        let packets = &self.trace.packets;
        let is = |seen: &&Seen| seen.connection == id && seen.packet.number == number;
        // They stand in their order, but for those that were held back.
        let direct = packets.get(packets.partition_point(|seen| seen.packet.number < number)).filter(is);
        direct.or_else(|| packets.iter().find(is)).map(|seen| &seen.packet)
    }

    /// How the diagram is laid out on so many cells.
    pub fn paper(&self, width: usize) -> Paper {
        let clock = match (self.time, self.mark) {
            (Time::Relative, _) | (Time::Marked, None) => Clock::Relative,
            (Time::Absolute, _) => Clock::Absolute,
            (Time::Marked, Some((_, moment))) => Clock::Since(moment),
        };
        Paper { width, charset: Charset::Ladder, clock }
    }

    /// Moves the cursor by so many rows.
    pub fn step(&mut self, rows: isize) {
        let last = self.outline.len().saturating_sub(1);
        self.go_to(self.cursor.saturating_add_signed(rows).min(last));
    }

    /// Puts the cursor on a row.
    pub fn go_to(&mut self, row: usize) {
        let last = self.outline.len().saturating_sub(1);
        self.cursor = row.min(last);
        self.follow = self.follow && self.cursor == last;
        self.look();
    }

    /// Shows in the detail pane what the cursor is on.
    pub fn look(&mut self) {
        let Some(row) = self.row() else {
            self.detail = Detail { format: self.detail.format, ..Detail::default() };
            return;
        };
        if self.detail.key == Some(row.key) && self.detail.lang == self.view.lang {
            return;
        }
        let mut detail = std::mem::take(&mut self.detail);
        detail.show(&row, &self.subject(row.key), self.view.lang);
        self.detail = detail;
    }

    /// Keeps the cursor on the screen, which has room for so many lines.
    pub fn settle(&mut self, width: usize, lines: usize) {
        let sheet = Sheet::new(&self.outline, self.paper(width));
        self.side = self.side.min(sheet.extent().saturating_sub(width));
        self.top = self.top.min(self.cursor);
        if self.outline.is_empty() {
            return;
        }
        let height = |index: usize| sheet.row(&self.outline.row(&self.trace, index)).len();
        let mut used = height(self.cursor);
        let mut first = self.cursor;
        while first > self.top {
            used += height(first - 1);
            if used > lines {
                break;
            }
            first -= 1;
        }
        self.top = self.top.max(first);
        // No empty lines below the last row while rows above it are out of sight.
        let mut below: usize = 0;
        for index in self.top..self.outline.len() {
            below += height(index);
            if below >= lines {
                return;
            }
        }
        while self.top > 0 && below + height(self.top - 1) <= lines {
            self.top -= 1;
            below += height(self.top);
        }
    }

    /// Marks the row under the cursor; where it is marked already, takes the mark away.
    pub fn toggle_mark(&mut self) {
        let Some(row) = self.row() else { return };
        if self.mark.is_some_and(|(key, _)| key == row.key) {
            self.mark = None;
            self.time = Time::Relative;
        } else {
            self.mark = Some((row.key, row.time));
            self.time = Time::Marked;
        }
    }

    /// The next way to tell times.
    pub fn next_time(&mut self) {
        self.time = match self.time {
            Time::Relative => Time::Absolute,
            Time::Absolute if self.mark.is_some() => Time::Marked,
            _ => Time::Relative,
        };
    }

    /// The view after folding or unfolding the row under the cursor; `None` where it has nothing to fold.
    pub fn folded(&self, wanted: Option<bool>) -> Option<View> {
        let row = self.row()?;
        let open = row.open?;
        if wanted == Some(open) {
            return None;
        }
        let mut view = self.view.clone();
        if !view.toggled.remove(&row.key) {
            view.toggled.insert(row.key);
        }
        Some(view)
    }

    /// The heading of the phase that the cursor is in: where ← goes.
    pub fn heading(&self) -> Option<usize> {
        let before = self.phases.partition_point(|(start, _)| *start < self.cursor);
        self.phases.get(before.checked_sub(1)?).map(|(start, _)| *start)
    }

    /// Takes further events that hold what was searched, of so many.
    pub fn found(&mut self, hits: &[u32], searched: usize) {
        self.searched = searched;
        self.hits.extend(hits);
        self.is_hit.resize(searched, false);
        hits.iter().for_each(|place| self.is_hit[*place as usize] = true);
    }

    /// Forgets what was searched, and searches for this.
    pub fn seek(&mut self, needle: &str) {
        needle.clone_into(&mut self.needle);
        self.searched = 0;
        self.hits.clear();
        self.is_hit.clear();
    }

    /// Whether a row holds what was searched.
    pub fn is_hit(&self, row: usize) -> bool {
        let place = self.outline.event(row).filter(|_| !self.hits.is_empty());
        place.is_some_and(|place| self.is_hit.get(place as usize).is_some_and(|is| *is))
    }

    /// The row of the next (or previous) hit from the cursor on, going round at the ends; and which hit that is.
    pub fn hit(&self, forward: bool) -> Option<(usize, usize)> {
        if self.hits.is_empty() {
            return None;
        }
        let (before, after) = (0..self.cursor, self.cursor + 1..self.outline.len());
        let is_hit = |row: &usize| self.is_hit(*row);
        let row = match forward {
            true => after.chain(0..=self.cursor).find(is_hit),
            false => before.rev().chain((self.cursor..self.outline.len()).rev()).find(is_hit),
        };
        let row = row.filter(|row| *row < self.outline.len())?;
        let place = self.outline.event(row)?;
        Some((row, self.hits.partition_point(|hit| *hit < place)))
    }

    /// The level in words.
    pub fn level_name(&self) -> &'static str {
        let lang = self.view.lang;
        match self.view.level {
            Level::Connections => lang.pick("level 1 connections", "레벨 1 연결"),
            Level::Phases => lang.pick("level 2 phases", "레벨 2 단계"),
            Level::Messages => lang.pick("level 3 messages", "레벨 3 메시지"),
            Level::Packets => lang.pick("level 4 packets", "레벨 4 패킷"),
        }
    }

    /// What a line of the chat tells; of a run the first frame.
    pub fn said(&self, line: &Line) -> Option<&Traced> {
        self.trace.events.get(line.place() as usize)
    }
}

/// What a row says, on one line.
pub fn text_of(row: &Row) -> String {
    match &row.what {
        What::Arrow { label, aside, .. } if aside.is_empty() => label.clone(),
        What::Arrow { label, aside, .. } => format!("{label}  {aside}"),
        What::Band { label, .. } | What::Gap { label, .. } | What::Milestone { label, .. } => label.clone(),
        What::Connection { label, verdict, .. } => format!("{label}  {verdict}"),
        What::Silence(nanos) => crate::model::units::duration(*nanos),
        What::Note { text, id, .. } => format!("{text} [{id}]"),
        What::Verdict { text, .. } | What::Remark(text) => text.clone(),
    }
}
