//! The diagram: the lanes' heads stay, the rows move, the bar at the right shows the phases.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::event::Phase;
use crate::render::cells::{Role, Sheet};
use crate::tui::app::{App, Focus};
use crate::tui::ladder::Ladder;
use crate::tui::panes::{Areas, paint, put, put_right, put_strip};
use crate::tui::theme::Ink;

/// Draws it.
pub fn draw(buffer: &mut Buffer, areas: &Areas, app: &App) {
    let Some(ladder) = &app.ladder else { return };
    if areas.detail == Some(areas.body) {
        return;
    }
    let (area, width) = (areas.diagram, usize::from(areas.diagram.width));
    let sheet = Sheet::new(&ladder.outline, ladder.paper(width));
    let window = |strip: &crate::render::cells::Strip| strip.window(sheet.gutter(), ladder.side, width);
    for (y, strip) in sheet.head().iter().enumerate() {
        put_strip(buffer, areas.head, y, &window(strip), app.theme);
    }
    if ladder.side > 0 {
        put(buffer, areas.head, 0, 0, &format!("← {}", ladder.side), app.theme.style(Ink::Heading));
    }
    if sheet.extent() > width + ladder.side {
        put_right(buffer, areas.head, usize::from(areas.head.width), 0, " →", app.theme.style(Ink::Heading));
    }
    let mut y = 0;
    let rest = window(&sheet.rest());
    for index in ladder.top..ladder.outline.len() {
        if y >= usize::from(area.height) {
            break;
        }
        let row = ladder.outline.row(&ladder.trace, index);
        let first = y;
        for strip in sheet.row(&row) {
            put_strip(buffer, area, y, &window(&strip), app.theme);
            y += 1;
        }
        let marked = ladder.mark.is_some_and(|(key, _)| key == row.key);
        let hit = ladder.is_hit(index);
        let sign = match () {
            () if index == ladder.cursor => Some("▸"),
            () if marked => Some("◆"),
            () if hit => Some("*"),
            () => None,
        };
        if let Some(sign) = sign {
            put(buffer, area, 0, first, sign, app.theme.style(Ink::Heading));
        }
        if index == ladder.cursor {
            let ink = if app.focus == Focus::Diagram { Ink::Cursor } else { Ink::Shadow };
            (first..y).for_each(|line| paint(buffer, area, line, app.theme.style(ink)));
        } else if hit {
            paint(buffer, Rect { width: 1, ..area }, first, app.theme.style(Ink::Match));
        }
    }
    while y < usize::from(area.height) {
        put_strip(buffer, area, y, &rest, app.theme);
        y += 1;
    }
    if ladder.outline.is_empty() {
        let text = app.lang.pick("nothing fits the filter", "필터에 맞는 것이 없습니다");
        put(buffer, area, 2, 1, text, app.theme.style(Ink::Dim));
    }
    bar(buffer, areas, ladder, app);
}

/// The bar at the right: where the screen is in the whole, and which phase is where.
fn bar(buffer: &mut Buffer, areas: &Areas, ladder: &Ladder, app: &App) {
    let area = Rect { x: areas.rows.right().saturating_sub(1), width: 1, ..areas.rows };
    let (rows, height) = (ladder.outline.len(), usize::from(area.height));
    if rows == 0 || height == 0 {
        return;
    }
    let shown = visible(ladder, usize::from(areas.diagram.width), height);
    for y in 0..height {
        let (from, to) = (y * rows / height, ((y + 1) * rows / height).max(y * rows / height + 1));
        let phase = phase_at(ladder, from);
        let here = from < shown.1 && to > shown.0;
        let (sign, ink) = match (here, phase) {
            (true, Some(phase)) => ("█", Ink::Role(Role::Band(phase))),
            (true, None) => ("█", Ink::Dim),
            (false, Some(phase)) => (letter(phase), Ink::Role(Role::Band(phase))),
            (false, None) => ("░", Ink::Dim),
        };
        put(buffer, area, 0, y, sign, app.theme.style(ink));
    }
}

/// How a phase is told where colours are not.
fn letter(phase: Phase) -> &'static str {
    match phase {
        Phase::Connect => "╷",
        Phase::Secure => "┊",
        Phase::Upgrade => "╎",
        Phase::Exchange => "│",
        Phase::Close => "╵",
    }
}

fn phase_at(ladder: &Ladder, row: usize) -> Option<Phase> {
    let after = ladder.phases.partition_point(|(start, _)| *start <= row);
    ladder.phases.get(after.checked_sub(1)?).map(|(_, phase)| *phase)
}

/// The rows on the screen, the last one not included.
fn visible(ladder: &Ladder, width: usize, height: usize) -> (usize, usize) {
    let last = row_at(ladder, width, height.saturating_sub(1));
    (ladder.top, last.map_or(ladder.outline.len(), |last| last + 1))
}

/// The row that is drawn on line `y` of the diagram.
pub fn row_at(ladder: &Ladder, width: usize, y: usize) -> Option<usize> {
    let sheet = Sheet::new(&ladder.outline, ladder.paper(width));
    let mut line = 0;
    for index in ladder.top..ladder.outline.len() {
        line += sheet.row(&ladder.outline.row(&ladder.trace, index)).len();
        if y < line {
            return Some(index);
        }
        if line > 10_000 {
            break;
        }
    }
    None
}
