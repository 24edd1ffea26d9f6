//! `seqdump explain`: what an id on a diagram or in the event stream means, in plain words.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use super::{Common, output, terminal_width, unwritten};
use crate::diagnostic::{self, Diagnostic};
use crate::error::Error;
use crate::locale::{Lang, Words};
use crate::model::explain::{self, Entry, Explanation};

/// Explain diagnostics, event kinds, verdicts, TCP states and fields in plain words.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// What to explain, such as `ws.client-unmasked`, `tcp.syn`, `TIME-WAIT` or `ws.frame.masked`; without any, all
    /// ids are listed
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Print all diagnostics as a table in Markdown
    #[arg(long, conflicts_with = "ids")]
    markdown: bool,
}

/// A kind of thing that is explained: what it is called, and its tables.
type Section = (Words, &'static [&'static [Entry]]);

const SECTIONS: [Section; 6] = [
    (["event", "이벤트"], explain::EVENTS),
    (["diagnostic", "진단"], explain::DIAGNOSTICS),
    (["verdict", "판정"], explain::VERDICTS),
    (["TCP state", "TCP 상태"], explain::STATES),
    (["phase", "단계"], explain::PHASES),
    (["level", "레벨"], explain::LEVELS),
];

impl Explain {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        let lang = common.lang();
        let text = if self.markdown {
            table(lang)
        } else if self.ids.is_empty() {
            list(lang)
        } else {
            let width = terminal_width().unwrap_or(usize::MAX);
            let told = self.ids.iter().map(|id| told(id, lang, width)).collect::<Result<Vec<_>, _>>()?;
            told.join("\n")
        };
        let mut out = output();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(unwritten)
    }
}

/// All that an id means.
fn told(id: &str, lang: Lang, width: usize) -> Result<String, Error> {
    let mut parts = Vec::new();
    for (name, tables) in SECTIONS {
        let same =
            tables.iter().flat_map(|table| table.iter()).filter(|(known, _)| known.eq_ignore_ascii_case(id));
        parts.extend(same.map(|(known, text)| article(known, lang.of(name), text, lang, width)));
    }
    if let Some((kind, name)) = id.rsplit_once('.')
        && explain::event(kind).is_some()
        && let Some(words) = explain::field(kind, name)
    {
        let head = format!("{id} · {}\n", lang.pick("field", "필드"));
        parts.push(head + &wrapped("  ", lang.of(words), width));
    }
    if parts.is_empty() {
        let list = lang.pick(
            "`seqdump explain` lists all that are known",
            "`seqdump explain`으로 전체 목록을 볼 수 있습니다",
        );
        let unknown = lang.pick("no such id", "그런 id가 없습니다");
        return Err(Error::Usage(format!("{unknown}: {id:?}; {list}")));
    }
    Ok(parts.join("\n"))
}

fn article(id: &str, section: &str, text: &Explanation, lang: Lang, width: usize) -> String {
    let mut article = format!("{id} · {section}");
    if !text.source.is_empty() {
        article.push_str(&format!(" · {}", text.source));
    }
    article.push('\n');
    if let Some(rule) = Diagnostic::find(id).filter(|_| section == lang.of(SECTIONS[1].0)) {
        let rule = format!("{}: {}", rule.severity.name(), lang.of(rule.rule));
        article.push_str(&wrapped("  ", &rule, width));
    }
    for words in [text.what, text.why, text.next] {
        article.push_str(&wrapped("  ", lang.of(words), width));
    }
    article
}

/// A text in lines of at most `width` cells, each behind `indent`.
fn wrapped(indent: &str, text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && indent.width() + line.width() + 1 + word.width() > width {
            lines.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines + &format!("{indent}{line}\n")
}

/// Every id with what it is, by section.
fn list(lang: Lang) -> String {
    let mut list = String::new();
    for (name, tables) in SECTIONS {
        list.push_str(&format!("[{}]\n", lang.of(name)));
        for (id, text) in tables.iter().flat_map(|table| table.iter()) {
            list.push_str(&format!("{id:<28} {}\n", lang.of(text.what)));
        }
        list.push('\n');
    }
    list.push_str(&format!("[{}]\n", lang.pick("field", "필드")));
    for (of, name, words) in explain::fields() {
        list.push_str(&format!("{:<28} {}\n", format!("{of}.{name}"), lang.of(words)));
    }
    list
}

/// All diagnostics as a table in Markdown.
fn table(lang: Lang) -> String {
    let mut table = lang
        .pick(
            "| id | severity | rule | source | what it means | how it comes about | what to do |\n",
            "| id | 심각도 | 규칙 | 출처 | 뜻 | 원인 | 할 일 |\n",
        )
        .to_owned();
    table.push_str("|---|---|---|---|---|---|---|\n");
    for what in diagnostic::ALL {
        let Some(text) = explain::diagnostic(what.id) else { continue };
        let cells = [what.rule, text.what, text.why, text.next].map(|words| lang.of(words));
        let [rule, means, why, next] = cells;
        let (id, severity, source) = (what.id, what.severity.name(), what.source);
        table.push_str(&format!("| `{id}` | {severity} | {rule} | {source} | {means} | {why} | {next} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_id_may_mean_several_things() {
        let told = told("tcp.retransmission", Lang::En, 80).expect("known");
        assert!(told.contains("tcp.retransmission · event · RFC 9293 3.8.1\n"));
        assert!(
            told.contains("tcp.retransmission · diagnostic · RFC 9293 3.8.1\n  info: bytes are sent again\n")
        );
        assert!(told.lines().all(|line| line.width() <= 80), "{told}");
    }

    #[test]
    fn states_are_found_in_small_letters_and_fields_behind_their_kind() {
        assert!(told("time-wait", Lang::Ko, 80).expect("known").starts_with("TIME-WAIT · TCP 상태"));
        assert!(told("ws.frame.masked", Lang::En, 80).expect("known").contains("RFC 6455 5.1"));
        assert!(told("ws.nothing.len", Lang::En, 80).is_err());
    }
}
