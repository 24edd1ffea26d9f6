//! The rows of a sheet, stroke by stroke: arrows, bands, headings, silences, blocks of text.

use unicode_width::UnicodeWidthStr;

use crate::event::Tone;
use crate::locale::Lang;
use crate::model::diagram::{Line, Row};
use crate::model::units;
use crate::render::canvas::{Canvas, Role, Strip, wrap};
use crate::render::cells::{STATE, Sheet, right};

/// An arrow to be drawn.
pub(super) struct Arrow<'a> {
    pub from: usize,
    pub to: usize,
    pub label: &'a str,
    /// Of the line, and of the label.
    pub role: (Role, Role),
    pub stroke: Stroke,
}

/// What its line means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    /// Something was sent.
    Line(Line),
    /// What was sent is not known.
    Dots,
}

/// What an arrow is made of.
struct Shaft {
    /// Characters that are repeated.
    line: &'static [&'static str],
    /// Its head, to the right and to the left.
    head: (&'static str, &'static str),
}

/// Cells of an arrow that its label leaves free: two dashes and a blank before it; a blank, a dash and the head
/// behind it.
const BARE: usize = 6;
/// A block of text that would be narrower than this reaches over the lifelines to its right.
const BLOCK: usize = 30;

impl Sheet {
    pub(super) fn arrow(
        &self,
        row: &Row,
        arrow: &Arrow<'_>,
        aside: &str,
        states: [Option<&str>; 2],
    ) -> Vec<Strip> {
        let mut canvas = self.timed(row);
        let states = [(arrow.from, states[0]), (arrow.to, states[1])];
        if self.states_outside {
            for (lane, state) in states {
                let (column, state) = (self.line(lane), state.unwrap_or_default());
                match lane {
                    0 => right(&mut canvas, column - 1, state, Role::State),
                    _ => canvas.put(column + 2, state, Role::State),
                }
            }
        }
        self.draw(&mut canvas, arrow);
        self.aside(&mut canvas, aside, Role::Aside);
        let mut strips = vec![canvas.strip()];
        if !self.states_outside && states.iter().any(|(_, state)| state.is_some()) {
            strips.push(self.states_inside(states));
        }
        strips
    }

    /// The transport states on a line of their own, inside the lifelines.
    fn states_inside(&self, states: [(usize, Option<&str>); 2]) -> Strip {
        let mut canvas = self.canvas();
        let leftmost = states[0].0.min(states[1].0);
        for (lane, state) in states {
            let state = state.unwrap_or_default();
            match lane == leftmost {
                true => canvas.put(self.line(lane) + 2, state, Role::State),
                false => right(&mut canvas, self.line(lane) - 1, state, Role::State),
            }
        }
        canvas.strip()
    }

    /// Puts text behind the last lifeline, closer together where the room is short.
    fn aside(&self, canvas: &mut Canvas, text: &str, role: Role) {
        let column = self.aside_column();
        let room = self.extent.saturating_sub(column);
        let text = self.paper.charset.text(text, self.lang);
        let text = if text.width() > room { text.replace("  ", " ") } else { text.into_owned() };
        canvas.put(column, &self.paper.charset.fit(&text, room), role);
    }

