//! Diagrams in the form in which articles draw them with a keyboard: who asks, who answers, whether the connection
//! stays; or the steps of an opening and the heads of an upgrade, as they were sent.
//!
//! A trace goes in, lines come out. They follow from what the trace holds:
//!
//! - Connections one after another between the same two parties are one diagram; only its first line names them.
//! - A connection with requests shows each request and response, and after a response whether the connection stays.
//!   One that only carries data shows that it is set up and stays, and once for each side, in the order in which
//!   they began, that it may send. One that switches its protocol, or never carries anything, shows its opening
//!   packet by packet, then both heads of the switch.
//! - A connection that is closed is said to be so once: after the response that announces it, else where it happens.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::connection::{Connection, Transport};
use crate::event::{Class, Endpoint, Event, Field, Phase, Side, Value};
use crate::locale::Lang;
use crate::model::trace::Trace;
use crate::safe;

/// Prints the diagrams of `trace`. Fails where `out` does.
pub fn print(out: &mut dyn Write, trace: &Trace, lang: Lang) -> io::Result<()> {
    for line in lines(trace, lang) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The lines of the diagrams of `trace`; empty lines stand between diagrams, and between the parts of one.
pub fn lines(trace: &Trace, lang: Lang) -> Vec<String> {
    let connections = by_connection(trace);
    let stories: Vec<Story<'_>> =
        connections.iter().map(|(connection, events)| Story::of(connection, events)).collect();
    let several = stories.windows(2).any(|pair| pair[0].parties() != pair[1].parties());
    let mut lines = Vec::new();
    let mut named = None;
    for chapter in stories.chunk_by(Story::continues) {
        let Some(first) = chapter.first() else { continue };
        let drawn = match first.form {
            Form::Steps => chapter.iter().flat_map(|story| story.steps(lang)).collect(),
            Form::Asking | Form::Talking => {
                let rows: Vec<Row> = chapter.iter().flat_map(|story| story.rows(lang)).collect();
                vec![ladder(&rows)]
            }
        };
        if several && named != Some(first.parties()) {
            let (client, server) = first.parties();
            lines.extend([String::new(), format!("{client} -> {server}")]);
            named = Some(first.parties());
        }
        for block in drawn.into_iter().filter(|block: &Vec<String>| !block.is_empty()) {
            lines.push(String::new());
            lines.extend(block);
        }
    }
    lines.drain(..lines.len().min(1));
    lines
}

/// The events of each connection, those left out that say nothing of their own.
fn by_connection(trace: &Trace) -> Vec<(&Connection, Vec<&Event>)> {
    let mut connections: Vec<(&Connection, Vec<&Event>)> =
        trace.connections.iter().map(|connection| (connection, Vec::new())).collect();
    let places: std::collections::HashMap<u32, usize> =
        trace.connections.iter().enumerate().map(|(place, connection)| (connection.id, place)).collect();
    for traced in trace.events.iter() {
        if let Some(&place) = places.get(&traced.connection)
            && !matches!(traced.event.class, Class::Control | Class::Part)
        {
            connections[place].1.push(&traced.event);
        }
    }
    connections
}

/// What happened on a connection, and how it is told.
struct Story<'a> {
    connection: &'a Connection,
    events: &'a [&'a Event],
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Steps,
    Asking,
    Talking,
}

