//! Reads numbers and vectors of the TLS presentation language (RFC 8446 3) off a slice. Total: what is not there is
//! `None`, and nothing is consumed then.

use std::ops::Range;

/// A place in a slice.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// How many bytes were consumed.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.rest().get(..count)?;
        self.at += count;
        Some(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// `uint8`.
    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// `uint16`.
    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// `uint24`.
    pub(super) fn u24(&mut self) -> Option<usize> {
        self.array().map(|[a, b, c]| usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))
    }

    /// `uint32`.
    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A vector behind its length, which has `width` bytes (1 to 3).
    pub(super) fn vector(&mut self, width: u8) -> Option<&'a [u8]> {
        let mut ahead = self.clone();
        let len = match width {
            1 => usize::from(ahead.u8()?),
            2 => usize::from(ahead.u16()?),
            _ => ahead.u24()?,
        };
        let taken = ahead.take(len)?;
        *self = ahead;
        Some(taken)
    }

    /// [`Reader::vector`], with the place of its content.
    pub(super) fn placed(&mut self, width: u8) -> Option<(&'a [u8], Range<usize>)> {
        let taken = self.vector(width)?;
        Some((taken, self.at - taken.len()..self.at))
    }
}

/// A slice as 16-bit numbers; `None` where a byte is left over.
pub(super) fn u16s(bytes: &[u8]) -> Option<Vec<u16>> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    Some(pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_none_and_consumes_nothing() {
        let mut reader = Reader::new(&[0, 3, 1, 2]);
        assert_eq!(reader.vector(2), None);
        assert_eq!((reader.at(), reader.u16(), reader.u24()), (0, Some(3), None));
        assert_eq!((reader.vector(1), reader.is_empty()), (Some(&[2][..]), true));
        assert_eq!((u16s(&[1, 2, 3]), u16s(&[1, 2])), (None, Some(vec![0x102])));
    }
}
