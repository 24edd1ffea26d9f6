//! The connections as a table: one line each, its verdict last.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use crate::connection::Connection;
use crate::error::Error;
use crate::event::Side;
use crate::locale::Lang;
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
        protocols(connection),
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

/// The protocols above the transport, or the transport alone: `TLS▸HTTP/1.1▸WebSocket`.
pub fn protocols(connection: &Connection) -> String {
    let names: Vec<String> = connection.protocols.names().map(|name| display_name(name).to_owned()).collect();
    names.join("▸")
}

/// A protocol's name as people write it.
fn display_name(name: &str) -> String {
    match name {
        "websocket" => "WS".to_owned(),
        "http/1.1" => "HTTP".to_owned(),
        other => other.to_uppercase(),
    }
}

/// Bytes with three digits and a unit: `1.21 kB`.
pub fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    for unit in ["kB", "MB", "GB", "TB"] {
        value /= 1000.0;
        if value < 999.5 {
            let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
            return format!("{value:.digits$} {unit}");
        }
    }
    format!("{value:.0} TB")
}

/// A duration with three digits and a unit: `416 µs`, `12.5 ms`, `3.02 s`.
pub fn duration(nanos: i64) -> String {
    let (sign, nanos) = if nanos < 0 { ("−", nanos.unsigned_abs()) } else { ("", nanos.unsigned_abs()) };
    let three = |value: f64, unit: &str| {
        let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
        format!("{sign}{value:.digits$} {unit}")
    };
    match nanos {
        0 => "0".to_owned(),
        1..=999 => format!("{sign}{nanos} ns"),
        1_000..=999_499 => three(nanos as f64 / 1e3, "µs"),
        999_500..=999_499_999 => three(nanos as f64 / 1e6, "ms"),
        _ if nanos < 600_000_000_000 => three(nanos as f64 / 1e9, "s"),
        _ => {
            let seconds = nanos / 1_000_000_000;
            format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_have_three_digits() {
        let told: Vec<String> =
            [0, 999, 1_500, 41_600, 999_600, 12_345_678, 3_020_000_000, 7_322_000_000_000, -2_000]
                .into_iter()
                .map(duration)
                .collect();
        assert_eq!(
            told,
            ["0", "999 ns", "1.50 µs", "41.6 µs", "1.00 ms", "12.3 ms", "3.02 s", "2:02:02", "−2.00 µs"]
        );
        assert_eq!(
            [0, 999, 1210, 99_960, 1_000_000].map(size),
            ["0 B", "999 B", "1.21 kB", "100 kB", "1.00 MB"]
        );
    }
}
