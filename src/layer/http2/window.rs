//! Flow control (RFC 9113 5.2, 6.9): how much each side may still send, and since when it may not.

use crate::event::Side;
use crate::frame::Timestamp;

/// The window that a connection or stream begins with (RFC 9113 6.9.2).
const INITIAL: i64 = 65_535;

/// How much one sender may still send.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    left: i64,
    /// Since when nothing is left.
    stalled: Option<Timestamp>,
}

impl Window {
    fn new(left: i64) -> Window {
        Window { left, stalled: None }
    }

    /// Takes what was sent; whether nothing is left now.
    fn send(&mut self, len: u32, at: Timestamp) -> bool {
        self.left -= i64::from(len);
        let used_up = self.left <= 0 && len > 0;
        if used_up {
            self.stalled.get_or_insert(at);
        }
        used_up
    }

    /// Takes what the receiver grants; how long nothing had been left, in nanoseconds.
    fn grant(&mut self, len: u32, at: Timestamp) -> Option<i64> {
        self.left = self.left.saturating_add(i64::from(len));
        if self.left <= 0 {
            return None;
        }
        self.stalled.take().map(|since| at.since(since))
    }
}

/// The windows of the connection, by the sender; and what a stream's begin with.
#[derive(Debug)]
pub struct Windows {
    connection: [Window; 2],
    initial: [i64; 2],
    /// Whether bytes are missing, so that nobody knows what is left.
    lost: bool,
}

impl Default for Windows {
    fn default() -> Windows {
        Windows { connection: [Window::new(INITIAL); 2], initial: [INITIAL; 2], lost: false }
    }
}

fn of<T>(pair: &mut [T; 2], side: Side) -> &mut T {
    let [client, server] = pair;
    match side {
        Side::Client => client,
        Side::Server => server,
    }
}

impl Windows {
    /// The windows of a new stream.
    pub fn open(&self) -> [Window; 2] {
        self.initial.map(Window::new)
    }

    /// Says that bytes are missing.
    pub fn lose(&mut self) {
        self.lost = true;
    }

    /// `sender` sent data; says which window is used up now, if one is.
    pub fn send(
        &mut self,
        sender: Side,
        stream: Option<&mut [Window; 2]>,
        len: u32,
        at: Timestamp,
    ) -> Option<&'static str> {
        let whole = of(&mut self.connection, sender).send(len, at);
        let one = stream.is_some_and(|windows| of(windows, sender).send(len, at));
        match (whole, one) {
            _ if self.lost => None,
            (true, _) => Some("the connection's window"),
            (_, true) => Some("the stream's window"),
            _ => None,
        }
    }

    /// The receiver lets `sender` send more, on a stream or on the connection; how long it could not, in nanoseconds.
    pub fn grant(
        &mut self,
        sender: Side,
        stream: Option<&mut [Window; 2]>,
        len: u32,
        at: Timestamp,
    ) -> Option<i64> {
        let waited = match stream {
            Some(windows) => of(windows, sender).grant(len, at),
            None => of(&mut self.connection, sender).grant(len, at),
        };
        waited.filter(|_| !self.lost)
    }

    /// The receiver says what the streams of `sender` begin with, those that are open too (RFC 9113 6.9.2).
    pub fn begin_with<'a>(
        &mut self,
        sender: Side,
        len: u32,
        streams: impl Iterator<Item = &'a mut [Window; 2]>,
    ) {
        let initial = of(&mut self.initial, sender);
        let change = i64::from(len) - *initial;
        *initial = i64::from(len);
        for windows in streams {
            let window = of(windows, sender);
            window.left = window.left.saturating_add(change);
        }
    }
}
