//! The connections as a table: one line each, its verdict last.

use std::fmt::Write as _;
use std::io::Write;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::mpsc::sync_channel;
use std::thread;

use rustc_hash::FxHashMap;
use unicode_width::UnicodeWidthStr;

use crate::connection::{Connection, Protocols};
use crate::diagnostic::Severity;
use crate::error::Error;
use crate::event::{Endpoint, Side, Verdict};
use crate::locale::Lang;
use crate::model::units::{push_duration, push_number, push_size};
use crate::safe;

/// Connections in order, in chunks that can be gone through apart from each other.
pub trait Rows: Sync {
    /// How many chunks there are.
    fn chunks(&self) -> usize;

    /// Goes through the connections of one.
    fn each(&self, chunk: usize, take: &mut dyn FnMut(&Connection));
}

impl Rows for Vec<Connection> {
    fn chunks(&self) -> usize {
        1
    }

    fn each(&self, _chunk: usize, take: &mut dyn FnMut(&Connection)) {
        self.iter().for_each(take);
    }
}

/// Writes the head and a line for each connection, on so many cores. `width`: cells a line may have; the verdict is cut
/// there.
pub fn write(
    rows: &dyn Rows,
    cores: usize,
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
    ];
    let named = head.map(|cell| cell.width());
    let mut widths = named;
    let measure = |row: &mut Row, chunk| {
        let mut widths = named;
        rows.each(chunk, &mut |connection| row.measure(connection, &mut widths));
        widths
    };
    in_order(rows.chunks(), cores, measure, |chunk| {
        widths.iter_mut().zip(chunk).for_each(|(width, wide)| *width = wide.max(*width));
        Ok(())
    })?;
    let mut write = |text: String| {
        out.write_all(text.as_bytes()).map_err(|cause| Error::Write { what: "the table".to_owned(), cause })
    };
    let mut first = String::new();
    push_line(head, std::array::from_fn(|place| named[place]), &widths, width, &mut first);
    write(first)?;
    let print = |(row, said): &mut (Row, Said), chunk| {
        let mut text = String::new();
        rows.each(chunk, &mut |connection| {
            row.fill(connection);
            let mut cells: [&str; 9] = std::array::from_fn(|place| row.cell(place));
            cells[8] = said.verdict(connection, lang);
            push_line(cells, row.wide, &widths, width, &mut text);
        });
        text
    };
    in_order(rows.chunks(), cores, print, write)
}

/// Does `work` on so many cores for each chunk, with what one core keeps from chunk to chunk, and hands what comes of it
/// to `take` in order.
fn in_order<Kept: Default, Made: Send>(
    chunks: usize,
    cores: usize,
    work: impl Fn(&mut Kept, usize) -> Made + Sync,
    mut take: impl FnMut(Made) -> Result<(), Error>,
) -> Result<(), Error> {
    let workers = cores.min(chunks);
    if workers < 2 {
        let mut kept = Kept::default();
        return (0..chunks).try_for_each(|chunk| take(work(&mut kept, chunk)));
    }
    thread::scope(|scope| {
        let work = &work;
        let begin = |first: usize| {
            let (made, taken) = sync_channel(1);
            scope.spawn(move || {
                let mut kept = Kept::default();
                // Nobody takes any more where writing failed.
                let _ =
                    (first..chunks).step_by(workers).try_for_each(|chunk| made.send(work(&mut kept, chunk)));
            });
            taken
        };
        let lines: Vec<_> = (0..workers).map(begin).collect();
        let mut made = lines.iter().cycle().take(chunks).map_while(|line| line.recv().ok());
        made.try_for_each(&mut take)
    })
}

/// Adds a line of cells, each so `wide`, in columns of these widths to `text`.
fn push_line(
    cells: [&str; 9],
    wide: [usize; 8],
    widths: &[usize; 9],
    width: Option<usize>,
    text: &mut String,
) {
    let start = text.len();
    align(cells, wide, widths, text);
    if let Some(width) = width
        && let line = &text[start..]
        && line.width() > width
    {
        let line = cut(line, width);
        text.truncate(start);
        text.push_str(&line);
    }
    text.truncate(start + text[start..].trim_end().len());
    text.push('\n');
}

/// The cells of a connection's line but for its verdict, one after the other.
#[derive(Default)]
struct Row {
    text: String,
    ends: [usize; 8],
    /// How many columns each is wide.
    wide: [usize; 8],
    /// The protocols that were written last, and how wide they are: most connections have the same.
    protocols: (Protocols, String, usize),
}

impl Row {
    fn fill(&mut self, connection: &Connection) {
        self.know(connection.protocols);
        let Row { text, ends, wide, protocols: (_, protocols, columns) } = self;
        text.clear();
        let mut start = 0;
        for (place, (end, wide)) in ends.iter_mut().zip(wide).enumerate() {
            match place {
                0 => push_number(text, connection.id.into()),
                1 => push_endpoint(text, connection.endpoint(Side::Client)),
                2 => push_endpoint(text, connection.endpoint(Side::Server)),
                3 => text.push_str(protocols),
                4 => push_number(text, connection.packets[0] + connection.packets[1]),
                5 => push_size(text, connection.payload[0]),
                6 => push_size(text, connection.payload[1]),
                _ => push_duration(text, connection.end.since(connection.start)),
            }
            *wide = if place == 3 { *columns } else { cells_of(&text[start..]) };
            *end = text.len();
            start = *end;
        }
    }

