//! The connections as a table: one line each, its verdict last.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use crate::connection::Connection;
use crate::error::Error;
use crate::event::Side;
use crate::locale::Lang;
use crate::model::units::{duration, size};
use crate::safe;

/// Writes the head and a line for each connection. `width`: cells a line may have; the verdict is cut there.
pub fn write<'c>(
    connections: impl Iterator<Item = &'c Connection> + Clone,
    lang: Lang,
    width: Option<usize>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let head = [
        "#",
        lang.pick("Client", "클라이언트"),
        lang.pick("Server", "서버"),
        lang.pick("Protocols", "프로토콜"),
        lang.pick("Packets", "패킷"),
        lang.pick("Sent", "보냄"),
        lang.pick("Received", "받음"),
        lang.pick("Time", "시간"),
        lang.pick("Verdict", "판정"),
    ]
    .map(str::to_owned);
    let mut widths = head.each_ref().map(|cell| cell.width());
    for connection in connections.clone() {
        for (width, cell) in widths.iter_mut().zip(cells(connection, lang).iter()) {
            *width = (*width).max(cell.width());
        }
    }
    line(&head, &widths, width, out)?;
    for connection in connections {
        line(&cells(connection, lang), &widths, width, out)?;
    }
    Ok(())
}

/// The cells of a connection's line.
fn cells(connection: &Connection, lang: Lang) -> [String; 9] {
    [
        connection.id.to_string(),
        connection.endpoint(Side::Client).to_string(),
        connection.endpoint(Side::Server).to_string(),
        connection.protocols.written().replace(" ▸ ", "▸"),
        (connection.packets[0] + connection.packets[1]).to_string(),
        size(connection.payload[0]),
        size(connection.payload[1]),
        duration(connection.end.since(connection.start)),
        safe::line(&verdict(connection, lang)),
    ]
}

/// The verdict, and how many diagnostics of which severity there were.
fn verdict(connection: &Connection, lang: Lang) -> String {
    use crate::diagnostic::Severity::{Error, Warning};
    let count = |severity| connection.noted.iter().filter(|what| what.severity == severity).count();
    let mut text = connection.verdict(lang);
    match (count(Error), count(Warning)) {
        (0, 0) => {}
        (0, warnings) => {
            text.push_str(&lang.pick(format!(" [{warnings} warnings]"), format!(" [경고 {warnings}]")))
        }
        (errors, _) => {
            text.push_str(&lang.pick(format!(" [{errors} violations]"), format!(" [위반 {errors}]")))
        }
    }
    text
}

fn line(
    cells: &[String; 9],
    widths: &[usize; 9],
    width: Option<usize>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let mut text = String::new();
    for (place, (cell, wide)) in cells.iter().zip(widths).enumerate() {
        let blanks = " ".repeat(wide.saturating_sub(cell.width()));
        match place {
            8 => text.push_str(cell),
            // Numbers stand to the right.
            0 | 4..=7 => text.extend([&blanks, cell.as_str(), "  "]),
            _ => text.extend([cell.as_str(), &blanks, "  "]),
        }
    }
    if let Some(width) = width.filter(|width| text.width() > *width) {
        text = cut(&text, width);
    }
    writeln!(out, "{}", text.trim_end()).map_err(|cause| Error::Write { what: "the table".to_owned(), cause })
}

/// `text` in at most `width` cells, with `…` where it was cut.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        kept.push(c);
    }
    kept.push('…');
    kept
}
