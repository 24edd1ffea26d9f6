//! Everything that can stand on a diagram is explained, in English and in Korean, and the pages on it are complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use seqdump::capture;
use seqdump::connection::Connection;
use seqdump::diagnostic;
use seqdump::engine::Observer;
use seqdump::event::{Event, Facts, Packet, Phase};
use seqdump::limits::Limits;
use seqdump::locale::Words;
use seqdump::model::diagram::Level;
use seqdump::model::explain::{self, Explanation};
use seqdump::reading::Reading;

fn under(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn is_hangul(c: char) -> bool {
    ('가'..='힣').contains(&c)
}

fn assert_said(id: &str, part: &str, words: Words) {
    let [english, korean] = words;
    assert!(english.len() > 5 && korean.len() > 5, "{id}: {part} is empty");
    assert_ne!(english, korean, "{id}: {part} is not translated");
    assert!(!english.chars().any(is_hangul), "{id}: {part} in English is Korean");
    assert!(korean.chars().any(is_hangul), "{id}: {part} in Korean is not Korean");
    for text in words {
        assert!(text.ends_with(['.', '?', ')']), "{id}: {part} is no sentence: {text}");
        assert!(!text.contains("  ") && !text.contains('|') && text.trim() == text, "{id}: {part}: {text}");
    }
}

fn assert_explained(id: &str, text: Option<&Explanation>) {
    let text = text.unwrap_or_else(|| panic!("{id} is not explained"));
    assert_said(id, "what", text.what);
    assert_said(id, "why", text.why);
    assert_said(id, "next", text.next);
    let known = ["RFC ", "WHATWG "];
    assert!(text.source.is_empty() || known.iter().any(|known| text.source.starts_with(known)), "{id}");
}

/// The sources, without their tests.
fn sources() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![under("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("readable");
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                found.push(code.to_owned());
            }
        }
    }
    found
}

/// The string literals in a piece of code.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2)
}

/// The body of each function of this name.
fn bodies<'a>(code: &'a str, name: &str) -> Vec<&'a str> {
    let head = format!("fn {name}(");
    let body = |(at, _): (usize, &str)| {
        let line = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let indent = code[line..].len() - code[line..].trim_start_matches(' ').len();
        let end = format!("\n{}}}\n", " ".repeat(indent));
        let rest = &code[at..];
        &rest[..rest.find(&end).unwrap_or(rest.len())]
    };
    code.match_indices(&head).map(body).collect()
}

fn is_id(text: &str) -> bool {
    let Some((family, rest)) = text.split_once('.') else { return false };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
    !family.is_empty() && !rest.is_empty() && family.chars().all(plain) && rest.chars().all(plain)
}

/// The event kinds that the sources name.
fn kinds() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for code in sources() {
        for name in ["kind", "data_kind", "unclaimed"] {
            let ids = bodies(&code, name).into_iter().flat_map(literals).filter(|text| is_id(text));
            found.extend(ids.map(str::to_owned));
        }
    }
    found
}

