//! A diagram as PlantUML text (plantuml.com/sequence-diagram).
//!
//! Parties have short aliases, phases are groups, and whatever could mean something to PlantUML, its preprocessor or
//! its Creole is written as a code point.

use std::fmt::Write as _;

use crate::model::diagram::{Diagram, Line};
use crate::render::steps::{Step, steps};
use crate::render::svg::Look;

/// Writes `diagram` in PlantUML's language.
pub fn draw(diagram: &Diagram, look: &Look) -> String {
    let title = look.title.as_ref().unwrap_or(&diagram.title);
    let mut out = format!("@startuml\ntitle {}\nhide footbox\nskinparam shadowing false\n", escape(title));
    if let Some(caption) = &look.caption {
        let _ = writeln!(out, "caption {}", escape(caption));
    }
    if look.numbers {
        out.push_str("autonumber\n");
    }
    for (lane, party) in diagram.lanes.iter().enumerate() {
        let below =
            if party.below.is_empty() { String::new() } else { format!("\\n{}", escape(&party.below)) };
        let _ = writeln!(out, "participant \"{}{below}\" as L{lane}", escape(&party.name));
    }
    for step in steps(diagram) {
        let _ = match step {
            Step::Message { lanes: (from, to), text, line, missing } => {
                let arrow = arrow(line, missing);
                writeln!(out, "L{from} {arrow} L{to} : {}", escape(&text))
            }
            Step::Begin(lines) => writeln!(out, "group {}", escape(&lines.join(" "))),
            Step::End => writeln!(out, "end"),
            Step::Note((first, last), lines) => {
                let lines: Vec<String> = lines.iter().map(|line| escape(line)).collect();
                let over = if first == last { format!("L{first}") } else { format!("L{first}, L{last}") };
                writeln!(out, "note over {over} : {}", lines.join("\\n"))
            }
        };
    }
    out + "@enduml\n"
}

fn arrow(line: Line, missing: bool) -> &'static str {
    match line {
        _ if missing => "-->x",
        Line::Solid => "->",
        Line::Again => "-[#red]>",
        Line::Dashed => "-->>",
        Line::Late => "->>",
        Line::Broken => "->x",
    }
}

/// Text that means nothing to PlantUML: letters, digits and harmless signs stay (a sign that stands twice is markup in
/// Creole), the rest become code points.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        let twice = before == Some(c);
        let sign = "-./*_=+,:?".contains(c) && !twice && before.is_some();
        if c.is_alphanumeric() || sign || " ()·→←▸✓✕×…µ".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "<U+{:04X}>", c as u32);
        }
        before = Some(c);
    }
    if out.trim().is_empty() { "<U+00A0>".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_plantuml_reads_is_left() {
        let text = escape("!include x\n@enduml **b** //i// [[http://x]] %date() $v /'c'/ \\n <img:x>");
        assert!(!text.contains(['\n', '!', '@', '[', '%', '$', '\'', '\\']), "{text}");
        assert!(!text.contains("**") && !text.contains("//") && !text.contains("<img"), "{text}");
        assert_eq!(escape("GET /chat HTTP/1.1 안녕"), "GET /chat HTTP/1.1 안녕");
    }
}
