//! Bytes in hex and as characters; those of the field under the cursor are lit.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::tui::app::{App, Focus};
use crate::tui::detail::Detail;
use crate::tui::panes::put;
use crate::tui::theme::Ink;

/// Cells before the first byte: a blank, four or more digits, two blanks.
const LEAD: usize = 7;

/// How many bytes stand on a line of so many cells.
pub fn per_line(width: u16) -> usize {
    match width {
        0..44 => 4,
        44..75 => 8,
        _ => 16,
    }
}

/// The column of the nth byte of a line: a wider gap stands behind each eighth.
fn column(nth: usize) -> usize {
    LEAD + nth * 3 + nth / 8
}

/// Draws them.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App, detail: &Detail) {
    let bytes = detail.shown();
    if bytes.is_empty() {
        let none = app.lang.pick("no bytes were kept of this row", "이 줄의 바이트는 보관되지 않았습니다");
        put(buffer, area, 1, 0, none, app.theme.style(Ink::Dim));
        return;
    }
    let per_line = per_line(area.width);
    let lit = detail.lit();
    for y in 0..usize::from(area.height) {
        let offset = (detail.byte_top + y) * per_line;
        let Some(line) = bytes.get(offset..bytes.len().min(offset + per_line)) else { break };
        if line.is_empty() {
            break;
        }
        put(buffer, area, 1, y, &format!("{offset:04x}"), app.theme.style(Ink::Dim));
        for (nth, byte) in line.iter().enumerate() {
            let at = offset + nth;
            let style = match () {
                () if app.focus == Focus::Bytes && at == detail.byte => app.theme.style(Ink::Match),
                () if lit.as_ref().is_some_and(|lit| lit.contains(&at)) => app.theme.style(Ink::Match),
                () => app.theme.style(Ink::Text),
            };
            put(buffer, area, column(nth), y, &format!("{byte:02x}"), style);
            let shown =
                if (0x20..0x7f).contains(byte) { char::from(*byte).to_string() } else { "·".to_owned() };
            put(buffer, area, column(per_line) + 1 + nth, y, &shown, style);
        }
    }
}

/// The byte that is drawn at `at`.
pub fn byte_at(area: Rect, top: usize, at: Position) -> Option<usize> {
    let per_line = per_line(area.width);
    let (x, y) = (usize::from(at.x - area.x), usize::from(at.y - area.y));
    let line = (top + y) * per_line;
    if x > column(per_line) {
        return Some(line + (x - column(per_line) - 1).min(per_line - 1));
    }
    (0..per_line).rev().find(|nth| column(*nth) <= x).map(|nth| line + nth)
}
