//! The choices above the line that is typed: commands by name, fields for a filter.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};
use unicode_width::UnicodeWidthStr;

use crate::model::filter::{CONNECTION_FIELDS, EVENT_FIELDS, PROTOCOL_NAMES};
use crate::tui::app::App;
use crate::tui::panes::{paint, put};
use crate::tui::prompt::Purpose;
use crate::tui::theme::Ink;

/// Cells of the column with the keys.
const KEY: usize = 8;
/// Fields of events that are asked for often; those of what is open come beside them.
const FIELDS: &[&str] = &[
    "ws.opcode",
    "ws.len",
    "ws.close_code",
    "ws.close_reason",
    "ws.subprotocol",
    "http.method",
    "http.target",
    "http.status",
    "http.latency_us",
    "tls.sni",
    "tls.alpn",
    "tls.version",
    "tls.description",
    "dns.name",
    "dns.qtype",
    "dns.rcode",
];

/// So many choices are shown.
const SHOWN: usize = 11;

/// What fits what is typed: a name, and what it means.
pub fn choices(app: &App) -> Vec<(String, String)> {
    let Some(prompt) = &app.prompt else { return Vec::new() };
    match prompt.purpose {
        Purpose::Palette => {
            let typed = prompt.text.to_lowercase();
            let fits = |name: &str, help: &str| {
                typed.split_whitespace().all(|word| name.contains(word) || help.to_lowercase().contains(word))
            };
            let mut fitting: Vec<(String, String)> = Vec::new();
            for (entry, chords) in app.keys.entries() {
                let help = app.lang.of(entry.help);
                if fits(entry.name, help) {
                    let key = chords.first().map_or_else(String::new, ToString::to_string);
                    let blanks = " ".repeat(KEY.saturating_sub(key.width()));
                    fitting.push((entry.name.to_owned(), format!("{key}{blanks}{help}")));
                }
            }
            fitting.sort_by_key(|(name, _)| !name.starts_with(&typed));
            fitting
        }
        Purpose::Filter => {
            let (_, word) = prompt.word();
            if word.is_empty() {
                return Vec::new();
            }
            let names = CONNECTION_FIELDS.iter().chain(EVENT_FIELDS).chain(PROTOCOL_NAMES).chain(FIELDS);
            let mut all: Vec<String> = names.map(|name| (*name).to_owned()).collect();
            all.extend(app.ladder.iter().flat_map(|ladder| ladder.detail.fields()));
            all.sort();
            all.dedup();
            all.retain(|name| name.starts_with(word) && name != word);
            all.into_iter().map(|name| (name, String::new())).collect()
        }
        Purpose::SaveDiagram | Purpose::SaveScreen => app.endings(prompt),
        Purpose::Search | Purpose::SaveMessage => Vec::new(),
    }
}

/// Draws them at the lower end of `area`.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App) {
    let choices = choices(app);
    let Some(prompt) = app.prompt.as_ref().filter(|_| !choices.is_empty()) else { return };
    let count = choices.len().min(SHOWN).min(usize::from(area.height));
    let first = (prompt.choice + 1).saturating_sub(count);
    let height = count as u16;
    let names = choices.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let widest = choices.iter().map(|(_, help)| names + 4 + help.width()).max().unwrap_or(0);
    let width = u16::try_from(widest).unwrap_or(u16::MAX).min(area.width);
    let shown = Rect { y: area.bottom() - height, height, width, ..area };
    Clear.render(shown, buffer);
    for (y, (name, help)) in choices.iter().skip(first).take(count).enumerate() {
        put(buffer, shown, 1, y, name, app.theme.style(Ink::Name));
        put(buffer, shown, names + 3, y, help, app.theme.style(Ink::Text));
        paint(buffer, shown, y, app.theme.style(Ink::Shadow));
        if first + y == prompt.choice {
            put(buffer, shown, 0, y, "▸", app.theme.style(Ink::Heading));
            paint(buffer, shown, y, app.theme.style(Ink::Cursor));
        }
    }
}
