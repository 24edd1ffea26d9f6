//! A diagram as the steps that formats with a drawing program of their own know: messages, notes and groups.

use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr;

use crate::model::diagram::{Diagram, Key, Line, Row, What};
use crate::model::units;
use crate::render::palette::{severity_symbol, tone_symbol};

/// A step of a drawing.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Somebody sends something to somebody.
    Message {
        /// The lane that it leaves, and the one that it reaches.
        lanes: (usize, usize),
        /// What stands on it.
        text: String,
        /// How it is drawn.
        line: Line,
        /// Whether it never was captured.
        missing: bool,
    },
    /// A phase begins.
    Begin(Vec<String>),
    /// The phase ends.
    End,
    /// Something is said about these lanes, in lines of a readable length.
    Note((usize, usize), Vec<String>),
}

/// The steps of `diagram`. Phases are groups where they stand one below another; where several connections go on at
/// the same time they would cross, so there they are notes.
pub fn steps(diagram: &Diagram) -> Vec<Step> {
    let connections: BTreeSet<u32> = diagram.rows.iter().filter_map(|row| connection(row.key)).collect();
    let (mut steps, mut open, grouped) = (Vec::new(), false, connections.len() <= 1);
    for row in &diagram.rows {
        let ends = matches!(row.what, What::Band { .. } | What::Verdict { .. } | What::Connection { .. });
        if open && ends {
            steps.push(Step::End);
            open = false;
        }
        match &row.what {
            What::Band { label, duration, .. } if grouped && row.open == Some(true) => {
                steps.push(Step::Begin(wrapped(&with_duration(label, *duration))));
                open = true;
            }
            _ => steps.push(step(diagram, row)),
        }
    }
    if open {
        steps.push(Step::End);
    }
    steps
}

fn step(diagram: &Diagram, row: &Row) -> Step {
    let all = (0, diagram.lanes.len().saturating_sub(1));
    let note = |lanes, text: String| Step::Note(lanes, wrapped(&text));
    match &row.what {
        What::Arrow { from, to, label, aside, line, .. } => {
            let aside = if aside.is_empty() { String::new() } else { format!(" · {aside}") };
            Step::Message {
                lanes: (*from, *to),
                text: format!("{label}{aside}"),
                line: *line,
                missing: false,
            }
        }
        What::Gap { from, to, label } => {
            Step::Message { lanes: (*from, *to), text: label.clone(), line: Line::Dashed, missing: true }
        }
        What::Milestone { label, lanes, .. } => note(*lanes, label.clone()),
        What::Band { label, duration, lanes, .. } => note(*lanes, with_duration(label, *duration)),
        What::Connection { label, verdict, tone, duration, more, lanes } => {
            let verdict = match row.open {
                Some(true) => String::new(),
                _ => format!(" {} {verdict}", tone_symbol(*tone)),
            };
            let more = if more.is_empty() { String::new() } else { format!(" + {more}") };
            note(*lanes, format!("{}{verdict}{more}", with_duration(label, *duration)))
        }
        What::Silence(nanos) => {
            let length = units::duration(*nanos);
            note(all, diagram.lang.pick(format!("{length} of silence"), format!("{length} 동안 조용함")))
        }
        What::Note { severity, id, text, lane } => {
            note((*lane, *lane), format!("{} {text} [{id}]", severity_symbol(*severity)))
        }
        What::Verdict { text, tone, lanes } => note(*lanes, format!("{} {text}", tone_symbol(*tone))),
        What::Remark(text) => note(all, text.clone()),
    }
}

fn connection(key: Key) -> Option<u32> {
    match key {
        Key::Connection(id)
        | Key::Phase(id, _)
        | Key::Event(id, _)
        | Key::Packet(id, _)
        | Key::Verdict(id, _) => Some(id),
        Key::Note(..) | Key::Silence(_) | Key::Remark(..) => None,
    }
}

fn with_duration(label: &str, nanos: i64) -> String {
    if nanos > 0 { format!("{label} · {}", units::duration(nanos)) } else { label.to_owned() }
}

/// Cells of a line of a note.
const READABLE: usize = 48;

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { continue };
        if !line.is_empty() && line.width() + word.width() >= READABLE {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}
