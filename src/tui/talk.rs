//! What the chat tells, line by line: messages, and runs of pings and pongs folded into one line each.

use crate::event::{Class, Event, Phase, Value};
use crate::locale::Lang;
use crate::model::trace::Trace;
use crate::model::units::duration;

/// Pings and pongs right behind each other, at least two.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Run {
    /// The events, by their places in the trace; rising.
    frames: Vec<u32>,
    pings: usize,
    pongs: usize,
    /// The shortest and the longest time from a ping to its pong, in nanoseconds.
    round_trip: Option<(i64, i64)>,
    /// Whether its frames stand below it.
    pub open: bool,
}

/// A line of the chat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// An event, by its place in the trace.
    Said(u32),
    /// A run, folded or with its frames below.
    Run(Run),
    /// A frame of the open run above.
    Frame(u32),
}

/// The chat.
#[derive(Debug, Default)]
pub struct Talk {
    /// From top to bottom; the places of their events rise.
    pub lines: Vec<Line>,
    /// The line under the cursor.
    pub cursor: usize,
}

impl Run {
    /// What it amounts to: `3 pings, 3 pongs, round trip 1.2 ms`.
    pub fn label(&self, lang: Lang) -> String {
        let count = |count: usize, name: [&str; 2]| {
            let [name, many] = name;
            let en = format!("{count} {}", if count == 1 { name.to_lowercase() } else { many.to_owned() });
            (count > 0).then(|| lang.pick(en, format!("{name} {count}개")))
        };
        let round_trip = self.round_trip.map(|(least, most)| {
            let (least, most) = (duration(least), duration(most));
            let span = if least == most { most } else { format!("{least} – {most}") };
            format!("{} {span}", lang.pick("round trip", "왕복 시간"))
        });
        let parts = [count(self.pings, ["Ping", "pings"]), count(self.pongs, ["Pong", "pongs"]), round_trip];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Takes one more in.
    fn take(&mut self, place: u32, is_ping: bool, round_trip: Option<i64>) {
        self.frames.push(place);
        *(if is_ping { &mut self.pings } else { &mut self.pongs }) += 1;
        self.round_trip = match (self.round_trip, round_trip) {
            (Some((least, most)), Some(nanos)) => Some((least.min(nanos), most.max(nanos))),
            (before, nanos) => before.or(nanos.map(|nanos| (nanos, nanos))),
        };
    }

    /// The line that tells it: one frame stands for itself.
    fn line(self) -> Option<Line> {
        match self.frames[..] {
            [] => None,
            [only] => Some(Line::Said(only)),
            _ => Some(Line::Run(self)),
        }
    }
}

impl Line {
    /// The place of its event in the trace: of a run the first.
    pub fn place(&self) -> u32 {
        match self {
            Line::Said(place) | Line::Frame(place) => *place,
            Line::Run(run) => run.frames.first().copied().unwrap_or_default(),
        }
    }
}

impl Talk {
    /// Takes other lines, of the same trace or of one that has grown: what was open stays open, the cursor where it is.
    pub fn lay(&mut self, lines: Vec<Line>) {
        let before = std::mem::replace(&mut self.lines, lines);
        for line in &before {
            if let Line::Run(run) = line
                && run.open
                && let Some(at) = self.locate(line.place())
            {
                self.open(at);
            }
        }
        if let Some(line) = before.get(self.cursor) {
            let at = self.locate(line.place()).unwrap_or(0);
            let heading = matches!((line, self.lines.get(at)), (Line::Run(_), Some(Line::Frame(_))));
            self.cursor = at - usize::from(heading);
        }
    }

    /// The last line whose event does not stand behind this place.
    fn locate(&self, place: u32) -> Option<usize> {
        self.lines.partition_point(|line| line.place() <= place).checked_sub(1)
    }

    /// The line under the cursor.
    pub fn line(&self) -> Option<&Line> {
        self.lines.get(self.cursor)
    }

