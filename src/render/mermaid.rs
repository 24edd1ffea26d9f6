//! A diagram as Mermaid text (mermaid.js.org/syntax/sequenceDiagram), for Markdown that draws it.
//!
//! Parties have short aliases, phases are shaded rectangles, and whatever could mean something to Mermaid is written
//! as one of its entity codes.

use std::fmt::Write as _;

use crate::model::diagram::{Diagram, Line};
use crate::render::steps::{Step, steps};
use crate::render::svg::Look;

/// Writes `diagram` in Mermaid's language.
pub fn draw(diagram: &Diagram, look: &Look) -> String {
    let title = look.title.as_ref().map(|title| format!("---\ntitle: {}\n---\n", quoted(title)));
    let mut out = title.unwrap_or_default() + "sequenceDiagram\n";
    if look.numbers {
        out.push_str("    autonumber\n");
    }
    for (lane, party) in diagram.lanes.iter().enumerate() {
        let below =
            if party.below.is_empty() { String::new() } else { format!("<br/>{}", escape(&party.below)) };
        let _ = writeln!(out, "    participant L{lane} as {}{below}", escape(&party.name));
    }
    let mut depth = 1;
    let last = diagram.lanes.len().saturating_sub(1);
    for step in steps(diagram) {
        depth -= usize::from(step == Step::End);
        let _ = write!(out, "{:1$}", "", 4 * depth);
        let _ = match step {
            Step::Message { lanes: (from, to), text, line, missing } => {
                let arrow = arrow(line, missing);
                writeln!(out, "L{from}{arrow}L{to}: {}", escape(&text))
            }
            Step::Begin(lines) => {
                depth += 1;
                let shade = "rect rgba(120, 140, 180, 0.12)";
                writeln!(out, "{shade}\n        Note over L0,L{last}: {}", on_lines(&lines))
            }
            Step::End => writeln!(out, "end"),
            Step::Note((first, last), lines) => {
                writeln!(out, "Note over L{first},L{last}: {}", on_lines(&lines))
            }
        };
    }
    if let Some(caption) = &look.caption {
        let _ = writeln!(out, "    Note over L0,L{last}: {}", escape(caption));
    }
    out
}

fn on_lines(lines: &[String]) -> String {
    lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br/>")
}

fn arrow(line: Line, missing: bool) -> &'static str {
    match line {
        _ if missing => "--x",
        Line::Solid | Line::Again => "->>",
        Line::Dashed => "-->>",
        Line::Late => "-)",
        Line::Broken => "-x",
    }
}

/// Text that means nothing to Mermaid: letters, digits and harmless signs stay, the rest become entity codes. The
/// first character becomes one too where the text would begin with a word of the language.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let lower = text.trim_start().to_ascii_lowercase();
    let reserved = ["wrap:", "nowrap:", "end"].iter().any(|word| lower.starts_with(word));
    let mut first = reserved;
    for c in text.chars() {
        let plain =
            c.is_alphanumeric() || " ._,()/?=+*'\"!@·→←▸✓✕×…µ".contains(c) || c == '-' && !out.ends_with('-');
        if (plain || c == ':' && !out.is_empty()) && !(first && c.is_alphanumeric()) {
            out.push(c);
        } else {
            first &= !c.is_alphanumeric();
            let _ = write!(out, "#{};", c as u32);
        }
    }
    if out.trim().is_empty() { "#160;".to_owned() } else { out }
}

/// Text as a quoted scalar of YAML (1.2, 7.3.1), with markup out of reach.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            ' ' | '/' | ':' | '.' | ',' | '(' | ')' | '-' | '→' | '▸' | '·' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08x}", c as u32);
            }
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_mermaid_reads_is_left() {
        let text = escape("a;b\n#c %%{init}%% <img src=x> $$x$$ --> \"q\"");
        assert!(!text.contains(['\n', '<', '%', '$', '{', '>']), "{text}");
        assert!(text.starts_with("a#59;b#10;#35;c"), "{text}");
        assert_eq!(escape("end"), "#101;nd");
        assert_eq!(escape(""), "#160;");
        assert_eq!(escape("GET /chat HTTP/1.1 안녕"), "GET /chat HTTP/1.1 안녕");
        assert_eq!(quoted("a\"\n<b>"), "\"a\\U00000022\\U0000000a\\U0000003cb\\U0000003e\"");
    }
}
