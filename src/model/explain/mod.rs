//! What everything on a diagram means, in plain words: event kinds, diagnostics, verdicts, steps, states and fields.
//!
//! An id goes in, as it stands in the event stream; out comes a text in each language. These are tables and nothing
//! else: nothing in the model decides by them.

mod capture;
mod dns;
mod fields;
mod http;
mod http2;
mod http_rules;
mod steps;
mod tcp;
mod tcp_rules;
mod tls;
mod tls_rules;
mod websocket;
mod websocket_rules;

use crate::event::Phase;
use crate::locale::Words;
use crate::model::diagram::Level;

/// What something is, in plain words, for people who do not know the protocol by heart.
#[derive(Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What it is.
    pub what: Words,
    /// Why it was sent, or how it comes about.
    pub why: Words,
    /// What comes next; of trouble, what to do about it.
    pub next: Words,
    /// The document that says so, with the section, such as `RFC 9293 3.5`; empty where none does.
    pub source: &'static str,
}

/// An id and its explanation.
pub type Entry = (&'static str, Explanation);

/// The meaning of an event's or packet's kind, such as `tcp.syn`.
pub fn event(kind: &str) -> Option<&'static Explanation> {
    find(EVENTS, kind)
}

/// The meaning of a diagnostic, such as `ws.client-unmasked`.
pub fn diagnostic(id: &str) -> Option<&'static Explanation> {
    find(DIAGNOSTICS, id)
}

/// The meaning of a verdict's outcome, such as `tcp.refused`.
pub fn verdict(id: &str) -> Option<&'static Explanation> {
    find(VERDICTS, id)
}

/// The meaning of a TCP state by the RFC's name, such as `SYN-SENT`.
pub fn state(name: &str) -> Option<&'static Explanation> {
    find(STATES, name)
}

/// The meaning of a step of a connection.
pub fn phase(phase: Phase) -> &'static Explanation {
    steps::phase(phase)
}

/// The meaning of a level of detail.
pub fn level(level: Level) -> &'static Explanation {
    steps::level(level)
}

/// The meaning of a field of an event of this kind.
pub fn field(kind: &str, name: &str) -> Option<Words> {
    let family = kind.split('.').next().unwrap_or(kind);
    let fits = |of: &str| of == kind || of == family || of == "*";
    fields().find(|(of, known, _)| *known == name && fits(of)).map(|(_, _, words)| words)
}

/// All event kinds, by family.
pub static EVENTS: &[&[Entry]] =
    &[tcp::EVENTS, tls::EVENTS, http::EVENTS, http2::EVENTS, websocket::EVENTS, dns::EVENTS];

/// All diagnostics, by family.
pub static DIAGNOSTICS: &[&[Entry]] = &[
    capture::RULES,
    tcp_rules::RULES,
    tls_rules::RULES,
    http_rules::RULES,
    http2::RULES,
    websocket_rules::RULES,
    dns::RULES,
];

/// All outcomes of verdicts, by family.
pub static VERDICTS: &[&[Entry]] =
    &[tcp::VERDICTS, tls::VERDICTS, http::VERDICTS, http2::VERDICTS, websocket::VERDICTS, dns::VERDICTS];

/// All TCP states.
pub static STATES: &[&[Entry]] = &[steps::STATES];

/// All phases, by the names that `seqdump explain` takes.
pub static PHASES: &[&[Entry]] = &[steps::PHASES];

/// All levels, by the names that `seqdump explain` takes.
pub static LEVELS: &[&[Entry]] = &[steps::LEVELS];

/// All fields: the kind or family that they stand in (`*`: any), their name and their meaning.
pub fn fields() -> impl Iterator<Item = fields::Meaning> {
    fields::ALL.iter().flat_map(|table| table.iter().copied())
}

fn find(tables: &'static [&'static [Entry]], id: &str) -> Option<&'static Explanation> {
    tables.iter().flat_map(|table| table.iter()).find(|(known, _)| *known == id).map(|(_, text)| text)
}

/// A table of explanations: id and source, then what, why and next in English and Korean.
macro_rules! explanations {
    ($($id:literal $source:literal
        what [$what:literal, $what_ko:literal]
        why [$why:literal, $why_ko:literal]
        next [$next:literal, $next_ko:literal])*) => {
        &[$((
            $id,
            $crate::model::explain::Explanation {
                what: [$what, $what_ko],
                why: [$why, $why_ko],
                next: [$next, $next_ko],
                source: $source,
            },
        )),*]
    };
}
use explanations;