    fn cell(&self, place: usize) -> &str {
        let end = |place: usize| self.ends.get(place).copied().unwrap_or(self.text.len());
        &self.text[if place > 0 { end(place - 1) } else { 0 }..end(place)]
    }

    /// Makes the columns as wide as this connection needs them; writes only the cells whose width cannot be counted.
    fn measure(&mut self, connection: &Connection, widths: &mut [usize; 9]) {
        self.know(connection.protocols);
        let mut written = |what: &dyn Fn(&mut String)| {
            self.text.clear();
            what(&mut self.text);
            cells_of(&self.text)
        };
        let mut widen = |place: usize, wide: usize| widths[place] = widths[place].max(wide);
        widen(0, digits(connection.id.into()));
        for side in Side::BOTH {
            let end = connection.endpoint(side);
            widen(
                1 + side as usize,
                match end.ip {
                    IpAddr::V4(ip) => {
                        let octets: usize = ip.octets().into_iter().map(|octet| digits(octet.into())).sum();
                        octets + 4 + digits(end.port.into())
                    }
                    IpAddr::V6(_) => written(&|text| push_endpoint(text, end)),
                },
            );
            widen(
                5 + side as usize,
                match connection.payload[side as usize] {
                    few @ 0..10_000 => digits(few) + 2,
                    many => written(&|text| push_size(text, many)),
                },
            );
        }
        widen(3, self.protocols.2);
        widen(4, digits(connection.packets[0] + connection.packets[1]));
        let took = connection.end.since(connection.start);
        // No duration below a minute is wider than `1.23 ms`.
        if widths[7] < 7 || !(0..59_000_000_000).contains(&took) {
            widths[7] = widths[7].max(written(&|text| push_duration(text, took)));
        }
    }

    fn know(&mut self, protocols: Protocols) {
        let (known, text, columns) = &mut self.protocols;
        if *known != protocols {
            text.clear();
            protocols.write("▸", text);
            (*known, *columns) = (protocols, cells_of(text));
        }
    }
}

/// How many decimal digits a number has.
fn digits(number: u64) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
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
    sentences: FxHashMap<Vec<u64>, Rc<str>>,
    key: Vec<u64>,
    last: (Vec<u64>, Rc<str>),
}

impl Said {
    /// So many are kept at most.
    const MOST: usize = 4096;

    /// The verdict, and how many diagnostics of which severity there were, harmless.
    fn verdict(&mut self, connection: &Connection, lang: Lang) -> &str {
        let Said { sentences, key, last } = self;
        key.clear();
        key.extend(count(connection));
        for Verdict { outcome, with: [a, b, c, d] } in &connection.verdicts {
            let pair = |one: u32, other: u32| u64::from(one) << 32 | u64::from(other);
            key.extend([std::ptr::from_ref(*outcome).addr() as u64, pair(*a, *b), pair(*c, *d)]);
        }
        if *key != last.0 {
            if sentences.len() >= Self::MOST {
                sentences.clear();
            }
            let sentence = match sentences.get(key) {
                Some(sentence) => sentence.clone(),
                None => {
                    let sentence: Rc<str> = safe::line(&verdict(connection, lang)).into();
                    sentences.insert(key.clone(), sentence.clone());
                    sentence
                }
            };
            last.0.clone_from(key);
            last.1 = sentence;
        }
        &last.1
    }
}

/// How many errors and warnings were noted.
fn count(connection: &Connection) -> [u64; 2] {
    let mut counts = [0; 2];
    for what in connection.noted.iter() {
        match what.severity {
            Severity::Error => counts[0] += 1,
            Severity::Warning => counts[1] += 1,
            Severity::Info => {}
        }
    }
    counts
}

/// The verdict, and how many diagnostics of which severity there were.
fn verdict(connection: &Connection, lang: Lang) -> String {
    let mut text = connection.verdict(lang);
    match count(connection) {
        [0, 0] => {}
        [0, warnings] => {
            text.push_str(&lang.pick(format!(" [{warnings} warnings]"), format!(" [경고 {warnings}]")))
        }
        [errors, _] => {
            text.push_str(&lang.pick(format!(" [{errors} violations]"), format!(" [위반 {errors}]")))
        }
    }
    text
}

/// Adds the cells, each so `wide`, in columns of these widths to `text`.
fn align(cells: [&str; 9], wide: [usize; 8], widths: &[usize; 9], text: &mut String) {
    for (place, (cell, width)) in cells.into_iter().zip(widths).enumerate() {
        let Some(wide) = wide.get(place) else { return text.push_str(cell) };
        let blanks = width.saturating_sub(*wide);
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
