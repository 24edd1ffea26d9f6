//! A diagram laid out in character cells: what the terminal prints and what the screen shows.
//!
//! A [`Sheet`] knows the columns; each row is laid out alone, on demand, as one line or a few. All lines of a sheet
//! have their lifelines in the same columns, and none is longer than [`Sheet::extent`].

use unicode_width::UnicodeWidthStr;

use crate::diagnostic::Severity;
use crate::event::Tone;
use crate::frame::Timestamp;
use crate::locale::Lang;
use crate::model::diagram::{Diagram, Lane, Level, Row, What};
use crate::model::outline::Outline;
use crate::model::units;
use crate::render::canvas::Canvas;
use crate::render::strokes::{Arrow, Stroke};

pub use crate::render::canvas::{Charset, Role, Span, Strip, wrap};

/// How a sheet is to be laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The cells at hand. Many lanes may need more: see [`Sheet::extent`].
    pub width: usize,
    /// Which characters to draw with.
    pub charset: Charset,
    /// What the time column tells.
    pub clock: Clock,
}

/// What the time column tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Clock {
    /// Seconds since the diagram's start.
    #[default]
    Relative,
    /// The time of day in UTC.
    Absolute,
    /// Seconds since a marked moment.
    Since(Timestamp),
}

/// What a sheet needs to know of a diagram besides its rows.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The parties.
    pub lanes: &'a [Lane],
    /// The moment that relative times count from.
    pub start: Timestamp,
    /// The last moment.
    pub end: Timestamp,
    /// Whether times have digits below the microsecond.
    pub nanos: bool,
    /// Whether rows tell transport states.
    pub states: bool,
    /// The language of what is added.
    pub lang: Lang,
}

/// The columns of a diagram.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub(super) paper: Paper,
    lanes: Vec<Lane>,
    start: Timestamp,
    nanos: bool,
    pub(super) lang: Lang,
    /// The column of each lifeline.
    pub(super) lines: Vec<usize>,
    /// Where the time column ends, and the delta column; zero where there is none.
    time_end: usize,
    delta_end: usize,
    /// Whether transport states stand outside the outer lifelines rather than on a line of their own.
    pub(super) states_outside: bool,
    pub(super) extent: usize,
}

/// Cells of the delta column: `+1.21 ms`.
const DELTA: usize = 8;
/// The longest name of a transport state.
pub(super) const STATE: usize = 12;
/// The least room between two of many lifelines, and the most that is of use.
const GAP: (usize, usize) = (22, 84);
/// Paper that is narrower than this has no delta column; than the other, no time column.
const NARROW: (usize, usize) = (72, 48);
/// Paper from this width on has room for transport states outside the lifelines.
const WIDE: usize = 120;

impl Sheet {
    /// The columns for an outline's rows.
    pub fn new(outline: &Outline, paper: Paper) -> Sheet {
        let subject = Subject {
            lanes: &outline.lanes,
            start: outline.start,
            end: outline.end,
            nanos: outline.nanos,
            states: outline.level == Level::Packets,
            lang: outline.lang,
        };
        Sheet::of(subject, paper)
    }

    /// The columns for a diagram's rows.
    pub fn of_diagram(diagram: &Diagram, paper: Paper) -> Sheet {
        let states = |row: &Row| matches!(&row.what, What::Arrow { states, .. } if *states != [None; 2]);
        let subject = Subject {
            lanes: &diagram.lanes,
            start: diagram.start,
            end: diagram.rows.iter().map(|row| row.time).max().unwrap_or(diagram.start),
            nanos: diagram.rows.iter().any(|row| row.time.0 % 1_000 != 0),
            states: diagram.rows.iter().any(states),
            lang: diagram.lang,
        };
        Sheet::of(subject, paper)
    }