    /// Moves the cursor by so many lines.
    pub fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.lines.len().saturating_sub(1));
    }

    /// Opens or closes the run under the cursor; whether there is one.
    pub fn toggle(&mut self) -> bool {
        match self.line() {
            Some(Line::Run(run)) if run.open => self.close(),
            Some(Line::Run(_)) => self.open(self.cursor),
            _ => return false,
        }
        true
    }

    /// Opens (`true`) or closes the run that the cursor is on or in.
    pub fn fold(&mut self, open: bool) {
        if open { self.open(self.cursor) } else { self.close() }
    }

    fn open(&mut self, at: usize) {
        if let Some(Line::Run(run)) = self.lines.get_mut(at)
            && !run.open
        {
            run.open = true;
            let frames: Vec<Line> = run.frames.iter().copied().map(Line::Frame).collect();
            self.lines.splice(at + 1..at + 1, frames);
        }
    }

    fn close(&mut self) {
        let mut at = self.cursor;
        while at > 0 && matches!(self.lines.get(at), Some(Line::Frame(_))) {
            at -= 1;
        }
        if let Some(Line::Run(run)) = self.lines.get_mut(at)
            && run.open
        {
            run.open = false;
            let frames = run.frames.len();
            self.lines.drain(at + 1..=at + frames);
            self.cursor = at;
        }
    }
}

/// The lines of a trace, all runs folded.
pub fn lines(trace: &Trace) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut run = Run::default();
    for (place, traced) in (0_u32..).zip(trace.events.iter()) {
        let event = &traced.event;
        if let Some((is_ping, round_trip)) = beat(event) {
            run.take(place, is_ping, round_trip);
        } else if is_said(event) {
            lines.extend(std::mem::take(&mut run).line());
            lines.push(Line::Said(place));
        }
    }
    lines.extend(run.line());
    lines
}

/// Whether an event is told in the chat.
fn is_said(event: &Event) -> bool {
    use Class::{Control, Message, Request, Response};
    match event.class {
        Message | Request | Response => true,
        Control => event.phase == Phase::Exchange && event.facts.payload().is_some(),
        _ => false,
    }
}

/// Whether a whole ping or pong of which nothing is remarkable is a ping, and after how many nanoseconds a pong answers
/// one.
fn beat(event: &Event) -> Option<(bool, Option<i64>)> {
    if event.class != Class::Control || event.facts.kind() != "ws.frame" || !event.notes.is_empty() {
        return None;
    }
    let (mut is_ping, mut round_trip) = (None, None);
    for field in event.facts.fields() {
        match (field.name, &field.value) {
            ("opcode", Value::Text(opcode)) if opcode == "ping" => is_ping = Some(true),
            ("opcode", Value::Text(opcode)) if opcode == "pong" => is_ping = Some(false),
            ("rtt_us", Value::Real(micros)) => round_trip = Some((micros * 1e3).round() as i64),
            _ => {}
        }
    }
    Some((is_ping?, round_trip))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(places: std::ops::Range<u32>) -> Line {
        let mut run = Run::default();
        places.for_each(|place| run.take(place, place % 2 == 0, (place % 2 == 1).then_some(1000)));
        run.line().expect("frames")
    }

    #[test]
    fn a_run_opens_and_closes_where_the_cursor_is() {
        let closed = vec![Line::Said(0), run(2..5), Line::Said(7)];
        let mut talk = Talk { lines: closed.clone(), cursor: 0 };
        assert!(!talk.toggle());
        talk.step(1);
        assert!(talk.toggle());
        assert_eq!(talk.lines[2..], [Line::Frame(2), Line::Frame(3), Line::Frame(4), Line::Said(7)]);
        // A frame of it goes back to its line.
        talk.step(2);
        assert!(!talk.toggle());
        talk.fold(false);
        assert_eq!((&talk.lines, talk.cursor), (&closed, 1));
        talk.fold(false);
        talk.step(9);
        talk.fold(true);
        assert_eq!((&talk.lines, talk.cursor), (&closed, 2));
    }

    #[test]
    fn what_is_open_stays_open_while_more_comes() {
        let mut talk = Talk { lines: vec![Line::Said(0), run(2..4)], cursor: 1 };
        talk.fold(true);
        for cursor in 0..4 {
            talk.cursor = cursor;
            talk.lay(vec![Line::Said(0), run(2..6), Line::Said(7)]);
            assert_eq!((talk.lines.len(), talk.cursor), (7, cursor));
        }
        // What stood alone is part of a run now.
        let mut talk = Talk { lines: vec![Line::Said(0), run(2..3)], cursor: 1 };
        talk.lay(vec![Line::Said(0), run(2..6)]);
        assert_eq!((talk.lines.len(), talk.cursor), (2, 1));
    }

    #[test]
    fn a_run_says_what_it_amounts_to() {
        let Line::Run(mut run) = run(0..3) else { panic!("a run") };
        assert_eq!(run.label(Lang::En), "2 pings, 1 pong, round trip 1 µs");
        run.take(3, false, Some(2_500_000));
        assert_eq!(run.label(Lang::Ko), "Ping 2개, Pong 2개, 왕복 시간 1 µs – 2.5 ms");
    }
}
