//! Opened connections as a file in whatever format the ending of its name asks for: what the screen saves.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use rustc_hash::FxHashMap;

use crate::capture::write::{self, Writer};
use crate::capture::{About, Frames};
use crate::engine::Totals;
use crate::error::Error;
use crate::event::Event;
use crate::frame::{Frame, FrameNumber, LinkType, Timestamp};
use crate::locale::Words;
use crate::model::diagram::{Diagram, Level, View};
use crate::model::outline::Outline;
use crate::model::trace::Trace;
use crate::render::cells::Paper;
use crate::render::har::Archive;
use crate::render::html::{self, Scene};
use crate::render::json::Lines;
use crate::render::svg::{self, Look};
use crate::render::{cast, mermaid, plantuml, text};

/// What can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A vector picture.
    Svg,
    /// A picture of pixels.
    Png,
    /// A page whose rows unfold.
    Html,
    /// Text.
    Txt,
    /// Mermaid.
    Mmd,
    /// PlantUML.
    Puml,
    /// A recording of a terminal.
    Cast,
    /// The events, a JSON object a line.
    Jsonl,
    /// An HTTP archive.
    Har,
    /// The packets, as pcapng or pcap.
    Capture,
}

/// Each ending, and what it asks for in words.
pub const FORMATS: &[(&str, Format, Words)] = &[
    ("svg", Format::Svg, ["a vector picture", "벡터 그림"]),
    ("png", Format::Png, ["a picture of pixels", "픽셀 그림"]),
    ("html", Format::Html, ["a page whose rows unfold", "줄이 펼쳐지는 웹 문서"]),
    ("txt", Format::Txt, ["text", "텍스트"]),
    ("mmd", Format::Mmd, ["Mermaid", "Mermaid"]),
    ("puml", Format::Puml, ["PlantUML", "PlantUML"]),
    ("cast", Format::Cast, ["a recording for asciinema", "asciinema 녹화"]),
    ("jsonl", Format::Jsonl, ["events, a JSON object a line", "이벤트(한 줄에 JSON 하나)"]),
    (
        "har",
        Format::Har,
        ["an HTTP archive with the WebSocket messages", "HTTP 아카이브(WebSocket 메시지 포함)"],
    ),
    ("pcapng", Format::Capture, ["the packets", "패킷"]),
    ("pcap", Format::Capture, ["the packets, without names and comments", "패킷(이름과 설명 제외)"]),
];

impl Format {
    /// The format that a file's name asks for.
    ///
    /// # Errors
    /// [`Error::Usage`] with all endings where it asks for none.
    pub fn of(path: &Path) -> Result<Format, Error> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let known = FORMATS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(ending));
        known.map(|(_, format, _)| *format).ok_or_else(|| {
            let all: Vec<&str> = FORMATS.iter().map(|(ending, ..)| *ending).collect();
            Error::Usage(format!("the ending says the format: use .{}", all.join(", .")))
        })
    }
}

/// What is saved.
pub struct Saved<'a> {
    /// The connections.
    pub trace: Trace,
    /// What is shown of them.
    pub view: &'a View,
    /// How text is laid out.
    pub paper: Paper,
    /// What is known of the input.
    pub about: &'a About,
    /// Reads their packets again, and which these are.
    pub frames: (&'a Frames, Vec<FrameNumber>),
}

/// Pages of more packets than this have the one level that is shown.
const SWITCHABLE: usize = 20_000;