    /// The columns for the rows of `subject`.
    pub fn of(subject: Subject<'_>, paper: Paper) -> Sheet {
        let digits = if subject.nanos { 9 } else { 6 };
        let seconds = subject.end.since(subject.start).unsigned_abs() / 1_000_000_000;
        let time = match paper.clock {
            Clock::Relative => seconds.to_string().len() + 1 + digits,
            Clock::Since(_) => seconds.to_string().len() + 2 + digits,
            Clock::Absolute => 9 + digits,
        };
        let time_end = if paper.width < NARROW.1 { 0 } else { 1 + time };
        let delta_end = if paper.width < NARROW.0 { 0 } else { time_end + 1 + DELTA };
        let states_outside = subject.states && subject.lanes.len() == 2 && paper.width >= WIDE;
        let outside = if states_outside { STATE + 1 } else { 0 };
        let first = time_end.max(delta_end) + 2 + outside;
        let count = subject.lanes.len().max(1);
        let room = paper.width.saturating_sub(first);
        let margin = outside + margin(room.saturating_sub(outside), subject.states);
        let gap = match count {
            1 => 0,
            2 => room.saturating_sub(2 + margin).clamp(GAP.0, GAP.1),
            _ => (room.saturating_sub(count + margin) / (count - 1)).clamp(GAP.0, GAP.1 / 2),
        };
        let lines: Vec<usize> = (0..count).map(|lane| first + lane * (gap + 1)).collect();
        let last = lines.last().copied().unwrap_or(first);
        let needed = if count > 2 { last + 1 + margin } else { last + 1 };
        Sheet {
            paper,
            lanes: subject.lanes.to_vec(),
            start: subject.start,
            nanos: subject.nanos,
            lang: subject.lang,
            lines,
            time_end,
            delta_end,
            states_outside,
            extent: paper.width.max(needed),
        }
    }

    /// How many cells wide the sheet is: the paper's width, or more where the lanes need it.
    pub fn extent(&self) -> usize {
        self.extent
    }

    /// How many cells at the left belong to time and delta: they stay where the lanes are scrolled.
    pub fn gutter(&self) -> usize {
        self.time_end.max(self.delta_end)
    }

    /// The columns of the lifelines.
    pub fn lifelines(&self) -> &[usize] {
        &self.lines
    }

    /// The names of the lanes, and what stands below them.
    pub fn head(&self) -> Vec<Strip> {
        let names = self.over_lanes(Role::Lane, |lane| &lane.name);
        let below = self.over_lanes(Role::Below, |lane| &lane.below);
        vec![names, below]
    }

    /// A line with nothing but the lifelines.
    pub fn rest(&self) -> Strip {
        self.canvas().strip()
    }

    /// The lines of a row.
    pub fn row(&self, row: &Row) -> Vec<Strip> {
        match &row.what {
            What::Arrow { from, to, label, aside, class, line, states } => {
                let role = (Role::Arrow(*class), Role::Label(*class));
                let arrow = Arrow { from: *from, to: *to, label, role, stroke: Stroke::Line(*line) };
                self.arrow(row, &arrow, aside, *states)
            }
            What::Gap { from, to, label } => {
                let mut canvas = self.timed(row);
                let arrow =
                    Arrow { from: *from, to: *to, label, role: (Role::Gap, Role::Gap), stroke: Stroke::Dots };
                self.draw(&mut canvas, &arrow);
                vec![canvas.strip()]
            }
            What::Milestone { label, class, lanes } => {
                self.block(*lanes, self.pick("◆", "="), label, Role::Label(*class))
            }
            What::Band { phase, label, duration, lanes } => {
                self.band(row, label, *duration, *lanes, Role::Band(*phase))
            }
            What::Connection { label, verdict, tone, duration, more, .. } => {
                self.connection(row, label, *duration, (verdict, *tone), more)
            }
            What::Silence(nanos) => vec![self.silence(*nanos)],
            What::Note { severity, id, text, lane } => {
                let mark = match severity {
                    Severity::Info => "i",
                    Severity::Warning => "!",
                    Severity::Error => self.pick("✕", "x"),
                };
                self.block((*lane, *lane), mark, &format!("{text} [{id}]"), Role::Note(*severity))
            }
            What::Verdict { text, tone, lanes } => {
                self.block(*lanes, self.mark(*tone), text, Role::Verdict(*tone))
            }
            What::Remark(text) => self.block((0, 0), self.pick("»", "#"), text, Role::Remark),
        }
    }