    fn aside_column(&self) -> usize {
        let outside = if self.states_outside { STATE + 1 } else { 0 };
        self.lines.last().map_or(0, |last| last + 2) + outside
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, arrow: &Arrow<'_>) {
        let (from, to) = (self.line(arrow.from), self.line(arrow.to));
        let label = self.paper.charset.text(arrow.label, self.lang);
        if from == to {
            canvas.dot(from + 1, self.pick("↺", "@"), arrow.role.0);
            let room = self.lines.iter().find(|&&line| line > from).unwrap_or(&self.extent) - from;
            canvas.put(from + 3, &self.paper.charset.fit(&label, room.saturating_sub(4)), arrow.role.1);
            return;
        }
        let (left, end) = (from.min(to), from.max(to));
        let shaft = self.shaft(arrow.stroke);
        for column in left + 1..end {
            let crossed = self.lines.contains(&column);
            let stroke = shaft.line[(column - left - 1) % shaft.line.len()];
            canvas.dot(column, if crossed { self.pick("┼", "+") } else { stroke }, arrow.role.0);
        }
        let text = self.paper.charset.fit(&label, (end - left).saturating_sub(1 + BARE));
        let padded = format!(" {text} ");
        if from < to {
            canvas.dot(left, self.pick("├", "|"), Role::Lifeline);
            canvas.dot(end - 1, shaft.head.0, arrow.role.0);
            canvas.put(left + 3, &padded, arrow.role.1);
        } else {
            canvas.dot(end, self.pick("┤", "|"), Role::Lifeline);
            canvas.dot(left + 1, shaft.head.1, arrow.role.0);
            right(canvas, end - 2, &padded, arrow.role.1);
        }
    }

