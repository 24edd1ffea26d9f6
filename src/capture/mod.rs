//! Where frames come from; downstream, live and replay are the same.

use crate::error::Error;
use crate::frame::{Frame, LinkType};

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
