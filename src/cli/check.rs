//! `seqdump check`: expectations of a capture, for CI.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use super::complaint::complain;
use super::{Common, output, unwritten};
use crate::connection::Connection;
use crate::diagnostic::Severity;
use crate::engine::Observer;
use crate::error::Error;
use crate::event::{Event, Side};
use crate::frame::FrameNumber;
use crate::locale::Lang;
use crate::model::filter::Filter;
use crate::model::redact::Redactor;
use crate::safe;

/// Check expectations of a capture; exits 1 where one fails.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The captures
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Each connection (that --filter lets through) must fit this, itself or by one of its events
    #[arg(long, value_name = "EXPR")]
    expect: Vec<String>,
    /// No connection and no event may fit this
    #[arg(long, value_name = "EXPR")]
    forbid: Vec<String>,
    /// No protocol may be violated
    #[arg(long)]
    violations: bool,
}

impl Check {
    pub(super) fn run(self, common: &Common) -> Result<u8, Error> {
        let (mut reading, _) = common.open(&self.files, false)?;
        common.confine()?;
        let mut judge = Judge {
            only: common.filter()?,
            expected: rules(&self.expect)?,
            forbidden: rules(&self.forbid)?,
            violations: self.violations || (self.expect.is_empty() && self.forbid.is_empty()),
            held: BTreeMap::new(),
            failures: BTreeMap::new(),
            judged: 0,
            redactor: common.hide.redactor(),
            lang: common.lang(),
        };
        reading.run(&mut judge)?;
        complain(&[], &mut reading, common.lang());
        judge.report(output())
    }
}

fn rules(texts: &[String]) -> Result<Vec<(String, Filter)>, Error> {
    let rule = |text: &String| match Filter::parse(text) {
        Ok(filter) => Ok((text.clone(), filter)),
        Err(wrong) => Err(Error::Usage(format!("{wrong} in `{text}`"))),
    };
    texts.iter().map(rule).collect()
}

/// Hears everything and remembers what failed.
struct Judge {
    only: Option<Filter>,
    expected: Vec<(String, Filter)>,
    forbidden: Vec<(String, Filter)>,
    violations: bool,
    /// Which expectations an event of a connection has fitted.
    held: BTreeMap<u32, Vec<bool>>,
    /// What failed on each connection: the packet, and a sentence.
    failures: BTreeMap<u32, Vec<(FrameNumber, String)>>,
    judged: u64,
    /// Who hides what is not to be shown; what is judged is what was captured.
    redactor: Option<Redactor>,
    lang: Lang,
}

impl Judge {
    fn fail(&mut self, connection: &Connection, packet: FrameNumber, text: String) {
        self.failures.entry(connection.id).or_default().push((packet, text));
    }

    /// Prints what failed; the exit status.
    fn report(mut self, mut out: impl Write) -> Result<u8, Error> {
        let lang = self.lang;
        let mut count = 0;
        for (id, failures) in &self.failures {
            for (packet, text) in failures {
                count += 1;
                let packet = lang.pick(format!("packet {packet}"), format!("패킷 {packet}"));
                let text = match &mut self.redactor {
                    Some(redactor) => Cow::Owned(redactor.text(text)),
                    None => Cow::Borrowed(text.as_str()),
                };
                writeln!(out, "#{id} {packet}: {}", safe::line(&text)).map_err(unwritten)?;
            }
        }
        let judged = self.judged;
        let summary = match (count, judged) {
            (0, 0) => lang
                .pick("nothing to check: no connection fits".to_owned(), "검사할 연결이 없습니다".to_owned()),
            (0, _) => lang.pick(
                format!("{} checked, all as expected", counted(judged, "connection")),
                format!("연결 {judged}개 검사, 모두 기대대로"),
            ),
            _ => lang.pick(
                format!("{} checked, {}", counted(judged, "connection"), counted(count, "failure")),
                format!("연결 {judged}개 검사, 실패 {count}건"),
            ),
        };
        writeln!(out, "{summary}").and_then(|()| out.flush()).map_err(unwritten)?;
        Ok(u8::from(count > 0 || (judged == 0 && !self.expected.is_empty())))
    }
}

impl Observer for Judge {
    fn wants(&mut self, connection: &Connection) -> bool {
        self.held.insert(connection.id, vec![false; self.expected.len()]);
        true
    }

    fn event(&mut self, connection: &Connection, mut event: Event) {
        let packet = event.frames.last().copied().unwrap_or_default();
        if let Some(held) = self.held.get_mut(&connection.id) {
            for (held, (_, filter)) in held.iter_mut().zip(&self.expected) {
                *held = *held || filter.event(connection, &event, None);
            }
        }
        let broken: Vec<usize> = (0..self.forbidden.len())
            .filter(|place| {
                let (_, filter) = &self.forbidden[*place];
                filter.connection(connection).is_none() && filter.event(connection, &event, None)
            })
            .collect();
        if let Some(redactor) = &mut self.redactor {
            redactor.event(connection, &mut event);
        }
        let excluded = self.only.as_ref().is_some_and(|only| !only.may_fit(connection));
        if excluded {
            return;
        }
        for note in event.notes.iter().filter(|note| self.violations && note.what.severity == Severity::Error)
        {
            let text = format!("{} [{}] {}", note.say(self.lang), note.what.id, note.what.source);
            self.failures.entry(connection.id).or_default().push((packet, text));
        }
        for (text, _) in broken.into_iter().map(|place| &self.forbidden[place]) {
            let label = event.facts.label(self.lang);
            let found =
                self.lang.pick(format!("forbidden `{text}`: {label}"), format!("금지한 `{text}`: {label}"));
            self.failures.entry(connection.id).or_default().push((packet, found));
        }
    }

    fn ended(&mut self, connection: Connection) {
        let held = self.held.remove(&connection.id).unwrap_or_default();
        if self.only.as_ref().is_some_and(|only| !only.may_fit(&connection)) {
            self.failures.remove(&connection.id);
            return;
        }
        self.judged += 1;
        let (client, server) = (connection.endpoint(Side::Client), connection.endpoint(Side::Server));
        let lang = self.lang;
        let verdict = connection.verdict(lang);
        let mut failed = Vec::new();
        for ((text, filter), held) in self.expected.iter().zip(held) {
            if !filter.connection(&connection).unwrap_or(held) {
                let english = format!("{client} → {server}: expected `{text}`, which never held; {verdict}");
                let korean =
                    format!("{client} → {server}: 기대한 `{text}` 조건이 한 번도 맞지 않음; {verdict}");
                failed.push(lang.pick(english, korean));
            }
        }
        for (text, filter) in &self.forbidden {
            if filter.connection(&connection) == Some(true) {
                failed.push(
                    lang.pick(
                        format!("forbidden `{text}`; {verdict}"),
                        format!("금지한 `{text}`; {verdict}"),
                    ),
                );
            }
        }
        for what in connection.notes.iter().filter(|what| self.violations && what.severity == Severity::Error)
        {
            failed.push(format!("{} [{}] {}", lang.of(what.rule), what.id, what.source));
        }
        for text in failed {
            self.fail(&connection, connection.last_packet, text);
        }
    }
}

/// `1 failure`, `2 failures`.
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
