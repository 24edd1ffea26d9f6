//! A diagram: lanes and rows. It knows no pixel, no character cell and no protocol; who draws it needs nothing else.
//!
//! All text in it is in the reader's language and has been made harmless (`crate::safe`).

use crate::diagnostic::Severity;
use crate::event::{Class, Phase, Tone};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;

/// A sequence diagram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// What it shows, in a few words.
    pub title: String,
    /// The parties, from left to right.
    pub lanes: Vec<Lane>,
    /// What happened, from top to bottom.
    pub rows: Vec<Row>,
    /// The moment that relative times count from.
    pub start: Timestamp,
    /// The language of its texts, for what a renderer adds.
    pub lang: Lang,
}

/// A party: a socket or a process, never a bare address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lane {
    /// Its name: an alias, a process, or the address and port.
    pub name: String,
    /// What stands below the name: the address and port where the name is something else, the role.
    pub below: String,
}

/// One row of a diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is of; stable from level to level and as the trace grows.
    pub key: Key,
    /// What it shows.
    pub what: What,
    /// When; the start of a phase.
    pub time: Timestamp,
    /// Nanoseconds since the row above that has a time of its own; `None` on the first.
    pub delta: Option<i64>,
    /// How deep it stands in unfolded rows, from 0.
    pub depth: u8,
    /// Whether it can be unfolded (`Some(false)`) or folded (`Some(true)`) in place.
    pub open: Option<bool>,
    /// The frames that it speaks of; of a phase the first and the last.
    pub frames: Vec<FrameNumber>,
}

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A connection as a whole.
    Connection(u32),
    /// The phase of a connection that begins with this event.
    Phase(u32, u64),
    /// An event of a connection, by its number.
    Event(u32, u64),
    /// A packet of a connection.
    Packet(u32, FrameNumber),
    /// A note to another row: the connection, the event or packet number, and which note of it.
    Note(u32, u64, u16),
    /// A silence before this moment.
    Silence(Timestamp),
    /// How a connection went, below its rows; which of the sentences.
    Verdict(u32, u16),
    /// What a person wrote to a frame, and which of the remarks to it.
    Remark(FrameNumber, u16),
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Somebody sends something to somebody.
    Arrow {
        /// The lane that it leaves.
        from: usize,
        /// The lane that it reaches.
        to: usize,
        /// What stands on it.
        label: String,
        /// What stands beside it, in a quieter voice: sizes, latency, counts of folded rows.
        aside: String,
        /// Its colour and symbol.
        class: Class,
        /// Its line.
        line: Line,
        /// The transport states that it brought the two ends to, of `from`, then of `to`; where it changed them.
        states: [Option<&'static str>; 2],
    },
    /// What the rows above amount to; nobody sent it.
    Milestone {
        /// What it says.
        label: String,
        /// Its colour.
        class: Class,
        /// The lanes of the connection.
        lanes: (usize, usize),
    },
    /// A phase, over the lanes that take part.
    Band {
        /// Which.
        phase: Phase,
        /// Its name and what came of it.
        label: String,
        /// How long it took, in nanoseconds.
        duration: i64,
        /// The leftmost and the rightmost lane that take part.
        lanes: (usize, usize),
    },
    /// A connection: its bar at level 1, its heading above that where there are several.
    Connection {
        /// Who with whom, on which protocols.
        label: String,
        /// How it went.
        verdict: String,
        /// How good that is.
        tone: Tone,
        /// How long it took, in nanoseconds.
        duration: i64,
        /// Which others this row stands for too; empty where for none.
        more: String,
        /// The client's and the server's lane.
        lanes: (usize, usize),
    },
    /// Nothing for so many nanoseconds.
    Silence(i64),
    /// Bytes that were never captured.
    Gap {
        /// The lane that sent them.
        from: usize,
        /// The lane that they were for.
        to: usize,
        /// How many bytes, in words.
        label: String,
    },
    /// A broken rule, a limit that was hit, or something worth knowing, about the row above.
    Note {
        /// How bad it is.
        severity: Severity,
        /// The diagnostic's id.
        id: &'static str,
        /// What it says, and the source.
        text: String,
        /// The lane that it is about.
        lane: usize,
    },
    /// How a connection went, below its rows.
    Verdict {
        /// The sentence.
        text: String,
        /// How good that is.
        tone: Tone,
        /// The lanes of the connection.
        lanes: (usize, usize),
    },
    /// What a person wrote: a capture's comment, a note given on the command line.
    Remark(String),
}

/// How an arrow's line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// Something new.
    Solid,
    /// An acknowledgement or another control.
    Dashed,
    /// Bytes that had been sent before.
    Again,
    /// Bytes that arrive after later ones.
    Late,
    /// It breaks off: a reset.
    Broken,
}

/// How much of a conversation a diagram shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One row a connection.
    Connections = 1,
    /// The phases.
    Phases = 2,
    /// The messages, bare acknowledgements folded.
    Messages = 3,
    /// Each packet.
    Packets = 4,
}

/// Whether an event of a connection is to be seen.
pub type Only = std::sync::Arc<
    dyn Fn(&crate::connection::Connection, &crate::event::Event, Option<i64>) -> bool + Send + Sync,
>;

/// What a reader wants to see of a trace.
#[derive(Clone)]
pub struct View {
    /// How much.
    pub level: Level,
    /// In which language.
    pub lang: Lang,
    /// Rows that are folded or unfolded against their level.
    pub toggled: std::collections::HashSet<Key>,
    /// Names for endpoints.
    pub aliases: Vec<(String, crate::event::Endpoint)>,
    /// Whether control messages (pings, settings, alerts of closure) are hidden.
    pub hide_control: bool,
    /// Silences longer than this many nanoseconds have a row of their own.
    pub silence: i64,
    /// Which events stay: asked for each event with its connection, and the nanoseconds since the event before it
    /// there.
    pub only: Option<Only>,
}

impl View {
    /// The view of a level with nothing folded against it, nothing hidden, and silences of more than a second shown.
    pub fn new(level: Level, lang: Lang) -> View {
        View {
            level,
            lang,
            toggled: std::collections::HashSet::new(),
            aliases: Vec::new(),
            hide_control: false,
            silence: 1_000_000_000,
            only: None,
        }
    }
}

impl Diagram {
    /// The diagram of what `view` wants to see of `trace`, with every row made. For long traces see
    /// [`crate::model::outline::Outline`].
    pub fn new(trace: &crate::model::trace::Trace, view: &View) -> Diagram {
        let outline = crate::model::outline::Outline::new(trace, view);
        let rows = (0..outline.len()).map(|index| outline.row(trace, index)).collect();
        Diagram { title: outline.title, lanes: outline.lanes, rows, start: outline.start, lang: outline.lang }
    }
}
