//! The connections as a table: one line each, its verdict last.

use std::fmt::Write as _;
use std::io::Write;
use std::net::IpAddr;

use rustc_hash::FxHashMap;
use unicode_width::UnicodeWidthStr;

use crate::connection::Connection;
use crate::diagnostic::Severity;
use crate::error::Error;
use crate::event::{Endpoint, Side, Verdict};
use crate::locale::Lang;
use crate::model::units::{push_duration, push_number, push_size};
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
    let (mut row, mut said) = (Row::default(), Said::default());
    for connection in connections.clone() {
        row.fill(connection);
        for (place, width) in widths.iter_mut().enumerate() {
            *width = (*width).max(cells_of(row.cell(place)));
        }
    }
    let mut text = String::new();
    let mut line = |cells: [&str; 9]| {
        text.clear();
        align(cells, &widths, &mut text);
        if let Some(width) = width.filter(|width| text.width() > *width) {
            text = cut(&text, width);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        out.write_all(text.as_bytes()).map_err(|cause| Error::Write { what: "the table".to_owned(), cause })
    };
    line(head.each_ref().map(String::as_str))?;
    for connection in connections {
        row.fill(connection);
        let mut cells: [&str; 9] = std::array::from_fn(|place| row.cell(place));
        cells[8] = said.verdict(connection, lang);
        line(cells)?;
    }
    Ok(())
}

/// The cells of a connection's line but for its verdict, one after the other.
#[derive(Default)]
struct Row {
    text: String,
    ends: [usize; 8],
}

impl Row {
    fn fill(&mut self, connection: &Connection) {
        let Row { text, ends } = self;
        text.clear();
        for (place, end) in ends.iter_mut().enumerate() {
            match place {
                0 => push_number(text, connection.id.into()),
                1 => push_endpoint(text, connection.endpoint(Side::Client)),
                2 => push_endpoint(text, connection.endpoint(Side::Server)),
                3 => connection.protocols.write("▸", text),
                4 => push_number(text, connection.packets[0] + connection.packets[1]),
                5 => push_size(text, connection.payload[0]),
                6 => push_size(text, connection.payload[1]),
                _ => push_duration(text, connection.end.since(connection.start)),
            }
            *end = text.len();
        }
    }

    fn cell(&self, place: usize) -> &str {
        let end = |place: usize| self.ends.get(place).copied().unwrap_or(self.text.len());
        &self.text[if place > 0 { end(place - 1) } else { 0 }..end(place)]
    }
}

fn push_endpoint(text: &mut String, end: Endpoint) {
    let IpAddr::V4(ip) = end.ip else {
        // Writing to a string does not fail.
        let _ = write!(text, "{end}");
        return;
    };
    for (place, octet) in ip.octets().into_iter().enumerate() {
        text.extend((place > 0).then_some('.'));
        push_number(text, octet.into());
    }
    text.push(':');
    push_number(text, end.port.into());
}

/// Sentences that were made already: of many connections most went the same way.
#[derive(Default)]
struct Said {
    sentences: FxHashMap<Vec<u64>, String>,
    key: Vec<u64>,
}

impl Said {
    /// So many are kept at most.
    const MOST: usize = 4096;

    /// The verdict, and how many diagnostics of which severity there were, harmless.
    fn verdict(&mut self, connection: &Connection, lang: Lang) -> &str {
        let Said { sentences, key } = self;
        key.clear();
        key.extend([Severity::Error, Severity::Warning].map(|severity| count(connection, severity)));
        for Verdict { outcome, with: [a, b, c, d] } in &connection.verdicts {
            let pair = |one: u32, other: u32| u64::from(one) << 32 | u64::from(other);
            key.extend([std::ptr::from_ref(*outcome).addr() as u64, pair(*a, *b), pair(*c, *d)]);
        }
        if sentences.len() >= Self::MOST {
            sentences.clear();
        }
        if !sentences.contains_key(key) {
            sentences.insert(key.clone(), safe::line(&verdict(connection, lang)));
        }
        &sentences[key]
    }
}

fn count(connection: &Connection, severity: Severity) -> u64 {
    connection.noted.iter().filter(|what| what.severity == severity).count() as u64
}

/// The verdict, and how many diagnostics of which severity there were.
fn verdict(connection: &Connection, lang: Lang) -> String {
    let mut text = connection.verdict(lang);
    match (count(connection, Severity::Error), count(connection, Severity::Warning)) {
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

/// Adds the cells in columns of these widths to `text`.
fn align(cells: [&str; 9], widths: &[usize; 9], text: &mut String) {
    for (place, (cell, wide)) in cells.into_iter().zip(widths).enumerate() {
        if place == 8 {
            return text.push_str(cell);
        }
        let blanks = wide.saturating_sub(cells_of(cell));
        match place {
            // Numbers stand to the right.
            0 | 4..=7 => {
                push_blanks(text, blanks);
                text.push_str(cell);
                text.push_str("  ");
            }
            _ => {
                text.push_str(cell);
                push_blanks(text, blanks + 2);
            }
        }
    }
}

/// How many cells a text is wide.
fn cells_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

fn push_blanks(text: &mut String, mut count: usize) {
    const BLANKS: &str = "                                ";
    while count > 0 {
        let some = count.min(BLANKS.len());
        text.push_str(&BLANKS[..some]);
        count -= some;
    }
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