impl Saved<'_> {
    /// Writes it to the file of this name, which is open as `out`.
    ///
    /// # Errors
    /// [`Error::Write`] where it cannot be written, [`Error::Usage`] where the format has no place for it.
    pub fn write(self, path: &Path, out: &mut dyn Write) -> Result<(), Error> {
        let look = Look::default();
        let diagram = || Diagram::new(&self.trace, self.view);
        let document = match Format::of(path)? {
            Format::Svg => svg::draw(&[diagram()], &look).svg.into_bytes(),
            Format::Png => png(&[diagram()], &look)?,
            Format::Mmd => mermaid::draw(&diagram(), &look).into_bytes(),
            Format::Puml => plantuml::draw(&diagram(), &look).into_bytes(),
            Format::Cast => cast::draw(&diagram(), None, self.paper.width)?.into_bytes(),
            Format::Html => self.page(&look),
            Format::Txt => {
                let outline = Outline::new(&self.trace, self.view);
                return text::print(out, &self.trace, &outline, self.paper, false).map_err(unwritten);
            }
            Format::Jsonl => return self.lines(out),
            Format::Har => return self.archive(out),
            Format::Capture => return self.capture(write::Format::of(path), out),
        };
        out.write_all(&document).map_err(unwritten)
    }

    fn page(self, look: &Look) -> Vec<u8> {
        let (shown, lang) = (self.view.level, self.view.lang);
        let levels = [Level::Connections, Level::Phases, Level::Messages, Level::Packets];
        let wanted = |level: &Level| *level == shown || self.trace.packets.len() <= SWITCHABLE;
        let diagram = |level: Level| {
            let mut view = View { level, ..self.view.clone() };
            if level != shown {
                view.toggled.clear();
            }
            (level, Diagram::new(&self.trace, &view))
        };
        let diagrams = levels.into_iter().filter(wanted).map(diagram).collect();
        html::draw(&[Scene { trace: self.trace, diagrams }], look, shown, lang).into_bytes()
    }

    /// Calls `each` with every event, and whether the view shows it.
    fn events(&self, mut each: impl FnMut(u32, &Event, bool) -> Result<(), Error>) -> Result<(), Error> {
        let mut before: FxHashMap<u32, Timestamp> = FxHashMap::default();
        for traced in self.trace.events.iter() {
            let (id, event) = (traced.connection, &traced.event);
            let delta = before.insert(id, event.time).map(|before| event.time.since(before));
            let connection = self.trace.connection(id);
            let shown = |only: &crate::model::diagram::Only| {
                connection.is_some_and(|connection| only(connection, event, delta))
            };
            each(id, event, self.view.only.as_ref().is_none_or(shown))?;
        }
        Ok(())
    }

    fn lines(&self, out: &mut dyn Write) -> Result<(), Error> {
        let mut lines = Lines::new(out, true);
        lines.capture(self.about)?;
        self.events(|id, event, wanted| match self.trace.connection(id).filter(|_| wanted) {
            Some(connection) => lines.event(connection, event),
            None => Ok(()),
        })?;
        for connection in &self.trace.connections {
            lines.connection(connection)?;
        }
        let totals = Totals {
            packets: self.trace.packets.len() as u64,
            bytes: self.trace.packets.iter().map(|seen| seen.packet.len).sum(),
            connections: self.trace.connections.len() as u64,
            ..Totals::default()
        };
        lines.finish(&totals, false, None)
    }

    fn archive(&self, out: &mut dyn Write) -> Result<(), Error> {
        let mut archive = Archive::new(out)?;
        let mut packets = self.trace.packets.iter().peekable();
        self.events(|id, event, wanted| {
            let last = event.frames.last().copied().unwrap_or_default();
            while let Some(seen) = packets.next_if(|seen| seen.packet.number <= last) {
                if let Some(connection) = self.trace.connection(seen.connection) {
                    archive.packet(connection, &seen.packet);
                }
            }
            self.trace.connection(id).map_or(Ok(()), |connection| archive.event(connection, event, wanted))
        })?;
        self.trace.connections.iter().try_for_each(|connection| archive.ended(connection))?;
        archive.finish()
    }

    /// Copies the packets, with an interface for each link type, and the processes as comments.
    fn capture(self, format: write::Format, out: &mut dyn Write) -> Result<(), Error> {
        let owned = |connection: &crate::connection::Connection| {
            Some((connection.first_packet, connection.owners.as_ref()?.to_string()))
        };
        let owners: BTreeMap<FrameNumber, String> = self.trace.connections.iter().filter_map(owned).collect();
        let mut writer = Writer::new(out, format)?;
        let mut interfaces: Vec<(LinkType, u32)> = Vec::new();
        let mut written = Ok(());
        let (frames, numbers) = self.frames;
        frames.read(numbers, |frame| {
            if written.is_err() {
                return;
            }
            let known = interfaces.iter().find(|(link, _)| *link == frame.link).map(|(_, number)| *number);
            let interface = known.map_or_else(
                || writer.interface("", frame.link).inspect(|number| interfaces.push((frame.link, *number))),
                Ok,
            );
            let comment = frame.comment.or(owners.get(&frame.number).map(String::as_str));
            let frame = Frame { comment, ..frame };
            written = interface.and_then(|interface| writer.frame(interface, &frame));
        })?;
        written?;
        writer.finish().map(drop)
    }
}

#[cfg(feature = "png")]
fn png(diagrams: &[Diagram], look: &Look) -> Result<Vec<u8>, Error> {
    crate::render::png::draw(diagrams, look, None)
}

#[cfg(not(feature = "png"))]
fn png(_diagrams: &[Diagram], _look: &Look) -> Result<Vec<u8>, Error> {
    Err(Error::Usage("this build draws no PNG: save .svg".to_owned()))
}

fn unwritten(cause: io::Error) -> Error {
    Error::Write { what: "the file".to_owned(), cause }
}
