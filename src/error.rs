//! Why the program cannot go on: one sentence with the cause and the next step. Bad traffic is never an error.

use std::{io, path::PathBuf};

/// What stops a command. Its text is what the user sees, on one line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be opened or read.
    #[error("cannot read {}: {cause}", show(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file is no capture.
    #[error("{} is no capture file: {why}", show(path))]
    NotACapture {
        /// The file.
        path: PathBuf,
        /// What was found instead, and what is read.
        why: String,
    },
    /// An output could not be written.
    #[error("cannot write {what}: {cause}")]
    Write {
        /// The output.
        what: String,
        /// What the system said.
        cause: io::Error,
    },
    /// An interface could not be captured on.
    #[error("cannot capture on {interface}: {why}")]
    Capture {
        /// The interface.
        interface: String,
        /// The cause and the remedy.
        why: String,
    },
    /// The command line, a filter or the configuration asks for what does not exist.
    #[error("{0}")]
    Usage(String),
    /// The terminal does not do as asked.
    #[error("cannot use the terminal: {0}")]
    Terminal(io::Error),
}

impl Error {
    /// Whether the reader of our output went away, which is no error at all.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Error::Write { cause, .. } | Error::Terminal(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }
}

fn show(path: &std::path::Path) -> String {
    if path.as_os_str() == "-" {
        return "standard input".to_owned();
    }
    crate::safe::line(&path.to_string_lossy())
}
