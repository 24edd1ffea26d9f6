//! Diagrams as text: printed row by row, as they are made.

use std::io::{self, Write};

use crate::diagnostic::Severity;
use crate::event::{Class, Tone};
use crate::frame::Timestamp;
use crate::model::diagram::{Diagram, What};
use crate::model::outline::Outline;
use crate::model::trace::Trace;
use crate::render::cells::{Paper, Role, Sheet, Strip};

/// Prints the rows of `outline`, which is of `trace`, with their lanes above them; in colours of the terminal's own
/// palette where `colour` says so. Fails where `out` does.
pub fn print(
    out: &mut dyn Write,
    trace: &Trace,
    outline: &Outline,
    paper: Paper,
    colour: bool,
) -> io::Result<()> {
    let sheet = Sheet::new(outline, paper);
    for strip in sheet.head() {
        line(out, &strip, colour)?;
    }
    line(out, &sheet.rest(), colour)?;
    for index in 0..outline.len() {
        let row = outline.row(trace, index);
        if index > 0 && row.open == Some(true) && matches!(row.what, What::Connection { .. }) {
            line(out, &sheet.rest(), colour)?;
        }
        for strip in sheet.row(&row) {
            line(out, &strip, colour)?;
        }
    }
    Ok(())
}

/// `diagram` in pieces: its head, then each row, with when it happened; in colours of the terminal's own palette
/// where `colour` says so.
pub fn blocks(diagram: &Diagram, paper: Paper, colour: bool) -> Vec<(Timestamp, String)> {
    let sheet = Sheet::of_diagram(diagram, paper);
    let mut head: Vec<Strip> = sheet.head();
    head.push(sheet.rest());
    let mut blocks = vec![(diagram.start, written(&head, colour))];
    for (index, row) in diagram.rows.iter().enumerate() {
        let mut strips = sheet.row(row);
        if index > 0 && row.open == Some(true) && matches!(row.what, What::Connection { .. }) {
            strips.insert(0, sheet.rest());
        }
        blocks.push((row.time, written(&strips, colour)));
    }
    blocks
}

fn written(strips: &[Strip], colour: bool) -> String {
    let mut out = Vec::new();
    for strip in strips {
        // Writing to memory does not fail.
        let _ = line(&mut out, strip, colour);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Prints a line of cells.
pub fn line(out: &mut dyn Write, strip: &Strip, colour: bool) -> io::Result<()> {
    for span in &strip.spans {
        match ink(span.role).filter(|_| colour) {
            Some(code) => write!(out, "\x1b[{code}m{}\x1b[0m", span.text)?,
            None => out.write_all(span.text.as_bytes())?,
        }
    }
    out.write_all(b"\n")
}

/// The parameters of the SGR control sequence (ECMA-48 8.3.117) for a role.
fn ink(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Blank => return None,
        Role::Time | Role::Delta | Role::Aside | Role::Below | Role::Lifeline | Role::Quiet => "2",
        Role::Lane | Role::Connection => "1",
        Role::Band(_) => "1;36",
        Role::State => "35",
        Role::Arrow(class) | Role::Label(class) => class_ink(class),
        Role::Note(Severity::Info) | Role::Remark => "36",
        Role::Note(Severity::Warning) | Role::Verdict(Tone::Doubtful) | Role::Gap => "33",
        Role::Note(Severity::Error) | Role::Verdict(Tone::Bad) => "31",
        Role::Verdict(Tone::Good) => "32",
        Role::Verdict(Tone::Neutral) => "0",
    })
}

fn class_ink(class: Class) -> &'static str {
    match class {
        Class::Open | Class::Handshake => "36",
        Class::Request => "34",
        Class::Response => "32",
        Class::Message | Class::Part => "0",
        Class::Control => "2",
        Class::Close => "35",
        Class::Trouble => "31",
    }
}
