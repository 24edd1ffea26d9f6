//! The panes: each a function that draws a part of the state and changes nothing; and where each lies.

pub mod bar;
pub mod chat;
pub mod columns;
pub mod compare;
pub mod connections;
pub mod detail;
pub mod explain;
pub mod help;
pub mod hex;
pub mod ladder;
pub mod palette;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};
use unicode_width::UnicodeWidthStr;

use crate::render::cells::{Charset, Strip};
use crate::tui::app::{App, Focus, Overlay, Screen};
use crate::tui::detail::Format;
use crate::tui::theme::{Ink, Theme};

/// The least screen on which something useful can be shown.
pub const SMALLEST: (u16, u16) = (24, 6);

/// Where everything lies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Areas {
    pub title: Rect,
    /// Between the title and the line that is typed or the footer.
    pub body: Rect,
    pub bottom: Rect,
    /// The head and the rows of the table or of the diagram.
    pub head: Rect,
    pub rows: Rect,
    /// Below the table: the verdict of the connection under the cursor.
    pub verdict: Option<Rect>,
    pub diagram: Rect,
    pub divider: Option<Rect>,
    /// The pane beside or below the diagram, and its parts.
    pub detail: Option<Rect>,
    pub fields: Option<Rect>,
    pub bytes: Option<Rect>,
}

/// Whether the detail pane stands beside the diagram rather than below it.
pub fn beside(app: &App) -> bool {
    app.size.0 >= 150
}

/// Where everything lies now.
pub fn areas(app: &App) -> Areas {
    let whole = Rect::new(0, 0, app.size.0, app.size.1);
    let (title, rest) = cut_top(whole, 1);
    let (body, bottom) = cut_bottom(rest, if app.prompt.is_some() { 2 } else { 1 });
    let mut areas = Areas { title, body, bottom, ..Areas::default() };
    match app.screen {
        Screen::List => {
            let (head, mut rows) = cut_top(body, 1);
            if body.height >= 10 {
                let (above, verdict) = cut_bottom(rows, 3);
                (rows, areas.verdict) = (above, Some(verdict));
            }
            (areas.head, areas.rows) = (head, rows);
        }
        Screen::Ladder => ladder_areas(app, &mut areas),
        Screen::Chat | Screen::Compare => areas.rows = body,
    }
    areas
}

fn ladder_areas(app: &App, areas: &mut Areas) {
    let mut pane = areas.body;
    let shown = app.walking || app.detail.unwrap_or(beside(app) || app.size.1 >= 30);
    if shown && beside(app) {
        let width = (u32::from(pane.width) * u32::from(app.share) / 100) as u16;
        let (left, right) = cut_right(pane, width.clamp(30, pane.width - 50));
        let (divider, right) = cut_left(right, 1);
        (pane, areas.divider, areas.detail) = (left, Some(divider), Some(right));
    } else if shown && pane.height >= 8 {
        let height = (u32::from(pane.height) * u32::from(app.share) / 100) as u16;
        let (above, below) = cut_bottom(pane, height.clamp(4, pane.height - 4));
        let (divider, below) = cut_top(below, 1);
        (pane, areas.divider, areas.detail) = (above, Some(divider), Some(below));
    } else if shown && app.focus != Focus::Diagram {
        areas.detail = Some(pane);
    }
    let (head, rows) = cut_top(pane, if pane.height >= 6 { 2 } else { 1 });
    let (diagram, _) = cut_right(rows, if rows.width < 60 { 1 } else { 2 });
    (areas.head, areas.rows, areas.diagram) = (head, rows, diagram);
    let Some(detail) = areas.detail.filter(|_| !app.walking) else { return };
    let (_, inner) = cut_top(detail, u16::from(detail.height > 3));
    let bytes = app.ladder.as_ref().is_some_and(|ladder| {
        !ladder.detail.bytes.is_empty() || ladder.detail.wanted.is_some() || app.focus == Focus::Bytes
    });
    match app.format() {
        Format::Fields if !bytes => areas.fields = Some(inner),
        Format::Text => areas.fields = Some(inner),
        Format::Bytes => areas.bytes = Some(inner),
        Format::Fields if inner.width >= 112 => {
            let (left, right) = cut_right(inner, 75);
            (areas.fields, areas.bytes) = (Some(left), Some(cut_left(right, 1).1));
        }
        Format::Fields if inner.height >= 16 => {
            let (above, below) = cut_bottom(inner, inner.height / 3);
            (areas.fields, areas.bytes) = (Some(above), Some(cut_top(below, 1).1));
        }
        Format::Fields if app.focus == Focus::Bytes => areas.bytes = Some(inner),
        Format::Fields => areas.fields = Some(inner),
    }
}

