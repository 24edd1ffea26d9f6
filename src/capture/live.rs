//! Live capture through libpcap: every frame goes to a spool file as it comes, and is handed out from there.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Input;
use crate::error::Error;

/// What to capture and where to keep it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Interfaces by name; `any` for all. None means loopback.
    pub interfaces: Vec<String>,
    /// A filter in tcpdump's language; empty for everything.
    pub filter: String,
    /// Where the packets are kept; without it they go to a spool file that vanishes with the program.
    pub write: Option<PathBuf>,
    /// Bytes of the kernel's ring, for each interface.
    pub ring: usize,
    /// Where the spool file goes; the system's folder for large temporary files where this is `None`.
    pub spool_folder: Option<PathBuf>,
}

/// Ends a live capture from anywhere: what the kernel still holds is read, then the source says `End`.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends it.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Opens the interfaces. Not a byte of a packet is looked at before the source's first `next`, so that root can be
/// given up between the two ([`super::privilege::give_up`]).
///
/// # Errors
/// [`Error::Capture`] with the remedy where an interface cannot be opened, [`Error::Usage`] for a filter that
/// libpcap does not accept, [`Error::Write`] where the spool or `write` cannot be made.
pub fn open(options: &Options, stop: &Stop) -> Result<Input, Error> {
    let _ = (options, stop);
    unimplemented!()
}
