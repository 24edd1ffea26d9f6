//! The help: the table of keys, as it is bound.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::render::cells::wrap;
use crate::tui::app::App;
use crate::tui::keys::Place;
use crate::tui::panes::{SMALLEST, more, put, window};
use crate::tui::theme::Ink;

/// Cells of the column with the keys.
const KEYS: usize = 16;

/// Draws it.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App) {
    let lines = lines(app);
    let size = (width(app), u16::try_from(lines.len()).unwrap_or(u16::MAX));
    let heading = app.lang.pick("keys · Esc closes", "단축키 · Esc로 닫기");
    let inner = window(buffer, area, size, heading, app.theme);
    for (y, (ink, keys, text)) in
        lines.iter().skip(app.overlay_top).take(usize::from(inner.height)).enumerate()
    {
        put(buffer, inner, 0, y, keys, app.theme.style(Ink::Name));
        put(
            buffer,
            inner,
            if keys.is_empty() && *ink == Ink::Heading { 0 } else { KEYS },
            y,
            text,
            app.theme.style(*ink),
        );
    }
    more(buffer, inner, app, lines.len());
}

fn width(app: &App) -> u16 {
    app.size.0.saturating_sub(6).clamp(SMALLEST.0, 92)
}

/// Its lines: how they look, the keys, what they do.
pub fn lines(app: &App) -> Vec<(Ink, String, String)> {
    let lang = app.lang;
    let room = usize::from(width(app)).saturating_sub(KEYS);
    let mut lines = Vec::new();
    let places = [
        (
            app.place(),
            match app.place() {
                Place::List => lang.pick("In the table of connections", "연결 목록에서"),
                _ => lang.pick("In the diagram", "그림에서"),
            },
        ),
        (Place::Everywhere, lang.pick("Everywhere", "어디서나")),
        if app.place() == Place::List {
            (Place::Ladder, lang.pick("In the diagram", "그림에서"))
        } else {
            (Place::List, lang.pick("In the table of connections", "연결 목록에서"))
        },
    ];
    for (place, heading) in places {
        if !lines.is_empty() {
            lines.push((Ink::Text, String::new(), String::new()));
        }
        lines.push((Ink::Heading, String::new(), heading.to_owned()));
        for (entry, chords) in app.keys.entries().filter(|(entry, _)| entry.place == place) {
            let keys: Vec<String> = chords.iter().map(ToString::to_string).collect();
            let mut keys = keys.join(" ");
            if keys.width() >= KEYS {
                keys.truncate(KEYS - 1);
            }
            for text in wrap(lang.of(entry.help), room) {
                lines.push((Ink::Text, std::mem::take(&mut keys), text));
            }
        }
    }
    lines
}
