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
//! - A connection that is closed is said to be so once: after the response that announces it, else where it happens,
//!   which is when both sides have sent FIN. One that is reset, refused, or closed by one side alone is said to be that.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::connection::{Close, Connection, Transport};
use crate::event::{Class, Endpoint, Event, Field, Phase, Side, Value};
use crate::frame::FrameNumber;
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

    /// Requests in the order in which they began, responses and what is sent unasked in the order in which they were
    /// complete, and whether the connection stays. A response that carries messages stands before them.
    fn asking(&self, lang: Lang) -> Vec<Row> {
        let mut rows: Vec<(FrameNumber, Row)> = self.secured(lang).into_iter().map(|row| (0, row)).collect();
        let end = self.end();
        let mut announced = false;
        let messages = Side::BOTH.map(|side| {
            let sent = self.events.iter().filter(|event| event.class == Class::Message && event.side == side);
            let mut frames: Vec<FrameNumber> = sent.map(|event| span(event).0).collect();
            frames.sort_unstable();
            frames
        });
        for event in self.events {
            let (first, last) = span(event);
            let sent = &messages[event.side as usize];
            let streams =
                sent.get(sent.partition_point(|frame| *frame < first)).is_some_and(|frame| *frame < last);
            let begins = event.class == Class::Request || event.class == Class::Response && streams;
            let mut arrow =
                |label| rows.push((if begins { first } else { last }, Row::Arrow(way(event.side), label)));
            match event.class {
                Class::Request => arrow(with_state(event, format!("{} Request", teller(event)), lang)),
                Class::Response => arrow(with_state(event, format!("{} Response", teller(event)), lang)),
                Class::Message => arrow(may_send(lang)),
                _ => {}
            }
            let stays = if event.class == Class::Response { persistent(event) } else { None };
            let fence = match (stays, end) {
                (Some(true), _) => Some(kept(lang)),
                (Some(false), Some((_, end))) if !is_incomplete(event) => {
                    announced = true;
                    Some(end.say(lang))
                }
                _ => None,
            };
            rows.extend(fence.map(|fence| (last, Row::Fence(fence))));
        }
        if let Some((frame, end)) = end.filter(|_| !announced) {
            rows.push((frame, Row::Fence(end.say(lang))));
        }
        rows.sort_by_key(|(frame, _)| *frame);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// How the transport ended, and in which frame: with a RST, or when both sides had sent FIN.
    fn end(&self) -> Option<(FrameNumber, End)> {
        let (transport, mut closed) = (self.connection.transport.name(), None);
        for event in self.events {
            let (_, frame) = span(event);
            let told = event.facts.kind().split_once('.').filter(|(by, _)| *by == transport);
            match (told.map_or("", |(_, word)| word), closed) {
                ("rst", _) if self.connection.close == Close::Refused => return Some((frame, End::Refused)),
                ("rst", _) => return Some((frame, End::Reset)),
                ("fin", Some((_, side))) if side != event.side => return Some((frame, End::Closed)),
                ("fin", None) => closed = Some((frame, event.side)),
                _ => {}
            }
        }
        closed.map(|(frame, _)| (frame, End::Half))
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
            rows.push(Row::Fence(self.end().map_or(kept(lang), |(_, end)| end.say(lang))));
        }
        rows
    }

    fn secured(&self, lang: Lang) -> Option<Row> {
        let first = self.events.iter().find(|event| event.phase == Phase::Secure)?;
        Some(Row::Arrow(Way::Both, format!("{} {}", teller(first), lang.pick("handshake", "핸드셰이크"))))
    }

    /// The packets of the opening, the messages of a secure handshake, the heads of an upgrade: a block each. Where
    /// nothing follows, also how it ended.
    fn steps(&self, lang: Lang) -> Vec<Vec<String>> {
        let phase_of = |event: &Event| if event.class == Class::Open { Phase::Connect } else { event.phase };
        let told = |phase: Phase| self.events.iter().filter(move |event| phase_of(event) == phase);
        let mut opening: Vec<String> =
            told(Phase::Connect).map(|event| step(event, &words(event, lang))).collect();
        let handshake = told(Phase::Secure).map(|event| {
            let label = words(event, lang);
            match event.facts.is_milestone() {
                true => format!("[{label}]"),
                false => step(event, label.split(" (").next().unwrap_or(&label)),
            }
        });
        let mut handshake: Vec<String> = handshake.collect();
        let heads: Vec<Vec<String>> = told(Phase::Upgrade).filter_map(|event| whole_head(event)).collect();
        if heads.is_empty() {
            let last = if handshake.is_empty() { &mut opening } else { &mut handshake };
            let silent = !self.events.iter().any(|event| event.side == Side::Server);
            let end = self.end();
            if let Some((frame, end @ (End::Refused | End::Reset))) = end {
                let rst = self.events.iter().find(|event| event.frames.last() == Some(&frame));
                last.extend(rst.map(|event| step(event, &words(event, lang))));
                last.push(end.say(lang).to_owned());
            } else if let Some((_, end)) = end {
                last.push(end.say(lang).to_owned());
            } else if silent && !last.is_empty() {
                last.push(lang.pick("[no answer]", "[응답 없음]").to_owned());
            }
        }
        let mut blocks = vec![opening, handshake];
        blocks.extend(heads);
        if blocks.iter().all(Vec::is_empty) {
            blocks.push(self.events.iter().map(|event| step(event, &words(event, lang))).collect());
        }
        blocks
    }
}

