//! Bytes kept until a message is whole, with the frames that brought them.

use crate::event::{Origin, Side};
use crate::frame::{FrameNumber, Frames, Timestamp};

/// The frames that brought something, collected piece by piece; an owned [`Origin`].
#[derive(Clone, Debug, Default)]
pub struct Trail {
    frames: Frames,
    time: Timestamp,
    decrypted: bool,
    channel: Option<u32>,
    left_out: u64,
}

impl Trail {
    /// Adds the frames of a further piece; `most` bounds the list.
    pub fn add(&mut self, origin: &Origin<'_>, most: usize) {
        self.time = origin.time;
        self.decrypted |= origin.decrypted;
        self.channel = origin.channel;
        self.left_out = self.left_out.saturating_add(origin.left_out);
        for &frame in origin.frames {
            self.push(frame, most);
        }
    }

    fn push(&mut self, frame: FrameNumber, most: usize) {
        // Pieces come in stream order, so a repeated frame stands at the end, or close to it where a record's
        // frames are repeated whole.
        let near = self.frames.len().saturating_sub(8);
        if self.frames.get(near..).is_some_and(|tail| tail.contains(&frame)) {
            return;
        }
        // The last one stays in the list: it completed the whole.
        if self.frames.len() >= most && self.frames.pop().is_some() {
            self.left_out = self.left_out.saturating_add(1);
        }
        self.frames.push(frame);
    }

    /// The origin of what `side` sent in these frames.
    pub fn origin(&self, side: Side) -> Origin<'_> {
        Origin {
            side,
            time: self.time,
            frames: &self.frames,
            decrypted: self.decrypted,
            channel: self.channel,
            left_out: self.left_out,
        }
    }

    /// The frames.
    pub fn frames(&self) -> &[FrameNumber] {
        &self.frames
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Forgets everything, keeping the room.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.decrypted = false;
        self.left_out = 0;
    }
}

/// Where a run of buffered bytes came from.
#[derive(Debug, Clone)]
struct Piece {
    /// How many bytes of it are still in the buffer.
    len: usize,
    from: Trail,
}

/// Bytes of one direction that wait for the rest of their message.
///
/// Invariant: the lengths of `pieces` add up to `bytes.len() - start`.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    pieces: std::collections::VecDeque<Piece>,
}

impl Buffer {
    /// Adds the next bytes.
    pub fn push(&mut self, bytes: &[u8], origin: &Origin<'_>) {
        if bytes.is_empty() {
            return;
        }
        if self.start > 0 && (self.start == self.bytes.len() || self.start > 64 * 1024) {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
        match self.pieces.back_mut() {
            Some(piece) if *piece.from.frames == *origin.frames => piece.len += bytes.len(),
            _ => {
                let mut from = Trail::default();
                from.add(origin, usize::MAX);
                self.pieces.push_back(Piece { len: bytes.len(), from });
            }
        }
    }

    /// The bytes that wait.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Whether none wait.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Consumes `count` bytes (at most all) and adds the frames that brought them to `trail`.
    pub fn take(&mut self, count: usize, trail: &mut Trail, most: usize) {
        let mut left = count.min(self.len());
        self.start += left;
        while left > 0 {
            let Some(piece) = self.pieces.front_mut() else { return };
            let used = left.min(piece.len);
            trail.add(&piece.from.origin(Side::Client), most);
            piece.len -= used;
            left -= used;
            if piece.len == 0 {
                self.pieces.pop_front();
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Buffer::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_names_its_frames() {
        let mut buffer = Buffer::default();
        let origin = |frames| Origin::new(Side::Client, Timestamp(1), frames);
        buffer.push(b"abc", &origin(&[1]));
        buffer.push(b"def", &origin(&[2, 3]));
        let mut trail = Trail::default();
        buffer.take(4, &mut trail, 99);
        assert_eq!((trail.frames(), buffer.bytes()), (&[1, 2, 3][..], &b"ef"[..]));
        trail.clear();
        buffer.take(9, &mut trail, 99);
        assert_eq!((trail.frames(), buffer.len()), (&[2, 3][..], 0));
    }
}
