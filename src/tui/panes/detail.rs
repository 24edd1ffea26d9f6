//! The detail of the row under the cursor: its fields beside its bytes, or the message that it carries.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::model::units::size;
use crate::tui::app::{App, Focus};
use crate::tui::detail::{Detail, Format};
use crate::tui::panes::{Areas, beside, explain, hex, paint, put, put_right};
use crate::tui::theme::Ink;

/// Names of fields are set in a column that is no wider than this.
const NAMES: usize = 22;

/// Draws the pane, where it is shown.
pub fn draw(buffer: &mut Buffer, areas: &Areas, app: &App) {
    let (Some(ladder), Some(area)) = (&app.ladder, areas.detail) else { return };
    if let Some(divider) = areas.divider {
        let style = app.theme.style(Ink::Border);
        if beside(app) {
            (0..usize::from(divider.height)).for_each(|y| put(buffer, divider, 0, y, "│", style));
        } else {
            put(buffer, divider, 0, 0, &"─".repeat(usize::from(divider.width)), style);
        }
    }
    if app.walking {
        return explain::pane(buffer, area, app);
    }
    let detail = &ladder.detail;
    if area.height > 3 {
        head(buffer, area, app, detail);
    }
    if let Some(area) = areas.fields {
        match detail.format {
            Format::Text => text(buffer, area, app, detail),
            _ => fields(buffer, area, app, detail),
        }
    }
    if let (Some(fields), Some(bytes)) = (areas.fields, areas.bytes)
        && bytes.y > fields.bottom()
    {
        let rule = Rect { y: bytes.y - 1, height: 1, ..bytes };
        put(buffer, rule, 0, 0, &"─".repeat(usize::from(rule.width)), app.theme.style(Ink::Border));
        put(buffer, rule, 2, 0, &of_what(app, detail), app.theme.style(Ink::Dim));
    }
    if let Some(area) = areas.bytes {
        hex::draw(buffer, area, app, detail);
    }
}

/// What the pane shows, and of which row.
fn head(buffer: &mut Buffer, area: Rect, app: &App, detail: &Detail) {
    let lang = app.lang;
    let names = [
        (Format::Fields, lang.pick("fields", "필드")),
        (Format::Text, lang.pick("text", "글")),
        (Format::Bytes, lang.pick("bytes", "바이트")),
    ];
    let mut right = usize::from(area.width).saturating_sub(1);
    if !detail.payload.is_empty() || detail.format != Format::Fields {
        for (format, name) in names.into_iter().rev() {
            let ink = if format == detail.format { Ink::Heading } else { Ink::Dim };
            let shown = if format == detail.format { format!("[{name}]") } else { format!(" {name} ") };
            put_right(buffer, area, right, 0, &shown, app.theme.style(ink));
            right = right.saturating_sub(shown.width());
        }
    }
    let room = Rect { width: u16::try_from(right.saturating_sub(1)).unwrap_or(0), ..area };
    put(buffer, room, 1, 0, &detail.title, app.theme.style(Ink::Heading));
}

/// Which bytes are shown.
fn of_what(app: &App, detail: &Detail) -> String {
    let count = size(detail.shown().len() as u64);
    match detail.frame.filter(|_| detail.format != Format::Bytes) {
        Some(number) => {
            app.lang.pick(format!(" packet {number} · {count} "), format!(" 패킷 {number} · {count} "))
        }
        None => app.lang.pick(format!(" bytes · {count} "), format!(" 바이트 · {count} ")),
    }
}

fn fields(buffer: &mut Buffer, area: Rect, app: &App, detail: &Detail) {
    let named = detail.lines.iter().filter(|line| !line.name.is_empty());
    let widest = named.map(|line| line.depth * 2 + line.name.width()).max().unwrap_or(0).min(NAMES);
    for y in 0..usize::from(area.height) {
        let index = detail.top + y;
        let Some(line) = detail.lines.get(index) else { break };
        let indent = 2 + line.depth * 2;
        if line.name.is_empty() {
            let ink = if line.value.starts_with("── ") { Ink::Dim } else { Ink::Text };
            put(buffer, area, indent, y, &line.value, app.theme.style(ink));
        } else {
            put(buffer, area, indent, y, &line.name, app.theme.style(Ink::Name));
            let value = (indent + line.name.width() + 1).max(2 + widest + 2);
            put(buffer, area, value, y, &line.value, app.theme.style(Ink::Text));
        }
        cursor(buffer, area, app, y, index == detail.cursor);
    }
}

fn cursor(buffer: &mut Buffer, area: Rect, app: &App, y: usize, here: bool) {
    if here && app.focus == Focus::Fields {
        put(buffer, area, 0, y, "▸", app.theme.style(Ink::Heading));
        paint(buffer, area, y, app.theme.style(Ink::Cursor));
    } else if here && app.focus == Focus::Bytes {
        paint(buffer, area, y, app.theme.style(Ink::Shadow));
    }
}

fn text(buffer: &mut Buffer, area: Rect, app: &App, detail: &Detail) {
    if detail.text.is_empty() {
        let none = app.lang.pick("this row carries no message", "이 줄에는 메시지가 없습니다");
        put(buffer, area, 2, 0, none, app.theme.style(Ink::Dim));
    }
    for y in 0..usize::from(area.height) {
        let index = detail.top + y;
        let Some(line) = detail.text.get(index) else { break };
        put(buffer, area, 2, y, line, app.theme.style(Ink::Text));
        cursor(buffer, area, app, y, index == detail.cursor);
    }
    let kept = detail.payload.len() as u64;
    if detail.payload_len > kept && area.height > 1 {
        let text = app.lang.pick(
            format!("{} of {} were kept", size(kept), size(detail.payload_len)),
            format!("{} 중 {}만 보관됨", size(detail.payload_len), size(kept)),
        );
        put(buffer, area, 2, usize::from(area.height) - 1, &text, app.theme.style(Ink::Dim));
    }
}
