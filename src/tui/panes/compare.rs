//! Two connections, or two rows, side by side; what differs is marked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::tui::app::App;
use crate::tui::panes::put;
use crate::tui::theme::Ink;

/// Draws it.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App) {
    let Some(compared) = &app.compared else { return };
    let names =
        compared.costs.iter().filter_map(|line| line.first()).map(|name| name.trim_end().width()).max();
    let first = (names.unwrap_or(0) + 4).min(usize::from(area.width).saturating_sub(24));
    let column = (usize::from(area.width).saturating_sub(first) / 2).max(8);
    let half = usize::from(area.width).saturating_sub(3) / 2;
    let style = |ink| app.theme.style(ink);
    for (nth, name) in compared.heads.iter().enumerate() {
        let x = 3 + nth * half;
        put(buffer, part(area, x, half.saturating_sub(1)), 0, 0, name, style(Ink::Heading));
    }
    let height = usize::from(area.height);
    let mut y = 2;
    for line in compared.costs.iter().skip(app.compared_top) {
        if y >= height {
            return;
        }
        let differs = line.get(1) != line.get(2);
        put(buffer, area, 1, y, if differs { "≠" } else { " " }, style(Ink::Match));
        put(
            buffer,
            part(area, 3, first.saturating_sub(4)),
            0,
            y,
            line.first().map_or("", |name| name),
            style(Ink::Dim),
        );
        for (nth, value) in line.iter().skip(1).enumerate() {
            let ink = if differs { Ink::Text } else { Ink::Dim };
            put(buffer, part(area, first + nth * column, column - 1), 0, y, value, style(ink));
        }
        y += 1;
    }
    let passed = app.compared_top.saturating_sub(compared.costs.len());
    y += 1;
    for [left, right] in compared.steps.iter().skip(passed) {
        if y >= height {
            return;
        }
        let same = left.is_some() && right.is_some();
        put(buffer, area, 1, y, if same { " " } else { "≠" }, style(Ink::Match));
        let ink = if same { Ink::Dim } else { Ink::Text };
        for (nth, text) in [left, right].into_iter().enumerate() {
            let text = text.as_deref().unwrap_or("");
            put(buffer, part(area, 3 + nth * half, half.saturating_sub(1)), 0, y, text, style(ink));
        }
        y += 1;
    }
}

fn part(area: Rect, x: usize, width: usize) -> Rect {
    let x = u16::try_from(x).unwrap_or(u16::MAX).min(area.width);
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(area.width - x);
    Rect { x: area.x + x, width, ..area }
}
