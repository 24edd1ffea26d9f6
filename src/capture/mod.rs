//! Where frames come from; downstream, live and replay are the same.
//!
//! [`open`] (files, standard input) and [`live::open`] give an [`Input`]: a [`Source`] that streams every frame once,
//! and [`Frames`], a handle with which any of them is read again by its number, from another thread if need be, while
//! the source still streams. What cannot be read twice (a pipe, gzip) is spooled as it comes; what is live always is.
//!
//! ```text
//! bytes ─▶ pcap│pcapng ─▶ file ─▶ merge ─▶ Source ─▶ everything else      pace, keylog: sources around a source
//! live ──▶ write ─▶ spool ─────────────────▲  │
//!                               Frames ◀─ index        interface, privilege: what is asked of the system
//! ```
//!
//! What goes in is not trusted: a record that makes no sense is a warning, never an error and never a panic, and
//! whatever can still be read is read.

mod bytes;
mod clock;
pub mod confine;
mod file;
mod index;
pub mod interface;
pub mod keylog;
pub mod live;
mod merge;
pub mod owners;
pub mod pace;
mod pcap;
mod pcapng;
pub mod privilege;
pub mod process;
mod reader;
mod tally;
mod tap;
pub mod write;

use std::path::PathBuf;

use crate::error::Error;
use crate::frame::{Frame, LinkType};
use crate::limits::Limits;

pub use index::{Frames, Selected};

/// A source of frames.
pub trait Source: Send {
    /// The next thing. After [`Next::End`] it says `End` again (a file that grows may say more later).
    fn next(&mut self) -> Result<Next<'_>, Error>;

    /// What is known of the input so far: names, format, link types. Grows as interfaces appear.
    fn about(&self) -> About;

    /// Frames that the kernel or the interface dropped so far; `None` for files.
    fn dropped(&mut self) -> Option<u64> {
        None
    }

    /// Keeps key log lines beside the packets, where these are written to a file that has a place for them.
    fn keep(&mut self, _lines: &[u8]) {}
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        (**self).next()
    }

    fn about(&self) -> About {
        (**self).about()
    }

    fn dropped(&mut self) -> Option<u64> {
        (**self).dropped()
    }

    fn keep(&mut self, lines: &[u8]) {
        (**self).keep(lines);
    }
}

/// What a source says.
#[derive(Debug)]
pub enum Next<'a> {
    /// A frame.
    Frame(Frame<'a>),
    /// Lines of a TLS key log: a Decryption Secrets Block, or a key log file that grew.
    Secrets(&'a [u8]),
    /// A name for an address (pcapng Name Resolution Block).
    Name(std::net::IpAddr, String),
    /// Something about the input that is worth a warning; reading goes on.
    Warning(crate::diagnostic::Note),
    /// Nothing for now; live, after at most 50 ms.
    Idle,
    /// The end of the input. `truncated`: it stopped inside a record.
    End {
        /// Whether the input stopped inside a header, block or record.
        truncated: bool,
    },
}

/// What is known of an input.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The files, as given; or the interfaces.
    pub names: Vec<String>,
    /// `pcap`, `pcapng` or `live`; by file.
    pub formats: Vec<&'static str>,
    /// Link types seen, each once, in order.
    pub links: Vec<LinkType>,
    /// Bytes of all input files together, where known.
    pub size: Option<u64>,
}

/// How files are opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether [`Input::frames`] is wanted: an index is kept, and what cannot be read twice is spooled.
    pub rereadable: bool,
    /// Whether a file that ends is waited for: it says [`Next::Idle`] at its end, never [`Next::End`].
    pub follow: bool,
    /// Where spool files go; the system's folder for large temporary files where this is `None`.
    pub spool_folder: Option<PathBuf>,
    /// How much damage is believed.
    pub limits: Limits,
    /// Called once all files are open, and before anything of them is read: root is given up there.
    pub opened: Option<fn() -> Result<(), Error>>,
}

/// An open input.
pub struct Input {
    /// Streams every frame once.
    pub source: Box<dyn Source>,
    /// Reads frames again; there whenever [`Options::rereadable`] asked for it, and always live.
    pub frames: Option<Frames>,
}

/// Opens capture files; `-` is standard input. Several are merged by time, one keeps its own order.
///
/// # Errors
/// [`Error::Read`] where a file cannot be opened or read, [`Error::NotACapture`] where it holds something else,
/// [`Error::Write`] where the spool cannot be made.
pub fn open(paths: &[PathBuf], options: &Options) -> Result<Input, Error> {
    file::open(paths, options)
}
