//! The table of connections.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::connection::Connection;
use crate::event::{Side, Tone};
use crate::locale::Lang;
use crate::model::units::{duration, size};
use crate::render::cells::{Charset, wrap};
use crate::safe;
use crate::tui::app::App;
use crate::tui::column::Column;
use crate::tui::list::{processes, protocols, state, time_of_day, tone};
use crate::tui::panes::{Areas, paint, put, put_right};
use crate::tui::pulse::SECONDS;
use crate::tui::theme::Ink;

/// Cells before the first column: the cursor and the tick.
const LEAD: usize = 3;
/// The order in which columns find room.
const WORTH: [Column; 12] = [
    Column::Client,
    Column::Server,
    Column::Protocols,
    Column::Packets,
    Column::State,
    Column::Process,
    Column::Activity,
    Column::Sent,
    Column::Received,
    Column::Duration,
    Column::Rtt,
    Column::Start,
];
/// The verdict has at least so many cells before further columns find room.
const VERDICT: usize = 24;

/// Draws the table, and below it the verdict of the connection under the cursor.
pub fn draw(buffer: &mut Buffer, areas: &Areas, app: &App) {
    let columns = columns(app, usize::from(areas.rows.width));
    for (column, x, width) in &columns {
        let mut name = column.name(app.lang).to_owned();
        let (sorted, reversed) = app.list.sort;
        if sorted.unwrap_or(Column::Number) == *column {
            name.push(if reversed { '▴' } else { '▾' });
        }
        place(buffer, areas.head, (*column, *x, *width), 0, &name, app.theme.style(Ink::Heading));
    }
    for y in 0..usize::from(areas.rows.height) {
        let place = app.list.top + y;
        let Some(id) = app.list.order.get(place) else { break };
        let Some(connection) = app.list.get(*id) else { break };
        row(buffer, areas.rows, y, app, &connection, &columns);
        if place == app.list.cursor {
            put(buffer, areas.rows, 0, y, "▸", app.theme.style(Ink::Text));
            paint(buffer, areas.rows, y, app.theme.style(Ink::Cursor));
        }
    }
    if app.list.order.is_empty() {
        put(buffer, areas.rows, 2, 1, nothing(app), app.theme.style(Ink::Dim));
    }
    if let Some(area) = areas.verdict {
        below(buffer, area, app);
    }
}

fn nothing(app: &App) -> &'static str {
    let lang = app.lang;
    match (app.list.len() == 0, app.progress.done) {
        (false, _) => {
            lang.pick("nothing fits the filter: & changes it", "필터에 맞는 연결이 없습니다: &로 바꾸세요")
        }
        (true, true) => lang.pick("no TCP or UDP in this capture", "이 캡처에는 TCP도 UDP도 없습니다"),
        (true, false) if app.live => lang.pick("waiting for traffic …", "트래픽을 기다리는 중 …"),
        (true, false) => lang.pick("reading …", "읽는 중 …"),
    }
}

fn row(
    buffer: &mut Buffer,
    area: Rect,
    y: usize,
    app: &App,
    connection: &Connection,
    columns: &[(Column, usize, usize)],
) {
    if app.list.ticked.contains(&connection.id) {
        put(buffer, area, 1, y, "✓", app.theme.style(Ink::Tone(Tone::Good)));
    }
    if app.list.pulse.is_active(connection.id) {
        put(buffer, area, 2, y, "•", app.theme.style(Ink::Heading));
    }
    for (column, x, width) in columns {
        let ink = match column {
            Column::Verdict => Ink::Tone(tone(connection)),
            Column::Client | Column::Server => Ink::Text,
            Column::Protocols | Column::Activity => Ink::Name,
            _ => Ink::Dim,
        };
        let text = match column {
            Column::Activity => app.list.pulse.bars(connection.id),
            _ => cell(*column, connection, app.progress.done, app.lang),
        };
        let text = match column {
            Column::Client | Column::Server => Charset::Ladder.fit_socket(&text, *width).into_owned(),
            _ => Charset::Ladder.fit(&text, *width).into_owned(),
        };
        place(buffer, area, (*column, *x, *width), y, &text, app.theme.style(ink));
    }
}

fn place(
    buffer: &mut Buffer,
    area: Rect,
    (column, x, width): (Column, usize, usize),
    y: usize,
    text: &str,
    style: ratatui::style::Style,
) {
    let text = Charset::Ladder.fit(text, width);
    if is_number(column) {
        put_right(buffer, area, x + width, y, &text, style);
    } else {
        put(buffer, area, x, y, &text, style);
    }
}

fn is_number(column: Column) -> bool {
    use Column::{Duration, Number, Packets, Received, Rtt, Sent};
    matches!(column, Number | Packets | Sent | Received | Duration | Rtt)
}

fn cell(column: Column, connection: &Connection, over: bool, lang: Lang) -> String {
    match column {
        Column::Number => connection.id.to_string(),
        Column::Start => time_of_day(connection.start),
        Column::Client => connection.endpoint(Side::Client).to_string(),
        Column::Server => connection.endpoint(Side::Server).to_string(),
        Column::Process => processes(connection),
        Column::Activity => String::new(),
        Column::Protocols => protocols(connection),
        Column::State => state(connection, over, lang).to_owned(),
        Column::Packets => (connection.packets[0] + connection.packets[1]).to_string(),
        Column::Sent => size(connection.payload[0]),
        Column::Received => size(connection.payload[1]),
        Column::Duration => duration(connection.end.since(connection.start)),
        Column::Rtt => connection.handshake_rtt.map_or_else(String::new, duration),
        Column::Verdict => verdict(connection, lang),
    }
}