    pub(super) fn pick<T>(&self, ladder: T, ascii: T) -> T {
        match self.paper.charset {
            Charset::Ladder => ladder,
            Charset::Ascii => ascii,
        }
    }

    pub(super) fn mark(&self, tone: Tone) -> &'static str {
        match tone {
            Tone::Good => self.pick("✓", "+"),
            Tone::Neutral => self.pick("•", "*"),
            Tone::Doubtful => "?",
            Tone::Bad => self.pick("✕", "x"),
        }
    }

    /// A line with the lifelines.
    pub(super) fn canvas(&self) -> Canvas {
        let mut canvas = Canvas::new(self.extent);
        self.lines.iter().for_each(|&column| canvas.dot(column, self.pick("│", "|"), Role::Lifeline));
        canvas
    }

    /// A line with the lifelines, the row's time and its delta.
    pub(super) fn timed(&self, row: &Row) -> Canvas {
        let mut canvas = self.canvas();
        let heading = row.open == Some(true) && matches!(row.what, What::Band { .. });
        if heading {
            return canvas;
        }
        if self.time_end > 0 {
            right(&mut canvas, self.time_end, &self.time(row.time), Role::Time);
        }
        if let Some(delta) = row.delta.filter(|_| self.delta_end > 0) {
            let sign = if delta < 0 { "" } else { "+" };
            let text = if delta == 0 { "+0".to_owned() } else { format!("{sign}{}", units::duration(delta)) };
            right(&mut canvas, self.delta_end, &self.paper.charset.text(&text, self.lang), Role::Delta);
        }
        canvas
    }

    fn time(&self, time: Timestamp) -> String {
        let (from, fraction) = match self.paper.clock {
            Clock::Absolute => {
                let (.., hour, minute, second, nanos) = time.civil();
                let fraction =
                    if self.nanos { format!("{nanos:09}") } else { format!("{:06}", nanos / 1_000) };
                return format!("{hour:02}:{minute:02}:{second:02}.{fraction}");
            }
            Clock::Relative => (self.start, self.nanos),
            Clock::Since(mark) => (mark, self.nanos),
        };
        let nanos = time.since(from);
        let sign = if nanos < 0 { "-" } else { "" };
        let (seconds, nanos) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
        match fraction {
            true => format!("{sign}{seconds}.{nanos:09}"),
            false => format!("{sign}{seconds}.{:06}", nanos / 1_000),
        }
    }

    fn over_lanes(&self, role: Role, text: impl Fn(&Lane) -> &String) -> Strip {
        let mut canvas = Canvas::new(self.extent);
        for (number, lane) in self.lanes.iter().enumerate() {
            let column = self.lines[number];
            let before = number.checked_sub(1).map_or(0, |left| (self.lines[left] + column) / 2 + 1);
            let after = self.lines.get(number + 1).map_or(self.extent, |next| (column + next) / 2);
            let text = self.paper.charset.text(text(lane), self.lang);
            let name = self.paper.charset.fit_socket(&text, after.saturating_sub(before));
            let start = (column + 1).saturating_sub(name.width().div_ceil(2));
            canvas.put(start.min(after.saturating_sub(name.width())).max(before), &name, role);
        }
        canvas.strip()
    }
}

/// The room behind the last lifeline for sizes, latency and counts.
fn margin(room: usize, states: bool) -> usize {
    match room {
        0..46 => 0,
        _ if states => 9,
        _ => (room * 3 / 10).clamp(22, 34).min(room - 24),
    }
}

pub(super) fn right(canvas: &mut Canvas, end: usize, text: &str, role: Role) {
    canvas.put(end.saturating_sub(text.width()), text, role);
}
