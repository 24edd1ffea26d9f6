//! `seqdump print`: the diagram as text.

use std::path::PathBuf;

use super::Common;
use crate::error::Error;

/// Print the diagram as text.
#[derive(Debug, clap::Args)]
pub(crate) struct Print {
    /// The captures
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Print {
    pub(super) fn of(files: Vec<PathBuf>) -> Print {
        Print { files }
    }

    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        let (mut reading, frames) = common.open(&self.files, true)?;
        let _ = (&mut reading, frames);
        Ok(())
    }
}
