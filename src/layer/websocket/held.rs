//! Bytes of a direction that wait until frames are recognised in them.

use crate::event::{Origin, Side};
use crate::layer::buffer::Trail;
use crate::layer::websocket::probe;

/// Bytes that are kept while looking for frames; then the older half is given up.
const MOST: usize = 32 * 1024;

/// Bytes, and where each piece came from.
///
/// Invariant: the lengths of `pieces` add up to `bytes.len()`.
#[derive(Debug, Default)]
pub struct Held {
    bytes: Vec<u8>,
    pieces: Vec<(usize, Trail)>,
    /// How many bytes there were when they were last looked through.
    looked: usize,
}

impl Held {
    /// Adds the next bytes.
    pub fn push(&mut self, bytes: &[u8], origin: &Origin<'_>) {
        let mut trail = Trail::default();
        trail.add(origin, usize::MAX);
        self.bytes.extend_from_slice(bytes);
        self.pieces.push((bytes.len(), trail));
    }

    /// How many bytes wait.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The place from which they are frames. Unless no more will come, looks again only where a quarter more came,
    /// so that many small pieces cost no more than few large ones.
    pub fn find(&mut self, masked: bool, last: bool) -> Option<usize> {
        if !last && self.bytes.len() < self.looked + self.looked / 4 {
            return None;
        }
        self.looked = self.bytes.len();
        probe::find(&self.bytes, masked)
    }

    /// Gives up the older half where too much waits, and says how many bytes that was.
    pub fn shrink(&mut self) -> u64 {
        if self.bytes.len() <= MOST {
            return 0;
        }
        let mut gone = 0;
        let pieces = std::mem::take(&mut self.pieces);
        for (len, trail) in pieces {
            if gone + len <= self.bytes.len().saturating_sub(MOST / 2) {
                gone += len;
            } else {
                self.pieces.push((len, trail));
            }
        }
        self.bytes.drain(..gone);
        self.looked = 0;
        gone as u64
    }

    /// Hands out the bytes from `skip` on, in their pieces.
    pub fn replay(self, skip: usize, side: Side, mut take: impl FnMut(&[u8], &Origin<'_>)) {
        let (mut rest, mut skip) = (self.bytes.as_slice(), skip);
        for (len, trail) in &self.pieces {
            let Some((piece, after)) = rest.split_at_checked(*len) else { return };
            rest = after;
            let gone = skip.min(*len);
            skip -= gone;
            if let Some(piece) = piece.get(gone..)
                && !piece.is_empty()
            {
                take(piece, &trail.origin(side));
            }
        }
    }
}