/// Draws the screen.
pub fn draw(buffer: &mut Buffer, app: &App) {
    let whole = buffer.area;
    if whole.width < SMALLEST.0 || whole.height < SMALLEST.1 {
        let text = app.lang.pick("too small", "너무 작음");
        let wanted = format!("{text}: {}×{}", SMALLEST.0, SMALLEST.1);
        let text = if wanted.width() <= usize::from(whole.width) { wanted } else { text.to_owned() };
        put(buffer, whole, 0, 0, &text, Style::new());
        return;
    }
    let areas = areas(app);
    bar::title(buffer, areas.title, app);
    match app.screen {
        Screen::List => connections::draw(buffer, &areas, app),
        Screen::Ladder => {
            ladder::draw(buffer, &areas, app);
            detail::draw(buffer, &areas, app);
        }
        Screen::Chat => chat::draw(buffer, areas.body, app),
        Screen::Compare => compare::draw(buffer, areas.body, app),
    }
    match app.overlay {
        Some(Overlay::Help) => help::draw(buffer, areas.body, app),
        Some(Overlay::Explain) => explain::overlay(buffer, areas.body, app),
        Some(Overlay::Columns) => columns::draw(buffer, areas.body, app),
        None => {}
    }
    if app.prompt.is_some() {
        palette::draw(buffer, areas.body, app);
    }
    bar::bottom(buffer, areas.bottom, app);
}

/// How many lines the overlay has.
pub fn overlay_length(app: &App) -> usize {
    match app.overlay {
        Some(Overlay::Help) => help::lines(app).len(),
        Some(Overlay::Explain) => explain::lines(app).len(),
        Some(Overlay::Columns) | None => 0,
    }
}

/// Puts text at a place of `area`; what does not fit is cut off with an ellipsis.
pub fn put(buffer: &mut Buffer, area: Rect, x: usize, y: usize, text: &str, style: Style) {
    let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) else { return };
    let area = area.intersection(buffer.area);
    if x >= area.width || y >= area.height {
        return;
    }
    let room = usize::from(area.width - x);
    let text = Charset::Ladder.fit(text, room);
    buffer.set_stringn(area.x + x, area.y + y, text, room, style);
}

/// Puts text so that it ends before column `end`.
pub fn put_right(buffer: &mut Buffer, area: Rect, end: usize, y: usize, text: &str, style: Style) {
    put(buffer, area, end.saturating_sub(text.width()), y, text, style);
}

/// Puts a line of a diagram.
pub fn put_strip(buffer: &mut Buffer, area: Rect, y: usize, strip: &Strip, theme: Theme) {
    let mut x = 0;
    for span in &strip.spans {
        put(buffer, area, x, y, &span.text, theme.style(Ink::Role(span.role)));
        x += span.text.width();
    }
}

/// Colours a line of `area` without changing its text.
pub fn paint(buffer: &mut Buffer, area: Rect, y: usize, style: Style) {
    let Ok(y) = u16::try_from(y) else { return };
    if y < area.height {
        buffer.set_style(Rect::new(area.x, area.y + y, area.width, 1).intersection(buffer.area), style);
    }
}

/// Says on the lower edge of a window that so many lines do not all stand in the room inside.
pub fn more(buffer: &mut Buffer, inner: Rect, app: &App, lines: usize) {
    if app.overlay_top + usize::from(inner.height) < lines {
        let edge = Rect { y: inner.bottom(), height: 1, ..inner };
        let text = format!(" ↓ {} ", app.lang.pick("more", "더 보기"));
        put(buffer, edge, 0, 0, &text, app.theme.style(Ink::Heading));
    }
}

/// A wide character left of `area` that reaches into it would hide what is put there: it goes.
fn unhide(buffer: &mut Buffer, area: Rect) {
    let Some(x) = area.x.checked_sub(1) else { return };
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut((x, y)).filter(|cell| cell.symbol().width() > 1) {
            cell.set_symbol(" ");
        }
    }
}

/// A box over the middle of `area`, cleared, with its heading; gives the room inside.
pub fn window(buffer: &mut Buffer, area: Rect, size: (u16, u16), heading: &str, theme: Theme) -> Rect {
    let (frame, inner) = frame(area, size);
    let (width, height) = (frame.width, frame.height);
    unhide(buffer, frame);
    Clear.render(frame, buffer);
    let style = theme.style(Ink::Border);
    let line = "─".repeat(usize::from(width.saturating_sub(2)));
    put(buffer, frame, 0, 0, &format!("┌{line}┐"), style);
    put(buffer, frame, 0, usize::from(height.saturating_sub(1)), &format!("└{line}┘"), style);
    for y in 1..usize::from(height.saturating_sub(1)) {
        put(buffer, frame, 0, y, "│", style);
        put(buffer, frame, usize::from(width) - 1, y, "│", style);
    }
    put(buffer, frame, 2, 0, &format!(" {heading} "), theme.style(Ink::Heading));
    inner
}

/// Where a window with so much room lies, and the room inside of it.
pub fn frame(area: Rect, size: (u16, u16)) -> (Rect, Rect) {
    // A strip of what lies below would only disturb.
    let width = Some(size.0.saturating_add(4)).filter(|width| width + 6 < area.width).unwrap_or(area.width);
    let height = size.1.saturating_add(2).min(area.height);
    let frame =
        Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height);
    let inner = Rect::new(frame.x + 2, frame.y + 1, width.saturating_sub(4), height.saturating_sub(2));
    (frame, inner)
}

fn cut_top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

fn cut_bottom(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    cut_top(area, area.height - height)
}

fn cut_left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
}

fn cut_right(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    cut_left(area, area.width - width)
}
