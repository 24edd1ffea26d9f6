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
        let surplus = self.bytes.len().saturating_sub(MOST / 2);
        let (mut gone, mut count) = (0, 0);
        for (len, _) in &self.pieces {
            if gone + len > surplus {
                break;
            }
            (gone, count) = (gone + len, count + 1);
        }
        self.pieces.drain(..count);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Timestamp;

    fn push(held: &mut Held, bytes: &[u8], frame: u64) {
        let time = Timestamp(frame as i64);
        held.push(bytes, &Origin::new(Side::Server, time, &[frame]));
    }

    #[test]
    fn the_older_half_is_given_up_where_too_much_waits() {
        let mut held = Held::default();
        for frame in 0..32 {
            push(&mut held, &[frame as u8; 1024], frame);
        }
        assert_eq!((held.shrink(), held.len()), (0, MOST), "it is just not too much");
        push(&mut held, &[32; 512], 32);
        assert_eq!((held.shrink(), held.len()), (16 * 1024, MOST / 2 + 512));
        let mut pieces = Vec::new();
        held.replay(1500, Side::Server, |bytes, origin| {
            assert!(bytes.iter().all(|byte| u64::from(*byte) == origin.frames[0]));
            pieces.push((origin.frames[0], bytes.len()));
        });
        assert_eq!((pieces.len(), pieces[0], pieces[15]), (16, (17, 548), (32, 512)));
    }

    #[test]
    fn frames_are_looked_for_again_where_a_quarter_more_came() {
        let mut held = Held::default();
        push(&mut held, &[0x55; 100], 1);
        assert_eq!(held.find(false, false), None);
        push(&mut held, b"\x81\x05hello\x81\x06servus", 2);
        assert_eq!(held.find(false, false), None, "too little came since");
        assert_eq!(held.find(false, true), Some(100), "it is the last look");
        let mut held = Held::default();
        push(&mut held, &[0x55; 100], 1);
        assert_eq!(held.find(false, false), None);
        push(&mut held, b"\x81\x05hello\x81\x0fservus, servus!", 2);
        assert_eq!((held.len(), held.find(false, false)), (124, None));
        push(&mut held, b"\x89\x00", 3);
        assert_eq!(held.find(false, false), Some(100));
    }
}