/// The verdict with a mark, so that it can be told without colours.
fn verdict(connection: &Connection, lang: Lang) -> String {
    let mark = match tone(connection) {
        Tone::Good => "✓",
        Tone::Neutral => "•",
        Tone::Doubtful => "?",
        Tone::Bad => "✕",
    };
    format!("{mark} {}", safe::line(&connection.verdict(lang)))
}

/// A connection on one line, for copying and searching.
pub fn line(connection: &Connection, lang: Lang) -> String {
    let cells: Vec<String> = Column::all()
        .map(|column| cell(column, connection, true, lang))
        .filter(|cell| !cell.is_empty())
        .collect();
    cells.join("  ")
}

/// The columns that find room, each with its first cell and its width.
fn columns(app: &App, width: usize) -> Vec<(Column, usize, usize)> {
    let lang = app.lang;
    let sorted = app.list.sort.0.unwrap_or(Column::Number);
    let digits = app.list.highest().to_string().len();
    let wide = |column: Column| {
        let content = match column {
            Column::Number => digits,
            Column::Start => 12,
            Column::Client => app.list.widest[0].clamp(9, if width < 110 { 15 } else { 27 }),
            Column::Server => app.list.widest[1].clamp(9, if width < 110 { 15 } else { 27 }),
            Column::Protocols => app.list.widest[2].clamp(6, 16),
            Column::Process => app.list.widest[3].clamp(8, if width < 150 { 16 } else { 32 }),
            Column::Activity => SECONDS,
            Column::State => 7,
            Column::Packets => 6,
            Column::Sent | Column::Received | Column::Duration | Column::Rtt => 8,
            Column::Verdict => VERDICT,
        };
        content.max(column.name(lang).width() + usize::from(sorted == column))
    };
    let least = VERDICT.min(width / 3);
    let cells = |column: Column| if column == Column::Verdict { least } else { wide(column) };
    let mut used = LEAD;
    let mut fits = |column: &Column| {
        let fits = used + cells(*column) <= width;
        used += if fits { cells(*column) + 2 } else { 0 };
        fits
    };
    let mut columns: Vec<Column> = if app.list.columns.is_empty() {
        let first = [Column::Number, Column::Verdict];
        let worth = WORTH.into_iter().filter(|column| match column {
            Column::Process => app.list.widest[3] > 0,
            Column::Activity => app.list.pulse.is_beating() || app.live && !app.progress.done,
            _ => true,
        });
        let chosen: Vec<Column> = first.into_iter().chain(worth).filter(&mut fits).collect();
        Column::all().filter(|column| chosen.contains(column)).collect()
    } else {
        app.list.columns.iter().copied().filter(&mut fits).collect()
    };
    if columns.is_empty() {
        columns.push(Column::Number);
    }
    // What room is left is the verdict's.
    let spare =
        width.saturating_sub(LEAD + columns.iter().map(|column| cells(*column) + 2).sum::<usize>() - 2);
    let mut x = LEAD;
    let mut placed = Vec::new();
    for column in columns {
        let cells = if column == Column::Verdict { least + spare } else { wide(column) };
        placed.push((column, x, cells));
        x += cells + 2;
    }
    placed
}

/// The columns that are shown, from left to right.
pub fn shown(app: &App) -> Vec<Column> {
    columns(app, usize::from(app.size.0)).into_iter().map(|(column, ..)| column).collect()
}

/// The column whose head is at `x`.
pub fn column_at(app: &App, head: Rect, x: u16) -> Option<Column> {
    let x = usize::from(x - head.x);
    let columns = columns(app, usize::from(head.width));
    columns.iter().rev().find(|(_, start, _)| *start <= x).map(|(column, ..)| *column)
}

fn below(buffer: &mut Buffer, area: Rect, app: &App) {
    let rule = "─".repeat(usize::from(area.width));
    put(buffer, area, 0, 0, &rule, app.theme.style(Ink::Border));
    if !app.filter.is_empty() {
        let text = format!("{} {} ", app.lang.pick(" filter:", " 필터:"), safe::line(&app.filter));
        put(buffer, area, 2, 0, &text, app.theme.style(Ink::Heading));
    }
    let current = app.list.current().and_then(|id| app.list.get(id));
    let Some(connection) = current else { return };
    let mut text = verdict(&connection, app.lang);
    let told: Vec<&str> = connection
        .noted
        .iter()
        .filter(|what| what.severity > crate::diagnostic::Severity::Info)
        .map(|what| what.id)
        .collect();
    if !told.is_empty() {
        text.push_str(&format!("  [{}]", told.join(", ")));
    }
    let lines = wrap(&text, usize::from(area.width).saturating_sub(2));
    let style = app.theme.style(Ink::Tone(tone(&connection)));
    let room = Rect { width: area.width.saturating_sub(1), ..area };
    if let Some((first, rest)) = lines.split_first() {
        put(buffer, room, 1, 1, first, style);
        // What the second line has no room for ends in an ellipsis.
        put(buffer, room, 1, 2, &rest.join(" "), style);
    }
}
