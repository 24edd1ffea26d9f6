//! Rows out of an outline: their labels, what stands beside them, their lines.

use crate::connection::Connection;
use crate::diagnostic::{self, Diagnostic};
use crate::event::{Class, Event, Field, Packet, Side, Tone, Value};
use crate::frame::FrameNumber;
use crate::locale::Lang;
use crate::model::build::completed_by;
use crate::model::diagram::{Line, Row, What};
use crate::model::fold::{Group, is_ack, is_incident, teller, word};
use crate::model::outline::{Of, Outline};
use crate::model::phase::troubles;
use crate::model::trace::{self, Trace, Traced};
use crate::model::units;
use crate::safe;

impl Outline {
    /// The row at `index`, made of the `trace` that the outline is of. Panics where there is no such row.
    pub fn row(&self, trace: &Trace, index: usize) -> Row {
        let item = self.items[index];
        let (what, frames) = self.what(trace, item.of, item.open);
        let time = self.time(trace, index).unwrap_or_else(|| self.time_above(trace, index));
        Row {
            key: self.key(trace, index),
            what,
            time,
            delta: item.delta,
            depth: item.depth,
            open: item.open,
            frames,
        }
    }

    /// The time of the row that a row without a time of its own belongs to.
    fn time_above(&self, trace: &Trace, index: usize) -> crate::frame::Timestamp {
        if let Of::Silence(before, _) = self.items[index].of {
            return before;
        }
        (0..index).rev().find_map(|above| self.time(trace, above)).unwrap_or(self.start)
    }

    fn what(&self, trace: &Trace, of: Of, open: Option<bool>) -> (What, Vec<FrameNumber>) {
        let lang = self.lang;
        match of {
            Of::Connection(place) => {
                let [client, server] = self.ends[place as usize];
                let about = self.connection(trace, place);
                (connection(about, (client, server), String::new(), lang), Vec::new())
            }
            Of::Verdict(place, nth) => {
                let verdict = &self.connection(trace, place).verdicts[usize::from(nth)];
                let text = safe::line(&verdict.say(lang));
                (What::Verdict { text, tone: verdict.outcome.tone, lanes: self.lanes_of(place) }, Vec::new())
            }
            Of::Band(place) => self.band_row(place, open == Some(true)),
            Of::Group(place) => {
                let group = &self.groups[place as usize];
                let traced = &trace.events[group.event as usize];
                (self.event_row(traced, group), traced.event.frames.to_vec())
            }
            Of::Event(place) => {
                let traced = &trace.events[place as usize];
                (self.gap_row(traced.connection, &traced.event), traced.event.frames.to_vec())
            }
            Of::Packet(place, changed) => {
                let seen = &trace.packets[place as usize];
                let what = self.packet_row(trace, seen.connection, &seen.packet, changed);
                (what, vec![seen.packet.number])
            }
            Of::ConnectionNote(place, nth) => {
                let what = self.connection(trace, place).notes[usize::from(nth)];
                (note_row(what, lang.of(what.rule), self.ends[place as usize][0]), Vec::new())
            }
            Of::Noted(place, index) => {
                let what = diagnostic::ALL[usize::from(index)];
                (note_row(what, lang.of(what.rule), self.ends[place as usize][0]), Vec::new())
            }
            Of::EventNote(place, nth) => {
                let traced = &trace.events[place as usize];
                let note = &traced.event.notes[usize::from(nth)];
                let lane = self.lane(traced.connection, traced.event.side);
                (note_row(note.what, &note.say(lang), lane), traced.event.frames.to_vec())
            }
            Of::PacketNote(place, nth) => {
                let seen = &trace.packets[place as usize];
                let note = &seen.packet.notes[usize::from(nth)];
                let lane = self.lane(seen.connection, seen.packet.side);
                (note_row(note.what, &note.say(lang), lane), vec![seen.packet.number])
            }
            Of::Silence(_, quiet) => (What::Silence(quiet), Vec::new()),
            Of::Remark(place, _) => {
                let (frame, text) = &trace.comments[place as usize];
                let text = text.strip_prefix(trace::BEFORE).unwrap_or(text);
                (What::Remark(safe::line(text)), vec![*frame])
            }
        }
    }

