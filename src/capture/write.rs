//! Writes captures: pcapng, or pcap where all links agree.

use std::io::Write;

use crate::error::Error;
use crate::frame::{Frame, LinkType};

/// Which format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// pcapng with nanoseconds.
    Pcapng,
    /// pcap with nanoseconds; one link type, no comments, no secrets.
    Pcap,
}

/// Writes a capture as a whole valid file, valid after each call.
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    pub fn new(out: W, format: Format) -> Result<Writer<W>, Error> {
        let _ = format;
        Ok(Writer { out })
    }
    /// Adds an interface (`name` may be empty), and gives its number.
    pub fn interface(&mut self, name: &str, link: LinkType) -> Result<u32, Error> {
        let _ = (name, link);
        unimplemented!()
    }
    /// Adds a frame.
    pub fn frame(&mut self, interface: u32, frame: &Frame<'_>) -> Result<(), Error> {
        let _ = (interface, frame);
        unimplemented!()
    }
    /// Adds TLS key log lines (Decryption Secrets Block); they open the frames after them.
    pub fn secrets(&mut self, lines: &[u8]) -> Result<(), Error> {
        let _ = (lines, &mut self.out);
        unimplemented!()
    }
}