    fn shaft(&self, stroke: Stroke) -> Shaft {
        let head = self.pick(("►", "◄"), (">", "<"));
        let line: &'static [&'static str] = match stroke {
            Stroke::Line(Line::Solid | Line::Broken) => self.pick(&["─"], &["-"]),
            Stroke::Line(Line::Dashed) => self.pick(&["╌"], &["-", " "]),
            Stroke::Line(Line::Again) => self.pick(&["═"], &["="]),
            Stroke::Line(Line::Late) => &["~"],
            Stroke::Dots => self.pick(&[" ", "·"], &[" ", "."]),
        };
        match stroke {
            Stroke::Line(Line::Broken) => Shaft { line, head: self.pick(("✕", "✕"), ("x", "x")) },
            _ => Shaft { line, head },
        }
    }

    fn line(&self, lane: usize) -> usize {
        self.lines.get(lane).or(self.lines.last()).copied().unwrap_or_default()
    }

    /// A phase's name between its lifelines, how long it took behind the last. What came of it stands below the name
    /// where there is no room beside it.
    pub(super) fn band(
        &self,
        row: &Row,
        label: &str,
        duration: i64,
        lanes: (usize, usize),
        role: Role,
    ) -> Vec<Strip> {
        let mut canvas = self.timed(row);
        let left = self.line(lanes.0) + 2;
        let end = if lanes.0 == lanes.1 { self.extent } else { self.line(lanes.1) - 1 };
        let took = if duration == 0 { String::new() } else { units::duration(duration) };
        let took = self.paper.charset.text(&took, self.lang);
        let label = self.paper.charset.text(label, self.lang);
        let mark = self.fold_mark(row.open);
        let whole = left + mark.width() + label.width() <= end;
        let name = if whole { "" } else { self.pick(" · ", " - ") };
        let (name, rest) = label.split_once(name).filter(|_| !whole).unwrap_or((&label, ""));
        let beside = self.aside_column().min(self.extent.saturating_sub(took.width()));
        for column in left..end.min(beside) {
            canvas.dot(column, self.pick("┄", "."), Role::Quiet);
        }
        let room = end.min(beside).saturating_sub(left + mark.width());
        let name = format!("{mark}{} ", self.paper.charset.fit(name, room));
        canvas.put(left, &name, role);
        canvas.put(beside, &took, role);
        let mut strips = vec![canvas.strip()];
        if !rest.is_empty() {
            strips.extend(self.lines_in(
                (left, end),
                &" ".repeat(mark.width().saturating_sub(1)),
                rest,
                role,
            ));
        }
        strips
    }

    fn fold_mark(&self, open: Option<bool>) -> &'static str {
        match open {
            None => "",
            Some(true) => self.pick("▾ ", "v "),
            Some(false) => self.pick("▸ ", "> "),
        }
    }

    /// A connection's name, and how it went below that unless it is unfolded: between the lifelines where there are
    /// two, else over all of them.
    pub(super) fn connection(
        &self,
        row: &Row,
        label: &str,
        duration: i64,
        verdict: (&str, Tone),
        more: &str,
    ) -> Vec<Strip> {
        let mut canvas = self.timed(row);
        let took = if duration == 0 { String::new() } else { units::duration(duration) };
        let took = self.paper.charset.text(&took, self.lang);
        let label = self.paper.charset.text(label, self.lang);
        let left = self.line(0) + 2;
        let between = self.lines.len() == 2 && self.line(1) >= left + BLOCK;
        let end = if between { self.line(1) - 1 } else { self.paper.width.max(left + BLOCK) };
        let mark = self.fold_mark(row.open);
        let room = (end - left).saturating_sub(mark.width() + if between { 1 } else { took.width() + 2 });
        let parts = label.split("  ");
        let lines = match label.width() <= room {
            true => vec![label.to_string()],
            false => parts.flat_map(|part| wrap(part, room)).collect(),
        };
        let first = lines.first().map_or("", String::as_str);
        let beside = if between { self.aside_column() } else { left + mark.width() + first.width() + 2 };
        canvas.put(left, &format!("{mark}{first} "), Role::Connection);
        canvas.put(beside, &format!("{took} "), Role::Aside);
        let mut strips = vec![canvas.strip()];
        for line in lines.iter().skip(1) {
            let mut canvas = self.canvas();
            canvas.put(left + mark.width(), &format!("{line} "), Role::Connection);
            strips.push(canvas.strip());
        }
        if row.open != Some(true) && !verdict.0.is_empty() {
            strips.extend(self.lines_in(
                (left, end),
                self.mark(verdict.1),
                verdict.0,
                Role::Verdict(verdict.1),
            ));
        }
        if !more.is_empty() {
            strips.extend(self.lines_in((left, end), "+", more, Role::Aside));
        }
        strips
    }

    pub(super) fn silence(&self, nanos: i64) -> Strip {
        let mut canvas = Canvas::new(self.extent);
        self.lines.iter().for_each(|&column| canvas.dot(column, self.pick("┊", ":"), Role::Quiet));
        let lasted = units::duration(nanos);
        let text = match self.lang {
            Lang::En => format!(" {lasted} of silence "),
            Lang::Ko => format!(" {lasted} 동안 조용함 "),
        };
        let text = self.paper.charset.text(&text, self.lang);
        let (first, last) = (self.line(0), self.lines.last().copied().unwrap_or_default());
        let start = ((first + last) / 2 + 1).saturating_sub(text.width() / 2).max(first + 1);
        canvas.put(start, &text, Role::Quiet);
        canvas.strip()
    }

    /// Lines of text between lifelines, a mark before the first.
    pub(super) fn block(&self, lanes: (usize, usize), mark: &str, text: &str, role: Role) -> Vec<Strip> {
        self.lines_in(self.block_room(lanes), mark, text, role)
    }

    fn lines_in(&self, (left, end): (usize, usize), mark: &str, text: &str, role: Role) -> Vec<Strip> {
        let text = self.paper.charset.text(text, self.lang);
        let lines = wrap(&text, end.saturating_sub(left + 2));
        let mut strips = Vec::with_capacity(lines.len());
        for (number, line) in lines.iter().enumerate() {
            let mut canvas = self.canvas();
            let mark = if number == 0 { mark } else { " " };
            canvas.put(left, &format!("{mark} {line} "), role);
            strips.push(canvas.strip());
        }
        strips
    }

    /// From which column to which a block about these lanes may stand.
    fn block_room(&self, lanes: (usize, usize)) -> (usize, usize) {
        let count = self.lines.len();
        let (from, to) = match lanes {
            (lane, other) if lane != other => (lane.min(other), lane.max(other)),
            (lane, _) if lane + 1 < count => (lane, lane + 1),
            (lane, _) => (lane.saturating_sub(1), lane),
        };
        let left = self.line(from) + 2;
        let end = if from == to { self.extent } else { self.line(to).saturating_sub(1) };
        if end >= left + BLOCK {
            return (left, end);
        }
        let left = if left + BLOCK > self.extent { self.line(0) + 2 } else { left };
        (left, self.extent)
    }
}