/// The ids of the outcomes that the sources name.
fn outcomes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for code in sources() {
        for (at, _) in code.match_indices("Outcome {") {
            let id = literals(&code[at..]).next().filter(|text| is_id(text));
            found.extend(id.map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_diagnostic_is_explained() {
    let ids: BTreeSet<&str> = diagnostic::ALL.iter().map(|what| what.id).collect();
    for what in diagnostic::ALL {
        assert_explained(what.id, explain::diagnostic(what.id));
        let text = explain::diagnostic(what.id).expect("explained");
        assert_eq!(text.source, what.source, "{}: two sources", what.id);
        let [english, korean] = what.rule;
        assert!(english != korean && korean.chars().any(is_hangul), "{}: {korean}", what.id);
    }
    for (id, _) in explain::DIAGNOSTICS.iter().copied().flatten() {
        assert!(ids.contains(id), "{id} is explained, but there is no such diagnostic");
    }
}

#[test]
fn every_event_kind_is_explained() {
    let kinds = kinds();
    assert!(kinds.len() > 60, "only {} kinds were found", kinds.len());
    for kind in &kinds {
        assert_explained(kind, explain::event(kind));
    }
    for (id, _) in explain::EVENTS.iter().copied().flatten() {
        assert!(kinds.contains(*id), "{id} is explained, but nothing is called so");
    }
}

#[test]
fn every_outcome_is_explained() {
    let outcomes = outcomes();
    assert!(outcomes.len() > 25, "only {} outcomes were found", outcomes.len());
    for id in &outcomes {
        assert_explained(id, explain::verdict(id));
    }
    for (id, _) in explain::VERDICTS.iter().copied().flatten() {
        assert!(outcomes.contains(*id), "{id} is explained, but no verdict is called so");
    }
}

#[test]
fn states_phases_and_levels_are_explained() {
    let states = [
        "LISTEN",
        "SYN-SENT",
        "SYN-RECEIVED",
        "ESTABLISHED",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "CLOSE-WAIT",
        "CLOSING",
        "LAST-ACK",
        "TIME-WAIT",
        "CLOSED",
    ];
    for state in states {
        assert_explained(state, explain::state(state));
    }
    for phase in [Phase::Connect, Phase::Secure, Phase::Upgrade, Phase::Exchange, Phase::Close] {
        assert_explained(&format!("{phase:?}"), Some(explain::phase(phase)));
    }
    for level in [Level::Connections, Level::Phases, Level::Messages, Level::Packets] {
        assert_explained(&format!("{level:?}"), Some(explain::level(level)));
    }
}

#[test]
fn fields_are_explained_and_each_once() {
    let mut seen = BTreeSet::new();
    for (of, name, words) in explain::fields() {
        assert!(seen.insert((of, name)), "{of} {name} stands twice");
        assert_said(&format!("{of} {name}"), "field", words);
    }
    // The particular hides the general only if it comes first.
    let at = |of, name| explain::fields().position(|field| (field.0, field.1) == (of, name));
    for (of, name, _) in explain::fields() {
        if let Some((family, _)) = of.split_once('.') {
            let general = at(family, name);
            assert!(general.is_none() || at(of, name) < general, "{of} {name}");
        }
    }
}

/// Collects what stands in events and packets.
#[derive(Default)]
struct Heard {
    kinds: BTreeSet<&'static str>,
    fields: BTreeSet<(&'static str, &'static str)>,
    states: BTreeSet<&'static str>,
    outcomes: BTreeSet<&'static str>,
}

impl Heard {
    fn facts(&mut self, facts: &dyn Facts) {
        self.kinds.insert(facts.kind());
        self.fields.extend(facts.fields().iter().map(|field| (facts.kind(), field.name)));
    }
}

impl Observer for Heard {
    fn wants(&mut self, _connection: &Connection) -> bool {
        true
    }

    fn packet(&mut self, _connection: &Connection, packet: Packet) {
        self.states.extend(packet.states.into_iter().flatten());
        self.facts(&*packet.facts);
    }

    fn event(&mut self, _connection: &Connection, event: Event) {
        self.facts(&*event.facts);
    }

    fn ended(&mut self, connection: Connection) {
        self.outcomes.extend(connection.verdicts.iter().map(|verdict| verdict.outcome.id));
    }
}

fn heard() -> Heard {
    let mut heard = Heard::default();
    let mut files = 0;
    for entry in fs::read_dir(under("captures")).expect("captures are there") {
        let path = entry.expect("an entry").path();
        if !path
            .extension()
            .is_some_and(|ending| ["pcap", "pcapng", "gz"].iter().any(|known| ending == *known))
        {
            continue;
        }
        let input = capture::open(std::slice::from_ref(&path), &capture::Options::default())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Reading::new(input.source, &Limits::default()).run(&mut heard).expect("readable");
        files += 1;
    }
    assert!(files > 100, "only {files} captures");
    heard
}

#[test]
fn whatever_the_captures_show_is_explained_and_stands_on_the_page() {
    let heard = heard();
    for kind in &heard.kinds {
        assert_explained(kind, explain::event(kind));
    }
    for state in &heard.states {
        assert_explained(state, explain::state(state));
    }
    for id in &heard.outcomes {
        assert_explained(id, explain::verdict(id));
    }
    let unexplained: Vec<_> =
        heard.fields.iter().filter(|(kind, name)| explain::field(kind, name).is_none()).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");

    let page = fs::read_to_string(under("docs/events.md")).expect("the page is there");
    let named = |name: &str| page.contains(&format!("`{name}`"));
    for kind in kinds() {
        assert!(named(&kind), "docs/events.md lacks {kind}");
    }
    let missing: Vec<_> = heard.fields.iter().filter(|(_, name)| !named(name)).collect();
    assert!(missing.is_empty(), "docs/events.md lacks {missing:?}");
}

#[test]
fn the_page_on_diagnostics_is_up_to_date() {
    let run = Command::new(env!("CARGO_BIN_EXE_seqdump"))
        .args(["explain", "--markdown", "--lang", "en"])
        .output()
        .expect("seqdump runs");
    assert!(run.status.success(), "{run:?}");
    let table = String::from_utf8(run.stdout).expect("UTF-8");
    let page = fs::read_to_string(under("docs/diagnostics.md")).expect("the page is there");
    assert!(
        page.ends_with(&table),
        "docs/diagnostics.md is out of date: put the output of `seqdump explain --markdown` in place of its table"
    );
}