    fn band_row(&self, place: u32, open: bool) -> (What, Vec<FrameNumber>) {
        let band = &self.bands[place as usize];
        let what = What::Band {
            phase: band.phase,
            label: cut(&band.labels[usize::from(open)]),
            duration: band.end.since(band.start),
            lanes: self.lanes_of(band.connection),
        };
        let (first, last) = band.frames;
        (what, if first < last { vec![first, last] } else { vec![last] })
    }

    fn event_row(&self, traced: &Traced, group: &Group) -> What {
        let (id, event) = (traced.connection, &traced.event);
        if word(event) == "gap" {
            return self.gap_row(id, event);
        }
        if event.facts.is_milestone() {
            let lanes = self.places.get(&id).map_or((0, 0), |&place| self.lanes_of(place));
            return What::Milestone { label: label_of(event, self.lang), class: event.class, lanes };
        }
        What::Arrow {
            from: self.lane(id, event.side),
            to: self.lane(id, event.side.other()),
            label: label_of(event, self.lang),
            aside: aside(event, group, self.lang),
            class: event.class,
            line: line_of(event),
            states: [None; 2],
        }
    }

    fn gap_row(&self, id: u32, event: &Event) -> What {
        What::Gap {
            from: self.lane(id, event.side),
            to: self.lane(id, event.side.other()),
            label: label_of(event, self.lang),
        }
    }

    fn packet_row(&self, trace: &Trace, id: u32, packet: &Packet, changed: [bool; 2]) -> What {
        let done: Vec<&Event> = completed_by(&self.completed, packet.number)
            .iter()
            .map(|&(_, place)| &trace.events[place as usize])
            .filter(|traced| traced.connection == id)
            .map(|traced| &traced.event)
            .collect();
        let mut label = safe::line(&packet.facts.label(self.lang));
        for event in &done {
            let part_of_another =
                event.class == Class::Part && done.iter().any(|other| other.class != Class::Part);
            let of_header = teller(event) == teller_of(packet) && word(event) != "data";
            let told_elsewhere = is_ack(event) || word(event) == "gap";
            let told_elsewhere = told_elsewhere || event.facts.is_milestone() && done.len() > 1;
            if part_of_another || told_elsewhere || of_header && !is_incident(event) {
                continue;
            }
            // What is told of the header itself is told by its first words: its numbers stand there already.
            let said = event.facts.label(self.lang);
            let said = if of_header { said.split("  ").next().unwrap_or_default() } else { &said };
            label.push_str(" · ");
            label.push_str(&safe::line(said));
        }
        let line =
            done.iter().map(|event| line_of(event)).find(|line| !matches!(line, Line::Solid | Line::Dashed));
        let class =
            done.iter().map(|event| event.class).find(|class| *class != Class::Part).unwrap_or(packet.class);
        What::Arrow {
            from: self.lane(id, packet.side),
            to: self.lane(id, packet.side.other()),
            label: cut(&label),
            aside: format!("#{}", packet.number),
            class: if packet.bare_ack { packet.class } else { class },
            line: line.unwrap_or(if packet.bare_ack { Line::Dashed } else { Line::Solid }),
            states: [packet.side, packet.side.other()]
                .map(|side| packet.states[side as usize].filter(|_| changed[side as usize])),
        }
    }

    fn lanes_of(&self, place: u32) -> (usize, usize) {
        let [client, server] = self.ends[place as usize];
        (client.min(server), client.max(server))
    }

    fn lane(&self, id: u32, side: Side) -> usize {
        self.places.get(&id).map_or(0, |&place| self.ends[place as usize][side as usize])
    }
}

