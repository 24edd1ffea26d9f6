//! The chooser of columns, over the table that changes behind it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use crate::tui::app::App;
use crate::tui::panes::{connections, frame, paint, put, window};
use crate::tui::theme::Ink;

/// Draws it.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App) {
    let lang = app.lang;
    let heading = lang.pick(
        "columns · Space shows · ←→ moves · Enter keeps · Esc leaves as it was",
        "열 · Space 표시 · ←→ 이동 · Enter 저장 · Esc 취소",
    );
    let inner = window(buffer, area, size(app), heading, app.theme);
    let automatic = app.list.columns.is_empty();
    let shown = connections::shown(app);
    let names = app.chooser.rows.iter().map(|(column, _)| column.name(lang).width()).max().unwrap_or(0);
    for y in 0..usize::from(inner.height) {
        let line = top(app, inner) + y;
        if line > app.chooser.rows.len() {
            break;
        }
        match line.checked_sub(1).and_then(|at| app.chooser.rows.get(at)) {
            None => {
                let text = lang.pick("as many as fit, chosen for you", "자리에 맞게 자동으로");
                let sign = if automatic { "(•)" } else { "( )" };
                put(buffer, inner, 2, y, &format!("{sign} {text}"), app.theme.style(Ink::Text));
            }
            Some((column, chosen)) => {
                let sign = match (automatic, chosen, shown.contains(column)) {
                    (true, _, true) => " ✓ ",
                    (_, true, _) => "[✓]",
                    (true, ..) => "   ",
                    (false, ..) => "[ ]",
                };
                put(buffer, inner, 2, y, sign, app.theme.style(Ink::Text));
                put(buffer, inner, 6, y, column.name(lang), app.theme.style(Ink::Name));
                let mut tells = column.tells(lang).to_owned();
                if *chosen && !shown.contains(column) {
                    tells.push_str(lang.pick(" (no room now)", " (지금은 자리 없음)"));
                }
                put(buffer, inner, 6 + names + 2, y, &tells, app.theme.style(Ink::Dim));
            }
        }
        if line == app.chooser.cursor {
            put(buffer, inner, 0, y, "▸", app.theme.style(Ink::Heading));
            paint(buffer, inner, y, app.theme.style(Ink::Cursor));
        }
    }
}

fn size(app: &App) -> (u16, u16) {
    (app.size.0.saturating_sub(6).min(76), u16::try_from(app.chooser.rows.len() + 1).unwrap_or(u16::MAX))
}

/// The line at the top, so that the cursor is seen.
fn top(app: &App, inner: Rect) -> usize {
    (app.chooser.cursor + 1).saturating_sub(usize::from(inner.height).max(1))
}

/// The line that is drawn at `at`.
pub fn line_at(area: Rect, app: &App, at: Position) -> Option<usize> {
    let (_, inner) = frame(area, size(app));
    let line = top(app, inner) + usize::from(at.y.checked_sub(inner.y)?);
    (inner.contains(at) && line <= app.chooser.rows.len()).then_some(line)
}
