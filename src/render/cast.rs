//! A diagram as a recording of a terminal in which the conversation unfolds (asciicast v2, docs.asciinema.org).
//!
//! Rows come as far apart as they happened, but no faster than they can be read and no slower than anybody waits.

use crate::frame::Timestamp;
use crate::model::diagram::Diagram;
use crate::render::cells::{Charset, Clock, Paper};
use crate::render::text;

/// The least and the longest time between two rows, in seconds.
const PACE: (f64, f64) = (0.35, 2.0);
/// The least and the greatest height of the terminal.
const HEIGHT: (usize, usize) = (12, 48);

/// How long a reader waits from a row to the next, in seconds.
pub(crate) fn pause(before: Timestamp, next: Timestamp) -> f64 {
    (next.since(before) as f64 / 1e9).clamp(PACE.0, PACE.1)
}

/// Records `diagram` in a terminal of this many columns.
pub fn draw(diagram: &Diagram, title: Option<&str>, columns: usize) -> String {
    let paper = Paper { width: columns, charset: Charset::Ladder, clock: Clock::Relative };
    let blocks = text::blocks(diagram, paper, true);
    let lines: usize = blocks.iter().map(|(_, block)| block.matches('\n').count()).sum();
    let title = title.unwrap_or(&diagram.title);
    let header = serde_json::json!({
        "version": 2,
        "width": columns,
        "height": (lines + 1).clamp(HEIGHT.0, HEIGHT.1),
        "title": title,
        "env": {"TERM": "xterm-256color"},
    });
    let mut out = format!("{header}\n");
    let (mut at, mut before) = (0.0, None);
    for (time, block) in blocks {
        at += before.map_or(0.0, |before| pause(before, time));
        before = Some(time);
        let shown = block.replace('\n', "\r\n");
        let event = serde_json::json!([(at * 1000.0_f64).round() / 1000.0, "o", shown]);
        out.push_str(&format!("{event}\n"));
    }
    out
}
