//! A survey on several cores: each reads the whole input and follows its share of the connections, which are told apart
//! by their two ends. Reading twice costs less than handing packets from core to core. Where a limit over all connections
//! may have been hit, the whole must be read again by one.

use std::thread;

use super::{Reading, Step};
use crate::engine::{Engine, Observer, Share};
use crate::error::Error;

/// Reads the same input until its end with all of these, each on a core of its own; each tells an observer of its own
/// share of the connections, numbered within it. What belongs to none is told by the first, which then has the totals.
///
/// Returns `None` where it cannot be done so.
pub fn run<O: Observer + Default + Send>(readings: &mut [Reading]) -> Result<Option<Vec<O>>, Error> {
    let of = readings.len();
    let told: Result<Option<Vec<O>>, Error> = thread::scope(|scope| {
        let threads: Vec<_> = readings
            .iter_mut()
            .enumerate()
            .map(|(number, reading)| scope.spawn(move || reading.run_share(Share { number, of })))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(Ok(None))).collect()
    });
    if let Some((first, others)) = readings.split_first_mut() {
        others.iter().for_each(|other| first.engine.add(other.totals()));
    }
    told
}

impl Reading {
    /// Reads until the end; `None` where a limit over all connections may have been hit.
    fn run_share<O: Observer + Default>(&mut self, share: Share) -> Result<Option<O>, Error> {
        self.engine = Engine::sharing(&self.limits, share);
        self.leads = share.leads();
        let mut observer = O::default();
        while self.step(&mut observer)? != Step::End {
            if self.engine.is_beyond() {
                return Ok(None);
            }
        }
        Ok(Some(observer))
    }
}
