//! Whether events of connections fit a filter: they are asked as they come, and none is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxHashMap;

use crate::connection::Connection;
use crate::engine::Observer;
use crate::event::Event;
use crate::frame::Timestamp;
use crate::model::filter::Filter;

/// A connection whose events are asked whether they fit, as far as it is read.
pub struct Sought {
    /// As it is known from the first reading.
    pub connection: Connection,
    pub before: Option<Timestamp>,
    pub fits: bool,
}

/// Asks events as they come, and keeps none.
pub struct Look<'f> {
    pub filter: &'f Filter,
    pub sought: FxHashMap<u32, Sought>,
    /// How many connections have no event yet that fits.
    pub left: Arc<AtomicUsize>,
}

impl Observer for Look<'_> {
    fn wants(&mut self, connection: &Connection) -> bool {
        self.sought.contains_key(&connection.id)
    }

    fn event(&mut self, connection: &Connection, event: Event) {
        let Some(sought) = self.sought.get_mut(&connection.id) else { return };
        let delta = sought.before.replace(event.time).map(|before| event.time.since(before));
        if !sought.fits && self.filter.event(&sought.connection, &event, delta) {
            sought.fits = true;
            self.left.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn ended(&mut self, _connection: Connection) {}
}