/// A line of a ladder.
enum Row {
    Arrow(Way, String),
    Fence(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Right,
    Left,
    Both,
}

impl<'a> Story<'a> {
    fn of(connection: &'a Connection, events: &'a [&'a Event]) -> Story<'a> {
        let has = |class| events.iter().any(|event| event.class == class);
        let switches =
            events.iter().any(|event| event.class == Class::Request && event.phase == Phase::Upgrade);
        let form = if switches || !(has(Class::Request) || has(Class::Response) || has(Class::Message)) {
            Form::Steps
        } else if has(Class::Request) || has(Class::Response) {
            Form::Asking
        } else {
            Form::Talking
        };
        Story { connection, events, form }
    }

    fn parties(&self) -> (std::net::IpAddr, Endpoint) {
        (self.connection.endpoint(Side::Client).ip, self.connection.endpoint(Side::Server))
    }

    fn continues(&self, next: &Story<'_>) -> bool {
        self.parties() == next.parties() && self.form == next.form
    }

    fn rows(&self, lang: Lang) -> Vec<Row> {
        match self.form {
            Form::Asking => self.asking(lang),
            _ => self.talking(lang),
        }
    }

    /// Requests, responses, what is sent unasked, and whether the connection stays.
    fn asking(&self, lang: Lang) -> Vec<Row> {
        let mut rows: Vec<Row> = self.secured(lang).into_iter().collect();
        let mut closed = false;
        for event in self.events {
            let teller = event.facts.kind().split('.').next().unwrap_or_default().to_ascii_uppercase();
            match event.class {
                Class::Request => rows.push(Row::Arrow(way(event.side), format!("{teller} Request"))),
                Class::Response => {
                    rows.push(Row::Arrow(way(event.side), format!("{teller} Response")));
                    match persistent(event) {
                        Some(true) => rows.push(Row::Fence(kept(lang))),
                        Some(false) => {
                            rows.push(Row::Fence(ended(lang)));
                            closed = true;
                        }
                        None => {}
                    }
                }
                Class::Message => rows.push(Row::Arrow(way(event.side), may_send(lang))),
                _ if is_end(event) && !closed => {
                    rows.push(Row::Fence(ended(lang)));
                    closed = true;
                }
                _ => {}
            }
        }
        rows
    }

    /// That it is set up, stays, and who may send.
    fn talking(&self, lang: Lang) -> Vec<Row> {
        let mut rows = Vec::new();
        let transport = self.connection.transport;
        let opened =
            Side::BOTH.map(|side| self.events.iter().any(|e| e.class == Class::Open && e.side == side));
        if opened == [true; 2] {
            let name = transport.name().to_ascii_uppercase();
            rows.push(Row::Arrow(
                Way::Right,
                format!("{name} {}", lang.pick("connection setup", "연결 수립")),
            ));
        }
        rows.extend(self.secured(lang));
        if transport == Transport::Tcp {
            rows.push(Row::Arrow(Way::Both, lang.pick("connection stays open", "연결 유지 상태").to_owned()));
        }
        let mut sent = [false; 2];
        for event in self.events.iter().filter(|event| event.class == Class::Message) {
            if !std::mem::replace(&mut sent[event.side as usize], true) {
                rows.push(Row::Arrow(way(event.side), may_send(lang)));
            }
        }
        if transport == Transport::Tcp {
            let closed = self.events.iter().any(|event| is_end(event));
            rows.push(Row::Fence(if closed { ended(lang) } else { kept(lang) }));
        }
        rows
    }

    fn secured(&self, lang: Lang) -> Option<Row> {
        let first = self.events.iter().find(|event| event.phase == Phase::Secure)?;
        let teller = first.facts.kind().split('.').next().unwrap_or_default().to_ascii_uppercase();
        Some(Row::Arrow(Way::Both, format!("{teller} {}", lang.pick("handshake", "핸드셰이크"))))
    }

    /// The packets of the opening, the messages of a secure handshake, the heads of an upgrade: a block each.
    fn steps(&self, lang: Lang) -> Vec<Vec<String>> {
        let phase_of = |event: &Event| if event.class == Class::Open { Phase::Connect } else { event.phase };
        let told = |phase: Phase| self.events.iter().filter(move |event| phase_of(event) == phase);
        let step = |event: &&Event| {
            let label = safe::line(&event.facts.label(lang)).replace(", ", "+");
            format!("{} -> {label} -> {}", name(event.side), name(event.side.other()))
        };
        let mut opening: Vec<String> = told(Phase::Connect).map(step).collect();
        if !opening.is_empty() && !self.events.iter().any(|event| event.side == Side::Server) {
            opening.push(lang.pick("[no answer]", "[응답 없음]").to_owned());
        }
        let mut blocks = vec![opening, told(Phase::Secure).map(step).collect()];
        for event in told(Phase::Upgrade) {
            let teller = event.facts.kind().split('.').next().unwrap_or_default().to_ascii_uppercase();
            let what = match event.class {
                Class::Request => "Upgrade Request",
                Class::Response => "Response",
                _ => continue,
            };
            let mut block = vec![format!("{} -> {teller} {what}:", name(event.side))];
            block.extend(head(&event.facts.fields()));
            blocks.push(block);
        }
        if blocks.iter().all(Vec::is_empty) {
            blocks.push(self.events.iter().map(step).collect());
        }
        blocks
    }
}

fn way(side: Side) -> Way {
    match side {
        Side::Client => Way::Right,
        Side::Server => Way::Left,
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Client => "Client",
        Side::Server => "Server",
    }
}

fn kept(lang: Lang) -> &'static str {
    lang.pick("[connection stays]", "[연결 유지]")
}

fn ended(lang: Lang) -> &'static str {
    lang.pick("[connection closed]", "[연결 종료]")
}

fn may_send(lang: Lang) -> String {
    lang.pick("data may be sent", "데이터 송신 가능").to_owned()
}

/// Whether the transport ends: both sides close, or one resets.
fn is_end(event: &Event) -> bool {
    event.phase == Phase::Close && matches!(event.class, Class::Close | Class::Trouble)
}

/// Whether the connection stays after a response; `None` where that is not said, as after an interim one.
fn persistent(response: &Event) -> Option<bool> {
    let fields = response.facts.fields();
    let field = fields.iter().find(|field| field.name == "persistent")?;
    if let Value::Bool(persistent) = field.value { Some(persistent) } else { None }
}

/// The head of a message as it was sent: its first line and its header lines.
fn head(fields: &[Field]) -> Vec<String> {
    let value = |name: &str| fields.iter().find(|field| field.name == name).map(|field| text(&field.value));
    let start: Vec<String> = match value("method") {
        Some(method) => [Some(method), value("target"), value("version")].into_iter().flatten().collect(),
        None => ["version", "status", "reason"].iter().filter_map(|name| value(name)).collect(),
    };
    let mut lines = vec![safe::line(&start.join(" "))];
    if let Some(Field { value: Value::List(headers), .. }) =
        fields.iter().find(|field| field.name == "headers")
    {
        for header in headers {
            if let Value::List(pair) = header {
                let pair: Vec<String> = pair.iter().map(text).collect();
                lines.push(safe::line(&pair.join(": ")));
            }
        }
    }
    lines
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Cells of the first arrow on each side of its label's blanks, its head included.
const WING: usize = 11;
/// What stands left of arrows where the client is not named, as wide as its name and two blanks.
const MARGIN: &str = "        ";

/// Arrows and fences as lines. The first arrow sets the width of all, unless a longer label needs more.
fn ladder(rows: &[Row]) -> Vec<String> {
    let labels = || {
        rows.iter().filter_map(|row| if let Row::Arrow(_, label) = row { Some(label.width()) } else { None })
    };
    let first = labels().next().unwrap_or_default() + 2 + 2 * WING;
    let width = labels().map(|label| label + 2 + WING).fold(first, usize::max);
    let mut lines: Vec<String> = Vec::new();
    let mut after_fence = false;
    for row in rows {
        match row {
            Row::Fence(text) => lines.push(format!("{MARGIN}{text}")),
            Row::Arrow(way, label) => {
                let arrow = arrow(*way, label, width);
                lines.push(match lines.is_empty() {
                    true => format!("Client  {arrow}  Server"),
                    // A new exchange begins as the first did, up to the column of the server.
                    false if after_fence && *way == Way::Right => format!("{MARGIN}{arrow}  "),
                    false => format!("{MARGIN}{arrow}"),
                });
            }
        }
        after_fence = matches!(row, Row::Fence(_));
    }
    lines
}

/// An arrow of `width` cells with its label in the middle: behind it as many dashes as in the first arrow, where
/// the label then stands in the middle to within one cell.
fn arrow(way: Way, label: &str, width: usize) -> String {
    let room = width.saturating_sub(label.width() + 2);
    let head = usize::from(way != Way::Left);
    let like_first = WING - 1 + head;
    let right = match room.checked_sub(like_first) {
        Some(left) if left.abs_diff(like_first) <= 1 => like_first,
        _ => room.div_ceil(2),
    };
    let left = room - right;
    let (start, end) = match way {
        Way::Right => ("-".repeat(left), "-".repeat(right.saturating_sub(1)) + ">"),
        Way::Left => ("<".to_owned() + &"-".repeat(left.saturating_sub(1)), "-".repeat(right)),
        Way::Both => {
            ("<".to_owned() + &"-".repeat(left.saturating_sub(1)), "-".repeat(right.saturating_sub(1)) + ">")
        }
    };
    format!("{start} {label} {end}")
}