/// How a connection ends.
#[derive(Clone, Copy)]
enum End {
    Closed,
    Half,
    Reset,
    Refused,
}

impl End {
    fn say(self, lang: Lang) -> &'static str {
        match self {
            End::Closed => lang.pick("[connection closed]", "[연결 종료]"),
            End::Half => lang.pick("[half closed]", "[반만 닫힘]"),
            End::Reset => lang.pick("[connection reset]", "[연결 리셋]"),
            End::Refused => lang.pick("[connection refused]", "[연결 거부]"),
        }
    }
}

/// The first and the last frame of an event.
fn span(event: &Event) -> (FrameNumber, FrameNumber) {
    let frame = |frame: Option<&FrameNumber>| frame.copied().unwrap_or_default();
    (frame(event.frames.iter().min()), frame(event.frames.iter().max()))
}

/// The protocol that tells an event.
fn teller(event: &Event) -> String {
    event.facts.kind().split('.').next().unwrap_or_default().to_ascii_uppercase()
}

/// A label in single blanks.
fn words(event: &Event, lang: Lang) -> String {
    let label = safe::line(&event.facts.label(lang));
    label.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn step(event: &Event, label: &str) -> String {
    format!("{} -> {label} -> {}", name(event.side), name(event.side.other()))
}

/// The head of an upgrade's request or response below a line that says whose it is.
fn whole_head(event: &Event) -> Option<Vec<String>> {
    let fields = event.facts.fields();
    let is_tunnel = || fields.iter().any(|field| field.name == "method" && text(&field.value) == "CONNECT");
    let what = match event.class {
        Class::Request if is_tunnel() => "CONNECT Request",
        Class::Request => "Upgrade Request",
        Class::Response => "Response",
        _ => return None,
    };
    let mut block = vec![format!("{} -> {} {what}:", name(event.side), teller(event))];
    block.extend(head(&fields));
    Some(block)
}

/// A label with the status of an interim response, and whether the message is not whole.
fn with_state(event: &Event, mut label: String, lang: Lang) -> String {
    for field in event.facts.fields() {
        if let (Class::Response, "status", Value::Number(status @ 100..200)) =
            (event.class, field.name, field.value)
            && status != 101
        {
            label.push_str(&format!(" ({status})"));
        }
    }
    if is_incomplete(event) {
        label.push_str(lang.pick(" (incomplete)", " (불완전)"));
    }
    label
}

fn is_incomplete(event: &Event) -> bool {
    event.facts.fields().iter().any(|field| field.name == "incomplete")
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

fn may_send(lang: Lang) -> String {
    lang.pick("data may be sent", "데이터 송신 가능").to_owned()
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
