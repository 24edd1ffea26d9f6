//! A diagram, or the screen, as a recording of a terminal (asciicast v2, docs.asciinema.org).
//!
//! Rows of a diagram come as far apart as they happened, but no faster than they can be read and no slower than anybody
//! waits; the last is held.

use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;

use crate::error::Error;
use crate::frame::Timestamp;
use crate::model::diagram::Diagram;
use crate::render::cells::{Charset, Clock, Paper};
use crate::render::text;

/// The least and the longest time between two rows, in seconds.
const PACE: (f64, f64) = (0.35, 2.0);
/// How long a reader waits between two diagrams, and between two keys, in seconds.
pub(crate) const BREAK: f64 = 1.2;
pub(crate) const KEY: f64 = 1.0;
/// How long the end is held, in seconds.
const HELD: f64 = 4.0;
/// The most rows that anybody watches.
const ROWS: usize = 2000;
/// The least and the greatest height of the terminal.
const HEIGHT: (usize, usize) = (12, 48);

/// How long a reader waits from a row to the next, in seconds.
pub(crate) fn pause(before: Timestamp, next: Timestamp) -> f64 {
    (next.since(before) as f64 / 1e9).clamp(PACE.0, PACE.1)
}

/// Records `diagram` in a terminal of this many columns.
///
/// # Errors
/// Where there are more rows than anybody watches.
pub fn draw(diagram: &Diagram, title: Option<&str>, columns: usize) -> Result<String, Error> {
    let rows = diagram.rows.len();
    if rows > ROWS {
        return Err(Error::Usage(format!(
            "nobody watches {rows} rows come, and recordings are made of up to {ROWS}: use a smaller --level or a \
             --filter, or draw .html"
        )));
    }
    let paper = Paper { width: columns, charset: Charset::Ladder, clock: Clock::Relative };
    let blocks = text::blocks(diagram, paper, true);
    let lines: usize = blocks.iter().map(|(_, block)| block.matches('\n').count()).sum();
    let title = title.unwrap_or(&diagram.title);
    let mut tape = Tape::new(columns, (lines + 1).clamp(HEIGHT.0, HEIGHT.1), title);
    let mut before = None;
    for (time, block) in blocks {
        tape.wait(before.map_or(0.0, |before| pause(before, time)));
        before = Some(time);
        tape.show(&block.replace('\n', "\r\n"));
    }
    Ok(tape.end())
}

/// Records a screen: each of `buffers` after the one before it.
pub fn screen(buffers: &[Buffer], title: &str) -> String {
    let area = buffers.first().map(|buffer| buffer.area).unwrap_or_default();
    let mut tape = Tape::new(area.width.into(), area.height.into(), title);
    let mut before = Buffer::empty(area);
    // Colours are told whatever the environment says of ours.
    crossterm::style::force_color_output(true);
    for (nth, buffer) in buffers.iter().enumerate() {
        let mut written = Vec::new();
        // Writing to memory does not fail.
        let _ = CrosstermBackend::new(&mut written).draw(before.diff(buffer).into_iter());
        tape.wait(if nth > 0 { KEY } else { 0.0 });
        let clear = if nth == 0 { "\x1b[?25l\x1b[2J" } else { "" };
        tape.show(&format!("{clear}{}", String::from_utf8_lossy(&written)));
        before.clone_from(buffer);
    }
    tape.end()
}

/// A recording that is being made.
struct Tape {
    out: String,
    at: f64,
}

impl Tape {
    fn new(columns: usize, lines: usize, title: &str) -> Tape {
        let header = serde_json::json!({
            "version": 2,
            "width": columns,
            "height": lines,
            "title": title,
            "env": {"TERM": "xterm-256color"},
        });
        Tape { out: format!("{header}\n"), at: 0.0 }
    }

    fn wait(&mut self, seconds: f64) {
        self.at += seconds;
    }

    fn show(&mut self, text: &str) {
        let event = serde_json::json!([(self.at * 1000.0_f64).round() / 1000.0, "o", text]);
        self.out.push_str(&format!("{event}\n"));
    }

    fn end(mut self) -> String {
        self.wait(HELD);
        self.show("");
        self.out
    }
}