/// A connection as a whole, and what is said of others like it.
pub(super) fn connection(about: &Connection, lanes: (usize, usize), more: String, lang: Lang) -> What {
    let mut label = format!("#{} {}", about.id, who_with_whom(about));
    if let Some(troubles) = troubles(about.noted.iter(), lang) {
        label.push_str(&format!(" · {troubles}"));
    }
    What::Connection {
        label,
        verdict: safe::line(&about.verdict(lang)),
        tone: tone(about),
        duration: about.end.since(about.start),
        more,
        lanes,
    }
}

/// What a diagram of these connections shows, in a few words.
pub(super) fn title(connections: &[Connection], lang: Lang) -> String {
    match connections {
        [] => String::new(),
        [connection] => who_with_whom(connection),
        several => match lang {
            Lang::En => format!("{} connections", several.len()),
            Lang::Ko => format!("연결 {}개", several.len()),
        },
    }
}

fn who_with_whom(connection: &Connection) -> String {
    let [client, server] = connection.ends;
    format!("{client} → {server}  {}", connection.protocols.written())
}

fn tone(connection: &Connection) -> Tone {
    connection.verdicts.iter().map(|verdict| verdict.outcome.tone).max().unwrap_or(Tone::Neutral)
}

fn note_row(what: &'static Diagnostic, said: &str, lane: usize) -> What {
    let mut text = cut(&safe::line(said));
    if !what.source.is_empty() {
        text.push_str(&format!(" ({})", what.source));
    }
    What::Note { severity: what.severity, id: what.id, text, lane }
}

fn label_of(event: &Event, lang: Lang) -> String {
    cut(&safe::line(&event.facts.label(lang)))
}

/// A label no longer than anybody reads on an arrow.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Characters of a label.
const LABEL: usize = 400;

fn teller_of(packet: &Packet) -> &'static str {
    let kind = packet.facts.kind();
    kind.split_once('.').map_or(kind, |(teller, _)| teller)
}

fn line_of(event: &Event) -> Line {
    match word(event) {
        "retransmission" => Line::Again,
        "out_of_order" => Line::Late,
        "rst" => Line::Broken,
        _ if event.class == Class::Control || is_ack(event) => Line::Dashed,
        _ => Line::Solid,
    }
}

/// Sizes, latency, and how much is folded: `129 B  795 µs  +2 ACK`.
fn aside(event: &Event, group: &Group, lang: Lang) -> String {
    let fields = event.facts.fields();
    let mut parts = Vec::new();
    parts.extend(sizes(&fields, word(event) == "data" || is_incident(event)));
    parts.extend(["latency_us", "rtt_us"].iter().find_map(|name| micros(&fields, name)));
    if group.again > 0 {
        parts.push(format!("×{}", u64::from(group.again) + 1));
    }
    if group.parts > 1 {
        parts.push(match lang {
            Lang::En => format!("{} parts", group.parts),
            Lang::Ko => format!("{}조각", group.parts),
        });
    }
    if let (carriers @ 2.., teller) = group.carriers {
        parts.push(format!("{carriers} {}", teller.to_ascii_uppercase()));
    }
    if group.acks > 0 {
        parts.push(format!("+{} ACK", group.acks));
    }
    parts.join("  ")
}

/// The size of a message; where it was sent in another size (compressed), that first.
fn sizes(fields: &[Field], in_label: bool) -> Option<String> {
    let number = |name: &str| {
        fields.iter().find(|field| field.name == name).and_then(|field| match field.value {
            Value::Number(number) => u64::try_from(number).ok(),
            _ => None,
        })
    };
    let first =
        |names: &[&str]| names.iter().find_map(|name| number(name)).filter(|len| *len > 0 && !in_label);
    let len = first(&["decoded_len", "len", "body_len"])?;
    let on_wire = first(&["wire_len", "body_len"]).filter(|wire| *wire != len);
    Some(match on_wire {
        Some(wire) => units::from_to(wire, len),
        None => units::size(len),
    })
}

fn micros(fields: &[Field], name: &str) -> Option<String> {
    let field = fields.iter().find(|field| field.name == name)?;
    let micros = match field.value {
        Value::Number(number) => number as f64,
        Value::Real(number) => number,
        _ => return None,
    };
    Some(units::duration((micros * 1e3).round() as i64))
}
